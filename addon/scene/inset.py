"""A picture of the footage in a corner of the viewports, with the bones of the people in it, while the engine works."""

from __future__ import annotations

import functools
from typing import Any

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ...core.glimpse import Glimpse
from ...core.skeleton import KEYPOINTS
from ...core.view.landmarks import landmark_bones
from ...core.view.palette import colour
from .. import redraw
from ..declarations import VIEW_PROPERTY
from . import strokes

# Share of the viewport's width and height that the picture may take, and its distance from the corner in pixels.
_SHARE = 0.42
_MARGIN = 16.0
_LEAST = 0.3  # points below this confidence are not drawn
_BORDER = 1.5

_FRAGMENT = """
void main() {
  colour = texture(image, place);
  if (srgbTarget) {
    vec3 low = colour.rgb / 12.92, high = pow((colour.rgb + 0.055) / 1.055, vec3(2.4));
    colour.rgb = mix(low, high, step(vec3(0.04045), colour.rgb));
  }
}
"""

_shown: dict[str, Glimpse] = {}  # by who shows it
_texture: tuple[int, Any] | None = None  # of the glimpse with this id
_handle: Any = None


def show(name: str, glimpse: Glimpse | None) -> None:
    """Shows what ``name`` saw last; None takes it away."""
    if _shown.get(name) is glimpse:
        return
    _shown.pop(name, None)
    if glimpse is not None:
        _shown[name] = glimpse
    redraw.viewports()


def bones(glimpse: Glimpse) -> tuple[Any, Any]:
    """Bones (B, 2, 2) of the last picture's people in shares of its width and height from the top left, and their
    colours (B, 4)."""
    pairs = np.array(landmark_bones(KEYPOINTS))
    ends, shades = [np.zeros((0, 2, 2))], [np.zeros((0, 4))]
    for index in np.flatnonzero(glimpse.picture == len(glimpse.images) - 1):
        sure = np.nan_to_num(glimpse.confidence[index])[pairs].min(axis=1)
        kept = sure >= _LEAST
        ends.append((glimpse.points[index][pairs[kept]] + 0.5) / glimpse.size)
        rgb = np.array(colour(int(index))) / 255
        shades.append(np.tile([*rgb, 1.0], (int(kept.sum()), 1)))
    return np.concatenate(ends), np.concatenate(shades)


def place(region: Any, glimpse: Glimpse) -> tuple[Any, Any]:
    """Bottom left and top right of the picture in a region's pixels."""
    size = np.asarray(glimpse.size, np.float64)
    scale = _SHARE * min(region.width / size[0], region.height / size[1])
    low = np.array([_MARGIN, _MARGIN])
    return low, low + size * scale


def texture_of(image: Any) -> Any:
    """A texture of an image (h, w, 3) uint8; its first row is the top one."""
    height, width = image.shape[:2]
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = image[::-1] / np.float32(255)
    kinds: Any = gpu.types
    content = kinds.Buffer("FLOAT", rgba.size, rgba.ravel())
    return kinds.GPUTexture((width, height), format="RGBA16F", data=content)


def draw_picture(texture: Any, low: Any, high: Any) -> None:
    """A texture between two corners of the region, in its own colours."""
    corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    shader = _picture_shader()
    shader.bind()
    shader.uniform_float("matrix", gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix())
    shader.uniform_sampler("image", texture)
    content = {"pos": corners, "uv": [(0, 0), (1, 0), (1, 1), (0, 1)]}
    batch_for_shader(shader, "TRI_FAN", content).draw(shader)


@functools.lru_cache(maxsize=1)
def _picture_shader() -> Any:
    """Blender's own picture shader takes colours for linear ones where the window wants those, as until 4.5. What the
    window wants Blender tells every shader that has a constant of this name."""
    kinds: Any = gpu.types
    between = kinds.GPUStageInterfaceInfo("understudy_picture")
    between.smooth("VEC2", "place")
    info = kinds.GPUShaderCreateInfo()
    info.push_constant("MAT4", "matrix")
    info.push_constant("BOOL", "srgbTarget")
    info.sampler(0, "FLOAT_2D", "image")
    info.vertex_in(0, "VEC2", "pos")
    info.vertex_in(1, "VEC2", "uv")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "colour")
    info.vertex_source("void main() { place = uv; gl_Position = matrix * vec4(pos, 0.0, 1.0); }")
    info.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(info)


def _draw() -> None:
    global _texture
    context: Any = bpy.context
    view = getattr(context.scene, VIEW_PROPERTY)
    if not _shown or not view.live or not context.space_data.overlay.show_overlays:
        return
    glimpse = next(reversed(_shown.values()))
    if _texture is None or _texture[0] != id(glimpse):
        _texture = (id(glimpse), texture_of(glimpse.images[-1]))
    low, high = place(context.region, glimpse)
    strokes.box(low - _BORDER, high + _BORDER, (0.05, 0.05, 0.05, 1.0))
    draw_picture(_texture[1], low, high)
    ends, shades = bones(glimpse)
    span = high - low
    strokes.lines(low + np.stack([ends[..., 0], 1 - ends[..., 1]], -1) * span, shades)


def register() -> None:
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle, _texture
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
    _shown.clear()
    _texture = None
    _picture_shader.cache_clear()
