"""The worst moments as pictures: the frame, the true skeleton and the one that was captured. Rendered people only."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from understudy.core.evaluate.alignment import centred
from understudy.core.evaluate.comparison import HIPS, resample
from understudy.core.skeleton import LIMB_JOINTS
from understudy.core.video.reader import read_chunks

from .clip import Clip
from .score import Row

Array = NDArray[Any]

BONES = [
    (LIMB_JOINTS.index(f"{a}_{p}"), LIMB_JOINTS.index(f"{b}_{q}"))
    for a, p, b, q in (
        *((s, x, s, y) for s in ("left", "right")
          for x, y in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"),
                       ("shoulder", "hip"))),
        ("left", "shoulder", "right", "shoulder"), ("left", "hip", "right", "hip"),
    )
]  # fmt: skip
TRUE_TINT, OWN_TINT = (40, 200, 60), (235, 60, 180)
APART = 0.4  # s between two moments of one clip, or all ten would be one
SIDE = 420  # px of a picture's longer side on the page


@dataclass(frozen=True)
class Moment:
    """A frame of a clip on which one person's mean error (mm) is among the worst; ``picture``: a JPEG as a data URI."""

    row: Row
    frame: int
    seconds: float
    error: float
    worst_joint: str
    picture: str


def worst_moments(rows: Sequence[Row], count: int = 10, tool: str = "Understudy") -> list[Moment]:
    """The frames with the largest mean error over the 12 joints, of clips with exact truth, at most two of a clip."""
    candidates = []
    for row in rows:
        if row.tool != tool or row.result is None or not row.clip.exact:
            continue
        errors = np.where(row.result.frames, row.result.errors.mean(axis=1), -np.inf)
        candidates += [(float(e), row, int(t)) for t, e in enumerate(errors) if np.isfinite(e)]
    candidates.sort(key=lambda item: -item[0])
    chosen: list[tuple[float, Row, int]] = []
    for error, row, frame in candidates:
        near = [f for _, r, f in chosen if r is row]
        times = row.clip.timestamps
        if len(near) < 2 and all(abs(times[frame] - times[f]) > APART for f in near):
            chosen.append((error, row, frame))
        if len(chosen) == count:
            break
    return [_moment(*item) for item in chosen]


def _moment(error: float, row: Row, frame: int) -> Moment:
    assert row.result is not None
    joint = int(np.argmax(row.result.errors[frame]))
    return Moment(row, frame, float(row.clip.timestamps[frame]), error, LIMB_JOINTS[joint].replace("_", " "),
                  _picture(row, frame))  # fmt: skip


def _picture(row: Row, frame: int) -> str:
    assert row.prediction is not None and row.result is not None
    truth = next(p.limbs for p in row.clip.people if p.name == row.person)
    times = row.prediction.timestamps[frame : frame + 1] + row.result.time_offset
    true = resample(truth, times)
    # The captured pose where the true person stands: what is seen is the error of the pose, not of the place.
    own = centred(row.prediction.joints[frame : frame + 1], HIPS) + true[:, HIPS].mean(axis=1, keepdims=True)
    image = frame_of(row.clip, frame)
    for points, tint in ((true[0], TRUE_TINT), (own[0], OWN_TINT)):
        _draw(image, _pixels(points, row.clip), tint)
    image = _cut(image, _pixels(true[0], row.clip))
    good, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])
    assert good
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def frame_of(clip: Clip, frame: int) -> Array:
    """(H, W, 3) RGB, upright."""
    done = 0
    for chunk in read_chunks(clip.video, chunk_frames=16, warn=lambda text: None):
        if frame < done + len(chunk.images):
            return np.ascontiguousarray(chunk.images[frame - done])
        done += len(chunk.images)
    raise ValueError(f"{clip.video} has no frame {frame}")


def _pixels(points: Array, clip: Clip) -> Array:
    centre = (np.asarray(clip.size, float) - 1) / 2
    return points[:, :2] / np.maximum(points[:, 2:], 0.1) * clip.focal + centre


def _draw(image: Array, pixels: Array, tint: tuple[int, int, int]) -> None:
    thick = max(1, round(max(image.shape[:2]) / 320))
    ends = [(round(float(x) * 16), round(float(y) * 16)) for x, y in np.clip(pixels, -4000, 4000)]
    for a, b in BONES:
        cv2.line(image, ends[a], ends[b], tint, thick, cv2.LINE_AA, 4)
    for end in ends:
        cv2.circle(image, end, 16 * (thick + 1), tint, -1, cv2.LINE_AA, 4)


def _cut(image: Array, pixels: Array) -> Array:
    """The person with some room around, at most SIDE px."""
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    room = 0.35 * float((high - low).max()) + 10
    size = np.array(image.shape[1::-1])
    x0, y0 = np.clip(low - room, 0, size - 2).astype(int)
    x1, y1 = np.clip(high + room, (x0 + 2, y0 + 2), size).astype(int)
    part = image[y0:y1, x0:x1]
    factor = SIDE / max(part.shape[:2])
    return cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
