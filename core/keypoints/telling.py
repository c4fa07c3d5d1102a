"""BODY_25 and BODY_25B have equally many numbers in a file: which it is, from the folder's name or bone lengths."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..evaluate.joint_sets import JOINT_SETS

Array = NDArray[np.floating]

_CANDIDATES = ("BODY_25", "BODY_25B")
_NAMED = {"BODY_25B": re.compile(r"body[_\- ]?25b", re.IGNORECASE),
          "BODY_25": re.compile(r"body[_\- ]?25(?![0-9b])", re.IGNORECASE)}  # fmt: skip
# Lengths over that of the trunk, from the middle of the shoulders to that of the hips, on the free body.
_LENGTHS: dict[tuple[str, str], float] = {
    ("shoulder", "elbow"): 0.54, ("elbow", "wrist"): 0.48, ("hip", "knee"): 0.80, ("knee", "ankle"): 0.87,
    ("ankle", "heel"): 0.13, ("eye", "ear"): 0.18,
}  # fmt: skip
_ACROSS = {"shoulder": 0.72, "hip": 0.38, "eye": 0.13}
# A length this far off (natural logarithm) is as wrong as can be; readings nearer than this factor are not told apart.
_WORST, _CLEAR = 2.0, 1.4


def tell_body_25(folder: Path, body: Array) -> tuple[str, str]:
    """``BODY_25`` or ``BODY_25B``, and why, from a folder's name, else from its people (…, 25, 3).

    Raises BadInputError where neither tells.
    """
    for part in (folder.name, folder.absolute().parent.name):
        named = [name for name in _CANDIDATES if _NAMED[name].search(part)]
        if len(named) == 1:
            return named[0], f"by the name of the folder {part}"
    people = np.where(body[..., 2:] > 0, body[..., :2], np.nan).reshape(-1, 25, 2)
    misfits = {name: misfit(people, JOINT_SETS[name]) for name in _CANDIDATES}
    best, other = sorted(_CANDIDATES, key=lambda name: misfits[name])
    if not np.isfinite(misfits[best]) or misfits[other] < _CLEAR * misfits[best]:
        raise BadInputError(
            f"{folder}: 25 points may be BODY_25 or BODY_25B, and the people in it do not tell.",
            "Give --keypoints-format BODY_25 or BODY_25B.",
        )
    far = f"by {misfits[other]:.2f}" if np.isfinite(misfits[other]) else "beyond telling"
    return best, f"by bone lengths, which are off by {misfits[best]:.2f} as {best} and {far} as {other}"


def misfit(people: Array, names: tuple[str, ...]) -> float:
    """How far the lengths of people (P, J, 2), NaN where not found, are from a body's.

    The mean over bones of the median of the absolute logarithm of their ratio, at most 2; infinite where less than half
    of the bones was ever seen.
    """

    def at(name: str) -> Array:
        return people[:, names.index(name)]

    def apart(a: str, b: str) -> Array:
        return np.linalg.norm(at(a) - at(b), axis=-1)

    along = at("left_shoulder") + at("right_shoulder") - at("left_hip") - at("right_hip")
    trunk = np.linalg.norm(along, axis=-1) / 2
    # Of somebody without hips the shoulders tell the size.
    trunk = np.where(np.isfinite(trunk), trunk, apart("left_shoulder", "right_shoulder") / _ACROSS["shoulder"])
    lengths = [
        (apart(f"{side}_{a}", f"{side}_{b}"), length)
        for (a, b), length in _LENGTHS.items()
        for side in ("left", "right")
    ]
    lengths += [(apart(f"left_{part}", f"right_{part}"), length) for part, length in _ACROSS.items()]
    errors = []
    for found, length in lengths:
        ratio = found / np.maximum(trunk, 1e-6) / length
        known = np.isfinite(ratio)
        if known.any():
            off = np.abs(np.log(np.maximum(ratio[known], 1e-6)))
            errors.append(min(float(np.median(off)), _WORST))
    return float(np.mean(errors)) if len(errors) >= len(lengths) / 2 else float("inf")
