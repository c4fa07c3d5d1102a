"""Many captures in a row: order, states, cancel, retry, save and reopen. The engine only pretends."""

from __future__ import annotations

import json
import time

import bpy
import pytest

from understudy.addon import capture_queue, jobs, requests, status_bar
from understudy.addon import preferences as preferences_module
from understudy.addon.declarations import QUEUE_INDEX_PROPERTY, QUEUE_PROPERTY
from understudy.addon.engine import environment
from understudy.addon.properties import capture_settings
from understudy.addon.scene import takes

ops = bpy.ops.understudy


@pytest.fixture
def folder(pretended_engine, tmp_path, monkeypatch, saved_take):
    """The pretended engine with a log of its own; a folder for videos."""
    monkeypatch.setattr(preferences_module, "worker_log", lambda: tmp_path / "engine.log")
    monkeypatch.setenv("FAKE_TAKE", str(saved_take("fixture")[1]))
    return pretended_engine


def videos(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"")
    return {"directory": str(folder), "files": [{"name": name} for name in names]}


def states():
    return [job.state for job in capture_queue.items]


def tick_until(done):
    """Timers do not run in the background: does what Blender's timer would do."""
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, (states(), [job.message for job in capture_queue.items])
        jobs.tick()
        time.sleep(0.005)


def still():
    return not jobs.busy()


def test_files_are_captured_one_after_another_and_one_that_fails_holds_up_nobody(folder):
    ops.capture(**videos(folder, "good.mp4", "bad.mp4", "good2.mp4"))
    assert states() == ["starting", "waiting", "waiting"]
    tick_until(still)
    assert states() == ["done", "failed", "done"]
    assert [c.name for c in bpy.data.collections if c.name.startswith("Take")] == ["Take good", "Take good2"]
    shown = [takes.is_shown(bpy.context.view_layer, bpy.data.collections[f"Take {name}"]) for name in ("good", "good2")]
    assert shown == [True, False]  # of many, the first is shown; the eyes in the list show the others
    assert capture_queue.items[1].message == "There is no person in bad.mp4."


def test_a_folder_is_its_videos_in_peoples_order(folder):
    videos(folder, "good10.mp4", "good2.MOV", "notes.txt", ".hidden.mp4")
    ops.capture(filepath=str(folder), brings=False)
    assert [job.output.name for job in capture_queue.items] == ["good2.take.npz", "good10.take.npz"]
    tick_until(still)
    assert states() == ["done", "done"]
    assert not [c for c in bpy.data.collections if c.name.startswith("Take")]
    assert (folder / "good2.take.npz").is_file()


def test_the_same_video_twice_gets_two_names(folder):
    for _ in range(2):
        ops.capture(**videos(folder, "slow.mp4"))
    assert [job.output.name for job in capture_queue.items] == ["slow.take.npz", "slow-2.take.npz"]
    capture_queue.pause()
    ops.cancel()
    tick_until(still)


def test_cancel_one_that_waits_and_one_that_runs(folder):
    ops.capture(**videos(folder, "slow.mp4", "good.mp4", "good2.mp4"))
    tick_until(lambda: states()[0] == "running")
    ops.cancel(item=capture_queue.items[1].uid)
    assert states() == ["running", "cancelled", "waiting"]
    ops.cancel()
    tick_until(still)
    assert states() == ["cancelled", "cancelled", "done"]
    ops.resume(item=capture_queue.items[1].uid)
    tick_until(still)
    assert states() == ["cancelled", "done", "done"]


def test_a_killed_process_leaves_the_others_and_resumes_from_its_journal(folder):
    ops.capture(**videos(folder, "die.mp4", "good.mp4"))
    tick_until(still)
    assert states() == ["lost", "done"], [job.message for job in capture_queue.items]
    ops.resume(item=capture_queue.items[0].uid)
    tick_until(still)
    assert states() == ["done", "done"]
    assert capture_queue.items[0].summary == {"resumed": True}


def test_an_engine_that_does_not_start_stops_the_queue(folder, tmp_path):
    environment.python_in(tmp_path / "environment").write_text("#!/bin/sh\necho no torch here >&2\nexit 3\n")
    ops.capture(**videos(folder, "good.mp4", "good2.mp4"))
    tick_until(still)
    assert states() == ["failed", "waiting"]
    assert "no torch here" in capture_queue.items[0].message


def test_pause_and_go_on(folder):
    ops.capture(**videos(folder, "slow.mp4", "good.mp4"))
    tick_until(lambda: states()[0] == "running")
    ops.pause_queue()
    ops.cancel()
    tick_until(still)
    assert states() == ["cancelled", "waiting"]
    ops.run_queue()
    tick_until(still)
    assert states() == ["cancelled", "done"]
    ops.clear_queue()
    assert states() == ["cancelled"]
    ops.clear_queue(everything=True)
    assert states() == [] and jobs.capture is None


def test_the_list_is_in_the_file_that_is_saved(folder, tmp_path):
    """What ran or waited waits after reopening, and starts when somebody says so; a journal is taken up."""
    blend = tmp_path / "scene.blend"
    ops.capture(**videos(folder, "die.mp4", "good.mp4", "bad.mp4", "slow.mp4"))
    tick_until(lambda: states()[:3] == ["lost", "done", "failed"] and states()[3] == "running")
    capture_queue.add([])  # more may come
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    ops.cancel()
    tick_until(still)
    capture_queue.items.clear()
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    assert states() == ["lost", "failed", "waiting"]  # what is done needs no row
    assert not capture_queue.going and still()
    assert capture_queue.items[1].message == "There is no person in bad.mp4."
    assert requests.journal_of(capture_queue.items[0].output).is_dir()
    rows = getattr(bpy.context.window_manager, QUEUE_PROPERTY)
    assert [row.uid for row in rows] == [job.uid for job in capture_queue.items]
    ops.resume(item=capture_queue.items[0].uid)
    tick_until(lambda: states()[0] == "done" and states()[2] == "running")
    ops.cancel()
    tick_until(still)


def test_a_file_opened_while_a_capture_runs(folder, tmp_path):
    """The one that runs goes on and is not doubled; those that waited in the file before stay in that file."""
    blend = tmp_path / "scene.blend"
    ops.capture(**videos(folder, "slow.mp4", "good.mp4"))
    tick_until(lambda: states()[0] == "running")
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    assert states() == ["running", "waiting"]
    bpy.ops.wm.read_homefile(use_empty=True)
    assert states() == ["running"]
    ops.cancel()
    tick_until(still)


def test_a_saved_file_without_captures_has_no_trace(folder, tmp_path):
    bpy.context.scene[QUEUE_PROPERTY] = "old"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert QUEUE_PROPERTY not in bpy.context.scene


@pytest.mark.parametrize("text", ["", "no list", "{}", "[3]", '[{"settings": {"source": "a"}}]'])
def test_a_list_that_cannot_be_read_is_left_out(addon, text):
    assert capture_queue.from_text(text) == []


def test_undo_leaves_the_list_alone(folder):
    ops.capture(**videos(folder, "slow.mp4", "good.mp4"))
    tick_until(lambda: states()[0] == "running")
    for handler in bpy.app.handlers.undo_pre:
        handler(bpy.context.scene)
    assert states() == ["running", "waiting"]
    ops.cancel()
    tick_until(still)


def test_the_row_of_the_one_that_runs_is_chosen(folder):
    ops.capture(**videos(folder, "good.mp4", "slow.mp4"))
    tick_until(lambda: states()[1] == "running")
    assert getattr(bpy.context.window_manager, QUEUE_INDEX_PROPERTY) == 1
    ops.cancel()
    tick_until(still)


def test_speed_and_status_bar(folder, monkeypatch):
    assert status_bar.text() == ""
    ops.capture(**videos(folder, "slow.mp4", "good.mp4"))
    tick_until(lambda: states()[0] == "running")
    job = capture_queue.active()
    assert job.frames_per_second is None  # of one message nobody knows
    job._speed.clear()
    job._speed.extend([(10.0, 0), (12.0, 9), (14.0, 18)])
    assert job.frames_per_second == pytest.approx(4.5)
    assert status_bar.text() == "Measuring bodies and hands 30% · 4.5 frames/s · 0:02 left · 1 waiting"
    ops.cancel()
    assert job.state == "cancelling"
    tick_until(still)
    assert job.frames_per_second is None and status_bar.text() == ""


def test_trims_and_people_are_those_of_the_panels_footage(folder):
    """They were made in one video: another one, or many, are captured whole."""
    videos(folder, "good.mp4", "good2.mp4")
    choices = capture_settings(bpy.context)
    choices.footage = str(folder / "good.mp4")
    choices.start, choices.end = 1.0, 2.0
    assert ops.pick_person(seconds=1.5, box=(1, 2, 30, 40)) == {"FINISHED"}
    ops.capture(filepath=str(folder / "good.mp4"))
    ops.capture(filepath=str(folder / "good2.mp4"))
    ops.capture(**videos(folder, "good.mp4", "good2.mp4"))
    asked = [{key: job.settings.get(key) for key in ("start", "end", "picks")} for job in capture_queue.items]
    whole = {"start": None, "end": None, "picks": None}
    assert asked == [{"start": 1.0, "end": 2.0, "picks": [[1.5, 1.0, 2.0, 30.0, 40.0]]}, whole, whole, whole]
    assert json.dumps(asked)
    tick_until(still)
