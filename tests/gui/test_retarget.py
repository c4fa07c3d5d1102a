"""The retarget panel drawn in a real window: bones mapped, list and buttons there. Run by run_retarget.sh."""

from __future__ import annotations

import sys

sys.path += ["/tool", "/share"]

import addon_utils
import bpy
import gui_session
from watch import part


def character(s):
    addon_utils.enable("rigify", default_set=True)
    with s.override():
        bpy.ops.object.armature_human_metarig_add()
        bpy.ops.understudy.map_bones()
    rows = part("addon.scene.bone_maps").rows(bpy.context.object)
    s.check(sum(bool(row.bone) for row in rows) > 50, "bones are not mapped")


def panel_open(s):
    panels = part("addon.panels.retarget")
    for cls in (panels.UNDERSTUDY_PT_bones, panels.UNDERSTUDY_PT_retarget):
        bpy.utils.unregister_class(cls)
    panels.UNDERSTUDY_PT_retarget.bl_options = set()  # closed at first; a click on its header is not what is tested
    for cls in (panels.UNDERSTUDY_PT_retarget, panels.UNDERSTUDY_PT_bones):
        bpy.utils.register_class(cls)
    yield from s.open_sidebar("Understudy")
    yield 1.0
    s.shot("retarget")


gui_session.run([character, panel_open], out="/share/out")
