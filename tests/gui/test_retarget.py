"""The retarget panel in a real window: bones mapped, a walk carried over, exported while the window goes on. Run by
run_retarget.sh."""

from __future__ import annotations

import json
import pathlib
import sys
import time

sys.path += ["/tool", "/share"]

import addon_utils
import bpy
import gui_session
from watch import MODULE, OUT, Blocked, part

take_file = sys.argv[sys.argv.index("--") + 1]
report = {"blender": bpy.app.version_string}
MOST_BLOCKED_S = 0.5


class Heartbeat:
    """The longest time (s) that the window's timers had to wait, and what an export itself held it up for."""

    def __init__(self):
        self.longest, self.last = 0.0, None
        bpy.app.timers.register(self._beat, persistent=True)

    def start(self):
        self.longest, self.last = 0.0, time.monotonic()

    def _beat(self):
        now = time.monotonic()
        if self.last is not None:
            self.longest = max(self.longest, now - self.last)
            self.last = now
        return 0.01


heartbeat, blocked = Heartbeat(), Blocked()


def imported(s):
    s.check(MODULE in bpy.context.preferences.addons, "extension not enabled")
    with s.override():
        bpy.ops.understudy.import_take(filepath=take_file, timing="TAKE")
    yield lambda: len(list(part("addon.scene.links").take_collections())) and part("addon.jobs").importing is None
    yield 1.0


def character(s):
    addon_utils.enable("rigify", default_set=True)
    with s.override():
        bpy.ops.object.armature_human_metarig_add()
        bpy.ops.understudy.map_bones()
    rows = part("addon.scene.bone_maps").rows(bpy.context.object)
    s.check(sum(bool(row.bone) for row in rows) > 50, "bones are not mapped")


def panel_open(s):
    # The others would push it out of the window.
    panels = part("addon.panels.retarget")
    for cls in reversed(part("addon.registration").CLASSES):
        if issubclass(cls, bpy.types.Panel) and cls not in panels.CLASSES:
            bpy.utils.unregister_class(cls)
    for cls in (panels.UNDERSTUDY_PT_bones, panels.UNDERSTUDY_PT_retarget):
        bpy.utils.unregister_class(cls)
    panels.UNDERSTUDY_PT_retarget.bl_options = set()  # closed at first; a click on its header is not what is tested
    for cls in (panels.UNDERSTUDY_PT_retarget, panels.UNDERSTUDY_PT_bones):
        bpy.utils.register_class(cls)
    yield from s.open_sidebar("Understudy")
    yield 1.0
    s.shot("retarget")


def carried_over(s):
    scene, target = bpy.context.scene, bpy.context.object
    scene.understudy_retarget.source = next(ob for ob in scene.objects if "person_id" in ob)
    target.location.x = 1.5
    bpy.context.view_layer.update()
    began = time.monotonic()
    heartbeat.start()
    with s.override():
        bpy.ops.understudy.retarget("INVOKE_DEFAULT")
    under_way = part("addon.operators.in_slices").under_way
    s.check(under_way.work is not None, "nothing is under way")
    yield lambda: under_way.work is None
    report["retarget_s"], report["retarget_held_up_s"] = round(time.monotonic() - began, 3), round(heartbeat.longest, 3)
    s.check(target.animation_data.action is not None, "no motion was carried over")
    scene.frame_set(30)
    space = s.area().spaces.active
    space.region_3d.view_perspective = "PERSP"
    for name in ("Cube", "Camera", "Light"):
        if name in bpy.data.objects:
            bpy.data.objects.remove(bpy.data.objects[name])
    source = scene.understudy_retarget.source
    source.location.y = 1.2  # beside one another; the character was given its motion already
    with s.override():
        bpy.ops.view3d.view_axis(type="RIGHT")
        bpy.ops.view3d.view_selected()
        bpy.ops.view3d.zoom(delta=-1)
    space.overlay.show_relationship_lines = False
    yield 2.0
    s.shot("carried_over")


def exported(s):
    export, made = part("addon.operators.export"), part("addon.scene.character_export").Export
    for name in ("__init__", "poll", "finish"):
        blocked.wrap(made, name, name)
    target = bpy.context.object
    frames = int(target.animation_data.action.frame_range[1])
    heartbeat.start()
    with s.override():
        bpy.ops.understudy.export_character(
            "EXEC_DEFAULT", filepath="/share/out/{character}_{preset}", preset="generic", mirrored=True
        )
    s.check(export.under_way.work is not None, "nothing is under way")
    yield 1.5
    s.shot("exporting")  # half a second of pictures is not what is measured
    heartbeat.start()
    yield lambda: export.under_way.work is None
    report["longest_wait_while_exporting_s"] = round(heartbeat.longest, 3)
    yield 3.0
    s.area().tag_redraw()
    yield 1.0
    s.shot("exported")
    report["frames"], report["lines"] = frames, [one.line for one in export.reports]
    s.check(len(export.reports) == 2 and all(one.good for one in export.reports), str(export.failures or report))
    report["blocked_s"] = {label: round(seconds, 4) for label, seconds in blocked.longest.items()}
    s.check(max(blocked.longest.values()) < MOST_BLOCKED_S, f"blocked: {report}")
    pathlib.Path(OUT, "report.json").write_text(json.dumps(report, indent=1))


gui_session.run([imported, character, panel_open, carried_over, exported], out=OUT, step_timeout=240, total_timeout=500)
