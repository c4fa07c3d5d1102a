"""From footage to an exported file in a real window, by clicks, keys and drags. See run_whole.sh."""

from __future__ import annotations

import json
import pathlib
import sys
import time

sys.path += ["/tool", "/share"]
import bpy
import gui_session
import hands
import sidebar
import window
from drags import drag
from watch import MODULE, OUT, Blocked, part, take
from whole_capture import actor, capture, report

blocked = Blocked()


def settings():
    return part("addon.edit_list").settings_of(take())


def edits():
    return json.loads(take()["edits"])


def follows(kinds):
    """Whether the list has these steps, and the curves show them."""
    job = part("addon.jobs").correction
    if job is not None and job.state == "failed":
        raise RuntimeError(f"{job.message} {job.hint}")
    cleanup = part("addon.cleanup")
    return [entry["kind"] for entry in edits()] == kinds and not cleanup.busy(take()) and (
        take()["edits_applied"] == cleanup.wanted(take()))  # fmt: skip


def watched(s):
    s.check(MODULE in bpy.context.preferences.addons, "extension not enabled")
    for module, name, label in (
        ("addon.jobs", "tick", "job timer"),
        ("addon.cleanup", "_tick", "clean-up timer"),
        ("addon.cleanup", "request", "asking for a clean-up"),
        ("addon.correction", "solve", "asking for a solve"),
    ):
        blocked.wrap(part(module), name, label)


def through_the_shot(s):
    yield from sidebar.open_alone(s, "Shot")
    s.shot("w3_shot_panel")
    yield from s.click(s.region("UI"), 110, sidebar.below(s, "Shot", 0))
    camera = part("addon.scene.takes").cameras(take())[0]
    looks = part("addon.scene.shot").looks_through
    yield lambda: looks(s.area().spaces.active, camera)
    yield 2.0
    s.shot("w4_through_the_shot")


def next_problem(s):
    yield from sidebar.open_alone(s, "Problems")
    yield from s.click(s.region("UI"), 170, sidebar.below(s, "Problems", 0))  # Next
    review = part("addon.review")
    yield lambda: review.known(take()) is not None
    found = review.known(take()).ordered(False)
    s.check(len(found) >= 2, f"{len(found)} problems")
    yield from visited(s, 0)
    s.shot("w5_problem")
    yield from s.click(s.region("UI"), 170, sidebar.below(s, "Problems", 0))
    yield from visited(s, 1)
    s.shot("w5_problem_next")
    report["problems"] = [round(review.known(take()).score), [[one.frame, one.problem.text] for one in found]]


def visited(s, index):
    """Next has gone to this problem: its frame, its joint selected alone in pose mode."""
    one = part("addon.review").known(take()).ordered(False)[index]
    yield lambda: settings().problem == index
    yield 0.5
    joint = part("core.skeleton").SMPLH_JOINTS[one.problem.joint]
    bones = actor().data.bones
    selected = hands.selected(actor())
    s.check(bpy.context.scene.frame_current == one.frame, f"at {bpy.context.scene.frame_current}, not {one.frame}")
    s.check(actor().mode == "POSE" and bones.active.name == joint, f"{actor().mode}, {bones.active}, not {joint}")
    s.check(selected == [joint], f"selected: {selected}")


def two_frames(s):
    """A bone turned with R in the viewport, kept with the button; twice."""
    yield from sidebar.open_alone(s, "Correct")
    last = bpy.context.scene.frame_end
    for number, frame in enumerate((last // 3, last // 3 + 6)):
        yield from hands.go_to(s, frame)
        yield from hands.pick(s, actor(), "left_elbow")
        yield from hands.turn(s, actor(), "left_elbow", 25)
        yield from s.click(s.region("UI"), 110, sidebar.below(s, "Correct", 0))  # Keep this pose
        yield lambda number=number: len(settings().corrections) == number + 1
    s.shot("w6_two_kept")


def solve(s):
    began = time.monotonic()
    yield from s.key("ctrl+alt+r")
    yield lambda: follows(["correct"])
    report["first_solve_s"] = round(time.monotonic() - began, 2)
    s.check(not len(settings().corrections))
    yield 0.8
    s.shot("w7_solved")


def undo_during_a_solve(s):
    """Ctrl Z while the engine works: what was asked is answered or told, and nothing is lost."""
    yield from hands.go_to(s, bpy.context.scene.frame_end // 2)
    yield from hands.pick(s, actor(), "right_elbow")
    yield from hands.turn(s, actor(), "right_elbow", 25)
    yield from s.click(s.region("UI"), 110, sidebar.below(s, "Correct", 0))
    yield lambda: len(settings().corrections) == 1
    jobs = part("addon.jobs")
    before = jobs.correction
    s._xdotool("mousemove", *hands.middle(s))
    yield 0.3
    s._xdotool("key", "ctrl+alt+r")
    yield lambda: jobs.correction is not before
    s.check(jobs.correction.active, "the solve was over before a key could be pressed")
    s._xdotool("key", "ctrl+z")
    yield lambda: not jobs.correction.active
    yield 1.0
    yield lambda: not part("addon.cleanup").busy(take())
    s.shot("w7_undone")
    kinds, kept, job = [e["kind"] for e in edits()], len(settings().corrections), jobs.correction
    report["undo_during_a_solve"] = [job.state, job.message, kinds, kept]
    s.check(take()["edits_applied"] == part("addon.cleanup").wanted(take()), "curves do not follow")
    # What was asked is a step, or still there to be asked again.
    s.check(kinds == ["correct", "correct"] or (kinds == ["correct"] and kept == 1), f"{kinds}, {kept} kept")
    if len(kinds) == 2:
        yield from s.key("ctrl+z")
        yield lambda: follows(["correct"])


def contact(s):
    """Room is made by the button; the end of a contact is dragged."""
    yield from sidebar.open_alone(s, "Contacts")
    s.shot("w8_no_room")
    lanes = part("addon.scene.lanes")
    with s.override():
        s.check(not lanes.has_room(bpy.context), "the default time line is high enough")
    yield from s.click(s.region("UI"), 110, sidebar.below(s, "Contacts", 2, 14))  # Make room
    yield 1.5
    with s.override():
        s.check(lanes.has_room(bpy.context), "no room was made")
    area = s.area("DOPESHEET_EDITOR")
    region = s.region("WINDOW", "DOPESHEET_EDITOR")
    with bpy.context.temp_override(window=s.window, area=area, region=region):
        bpy.ops.action.view_all()
    yield 1.0
    s.shot("w9_contacts")
    person, tracks = str(actor()["person_id"]), part("addon.contact_tracks")
    rows = [(row, track) for row, track in enumerate(reversed(tracks.tracks(take(), person))) if track.intervals]
    row, track = max(rows, key=lambda one: max(b - a for a, b in one[1].intervals))
    interval = max(track.intervals, key=lambda one: one[1] - one[0])
    scale = bpy.context.preferences.system.ui_scale
    y = (lanes._BOTTOM + row * (lanes._HEIGHT + lanes._GAP) + lanes._HEIGHT / 2) * scale
    x = lanes._column(region, interval[1] + 0.5) - 2
    target = max(interval[0] + 2, interval[1] - 8)
    x2 = lanes._column(region, lanes.frame_at(region, x) + target - interval[1])
    yield from drag(s, region, (x, y), (x2, y))
    yield lambda: follows(["correct", "correct"])
    yield 0.6
    area.tag_redraw()
    yield 0.4
    s.shot("w10_contact_edited")
    now = next(one for one in tracks.tracks(take(), person) if one.limb.name == track.limb.name)
    s.check((interval[0], target) in now.intervals, f"{interval} to {target}: {now.intervals}")
    report["contact"] = [track.limb.name, interval, [interval[0], target]]


def smooth_arms(s):
    """A click adds the step; its slider for the arms is dragged."""
    yield from sidebar.open_alone(s, "Clean-up")
    yield from s.click(s.region("UI"), 44, sidebar.below(s, "Clean-up", 0))
    yield lambda: follows(["correct", "correct", "smooth"])
    yield 0.8
    s.shot("w11_smooth")
    item = settings().edits[2]
    before = item.smooth_arms
    region = s.region("UI")
    y = region.height - sidebar.below(s, "Clean-up", SLIDER_ROW)
    yield from drag(s, region, (150, y), (205, y))
    yield lambda: abs(item.smooth_arms - before) > 0.05 and follows(["correct", "correct", "smooth"])
    report["arms"] = [round(before, 3), round(item.smooth_arms, 3)]
    s.shot("w12_arms")


SLIDER_ROW = 10


def before_and_after(s):
    yield from s.key("ctrl+alt+b")
    yield lambda: settings().show_before and take()["edits_applied"] == "[]"
    yield 0.5
    s.shot("w13_before")
    yield from s.key("ctrl+alt+b")
    yield lambda: not settings().show_before and follows(["correct", "correct", "smooth"])
    s.shot("w14_after")


def export(s):
    """The button, the file browser, Return; the file is read back by another Blender."""
    yield from s.key("ctrl+Tab")
    yield lambda: actor().mode == "OBJECT"
    yield from sidebar.open_alone(s, "Retarget")
    yield 0.6
    s.shot("w15_retarget")
    yield from s.click(s.region("UI"), 110, sidebar.below(s, "Retarget", EXPORT_ROW, 13))
    yield lambda: any(area.type == "FILE_BROWSER" for area in s.window.screen.areas)
    yield 1.5
    browser = s.area("FILE_BROWSER")
    browser.spaces.active.params.directory = f"{OUT}/".encode()
    browser.tag_redraw()
    yield 1.0
    s.shot("w16_export")
    yield from s.key("Return", region=s.region("WINDOW", "FILE_BROWSER"))
    reports = part("addon.operators.export").reports
    yield lambda: len(reports) == 1
    yield 1.0
    s.check(reports[0].good, reports[0].line)
    report["export"] = reports[0].line
    s.shot("w17_exported")
    s.check(list(pathlib.Path(OUT).glob("*.fbx")), "no file was written")


EXPORT_ROW = 8


def written(s):
    report["blocked_s"] = {name: round(value, 3) for name, value in blocked.longest.items()}
    report["blocked_own_s"] = {name: round(value, 3) for name, value in blocked.own.items()}
    pathlib.Path(OUT, "whole.json").write_text(json.dumps(report, indent=1))
    s.log(report)


gui_session.run(
    [window.installed, watched, window.open_sidebar, capture, through_the_shot, next_problem, two_frames, solve,
     undo_during_a_solve, contact, smooth_arms, before_and_after, export, written],
    out=OUT, step_timeout=400, total_timeout=2400,
)  # fmt: skip
