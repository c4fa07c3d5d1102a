"""Legs and arms of other lengths: feet that stand stand still, palms rest where they rested, nothing flips."""

from __future__ import annotations

import numpy as np
import pytest
from retarget_measures import fastest, flips, point
from retarget_rigs import rig_of

from understudy.core.rotation import axis_angle_to_matrix
from understudy.retarget import slots
from understudy.retarget.anatomy import measure
from understudy.retarget.motion import RigMotion
from understudy.retarget.smpl import smpl_map
from understudy.retarget.solve import contacts
from understudy.retarget.solve.ground import scaling
from understudy.retarget.solve.retarget import retarget
from understudy.retarget.solve.settings import RetargetSettings

# legs and arms against the source's, on rigs with other rest poses, chains and twist bones
SIZES = (
    ("mixamo", 1.0, 1.0),
    ("mixamo", 1.2, 1.2),
    ("unreal5", 0.8, 0.8),
    ("vrm1", 1.2, 0.8),
    ("daz_genesis8", 0.8, 1.2),
)
# "crouch" goes down on its hands within 290 frames
MOTIONS = (
    ("walk", 150),
    ("dance", 150),
    ("crouch", 290),
    ("sit", 150),
    ("wave", 90),
    ("fingers", 90),
    ("run", 120),
    ("jump", 150),
)
CASES = [(*size, name, frames) for size in SIZES for name, frames in MOTIONS]


@pytest.fixture(params=CASES, ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}-{c[3]}")
def case(request, motion):
    dialect, legs, arms, name, frames = request.param
    source = motion(name, frames)
    rig, bone_map = rig_of(dialect, legs=legs, arms=arms, seed=1)
    return source, smpl_map(source.rig), rig, bone_map, legs


def test_feet_palms_and_joints(case):
    source, own, rig, bone_map, legs = case
    moved = retarget(source, own, rig, bone_map).motion
    from_anatomy, to_anatomy = measure(source.rig, own), measure(rig, bone_map)
    scale = scaling((source.rig, own, from_anatomy), (rig, bone_map, to_anatomy), "scaled")
    assert scale.scale == pytest.approx(legs, rel=1e-3)
    assert source.contacts is not None
    for side in slots.SIDES:
        column = 2 * slots.SIDES.index(side)
        for k, offset in enumerate(contacts.sole_points(rig, bone_map, to_anatomy, side)):
            stands = source.contacts[:, column + k] > 0.5
            foot = point(moved, bone_map, to_anatomy, f"{side}_foot", offset)
            still = stands[1:] & stands[:-1]
            speed = np.linalg.norm(np.diff(foot, axis=0), axis=1)[still] * source.fps
            assert speed.size == 0 or speed.max() * 1000 <= 10, f"{side} {('heel', 'ball')[k]} slides"
            assert foot[:, 2].min() > -0.001, "sinks into the floor"
        rests = source.contacts[:, 4 + slots.SIDES.index(side)] > 0.5
        palm = point(
            source, own, from_anatomy, f"{side}_hand", contacts.palm_point(source.rig, own, from_anatomy, side)
        )
        reached = point(
            moved, bone_map, to_anatomy, f"{side}_hand", contacts.palm_point(rig, bone_map, to_anatomy, side)
        )
        for begin, end in contacts.runs(rests):
            goal = scale.surface(palm[begin:end].mean(axis=0))
            assert np.linalg.norm(reached[begin:end] - goal, axis=1).max() * 1000 <= 10, f"{side} palm"
    assert not flips(fastest(source, own), fastest(moved, bone_map))


def test_the_measures_can_fail(motion):
    """Without planting, other legs slide and sink; the figures above see it."""
    source = motion("walk", 150)
    own = smpl_map(source.rig)
    rig, bone_map = rig_of("mixamo", legs=0.8, seed=1)
    moved = retarget(source, own, rig, bone_map, RetargetSettings(plant_feet=False, travel="world")).motion
    anatomy = measure(rig, bone_map)
    assert source.contacts is not None
    slide = 0.0
    for k, offset in enumerate(contacts.sole_points(rig, bone_map, anatomy, "left")):
        stands = source.contacts[:, k] > 0.5
        foot = point(moved, bone_map, anatomy, "left_foot", offset)
        speed = np.linalg.norm(np.diff(foot, axis=0), axis=1)[stands[1:] & stands[:-1]]
        slide = max(slide, speed.max() * source.fps * 1000)
    assert slide > 100


@pytest.mark.parametrize("travel", ["scaled", "world"])
def test_ways_over_the_floor_are_scaled_or_kept(motion, travel):
    source = motion("walk", 150)
    own = smpl_map(source.rig)
    rig, bone_map = rig_of("unity", legs=0.8)
    moved = retarget(source, own, rig, bone_map, RetargetSettings(travel=travel)).motion
    hips = moved.heads[:, rig.index[bone_map.bones["hips"]]]
    went, goes = (np.linalg.norm(h[-1, :2] - h[0, :2]) for h in (source.heads[:, 0], hips))
    assert goes / went == pytest.approx(0.8 if travel == "scaled" else 1.0, abs=0.01)


def test_hands_that_clasp_stay_clasped_with_longer_arms(motion):
    source = motion("crossed_hands", 150)
    own = smpl_map(source.rig)
    rig, bone_map = rig_of("mixamo", arms=1.2)
    from_anatomy, to_anatomy = measure(source.rig, own), measure(rig, bone_map)
    moved = retarget(source, own, rig, bone_map).motion
    gaps = []
    for m, bones, anatomy in ((source, own, from_anatomy), (moved, bone_map, to_anatomy)):
        left, right = (
            point(m, bones, anatomy, f"{s}_hand", contacts.palm_point(m.rig, bones, anatomy, s)) for s in slots.SIDES
        )
        gaps.append(left - right)
    near = np.linalg.norm(gaps[0], axis=1) < 0.10
    assert near.sum() > 10
    assert np.linalg.norm(gaps[1] - gaps[0], axis=1)[near].max() < 0.010


@pytest.mark.parametrize("name", ["walk", "dance"])
def test_feet_that_tremble_in_the_capture_stand_still_all_the_same(motion, name):
    """Measured feet pitch by some degrees while they stand, and heels sink: no point of them slides."""
    steady = motion(name, 120)
    own = smpl_map(steady.rig)
    rotations = steady.rotations.copy()
    pitch = np.radians(6) * np.sin(np.arange(120) * 0.9)
    for bone in ("left_ankle", "right_ankle", "left_foot", "right_foot"):
        row = steady.rig.index[bone]
        rotations[:, row] = axis_angle_to_matrix(pitch[:, None] * np.array([1.0, 0, 0])) @ rotations[:, row]
    shaky = RigMotion(steady.rig, rotations, steady.heads, steady.fps, steady.contacts)
    rig, bone_map = rig_of("unreal5", legs=1.2, seed=1)
    moved = retarget(shaky, own, rig, bone_map).motion
    anatomy = measure(rig, bone_map)
    assert shaky.contacts is not None
    for column in range(4):
        side, k = slots.SIDES[column // 2], column % 2
        offset = contacts.sole_points(rig, bone_map, anatomy, side)[k]
        foot = point(moved, bone_map, anatomy, f"{side}_foot", offset)
        stands = shaky.contacts[:, column] > 0.5
        speed = np.linalg.norm(np.diff(foot, axis=0), axis=1)[stands[1:] & stands[:-1]] * shaky.fps
        assert speed.max() * 1000 <= 10
        assert foot[:, 2].min() > -0.001
