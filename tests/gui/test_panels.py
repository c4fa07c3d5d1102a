"""Every panel in a real window, opened alone by clicks: in English and German, wide and narrow. See run_panels.sh."""

from __future__ import annotations

import subprocess
import sys

sys.path += ["/tool", "/share"]
import bpy
import gui_session
import sidebar
import window
from watch import OUT, part, take

take_file = sys.argv[sys.argv.index("--") + 1]
seen = []


def imported(s):
    with s.override():
        bpy.ops.understudy.import_take(filepath=take_file, timing="TAKE")
    yield lambda: len(list(part("addon.scene.links").take_collections())) and part("addon.jobs").importing is None
    yield 1.0


def worked_on(s):
    """So that panels have something to show: steps, a problem, a pose that was kept."""
    ops, actor = bpy.ops.understudy, part("addon.scene.takes").actors(take())[0]
    with s.override():
        ops.repair()
        ops.smooth(arms=0.6)
        ops.place(level=True)
        ops.swap_sides(what="legs", start=10, end=20)
    yield lambda: not part("addon.cleanup").busy(take())
    with s.override():
        ops.rate_take(rating=4)
        ops.next_problem()
        bpy.context.scene.frame_set(30)
        bone = actor.pose.bones["left_elbow"]
        bone.rotation_quaternion = (0.7, 0.7, 0.0, 0.0)
        ops.keep_pose(person=str(actor["person_id"]))
    yield lambda: not part("addon.cleanup").busy(take())


def all_panels(s, group):
    yield from sidebar.open_alone(s)
    for number, label in enumerate(sidebar.panels(s)):
        yield from sidebar.open_alone(s, label)
        yield 0.5
        picture(s, f"{group}_{number:02}_{label.lower().replace(' ', '_')}")


def narrower(s):
    """Everything half as large again in a sidebar as wide as before: what no longer fits is cut off in the picture."""
    bpy.context.preferences.view.ui_scale = 1.5
    yield 1.5


def picture(s, name):
    """The sidebar alone."""
    path, region = s.shot(name), s.region("UI")
    top = s.window.height - region.y - region.height
    part_of_it = f"{region.width}x{region.height}+{region.x}+{top}"
    subprocess.run(["convert", path, "-crop", part_of_it, "+repage", path], check=True)
    seen.append(name)


def english(s):
    yield from all_panels(s, "en_wide")


def german(s):
    view = bpy.context.preferences.view
    if "de_DE" not in {item.identifier for item in view.bl_rna.properties["language"].enum_items}:
        raise RuntimeError("this Blender has no German")
    view.language = "de_DE"
    yield 1.5
    yield from all_panels(s, "de_wide")


def narrow(s):
    """What is longest first: German, then English."""
    yield from narrower(s)
    yield from all_panels(s, "de_narrow")
    bpy.context.preferences.view.language = "en_US"
    yield 1.5
    yield from all_panels(s, "en_narrow")
    s.check(len(seen) >= 32, f"{len(seen)} pictures in {OUT}")


gui_session.run([window.installed, imported, window.open_sidebar, worked_on, english, german, narrow],
                out=OUT, step_timeout=600, total_timeout=1600)  # fmt: skip
