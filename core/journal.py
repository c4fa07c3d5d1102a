"""Finished chunks of a capture under way, kept beside its target so that a killed capture goes on where it stopped.

``X.take.npz.journal/`` holds ``meta.json`` and one ``STAGE.CHUNK.npz`` per stage and chunk, each written whole and
renamed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInputError, CannotWriteError
from .whole_file import write_whole

SCHEMA = 1
SUFFIX = ".journal"
# In the order they are written; the last one completes a chunk.
STAGES = ("decode", "detect", "background", "landmarks")

Arrays = Mapping[str, Any]


class Journal:
    """The journal of one target. Make it with ``open``."""

    def __init__(self, folder: Path, done: int) -> None:
        self.folder = folder
        self.done = done  # chunks 0 … done - 1 are finished

    @classmethod
    def open(cls, target: Path, sources: list[str], settings: dict[str, Any]) -> Journal:
        """The journal of ``target``, made where there is none.

        ``sources``: sha256 of each source; ``settings``: JSON values that the chunks depend on. A journal of the same
        sources and settings is taken up. Raises BadInputError when there is one of others, CannotWriteError when it
        cannot be made.
        """
        folder = target.with_name(target.name + SUFFIX)
        meta = {"schema": SCHEMA, "sources": sources, "settings_hash": _hash(settings), "settings": settings}
        found = _read_meta(folder)
        if found is None:
            # Without its meta nothing in the folder can be trusted.
            try:
                folder.mkdir(exist_ok=True)
                _clear(folder)
            except OSError as error:
                raise CannotWriteError(
                    f"Cannot write {folder}: {(error.strerror or str(error)).lower()}.",
                    "Choose a folder that exists and that you may write to.",
                ) from error
            write_whole(folder / "meta.json", lambda stream: stream.write(json.dumps(meta, indent=1).encode()))
        elif any(found.get(key) != meta[key] for key in ("schema", "sources", "settings_hash")):
            raise BadInputError(
                f"{folder} is from an unfinished capture of {_difference(found, meta)}.",
                "Delete that folder to start afresh, or capture with its settings to go on.",
            )
        for part in folder.glob(".*.part"):  # of a write that was killed
            part.unlink(missing_ok=True)
        done = 0
        while (folder / f"{STAGES[-1]}.{done}.npz").is_file():
            done += 1
        return cls(folder, done)

    def write(self, stage: str, chunk: int, arrays: Arrays) -> None:
        """Stores what a stage made of a chunk. Raises CannotWriteError, and leaves the chunks before it as they are."""
        write_whole(self._path(stage, chunk), lambda stream: np.savez(stream, **dict(arrays)))
        if stage == STAGES[-1]:
            self.done = max(self.done, chunk + 1)

    def read(self, stage: str, chunk: int) -> dict[str, NDArray[Any]]:
        """What ``write`` stored. Raises BadInputError for a damaged file."""
        path = self._path(stage, chunk)
        try:
            with np.load(path, allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise BadInputError(f"{path} is damaged.", f"Delete {self.folder} and capture again.") from error

    def remove(self) -> None:
        """Deletes the journal: the take is written, or the input turned out bad."""
        with contextlib.suppress(OSError):
            _clear(self.folder)
            (self.folder / "meta.json").unlink()
            self.folder.rmdir()

    def _path(self, stage: str, chunk: int) -> Path:
        assert stage in STAGES, stage
        return self.folder / f"{stage}.{chunk}.npz"


def sha256_of(source: Path) -> str:
    """SHA-256 of a file; for a folder, of the names, sizes and SHA-256s of its files. Raises BadInputError."""
    try:
        if not source.is_dir():
            with source.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        listing = hashlib.sha256()
        for path in sorted(p for p in source.iterdir() if p.is_file()):
            listing.update(f"{path.name}\0{path.stat().st_size}\0{sha256_of(path)}\n".encode())
        return listing.hexdigest()
    except OSError as error:
        raise BadInputError(
            f"Cannot read {source}: {(error.strerror or str(error)).lower()}.", "Check the path and its permissions."
        ) from error


def _clear(folder: Path) -> None:
    """Deletes the chunks and nothing else, should somebody keep other files there."""
    for stage in STAGES:
        for path in folder.glob(f"{stage}.*.npz"):
            path.unlink()


def _hash(settings: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _read_meta(folder: Path) -> dict[str, Any] | None:
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return meta if isinstance(meta, dict) else None


def _difference(found: dict[str, Any], meta: dict[str, Any]) -> str:
    if found.get("schema") != meta["schema"]:
        return "another version"
    if found.get("sources") != meta["sources"]:
        return "other footage"
    before, now = found.get("settings", {}), meta["settings"]
    keys = [key for key in now if before.get(key) != now[key]]
    return "the same footage with " + ", ".join(f"{key} {before.get(key)} instead of {now[key]}" for key in keys)
