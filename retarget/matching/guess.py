"""Maps any rig: by its dialect where it has a known one, else by structure and names, each bone with a confidence."""

from __future__ import annotations

import itertools

from .. import slots
from ..mapping import BoneMap
from ..rig import Rig
from .exact import recognise
from .names import Reading, readings
from .structure import Guess, match_structure

_AGREE, _CONFLICT, _NAME_ONLY = 0.98, 0.45, 0.7
_TRUST = 0.6  # share of names that agree with the structure, below which names mean something else here
_FACING = 0.5  # below this, feet do not say which way is forward


def map_rig(rig: Rig) -> BoneMap:
    """The best map of a rig; whatever is not certain is unsure, and what cannot be told is left out."""
    known = recognise(rig)
    return known if known is not None and _hangs_together(rig, known) else guess_map(rig)


def guess_map(rig: Rig) -> BoneMap:
    """A map by structure and names alone."""
    found, spoken = match_structure(rig), readings(rig.names)
    said = {slot: spoken[bone].means(slot) for slot, bone in found.bones.items()}
    voices = [v for v in said.values() if v is not None]
    trusted = not voices or sum(voices) / len(voices) >= _TRUST
    bones = {slot: rig.names[bone] for slot, bone in found.bones.items()}
    confidence = dict(found.confidence)
    for slot, voice in said.items():
        if trusted and voice is not None:
            confidence[slot] = _AGREE if voice else _CONFLICT
    if found.facing < _FACING and not (trusted and _sides_said(said)):
        # Left and right may be the wrong way round.
        confidence.update({slot: min(confidence[slot], _CONFLICT) for slot in bones if slots.side_of(slot)})
    if trusted:
        _add_named(rig, spoken, found, bones, confidence)
    return BoneMap(bones, confidence)


def _sides_said(said: dict[str, bool | None]) -> bool:
    sided = [v for slot, v in said.items() if slots.side_of(slot) and v is not None]
    return len(sided) >= 4 and all(sided)


def _add_named(
    rig: Rig, spoken: list[Reading], found: Guess, bones: dict[str, str], confidence: dict[str, float]
) -> None:
    """Parts that the structure does not tell but a name does, if one name alone says so; they stay unsure."""
    taken = set(found.bones.values())
    single = (
        "root",
        "hips",
        "head",
        "jaw",
        *(f"{s}_{p}" for s in slots.SIDES for p in (*slots.ARM, *slots.LEG, "eye")),
    )
    for slot in single:
        if slot in bones:
            continue
        side = slots.side_of(slot)
        saying = [
            b for b, r in enumerate(spoken)
            if b not in taken and len(r.kinds) == 1 and r.means(slot) and r.side == side
        ]  # fmt: skip
        if len(saying) == 1:
            bones[slot], confidence[slot] = rig.names[saying[0]], _NAME_ONLY
            taken.add(saying[0])


def _hangs_together(rig: Rig, known: BoneMap) -> bool:
    """Whether the limbs of a recognised rig hang on one another; shuffled names do not."""
    for side in slots.SIDES:
        for limb in (slots.ARM[1:], slots.LEG[:3]):
            for above, below in itertools.pairwise(limb):
                parent = rig.index[known.bones[f"{side}_{above}"]]
                if parent not in rig.above(rig.index[known.bones[f"{side}_{below}"]]):
                    return False
    return True
