"""Jumping: crouch, push off, fly on a parabola, land on the balls of the feet, get up; on the spot and turning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .arms import HANGING, OPEN, RELAXED_CURL, Arm, Key
from .figure import SIDES, Build, Score, curve, torso
from .gait import Foot, Pelvis, Step, ease, leg_ceiling, turn
from .walking import Manner, carry, stride_feet

Array = NDArray[np.floating]

GRAVITY = 9.81
_CROUCH, _PUSH, _ABSORB, _RISE, _PAUSE = 0.45, 0.27, 0.26, 0.60, 0.25  # s
_TIPTOE = 0.062  # m that the pelvis is higher over stretched feet
_WIDTH = 0.11
_BEHIND = Arm((0.18, -0.72, -0.66), (0.10, -0.78, -0.60), (0.05, -0.80, -0.55), (-0.9, -0.1, 0.35), RELAXED_CURL)
_ABOVE = Arm((0.28, 0.70, 0.64), (0.16, 0.92, 0.34), (0.10, 0.95, 0.25), (-0.85, 0.1, 0.5), OPEN)
_BEFORE = Arm((0.25, -0.50, 0.82), (0.15, -0.10, 0.98), (0.10, 0.0, 0.99), (-0.6, -0.8, 0.0), RELAXED_CURL)


def jump(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """One jump after the other, 0.15 to 0.32 m high, some forwards, some with a quarter or half turn."""
    steps: list[Step] = []
    arms: list[Key] = [(0, 0, HANGING)]
    lean, back, heights = [(-1.0, 0.03)], [(-1.0, 0.0)], []
    headings, centres = [(-1.0, 0.0)], [(-1.0, np.zeros(2))]
    time, heading, centre = rng.uniform(0.1, 0.4), 0.0, np.zeros(2)
    while time < t[-1]:
        height, ahead = rng.uniform(0.15, 0.32), rng.choice([0.0, 0.0, 0.25, 0.35]) * build.size
        angle = rng.choice([0.0, 0.0, 0.5, -0.5, 1.0, -1.0]) * np.pi / 2
        low, off = time + _CROUCH, time + _CROUCH + _PUSH
        flight = 2 * np.sqrt(2 * height / GRAVITY)
        land, deep, up = off + flight, off + flight + _ABSORB, off + flight + _ABSORB + _RISE
        new = centre + (turn(np.array(heading)) @ np.array([0, -ahead, 0]))[:2]
        for side in SIDES:
            aside = turn(np.array(heading + angle))[:, 0] * (_WIDTH if side == "left" else -_WIDTH) * build.size
            x, y = (float(v) for v in new + aside[:2])
            steps.append(Step(side, off, land, (x, y), heading + angle, height=0.0, strike=-0.5))
        arms += [(time + 0.05, low, _BEHIND), (low, off + 0.06, _ABOVE), (land - 0.1, deep, _BEFORE),
                 (deep, up + 0.1, HANGING)]  # fmt: skip
        lean += [(time, 0.03), (low, 0.62), (off, 0.08), (land, 0.16), (deep, 0.5), (up, 0.03)]
        back += [(time, 0.0), (low, 0.11), (off, 0.0), (land, 0.02), (deep, 0.09), (up, 0.0)]
        heights.append((time, low, off, land, deep, up, height))
        headings += [(off - 0.1, heading), (land + 0.05, heading + angle)]
        centres += [(off - 0.16, centre), (land + 0.12, new)]
        centre, heading, time = new, heading + angle, up + rng.uniform(0.5, 1.5) * _PAUSE
    start = {"left": (_WIDTH * build.size, 0.0), "right": (-_WIDTH * build.size, 0.0)}
    feet = stride_feet(t, build, start, 0.0, steps)
    yaw = curve(t, headings, 0.06)
    path = np.stack([curve(t, [(s, float(c[k])) for s, c in centres], 0.05) for k in range(2)], axis=1)
    bend = curve(t, lean, 0.04)
    ahead_of = turn(yaw) @ np.array([0, -1.0, 0])
    path = path - (curve(t, back, 0.05) * build.size)[:, None] * ahead_of[:, :2] + 0.015 * ahead_of[:, :2]
    rotation = torso(yaw, 0.55 * bend, np.zeros(len(t)), np.zeros(len(t)))
    height = _height(t, build, feet, path, rotation, heights)
    pelvis = Pelvis(np.column_stack([path, height]), rotation, yaw, np.zeros(len(t)))
    flown = {side: _in_flight(t, foot, pelvis, heights) for side, foot in feet.items()}
    manner = Manner(lean=lean, nod=[(0.0, 0.1)], arms=dict.fromkeys(SIDES, arms), phase=rng.uniform(0, 6.28))
    return carry(t, build, flown, manner, pelvis=pelvis)


def _height(
    t: Array, build: Build, feet: dict[str, Foot], path: Array, rotation: Array, jumps: list[tuple[float, ...]]
) -> Array:
    """Height (T,) m of the pelvis: what the legs push it to, a parabola while they do not."""
    first = t < jumps[0][0] if jumps else np.ones(len(t), bool)
    standing = float(leg_ceiling(path, rotation, feet, build.rest["pelvis"], build.legs)[first].min()) - 0.004
    crouched, landed = standing - 0.27 * build.size, standing - 0.20 * build.size
    tall = standing + _TIPTOE * build.size
    height = np.full(len(t), standing)
    for begin, low, off, land, deep, up, rise in jumps:
        speed = np.sqrt(2 * GRAVITY * rise)
        for a, b, h0, v0, h1, v1 in (
            (begin, low, standing, 0.0, crouched, 0.0), (low, off, crouched, 0.0, tall, speed),
            (land, deep, tall, -speed, landed, 0.0), (deep, up, landed, 0.0, standing, 0.0),
        ):  # fmt: skip
            now = (t >= a) & (t < b)
            s, d = (t[now] - a) / (b - a), b - a
            if v0 == v1 == 0:
                height[now] = h0 + (h1 - h0) * ease(s)
            else:
                height[now] = (
                    (2 * s**3 - 3 * s**2 + 1) * h0 + (s**3 - 2 * s**2 + s) * d * v0
                    + (3 * s**2 - 2 * s**3) * h1 + (s**3 - s**2) * d * v1
                )  # fmt: skip
        flying = (t >= off) & (t < land)
        height[flying] = tall + speed * (t[flying] - off) - GRAVITY / 2 * (t[flying] - off) ** 2
    return gaussian_filter1d(height, 0.012 / float(t[1] - t[0]), mode="nearest")


def _in_flight(t: Array, foot: Foot, pelvis: Pelvis, jumps: list[tuple[float, ...]]) -> Foot:
    """In the air feet go where the body takes them, drawn up a little on the way, toes hanging."""
    ankle, pitch = foot.ankle.copy(), foot.pitch.copy()
    away = foot.ankle - pelvis.position
    for _, _, off, land, _, _, rise in jumps:
        flying = np.flatnonzero((t >= off) & (t < land))
        if not len(flying) or flying[0] == 0 or flying[-1] + 1 >= len(t):
            continue
        s = (t[flying] - off) / (land - off)
        before, after = away[flying[0] - 1], away[flying[-1] + 1]
        mixed = before + (after - before) * ease(s)[:, None]
        mixed[:, 2] += 0.35 * rise * np.sin(np.pi * s) ** 2
        ankle[flying] = pelvis.position[flying] + mixed
        pitch[flying] -= 0.25 * np.sin(np.pi * s) ** 2
    return replace(foot, ankle=ankle, pitch=pitch)
