"""Normal equations of a whole motion: blocks on the diagonal, and what ties a frame to the two before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Array = NDArray[np.floating]


class Banded:
    """A symmetric positive definite system of T frames with n unknowns each, at most two frames wide.

    ``add_diagonal`` and ``couple`` fill it, ``solve`` answers. Everything is the lower half in LAPACK's band storage,
    so memory grows with T · n² and the work with T · n³.
    """

    def __init__(self, frames: int, size: int) -> None:
        self._frames, self._size = frames, size
        self._band = np.zeros((2 * size + 1, frames, size))
        self.side = np.zeros((frames, size))

    def add_blocks(self, blocks: Array) -> None:
        """(T, n, n) symmetric, onto the diagonal."""
        columns = np.ascontiguousarray(np.moveaxis(blocks, 0, 2))
        for j in range(self._size):
            self._band[: self._size - j, :, j] += columns[j:, j]

    def add_coupling(self, blocks: Array) -> None:
        """(T − 1, n, n): rows of frame t + 1, columns of frame t."""
        columns = np.ascontiguousarray(np.moveaxis(blocks, 0, 2))
        for j in range(self._size):
            self._band[self._size - j : 2 * self._size - j, :-1, j] += columns[:, j]

    def add_second_difference(self, weights: Array, coefficients: Array, offset: Array) -> None:
        """Squares of w · (c₋ δ(t) + c₀ δ(t + 1) + c₊ δ(t + 2) + offset) for each unknown.

        weights (T − 2, n), coefficients (T − 2, 3), offset (T − 2, n): what the second difference is now.
        """
        square = weights**2
        for a in range(3):
            stretch = slice(a, a + len(square))
            self.side[stretch] += square * coefficients[:, a, None] * offset
            for b in range(a + 1):
                columns = slice(b, b + len(square))
                self._band[(a - b) * self._size, columns] += square * (coefficients[:, a] * coefficients[:, b])[:, None]

    def solve(self) -> Array:
        """(T, n) the change that makes the sum of squares least: − matrix⁻¹ · side."""
        flat = self._band.reshape(len(self._band), -1)
        result = solveh_banded(flat, -self.side.reshape(-1), lower=True, check_finite=False)
        return result.reshape(self._frames, self._size)
