"""How long the unit of a camera's path is: feet that stand in the world must not be carried along by the camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..camera.path import CameraPath
from ..smooth.filter import smooth
from .standing import CameraPerson

Array = NDArray[np.floating]

# The scene's usual depth, against that of the people: where nothing tells the unit, and how surely it is known.
_USUAL, _SPREAD = 1.3, 0.5
# Moves of feet are compared over this long (s), in which a camera gets ahead of the landmarks' trembling.
_STEP = 0.2
# Expected error (m) of a standing foot's move in that time.
_ERROR = 0.06
_DEPTH_CUTOFF = 1.5
_ROUNDS = 8


def path_unit(path: CameraPath, people: list[CameraPerson], timestamps: Array) -> float:
    """Metres per unit of the path.

    people: joints and soles in each frame's own camera axes. The unit is the one at which the slower foot of everybody
    moves least from frame to frame, robustly: feet in the air are outliers.
    """
    depth = float(np.median(np.concatenate([p.joints[:, 0, 2] for p in people])))
    usual = _USUAL * depth
    step = max(1, round(_STEP / float(np.median(np.diff(timestamps))))) if len(timestamps) > 1 else 1
    if len(timestamps) <= step:
        return usual
    moved = path.centres[step:] - path.centres[:-step]
    turns = np.swapaxes(path.rotations, 1, 2)
    feet, weights = [], []
    for person in people:
        # Depths tremble most, and are shared by both feet.
        soles = person.soles.copy()
        soles *= smooth(soles[..., 2:], timestamps, _DEPTH_CUTOFF) / np.maximum(soles[..., 2:], 0.1)
        place = soles @ turns
        feet.append(place[step:] - place[:-step])
        weights.append(np.minimum(person.feet[step:], person.feet[:-step]))
    shift, weight = np.concatenate(feet, axis=1), np.concatenate(weights, axis=1)
    unit = usual
    for _ in range(_ROUNDS):
        left = np.linalg.norm(shift + unit * moved[:, None], axis=-1)
        robust = weight / (1 + (left / _ERROR) ** 2) ** 2 / _ERROR**2
        # Frames repeat one measurement over a step.
        robust /= step
        square = float((robust * np.sum(moved**2, -1)[:, None]).sum())
        across = float((robust * np.sum(shift * moved[:, None], -1)).sum())
        prior = 1 / (_SPREAD * usual) ** 2
        unit = (usual * prior - across) / (square + prior)
    return float(np.clip(unit, 0.2 * usual, 5 * usual))
