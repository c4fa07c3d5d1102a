"""What a bone's name says about it, in the words that riggers use."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from .. import slots

# Kinds of parts by the words that name them; longer words win, so "forearm" is no "arm".
_WORDS: dict[str, tuple[str, ...]] = {
    "root": ("root", "reference", "trajectory", "master"),
    "hips": ("hips", "pelvis", "hip", "cog", "bacin", "becken", "huefte"),
    "spine": ("spine", "chest", "upperchest", "abdomen", "torso", "waist", "back", "lowerback", "ribcage", "thorax",
              "spina", "wirbelsaeule", "brust", "lumbar", "sternum"),
    "neck": ("neck", "cervical", "hals", "cou"),
    "head": ("head", "skull", "cranium", "kopf", "tete"),
    "jaw": ("jaw", "mandible", "lowerjaw", "jawroot", "kiefer"),
    "eye": ("eye", "eyeball", "auge", "oeil"),
    "shoulder": ("clavicle", "collar", "collarbone", "clav", "scapula", "shoulderblade", "schluesselbein"),
    "shoulder|upper_arm": ("shoulder", "schulter", "epaule"),
    "upper_arm": ("upperarm", "uparm", "armupper", "armup", "humerus", "bicep", "biceps", "shldr", "oberarm",
                  "shldrbend"),
    "upper_arm|lower_arm": ("arm", "bras"),
    "lower_arm": ("forearm", "lowerarm", "lowarm", "loarm", "armlower", "elbow", "radius", "unterarm", "avantbras",
                  "forearmbend"),
    "hand": ("hand", "wrist", "main", "handgelenk"),
    "upper_leg": ("thigh", "upperleg", "upleg", "legupper", "femur", "oberschenkel", "cuisse", "thighbend"),
    "upper_leg|lower_leg": ("leg", "bein", "jambe"),
    "lower_leg": ("shin", "calf", "lowerleg", "lowleg", "loleg", "leglower", "knee", "tibia", "unterschenkel"),
    "foot": ("foot", "ankle", "fuss", "pied", "feet"),
    "toes": ("toe", "toes", "toebase", "ball", "football", "zehen", "orteil"),
    "thumb": ("thumb", "daumen", "pouce", "handthumb"),
    "index": ("index", "pointer", "zeigefinger", "handindex", "findex"),
    "middle": ("middle", "mid", "mittelfinger", "majeur", "handmiddle", "fmiddle"),
    "ring": ("ring", "ringfinger", "annulaire", "handring", "fring"),
    "little": ("little", "pinky", "pinkie", "kleinerfinger", "auriculaire", "handpinky", "fpinky"),
}  # fmt: skip
_KIND = {word: kind for kind, words in _WORDS.items() for word in words}
_LEFT = {"l", "left", "lt", "lft", "links", "gauche"}
_RIGHT = {"r", "right", "rt", "rgt", "rechts", "droite"}
# Words of helpers: a bone so called is none of the parts above, whatever else its name says.
_HELPERS = {
    *("twist", "roll", "ik", "pole", "target", "ctrl", "control", "end", "nub", "tip", "helper", "mch", "corrective"),
    *("socket", "offset", "hair", "skirt", "cloth", "prop", "weapon", "tail", "ear", "brow", "lid", "lip", "cheek"),
    *("tongue", "breast", "wing", "cape"),
}


@dataclass(frozen=True)
class Reading:
    """``kinds``: parts that the name may mean, such as ``upper_arm`` or ``index``; ``side`` left, right or None."""

    kinds: frozenset[str]
    side: str | None

    def means(self, slot: str) -> bool | None:
        """Whether the name says that the bone is ``slot``; None where it says nothing."""
        if not self.kinds:
            return None
        return kind_of(slot) in self.kinds and (self.side is None or self.side == slots.side_of(slot))


def kind_of(slot: str) -> str:
    """``left_index_2`` is an index, ``spine_3`` a spine."""
    side = slots.side_of(slot)
    part = slot.removeprefix(f"{side}_") if side else slot
    stem, _, number = part.rpartition("_")
    return stem if number.isdigit() else part


def readings(names: tuple[str, ...]) -> list[Reading]:
    """One reading per name; words that most bones carry, such as a character's name, are no words."""
    split = [words(name) for name in names]
    often = Counter(word for row in split for word in set(row))
    common = {word for word, count in often.items() if count > 0.6 * len(names) and word not in _KIND}
    return [_read([w for w in row if w not in common]) for row in split]


def words(name: str) -> list[str]:
    """Lower-case words of a bone's name: namespaces, separators, digits and capitals part them."""
    plain = name.rpartition(":")[2].rpartition("|")[2]
    plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", plain)
    plain = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", plain)
    return [w for w in re.split(r"[^a-z]+", plain.lower()) if w]


def _read(row: list[str]) -> Reading:
    sides = {"left" for w in row if w in _LEFT} | {"right" for w in row if w in _RIGHT}
    rest = [w for w in row if w not in _LEFT | _RIGHT]
    # "lThigh" and "rightarm" carry their side in front of one word.
    if not sides and rest:
        for letters, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
            if rest[0].startswith(letters) and rest[0][len(letters) :] in _KIND:
                sides, rest = {side}, [rest[0][len(letters) :], *rest[1:]]
                break
    side = sides.pop() if len(sides) == 1 else None
    if any(w in _HELPERS for w in rest):
        return Reading(frozenset({"helper"}), side)
    joined = "".join(rest)
    for candidate in (
        joined,
        *(a + b for a, b in itertools.pairwise(rest)),
        *sorted(rest, key=len, reverse=True),
    ):
        kind = _KIND.get(candidate)
        if kind is not None:
            if candidate == "hip" and side is not None:
                kind = "upper_leg"  # the joint of a leg, not the hips
            return Reading(frozenset(kind.split("|")), side)
    return Reading(frozenset(), side)
