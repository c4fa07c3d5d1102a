"""Walking from planted feet: steps are placed, legs are solved, the pelvis follows its support.

World: metres, Z up. A heading of 0 faces -Y (towards a camera at the origin that looks along +Y); it grows
counterclockwise seen from above. A body at rest has Y up and faces +Z; ``UPRIGHT`` stands it up facing -Y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation

UPRIGHT = Rotation.from_euler("x", 90, degrees=True).as_matrix()
STEP_LIFT = 0.07  # m the ankle rises in a step
HEEL_STRIKE, TOE_OFF = np.radians(14), np.radians(-38)  # foot pitch, toes up positive
STRIKE_SECONDS, PUSH_SECONDS = 0.10, 0.26


@dataclass(frozen=True)
class Step:
    """One foot goes to ``place`` (x, y) m with ``heading`` rad, in the air from ``lift`` to ``land`` seconds.

    ``height`` m the ankle rises on the way; ``strike`` rad the foot's pitch as it lands: heel first above 0, ball first
    below; ``dip`` rad its toes hang down in the air.
    """

    side: str
    lift: float
    land: float
    place: tuple[float, float]
    heading: float
    height: float = STEP_LIFT
    strike: float = HEEL_STRIKE
    dip: float = 0.0


@dataclass(frozen=True)
class Legs:
    """Rest geometry of one body's leg, Y up: joints hip, knee, ankle and the contact points heel and ball, metres."""

    hip: np.ndarray
    knee: np.ndarray
    ankle: np.ndarray
    heel: np.ndarray
    ball: np.ndarray
    sole: float

    @property
    def length(self) -> float:
        """Of thigh and shin, m."""
        return float(np.linalg.norm(self.knee - self.hip) + np.linalg.norm(self.ankle - self.knee))


@dataclass(frozen=True)
class Foot:
    """A foot over time: ankle (T,3), pitch (T,) rad toes up, heading (T,), toe bend (T,) rad, load (T,) 0…1."""

    ankle: np.ndarray
    pitch: np.ndarray
    heading: np.ndarray
    toe: np.ndarray
    load: np.ndarray


def turn(heading: np.ndarray) -> np.ndarray:
    """(…,) rad to (…, 3, 3), about the vertical."""
    return Rotation.from_euler("z", np.reshape(heading, (-1, 1))).as_matrix().reshape(*np.shape(heading), 3, 3)


def foot_rotation(heading: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """(T, 3, 3) of a rest foot turned to ``heading`` with its toes raised by ``pitch``."""
    raised = Rotation.from_euler("x", -np.reshape(pitch, (-1, 1))).as_matrix()
    return turn(heading) @ UPRIGHT @ raised


def ease(x: np.ndarray) -> np.ndarray:
    """Minimum jerk from 0 to 1 (Flash and Hogan 1985)."""
    x = np.clip(x, 0, 1)
    return x**3 * (10 - 15 * x + 6 * x**2)


def plan_foot(t: np.ndarray, start: tuple[float, float], heading: float, steps: list[Step], leg: Legs) -> Foot:
    """The path of one foot through its steps: pivoting over heel and ball while planted, swung between."""
    plants = [(-10.0, start, heading, 0.0)] + [(s.land, s.place, s.heading, s.strike) for s in steps]
    ends = [s.lift for s in steps] + [1e3]
    n = len(t)
    ankle, pitch, yaw, toe = np.zeros((n, 3)), np.zeros(n), np.zeros(n), np.zeros(n)
    load = np.ones(n)

    def planted(time: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        begin, place, angle, landing = plants[k]
        strike = landing * (1 - ease((time - begin) / STRIKE_SECONDS))
        # The heel rises slowly first: pushing off is an acceleration.
        push = TOE_OFF * np.clip(1 - (ends[k] - time) / PUSH_SECONDS, 0, 1) ** 2
        bend = np.where(push < 0, push, strike) if landing >= 0 else np.minimum(push, strike)
        pivot = np.where((bend < 0)[:, None], leg.ball, leg.heel)
        ground = turn(np.full(len(time), angle)) @ UPRIGHT
        at_rest = np.array([place[0], place[1], 0.0]) + (ground @ (pivot - leg.ankle)[..., None])[..., 0]
        at_rest[:, 2] = np.where(bend < 0, leg.ball[1], leg.heel[1]) - leg.sole
        rotated = foot_rotation(np.full(len(time), angle), bend)
        return at_rest - (rotated @ (pivot - leg.ankle)[..., None])[..., 0], bend, np.minimum(bend, 0)

    for k in range(len(plants)):
        now = (t >= plants[k][0]) & (t < ends[k])
        ankle[now], pitch[now], toe[now] = planted(t[now], k)
        yaw[now] = plants[k][2]
        if k < len(steps):
            lift, land = ends[k], plants[k + 1][0]
            air = (t >= lift) & (t < land)
            s = (t[air] - lift) / (land - lift)
            edge, d = np.array([lift, lift - 1e-3, land, land + 1e-3]), land - lift
            (p0, before), (b0, _), _ = ((v[0], v[1]) for v in planted(edge[:2], k))
            (p1, after), (b1, _), _ = ((v[0], v[1]) for v in planted(edge[2:], k + 1))
            v0, v1 = (p0 - before) / 1e-3 * d, (after - p1) / 1e-3 * d
            ankle[air] = _hermite(s, p0, v0, p1, v1)
            ankle[air, 2] += steps[k].height * np.sin(np.pi * s) ** 2 * (1 - 0.35 * s)
            pitch[air] = b0 + (b1 - b0) * ease(s * 1.25) - steps[k].dip * np.sin(np.pi * s) ** 2
            toe[air] = TOE_OFF * (1 - ease(s * 2.5)) + np.minimum(steps[k].strike, 0) * ease(3 * s - 2)
            yaw[air] = plants[k][2] + (plants[k + 1][2] - plants[k][2]) * ease(s)
            load[air] = 0
    return Foot(ankle, pitch, yaw, toe, load)


def _hermite(s: np.ndarray, p0: np.ndarray, v0: np.ndarray, p1: np.ndarray, v1: np.ndarray) -> np.ndarray:
    s = s[:, None]
    return (2 * s**3 - 3 * s**2 + 1) * p0 + (s**3 - 2 * s**2 + s) * v0 + (3 * s**2 - 2 * s**3) * p1 + (s**3 - s**2) * v1


@dataclass(frozen=True)
class Pelvis:
    """position (T,3) of the joint; rotation (T,3,3); heading (T,) rad; stride (T,) m, right foot ahead of left."""

    position: np.ndarray
    rotation: np.ndarray
    heading: np.ndarray
    stride: np.ndarray


def plan_pelvis(
    dt: float, left: Foot, right: Foot, pelvis_rest: np.ndarray, legs: dict[str, Legs], bounce: np.ndarray | None = None
) -> Pelvis:
    """A pelvis that rides over its support, no higher than its legs reach.

    ``bounce`` (T,) m: the height it is to follow, up to what it rides on.
    """
    smooth = 0.13 / dt
    weights = {side: 0.30 + gaussian_filter1d(f.load, 0.05 / dt) for side, f in (("left", left), ("right", right))}
    total = weights["left"] + weights["right"]
    # A little in front of the ankles, over the middle of the feet.
    ahead = {s: (turn(f.heading) @ np.array([0, -0.035, 0]))[:, :2] for s, f in (("left", left), ("right", right))}
    support = (
        weights["left"][:, None] * (left.ankle[:, :2] + ahead["left"])
        + weights["right"][:, None] * (right.ankle[:, :2] + ahead["right"])
    ) / total[:, None]
    path = gaussian_filter1d(support, smooth, axis=0, mode="nearest")
    heading = gaussian_filter1d((left.heading + right.heading) / 2, 0.16 / dt, mode="nearest")
    forward = turn(heading) @ np.array([0, -1.0, 0])
    stride = np.einsum("ti,ti->t", right.ankle - left.ankle, forward)
    stride = gaussian_filter1d(stride, 0.05 / dt, mode="nearest")
    # The hip of the foot in front goes along; the hip over the foot in the air drops.
    yaw = np.clip(0.16 * stride, -0.12, 0.12)
    roll = 0.07 * gaussian_filter1d(right.load - left.load, 0.07 / dt, mode="nearest")
    tilt = Rotation.from_euler("zx", np.stack([-roll, np.full(len(roll), 0.02)], axis=1)).as_matrix()
    rotation = turn(heading + yaw) @ UPRIGHT @ tilt

    ceiling = leg_ceiling(path, rotation, {"left": left, "right": right}, pelvis_rest, legs)
    if bounce is not None:
        steady = minimum_filter1d(ceiling - bounce, max(3, round(0.5 / dt) | 1), mode="nearest")
        height = gaussian_filter1d(steady, 0.25 / dt, mode="nearest") + bounce
    else:
        width = max(3, round(0.12 / dt) | 1)
        height = gaussian_filter1d(minimum_filter1d(ceiling, width, mode="nearest"), 0.06 / dt, mode="nearest")
    return Pelvis(np.column_stack([path, np.minimum(height, ceiling)]), rotation, heading, stride)


def leg_ceiling(
    path: np.ndarray, rotation: np.ndarray, feet: dict[str, Foot], pelvis_rest: np.ndarray, legs: dict[str, Legs]
) -> np.ndarray:
    """Height (T,) m up to which both legs reach from a pelvis over ``path`` (T, 2) with ``rotation`` (T, 3, 3)."""
    ceiling = np.full(len(path), np.inf)
    for side, foot in feet.items():
        leg = legs[side]
        reach = 0.992 * (np.linalg.norm(leg.knee - leg.hip) + np.linalg.norm(leg.ankle - leg.knee))
        hip = rotation @ (leg.hip - pelvis_rest)
        flat = foot.ankle[:, :2] - path - hip[:, :2]
        drop = np.sqrt(np.maximum(reach**2 - np.sum(flat**2, axis=1), 0.01))
        ceiling = np.minimum(ceiling, foot.ankle[:, 2] + drop - hip[:, 2])
    return ceiling


def solve_leg(hip: np.ndarray, foot: Foot, pelvis: Pelvis, leg: Legs) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (T,3,3) of thigh and shin that bring the ankle to ``foot.ankle``, the knee over the foot."""
    heading = 0.65 * foot.heading + 0.35 * pelvis.heading
    return bend_leg(hip, foot.ankle, turn(heading) @ np.array([0, -1.0, 0]), leg)


def bend_leg(hip: np.ndarray, ankle: np.ndarray, pole: np.ndarray, leg: Legs) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (T,3,3) of thigh and shin from hip to ankle (T,3) m, the knee on the side of ``pole`` (T,3)."""
    upper, lower = np.linalg.norm(leg.knee - leg.hip), np.linalg.norm(leg.ankle - leg.knee)
    reach = ankle - hip
    length = np.clip(np.linalg.norm(reach, axis=1), 0.2, 0.9995 * (upper + lower))
    along = reach / np.linalg.norm(reach, axis=1, keepdims=True)
    pole = pole - along * np.sum(pole * along, axis=1, keepdims=True)
    pole /= np.linalg.norm(pole, axis=1, keepdims=True)
    cosine = (upper**2 + length**2 - lower**2) / (2 * upper * length)
    knee = hip + upper * (along * cosine[:, None] + pole * np.sqrt(1 - cosine**2)[:, None])
    hinge = np.cross(pole, along)
    thigh = aim(leg.knee - leg.hip, np.array([1.0, 0, 0]), knee - hip, hinge)
    shin = aim(leg.ankle - leg.knee, np.array([1.0, 0, 0]), hip + along * length[:, None] - knee, hinge)
    return thigh, shin


def aim(rest_along: np.ndarray, rest_side: np.ndarray, along: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Rotations (T,3,3) taking ``rest_along`` to ``along`` exactly and ``rest_side`` to ``side`` as far as it may."""
    return _frame(along, side) @ np.swapaxes(_frame(rest_along[None], rest_side[None]), -1, -2)


def _frame(along: np.ndarray, side: np.ndarray) -> np.ndarray:
    a = along / np.linalg.norm(along, axis=-1, keepdims=True)
    b = side - a * np.sum(side * a, axis=-1, keepdims=True)
    b /= np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-9)
    return np.stack([a, b, np.cross(a, b)], axis=-1)
