"""A constant-rate, upright copy of variable-rate footage, for Blender's background.

Blender plays a movie by frame number, so variable-rate footage itself would drift away from the actors. The capture
writes this copy beside the take; the take keeps the true times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import CannotWriteError
from .source import FrameChunk

# A copy to look at behind the actors, not a master.
_LONGER_SIDE = 1280


def write_proxy(
    chunks: Iterable[FrameChunk],
    target: Path,
    fps: Fraction,
    duration: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Encodes ``chunks`` to H.264 at ``fps`` over ``duration`` s; pictures stay until the next one's time.

    The first written frame is the first frame given. Raises CannotWriteError.
    """
    import av
    import cv2

    total = max(1, round(duration * fps) + 1)
    partial = target.with_name(f".{target.name}.part.mp4")
    try:
        with av.open(str(partial), "w") as container:
            stream = None
            written, start = 0, None
            previous: NDArray[np.uint8] | None = None

            def emit(image: NDArray[np.uint8], until: int) -> None:
                nonlocal written, stream
                height, width = image.shape[:2]
                scale = min(1.0, _LONGER_SIDE / max(height, width))
                size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
                if stream is None:
                    stream = container.add_stream("libx264", rate=fps)
                    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
                    stream.options = {"crf": "20", "preset": "veryfast"}
                small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
                while written < until:
                    frame = av.VideoFrame.from_ndarray(small, format="rgb24")
                    frame.pts = written
                    container.mux(stream.encode(frame))
                    written += 1

            for chunk in chunks:
                for time, image in zip(chunk.timestamps, chunk.images, strict=True):
                    start = time if start is None else start
                    # Half a frame of slack: a time just short of its slot still belongs to it.
                    slot = int(np.floor((time - start) * float(fps) + 0.5))
                    if previous is not None:
                        emit(previous, min(slot, total))
                    previous = image
                progress(written, total)
            if previous is not None:
                emit(previous, max(total, written + 1))
            if stream is not None:
                container.mux(stream.encode(None))
        partial.replace(target)
    except (OSError, av.FFmpegError) as error:
        partial.unlink(missing_ok=True)
        raise CannotWriteError(f"Cannot write the background copy {target}: {error}.", "Free disk space.") from error
    return target
