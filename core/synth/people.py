"""Who is filmed: bodies from the free body's shape space, skin, clothes and hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from .plan import Colour, Look

Array = NDArray[np.floating]

STATURE = (1.50, 2.00)  # m
_STATURE_MEAN, _STATURE_SD = 1.71, 0.10
_BUILD_SD, _BUILD_LIMIT = 0.8, 1.7  # of the shape space's own standard deviations

# Linear RGB, from very fair to very dark.
SKINS: tuple[Colour, ...] = (
    (0.58, 0.36, 0.27), (0.52, 0.30, 0.21), (0.46, 0.245, 0.16), (0.36, 0.185, 0.115), (0.27, 0.13, 0.075),
    (0.18, 0.083, 0.047), (0.105, 0.048, 0.028), (0.06, 0.030, 0.020),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (0.010, 0.007, 0.006), (0.020, 0.012, 0.008), (0.045, 0.022, 0.011), (0.10, 0.045, 0.018), (0.25, 0.14, 0.055),
    (0.42, 0.28, 0.13), (0.17, 0.045, 0.014), (0.30, 0.29, 0.28),
)  # fmt: skip


def draw_betas(body: BodyModel, rng: np.random.Generator) -> tuple[Array, float]:
    """Betas (10,) float32 and the stature in metres, within STATURE."""
    stature = float(np.clip(rng.normal(_STATURE_MEAN, _STATURE_SD), *STATURE))
    betas = np.clip(rng.normal(0, _BUILD_SD, body.beta_count), -_BUILD_LIMIT, _BUILD_LIMIT)
    for _ in range(20):
        heights = body.shaped(betas)[:, 1]
        off = stature - float(np.ptp(heights))
        if abs(off) < 1e-5:
            break
        slope = (body.shapedirs[heights.argmax(), 1] - body.shapedirs[heights.argmin(), 1]).astype(np.float64)
        betas = betas + slope * off / (slope @ slope)
    return betas.astype(np.float32), stature


def draw_look(rng: np.random.Generator) -> Look:
    """Colours of skin, clothes and hair."""
    tone = rng.integers(len(SKINS))
    # Dark skins seldom go with fair hair.
    hair = HAIRS[rng.integers(len(HAIRS) if tone < 4 else 3)]
    colours = {
        "skin": _varied(SKINS[tone], 0.08, rng),
        "shirt": _cloth(rng, bright=True),
        "trousers": _cloth(rng, bright=False),
        "hair": _varied(hair, 0.15, rng),
    }
    return Look(colours)


def _varied(colour: Colour, amount: float, rng: np.random.Generator) -> Colour:
    r, g, b = (float(v) for v in np.asarray(colour) * np.exp(rng.normal(0, amount)))
    return (r, g, b)


def _cloth(rng: np.random.Generator, bright: bool) -> Colour:
    """Mostly muted, now and then strong."""
    hue, saturation = rng.uniform(), rng.beta(1.6, 2.2)
    value = rng.uniform(0.08, 0.75) if bright else rng.uniform(0.03, 0.35)
    k = (hue + np.array([0, 2 / 3, 1 / 3])) % 1 * 6
    ramp = np.clip(np.abs(k - 3) - 1, 0, 1)
    r, g, b = (float(v) for v in value * (1 - saturation * (1 - ramp)))
    return (r, g, b)
