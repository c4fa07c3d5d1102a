"""Which measured landmarks are drawn as bones. Blender draws them too: nothing but the standard library."""

from __future__ import annotations

from ..errors import BadInputError
from ..skeleton import HAND_LANDMARKS

_BODY: tuple[tuple[str, str], ...] = (
    ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("nose", "left_eye"), ("nose", "right_eye"),
    ("left_eye", "left_ear"), ("right_eye", "right_ear"),
    *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"),
        ("ankle", "heel"), ("heel", "foot_index"), ("ankle", "foot_index"))),
)  # fmt: skip
# Each finger from the wrist out: landmark 1 of a finger follows the wrist, the others the one before.
_HAND = tuple((0 if j % 4 == 1 else j - 1, j) for j in range(1, len(HAND_LANDMARKS)))


def landmark_bones(names: tuple[str, ...]) -> list[tuple[int, int]]:
    """Pairs of indices into a take's landmarks that are drawn as bones. Raises BadInputError for names of another
    version."""
    if not {name for bone in _BODY for name in bone} <= set(names):
        raise BadInputError("The take's landmarks are not those of this version.", "Capture it again.")
    bones = [(names.index(a), names.index(b)) for a, b in _BODY]
    for side in ("left", "right"):
        hand = [f"{side}_hand_{name}" for name in HAND_LANDMARKS]
        if set(hand) <= set(names):
            bones += [(names.index(hand[a]), names.index(hand[b])) for a, b in _HAND]
    return bones
