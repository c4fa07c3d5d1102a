"""Rotated square crops: geometry, and cutting them out of frames into network inputs.

A crop is a row ``(cx, cy, size, angle)``: centre and side in image pixels, ``angle`` in radians by which the crop is
turned clockwise as seen on screen (x right, y down). Inside a crop, points are in pixels of the network's input.
"""

from __future__ import annotations

from threading import Lock

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

# A crop reduced by more than this is cut from a frame halved first, since bilinear sampling would alias.
_MAX_REDUCTION = 2.0


def crops_from_points(centre: np.ndarray, up: np.ndarray, scale: float) -> np.ndarray:
    """(N, 4) crops whose middle is ``centre`` (N, 2) and whose upper side lies towards ``up`` (N, 2), image pixels.

    The side is ``2 · scale · |up − centre|``: with ``up`` on the rim of a person's circle, that circle's square.
    """
    delta = up - centre
    size = 2.0 * scale * np.hypot(delta[:, 0], delta[:, 1])
    return np.column_stack([centre, size, np.arctan2(delta[:, 0], -delta[:, 1])])


def to_image(points: np.ndarray, crops: np.ndarray, side: int) -> np.ndarray:
    """Points (N, P, 2) in crop pixels of inputs ``side`` wide to image pixels."""
    return _apply(points - side / 2.0, crops, 1.0 / side) + crops[:, None, :2]


def to_crop(points: np.ndarray, crops: np.ndarray, side: int) -> np.ndarray:
    """Points (N, P, 2) in image pixels to crop pixels: inverse of ``to_image``."""
    turned = rotate_xy(points - crops[:, None, :2], -crops[:, 3])
    return turned * (side / crops[:, None, None, 2]) + side / 2.0


def rotate_xy(vectors: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Turn x and y of ``vectors`` (N, P, ≥2) by ``angles`` (N,), clockwise on screen; further components stay."""
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = vectors[..., 0], vectors[..., 1]
    return np.concatenate([np.stack([cos * x - sin * y, sin * x + cos * y], -1), vectors[..., 2:]], -1)


def corners(crops: np.ndarray) -> np.ndarray:
    """(N, 4, 2) image pixels of the crops' corners."""
    unit = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    return _apply(np.broadcast_to(unit, (len(crops), 4, 2)), crops, 1.0) + crops[:, None, :2]


def crop_difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N,) how far crops ``b`` are from ``a``: the largest of twice the shift over the size, ln of the scale, and 0.7
    of the turn in radians. A person leaves the margin of the crop at about 0.4."""
    shift = np.hypot(*(b[:, :2] - a[:, :2]).T) / np.maximum(a[:, 2], 1e-6)
    scale = np.abs(np.log(np.maximum(b[:, 2], 1e-6) / np.maximum(a[:, 2], 1e-6)))
    turn = np.abs(wrap_angle(b[:, 3] - a[:, 3]))
    return np.maximum(np.maximum(2.0 * shift, scale), 0.7 * turn)


def wrap_angle(angle: np.ndarray) -> np.ndarray:
    """Angles in −π…π."""
    return (angle + np.pi) % (2.0 * np.pi) - np.pi


def interpolate_crops(at: np.ndarray, known: np.ndarray, crops: np.ndarray) -> np.ndarray:
    """(N, 4) crops at times ``at`` (N,) from ``crops`` (M, 4) at increasing times ``known`` (M,), held beyond the ends.

    Size and angle are smoothed without delay first, since what the landmarks suggest for them trembles; the centre
    runs on a monotone cubic so that it follows fast motion without overshoot.
    """
    turns = np.unwrap(crops[:, 3])
    smooth = np.column_stack([np.log(np.maximum(crops[:, 2], 1e-6)), turns])
    if len(known) > 2:
        padded = np.concatenate([smooth[:1], smooth, smooth[-1:]])
        smooth = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    at = np.clip(at, known[0], known[-1])
    if len(known) > 1:
        centre = PchipInterpolator(known, crops[:, :2])(at)
    else:
        centre = np.repeat(crops[:, :2], len(at), 0)
    log_size, angle = (np.interp(at, known, values) for values in smooth.T)
    return np.column_stack([centre, np.exp(log_size), angle])


class Frame:
    """A frame (H, W, 3) uint8 and its halved copies, made when first wanted."""

    def __init__(self, image: np.ndarray) -> None:
        self.levels = [image]
        self._lock = Lock()  # people and hands are looked at side by side

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.levels[0].shape[1], self.levels[0].shape[0]

    def reduced(self, factor: float) -> tuple[np.ndarray, int]:
        """The smallest copy from which a crop reduced by ``factor`` does not alias, and how often it was halved."""
        level = 0
        with self._lock:
            while factor > _MAX_REDUCTION and min(self.levels[level].shape[:2]) > 32:
                factor, level = factor / 2.0, level + 1
                if level == len(self.levels):
                    self.levels.append(_halved(self.levels[-1]))
        return self.levels[level], level


def extract(frames: list[Frame], index: np.ndarray, crops: np.ndarray, side: int, border: int) -> np.ndarray:
    """(N, side, side, 3) uint8: crop n of ``crops`` (N, 4) cut from ``frames[index[n]]``.

    ``border``: OpenCV's rule for pixels outside the frame, ``cv2.BORDER_REPLICATE`` or ``cv2.BORDER_CONSTANT`` (black).
    """
    out = np.empty((len(crops), side, side, 3), np.uint8)
    for n, (frame, crop) in enumerate(zip(index, crops, strict=True)):
        image, level = frames[frame].reduced(crop[2] / side)
        matrix = _crop_to_image_matrix(crop, side, level)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, matrix, (side, side), dst=out[n], flags=flags, borderMode=border)
    return out


def _crop_to_image_matrix(crop: np.ndarray, side: int, level: int) -> np.ndarray:
    cx, cy, size, angle = (float(value) for value in crop)
    scale = size / side
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    half = side / 2.0
    matrix = np.array([[cos, -sin, cx - half * (cos - sin)], [sin, cos, cy - half * (sin + cos)]])
    # A pixel centre x of the frame lies at (x + ½) / 2ⁿ − ½ in the copy halved n times.
    shrink = 0.5**level
    matrix *= shrink
    matrix[:, 2] += 0.5 * shrink - 0.5
    return matrix


def _halved(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    # Exactly two to one, which has a fast path; an odd last row or column is dropped.
    return cv2.resize(image[: height & ~1, : width & ~1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def _apply(points: np.ndarray, crops: np.ndarray, factor: float) -> np.ndarray:
    return rotate_xy(points * (crops[:, None, None, 2] * factor), crops[:, 3])
