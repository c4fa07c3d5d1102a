"""Footage to what was measured in it, chunk by chunk with a journal, so that memory stays constant and a kill costs a
chunk."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .clock import Clock
from .device import FULL_DTYPE, choose_dtype
from .errors import CancelledError
from .glimpse import Glimpse
from .journal import STAGES, Journal
from .settings import CaptureSettings

if TYPE_CHECKING:
    from .camera.background import BackgroundState, BackgroundTracks
    from .detect.people import PersonDetection
    from .track.headway import Sight
    from .track.perceive import PerceptionNets
    from .track.state import PerceptionState
    from .track.tracklets import Tracklet
    from .video.source import FrameChunk, VideoInfo

DECODE, DETECT, BACKGROUND, LANDMARKS = STAGES
# Seconds between two words on how far a chunk is.
TELL_S = 0.25
Progress = Callable[[str, int, int | None, float | None], None]
Show = Callable[[Glimpse], None]
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Observed:
    """``timestamps`` (T,) s of the frames; everybody's tracklets over all chunks; corners of the background; straight
    edges of a few pictures: ``segments``, (N, 4) px each."""

    timestamps: np.ndarray
    tracklets: list[Tracklet]
    background: BackgroundTracks
    segments: tuple[np.ndarray, ...]


def observe(
    settings: CaptureSettings,
    info: VideoInfo,
    chunk_frames: int,
    device: str,
    journal: Journal,
    clock: Clock,
    progress: Progress,
    cancelled: Callable[[], bool],
    warn: Callable[[str], None],
    show: Show | None = None,
) -> Observed:
    """Decodes and perceives what the journal does not have yet, and returns all of it.

    ``progress`` and ``show``, which gets a picture with the people in it, hear of a chunk while it is worked on too,
    then from other threads, one at a time. Raises CancelledError after the chunk under way, BadInputError for footage
    without a frame in the range, and CannotWriteError for a journal that cannot grow.
    """
    from .camera.background import BackgroundTracks, follow_background
    from .lens.segments import find_segments, looks_of
    from .look import glimpse_of, glimpse_within
    from .track.perceive import perceive_chunk
    from .video.reader import read_chunks

    assert settings.source is not None
    times, tracklets, state = _resume(journal)
    corners, behind, segments = _resume_background(journal)
    total = expected_frames(info, settings.start, settings.end, settings.step)
    done = resumed = sum(map(len, times))
    began = told = 0.0
    dtype = choose_dtype(settings.precision, device, warn)
    progress(LANDMARKS, done, total, None)

    def tell(chunk: FrameChunk, sight: Sight) -> None:
        nonlocal told
        now = time.perf_counter()
        if now - told < TELL_S:
            return
        told, so_far = now, done + sight.fraction * len(chunk.images)
        each = (now - began) / (so_far - resumed) if so_far > resumed else None
        progress(LANDMARKS, int(so_far), total, each * (total - so_far) if total and each else None)
        if show is not None:
            show(glimpse_within(chunk, sight, float(times[0][0] if times else chunk.timestamps[0])))

    chunks = read_chunks(
        settings.source, start=settings.start, end=settings.end, chunk_frames=chunk_frames, skip_chunks=journal.done,
        fps=settings.fps, step=settings.step, warn=warn,
    )  # fmt: skip
    with contextlib.closing(chunks):
        while True:
            if cancelled():
                hint = "Run the same capture again to go on from there."
                raise CancelledError(f"Cancelled after {done} frames of {settings.source.name}.", hint)
            chunk = next(chunks, None)
            clock.lap(DECODE)
            if chunk is None:
                break
            nets = load_networks(device, settings.hands, dtype)  # while the decoder goes on
            clock.lap("load")
            began = began or time.perf_counter()
            journal.write(DECODE, chunk.index, {"timestamps": chunk.timestamps})
            found, detections, state = perceive_chunk(chunk, nets, state, functools.partial(tell, chunk))
            journal.write(DETECT, chunk.index, _detections_to_arrays(detections))
            first = state.next_frame - len(chunk.images)
            boxes = _boxes_by_frame(found, first, len(chunk.images))
            seen, behind = follow_background(chunk.images, chunk.timestamps, first, boxes, behind)
            edges = [find_segments(chunk.images[i], boxes[i]) for i in looks_of(chunk.index, len(chunk.images))]
            kept = _below("edges", {str(i): ends for i, ends in enumerate(edges)})
            journal.write(BACKGROUND, chunk.index, seen.to_arrays() | _below("state", behind.to_arrays()) | kept)
            corners.append(seen)
            segments += edges
            journal.write(LANDMARKS, chunk.index, _landmarks_to_arrays(found, state))
            times.append(chunk.timestamps)
            tracklets += found
            done += len(chunk.timestamps)
            if show is not None:
                show(glimpse_of(chunk, found, state.next_frame - 1, float(times[0][0])))
            del chunk  # its pictures go before the next ones come
            clock.lap(LANDMARKS)
            each = (time.perf_counter() - began) / (done - resumed)
            total = max(total, done) if total else None
            progress(LANDMARKS, done, total, each * (total - done) if total else None)
    return Observed(np.concatenate(times), tracklets, BackgroundTracks.joined(corners), tuple(segments))


@functools.lru_cache(maxsize=1)
def load_networks(device: str, hands: bool, dtype: str = FULL_DTYPE) -> PerceptionNets:
    """The networks, kept for the next capture of this process: a warm worker loads them once. ``dtype`` by its name in
    torch."""
    import torch

    from .track.perceive import load_perception

    return load_perception(device, hands, getattr(torch, dtype))


def expected_frames(info: VideoInfo, start: float | None, end: float | None, step: int = 1) -> int | None:
    """How many frames a range of a video will have, every ``step``-th of them, as far as its container tells."""
    rate = float(info.fps_nominal)
    count = info.frame_count or (round(info.duration * rate) if info.duration else None)
    if count is None:
        return None
    if start is None and end is None:
        return -(-count // step)
    duration = count / rate
    span = min(duration, end if end is not None else duration) - (start or 0.0)
    return max(1, -(-round(span * rate) // step))


def _resume(journal: Journal) -> tuple[list[np.ndarray], list[Tracklet], PerceptionState | None]:
    times: list[np.ndarray] = []
    tracklets: list[Tracklet] = []
    state = None
    for chunk in range(journal.done):
        times.append(journal.read(DECODE, chunk)["timestamps"])
        found, state = _landmarks_from_arrays(journal.read(LANDMARKS, chunk))
        tracklets += found
    return times, tracklets, state


def _resume_background(journal: Journal) -> tuple[list[BackgroundTracks], BackgroundState, list[np.ndarray]]:
    from .camera.background import BackgroundState, BackgroundTracks

    corners, segments, state = [], [], BackgroundState()
    for chunk in range(journal.done):
        arrays = journal.read(BACKGROUND, chunk)
        corners.append(BackgroundTracks.from_arrays(arrays))
        segments += [edges for _, edges in sorted(_without("edges/", arrays).items())]
        state = BackgroundState.from_arrays(_without("state/", arrays))
    return corners, state, segments


def _boxes_by_frame(tracklets: list[Tracklet], first: int, count: int) -> list[np.ndarray]:
    """Everybody's boxes (k, 4) in each of a chunk's frames."""
    boxes: list[list[np.ndarray]] = [[] for _ in range(count)]
    for tracklet in tracklets:
        for frame, box in zip(tracklet.frames, tracklet.boxes, strict=True):
            boxes[frame - first].append(box)
    return [np.array(found).reshape(-1, 4) for found in boxes]


def _below(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}/{key}": value for key, value in arrays.items()}


def _without(prefix: str, arrays: Arrays) -> Arrays:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _detections_to_arrays(detections: dict[int, list[PersonDetection]]) -> Arrays:
    """By absolute frame index: one row per detection."""
    rows = [(frame, person) for frame, people in sorted(detections.items()) for person in people]
    return {
        "looked_at": np.array(sorted(detections), np.int64),
        "frames": np.array([frame for frame, _ in rows], np.int64),
        "boxes": np.array([person.box for _, person in rows], np.float32).reshape(-1, 4),
        "keypoints": np.array([person.keypoints for _, person in rows], np.float32).reshape(-1, 4, 2),
        "scores": np.array([person.score for _, person in rows], np.float32),
    }


def _landmarks_to_arrays(tracklets: list[Tracklet], state: PerceptionState) -> Arrays:
    arrays: dict[str, Any] = {"count": np.array(len(tracklets))}
    for i, tracklet in enumerate(tracklets):
        arrays |= _below(str(i), tracklet.to_arrays())
    return arrays | _below("state", state.to_arrays())


def _landmarks_from_arrays(arrays: Arrays) -> tuple[list[Tracklet], PerceptionState]:
    from .track.state import PerceptionState
    from .track.tracklets import Tracklet

    tracklets = [Tracklet.from_arrays(_without(f"{i}/", arrays)) for i in range(int(arrays["count"]))]
    return tracklets, PerceptionState.from_arrays(_without("state/", arrays))
