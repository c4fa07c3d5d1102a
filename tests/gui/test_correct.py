"""Next problem, two frames corrected, re-solve, a point and a contact dragged, in a real window. See run_correct.sh."""

from __future__ import annotations

import json
import pathlib
import sys
import time

sys.path += ["/tool", "/share"]
import bpy
import gui_session
from drags import drag
from watch import MODULE, OUT, Blocked, part, take

take_file, engine = sys.argv[sys.argv.index("--") + 1 :][:2]
report = {"blender": bpy.app.version_string}
FRAMES = (40, 46)


blocked = Blocked()


def settings():
    return part("addon.edit_list").settings_of(take())


def actor():
    return part("addon.scene.takes").actors(take())[0]


def kinds():
    return [entry["kind"] for entry in json.loads(take()["edits"])]


def solved(count):
    """Whether so many corrections are in the list and in the curves, and nothing is under way."""
    job = part("addon.jobs").correction
    if job is not None and job.state == "failed":
        raise RuntimeError(f"{job.message} {job.hint}")
    done = kinds().count("correct") == count and not part("addon.cleanup").busy(take())
    return done and take()["edits_applied"] == take()["edits"]


def imported(s):
    s.check(MODULE in bpy.context.preferences.addons, "extension not enabled")
    bpy.context.preferences.addons[MODULE].preferences.engine_folder = engine
    blocked.wrap(part("addon.cleanup"), "_tick", "clean-up timer")
    blocked.wrap(part("addon.correction"), "solve", "asking for a solve")
    blocked.wrap(part("addon.correction_job").CorrectionJob, "handle", "taking up the answer")
    with s.override():
        bpy.ops.understudy.import_take(filepath=take_file, timing="TAKE")
    yield lambda: len(list(part("addon.scene.links").take_collections())) and part("addon.jobs").importing is None
    yield 1.0


def sidebar(s):
    area = s.area()
    area.spaces.active.show_region_ui = True
    yield from s.open_sidebar("Understudy")
    yield 0.5
    for y in (14, 42, 70):  # folds capture, takes, clean-up
        yield from s.click(s.region("UI"), 60, y)
    yield 0.5
    s.shot("c1_panels")


def problem(s):
    with s.override():
        bpy.ops.understudy.next_problem("EXEC_DEFAULT", True)
    yield 0.6
    s.shot("c2_problem")


def two_frames(s):
    """Rotate a bone by hand, keep it, twice; then the shortcut solves."""
    yield from s.click(s.region("UI"), 60, 126)  # opens the panel
    yield 0.8
    s.shot("c3_correct_panel")
    part("addon.scene.takes").activate(bpy.context, take())
    with s.override():
        bpy.context.view_layer.objects.active = actor()
        if actor().mode != "POSE":
            bpy.ops.object.mode_set(mode="POSE")
        for frame in FRAMES:
            bpy.context.scene.frame_set(frame)
            bone = actor().pose.bones["left_elbow"]
            bone.rotation_quaternion = bone.rotation_quaternion @ __import__("mathutils").Quaternion((1, 0, 0), 0.6)
            bpy.ops.understudy.keep_pose("EXEC_DEFAULT", True)
    yield 0.5
    s.check(len(settings().corrections) == 2, "two poses are kept")
    s.shot("c4_two_kept")
    began = time.monotonic()
    yield from s.key("ctrl+alt+r")
    yield lambda: solved(1)
    report["first_solve_s"] = round(time.monotonic() - began, 3)
    s.check(not len(settings().corrections))
    yield 0.8
    s.shot("c5_solved")


def warm(s):
    """Two seconds again, with the engine warm; one undo takes it back."""
    with s.override():
        bpy.context.scene.frame_set(70)
        bone = actor().pose.bones["right_shoulder"]
        bone.rotation_quaternion = bone.rotation_quaternion @ __import__("mathutils").Quaternion((0, 0, 1), 0.3)
        settings().reach_s = 1.0
        began = time.monotonic()
        bpy.ops.understudy.resolve("EXEC_DEFAULT", True)
    while not solved(2):
        yield 0.02
    report["two_seconds_s"] = round(time.monotonic() - began, 3)
    yield 0.5
    settings().reach_s = 0.5
    yield from s.key("ctrl+z")  # one undo takes the correction back
    yield lambda: solved(1)
    with s.override():
        bpy.ops.ed.redo()
    yield lambda: solved(2)


def point(s):
    """A wrist dragged over the footage."""
    with s.override():
        bpy.ops.understudy.look_through()
    bpy.context.scene.frame_set(40)
    yield lambda: part("addon.readings").is_read(take())
    yield 1.5
    points, readings = part("addon.scene.points"), part("addon.readings")
    source = readings.evaluation_of(take()).take
    person = source.people[0]
    column = source.keypoint_names.index("right_wrist")
    region = s.region("WINDOW")
    camera = part("addon.scene.takes").cameras(take())[0]
    corners = points.frame_corners(region, s.area().spaces.active, camera, bpy.context.scene)
    x, y = points.to_region(person.keypoints2d[0, 39][column], source.cameras.size[0], corners)
    part("addon.view_properties").view_of(bpy.context.scene).overlay = True
    with s.override():
        bpy.ops.understudy.drag_point("INVOKE_DEFAULT", True)
    yield 0.5
    yield from drag(s, region, (x, y), (x + 25, y + 20))
    yield 0.4
    s.shot("c6_point_dragged")
    yield from s.key("Return")
    yield 0.4
    (item,) = settings().corrections
    s.check((item.what, item.joint) == ("POINT", "right_wrist"), f"{item.what} {item.joint}")
    with s.override():
        bpy.ops.understudy.resolve("EXEC_DEFAULT", True)
    yield lambda: solved(3)
    yield 0.6
    s.shot("c7_point_solved")


def contacts(s):
    """The end of a contact dragged in the time line; then it is taken away."""
    s.window.workspace = bpy.data.workspaces["Animation"]  # its time line is high enough
    yield 2.0
    area = max((a for a in s.window.screen.areas if a.type == "DOPESHEET_EDITOR"), key=lambda a: a.height)
    region = next(r for r in area.regions if r.type == "WINDOW")
    lanes, tracks = part("addon.scene.lanes"), part("addon.contact_tracks")
    with bpy.context.temp_override(window=s.window, area=area, region=region):
        bpy.ops.action.view_all()
    yield 0.8
    s.shot("c8_contacts")
    person = str(actor()["person_id"])
    found = [(row, track) for row, track in enumerate(reversed(tracks.tracks(take(), person))) if track.intervals]
    row, track = found[0]
    interval = max(track.intervals, key=lambda one: one[1] - one[0])
    scale = bpy.context.preferences.system.ui_scale
    y = (lanes._BOTTOM + row * (lanes._HEIGHT + lanes._GAP) + lanes._HEIGHT / 2) * scale
    x = lanes._column(region, interval[1] + 0.5) - 2
    target = max(interval[0] + 2, interval[1] - 8)
    began_at = lanes.frame_at(region, x)
    x2 = lanes._column(region, began_at + target - interval[1])
    yield from drag(s, region, (x, y), (x2, y), shot="c9_contact_dragged")
    yield lambda: solved(4)
    yield 0.6
    area.tag_redraw()
    yield 0.4
    s.shot("c10_contact_solved")
    now = next(one for one in tracks.tracks(take(), person) if one.limb.name == track.limb.name)
    s.check((interval[0], target) in now.intervals, f"{interval} to {target}: {now.intervals}")
    s.window.workspace = bpy.data.workspaces["Layout"]
    yield 1.0
    report["contact"] = [track.limb.name, interval, [interval[0], target]]


def clean_and_compare(s):
    cleanup = part("addon.cleanup")
    with s.override():
        bpy.ops.understudy.smooth("INVOKE_DEFAULT", True, arms=0.7)
    yield lambda: not cleanup.busy(take())
    yield from s.key("ctrl+alt+b", region=s.region("WINDOW"))
    yield lambda: settings().show_before and take()["edits_applied"] == "[]"
    yield from s.key("ctrl+alt+b", region=s.region("WINDOW"))
    yield lambda: not settings().show_before and take()["edits_applied"] == take()["edits"]
    yield from s.click(s.region("UI"), 60, 70)
    yield 0.8
    s.shot("c11_steps")
    bpy.ops.wm.save_as_mainfile(filepath=f"{OUT}/corrected.blend")
    s.check(pathlib.Path(OUT, "corrected.blend").is_file())


def in_german(s):
    """The panels in another language."""
    yield from s.click(s.region("UI"), 60, 70)
    bpy.context.preferences.view.language = "de_DE"
    yield 2.0
    s.check(bpy.app.translations.pgettext_iface("Re-solve", "Operator") == "Neu lösen", "German is not registered")
    s.shot("c12_german")
    bpy.context.preferences.view.language = "en_US"
    yield 0.5


def written(s):
    report["blocked_s"] = {name: round(value, 3) for name, value in blocked.longest.items()}
    pathlib.Path(OUT, "correct.json").write_text(json.dumps(report, indent=1))
    s.log(report)


gui_session.run(
    [imported, sidebar, problem, two_frames, warm, point, contacts, clean_and_compare, in_german, written],
    out=OUT,
    step_timeout=90,
    total_timeout=400,
)
