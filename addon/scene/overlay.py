"""The measured 2D points over the footage, drawn in viewports that look through the take's camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d

from ...core.take import Take
from ...core.view.landmarks import landmark_bones
from ...core.view.palette import colour
from .. import readings
from ..declarations import TAKE_PROPERTY, VIEW_PROPERTY
from . import shot, strokes, takes

# Points below this confidence are not drawn; the others as strongly as they are certain.
_LEAST = 0.1
_DOT = 3.0  # half the side of a point's square, pixels

_handle: Any = None


@dataclass(frozen=True)
class Drawing:
    """bones (B, 2, 2) and dots (D, 2) in image pixels; their colours (B, 4) and (D, 4) RGBA 0…1."""

    bones: Any
    bone_colours: Any
    dots: Any
    dot_colours: Any


@dataclass(frozen=True)
class Moving:
    """Points of a person that are being dragged in a frame of the take: image pixels by landmark."""

    person: str
    frame: int
    points: dict[str, tuple[float, float]]


moving: Moving | None = None


def drawing(
    take: Take,
    camera: int,
    frame: int,
    hidden: set[str],
    strength: float,
    corrected: dict[tuple[str, str], tuple[float, float]] | None = None,
) -> Drawing:
    """What was measured in a take's frame by a camera, without the people ``hidden``; ``strength`` 0…1.

    ``corrected``: where the user says that points are, by person and landmark; they are drawn white.
    """
    corrected = corrected or {}
    pairs = np.array(landmark_bones(take.keypoint_names))
    bones, bone_colours, dots, dot_colours = [], [], [], []
    for index, person in enumerate(take.people):
        if person.id in hidden:
            continue
        pixels = np.asarray(person.keypoints2d[camera, frame], np.float64)
        sure = np.nan_to_num(np.asarray(person.keypoints2d_confidence[camera, frame], np.float64))
        sure = np.where(np.isfinite(pixels).all(-1) & (sure >= _LEAST), np.minimum(sure, 1.0), 0.0)
        own = {take.keypoint_names.index(name): xy for (who, name), xy in corrected.items() if who == person.id}
        for row, xy in own.items():
            pixels[row], sure[row] = xy, 1.0
        rgb = np.array(colour(index)) / 255
        certain = sure[pairs].min(axis=1)
        kept = certain > 0
        bones.append(pixels[pairs[kept]])
        bone_colours.append(_rgba(rgb, certain[kept] * strength))
        dots.append(pixels[sure > 0])
        shades = _rgba(rgb * 0.5 + 0.5, sure * strength)
        shades[list(own)] = 1.0
        dot_colours.append(shades[sure > 0])
    if not bones:
        return Drawing(np.zeros((0, 2, 2)), np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 4)))
    return Drawing(*(np.concatenate(parts) for parts in (bones, bone_colours, dots, dot_colours)))


def take_frame(take: Take, seconds: float) -> int:
    """The take's frame that is nearest to ``seconds`` after its first; −1 outside it."""
    times = np.asarray(take.timestamps) - take.timestamps[0]
    gap = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    if not -gap <= seconds <= times[-1] + gap:
        return -1
    return int(np.argmin(np.abs(times - seconds)))


def to_region(pixels: Any, size: Any, corners: Any) -> Any:
    """Region pixels (…, 2) of image pixels (…, 2); ``corners`` are the picture's bottom left and top right in the
    region. Image pixels count from the first pixel's centre, downwards.
    """
    low, high = (np.asarray(corner, np.float64) for corner in corners)
    share = (np.asarray(pixels) + 0.5) / np.asarray(size, np.float64)
    share = np.stack([share[..., 0], 1 - share[..., 1]], axis=-1)
    return low + share * (high - low)


def to_pixels(point: Any, size: Any, corners: Any) -> tuple[float, float]:
    """The image pixel at a region's pixel: the inverse of ``to_region`` for one point."""
    low, high = (np.asarray(corner, np.float64) for corner in corners)
    share = (np.asarray(point, np.float64) - low) / (high - low)
    x, y = np.array([share[0], 1 - share[1]]) * np.asarray(size, np.float64) - 0.5
    return float(x), float(y)


def frame_corners(region: bpy.types.Region, space: Any, camera: bpy.types.Object, scene: Any) -> Any:
    """Bottom left and top right of the camera's picture in a region's pixels, None where they cannot be seen."""
    data: Any = camera.data
    outline = [camera.matrix_world @ corner for corner in data.view_frame(scene=scene)]
    found = [location_3d_to_region_2d(region, space.region_3d, corner) for corner in outline]
    if any(point is None for point in found):
        return None
    points = np.array(found)
    return points.min(axis=0), points.max(axis=0)


def tag_redraw() -> None:
    """Every viewport draws anew."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _draw() -> None:
    context: Any = bpy.context
    view = getattr(context.scene, VIEW_PROPERTY)
    if not view.overlay or not context.space_data.overlay.show_overlays:
        return
    for take in takes.takes_in(context.scene):
        for index, camera in enumerate(takes.cameras(take)):
            if shot.looks_through(context.space_data, camera):
                _draw_take(context, take, camera, index, view.overlay_opacity)


def _draw_take(context: Any, take: bpy.types.Collection, camera: Any, index: int, strength: float) -> None:
    if not readings.is_read(take):
        readings.start_reading(take)
        return
    source = readings.evaluation_of(take).take
    frame = take_frame(source, takes.seconds_at(take, context.scene.frame_current))
    corners = frame_corners(context.region, context.space_data, camera, context.scene)
    if frame < 0 or corners is None or index >= len(source.cameras.K):
        return
    hidden = {str(actor[takes.PERSON_ID]) for actor in takes.actors(take) if not person_shown(actor)}
    what = drawing(source, index, frame, hidden, strength, _corrected(take, frame))
    size = source.cameras.size[index]
    strokes.lines(to_region(what.bones, size, corners), what.bone_colours)
    strokes.squares(to_region(what.dots, size, corners), what.dot_colours, _DOT)


def _corrected(take: bpy.types.Collection, frame: int) -> dict[tuple[str, str], tuple[float, float]]:
    """Where the user says that points of a frame are, by person and landmark."""
    items = getattr(take, TAKE_PROPERTY).corrections
    found = {(i.person, i.joint): (i.value[0], i.value[1]) for i in items if i.what == "POINT" and i.frame == frame}
    if moving is not None and moving.frame == frame:
        found |= {(moving.person, name): pixel for name, pixel in moving.points.items()}
    return found


def person_shown(actor: bpy.types.Object) -> bool:
    """Whether an actor or its body can be seen: either alone will do."""
    return any(ob.visible_get() for ob in (actor, *takes.skins(actor)[:1]))


def _rgba(rgb: Any, alpha: Any) -> Any:
    return np.concatenate([np.broadcast_to(rgb, (len(alpha), 3)), np.asarray(alpha)[:, None]], axis=1)


def register() -> None:
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
