"""Chains of different counts: spines, necks and fingers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import axis_angle_to_matrix, matrix_to_axis_angle

Array = NDArray[np.floating]


def resample(base: Array, links: Sequence[Array], count: int) -> list[Array]:
    """``count`` frames (T, 3, 3) along a chain that bends as ``links`` (T, 3, 3), seen from what they hang on.

    The chain runs from ``base`` (T, 3, 3) at 0 to the last link at 1, links evenly spaced; between two of them frames
    turn along the shortest arc. The last frame is the last link, and equal counts change nothing.
    """
    if len(links) == count:
        return list(links)
    if not links:
        return [base] * count
    known = [base, *links]
    out = []
    for i in range(1, count + 1):
        place = i * len(links) / count
        low = min(int(np.floor(place + 1e-9)), len(links) - 1)
        share = place - low
        if share > 1 - 1e-9:
            out.append(known[low + 1])
            continue
        between = matrix_to_axis_angle(np.swapaxes(known[low], -1, -2) @ known[low + 1])
        out.append(known[low] @ axis_angle_to_matrix(share * between))
    return out
