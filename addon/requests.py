"""From the user's choices to what the engine is asked. Pure: no bpy, so that it is tested without Blender."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..core.errors import BadInputError, CannotWriteError
from . import lenses

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".avi", ".webm", ".mts", ".m2ts")
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
    quality: str
    picks: Iterable[Chosen]


class Chosen(Protocol):
    """A person who was clicked: ``box`` left, top, right, bottom in full-size pixels, ``seconds`` into the video."""

    seconds: float
    box: Sequence[float]


# What a quality adds to a request.
QUALITIES: dict[str, dict[str, Any]] = {"BEST": {}, "BODY": {"hands": False}, "DRAFT": {"hands": False, "step": 2}}


def take_path(video: Path, folder: Path | None, taken: Collection[Path] = ()) -> Path:
    """Where the take of ``video`` goes: into ``folder``, else beside it; never over a take that is there or in
    ``taken``.

    An unfinished capture left no take, so that the same name, and with it its journal, is found again.
    Raises BadInputError for a missing video, CannotWriteError where nothing may be written.
    """
    if not video.name:
        raise BadInputError("No video was given.", "Choose one.")
    if not video.exists():
        raise BadInputError(f"There is no video at {video}.", "Choose it again.")
    target = folder or video.parent
    if not target.is_dir():
        raise CannotWriteError(f"There is no folder {target}.", "Choose another takes folder.")
    if not os.access(target, os.W_OK):
        raise CannotWriteError(f"The folder {target} is read-only.", "Choose a takes folder in the settings.")
    name = video.stem if video.is_file() else video.name
    path, number = target / f"{name}{SUFFIX}", 2
    while path.exists() or path in taken:
        path, number = target / f"{name}-{number}{SUFFIX}", number + 1
    return path


def videos_in(paths: Iterable[Path]) -> list[Path]:
    """The footage that ``paths`` mean: files, and for a folder the videos in it, or itself where it holds pictures.

    In the order in which people number files: 2.mp4 before 10.mp4.
    """
    found: list[Path] = []
    for path in paths:
        inside = [file for file in path.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES] if path.is_dir() else []
        found += sorted((file for file in inside if not file.name.startswith(".")), key=_natural) or [path]
    return found


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name.lower()) if part]


def recording_path(folder: Path, moment: time.struct_time) -> Path:
    """Where a recording that begins now goes: a name by date and time that is still free."""
    stem = time.strftime("recording %Y-%m-%d %H.%M.%S", moment)
    path, number = folder / f"{stem}.mp4", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.mp4", number + 1
    return path


def capture_request(
    video: Path, output: Path, choices: Choices, device: str, actor: Path | None = None, body: Path | None = None
) -> dict[str, Any]:
    """The fields of core.settings.CaptureSettings as JSON values; what is left automatic is left out.

    ``actor``: the profile of the first person, after whom the others are measured too. ``body``: the user's own SMPL-H
    file.
    """
    request: dict[str, Any] = {
        "source": str(video),
        "output": str(output),
        "device": device,
        **QUALITIES[choices.quality],
    }
    picks = [[round(one.seconds, 6), *(round(float(value), 2) for value in one.box)] for one in choices.picks]
    if picks:
        request["picks"] = picks
    elif choices.people:
        request["people"] = choices.people
    if actor is None:
        request["height"] = round(choices.height, 4)
    else:
        request["actor"] = {"1": str(actor)}
    if body is not None:
        request["body"] = str(body)
    lens = lenses.find(choices.lens)
    if lens is not None:
        request["fov"] = round(lens.fov, 4)
    elif choices.lens == "FOV":
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
        import shutil

        shutil.rmtree(journal)


def moment_text(seconds: float) -> str:
    """``75.24 s`` as ``1:15.2``."""
    tenths = max(0, round(seconds * 10))
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def duration_text(seconds: float) -> str:
    """``75 s`` as ``1:15``, with hours where there are some."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
