"""The footage of a capture: what it is, how far its journal has come, and the copy of it for Blender's background."""

from __future__ import annotations

import contextlib
import glob
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import CannotWriteError
from .journal import Journal, sha256_of
from .methods import find_pipeline
from .observe import Progress
from .settings import CaptureSettings
from .take import Take
from .timebase import is_constant_rate, proxy_path
from .version import VERSION
from .weights.store import model_path

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from .video.source import VideoInfo


@dataclass(frozen=True)
class Footage:
    """A video or folder of pictures that is to be perceived, and the journal of that; ``resumed`` chunks are done."""

    info: VideoInfo
    sha256: str
    chunk_frames: int
    journal: Journal
    resumed: int


def open_footage(settings: CaptureSettings) -> Footage:
    """Raises BadInputError for what is no footage, and ModelsMissingError."""
    from .video.reader import chunk_frames_for, probe

    assert settings.source is not None
    info = probe(settings.source, settings.fps)
    for name in find_pipeline(settings.method).networks(settings.hands):
        model_path(name)
    sha256 = sha256_of(settings.source)
    chunk_frames = chunk_frames_for(info.width, info.height)
    journal = Journal.open(settings.output, [sha256], _chunk_settings(settings, chunk_frames))
    if journal.done:
        for part in settings.output.parent.glob(f".{glob.escape(settings.output.name)}.*.part"):
            part.unlink(missing_ok=True)  # of a save that was killed
    return Footage(info, sha256, chunk_frames, journal, journal.done)


def first_timestamp(settings: CaptureSettings, timestamps: np.ndarray) -> float:
    """Seconds at which the clip begins, which a capture from its middle has not seen."""
    assert settings.source is not None
    if not settings.start:
        return float(timestamps[0])
    from .video.reader import read_chunks

    chunks = read_chunks(settings.source, chunk_frames=1, fps=settings.fps, warn=lambda text: None)
    with contextlib.closing(chunks):
        return float(next(chunks).timestamps[0])


def write_background(settings: CaptureSettings, take: Take, progress: Progress, warn: Callable[[str], None]) -> None:
    """For footage of variable rate, the constant-rate copy that Blender shows behind the actors, ``X.proxy.mp4``.

    The take is written by then, so that a failure is only a warning.
    """
    if settings.source is None or settings.source.is_dir() or is_constant_rate(take.timestamps, take.fps_nominal):
        return
    from .video.proxy import write_proxy
    from .video.reader import read_chunks

    target = proxy_path(settings.output)
    span = float(take.timestamps[-1] - take.timestamps[0])
    chunks = read_chunks(
        settings.source, start=settings.start, end=settings.end, chunk_frames=8, warn=lambda text: None
    )
    try:
        with contextlib.closing(chunks):
            write_proxy(chunks, target, take.fps_nominal, span, lambda n, of: progress("background", n, of, None))
    except CannotWriteError as error:
        warn(f"The take has no background copy of its variable-rate footage: {error}")


def _chunk_settings(settings: CaptureSettings, chunk_frames: int) -> dict[str, Any]:
    """What the journal's chunks depend on: a height or a lens may still change between a kill and its resumption."""
    precision = {} if settings.precision == "full" else {"precision": settings.precision}
    return {
        "version": VERSION,
        "method": settings.method,
        "hands": settings.hands,
        "start": settings.start,
        "end": settings.end,
        "fps": settings.fps,
        "step": settings.step,
        "chunk_frames": chunk_frames,
        **precision,
    }
