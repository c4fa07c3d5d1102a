"""The comparison protocol on cases worked out by hand, on what it must ignore, and on what it must notice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.errors import BadInputError
from understudy.core.evaluate.comparison import (
    HIPS,
    MEDIAPIPE_LIMBS,
    LimbTrack,
    clip_offsets,
    compare,
    compare_all,
    find_time_offset,
    limbs_of_mediapipe,
    limbs_of_take,
    resample,
    trunk_axes,
)
from understudy.core.skeleton import LIMB_JOINTS

# A person upright in a camera's axes (y down), facing the camera: the left side is at +x. Metres.
STANDING = {"shoulder": (0.2, -0.5, 0), "elbow": (0.3, -0.25, 0), "wrist": (0.3, 0.0, -0.1),
            "hip": (0.1, 0, 0), "knee": (0.1, 0.4, 0), "ankle": (0.1, 0.8, 0.05)}  # fmt: skip
POSE = np.array([np.multiply(STANDING[n.split("_")[1]], (1 if n[0] == "l" else -1, 1, 1)) for n in LIMB_JOINTS])


def track(joints: np.ndarray, fps: float = 30.0, absolute: bool = True, start: float = 0.0) -> LimbTrack:
    return LimbTrack(start + np.arange(len(joints)) / fps, np.array(joints, float), absolute)


def moving(frames: int = 60, fps: float = 30.0, start: float = 0.0) -> LimbTrack:
    """Arms and legs swing, the whole person drifts and turns."""
    t = start + np.arange(frames) / fps
    rng = np.random.default_rng(0)
    sway = rng.normal(0, 0.08, (12, 3)) * np.sin(2 * np.pi * 0.7 * t[:, None, None] + rng.uniform(0, 6, (12, 3)))
    turn = Rotation.from_euler("y", 0.8 * np.sin(t)[:, None]).as_matrix()
    joints = np.einsum("tij,tnj->tni", turn, POSE + sway) + np.stack([0.2 * t, 0 * t, 4 + 0 * t], -1)[:, None]
    return LimbTrack(t, joints, True)


def test_hand_computed_errors():
    """One wrist is 60 mm off in x and 80 mm in z: 100 mm on one of 12 joints, so 8.33 on average."""
    truth = track(np.repeat(POSE[None], 4, 0) + np.array([0, 0, 4]))
    points = truth.joints.copy()
    points[:, LIMB_JOINTS.index("left_wrist")] += (0.06, 0, 0.08)
    points += (0.3, -0.4, 1.2)  # 1.3 m away, which the centred error ignores and the root error shows
    result = compare(track(points), truth)
    assert result.mpjpe == pytest.approx(100 / 12)
    assert result.errors[0, LIMB_JOINTS.index("left_wrist")] == pytest.approx(100)
    assert result.errors[0, LIMB_JOINTS.index("left_elbow")] == pytest.approx(0, abs=1e-9)
    assert result.mrpe == pytest.approx([1300, 300, 400, 1200])
    assert result.coverage == 1.0
    assert result.time_offset == 0.0


def test_hips_are_the_origin():
    """One hip 20 mm off moves the origin by 10 mm: 10 mm on every joint but that hip, which keeps 10 as well."""
    truth = track(np.repeat(POSE[None], 3, 0))
    points = truth.joints.copy()
    points[:, HIPS[0], 1] += 0.02
    result = compare(track(points), truth)
    assert result.errors == pytest.approx(np.full((3, 12), 10.0))


def test_similarity_error_ignores_rotation_and_scale_but_mpjpe_does_not():
    truth = moving()
    turn = Rotation.from_euler("xyz", [0.2, -0.4, 0.1]).as_matrix()
    result = compare(track(0.8 * truth.joints @ turn.T + 0.3), truth, time_offset=0.0)
    assert result.pa_mpjpe == pytest.approx(0, abs=1e-6)
    assert result.mpjpe > 50


def test_similarity_error_against_scipy():
    """The best rotation of scipy, with the closed-form scale, on noisy points."""
    truth = moving(8)
    points = truth.joints + np.random.default_rng(1).normal(0, 0.03, truth.joints.shape)
    result = compare(LimbTrack(truth.timestamps, points, True), truth, time_offset=0.0)
    expected = []
    for p, t in zip(points, truth.joints, strict=True):
        p, t = p - p.mean(0), t - t.mean(0)
        rotation = Rotation.align_vectors(t, p)[0].as_matrix()
        turned = p @ rotation.T
        scale = np.sum(turned * t) / np.sum(p**2)
        expected.append(np.linalg.norm(scale * turned - t, axis=-1) * 1000)
    assert result.pa_errors == pytest.approx(np.array(expected), abs=1e-6)


def test_a_mirror_image_is_not_aligned_away():
    truth = moving()
    assert compare(track(truth.joints * (-1, 1, 1)), truth, time_offset=0.0).pa_mpjpe > 50


def test_missing_frames_lower_the_coverage_and_do_not_count():
    truth = track(np.repeat(POSE[None], 10, 0))
    points = truth.joints.copy()
    points[:4] = np.nan
    points[4:, LIMB_JOINTS.index("right_ankle")] += (0.12, 0, 0)
    result = compare(track(points), truth)
    assert result.coverage == pytest.approx(0.6)
    assert result.mpjpe == pytest.approx(10)
    assert np.isnan(result.errors[:4]).all()
    assert result.frames.tolist() == [False] * 4 + [True] * 6


def test_frames_in_which_nobody_is_to_be_seen_are_not_asked_for():
    joints = np.repeat(POSE[None], 10, 0)
    truth = joints.copy()
    truth[5:] = np.nan
    result = compare(track(joints), track(truth))
    assert result.coverage == 1.0
    assert result.frames.sum() == 5


def test_relative_joints_have_no_root_error():
    truth = moving()
    result = compare(dataclasses.replace(truth, absolute=False), truth)
    assert np.isnan(result.mrpe).all()
    assert result.mpjpe == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("shift", [-0.1, -1 / 60, 0.0, 0.05])
def test_a_constant_delay_is_found_and_undone(shift):
    truth = moving(90)
    late = LimbTrack(truth.timestamps - shift, truth.joints, True)
    result = compare(late, truth)
    assert result.time_offset == pytest.approx(shift, abs=1e-6)
    assert result.mpjpe < 0.5
    assert shift == 0 or compare(late, truth, time_offset=0.0).mpjpe > 2


def test_no_offset_is_bought_with_few_frames():
    """The clip's last frames fit perfectly at a late offset; an offset that keeps only those does not count."""
    truth = moving(30)
    points = np.array(truth.joints)
    points[6:] = truth.joints[:24][::-1]
    offset = find_time_offset(LimbTrack(truth.timestamps, points, True), truth, limit=0.9)
    assert abs(offset) <= 0.1 + 1e-9


def test_other_rates_are_compared_at_the_predictions_times():
    """A prediction at 20 frames/s of a person who glides at constant speed, against 50 frames/s."""
    def glide(fps: float) -> LimbTrack:
        t = np.arange(int(fps)) / fps
        swing = np.array([0.3 if name.endswith("wrist") else 0.0 for name in LIMB_JOINTS])
        return LimbTrack(t, POSE + t[:, None, None] * swing[:, None] * (1, 0, 0), True)

    assert compare(glide(20), glide(50)).mpjpe == pytest.approx(0, abs=1e-9)


def test_resampling_is_linear_keeps_frames_beside_gaps_and_ends_at_the_ends():
    joints = np.arange(4.0)[:, None, None] * np.ones((12, 3))
    joints[2] = np.nan
    found = resample(track(joints, fps=1.0), np.array([-0.5, 0.0, 0.25, 1.0, 1.5, 3.0, 3.5]))[:, 0, 0]
    assert found == pytest.approx([np.nan, 0, 0.25, 1, np.nan, 3, np.nan], nan_ok=True)


def test_trunk_axes_turn_with_the_person():
    """Facing the camera: left is +x, up is -y, forward is -z (towards the camera); then turned a quarter."""
    assert trunk_axes(POSE[None])[0] == pytest.approx(np.diag([1.0, -1, -1]))
    turn = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    assert trunk_axes((POSE @ turn.T)[None])[0] == pytest.approx(turn @ np.diag([1.0, -1, -1]))


def test_offsets_fitted_on_other_clips_remove_another_definition_of_the_joints():
    """A tool puts both hips 30 mm further out and the shoulders 20 mm lower, in people who face various ways."""
    truths, predictions = [], []
    for k in range(3):
        turn = Rotation.from_euler("y", 0.9 * k).as_matrix()
        joints = moving(40).joints @ turn.T
        axes = trunk_axes(joints)
        definition = np.zeros((12, 3))
        for name, (outwards, up) in {"hip": (0.03, 0), "shoulder": (0, -0.02)}.items():
            definition[LIMB_JOINTS.index(f"left_{name}")] = (outwards, up, 0)
            definition[LIMB_JOINTS.index(f"right_{name}")] = (-outwards, up, 0)
        truths.append(track(joints))
        predictions.append(track(joints + np.einsum("tij,nj->tni", axes, definition)))
    for plain, fitted in compare_all(predictions, truths):
        assert fitted is not None
        assert plain.mpjpe == pytest.approx((2 * 30 + 2 * 20) / 12, abs=1e-3)
        assert fitted.mpjpe < 0.5


def test_offsets_are_never_fitted_on_the_clip_itself():
    truth = track(np.repeat(POSE[None], 5, 0))
    wrong = truth.joints.copy()
    wrong[:, LIMB_JOINTS.index("left_knee")] += (0, 0, 0.06)
    exact, off = compare_all([truth, track(wrong)], [truth, truth])
    assert off[1].mpjpe == pytest.approx(5)  # the other clip knows of no offset
    assert exact[1].mpjpe == pytest.approx(5)  # and gets one it does not need
    assert compare_all([truth], [truth])[0][1] is None


def test_two_people_of_one_clip_are_no_other_clip_to_each_other():
    truth = track(np.repeat(POSE[None], 5, 0))
    wrong = truth.joints.copy()
    wrong[:, LIMB_JOINTS.index("left_knee")] += (0, 0, 0.06)
    fitted = compare_all([track(wrong), track(wrong), truth], [truth] * 3, clips=["duo", "duo", "solo"])
    assert [c[1].mpjpe for c in fitted] == pytest.approx([5, 5, 5])
    assert all(c[1] is None for c in compare_all([truth, truth], [truth] * 2, clips=["duo", "duo"]))


def test_the_mean_of_several_other_clips_is_used():
    truth = track(np.repeat(POSE[None], 5, 0))
    shifted = []
    for millimetres in (0.0, 20.0, 40.0):
        joints = truth.joints.copy()
        joints[:, LIMB_JOINTS.index("left_elbow"), 1] += millimetres / 1000
        shifted.append(track(joints))
    fitted = [c[1].errors[0, LIMB_JOINTS.index("left_elbow")] for c in compare_all(shifted, [truth] * 3)]
    assert fitted == pytest.approx([30, 0, 30])
    assert clip_offsets(shifted[1], truth, 0.0)[LIMB_JOINTS.index("left_elbow")] == pytest.approx([0, 0.02, 0])


def test_a_stretch_in_which_sides_are_mistaken_does_not_change_the_offsets():
    truth = track(np.repeat(POSE[None], 10, 0))
    joints = truth.joints.copy()
    joints[:4] *= (-1, 1, 1)
    assert clip_offsets(track(joints), truth, 0.0) == pytest.approx(np.zeros((12, 3)), abs=1e-12)


def test_a_take_lies_in_its_own_cameras_axes(make_take):
    take = make_take(frames=5)
    person = dataclasses.replace(take.people[0], present=np.array([True, True, False, True, True]))
    limbs = limbs_of_take(take, person)
    hips = limbs.joints[0, HIPS].mean(axis=0)
    # The person stands 4 m before the camera, which is 1.2 m up and level: hips lie below its axis.
    assert hips[2] == pytest.approx(4, abs=0.1)
    assert 0.2 < hips[1] < 0.45
    assert np.isnan(limbs.joints[2]).all()
    assert np.isfinite(np.delete(limbs.joints, 2, axis=0)).all()


def test_a_moving_camera_is_followed(make_take):
    take = make_take(frames=4)
    pose = np.repeat(np.asarray(take.cameras.world_from_camera, float)[:, None], 4, axis=1)
    pose[0, :, 0, 3] = [0.0, 1.0, 2.0, 3.0]
    moved = dataclasses.replace(take, cameras=dataclasses.replace(take.cameras, world_from_camera=pose))
    difference = limbs_of_take(take, take.people[0]).joints - limbs_of_take(moved, moved.people[0]).joints
    assert difference == pytest.approx(np.arange(4)[:, None, None] * np.array([1.0, 0, 0]) * np.ones((4, 12, 3)))


def test_mediapipes_landmarks_are_taken_as_they_are():
    world = np.random.default_rng(2).normal(size=(3, 33, 3))
    limbs = limbs_of_mediapipe(np.arange(3) / 30, world)
    assert (limbs.joints == world[:, MEDIAPIPE_LIMBS]).all()
    assert MEDIAPIPE_LIMBS == [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    assert not limbs.absolute


@pytest.mark.parametrize(
    ("joints", "times", "message"),
    [
        (np.zeros((3, 13, 3)), np.arange(3), "(3, 12, 3)"),  # a skeleton of other joints
        (np.zeros((3, 12, 3)), np.arange(4), "(4, 12, 3)"),  # another number of frames
        (np.zeros((3, 12, 3)), np.array([0, 2, 1]), "do not increase"),  # frames out of order
    ],
)
def test_tracks_that_do_not_fit_are_refused(joints, times, message):
    with pytest.raises(BadInputError, match=message.replace("(", r"\(").replace(")", r"\)")):
        LimbTrack(times, joints, True)


def test_no_common_frame_is_an_error_never_a_zero():
    truth = track(np.repeat(POSE[None], 5, 0))
    nothing = track(np.full((5, 12, 3), np.nan))
    elsewhere = track(truth.joints, start=100.0)
    for prediction in (nothing, elsewhere):
        with pytest.raises(BadInputError, match="no frame in common"):
            compare(prediction, truth)
