"""Fits the pose prior to motion capture: a mixture over postures, and how fast joints usually change their minds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import load_free_body
from ..errors import BadInputError
from ..fit.prior import PRIOR_JOINTS, SIZE, PosePrior, squared, turns
from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle, nearest_rotation
from ..skeleton import JOINT_INDEX, other_side
from ..synth.motions import load_motion
from ..whole_file import write_whole

Array = NDArray[np.floating]

RATE = 30
_HEIGHT = 1.70
_ROWS = [JOINT_INDEX[name] for name in PRIOR_JOINTS]


@dataclass(frozen=True)
class PriorSettings:
    """``components`` of the mixture; seconds of each clip at most (``longest``), and between postures that count
    (``apart``); ``noise`` rad added to every axis' deviation; ``rounds`` of assignment and fit."""

    components: int = 8
    longest: float = 12.0
    apart: float = 0.2
    noise: float = 0.1
    rounds: int = 25


def gather(data: Path, clips: list[str], longest: float, progress: Callable[[int, int], None]) -> list[Array]:
    """Local rotations (T, J, 3, 3) of PRIOR_JOINTS at RATE, of clips that are long enough to have some."""
    body = load_free_body()
    betas = body.betas_for_height(_HEIGHT)
    found = []
    for done, clip in enumerate(clips):
        progress(done, len(clips))
        for seconds in (longest, longest / 2, longest / 4, longest / 8):
            try:
                motion = load_motion(f"{data}#{clip}@0.05", body, betas, Fraction(RATE), int(seconds * RATE),
                                     np.random.default_rng(0))  # fmt: skip
            except BadInputError:  # shorter than that
                continue
            pose = motion.smpl.body_pose.astype(np.float64)
            found.append(axis_angle_to_matrix(pose[:, [row - 1 for row in _ROWS]]))
            break
    return found


def fit_prior(clips: list[Array], settings: PriorSettings, seed: int) -> PosePrior:
    """The prior of clips of local rotations (T, J, 3, 3), each posture also mirrored."""
    step = max(1, round(settings.apart * RATE))
    postures = np.concatenate([clip[::step] for clip in clips])
    postures = np.concatenate([postures, mirrored(postures)])
    rng = np.random.default_rng(seed)
    flat = matrix_to_axis_angle(postures).reshape(len(postures), -1)
    labels = _spread_out(flat, settings.components, rng)
    prior = _maximised(postures, labels, settings, _usual_acceleration(clips))
    for _ in range(settings.rounds):
        again = prior.nearest(postures)
        if (again == labels).all():
            break
        labels, prior = again, _maximised(postures, again, settings, prior.acceleration)
    return prior


def mirrored(rotations: Array) -> Array:
    """Postures (…, J, 3, 3) of PRIOR_JOINTS with left and right exchanged."""
    swap = [PRIOR_JOINTS.index(other_side(name)) for name in PRIOR_JOINTS]
    flip = np.diag([-1.0, 1, 1])
    return flip @ rotations[..., swap, :, :] @ flip


def _spread_out(points: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(N,) labels of the nearest of ``count`` points drawn far from each other (k-means++, Arthur 2007)."""
    centres = [points[rng.integers(len(points))]]
    nearest = np.full(len(points), np.inf)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, ((points - centres[-1]) ** 2).sum(1))
        centres.append(points[rng.choice(len(points), p=nearest / nearest.sum())])
    return np.stack([((points - centre) ** 2).sum(1) for centre in centres]).argmin(0)


def _maximised(postures: Array, labels: NDArray[np.int64], settings: PriorSettings, acceleration: Array) -> PosePrior:
    whole = _deviation(postures, _mean(postures), settings.noise)
    means, precisions, weights = [], [], []
    for k in range(settings.components):
        own = postures[labels == k]
        if len(own) < 2:
            continue  # nobody holds that posture any more
        mean = _mean(own)
        # Few postures do not know the covariance of 42 numbers: the rest is everybody's, a third of its size.
        share = len(own) / (len(own) + SIZE)
        spread = share * _deviation(own, mean, settings.noise) + (1 - share) * whole / 3
        means.append(mean)
        precisions.append(np.linalg.inv(spread))
        weights.append(len(own))
    shares = np.array(weights) / sum(weights)
    return PosePrior(np.stack(means), np.stack(precisions), shares, acceleration)


def _mean(rotations: Array) -> Array:
    return nearest_rotation(rotations.mean(0))


def _deviation(rotations: Array, mean: Array, noise: float) -> Array:
    offset = turns(rotations, mean)
    return offset.T @ offset / len(offset) + noise**2 * np.eye(offset.shape[1])


def _usual_acceleration(clips: list[Array]) -> Array:
    """(J, 3) rad/s² root mean square about each axis; squares of the largest hundredth are left out."""
    found = []
    for clip in clips:
        rate = matrix_to_axis_angle(np.swapaxes(clip[:-1], -1, -2) @ clip[1:]) * RATE
        found.append(np.diff(rate, axis=0) * RATE)
    values = np.concatenate(found) ** 2
    both = (values + values[:, [PRIOR_JOINTS.index(other_side(name)) for name in PRIOR_JOINTS]]) / 2
    return np.sqrt(np.minimum(both, np.quantile(both, 0.99, axis=0)).mean(0))


def save_prior(prior: PosePrior, path: Path, notes: dict[str, str]) -> None:
    """The file that ``fit.prior.load_prior`` reads."""
    from safetensors.numpy import save

    content = save({name: np.ascontiguousarray(value) for name, value in vars(prior).items()}, metadata=notes)
    write_whole(path, lambda stream: stream.write(content))


def held_out_figures(prior: PosePrior, clips: list[Array]) -> dict[str, float]:
    """How well the prior knows postures it has not seen: mean squared distance per number (1 where it is as wide as it
    says), and the mean error (degrees) of a limb told from the others, against that of its mean posture."""
    postures = np.concatenate([clip[::6] for clip in clips])
    labels = prior.nearest(postures)
    distance = np.concatenate(
        [squared(turns(postures[labels == k], prior.means[k]), prior.precision[k]) for k in np.unique(labels)]
    )
    return {"distance_per_number": float(distance.mean() / SIZE)} | _told(prior, postures)


def _told(prior: PosePrior, postures: Array) -> dict[str, float]:
    limb = np.array([PRIOR_JOINTS.index(name) for name in ("left_shoulder", "left_elbow")])
    hidden = np.concatenate([3 * j + np.arange(3) for j in limb])
    shown = np.setdiff1d(np.arange(SIZE), hidden)
    best = np.full(len(postures), -np.inf)
    told = np.zeros((len(postures), len(limb), 3, 3))
    for k in range(len(prior.weights)):
        offset = turns(postures, prior.means[k])
        covariance = np.linalg.inv(prior.precision[k])
        marginal = np.linalg.inv(covariance[np.ix_(shown, shown)])
        score = np.log(prior.weights[k]) + 0.5 * np.linalg.slogdet(marginal)[1]
        score = score - 0.5 * squared(offset[:, shown], marginal)
        guess = (covariance[np.ix_(hidden, shown)] @ marginal @ offset[:, shown, None])[..., 0]
        rotation = prior.means[k][limb] @ axis_angle_to_matrix(guess.reshape(-1, len(limb), 3))
        better = score > best
        best[better], told[better] = score[better], rotation[better]
    usual = _mean(postures)[limb]
    names = {"told_degrees": told, "mean_posture_degrees": np.broadcast_to(usual, told.shape)}
    return {
        name: float(np.degrees(np.linalg.norm(matrix_to_axis_angle(np.swapaxes(value, -1, -2) @ postures[:, limb]),
                                              axis=-1)).mean())
        for name, value in names.items()
    }  # fmt: skip
