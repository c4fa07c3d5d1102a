"""What the user chooses for a retarget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...core.errors import BadInputError

RootMotion = Literal["hips", "root", "object", "in_place"]
Travel = Literal["scaled", "world"]
ROOT_MOTIONS: tuple[RootMotion, ...] = ("hips", "root", "object", "in_place")
TRAVELS: tuple[Travel, ...] = ("scaled", "world")


@dataclass(frozen=True)
class RetargetSettings:
    """``root_motion``: what carries the way over the floor and the heading: the hips alone, the root bone, the object,
    or nothing. ``travel``: ways over the floor in proportion to the legs, or as long as they were. ``plant_feet``: feet
    that stand stay where they are; ``hold_hands``: palms that rest on something, and hands that touch, keep doing so.
    """

    root_motion: RootMotion = "hips"
    travel: Travel = "scaled"
    plant_feet: bool = True
    hold_hands: bool = True

    def __post_init__(self) -> None:
        for name, value, known in (
            ("root motion", self.root_motion, ROOT_MOTIONS),
            ("travel", self.travel, TRAVELS),
        ):
            if value not in known:
                raise BadInputError(f"Unknown {name} {value!r}.", f"Use one of: {', '.join(known)}.")
