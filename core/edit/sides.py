"""Left and right: the mirrored motion, and the cure where the capture took one side for the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..rotation import quaternion_conjugate, quaternion_multiply
from ..skeleton import JOINT_INDEX
from .base import Edit, choice, influence, mix, number
from .limbs import limb, reach
from .motion import Motion
from .parts import LEVELS, MIRRORED_CONTACTS, MIRRORED_JOINTS, PARENTS, part_joints

Array = NDArray[Any]

# Reflection in the plane x = 0, as it acts on quaternions.
_REFLECT = np.array([1.0, 1.0, -1.0, -1.0])
_HALF_TURN = np.array([0.0, 0.0, 1.0, 0.0])  # about the template's vertical
_FINGERS = part_joints("hands")
_LIMB_JOINTS = {
    "legs": part_joints("legs"),
    "arms": tuple(JOINT_INDEX[f"{s}_{name}"] for s in ("left", "right") for name in ("shoulder", "elbow", "wrist")),
    "hands": tuple(JOINT_INDEX[f"{s}_wrist"] for s in ("left", "right")),
}


@dataclass(frozen=True)
class Mirror(Edit):
    """The whole motion seen in a mirror that stands across the world's X axis where the person starts."""

    kind: ClassVar[str] = "mirror"
    label: ClassVar[str] = "Mirror"

    def edited(self, motion: Motion) -> Motion:
        weight = influence(motion, self, fade_s=0.0)
        pelvis = motion.pelvis * [-1.0, 1.0, 1.0] + [2 * motion.pelvis[0, 0], 0.0, 0.0]
        mirrored = with_sides_exchanged(motion).replace(
            rotations=motion.rotations[:, MIRRORED_JOINTS] * _REFLECT, pelvis=pelvis
        )
        return _where(weight > 0, mirrored, motion)


@dataclass(frozen=True)
class SwapSides(Edit):
    """Gives back what was captured as the other side's, in the range: legs, arms, hands, or the whole body.

    Wrists and ankles go where the other side's were, limbs bend where the other's bent; fingers are mirrored. ``whole``
    also turns the body to face the other way. ``fade_s``: blend at the range's ends.
    """

    kind: ClassVar[str] = "swap_sides"
    label: ClassVar[str] = "Swap left and right"

    what: str = choice("legs", "arms", "hands", "whole")
    fade_s: float = number(0.0, 0, 1)

    def edited(self, motion: Motion) -> Motion:
        weight = influence(motion, self, self.fade_s)
        touched = np.flatnonzero(weight > 0)
        if self.what == "hands":
            swapped = self._hands(motion.take(touched))
        else:
            swapped = self._limbs(motion.take(touched))
        rotations = motion.rotations.copy()
        rotations[touched] = swapped.rotations
        blended = mix(motion, motion.replace(rotations=rotations), weight)
        return self._measures(blended, weight > 0.5)

    def _hands(self, motion: Motion) -> Motion:
        turned = motion.global_rotations()
        wrists = np.array(_LIMB_JOINTS["hands"])
        turned[:, wrists] = quaternion_multiply(turned[:, wrists[::-1]], _HALF_TURN)
        return motion.replace(rotations=_with_mirrored_fingers(to_local(turned), motion.rotations))

    def _limbs(self, motion: Motion) -> Motion:
        whole = self.what == "whole"
        parts = ("legs", "arms") if whole else (self.what,)
        before = motion.joints()
        old = motion.global_rotations()
        turned = old.copy()
        joints = np.arange(22) if whole else np.array(_LIMB_JOINTS[self.what])
        turned[:, joints] = old[:, MIRRORED_JOINTS[joints]]
        # Arms lie along the template's ∓x at rest: half a turn brings one onto the other, palms down.
        half = joints if whole else joints[np.isin(joints, _LIMB_JOINTS["arms"])]
        turned[:, half] = quaternion_multiply(turned[:, half], _HALF_TURN)
        local = to_local(turned)
        if "arms" in parts:
            local = _with_mirrored_fingers(local, motion.rotations)
        else:
            local[:, _FINGERS] = motion.rotations[:, _FINGERS]
        rest = motion.rest * motion.scale
        for part in parts:
            for side, other in (("left", "right"), ("right", "left")):
                local = reach(local, motion.pelvis, rest, limb(side, part), before[:, limb(other, part)[2]])
        return motion.replace(rotations=local)

    def _measures(self, motion: Motion, swapped: Array) -> Motion:
        """Contacts and confidence follow the limbs."""
        joints = np.arange(52)
        feet, palms = self.what in ("legs", "whole"), self.what in ("arms", "hands", "whole")
        chosen = {"legs": _LIMB_JOINTS["legs"], "arms": (*_LIMB_JOINTS["arms"], *_FINGERS)}
        chosen["hands"] = (*_LIMB_JOINTS["hands"], *_FINGERS)
        moved = joints if self.what == "whole" else np.array(chosen[self.what])
        source = joints.copy()
        source[moved] = MIRRORED_JOINTS[moved]
        points = np.arange(6)
        if feet:
            points[:4] = MIRRORED_CONTACTS[:4]
        if palms:
            points[4:] = MIRRORED_CONTACTS[4:]
        scores = motion.hand_scores[:, ::-1] if palms else motion.hand_scores
        return motion.replace(
            confidence=np.where(swapped[:, None], motion.confidence[:, source], motion.confidence),
            contacts=np.where(swapped[:, None], motion.contacts[:, points], motion.contacts),
            hand_scores=np.where(swapped[:, None], scores, motion.hand_scores),
        )


def with_sides_exchanged(motion: Motion) -> Motion:
    """Contacts, confidence and hand scores of the other side."""
    return motion.replace(
        contacts=motion.contacts[:, MIRRORED_CONTACTS],
        confidence=motion.confidence[:, MIRRORED_JOINTS],
        hand_scores=motion.hand_scores[:, ::-1],
    )


def to_local(turned: Array) -> Array:
    """Local quaternions (…, 52, 4) of global ones."""
    local = turned.copy()
    for joints in LEVELS:
        local[..., joints, :] = quaternion_multiply(
            quaternion_conjugate(turned[..., PARENTS[joints], :]), turned[..., joints, :]
        )
    return local


def _with_mirrored_fingers(local: Array, before: Array) -> Array:
    """``local`` with the fingers of the other hand of ``before``, mirrored."""
    fingers = np.array(_FINGERS)
    local[:, fingers] = before[:, MIRRORED_JOINTS[fingers]] * _REFLECT
    return local


def _where(chosen: Array, after: Motion, before: Motion) -> Motion:
    """``after`` in the frames (T,) that are true, ``before`` elsewhere."""
    names = ("rotations", "pelvis", "contacts", "confidence", "hand_scores")

    def pick(name: str) -> Array:
        new, old = getattr(after, name), getattr(before, name)
        return np.where(chosen.reshape(-1, *(1,) * (new.ndim - 1)), new, old)

    return before.replace(**{name: pick(name) for name in names})
