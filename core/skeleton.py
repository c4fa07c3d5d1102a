"""Names and order of joints and landmarks: the one place for them.

``SMPLH_JOINTS`` follows the published SMPL-H order (22 body joints, then 15 joints of the left and 15 of the right
hand); ``POSE_LANDMARKS`` and ``HAND_LANDMARKS`` follow the published order of the BlazePose and hand landmark
networks.
"""

from __future__ import annotations

BODY_JOINTS: tuple[str, ...] = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
BODY_PARENTS: tuple[int, ...] = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)

# SMPL-H and MANO order their fingers this way, thumb last.
FINGERS: tuple[str, ...] = ("index", "middle", "pinky", "ring", "thumb")
HAND_JOINTS: tuple[str, ...] = tuple(f"{finger}{segment}" for finger in FINGERS for segment in (1, 2, 3))
# Parents inside a 16-joint MANO tree whose joint 0 is the wrist.
MANO_PARENTS: tuple[int, ...] = (-1, *(0 if s == 0 else 3 * finger + s for finger in range(5) for s in range(3)))

SMPLH_JOINTS: tuple[str, ...] = (
    *BODY_JOINTS,
    *(f"left_{name}" for name in HAND_JOINTS),
    *(f"right_{name}" for name in HAND_JOINTS),
)


def _smplh_parents() -> tuple[int, ...]:
    parents = list(BODY_PARENTS)
    for wrist, offset in ((20, 22), (21, 37)):
        parents += [wrist if p == 0 else offset + p - 1 for p in MANO_PARENTS[1:]]
    return tuple(parents)


SMPLH_PARENTS: tuple[int, ...] = _smplh_parents()
JOINT_INDEX: dict[str, int] = {name: i for i, name in enumerate(SMPLH_JOINTS)}

# Points of the skinned surface appended to the 52 joints in a take: one vertex each, named in the body file.
EXTRA_JOINTS: tuple[str, ...] = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear",
    "left_heel", "right_heel", "left_big_toe", "right_big_toe",
    *(f"{side}_{finger}_tip" for side in ("left", "right") for finger in ("thumb", "index", "middle", "ring", "pinky")),
)  # fmt: skip
TAKE_JOINTS: tuple[str, ...] = (*SMPLH_JOINTS, *EXTRA_JOINTS)


def _extra_parents() -> tuple[int, ...]:
    parents = []
    for name in EXTRA_JOINTS:
        side, _, part = name.partition("_")
        if part in ("heel", "big_toe"):
            parent = f"{side}_ankle" if part == "heel" else f"{side}_foot"
        elif part.endswith("_tip"):
            parent = f"{side}_{part.removesuffix('_tip')}3"
        else:
            parent = "head"
        parents.append(JOINT_INDEX[parent])
    return tuple(parents)


TAKE_PARENTS: tuple[int, ...] = (*SMPLH_PARENTS, *_extra_parents())

POSE_LANDMARKS: tuple[str, ...] = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
# The hand landmark network's order: wrist, then thumb, index, middle, ring, pinky from the palm to the tip.
HAND_LANDMARKS: tuple[str, ...] = (
    "wrist",
    *(f"{finger}_{part}" for finger, parts in (
        ("thumb", ("cmc", "mcp", "ip", "tip")),
        ("index", ("mcp", "pip", "dip", "tip")),
        ("middle", ("mcp", "pip", "dip", "tip")),
        ("ring", ("mcp", "pip", "dip", "tip")),
        ("pinky", ("mcp", "pip", "dip", "tip")),
    ) for part in parts),
)  # fmt: skip
KEYPOINTS: tuple[str, ...] = (
    *POSE_LANDMARKS,
    *(f"left_hand_{name}" for name in HAND_LANDMARKS),
    *(f"right_hand_{name}" for name in HAND_LANDMARKS),
)
KEYPOINT_INDEX: dict[str, int] = {name: i for i, name in enumerate(KEYPOINTS)}
BODY_KEYPOINTS = slice(0, len(POSE_LANDMARKS))
LEFT_HAND_KEYPOINTS = slice(33, 54)
RIGHT_HAND_KEYPOINTS = slice(54, 75)

# Landmarks that sit on a joint of the solved body, used for reprojection and root depth.
LIMB_JOINTS: tuple[str, ...] = tuple(
    f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)

CONTACT_POINTS: tuple[str, ...] = ("left_heel", "left_ball", "right_heel", "right_ball", "left_palm", "right_palm")


def other_side(name: str) -> str:
    """What a joint or landmark is called in a mirror: ``left_wrist`` for ``right_wrist``; without a side, the same."""
    return name.replace("left", "right") if "left" in name else name.replace("right", "left")
