"""Drags with the mouse in a window. Runs in Blender."""

from __future__ import annotations


def drag(s, region, start, end, shot=""):
    """Presses the left button at a region's pixel, moves, lets go."""
    left, height = region.x, s.window.height
    points = [(left + start[0] + (end[0] - start[0]) * i / 4, region.y + start[1] + (end[1] - start[1]) * i / 4)
              for i in range(5)]  # fmt: skip
    first = points[0]
    s._xdotool("mousemove", str(round(first[0])), str(round(height - 1 - first[1])))
    yield 0.3
    s._xdotool("mousedown", "1")
    yield 0.2
    for x, y in points[1:]:
        s._xdotool("mousemove", str(round(x)), str(round(height - 1 - y)))
        yield 0.15
    if shot:
        s.shot(shot)
    s._xdotool("mouseup", "1")
    yield 0.2


def drag_edge(s, by):
    """Drags the sidebar's edge, so many pixels to the right."""
    region = s.region("UI")
    x, y = region.x, s.window.height - region.y - 90
    s._xdotool("mousemove", x - 30, y)
    yield 0.3
    s._xdotool("mousemove", x, y)
    yield 0.5
    s._xdotool("mousedown", 1)
    yield 0.3
    for step in range(1, 8):
        s._xdotool("mousemove", x + by * step // 7, y)
        yield 0.1
    s._xdotool("mouseup", 1)
    yield 1.0
