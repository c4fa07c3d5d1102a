"""Footage in the capture panel: pictures, trim, people, recording, with the engine's own worker on the sample clips."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from engines import needs_engine

from understudy.addon import capture_queue, footage, icons, jobs, recording, registration, strips
from understudy.addon.preferences import preferences
from understudy.addon.properties import capture_settings
from understudy.addon.scene import crowd, inset
from understudy.core.glimpse import pictures
from understudy.core.picks import Pick
from understudy.core.skeleton import KEYPOINTS

ROOT = Path(__file__).resolve().parents[2]
ops = bpy.ops.understudy


@pytest.fixture
def choices(engine, monkeypatch, tmp_path):
    """The panel's settings, with pictures of footage in a folder of this test's own."""
    monkeypatch.setattr(strips, "user_folder", lambda: tmp_path / "user")
    return capture_settings(bpy.context)


@pytest.fixture
def duo(tmp_path):
    return Path(shutil.copy(ROOT / "sample" / "duo.mp4", tmp_path / "duo.mp4"))


def tick_while(condition, seconds=60):
    deadline = time.monotonic() + seconds
    longest = 0.0
    while condition():
        assert time.monotonic() < deadline, footage.chosen
        began = time.thread_time()
        jobs.tick()
        longest = max(longest, time.thread_time() - began)
        time.sleep(0.01)
    return longest


def looking():
    return footage.chosen.active


@needs_engine
def test_facts_and_pictures_come_by_themselves(choices, duo, tmp_path):
    began = time.monotonic()
    choices.footage = str(duo)
    assert time.monotonic() - began < 0.2, "nobody waits for the engine"
    assert footage.chosen.picture_at(0.0) is None
    assert tick_while(looking) < 0.2
    facts = footage.chosen.facts
    assert facts.duration == pytest.approx(footage.duration_of(choices)) and facts.duration > 3
    assert len(footage.chosen.strip.images) == footage.STRIP_COUNT
    first, last = footage.chosen.strip.images[[0, -1]].astype(float)
    assert np.abs(first - last).mean() > 1  # not the same picture over and over
    # Chosen again, the pictures are there at once: they were kept.
    footage.forget()
    choices.footage = ""
    choices.footage = str(duo)
    assert footage.chosen.facts == facts and footage.chosen.strip is not None
    tick_while(looking)


@needs_engine
def test_sliders_set_the_ends_and_show_their_pictures(choices, duo):
    choices.footage = str(duo)
    tick_while(looking)
    duration = footage.chosen.facts.duration
    for share in (5, 20, 35, 50):  # as dragging does
        choices.trim_in = share
    assert choices.start == pytest.approx(duration / 2, abs=1e-4)
    tick_while(looking)
    first, last = footage.chosen.ends.seconds
    assert first == pytest.approx(choices.start, abs=1e-5) and last == pytest.approx(footage.chosen.facts.last, abs=0.1)
    assert footage.chosen.picture_at(choices.start) is not None
    choices.trim_out = 80
    assert choices.end == pytest.approx(0.8 * duration, abs=1e-4) and choices.trim_out == pytest.approx(80, abs=0.1)
    choices.trim_out = 100
    assert choices.end == 0.0 and choices.trim_out == 100  # the end of the video
    choices.trim_out = 10  # never before the beginning
    assert choices.end > choices.start
    choices.trim_in = 100
    assert choices.start < choices.end
    tick_while(looking)


@needs_engine
def test_another_footage_forgets_trim_and_people(choices, duo):
    choices.footage = str(duo)
    choices.start = 1.0
    ops.pick_person(seconds=1.5, box=(0, 0, 10, 10))
    choices.footage = str(ROOT / "sample" / "solo.mp4")
    assert choices.start == 0 and not len(choices.picks)
    tick_while(looking)
    assert footage.chosen.path.name == "solo.mp4"
    assert footage.chosen.facts.focal_px  # solo's metadata has it


@needs_engine
def test_what_cannot_be_read_says_so(choices, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("no video")
    choices.footage = str(path)
    tick_while(looking)
    assert "notes.mp4" in footage.chosen.message and footage.chosen.hint
    choices.footage = str(tmp_path / "gone.mp4")
    assert "gone.mp4" in footage.chosen.message


def test_without_the_engine_the_panel_says_so(addon, tmp_path, monkeypatch):
    monkeypatch.setattr(strips, "user_folder", lambda: tmp_path / "user")
    preferences().engine_folder = str(tmp_path / "nothing")
    settings = capture_settings(bpy.context)
    settings.footage = str(ROOT / "sample" / "duo.mp4")
    assert "without the engine" in footage.chosen.message
    assert not jobs.busy() and not footage.chosen.active


@needs_engine
def test_a_person_chosen_in_the_picture_is_the_one_who_is_captured(choices, duo, tmp_path):
    choices.folder = str(tmp_path)
    choices.quality = "DRAFT"
    choices.footage = str(duo)
    choices.start, choices.end = 0.5, 1.5
    footage.chosen.look("crowd", 1.0)
    tick_while(looking, 120)
    seen = footage.chosen.crowd
    assert len(seen.boxes) == 2
    view = crowd.Crowd(0, 1.0, seen)
    right = int(np.argmax(seen.boxes[:, 0]))
    middle = (seen.boxes[right, :2] + seen.boxes[right, 2:]) / 2
    assert view.at(middle) == right
    view.toggle(right)
    (pick,) = view.picks
    ops.pick_person(seconds=pick.seconds, box=pick[1:])
    assert ops.capture(filepath=str(duo), timing="TAKE") == {"FINISHED"}
    seen_on_the_way = []

    def running():
        glimpse = capture_queue.items[0].glimpse
        if glimpse is not None and not any(glimpse is one for one in seen_on_the_way):
            seen_on_the_way.append(glimpse)
        return jobs.busy() or looking()

    tick_while(running, 240)
    (job,) = capture_queue.items
    assert job.state == "done", (job.message, job.warnings)
    assert not [text for text in job.warnings if "chosen" in text]
    actors = [ob for ob in bpy.data.objects if ob.type == "ARMATURE"]
    assert len(actors) == 1
    assert seen_on_the_way and len(seen_on_the_way[-1].boxes) == 2  # the preview shows everybody, once found
    from understudy.core.take_file import load

    take = load(job.output)
    points = take.people[0].keypoints2d[0, np.argmin(np.abs(take.timestamps - take.timestamps[0] - 0.5))]
    low, high = seen.boxes[right, :2], seen.boxes[right, 2:]
    body = points[: len([name for name in KEYPOINTS if "_hand_" not in name])]
    assert np.mean(np.all((body >= low - 10) & (body <= high + 10), axis=1)) > 0.9
    assert len(take.timestamps) == 15  # a second of 30, every second one


def test_boxes_that_are_none_are_refused(addon):
    choices = capture_settings(bpy.context)
    with pytest.raises(RuntimeError, match="not a box"):
        ops.pick_person(seconds=0, box=(10, 0, 5, 5))
    choices.start = 2.0
    with pytest.raises(RuntimeError, match="outside"):
        ops.pick_person(seconds=1, box=(0, 0, 5, 5))
    assert not len(choices.picks)
    ops.pick_person(seconds=2, box=(0, 0, 5, 5))
    ops.pick_person(seconds=3, box=(0, 0, 5, 5))
    ops.forget_person(index=0)
    assert [one.seconds for one in choices.picks] == [3]
    with pytest.raises(RuntimeError, match="1 are chosen"):
        ops.forget_person(index=4)
    ops.forget_person()
    assert not len(choices.picks)


def glimpse_with(boxes):
    seen = pictures(np.zeros((1, 40, 60, 3), np.uint8), np.array([1.0]), (600, 400))
    import dataclasses

    n = len(boxes)
    return dataclasses.replace(
        seen,
        picture=np.zeros(n, int),
        boxes=np.array(boxes, np.float32),
        points=np.tile(np.arange(len(KEYPOINTS) * 2).reshape(1, -1, 2), (n, 1, 1)).astype(np.float32),
        confidence=np.ones((n, len(KEYPOINTS)), np.float32),
    )


def test_clicks_on_boxes():
    view = crowd.Crowd(0, 1.0, glimpse_with([[0, 0, 300, 400], [100, 100, 200, 300]]))
    assert view.at((150, 200)) == 1  # the smaller one is in front
    assert view.at((20, 20)) == 0 and view.at((500, 20)) == -1
    view.toggle(1)
    assert view.pick_of(1) == Pick(1.0, 100, 100, 200, 300) and view.pick_of(0) is None
    view.toggle(1)
    assert not view.picks
    # A person chosen at another moment is not this one, wherever the box is.
    view.picks = [Pick(2.0, 100, 100, 200, 300)]
    assert view.pick_of(1) is None


def test_a_click_lands_on_the_pixel_that_is_drawn_there():
    size, corners = np.array([600, 400]), crowd.fitted((600, 400), (50, 0), (1000, 700))
    low, high = corners
    assert np.allclose((high - low)[0] / (high - low)[1], 1.5)
    assert low[0] >= 50 and high[0] <= 1000 and low[1] > 60  # clear of the side bar and the text
    assert np.allclose(crowd.to_pixel(low, size, corners), (-0.5, 399.5))
    assert np.allclose(crowd.to_pixel(high, size, corners), (599.5, -0.5))


def test_bones_of_the_preview():
    ends, colours = inset.bones(glimpse_with([[0, 0, 1, 1], [2, 2, 3, 3]]))
    assert len(ends) == len(colours) > 40
    assert np.allclose(ends[0], (np.array([[22, 23], [24, 25]]) + 0.5) / [600, 400])  # shoulder to shoulder
    assert not np.allclose(colours[0], colours[-1])  # a colour for each


def test_pictures_become_icons(addon):
    image = np.zeros((4, 6, 3), np.uint8)
    image[0] = 255
    assert icons.icon(image) == icons.icon(image)
    (name, _) = icons._names[id(image)]
    preview = icons._collection[name]
    assert tuple(preview.image_size) == (6, 4)
    pixels = np.array(preview.image_pixels_float).reshape(4, 6, 4)
    assert np.allclose(pixels[3], 1) and np.allclose(pixels[:3, :, :3], 0)  # Blender's rows begin at the bottom
    for _ in range(60):
        icons.icon(np.zeros((4, 6, 3), np.uint8))
    assert len(icons._names) <= 40
    square = icons.square(image)
    assert square.shape == (4, 4, 3) and icons.square(image) is square
    assert icons.pair(image, np.zeros((2, 3, 3), np.uint8), wide=True).shape == (14, 6, 3)
    assert icons.pair(image, np.zeros((2, 3, 3), np.uint8), wide=False).shape == (4, 18, 3)
    icons.clear()


@needs_engine
def test_a_recording_becomes_the_footage_and_is_captured(choices, duo, tmp_path):
    choices.folder = str(tmp_path)
    choices.quality = "DRAFT"
    assert ops.record(camera=str(duo)) == {"FINISHED"}
    assert not ops.record.poll()  # one at a time
    tick_while(lambda: recording.current.seconds < 1.0)
    assert inset._shown["camera"].images.shape[0] == 1
    ops.stop_recording(captures=True)
    tick_while(recording.active)
    assert recording.current.state == "done", recording.current.message
    assert Path(choices.footage) == recording.current.output and recording.current.output.parent == tmp_path
    assert "camera" not in inset._shown
    tick_while(lambda: jobs.busy() or looking(), 240)
    (job,) = capture_queue.items
    assert job.state == "done", job.message
    assert job.output.name == recording.current.output.stem + ".take.npz"


@needs_engine
def test_a_recording_that_is_discarded_leaves_no_file(choices, duo, tmp_path):
    ops.record(camera=str(duo), filepath=str(tmp_path / "take me away.mp4"))
    tick_while(lambda: recording.current.frames == 0)
    ops.stop_recording(discards=True)
    tick_while(recording.active)
    assert not list(tmp_path.glob("take me away*")) and choices.footage == ""
    ops.close_recording()
    assert recording.current is None


@needs_engine
def test_no_camera_is_told(choices, tmp_path):
    choices.folder = str(tmp_path)
    ops.record(camera="97")
    tick_while(recording.active)
    assert recording.current.state == "failed"
    assert recording.current.message == "There is no camera 97 on this machine."
    assert "Plug one in" in recording.current.hint
    assert not ops.stop_recording.poll()


def test_switched_off_and_on_again_nothing_is_being_recorded(pretended_engine, tmp_path):
    assert ops.record(camera="0", filepath=str(tmp_path / "a.mp4")) == {"FINISHED"} and recording.active()
    registration.unregister()
    registration.register()
    assert not recording.active() and ops.record.poll()
