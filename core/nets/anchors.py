"""Decoding of the two single-shot detectors, and the weighted suppression that follows: numpy only.

Source: Liu et al. 2016 (SSD); Bazarevsky et al. 2019 (BlazeFace) for weighted suppression; the published graph
configurations for the strides. All anchors have unit size and sit at cell centres, so only their centres matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

POSE_POINTS: tuple[str, ...] = ("hip_centre", "body_rim", "shoulder_centre", "upper_body_rim")
PALM_POINTS: tuple[str, ...] = (
    "wrist", "index_mcp", "middle_mcp", "ring_mcp", "pinky_mcp", "thumb_cmc", "thumb_mcp",
)  # fmt: skip
# (input side in pixels, ((stride, anchors per cell), …))
POSE_LAYOUT = (224, ((8, 2), (16, 2), (32, 6)))
PALM_LAYOUT = (192, ((8, 2), (16, 6)))

Layout = tuple[int, tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class Detections:
    """Detections of one image, best first; coordinates as fractions of the square input, which may exceed 0…1.

    ``boxes`` (n, 4): x0, y0, x1, y1. ``keypoints`` (n, P, 2): x, y. ``scores`` (n,): probabilities. All float32.
    """

    boxes: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.boxes.shape != (n, 4) or self.keypoints.ndim != 3 or self.keypoints.shape[::2] != (n, 2):
            got = f"{self.boxes.shape}, {self.keypoints.shape}, ({n},)"
            raise ValueError(f"expected (n, 4), (n, P, 2), (n,); got {got}")

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, index: np.ndarray) -> Detections:
        """The detections at ``index`` (integers, or a mask)."""
        return Detections(self.boxes[index], self.keypoints[index], self.scores[index])

    @staticmethod
    def join(parts: Iterable[Detections]) -> Detections:
        """All detections of ``parts`` (at least one), best first."""
        every = list(parts)
        joined = Detections(
            np.concatenate([p.boxes for p in every]),
            np.concatenate([p.keypoints for p in every]),
            np.concatenate([p.scores for p in every]),
        )
        return joined.take(np.argsort(-joined.scores, kind="stable"))


@cache
def anchor_centres(layout: Layout) -> np.ndarray:
    """(A, 2) x, y of the anchors as fractions of the input: by stride, then rows, columns, anchors of a cell."""
    side, levels = layout
    parts = []
    for stride, per_cell in levels:
        cells = side // stride
        centre = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(centre, centre, indexing="ij")
        parts.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), per_cell, axis=0))
    centres = np.concatenate(parts)
    centres.setflags(write=False)
    return centres


def decode_pose(raw_boxes: np.ndarray, raw_scores: np.ndarray, threshold: float = 0.5) -> list[Detections]:
    """Persons per image, before suppression: box of the head and the four ``POSE_POINTS``.

    ``raw_boxes`` (N, 2254, 12) and ``raw_scores`` (N, 2254, 1): the network's outputs; ``threshold``: a probability.
    """
    return _decode(raw_boxes, raw_scores, threshold, POSE_LAYOUT)


def decode_palm(raw_boxes: np.ndarray, raw_scores: np.ndarray, threshold: float = 0.5) -> list[Detections]:
    """Palms per image, before suppression: box of the palm and the seven ``PALM_POINTS``.

    ``raw_boxes`` (N, 2016, 18) and ``raw_scores`` (N, 2016, 1): the network's outputs; ``threshold``: a probability.
    """
    return _decode(raw_boxes, raw_scores, threshold, PALM_LAYOUT)


def _decode(raw_boxes: np.ndarray, raw_scores: np.ndarray, threshold: float, layout: Layout) -> list[Detections]:
    centres = anchor_centres(layout)
    if raw_boxes.ndim != 3 or raw_boxes.shape[1] != len(centres) or raw_scores.size != raw_boxes[..., 0].size:
        raise ValueError(f"expected (N, {len(centres)}, …) boxes and scores, got {raw_boxes.shape}, {raw_scores.shape}")
    logits = raw_scores.reshape(raw_boxes.shape[:2])
    found = []
    for boxes, logit in zip(raw_boxes, logits, strict=True):
        # Sigmoid of few values only; float64 and the limits of ±100 keep exp from overflowing.
        scores = 1.0 / (1.0 + np.exp(-np.clip(logit.astype(np.float64), -100.0, 100.0)))
        kept = np.flatnonzero(scores >= threshold)
        kept = kept[np.argsort(-scores[kept], kind="stable")]
        values = boxes[kept] / np.float32(layout[0])
        centre = centres[kept]
        middle, half = values[:, :2] + centre, values[:, 2:4] / 2
        points = values[:, 4:].reshape(len(kept), (values.shape[1] - 4) // 2, 2) + centre[:, None]
        corners = np.concatenate([middle - half, middle + half], 1)
        found.append(Detections(corners, points, scores[kept].astype(np.float32)))
    return found


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n, m) intersection over union of boxes (n, 4) and (m, 4), x0, y0, x1, y1; 0 where a union is empty."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(-1)
    area_a, area_b = ((box[:, 2:] - box[:, :2]).clip(0).prod(-1) for box in (a, b))
    union = area_a[:, None] + area_b[None] - overlap
    return np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)


def weighted_nms(detections: Detections, iou: float = 0.3) -> Detections:
    """Merge what overlaps the best remaining detection by more than ``iou``: mean weighted by score, its score kept."""
    order = np.argsort(-detections.scores, kind="stable")
    overlaps = box_iou(detections.boxes, detections.boxes)
    boxes, points, scores = [], [], []
    while len(order):
        best = order[0]
        together = overlaps[best, order] > iou
        together[0] = True  # also where its box is empty
        group = order[together]
        weight = detections.scores[group] / detections.scores[group].sum()
        boxes.append(np.tensordot(weight, detections.boxes[group], 1))
        points.append(np.tensordot(weight, detections.keypoints[group], 1))
        scores.append(detections.scores[best])
        order = order[~together]
    if not scores:
        return detections
    return Detections(np.stack(boxes), np.stack(points), np.array(scores, np.float32))
