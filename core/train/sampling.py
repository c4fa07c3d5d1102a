"""Windows of motion before random cameras: what a landmark network would have measured, and the truth.

Everything is drawn anew for every window: body, mirror, frame rate, heading, camera (distance, focal length, height,
tilt, roll, aspect), place in the picture, errors, exchanged sides and missing landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from ..lift.default_input import LANDMARKS
from . import figure, spoil, vary
from .mocap import RETARGETED, RIGS, Mocap
from .noise import NoiseModel, draw, remembering

Array = NDArray[np.floating]

FRAME_RATES = (24.0, 60.0)


@dataclass(frozen=True)
class Variety:
    """What is drawn at random. The defaults are for training; ``HELD_OUT`` measures on the rigs as they are.

    bodies, poses: shares of the windows that get other proportions, and that are changed into motion nobody performed.
    focal_error: spread of ln(focal length told / true). marked: share of windows in which limb joints are where the
    landmark network marks them; landmark_offset: spread (m) of its hips and shoulders about that; 0: all at the joints.
    """

    bodies: float = 1.0
    poses: float = 1.0
    mirror: bool = True
    frame_rates: tuple[float, float] = FRAME_RATES
    focal_error: float = 0.06
    marked: float = 0.6
    landmark_offset: float = 0.012
    noise: bool = True
    missing: bool = True
    exchanges: bool = True


PERFECT = Variety(0.0, 0.0, False, (30.0, 30.0), 0.0, 0.0, 0.0, False, False, False)
HELD_OUT = replace(PERFECT, noise=True)


@dataclass(frozen=True)
class Windows:
    """B windows of T frames: rays (B, T, L, 2) as measured and true_rays, in normalised image coordinates; confidence
    (B, T, L); joints (B, T, 22, 3) and marks (B, T, L, 3) m, the true landmarks, in camera axes (x right, y down, z
    forwards), at their distance; interval (B,) s; inside (B, T) False beyond
    the clip's end; rig (B,) indices into RIGS; clip (B,); rotation (B, 3, 3) from the world, Y up, to the camera;
    half_size (B, 2) half the picture, in ray units. The views of one window follow one another."""

    rays: Array
    true_rays: Array
    confidence: Array
    joints: Array
    marks: Array
    interval: Array
    inside: NDArray[np.bool_]
    rig: NDArray[np.int64]
    clip: NDArray[np.int64]
    rotation: Array
    half_size: Array


def draw_windows(rng: np.random.Generator, mocap: Mocap, noise: NoiseModel, batch: int, frames: int,
                 variety: Variety = Variety(), views: int = 1) -> Windows:  # fmt: skip
    """``batch`` windows of clips drawn by their length, each before ``views`` cameras."""
    lengths = mocap.lengths
    clip = rng.choice(len(lengths), batch, p=lengths / lengths.sum())
    rate = rng.uniform(*variety.frame_rates, batch)
    span = np.minimum(np.ceil((frames - 1) * mocap.fps / rate).astype(np.int64), lengths[clip] - 1)
    first = (rng.random(batch) * (lengths[clip] - span)).astype(np.int64)
    return windows_at(rng, mocap, noise, clip, first, rate, frames, variety, views)


def windows_at(rng: np.random.Generator, mocap: Mocap, noise: NoiseModel, clip: NDArray[np.int64],
               first: NDArray[np.int64], rate: Array, frames: int, variety: Variety,
               views: int = 1) -> Windows:  # fmt: skip
    """The windows that begin at ``first`` (B,) of ``clip`` (B,), at ``rate`` (B,) frames per second."""
    batch = len(clip)
    # Motion at another speed, as somebody else might move.
    speed = np.exp(rng.uniform(-0.35, 0.35, batch)) if variety.poses else np.ones(batch)
    points, inside = _cut(mocap, clip, first, rate / speed, frames)
    interval = (1 / rate).astype(np.float32)
    if variety.mirror:
        turn = rng.random(batch) < 0.5
        points[turn] = figure.mirrored(points[turn])
    if variety.poses:
        varied = rng.random(batch) < variety.poses
        points[varied] = vary.vary(rng, points[varied], interval[varied])
    if variety.bodies:
        retargeted = np.isin(mocap.rig[clip], [RIGS.index(name) for name in RETARGETED])
        other = rng.random(batch) < variety.bodies
        points[other] = figure.resized(points[other], _draw_body(rng, points[other], retargeted[other]))
    joints = figure.smpl_joints(points)
    yaw = 0.4 * remembering(rng, (batch, frames, 1), np.exp(-interval / 1.0))[..., 0]
    marks = figure.landmarks(points, joints, yaw, _offsets(rng, noise, batch, variety))
    if views > 1:
        joints, marks = np.repeat(joints, views, axis=0), np.repeat(marks, views, axis=0)
        inside = np.repeat(inside, views, axis=0)
        clip, interval = np.repeat(clip, views), np.repeat(interval, views)
        batch *= views
    shot = _shoot(rng, joints, inside)
    joints, marks = shot.see(joints), shot.see(marks)
    true_rays = marks[..., :2] / np.maximum(marks[..., 2:], 0.2)
    rays = true_rays
    confidence = np.ones(rays.shape[:-1], np.float32)
    if variety.noise:
        side = _longer_side(true_rays)
        error, confidence = draw(rng, noise, frames, interval)
        rays = rays + error * side[:, :, None, None]
    if variety.exchanges:
        spoil.exchange(rng, rays, confidence)
    if variety.missing:
        spoil.hide(rng, confidence)
        spoil.cut_at_edges(rng, rays, confidence, shot.half_size)
    if variety.focal_error:
        told = np.exp(variety.focal_error * rng.standard_normal(batch) * (rng.random(batch) < 0.6))
        rays = rays * told[:, None, None, None].astype(np.float32)
    confidence = confidence * inside[..., None]
    rays = rays.astype(np.float32)
    return Windows(rays, true_rays, confidence, joints, marks, interval, inside, mocap.rig[clip], clip,
                   shot.rotation, shot.half_size)  # fmt: skip


def _cut(
    mocap: Mocap, clip: NDArray[np.int64], first: NDArray[np.int64], rate: Array, frames: int
) -> tuple[Array, NDArray[np.bool_]]:
    """(B, T, 24, 3) positions at other frame rates, between frames linearly, and which lie inside the clip."""
    place = first[:, None] + np.arange(frames) * (mocap.fps / rate)[:, None]
    last = mocap.lengths[clip][:, None] - 1
    inside = place <= last
    place = np.minimum(place, last)
    low = np.floor(place).astype(np.int64)
    share = (place - low).astype(np.float32)[..., None, None]
    start = mocap.starts[clip][:, None]
    before = mocap.positions[start + low]
    after = mocap.positions[start + np.minimum(low + 1, last)]
    return before + share * (after - before), inside


def _draw_body(rng: np.random.Generator, points: Array, retargeted: NDArray[np.bool_]) -> figure.Proportions:
    """Half of the windows keep their rig's proportions, half get the free body's; every length then varies."""
    batch = len(points)
    measured = figure.lengths(points[:, :1])
    free = rng.random(batch) < 0.5
    stature = np.exp(rng.normal(0, np.where(free, 0.05, 0.035))).astype(np.float32)
    spread = np.where(retargeted, 0.06, 0.04).astype(np.float32)
    factors = {}
    for field in fields(figure.Proportions):
        name = field.name
        target = np.where(free, figure.FREE_BODY[name] / np.maximum(measured[name][:, 0], 0.05), 1)
        if name in ("trunk", "head", "shoulders"):
            # They bend: the frame at hand may be an extreme one.
            target = np.clip(target, 0.85, 1.6 if name == "shoulders" else 1.2)
        factor = (target * stature * np.exp(spread * rng.standard_normal(batch))).astype(np.float32)
        if name in ("upper_arm", "forearm", "thigh", "shin", "foot"):
            factor = factor[:, None] * np.exp(0.01 * rng.standard_normal((batch, 2))).astype(np.float32)
        factors[name] = factor.astype(np.float32)
    return figure.Proportions(**factors)


def _offsets(rng: np.random.Generator, noise: NoiseModel, batch: int, variety: Variety) -> Array:
    """(B, L, 3) for ``figure.landmarks``. Face and feet, which no rig has, are always where the network marks them;
    limb joints in part of the windows, since other footage is marked at the joints' centres."""
    out = np.repeat(noise.offset[None], batch, axis=0)
    limbs = [row for row, name in enumerate(LANDMARKS) if name in figure.LIMB_JOINTS]
    marked = rng.random((batch, 1, 1)) < (variety.marked if variety.landmark_offset else 0)
    out[:, limbs] = marked * out[:, limbs]
    for part in ("hip", "shoulder"):
        extra = rng.normal(0, 1, (batch, 3)) * variety.landmark_offset * rng.integers(0, 2, (batch, 1))
        for side in ("left", "right"):
            out[:, LANDMARKS.index(f"{side}_{part}")] += extra
    return out.astype(np.float32)


def _longer_side(points: Array) -> Array:
    """(B, T) of the upright box about points (B, T, L, 2)."""
    low, high = points[:, :, 0], points[:, :, 0]
    for row in range(1, points.shape[2]):  # many times as fast as a reduction over the axis in the middle
        low, high = np.minimum(low, points[:, :, row]), np.maximum(high, points[:, :, row])
    return np.maximum(*np.moveaxis(high - low, -1, 0))


@dataclass(frozen=True)
class _Shot:
    """Cameras: rotation (B, 3, 3) world to camera, centre (B, 3) m; half_size (B, 2): half the picture, ray units."""

    rotation: Array
    centre: Array
    half_size: Array

    def see(self, points: Array) -> Array:
        """(B, T, N, 3) world, Y up → camera axes."""
        return (points - self.centre[:, None, None]) @ np.swapaxes(self.rotation, -1, -2)[:, None]


def _shoot(rng: np.random.Generator, joints: Array, inside: NDArray[np.bool_]) -> _Shot:
    """Cameras that see the person at the middle of the window at a random place of the picture.

    The longer side sees 35° to 85°; cameras stand 0.3 to 2.8 m above the lowest point of the person, 1.8 to 9 m away.
    """
    batch = len(joints)
    fov = np.radians(rng.uniform(35, 85, batch))
    half = np.tan(fov / 2)
    aspect = rng.choice([9 / 16, 3 / 4, 1.0, 2 / 3], batch)
    upright = rng.random(batch) < 0.4
    half_size = np.stack([np.where(upright, half * aspect, half), np.where(upright, half, half * aspect)], axis=-1)
    weight = inside[..., None].astype(np.float32)
    target = (joints[:, :, 0] * weight).sum(1) / np.maximum(weight.sum(1), 1)
    floor = joints[..., 1].min((1, 2))
    # Distance such that a standing person fills 0.3 to 1.2 of the picture's height.
    fill = rng.uniform(0.3, 1.1, batch)
    distance = np.clip(1.7 / (2 * half_size[:, 1] * fill), 1.8, 9)
    heading = rng.uniform(0, 2 * np.pi, batch)
    rise = rng.uniform(0.3, 2.8, batch) + floor - target[:, 1]
    rise = np.clip(rise, -0.6 * distance, 0.6 * distance)
    flat = np.sqrt(np.maximum(distance**2 - rise**2, 0.25))
    centre = target + np.stack([flat * np.sin(heading), rise, flat * np.cos(heading)], axis=-1)
    # Not nearer than 0.8 m to the person's whole path, or rays run wild: step back along the line of sight.
    forward = (target - centre) / np.linalg.norm(target - centre, axis=-1, keepdims=True)
    nearest = np.einsum("btni,bi->btn", joints - centre[:, None, None], forward).min((1, 2))
    centre = centre - forward * np.maximum(0.8 - nearest, 0)[:, None]
    # The optical axis passes by the person, so that they stand anywhere in the picture.
    place = rng.uniform(-0.6, 0.6, (batch, 2)) * half_size * np.clip(1.3 - fill, 0.15, 1)[:, None]
    roll = np.radians(rng.normal(0, 2.5, batch))
    rotation = _look(forward, place, roll).astype(np.float32)
    return _Shot(rotation, centre.astype(np.float32), half_size.astype(np.float32))


def _look(forward: Array, place: Array, roll: Array) -> Array:
    """(B, 3, 3) world to camera: ``forward`` is seen at ray ``place`` (B, 2); upright up to ``roll``."""
    up = np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.maximum(np.linalg.norm(right, axis=-1, keepdims=True), 1e-6)
    rotation = np.stack([right, np.cross(forward, right), forward], axis=1)
    yaw, pitch = np.arctan(place[:, 0]), np.arctan(place[:, 1])
    return _about(2, roll) @ _about(0, -pitch) @ _about(1, yaw) @ rotation


def _about(axis: int, angle: Array) -> Array:
    """Rotations (B, 3, 3) about a coordinate axis."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[:, axis, axis], out[:, i, i], out[:, j, j] = 1, c, c
    out[:, i, j], out[:, j, i] = -s, s
    return out
