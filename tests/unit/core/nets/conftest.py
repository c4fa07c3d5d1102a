"""Crops of real footage at persons and hands, placed by LiteRT, so that parity is judged where the product works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from understudy.core.nets.anchors import decode_pose, weighted_nms
from understudy.core.nets.specs import NETWORKS
from understudy.core.weights.store import info, model_path

Reference = Callable[[np.ndarray], dict[str, np.ndarray]]

CLIPS = ("balance_4cam/cam0*.mp4", "sign/*.mkv")
LEFT_HAND, RIGHT_HAND = (15, 19, 17), (16, 20, 18)  # BlazePose's wrist, index, pinky


class Interpreter:
    """LiteRT on one image at a time: every output that the network's spec names, unrefined."""

    def __init__(self, name: str) -> None:
        from ai_edge_litert import interpreter

        self.spec = NETWORKS[name]
        self.interpreter = interpreter.Interpreter(str(model_path(name)), num_threads=2)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.outputs = [detail["index"] for detail in self.interpreter.get_output_details()]

    def __call__(self, crop: np.ndarray) -> dict[str, np.ndarray]:
        """``crop``: (size, size, 3) RGB, 0 to 255."""
        scale = np.float32((self.spec.high - self.spec.low) / 255)
        self.interpreter.set_tensor(self.input, crop[None].astype(np.float32) * scale + np.float32(self.spec.low))
        self.interpreter.invoke()
        return {
            output.name: self.interpreter.get_tensor(self.outputs[output.index]).reshape(output.shape).copy()
            for output in self.spec.outputs
        }


@cache
def reference(name: str) -> Interpreter:
    return Interpreter(name)


def square_crop(image: np.ndarray, centre: np.ndarray, side: float, angle: float, size: int) -> np.ndarray:
    """(size, size, 3) of the square of ``side`` px around ``centre``, turned by ``angle`` radians, black outside."""
    right = np.array([np.cos(angle), np.sin(angle)]) * side / 2
    down = np.array([-right[1], right[0]])
    corners = np.array([centre - right - down, centre + right - down, centre - right + down], np.float32)
    target = np.array([[0, 0], [size, 0], [0, size]], np.float32) - 0.5
    return cv2.warpAffine(image, cv2.getAffineTransform(corners, target), (size, size), flags=cv2.INTER_LINEAR)


def _frames(media: Path, per_clip: int) -> Iterator[np.ndarray]:
    import av

    for pattern in CLIPS:
        for path in sorted(media.glob(pattern)):
            with av.open(str(path)) as container:
                for index, frame in enumerate(container.decode(video=0)):
                    if index % 3 == 0:
                        yield frame.to_ndarray(format="rgb24")
                    if index >= 3 * (per_clip - 1):
                        break


def _crops_of(image: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Person crops (256 px) and hand crops (224 px) of one frame, the pose network's own squares."""
    height, width = image.shape[:2]
    side = max(height, width)
    middle = np.array([width, height]) / 2
    raw = reference("pose_detection")(square_crop(image, middle, side, 0.0, 224))
    found = weighted_nms(decode_pose(raw["boxes"][None], raw["scores"][None], 0.5)[0])
    bodies, hands = [], []
    for hip, rim, *_ in (found.keypoints - 0.5) * side + middle:
        angle = float(np.arctan2(*(rim - hip)[::-1])) + np.pi / 2
        span = 2.5 * float(np.linalg.norm(rim - hip))
        bodies.append(square_crop(image, hip, span, angle, 256))
        points = reference("pose_landmark_full")(bodies[-1])["landmarks"][:, :2] / 256 - 0.5
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = points @ turn * span + hip
        for wrist, index, pinky in (points[list(hand)] for hand in (LEFT_HAND, RIGHT_HAND)):
            reach = (2 * index + pinky) / 3 - wrist
            span, angle = 5.4 * float(np.linalg.norm(reach)), float(np.arctan2(*reach[::-1])) + np.pi / 2
            hands.append(square_crop(image, wrist + 1.2 * reach, span, angle, 224))
    return bodies, hands


@pytest.fixture(scope="session")
def pulled() -> None:
    """The networks' files are on this machine."""
    if not all(info(name).present for name in NETWORKS):
        pytest.skip("the models have not been pulled")


@pytest.fixture(scope="session")
def litert(pulled: None) -> Callable[[str], Reference]:
    """``litert(name)(crop)``: the outputs of LiteRT for one crop (size, size, 3) RGB, 0 to 255."""
    pytest.importorskip("ai_edge_litert")
    return reference


@pytest.fixture(scope="session")
def real_crops(shared_dir: Path, litert: Callable[[str], Reference]) -> Callable[[str, int], np.ndarray]:
    """``real_crops(name, count)``: (count, size, size, 3) uint8 crops for the network, spread over the clips."""
    media = shared_dir / "media"
    if not media.is_dir():
        pytest.skip("no test footage beside the repository")

    @cache
    def gathered(per_clip: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        found = [_crops_of(frame) for frame in _frames(media, per_clip)]
        return [crop for bodies, _ in found for crop in bodies], [crop for _, hands in found for crop in hands]

    @cache
    def crops(name: str, count: int) -> np.ndarray:
        size = NETWORKS[name].size
        per_clip = -(-count // 6)  # ten clips, some too short or without a person in part of their frames
        hands_wanted = name in ("hand_landmark_full", "palm_detection_full")
        images = [cv2.resize(crop, (size, size)) for crop in gathered(per_clip)[hands_wanted]]
        assert len(images) >= count, f"only {len(images)} crops found"
        # Neighbours in pairs, so that hands stay left, right, left, …
        pairs = np.linspace(0, len(images) // 2 - 1, -(-count // 2)).astype(int)
        return np.stack([images[2 * pair + side] for pair in pairs for side in (0, 1)][:count])

    return crops
