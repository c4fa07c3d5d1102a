from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.sizes import relative_sizes
from understudy.core.fit.solve import SolveSettings, solve_take

CAMERA = 1.5


@pytest.mark.parametrize(
    ("factors", "known"),
    [
        ((0.95, 1.06), (False, False)),  # a short and a tall one: apart as they are, about the mean
        ((0.90, 1.0), (False, True)),  # one height is known: the other is right by it
        ((1.0, 1.0, 1.1), (True, True, False)),
    ],
)
def test_sizes_by_one_camera_height(factors: tuple[float, ...], known: tuple[bool, ...]) -> None:
    levels = CAMERA / np.array(factors)  # who is taken for smaller than they are is taken for nearer
    found = relative_sizes(levels, np.full(len(factors), 4.0), np.array(known))
    truth = np.array(factors)
    assert np.all(found[np.array(known)] == 1)
    if any(known):
        np.testing.assert_allclose(found, truth, atol=0.04)
    else:
        assert found[1] / found[0] == pytest.approx(truth[1] / truth[0], abs=0.05)


def test_sizes_are_left_where_nothing_tells() -> None:
    for levels in ([1.5, np.nan], [0.1, 0.2], [1.5]):  # feet not seen, a camera on the floor, nobody else
        count = len(levels)
        np.testing.assert_array_equal(
            relative_sizes(np.array(levels), np.full(count, 4.0), np.zeros(count, bool)), np.ones(count)
        )
    both = relative_sizes(np.array([1.5, 0.7]), np.full(2, 4.0), np.ones(2, bool))
    np.testing.assert_array_equal(both, np.ones(2))


def test_a_tall_and_a_short_person_come_out_so(shoot) -> None:
    tall = shoot(height=1.86, place=(-0.8, 4.5), person="1")
    short = shoot(height=1.58, place=(0.8, 4.5), person="2")
    tracks = [tall.track, short.track]
    solution = solve_take(tracks, tall.timestamps, tall.camera, load_free_body(), SolveSettings())
    heights = [person.height for person in solution.people]
    assert heights[0] / heights[1] == pytest.approx(1.86 / 1.58, abs=0.07)  # held back by what is usual
    given = solve_take(tracks, tall.timestamps, tall.camera, load_free_body(), SolveSettings({"1": 1.86}))
    assert given.people[0].height == pytest.approx(1.86)
    assert given.people[1].height == pytest.approx(1.58, abs=0.07)
