"""Recording: a video file stands in for the camera, through the same OpenCV device."""

from __future__ import annotations

import time

import numpy as np
import pytest

from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.footage_settings import RecordSettings
from understudy.core.video.reader import probe, read_chunks
from understudy.core.video.record import record, slot_of


@pytest.fixture
def clip(root):
    return str(root / "sample" / "solo.mp4")


def never():
    return False


def test_a_second_of_a_camera(clip, tmp_path):
    """What is recorded is what came, at the times at which it came."""
    shown = []
    path = tmp_path / "camera.mp4"
    began = time.monotonic()
    summary = record(RecordSettings(clip, path, seconds=1.0), never, show=shown.append)
    assert time.monotonic() - began >= 0.9  # as fast as it was filmed, not as fast as it can be read
    chunk = next(read_chunks(path, chunk_frames=200, warn=lambda text: None))
    assert len(chunk.images) == summary["frames"] > 10
    assert chunk.timestamps[-1] - chunk.timestamps[0] == pytest.approx(1.0, abs=0.2)
    original = next(read_chunks(clip, chunk_frames=1, warn=lambda text: None)).images[0]
    assert chunk.images[0].shape == original.shape
    assert np.abs(chunk.images[0].astype(float) - original).mean() < 3
    assert 3 <= len(shown) <= 11 and max(shown[0].images.shape[1:3]) <= 480
    ticks = (chunk.timestamps - chunk.timestamps[0]) * float(probe(clip).fps_nominal)
    assert np.allclose(ticks, np.round(ticks), atol=0.01)  # at the camera's rate, with gaps where pictures were lost


@pytest.mark.parametrize(
    ("seconds", "last", "slot"),
    [
        (0.0, -1, 0),
        (0.031, 0, 1),  # a little early is the next tick
        (0.049, 0, 1),  # and a little late too
        (0.35, 3, 10),  # pictures were lost: their ticks stay empty
        (0.36, 10, 11),  # two at once after a pause: one behind the other
        (0.36, 13, None),  # a camera that is faster than it says
    ],
)
def test_ticks(seconds, last, slot):
    assert slot_of(seconds, 30.0, last) == slot


def test_stopping_ends_it(clip, tmp_path):
    count = iter(range(100))
    summary = record(RecordSettings(clip, tmp_path / "camera.mp4"), lambda: next(count) >= 5)
    assert summary["frames"] == 5


def test_a_recording_that_was_cut_off_can_be_read(clip, tmp_path):
    """As after a crash: the file's end is missing."""
    path = tmp_path / "camera.mp4"
    record(RecordSettings(clip, path, seconds=3.0), never)
    path.write_bytes(path.read_bytes()[:-20_000])
    frames = sum(len(chunk.images) for chunk in read_chunks(path, chunk_frames=50, warn=lambda text: None))
    assert frames > 20


def test_without_a_camera_the_error_names_it(tmp_path):
    path = tmp_path / "camera.mp4"
    with pytest.raises(BadInputError, match="There is no camera 97"):
        record(RecordSettings("97", path), never)
    with pytest.raises(BadInputError, match=r"gone\.mp4"):
        record(RecordSettings(str(tmp_path / "gone.mp4"), path), never)
    assert not path.exists()


def test_stopped_at_once_nothing_is_left(clip, tmp_path):
    with pytest.raises(BadInputError, match="before its first picture"):
        record(RecordSettings(clip, tmp_path / "camera.mp4"), lambda: True)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(clip, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError):
        record(RecordSettings(clip, tmp_path / "file" / "camera.mp4"), never)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"camera": " "}, "camera"),
        ({"camera": 0}, "camera"),
        ({"output": "camera.avi"}, "camera.avi"),
        ({"size": [0, 5]}, "size"),
        ({"seconds": 0}, "seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(values, named):
    with pytest.raises(BadInputError, match=named):
        RecordSettings.from_json({"camera": "0", "output": "camera.mp4"} | values)
