"""Pictures to videos: sensor grain, H.264 as phones write it (rotation, variable rate), depth as lossless 16 bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import UnderstudyError
from ..video.focal import QUICKTIME_KEY
from ..whole_file import write_whole
from .plan import Shot, stream
from .render import picture_path

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_TICKS = 90_000  # per second, where the rate varies
_CRF = "16"
_STORED = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
# The upper left of the display matrix by degrees counterclockwise (ISO 14496-12, 8.3.2).
_MATRICES = {90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}


def video_name(camera: int, depth: bool = False) -> str:
    """``cam01.mp4``, ``cam01.depth.mkv``."""
    return f"cam{camera + 1:02d}{'.depth.mkv' if depth else '.mp4'}"


def write_videos(shot: Shot, pictures: Path, folder: Path, progress: Callable[[int, int], None]) -> list[Path]:
    """``camNN.mp4`` of every camera, upright but for the marked rotation, and ``camNN.depth.mkv`` where there is depth.

    The same pictures give the same bytes. Raises CannotWriteError.
    """
    written = []
    total = len(shot.cameras)
    for c in range(total):
        progress(c, total)
        target = folder / video_name(c)
        lens = {} if shot.request.markers else {QUICKTIME_KEY: f"{shot.cameras[c].lens_mm:.3f}"}
        options = {"crf": _CRF, "preset": "medium", "threads": "1"}
        write = _writer(shot, _graded(shot, pictures, c), "libx264", "yuv420p", options, lens)
        _whole(target, write, shot.request.rotation)
        written.append(target)
        if shot.request.depth:
            target = folder / video_name(c, depth=True)
            _whole(target, _writer(shot, _depths(shot, pictures, c), "ffv1", "gray16le", {"threads": "1"}, {}), 0)
            written.append(target)
    progress(total, total)
    return written


def read_picture(path: Path) -> NDArray[Any]:
    """(H, W, 3) uint8 RGB, or (H, W) uint16 mm. Raises UnderstudyError where the cache is damaged."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise UnderstudyError(f"{path} is no picture.", "Delete that folder of the cache and run again.")
    if image.ndim == 2:
        return image
    return cv2.cvtColor(image[..., :3], cv2.COLOR_BGR2RGB)


def _graded(shot: Shot, pictures: Path, camera: int) -> Iterator[NDArray[Any]]:
    for f in range(shot.frame_count):
        image = read_picture(picture_path(pictures, camera, f))
        if shot.grain and not shot.request.markers:
            rng = stream(shot.request.seed, "grain", camera * 1_000_000 + f)
            # Sensors' noise is mostly in brightness, and the picture's own filters blur it a little.
            noise = cv2.GaussianBlur(rng.standard_normal(image.shape[:2], np.float32), (0, 0), 0.6) * 2.2
            image = np.clip(np.round(image + shot.grain * noise[..., None]), 0, 255).astype(np.uint8)
        if shot.request.rotation:
            image = cv2.rotate(image, _STORED[shot.request.rotation])
        yield np.ascontiguousarray(image)


def _depths(shot: Shot, pictures: Path, camera: int) -> Iterator[NDArray[np.uint16]]:
    for f in range(shot.frame_count):
        yield read_picture(picture_path(pictures, camera, f, depth=True))


def _writer(
    shot: Shot, images: Iterator[NDArray[Any]], codec: str, pixels: str, options: dict[str, str],
    metadata: dict[str, str],
) -> Callable[[Path, str], None]:  # fmt: skip
    """A function that writes the film to a path, in a container of that name."""
    rate = shot.request.fps
    steady = not shot.request.variable_rate
    base = 1 / rate if steady else Fraction(1, _TICKS)

    def write(path: Path, container_format: str) -> None:
        with av.open(str(path), "w", format=container_format, options=_muxer(container_format)) as container:
            container.metadata.update(metadata)
            film: VideoStream | None = None
            for f, image in enumerate(images):
                if film is None:
                    film = cast("VideoStream", container.add_stream(codec, rate=rate, options=options))
                    film.width, film.height, film.pix_fmt = image.shape[1], image.shape[0], pixels
                    film.codec_context.time_base = base
                    if pixels == "yuv420p":
                        limited, bt709 = 1, 1
                        context = film.codec_context
                        context.color_range, context.colorspace = limited, bt709
                        context.color_primaries, context.color_trc = bt709, bt709
                if image.ndim == 3:
                    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
                        format="yuv420p", dst_colorspace="ITU709"
                    )
                else:
                    frame = av.VideoFrame.from_ndarray(image, format="gray16le")
                frame.pts, frame.time_base = (f if steady else round(float(shot.times[f]) * _TICKS)), base
                container.mux(film.encode(frame))
            if film is not None:
                container.mux(film.encode())

    return write


def _muxer(container_format: str) -> dict[str, str]:
    # Without +bitexact Matroska writes a random id and the date.
    if container_format == "matroska":
        return {"fflags": "+bitexact"}
    return {"movflags": "+faststart+use_metadata_tags", "fflags": "+bitexact"}


def _whole(target: Path, write: Callable[[Path, str], None], rotation: int) -> None:
    """The film beside ``target`` first, then renamed over it."""
    kind = "matroska" if target.suffix == ".mkv" else "mp4"
    partial = target.with_name(f".{target.name}.part")
    try:
        write(partial, kind)
        data = partial.read_bytes()
    finally:
        partial.unlink(missing_ok=True)
    if rotation:
        data = _turned(data, rotation)
    write_whole(target, lambda stream: stream.write(data))


def _turned(data: bytes, rotation: int) -> bytes:
    """An MP4 file with a display matrix in its track header."""
    a, b, c, d = _MATRICES[rotation]
    old, new = (
        b"".join(
            int(v * scale).to_bytes(4, "big", signed=True)
            for v, scale in zip(m, [1 << 16, 1 << 16, 1 << 30] * 3, strict=True)
        )
        for m in ((1, 0, 0, 0, 1, 0, 0, 0, 1), (a, b, 0, c, d, 0, 0, 0, 1))
    )
    at = data.index(old, data.index(b"tkhd"))
    return data[:at] + new + data[at + len(old) :]
