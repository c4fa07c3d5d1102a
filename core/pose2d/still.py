"""Pictures that did not change need no second look: bystanders, held poses, listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from .crops import Frame, crop_difference, extract

if TYPE_CHECKING:
    from ..nets import Predictor

# Crops nearer than this are compared; a moving person's never are.
_SAME_CROP = 0.05
# Thumbnails of this many pixels a side; differences of grey levels that only compression and sensor noise make.
_SIDE = 56
_MEAN_NOISE, _PEAK_NOISE = 1.6, 20


def look(
    network: Predictor, frames: list[Frame], index: np.ndarray, crops: np.ndarray, border: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The network's outputs for each of ``crops`` (N, 4) of ``frames[index[n]]``, and the crops (N, 4) they belong to.

    A crop whose picture did not change has the answer, and the crop, of the row that was looked at.
    """
    looked, rows = np.unique(still_rows(frames, index, crops), return_inverse=True)
    out = network.predict(extract(frames, index[looked], crops[looked], network.spec.size, border))
    return {name: values[rows] for name, values in out.items()}, crops[looked][rows]


def still_rows(frames: list[Frame], index: np.ndarray, crops: np.ndarray) -> np.ndarray:
    """(N,) for each crop of ``crops`` (N, 4) in ``frames[index[n]]`` the row that shows the same picture, or itself.

    Rows of one person in order of time find each other. Always a row that stands for itself.
    """
    rows = np.arange(len(index))
    reference, thumbnail = 0, None
    for n in range(1, len(index)):
        crop = crops[[reference]]
        same = bool(crop_difference(crop, crops[[n]])[0] < _SAME_CROP)
        if same:
            if thumbnail is None:
                thumbnail = extract(frames, index[[reference]], crop, _SIDE, cv2.BORDER_REPLICATE)[0]
            now = extract(frames, index[[n]], crop, _SIDE, cv2.BORDER_REPLICATE)[0]
            difference = cv2.absdiff(thumbnail, now)
            same = difference.max() <= _PEAK_NOISE and difference.mean() <= _MEAN_NOISE
        if same:
            rows[n] = reference
        else:
            reference, thumbnail = n, None
    return rows
