"""The pose prior: what it prefers, where it gives way, and files that are none."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from understudy.core.errors import BadInputError
from understudy.core.fit.blocks import BODY_BLOCKS
from understudy.core.fit.prior import PRIOR_JOINTS, SIZE, load_prior, squared, turns
from understudy.core.fit.rig import BODY
from understudy.core.fit.terms import Normal
from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.skeleton import JOINT_INDEX


def postures(**joints) -> np.ndarray:
    """(1, 22, 3, 3) of axis-angles by joint."""
    pose = np.zeros((1, BODY, 3))
    for name, turn in joints.items():
        pose[:, JOINT_INDEX[name]] = turn
    return axis_angle_to_matrix(pose)


def distance(rotations) -> float:
    prior = load_prior()
    k = int(prior.nearest(rotations)[0])
    return float(squared(turns(rotations, prior.means[k]), prior.precision[k])[0])


STANDING = {"left_shoulder": [0, 0, -1.1], "right_shoulder": [0, 0, 1.1]}


@pytest.mark.parametrize(
    "unlikely",
    [
        {"left_knee": [0, 0.9, 0]},
        {"neck": [0, 2.0, 0]},
        {"right_hip": [0, 0, 1.2]},
    ],
)
def test_standing_is_likelier_than_what_joints_hardly_do(unlikely):
    # By a factor of e⁶ in probability.
    assert distance(postures(**STANDING, **unlikely)) > distance(postures(**STANDING)) + 12


def test_a_bent_knee_is_nothing_unusual():
    bent = postures(**STANDING, left_knee=[1.0, 0, 0], left_hip=[-0.7, 0, 0])
    assert distance(bent) < 2 * SIZE


def test_each_component_is_a_distribution():
    prior = load_prior()
    assert prior.weights.sum() == pytest.approx(1)
    identity = prior.means @ np.swapaxes(prior.means, -1, -2)
    np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), identity.shape), atol=1e-6)
    for precision in prior.precision:
        np.testing.assert_allclose(precision, precision.T, atol=1e-6 * np.abs(precision).max())
        assert np.linalg.eigvalsh(precision).min() > 0
    mirrored = [name.replace("left", "L").replace("right", "left").replace("L", "right") for name in PRIOR_JOINTS]
    np.testing.assert_allclose(prior.acceleration, prior.acceleration[[PRIOR_JOINTS.index(n) for n in mirrored]])


def test_a_step_along_its_answer_is_likelier():
    prior = load_prior()
    rotations = postures(**STANDING, neck=[0, 0.9, 0])
    k = prior.nearest(rotations)
    normal = Normal(1, BODY_BLOCKS.size)
    prior.add(normal, rotations, k, BODY_BLOCKS, np.ones(1))
    change = -np.linalg.lstsq(normal.matrix[0].astype(float), normal.side[0].astype(float), rcond=None)[0]
    moved, _ = BODY_BLOCKS.step(rotations, np.zeros((1, 3)), change[None] * 0.5)
    of = [squared(turns(r, prior.means[k[0]]), prior.precision[k[0]])[0] for r in (rotations, moved)]
    assert of[1] < 0.6 * of[0]
    assert not normal.side[0, :3].any()  # where somebody is, is none of its business


def test_files_that_are_none(tmp_path):
    with pytest.raises(BadInputError, match="missing"):
        load_prior(tmp_path / "none.safetensors")
    save_file({"means": np.zeros((1, 2, 3, 3))}, tmp_path / "x.safetensors")
    with pytest.raises(BadInputError, match="does not hold a pose prior"):
        load_prior(tmp_path / "x.safetensors")
