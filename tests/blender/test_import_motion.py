"""Motion files of every kind into the scene, through the button: who comes out does what the file's performer did."""

from __future__ import annotations

import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from retarget_armatures import armature_of, transfer

from understudy.addon import jobs
from understudy.addon.preferences import preferences
from understudy.addon.scene import builder, fbx
from understudy.addon.scene.character_export import export_character
from understudy.addon.scene.sampling import sample
from understudy.core.take_file import load

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / ".venv"
FRAMES = 30
# Written by ezc3d itself, in the engine's environment: joints by OpenPose's names, millimetres, Y up.
C3D = """
import sys, ezc3d, numpy as np
data = np.load(sys.argv[1])
points = 1000 * data["places"][:, :, [1, 2, 0]]
file = ezc3d.c3d()
file["parameters"]["POINT"]["RATE"]["value"] = [30.0]
file["parameters"]["POINT"]["LABELS"]["value"] = [str(name) for name in data["names"]]
file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
if sys.argv[3]:
    file.add_parameter("POINT", "Y_SCREEN", [sys.argv[3]])
file["data"]["points"] = np.concatenate([points.transpose(2, 1, 0), np.ones((1, *points.shape[1::-1]))])
file.write(sys.argv[2])
"""
MARKERS = {
    f"{side[0].upper()}{theirs}": f"{side}_{ours}"
    for side in ("left", "right")
    for theirs, ours in (("Hip", "hip"), ("Knee", "knee"), ("Ankle", "ankle"), ("Shoulder", "shoulder"),
                         ("Elbow", "elbow"), ("Wrist", "wrist"), ("BigToe", "foot"))
} | {"Neck": "neck", "Head": "head"}  # fmt: skip


@pytest.fixture
def engine(addon):
    if not (ENGINE / "pyvenv.cfg").is_file():
        pytest.skip("no engine in .venv: make it with make")
    preferences().engine_folder = str(ENGINE)


@pytest.fixture
def walker(engine, scene, walking_take):
    """An actor that walks, and where its joints are."""
    take, path = walking_take
    return builder.build(take, path, scene).actors[0]


@pytest.fixture(scope="session")
def walking_take(tmp_path_factory):
    """Two people's worth of truth: an authored walk, made by the engine."""
    if not (ENGINE / "pyvenv.cfg").is_file():
        pytest.skip("no engine in .venv: make it with make")
    folder = tmp_path_factory.mktemp("walk")
    code = (
        "import sys, numpy as np; from fractions import Fraction; from pathlib import Path\n"
        "from understudy.core.body.numpy_model import load_free_body\n"
        "from understudy.core.synth.motions import load_motion\n"
        "from understudy.core.synth.truth import Performance, truth_take\n"
        "from understudy.core.take import TakeCameras\n"
        "from understudy.core.take_file import save\n"
        "body, n = load_free_body(), int(sys.argv[2])\n"
        "motion = load_motion('walk', body, np.zeros(10), Fraction(30), n, np.random.default_rng(3))\n"
        "times = np.arange(n) / 30\n"
        "cameras = TakeCameras(times[None], np.eye(3)[None], np.zeros((1, 5)), np.ones((1, 2)), np.eye(4)[None])\n"
        "take = truth_take(times, Fraction(30), [Performance(motion.smpl, 1.7)], cameras, body, [], {}, 'test')\n"
        "save(take, Path(sys.argv[1]))\n"
    )
    path = folder / "walk.take.npz"
    subprocess.run([ENGINE / "bin" / "python", "-c", code, str(path), str(FRAMES)], check=True, cwd=ROOT)
    return load(path), path


def brought_in(path: Path, **options):
    """What the button makes of a file: the take, and the actor's joints (T, 52, 3) m as Blender shows them."""
    before = set(bpy.data.objects)
    assert bpy.ops.understudy.import_motion(filepath=str(path), **options) == {"FINISHED"}
    while jobs.importing is not None:
        jobs.tick()
    assert jobs.last_import_error is None
    [actor] = [ob for ob in set(bpy.data.objects) - before if ob.type == "ARMATURE"]
    sampled = sample(actor, bpy.context.scene, 1, FRAMES)
    take = load(path.with_name(f"{path.stem}.take.npz"))
    return take, dict(zip(sampled.names, np.moveaxis(sampled.in_world()[..., :3, 3], 1, 0), strict=True))


def truth(actor):
    sampled = sample(actor, bpy.context.scene, 1, FRAMES)
    return dict(zip(sampled.names, np.moveaxis(sampled.in_world()[..., :3, 3], 1, 0), strict=True))


def furthest(found, wanted, names) -> float:
    """m, once both begin at one place and face one way: imported people stand above the origin and face −Y."""
    a, b = (np.stack([joints[name] for name in names], axis=1) for joints in (found, wanted))
    a, b = a - [*a[0, 0, :2], 0], b - [*b[0, 0, :2], 0]
    across = [(x[:, 1] - x[:, 2])[0, :2] for x in (a, b)]
    angle = np.arctan2(across[0][1], across[0][0]) - np.arctan2(across[1][1], across[1][0])
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return float(np.linalg.norm(a - b @ turn.T, axis=-1).max())


BODY = ("pelvis", "left_hip", "right_hip", "left_knee", "right_ankle", "left_elbow", "right_wrist", "head")


def test_bvh_and_amass_of_the_exporter_come_back(walker, scene, tmp_path):
    wanted = truth(walker)
    for name, suffix, most in (("bvh", ".bvh", 0.002), ("amass", ".npz", 0.03)):
        path = tmp_path / f"{name}{suffix}"
        export_character(walker, path, name, scene)
        take, found = brought_in(path)
        assert (take.frame_count, float(take.fps_nominal)) == (FRAMES, 30)
        assert furthest(found, wanted, BODY) < most, name


@pytest.mark.parametrize(("dialect", "scale"), [("mixamo", 0.01), ("unreal5", 1.0)])
def test_fbx_of_other_rigs_becomes_an_actor(walker, scene, tmp_path, dialect, scale):
    target, bone_map = armature_of(dialect, scale)
    transfer(walker, None, target, bone_map, scene)
    scene.frame_start, scene.frame_end = 1, FRAMES
    fbx.export_actor(target, tmp_path / "walk.fbx", fbx.preset("generic"), "walk")
    wanted = truth(walker)
    take, found = brought_in(tmp_path / "walk.fbx")
    assert (take.frame_count, float(take.fps_nominal)) == (FRAMES, 30)
    assert take.people[0].contacts[:, :4].any(), "feet that stand are known to stand"
    # Feet are planted there and back, each time where they were seen to stand.
    assert furthest(found, wanted, BODY) < 0.03
    assert not [ob for ob in scene.objects if ob.name.startswith("walk.fbx")]


@pytest.mark.parametrize(("said", "up"), [("+Y", "AUTO"), ("", "Y")])
def test_c3d_by_ezc3d_with_and_without_its_up_axis(walker, tmp_path, said, up):
    wanted = truth(walker)
    path, data = tmp_path / "walk.c3d", tmp_path / "places.npz"
    np.savez(data, names=list(MARKERS), places=np.stack([wanted[joint] for joint in MARKERS.values()], axis=1))
    subprocess.run([ENGINE / "bin" / "python", "-c", C3D, str(data), str(path), said], check=True)
    take, found = brought_in(path, up=up)
    assert take.frame_count == FRAMES
    assert furthest(found, wanted, BODY) < 0.06


def test_bvh_with_z_up_and_another_rate(walker, scene, tmp_path):
    path = tmp_path / "walk.bvh"
    export_character(walker, path, "bvh", scene)
    take, found = brought_in(path, up="Z", fps=15.0)
    assert float(take.fps_nominal) == 15 and take.frame_count == FRAMES // 2
    # What was up in the file is now the depth: the walker lies, which says that the choice was obeyed.
    assert np.abs(np.diff([found["pelvis"][0, 2], found["head"][0, 2]])) < 0.3


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("walk.fbx", b"nothing", "no FBX file that Blender reads"),
        ("walk.bvh", b"nothing", "walk.bvh"),
        ("walk.npz", b"nothing", "not a readable"),
        ("walk.pkl", b"nothing", "save pickles as .npz"),
        ("missing.bvh", None, "no motion file"),
    ],
)
def test_what_is_no_motion_is_said_so(engine, scene, tmp_path, name, content, word):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RuntimeError, match=word):
        bpy.ops.understudy.import_motion(filepath=str(tmp_path / name))
    assert not list(tmp_path.glob("*.take.npz"))


def test_without_an_engine_the_button_says_what_to_do(addon, tmp_path):
    preferences().engine_folder = str(tmp_path)
    with pytest.raises(RuntimeError, match="Install the engine"):
        bpy.ops.understudy.import_motion(filepath=str(tmp_path / "a.bvh"))
