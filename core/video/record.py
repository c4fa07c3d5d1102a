"""A camera, recorded to a file with the times at which its pictures came."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from ..errors import BadInputError, CannotWriteError
from ..footage_settings import RecordSettings
from ..glimpse import Glimpse, pictures

# Ticks of a second in the file: microseconds would overflow some players' counters.
_TICKS = 90_000
_PREVIEW_INTERVAL, _PREVIEW_SIDE = 0.1, 480
_DEFAULT_RATE = 30.0
_AHEAD = 2  # ticks that pictures may be ahead of the clock, as after a pause
# Written in pieces, so that a recording that was cut off by a crash can still be read.
_CONTAINER = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
_ENCODER: dict[str, object] = {"crf": "18", "preset": "veryfast"}


def record(
    settings: RecordSettings,
    stopped: Callable[[], bool],
    progress: Callable[[str, int, int | None, float | None], None] = lambda stage, done, total, eta_s: None,
    show: Callable[[Glimpse], None] | None = None,
) -> dict[str, Any]:
    """Records until ``stopped()`` or the camera ends; returns ``path``, ``frames`` and ``seconds``.

    ``show`` gets a picture about ten times a second. Raises BadInputError for a camera that is not there or gives no
    picture, CannotWriteError.
    """
    began, shown, frames, latest = 0.0, 0.0, 0, 0.0
    with _opened(settings) as (capture, rate):
        pictures_of = _read(capture, settings, rate)
        first = next(pictures_of, None)
        if first is None:
            raise BadInputError(f"{_name(settings)} gives no picture.", "Close other programs that use it.")
        began = first[0]
        with _Writer(settings.output, first[1], rate) as writer:
            for moment, image in _chain(first, pictures_of):
                latest = moment - began
                if stopped() or (settings.seconds is not None and latest >= settings.seconds):
                    break
                frames += writer.add(latest, image)
                if show is not None and moment - shown >= _PREVIEW_INTERVAL:
                    shown = moment
                    progress("record", frames, None, None)
                    show(_picture(image, latest))
    if not frames:
        settings.output.unlink(missing_ok=True)
        raise BadInputError("The recording was stopped before its first picture.", "Record again.")
    return {"path": str(settings.output), "frames": frames, "seconds": round(latest, 3)}


class _Writer:
    """H.264, each picture at the tick of the camera's own rate that is nearest to when it came: cameras expose evenly,
    and it is the way here that is uneven. Raises CannotWriteError."""

    def __init__(self, path: Path, first: np.ndarray, rate: float) -> None:
        self._path, self._rate, self._last = path, Fraction(rate).limit_denominator(1001), -1
        height, width = first.shape[:2]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(str(path), "w", options=_CONTAINER)
            self._stream = self._container.add_stream("libx264", rate=self._rate)
        except (OSError, av.FFmpegError) as error:
            raise self._failed(error) from error
        # The encoder takes even sizes only.
        self._stream.width, self._stream.height = width // 2 * 2, height // 2 * 2
        self._stream.pix_fmt, self._stream.options = "yuv420p", _ENCODER
        self._stream.codec_context.time_base = Fraction(1, _TICKS)

    def __enter__(self) -> _Writer:
        return self

    def add(self, seconds: float, image: np.ndarray) -> int:
        """A picture (H, W, 3) uint8 BGR, as OpenCV has it; returns 1, or 0 where the camera runs ahead of its rate and
        the picture has no tick of its own."""
        slot = slot_of(seconds, float(self._rate), self._last)
        if slot is None:
            return 0
        self._last = slot
        even = np.ascontiguousarray(image[: self._stream.height, : self._stream.width])
        frame = av.VideoFrame.from_ndarray(even, format="bgr24")
        frame.pts, frame.time_base = round(slot * _TICKS / self._rate), Fraction(1, _TICKS)
        try:
            self._container.mux(self._stream.encode(frame))
        except (OSError, av.FFmpegError) as error:
            raise self._failed(error) from error
        return 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            if kind is None:
                raise self._failed(error) from error

    def _failed(self, error: Exception) -> CannotWriteError:
        return CannotWriteError(f"Cannot write the recording {self._path}: {error}.", "Free disk space.")


def slot_of(seconds: float, rate: float, last: int) -> int | None:
    """The tick of a picture that came at ``seconds``, after the one at tick ``last``; None where it comes too early."""
    nearest = round(seconds * rate)
    slot = max(last + 1, nearest)
    return slot if slot - nearest <= _AHEAD else None


@contextlib.contextmanager
def _opened(settings: RecordSettings) -> Iterator[tuple[cv2.VideoCapture, float]]:
    number = settings.camera.strip()
    capture = cv2.VideoCapture(int(number)) if number.isdecimal() else cv2.VideoCapture(number)
    try:
        if not capture.isOpened():
            if number.isdecimal():
                cure = "Plug one in, close other programs that use it, or choose another number."
                raise BadInputError(f"There is no camera {number} on this machine.", cure)
            raise BadInputError(f"No picture comes from {number}.", "Check the address.")
        if number.isdecimal():
            if settings.size:
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.size[0])
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.size[1])
            if settings.fps:
                capture.set(cv2.CAP_PROP_FPS, settings.fps)
        rate = capture.get(cv2.CAP_PROP_FPS)
        yield capture, rate if 1.0 <= rate <= 1000.0 else settings.fps or _DEFAULT_RATE
    finally:
        capture.release()


def _read(capture: cv2.VideoCapture, settings: RecordSettings, rate: float) -> Iterator[tuple[float, np.ndarray]]:
    """Pictures and when they came, s; a file gives them at its own rate, as a camera would."""
    paced = Path(settings.camera).is_file()
    began = time.monotonic()
    count = 0
    while True:
        ok, image = capture.read()
        if not ok:
            return
        if paced:
            time.sleep(max(0.0, began + count / rate - time.monotonic()))
        count += 1
        yield time.monotonic(), np.asarray(image)


def _chain(first: tuple[float, np.ndarray], rest: Iterator[tuple[float, np.ndarray]]) -> Iterator[tuple[float, Any]]:
    yield first
    yield from rest


def _picture(image: np.ndarray, seconds: float) -> Glimpse:
    height, width = image.shape[:2]
    scale = min(1.0, _PREVIEW_SIDE / max(height, width))
    small = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    rgb = np.asarray(small[..., ::-1], np.uint8)
    return pictures(rgb[None], np.array([seconds]), (width, height))


def _name(settings: RecordSettings) -> str:
    return f"Camera {settings.camera}" if settings.camera.strip().isdecimal() else settings.camera
