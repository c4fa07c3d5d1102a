"""The capture panel in a real window: trim, people by clicks, queue, recording, split view. See run_panel.sh."""

from __future__ import annotations

import json
import pathlib
import sys
import time

sys.path += ["/tool", "/share"]
import bpy
import gui_session
import window
from drags import drag_edge
from watch import OUT, Blocked, part

FOLDER = pathlib.Path(window.video).parent
SOLO = str(FOLDER / "solo.mp4")
report = {"blender": bpy.app.version_string}
blocked = Blocked()


def choices():
    return bpy.context.scene.understudy


def chosen():
    return part("addon.footage").chosen


def queue():
    return part("addon.capture_queue")


def panel(s):
    blocked.wrap(part("addon.jobs"), "tick", "timer")
    blocked.wrap(part("addon.footage"), "choose", "choosing footage")
    yield from s.open_sidebar("Understudy")
    yield 0.5
    s.shot("p1_empty")


def footage(s):
    began = time.monotonic()
    with s.override():
        bpy.ops.understudy.choose_footage(filepath=window.video)
    report["choose_call_s"] = round(time.monotonic() - began, 3)
    yield lambda: chosen() is not None and chosen().strip is not None
    report["strip_s"] = round(time.monotonic() - began, 2)
    yield 1.0
    s.shot("p2_footage")
    choices().trim_in, choices().trim_out = 10.0, 45.0
    yield lambda: not chosen().active
    yield 1.0
    s.shot("p3_trimmed")


def german(s):
    """Longer words: nothing may be cut off."""
    view = bpy.context.preferences.view
    if "de_DE" in {item.identifier for item in view.bl_rna.properties["language"].enum_items}:
        view.language = "de_DE"
        yield 1.5
        s.shot("p3_german")
        view.language = "en_US"
        yield 1.0


def narrow(s):
    """The sidebar's edge dragged to its least width, and back."""
    width = s.region("UI").width
    yield from drag_edge(s, 70)
    s.check(s.region("UI").width < width, "the edge was not dragged")
    s.shot("p3_narrow")
    yield from drag_edge(s, -70)


def people(s):
    """The modal view, real clicks on a box, Return."""
    choices().moment = 1.0
    with s.override():
        bpy.ops.understudy.choose_people("INVOKE_DEFAULT")
    crowd = part("addon.scene.crowd")
    yield 0.5
    s.shot("p4_looking")
    region = s.region("WINDOW")
    yield from move(s, region.x + 60, region.y + 60)
    yield lambda: chosen().crowd is not None
    yield from move(s, region.x + 64, region.y + 64)
    yield lambda: crowd.shown.glimpse is not None
    view = crowd.shown
    s.check(len(view.boxes) == 2, f"{len(view.boxes)} people")
    corners = crowd.fitted(view.glimpse.size, *crowd.free_part(s.area(), region))
    for box in view.boxes[:2]:
        low, high = crowd._to_region(box, view.glimpse.size, corners)
        x, y = (low + high) / 2
        yield from s.click_at(int(region.x + x), int(region.y + y))
    s.check(len(view.picks) == 2, f"{len(view.picks)} chosen after two clicks")
    yield from s.click_at(int(region.x + x), int(region.y + y))
    s.check(len(view.picks) == 1, "a second click takes the choice back")
    yield 0.3
    s.shot("p5_people")
    yield from s.key("Return")
    yield 0.5
    s.check(len(choices().picks) == 1, "Return keeps the choice")
    s.shot("p6_chosen")


def move(s, x, y):
    if bpy.app.use_event_simulate:
        s.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    else:
        s._xdotool("mousemove", x, s.window.height - y)
    yield 0.3


def captured(s):
    """A click on the big button; the bar of the window, the picture in the viewport."""
    choices().quality = "DRAFT"
    yield from s.click(s.region("UI"), 110, 50)
    yield lambda: queue().active() is not None
    yield lambda: queue().active() is None or queue().active().done > 0 or queue().active().glimpse is not None
    yield 0.5
    s.shot("p7_running")
    yield lambda: queue().active() is None and not part("addon.jobs").busy()
    job = queue().items[0]
    s.check(job.state == "done", f"{job.state}: {job.message}")
    s.check(sum(ob.type == "ARMATURE" for ob in bpy.data.objects) == 1, "the chosen person alone")
    yield 1.5
    s.shot("p8_done")


def many(s):
    """Three files, one of which is no video."""
    with s.override():
        bpy.ops.understudy.clear_footage()
        bpy.ops.understudy.clear_queue(everything=True)
    (FOLDER / "broken.mp4").write_text("no video")
    choices().quality = "BEST"
    names = ("broken.mp4", "long.mp4", "solo.mp4")
    with s.override():
        bpy.ops.understudy.capture(directory=str(FOLDER), files=[{"name": name} for name in names], timing="SCENE")
    yield lambda: [job.state for job in queue().items][:2] == ["failed", "running"]
    yield lambda: queue().items[1].frames_per_second is not None
    yield 0.5
    s.shot("q1_queue")
    with s.override():
        bpy.ops.understudy.cancel(item=queue().items[2].uid)
    yield 0.5
    with s.override():
        bpy.ops.understudy.cancel()
    yield lambda: not part("addon.jobs").busy()
    s.check([job.state for job in queue().items] == ["failed", "cancelled", "cancelled"], "states")
    bpy.context.window_manager.understudy_queue_index = 0
    s.area().tag_redraw()
    yield 0.7
    s.shot("q2_failed")
    bpy.context.window_manager.understudy_queue_index = 1
    s.area().tag_redraw()
    yield 0.7
    s.shot("q3_cancelled")


def reopened(s):
    """What waits is there after saving and opening, and starts on a click."""
    with s.override():
        bpy.ops.understudy.resume(item=queue().items[1].uid)
    yield lambda: queue().active() is not None and queue().active().state == "running"
    queue().pause()
    bpy.ops.wm.save_as_mainfile(filepath="/share/out/queue.blend")
    with s.override():
        bpy.ops.understudy.cancel()
    yield lambda: queue().active() is None
    bpy.ops.wm.open_mainfile(filepath="/share/out/queue.blend")
    yield 1.0
    yield from s.open_sidebar("Understudy")
    s.check([job.state for job in queue().items] == ["failed", "waiting", "cancelled"], "the list came back")
    s.shot("q4_reopened")
    with s.override():
        bpy.ops.understudy.clear_queue(everything=True)
    yield 0.3


def recorded(s):
    """A file stands in for the camera: OpenCV opens either."""
    recording = part("addon.recording")
    choices().folder = str(FOLDER)
    choices().camera = "97"
    with s.override():
        bpy.ops.understudy.record()
    yield lambda: not recording.active()
    s.check("no camera 97" in recording.current.message, recording.current.message)
    with s.override():
        bpy.ops.understudy.clear_queue(everything=True)
    yield 0.5
    yield from s.click(s.region("UI"), 60, 439)  # opens the panel
    yield 0.7
    s.shot("r1_no_camera")
    with s.override():
        bpy.ops.understudy.close_recording()
        bpy.ops.understudy.record(camera=SOLO)
    yield lambda: recording.current.seconds > 1.0
    yield 0.4
    s.shot("r2_recording")
    with s.override():
        bpy.ops.understudy.stop_recording()
    yield lambda: not recording.active()
    s.check(recording.current.state == "done", recording.current.message)
    s.check(choices().footage == str(recording.current.output), "the recording is the footage")
    yield lambda: chosen().strip is not None
    yield 0.7
    s.shot("r3_recorded")


def split(s):
    """The footage beside the actors, and back."""
    links = part("addon.scene.links")
    take = next(iter(links.take_collections()))
    part("addon.scene.takes").activate(bpy.context, take)
    before = len(s.window.screen.areas)
    with s.override():
        bpy.ops.understudy.split_view()
    yield 2.0
    s.check(len(s.window.screen.areas) == before + 1, "two viewports")
    s.shot("s1_split")
    with s.override():
        bpy.ops.understudy.split_view()
    yield 1.0
    s.check(len(s.window.screen.areas) == before, "one viewport again")


def write_report(s):
    report["longest_s"] = {key: round(value, 3) for key, value in blocked.longest.items()}
    pathlib.Path(OUT, "panel.json").write_text(json.dumps(report, indent=1))
    s.log(json.dumps(report))


gui_session.run(
    [window.installed, panel, footage, narrow, german, people, captured, many, reopened, recorded, split, write_report],
    out=OUT, step_timeout=400, total_timeout=1400,
)  # fmt: skip
