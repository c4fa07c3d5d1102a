"""Skin weights made fit for 52 joints, and pose correctives fitted to a better skinning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from .mesh import smoothing_matrix

INFLUENCES = 4  # what game engines take


@dataclass(frozen=True)
class Corrective:
    """What one joint's rotation adds to the template: vertices (n,), offsets (n,3,9) metres per element of R − I."""

    joint: int
    vertices: np.ndarray
    offsets: np.ndarray


def refine(weights: np.ndarray, quads: np.ndarray, mirror: np.ndarray, mirror_joint: np.ndarray) -> np.ndarray:
    """Smoothed, symmetric weights with at most four joints per vertex, rows of sum 1."""
    smooth = smoothing_matrix(quads, len(weights))
    for _ in range(3):
        weights = smooth @ weights
    return limit(weights, mirror, mirror_joint)


def limit(weights: np.ndarray, mirror: np.ndarray, mirror_joint: np.ndarray) -> np.ndarray:
    """The four largest weights of each vertex, symmetric, rows of sum 1."""
    weights = (weights + weights[mirror][:, mirror_joint]) / 2
    # A tiny preference by joint number decides between equals the same way on both sides.
    weakest = np.argsort(-weights, axis=1, kind="stable")[:, INFLUENCES:]
    weights = weights.copy()
    np.put_along_axis(weights, weakest, 0.0, axis=1)
    weights[weights < 2e-3] = 0.0
    return weights / weights.sum(1, keepdims=True)


# How far each joint of the left side goes from the T-pose, degrees about x, y and z (low, high); see the axes above.
REACH: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "left_hip": ((-120, 25), (-30, 30), (-20, 45)),
    "left_knee": ((0, 145), (-5, 5), (-3, 3)),
    "left_ankle": ((-30, 45), (-15, 15), (-15, 15)),
    "left_shoulder": ((-60, 60), (-110, 30), (-80, 75)),
    "left_elbow": ((-70, 70), (-145, 0), (-3, 3)),
    "left_wrist": ((-30, 30), (-25, 25), (-75, 70)),
}
ROTATIONS = 60
SMOOTHING = 16
LEAST = 7e-4  # metres: smaller corrections are not worth their bytes


def pose_correctives(
    quads: np.ndarray,
    vertices: np.ndarray,
    weights: np.ndarray,
    joints: np.ndarray,
    names: tuple[str, ...],
    mirror: np.ndarray,
    mirror_joint: np.ndarray,
) -> list[Corrective]:
    """Linear correctives that bring linear blend skinning near delta mush, joint by joint.

    Each joint of REACH is turned alone; the difference between the blended and the smoothed surface, taken back to the
    template, is fitted by ridge regression on the nine elements of R − I (Loper et al. 2015, eq. 9).
    """
    rng = np.random.default_rng(5)
    smooth = smoothing_matrix(quads, len(vertices))
    detail = vertices
    for _ in range(SMOOTHING):
        detail = smooth @ detail
    detail = vertices - detail
    out = []
    for name, reach in REACH.items():
        joint = names.index(name)
        moved_by = subtree_weights(weights, names, joint)
        rotations = _rotations(rng, reach)
        features = (rotations - np.eye(3)).reshape(len(rotations), 9)
        offsets = np.stack(
            [_mush_offset(vertices, moved_by, joints[joint], turn, smooth, detail) for turn in rotations]
        )
        near = np.flatnonzero(np.linalg.norm(offsets, axis=-1).max(0) > LEAST)
        system = np.concatenate([features, 0.3 * np.eye(9)])
        target = np.concatenate([offsets[:, near].reshape(len(rotations), -1), np.zeros((9, 3 * len(near)))])
        fit = np.linalg.lstsq(system, target, rcond=None)[0].reshape(9, len(near), 3).transpose(1, 2, 0)
        out.append(Corrective(joint, near, fit))
        flip = np.array([-1.0, 1.0, 1.0])
        sign = flip[:, None] * np.outer(flip, flip).reshape(1, 9)
        out.append(Corrective(int(mirror_joint[joint]), mirror[near], fit * sign))
    return out


def subtree_weights(weights: np.ndarray, names: tuple[str, ...], joint: int) -> np.ndarray:
    """Share (V,) of each vertex that follows a joint turning alone: the joint's own and its descendants' weights."""
    side, part = names[joint].split("_")
    chains = (("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist"))
    chain = next(c[c.index(part) :] for c in chains if part in c)
    below = [i for i, n in enumerate(names) if n.startswith(side) and n.split("_")[1] in chain]
    fingers = [i for i, n in enumerate(names) if n.startswith(side) and n[-1].isdigit()] if "wrist" in chain else []
    return weights[:, below + fingers].sum(1)


def _rotations(rng: np.random.Generator, reach: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Rotations (ROTATIONS,3,3) drawn from a box of axis-angle vectors."""
    low, high = np.deg2rad(np.array(reach).T)
    vectors = rng.uniform(low, high, (ROTATIONS, 3))
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    axis = vectors / angle[..., 0]
    skew = np.cross(np.eye(3)[None], axis[:, None]).transpose(0, 2, 1)
    skew = -skew if not np.allclose(skew[0] @ [1, 2, 3], np.cross(axis[0], [1, 2, 3])) else skew
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * (skew @ skew)


def _mush_offset(
    vertices: np.ndarray,
    moved_by: np.ndarray,
    centre: np.ndarray,
    turn: np.ndarray,
    smooth: csr_matrix,
    detail: np.ndarray,
) -> np.ndarray:
    """What must be added to the template (V,3) for blend skinning to give the delta-mush surface of one joint's turn."""
    blend = np.eye(3) + moved_by[:, None, None] * (turn - np.eye(3))
    blended = np.einsum("vij,vj->vi", blend, vertices - centre) + centre
    soft = blended
    for _ in range(SMOOTHING):
        soft = smooth @ soft
    left, _, right = np.linalg.svd(blend)
    difference = soft + np.einsum("vij,vj->vi", left @ right, detail) - blended
    # A strong blend is nearly singular; the pseudo-inverse there would amplify, so directions under 0.3 are left alone.
    values = np.linalg.svd(blend, compute_uv=False)[:, -1]
    keep = values > 0.3
    out = np.zeros_like(vertices)
    out[keep] = np.linalg.solve(blend[keep], difference[keep][..., None])[..., 0]
    return out


def for_hand(correctives: list[Corrective], columns: list[int], place: dict[int, int]) -> list[Corrective]:
    """The correctives of a hand's joints (``columns`` of the body's) on the hand's vertices."""
    out = []
    for item in correctives:
        if item.joint in columns[1:]:
            inside = np.array([v in place for v in item.vertices.tolist()])
            ids = np.array([place[v] for v in item.vertices[inside].tolist()])
            out.append(Corrective(columns.index(item.joint), ids, item.offsets[inside]))
    return out


def packed(correctives: list[Corrective], place: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays for the file: 16-bit offsets with one scale, vertices renumbered by ``place``."""
    if not correctives:
        return {}
    offsets = np.concatenate([c.offsets.reshape(len(c.vertices), 27) for c in correctives])
    scale = np.abs(offsets).max() / 32767
    return {
        "pose_joints": np.array([c.joint for c in correctives], np.int32),
        "pose_counts": np.array([len(c.vertices) for c in correctives], np.int32),
        "pose_vertices": place[np.concatenate([c.vertices for c in correctives])].astype(np.uint16),
        "pose_offsets": np.round(offsets / scale).astype(np.int16),
        "pose_scale": np.array(scale, np.float32),
    }
