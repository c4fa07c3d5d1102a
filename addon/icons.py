"""Pictures as icons, which is how panels draw them."""

from __future__ import annotations

import functools
from typing import Any

import bpy.utils.previews
import numpy as np

_collection: Any = None
_names: dict[int, tuple[str, Any]] = {}  # by the array's id; the array is kept, so that its id stays its own
_KEPT = 40
_GAP = 6  # pixels between two pictures


class _Kept:
    """An array that is told from others by which it is, not by what is in it."""

    def __init__(self, image: Any) -> None:
        self.image = image

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and other.image is self.image

    def __hash__(self) -> int:
        return id(self.image)


def icon(image: Any) -> int:
    """The icon's number of an image (h, w, 3) uint8 RGB; the same array has the same icon."""
    global _collection
    if _collection is None:
        _collection = bpy.utils.previews.new()
    known = _names.get(id(image))
    if known is None:
        while len(_names) >= _KEPT:
            oldest = next(iter(_names))
            del _collection[_names.pop(oldest)[0]]
        known = (f"picture {id(image)}", image)
        _names[id(image)] = known
        preview = _collection.new(known[0])
        height, width = image.shape[:2]
        rgba = np.ones((height, width, 4), np.float32)
        rgba[..., :3] = image[::-1] / np.float32(255)
        preview.image_size = (width, height)
        preview.image_pixels_float.foreach_set(rgba.ravel())
    return _collection[known[0]].icon_id


@functools.lru_cache(maxsize=_KEPT)
def _made(kind: str, *images: _Kept) -> Any:
    first = images[0].image
    height, width = first.shape[:2]
    if kind == "square":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return np.ascontiguousarray(first[top : top + side, left : left + side])
    second = _resized(images[1].image, height, width)
    across = kind == "wide"
    gap = np.zeros((_GAP, width, 3) if across else (height, _GAP, 3), np.uint8)
    return np.concatenate([first, gap, second], axis=0 if across else 1)


def square(image: Any) -> Any:
    """The middle of an image (h, w, 3), as high as it is wide; the same array for the same image."""
    return _made("square", _Kept(image))


def pair(first: Any, second: Any, wide: bool) -> Any:
    """Two images as one, the second below the first where they are wide, else beside it."""
    return _made("wide" if wide else "high", _Kept(first), _Kept(second))


def _resized(image: Any, height: int, width: int) -> Any:
    rows = np.arange(height) * image.shape[0] // height
    columns = np.arange(width) * image.shape[1] // width
    return image[rows][:, columns]


def clear() -> None:
    """Lets go of all of them."""
    global _collection
    if _collection is not None:
        bpy.utils.previews.remove(_collection)
        _collection = None
    _names.clear()
    _made.cache_clear()
