"""A clip becomes a cleaned, corrected actor and an FBX file, without a window.

    blender --background --python clip_to_fbx.py -- CLIP.mp4 OUT_FOLDER

The extension is installed and switched on, and its engine is installed.
"""

import math
import sys
from pathlib import Path

import bpy
from mathutils import Quaternion

clip, folder = (Path(argument).resolve() for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
folder.mkdir(parents=True, exist_ok=True)
understudy = bpy.ops.understudy

# Capture. Operators return at once; wait() returns when the take is in the scene, and raises where something failed.
settings = bpy.context.scene.understudy
settings.folder = str(folder)
settings.quality, settings.height, settings.lens = "BODY", 1.78, "PHONE"
understudy.capture(filepath=str(clip))
understudy.wait()

# Clean up. The take that was captured is the active one; each step is for everybody unless a person is named.
understudy.repair()
understudy.smooth(arms=0.6, legs=0.2, peaks=1.0)
understudy.place(level=True)

# Say what is right in one frame, and have the frames around it solved again.
scene, actor = bpy.context.scene, bpy.context.object
scene.frame_set((scene.frame_start + scene.frame_end) // 2)
elbow = actor.pose.bones["left_elbow"]
elbow.rotation_quaternion @= Quaternion((1, 0, 0), math.radians(25))
understudy.keep_pose(person="1")
understudy.resolve(person="1", reach_s=0.4)

# Look for what is left, and write the files.
understudy.next_problem()
bpy.ops.object.mode_set(mode="OBJECT")
understudy.export_character(filepath=str(folder / "{character}_{action}.fbx"), preset="godot")
understudy.save_edited_take(filepath=str(folder / "clean.take.npz"))
bpy.ops.wm.save_as_mainfile(filepath=str(folder / "clean.blend"))
