"""Numbers as text that a page's script unpacks: base64 of little-endian integers, gaps marked."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MISSING = int(np.iinfo(np.int16).min)


def pack_whole(values: Array) -> str:
    """Rounded to int16; NaN, and what does not fit, to ``MISSING``."""
    whole = np.round(np.asarray(values, np.float64))
    kept = np.isfinite(whole) & (np.abs(whole) < -MISSING)
    packed = np.where(kept, np.nan_to_num(whole), MISSING).astype("<i2")
    return base64.b64encode(packed.tobytes()).decode("ascii")


def pack_bytes(values: Array) -> str:
    """Rounded to 0…255; NaN to 0."""
    clipped = np.clip(np.round(np.nan_to_num(np.asarray(values, np.float64))), 0, 255).astype(np.uint8)
    return base64.b64encode(clipped.tobytes()).decode("ascii")
