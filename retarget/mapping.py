"""Which bone of a rig stands for which part of a person, and which bones follow along."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from typing import Literal

from ..core.errors import BadInputError
from . import slots
from .rig import Rig

At = Literal["start", "end", "inline"]
SURE = 0.9  # a bone below this is shown to the user as a question


@dataclass(frozen=True)
class Twist:
    """A bone that shares a limb's twist.

    ``start``: a leaf near the limb's first joint, which takes ``share`` of the limb's own twist against the trunk;
    ``end``: a leaf near its last joint, which takes ``share`` of the next part's, as a forearm does of the hand's;
    ``inline``: a bone above the one that the slot names, which takes ``share`` of the limb's twist (0: swing only).
    """

    bone: str
    slot: str
    at: At
    share: float

    def __post_init__(self) -> None:
        if self.at not in ("start", "end", "inline") or not 0 <= self.share <= 1:
            raise BadInputError(
                f"Twist bone {self.bone!r}: at {self.at!r} with share {self.share}.",
                "Use start, end or inline, and a share from 0 to 1.",
            )


@dataclass(frozen=True)
class BoneMap:
    """``bones``: slot to bone; ``confidence``: slot to the estimated probability that this is right, 1 where chosen by
    hand; ``follows``: bones that move rigidly with a slot's, such as engines' IK bones; ``dialect``: where it is from.

    A rig with ``controls`` is moved by them alone, and its slots' bones are only measured: the controls are what
    follows, and ``poles``, bone to slot of the upper limb whose middle joint they aim. ``switches``: properties of
    bones to set, such as IK or FK.
    """

    bones: Dict[str, str]
    confidence: Dict[str, float] = field(default_factory=dict)
    twists: tuple[Twist, ...] = ()
    follows: Dict[str, str] = field(default_factory=dict)
    dialect: str = ""
    controls: bool = False
    poles: Dict[str, str] = field(default_factory=dict)
    switches: Dict[str, Dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for slot in self.bones:
            if not slots.is_slot(slot):
                raise BadInputError(f"No part of a person is called {slot!r}.", "Use names such as left_upper_arm.")
        taken: dict[str, str] = {}
        for slot, bone in self.bones.items():
            if bone in taken:
                raise BadInputError(
                    f"Bone {bone!r} stands for both {slots.label(taken[bone])} and {slots.label(slot)}.",
                    "Choose another bone for one of them.",
                )
            taken[bone] = slot

    def sure(self, slot: str) -> bool:
        """Whether a slot's bone needs no second look."""
        return self.confidence.get(slot, 1.0) >= SURE

    def first(self, slot: str) -> str:
        """The bone at whose head a part begins: the one above, where two bones in line make a limb."""
        return next((t.bone for t in self.twists if t.slot == slot and t.at == "inline"), self.bones[slot])

    @property
    def unsure(self) -> tuple[str, ...]:
        """The mapped slots that need a second look."""
        return tuple(slot for slot in self.bones if not self.sure(slot))

    @property
    def missing(self) -> tuple[str, ...]:
        """Slots without which no motion can be carried over."""
        return tuple(slot for slot in slots.REQUIRED if slot not in self.bones)

    def with_bone(self, slot: str, bone: str | None) -> BoneMap:
        """The map with one slot chosen by hand; None takes the slot out. A bone leaves the slot that it had before."""
        bones = {s: b for s, b in self.bones.items() if s != slot and b != bone}
        confidence = {s: c for s, c in self.confidence.items() if s in bones}
        if bone is not None:
            bones[slot], confidence[slot] = bone, 1.0
        return replace(self, bones=bones, confidence=confidence)

    def check(self, rig: Rig) -> None:
        """Raises BadInputError where the map does not fit the rig: bones it lacks, parts that are missing, a part that
        hangs on the wrong one."""
        for bone in (*self.bones.values(), *(t.bone for t in self.twists), *self.follows, *self.poles):
            if bone not in rig.index:
                raise BadInputError(f"The rig has no bone {bone!r}.", "Map the rig again, or pick another bone.")
        if self.missing:
            names = ", ".join(slots.label(slot) for slot in self.missing)
            raise BadInputError(f"No bone is mapped to: {names}.", "Pick one for each in the mapping panel.")
        for slot, bone in self.bones.items():
            above = slots.nearest_above(slot, self.bones)
            if above is not None and rig.index[self.bones[above]] in _below(rig, rig.index[bone]):
                raise BadInputError(
                    f"{slots.label(above)} ({self.bones[above]!r}) hangs below {slots.label(slot)} ({bone!r}).",
                    "Swap the two in the mapping panel.",
                )


def _below(rig: Rig, bone: int) -> set[int]:
    found: set[int] = set()
    waiting = list(rig.children[bone])
    while waiting:
        found.add(waiting[-1])
        waiting.extend(rig.children[waiting.pop()])
    return found
