"""How people hold and move themselves, learnt from motion capture (``core/train/prior.py``). numpy only.

Postures are a mixture of normal distributions, each with a mean rotation per joint and one covariance of the turns from
it over all joints.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import matrix_to_axis_angle
from ..skeleton import JOINT_INDEX
from .blocks import Blocks
from .terms import Normal

Array = NDArray[np.floating]

WEIGHTS = Path(__file__).parent / "data" / "prior.safetensors"
# The blocks that motion capture tells of: where the pelvis points is the world's matter, wrists and toes it hardly has.
PRIOR_JOINTS = (
    "spine1", "neck", "left_collar", "right_collar", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
_ROWS = np.array([JOINT_INDEX[name] for name in PRIOR_JOINTS])
SIZE = 3 * len(PRIOR_JOINTS)
# One frame's posture tells next to nothing that its neighbours' do not: so much of a weight has each.
_SHARE = 0.05
# Who does what nobody in the data did is not pulled to what they did: squared distances, per number, from which on the
# prior gives way.
_UNUSUAL = 2.0


@dataclass(frozen=True)
class PosePrior:
    """``means`` (K, J, 3, 3) local rotations of PRIOR_JOINTS; ``precision`` (K, 3 J, 3 J) 1/rad² of turns from them;
    ``weights`` (K,) how often each; ``acceleration`` (J, 3) rad/s², the usual one of each joint about its axes."""

    means: Array
    precision: Array
    weights: Array
    acceleration: Array

    def nearest(self, rotations: Array) -> NDArray[np.int64]:
        """(T,) the component that each frame (T, 22, 3, 3) most likely belongs to."""
        constant = np.log(self.weights) + 0.5 * np.linalg.slogdet(self.precision)[1]
        scores = np.stack(
            [c - 0.5 * squared(turns(rotations, mean), precision)
             for c, mean, precision in zip(constant, self.means, self.precision, strict=True)]
        )  # fmt: skip
        return scores.argmax(0)

    def add(
        self, normal: Normal, rotations: Array, components: NDArray[np.int64], blocks: Blocks, share: Array
    ) -> None:
        """Asks for likely postures: local rotations (T, 22, 3, 3), their ``components`` (T,), ``share`` (T,) of a
        frame's weight."""
        columns = _columns(blocks)
        for k in np.unique(components):
            frames = np.flatnonzero(components == k)
            offset = turns(rotations[frames], self.means[k])
            distance = squared(offset, self.precision[k])
            weight = _SHARE * share[frames] / (1 + distance / (_UNUSUAL * SIZE)) ** 2
            part = weight[:, None, None] * self.precision[k]
            normal.matrix[np.ix_(frames, columns, columns)] += part.astype(np.float32)
            normal.side[np.ix_(frames, columns)] += (part @ offset[..., None])[..., 0].astype(np.float32)


def turns(rotations: Array, mean: Array) -> Array:
    """(T, 3 J) rad: from the mean (J, 3, 3) to each frame's rotations (T, 22 or J, 3, 3)."""
    own = rotations if rotations.shape[1] == len(mean) else rotations[:, _ROWS]
    return matrix_to_axis_angle(np.swapaxes(mean, -1, -2) @ own).reshape(len(own), -1)


def squared(offset: Array, precision: Array) -> Array:
    """(T,) squared Mahalanobis distance of offsets (T, n)."""
    return np.einsum("ti,ij,tj->t", offset, precision, offset, optimize=True)


def _columns(blocks: Blocks) -> NDArray[np.int64]:
    return np.concatenate([blocks.column(int(joint)) + np.arange(3) for joint in _ROWS])


@cache
def load_prior(path: Path = WEIGHTS) -> PosePrior:
    """The prior in a file. Raises BadInputError for a file that is not one."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not path.is_file():
        raise BadInputError(f"The pose prior is missing: {path}.", "Install the package again.")
    try:
        arrays = {name: value.astype(np.float64) for name, value in load_file(path).items()}
        prior = PosePrior(**{name: arrays[name] for name in ("means", "precision", "weights", "acceleration")})
        if prior.precision.shape[1:] != (SIZE, SIZE):
            raise ValueError(f"it is of {prior.precision.shape[1]} numbers, not {SIZE}")
    except (SafetensorError, KeyError, ValueError) as error:
        raise BadInputError(f"{path} does not hold a pose prior: {error}", "Fit one: understudy train prior.") from None
    return prior
