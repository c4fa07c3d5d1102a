"""What an armature does in a scene, frame by frame, as Blender evaluates it; and as values relative to parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from ...core.rotation import continuous_quaternions, matrix_to_quaternion

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Sampled:
    """``poses`` (T, B, 4, 4): bones ``names`` in the armature's own space and units; ``worlds`` (T, 4, 4): the object
    in the world, metres; ``parents`` (B,): row of each bone's parent, −1 for roots."""

    names: tuple[str, ...]
    parents: Array
    poses: Array
    worlds: Array

    @property
    def frame_count(self) -> int:
        return len(self.poses)

    def in_world(self, names: tuple[str, ...] | None = None) -> Array:
        """(T, N, 4, 4) of bones, all or ``names``, in the world."""
        rows = [self.names.index(name) for name in names or self.names]
        return self.worlds[:, None] @ self.poses[:, rows]

    def against_parents(self) -> Array:
        """(T, B, 4, 4) of bones against their parents' poses; roots against the armature."""
        out = self.poses.copy()
        inner = self.parents >= 0
        out[:, inner] = inverted(self.poses[:, self.parents[inner]]) @ self.poses[:, inner]
        return out


def sample(armature: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int) -> Sampled:
    """Every bone at the scene's frames ``first`` to ``last``; the scene's frame is put back."""
    bones = armature.data.bones
    names = tuple(bone.name for bone in bones)
    order = [armature.pose.bones.find(name) for name in names]
    poses, worlds = np.empty((last - first + 1, len(names), 4, 4)), np.empty((last - first + 1, 4, 4))
    flat = np.empty(16 * len(order), np.float32)
    for i, posed in enumerate(played(armature, scene, first, last)):
        posed.pose.bones.foreach_get("matrix", flat)
        # Blender hands matrices out column by column.
        poses[i] = flat.reshape(-1, 4, 4).transpose(0, 2, 1)[order]
        worlds[i] = np.array(posed.matrix_world, np.float64)
    parents = np.array([names.index(bone.parent.name) if bone.parent else -1 for bone in bones])
    return Sampled(names, parents, poses, worlds)


def shown(armature: bpy.types.Object) -> Array:
    """(B, 4, 4) of the bones in the world as the scene shows them now."""
    posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    local = np.array([posed.pose.bones[bone.name].matrix for bone in armature.data.bones], np.float64)
    return np.array(posed.matrix_world, np.float64) @ local


def played(ob: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int) -> Iterator[bpy.types.Object]:
    """The evaluated object in every frame; the scene's frame is put back at the end."""
    before = scene.frame_current
    try:
        for frame in range(first, last + 1):
            scene.frame_set(frame)
            yield ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    finally:
        scene.frame_set(before)


def inverted(matrices: Array) -> Array:
    """Inverses of affine matrices (…, 4, 4), by cross products: many times as fast as numpy's for any matrices."""
    x, y, z = (matrices[..., :3, axis] for axis in range(3))
    rows = np.stack([np.cross(y, z), np.cross(z, x), np.cross(x, y)], axis=-2)
    rows = rows / np.sum(x * rows[..., 0, :], axis=-1)[..., None, None]
    out = np.zeros_like(matrices)
    out[..., :3, :3] = rows
    out[..., :3, 3] = -(rows @ matrices[..., :3, 3:])[..., 0]
    out[..., 3, 3] = 1
    return out


def decomposed(matrices: Array) -> tuple[Array, Array, Array]:
    """Places (…, 3), rotations (…, 3, 3) and scales (…, 3) of matrices (…, 4, 4) without shear."""
    axes = matrices[..., :3, :3]
    scale = np.linalg.norm(axes, axis=-2) * np.sign(np.linalg.det(axes))[..., None]
    return matrices[..., :3, 3], axes / scale[..., None, :], scale


def quaternions(rotations: Array) -> Array:
    """(T, N, 4) w, x, y, z of (T, N, 3, 3), neighbours in time in one hemisphere."""
    return continuous_quaternions(matrix_to_quaternion(rotations))


def eulers(rotations: Array, start: Array) -> Array:
    """(T, N, 3) rad about X, then Y, then Z of (T, N, 3, 3): of each rotation's two readings the one nearer to that of
    the frame before, ``start`` (N, 3) before the first."""
    m = rotations
    cosine = np.hypot(m[..., 0, 0], m[..., 1, 0])
    locked = cosine < 2e-6
    free = np.arctan2(-m[..., 1, 2], m[..., 1, 1])
    readings = np.stack(
        [
            np.stack(
                [
                    np.where(locked, free, np.arctan2(sign * m[..., 2, 1], sign * m[..., 2, 2])),
                    np.arctan2(-m[..., 2, 0], sign * cosine),
                    np.where(locked, 0.0, np.arctan2(sign * m[..., 1, 0], sign * m[..., 0, 0])),
                ],
                axis=-1,
            )
            for sign in (1.0, -1.0)
        ]
    )
    out, before, turn = np.empty(rotations.shape[:-1]), start, 2 * np.pi
    for t in range(len(rotations)):
        near = readings[:, t] + turn * np.round((before - readings[:, t]) / turn)
        off = np.abs(near - before).sum(axis=-1)
        out[t] = before = np.where((off[1] < off[0])[:, None], near[1], near[0])
    return out
