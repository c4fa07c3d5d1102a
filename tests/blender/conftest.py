"""A clean Blender for every test, and synthetic takes to import.

Run with the Python of an environment that holds bpy: ``.venv-bpy-5.0/bin/python -m pytest tests/blender``.
"""

from __future__ import annotations

import os
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Before the first import of bpy: the user's own Blender settings stay out of the tests, and the tests out of them.
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="understudy-blender-")
if "understudy" not in sys.modules:
    # The environments with bpy hold no installed copy of the package; this is what core/launch.py does.
    _package = types.ModuleType("understudy")
    _package.__path__ = [str(ROOT)]
    sys.modules["understudy"] = _package

bpy = pytest.importorskip("bpy", reason="needs an environment with bpy: .venv-bpy-*")

import numpy as np  # noqa: E402
from engines import ENGINE, pretended_environment  # noqa: E402

from understudy.core import skeleton  # noqa: E402
from understudy.core.body.numpy_model import load_free_body  # noqa: E402
from understudy.core.rotation import axis_angle_to_matrix  # noqa: E402
from understudy.core.take import ManoMotion, SmplMotion, Take, TakeCameras, TakePerson  # noqa: E402
from understudy.core.take_file import save  # noqa: E402

Array = Any


@pytest.fixture
def scene() -> Iterator[Any]:
    """The scene of an empty file."""
    bpy.ops.wm.read_homefile(use_empty=True)
    yield bpy.context.scene


@pytest.fixture
def addon(scene: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """This checkout's add-on, registered in an empty file."""
    # A checkout is no extension, and has no folder of an extension for the user's files.
    folder = tmp_path_factory.mktemp("user")
    for module in ("preferences", "strips", "operators.storage"):
        monkeypatch.setattr(f"understudy.addon.{module}.user_folder", lambda: folder)
    from understudy.addon import registration
    from understudy.addon.declarations import ROOT_PACKAGE

    bpy.context.preferences.addons.new().module = ROOT_PACKAGE
    registration.register()
    yield
    registration.unregister()
    addons = bpy.context.preferences.addons
    addons.remove(addons[ROOT_PACKAGE])


@pytest.fixture
def imported(addon: None, saved_take: Callable[..., tuple[Take, Path]]) -> Callable[..., Any]:
    """A synthetic take in the scene, its first actor active: the take, the ``TakeScene``."""
    from understudy.addon.scene import builder
    from understudy.addon.take_import import activate

    def make(name: str = "walk", **options: Any) -> tuple[Take, Any]:
        take, path = saved_take(name, **options)
        built = builder.build(take, path, bpy.context.scene)
        activate(built)
        return take, built

    return make


@pytest.fixture
def make_take() -> Callable[..., Take]:
    """``synthetic_take``."""
    return synthetic_take


@pytest.fixture
def saved_take(tmp_path: Path) -> Callable[..., tuple[Take, Path]]:
    """``synthetic_take`` written to a file: the take and its path."""

    def make(name: str = "walk", **options: Any) -> tuple[Take, Path]:
        take = synthetic_take(**options)
        return take, save(take, tmp_path / f"{name}.take.npz")

    return make


def synthetic_take(
    frames: int = 24,
    people: int = 1,
    fps: Fraction = Fraction(30),
    timestamps: Array = None,
    moving_camera: bool = False,
    seed: int = 0,
    sources: list[dict[str, Any]] | None = None,
) -> Take:
    """Smooth random motion: every joint turns, and the person walks."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / float(fps) if timestamps is None else np.asarray(timestamps, float)
    cameras = _camera(t, moving_camera)
    actors = tuple(_person(str(i + 1), t, rng, offset=0.9 * i) for i in range(people))
    return Take(
        timestamps=t,
        fps_nominal=fps,
        cameras=cameras,
        people=actors,
        keypoint_names=skeleton.KEYPOINTS,
        joint_names=skeleton.TAKE_JOINTS,
        joint_parents=skeleton.TAKE_PARENTS,
        sources=sources or [],
        created_with="tests",
        take_id="synthetic",
    )


def _person(person: str, t: Array, rng: Any, offset: float) -> TakePerson:
    frames = len(t)

    def wave(*shape: int, size: float) -> Array:
        phase, rate = rng.uniform(0, 2 * np.pi, shape), rng.uniform(0.3, 1.2, shape)
        angle = 2 * np.pi * rate * t.reshape(-1, *(1,) * len(shape)) + phase
        return (size * rng.uniform(0.3, 1, shape) * np.sin(angle)).astype(np.float32)

    upright = np.array([np.pi / 2, 0, 0], np.float32)
    smpl = SmplMotion(
        betas=rng.normal(0, 0.8, 10).astype(np.float32),
        global_orient=upright + wave(3, size=1.2),
        body_pose=wave(21, 3, size=0.9),
        left_hand_pose=wave(15, 3, size=0.7),
        right_hand_pose=wave(15, 3, size=0.7),
        transl=np.array([offset, 3.0, 0.9], np.float32) + wave(3, size=0.4),
    )
    hands = [
        ManoMotion(smpl.betas, wave(3, size=1), pose, wave(3, size=1), rng.uniform(0, 1, frames).astype(np.float32))
        for pose in (smpl.left_hand_pose, smpl.right_hand_pose)
    ]
    count = len(skeleton.KEYPOINTS)
    pose = np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    )
    joints = load_free_body().points(smpl.betas, pose, smpl.transl)
    return TakePerson(
        id=person,
        present=np.arange(frames) % 7 != 3,
        keypoints2d=np.full((1, frames, count, 2), np.nan, np.float32),
        keypoints2d_confidence=np.zeros((1, frames, count), np.float32),
        keypoints3d=np.full((1, frames, count, 3), np.nan, np.float32),
        joints_world=joints,
        joints_confidence=rng.uniform(0, 1, joints.shape[:2]).astype(np.float32),
        contacts=rng.uniform(0, 1, (frames, 6)).astype(np.float32),
        smpl=smpl,
        left_hand=hands[0],
        right_hand=hands[1],
    )


def _camera(t: Array, moving: bool) -> TakeCameras:
    """A tall camera with its principal point off the centre, 1.4 m up, pitched down a little."""
    pitch = np.radians(8)
    world = np.eye(4)
    world[:3, :3] = [[1, 0, 0], [0, -np.sin(pitch), np.cos(pitch)], [0, -np.cos(pitch), -np.sin(pitch)]]
    world[:3, 3] = [0, 0, 1.4]
    if moving:
        turn = np.zeros((len(t), 3))
        turn[:, 2] = 0.3 * np.sin(t)
        path = np.tile(world, (len(t), 1, 1))
        path[:, :3, :3] = axis_angle_to_matrix(turn) @ world[:3, :3]
        path[:, 0, 3] = 0.2 * t
        world = path
    return TakeCameras(
        timestamps=t[None],
        K=np.array([[[1450.0, 0, 561.5], [0, 1450.0, 930.2], [0, 0, 1]]]),
        distortion=np.zeros((1, 5)),
        size=np.array([[1080, 1920]]),
        world_from_camera=world[None],
    )


@pytest.fixture
def engine(addon: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The add-on uses the checkout's engine, and this machine's models."""
    from understudy.addon import preferences

    options = preferences.preferences()
    options.engine_folder, options.device = str(ENGINE.parent.parent), "cpu"
    monkeypatch.setattr(preferences, "worker_log", lambda: tmp_path / "engine.log")
    monkeypatch.setattr(preferences, "engine_variables", lambda options: {})


@pytest.fixture
def pretended_engine(addon: None, tmp_path: Path) -> Path:
    """Preferences that point at an engine which answers as tests/data/fake_worker.py does; a folder for videos."""
    from understudy.addon.preferences import preferences

    preferences().engine_folder = str(pretended_environment(tmp_path / "environment"))
    videos = tmp_path / "videos"
    videos.mkdir()
    return videos


# As a module, Blender 4.2 frees properties with callbacks after Python is gone, and crashes, and 4.5 sometimes waits
# for its own sound thread for ever; as programs they do not.
_LEAVES_HARD = bpy.app.version < (5, 0, 0)
_status = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_status] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The last thing that happens: everything is reported, and the process ends with the status of the tests."""
    if _LEAVES_HARD and _status in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_status])
