"""What the engine shows of footage before and while it is captured: pictures at moments, and the people in them.

A file of numpy's, so that Blender reads it without any codec.
"""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInputError, CannotWriteError

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Glimpse:
    """N pictures with P people in them.

    ``images`` (N, h, w, 3) uint8 RGB, reduced; ``seconds`` (N,) after the clip's first frame; ``size`` (2,) w, h of the
    upright full-size picture. ``picture`` (P,) which image a person is in; ``boxes`` (P, 4) x0, y0, x1, y1;
    ``points`` (P, K, 2) landmarks and ``confidence`` (P, K): boxes and points in full-size pixels, NaN where unseen.
    """

    images: Array
    seconds: Array
    size: Array
    picture: Array
    boxes: Array
    points: Array
    confidence: Array

    def __post_init__(self) -> None:
        n, people, landmarks = len(self.images), len(self.boxes), self.points.shape[1:2]
        shapes = {
            "images": (n, *self.images.shape[1:3], 3), "seconds": (n,), "size": (2,), "picture": (people,),
            "boxes": (people, 4), "points": (people, *landmarks, 2), "confidence": (people, *landmarks),
        }  # fmt: skip
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"glimpse: {name} must be {shape}, got {getattr(self, name).shape}")

    def save(self, path: Path) -> None:
        """Writes it whole and renames it. Raises CannotWriteError."""
        part = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                part = file.name
                np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})
            Path(part).replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                Path(part).unlink(missing_ok=True)
            raise CannotWriteError(f"Cannot write {path}: {error.strerror or error}.", "Free disk space.") from error

    @classmethod
    def load(cls, path: Path) -> Glimpse:
        """Raises BadInputError for a file that is none."""
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(**{field.name: file[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise BadInputError(f"{path} cannot be read.", "Look at the footage again.") from error


def pictures(images: Array, seconds: Array, size: tuple[int, int]) -> Glimpse:
    """Pictures without people."""
    none = np.zeros((0, 4), np.float32)
    return Glimpse(images, seconds, np.array(size), np.zeros(0, int), none, none.reshape(0, 2, 2), none.reshape(0, 2))
