"""Collections of pictures with points in the image only.

``joints`` are NaN throughout: there is no third dimension. Pictures are numbered 0, 1, …; a person of the annotation is
a place in the list of its picture, not an identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import Array, one_of, picture_numbers


@dataclass
class Person:
    """points (J,2) px, NaN where not annotated; hidden (J,); numbers and arrays of other kinds by name."""

    points: Array
    hidden: NDArray[np.bool_]
    other: dict[str, Any] = field(default_factory=dict)


def collection(title: str, joint_set: str, content: list[tuple[str, list[Person]]], hidden: str) -> Annotation:
    """Of (picture, people): joints2d, ``extra['images']`` and ``extra['occluded']``, and what people have besides."""
    one_of(hidden, ("keep", "mask"), "hidden")
    if not content:
        raise BadInputError(f"{title}: the file has no annotated people.", "Use a file with annotations.")
    most, count = max(len(people) for _, people in content), len(JOINT_SETS[joint_set])
    flat = np.full((most, len(content), count, 2), np.nan)
    occluded = np.zeros((most, len(content), count), bool)
    extra: dict[str, Any] = {"images": np.array([name for name, _ in content])}
    for t, (_, people) in enumerate(content):
        for p, person in enumerate(people):
            flat[p, t], occluded[p, t] = person.points, person.hidden
            for name, value in person.other.items():
                extra.setdefault(name, np.full((most, len(content), *np.shape(value)), np.nan))[p, t] = value
    if hidden == "mask":
        flat[occluded] = np.nan
    return Annotation(
        name=title,
        joint_names=JOINT_SETS[joint_set],
        timestamps=picture_numbers(len(content)),
        people=tuple(str(p + 1) for p in range(most)),
        joints=np.full((most, len(content), count, 3), np.nan),
        frame="camera",
        joints2d=flat[None],
        extra=extra | {"occluded": occluded},
    )
