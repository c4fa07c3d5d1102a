"""Focal lengths that are weighed against each other, and what is thought of them before anything is seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..settings import DEFAULT_FOV

Array = NDArray[np.floating]

# ln(focal length / half the picture's longer side): 110° to 14° along the longer side.
LOG_FOCALS = np.arange(-0.35, 2.101, 0.05)
# Lenses that people film with: most with a phone or a camera at its usual setting, some zoom in.
_USUAL_SPREAD, _ZOOM_SHARE, _ZOOM, _ZOOM_SPREAD = 0.25, 0.2, 0.9, 0.5


def log_focal(fov: float) -> float:
    """ln(focal length / half the longer side) of degrees along the longer side."""
    return -math.log(math.tan(math.radians(fov) / 2))


def prior() -> NDArray[np.float64]:
    """(G,) log probability of each of ``LOG_FOCALS`` before the footage is seen, up to a constant."""

    def bell(middle: float, spread: float) -> Array:
        return -0.5 * ((LOG_FOCALS - middle) / spread) ** 2 - math.log(spread)

    usual = math.log(1 - _ZOOM_SHARE) + bell(log_focal(DEFAULT_FOV), _USUAL_SPREAD)
    return np.logaddexp(usual, math.log(_ZOOM_SHARE) + bell(_ZOOM, _ZOOM_SPREAD))


def with_doubt(told: Array, doubt: float) -> NDArray[np.float64]:
    """(G,) log likelihoods whose best is 0, if the ln of the chance that they mean nothing is ``doubt``."""
    return np.logaddexp(told, doubt) - np.logaddexp(0.0, doubt)


def middle_and_spread(log_probability: Array) -> tuple[float, float]:
    """Median over ``LOG_FOCALS`` and half of the middle 68 %, from log probabilities (G,) up to a constant.

    That half is as a standard deviation, but a small chance of something quite different hardly counts.
    """
    share = np.exp(log_probability - log_probability.max())
    below = np.cumsum(share / share.sum()) - share / share.sum() / 2
    low, middle, high = np.interp((0.16, 0.5, 0.84), below, LOG_FOCALS)
    return float(middle), float(high - low) / 2
