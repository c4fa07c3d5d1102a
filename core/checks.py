"""Whether what a user asks for makes sense: one check per kind of setting, each names its option and the cure."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

from .actor import HEIGHT_RANGE, Actor, read_actor
from .errors import BadInputError, CannotWriteError
from .take_file import SUFFIX

FOV_RANGE = (1.0, 170.0)
FPS_RANGE = (0.1, 1000.0)
STEP_RANGE = (1, 10)
DEVICES = ("auto", "cuda", "mps", "cpu")
PRECISIONS = ("full", "half")

Height = float | dict[str, float]
Profile = Path | dict[str, Path]


def check_output(path: Path) -> None:
    """Raises BadInputError unless the name is a take's."""
    if not path.name.endswith(SUFFIX) or path.name == SUFFIX:
        raise BadInputError(f"The output {path} does not end in {SUFFIX}.", f"Name it like walk{SUFFIX}.")


def check_height(height: Height | None) -> None:
    """Raises BadInputError for a height (m), or one of those per id, that no person has."""
    for key, value in height.items() if isinstance(height, dict) else [("", height)]:
        within(f"--height {key}=" if key else "--height", value, *HEIGHT_RANGE, "metres")
    if isinstance(height, dict) and not height:
        raise BadInputError("--height names nobody.", "Give metres, or ids with metres as in 1=1.82,2=1.65.")


def check_actor(actor: Profile | None, height: Height | None) -> None:
    """Raises BadInputError for a profile that names nobody, or somebody whose height is given besides."""
    if isinstance(actor, dict) and not actor:
        raise BadInputError("--actor names nobody.", "Give a profile, or ids with profiles as in 1=anna.actor.json.")
    if isinstance(actor, dict) and isinstance(height, dict):
        twice = sorted(actor.keys() & height.keys())
    else:
        twice = ["everybody"] if isinstance(actor, Path) and height is not None else []
    if twice:
        raise BadInputError(f"--actor and --height both say how tall {twice[0]} is.", "Give one of them.")


def read_actors(actor: Profile | None, ids: list[str]) -> dict[str, Actor]:
    """The profiles by person id, for people of these ids. Raises BadInputError for a file that is none."""
    if actor is None:
        return {}
    if isinstance(actor, dict):
        return {person: read_actor(path) for person, path in actor.items()}
    return dict.fromkeys(ids, read_actor(actor))


def check_lens(fov: float | None, focal: float | None) -> None:
    """Raises BadInputError when both are given, or one is absurd."""
    if fov is not None and focal is not None:
        raise BadInputError("--fov and --focal exclude each other.", "Give one of them.")
    within("--fov", fov, *FOV_RANGE, "degrees along the longer image side")
    if focal is not None and not (math.isfinite(focal) and focal > 0):
        raise BadInputError(f"--focal {focal:g} is not a focal length.", "Give pixels, more than 0.")


def check_device(device: str) -> None:
    """Raises BadInputError for a name that is not one of ``DEVICES``."""
    if device not in DEVICES:
        raise BadInputError(f"Unknown --device '{device}'.", f"Known: {', '.join(DEVICES)}.")


def check_precision(precision: str) -> None:
    """Raises BadInputError for a name that is not one of ``PRECISIONS``."""
    if precision not in PRECISIONS:
        raise BadInputError(f"Unknown --precision '{precision}'.", f"Known: {', '.join(PRECISIONS)}.")


def within(name: str, value: float | None, low: float, high: float, unit: str) -> None:
    """Raises BadInputError unless a value is None or within its limits, both included."""
    if value is None or (math.isfinite(value) and low <= value <= high):
        return
    joined = f"{name}{value:g}" if name.endswith("=") else f"{name} {value:g}"
    limits = f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
    raise BadInputError(f"{joined} makes no sense.", f"Give {limits} {unit}.")


def check_target(output: Path) -> None:
    """Raises CannotWriteError unless a file can be made at ``output``."""
    folder = output.absolute().parent
    if not folder.is_dir():
        raise CannotWriteError(f"There is no folder {folder}.", "Make it, or choose another one.")
    if output.is_dir():
        raise CannotWriteError(f"{output} is a folder.", "Choose another name.")
    try:
        # Asking for permission is not enough: a read-only disk, or root, would pass.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"Cannot write to {folder}: {(error.strerror or str(error)).lower()}."
        raise CannotWriteError(message, "Choose a folder that you may write to.") from error
