"""Where the engine's environment lies, which Python makes it, and whether it is there.

The folder is either made by *Install engine* (then ``env/`` inside it is a virtual environment and ``engine.json`` is
written last) or is a virtual environment that the user made. It holds third-party packages only: the code comes from
the extension.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ENVIRONMENT = "env"
MARKER = "engine.json"
MODELS_VARIABLE = "UNDERSTUDY_MODELS"
# Preferred first: what is tested most.
PYTHON_VERSIONS = ((3, 11), (3, 12), (3, 13))


@dataclass(frozen=True)
class Interpreter:
    """A Python that can make the environment."""

    path: str
    version: tuple[int, int]


@dataclass(frozen=True)
class TorchBuild:
    """One row of builds.toml."""

    name: str
    label: str
    device: str
    platforms: tuple[str, ...]
    index: str = ""
    local: str = ""
    min_capability: float = 0.0
    max_capability: float = float("inf")
    min_driver: int = 0


@dataclass(frozen=True)
class Gpu:
    """What the NVIDIA driver says: compute capability, such as 8.6, and the driver's major version."""

    name: str
    capability: float
    driver: int


@dataclass(frozen=True)
class EngineStatus:
    """``ready`` to start; ``text`` says what is there or missing, in one line."""

    ready: bool
    text: str


def python_in(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / "Scripts" / "python.exe" if os.name == "nt" else environment / "bin" / "python"


def environment_folder(engine_folder: Path) -> Path:
    """``engine_folder`` itself where it is a virtual environment, else ``env/`` inside it."""
    return engine_folder if (engine_folder / "pyvenv.cfg").is_file() else engine_folder / ENVIRONMENT


def is_users_own(engine_folder: Path) -> bool:
    """Whether the folder is a virtual environment that the user made; nothing is ever installed into it or removed."""
    return (engine_folder / "pyvenv.cfg").is_file()


def status(engine_folder: Path) -> EngineStatus:
    """What can be said without starting anything: a handful of file look-ups."""
    python = python_in(environment_folder(engine_folder))
    if is_users_own(engine_folder):
        if python.exists():
            return EngineStatus(True, "ready (your own environment)")
        return EngineStatus(False, "that environment has no Python")
    marker = read_marker(engine_folder)
    if marker is None or not python.exists():
        return EngineStatus(False, "not installed")
    version = str(marker.get("python", ""))
    if marker.get("lock") != lock_digest(version):
        return EngineStatus(False, "out of date: install it again")
    return EngineStatus(True, f"ready ({marker.get('build', 'torch')}, Python {version})")


def read_marker(engine_folder: Path) -> dict[str, Any] | None:
    """The facts written at the end of an installation; None when there was none or it did not finish."""
    try:
        return json.loads((engine_folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_marker(engine_folder: Path, version: str, build: str, doctor: Mapping[str, Any]) -> None:
    facts = {"python": version, "build": build, "lock": lock_digest(version), "doctor": dict(doctor)}
    (engine_folder / MARKER).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def lock_file(version: str) -> Path:
    """The pinned packages for a Python version such as ``3.11``."""
    return HERE / "locks" / f"python-{version}.txt"


def lock_digest(version: str) -> str:
    """Identifies a lock's content; empty for a version that has none."""
    import hashlib

    try:
        return hashlib.sha256(lock_file(version).read_bytes()).hexdigest()
    except OSError:
        return ""


def lock_requirements(version: str) -> dict[str, str]:
    """Package name to exact version. Raises ValueError on a line that pins nothing."""
    pins = {}
    for line in lock_file(version).read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if not line:
            continue
        name, equals, pin = line.partition("==")
        if not equals or not name.strip() or not pin.strip():
            raise ValueError(f"{lock_file(version).name}: '{line}' pins no version.")
        pins[name.strip()] = pin.strip()
    return pins


def clean_variables(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without anything of Blender's Python in it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | dict(extra or {})


# -- interpreter


def interpreter_candidates(chosen: str = "", which: Callable[[str], str | None] | None = None) -> list[str]:
    """Paths to try, in order: the one in the preferences alone if set; else Pythons on PATH, then Blender's own."""
    if chosen:
        return [chosen]
    names = [f"python{major}.{minor}" for major, minor in PYTHON_VERSIONS] + ["python3", "python"]
    found = [path for path in map(which or _which(), names) if path]
    return list(dict.fromkeys([*found, sys.executable]))


def _which() -> Callable[[str], str | None]:
    from shutil import which

    return which


def probe(path: str) -> Interpreter | None:
    """The interpreter's version, if it runs, has a lock, and can make environments with pip in them."""
    import subprocess

    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [path, "-I", "-c", code], capture_output=True, text=True, timeout=30, env=clean_variables(), check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    major, dot, minor = done.stdout.strip().partition(".")
    if done.returncode != 0 or not (dot and major.isdigit() and minor.isdigit()):
        return None
    version = (int(major), int(minor))
    return Interpreter(path, version) if version in PYTHON_VERSIONS else None


def find_interpreter(
    candidates: Iterable[str], probe: Callable[[str], Interpreter | None] = probe
) -> Interpreter | None:
    """The first candidate that will do."""
    return next((found for found in map(probe, candidates) if found), None)


# -- torch


def torch_builds() -> tuple[str, list[TorchBuild]]:
    """The torch version and the builds, in order of preference."""
    import tomllib

    data = tomllib.loads((HERE / "builds.toml").read_text(encoding="utf-8"))
    rows = [TorchBuild(**(row | {"platforms": tuple(row["platforms"])})) for row in data["build"]]
    return data["torch"], rows


def nvidia_gpu(which: Callable[[str], str | None] | None = None) -> Gpu | None:
    """The most capable GPU that the NVIDIA driver reports, or None."""
    import subprocess

    tool = (which or _which())("nvidia-smi")
    if not tool:
        return None
    query = [tool, "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_gpus(done.stdout) if done.returncode == 0 else None


def parse_gpus(text: str) -> Gpu | None:
    """The most capable GPU of nvidia-smi's lines ``name, capability, driver``."""
    gpus = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.rsplit(",", 2)]
        try:
            gpus.append(Gpu(fields[0], float(fields[1]), int(fields[2].partition(".")[0])))
        except (IndexError, ValueError):
            continue
    return max(gpus, key=lambda gpu: gpu.capability, default=None)


def choose_build(
    builds: Sequence[TorchBuild], device: str, gpu: Gpu | None, platform: str = sys.platform
) -> TorchBuild | None:
    """The first build for this platform, the device of the preferences ("auto" takes any) and the GPU."""
    for build in builds:
        if platform not in build.platforms or device not in ("auto", build.device):
            continue
        if build.device == "cuda":
            if gpu is None or not build.min_capability <= gpu.capability <= build.max_capability:
                continue
            if gpu.driver < build.min_driver:
                continue
        return build
    return None
