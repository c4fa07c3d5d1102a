"""Every kind of source becomes a motion of the body asked for, from the origin, facing −Y, with its credit line."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.core.files.bvh import write_bvh
from understudy.core.skeleton import JOINT_INDEX, SMPLH_JOINTS
from understudy.core.synth.motions import AUTHORED, Box, Motion, load_motion, placed
from understudy.core.take_file import load

BODY = load_free_body()
TALL, SMALL = BODY.betas_for_height(1.83), BODY.betas_for_height(1.58)
CMU_NAMES = {"pelvis": "Hips", "spine1": "LowerBack", "spine2": "Spine", "spine3": "Spine1", "neck": "Neck",
             "head": "Head", **{f"{s}_{ours}": f"{s.title()}{theirs}" for s in ("left", "right") for ours, theirs in (
                 ("hip", "UpLeg"), ("knee", "Leg"), ("ankle", "Foot"), ("foot", "ToeBase"), ("collar", "Shoulder"),
                 ("shoulder", "Arm"), ("elbow", "ForeArm"), ("wrist", "Hand"), ("middle1", "FingerBase"))}}  # fmt: skip


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def whole_pose(smpl) -> np.ndarray:
    parts = (smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    return np.concatenate(parts, axis=1).astype(float)


def joints_of(motion: Motion) -> np.ndarray:
    """(T, 52, 3) m."""
    smpl = motion.smpl
    nothing = np.zeros(0, int)
    return BODY.forward(smpl.betas, whole_pose(smpl), smpl.transl.astype(float), vertex_ids=nothing)[1]


def checked(motion: Motion, frames: int, betas: np.ndarray) -> Motion:
    """What holds of every motion."""
    smpl = motion.smpl
    assert motion.frame_count == frames
    shapes = [a.shape for a in (smpl.global_orient, smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)]
    assert shapes == [(frames, 3), (frames, 21, 3), (frames, 15, 3), (frames, 15, 3)]
    assert all(a.dtype == np.float32 for a in (smpl.betas, smpl.body_pose, smpl.transl))
    assert np.allclose(smpl.betas, betas)
    assert np.isfinite(smpl.body_pose).all()
    pelvis = smpl.transl[0] + BODY.joints(betas)[0]
    assert np.abs(pelvis[:2]).max() < 1e-4
    first = Rotation.from_rotvec(smpl.global_orient[0].astype(float)).as_matrix()
    ahead = first[:, 2]
    if abs(ahead[2]) < 0.8:
        assert abs(np.arctan2(ahead[0], -ahead[1])) < 1e-3
    return motion


def same_motion(a: np.ndarray, b: np.ndarray) -> float:
    """Largest distance (m) of joints (T, J, 3) after the best turn about the vertical and shift along the floor."""
    flat_a, flat_b = (x[..., :2] - x[..., :2].mean(axis=(0, 1)) for x in (a, b))
    across = np.einsum("tji,tjk->ik", flat_a, flat_b)
    angle = np.arctan2(across[0, 1] - across[1, 0], across[0, 0] + across[1, 1])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    apart = np.concatenate([flat_a @ turn.T - flat_b, (a - b)[..., 2:]], axis=-1)
    return float(np.linalg.norm(apart, axis=-1).max())


def stands_firm(motion: Motion, fps: float) -> None:
    """Feet at rest are on the floor and do not slide."""
    smpl = motion.smpl
    feet = BODY.forward(smpl.betas, whole_pose(smpl), smpl.transl.astype(float),
                        vertex_ids=BODY.contact_vertices[:4])[0]  # fmt: skip
    speed = np.linalg.norm(np.gradient(feet, 1 / fps, axis=0), axis=-1)
    resting = (feet[..., 2] < 0.03) & (speed < 0.15)
    assert resting.mean() > 0.2
    assert speed[resting].mean() <= 0.05
    assert feet[..., 2].min() > -0.01


@pytest.mark.parametrize("name", AUTHORED)
def test_authored(name):
    motion = checked(load_motion(name, BODY, SMALL, Fraction(24), 30, rng()), 30, SMALL)
    assert motion.source == name
    assert motion.fit_error_mm == motion.worn_error_mm == 0
    assert "Understudy" in motion.licence


def test_one_frame():
    checked(load_motion("walk", BODY, TALL, Fraction(30), 1, rng()), 1, TALL)


def test_a_clip_of_joint_positions(clip_file):
    motion = checked(load_motion(f"{clip_file}#9_01@0.5", BODY, SMALL, Fraction(30), 60, rng()), 60, SMALL)
    assert 0 < motion.fit_error_mm < 2
    assert 0 < motion.worn_error_mm < 30
    assert motion.source == "clips.npz#9_01"
    assert "NSF EIA-0196217" in motion.licence
    stands_firm(motion, 30)


def test_where_a_clip_begins(clip_file, walker):
    """``@seconds`` says, else the generator; the same generator gives the same."""
    at = load_motion(f"{clip_file}#0@1.0", BODY, TALL, Fraction(30), 45, rng())
    assert same_motion(joints_of(at)[:, :16], joints_of(walker)[60:150:2, :16]) < 0.08
    free = [load_motion(f"{clip_file}#0", BODY, TALL, Fraction(30), 45, rng(seed)).smpl for seed in (1, 1, 2)]
    assert np.array_equal(free[0].body_pose, free[1].body_pose)
    assert not np.array_equal(free[0].body_pose, free[2].body_pose)


@pytest.fixture
def own_take(root):
    return root / "sample" / "solo.truth.take.npz"


def test_a_take_on_its_own_body_is_itself(own_take):
    person = load(own_take).people[0]
    betas = person.smpl.betas
    motion = checked(load_motion(f"{own_take}#1", BODY, betas, Fraction(30), 111, rng()), 111, betas)
    assert motion.fit_error_mm == motion.worn_error_mm == 0
    assert same_motion(joints_of(motion), person.joints_world[:, :52].astype(float)) < 1e-3
    assert "CC0" in motion.licence


def test_a_take_at_another_rate_keeps_its_time(own_take):
    person = load(own_take).people[0]
    motion = load_motion(f"{own_take}#1@1", BODY, person.smpl.betas, Fraction(60), 61, rng())
    assert same_motion(joints_of(motion)[::2], person.joints_world[30:61, :52].astype(float)) < 1e-3


def test_a_take_on_another_body_takes_its_own_steps(own_take):
    motion = checked(load_motion(own_take, BODY, SMALL, Fraction(30), 100, rng()), 100, SMALL)
    stands_firm(motion, 30)
    person = load(own_take).people[0]
    paths = [np.ptp(p[:, 0, :2], axis=0) for p in (joints_of(motion), person.joints_world)]
    assert np.linalg.norm(paths[0]) / np.linalg.norm(paths[1]) == pytest.approx(1.58 / 1.70, abs=0.05)
    assert motion.fit_error_mm == 0 < motion.worn_error_mm < 20


def test_our_bvh_comes_back(own_take, tmp_path):
    take = load(own_take)
    person = take.people[0]
    (path,) = write_bvh(take, tmp_path / "solo.bvh")
    motion = checked(load_motion(path, BODY, person.smpl.betas, Fraction(30), 111, rng()), 111, person.smpl.betas)
    assert motion.fit_error_mm == 0
    assert same_motion(joints_of(motion), person.joints_world[:, :52].astype(float)) < 2e-3


def test_a_bvh_with_usual_names_is_fitted(own_take, tmp_path):
    take = load(own_take)
    person = take.people[0]
    (path,) = write_bvh(take, tmp_path / "solo.bvh")
    text = path.read_text()
    for ours in sorted(SMPLH_JOINTS, key=len, reverse=True):
        text = text.replace(f" {ours}\n", f" {CMU_NAMES.get(ours, ours.replace('_', '-'))}\n")
    path.write_text(text)
    betas = person.smpl.betas
    motion = checked(load_motion(f"{path}@0", BODY, betas, Fraction(30), 100, rng()), 100, betas)
    assert 0 < motion.fit_error_mm < 3
    limbs = [JOINT_INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("hip", "knee", "ankle", "shoulder", "elbow",
                                                                        "wrist")]  # fmt: skip
    assert same_motion(joints_of(motion)[:, limbs], person.joints_world[:100, limbs].astype(float)) < 0.1
    stands_firm(motion, 30)


def smpl_file(path, walker: Motion, turn: np.ndarray, **extra: object):
    """The walker as AMASS would write it, its axes turned, its translation about another body's pelvis."""
    pose = whole_pose(walker.smpl)
    root = turn @ Rotation.from_rotvec(pose[:, 0]).as_matrix()
    pose[:, 0] = Rotation.from_matrix(root).as_rotvec()
    pelvis = walker.smpl.transl + BODY.joints(TALL)[0]
    trans = pelvis @ turn.T + [0.02, 0.3, 0.01]
    np.savez(path, poses=pose.reshape(len(pose), 156), trans=trans, betas=np.zeros(16), **extra)
    return path


def test_amass_is_performed(walker, tmp_path):
    path = smpl_file(tmp_path / "a.npz", walker, np.eye(3), mocap_framerate=np.array(60.0), gender=np.array("male"))
    motion = checked(load_motion(f"{path}@0", BODY, TALL, Fraction(30), 80, rng()), 80, TALL)
    assert motion.fit_error_mm == 0
    assert same_motion(joints_of(motion)[:, :22], joints_of(walker)[:160:2, :22]) < 0.06
    stands_firm(motion, 30)


def test_amass_on_a_smaller_body_makes_smaller_steps(walker, tmp_path):
    """The file does not say how long its legs are: the planted feet do."""
    path = smpl_file(tmp_path / "a.npz", walker, np.eye(3), mocap_framerate=np.array(60.0))
    motion = load_motion(f"{path}@0", BODY, SMALL, Fraction(30), 80, rng())
    stands_firm(motion, 30)
    walked = [np.linalg.norm(np.diff(j[:, 0, :2], axis=0), axis=1).sum()
              for j in (joints_of(motion), joints_of(walker)[:160:2])]  # fmt: skip
    assert walked[0] / walked[1] == pytest.approx(1.58 / 1.83, abs=0.05)


@pytest.mark.parametrize(
    "turn",
    [
        np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),  # Y up
        np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),  # a camera's: y down
        np.eye(3),
    ],
)
def test_an_estimators_axes_are_found(turn, walker, tmp_path):
    path = smpl_file(tmp_path / "a.npz", walker, turn, fps=np.array(60))
    joints = joints_of(load_motion(f"{path}@0", BODY, TALL, Fraction(30), 60, rng()))
    assert (joints[:, JOINT_INDEX["head"], 2] > joints[:, JOINT_INDEX["pelvis"], 2] + 0.4).all()
    assert (joints[:, JOINT_INDEX["left_foot"], 2] < 0.35).all()
    assert np.abs(joints[:, [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2].min() - 0.03) < 0.03


def test_placed_turns_about_the_vertical_and_moves():
    motion = load_motion("sit", BODY, TALL, Fraction(30), 90, rng())
    there = placed(motion, BODY, np.pi / 2, (2.0, -1.0))
    before, after = joints_of(motion), joints_of(there)
    # a quarter counterclockwise from above takes −Y to +X
    turned = before @ np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]) + np.array([2.0, -1.0, 0])
    assert np.abs(after - turned).max() < 1e-4
    box, moved = motion.props[0], there.props[0]
    assert moved.centre == pytest.approx((2 - box.centre[1], box.centre[0] - 1, box.centre[2]), abs=1e-9)
    assert (moved.size, moved.heading) == (box.size, pytest.approx(np.pi / 2))
    assert isinstance(moved, Box)
    assert there.smpl.transl.dtype == np.float32


BAD = [
    ("moonwalk", "neither a file nor authored"),
    ("{clip}#9_01", "too short for 200 frames"),
    ("{clip}#9_01@2.9", "too short"),
    ("{clip}#9_01@7", "Begin earlier"),
    ("{clip}#nobody", "no clip 'nobody'"),
    ("{take}#7", r"no person '7'.*1"),
    ("{text}", "not a motion file"),
    ("{other}", "no poses"),
    ("gone.bvh", "gone.bvh"),
]


@pytest.mark.parametrize(("source", "message"), BAD)
def test_what_is_wrong_is_named(source, message, clip_file, own_take, tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    name = source.format(clip=clip_file, take=own_take, text=tmp_path / "text.npz", other=tmp_path / "other.npz")
    with pytest.raises(BadInputError, match=message):
        load_motion(name, BODY, TALL, Fraction(30), 200, rng())


@pytest.mark.parametrize("clip", ["05_11", "135_08~martial@2", "131_02@3"])
def test_captured_clips(clip, shared_dir):
    path = shared_dir / "mocap" / "cmu_subset.npz"
    if not path.is_file():
        pytest.skip("the motion-capture clips are not in ../shared/mocap")
    motion = checked(load_motion(f"{path}#{clip}", BODY, SMALL, Fraction(30), 90, rng()), 90, SMALL)
    stands_firm(motion, 30)
    assert motion.fit_error_mm < 2
    closed = np.linalg.norm(motion.smpl.right_hand_pose, axis=-1).max()
    assert (closed > 1.4) == ("martial" in clip)  # fists where people fight
