"""What is kept of footage that was looked at: what it is, and pictures spread over it, to show them at once again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import BadInputError
from .preferences import user_folder

if TYPE_CHECKING:
    from ..core.glimpse import Glimpse

_KEPT = 60


@dataclass(frozen=True)
class Facts:
    """``size`` w, h of the upright picture; ``duration`` s, 0 where unknown; ``focal_px`` where the metadata has it."""

    size: tuple[int, int]
    fps: float
    duration: float
    focal_px: float | None

    @property
    def last(self) -> float:
        """Seconds of the last frame."""
        return max(0.0, self.duration - 1.0 / self.fps)

    @classmethod
    def from_summary(cls, summary: dict[str, Any]) -> Facts:
        """From what the engine says of a look. Raises KeyError, TypeError or ValueError for anything else."""
        width, height = summary["size"]
        return cls((int(width), int(height)), float(summary["fps"]), summary["duration"] or 0.0, summary["focal_px"])


def strip_file(path: Path) -> Path:
    """Where the strip of a file is kept: another file at the same path has another one."""
    import hashlib

    status = path.stat()
    key = f"{path}|{status.st_mtime_ns}|{status.st_size}"
    return cache_folder() / f"{hashlib.sha1(key.encode('utf-8', 'surrogatepass')).hexdigest()}.npz"


def cache_folder() -> Path:
    """The strips of all footage that was looked at."""
    return user_folder() / "pictures"


def kept(path: Path) -> tuple[Facts | None, Glimpse | None]:
    """The facts and the strip of a file, None where it was not looked at yet."""
    from ..core.glimpse import Glimpse

    file = strip_file(path)
    try:
        facts = Facts.from_summary(json.loads(file.with_suffix(".json").read_text(encoding="utf-8")))
        return facts, Glimpse.load(file)
    except (OSError, ValueError, KeyError, TypeError, BadInputError):
        return None, None


def keep(path: Path, summary: dict[str, Any]) -> None:
    """The facts beside the strip; the oldest strips go."""
    try:
        strip_file(path).with_suffix(".json").write_text(json.dumps(summary), encoding="utf-8")
        strips = sorted(cache_folder().glob("*.npz"), key=lambda file: file.stat().st_mtime)
        for old in strips[:-_KEPT]:
            old.unlink(missing_ok=True)
            old.with_suffix(".json").unlink(missing_ok=True)
    except OSError:
        return  # a strip that is not kept is made again
