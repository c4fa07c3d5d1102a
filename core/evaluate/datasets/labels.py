"""Joint names of other programs, where they mean a joint of ours; other labels stay as they are.

A bare "Neck", "Head" or "Hip" is not translated: programs mean different points by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..joint_sets import JOINT_SETS

_PARTS = {
    "shoulder": "shoulder", "elbow": "elbow", "wrist": "wrist", "hip": "hip", "knee": "knee", "ankle": "ankle",
    "heel": "heel", "bigtoe": "big_toe", "smalltoe": "small_toe", "eye": "eye", "ear": "ear",
}  # fmt: skip
# In a skeleton's tree a bone carries the name, and its joint is where the bone begins.
_BONES = {
    "upleg": "hip", "leg": "knee", "foot": "ankle", "toebase": "toe_base", "shoulder": "clavicle", "arm": "shoulder",
    "forearm": "elbow", "hand": "wrist",
}  # fmt: skip
_KNOWN = {name for names in JOINT_SETS.values() for name in names}

MARKERS: dict[str, str] = {
    "nose": "nose",
    **{f"{short}{part}": f"{side}_{name}"
       for side in ("left", "right") for short in (side, side[0]) for part, name in _PARTS.items()},
}  # fmt: skip
BONES: dict[str, str] = {
    "hips": "pelvis",
    **{f"{side}{part}": f"{side}_{name}" for side in ("left", "right") for part, name in _BONES.items()},
}


def canonical(labels: Sequence[str], table: Mapping[str, str], own: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Joint names for a file's labels: by ``own`` (the user's), else our own names as they are, else by ``table``
    without regard to case, underscores, spaces and a prefix before a colon. A name given away is not given twice."""
    own = own or {}
    names = []
    for label in labels:
        plain = "".join(c for c in label.split(":")[-1].lower() if c.isalnum())
        name = own.get(label) or (label if label in _KNOWN else table.get(plain, label))
        names.append(label if name in names else name)
    return tuple(names)
