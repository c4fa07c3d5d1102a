"""Frames of one video file through PyAV, with the container's presentation times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
import cv2
import numpy as np
from av.stream import Disposition

from ..errors import BadInputError
from .focal import focal_px_from_metadata
from .source import VideoInfo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Warn = Callable[[str], None]

_UNSPECIFIED = 2
# Without a tag, players take pictures of this height and above for BT.709, smaller ones for BT.601.
_HD_HEIGHT = 720
_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
_CURE = "Give a video file that a player can open, for example MP4, MOV, MKV or WebM."


@dataclass(frozen=True)
class TimedFrame:
    """A decoded frame, not converted yet; ``time`` is its presentation time in seconds."""

    time: float
    frame: VideoFrame


def probe_video(path: Path) -> VideoInfo:
    """Facts about ``path``. Raises ``BadInputError`` where it is not a video or no frame of it decodes."""
    with _opened(path) as (container, stream):
        first = next(_decode(container, stream, lambda text: None), None)
        if first is None:
            raise BadInputError(f"No frame of {path} can be decoded.", _CURE)
        turns = _quarter_turns(first)
        width, height = (first.height, first.width) if turns % 2 else (first.width, first.height)
        duration = _duration(container, stream)
        metadata = {**container.metadata, **stream.metadata}
        return VideoInfo(
            path=path,
            width=width,
            height=height,
            rotation=90 * turns,
            fps_nominal=_nominal_rate(stream),
            frame_count=stream.frames or None,
            duration=duration,
            focal_px=focal_px_from_metadata(metadata, width, height),
            has_audio=bool(container.streams.audio),
        )


def read_video(path: Path, start: float | None, end: float | None, warn: Warn) -> Iterator[TimedFrame]:
    """Frames with ``start`` ≤ t − t₀ < ``end`` seconds, t₀ the first frame's time, in presentation order.

    Times strictly increase: a frame without one follows its predecessor at the nominal rate, one that repeats or goes
    back is dropped with a warning. Damaged packets are skipped with a warning.
    """
    with _opened(path) as (container, stream):
        if stream.sample_aspect_ratio not in (None, 0, 1):
            warn(f"{path.name} has pixels that are not square ({stream.sample_aspect_ratio}); they are used as stored.")
        step = 1.0 / float(_nominal_rate(stream))
        first = next(_decode(container, stream, lambda text: None), None)
        if first is None:
            raise BadInputError(f"No frame of {path} can be decoded.", _CURE)
        origin = _time(first) or 0.0
        _rewind(container, stream, first, start)
        dropped, last, decoded = 0, None, 0
        for frame in _decode(container, stream, warn):
            time = _time(frame)
            decoded += 1
            if time is None:
                time = origin if last is None else last + step
            if last is not None and time <= last:
                dropped += 1
                continue
            last = time
            # Half a microsecond: seconds typed by a user are decimal, container times are binary.
            if start is not None and time - origin < start - 5e-7:
                continue
            if end is not None and time - origin >= end - 5e-7:
                break
            yield TimedFrame(time, frame)
        else:
            if not start and stream.frames and decoded < stream.frames:
                warn(f"{path.name} is damaged or cut short: {decoded} of its {stream.frames} frames could be decoded.")
            elif not stream.frames and last is not None:
                # Matroska counts no frames, but says how long it is; sound may outlast the picture by a little.
                length, seen = _duration(container, stream), last - origin + step
                if length is not None and seen < 0.98 * length - 0.15:
                    warn(f"{path.name} is damaged or cut short: {seen:.1f} of its {length:.1f} s could be decoded.")
        if dropped:
            warn(f"{path.name}: {dropped} frames whose time does not follow the one before were left out.")


def to_rgb(frame: VideoFrame) -> np.ndarray:
    """(H, W, 3) uint8 RGB, upright, C-contiguous; full and limited range, any bit depth and chroma layout."""
    tagged = int(frame.colorspace) != _UNSPECIFIED
    matrix = None if tagged or frame.format.is_rgb else ("ITU709" if frame.height >= _HD_HEIGHT else "ITU601")
    image = frame.to_ndarray(format="rgb24", src_colorspace=matrix) if matrix else frame.to_ndarray(format="rgb24")
    turns = _quarter_turns(frame)
    return cv2.rotate(image, _TURNS[turns]) if turns else np.ascontiguousarray(image)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    if not path.exists():
        raise BadInputError(f"There is no file {path}.", "Check the path.")
    try:
        container = av.open(str(path), metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise BadInputError(f"{path} is not a readable video ({error.strerror}).", _CURE) from error
    with container:
        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise BadInputError(f"{path} has no video stream.", _CURE)
        stream = streams[0]
        stream.thread_type = "AUTO"
        yield container, stream


def _decode(container: InputContainer, stream: VideoStream, warn: Warn) -> Iterator[VideoFrame]:
    """All frames from the current position; what cannot be decoded is skipped, with one warning."""
    damaged = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            yield from packet.decode()
        except av.error.InvalidDataError:
            damaged += 1
            # Demuxing stops for good where the file itself is broken; single packets are stepped over.
            if damaged > 1000:
                break
    if damaged:
        warn(f"{Path(container.name).name}: {damaged} damaged packets were skipped.")


def _rewind(container: InputContainer, stream: VideoStream, first: VideoFrame, start: float | None) -> None:
    """Go back to the first frame, or to the key frame before ``start``."""
    if first.pts is None or stream.time_base is None:
        container.seek(0)
        return
    target = first.pts + (int(start / stream.time_base) if start else 0)
    try:
        container.seek(target, stream=stream, backward=True)
    except av.error.FFmpegError:
        # No index to seek by (some raw streams): from the top, frames before ``start`` are decoded and passed over.
        container.seek(0)


def _time(frame: VideoFrame) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * Fraction(frame.time_base))


def _quarter_turns(frame: VideoFrame) -> int:
    """Counterclockwise quarter turns that make the frame upright, from the display matrix."""
    return round(frame.rotation / 90) % 4


def _nominal_rate(stream: VideoStream) -> Fraction:
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate:
            return Fraction(rate)
    return Fraction(30)


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None
