"""Every named skeleton of the field in one place: order of joints, root, parents, limbs, and conversion by name.

A joint has the same name in two sets only when both mean the same point, so that conversion by name never mixes
definitions. Names are those of ``core.skeleton`` where a set means such a point. What differs has a name of its own:

- ``pelvis`` is the root joint that a set annotates or models itself (SMPL, Human3.6M, MuCo, MPII); ``mid_hip`` is the
  mean of the two hips (COCO-19, OpenPose, Panoptic).
- ``thorax`` is a joint of its own at the upper end of the spine (Human3.6M 13, MuCo, MPII, VNect's neck);
  ``mid_shoulder`` is the mean of the shoulders (COCO-19's Thorax, H36M-18's joint 17, the Neck of OpenPose and of
  Panoptic); ``neck`` is SMPL's; ``upper_neck`` is MPII's; ``head_bottom`` is Shelf's.
- ``head`` is SMPL's joint at the skull's base; ``head_3dhp`` that of MuCo, MuPoTS and VNect; ``lcr_head`` that of
  LCR-Net; ``neck_nose`` is Human3.6M's 14 ("Neck/Nose"); ``nose`` is the tip on the skin; ``head_top`` the crown.
- A finger's ``1``, ``2``, ``3`` are its joints from the palm out (thumb CMC, MCP, IP), then its ``tip``.

``DERIVATIONS`` says how some of them can be made or stood in for; ``convert`` does so only for those it is told to.
Sources of the orders: the papers and the documents that come with each data set, gathered in the readers' docstrings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..skeleton import (
    BODY_JOINTS,
    BODY_PARENTS,
    POSE_LANDMARKS,
    SMPLH_JOINTS,
    SMPLH_PARENTS,
    TAKE_JOINTS,
    TAKE_PARENTS,
)

Array = NDArray[np.floating]

THUMB_FIRST = ("thumb", "index", "middle", "ring", "pinky")
_OUTWARD = ("1", "2", "3", "_tip")


def _names(text: str) -> tuple[str, ...]:
    """Names from text in which ``l_`` and ``r_`` stand for left and right."""
    sides = {"l_": "left_", "r_": "right_"}
    return tuple(sides.get(word[:2], word[:2]) + word[2:] for word in text.split())


def _hand(side: str, first: str, fingers: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    chain = tuple(f"{side}_{finger}{part}" for finger in fingers for part in parts)
    return (f"{side}_{first}", *chain) if first else chain


_MUCO_21 = _names(
    "head_top thorax r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist r_hip r_knee r_ankle l_hip l_knee l_ankle "
    "pelvis spine head_3dhp r_hand l_hand r_toe l_toe"
)
_H36M_17 = _names(
    "pelvis r_hip r_knee r_ankle l_hip l_knee l_ankle spine thorax neck_nose head_top l_shoulder l_elbow l_wrist "
    "r_shoulder r_elbow r_wrist"
)
_COCO_17 = _names(
    "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist l_hip r_hip l_knee r_knee "
    "l_ankle r_ankle"
)
_MPI_15 = _names(
    "head_top upper_neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist r_hip r_knee r_ankle l_hip l_knee "
    "l_ankle chest"
)

JOINT_SETS: dict[str, tuple[str, ...]] = {
    "MuCo-21": _MUCO_21,
    "MuPoTS-17": _MUCO_21[:17],
    "VNect-21": _MUCO_21,
    "H36M-17": _H36M_17,
    "H36M-18": (*_H36M_17, "mid_shoulder"),
    # Human3.6M's own tree: ends of chains, clavicles and thumbs included.
    "H36M-32": _names(
        "pelvis r_hip r_knee r_ankle r_toe_base r_toe_end l_hip l_knee l_ankle l_toe_base l_toe_end spine_base spine "
        "thorax neck_nose head_top l_clavicle l_shoulder l_elbow l_wrist l_thumb_base l_thumb_end l_hand_base "
        "l_hand_end r_clavicle r_shoulder r_elbow r_wrist r_thumb_base r_thumb_end r_hand_base r_hand_end"
    ),
    "MPII-16": _names(
        "r_ankle r_knee r_hip l_hip l_knee l_ankle pelvis thorax upper_neck head_top r_wrist r_elbow r_shoulder "
        "l_shoulder l_elbow l_wrist"
    ),
    "COCO-17": _COCO_17,
    "COCO-19": (*_COCO_17, "mid_shoulder", "mid_hip"),
    # OpenPose's four bodies; BODY_25 and BODY_25B have equally many numbers in a file.
    "BODY_25": _names(
        "nose mid_shoulder r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist mid_hip r_hip r_knee r_ankle l_hip "
        "l_knee l_ankle r_eye l_eye r_ear l_ear l_big_toe l_small_toe l_heel r_big_toe r_small_toe r_heel"
    ),
    "BODY_25B": (
        *_COCO_17, *_names("upper_neck head_top l_big_toe l_small_toe l_heel r_big_toe r_small_toe r_heel"),
    ),
    "COCO-18": _names(
        "nose mid_shoulder r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist r_hip r_knee r_ankle l_hip l_knee "
        "l_ankle r_eye l_eye r_ear l_ear"
    ),
    "MPI-15": _MPI_15,
    "OPT-15": _MPI_15,
    "SMPL-24": (*BODY_JOINTS, "left_hand", "right_hand"),
    "SMPL-H-52": SMPLH_JOINTS,
    "TAKE": TAKE_JOINTS,
    "BlazePose-33": POSE_LANDMARKS,
    "Panoptic-19": _names(
        "mid_shoulder nose mid_hip l_shoulder l_elbow l_wrist l_hip l_knee l_ankle r_shoulder r_elbow r_wrist r_hip "
        "r_knee r_ankle l_eye l_ear r_eye r_ear"
    ),
    "Shelf-14": _names(
        "r_ankle r_knee r_hip l_hip l_knee l_ankle r_wrist r_elbow r_shoulder l_shoulder l_elbow l_wrist head_bottom "
        "head_top"
    ),
    "LCR-13": _names(
        "r_ankle l_ankle r_knee l_knee r_hip l_hip r_wrist l_wrist r_elbow l_elbow r_shoulder l_shoulder lcr_head"
    ),
    "InterHand-42": tuple(
        name
        for side in ("right", "left")
        for name in (*_hand(side, "", THUMB_FIRST, _OUTWARD[::-1]), f"{side}_wrist")
    ),
    "RHD-42": tuple(
        name for side in ("left", "right") for name in _hand(side, "wrist", THUMB_FIRST, _OUTWARD[::-1])
    ),
    # Its first point is the centre of the palm, not the wrist; all hands are left hands.
    "STB-21": _hand("left", "palm", THUMB_FIRST[::-1], _OUTWARD),
    "FreiHAND-21": _hand("right", "wrist", THUMB_FIRST, _OUTWARD),  # all hands are right hands
    "Dexter-5": _hand("left", "", THUMB_FIRST, ("_tip",)),  # all hands are left hands
    "LeftHand-21": _hand("left", "wrist", THUMB_FIRST, _OUTWARD),  # OpenPose's and MediaPipe's order
    "RightHand-21": _hand("right", "wrist", THUMB_FIRST, _OUTWARD),
}  # fmt: skip

# Joint from which a protocol measures; hands have one each, in the order of the set.
ROOTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("MuCo-21", "MuPoTS-17", "VNect-21", "H36M-17", "H36M-18", "H36M-32", "MPII-16",
         "SMPL-24", "SMPL-H-52", "TAKE"),
        ("pelvis",),
    ),
    **dict.fromkeys(("COCO-19", "BODY_25", "Panoptic-19"), ("mid_hip",)),
    "MPI-15": ("chest",),
    "OPT-15": ("chest",),
    "InterHand-42": ("right_wrist", "left_wrist"),
    "RHD-42": ("left_wrist", "right_wrist"),
    "STB-21": ("left_palm",),
    "FreiHAND-21": ("right_wrist",),
    "LeftHand-21": ("left_wrist",),
    "RightHand-21": ("right_wrist",),
}  # fmt: skip


def _hand_parents(names: tuple[str, ...]) -> tuple[int, ...]:
    """Every joint's parent is the next one towards the first joint of its hand."""
    inward = {f"{finger}{b}": f"{finger}{a}" for finger in THUMB_FIRST for a, b in pairwise(_OUTWARD)}
    parents = []
    for name in names:
        side, _, part = name.partition("_")
        base = "palm" if f"{side}_palm" in names else "wrist"
        parents.append(-1 if part == base else names.index(f"{side}_{inward.get(part, base)}"))
    return tuple(parents)


_MUCO_PARENTS = (16, 15, 1, 2, 3, 1, 5, 6, 14, 8, 9, 14, 11, 12, -1, 14, 1, 4, 7, 10, 13)
_H36M_PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)

PARENTS: dict[str, tuple[int, ...]] = {
    "MuCo-21": _MUCO_PARENTS,
    "MuPoTS-17": _MUCO_PARENTS[:17],
    "VNect-21": _MUCO_PARENTS,
    "H36M-17": _H36M_PARENTS,
    "H36M-18": (*_H36M_PARENTS, 8),
    "H36M-32": (-1, 0, 1, 2, 3, 4, 0, 6, 7, 8, 9, 0, 11, 12, 13, 14, 12, 16, 17, 18, 19, 20, 19, 22, 12, 24, 25, 26,
                27, 28, 27, 30),
    "SMPL-24": (*BODY_PARENTS, 20, 21),
    "SMPL-H-52": SMPLH_PARENTS,
    "TAKE": TAKE_PARENTS,
    **{name: _hand_parents(JOINT_SETS[name])
       for name in ("InterHand-42", "RHD-42", "STB-21", "FreiHAND-21", "LeftHand-21", "RightHand-21")},
}  # fmt: skip

_MPI_LIMBS = ((0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7), (1, 14), (14, 8), (8, 9), (9, 10), (14, 11),
              (11, 12), (12, 13))  # fmt: skip
# Pairs of joints that a protocol measures or that are drawn; sets with PARENTS have those bones.
LIMBS: dict[str, tuple[tuple[int, int], ...]] = {
    **{name: tuple((parent, j) for j, parent in enumerate(parents) if parent >= 0)
       for name, parents in PARENTS.items()},
    "H36M-18": tuple((parent, j) for j, parent in enumerate(_H36M_PARENTS) if parent >= 0),
    "MPII-16": ((0, 1), (1, 2), (2, 6), (6, 3), (3, 4), (4, 5), (6, 7), (7, 8), (8, 9), (7, 12), (12, 11), (11, 10),
                (7, 13), (13, 14), (14, 15)),
    "COCO-17": ((15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9),
                (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6)),
    "BODY_25": ((1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12), (12, 13),
                (13, 14), (1, 0), (0, 15), (15, 17), (0, 16), (16, 18), (14, 19), (19, 20), (14, 21), (11, 22),
                (22, 23), (11, 24)),
    "COCO-18": ((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
                (1, 0), (0, 14), (14, 16), (0, 15), (15, 17)),
    "MPI-15": _MPI_LIMBS,
    "OPT-15": _MPI_LIMBS,
    "Panoptic-19": ((0, 1), (0, 2), (0, 3), (3, 4), (4, 5), (2, 6), (6, 7), (7, 8), (0, 9), (9, 10), (10, 11),
                    (2, 12), (12, 13), (13, 14), (1, 15), (15, 16), (1, 17), (17, 18)),
    # The nine limbs of PCP on Campus and Shelf.
    "Shelf-14": ((0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (9, 10), (10, 11), (12, 13)),
}  # fmt: skip

_MEAN_HIPS = {"left_hip": 0.5, "right_hip": 0.5}
_MEAN_SHOULDERS = {"left_shoulder": 0.5, "right_shoulder": 0.5}
# Affine combinations of other joints. The first two hold by definition. The others stand in for a joint that a set has
# of its own: the last four as Kudo et al. 2018 make Human3.6M's joints of OpenPose's (there, pelvis is mid-hip too).
DERIVATIONS: dict[str, dict[str, float]] = {
    "mid_hip": _MEAN_HIPS,
    "mid_shoulder": _MEAN_SHOULDERS,
    "pelvis": _MEAN_HIPS,
    "thorax": _MEAN_SHOULDERS,
    "spine": {"left_hip": 0.25, "right_hip": 0.25, "left_shoulder": 0.25, "right_shoulder": 0.25},
    "neck_nose": {"nose": 1.0},
    "head_top": {"nose": 2.0, "left_shoulder": -0.5, "right_shoulder": -0.5},
}


def joint_names(joint_set: str | Sequence[str]) -> tuple[str, ...]:
    """Names of a set by its own name, or the names given. Raises BadInputError naming the sets there are."""
    if not isinstance(joint_set, str):
        return tuple(joint_set)
    if joint_set not in JOINT_SETS:
        raise BadInputError(f"There is no joint set {joint_set!r}.", f"Known: {', '.join(JOINT_SETS)}.")
    return JOINT_SETS[joint_set]


def flip_pairs(joint_set: str | Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Pairs of indices (smaller first) that change places when a picture is mirrored."""
    names = joint_names(joint_set)
    other = {"left": "right", "right": "left"}
    mirrored = ["_".join(other.get(word, word) for word in name.split("_")) for name in names]
    return tuple((i, names.index(name)) for i, name in enumerate(mirrored) if name in names[i + 1 :])


def missing(source: str | Sequence[str], target: str | Sequence[str], derive: Iterable[str] = ()) -> tuple[str, ...]:
    """Joints of ``target`` that ``convert`` would leave NaN."""
    have = joint_names(source)
    derived = {name for name in derive if set(DERIVATIONS.get(name, {name: 1.0})) <= set(have)}
    return tuple(name for name in joint_names(target) if name not in have and name not in derived)


def convert(
    joints: Array, source: str | Sequence[str], target: str | Sequence[str], derive: Iterable[str] = ()
) -> Array:
    """Joints (…,J,3) or (…,J,2) of ``source`` in the order of ``target``, NaN where the source has no such joint.

    Both are names of ``JOINT_SETS`` or tuples of joint names. ``derive`` names the joints that may be made of others by
    ``DERIVATIONS`` when the source lacks them; nothing is derived unasked. Floating type is kept. Raises BadInputError
    for an unknown set or derivation, or when the array does not have the source's number of joints.
    """
    have, want, derive = joint_names(source), joint_names(target), tuple(derive)
    unknown = [name for name in derive if name not in DERIVATIONS]
    if unknown:
        raise BadInputError(f"No rule derives {', '.join(unknown)}.", f"Known: {', '.join(DERIVATIONS)}.")
    points = np.asarray(joints)
    if points.ndim < 2 or points.shape[-2] != len(have) or points.shape[-1] not in (2, 3):
        label = source if isinstance(source, str) else "the source"
        raise BadInputError(
            f"The joints have shape {points.shape}; {label} has {len(have)} joints of 2 or 3 coordinates.",
            "Check which joint set the file holds.",
        )
    dtype = np.result_type(points.dtype, np.float32)
    out = np.full((*points.shape[:-2], len(want), points.shape[-1]), np.nan, dtype)
    for j, name in enumerate(want):
        if name in have:
            out[..., j, :] = points[..., have.index(name), :]
        elif name in derive and set(DERIVATIONS[name]) <= set(have):
            rule = DERIVATIONS[name]
            picked = points[..., [have.index(part) for part in rule], :]
            out[..., j, :] = np.einsum("k,...kd->...d", np.array(list(rule.values())), picked)
    return out
