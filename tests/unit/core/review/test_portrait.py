"""The small picture of a pose."""

from __future__ import annotations

import numpy as np

from understudy.core.review.portrait import distance, portrait


def test_a_standing_person_fills_the_height_and_is_coloured(calm):
    picture = portrait(calm.joints()[0], 64)
    assert picture.shape == (64, 64, 4)
    assert picture.min() >= 0 and picture.max() <= 1
    drawn = np.any(np.abs(picture[..., :3] - picture[0, 0, :3]) > 0.1, axis=-1)
    rows = np.flatnonzero(drawn.any(axis=1))
    # In T-pose the arms are as wide as the person is tall, about.
    assert rows[-1] - rows[0] > 35
    # The person's left is on the right of the picture: it is seen from the front.
    blue = (picture[..., 2] - picture[..., 0]) > 0.3
    orange = (picture[..., 0] - picture[..., 2]) > 0.3
    assert np.flatnonzero(blue.any(0)).mean() > np.flatnonzero(orange.any(0)).mean()


def test_a_person_on_one_point_is_no_error(calm):
    assert np.isfinite(portrait(np.zeros((52, 3)))).all()


def test_distance_to_a_segment():
    grid = np.array([[0.5, 1.0], [2.0, 0.0], [-3.0, 4.0]])
    assert np.allclose(distance(grid, np.zeros(2), np.array([1.0, 0.0])), [1, 1, 5])
