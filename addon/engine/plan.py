"""What *Install engine* runs, as a list of commands. Pure: nothing is started here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .environment import (
    MODELS_VARIABLE,
    Interpreter,
    TorchBuild,
    environment_folder,
    lock_file,
    lock_requirements,
    python_in,
)

MODELS_WHEEL = "mediapipe-*.whl"


@dataclass(frozen=True)
class Step:
    """One command. ``expected`` is about how many packages pip will name while it runs; 0 where it is not pip."""

    title: str
    command: tuple[str, ...]
    expected: int = 0


@dataclass(frozen=True)
class Request:
    """What the preferences ask for. ``wheels``: a folder of wheels for a machine without network, or None; ``takes``:
    where takes go, whose free room the self-test looks at, or None."""

    engine_folder: Path
    models_folder: Path
    launcher: Path
    device: str = "auto"
    wheels: Path | None = None
    takes: Path | None = None


def variables(request: Request) -> dict[str, str]:
    """Environment of every step. pip reads the user's own mirrors and proxies besides."""
    values = {MODELS_VARIABLE: str(request.models_folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    if request.wheels is not None:
        values |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(request.wheels)}
    return values


def steps(request: Request, interpreter: Interpreter, torch: str, build: TorchBuild) -> list[Step]:
    """Environment, torch, the other packages, the networks. ``torch`` is the version of builds.toml."""
    environment = environment_folder(request.engine_folder)
    python = str(python_in(environment))
    version = "{}.{}".format(*interpreter.version)
    lock = str(lock_file(version))
    offline = request.wheels is not None
    pip = (python, "-I", "-m", "pip", "install", "--only-binary", ":all:", "--progress-bar", "off")
    # A folder of wheels holds one build of torch, whichever it is.
    wanted = f"torch=={torch}+{build.local}" if build.local and not offline else f"torch=={torch}"
    index = ("--extra-index-url", build.index) if build.index and not offline else ()
    return [
        Step("Making the environment", (interpreter.path, "-I", "-m", "venv", "--clear", str(environment))),
        Step(f"Installing torch ({build.label})", (*pip, *index, "--constraint", lock, wanted), 12),
        Step("Installing packages", (*pip, "--no-deps", "--requirement", lock), len(lock_requirements(version))),
        Step("Fetching the networks", (python, "-I", str(request.launcher), "models", *_models_action(request))),
    ]


def _models_action(request: Request) -> tuple[str, ...]:
    """Any platform's wheel holds the same networks, so that the folder's is taken by name, not by pip."""
    found = sorted(request.wheels.glob(MODELS_WHEEL)) if request.wheels is not None else []
    return ("import", str(found[-1])) if found else ("pull",)


def models_command(request: Request, action: str, *arguments: str) -> tuple[str, ...]:
    """``understudy models ACTION``: prints one JSON object last."""
    python = python_in(environment_folder(request.engine_folder))
    return (str(python), "-I", str(request.launcher), "models", action, *arguments, "--json")


def doctor_command(request: Request) -> tuple[str, ...]:
    """The self-test: prints one JSON object last."""
    python = python_in(environment_folder(request.engine_folder))
    folder = () if request.takes is None else ("--folder", str(request.takes))
    return (str(python), "-I", str(request.launcher), "doctor", "--json", "--device", request.device, *folder)
