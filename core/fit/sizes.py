"""How tall people are against each other: those who stand on one floor are seen from one height above it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

# Adults differ by so much of their mean height (one standard deviation), and the camera's height above somebody's feet
# is measured with so large an error (m), growing with their distance, where a tilt of half a degree tells.
_SPREAD, _BESIDE_KNOWN, _ERROR, _TILT = 0.06, 0.1, 0.03, 0.005
# Lower cameras (m) see everybody's feet on the horizon, whatever their size.
_LOWEST = 0.4
_RANGE = (0.8, 1.25)


def relative_sizes(levels: Array, distances: Array, known: NDArray[np.bool_]) -> Array:
    """(P,) factors on the heights of people, 1 for those whose height is ``known`` (P,).

    levels (P,) m: how high the camera is above each one's floor if their height is right, NaN where feet are not seen;
    distances (P,) m. Sizes and the camera's one height by least squares, with what is usual as a prior.
    """
    usable = np.isfinite(levels) & (np.nan_to_num(levels) > _LOWEST)
    factors = np.ones(len(levels))
    if usable.sum() < 2 or not (usable & ~known).any():
        return factors
    # Beside somebody of known height the others are taken for as tall at first, for no reason of their own.
    usual = _BESIDE_KNOWN if (usable & known).any() else _SPREAD
    spread = np.where(known, 1e-4, usual)[usable]
    error = (_ERROR + _TILT * distances)[usable]
    seen = levels[usable]
    count = int(usable.sum())
    normal, side = np.zeros((count + 1, count + 1)), np.zeros(count + 1)  # the sizes, then the camera's height
    for i in range(count):
        row = np.zeros(count + 1)
        row[i], row[-1] = -seen[i], 1.0
        normal += np.outer(row, row) / error[i] ** 2
        normal[i, i] += 1 / spread[i] ** 2
        side[i] += 1 / spread[i] ** 2
    factors[usable] = np.clip(np.linalg.solve(normal, side)[:count], *_RANGE)
    return np.where(known, 1.0, factors)
