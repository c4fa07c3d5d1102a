"""Lines, squares and boxes over a region, in its pixels."""

from __future__ import annotations

from typing import Any

import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

_LINE_WIDTH = 2.0


def lines(ends: Any, colours: Any, width: float = _LINE_WIDTH) -> None:
    """Lines between points (n, 2, 2), each in its colour (n, 4) RGBA 0…1."""
    shader = gpu.shader.from_builtin("POLYLINE_SMOOTH_COLOR")
    shader.bind()
    viewport: Any = gpu.state.viewport_get()
    shader.uniform_float("viewportSize", viewport[2:])
    shader.uniform_float("lineWidth", width)
    points = np.concatenate([ends.reshape(-1, 2), np.zeros((2 * len(ends), 1))], axis=1)
    _batch(shader, "LINES", points, np.repeat(colours, 2, axis=0))


def squares(middles: Any, colours: Any, half: float) -> None:
    """Squares around points (n, 2), of two triangles each: the size of points differs between graphics systems."""
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]])
    points = (middles[:, None] + corners).reshape(-1, 2)
    points = np.concatenate([points, np.zeros((len(points), 1))], axis=1)
    _batch(gpu.shader.from_builtin("SMOOTH_COLOR"), "TRIS", points, np.repeat(colours, 6, axis=0))


def box(low: Any, high: Any, colour: Any) -> None:
    """A filled box between two corners."""
    (x0, y0), (x1, y1) = low, high
    points = np.array([[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y0, 0], [x1, y1, 0], [x0, y1, 0]])
    _batch(gpu.shader.from_builtin("SMOOTH_COLOR"), "TRIS", points, np.tile(colour, (6, 1)))


def frame(low: Any, high: Any, colour: Any, width: float = _LINE_WIDTH) -> None:
    """The outline of a box."""
    (x0, y0), (x1, y1) = low, high
    ends = np.array([[[x0, y0], [x1, y0]], [[x1, y0], [x1, y1]], [[x1, y1], [x0, y1]], [[x0, y1], [x0, y0]]])
    lines(ends, np.tile(colour, (4, 1)), width)


def _batch(shader: Any, kind: str, points: Any, colours: Any) -> None:
    if not len(points):
        return
    content = {
        "pos": np.asarray(points, np.float32).tolist(), "color": np.asarray(colours, np.float32).tolist()
    }  # fmt: skip
    gpu.state.blend_set("ALPHA")
    batch_for_shader(shader, kind, content).draw(shader)
    gpu.state.blend_set("NONE")
