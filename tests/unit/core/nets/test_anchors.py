"""Detector decoding against a literal reading of its description, and the suppression's rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from understudy.core.nets.anchors import (
    PALM_LAYOUT,
    POSE_LAYOUT,
    Detections,
    Layout,
    anchor_centres,
    box_iou,
    decode_palm,
    decode_pose,
    weighted_nms,
)


def logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


@pytest.mark.parametrize(
    ("layout", "count", "points"),
    [
        (POSE_LAYOUT, 2254, {0: (4 / 224, 4 / 224), 1: (4 / 224, 4 / 224), 2: (12 / 224, 4 / 224),
                             1568: (8 / 224, 8 / 224), 1960: (16 / 224, 16 / 224), 2253: (208 / 224, 208 / 224)}),
        (PALM_LAYOUT, 2016, {0: (4 / 192, 4 / 192), 48: (4 / 192, 12 / 192), 1152: (8 / 192, 8 / 192),
                             1158: (24 / 192, 8 / 192), 2015: (184 / 192, 184 / 192)}),
    ],
)  # fmt: skip
def test_anchor_centres(layout: Layout, count: int, points: dict[int, tuple[float, float]]) -> None:
    centres = anchor_centres(layout)
    assert centres.shape == (count, 2)
    for index, expected in points.items():
        np.testing.assert_allclose(centres[index], expected, atol=1e-6)


@pytest.mark.parametrize(("decode", "layout", "points"), [(decode_pose, POSE_LAYOUT, 4), (decode_palm, PALM_LAYOUT, 7)])
def test_decode_reads_offsets_from_the_anchor_in_input_pixels(
    decode: Callable[..., list[Detections]], layout: Layout, points: int
) -> None:
    side, count = layout[0], len(anchor_centres(layout))
    rng = np.random.default_rng(3)
    boxes = rng.normal(0, 20, (3, count, 4 + 2 * points)).astype(np.float32)
    scores = np.full((3, count, 1), -200.0, np.float32)
    scores[1, 700], scores[1, 40], scores[2, 5] = logit(0.7), 300.0, logit(0.4)
    first, second, third = decode(boxes, scores, 0.5)
    assert len(first) == len(third) == 0
    assert first.keypoints.shape == (0, points, 2)
    np.testing.assert_allclose(second.scores, [1.0, 0.7], rtol=1e-6)  # best first
    for row, index in enumerate((40, 700)):
        raw, (x, y) = boxes[1, index] / side, anchor_centres(layout)[index]
        expected = [x + raw[0] - raw[2] / 2, y + raw[1] - raw[3] / 2, x + raw[0] + raw[2] / 2, y + raw[1] + raw[3] / 2]
        np.testing.assert_allclose(second.boxes[row], expected, atol=1e-6)
        np.testing.assert_allclose(second.keypoints[row], raw[4:].reshape(points, 2) + np.array([x, y]), atol=1e-6)
    assert len(decode(boxes, scores[..., 0], 0.3)[2]) == 1  # scores without the last axis, lower threshold


def test_decode_refuses_another_networks_outputs() -> None:
    with pytest.raises(ValueError, match="2254"):
        decode_pose(np.zeros((1, 2016, 18)), np.zeros((1, 2016, 1)))


def test_box_iou() -> None:
    a = np.array([[0, 0, 2, 2], [5, 5, 5, 5]], np.float32)
    b = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [2, 0, 4, 2], [5, 5, 5, 5]], np.float32)
    np.testing.assert_allclose(box_iou(a, b), [[1, 1 / 7, 0, 0], [0, 0, 0, 0]], rtol=1e-6)


def detections(boxes: list[list[float]], scores: list[float]) -> Detections:
    values = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections(values, values.reshape(-1, 2, 2), np.array(scores, np.float32))


def test_weighted_nms_averages_a_group_by_score_and_keeps_its_best_score() -> None:
    merged = weighted_nms(detections([[0, 0, 10, 10], [30, 30, 40, 40], [1, 1, 11, 11]], [0.6, 0.5, 0.9]))
    np.testing.assert_allclose(merged.scores, [0.9, 0.5])
    np.testing.assert_allclose(merged.boxes, [[0.6, 0.6, 10.6, 10.6], [30, 30, 40, 40]], rtol=1e-6)
    np.testing.assert_allclose(merged.keypoints.reshape(-1, 4), merged.boxes)


def test_weighted_nms_groups_around_the_best_only() -> None:
    """The second overlaps the first, the third only the second: a chain is not one detection."""
    chain = detections([[0, 0, 10, 10], [0, 4, 10, 14], [0, 8, 10, 18]], [0.9, 0.8, 0.7])
    assert weighted_nms(chain, 0.3).scores.tolist() == pytest.approx([0.9, 0.7])


def test_weighted_nms_keeps_empty_boxes_apart_and_takes_no_detection() -> None:
    assert len(weighted_nms(detections([[5, 5, 5, 5], [5, 5, 5, 5]], [0.9, 0.8]))) == 2
    assert len(weighted_nms(detections([], []))) == 0


def test_join_sorts_by_score() -> None:
    joined = Detections.join([detections([[0, 0, 1, 1]], [0.2]), detections([[2, 2, 3, 3]], [0.8])])
    assert joined.boxes[:, 0].tolist() == [2, 0]


def test_detections_refuse_shapes_that_do_not_match() -> None:
    with pytest.raises(ValueError, match=r"\(n, 4\)"):
        Detections(np.zeros((2, 4)), np.zeros((1, 4, 2)), np.zeros(2))
