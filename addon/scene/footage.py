"""The footage behind the camera, and its sound, in step with the actors."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import BadInputError
from ...core.take import Take
from ...core.timebase import is_constant_rate, proxy_path
from .. import compat

_OPACITY = 0.75


def source_path(take: Take, take_path: Path, camera: int = 0) -> Path | None:
    """Where the footage of a camera lies, or None: the take names none, or it is no longer there."""
    if camera >= len(take.sources):
        return None
    path = (take_path.parent / take.sources[camera]["path"]).resolve()
    return path if path.exists() else None


def background_path(take: Take, take_path: Path, camera: int = 0) -> Path | None:
    """The video to play behind ``camera``: the footage, or for a variable rate the constant-rate proxy beside the take.

    Blender counts frames of a movie at a constant rate, so variable-rate footage itself would drift away from the
    actors.
    """
    if is_constant_rate(take.timestamps, take.fps_nominal):
        return source_path(take, take_path, camera)
    proxy = proxy_path(take_path, camera)
    return proxy if proxy.is_file() else None


def first_frame(take: Take, path: Path, take_path: Path, camera: int = 0) -> int:
    """Which frame of the file (0 is the first) is the take's first, for captures that begin inside a clip."""
    if path == proxy_path(take_path, camera) or camera >= len(take.sources):
        return 0
    first = float(take.cameras.timestamps[camera, 0])
    skipped = first - float(take.sources[camera].get("first_timestamp", first))
    return max(0, round(skipped * float(take.fps_nominal)))


def load_clip(path: Path) -> bpy.types.MovieClip:
    """A video, or the images of a folder. Raises BadInputError where Blender cannot read it."""
    try:
        return bpy.data.movieclips.load(str(_first_image(path) if path.is_dir() else path))
    except (RuntimeError, OSError) as error:
        raise BadInputError(f"Blender cannot read {path}.", "Choose a video, or a folder of pictures.") from error


def add_background(
    camera: bpy.types.Object, clip: bpy.types.MovieClip, frame_start: int, skip: int, rotation: int
) -> None:
    """Shows a clip behind a camera; its frame ``skip`` at scene frame ``frame_start``.

    ``rotation``: degrees counterclockwise that make the stored picture upright, as the container says.
    """
    clip.frame_start, clip.frame_offset = frame_start, skip
    camera.data.show_background_images = True
    background = camera.data.background_images.new()
    background.source = "MOVIE_CLIP"
    background.clip = clip
    background.alpha = _OPACITY
    background.display_depth = "BACK"
    background.frame_method = "FIT"
    if not compat.READS_VIDEO_ROTATION and rotation:
        # Blender turns the background clockwise, after it has fitted the stored picture into the frame.
        background.rotation = -math.radians(rotation)
        if rotation % 180:
            background.scale = max(clip.size) / min(clip.size)


def add_sound(scene: bpy.types.Scene, path: Path, frame_start: int, skip: int) -> Any:
    """Puts a video's sound on the first free channel of the sequencer: the strip, or None where it has none."""
    if path.is_dir():
        return None
    sound = bpy.data.sounds.load(str(path))
    silent = sound.channels == "INVALID"
    bpy.data.sounds.remove(sound)
    if silent:
        return None
    strips = compat.strips(scene)
    channel = 1 + max((strip.channel for strip in strips), default=0)
    strip = strips.new_sound(path.stem, str(path), channel, frame_start - skip)
    strip.frame_offset_start = skip
    scene.sync_mode = "AUDIO_SYNC"
    return strip


def matches_rate(take: Take, scene_fps: Fraction) -> bool:
    """True where the scene plays footage frame by frame in step with the take."""
    return math.isclose(float(take.fps_nominal), float(scene_fps), rel_tol=1e-5)


def _first_image(folder: Path) -> Path:
    """The first picture of a numbered series: 2.png comes before 10.png. Raises BadInputError for a folder of none."""
    suffixes = {suffix.lower() for suffix in bpy.path.extensions_image}
    images = [path for path in folder.iterdir() if path.suffix.lower() in suffixes and not path.name.startswith(".")]
    if not images:
        raise BadInputError(f"There is no picture in {folder}.", "Choose a video, or a folder of pictures.")
    return min(
        images, key=lambda path: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]
    )
