"""Switched on and off, upgraded, uninstalled, in the middle of a job too: nothing is left, and files outlive it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest
from engines import pretended_environment
from extension_profile import (
    MODULE,
    ROOT,
    build,
    install,
    newer,
    part,
    traces,
    uninstall,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a script with a shebang")


@pytest.fixture(scope="module")
def zip_path(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def extension(zip_path, scene):
    """Installed and on; removed after the test where the test did not."""
    install(zip_path)
    yield
    if MODULE in bpy.context.preferences.addons:
        uninstall()


@pytest.fixture
def job(extension, tmp_path, monkeypatch, saved_take):
    """A capture under way in an engine that pretends: its process."""
    environment = pretended_environment(tmp_path / "environment")
    bpy.context.preferences.addons[MODULE].preferences.engine_folder = str(environment)
    monkeypatch.setenv("FAKE_TAKE", str(saved_take("fixture")[1]))
    video = tmp_path / "slow.mp4"
    video.write_bytes(b"")
    bpy.ops.understudy.capture(filepath=str(video))
    jobs = part("addon.jobs")
    deadline = time.monotonic() + 30
    while jobs.capture.state != "running":
        assert time.monotonic() < deadline
        jobs.tick()
        time.sleep(0.01)
    return part("addon.engine.link").client._process


def timers():
    """The add-on's timers, by the name of their function."""
    known = (("addon.jobs", "tick"), ("addon.cleanup", "_tick"), ("addon.errands", "tick"),
             ("addon.readings", "_redraw_when_read"))  # fmt: skip
    return {f"{module}.{name}": getattr(part(module), name) for module, name in known}


def test_nothing_of_it_is_left(zip_path, scene, capfd):
    install(zip_path)
    before = {kind: set() for kind in traces()}
    there = traces()
    assert all(there[kind] for kind in ("types", "properties", "handlers", "operators"))
    running = timers()
    uninstall()
    assert traces() == before
    assert not [name for name, timer in running.items() if bpy.app.timers.is_registered(timer)]
    assert not [name for name in sys.modules if name.startswith(f"{MODULE}.")]
    said = capfd.readouterr()
    for word in ("Warning", "Error", "Traceback", "rna_uiItemO", "not unregistered", "still used"):
        assert word not in said.err, said.err
    assert "Traceback" not in said.out


def test_off_and_on_ten_times_changes_nothing(extension):
    first = traces()
    for _ in range(10):
        bpy.ops.preferences.addon_disable(module=MODULE)
        assert not any(traces().values())
        bpy.ops.preferences.addon_enable(module=MODULE)
    assert traces() == first


class TestUpgrade:
    def test_in_place_the_new_code_runs_and_choices_stay(self, extension, zip_path, tmp_path):
        bpy.context.scene.understudy.height = 1.91
        preferences = bpy.context.preferences.addons[MODULE].preferences
        preferences.engine_folder = str(tmp_path)
        before = traces()
        install(newer(zip_path, tmp_path))
        assert part("addon.declarations").LATER == "9.0.0"
        assert traces() == before
        assert bpy.context.scene.understudy.height == pytest.approx(1.91)
        assert bpy.context.preferences.addons[MODULE].preferences.engine_folder == str(tmp_path)

    def test_in_the_middle_of_a_job_its_process_ends(self, job, zip_path, tmp_path):
        install(newer(zip_path, tmp_path))
        assert job.poll() is not None
        assert part("addon.declarations").LATER == "9.0.0"
        assert part("addon.jobs").capture is None
        assert (tmp_path / "slow.take.npz.journal").is_dir(), "finished work is kept"

    def test_the_clean_up_of_a_file_goes_on(self, extension, zip_path, tmp_path, saved_take):
        _, path = saved_take("walk", frames=40)
        _import(path)
        bpy.ops.understudy.smooth(arms=0.4)
        edits = bpy.data.collections["Take walk"]["edits"]
        install(newer(zip_path, tmp_path))
        bpy.ops.understudy.repair()
        take = bpy.data.collections["Take walk"]
        assert take["edits"].startswith(edits[:-1]) and take["edits_applied"] == take["edits"]


class TestUninstall:
    def test_in_the_middle_of_a_job_its_process_ends(self, job, tmp_path):
        user = Path(os.environ["BLENDER_USER_RESOURCES"])
        uninstall()
        assert job.poll() is not None
        assert not any(traces().values())
        assert not list(user.rglob("*understudy*"))
        assert (tmp_path / "slow.take.npz.journal").is_dir(), "what lies beside the video is the user's"

    def test_the_file_opens_and_plays_without_it(self, extension, tmp_path, saved_take):
        _, path = saved_take("walk", frames=40)
        _import(path)
        bpy.ops.understudy.smooth(arms=0.4)
        actor = next(ob for ob in bpy.data.objects if ob.type == "ARMATURE")
        wanted = {frame: _pose(actor.name, frame) for frame in (1, 20, 40)}
        blend = tmp_path / "shot.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(blend))
        uninstall()
        told = subprocess.run(
            [sys.executable, "-c", PLAY, str(blend), actor.name], capture_output=True, text=True, check=False, cwd=ROOT
        )
        rows = [line.split() for line in told.stdout.splitlines() if line.startswith("POSE")]
        assert len(rows) == 3, told.stdout + told.stderr
        for _, frame, *values in rows:
            assert [float(v) for v in values] == pytest.approx(wanted[int(frame)], abs=1e-5)
        assert "Traceback" not in told.stderr + told.stdout


# A Blender that never heard of the add-on.
PLAY = """
import os, sys, tempfile
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp()
import bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
assert not hasattr(bpy.types.Scene, "understudy")
ob = bpy.data.objects[sys.argv[2]]
for frame in (1, 20, 40):
    bpy.context.scene.frame_set(frame)
    matrix = ob.pose.bones["left_wrist"].matrix
    print("POSE", frame, *(v for row in matrix for v in row), flush=True)
os._exit(0)
"""


def _import(path):
    bpy.ops.understudy.import_take(filepath=str(path), timing="TAKE")
    while part("addon.jobs").tick() is not None:
        time.sleep(0.005)


def _pose(name, frame):
    bpy.context.scene.frame_set(frame)
    return [v for row in bpy.data.objects[name].pose.bones["left_wrist"].matrix for v in row]
