"""The script behind ``understudy import``, in a process of its own."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from understudy.core import take_file as takes
from understudy.core.errors import EXIT_BAD_INPUT, EXIT_DONE

SCRIPT = Path(__file__).resolve().parents[2] / "addon" / "headless" / "import_take.py"


def run(*arguments):
    """Exit code and the lines of stdout, every one of them JSON."""
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_blend_and_fbx_of_two_people(saved_take, tmp_path):
    _, path = saved_take("walk", people=2, frames=10)
    (tmp_path / "out").mkdir()
    blend, report = tmp_path / "out" / "walk.blend", tmp_path / "report.json"
    code, lines = run("--take", path, "--blend", blend, "--fbx", tmp_path / "out" / "walk.fbx", "--report", report)
    assert code == EXIT_DONE
    result = lines[-1]
    assert result["type"] == "result" and result["actors"] == ["actor.001", "actor.002"]
    assert [Path(f).name for f in result["fbx"]] == ["walk_1.fbx", "walk_2.fbx"]
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"walk.blend", "walk_1.fbx", "walk_2.fbx"}
    assert json.loads(report.read_text())["frames"] == [1, 10]
    progress = [line for line in lines if line["type"] == "progress"]
    assert {line["stage"] for line in progress} >= {"take", "actor.001", "actor.002", "camera", "fbx"}
    assert all(0 <= line["done"] <= line["total"] for line in progress)

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    collection = bpy.data.collections["Take walk"]
    assert collection["take_path"] == "//../walk.take.npz"
    assert Path(bpy.path.abspath(collection["take_path"])).resolve() == path
    assert bpy.data.objects["actor.002"].animation_data.action.name == "actor.002"
    assert bpy.context.scene.camera.name == "camera"


def test_paths_in_the_blend_are_relative(saved_take, tmp_path):
    image = bpy.data.images.new("picture", 32, 16)
    (tmp_path / "frames").mkdir()
    image.filepath_raw, image.file_format = str(tmp_path / "frames" / "0001.png"), "PNG"
    image.save()
    source = {"path": "frames", "rotation": 0, "first_timestamp": 0.0}
    _, path = saved_take("walk", frames=2, sources=[source])
    code, lines = run("--take", path, "--blend", tmp_path / "walk.blend")
    assert code == EXIT_DONE and lines[-1]["warnings"] == []
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "walk.blend"))
    assert [clip.filepath for clip in bpy.data.movieclips] == ["//frames/0001.png"]


def damaged(take, path):
    path.write_bytes(path.read_bytes()[:200])


def newer(take, path):
    with np.load(path) as archive:
        arrays = dict(archive)
    meta = json.loads(str(arrays["meta"])) | {"schema": takes.SCHEMA + 1}
    np.savez(path, **(arrays | {"meta": np.array(json.dumps(meta))}))


def misshapen(take, path):
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez(path, **(arrays | {"person/1/contacts": arrays["person/1/contacts"][:, :4]}))


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (damaged, "not a readable take"),
        (newer, "schema"),
        (misshapen, "person/1/contacts"),
        (lambda take, path: path.unlink(), "no take at"),
    ],
)
def test_bad_takes_are_refused_in_one_line(saved_take, tmp_path, break_it, message):
    take, path = saved_take(frames=3)
    break_it(take, path)
    code, lines = run("--take", path, "--blend", tmp_path / "out.blend")
    assert code == EXIT_BAD_INPUT
    assert len(lines) == 1 and lines[0]["type"] == "error" and message in lines[0]["message"]
    assert "\n" not in lines[0]["message"]
    assert not (tmp_path / "out.blend").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--blend", "gone/out.blend"], "gone"),
        (["--blend", "out.blend", "--fbx", "gone/out.fbx"], "gone"),
        (["--blend", "out.blend", "--fbx", "out.fbx", "--preset", "maya"], "maya"),
    ],
)
def test_targets_are_checked_before_anything_is_written(saved_take, tmp_path, monkeypatch, options, message):
    _, path = saved_take(frames=3)
    monkeypatch.chdir(tmp_path)
    code, lines = run("--take", path, *options)
    assert code == EXIT_BAD_INPUT
    assert lines[-1]["type"] == "error" and message in lines[-1]["message"]
    assert [f.name for f in tmp_path.iterdir()] == [path.name]


def test_take_without_people_still_makes_a_scene(saved_take, tmp_path):
    take, path = saved_take(frames=3)
    takes.save(dataclasses.replace(take, people=()), path)
    code, lines = run("--take", path, "--blend", tmp_path / "out.blend", "--fbx", tmp_path / "out.fbx")
    assert code == EXIT_DONE
    assert lines[-1]["actors"] == [] and lines[-1]["fbx"] == []
