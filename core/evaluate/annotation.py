"""What a data set, a motion file or a truth take says about people: the border between readers and metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..take import TakeCameras

Array = NDArray[Any]
Frame = Literal["world", "camera"]


@dataclass(frozen=True)
class Annotation:
    """P people over T frames with the J joints called ``joint_names``.

    joints (P,T,J,3) metres, NaN where not annotated (the mask is NaN, never zero); ``frame`` says whether they lie in
    a Z-up world or in camera 0's axes (OpenCV: x right, y down, z forward). joints2d (C,P,T,J,2) upright full-size
    pixels, NaN where not annotated. timestamps (T,) seconds; NaN-free and increasing; image collections number their
    pictures 0, 1, …. ``cameras`` where the data set gives any. ``hand_type`` (P,T) for hand data: 'left', 'right' or
    '' per person and frame, or 'interacting' where one person stands for both. ``extra`` holds arrays of one dialect
    only, under documented names.
    """

    name: str
    joint_names: tuple[str, ...]
    timestamps: Array
    people: tuple[str, ...]
    joints: Array
    frame: Frame
    joints2d: Array | None = None
    cameras: TakeCameras | None = None
    hand_type: Array | None = None
    extra: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = (len(self.people), len(self.timestamps), len(self.joint_names), 3)
        if np.shape(self.joints) != expected:
            raise BadInputError(
                f"{self.name}: joints have shape {np.shape(self.joints)}, expected {expected} "
                "(people, frames, joints, 3).",
                "Check that the files belong to one recording.",
            )
        if self.joints2d is not None and np.shape(self.joints2d)[1:] != (*expected[:3], 2):
            raise BadInputError(
                f"{self.name}: 2D joints have shape {np.shape(self.joints2d)}, expected (cameras, *{expected[:3]}, 2).",
                "Check that the files belong to one recording.",
            )
        if self.hand_type is not None and np.shape(self.hand_type) != expected[:2]:
            raise BadInputError(
                f"{self.name}: hand types have shape {np.shape(self.hand_type)}, expected {expected[:2]}.",
                "Check that the files belong to one recording.",
            )
