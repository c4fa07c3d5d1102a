"""What users install is what is tested: the zip, in a Blender profile of its own, with an engine that only pretends."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from engines import pretended_environment

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.user_default.understudy"

sys.path.insert(0, str(ROOT / "tools"))
from build_extension import build  # noqa: E402


@pytest.fixture(scope="module")
def zip_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as users get it."""
    return build(tmp_path_factory.mktemp("dist"))


def repository() -> int:
    return [repo.module for repo in bpy.context.preferences.extensions.repos].index("user_default")


def install(path: Path) -> None:
    bpy.ops.extensions.package_install_files(filepath=str(path), repo="user_default", enable_on_install=True)
    assert MODULE in bpy.context.preferences.addons


def uninstall() -> None:
    bpy.ops.extensions.package_uninstall(repo_index=repository(), pkg_id="understudy")


@pytest.fixture
def extension(zip_path: Path, scene: Any) -> Iterator[None]:
    """Installed and enabled; removed again after the test."""
    install(zip_path)
    yield
    uninstall()


def part(name: str) -> Any:
    """A module of the installed copy."""
    return importlib.import_module(f"{MODULE}.{name}")


class TestZip:
    def test_holds_the_add_on_and_the_engine_alone(self, zip_path: Path) -> None:
        listing = subprocess.run(
            [sys.executable, "-m", "zipfile", "-l", str(zip_path)], capture_output=True, text=True, check=True
        ).stdout
        names = [line.split()[0] for line in listing.splitlines()[1:]]
        tops = {name.split("/")[0] for name in names}
        assert {"__init__.py", "blender_manifest.toml", "addon", "core", "LICENSE"} <= tops
        assert tops <= {"__init__.py", "blender_manifest.toml", "addon", "core", "retarget", "LICENSE", "README.md",
                        "CHANGELOG.md"}  # fmt: skip
        assert not [name for name in names if name.endswith((".pyc", ".whl", ".tflite"))]
        with zipfile.ZipFile(zip_path) as file:
            sizes = {entry.filename: entry.compress_size for entry in file.infolist()}
        weights = sum(size for name, size in sizes.items() if name.endswith(".safetensors"))
        assert weights < 26_000_000 and sum(sizes.values()) - weights < 5_000_000


class TestInstall:
    def test_registers_and_leaves_nothing_behind(self, zip_path: Path, scene: Any) -> None:
        before = registered()
        install(zip_path)
        assert registered() - before >= {"UNDERSTUDY_PT_capture", "UNDERSTUDY_OT_capture"}
        assert bpy.context.scene.understudy.height == pytest.approx(1.70)
        folder = part("addon.preferences").user_folder()
        (folder / "engine").mkdir(parents=True)
        uninstall()
        assert registered() == before
        assert not hasattr(bpy.types.Scene, "understudy")
        assert MODULE not in bpy.context.preferences.addons
        left = list(Path(os.environ["BLENDER_USER_RESOURCES"]).rglob("*understudy*"))
        assert not left

    def test_no_handler_is_left(self, zip_path: Path, scene: Any) -> None:
        def handlers() -> dict[str, list[str]]:
            lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers) if name[0] != "_"}
            return {n: [repr(h) for h in found] for n, found in lists.items() if isinstance(found, list)}

        before = handlers()
        install(zip_path)
        assert handlers() != before
        uninstall()
        assert handlers() == before

    def test_off_and_on_again(self, extension: None) -> None:
        first = registered()
        for _ in range(2):
            bpy.ops.preferences.addon_disable(module=MODULE)
            assert not any("UNDERSTUDY" in name for name in registered())
            bpy.ops.preferences.addon_enable(module=MODULE)
            assert registered() == first

    def test_every_class_is_listed_once(self, extension: None) -> None:
        classes = part("addon.registration").CLASSES
        assert len(set(classes)) == len(classes)
        written = set()
        for path in (ROOT / "addon").rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("class UNDERSTUDY_"):
                    written.add(line.split("(")[0].removeprefix("class "))
        assert written <= {cls.__name__ for cls in classes}

    def test_blender_has_no_new_modules_of_the_engine(self, extension: None) -> None:
        assert "torch" not in sys.modules


def registered() -> set[str]:
    return {name for name in dir(bpy.types) if "nderstudy" in name or "UNDERSTUDY" in name}


# -- jobs


@pytest.fixture
def engine(extension: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved_take: Callable) -> Path:
    """Preferences that point at the pretended engine; returns a folder for videos."""
    environment = pretended_environment(tmp_path / "environment")
    bpy.context.preferences.addons[MODULE].preferences.engine_folder = str(environment)
    _, path = saved_take("fixture", people=2)
    monkeypatch.setenv("FAKE_TAKE", str(path))
    videos = tmp_path / "videos"
    videos.mkdir()
    return videos


def video(folder: Path, name: str) -> str:
    (folder / name).write_bytes(b"")
    return str(folder / name)


def tick_until(state: str, longest: list[float] | None = None) -> Any:
    """Timers do not run in the background: does what Blender's timer would do."""
    jobs = part("addon.jobs")
    deadline = time.monotonic() + 30
    while jobs.capture.state != state:
        assert time.monotonic() < deadline, (jobs.capture.state, jobs.capture.message)
        started = time.monotonic()
        jobs.tick()
        if longest is not None:
            longest.append(time.monotonic() - started)
        time.sleep(0.01)
    return jobs.capture


class TestCapture:
    def test_actors_arrive(self, engine: Path) -> None:
        assert bpy.ops.understudy.capture(filepath=video(engine, "good.mp4")) == {"FINISHED"}
        job = tick_until("done")
        assert job.output == engine / "good.take.npz" and job.output.is_file()
        collection = bpy.data.collections["Take good"]
        assert sum(ob.type == "ARMATURE" for ob in collection.all_objects) == 2
        assert part("addon.jobs").tick() is None  # nothing left to poll for

    def test_a_second_capture_keeps_the_first_take_and_the_worker(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "good.mp4"))
        tick_until("done")
        pid = part("addon.engine.link").client.pid
        bpy.ops.understudy.capture(filepath=video(engine, "good.mp4"))
        assert tick_until("done").output.name == "good-2.take.npz"
        assert part("addon.engine.link").client.pid == pid

    def test_refused_input_is_one_line_and_a_hint(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "bad.mp4"))
        job = tick_until("failed")
        assert (job.message, job.hint) == ("There is no person in bad.mp4.", "Choose another.")

    def test_warnings_are_kept(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "warn.mp4"))
        assert tick_until("done").warnings[0] == "The lens is a guess."

    def test_cancel_then_resume(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "slow.mp4"))
        tick_until("running")
        assert bpy.ops.understudy.capture.poll()  # another one waits in the queue
        bpy.ops.understudy.cancel()
        job = tick_until("cancelled")
        assert not job.output.exists()
        bpy.ops.understudy.resume()
        tick_until("running")
        bpy.ops.understudy.cancel()
        tick_until("cancelled")
        bpy.ops.understudy.dismiss()
        assert part("addon.jobs").capture is None

    def test_a_killed_worker_is_reported_and_resumed(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "die.mp4"))
        job = tick_until("lost")
        assert "signal 9" in job.message and "Resume" in job.hint
        bpy.ops.understudy.resume()
        assert tick_until("done").output == job.output

    def test_start_over_forgets_the_finished_work(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "die.mp4"))
        job = tick_until("lost")
        bpy.ops.understudy.resume(afresh=True)  # dies again: the journal was gone
        tick_until("lost")
        shutil.rmtree(f"{job.output}.journal")

    def test_a_missing_video_starts_nothing(self, engine: Path) -> None:
        with pytest.raises(RuntimeError, match=r"gone\.mp4"):
            bpy.ops.understudy.capture(filepath=str(engine / "gone.mp4"))
        assert part("addon.jobs").capture is None

    def test_an_engine_that_does_not_start_says_why(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "good.mp4"))
        tick_until("done")
        folder = Path(bpy.context.preferences.addons[MODULE].preferences.engine_folder)
        broken = folder.with_name("broken")
        shutil.copytree(folder, broken)
        part("addon.engine.environment").python_in(broken).write_text("#!/bin/sh\necho no torch here >&2\nexit 3\n")
        bpy.context.preferences.addons[MODULE].preferences.engine_folder = str(broken)
        bpy.ops.understudy.capture(filepath=video(engine, "good.mp4"))  # not with the warm worker of the other engine
        assert "no torch here" in tick_until("failed").message

    def test_switching_off_ends_the_worker(self, engine: Path) -> None:
        bpy.ops.understudy.capture(filepath=video(engine, "slow.mp4"))
        tick_until("running")
        process = part("addon.engine.link").client._process
        bpy.ops.preferences.addon_disable(module=MODULE)
        assert process.poll() is not None

    def test_quitting_ends_the_worker(self, engine: Path) -> None:
        """Blender's own exit runs what is registered with atexit."""
        bpy.ops.understudy.capture(filepath=video(engine, "slow.mp4"))
        tick_until("running")
        process = part("addon.engine.link").client._process
        part("addon.jobs").shut_down()
        assert process.poll() is not None

    def test_without_an_engine_the_button_says_so(self, extension: None) -> None:
        assert not bpy.ops.understudy.capture.poll()


class TestImportTake:
    def test_from_a_file(self, extension: None, saved_take: Callable) -> None:
        _, path = saved_take("dance", frames=40)
        bpy.ops.understudy.import_take(filepath=str(path), timing="TAKE")
        jobs = part("addon.jobs")
        while jobs.tick() is not None:
            time.sleep(0.005)
        assert jobs.last_import_error is None
        assert bpy.context.scene.frame_end == 40
        assert "Take dance" in bpy.data.collections

    def test_keeping_the_scenes_time(self, extension: None, saved_take: Callable) -> None:
        bpy.context.scene.frame_end = 77
        bpy.ops.understudy.import_take(filepath=str(saved_take("dance")[1]), timing="SCENE")
        jobs = part("addon.jobs")
        while jobs.tick() is not None:
            time.sleep(0.005)
        assert bpy.context.scene.frame_end == 77

    def test_no_take(self, extension: None, tmp_path: Path) -> None:
        (tmp_path / "x.take.npz").write_text("no")
        bpy.ops.understudy.import_take(filepath=str(tmp_path / "x.take.npz"))
        jobs = part("addon.jobs")
        while jobs.tick() is not None:
            time.sleep(0.005)
        assert "not a readable take" in jobs.last_import_error.message

    @pytest.mark.slow
    def test_a_long_take_comes_in_short_slices(self, extension: None, saved_take: Callable) -> None:
        bpy.ops.understudy.import_take(filepath=str(saved_take("long", frames=10_000, people=2)[1]))
        jobs = part("addon.jobs")
        slices = []
        while jobs.importing is not None:
            started = time.thread_time()  # not the wall's time: other programs may be running
            jobs.tick()
            slices.append((time.thread_time() - started, jobs.importing.label if jobs.importing else "last"))
            time.sleep(0.005)
        assert jobs.last_import_error is None
        assert max(slices)[0] < 0.2, sorted(slices)[-5:]

    def test_undo_in_the_middle_begins_again(self, extension: None, saved_take: Callable) -> None:
        bpy.ops.understudy.import_take(filepath=str(saved_take("dance", people=3)[1]))
        jobs = part("addon.jobs")
        running = jobs.importing
        while bpy.data.armatures.get("actor.001") is None:
            assert running.state in ("loading", "building")
            running.advance(budget_s=0.0)
        jobs._interrupt()
        assert not [c for c in bpy.data.collections if c.name.startswith("Take")]
        while jobs.tick() is not None:
            pass
        assert [c.name for c in bpy.data.collections if c.name.startswith("Take")] == ["Take dance"]


def test_a_scene_with_animation_is_asked_about(extension: None) -> None:
    has_timing = part("addon.capturing").has_timing
    assert not has_timing(bpy.context)
    ob = bpy.data.objects.new("box", None)
    bpy.context.scene.collection.objects.link(ob)
    assert not has_timing(bpy.context)
    ob.keyframe_insert("location", frame=1)
    assert has_timing(bpy.context)
