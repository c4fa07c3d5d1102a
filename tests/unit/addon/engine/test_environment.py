"""Finding a Python, choosing a lock and a build, telling whether the engine is there."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from understudy.addon.engine import environment, plan
from understudy.addon.engine.environment import Gpu, Interpreter
from understudy.core.weights.registry import WHEEL_PROJECT, WHEEL_VERSION

VERSIONS = ["{}.{}".format(*version) for version in environment.PYTHON_VERSIONS]


def fake_environment(folder: Path) -> None:
    python = environment.python_in(folder)
    python.parent.mkdir(parents=True)
    python.write_text("")
    (folder / "pyvenv.cfg").write_text("")


class TestStatus:
    def test_nothing(self, tmp_path: Path) -> None:
        assert environment.status(tmp_path) == environment.EngineStatus(False, "not installed")

    def test_unfinished(self, tmp_path: Path) -> None:
        fake_environment(tmp_path / "env")
        assert not environment.status(tmp_path).ready

    def test_finished(self, tmp_path: Path) -> None:
        fake_environment(tmp_path / "env")
        environment.write_marker(tmp_path, "3.11", "torch 2, Processor only", {})
        status = environment.status(tmp_path)
        assert status.ready and "Processor only" in status.text and "3.11" in status.text

    def test_an_older_lock_is_out_of_date(self, tmp_path: Path) -> None:
        fake_environment(tmp_path / "env")
        (tmp_path / environment.MARKER).write_text(json.dumps({"python": "3.11", "lock": "another"}))
        status = environment.status(tmp_path)
        assert not status.ready and "out of date" in status.text

    def test_users_own_environment(self, tmp_path: Path) -> None:
        fake_environment(tmp_path / "mine")
        assert environment.status(tmp_path / "mine").ready
        assert environment.environment_folder(tmp_path / "mine") == tmp_path / "mine"

    def test_damaged_marker(self, tmp_path: Path) -> None:
        fake_environment(tmp_path / "env")
        (tmp_path / environment.MARKER).write_text("{")
        assert not environment.status(tmp_path).ready


class TestLocks:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_pins_what_the_project_pins(self, root: Path, version: str) -> None:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        wanted = dict(pin.split("==") for pin in project["optional-dependencies"]["engine"])
        lock = environment.lock_requirements(version)
        assert {name: lock.get(name) for name in wanted} == wanted
        torch, _ = environment.torch_builds()
        assert lock["torch"] == torch

    @pytest.mark.parametrize("line", ["numpy", "numpy>=2", "==2"])
    def test_a_loose_line_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
        (tmp_path / "locks").mkdir()
        (tmp_path / "locks" / "python-3.11.txt").write_text(f"# comment\n{line}\n")
        monkeypatch.setattr(environment, "HERE", tmp_path)
        with pytest.raises(ValueError, match="pins no version"):
            environment.lock_requirements("3.11")


class TestInterpreter:
    def test_the_chosen_one_alone(self) -> None:
        assert environment.interpreter_candidates("/chosen/python", which=lambda name: f"/bin/{name}") == [
            "/chosen/python"
        ]

    def test_path_before_blenders_own(self) -> None:
        there = {"python3.12": "/a/python3.12", "python3": "/a/python3"}
        assert environment.interpreter_candidates("", which=there.get) == [
            "/a/python3.12",
            "/a/python3",
            sys.executable,
        ]

    def test_first_that_will_do(self) -> None:
        known = {"/b": Interpreter("/b", (3, 12)), "/c": Interpreter("/c", (3, 11))}
        assert environment.find_interpreter(["/a", "/b", "/c"], probe=known.get) == known["/b"]
        assert environment.find_interpreter(["/a"], probe=known.get) is None

    def test_probe_of_this_python(self) -> None:
        found = environment.probe(sys.executable)
        assert found is not None and found.version == sys.version_info[:2]

    def test_probe_of_something_else(self, tmp_path: Path) -> None:
        assert environment.probe(str(tmp_path / "missing")) is None
        other = tmp_path / "python"
        other.write_text("#!/bin/sh\necho 2.7\n")
        other.chmod(0o755)
        assert environment.probe(str(other)) is None

    def test_a_broken_python_does_not_inherit_blenders_variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONHOME", "/nowhere")
        assert environment.probe(sys.executable) is not None
        assert not any(key.startswith("PYTHON") for key in environment.clean_variables())


# platform, device of the preferences, GPU, expected build
BUILD_CASES = [
    ("linux", "auto", None, "cpu-linux"),
    ("linux", "auto", Gpu("RTX 4090", 8.9, 580), "cuda-13.0"),
    ("linux", "auto", Gpu("RTX 5090", 12.0, 580), "cuda-13.0"),
    ("win32", "auto", Gpu("RTX 3060", 8.6, 552), "cuda-12.6"),  # the driver is too old for 13
    ("win32", "auto", Gpu("GTX 1080", 6.1, 580), "cuda-12.6"),  # the card is
    ("linux", "auto", Gpu("GTX 680", 3.0, 470), "cpu-linux"),
    ("linux", "cpu", Gpu("RTX 4090", 8.9, 580), "cpu-linux"),
    ("linux", "cuda", None, None),
    ("win32", "auto", None, "cpu"),
    ("darwin", "auto", None, "apple"),
    ("darwin", "cpu", None, "cpu"),
]


class TestBuilds:
    @pytest.mark.parametrize("platform, device, gpu, expected", BUILD_CASES)
    def test_choice(self, platform: str, device: str, gpu: Gpu | None, expected: str | None) -> None:
        _, builds = environment.torch_builds()
        build = environment.choose_build(builds, device, gpu, platform)
        assert (build.name if build else None) == expected

    def test_nvidia_smi_lines(self) -> None:
        text = "NVIDIA T4, 7.5, 550.54.15\nNVIDIA H200, 9.0, 580.65.06\nNo devices were found\n"
        assert environment.parse_gpus(text) == Gpu("NVIDIA H200", 9.0, 580)
        assert environment.parse_gpus("") is None


class TestPlan:
    @pytest.fixture
    def request_(self, tmp_path: Path) -> plan.Request:
        return plan.Request(tmp_path / "engine", tmp_path / "models", tmp_path / "core" / "launch.py")

    def steps(self, request_: plan.Request, build: str = "cpu-linux") -> list[plan.Step]:
        torch, builds = environment.torch_builds()
        chosen = next(b for b in builds if b.name == build)
        return plan.steps(request_, Interpreter("/chosen/python3.12", (3, 12)), torch, chosen)

    def test_order_and_interpreters(self, request_: plan.Request) -> None:
        commands = [step.command for step in self.steps(request_)]
        inside = str(environment.python_in(request_.engine_folder / "env"))
        assert [command[0] for command in commands] == ["/chosen/python3.12", inside, inside, inside]
        assert all(command[1] == "-I" for command in commands)  # nothing of Blender's Python, nothing from the folder
        assert commands[0][-1] == str(request_.engine_folder / "env")
        assert commands[2][-1].endswith("python-3.12.txt")

    def test_gpu_build_comes_from_its_own_index(self, request_: plan.Request) -> None:
        command = self.steps(request_, "cuda-13.0")[1].command
        torch, builds = environment.torch_builds()
        assert command[-1] == f"torch=={torch}+cu130"
        assert command[command.index("--extra-index-url") + 1] == builds[0].index

    def test_offline_asks_no_index(self, request_: plan.Request, tmp_path: Path) -> None:
        offline = replace(request_, wheels=tmp_path)
        torch, _ = environment.torch_builds()
        command = self.steps(offline, "cuda-13.0")[1].command
        assert "--extra-index-url" not in command and command[-1] == f"torch=={torch}"
        variables = plan.variables(offline)
        assert variables["PIP_NO_INDEX"] == "1" and variables["PIP_FIND_LINKS"] == str(tmp_path)

    def test_offline_networks_come_from_the_folders_wheel(self, request_: plan.Request, tmp_path: Path) -> None:
        offline = replace(request_, wheels=tmp_path)
        assert self.steps(offline)[3].command[-1] == "pull"
        wheel = tmp_path / f"{WHEEL_PROJECT}-{WHEEL_VERSION}-cp39-cp39-win_amd64.whl"
        wheel.touch()
        assert self.steps(offline)[3].command[-2:] == ("import", str(wheel))

    def test_only_given_paths_are_named(self, request_: plan.Request, root: Path, tmp_path: Path) -> None:
        """No path of the machine that wrote this, no address but those of builds.toml."""
        allowed = (str(tmp_path), str(root / "addon" / "engine" / "locks"), "/chosen/", "https://download.pytorch.org/")
        for build in ("cpu-linux", "cuda-13.0", "cpu"):
            for step in self.steps(request_, build):
                for word in step.command:
                    assert not (word.startswith((os.sep, "http", "~"))) or word.startswith(allowed), word
