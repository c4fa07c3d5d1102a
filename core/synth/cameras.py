"""Where the cameras are: lenses, distances, and how hands, dollies and tripods move them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..skeleton import TAKE_JOINTS
from .plan import Camera

Array = NDArray[np.floating]

LENS_MM = (24.0, 85.0)  # equivalents on film 36 mm wide, along the longer side
DISTANCE = (2.0, 8.0)  # m
MARGIN = 0.05  # of the picture's side, kept free around what is filmed
_GOLDEN = np.pi * (3 - np.sqrt(5))  # rad between one camera and the next: well apart, however many follow
_MOVES = ("static", "handheld", "dolly", "pan")
_FILM_MM = 36.0
_SHAKE_HZ = (0.25, 0.6, 1.1, 2.3, 4.5)
_SHAKE_M, _SHAKE_RAD = 0.006, 0.0025  # of one wave at 1 Hz
_VIEWS, _ELBOW_ROOM = 7, 0.5  # views to choose from, m between two people seen side by side
CLOSE_UP_DISTANCE = (0.45, 2.0)


@dataclass(frozen=True)
class Subject:
    """What a camera should see: points (T, N, 3) m of ``people`` people, joints (T, 71, 3) each to begin with, and the
    direction (2,) from which it is best seen."""

    points: Array
    front: Array
    people: int = 1


def intrinsics(lens_mm: float, size: tuple[int, int]) -> Array:
    """K (3, 3); the optical axis meets the picture's middle, and (0, 0) is the centre of the first pixel."""
    focal = lens_mm / _FILM_MM * max(size)
    return np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1]])


def look_at(position: Array, target: Array, roll: Array | float = 0.0) -> Array:
    """world_from_camera (…, 4, 4) from ``position`` (…, 3) towards ``target`` (…, 3), upright but for ``roll`` rad."""
    forward = np.asarray(target, float) - position
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    right = np.cross(forward, [0.0, 0, 1])
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    down = np.cross(forward, right)
    c, s = np.cos(roll)[..., None], np.sin(roll)[..., None]
    pose = np.zeros((*forward.shape[:-1], 4, 4))
    pose[..., :3, 0], pose[..., :3, 1], pose[..., :3, 2] = c * right + s * down, c * down - s * right, forward
    pose[..., :3, 3], pose[..., 3, 3] = position, 1
    return pose


def project(points: Array, K: Array, world_from_camera: Array) -> tuple[Array, Array]:
    """Pixels (T, N, 2) and depths (T, N) m of points (T, N, 3) before a camera at (T, 4, 4); no lens distortion."""
    R, t = world_from_camera[:, :3, :3], world_from_camera[:, :3, 3]
    local = np.einsum("tji,tnj->tni", R, points - t[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = local[..., :2] / local[..., 2:]
    return flat * [K[0, 0], K[1, 1]] + [K[0, 2], K[1, 2]], local[..., 2]


@dataclass(frozen=True)
class _Draft:
    """One camera's random choices, before its distance is known."""

    motion: str
    azimuth: float  # rad, where it stands seen from the subject
    height: float  # m above the floor
    lens_mm: float
    room: float  # times the shortest distance that fits
    shake: Array  # (6, F, 2): axes, frequencies, cosine and sine
    track: Array  # (2,) m a dolly runs sideways and forwards


def draw_camera(
    subject: Subject, times: Array, size: tuple[int, int], motion: str, index: int, close_up: bool,
    rng: np.random.Generator,
) -> Camera:  # fmt: skip
    """One camera that keeps the subject in its picture, if a lens of LENS_MM can from DISTANCE.

    ``index``: which of the shot's cameras; each looks from another side. ``close_up``: a long lens at arm's length.
    """
    around = np.arctan2(subject.front[1], subject.front[0]) + index * _GOLDEN + rng.normal(0, 0.45, _VIEWS)
    draft = _Draft(
        motion=str(rng.choice(_MOVES)) if motion == "mixed" else motion,
        azimuth=min((float(a) for a in around), key=lambda azimuth: _crowding(subject, azimuth)),
        height=float(rng.uniform(0.9, 1.7) if rng.uniform() < 0.7 else rng.uniform(1.6, 2.5)),
        lens_mm=float(np.exp(rng.uniform(*np.log((50.0, 85.0) if close_up else LENS_MM)))),
        room=float(rng.uniform(1.02, 1.3)),
        shake=rng.normal(size=(6, len(_SHAKE_HZ), 2)),
        track=np.array([rng.uniform(0.5, 1.4) * rng.choice([-1, 1]), rng.uniform(-0.8, 0.8)]),
    )
    nearest, farthest = CLOSE_UP_DISTANCE if close_up else DISTANCE
    lens = draft.lens_mm
    while not _fits(subject, intrinsics(lens, size), size, _poses(draft, subject, times, farthest, close_up)):
        if lens <= LENS_MM[0]:
            break
        lens = max(LENS_MM[0], 0.95 * lens)
    K = intrinsics(lens, size)
    low, high = nearest, farthest
    for _ in range(16):
        middle = (low + high) / 2
        if _fits(subject, K, size, _poses(draft, subject, times, middle, close_up)):
            high = middle
        else:
            low = middle
    distance = float(np.clip(high * draft.room, nearest, farthest))
    return Camera(K, _poses(draft, subject, times, distance, close_up), lens, distance, draft.motion)


def _crowding(subject: Subject, azimuth: float) -> float:
    """The share of frames in which two people stand in one line as seen from there."""
    side = np.array([-np.sin(azimuth), np.cos(azimuth)])
    pelvises = subject.points[:, : subject.people * len(TAKE_JOINTS) : len(TAKE_JOINTS), :2] @ side
    near = [
        np.abs(pelvises[:, i] - pelvises[:, j]) < _ELBOW_ROOM
        for i in range(subject.people)
        for j in range(i + 1, subject.people)
    ]
    return float(np.mean(near)) if near else 0.0


def _poses(draft: _Draft, subject: Subject, times: Array, distance: float, close_up: bool) -> Array:
    """world_from_camera (T, 4, 4)."""
    low, high = subject.points.min(axis=(0, 1)), subject.points.max(axis=(0, 1))
    centre = (low + high) / 2
    away = np.array([np.cos(draft.azimuth), np.sin(draft.azimuth), 0.0])
    height = centre[2] + 0.25 * (draft.height - 1.3) if close_up else draft.height
    position = np.tile([*(centre + distance * away)[:2], height], (len(times), 1))
    target = np.tile(centre, (len(times), 1))
    roll = np.zeros(len(times))
    reach = distance if close_up else 1.0
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    if draft.motion in ("pan", "handheld"):
        # People who film follow, a little late and not all the way.
        now = (subject.points.min(axis=1) + subject.points.max(axis=1)) / 2
        follow = gaussian_filter1d(now, max(0.35 / step, 1e-3), axis=0, mode="nearest") - centre
        target += follow * ([1.0, 1.0, 0.3] if draft.motion == "pan" else [0.5, 0.5, 0.2])
    if draft.motion == "dolly":
        u = (times - times[0]) / max(times[-1] - times[0], 1e-6)
        run = (u**2 * (3 - 2 * u) - 0.5)[:, None]
        side = np.array([-away[1], away[0], 0.0])
        position += reach * run * (draft.track[0] * side + draft.track[1] * away)
    if draft.motion == "handheld":
        phase = 2 * np.pi * np.asarray(_SHAKE_HZ)[:, None] * (times - times[0])
        waves = np.stack([np.cos(phase), np.sin(phase)], axis=1) / np.sqrt(_SHAKE_HZ)[:, None, None]
        shake = np.einsum("afk,fkt->ta", draft.shake, waves)
        position += reach * _SHAKE_M * shake[:, :3]
        target += distance * _SHAKE_RAD * shake[:, 3:6]
        roll = _SHAKE_RAD * shake[:, 5]
    return look_at(position, target, roll)


def _fits(subject: Subject, K: Array, size: tuple[int, int], poses: Array) -> bool:
    pixels, depth = project(subject.points, K, poses)
    margin = MARGIN * min(size)
    inside = (pixels >= margin) & (pixels <= np.asarray(size) - 1 - margin)
    return bool(np.all(depth > 0.3) and np.all(inside))
