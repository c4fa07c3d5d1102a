"""From the user's choices to what the engine is asked. Pure: no bpy, so that it is tested without Blender."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

from ..core.errors import BadInputError, CannotWriteError

SUFFIX = ".take.npz"
JOURNAL_SUFFIX = ".journal"


class Choices(Protocol):
    """The fields of properties.UnderstudyCaptureSettings that make a request."""

    start: float
    end: float
    height: float
    lens: str
    fov: float
    focal: float
    people: int
    hands: bool


def take_path(video: Path, folder: Path | None) -> Path:
    """Where the take of ``video`` goes: into ``folder``, else beside it; never over a take that is there.

    An unfinished capture left no take, so that the same name, and with it its journal, is found again.
    Raises BadInputError for a missing video, CannotWriteError where nothing may be written.
    """
    if not video.exists():
        raise BadInputError(f"There is no video at {video}.", "Choose it again.")
    target = folder or video.parent
    if not target.is_dir():
        raise CannotWriteError(f"There is no folder {target}.", "Choose another takes folder.")
    if not os.access(target, os.W_OK):
        raise CannotWriteError(f"The folder {target} is read-only.", "Choose a takes folder in the settings.")
    name = video.stem if video.is_file() else video.name
    path, number = target / f"{name}{SUFFIX}", 2
    while path.exists():
        path, number = target / f"{name}-{number}{SUFFIX}", number + 1
    return path


def capture_request(video: Path, output: Path, choices: Choices, device: str) -> dict[str, Any]:
    """The fields of core.settings.CaptureSettings as JSON values; what is left automatic is left out."""
    request: dict[str, Any] = {
        "source": str(video),
        "output": str(output),
        "hands": choices.hands,
        "height": round(choices.height, 4),
        "device": device,
    }
    if choices.people:
        request["people"] = choices.people
    if choices.lens == "FOV":
        request["fov"] = round(math.degrees(choices.fov), 4)
    elif choices.lens == "FOCAL":
        request["focal"] = round(choices.focal, 3)
    if choices.start > 0:
        request["start"] = round(choices.start, 6)
    if choices.end > 0:
        request["end"] = round(choices.end, 6)
    return request


def journal_of(output: Path) -> Path:
    """Where an unfinished capture of ``output`` keeps its finished chunks."""
    return output.with_name(output.name + JOURNAL_SUFFIX)


def forget_journal(output: Path) -> None:
    """Removes an unfinished capture's chunks, and nothing that is not a journal."""
    journal = journal_of(output)
    if (journal / "meta.json").is_file():
        shutil.rmtree(journal)


def duration_text(seconds: float) -> str:
    """``75 s`` as ``1:15``, with hours where there are some."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
