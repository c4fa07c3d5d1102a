"""A look at footage before it is captured: what it is, pictures of it, and the people in them."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from .device import choose_device, choose_dtype
from .errors import BadInputError, CancelledError
from .footage_settings import LookSettings
from .glimpse import Glimpse, pictures
from .methods import find_pipeline
from .skeleton import BODY_KEYPOINTS, KEYPOINTS
from .video.reader import probe, read_chunks
from .weights.store import model_path

if TYPE_CHECKING:
    from .track.headway import Sight
    from .track.perceive import PerceptionNets
    from .track.tracklets import Tracklet
    from .video.source import FrameChunk, VideoInfo

# A person's probability by the landmark network, as for those who are kept of a capture.
_MIN_PRESENCE = 0.7
# Longer side of the pictures shown while a capture runs.
LIVE_SIDE = 480
# Of n people: boxes (n, 4), landmarks (n, K, 2) and their confidence (n, K), full-size pixels.
People = tuple[np.ndarray, np.ndarray, np.ndarray]


def look(
    settings: LookSettings,
    progress: Callable[[str, int, int | None, float | None], None] = lambda stage, done, total, eta_s: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Glimpse, dict[str, Any]]:
    """What ``settings`` ask for, written to their ``output``, and a summary of JSON values.

    The summary: ``size`` (w, h), ``fps``, ``duration`` s and ``focal_px`` or None, ``seconds`` of the pictures,
    ``people``: rows of seconds and box as in ``core.picks``. A time after the last frame shows the last frame. Raises
    BadInputError for footage that cannot be read, CannotWriteError, CancelledError, ModelsMissingError.
    """
    info = probe(settings.source, settings.fps)
    times = list(settings.times) or spread(info, settings.count)
    nets = _networks(settings) if settings.people else None
    seen: list[Glimpse] = []
    for done, time in enumerate(times):
        if cancelled():
            raise CancelledError(f"Cancelled after {done} pictures of {settings.source.name}.")
        progress("look", done, len(times), None)
        chunk, second = _frame_at(settings, info, time)
        seen.append(_seen(chunk, second, nets, settings.side))
    glimpse = _joined(seen)
    glimpse.save(settings.output)
    rows = [
        [round(float(glimpse.seconds[picture]), 6), *(round(float(value), 2) for value in box)]
        for picture, box in zip(glimpse.picture, glimpse.boxes, strict=True)
    ]
    return glimpse, {
        "size": [info.width, info.height],
        "fps": float(info.fps_nominal),
        "duration": info.duration,
        "focal_px": info.focal_px,
        "seconds": [round(float(value), 6) for value in glimpse.seconds],
        "people": rows,
    }


def spread(info: VideoInfo, count: int) -> list[float]:
    """The middles of ``count`` equal parts of a clip, s; its beginning alone where nobody knows how long it is."""
    duration = info.duration or (info.frame_count or 0) / float(info.fps_nominal)
    frames = max(1, round(duration * float(info.fps_nominal)))
    count = min(count, frames)
    return [(i + 0.5) / count * duration for i in range(count)]


def glimpse_of(chunk: FrameChunk, tracklets: list[Tracklet], frame: int, began: float) -> Glimpse:
    """A chunk's last picture, which is the absolute ``frame``, with the people in it; ``began``: s of the first one."""
    rows = [(one, int(np.flatnonzero(one.frames == frame)[0])) for one in tracklets if frame in one.frames]
    return _glimpse(chunk.images[-1], float(chunk.timestamps[-1]) - began, _people(rows), LIVE_SIDE)


def glimpse_within(chunk: FrameChunk, sight: Sight, began: float) -> Glimpse:
    """A picture of a chunk under way, with the bodies followed so far; ``began`` as above."""
    from .track.confidence import body_confidence
    from .track.similarity import box_of

    image, bodies = chunk.images[sight.frame], sight.bodies
    height, width = image.shape[:2]
    people = None
    if len(bodies):
        points = np.full((len(bodies), len(KEYPOINTS), 2), np.nan, np.float32)  # the hands come later
        confidence = np.zeros(points.shape[:2], np.float32)
        points[:, BODY_KEYPOINTS] = bodies.points
        confidence[:, BODY_KEYPOINTS] = body_confidence(bodies, (width, height))
        people = box_of(bodies.points, bodies.visibility, width, height), points, confidence
    return _glimpse(image, float(chunk.timestamps[sight.frame]) - began, people, LIVE_SIDE)


def _networks(settings: LookSettings) -> PerceptionNets:
    """Those of a capture, which a warm worker has already, without the hands'."""
    from .observe import load_networks

    for name in find_pipeline("default").networks(hands=True):
        model_path(name)
    device = choose_device(settings.device)
    nets = load_networks(device, True, choose_dtype(settings.precision, device))
    return dataclasses.replace(nets, palm=None, hand=None)


def _frame_at(settings: LookSettings, info: VideoInfo, time: float) -> tuple[FrameChunk, float]:
    """The frame shown at a time, s after the first one, and its own time."""
    last = info.duration or time
    step = 1.0 / float(info.fps_nominal)
    for start in (time, max(0.0, min(time, last) - 2 * step), max(0.0, last - 1.0), 0.0):
        options: dict[str, Any] = {"fps": settings.fps, "warn": lambda text: None}
        # Half a frame early: a time that was rounded still means its own frame.
        begin = max(0.0, start - 0.5 * step)
        with contextlib.suppress(BadInputError), contextlib.closing(
            read_chunks(settings.source, start=begin, chunk_frames=1, **options)
        ) as chunks:  # fmt: skip
            chunk = next(chunks)
            return chunk, start if start == time else float(chunk.timestamps[0])
    raise BadInputError(f"No frame of {settings.source} can be decoded.", "Give a video file that a player can open.")


def _seen(chunk: FrameChunk, second: float, nets: PerceptionNets | None, side: int) -> Glimpse:
    from .track.perceive import perceive_chunk

    tracklets = [] if nets is None else perceive_chunk(chunk, nets)[0]
    rows = [(one, 0) for one in tracklets if one.presence[0] >= _MIN_PRESENCE]
    return _glimpse(chunk.images[0], second, _people(rows), side)


def _people(rows: list[tuple[Tracklet, int]]) -> People | None:
    """Tracklets at one of their frames."""
    if not rows:
        return None
    boxes = np.array([one.boxes[i] for one, i in rows], np.float32)
    points = np.array([one.keypoints2d[i] for one, i in rows], np.float32)
    return boxes, points, np.array([one.confidence[i] for one, i in rows], np.float32)


def _glimpse(image: np.ndarray, second: float, people: People | None, side: int) -> Glimpse:
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    empty = pictures(small[None], np.array([second]), (width, height))
    if people is None:
        return empty
    boxes, points, confidence = people
    picture = np.zeros(len(boxes), int)
    return dataclasses.replace(empty, picture=picture, boxes=boxes, points=points, confidence=confidence)


def _joined(seen: list[Glimpse]) -> Glimpse:
    """Pictures of one clip, and who is in them."""
    crowd = [one for one in seen if len(one.boxes)]
    picture = [np.full(len(one.boxes), i) for i, one in enumerate(seen)]
    first = (crowd or seen)[0]
    return Glimpse(
        images=np.concatenate([one.images for one in seen]),
        seconds=np.concatenate([one.seconds for one in seen]),
        size=first.size,
        picture=np.concatenate(picture).astype(int),
        boxes=np.concatenate([one.boxes for one in crowd or [first]]),
        points=np.concatenate([one.points for one in crowd or [first]]),
        confidence=np.concatenate([one.confidence for one in crowd or [first]]),
    )
