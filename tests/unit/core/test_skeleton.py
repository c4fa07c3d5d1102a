from __future__ import annotations

import pytest

from understudy.core import skeleton as s


def test_counts_are_the_published_ones():
    assert (len(s.BODY_JOINTS), len(s.HAND_JOINTS), len(s.SMPLH_JOINTS)) == (22, 15, 52)
    assert (len(s.POSE_LANDMARKS), len(s.HAND_LANDMARKS), len(s.KEYPOINTS), len(s.TAKE_JOINTS)) == (33, 21, 75, 71)


@pytest.mark.parametrize(
    ("names", "parents"),
    [
        (s.BODY_JOINTS, s.BODY_PARENTS),
        (("wrist", *s.HAND_JOINTS), s.MANO_PARENTS),
        (s.SMPLH_JOINTS, s.SMPLH_PARENTS),
        (s.TAKE_JOINTS, s.TAKE_PARENTS),
    ],
    ids=["body", "hand", "smplh", "take"],
)
def test_trees_have_one_root_parents_first_and_unique_names(names, parents):
    assert len(names) == len(parents) == len(set(names))
    assert parents[0] == -1
    assert all(0 <= parent < child for child, parent in enumerate(parents) if child)


def test_smplh_parents_are_those_of_the_public_smplx_package():
    # Read from the smplx package's published kinematic tree of SMPL-H.
    published = [
        -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 22, 23, 20, 25, 26, 20, 28, 29,
        20, 31, 32, 20, 34, 35, 21, 37, 38, 21, 40, 41, 21, 43, 44, 21, 46, 47, 21, 49, 50,
    ]  # fmt: skip
    assert list(s.SMPLH_PARENTS) == published


@pytest.mark.parametrize(
    ("joint", "parent"),
    [
        ("left_index1", "left_wrist"),
        ("right_thumb3", "right_thumb2"),
        ("left_heel", "left_ankle"),
        ("right_big_toe", "right_foot"),
        ("left_pinky_tip", "left_pinky3"),
        ("nose", "head"),
    ],
)
def test_parents_by_name(joint, parent):
    assert s.TAKE_JOINTS[s.TAKE_PARENTS[s.TAKE_JOINTS.index(joint)]] == parent


def test_left_and_right_mirror_each_other():
    for names in (s.TAKE_JOINTS, s.KEYPOINTS):
        left = {name.replace("left", "*") for name in names if "left" in name}
        assert left == {name.replace("right", "*") for name in names if "right" in name}


def test_slices_and_limbs_point_at_what_they_say():
    assert s.KEYPOINTS[s.LEFT_HAND_KEYPOINTS] == tuple(f"left_hand_{name}" for name in s.HAND_LANDMARKS)
    assert s.KEYPOINTS[s.RIGHT_HAND_KEYPOINTS] == tuple(f"right_hand_{name}" for name in s.HAND_LANDMARKS)
    assert s.KEYPOINTS[s.BODY_KEYPOINTS] == s.POSE_LANDMARKS
    assert set(s.LIMB_JOINTS) <= set(s.SMPLH_JOINTS) | set(s.POSE_LANDMARKS)
    assert set(s.LIMB_JOINTS) <= set(s.POSE_LANDMARKS)
