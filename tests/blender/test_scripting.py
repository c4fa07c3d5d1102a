"""What studios script: every operator's arguments are written down, and the docs' example runs without a window."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import bpy
import pytest
from engines import needs_engine

from understudy.addon import capture_queue, jobs, registration
from understudy.addon.scene import takes
from understudy.core.take_file import load

ROOT = Path(__file__).resolve().parents[2]
ops = bpy.ops.understudy

sys.path.insert(0, str(ROOT / "tools"))
import operator_reference  # noqa: E402


def test_the_page_has_every_operator_as_it_is(addon):
    text = operator_reference.table(registration.CLASSES)
    page = operator_reference.PAGE.read_text(encoding="utf-8")
    wrong = "run tools/operator_reference.py: docs/scripting.md is not what is registered"
    assert operator_reference.page_with(text, page) == page, wrong
    for name in dir(ops):
        assert f"**`{name}`**" in text, name


def test_every_argument_is_described(addon):
    for cls in registration.CLASSES:
        if not issubclass(cls, bpy.types.Operator):
            continue
        own = {name for base in cls.__mro__ for name in getattr(base, "__annotations__", {})}
        for prop in getattr(ops, cls.bl_idname.partition(".")[2]).get_rna_type().properties:
            if prop.identifier in own and not prop.identifier.startswith("filter_"):
                assert prop.description, f"{cls.bl_idname}({prop.identifier})"


@pytest.mark.slow
@needs_engine
def test_the_example_runs_without_a_window(engine, scene, tmp_path, monkeypatch, root):
    out = tmp_path / "out"
    script = ROOT / "docs" / "examples" / "clip_to_fbx.py"
    monkeypatch.setattr(sys, "argv", ["blender", "--", str(root / "sample" / "solo.mp4"), str(out)])
    runpy.run_path(str(script))
    written = {path.name for path in out.iterdir()}
    assert {"solo.take.npz", "clean.take.npz", "clean.blend"} <= written
    (fbx,) = out.glob("*.fbx")
    report = json.loads(next(out.glob("*.report.json")).read_text(encoding="utf-8"))
    assert not report["problems"] and report["millimetres"] < 0.1
    assert fbx.stat().st_size > 10_000
    (take,) = [one for one in bpy.data.collections if "take_id" in one]
    # What moves people comes after a correction.
    assert [edit["kind"] for edit in json.loads(take["edits"])] == ["repair", "smooth", "correct", "place"]
    raw, clean = load(out / "solo.take.npz"), load(out / "clean.take.npz")
    assert clean.frame_count == raw.frame_count and len(takes.actors(take)) == 1


@needs_engine
def test_wait_names_what_failed(engine, scene, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"this is no video")
    ops.capture(filepath=str(tmp_path / "broken.mp4"))
    assert jobs.busy()
    with pytest.raises(RuntimeError, match="broken"):
        ops.wait()
    assert not jobs.busy()
    assert ops.wait() == {"FINISHED"}  # what failed before is not told again
    capture_queue.clear(("failed",))


@needs_engine
def test_wait_gives_up_in_time(engine, scene, tmp_path, root):
    import shutil

    shutil.copy(root / "sample" / "solo.mp4", tmp_path)
    ops.capture(filepath=str(tmp_path / "solo.mp4"))
    with pytest.raises(RuntimeError, match=r"Not done after 0\.2 s"):
        ops.wait(seconds=0.2)
    ops.cancel()
    with pytest.raises(RuntimeError, match=r"[Cc]ancelled"):
        ops.wait()


def test_wait_has_nothing_to_do(addon):
    assert ops.wait() == {"FINISHED"}
