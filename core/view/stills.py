"""Small pictures of a take's footage for its page, decoded in one pass and only where one is wanted."""

from __future__ import annotations

import base64
import contextlib
import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..take import Take
from ..video.container import read_video, to_rgb
from ..video.images import read_image, read_images

Array = NDArray[Any]

_log = logging.getLogger(__name__)

MAX_STILLS = 180  # of all cameras together
LONGER_SIDE, LONGER_SIDE_ALONE = 480, 1280  # px; of one among many, and of a single picture
# Bytes of all JPEGs together: a third more as text, and the page still opens well on a phone.
BUDGET = 9_000_000
_QUALITY = 72
_QUALITY_ALONE = 88
# A take stores the container's times; this much rounding is forgiven when a frame is looked up again.
_TIME_TOLERANCE = 2e-4


@dataclass(frozen=True)
class Stills:
    """Pictures of one camera: ``frames`` (n,) of the take, rising, and each one's JPEG in ``jpegs``."""

    frames: Array
    jpegs: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.frames.shape != (len(self.jpegs),) or np.any(np.diff(self.frames) <= 0):
            raise ValueError(f"{len(self.jpegs)} pictures do not fit the frames {self.frames.shape}")

    def to_json(self) -> dict[str, Any]:
        """``frames``, and ``images`` as data addresses that an image element takes."""
        texts = ["data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii") for jpeg in self.jpegs]
        return {"frames": self.frames.tolist(), "images": texts}


def footage_stills(take: Take, take_path: Path, chosen: Array, camera: int = 0) -> Stills:
    """Pictures of some of the frames ``chosen`` (n,), the first and every few after it, from ``camera``'s footage.

    The footage is found by its path relative to the take file. Raises BadInputError where it is not there, is of
    another size than the take says, or has no frame at the take's times.
    """
    share = max(1, MAX_STILLS // max(1, len(take.cameras.K)))
    wanted = np.asarray(chosen)[:: max(1, -(-len(chosen) // share))]
    alone = take.frame_count == 1
    side, quality = (LONGER_SIDE_ALONE, _QUALITY_ALONE) if alone else (LONGER_SIDE, _QUALITY)
    frames, jpegs = [], []
    for frame, image in _pictures(take, take_path, wanted, camera):
        frames.append(frame)
        jpegs.append(_jpeg(image, side, quality))
    return _within_budget(Stills(np.array(frames, int), tuple(jpegs)), BUDGET * share // MAX_STILLS)


def _pictures(take: Take, take_path: Path, wanted: Array, camera: int) -> Iterator[tuple[int, Array]]:
    """(frame, RGB picture (H, W, 3) upright) for those of the frames ``wanted`` that the footage has."""
    footage = _footage_of(take, take_path, camera)
    times = np.asarray(take.cameras.timestamps[camera], np.float64)[wanted]
    size = tuple(int(value) for value in take.cameras.size[camera])
    first = take.sources[camera].get("first_timestamp")
    # Captures from the middle of a long clip need not decode what comes before.
    start = None if first is None else max(0.0, float(times[0] - first) - _TIME_TOLERANCE)
    found, i = 0, 0
    with contextlib.closing(_timed(footage, start, take.settings.get("fps"))) as frames:
        for time, picture in frames:
            while i < len(wanted) and times[i] < time - _TIME_TOLERANCE:
                i += 1
            if i == len(wanted):
                break
            if times[i] > time + _TIME_TOLERANCE:
                continue
            image = picture()
            if image.shape[1::-1] != size:
                raise BadInputError(
                    f"{footage.name} is {image.shape[1]} × {image.shape[0]} pixels, the take {size[0]} × {size[1]}.",
                    "The footage changed after the capture: capture it again.",
                )
            yield int(wanted[i]), image
            found, i = found + 1, i + 1
    if not found:
        raise BadInputError(
            f"{footage.name} has no frame at {times[0]:.4f} s.",
            "The footage changed after the capture: capture it again.",
        )


def _footage_of(take: Take, take_path: Path, camera: int) -> Path:
    source = take.sources[camera] if camera < len(take.sources) else {}
    footage = take_path.parent / str(source.get("path", ""))
    if not source.get("path") or not footage.exists():
        # The page may be passed on: it names the footage as the take does, not where folders lie on this machine.
        named = Path(str(source.get("path") or "video")).name
        raise BadInputError(
            f"The footage {named} is not where the take has it.", "Put it back, and make the page again."
        )
    return footage


def _timed(footage: Path, start: float | None, fps: float | None) -> Generator[tuple[float, Callable[[], Array]]]:
    """Every frame's time and how to get its pixels: those that are not asked for are decoded, but never converted."""
    if footage.is_dir():
        for time, file in read_images(footage, start, None, fps):
            yield time, lambda file=file: read_image(file)
        return
    for timed in read_video(footage, start, None, _log.warning):
        yield timed.time, lambda frame=timed.frame: to_rgb(frame)


def _jpeg(image: Array, side: int, quality: int) -> bytes:
    """JPEG of RGB (H, W, 3), made smaller so that its longer side is at most ``side``."""
    scale = min(1.0, side / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    done, encoded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BadInputError(f"A picture of {size[0]} × {size[1]} pixels could not be encoded.", "Use --no-footage.")
    return encoded.tobytes()


def _within_budget(stills: Stills, budget: int) -> Stills:
    """Every other picture until they take no more than ``budget`` bytes together; the first always stays."""
    while len(stills.jpegs) > 1 and sum(map(len, stills.jpegs)) > budget:
        stills = Stills(stills.frames[::2], stills.jpegs[::2])
    return stills
