"""Floor, heading, height."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.motion import rotate
from understudy.core.edit.place import Place, Scale, facing_turn, floor_height, footing, turned


def grounded(motion):
    """Feet in contact wherever they are near the lowest they get."""
    soles, _ = footing(motion)
    heights = soles[:, 2].reshape(2, -1).T
    contacts = motion.contacts * 0
    contacts[:, [1, 3]] = heights <= np.percentile(heights, 30)
    return motion.replace(contacts=contacts)


def test_the_floor_comes_to_zero(make_motion):
    motion = grounded(make_motion(60))
    lifted = motion.replace(pelvis=motion.pelvis + np.array([0, 0, 0.37]))
    assert abs(floor_height(lifted) - floor_height(motion) - 0.37) < 1e-9
    assert abs(floor_height(Place().edited(lifted))) < 1e-9
    assert abs(floor_height(Place(raise_m=0.1).edited(lifted)) - 0.1) < 1e-9


def test_a_slope_is_taken_out(make_motion):
    """A person who walks, feet at one height, on a floor tilted by 4 degrees along the way."""
    motion = make_motion(120, walk=(1.0, 0.0))
    soles, _ = footing(motion)
    contacts = motion.contacts * 0
    contacts[:, [1, 3]] = 1
    pelvis = motion.pelvis.copy()
    pelvis[:, 2] -= soles[:, 2].reshape(2, -1).min(0)
    flat = motion.replace(contacts=contacts, pelvis=pelvis)
    tilt = np.radians(4)
    tilted = turned(flat, np.array([np.cos(tilt / 2), 0, np.sin(tilt / 2), 0]))

    def slope(m):
        points, _ = footing(m)
        return np.polyfit(points[:, 0], points[:, 2], 1)[0]

    assert abs(slope(tilted) - slope(flat)) > 0.06
    assert abs(slope(Place(tilt=True).edited(tilted))) < 0.01


def test_turning_keeps_the_starting_place(make_motion):
    motion = make_motion(60)
    moved = Place(level=False, turn=np.pi / 2).edited(motion)
    assert np.allclose(moved.pelvis[0], motion.pelvis[0])
    before, after = motion.pelvis[-1] - motion.pelvis[0], moved.pelvis[-1] - moved.pelvis[0]
    assert np.allclose(after, [-before[1], before[0], before[2]])


def test_facing(make_motion):
    motion = make_motion(60)
    moved = Place(level=False, turn=facing_turn(motion, -np.pi / 2)).edited(motion)
    forward = rotate(moved.rotations[0, 0], np.array([0, 0, 1.0]))
    assert abs(forward[0]) < 1e-9
    assert forward[1] < 0


def test_scaling_keeps_feet_where_they_do_not_slide(make_motion):
    motion = make_motion(60)
    scaled = Scale(height_m=1.2 * motion.height).edited(motion)
    ground = [*motion.pelvis[0, :2], 0]
    assert scaled.scale == pytest.approx(1.2)
    assert np.allclose(scaled.joints() - ground, 1.2 * (motion.joints() - ground))
    assert Scale(height_m=motion.height).edited(scaled).scale == pytest.approx(1.0)
