"""From keypoints of another program to a take: with and without the footage they were found in."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from understudy.core import pipeline
from understudy.core.cli import main
from understudy.core.errors import BadInputError
from understudy.core.keypoints.shot import shot_of_keypoints
from understudy.core.lift import default as default_lifter
from understudy.core.lift import weights
from understudy.core.lift.gan import KudoNetwork, chainer_key
from understudy.core.lift.tracks import Lifted3D
from understudy.core.pipeline import capture
from understudy.core.resolve import resolve
from understudy.core.settings import CaptureSettings, ResolveSettings
from understudy.core.skeleton import BODY_JOINTS, KEYPOINT_INDEX, LIMB_JOINTS, TAKE_JOINTS
from understudy.core.take_file import load
from understudy.core.weights import store

LIMBS = [TAKE_JOINTS.index(name) for name in LIMB_JOINTS]


@pytest.fixture
def make(tmp_path, figures):
    """``make(…)`` → settings of a capture from keypoints alone."""

    def settings(keypoints, **changed):
        given = {"source": None, "output": tmp_path / "x.take.npz", "keypoints": keypoints, "size": figures.SIZE,
                 "fps": 30.0, "focal": figures.FOCAL, "device": "cpu"}  # fmt: skip
        return CaptureSettings(**(given | changed))

    return settings


@pytest.fixture
def truth(monkeypatch, figures):
    """``truth(joints)``: the capture lifts every person to these joints (T, 71, 3) of the camera's axes."""

    def use(joints):
        names = (*BODY_JOINTS, "nose")
        rows = [TAKE_JOINTS.index(name) for name in names]

        def lift(track, timestamps, camera):
            return Lifted3D(names, joints[:, rows] - joints[:, :1], np.ones((len(joints), len(rows)), bool))

        monkeypatch.setattr(pipeline, "_load_lifter", lambda settings: lift)

    return use


def test_times_go_by_the_files_numbers(figures, tmp_path, make):
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(20), "BODY_25")], first=100)
    for number in (104, 105):
        (folder / f"clip_{number:012d}_keypoints.json").unlink()
    said = []
    shot = shot_of_keypoints(make(folder, fps=50.0), said.append)
    wanted = np.delete(np.arange(20), [4, 5]) / 50
    np.testing.assert_allclose(shot.timestamps, wanted)
    assert float(shot.info.fps_nominal) == 50 and (shot.info.width, shot.info.height) == figures.SIZE
    assert shot.sources == [] and shot.notes["keypoints"]["joint_set"] == "BODY_25"
    assert len(said) == 1 and "BODY_25" in said[0]
    part = shot_of_keypoints(make(folder, fps=50.0, start=0.2, end=0.3), said.append)
    np.testing.assert_allclose(part.timestamps, np.arange(10, 15) / 50)


def test_what_was_assumed_is_said(figures, tmp_path, make):
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(10), "COCO-18")])
    said = []
    shot_of_keypoints(make(folder, fps=None), said.append)
    assert len(said) == 1 and "30 frames per second are assumed" in said[0]
    said.clear()
    shot_of_keypoints(make(folder), said.append)
    assert said == []


def test_nobody_and_empty_ranges(figures, tmp_path, make):
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(10), "COCO-18")])
    with pytest.raises(BadInputError, match="no frame in that range"):
        shot_of_keypoints(make(folder, start=5.0), print)
    ghost = figures.write_openpose(tmp_path / "g", [figures.detect(figures.walk(10), "COCO-18", score=0.05)])
    with pytest.raises(BadInputError, match="No person was found in"):
        shot_of_keypoints(make(ghost), print)


def pictures(folder, count, size):
    folder.mkdir()
    for i in range(count):
        cv2.imwrite(str(folder / f"{i:04d}.png"), np.full((size[1], size[0], 3), 40, np.uint8))
    return folder


@pytest.mark.parametrize("first", [0, 1])
def test_footage_gives_times_size_and_a_source(figures, tmp_path, make, first):
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(8), "COCO-18")], first=first)
    source = pictures(tmp_path / "frames", 8, figures.SIZE)
    shot = shot_of_keypoints(make(folder, source=source, size=None, fps=25.0), print)
    np.testing.assert_allclose(shot.timestamps, np.arange(8) / 25)
    assert shot.sources[0]["size"] == list(figures.SIZE) and shot.sources[0]["path"].endswith("frames")


def test_keypoints_of_another_video_are_refused(figures, tmp_path, make):
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(8), "COCO-18")])
    source = pictures(tmp_path / "frames", 5, figures.SIZE)
    with pytest.raises(BadInputError, match="goes to frame 7; frames has 5 frames"):
        shot_of_keypoints(make(folder, source=source, size=None), print)


@pytest.mark.parametrize("joint_set", ["BODY_25", "BODY_25B", "COCO-18", "MPI-15"])
def test_a_take_without_video(figures, tmp_path, make, truth, joint_set):
    joints = figures.walk(30)
    truth(joints)
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(joints, joint_set)])
    result = capture(make(folder, keypoints_format=joint_set))
    take = load(result.path)
    assert take.frame_count == 30 and take.sources == [] and not list(tmp_path.glob("*.journal"))
    assert take.settings["keypoints"]["joint_set"] == joint_set and "source" not in take.settings
    (person,) = take.people
    pose = take.cameras.world_from_camera[0].astype(float)
    solved = (person.joints_world[:, LIMBS] - pose[:3, 3]) @ pose[:3, :3]
    error = np.linalg.norm((solved - solved.mean(1, keepdims=True)) - (joints[:, LIMBS] - joints[:, LIMBS].mean(
        1, keepdims=True)), axis=-1)  # fmt: skip
    assert error.mean() < 0.02
    # The root is where geometry with the stated focal length has it.
    assert abs(solved.mean((0, 1))[2] - joints[:, LIMBS].mean((0, 1))[2]) < 0.1
    assert result.summary["focal_px"] == figures.FOCAL and result.summary["focal_source"] == "focal"
    names = [model["name"] for model in take.models]
    assert f"2D keypoints, {joint_set}" in names and "pose_landmark_full" not in names and not take.commercial


def test_the_take_solves_again_without_the_keypoints(figures, tmp_path, make, truth):
    joints = figures.walk(20)
    truth(joints)
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(joints, "BODY_25")])
    first = load(capture(make(folder)).path)
    again = load(resolve(ResolveSettings(tmp_path / "x.take.npz", tmp_path / "y.take.npz")).path)
    np.testing.assert_allclose(again.people[0].joints_world, first.people[0].joints_world, atol=1e-3)


def test_heights_and_people_as_from_a_video(figures, tmp_path, make, truth):
    near, far = figures.walk(20, x=0.8), figures.walk(20, x=-1.0)
    truth(near)
    people = [figures.detect(near * [1, 1, 0.8], "BODY_25"), figures.detect(far, "BODY_25")]
    folder = figures.write_openpose(tmp_path / "k", people)
    said = []
    result = capture(make(folder, people=1, height={"1": 1.9, "7": 1.5}), warn=said.append)
    assert [person["height"] for person in result.summary["people"]] == [1.9]
    assert any("names person 7" in line for line in said)


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "models"


def run(folder, output, *options):
    given = ["--keypoints", str(folder), "--size", "1280x720", "--fps", "30", "-o", str(output)]
    return main(["capture", *given, *options])


def test_the_gan_from_the_command_line(figures, tmp_path, models_folder, capsys):
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(12), "BODY_25")])
    output = tmp_path / "x.take.npz"
    assert run(folder, output, "--method", "gan") == 2
    assert "models import" in capsys.readouterr().err
    network = KudoNetwork(channels=8)
    np.savez(tmp_path / "gen.npz", **{chainer_key(k): v.numpy() for k, v in network.state_dict().items()})
    assert main(["models", "import", str(tmp_path / "gen.npz"), "--licence-confirmed", "research only"]) == 0
    capsys.readouterr()
    assert run(folder, output, "--method", "gan", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["method"] == "gan" and summary["focal_source"] == "default" and summary["frames"] == 12
    take = load(output)
    (used,) = [model for model in take.models if model["name"].startswith("gan")]
    assert used["licence"] == "research only" and not take.commercial
    assert np.isfinite(take.people[0].joints_world).all()


@pytest.mark.parametrize("lost", [[], [8, 9, 12]], ids=["below the hips", "above the hips"])
def test_a_person_cut_by_the_picture_grows_no_legs(figures, tmp_path, models_folder, capsys, lost):
    bodies = figures.detect(figures.walk(12), "BODY_25")
    bodies[:, [*lost, 10, 11, 13, 14, *range(19, 25)]] = np.nan
    network = KudoNetwork(channels=8)
    np.savez(tmp_path / "gen.npz", **{chainer_key(k): v.numpy() for k, v in network.state_dict().items()})
    main(["models", "import", str(tmp_path / "gen.npz"), "--licence-confirmed", "research only"])
    folder = figures.write_openpose(tmp_path / "k", [bodies])
    assert run(folder, tmp_path / "x.take.npz", "--method", "gan") == 0
    (person,) = load(tmp_path / "x.take.npz").people
    legs = [TAKE_JOINTS.index(f"{side}_{part}") for side in ("left", "right") for part in ("knee", "ankle", "foot")]
    assert not person.joints_confidence[:, legs].any()
    assert np.isnan(person.keypoints3d[0, :, 25:29]).all() and np.isfinite(person.joints_world).all()
    assert np.isfinite(person.keypoints3d[0, :, 11:17]).all()  # the arms are lifted


def test_without_a_lifter_the_cure_is_told(figures, tmp_path, models_folder, monkeypatch, capsys):
    monkeypatch.setattr(default_lifter, "WEIGHTS", {False: tmp_path / "none", True: tmp_path / "none"})
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(4), "BODY_25")])
    assert run(folder, tmp_path / "x.take.npz") == 2
    told = capsys.readouterr().err
    assert "--method" in told and "lifter" in told


class TestSettings:
    def settings(self, tmp_path, **changed):
        given = {"source": None, "output": tmp_path / "x.take.npz", "keypoints": tmp_path, "size": (640, 480)}
        return CaptureSettings(**(given | changed))

    def test_json_round_trip(self, tmp_path):
        settings = self.settings(tmp_path, keypoints_format="BODY_25")
        again = CaptureSettings.from_json(json.loads(json.dumps(settings.to_json())))
        assert again == settings

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"size": None}, "needs --size"),
            ({"source": "x.mp4"}, "size of a video is its own"),
            ({"keypoints": None}, "no source"),
            ({"keypoints": None, "source": "x.mp4"}, "--size is of --keypoints"),
            ({"keypoints": None, "source": "x.mp4", "size": None, "keypoints_format": "BODY_25"}, "--keypoints-format"),
            ({"size": (0, 480)}, "not a picture's"),
        ],
    )
    def test_options_that_make_no_sense(self, tmp_path, change, message):
        with pytest.raises(BadInputError, match=message):
            self.settings(tmp_path, **change)

    def test_a_size_on_the_command_line(self, tmp_path, capsys):
        with pytest.raises(SystemExit):
            main(["capture", "--keypoints", "x", "--size", "640", "-o", str(tmp_path / "x.take.npz")])
        assert "1920x1080" in capsys.readouterr().err


def test_the_default_lifter_takes_keypoints(figures, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = default_lifter.DefaultLifter(default_lifter.Architecture(channels=16, dilations=(1, 3)))
    default_lifter.save_default(model, tmp_path / "lifter.safetensors")
    monkeypatch.setitem(default_lifter.WEIGHTS, False, tmp_path / "lifter.safetensors")
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(figures.walk(10), "BODY_25")])
    assert run(folder, tmp_path / "x.take.npz") == 0
    take = load(tmp_path / "x.take.npz")
    (person,) = take.people
    known = np.isfinite(person.keypoints3d[0, :, :33]).all((0, 2))
    assert known[[KEYPOINT_INDEX[name] for name in (*LIMB_JOINTS, "left_heel", "right_foot_index")]].all()
    assert "default lifter" in [model["name"] for model in take.models]
    assert take.settings["lifter"] is False  # its joints are the take's own 3D: the solve need not ask again
    again = load(resolve(ResolveSettings(tmp_path / "x.take.npz", tmp_path / "y.take.npz")).path)
    np.testing.assert_allclose(again.people[0].joints_world, person.joints_world, atol=1e-3)


def test_a_capture_writes_what_it_measured_too(figures, tmp_path, monkeypatch, truth, capsys):
    joints = figures.walk(10)
    truth(joints)
    folder = figures.write_openpose(tmp_path / "k", [figures.detect(joints, "BODY_25")])
    made = ["--skeleton", str(tmp_path / "s.png"), "--openpose", str(tmp_path / "json"), "--json"]
    assert run(folder, tmp_path / "x.take.npz", *made) == 0
    assert json.loads(capsys.readouterr().out)["files"] == [str(tmp_path / "s.png"), str(tmp_path / "json")]
    picture = cv2.imread(str(tmp_path / "s.png"))
    assert (picture.max(-1) > 200).any()
    assert len(list((tmp_path / "json").iterdir())) == 10


def test_fingers_are_solved_from_hands_in_2d(figures, tmp_path, make, truth):
    """The figure's fingers are straight, which those of a hand nobody saw are not."""
    joints = figures.walk(20)
    truth(joints)
    hands = {
        f"hand_{side}_keypoints_2d": np.concatenate([figures.hand(joints, side), np.full((20, 21, 1), 0.6)], axis=-1)
        for side in ("left", "right")
    }
    bodies = [figures.detect(joints, "BODY_25")]
    folders = {"seen": figures.write_openpose(tmp_path / "seen", bodies, **hands),
               "unseen": figures.write_openpose(tmp_path / "unseen", bodies)}  # fmt: skip
    off = {}
    for name, folder in folders.items():
        take = load(capture(make(folder, output=tmp_path / f"{name}.take.npz")).path)
        pose = take.cameras.world_from_camera[0].astype(float)
        solved = (take.people[0].joints_world - pose[:3, 3]) @ pose[:3, :3]
        errors = []
        for side in ("left", "right"):
            wrist = TAKE_JOINTS.index(f"{side}_wrist")
            for finger in ("index", "middle", "ring", "pinky"):
                tip = TAKE_JOINTS.index(f"{side}_{finger}_tip")
                errors.append((solved[:, tip] - solved[:, wrist]) - (joints[:, tip] - joints[:, wrist]))
        off[name] = np.linalg.norm(errors, axis=-1).mean()
        assert (take.people[0].left_hand.score >= 0.5).all() == (name == "seen")
    assert off["seen"] < 0.03 and off["seen"] < 0.5 * off["unseen"]
    again = load(resolve(ResolveSettings(tmp_path / "seen.take.npz", tmp_path / "y.take.npz")).path)
    np.testing.assert_allclose(again.people[0].smpl.left_hand_pose,
                               load(tmp_path / "seen.take.npz").people[0].smpl.left_hand_pose, atol=1e-3)  # fmt: skip
