from __future__ import annotations

import numpy as np
import pytest

from understudy.core.evaluate.joint_sets import JOINT_SETS
from understudy.core.lift.joints2d import completed, named_rays
from understudy.core.skeleton import KEYPOINT_INDEX, KEYPOINTS

K = np.array([[1000.0, 0, 639.5], [0, 900, 359.5], [0, 0, 1]])
H36M = JOINT_SETS["H36M-17"]


def landmarks(frames: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.uniform(100, 700, (frames, len(KEYPOINTS), 2)), np.full((frames, len(KEYPOINTS)), 0.9)


def at(pixels, name):
    return (pixels[:, KEYPOINT_INDEX[name]] - [639.5, 359.5]) / [1000, 900]


def test_joints_by_name_and_by_the_rules_of_kudos_demonstration():
    pixels, confidence = landmarks()
    confidence[:, KEYPOINT_INDEX["left_hip"]] = 0.4
    rays, trust = named_rays(pixels, confidence, H36M, K)
    hips = (at(pixels, "left_hip") + at(pixels, "right_hip")) / 2
    shoulders = (at(pixels, "left_shoulder") + at(pixels, "right_shoulder")) / 2
    nose = at(pixels, "nose")
    for name, wanted in (("pelvis", hips), ("thorax", shoulders), ("spine", (hips + shoulders) / 2),
                         ("neck_nose", nose), ("head_top", 2 * nose - shoulders),
                         ("right_knee", at(pixels, "right_knee"))):  # fmt: skip
        np.testing.assert_allclose(rays[:, H36M.index(name)], wanted, err_msg=name)
    assert trust[0, H36M.index("pelvis")] == trust[0, H36M.index("spine")] == 0.4  # the least certain part
    assert trust[0, H36M.index("thorax")] == 0.9


@pytest.mark.parametrize("how", ["not a number", "no confidence", "a guess"])
def test_what_is_not_measured_is_nan_with_what_is_made_of_it(how):
    pixels, confidence = landmarks()
    row = KEYPOINT_INDEX["left_shoulder"]
    if how == "not a number":
        pixels[1, row] = np.nan
    else:
        confidence[1, row] = 0 if how == "no confidence" else 0.05
    rays, trust = named_rays(pixels, confidence, H36M, K)
    lost = {name for j, name in enumerate(H36M) if np.isnan(rays[1, j]).all()}
    assert lost == {"left_shoulder", "thorax", "spine", "head_top"}
    assert {name for j, name in enumerate(H36M) if trust[1, j] == 0} == lost
    assert np.isfinite(np.delete(rays, 1, axis=0)).all()


def test_gaps_are_bridged_by_time():
    names = ("left_hip", "right_hip")
    rays = np.zeros((4, 2, 2))
    rays[:, 0, 0] = [1, np.nan, 7, 9]
    rays[1, 0, 1] = np.nan
    trust = np.isfinite(rays).all(-1).astype(float)
    got = completed(rays, trust, names, np.array([0.0, 1.0, 3.0, 4.0]))
    np.testing.assert_allclose(got[:, 0, 0], [1, 3, 7, 9])


def person(turn: float, size: float) -> np.ndarray:
    """(1, J, 2): somebody upright, turned in the picture."""
    places = {
        "left_shoulder": (0.36, -1), "right_shoulder": (-0.36, -1), "left_hip": (0.19, 0), "right_hip": (-0.19, 0),
        "nose": (0, -1.35), "left_knee": (0.2, 0.8), "left_ankle": (0.2, 1.67), "left_elbow": (0.9, -1.1),
    }  # fmt: skip
    c, s = np.cos(turn), np.sin(turn)
    return tuple(places), size * np.array(list(places.values()))[None] @ np.array([[c, s], [-s, c]])


@pytest.mark.parametrize("turn", [0.0, 0.3, 3.0])
def test_legs_that_are_never_seen_stand_under_the_person(turn):
    names, whole = person(turn, 0.2)
    whole = whole + np.array([0.1, -0.05])
    rays, trust = whole.copy(), np.ones((1, len(names)))
    trust[0, 5:7] = 0
    rays[0, 5:7] = np.nan
    got = completed(rays, trust, names, np.zeros(1))
    np.testing.assert_allclose(got, whole, atol=1e-9)


def test_any_remainder_is_finite():
    names, whole = person(0.2, 0.3)
    for seed in range(30):
        trust = (np.random.default_rng(seed).random((1, len(names))) < 0.3).astype(float)
        rays = np.where(trust[..., None] > 0, whole, np.nan)
        got = completed(rays, trust, names, np.zeros(1))
        assert np.isfinite(got).all()
        np.testing.assert_array_equal(got[trust > 0], whole[trust > 0])
