"""The parts of a person that bones are mapped to, by one set of names: VRM's and Godot's terms in lower case.

Chains are numbered from the root of the body outwards and may have any length: ``spine_1``…, ``neck_1``…. Fingers are
``left_index_1`` (at the knuckle) to ``left_index_3``, with ``left_index_0`` for a metacarpal; a thumb's first bone is
``left_thumb_1``, its metacarpal.
"""

from __future__ import annotations

import re
from collections.abc import Container

SIDES: tuple[str, ...] = ("left", "right")
FINGERS: tuple[str, ...] = ("thumb", "index", "middle", "ring", "little")
ARM: tuple[str, ...] = ("shoulder", "upper_arm", "lower_arm", "hand")
LEG: tuple[str, ...] = ("upper_leg", "lower_leg", "foot", "toes")
CENTRE: tuple[str, ...] = ("root", "hips", "head", "jaw")
MOST_SPINE, MOST_NECK = 10, 6

# Without these no motion can be carried over.
REQUIRED: tuple[str, ...] = (
    "hips", "head",
    *(f"{side}_{part}" for side in SIDES for part in (*ARM[1:], *LEG[:3])),
)  # fmt: skip

_SLOT = re.compile(
    r"root|hips|head|jaw|spine_\d+|neck_\d+|(left|right)_("
    + "|".join((*ARM, *LEG, "eye", *(f"{finger}_[0-3]" for finger in FINGERS)))
    + ")"
)


def is_slot(name: str) -> bool:
    """Whether ``name`` is a part of a person."""
    return _SLOT.fullmatch(name) is not None


def side_of(slot: str) -> str | None:
    """``left``, ``right``, or None for what lies in the middle."""
    side = slot.partition("_")[0]
    return side if side in SIDES else None


def mirrored(slot: str) -> str:
    """The slot on the other side; middle ones are their own."""
    side, _, part = slot.partition("_")
    return f"{SIDES[1 - SIDES.index(side)]}_{part}" if side in SIDES else slot


def parent_slot(slot: str) -> str | None:
    """What a part hangs on in a person, if nothing between is left out; None for the root."""
    side, _, part = slot.partition("_")
    if slot == "root":
        return None
    if slot == "hips":
        return "root"
    if side in ("spine", "neck"):
        return f"{side}_{int(part) - 1}" if int(part) > 1 else {"spine": "hips", "neck": f"spine_{MOST_SPINE}"}[side]
    if slot == "head":
        return f"neck_{MOST_NECK}"
    if slot == "jaw" or part == "eye":
        return "head"
    if part in ARM:
        return f"{side}_{ARM[ARM.index(part) - 1]}" if part != "shoulder" else f"spine_{MOST_SPINE}"
    if part in LEG:
        return f"{side}_{LEG[LEG.index(part) - 1]}" if part != "upper_leg" else "hips"
    finger, _, number = part.partition("_")
    first = 1 if finger == "thumb" else 0
    return f"{side}_{finger}_{int(number) - 1}" if int(number) > first else f"{side}_hand"


def nearest_above(slot: str, present: Container[str]) -> str | None:
    """The closest part among ``present`` that ``slot`` hangs on."""
    above = parent_slot(slot)
    while above is not None and above not in present:
        above = parent_slot(above)
    return above


def chain(kind: str, present: Container[str]) -> list[str]:
    """The slots ``spine_1``…, ``neck_1``… that are present, from the hips outwards."""
    most = {"spine": MOST_SPINE, "neck": MOST_NECK}[kind]
    return [name for name in (f"{kind}_{i}" for i in range(1, most + 1)) if name in present]


def finger(side: str, name: str, present: Container[str]) -> list[str]:
    """The phalanges of a finger that are present, from the palm outwards, without its metacarpal."""
    return [slot for slot in (f"{side}_{name}_{i}" for i in (1, 2, 3)) if slot in present]


def label(slot: str) -> str:
    """As users read it: ``left_upper_arm`` is Left upper arm, ``spine_2`` is Spine 2."""
    return slot.replace("_", " ").capitalize()
