"""Corrections of a take that was solved from a simulated walk with a network's errors: what is asked for holds, the
rest stays."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.cli import main
from understudy.core.correct import correct
from understudy.core.errors import BadInputError
from understudy.core.fit.root import project
from understudy.core.fit.solve import SolveSettings, solve_take
from understudy.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from understudy.core.settings import CorrectSettings
from understudy.core.skeleton import CONTACT_POINTS, KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS
from understudy.core.take import SmplMotion, Take, TakeCameras, TakePerson
from understudy.core.take_file import load, save
from understudy.core.train.noise import load_noise
from understudy.core.train.shots import SIZE, simulate

FRAMES = 120
WRIST, ANKLE = TAKE_JOINTS.index("left_wrist"), TAKE_JOINTS.index("right_ankle")


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """A take of four seconds at 30 frames per second."""
    shot = simulate("walk", 5, FRAMES, 30.0, load_free_body(), load_noise())
    solution = solve_take(
        [shot.track], shot.timestamps, shot.camera, load_free_body(), SolveSettings(shot.height, lifter=True)
    )
    fields = {f.name for f in dataclasses.fields(TakePerson)}
    solved = {k: v for k, v in vars(solution.people[0]).items() if k in fields}
    person = TakePerson(
        present=shot.track.present, keypoints2d=shot.track.keypoints2d[None],
        keypoints2d_confidence=shot.track.confidence[None], keypoints3d=shot.track.keypoints3d[None], **solved,
    )  # fmt: skip
    cameras = TakeCameras(
        shot.timestamps[None], shot.camera[None], np.zeros((1, 5)), np.array([SIZE]), solution.world_from_camera[None]
    )
    take = Take(
        shot.timestamps, Fraction(30), cameras, (person,), KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS,
        settings={"lifter": True},
    )  # fmt: skip
    return save(take, tmp_path_factory.mktemp("takes") / "walk.take.npz")


def run(taken, tmp_path, begin=50, end=90, **corrections):
    """The interval's joints (n, 71, 3) m before and after, and the whole answer."""
    output = tmp_path / "fixed.npz"
    result = correct(CorrectSettings(taken, output, "1", begin, end, corrections))
    take = load(taken)
    person = take.people[0]
    with np.load(output, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    first = int(arrays["begin"])
    smpl = SmplMotion(betas=person.smpl.betas, **{k: v for k, v in arrays.items() if k not in ("begin", "contacts")})
    pose = np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    )
    joints = load_free_body().points(person.smpl.betas, pose.astype(float), smpl.transl.astype(float))
    return person.joints_world[first : first + len(joints)], joints, arrays, result


def test_nothing_said_changes_next_to_nothing(taken, tmp_path):
    before, after, arrays, _ = run(taken, tmp_path)
    assert int(arrays["begin"]) == 50 and len(after) == 41
    assert np.linalg.norm(after - before, axis=-1).mean() < 0.006


def test_a_pinned_wrist_is_there_and_its_ends_stay(taken, tmp_path):
    person = load(taken).people[0]
    target = person.joints_world[70, WRIST] + [0.05, 0.0, 0.15]
    before, after, _, result = run(
        taken, tmp_path, pinned=[{"frame": 70, "joint": "left_wrist", "position": target.tolist()}]
    )
    assert np.linalg.norm(after[20, WRIST] - target) < 0.01
    for end in (0, -1):
        assert np.linalg.norm(after[end] - before[end], axis=-1).max() < 0.01
    # The frames around follow, as one motion.
    assert 0.05 < after[12, WRIST, 2] - before[12, WRIST, 2] < 0.15
    speed = np.linalg.norm(np.diff(after[:, WRIST], axis=0), axis=-1) * 30
    assert speed.max() < np.linalg.norm(np.diff(before[:, WRIST], axis=0), axis=-1).max() * 30 + 1.0
    # The other arm has no part in it.
    assert (
        np.linalg.norm(after[20, TAKE_JOINTS.index("right_wrist")] - before[20, TAKE_JOINTS.index("right_wrist")])
        < 0.02
    )
    assert result.summary["begin"] == 50


def test_motion_that_came_without_footage_is_corrected_too(tmp_path):
    """A sample's truth: nothing was measured in any picture."""
    truth = Path(__file__).resolve().parents[3] / "sample" / "solo.truth.take.npz"
    target = load(truth).people[0].joints_world[15, WRIST] + [0.05, 0.0, 0.1]
    pinned = [{"frame": 15, "joint": "left_wrist", "position": target.tolist()}]
    before, after, *_ = run(truth, tmp_path, 0, 60, pinned=pinned)
    assert np.isfinite(after).all()
    assert np.linalg.norm(after[15, WRIST] - target) < 0.01
    moved = np.linalg.norm(after - before, axis=-1)
    assert moved[:, ANKLE].max() < 0.03 and moved[-1].max() < 0.01


def test_two_corrected_frames_hold_between_them(taken, tmp_path):
    person = load(taken).people[0]
    lift = np.array([0.0, 0.0, 0.12])
    pins = [
        {"frame": f, "joint": "left_wrist", "position": (person.joints_world[f, WRIST] + lift).tolist()}
        for f in (60, 80)
    ]
    before, after, _, _ = run(taken, tmp_path, pinned=pins)
    middle = after[20, WRIST] - before[20, WRIST]
    assert 0.07 < middle[2] < 0.17


def test_a_point_on_the_footage_is_followed(taken, tmp_path):
    take = load(taken)
    pose = take.cameras.world_from_camera[0]
    local = (take.people[0].joints_world[70, WRIST] - pose[:3, 3]) @ pose[:3, :3]
    pixel = project(local, take.cameras.K[0]) + np.array([30, -25])
    _, after, _, _ = run(taken, tmp_path, points=[{"frame": 70, "keypoint": "left_wrist", "pixel": pixel.tolist()}])
    found = project((after[20, WRIST] - pose[:3, 3]) @ pose[:3, :3], take.cameras.K[0])
    assert np.linalg.norm(found - pixel) < 6


def test_an_edited_contact_stands(taken, tmp_path):
    person = load(taken).people[0]
    names = [CONTACT_POINTS.index("right_heel"), CONTACT_POINTS.index("right_ball")]
    swing = int(np.argmin(person.contacts[50:90, names].max(1))) + 50  # the foot is in the air there
    contacts = [{"point": p, "begin": swing - 3, "end": swing + 3} for p in ("right_heel", "right_ball")]
    before, after, arrays, _ = run(taken, tmp_path, 40, 100, contacts=contacts)
    first = int(arrays["begin"])
    held = slice(swing - 3 - first, swing + 4 - first)
    moved = np.ptp(after[held, ANKLE], axis=0)
    assert np.linalg.norm(moved) < 0.03 < np.linalg.norm(np.ptp(before[held, ANKLE], axis=0))
    assert arrays["contacts"][held][:, names].min() == 1


def test_locked_joints_and_posed_ones(taken, tmp_path):
    person = load(taken).people[0]
    target = person.joints_world[70, WRIST] + [0, 0, 0.1]
    pinned = [{"frame": 70, "joint": "left_wrist", "position": target.tolist()}]
    _, _, arrays, _ = run(taken, tmp_path, pinned=pinned, locked=["left_elbow"])
    np.testing.assert_allclose(arrays["body_pose"][:, 17], person.smpl.body_pose[50:91, 17], atol=0.02)
    bend = [0.0, -1.2, 0.0]
    _, _, arrays, _ = run(taken, tmp_path, posed=[{"frame": 70, "joint": "left_elbow", "rotation": bend}])
    np.testing.assert_allclose(arrays["body_pose"][20, 17], bend, atol=0.05)


def test_a_flipped_hand_turns_over(taken, tmp_path):
    before = load(taken).people[0].smpl.body_pose[70, 19]
    _, _, arrays, _ = run(taken, tmp_path, flipped=[{"side": "left", "begin": 60, "end": 80}])
    turn = axis_angle_to_matrix(before.astype(float)).T @ axis_angle_to_matrix(
        arrays["body_pose"][20, 19].astype(float)
    )
    assert np.linalg.norm(matrix_to_axis_angle(turn)) > 2.5


def test_the_interval_grows_to_what_is_corrected(taken, tmp_path):
    person = load(taken).people[0]
    pin = {"frame": 91, "joint": "left_wrist", "position": person.joints_world[91, WRIST].tolist()}
    _, after, arrays, result = run(taken, tmp_path, pinned=[pin])
    assert int(arrays["begin"]) == 50 and result.summary["end"] == 99 and len(after) == 50


@pytest.mark.parametrize(
    ("corrections", "message"),
    [
        ({"pinned": [{"frame": 500, "joint": "left_wrist", "position": [0, 0, 0]}]}, "no frame 500"),
        ({"pinned": [{"frame": 60, "joint": "tail", "position": [0, 0, 0]}]}, "no joint 'tail'"),
        ({"pinned": [{"frame": 60, "joint": "left_wrist", "position": [0, 0]}]}, "not 3 numbers"),
        ({"points": [{"frame": 60, "keypoint": "left_wrist", "pixel": "x"}]}, "not 2 numbers"),
        ({"points": [{"frame": 60, "keypoint": "belly", "pixel": [1, 2]}]}, "no keypoint 'belly'"),
        ({"contacts": [{"point": "nose", "begin": 1, "end": 2}]}, "no point 'nose'"),
        ({"glued": []}, "Unknown correction 'glued'"),
        ({"locked": "left_knee"}, "not a list"),
    ],
)
def test_what_makes_no_sense_is_named(taken, tmp_path, corrections, message):
    with pytest.raises(BadInputError, match=message):
        correct(CorrectSettings(taken, tmp_path / "x.npz", "1", 50, 90, corrections))
    assert not (tmp_path / "x.npz").exists()


def test_by_the_command_line(taken, tmp_path, capsys):
    asked, output = tmp_path / "asked.json", tmp_path / "fixed.npz"
    asked.write_text(json.dumps({"locked": ["left_knee"]}))
    arguments = ["correct", str(taken), "-o", str(output), "--begin", "10", "--end", "20", "--corrections", str(asked)]
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["end"] == 20
    with np.load(output) as file:
        assert file["transl"].shape == (11, 3)
    asked.write_text("[")
    assert main(arguments) == 2
    assert "not readable JSON" in capsys.readouterr().err
