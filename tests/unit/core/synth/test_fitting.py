"""Joint tracks come back as rotations that put the joints where they were, on any figure and on another body."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.rig import forward
from understudy.core.rotation import matrix_to_axis_angle
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.synth.clips import JointTracks, clip_names, read_clip
from understudy.core.synth.directions import closed_form
from understudy.core.synth.fitting import FITTED, fit_joints, flat_pitches, resample
from understudy.core.synth.footing import Soles
from understudy.core.synth.wearing import wear

BODY = load_free_body()
REST = BODY.joints(BODY.betas_for_height(1.7))


def stretched(tracks: dict[str, np.ndarray], arms: float, legs: float) -> dict[str, np.ndarray]:
    """The same directions on a figure with other arms and legs, its feet where they were."""
    result = {name: track.copy() for name, track in tracks.items()}
    for side in ("l", "r"):
        for chain, factor in ((("shoulder", "elbow", "wrist", "hand"), arms), (("ankle", "knee", "hip"), legs)):
            for a, b in pairwise(chain):
                result[f"{side}_{b}"] = result[f"{side}_{a}"] + factor * (tracks[f"{side}_{b}"] - tracks[f"{side}_{a}"])
    return result


@pytest.mark.parametrize(("arms", "legs"), [(1.0, 1.0), (0.85, 1.0), (1.2, 1.0)])
def test_a_figure_of_any_proportions_is_fitted_to_millimetres(tracks, arms, legs):
    fit = fit_joints(stretched(tracks, arms, legs), 60, REST)
    assert fit.errors.shape == (180, len(FITTED))
    assert fit.mean_mm < 1.5
    assert max(fit.max_mm.values()) < 12
    # the skeleton took the figure's lengths
    forearm = np.linalg.norm(fit.rest[JOINT_INDEX["left_wrist"]] - fit.rest[JOINT_INDEX["left_elbow"]])
    own = np.median(np.linalg.norm(tracks["l_wrist"] - tracks["l_elbow"], axis=1))
    assert forearm == pytest.approx(arms * own, rel=1e-3)


def test_errors_are_what_forward_kinematics_says(tracks):
    fit = fit_joints(tracks, 60, REST)
    _, placed = forward(fit.rotations, fit.rest[:22], fit.transl)
    for k, (ours, theirs) in enumerate(FITTED):
        distance = np.linalg.norm(placed[:, JOINT_INDEX[ours]] - tracks[theirs], axis=-1)
        assert np.allclose(distance, fit.errors[:, k])


def test_a_joint_elsewhere_shows_in_the_error(tracks):
    """A wrist torn off the arm in some frames cannot be followed: the error says so."""
    torn = {name: track.copy() for name, track in tracks.items()}
    torn["l_wrist"][60:120] += [0, 0, 0.3]
    fit = fit_joints(torn, 60, REST)
    assert fit.max_mm["left_wrist"] > 50
    assert fit.mean_mm > 3 * fit_joints(tracks, 60, REST).mean_mm


def test_turning_the_world_turns_the_fit(tracks):
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    straight = fit_joints(tracks, 60, REST)
    turned = fit_joints({name: track @ turn.T for name, track in tracks.items()}, 60, REST)
    assert np.abs(turned.rotations[:, 0] - turn @ straight.rotations[:, 0]).max() < 1e-3
    assert np.abs(turned.rotations[:, 1:] - straight.rotations[:, 1:]).max() < 1e-3


def test_straight_limbs_do_not_spin():
    """A leg kicked up through straightness keeps its knee where it was: the plane is carried over, not redrawn."""
    t = np.linspace(0, 1, 90)
    angle = np.radians(140) * t  # from hanging to above the head, forwards
    bend = np.radians(50) * np.abs(np.cos(np.pi * t))  # straight half-way up

    def above(x: float, y: float, z: float) -> np.ndarray:
        return np.tile([x, y, 0.9 + z], (90, 1))

    def along(angles: np.ndarray, length: float) -> np.ndarray:
        return length * np.stack([0 * angles, -np.sin(angles), -np.cos(angles)], axis=1)

    points = {"pelvis": above(0, 0, 0), "chest": above(0, 0, 0.3), "neck": above(0, 0, 0.5)}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        thigh, shin = (angle, angle - bend) if side == "l" else (0 * angle, 0 * angle - 0.1)
        points[f"{side}_hip"] = above(0.09 * sign, 0, -0.05)
        points[f"{side}_knee"] = points[f"{side}_hip"] + along(thigh, 0.4)
        points[f"{side}_ankle"] = points[f"{side}_knee"] + along(shin, 0.4)
        points[f"{side}_toe"] = points[f"{side}_ankle"] + along(shin + np.pi / 2, 0.13)
        points[f"{side}_shoulder"] = above(0.18 * sign, 0, 0.45)
        points[f"{side}_elbow"] = above(0.18 * sign, 0, 0.18)
        points[f"{side}_wrist"] = above(0.18 * sign, -0.05, -0.05)
    turned = closed_form(points, REST)
    hinge = turned[:, JOINT_INDEX["left_knee"], :, 0]
    assert (hinge @ [1.0, 0, 0] > 0.98).all()  # about the body's left all the way, facing −Y
    fit = fit_joints(points, 30, REST)
    flexion = matrix_to_axis_angle(fit.rotations[:, JOINT_INDEX["left_knee"]])[:, 0]
    assert np.degrees(flexion).min() > -5
    assert np.degrees(flexion).max() > 40


def test_tiptoe_is_not_taken_for_flat(tracks):
    """A foot whose toe bone falls steeply all the time is a dancer's, not a rig's."""
    lifted = {name: track.copy() for name, track in tracks.items()}
    for name in ("l_ankle", "l_knee", "l_hip"):
        lifted[name] += [0, 0, 0.12]
    assert flat_pitches(lifted, 60)["l"] < np.radians(25)


def test_resampling_keeps_the_motion_and_its_time(tracks):
    source = JointTracks(tracks, 60.0, "", "")
    wanted = resample(source, 30.0, 0.5, 60)
    at = tracks["l_wrist"][30::2][:60]
    assert np.linalg.norm(wanted["l_wrist"] - at, axis=1).max() < 0.01
    one = resample(JointTracks({k: v[:1] for k, v in tracks.items()}, 60.0, "", ""), 30.0, 0.0, 3)
    assert one["neck"].shape == (3, 3)


@pytest.mark.parametrize("height", [1.55, 1.95])
def test_another_body_takes_its_own_steps(tracks, height):
    """Worn by a smaller or larger body: planted feet neither slide nor leave the floor, steps grow with the legs."""
    betas = BODY.betas_for_height(height)
    soles = Soles.of(BODY, betas)
    fit = fit_joints(tracks, 60, REST)
    rotations, transl, cost = wear(fit, tracks, soles, 60)
    pose = np.zeros((180, 52, 3))
    pose[:, :22] = matrix_to_axis_angle(rotations)
    feet, joints, _ = BODY.forward(betas, pose, transl, vertex_ids=BODY.contact_vertices[:4])
    speed = np.linalg.norm(np.gradient(feet, 1 / 60, axis=0), axis=-1)
    resting = (feet[..., 2] < 0.03) & (speed < 0.15)
    assert resting.mean() > 0.25
    assert speed[resting].mean() <= 0.05
    assert feet[..., 2].min() > -0.01
    ratio = np.ptp(joints[:, 0, :2], axis=0) / np.ptp(tracks["pelvis"][:, :2], axis=0)
    legs = soles.leg("left") / Soles.of(BODY, BODY.betas_for_height(1.83)).leg("left")
    assert ratio == pytest.approx([legs, legs], abs=0.05)
    assert 1000 * np.nanmean(cost) < 25


def test_the_same_body_walks_as_it_did(tracks, walker):
    """From joints back to the body whose joints they were: nothing is lost but the twist that points do not show."""
    betas = walker.smpl.betas
    soles = Soles.of(BODY, betas)
    fit = fit_joints(tracks, 60, soles.rest)
    rotations, transl, _ = wear(fit, tracks, soles, 60)
    _, placed = forward(rotations, soles.rest[:22], transl)
    away = [np.linalg.norm(placed[:, JOINT_INDEX[ours]] - tracks[theirs], axis=-1) for ours, theirs in FITTED]
    assert 1000 * np.mean(away) < 18  # the feet are planted anew


@pytest.fixture(scope="module")
def mocap(shared_dir):
    path = shared_dir / "mocap" / "cmu_subset.npz"
    if not path.is_file():
        pytest.skip("the motion-capture clips are not in ../shared/mocap")
    return path


# (clip, start s, stature m): the rigs of the test split, kicks and turns among them
REAL = [("05_03", 0, 1.7), ("05_11", 0, 1.6), ("131_01", 0, 1.8), ("135_04~martial", 5, 1.7),
        ("135_07~martial", 1, 1.9)]  # fmt: skip


@pytest.mark.parametrize(("clip", "start", "height"), REAL)
def test_captured_motion_is_fitted_and_worn(clip, start, height, mocap):
    assert clip in clip_names(mocap, "test")
    betas = BODY.betas_for_height(height)
    soles = Soles.of(BODY, betas)
    source = read_clip(mocap, clip)
    frames = min(120, int((source.frame_count / 60 - start) * 30))
    joints = resample(source, 30.0, start, frames)
    fit = fit_joints(joints, 30, soles.rest)
    assert fit.mean_mm < 2
    assert max(fit.max_mm.values()) < 40
    spin = matrix_to_axis_angle(np.swapaxes(fit.rotations[:-1], -1, -2) @ fit.rotations[1:])
    assert np.linalg.norm(spin, axis=-1).max() * 30 < 55  # rad/s; a joint that flips does 80
    rotations, transl, cost = wear(fit, joints, soles, 30)
    assert 1000 * np.nanmean(cost) < 20
    pose = np.zeros((frames, 52, 3))
    pose[:, :22] = matrix_to_axis_angle(rotations)
    assert np.degrees(pose[:, [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]], 0]).min() > -3
    feet = BODY.forward(betas, pose, transl, vertex_ids=BODY.contact_vertices[:4])[0]
    speed = np.linalg.norm(np.gradient(feet, 1 / 30, axis=0), axis=-1)
    resting = (feet[..., 2] < 0.03) & (speed < 0.15)
    assert speed[resting].mean() <= 0.05
    skin = BODY.forward(betas, pose, transl, vertex_ids=np.arange(0, len(BODY.v_template), 23))[0]
    assert skin[..., 2].min() > -0.01
