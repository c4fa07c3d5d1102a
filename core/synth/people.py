"""Who is filmed: bodies from the free body's shape space, skin, clothes and hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from .plan import Colour, Garment, Look

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
IRISES: tuple[Colour, ...] = ((0.02, 0.011, 0.007), (0.05, 0.022, 0.010), (0.09, 0.13, 0.20), (0.07, 0.10, 0.05))
# Cloth as shops have it: whites, greys, blues, reds, greens, earths.
BRIGHT: tuple[Colour, ...] = (
    (0.75, 0.75, 0.74), (0.62, 0.60, 0.55), (0.40, 0.41, 0.43), (0.20, 0.34, 0.55), (0.42, 0.56, 0.72),
    (0.50, 0.06, 0.06), (0.60, 0.33, 0.06), (0.62, 0.50, 0.12), (0.10, 0.30, 0.20), (0.30, 0.42, 0.22),
    (0.55, 0.25, 0.26), (0.28, 0.16, 0.36),
)  # fmt: skip
DARK: tuple[Colour, ...] = (
    (0.012, 0.012, 0.014), (0.035, 0.035, 0.038), (0.10, 0.10, 0.105), (0.015, 0.025, 0.065), (0.045, 0.085, 0.17),
    (0.055, 0.060, 0.030), (0.30, 0.23, 0.15), (0.11, 0.055, 0.03), (0.10, 0.015, 0.02), (0.02, 0.06, 0.05),
)  # fmt: skip
SHOES: tuple[Colour, ...] = (
    (0.70, 0.70, 0.68), (0.015, 0.015, 0.016), (0.15, 0.15, 0.155), (0.14, 0.07, 0.035), (0.02, 0.04, 0.10),
    (0.35, 0.05, 0.04), (0.05, 0.16, 0.30),
)  # fmt: skip
SOLES: tuple[Colour, ...] = ((0.70, 0.69, 0.66), (0.03, 0.03, 0.03), (0.30, 0.20, 0.12))
HAIR_STYLES = ("short", "medium", "buzz", "curls", "long", "bun", "ponytail", "bald")
HAIR_SHARES = (0.28, 0.16, 0.10, 0.08, 0.14, 0.08, 0.10, 0.06)


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
    """Skin, clothes, shoes and hair."""
    tone = int(rng.integers(len(SKINS)))
    skin = _varied(SKINS[tone], 0.08, rng)
    # Dark skins seldom go with fair hair.
    hair = _varied(HAIRS[rng.integers(len(HAIRS) if tone < 4 else 3)], 0.15, rng)
    iris = IRISES[rng.integers(len(IRISES) if tone < 3 else 2)]
    style = str(rng.choice(HAIR_STYLES, p=HAIR_SHARES))
    garments = [_bottoms(rng), _shoes(rng), *_tops(rng)]
    if style != "bald":
        garments.append(Garment("hair", hair, hair, style, length=float(rng.uniform())))
    dark = tuple(0.6 * min(a, b) for a, b in zip(hair, skin, strict=True))
    garments.append(Garment("brows", dark, dark, fit=float(rng.uniform())))  # type: ignore[arg-type]
    lips = (0.85 * skin[0], 0.52 * skin[1], 0.50 * skin[2])
    garments.append(Garment("lips", lips, lips))
    return Look(skin, iris, tuple(garments))


def _tops(rng: np.random.Generator) -> list[Garment]:
    kind = str(rng.choice(["tshirt", "longsleeve", "sleeveless"], p=[0.55, 0.3, 0.15]))
    pattern = str(rng.choice(["plain", "mottled", "stripes"], p=[0.6, 0.2, 0.2]))
    fit, length, neck = (float(v) for v in rng.uniform(size=3))
    top = Garment(kind, _cloth(rng, BRIGHT + DARK), _cloth(rng, BRIGHT), pattern, fit, length, neck)
    jacket = Garment("jacket", _cloth(rng, DARK), _cloth(rng, DARK), "plain", fit, length, neck)
    return [top, jacket] if rng.uniform() < 0.15 else [top]


def _bottoms(rng: np.random.Generator) -> Garment:
    kind = str(rng.choice(["trousers", "shorts", "leggings"], p=[0.6, 0.22, 0.18]))
    pattern = str(rng.choice(["plain", "mottled"]))
    fit, length = (float(v) for v in rng.uniform(size=2))
    return Garment(kind, _cloth(rng, DARK), _cloth(rng, DARK), pattern, fit, length)


def _shoes(rng: np.random.Generator) -> Garment:
    sole = SOLES[rng.integers(len(SOLES))]
    return Garment("shoes", _cloth(rng, SHOES), sole, "plain", length=float(rng.uniform()))


def _varied(colour: Colour, amount: float, rng: np.random.Generator) -> Colour:
    r, g, b = (float(v) for v in np.asarray(colour) * np.exp(rng.normal(0, amount)))
    return (r, g, b)


def _cloth(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    """One of the colours, never twice quite the same."""
    chosen = np.array(colours[rng.integers(len(colours))])
    r, g, b = (float(v) for v in np.clip(chosen * np.exp(rng.normal(0, 0.12, 3)), 0, 0.85))
    return (r, g, b)
