"""Numbers of the noise model from footage with known truth: pairs of measured and true 2D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..lift.default_input import LANDMARKS
from .noise import NoiseModel, draw, part_of

Array = NDArray[np.floating]

# Measurements that the network itself believes; the others widen the tail by their confidence.
_TRUSTED = 0.5
_SLOW_SECONDS, _DIFFICULTY_SECONDS = 0.3, 0.5
_MAD = 1.4826
_FEWEST = 12
_OUTLIER = 0.012


@dataclass(frozen=True)
class Pair:
    """One person in one clip: measured and true (T, L, 2) px in the order of ``LANDMARKS``, confidence (T, L), side
    (T,) px: the longer side of the true box; reach (T, L, 2, 3) px: what a metre of offset outwards, up and forwards at
    a stature of 1.70 m moves in the picture; interval s."""

    measured: Array
    true: Array
    confidence: Array
    side: Array
    reach: Array
    interval: float


def fit(pairs: list[Pair]) -> tuple[dict[str, dict[str, float | list[float]]], dict[str, float]]:
    """(numbers per part, numbers of the whole) as ``noise.toml`` has them.

    First the offset in space that explains most, then, of what is left and by medians, since errors have heavy tails:
    bias is the spread of the clips' medians; the rest is split into slow and fast by how much it changes from frame to
    frame, given the slow part's memory. The spread of the difficulty is the one whose samples have the tail that was
    measured; the confidence's numbers come from its quantiles.
    """
    parts: dict[str, dict[str, float | list[float]]] = {}
    tails: list[float] = []
    for part in dict.fromkeys(part_of(name) for name in LANDMARKS):
        rows = [k for k, name in enumerate(LANDMARKS) if part_of(name) == part]
        offset = offset_of(pairs, rows)
        medians, centred, steps = [], [], []
        for pair in pairs:
            moved = pair.true[:, rows] + pair.reach[:, rows] @ offset
            errors = (pair.measured[:, rows] - moved) / pair.side[:, None, None]
            for error, row in zip(np.moveaxis(errors, 1, 0), rows, strict=True):
                known = (pair.confidence[:, row] > _TRUSTED) & np.isfinite(error).all(-1)
                if known.sum() < _FEWEST:
                    continue
                middle = np.median(error[known], axis=0)
                medians.append(middle)
                centred.append(error[known] - middle)
                both = known[1:] & known[:-1]
                change = (error[1:] - error[:-1])[both] * np.sqrt((1 / 30) / pair.interval)
                steps.append(change)
        if not centred:
            continue
        rest, step = np.concatenate(centred), np.concatenate(steps)
        total = _MAD * float(np.median(np.abs(rest)))
        # The spread of a step of the sum, against the spread of the sum itself.
        keep = float(np.exp(-(1 / 30) / _SLOW_SECONDS))
        moved = _MAD * float(np.median(np.abs(step)))
        fast2 = float(np.clip((moved**2 / 2 - total**2 * (1 - keep)) / keep, (0.1 * total) ** 2, total**2))
        bias = float(np.sqrt(np.mean(np.array(medians) ** 2)))
        slow, fast = float(np.sqrt(total**2 - fast2)), float(np.sqrt(fast2))
        parts[part] = {"offset": offset.tolist(), "bias": bias, "slow": slow, "fast": fast}
        length = np.linalg.norm(rest, axis=-1)
        tails.append(float(np.percentile(length, 90) / np.median(length)))
    return parts, {
        "slow_seconds": _SLOW_SECONDS,
        "difficulty_seconds": _DIFFICULTY_SECONDS,
        "difficulty_spread": _spread_of(float(np.median(tails))) if tails else 0.45,
        **_confidence_of(np.concatenate([p.confidence.ravel() for p in pairs])),
    }


def offset_of(pairs: list[Pair], rows: list[int]) -> Array:
    """(3,) m, outwards, up and forwards: what moves the true points of these landmarks to the measured ones, by least
    squares that outliers weigh little in; views from all sides tell all three."""
    matrix, side = [], []
    for pair in pairs:
        error = pair.measured[:, rows] - pair.true[:, rows]
        known = (pair.confidence[:, rows] > _TRUSTED) & np.isfinite(error).all(-1)
        scale = np.broadcast_to(pair.side[:, None], known.shape)[known][:, None]
        matrix.append((pair.reach[:, rows][known] / scale[..., None]).reshape(-1, 3))
        side.append((error[known] / scale).reshape(-1))
    A, b = np.concatenate(matrix), np.concatenate(side)
    if not len(b):
        return np.zeros(3)
    offset = np.zeros(3)
    for _ in range(8):
        weight = 1 / np.maximum(1, np.abs(b - A @ offset) / _OUTLIER)
        # A little towards zero, where the views do not tell.
        offset = np.linalg.solve((A * weight[:, None]).T @ A + 0.003 * len(b) * np.eye(3), (A * weight[:, None]).T @ b)
    return offset


def _spread_of(tail: float) -> float:
    """The difficulty spread whose errors have this ratio of 90th percentile and median."""
    rng = np.random.default_rng(0)
    length = np.linalg.norm(rng.standard_normal((20_000, 2)), axis=1)
    hard = rng.standard_normal(20_000)
    spreads = np.linspace(0, 1.2, 25)
    ratios = [np.percentile(v, 90) / np.median(v) for v in (length * np.exp(s * hard) for s in spreads)]
    return float(np.interp(tail, ratios, spreads))


def _confidence_of(confidence: Array) -> dict[str, float]:
    """Logit and slope from the median and the 5th percentile: a normal difficulty is 0 and 1.645 there."""
    seen = confidence[confidence > 0]
    middle, low = (np.log(q / (1 - q)) for q in np.clip(np.percentile(seen, [50, 5]), 0.02, 0.98))
    slope = float(np.clip((middle - low) / 1.645, 0.3, 2.5))
    return {"confidence_logit": float(middle), "confidence_slope": slope, "confidence_jitter": 0.3}


def sample(model: NoiseModel, frames: int, windows: int, interval: float, seed: int = 0) -> list[Pair]:
    """Pairs that the model makes, to see that a fit finds its numbers again."""
    error, confidence = draw(np.random.default_rng(seed), model, frames, np.full(windows, interval))
    zero = np.zeros_like(error[0])
    reach = np.zeros((*zero.shape, 3))
    return [Pair(e, zero, c, np.ones(frames), reach, interval) for e, c in zip(error, confidence, strict=True)]


def to_toml(parts: dict[str, dict[str, float | list[float]]], whole: dict[str, float], source: str) -> str:
    """The text of ``noise.toml``."""
    lines = [
        "# How BlazePose's landmarks err, in shares of the person box's longer side; tools/fit_landmark_noise.py.",
        "# offset: m at a stature of 1.70 m, outwards, up and forwards; bias: spread over clips of what stays in one;",
        "# slow and fast: spread in time, with and without memory.",
        f'source = "{source}"',
        *(f"{key} = {value:.3g}" for key, value in whole.items()),
        "",
        "[parts]",
    ]
    for part, numbers in parts.items():
        inner = ", ".join(f"{key} = {_text(value)}" for key, value in numbers.items())
        lines.append(f"{part} = {{ {inner} }}")
    return "\n".join(lines) + "\n"


def _text(value: float | list[float]) -> str:
    return f"[{', '.join(f'{v:.4f}' for v in value)}]" if isinstance(value, list) else f"{value:.4f}"
