"""A shot of which the 2D keypoints are known already: its frames' times and its people, with or without the footage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..assembly import Shot, source_entry
from ..errors import BadInputError
from ..journal import sha256_of
from ..settings import CaptureSettings
from ..video.source import VideoInfo
from .detections import Detections
from .people import people_of
from .reading import check_places, read_keypoints

Array = NDArray[np.floating]
Warn = Callable[[str], None]

DEFAULT_FPS = 30.0


def shot_of_keypoints(settings: CaptureSettings, warn: Warn) -> Shot:
    """The shot of ``settings.keypoints``, in the frames of ``settings.source`` where that is given.

    Raises BadInputError: keypoints or footage that cannot be read, or do not belong together, or show nobody.
    """
    path = settings.keypoints
    assert path is not None
    found = read_keypoints(path, settings.keypoints_format)
    for line in found.told:
        warn(line)
    if settings.source is None:
        info, times, first, sources = _without_footage(settings, found, warn)
    else:
        info, times, first, sources = _with_footage(settings, settings.source, found, warn)
    check_places(found, (info.width, info.height))
    kept = (times >= first + (settings.start or 0.0) - 5e-7) & (times < first + (settings.end or np.inf) - 5e-7)
    if not kept.any():
        raise BadInputError(f"{path} has no frame in that range.", "Widen --start/--end.")
    found = _frames_of(found, kept)
    tracks = people_of(found, times[kept], (info.width, info.height), settings.people)
    if not tracks:
        raise BadInputError(f"No person was found in {path}.", "Check --keypoints-format, and that somebody is there.")
    notes = {"name": path.name, "joint_set": found.joint_set, "sha256": _digest(path)}
    return Shot(info, times[kept], tracks, sources, {"keypoints": notes})


def _without_footage(
    settings: CaptureSettings, found: Detections, warn: Warn
) -> tuple[VideoInfo, Array, float, list[dict[str, Any]]]:
    assert settings.size is not None and settings.keypoints is not None
    if settings.fps is None:
        warn(f"Keypoints carry no frame rate; {DEFAULT_FPS:g} frames per second are assumed (--fps).")
    rate = Fraction(settings.fps or DEFAULT_FPS).limit_denominator(1001)
    times = (found.frames - found.frames[0]) / float(rate)
    width, height = settings.size
    info = VideoInfo(
        settings.keypoints, width, height, 0, rate, len(times), float(times[-1]) + 1 / float(rate), None, False
    )
    return info, times, 0.0, []


def _with_footage(
    settings: CaptureSettings, source: Path, found: Detections, warn: Warn
) -> tuple[VideoInfo, Array, float, list[dict[str, Any]]]:
    from ..video.container import read_video
    from ..video.images import read_images
    from ..video.reader import probe

    info = probe(source, settings.fps)
    if source.is_dir():
        all_times = np.array([time for time, _ in read_images(source, None, None, settings.fps)])
    else:
        all_times = np.array([timed.time for timed in read_video(source, None, None, warn)])
    frames = np.asarray(found.frames)
    # Programs number a clip's frames from 0 or from 1.
    if frames[-1] == len(all_times) and frames[0] >= 1:
        frames = frames - 1
    if frames[-1] >= len(all_times):
        raise BadInputError(
            f"{settings.keypoints} goes to frame {found.frames[-1]}; {source.name} has {len(all_times)} frames.",
            "Give the keypoints of this video, numbered from 0 or 1.",
        )
    first = float(all_times[0])
    return info, all_times[frames], first, [source_entry(settings, info, sha256_of(source), first)]


def _frames_of(found: Detections, kept: NDArray[np.bool_]) -> Detections:
    def part(array: Array | None) -> Array | None:
        return None if array is None else array[kept]

    return Detections(found.joint_set, found.frames[kept], found.person_ids[kept], found.body[kept],
                      part(found.left_hand), part(found.right_hand), part(found.face), found.openpose,
                      found.told)  # fmt: skip


def _digest(path: Path) -> str:
    """Of the file, or of a folder's .json files in order."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.glob("*.json")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
