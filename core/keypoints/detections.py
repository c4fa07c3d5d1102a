"""What a detector found in the frames of one camera, whichever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..evaluate.joint_sets import JOINT_SETS

Array = NDArray[np.floating]

# COCO's body with the feet of COCO-WholeBody.
WHOLE_BODY = "COCO-WholeBody"
_FEET = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("big_toe", "small_toe", "heel"))
NAMES: dict[str, tuple[str, ...]] = {
    **{name: JOINT_SETS[name] for name in ("BODY_25", "BODY_25B", "COCO-18", "MPI-15", "COCO-17")},
    WHOLE_BODY: (*JOINT_SETS["COCO-17"], *_FEET),
}


@dataclass(frozen=True)
class Detections:
    """T frames with at most N people each.

    ``joint_set``: a key of ``NAMES``; ``frames`` (T,) int, increasing numbers of the frames;
    ``body`` (T, N, J, 3) x px, y px, confidence: NaN, NaN, 0 where not found; ``left_hand`` and ``right_hand``
    (T, N, 21, 3), ``face`` (T, N, 68 or 70, 3), or None; ``person_ids`` (T, N): the same number means the same person,
    −1 where the file does not say. ``openpose``: whether the confidences are maxima of OpenPose's maps. ``told``: lines
    for the user on what was decided about the file.
    """

    joint_set: str
    frames: NDArray[np.integer]
    person_ids: NDArray[np.integer]
    body: Array
    left_hand: Array | None = None
    right_hand: Array | None = None
    face: Array | None = None
    openpose: bool = True
    told: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        frames, people = self.body.shape[:2]
        if self.frames.shape != (frames,) or self.person_ids.shape != (frames, people):
            raise ValueError(f"frames {self.frames.shape}, ids {self.person_ids.shape} for bodies {self.body.shape}")
        if (np.diff(self.frames) <= 0).any():
            raise ValueError("the frames' numbers must increase")
