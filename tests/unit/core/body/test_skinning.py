"""Skinning in numpy and torch: axioms, agreement, gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.body.numpy_model import BodyModel
from understudy.core.body.torch_model import TorchBody, axis_angle_to_matrix
from understudy.core.errors import BadInputError
from understudy.core.rotation import axis_angle_to_matrix as numpy_matrix

from .conftest import random_pose, with_random_correctives


def test_zero_pose_is_the_template(model: BodyModel) -> None:
    vertices, joints, rotations = model.forward(None, np.zeros((model.joint_count, 3)))
    np.testing.assert_allclose(vertices, model.v_template, atol=1e-6)
    np.testing.assert_allclose(joints, model.joints(), atol=1e-6)
    np.testing.assert_allclose(rotations, np.broadcast_to(np.eye(3), rotations.shape), atol=1e-12)


def test_root_joint_is_transl_plus_rest(model: BodyModel) -> None:
    betas, pose, transl = random_pose(model, 4, 1)
    _, joints, _ = model.forward(betas, pose, transl)
    np.testing.assert_allclose(joints[:, 0], transl + model.joints(betas)[:, 0], atol=1e-7)


def test_global_orient_turns_everything_about_the_root(model: BodyModel) -> None:
    betas, pose, _ = random_pose(model, 1, 2)
    turned = pose.copy()
    turned[:, 0] = [0.3, -1.2, 0.8]
    pose[:, 0] = 0
    vertices, joints, rotations = model.forward(betas, pose)
    expected = model.forward(betas, turned)
    matrix, root = numpy_matrix(turned[:, 0]), joints[:, :1]
    np.testing.assert_allclose((vertices - root) @ matrix[0].T + root, expected[0], atol=1e-7)
    np.testing.assert_allclose((joints - root) @ matrix[0].T + root, expected[1], atol=1e-7)
    np.testing.assert_allclose(matrix[:, None] @ rotations, expected[2], atol=1e-7)


def test_bone_lengths_do_not_depend_on_pose(model: BodyModel) -> None:
    betas, pose, transl = random_pose(model, 3, 3)
    _, joints, _ = model.forward(betas, pose, transl)
    rest, children = model.joints(betas), np.arange(1, model.joint_count)
    bones = [np.linalg.norm(j[:, children] - j[:, model.parents[1:]], axis=-1) for j in (joints, rest)]
    np.testing.assert_allclose(*bones, atol=1e-7)


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_batch_shapes(model: BodyModel, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(4)
    pose = rng.normal(0, 0.3, (*shape, model.joint_count, 3))
    for betas in (rng.normal(size=10), rng.normal(size=(*shape, 10)), rng.normal(size=3)):
        vertices, joints, rotations = model.forward(betas, pose, rng.normal(size=(*shape, 3)))
        assert vertices.shape == (*shape, len(model.v_template), 3)
        assert joints.shape == (*shape, model.joint_count, 3)
        assert rotations.shape == (*shape, model.joint_count, 3, 3)


def test_chosen_vertices_equal_the_whole(model: BodyModel) -> None:
    model = with_random_correctives(model)
    betas, pose, transl = random_pose(model, 2, 5)
    ids = np.array([7, 3, 500])
    whole = model.forward(betas, pose, transl)[0]
    np.testing.assert_allclose(model.forward(betas, pose, transl, vertex_ids=ids)[0], whole[:, ids], atol=1e-12)
    points = model.points(betas, pose, transl)
    np.testing.assert_allclose(points[:, model.joint_count :], whole[:, model.extras], atol=1e-12)
    some = TorchBody(model, torch.float64, vertex_ids=ids)(*map(torch.from_numpy, (betas, pose, transl)))[0]
    np.testing.assert_allclose(some, whole[:, ids], atol=1e-7)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 3e-6)])
def test_torch_equals_numpy(model: BodyModel, dtype: torch.dtype, tolerance: float) -> None:
    model = with_random_correctives(model)
    betas, pose, transl = random_pose(model, 4, 6)
    expected = model.forward(betas, pose, transl)
    actual = TorchBody(model, dtype)(*(torch.tensor(x, dtype=dtype) for x in (betas, pose, transl)))
    for a, e in zip(actual, expected, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a.numpy(), e, atol=tolerance)


def test_gradients_are_right_and_finite_at_rest(model: BodyModel) -> None:
    torch_model = TorchBody(with_random_correctives(model), torch.float64, vertex_ids=model.extras)
    betas, pose, transl = (torch.from_numpy(x[0]).requires_grad_() for x in random_pose(model, 1, 7))
    assert torch.autograd.gradcheck(lambda *x: torch_model(*x)[0][:2], (betas, pose, transl), atol=1e-6, fast_mode=True)
    rest = torch.zeros(model.joint_count, 3, requires_grad=True)
    TorchBody(model)(torch.zeros(10), rest)[0].square().sum().backward()
    assert rest.grad is not None and torch.isfinite(rest.grad).all() and rest.grad.abs().max() > 0


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-4, 9e-4, 1.1e-3, 0.5, np.pi, 5.0])
def test_torch_rotations_equal_numpy(angle: float) -> None:
    vector = angle * np.array([0.48, -0.6, 0.64])
    np.testing.assert_allclose(axis_angle_to_matrix(torch.from_numpy(vector)), numpy_matrix(vector), atol=1e-12)


def test_wrong_sizes_are_named(model: BodyModel) -> None:
    with pytest.raises(BadInputError, match="pose has shape"):
        model.forward(None, np.zeros((7, 3)))
    with pytest.raises(BadInputError, match="11 betas"):
        model.forward(np.zeros(11), np.zeros((model.joint_count, 3)))
