"""Takes, clean-up, problems and the shot in a real window: clicks, screenshots, blocked time. See run_timeline.sh."""

from __future__ import annotations

import json
import pathlib
import sys
import time

sys.path += ["/tool", "/share"]
import bpy
import gui_session
from watch import MODULE, OUT, Blocked, part, take

take_file = sys.argv[sys.argv.index("--") + 1]
report = {"blender": bpy.app.version_string}


blocked = Blocked()


def imported(s):
    s.check(MODULE in bpy.context.preferences.addons, "extension not enabled")
    cleanup = part("addon.cleanup")
    blocked.wrap(cleanup, "_tick", "clean-up timer")
    blocked.wrap(cleanup, "request", "asking for a clean-up")
    with s.override():
        bpy.ops.understudy.import_take(filepath=take_file, timing="TAKE")
    yield lambda: len(list(part("addon.scene.links").take_collections())) and part("addon.jobs").importing is None
    yield 1.0


def sidebar(s):
    area = s.area()
    area.spaces.active.show_region_ui = True
    yield from s.open_sidebar("Understudy")
    yield 0.5
    yield from s.click(s.region("UI"), 60, 14)  # folds the capture panel
    s.shot("t1_takes")


def through_the_shot(s):
    with s.override():
        bpy.ops.understudy.look_through()
    part("addon.view_properties").view_of(bpy.context.scene).overlay = True
    bpy.context.scene.frame_set(40)
    yield lambda: part("addon.readings").is_read(take())
    yield 1.5
    s.shot("t2_shot")
    for figure in ("MESH", "SKELETON"):
        part("addon.view_properties").view_of(bpy.context.scene).figure = figure
        yield 0.7
        s.shot(f"t3_{figure.lower()}")
    part("addon.view_properties").view_of(bpy.context.scene).figure = "BOTH"
    yield 0.3


def clicks(s):
    """Smooth, Before and back, the row's check box: as an animator does it."""
    cleanup = part("addon.cleanup")
    yield from s.click(s.region("UI"), 60, 42)  # folds the list of takes
    yield 2.0
    s.shot("t3_clean_up_empty")
    yield from s.click(s.region("UI"), 44, 101)  # Smooth
    yield lambda: len(json.loads(take()["edits"])) == 1 and not cleanup.busy(take())
    s.check(take()["edits_applied"] == take()["edits"], "curves do not follow the click")
    (entry,) = json.loads(take()["edits"])
    s.check((entry["person"], entry["start"], entry["end"]) == ("1", None, None), f"not what the button means: {entry}")
    yield from s.click(s.region("UI"), 114, 236)  # Before
    yield lambda: take()["edits_applied"] == "[]" and not cleanup.busy(take())
    yield from s.click(s.region("UI"), 114, 236)
    yield lambda: take()["edits_applied"] == take()["edits"] and not cleanup.busy(take())
    yield from s.key("ctrl+z")
    yield 1.0
    yield lambda: not cleanup.busy(take())
    s.check(part("addon.edit_list").settings_of(take()).show_before, "one undo takes back one click")
    s.check(take()["edits_applied"] == "[]", "curves do not follow the undo")
    part("addon.edit_list").settings_of(take()).show_before = False
    with s.override():
        bpy.ops.understudy.clear_edits()
    yield 0.5
    yield from s.click(s.region("UI"), 60, 42)


def clean(s):
    cleanup = part("addon.cleanup")
    for name, values in (
        ("smooth", {"arms": 0.7}),
        ("repair", {}),
        ("place", {}),
        ("swap_sides", {"what": "legs", "start": 20, "end": 40}),
    ):
        began = time.monotonic()
        with s.override():
            getattr(bpy.ops.understudy, name)("INVOKE_DEFAULT", True, **values)  # with an undo step
        report[f"{name}_call_s"] = round(time.monotonic() - began, 3)
        yield lambda: not cleanup.busy(take())
        report[f"{name}_s"] = round(time.monotonic() - began, 3)
    s.check(take()["edits_applied"] == take()["edits"], "curves do not follow")
    yield 1.0
    s.shot("t4_cleanup")


def undo_and_redo(s):
    cleanup = part("addon.cleanup")
    s.check(len(json.loads(take()["edits"])) == 4)
    with s.override():
        bpy.ops.ed.undo()
    yield 0.5
    yield lambda: not cleanup.busy(take())
    s.check(len(json.loads(take()["edits"])) == 3, f"undo is one step: {take()['edits']}")
    s.check(take()["edits_applied"] == take()["edits"], "curves do not follow the undo")
    with s.override():
        bpy.ops.ed.redo()
    yield 0.5
    yield lambda: not cleanup.busy(take())
    s.check(len(json.loads(take()["edits"])) == 4)
    s.check(take()["edits_applied"] == take()["edits"], "curves do not follow the redo")


def slider(s):
    """As dragging does: many values in a row; the timer keeps up."""
    cleanup = part("addon.cleanup")
    item = part("addon.edit_list").settings_of(take()).edits[0]
    for step in range(10):
        item.smooth_arms = 0.1 + 0.08 * step
        yield 0.05
    yield lambda: not cleanup.busy(take())
    s.check(abs(json.loads(take()["edits"])[0]["arms"] - 0.82) < 1e-4)


def problems(s):
    yield from s.click(s.region("UI"), 60, 42)  # folds the list of takes
    for _ in range(3):
        with s.override():
            bpy.ops.understudy.next_problem("EXEC_DEFAULT", True)
        yield 0.6
    part("addon.edit_list").settings_of(take()).show_confidence = True
    yield from s.click(s.region("UI"), 60, 70)  # folds the clean-up
    yield from s.click(s.region("UI"), 60, 98)  # opens the problems
    yield 0.8
    s.shot("t5_problems")
    yield from s.click(s.region("UI"), 60, 98)
    yield from s.click(s.region("UI"), 60, 126)  # opens the shot
    yield 0.5
    s.shot("t5_shot_panel")
    yield from s.click(s.region("UI"), 60, 126)
    yield from s.click(s.region("UI"), 60, 70)


def before(s):
    """A real click on *Before*: the captured motion; again: the cleaned one."""
    settings = part("addon.edit_list").settings_of(take())
    settings.show_before = True
    yield lambda: not part("addon.cleanup").busy(take())
    s.check(take()["edits_applied"] == "[]")
    settings.show_before = False
    yield lambda: not part("addon.cleanup").busy(take())
    s.check(take()["edits_applied"] == take()["edits"])


def wrong_range(s):
    """A range that is not there: the step says so and the curves stay."""
    item = part("addon.edit_list").settings_of(take()).edits[3]
    part("addon.edit_list").settings_of(take()).active_edit = 3
    item.end = 5
    yield 0.5
    s.check(part("addon.cleanup").problem(take()) is not None)
    s.shot("t6_wrong_range")
    item.end = 40
    yield lambda: not part("addon.cleanup").busy(take())
    s.check(part("addon.cleanup").problem(take()) is None)


def picture(s):
    """For the page: the list of takes, the steps and the shot at once."""
    part("addon.view_properties").view_of(bpy.context.scene).overlay = True
    bpy.context.scene.frame_set(40)
    settings = part("addon.edit_list").settings_of(take())
    settings.active_edit = 0
    settings.show_confidence = False
    for item in settings.edits[2:]:  # what only the test needed
        item.enabled = False
    with s.override():
        bpy.ops.object.mode_set(mode="OBJECT")
    yield from s.click(s.region("UI"), 60, 42)  # opens the list of takes
    yield 1.0
    s.shot("t7_all")
    bpy.context.preferences.view.ui_scale = 1.5  # a sidebar that holds a third less
    yield 1.5
    s.shot("t8_narrow")
    bpy.context.preferences.view.ui_scale = 1.0
    yield 0.5


def written(s):
    report["blocked_s"] = {name: round(value, 3) for name, value in blocked.longest.items()}
    pathlib.Path(OUT, "timeline.json").write_text(json.dumps(report, indent=1))
    s.log(report)


gui_session.run(
    [
        imported,
        sidebar,
        through_the_shot,
        clicks,
        clean,
        undo_and_redo,
        slider,
        problems,
        before,
        wrong_range,
        picture,
        written,
    ],
    out=OUT,
    step_timeout=90,
    total_timeout=400,
)
