"""From request to files with a stand-in for Blender: videos, time, cache, bad ends; with a real one: the same twice."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from understudy.core import cli
from understudy.core.body.numpy_model import load_free_body
from understudy.core.commands import blender
from understudy.core.errors import BadInputError, CancelledError, CannotWriteError, UnderstudyError
from understudy.core.synth import render as rendering
from understudy.core.synth.cameras import project
from understudy.core.synth.draw import draw_shot
from understudy.core.synth.film import read_picture
from understudy.core.synth.plan import Request
from understudy.core.synth.scene import costumes_of, scene_arrays
from understudy.core.synth.shoot import film_request
from understudy.core.synth.truth import load_visibility
from understudy.core.take_file import load
from understudy.core.video.reader import probe, read_chunks

STAND_IN = Path(__file__).resolve().parent / "stand_in.py"


@pytest.fixture
def stand_in(monkeypatch) -> None:
    """The renderer is a script that paints by number."""
    monkeypatch.setattr(rendering, "script_command", lambda script, args: [sys.executable, str(STAND_IN), *args])


@pytest.fixture
def film(tmp_path, stand_in) -> Callable:
    """``film(**options)`` → Footage of one short walk."""

    def run(folder: str = "out", cache: str = "cache", **options):
        whole = {"seed": 3, "frames": 3, "fps": Fraction(10), "size": (96, 64), "motions": ("walk",), **options}
        return film_request(Request(**whole), tmp_path / folder, tmp_path / cache)

    return run


def frames_of(path: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    chunks = list(read_chunks(path, chunk_frames=100, warn=lambda text: pytest.fail(text)))
    return np.concatenate([c.timestamps for c in chunks]), [image for c in chunks for image in c.images]


def test_everything_is_written_and_belongs_together(film) -> None:
    footage = film(people=2, cameras=2, depth=True, occluders=1, camera_motion="handheld")
    folder = footage.truth.parent
    assert {f.name for f in folder.iterdir()} == {
        "cam01.mp4", "cam02.mp4", "cam01.depth.mkv", "cam02.depth.mkv", "cameras.toml", "truth.take.npz",
    }  # fmt: skip
    take = load(footage.truth)
    assert take.frame_count == 3 and len(take.people) == 2 and take.cameras.world_from_camera.shape == (2, 3, 4, 4)
    assert take.fps_nominal == 10 and take.settings["seed"] == 3
    for c, source in enumerate(take.sources):
        path = folder / source["path"]
        assert source["sha256"] == sha256(path.read_bytes()).hexdigest()
        times, images = frames_of(path)
        assert np.allclose(times, take.cameras.timestamps[c]) and images[0].shape == (64, 96, 3)
        info = probe(path)
        assert info.focal_px == pytest.approx(take.cameras.K[c, 0, 0], rel=1e-4)
    assert set(load_visibility(footage.truth)) == {"1", "2"}
    motion = take.settings["motions"][0]
    assert motion["source"] == "walk" and motion["licence"] and motion["fit_error_mm"] == 0


def test_frames_are_in_order_and_depth_is_lossless(film) -> None:
    footage = film(depth=True, frames=8)
    _, images = frames_of(footage.videos[0])
    # The stand-in paints BGR: its third channel is red, its first blue.
    blues = [int(image[8:24, 8:40, 2].mean()) for image in images]
    assert all(b > a + 2 for a, b in pairwise(blues))
    with av.open(str(footage.depths[0])) as container:
        depths = [frame.to_ndarray() for frame in container.decode(video=0)]
    assert [int(d[0, 0]) for d in depths] == [1000 + f for f in range(8)]
    assert all(d.dtype == np.uint16 and d.shape == (64, 96) and np.ptp(d) == 0 for d in depths)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_videos_come_back_upright(film, rotation: int) -> None:
    footage = film(rotation=rotation)
    info = probe(footage.videos[0])
    assert (info.rotation, info.width, info.height) == (rotation, 96, 64)
    _, images = frames_of(footage.videos[0])
    corner, opposite = images[0][8:24, 8:40].mean(axis=(0, 1)), images[0][40:56, 56:88].mean(axis=(0, 1))
    assert corner[0] > 150 > opposite[0] + 60  # red only at the upper left
    with av.open(str(footage.videos[0])) as container:
        stored = container.streams.video[0]
        assert (stored.width, stored.height) == ((64, 96) if rotation % 180 else (96, 64))


def test_variable_rate_is_in_the_container(film) -> None:
    footage = film(variable_rate=True, frames=12, fps=Fraction(30))
    times, _ = frames_of(footage.videos[0])
    assert np.allclose(times, load(footage.truth).timestamps, atol=1e-4)
    assert np.ptp(np.diff(times)) > 0.03


def test_the_same_seed_gives_the_same_bytes(film) -> None:
    a, b = film("a", "cache-a", depth=True), film("b", "cache-b", depth=True)
    for name in ("cam01.mp4", "cam01.depth.mkv", "cameras.toml"):
        assert (a.truth.parent / name).read_bytes() == (b.truth.parent / name).read_bytes()
    with np.load(a.truth) as x, np.load(b.truth) as y:
        assert set(x.files) == set(y.files)
        assert all(np.array_equal(x[k], y[k], equal_nan=x[k].dtype.kind == "f") for k in x.files)
    c = film("c", "cache-c", seed=4)
    assert (c.truth.parent / "cam01.mp4").read_bytes() != (a.truth.parent / "cam01.mp4").read_bytes()


def test_a_stopped_render_goes_on_and_a_finished_one_is_not_repeated(film, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("STOP_AFTER", "2")
    with pytest.raises(UnderstudyError):
        film(cameras=2)
    (folder,) = (tmp_path / "cache").iterdir()
    pictures = sorted(folder.rglob("*.png"))
    assert len(pictures) == 2
    before = [p.stat().st_mtime_ns for p in pictures]
    monkeypatch.delenv("STOP_AFTER")
    film(cameras=2)
    assert [p.stat().st_mtime_ns for p in pictures] == before and len(list(folder.rglob("*.png"))) == 6
    monkeypatch.setenv("FAIL", "1")  # nothing is left to do, so nothing can fail
    film(cameras=2)
    # A depth pass wants more of the same pictures.
    monkeypatch.delenv("FAIL")
    film(cameras=2, depth=True)
    assert len(list((tmp_path / "cache").iterdir())) == 1 and len(list(folder.rglob("*.png"))) == 12


def key_of(version: str = "5.0", **options) -> str:
    whole = {"seed": 3, "frames": 2, "fps": Fraction(10), "size": (96, 64), "motions": ("walk",), **options}
    shot = draw_shot(Request(**whole), load_free_body())
    return rendering.cache_key(scene_arrays(shot, costumes_of(shot, load_free_body())), shot, version)


@pytest.mark.parametrize(
    "change", [{"seed": 4}, {"mode": "full"}, {"motions": ("run",)}, {"size": (64, 64)}, {"version": "4.5"}]
)
def test_another_shot_or_blender_has_another_place_in_the_cache(change) -> None:
    assert key_of() == key_of() != key_of(**change)


def test_other_code_has_another_place_in_the_cache(tmp_path, monkeypatch) -> None:
    before = key_of()
    code = tmp_path / "code.py"
    code.write_text("changed")
    monkeypatch.setattr(rendering, "_MESH_CODE", (*rendering._MESH_CODE, code))
    assert key_of() != before


def test_cancelling_keeps_what_is_rendered(tmp_path, stand_in) -> None:
    request = Request(3, frames=6, fps=Fraction(10), size=(64, 64), motions=("walk",))
    seen = []

    def progress(stage: str, done: int, total: int | None, eta: float | None) -> None:
        seen.append((stage, done, total))

    with pytest.raises(CancelledError):
        film_request(request, tmp_path / "out", tmp_path / "cache", progress, lambda: len(seen) > 4)
    assert list((tmp_path / "cache").rglob("*.png"))
    assert not (tmp_path / "out" / "truth.take.npz").exists() and not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(("code", "kind"), [(2, BadInputError), (1, UnderstudyError)])
def test_blenders_own_errors_are_passed_on(film, monkeypatch, code, kind) -> None:
    monkeypatch.setenv("FAIL", str(code))
    with pytest.raises(kind, match="disk full"):
        film()


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folders(film, tmp_path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(CannotWriteError, match="out"):
        film()


def test_targets_that_cannot_be_folders(film, tmp_path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(CannotWriteError, match="out"):
        film()
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(CannotWriteError, match="cache"):
        film(folder="other")


def run_cli(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main([str(a) for a in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_the_command(tmp_path, stand_in) -> None:
    target = tmp_path / "shot"
    common = ("--frames", 3, "--size", "64x96", "--fps", "30000/1001", "--cache", tmp_path / "cache", "-o", target)
    code, out, _ = run_cli("synth", "--seed", 7, "--motion", "walk", "run", "--people", 2, "--json", *common)
    assert code == 0
    summary = json.loads(out)
    assert summary["frames"] == 3 and [p["motion"] for p in summary["people"]] == ["walk", "run"]
    assert load(target / "truth.take.npz").fps_nominal == Fraction(30000, 1001)
    code, out, _ = run_cli("synth", "--seed", 7, *common)
    assert code == 0 and out.splitlines()[-1] == str(target / "truth.take.npz")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--people", "0"], "--people 0"),
        (["--people", "5"], "--people 5"),
        (["--cameras", "7"], "--cameras 7"),
        (["--size", "640"], "WIDTHxHEIGHT"),
        (["--size", "9x9"], "--size 9x9"),
        (["--fps", "fast"], "'fast'"),
        (["--fps", "1/0"], "'1/0'"),
        (["--motion", "moonwalk"], "moonwalk"),
        (["--motion", "nowhere.bvh"], "nowhere.bvh"),
        (["--mode", "best"], "--mode best"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, stand_in, arguments, message) -> None:
    code, out, err = run_cli("synth", "--seed", 1, "-o", tmp_path / "out", *arguments)
    assert code == 2 and message in err and out == ""
    lines = [line for line in err.splitlines() if line.startswith("understudy")]
    assert len(lines) == 1 and "Traceback" not in err


def test_without_blender_the_cure_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(blender.ENVIRONMENT_VARIABLE, str(tmp_path / "no-python"))
    code, _, err = run_cli("synth", "--seed", 1, "--frames", 1, "-o", tmp_path / "out")
    assert code == 2 and blender.ENVIRONMENT_VARIABLE in err
    monkeypatch.delenv(blender.ENVIRONMENT_VARIABLE)
    monkeypatch.setattr(blender, "LOCAL_ENVIRONMENTS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = run_cli("synth", "--seed", 1, "--frames", 1, "-o", tmp_path / "out")
    assert code == 2 and "no Blender" in err and "pip install bpy" in err


def test_a_blender_that_does_not_start_is_named(tmp_path, monkeypatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'libGL is missing' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv(blender.ENVIRONMENT_VARIABLE, str(broken))
    code, _, err = run_cli("synth", "--seed", 1, "--frames", 1, "-o", tmp_path / "out")
    assert code == 2 and "does not start" in err and "libGL is missing" in err


@pytest.fixture
def real_blender() -> None:
    try:
        blender.script_command(rendering.SCRIPT, [])
    except BadInputError:
        pytest.skip("no Blender here: make test-bpy-5.0 makes an environment with it")


def test_blender_renders_the_same_twice(tmp_path, real_blender) -> None:
    """Two runs of one seed, each in processes and a cache of its own."""
    request = Request(21, frames=2, fps=Fraction(5), size=(96, 96), motions=("walk",))
    a, b = (film_request(request, tmp_path / name, tmp_path / f"cache-{name}") for name in "ab")
    for t in range(2):
        one, two = (read_picture(rendering.picture_path(f.pictures, 0, t)) for f in (a, b))
        assert np.array_equal(one, two) and one.std() > 10
    assert a.videos[0].read_bytes() == b.videos[0].read_bytes()
    with np.load(a.truth) as x, np.load(b.truth) as y:
        assert all(np.array_equal(x[k], y[k], equal_nan=x[k].dtype.kind == "f") for k in x.files)


def test_true_joints_lie_on_their_dots(tmp_path, real_blender) -> None:
    """A portrait picture from a hand-held camera, dots at the joints: their light is centred where the truth says."""
    request = Request(
        22, frames=2, fps=Fraction(2), size=(360, 480), motions=("walk",), camera_motion="handheld", markers=True
    )
    footage = film_request(request, tmp_path / "out", tmp_path / "cache")
    take = load(footage.truth)
    pixels, _ = project(take.people[0].joints_world.astype(float), take.cameras.K[0], take.cameras.world_from_camera[0])
    checked = 0
    for t in range(2):
        picture = read_picture(rendering.picture_path(footage.pictures, 0, t))[..., 0].astype(float)
        rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
        apart = np.linalg.norm(pixels[t][:, None] - pixels[t], axis=-1) + 99 * np.eye(len(pixels[t]))
        for x, y in pixels[t][apart.min(axis=1) > 10]:
            light = np.where((np.abs(columns - x) <= 4) & (np.abs(rows - y) <= 4), picture, 0)
            assert light.sum() > 60
            centre = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
            assert np.linalg.norm(centre - (x, y)) < 0.5
            checked += 1
    assert checked >= 16
