from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from people import Walker, pictures

from understudy.core.pose2d.crops import Frame
from understudy.core.pose2d.landmarks import BodyLandmarks
from understudy.core.skeleton import POSE_LANDMARKS
from understudy.core.track import second_pass
from understudy.core.track.course import Course, Steps
from understudy.core.track.second_pass import every_frame

TIMES = np.arange(30) / 60.0
STEPS = Steps(np.arange(0, 30, 6), TIMES[::6])
WALKER = Walker((300, 200), (120, 0))
LEAN = 0.6
MIRROR = [
    POSE_LANDMARKS.index(n.replace("left", "X").replace("right", "left").replace("X", "right")) for n in POSE_LANDMARKS
]


def answers_for(index: np.ndarray, crops: np.ndarray, flipped: set[int], lost: set[int], turn: float) -> BodyLandmarks:
    """A leaning person; on ``flipped`` frames a crop turned with the lean shows a front as a back."""
    out = BodyLandmarks.empty(len(index))
    for k, i in enumerate(index):
        points = WALKER.points(TIMES[i])
        wrong = int(i) in flipped and abs(crops[k, 3]) > 0.8 * abs(turn)
        out.points[k] = points[MIRROR] if wrong else points
        out.visibility[k], out.presence[k] = 0.9, 1.0
        if int(i) in lost and abs(crops[k, 3]) > 0.8 * abs(turn):
            out.presence[k] = 0.1
        out.crops[k] = [*WALKER.centre(TIMES[i]), 250.0, turn]
    return out


def run(
    monkeypatch: pytest.MonkeyPatch, flipped: set[int], lost: set[int] = frozenset(), turn: float = LEAN
) -> tuple[np.ndarray, BodyLandmarks, int]:  # type: ignore[assignment]
    looks = [0]

    def landmark(network: object, frames: list[Frame], index: np.ndarray, crops: np.ndarray) -> BodyLandmarks:
        looks[0] += len(index)
        return answers_for(index, crops, flipped, lost, turn)

    monkeypatch.setattr(second_pass, "landmark_bodies", landmark)
    course = Course.new(0, len(STEPS.frames), 0.0, np.zeros(4))
    crops = np.array([[*WALKER.centre(t), 250.0, turn] for t in STEPS.times])
    course.landmarks.put(np.arange(len(crops)), answers_for(STEPS.frames, crops, flipped, set(), turn))
    course.used[:] = crops
    course.ok[:] = True
    index, answers = every_frame(course, STEPS, TIMES, pictures([WALKER], TIMES), SimpleNamespace())  # type: ignore[arg-type]
    return index, answers, looks[0]


def right_way_round(index: np.ndarray, answers: BodyLandmarks) -> np.ndarray:
    true = np.stack([WALKER.points(TIMES[i]) for i in index])
    return np.abs(answers.points - true).max((1, 2)) < 1


@pytest.mark.parametrize(
    "flipped",
    [
        set(),
        {7, 8, 9},  # between steps
        {12},  # a step alone
        set(range(10, 22)),  # over steps
        set(range(30)),  # always: only the upright look knows
    ],
)
def test_fronts_taken_for_backs_are_looked_at_again(monkeypatch: pytest.MonkeyPatch, flipped: set[int]) -> None:
    index, answers, _ = run(monkeypatch, flipped)
    assert index.tolist() == list(range(30))
    assert right_way_round(index, answers).all()


def test_frames_without_anybody_get_a_second_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    index, answers, _ = run(monkeypatch, set(), {3, 17})
    assert index.tolist() == list(range(30)) and (answers.presence > 0.5).all()


def test_upright_people_cost_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sparse frames are kept, the others looked at once."""
    assert run(monkeypatch, set(), turn=0.05)[2] == 30 - len(STEPS.frames)
    assert run(monkeypatch, set(), turn=LEAN)[2] == 30
