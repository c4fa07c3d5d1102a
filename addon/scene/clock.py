"""Frames and seconds of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

FRAME_START = 1  # where a take begins in a scene


def scene_fps(scene: Any) -> Fraction:
    """A scene's frames per second; the base is a 32-bit float, so 1.001 is read as 1001/1000."""
    from fractions import Fraction

    return scene.render.fps / Fraction(scene.render.fps_base).limit_denominator(1001)
