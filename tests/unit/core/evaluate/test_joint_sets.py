"""The registry of skeletons against the published index tables, and conversion by name."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.joint_sets import (
    DERIVATIONS,
    JOINT_SETS,
    LIMBS,
    PARENTS,
    ROOTS,
    convert,
    flip_pairs,
    joint_names,
    missing,
)

COUNTS = {
    "MuCo-21": 21, "MuPoTS-17": 17, "VNect-21": 21, "H36M-17": 17, "H36M-18": 18, "H36M-32": 32, "MPII-16": 16,
    "COCO-17": 17, "COCO-19": 19, "BODY_25": 25, "BODY_25B": 25, "COCO-18": 18, "MPI-15": 15, "OPT-15": 15,
    "SMPL-24": 24, "SMPL-H-52": 52, "TAKE": 71, "BlazePose-33": 33, "Panoptic-19": 19, "Shelf-14": 14, "LCR-13": 13,
    "InterHand-42": 42, "RHD-42": 42, "STB-21": 21, "FreiHAND-21": 21, "Dexter-5": 5, "LeftHand-21": 21,
    "RightHand-21": 21,
}  # fmt: skip


def test_every_set_has_its_number_of_distinct_joints() -> None:
    assert {name: len(joints) for name, joints in JOINT_SETS.items()} == COUNTS
    assert all(len(set(joints)) == len(joints) for joints in JOINT_SETS.values())


# A few places of each order that the data sets' documents name, chosen where a wrong order would show.
PLACES = [
    ("MuCo-21", {0: "head_top", 1: "thorax", 2: "right_shoulder", 14: "pelvis", 16: "head_3dhp", 20: "left_toe"}),
    ("H36M-17", {0: "pelvis", 3: "right_ankle", 7: "spine", 8: "thorax", 9: "neck_nose", 11: "left_shoulder"}),
    ("H36M-32", {6: "left_hip", 12: "spine", 15: "head_top", 17: "left_shoulder", 25: "right_shoulder"}),
    ("MPII-16", {0: "right_ankle", 5: "left_ankle", 6: "pelvis", 7: "thorax", 9: "head_top", 10: "right_wrist"}),
    ("COCO-17", {0: "nose", 1: "left_eye", 5: "left_shoulder", 16: "right_ankle"}),
    ("BODY_25", {1: "mid_shoulder", 8: "mid_hip", 9: "right_hip", 15: "right_eye", 24: "right_heel"}),
    ("BODY_25B", {1: "left_eye", 12: "right_hip", 17: "upper_neck", 18: "head_top", 19: "left_big_toe"}),
    ("COCO-18", {2: "right_shoulder", 8: "right_hip", 13: "left_ankle", 14: "right_eye", 17: "left_ear"}),
    ("SMPL-24", {0: "pelvis", 1: "left_hip", 12: "neck", 15: "head", 21: "right_wrist", 22: "left_hand"}),
    ("Panoptic-19", {0: "mid_shoulder", 1: "nose", 2: "mid_hip", 3: "left_shoulder", 18: "right_ear"}),
    ("Shelf-14", {0: "right_ankle", 6: "right_wrist", 11: "left_wrist", 12: "head_bottom", 13: "head_top"}),
    ("LCR-13", {0: "right_ankle", 1: "left_ankle", 6: "right_wrist", 12: "lcr_head"}),
    ("InterHand-42", {0: "right_thumb_tip", 3: "right_thumb1", 4: "right_index_tip", 20: "right_wrist"}),
    ("InterHand-42", {21: "left_thumb_tip", 41: "left_wrist"}),
    ("RHD-42", {0: "left_wrist", 1: "left_thumb_tip", 4: "left_thumb1", 20: "left_pinky1", 21: "right_wrist"}),
    ("STB-21", {0: "left_palm", 1: "left_pinky1", 4: "left_pinky_tip", 17: "left_thumb1", 20: "left_thumb_tip"}),
    ("FreiHAND-21", {0: "right_wrist", 4: "right_thumb_tip", 5: "right_index1", 20: "right_pinky_tip"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "places"), PLACES, ids=[name for name, _ in PLACES])
def test_orders_are_the_published_ones(name: str, places: dict[int, str]) -> None:
    assert {i: JOINT_SETS[name][i] for i in places} == places


# Index tables as published with the systems.
FLIPS = [
    ("MuCo-21", {(2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13), (17, 18), (19, 20)}),
    ("H36M-18", {(1, 4), (2, 5), (3, 6), (11, 14), (12, 15), (13, 16)}),
    ("COCO-17", {(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)}),
    ("MPII-16", {(0, 5), (1, 4), (2, 3), (10, 15), (11, 14), (12, 13)}),
    ("InterHand-42", {(i, i + 21) for i in range(21)}),
    ("STB-21", set()),
    ("BlazePose-33", {(1, 4), (2, 5), (3, 6), (7, 8), *((i, i + 1) for i in range(9, 33, 2))}),
]


@pytest.mark.parametrize(("name", "pairs"), FLIPS, ids=[name for name, _ in FLIPS])
def test_flip_pairs_are_the_published_ones(name: str, pairs: set[tuple[int, int]]) -> None:
    assert set(flip_pairs(name)) == pairs


def test_bones_are_the_published_ones() -> None:
    def undirected(text: str) -> set[frozenset[int]]:
        return {frozenset(map(int, pair.split(","))) for pair in text.split()}

    muco = "0,16 16,1 1,15 15,14 14,8 14,11 8,9 9,10 10,19 11,12 12,13 13,20 1,2 2,3 3,4 4,17 1,5 5,6 6,7 7,18"
    h36m = "0,7 7,8 8,9 9,10 8,11 11,12 12,13 8,14 14,15 15,16 0,1 1,2 2,3 0,4 4,5 5,6"
    assert {frozenset(pair) for pair in LIMBS["MuCo-21"]} == undirected(muco)
    assert {frozenset(pair) for pair in LIMBS["H36M-18"]} == undirected(h36m)


@pytest.mark.parametrize("name", PARENTS)
def test_trees_reach_the_roots(name: str) -> None:
    parents, names = PARENTS[name], JOINT_SETS[name]
    assert len(parents) == len(names)
    reached = set()
    for joint in range(len(parents)):
        for _ in range(len(parents)):
            if parents[joint] < 0:
                break
            joint = parents[joint]
        reached.add(names[joint])
    assert reached == set(ROOTS[name])


@pytest.mark.parametrize("name", LIMBS)
def test_limbs_are_within_the_set_and_mirror_onto_limbs(name: str) -> None:
    pairs = flip_pairs(name)
    swap = dict(pairs) | {b: a for a, b in pairs}
    limbs = {frozenset(limb) for limb in LIMBS[name]}
    assert all(0 <= a < len(JOINT_SETS[name]) and a != b for a, b in LIMBS[name])
    assert {frozenset(swap.get(j, j) for j in limb) for limb in limbs} == limbs


def test_fixture_of_3dpck_has_the_same_tree(shared_dir) -> None:
    with np.load(shared_dir / "parity" / "metrics.npz") as file:
        parents = file["pck3d.in.parents"].copy()
    parents[14] = -1  # there the root is its own parent
    assert tuple(parents) == PARENTS["MuPoTS-17"]


@pytest.mark.parametrize("size", [2, 3])
def test_conversion_goes_by_name_and_marks_what_is_missing(size: int) -> None:
    rng = np.random.default_rng(0)
    coco = rng.normal(size=(2, 5, 17, size)).astype(np.float32)
    mupots = convert(coco, "COCO-17", "MuPoTS-17")
    assert mupots.shape == (2, 5, 17, size) and mupots.dtype == np.float32
    np.testing.assert_array_equal(mupots[..., 2, :], coco[..., 6, :])  # right shoulder
    np.testing.assert_array_equal(mupots[..., 13, :], coco[..., 15, :])  # left ankle
    lacking = [JOINT_SETS["MuPoTS-17"].index(name) for name in missing("COCO-17", "MuPoTS-17")]
    assert [JOINT_SETS["MuPoTS-17"][j] for j in lacking] == ["head_top", "thorax", "pelvis", "spine", "head_3dhp"]
    assert np.isnan(mupots[..., lacking, :]).all()
    assert np.isfinite(np.delete(mupots, lacking, axis=-2)).all()


def test_nothing_is_derived_unasked() -> None:
    """A pelvis of a set of its own, and a mean of hips, are different points."""
    coco = np.arange(19 * 3, dtype=float).reshape(19, 3)
    assert missing("COCO-19", "H36M-17") == ("pelvis", "spine", "thorax", "neck_nose", "head_top")
    assert np.isnan(convert(coco, "COCO-19", ("pelvis", "thorax"))).all()
    derived = convert(coco, "COCO-19", ("pelvis", "thorax"), derive=("pelvis", "thorax"))
    np.testing.assert_allclose(derived, [(coco[11] + coco[12]) / 2, (coco[5] + coco[6]) / 2])


def test_a_sets_own_joint_wins_over_its_derivation() -> None:
    smpl = np.random.default_rng(1).normal(size=(24, 3))
    np.testing.assert_array_equal(convert(smpl, "SMPL-24", ("pelvis",), derive=("pelvis",))[0], smpl[0])


def test_openpose_becomes_human36m_as_kudo_et_al_make_it() -> None:
    """Hip = mid hips, Spine = mean of hips and shoulders, Thorax = mid shoulders, Head = Thorax + 2 (Nose - Thorax)."""
    pose = np.random.default_rng(2).normal(size=(18, 2))
    rules = ("pelvis", "spine", "thorax", "neck_nose", "head_top")
    h36m = convert(pose, "COCO-18", "H36M-17", derive=rules)
    nose, rs, ls, rh, lh = pose[0], pose[2], pose[5], pose[8], pose[11]
    thorax = (rs + ls) / 2
    expected = {0: (rh + lh) / 2, 7: (rs + ls + rh + lh) / 4, 8: thorax, 9: nose, 10: thorax + 2 * (nose - thorax)}
    for joint, point in expected.items():
        np.testing.assert_allclose(h36m[joint], point)
    assert np.isfinite(h36m).all()
    assert missing("COCO-18", "H36M-17", derive=rules) == ()


def test_a_missing_part_makes_a_derived_joint_missing() -> None:
    pose = np.ones((17, 3))
    pose[11] = np.nan  # left hip
    assert np.isnan(convert(pose, "COCO-17", ("mid_hip",), derive=("mid_hip",))).all()


def test_derivations_are_affine() -> None:
    """Weights sum to one, so that a derived joint moves with the body."""
    for rule in DERIVATIONS.values():
        assert sum(rule.values()) == pytest.approx(1)


def test_there_and_back_keeps_every_shared_joint() -> None:
    take = np.random.default_rng(3).normal(size=(4, 71, 3))
    back = convert(convert(take, "TAKE", "BlazePose-33"), "BlazePose-33", "TAKE")
    shared = np.isfinite(back).all(axis=(0, 2))
    names = {name for name, there in zip(JOINT_SETS["TAKE"], shared, strict=True) if there}
    assert {"left_knee", "right_heel", "nose"} <= names and "pelvis" not in names
    np.testing.assert_array_equal(back[:, shared], take[:, shared])


def test_names_may_be_given_directly() -> None:
    assert joint_names(["b", "a"]) == ("b", "a")
    np.testing.assert_array_equal(convert(np.array([[1.0, 2], [3, 4]]), ("a", "b"), ("b", "a")), [[3, 4], [1, 2]])


def test_mistakes_are_named() -> None:
    with pytest.raises(BadInputError, match=r"COCO-71.*COCO-17"):
        convert(np.zeros((17, 3)), "COCO-71", "COCO-17")
    with pytest.raises(BadInputError, match=r"\(16, 3\); COCO-17 has 17 joints"):
        convert(np.zeros((16, 3)), "COCO-17", "MPII-16")
    with pytest.raises(BadInputError, match="2 or 3 coordinates"):
        convert(np.zeros((17, 4)), "COCO-17", "MPII-16")
    with pytest.raises(BadInputError, match="No rule derives elbow"):
        convert(np.zeros((17, 3)), "COCO-17", "MPII-16", derive=("elbow",))
