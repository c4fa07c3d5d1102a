"""Motion files as takes: joints, feet and times of a walk that went through each format."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.cli import main
from understudy.core.errors import BadInputError
from understudy.core.files.amass import write_amass
from understudy.core.files.bvh import write_bvh
from understudy.core.files.read_smpl import read_smpl
from understudy.core.motion_take import motion_take
from understudy.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.synth.motions import load_motion
from understudy.core.synth.truth import Performance, truth_take
from understudy.core.take import TakeCameras
from understudy.core.take_file import load

BODY = load_free_body()
FPS, FRAMES = Fraction(30000, 1001), 60


@pytest.fixture(scope="module")
def walk():
    """Two seconds of the free body's mean figure, from above the origin."""
    motion = load_motion("walk", BODY, np.zeros(10), FPS, FRAMES, np.random.default_rng(3))
    times = np.arange(FRAMES) / float(FPS)
    cameras = TakeCameras(times[None], np.eye(3)[None], np.zeros((1, 5)), np.ones((1, 2)), np.eye(4)[None])
    return truth_take(times, FPS, [Performance(motion.smpl, 1.7)], cameras, BODY, [], {}, "test")


# OpenPose's names of joints.
MARKERS = {
    f"{s[0].upper()}{theirs}": f"{s}_{ours}"
    for s in ("left", "right")
    for theirs, ours in (("Hip", "hip"), ("Knee", "knee"), ("Ankle", "ankle"), ("Shoulder", "shoulder"),
                         ("Elbow", "elbow"), ("Wrist", "wrist"), ("BigToe", "foot"))
} | {"Neck": "neck", "Head": "head"}  # fmt: skip


def write_trc(take, path: Path, drop: str = "", gap: tuple[str, int] = ("", 0)) -> Path:
    """OpenSim's layout: Y up, millimetres."""
    names = [name for name in MARKERS if name != drop]
    joints = take.people[0].joints_world
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{float(FPS):.6f}\t{float(FPS):.6f}\t{FRAMES}\t{len(names)}\tmm\t{float(FPS):.6f}\t1\t{FRAMES}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(names) + 1)),
        "",
    ]
    for frame in range(FRAMES):
        cells = [str(frame + 1), f"{frame / float(FPS):.6f}"]
        for name in names:
            x, y, z = 1000 * joints[frame, JOINT_INDEX[MARKERS[name]]]
            cells += ["", "", ""] if gap == (name, frame) else [f"{v:.5f}" for v in (y, z, x)]
        lines.append("\t".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


def limbs(take) -> np.ndarray:
    """(T, 10, 3) knees, ankles, elbows, wrists and head."""
    names = [f"{s}_{j}" for s in ("left", "right") for j in ("knee", "ankle", "elbow", "wrist")] + ["head", "neck"]
    return take.people[0].joints_world[:, [JOINT_INDEX[name] for name in names]]


def aligned(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Distances (T, J) once both begin at one place: imported people stand above the origin."""
    return np.linalg.norm(found - wanted - (found - wanted)[0].mean(axis=0), axis=-1)


def test_amass_goes_out_and_comes_back_exactly(walk, tmp_path):
    [path] = write_amass(walk, tmp_path / "walk.npz")
    content = read_smpl(path)
    assert content.z_up and content.kind == "smplh" and content.fps == pytest.approx(float(FPS))
    smpl = walk.people[0].smpl
    assert np.abs(content.pose[:, 1:22] - smpl.body_pose).max() < 1e-5
    assert np.abs(content.transl - smpl.transl).max() < 1e-6
    back = motion_take(path)
    assert back.fps_nominal == FPS and back.frame_count == FRAMES
    about = [limbs(t) - t.people[0].joints_world[:, :1] for t in (back, walk)]
    off = np.linalg.norm(about[0] - about[1], axis=-1)
    arms, legs = [2, 3, 6, 7, 8, 9], [0, 1, 4, 5]
    assert off[:, arms].max() < 1e-5
    assert off[:, legs].max() < 0.025, "whoever wrote the file may have had other legs: feet are planted anew"
    way = [np.linalg.norm(np.diff(t.people[0].joints_world[[0, -1], 0], axis=0)) for t in (back, walk)]
    assert way[0] == pytest.approx(way[1], rel=0.05)


def test_our_own_bvh_comes_back(walk, tmp_path):
    [path] = write_bvh(walk, tmp_path / "walk.bvh")
    back = motion_take(path)
    assert back.fps_nominal == FPS and back.frame_count == FRAMES
    assert aligned(limbs(back), limbs(walk)).max() < 0.002


def test_markers_at_joints_become_a_person(walk, tmp_path):
    back = motion_take(write_trc(walk, tmp_path / "walk.trc", gap=("LKnee", 20)))
    assert back.frame_count == FRAMES and float(back.fps_nominal) == pytest.approx(float(FPS), rel=1e-4)
    assert back.settings["fit_error_mm"] < 15
    # The file's axes leave the heading open: sizes of the ways say what the places cannot.
    for joint in ("left_ankle", "right_wrist"):
        path = [np.ptp(t.people[0].joints_world[:, JOINT_INDEX[joint], 2]) for t in (walk, back)]
        assert path[1] == pytest.approx(path[0], abs=0.03)
    assert back.people[0].contacts[:, :4].any()


def as_z_up(path: Path) -> Path:
    """The same TRC file with its columns y, z, x exchanged for x, y, z."""
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines[6:], start=6):
        cells = line.split("\t")
        for first in range(2, len(cells), 3):
            y, z, x = cells[first : first + 3]
            cells[first : first + 3] = [x, y, z]
        lines[number] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_axis_that_points_up_can_be_said(walk, tmp_path):
    usual = motion_take(write_trc(walk, tmp_path / "walk.trc"))
    said = motion_take(as_z_up(write_trc(walk, tmp_path / "other.trc")), up="+z")
    assert np.abs(limbs(said) - limbs(usual)).max() < 1e-3
    [bvh] = write_bvh(walk, tmp_path / "walk.bvh")
    right, lying = motion_take(bvh, up="+y"), motion_take(bvh, up="+z")
    assert np.abs(limbs(right) - limbs(motion_take(bvh))).max() < 1e-6
    head, pelvis = (JOINT_INDEX[name] for name in ("head", "pelvis"))
    heights = [t.people[0].joints_world[0, head, 2] - t.people[0].joints_world[0, pelvis, 2] for t in (right, lying)]
    assert heights[0] > 0.5 and abs(heights[1]) < 0.3
    [amass] = write_amass(walk, tmp_path / "walk.npz")
    with np.load(amass) as data:
        arrays = {key: data[key] for key in data.files if key != "mocap_framerate"} | {"fps": np.array(30.0)}
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # its world with Y up
    root = axis_angle_to_matrix(arrays["poses"].reshape(len(arrays["poses"]), -1, 3)[:, 0])
    arrays["poses"][:, :3] = matrix_to_axis_angle(turn @ root)
    arrays["trans"] = arrays["trans"] @ turn.T
    np.savez(tmp_path / "y_up.npz", **arrays)
    made = [motion_take(tmp_path / "y_up.npz", up=up).people[0].joints_world for up in (None, "+y")]
    assert np.abs(made[0] - made[1]).max() < 1e-6, "people mostly stand"


def test_the_command_says_what_it_made(walk, tmp_path, capsys):
    [path] = write_bvh(walk, tmp_path / "walk.bvh")
    target = tmp_path / "walk.take.npz"
    assert main(["motion", str(path), "-o", str(target), "--fps", "25", "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["fps"], said["frames"]) == (25, int((FRAMES - 1) / float(FPS) * 25) + 1)
    assert load(target).people[0].present.all()
    assert main(["export", str(target), "--format", "amass", "-o", str(tmp_path / "again.npz")]) == 0
    assert read_smpl(tmp_path / "again.npz").fps == 25


class Bomb:
    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


def test_pickles_are_refused_unread(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("wham_output.pkl", "hmr4d_results.pt"):
        (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
        with pytest.raises(BadInputError, match=r"saved as \.npz"):
            motion_take(tmp_path / name)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.bvh", "-o", "a.take.npz"], "no motion file"),
        (["walk.trc", "-o", "a.npz"], "take.npz"),
        (["walk.trc", "-o", "nowhere/a.take.npz"], "no folder"),
        (["walk.trc", "-o", "a.take.npz", "--fps", "0"], "no rate"),
        (["walk.trc", "-o", "a.take.npz"], "l_elbow"),  # a marker that is needed is not there
    ],
)
def test_what_is_wrong_is_said_in_one_line(walk, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    write_trc(walk, tmp_path / "walk.trc", drop="LElbow")
    assert main(["motion", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("*.take.npz"))
