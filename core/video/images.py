"""A folder of pictures as footage: sorted as people number files, one frame every 1 / fps seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ..errors import BadInputError
from .focal import focal_px_from_jpeg
from .source import VideoInfo

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"))
DEFAULT_FPS = 30.0


def list_images(folder: Path) -> list[Path]:
    """Pictures of ``folder``, "frame2" before "frame10". Raises ``BadInputError`` where there is none."""
    paths = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
    if not paths:
        raise BadInputError(f"The folder {folder} has no pictures.", f"Understood are {', '.join(sorted(SUFFIXES))}.")
    return sorted(paths, key=_natural_key)


def probe_images(folder: Path, fps: float | None) -> VideoInfo:
    """Facts about a folder; ``fps`` is the rate the pictures were taken at, 30 unless given."""
    paths = list_images(folder)
    height, width = read_image(paths[0]).shape[:2]
    rate = Fraction(fps or DEFAULT_FPS).limit_denominator(1001)
    return VideoInfo(
        path=folder,
        width=width,
        height=height,
        rotation=0,
        fps_nominal=rate,
        frame_count=len(paths),
        duration=float(len(paths) / rate),
        focal_px=focal_px_from_jpeg(paths[0], width, height),
        has_audio=False,
    )


def read_images(
    folder: Path, start: float | None, end: float | None, fps: float | None
) -> Iterator[tuple[float, Path]]:
    """(time in seconds, path) of the pictures with ``start`` ≤ time < ``end``."""
    rate = fps or DEFAULT_FPS
    for i, path in enumerate(list_images(folder)):
        time = i / rate
        if (start is None or time >= start - 5e-7) and (end is None or time < end - 5e-7):
            yield time, path


def read_image(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB, turned upright as its EXIF orientation says, 16-bit pictures reduced to 8."""
    # imdecode rather than imread: paths outside the code page fail in imread on Windows.
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB) if path.stat().st_size else None
    if image is None:
        raise BadInputError(f"The picture {path} cannot be read.", "Replace it or take it out of the folder.")
    return image


def _natural_key(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name.lower()) if part]
