from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from people import Walker, pictures, tracklet

from understudy.core.track.appearance import SIZE, describe, distance
from understudy.core.track.state import PerceptionState, PersonState
from understudy.core.track.tracklets import Tracklet


def person(track: int) -> PersonState:
    rng = np.random.default_rng(track)
    return PersonState(track, 1.25 + track, rng.normal(size=4), rng.normal(size=2), rng.random(SIZE).astype(np.float32),
                       np.where(rng.random((2, 4)) < 0.5, np.nan, 1.0))  # fmt: skip


@pytest.mark.parametrize("people", [(), (person(3),), (person(1), person(5))])
def test_state_survives_a_file(tmp_path: Path, people: tuple[PersonState, ...]) -> None:
    state = PerceptionState(120, 6, 3.5, people)
    np.savez(tmp_path / "state.npz", **state.to_arrays())
    with np.load(tmp_path / "state.npz", allow_pickle=False) as arrays:
        back = PerceptionState.from_arrays(arrays)
    assert (back.next_frame, back.next_track, back.last_detection) == (120, 6, 3.5)
    assert len(back.people) == len(people)
    for a, b in zip(people, back.people, strict=True):
        assert (a.track, a.time) == (b.track, b.time)
        for name in ("crop", "velocity", "appearance", "hands"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
            assert getattr(a, name).dtype == getattr(b, name).dtype


def test_tracklet_survives_a_file(tmp_path: Path) -> None:
    times = np.arange(9) / 30
    part = tracklet(7, Walker((100, 100), (3, 4)), np.array([2, 3, 5]), times, clothes=2)
    np.savez(tmp_path / "t.npz", **part.to_arrays())
    with np.load(tmp_path / "t.npz", allow_pickle=False) as arrays:
        back = Tracklet.from_arrays(arrays)
    assert back.track == 7 and isinstance(back.track, int)
    for name, values in part.to_arrays().items():
        np.testing.assert_array_equal(getattr(back, name), values)


@pytest.mark.parametrize("frames", [[], [3, 3], [4, 2]])
def test_frames_must_increase(frames: list[int]) -> None:
    part = tracklet(0, Walker((100, 100), (0, 0)), np.arange(3), np.arange(3) / 30)
    with pytest.raises(ValueError, match="frames must increase"):
        Tracklet(0, np.array(frames), *(getattr(part, n)[: len(frames)] for n in list(part.to_arrays())[2:]))


def test_shapes_are_checked() -> None:
    part = tracklet(0, Walker((100, 100), (0, 0)), np.arange(3), np.arange(3) / 30)
    with pytest.raises(ValueError, match="boxes must be"):
        Tracklet(**{**part.to_arrays(), "track": 0, "boxes": np.zeros((2, 4))})


def test_clothes_tell_people_apart() -> None:
    times = np.zeros(1)
    red, blue = Walker((200, 200), (0, 0)), Walker((600, 200), (0, 0), colour=(30, 30, 220))
    dim = Walker((400, 200), (0, 0), colour=(185, 38, 38))
    frame = pictures([red, blue, dim], times)[0]
    a, b, c = (describe(frame, w.points(0.0)) for w in (red, blue, dim))
    assert distance(a, a) == pytest.approx(0, abs=1e-6)
    assert distance(a, b) > 0.5 and distance(a, c) < 0.25
    away = describe(frame, red.points(0.0) + 5000)
    assert not away.any() and np.isnan(distance(a, away))
