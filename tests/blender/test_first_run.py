"""From a fresh extension to a working engine: the first-run box, self-test, networks, disk, without network."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import bpy
import pytest
from engines import ENGINE, needs_engine

from understudy.addon import errands, jobs
from understudy.addon.engine import environment, plan, storage
from understudy.addon.engine.installation import Progress
from understudy.addon.operators.storage import stores
from understudy.addon.panels import first_run
from understudy.addon.preferences import preferences

ROOT = Path(__file__).resolve().parents[2]
ops = bpy.ops.understudy


@pytest.fixture(autouse=True)
def clean(addon):
    yield
    errands.shut_down()
    jobs.last_installation = None


@pytest.fixture
def engine():
    """The checkout's engine and the networks of this machine."""
    listed = subprocess.run(
        [ENGINE, "-I", ROOT / "core/launch.py", "models", "list", "--json"], capture_output=True, text=True, check=True
    )
    options = preferences()
    options.engine_folder = str(ENGINE.parent.parent)
    options.models_folder = json.loads(listed.stdout)["folder"]
    options.device = "cpu"
    return options


class Recorder:
    """Stands where a panel's layout is: what was drawn, a line each, buttons in brackets."""

    def __init__(self, lines=None):
        self.lines = [] if lines is None else lines
        self.enabled = True

    def label(self, text="", **_):
        self.lines.append(text)

    def operator(self, name, text="", **_):
        self.lines.append(f"[{name}]" + ("" if self.enabled else " off"))
        return self

    def __getattr__(self, name):
        if name in ("box", "row", "column", "split"):
            return lambda **_: Recorder(self.lines)
        raise AttributeError(name)


@pytest.fixture(autouse=True)
def width(monkeypatch):
    """Without a window no region tells how wide it is."""
    monkeypatch.setattr("understudy.addon.panels.text.characters", lambda context: 200)


class TestBox:
    def drawn(self, wheels=""):
        layout = Recorder()
        first_run.draw_first_run(layout, wheels)
        return layout.lines

    def test_offline_shows_the_way_online_and_no_live_button(self):
        assert not bpy.app.online_access
        lines = self.drawn()
        assert "Blender is offline." in lines
        assert "[extensions.userpref_allow_online]" in lines
        assert "[understudy.install_engine] off" in lines

    def test_with_offline_wheels_one_click_installs(self):
        assert "[understudy.install_engine]" in self.drawn("/some/wheels")

    def test_what_comes_with_which_licence_is_said(self):
        assert any("Apache-2.0" in line for line in self.drawn())

    def test_a_failed_installation_says_why_instead(self):
        jobs.last_installation = Progress("failed", "x", 0.1, "", "No Python 3.11 that can make environments.")
        assert "No Python 3.11 that can make environments." in self.drawn()


def test_without_an_engine_nothing_is_asked_of_it():
    preferences().engine_folder = "/nowhere"
    for name in ("test_engine", "list_models", "pull_models", "import_model"):
        assert not getattr(ops, name).poll()


@needs_engine
class TestSelfTest:
    def test_every_line_is_plain_and_all_is_well(self, engine):
        assert ops.test_engine() == {"FINISHED"}
        assert not ops.test_engine.poll()  # one at a time
        errands.wait()
        assert errands.problem is None
        assert {check["name"] for check in errands.checks} >= {"python", "torch", "video", "pose_detection"}
        assert all(check["ok"] for check in errands.checks)
        layout = Recorder()
        first_run.draw_self_test(layout)
        assert layout.lines[:2] == ["Python", "Computing"]
        assert "Finding people" in layout.lines

    def test_missing_networks_are_named_with_the_cure(self, engine, tmp_path):
        engine.models_folder = str(tmp_path)
        ops.test_engine()
        errands.wait()
        wrong = [check["detail"] for check in errands.checks if not check["ok"]]
        assert wrong and any("models pull" in detail for detail in wrong)

    def test_cancelling_ends_the_process(self, engine):
        ops.test_engine()
        running = errands.current
        deadline = time.monotonic() + 10
        while running._process is None and time.monotonic() < deadline:
            time.sleep(0.01)
        ops.cancel_errand()
        errands.wait()
        assert running.state == "cancelled"
        assert running._process.wait(5) != 0
        assert errands.problem is None


@needs_engine
class TestModels:
    def test_opening_the_part_lists_them(self, engine):
        engine.show_models = True
        errands.wait()
        names = {model["name"] for model in errands.models}
        assert {"pose_detection", "hand_landmark_full"} <= names
        assert all(model["licence"] for model in errands.models)

    def test_offline_nothing_is_fetched(self, engine):
        with pytest.raises(RuntimeError, match="offline"):
            ops.pull_models()
        assert not errands.running()

    def test_a_file_needs_its_licence_named_and_confirmed(self, engine, tmp_path):
        file = tmp_path / "weights.bin"
        file.write_bytes(b"x")
        for given in ({}, {"licence": "CC-BY-NC"}, {"confirmed": True}):
            with pytest.raises(RuntimeError, match="licence"):
                ops.import_model(filepath=str(file), **given)
        with pytest.raises(RuntimeError, match="no file"):
            ops.import_model(filepath=str(tmp_path / "gone.bin"))

    def test_a_file_that_is_no_network_is_refused_by_name(self, engine, tmp_path):
        file = tmp_path / "weights.bin"
        file.write_bytes(b"x" * 100)
        engine.models_folder = str(tmp_path / "models")
        ops.import_model(filepath=str(file), licence="mine", confirmed=True)
        errands.wait()
        assert errands.problem is not None and "weights.bin" in errands.problem.message
        assert not (tmp_path / "models").exists()


class TestDisk:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """An engine as *Install engine* leaves it, with networks and logs."""
        engine = tmp_path / "engine"
        for path, size in ((f"{environment.ENVIRONMENT}/bin/python", 3000), (environment.MARKER, 500)):
            (engine / path).parent.mkdir(parents=True, exist_ok=True)
            (engine / path).write_bytes(b"x" * size)
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "a.tflite").write_bytes(b"x" * 2000)
        options = preferences()
        options.engine_folder, options.models_folder = str(engine), str(tmp_path / "models")
        # A checkout is no extension, and has no folder of an extension.
        monkeypatch.setattr("understudy.addon.operators.storage.user_folder", lambda: tmp_path)
        (tmp_path / "pictures").mkdir()
        (tmp_path / "pictures" / "a.npz").write_bytes(b"x" * 700)
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs" / "engine.log").write_bytes(b"x" * 100)
        return tmp_path

    def test_sizes_are_measured_and_cleared(self, folder, saved_take):
        takes = folder / "takes"
        (takes / "a.take.npz.journal").mkdir(parents=True)
        (takes / "a.take.npz.journal" / "meta.json").write_bytes(b"x" * 40)
        (takes / "b.take.npz").write_bytes(b"x")
        bpy.context.scene.understudy.folder = str(takes)
        ops.measure_storage()
        errands.wait()
        sizes = {"engine": 3500, "models": 2000, "pictures": 700, "logs": 100, "journals": 40}
        assert errands.weighing.sizes == sizes
        for name in sizes:
            assert ops.clear_storage(store=name) == {"FINISHED"}
        errands.wait()
        assert set(errands.weighing.sizes.values()) == {0}
        assert (takes / "b.take.npz").is_file(), "a take is never a cache"

    def test_an_environment_of_the_users_own_is_never_offered(self, folder):
        (folder / "engine" / "pyvenv.cfg").write_text("")
        assert "engine" not in {one.name for one in stores(bpy.context)}
        with pytest.raises(RuntimeError, match="nothing called 'engine'"):
            ops.clear_storage(store="engine")
        assert (folder / "engine" / environment.ENVIRONMENT).is_dir()

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may remove everything")
    def test_what_cannot_be_removed_is_named(self, folder):
        (folder / "models").chmod(0o500)
        with pytest.raises(RuntimeError, match=r"a\.tflite"):
            ops.clear_storage(store="models")
        (folder / "models").chmod(0o700)


def test_sizes_as_people_say_them():
    assert [storage.size_text(n) for n in (0, 999, 1500, 2_340_000, 150_000_000, 1_500_000_000)] == [
        "0 bytes", "999 bytes", "2 KB", "2.3 MB", "150 MB", "1.5 GB",
    ]  # fmt: skip


def test_switching_off_leaves_no_process_and_no_timer(clean, tmp_path):
    request = plan.Request(tmp_path / "engine", tmp_path, Path("-c"))
    python = environment.python_in(environment.environment_folder(request.engine_folder))
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nsleep 60\n")
    python.chmod(0o755)
    running = errands.start(errands.LIST, request)
    deadline = time.monotonic() + 10
    while running._process is None and time.monotonic() < deadline:
        time.sleep(0.01)
    errands.unregister()
    assert running._process.poll() is not None
    assert not bpy.app.timers.is_registered(errands.tick)
