"""Rigs whose bones carry the names of a known dialect."""

from __future__ import annotations

from dataclasses import dataclass

from .. import slots
from ..dialects.reader import Dialect, dialects
from ..mapping import BoneMap, Twist
from ..rig import Rig

_LEAST_SHARE = 0.35  # of a dialect's bones: fingers, eyes and jaws are often left out


@dataclass(frozen=True)
class Recognised:
    """A dialect that fits: ``share`` of its bones are there, ``count`` in number."""

    dialect: Dialect
    map: BoneMap
    count: int
    share: float


def recognise(rig: Rig) -> BoneMap | None:
    """The map of the dialect that explains most of the rig's bones; None where none has all that is required."""
    found = [fit for dialect in dialects().values() if (fit := fit_dialect(rig, dialect)) is not None]
    if not found:
        return None
    return max(found, key=lambda fit: (fit.count, fit.share)).map


def fit_dialect(rig: Rig, dialect: Dialect) -> Recognised | None:
    """The rig read as ``dialect``; None where required bones or its signature are missing."""
    names: dict[str, str] = {}
    for bone in rig.names:
        names.setdefault(dialect.plain(bone), bone)
    if any(bone not in names for bone in dialect.signature):
        return None
    present = {slot: names[bone] for slot, bone in dialect.bones.items() if bone in names}
    share = len(present) / len(dialect.bones)
    if share < _LEAST_SHARE or any(slot not in present for slot in slots.REQUIRED):
        return None
    bones = _renumbered(present)
    twists = tuple(
        Twist(names[t.bone], t.slot, t.at, t.share) for t in dialect.twists if t.bone in names and t.slot in bones
    )
    follows = {names[bone]: slot for bone, slot in dialect.follows.items() if bone in names and slot in bones}
    confidence = dict.fromkeys(bones, 1.0)
    count = len(present) + len(twists) + len(follows) + len(dialect.signature)
    found = BoneMap(
        bones,
        confidence,
        twists,
        follows,
        dialect.name,
        dialect.controls,
        poles={names[bone]: slot for bone, slot in dialect.poles.items() if bone in names and slot in bones},
        switches={names[bone]: values for bone, values in dialect.switches.items() if bone in names},
    )
    return Recognised(dialect, found, count, share)


def _renumbered(present: dict[str, str]) -> dict[str, str]:
    """Spine and neck without holes in their numbers, where a rig leaves some of the dialect's out."""
    bones = dict(present)
    for kind in ("spine", "neck"):
        chain = slots.chain(kind, present)
        for slot in chain:
            del bones[slot]
        bones.update({f"{kind}_{i}": present[slot] for i, slot in enumerate(chain, 1)})
    return bones
