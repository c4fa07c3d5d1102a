"""Pictures as icons, which is how panels draw them."""

from __future__ import annotations

from typing import Any

import bpy.utils.previews
import numpy as np

_collection: Any = None
_names: dict[int, tuple[str, Any]] = {}  # by the array's id; the array is kept, so that its id stays its own
_KEPT = 40


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


def clear() -> None:
    """Lets go of all of them."""
    global _collection
    if _collection is not None:
        bpy.utils.previews.remove(_collection)
        _collection = None
    _names.clear()
