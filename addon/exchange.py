"""Files that go from the engine to Blender: a folder of this session's own, gone when Blender is."""

from __future__ import annotations

import tempfile
from pathlib import Path

_folder: tempfile.TemporaryDirectory[str] | None = None


def file(name: str) -> Path:
    """Where the engine puts what is called ``name``."""
    global _folder
    if _folder is None:
        _folder = tempfile.TemporaryDirectory(prefix="understudy-seen-")
    return Path(_folder.name) / f"{name}.npz"


def clear() -> None:
    """Removes the folder."""
    global _folder
    if _folder is not None:
        _folder.cleanup()
        _folder = None
