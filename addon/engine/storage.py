"""What lies on the disk for the engine: how large it is, and how it goes. Standard library only."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

JOURNALS = "*.take.npz.journal"


@dataclass(frozen=True)
class Store:
    """Folders or files of one kind. ``name`` identifies it, ``label`` is for people, ``removal`` says what goes."""

    name: str
    label: str
    removal: str
    paths: tuple[Path, ...]


def journals(folders: Iterable[Path]) -> tuple[Path, ...]:
    """The finished work of captures that were interrupted, which lies beside their takes."""
    return tuple(sorted({path for folder in folders if folder.is_dir() for path in folder.glob(JOURNALS)}))


def size_of(path: Path) -> int:
    """Bytes of a file, or of everything in a folder; links are not followed, and what cannot be read counts nothing."""
    try:
        if not path.is_dir() or path.is_symlink():
            return path.lstat().st_size
        return sum(size_of(Path(entry.path)) for entry in os.scandir(path))
    except OSError:
        return 0


def clear(store: Store) -> list[str]:
    """Removes what the store holds; returns what could not be removed, a line each."""
    import shutil

    left = []
    for path in store.paths:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            left.append(f"{error.filename or path}: {error.strerror}")
    return left


def size_text(size: int) -> str:
    """Bytes as people say them."""
    value, unit = float(size), "bytes"
    for larger in ("KB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit in ("bytes", "KB") or value >= 100 else f"{value:.1f} {unit}"


class Weighing:
    """The sizes of stores, found in a thread: an environment has tens of thousands of files."""

    def __init__(self, stores: Sequence[Store]) -> None:
        """Starts at once."""
        self.sizes: dict[str, int] = {}
        self._stores = tuple(stores)
        self._thread = threading.Thread(target=self._main, name="understudy-weigh", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def _main(self) -> None:
        for store in self._stores:
            self.sizes[store.name] = sum(map(size_of, store.paths))
