from __future__ import annotations

import numpy as np

from understudy.core.nets.specs import NETWORKS
from understudy.core.pose2d.landmarks import BodyLandmarks
from understudy.core.track.course import Course, Steps
from understudy.core.track.headway import Headway, Sight

FRAMES = 12
STEPS = Steps(np.arange(0, FRAMES, 3), np.arange(0, FRAMES, 3) / 30.0)


class Parts:
    """A network that looks at two pictures at a time."""

    spec = NETWORKS["pose_landmark_full"]

    def predict(self, crops, batch=None, done=lambda images: None):
        for start in range(0, len(crops), 2):
            done(len(crops[start : start + 2]))
        return {"presence": np.ones((len(crops), 1), np.float32)}


def course(track: int, ok: list[bool]) -> Course:
    """Somebody whose hips are at ``track`` in every step where they are seen."""
    one = Course.new(track, len(STEPS.frames), 0.0, np.zeros(4))
    one.ok[:] = ok
    for step in np.flatnonzero(ok):
        seen = BodyLandmarks.empty(1)
        seen.points[:] = track
        one.landmarks.put(np.array([step]), seen)
    return one


def looks(count: int) -> np.ndarray:
    return np.zeros((count, 2, 2, 3), np.uint8)


def test_looks_add_up_to_a_chunk_in_small_steps() -> None:
    told: list[Sight] = []
    headway = Headway(told.append, hands=False)
    network = headway.watched(Parts())
    headway.plan(STEPS, FRAMES, 4, 1)
    assert network.predict(looks(4))["presence"].shape == (4, 1) and network.spec is Parts.spec
    one = course(1, [True] * 4)
    for step in range(4):
        network.predict(looks(1))
        headway.followed(step, [one])
    headway.second([one])
    network.predict(looks(FRAMES))
    fractions = [sight.fraction for sight in told]
    assert fractions == sorted(fractions) and max(np.diff(fractions)) < 0.25
    assert 0.9 < fractions[-1] < 1.0


def test_it_never_goes_back_nor_over_the_end() -> None:
    """A crowd comes to light after the first look, and takes more looks than anybody expected."""
    told: list[Sight] = []
    headway = Headway(told.append, hands=True)
    network = headway.watched(Parts())
    headway.plan(STEPS, FRAMES, 4, 1)
    network.predict(looks(20))
    headway.second([course(track, [True] * 4) for track in range(6)])
    network.predict(looks(2000))
    fractions = [sight.fraction for sight in told]
    assert fractions == sorted(fractions) and fractions[-1] < 1.0


def test_it_shows_who_was_followed_so_far() -> None:
    told: list[Sight] = []
    headway = Headway(told.append, hands=False)
    network = headway.watched(Parts())
    headway.plan(STEPS, FRAMES, 0, 2)
    network.predict(looks(2))
    assert (told[-1].frame, len(told[-1].bodies)) == (0, 0)
    people = [course(7, [True, True, False, True]), course(9, [False, True, True, True])]
    headway.followed(0, people)
    network.predict(looks(2))
    assert (told[-1].frame, told[-1].bodies.points[:, 0, 0].tolist()) == (0, [7.0])
    headway.second(people)
    seen = {}
    for _ in range(12):
        network.predict(looks(2))
        seen[told[-1].frame] = told[-1].bodies.points[:, 0, 0].tolist()
    assert seen == {3: [7.0, 9.0], 6: [9.0], 9: [7.0, 9.0]}
