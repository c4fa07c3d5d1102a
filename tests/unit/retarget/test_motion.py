"""Bones in the world and what they store, against one another."""

from __future__ import annotations

import numpy as np
import pytest
from retarget_rigs import rig_of
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.retarget.comparison import compare
from understudy.retarget.motion import BoneTracks, RigMotion, from_tracks, to_tracks
from understudy.retarget.smpl import smpl_motion, smpl_rig


def random_tracks(rig, frames: int, seed: int = 0) -> BoneTracks:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.1, (frames, len(rig.names), 3)).cumsum(axis=0)
    q = Rotation.from_rotvec(steps.reshape(-1, 3)).as_quat(scalar_first=True).reshape(frames, -1, 4)
    return BoneTracks(q, rng.normal(0, 0.05, (frames, len(rig.names), 3)))


@pytest.mark.parametrize("dialect", ["unreal5", "daz_genesis8", "rigify_metarig"])
@pytest.mark.parametrize("frames", [1, 2, 50])
def test_tracks_and_bones_are_one_anothers_inverse(dialect, frames):
    rig, _ = rig_of(dialect, seed=1)
    tracks = random_tracks(rig, frames)
    back = to_tracks(from_tracks(rig, tracks, 30.0))
    assert np.abs(np.abs(np.sum(back.quaternions * tracks.quaternions, axis=-1)) - 1).max() < 1e-9
    assert np.abs(back.locations - tracks.locations).max() < 1e-9
    assert np.all(np.sum(back.quaternions[1:] * back.quaternions[:-1], axis=-1) >= 0)


def test_no_tracks_are_the_rest_pose():
    rig, _ = rig_of("unreal4", seed=1)
    still = np.zeros((3, len(rig.names), 4))
    still[..., 0] = 1
    motion = from_tracks(rig, BoneTracks(still, np.zeros((3, len(rig.names), 3))), 30.0)
    assert np.abs(motion.heads - rig.heads).max() < 1e-9
    assert np.abs(motion.rotations - rig.rotations).max() < 1e-9


def test_smpl_parameters_give_the_bodys_own_joints():
    body = load_free_body()
    rng = np.random.default_rng(2)
    betas, pose, transl = rng.normal(size=10), rng.normal(0, 0.4, (5, 52, 3)), rng.normal(size=(5, 3))
    motion = smpl_motion(body, betas, pose, transl, 30.0)
    _, joints, _ = body.forward(betas, pose, transl, vertex_ids=np.zeros(0, int))
    assert np.abs(motion.heads - joints).max() < 1e-9
    lowest = body.shaped(betas)[:, 1].min()
    assert smpl_rig(body, betas).heads[0, 2] == pytest.approx(body.joints(betas)[0, 1] - lowest)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"rotations": np.zeros((2, 1, 3, 3))}, "rotations has shape"),
        ({"heads": np.full((2, 64, 3), np.nan)}, "not numbers"),
        ({"fps": 0.0}, "frames a second"),
        ({"contacts": np.zeros((2, 4))}, "contacts has shape"),
    ],
)
def test_motions_that_are_none_are_refused(change, word):
    rig, _ = rig_of("unity")
    count = len(rig.names)
    good = {"rotations": np.tile(np.eye(3), (2, count, 1, 1)), "heads": np.zeros((2, count, 3)), "fps": 30.0}
    if "heads" in change:
        change = {"heads": np.full((2, count, 3), np.nan)}
    with pytest.raises(BadInputError, match=word):
        RigMotion(rig, **{**good, **change})


def test_differences_name_the_worst_bone_and_frame():
    rng = np.random.default_rng(0)
    matrices = np.tile(np.eye(4), (6, 3, 1, 1))
    matrices[..., :3, :3] = Rotation.random(18, rng=rng).as_matrix().reshape(6, 3, 3, 3)
    matrices[..., :3, 3] = rng.normal(size=(6, 3, 3))
    same = compare(("a", "b", "c"), matrices, matrices * np.array([2, 2, 2, 1]))  # scaled bones turn alike
    assert same.within(0, 1e-6)
    other = matrices.copy()
    other[4, 1, 2, 3] += 0.002
    other[2, 2, :3, :3] = Rotation.from_rotvec([0, 0, np.radians(3)]).as_matrix() @ other[2, 2, :3, :3]
    found = compare(("a", "b", "c"), matrices, other)
    assert (found.millimetres.bone, found.millimetres.frame) == ("b", 4)
    assert found.millimetres.value == pytest.approx(2) and found.degrees.value == pytest.approx(3)
    assert (found.degrees.bone, found.degrees.frame) == ("c", 2)
    assert not found.within(1, 10) and not found.within(10, 1) and found.within(3, 4)
    with pytest.raises(BadInputError, match="5 frames"):
        compare(("a", "b", "c"), matrices, other[:5])
    with pytest.raises(BadInputError, match="not a number"):
        compare(("a", "b", "c"), matrices, other * np.nan)
