"""The first run, the preferences and the extension's end in a real window: screenshots. See run_first_run.sh."""

from __future__ import annotations

import sys

sys.path += ["/tool", "/share"]
import bpy
import gui_session
from watch import MODULE, OUT, part

engine = sys.argv[sys.argv.index("--") + 1]


def preferences():
    return bpy.context.preferences.addons[MODULE].preferences


def traces():
    """What the add-on has put into Blender, by kind."""
    handlers = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers) if name[0] != "_"}
    keymaps = bpy.context.window_manager.keyconfigs.addon.keymaps
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.Collection, bpy.types.WindowManager)
    return {
        "types": [name for name in dir(bpy.types) if "nderstudy" in name or "UNDERSTUDY" in name],
        "properties": [name for cls in owners for name in dir(cls) if "understudy" in name],
        "handlers": [
            name
            for name, found in handlers.items()
            if isinstance(found, list)
            for handler in found
            if "understudy" in getattr(handler, "__module__", "")
        ],
        "keys": [item.idname for keymap in keymaps for item in keymap.keymap_items if "understudy" in item.idname],
        "operators": [name for name in dir(bpy.ops.understudy) if not name.startswith("__")],
    }


def box(s):
    s.check(MODULE in bpy.context.preferences.addons, "extension not enabled")
    s.check(all(traces()[kind] for kind in ("types", "properties", "handlers", "keys", "operators")), str(traces()))
    yield from s.open_sidebar("Understudy")
    yield 1.0
    s.shot("f1_first_run_offline")
    preferences().wheels_folder = "/share"  # as a folder of offline wheels: the button lives
    s.area().tag_redraw()
    yield 1.0
    s.shot("f2_first_run")
    bpy.context.preferences.view.ui_scale = 1.4
    yield 1.5
    s.shot("f3_first_run_narrow")
    bpy.context.preferences.view.ui_scale = 1.0
    preferences().wheels_folder = ""
    yield 1.0


def show_preferences(s):
    """In this window's largest area: there is no window manager to place a second one."""
    preferences().engine_folder = engine
    preferences().models_folder = "/share/models"
    preferences().device = "cpu"
    area = s.area()
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Understudy"
    bpy.ops.preferences.addon_expand(module=MODULE)
    yield 1.5
    s.shot("f4_preferences")


def self_test(s):
    errands = part("addon.errands")
    with bpy.context.temp_override(window=s.window, area=s.area("PREFERENCES")):
        bpy.ops.understudy.test_engine()
    yield 0.7
    s.shot("f5_testing")
    yield lambda: not errands.running()
    s.check(errands.problem is None and all(check["ok"] for check in errands.checks), str(errands.checks))
    yield 0.8
    s.shot("f6_tested")


def networks_and_disk(s):
    errands = part("addon.errands")
    errands.checks.clear()  # room for what comes below
    preferences().show_models = True
    yield lambda: errands.models is not None and not errands.running()
    yield 0.6
    s.shot("f7_networks")
    preferences().show_models = False
    preferences().show_storage = True
    yield lambda: errands.weighing is not None and errands.weighing.done
    yield 0.8
    s.shot("f8_disk")
    preferences().show_storage = False
    preferences().show_shortcuts = True
    yield 1.0
    s.shot("f9_shortcuts")
    s.area("PREFERENCES").type = "VIEW_3D"
    yield 0.5


def upgraded(s):
    before = traces()
    with s.override():
        bpy.ops.extensions.package_install_files(filepath="/share/later.zip", repo="user_default")
    yield 1.0
    s.check(MODULE in bpy.context.preferences.addons, "the upgrade switched it off")
    s.check(traces() == before, "the upgrade left or lost something")
    s.check(preferences().engine_folder == engine, "the upgrade lost the preferences")


def away(s):
    jobs, cleanup, errands = part("addon.jobs"), part("addon.cleanup"), part("addon.errands")
    timers = (jobs.tick, cleanup._tick, errands.tick)
    index = [repo.module for repo in bpy.context.preferences.extensions.repos].index("user_default")
    with s.override():
        bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="understudy")
    yield 1.0
    left = {kind: found for kind, found in traces().items() if found}
    s.check(not left, f"left behind: {left}")
    s.check(not any(bpy.app.timers.is_registered(timer) for timer in timers), "a timer is left")
    s.check(not [name for name in sys.modules if name.startswith(f"{MODULE}.")], "modules are left")


gui_session.run(
    [box, show_preferences, self_test, networks_and_disk, upgraded, away], out=OUT, step_timeout=120, total_timeout=400
)
