"""Every authored motion: feet that stand stand still, nothing sinks into the floor, nothing is thrown about."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.skeleton import EXTRA_JOINTS, FINGERS, JOINT_INDEX, SMPLH_JOINTS
from understudy.core.synth.motions import AUTHORED, Motion, load_motion

BODY = load_free_body()
FPS = 30
POINTS = {name: i for i, name in enumerate((*SMPLH_JOINTS, *EXTRA_JOINTS))}
HANDS = ("hand_shapes", "signs", "grasps", "crossed_hands")
# (stature m, seed, frames): floor work takes 9 s, everything else says enough in less
CASES = [(name, height, seed, 290 if name in ("lie_down", "kneel", "sit") else 150)
         for name in AUTHORED for height, seed in ((1.70, 0), (1.92, 1))]  # fmt: skip


@cache
def made(name: str, height: float, seed: int, frames: int) -> Motion:
    betas = BODY.betas_for_height(height)
    return load_motion(name, BODY, betas, Fraction(FPS), frames, np.random.default_rng(seed))


def whole_pose(motion: Motion) -> np.ndarray:
    smpl = motion.smpl
    parts = (smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    return np.concatenate(parts, axis=1).astype(float)


@cache
def points(case: tuple) -> np.ndarray:
    """(T, 71, 3) m."""
    motion = made(*case)
    return BODY.points(motion.smpl.betas, whole_pose(motion), motion.smpl.transl.astype(float))


def skin(case: tuple, vertices: np.ndarray) -> np.ndarray:
    motion = made(*case)
    return BODY.forward(
        motion.smpl.betas, whole_pose(motion), motion.smpl.transl.astype(float), vertex_ids=vertices
    )[0]


def resting(feet: np.ndarray) -> np.ndarray:
    """(T,) contact by docs/architecture.md: within 30 mm, under 0.15 m/s, for at least 0.1 s."""
    speed = np.linalg.norm(np.gradient(feet, 1 / FPS, axis=0), axis=-1)
    touching = (feet[:, 2] < 0.03) & (speed < 0.15)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], touching.astype(int), [0]])))
    for begin, end in edges.reshape(-1, 2):
        if (end - begin) / FPS < 0.1:
            touching[begin:end] = False
    return touching


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_standing_feet_stand_still(case):
    feet = skin(case, BODY.contact_vertices[:4])
    rested = 0
    for k in range(4):
        now = resting(feet[:, k])
        if not now.any():
            continue
        rested += int(now.sum())
        speed = np.linalg.norm(np.gradient(feet[:, k, :2], 1 / FPS, axis=0), axis=-1)[now]
        assert speed.mean() <= 0.05, BODY.contact_names[k]
    assert rested > 0.2 * len(feet)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_nothing_sinks_into_the_floor(case):
    lowest = skin(case, np.arange(0, len(BODY.v_template), 29))[..., 2].min(axis=1)
    assert lowest.min() > -0.010
    if case[0] not in ("run", "jump"):
        assert lowest.max() < 0.012  # somebody always touches the floor


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_no_joint_is_thrown_about(case):
    joints = points(case)[:, :22]
    size = case[1] / 1.7
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * FPS
    jerked = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1) * FPS**2
    fast = case[0] in ("punch", "jump", "run")
    assert speed.max() < (11 if fast else 7) * size  # m/s; a walking foot swings at 4 to 5
    assert jerked.max() < (170 if fast else 85) * size  # m/s²
    # No outlier: no frame in which a joint leaves the line between its neighbours by far more than at other times.
    bump = np.linalg.norm(joints[2:] - 2 * joints[1:-1] + joints[:-2], axis=-1)
    assert bump.max() < 0.19 * size


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_knees_and_elbows_bend_the_right_way(case):
    pose = whole_pose(made(*case))
    for joint, axis, sign in (("left_knee", 0, 1), ("right_knee", 0, 1), ("left_elbow", 1, -1), ("right_elbow", 1, 1)):
        assert np.degrees(sign * pose[:, JOINT_INDEX[joint], axis]).min() > -6, joint


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_wrists_are_not_wrung(case):
    """Forearm and hand together turn no further than people's do, and hands do not flip between frames."""
    pose = whole_pose(made(*case))
    for side in ("left", "right"):
        wrist = pose[:, JOINT_INDEX[f"{side}_wrist"]]
        # On the floor the body's weight bends them further.
        assert np.degrees(np.linalg.norm(wrist, axis=-1)).max() < (110 if case[0] in ("kneel", "lie_down") else 85)
        turned = np.degrees(np.linalg.norm(np.diff(pose[:, JOINT_INDEX[f"{side}_elbow"]], axis=0), axis=-1))
        assert turned.max() < (75 if case[0] == "punch" else 45)


@pytest.mark.parametrize("name", AUTHORED)
def test_the_same_seed_gives_the_same_motion_and_another_does_not(name):
    betas = BODY.betas_for_height(1.7)
    first, again, other = (
        load_motion(name, BODY, betas, Fraction(25), 50, np.random.default_rng(seed)).smpl for seed in (4, 4, 5)
    )
    assert np.array_equal(first.body_pose, again.body_pose)
    assert np.array_equal(first.transl, again.transl)
    assert not np.array_equal(first.body_pose, other.body_pose)


@pytest.mark.parametrize("name", AUTHORED)
def test_rate_changes_the_frames_and_not_the_motion(name):
    """Frame i at 30 a second is frame 2 i at 60: planning does not live on the frame."""
    betas = BODY.betas_for_height(1.7)
    slow = load_motion(name, BODY, betas, Fraction(30), 40, np.random.default_rng(1)).smpl
    fast = load_motion(name, BODY, betas, Fraction(60), 79, np.random.default_rng(1)).smpl
    assert np.abs(slow.transl - fast.transl[::2]).max() < 0.03
    # The hands' tremble is drawn frame by frame: the arms may differ by a hair.
    assert np.abs(slow.body_pose[:, :14] - fast.body_pose[::2, :14]).max() < 0.2


def height_of(case: tuple, name: str) -> np.ndarray:
    return points(case)[:, POINTS[name], 2]


def test_walking_and_running_get_somewhere():
    for name, least in (("walk", 0.8), ("run", 2.0)):
        path = points((name, 1.70, 0, 150))[:, 0, :2]
        assert np.linalg.norm(np.diff(path, axis=0), axis=-1).sum() * FPS / 150 > least  # m/s
    feet = skin(("run", 1.70, 0, 150), BODY.contact_vertices[:4])[..., 2]
    assert 0.1 < (feet.min(axis=1) > 0.008).mean() < 0.5  # flights


def test_jumps_leave_the_floor_and_come_back():
    feet = skin(("jump", 1.70, 0, 150), BODY.contact_vertices[:4])[..., 2].min(axis=1)
    assert feet.max() > 0.12
    flights = np.flatnonzero(np.diff((feet > 0.03).astype(int)) == 1)
    assert len(flights) >= 2
    # In the air the pelvis falls as everything does.
    up = feet > 0.06
    pelvis = height_of(("jump", 1.70, 0, 150), "pelvis")
    inside = up[:-2] & up[1:-1] & up[2:]
    falling = np.diff(pelvis, n=2)[inside] * FPS**2
    assert np.median(falling) == pytest.approx(-9.81, abs=1.0)


def test_leaving_and_coming_back():
    pelvis = points(("leave_and_return", 1.70, 0, 150))[:, 0, :2]
    away = np.linalg.norm(pelvis - pelvis[0], axis=1)
    assert away.max() > 1.5
    pelvis = made("leave_and_return", 1.70, 0, 300).smpl.transl[:, :2]
    away = np.linalg.norm(pelvis - pelvis[0], axis=1)
    assert away.max() > 3.5
    assert away[-1] < 0.6 * away.max()


def test_somebody_sits_on_the_box():
    case = ("sit", 1.70, 0, 290)
    motion = made(*case)
    (box,) = motion.props
    top = box.centre[2] + box.size[2] / 2
    assert 0.35 < top < 0.55
    assert box.centre[2] - box.size[2] / 2 == pytest.approx(0, abs=1e-6)
    joints = points(case)
    seated = joints[:, 0, 2] < joints[:, 0, 2].min() + 0.02
    assert seated.sum() > 60
    assert joints[0, 0, 2] - joints[seated][0, 0, 2] > 0.25
    assert joints[-1, 0, 2] > joints[0, 0, 2] - 0.05  # up again
    over = np.abs(joints[seated, 0, :2] - np.array(box.centre[:2])) < np.array(box.size[:2]) / 2
    assert over.all()


def test_floor_work_reaches_the_floor():
    lying = ("lie_down", 1.70, 0, 290)
    assert height_of(lying, "head").min() < 0.25
    assert height_of(lying, "spine3").min() < 0.25
    kneeling = ("kneel", 1.70, 0, 290)
    for side in ("left", "right"):
        assert height_of(kneeling, f"{side}_knee").min() < 0.09
        palm = skin(kneeling, BODY.contact_vertices[4:])[..., 2]
        assert (palm.min(axis=1) < 0.02).mean() > 0.1
    for case in (lying, kneeling):
        assert height_of(case, "pelvis")[-1] > 0.8  # and up again


def test_punches_are_fast():
    wrists = points(("punch", 1.70, 0, 150))[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]]
    fine = load_motion("punch", BODY, BODY.betas_for_height(1.7), Fraction(120), 480, np.random.default_rng(0))
    joints = BODY.points(fine.smpl.betas, whole_pose(fine), fine.smpl.transl.astype(float))
    speed = np.linalg.norm(np.diff(joints[:, [20, 21]], axis=0), axis=-1) * 120
    assert speed.max() > 4.5
    assert np.ptp(np.linalg.norm(wrists - wrists.mean(axis=0), axis=-1)) > 0.2


def hand_lines(case: tuple, side: str) -> np.ndarray:
    """Points (T, 15, 7, 3) along the bones of a hand."""
    joints = points(case)
    s = np.linspace(0, 1, 7)[:, None]
    lines = []
    for finger in FINGERS:
        chain = [POINTS[f"{side}_{finger}{k}"] for k in (1, 2, 3)] + [POINTS[f"{side}_{finger}_tip"]]
        for a, b in pairwise(chain):
            lines.append(joints[:, None, a] * (1 - s) + joints[:, None, b] * s)
    return np.stack(lines, axis=1)


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """Smallest distance of two sets of points in one frame, over all frames."""
    a, b = a.reshape(len(a), -1, 3), b.reshape(len(b), -1, 3)
    return float(min(np.linalg.norm(x[:, None] - y[None], axis=-1).min() for x, y in zip(a, b, strict=True)))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", HANDS)
def test_no_finger_goes_through_another(name, seed):
    case = (name, 1.70, seed, 150)
    hands = {side: hand_lines(case, side) for side in ("left", "right")}
    for lines in hands.values():
        fingers, thumb = lines[:, :12], lines[:, 13:]  # the thumb's root lies in the palm
        assert gap(fingers, thumb) > 0.009
        for f in range(3):
            assert gap(lines[:, 3 * f : 3 * f + 3], lines[:, 3 * f + 3 : 3 * f + 6]) > 0.008
    assert gap(hands["left"], hands["right"]) > 0.007


def test_crossed_hands_touch_and_hand_shapes_change():
    joints = points(("crossed_hands", 1.70, 0, 150))
    wrists = joints[:, JOINT_INDEX["left_wrist"]] - joints[:, JOINT_INDEX["right_wrist"]]
    assert np.linalg.norm(wrists, axis=-1).min() < 0.12
    motion = made("hand_shapes", 1.70, 0, 150)
    curl = np.linalg.norm(motion.smpl.right_hand_pose[:, :12], axis=(1, 2))
    assert np.ptp(curl) > 2


@pytest.mark.parametrize("name", HANDS)
def test_hands_stay_in_front_of_the_body(name):
    """In signing space: ahead of the chest, between hip and forehead, within arm's length of the middle."""
    joints = points((name, 1.70, 0, 150))
    for side in ("left", "right"):
        wrist = joints[:, JOINT_INDEX[f"{side}_wrist"]]
        assert (wrist[:, 1] < joints[:, JOINT_INDEX["spine3"], 1] + 0.02).all()  # facing −Y
        assert (wrist[:, 2] < joints[:, POINTS["nose"], 2] + 0.1).all()
        assert (wrist[:, 2] > joints[:, 0, 2] - 0.05).all()
