"""Group axioms on random batch shapes, and scipy as the independent reference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from understudy.core import rotation as r

SHAPES = [(), (1,), (7,), (2, 3), (0,)]
ANGLES = [0.0, 1e-12, 1e-7, 1e-3, 1.0, np.pi - 1e-6, np.pi]  # near identity and near the half turn


def random_axis_angle(shape, seed=0, largest=np.pi):
    rng = np.random.default_rng(seed)
    axis = r.normalise(rng.normal(size=(*shape, 3)))
    return axis * rng.uniform(0, largest, (*shape, 1))


def as_scipy(axis_angle):
    return Rotation.from_rotvec(np.asarray(axis_angle, float).reshape(-1, 3))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_round_trips_keep_shape_dtype_and_value(shape, dtype, tolerance):
    v = random_axis_angle(shape, largest=3.0).astype(dtype)
    q = r.axis_angle_to_quaternion(v)
    m = r.quaternion_to_matrix(q)
    assert (q.shape, m.shape, q.dtype, m.dtype) == ((*shape, 4), (*shape, 3, 3), dtype, dtype)
    np.testing.assert_allclose(r.quaternion_to_axis_angle(q), v, atol=tolerance)
    np.testing.assert_allclose(r.matrix_to_axis_angle(m), v, atol=10 * tolerance)
    np.testing.assert_allclose(m @ np.swapaxes(m, -1, -2), np.broadcast_to(np.eye(3), m.shape), atol=tolerance)


@pytest.mark.parametrize("angle", ANGLES)
def test_against_scipy_from_the_identity_to_the_half_turn(angle):
    v = r.normalise(np.random.default_rng(1).normal(size=(50, 3))) * angle
    reference = as_scipy(v)
    np.testing.assert_allclose(r.axis_angle_to_matrix(v), reference.as_matrix(), atol=1e-12)
    turned = Rotation.from_matrix(r.axis_angle_to_matrix(r.matrix_to_axis_angle(reference.as_matrix())))
    assert (turned * reference.inv()).magnitude().max() < 1e-7


def test_matrix_to_quaternion_uses_every_pivot():
    # Half turns about each axis have w = 0, where a formula with one pivot divides by zero.
    for axis in np.eye(3):
        q = r.matrix_to_quaternion(as_scipy(axis * np.pi).as_matrix()[0])
        np.testing.assert_allclose(np.abs(q), [0, *np.abs(axis)], atol=1e-12)


def test_product_is_associative_has_inverse_and_matches_matrices():
    a, b, c = (r.axis_angle_to_quaternion(random_axis_angle((5, 4), seed)) for seed in range(3))
    left = r.quaternion_multiply(r.quaternion_multiply(a, b), c)
    np.testing.assert_allclose(left, r.quaternion_multiply(a, r.quaternion_multiply(b, c)), atol=1e-12)
    np.testing.assert_allclose(
        r.quaternion_multiply(a, r.quaternion_conjugate(a)), np.broadcast_to([1.0, 0, 0, 0], a.shape), atol=1e-12
    )
    product = r.quaternion_to_matrix(a) @ r.quaternion_to_matrix(b)
    np.testing.assert_allclose(r.quaternion_to_matrix(r.quaternion_multiply(a, b)), product, atol=1e-12)


def test_slerp_against_scipy():
    a, b = random_axis_angle((6,), 3, 1.0), random_axis_angle((6,), 4, 1.0)
    fraction = np.linspace(0, 1, 6)
    mine = r.slerp(r.axis_angle_to_quaternion(a), r.axis_angle_to_quaternion(b), fraction)
    for i, s in enumerate(fraction):
        reference = Slerp([0, 1], Rotation.from_rotvec([a[i], b[i]]))(s).as_matrix()
        np.testing.assert_allclose(r.quaternion_to_matrix(mine[i]), reference, atol=1e-9)


def test_slerp_takes_the_short_way():
    q = r.axis_angle_to_quaternion(np.array([0.2, 0, 0]))
    np.testing.assert_allclose(r.slerp(q, -q, np.array(0.5)), q, atol=1e-12)


def test_continuous_quaternions_never_jump():
    v = np.linspace(0, 12, 60)[:, None, None] * np.array([[0, 0, 1.0], [1.0, 0, 0]])  # two joints, two turns each
    q = r.matrix_to_quaternion(r.axis_angle_to_matrix(v))  # w >= 0 makes these jump
    assert (np.sum(q[1:] * q[:-1], axis=-1) < 0).any()
    smooth = r.continuous_quaternions(q)
    assert (np.sum(smooth[1:] * smooth[:-1], axis=-1) > 0).all()
    np.testing.assert_allclose(r.quaternion_to_matrix(smooth), r.quaternion_to_matrix(q), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_rotation_between(shape):
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(*shape, 3)), rng.normal(size=(*shape, 3))
    m = r.rotation_between(a, b)
    np.testing.assert_allclose((m @ r.normalise(a)[..., None])[..., 0], r.normalise(b), atol=1e-9)
    # The smallest one turns by the angle between the two.
    angle = np.arccos(np.clip(np.sum(r.normalise(a) * r.normalise(b), -1), -1, 1))
    np.testing.assert_allclose(np.linalg.norm(r.matrix_to_axis_angle(m), axis=-1), angle, atol=1e-6)


@pytest.mark.parametrize("direction", np.vstack([np.eye(3), -np.eye(3), [[1, 1, 1]]]))
def test_rotation_between_opposites_is_a_half_turn(direction):
    m = r.rotation_between(direction, -direction)
    np.testing.assert_allclose(m @ direction, -direction, atol=1e-7)
    assert np.linalg.det(m) == pytest.approx(1)


def test_nearest_rotation():
    m = as_scipy(random_axis_angle((8,), 6)).as_matrix()
    np.testing.assert_allclose(r.nearest_rotation(2.5 * m), m, atol=1e-12)
    mirrored = r.nearest_rotation(m @ np.diag([1, 1, -1.0]))
    np.testing.assert_allclose(np.linalg.det(mirrored), 1, atol=1e-12)
    noisy = m + np.random.default_rng(7).normal(0, 0.1, m.shape)
    best = r.nearest_rotation(noisy)
    distance = np.linalg.norm(noisy - best, axis=(1, 2))
    for nudge in np.eye(3) * 1e-3:  # no neighbour is closer
        other = best @ as_scipy(nudge).as_matrix()[0]
        assert (np.linalg.norm(noisy - other, axis=(1, 2)) >= distance).all()


def test_integers_are_taken_as_numbers():
    assert r.axis_angle_to_quaternion(np.array([0, 0, 0])).dtype == np.float64
