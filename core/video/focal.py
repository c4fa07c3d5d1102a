"""Focal length from metadata: the 35 mm equivalent that phones and cameras write."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

# Written by phones into QuickTime files.
QUICKTIME_KEY = "com.apple.quicktime.camera.focal_length.35mm_equivalent"
# Width of the 35 mm film frame, which the longer side of the picture is taken to be.
FILM_WIDTH_MM = 36.0
_EXIF_POINTER = 0x8769
_FOCAL_35MM = 0xA405
_SANE_MM = (5.0, 3000.0)


def focal_px_from_35mm(millimetres: float, width: int, height: int) -> float | None:
    """Pixels along the longer side from the 35 mm equivalent; None where the value makes no sense (0 means unknown)."""
    low, high = _SANE_MM
    return millimetres / FILM_WIDTH_MM * max(width, height) if low <= millimetres <= high else None


def focal_px_from_metadata(metadata: Mapping[str, str], width: int, height: int) -> float | None:
    """From a container's metadata, whose keys may carry other cases."""
    lowered = {key.lower(): value for key, value in metadata.items()}
    try:
        return focal_px_from_35mm(float(lowered[QUICKTIME_KEY]), width, height)
    except (KeyError, ValueError):
        return None


def focal_px_from_jpeg(path: Path, width: int, height: int) -> float | None:
    """From the EXIF tag FocalLengthIn35mmFilm of a JPEG file; None where there is none or the tag is broken.

    Source: JEITA CP-3451 (EXIF 2.3), TIFF 6.0.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    start = head.find(b"Exif\0\0")
    if not head.startswith(b"\xff\xd8") or start < 0:
        return None
    try:
        return focal_px_from_35mm(_focal_35mm(head[start + 6 :]), width, height)
    except (struct.error, KeyError):
        return None


def _focal_35mm(tiff: bytes) -> float:
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    exif = _directory(tiff, first, order)[_EXIF_POINTER]
    return float(_directory(tiff, exif, order)[_FOCAL_35MM])


def _directory(tiff: bytes, offset: int, order: str) -> dict[int, int]:
    """Tag to value of a TIFF directory, for values that are one SHORT or LONG."""
    (count,) = struct.unpack_from(order + "H", tiff, offset)
    values: dict[int, int] = {}
    for entry in range(offset + 2, offset + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(order + "HHI", tiff, entry)
        if length == 1 and kind in (3, 4):
            (values[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), tiff, entry + 8)
    return values
