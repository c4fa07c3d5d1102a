"""Footage in chunks of upright RGB frames, decoded ahead in the background with bounded memory."""

from __future__ import annotations

import contextlib
import itertools
import math
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..errors import BadInputError
from .container import probe_video, read_video, to_rgb
from .images import DEFAULT_FPS, probe_images, read_image, read_images
from .source import FrameChunk, VideoInfo, chunk_frames_for

__all__ = ["FrameChunk", "VideoInfo", "chunk_frames_for", "probe", "read_chunks"]

# A frame's time and how to get its pixels; asking later is what makes skipping cheap.
_Pending = tuple[float, Callable[[], np.ndarray]]
_Frame = tuple[float, np.ndarray]
# Threads that turn decoded pictures into RGB, beside the one that decodes.
_CONVERTERS = 2


def probe(path: Path, fps: float | None = None) -> VideoInfo:
    """Facts about a video file or a folder of pictures; ``fps`` is for folders, 30 unless given.

    Raises ``BadInputError`` naming the path where nothing of it can be read.
    """
    path = Path(path)
    return probe_images(path, fps) if path.is_dir() else probe_video(path)


def read_chunks(
    path: Path,
    *,
    start: float | None = None,
    end: float | None = None,
    chunk_frames: int,
    skip_chunks: int = 0,
    fps: float | None = None,
    step: int = 1,
    warn: Callable[[str], None],
) -> Generator[FrameChunk, None, None]:
    """Chunks of ``chunk_frames`` frames (the last may be shorter), the first having index ``skip_chunks``.

    ``start``, ``end``: seconds of presentation time counted from the clip's first frame; ``start`` ≤ t < ``end``.
    ``step``: every step-th of those frames, from the first. ``skip_chunks``: that many chunks are decoded but not
    converted, so the rest is cut as without skipping. At most half a chunk is decoded ahead. ``warn`` is called from
    this thread only. Raises ``BadInputError`` for a bad file or a range that holds no frame, before the first chunk.
    """
    path = Path(path)
    if chunk_frames < 1:
        raise ValueError(f"chunk_frames must be at least 1, got {chunk_frames}")
    _check_range(path, start, end)
    if path.is_dir() and fps is None:
        warn(f"{path.name}: pictures carry no frame rate; {DEFAULT_FPS:g} frames per second are assumed (--fps).")
    warnings: list[str] = []
    pending = _every(_pending(path, start, end, fps, warnings.append), step)
    skipped = skip_chunks * chunk_frames
    index, seen = skip_chunks, 0
    times: list[float] = []
    images: list[np.ndarray] = []
    size: tuple[int, ...] = ()
    for time, image in _decoded_ahead(pending, skipped, max(2, chunk_frames // 2)):
        _flush(warnings, warn)
        seen += 1
        size = size or image.shape[1::-1]
        if image.shape[1::-1] != size:
            raise BadInputError(
                f"{path.name} changes size from {size} to {image.shape[1::-1]} pixels at {time:.3f} s.",
                "Capture the parts on their own with --start and --end.",
            )
        times.append(time)
        images.append(image)
        if len(images) == chunk_frames:
            yield FrameChunk(index, np.array(times, np.float64), images)
            # The caller alone keeps the finished chunk alive.
            index, times, images = index + 1, [], []
    _flush(warnings, warn)
    if images:
        yield FrameChunk(index, np.array(times, np.float64), images)
    if not seen and not skip_chunks:
        raise BadInputError(f"{path} has no frame in the range {_range_text(start, end)}.", "Widen --start/--end.")


def _pending(
    path: Path, start: float | None, end: float | None, fps: float | None, warn: Callable[[str], None]
) -> Generator[_Pending]:
    if path.is_dir():
        for time, file in read_images(path, start, end, fps):
            yield time, lambda file=file: read_image(file)
    else:
        for timed in read_video(path, start, end, warn):
            yield timed.time, lambda frame=timed.frame: to_rgb(frame)


def _every(pending: Generator[_Pending], step: int) -> Generator[_Pending]:
    with contextlib.closing(pending):
        yield from itertools.islice(pending, 0, None, step)


def _decoded_ahead(pending: Generator[_Pending], skip: int, depth: int) -> Iterator[_Frame]:
    """Run ``pending`` in a thread, at most ``depth`` frames ahead, converted side by side; its exceptions are raised
    here."""
    items: queue.Queue[tuple[float, Future[np.ndarray]] | None] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(item: tuple[float, Future[np.ndarray]] | None) -> bool:
        while not stop.is_set():
            try:
                items.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    with ThreadPoolExecutor(1 + _CONVERTERS, thread_name_prefix="understudy-decode") as pool:

        def decode() -> None:
            try:
                for i, (time, convert) in enumerate(pending):
                    if (i >= skip and not put((time, pool.submit(convert)))) or stop.is_set():
                        break
            finally:
                pending.close()
                put(None)

        done = pool.submit(decode)
        try:
            while (item := items.get()) is not None:
                yield item[0], item[1].result()
        finally:
            stop.set()
        done.result()


def _check_range(path: Path, start: float | None, end: float | None) -> None:
    for name, value in (("--start", start), ("--end", end)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise BadInputError(f"{name} {value} is not a time in seconds for {path.name}.", "Give 0 or more.")
    if start is not None and end is not None and end <= start:
        raise BadInputError(f"--end {end} is not after --start {start} for {path.name}.", "Swap or widen them.")


def _range_text(start: float | None, end: float | None) -> str:
    return f"{start or 0:g} s to {'the end' if end is None else f'{end:g} s'}"


def _flush(warnings: list[str], warn: Callable[[str], None]) -> None:
    while warnings:
        warn(warnings.pop(0))
