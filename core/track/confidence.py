"""From the networks' own scores to the probability that a point is right."""

from __future__ import annotations

import numpy as np

from ..pose2d.landmarks import BodyLandmarks

# Fitted to the share of limb landmarks within 5 % of the reference on the four-camera test clip (5,500 of them): the
# network's scores are too low for hidden limbs, and the surest are still wrong once in twenty-five times.
_CEILING, _EXPONENT = 0.96, 0.5
# A point this far off its course, over the box's longer side, is as likely wrong as right.
_COURSE_TOLERANCE = 0.05
_COURSE_SECONDS = 0.15


def body_confidence(bodies: BodyLandmarks, size: tuple[int, int]) -> np.ndarray:
    """(N, 33) probability that a landmark is within 5 % of the box's longer side; ``size``: width and height, px.

    A point outside the picture was guessed, not measured.
    """
    scores = bodies.visibility * np.clip(bodies.presence, 0.0, 1.0)[:, None]
    confidence = _CEILING * scores**_EXPONENT
    return np.where(inside(bodies.points, size), confidence, np.minimum(confidence, 0.3)).astype(np.float32)


def hand_confidence(points: np.ndarray, score: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(N, 21) the same for a hand's points (N, 21, 2), NaN where there is no hand, from its score (N,)."""
    confidence = np.repeat(np.clip(score, 0.0, 1.0)[:, None], points.shape[1], 1)
    confidence = np.where(inside(points, size), confidence, np.minimum(confidence, 0.3))
    return np.where(np.isfinite(points).all(-1), confidence, 0.0).astype(np.float32)


def inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which points (…, 2) lie in the picture; NaN does not."""
    return np.all((points >= -0.5) & (points <= np.array(size) - 0.5), axis=-1)


def off_course(points: np.ndarray, confidence: np.ndarray, size: np.ndarray, timestamps: np.ndarray) -> np.ndarray:
    """(T, K) factor under 1 for points that leave the course their neighbours in time describe.

    ``points`` (T, K, 2) px and ``confidence`` (T, K), NaN and 0 where not measured; ``size`` (T,) px, the longer side
    of the person's box; ``timestamps`` (T,) s. The course at a frame is the cubic through the two frames before and
    it; without four such neighbours within 0.15 s nothing can be said, and the factor is 1.
    """
    factor = np.ones(points.shape[:2], np.float32)
    if len(points) < 5:
        return factor
    values = np.where((confidence > 0)[..., None], points, np.nan).astype(np.float64)
    course = (4.0 * (values[1:-3] + values[3:-1]) - (values[:-4] + values[4:])) / 6.0
    distance = np.linalg.norm(values[2:-2] - course, axis=-1) / size[2:-2, None]
    near = (timestamps[4:] - timestamps[:-4] <= 2.0 * _COURSE_SECONDS)[:, None]
    known = np.isfinite(distance) & near
    factor[2:-2][known] = 1.0 / (1.0 + (distance[known] / _COURSE_TOLERANCE) ** 2)
    return factor
