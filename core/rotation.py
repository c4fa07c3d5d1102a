"""Rotations over any batch shape, numpy only (Blender runs this too).

Quaternions are ``(w, x, y, z)``; axis-angle vectors are in radians; matrices act on column vectors. Every function
keeps the leading batch shape and works in float64, returning the input's floating type.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

_SMALL = 1e-8


def axis_angle_to_quaternion(axis_angle: Array) -> Array:
    """(…, 3) radians to unit quaternions (…, 4). Grassia 1998: the sinc form stays exact near zero."""
    v = np.asarray(axis_angle, np.float64)
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    # np.sinc(x) is sin(pi x)/(pi x), so this is sin(angle/2)/angle without a division by zero.
    q = np.concatenate([np.cos(angle / 2), 0.5 * np.sinc(angle / (2 * np.pi)) * v], axis=-1)
    return _like(q, axis_angle)


def quaternion_to_axis_angle(quaternion: Array) -> Array:
    """(…, 4) to (…, 3) with angles in [0, pi]."""
    q = normalise(np.asarray(quaternion, np.float64))
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    scale = np.where(sine > _SMALL, angle / np.maximum(sine, _SMALL), 2.0)
    return _like(q[..., 1:] * scale, quaternion)


def quaternion_to_matrix(quaternion: Array) -> Array:
    """(…, 4) to (…, 3, 3)."""
    q = normalise(np.asarray(quaternion, np.float64))
    # One row per component: operations on long rows take a fraction of those on short columns.
    w, x, y, z = np.ascontiguousarray(q.reshape(-1, 4).T)
    entries = (
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    )  # fmt: skip
    matrix = np.empty((len(w), 9))
    for place, entry in enumerate(entries):
        matrix[:, place] = entry
    return _like(matrix.reshape(*q.shape[:-1], 3, 3), quaternion)


def matrix_to_quaternion(matrix: Array) -> Array:
    """(…, 3, 3) rotation matrices to (…, 4) with w ≥ 0. Shepperd 1978: the largest of the four pivots is used."""
    m = np.asarray(matrix, np.float64)
    m00, m01, m02, m10, m11, m12, m20, m21, m22 = np.ascontiguousarray(m.reshape(-1, 9).T)
    a, b, c = m21 - m12, m02 - m20, m10 - m01
    d, e, f = m01 + m10, m02 + m20, m12 + m21
    candidates = np.array(
        [
            [1 + m00 + m11 + m22, a, b, c],
            [a, 1 + m00 - m11 - m22, d, e],
            [b, d, 1 - m00 + m11 - m22, f],
            [c, e, f, 1 - m00 - m11 + m22],
        ]
    )
    pivot = np.argmax(candidates[range(4), range(4)], axis=0)
    q = normalise(candidates[pivot, :, np.arange(len(pivot))])
    return _like(np.where(q[:, :1] < 0, -q, q).reshape(*m.shape[:-2], 4), matrix)


def axis_angle_to_matrix(axis_angle: Array) -> Array:
    """(…, 3) radians to (…, 3, 3)."""
    return quaternion_to_matrix(axis_angle_to_quaternion(axis_angle))


def matrix_to_axis_angle(matrix: Array) -> Array:
    """(…, 3, 3) to (…, 3) with angles in [0, pi]."""
    return quaternion_to_axis_angle(matrix_to_quaternion(matrix))


def quaternion_multiply(a: Array, b: Array) -> Array:
    """Hamilton product of (…, 4) and (…, 4): the rotation b followed by a."""
    aw, ax, ay, az = np.moveaxis(np.asarray(a), -1, 0)
    bw, bx, by, bz = np.moveaxis(np.asarray(b), -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def quaternion_conjugate(quaternion: Array) -> Array:
    """Inverse of unit quaternions (…, 4)."""
    return np.asarray(quaternion) * np.array([1, -1, -1, -1], np.asarray(quaternion).dtype)


def continuous_quaternions(quaternions: Array) -> Array:
    """Flips signs along axis 0 of (T, …, 4) so that neighbours lie in one hemisphere: keys that never spin."""
    q = np.array(quaternions)
    if len(q) > 1:
        flips = np.einsum("...i,...i->...", q[1:], q[:-1]) < 0  # a quarter of the time of a sum over four
        q[1:] *= np.where(np.cumsum(flips, axis=0) % 2 == 1, -1, 1)[..., None].astype(q.dtype)
    return q


def slerp(a: Array, b: Array, fraction: Array) -> Array:
    """Spherical interpolation between (…, 4) and (…, 4) at fraction (…,) in 0…1, the short way round. Shoemake 1985."""
    a64, b64 = normalise(np.asarray(a, np.float64)), normalise(np.asarray(b, np.float64))
    cosine = np.sum(a64 * b64, axis=-1, keepdims=True)
    b64 = np.where(cosine < 0, -b64, b64)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    s = np.asarray(fraction, np.float64)[..., None]
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    weight_a = np.where(near, 1 - s, np.sin((1 - s) * angle) / safe)
    weight_b = np.where(near, s, np.sin(s * angle) / safe)
    return _like(normalise(weight_a * a64 + weight_b * b64), a)


def rotation_between(source: Array, target: Array) -> Array:
    """Smallest rotations (…, 3, 3) from directions (…, 3) to directions (…, 3); half turns take any normal axis."""
    s = normalise(np.asarray(source, np.float64))
    t = normalise(np.asarray(target, np.float64))
    w = 1 + np.sum(s * t, axis=-1, keepdims=True)
    helper = np.where(np.abs(s[..., :1]) < 0.9, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    axis = np.where(w > 1e-7, np.cross(s, t), normalise(np.cross(s, helper)))
    q = normalise(np.concatenate([np.where(w > 1e-7, w, 0.0), axis], axis=-1))
    return _like(quaternion_to_matrix(q), source)


def nearest_rotation(matrix: Array) -> Array:
    """Closest rotations in the Frobenius norm to (…, 3, 3), by SVD with the determinant kept at +1 (Kabsch 1976)."""
    u, _, vt = np.linalg.svd(np.asarray(matrix, np.float64))
    sign = np.ones((*u.shape[:-2], 3))
    sign[..., 2] = np.sign(np.linalg.det(u @ vt))
    return _like((u * sign[..., None, :]) @ vt, matrix)


def normalise(vectors: Array) -> Array:
    """Unit vectors along the last axis; zero vectors stay zero."""
    v = np.asarray(vectors)
    length = np.sqrt(np.einsum("...i,...i->...", v, v))
    return v / np.maximum(length, 1e-20)[..., None]


def _like(result: Array, source: Array) -> Array:
    dtype = np.asarray(source).dtype
    return result.astype(dtype if np.issubdtype(dtype, np.floating) else np.float64, copy=False)
