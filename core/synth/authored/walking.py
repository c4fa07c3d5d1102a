"""Upright people on their feet: a score from planned steps; walking, running, leaving and coming back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from .arms import FIST, HANGING, Arm, Key, blend_keys
from .figure import SIDES, Build, Score, curve, standing_feet, torso
from .gait import Foot, Pelvis, Step, leg_ceiling, plan_foot, plan_pelvis, turn
from .paths import Cadence, follow, steps_along

Array = NDArray[np.floating]

RUNNING = Arm((0.22, -0.96, -0.10), (0.02, 0.30, 0.95), (-0.05, 0.45, 0.90), (-0.95, 0.1, 0.05), FIST, swing=1.0)


# People who stand carry their hips before their ankles and their shoulders over the hips or behind them: medians of the
# standing frames of motion capture, 55 and 15 mm. The free body at rest has its shoulders 18 mm before its hips.
_STANDING_HIPS, _STANDING_LEAN = -0.06, -0.09
_SLACK = 0.0015  # m that legs which stand are short of straight


@dataclass(frozen=True)
class Manner:
    """How somebody carries themselves: keys (s, rad) of ``lean`` forward, of the head's ``look`` left and ``nod`` down,
    of the chest's ``twist`` left; ``arms`` keys by side; gains of the arms' swing and of the chest's counter-turn."""

    lean: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, _STANDING_LEAN)])
    look: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    nod: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.05)])
    twist: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    arms: dict[str, list[Key]] = field(default_factory=dict)
    swing: float = 0.85
    most_swing: float = 0.5
    counter: float = 0.14
    phase: float = 0.0


def stride_feet(
    t: Array, build: Build, start: dict[str, tuple[float, float]], heading: float, steps: list[Step]
) -> dict[str, Foot]:
    """Both feet over time."""
    return {
        side: plan_foot(t, start[side], heading, [s for s in steps if s.side == side], build.legs[side])
        for side in SIDES
    }


def carry(
    t: Array, build: Build, feet: dict[str, Foot], manner: Manner, bounce: Array | None = None,
    pelvis: Pelvis | None = None, hips: Array | None = None, bank: Array | None = None,
) -> Score:  # fmt: skip
    """A score of an upright body over planned feet.

    ``bounce`` (T,) m: up and down of the pelvis; ``pelvis``: planned by the author instead; ``hips`` (T, 2) rad: roll
    to the left and turn to the left added to the pelvis; ``bank`` (T,) rad: leaning into a curve to the left.
    """
    dt = float(t[1] - t[0])
    if pelvis is None:
        pelvis = plan_pelvis(dt, feet["left"], feet["right"], build.rest["pelvis"], build.legs, bounce)
    if hips is not None or bank is not None:
        pelvis = _tilted(pelvis, np.zeros((len(t), 2)) if hips is None else hips, bank)
    breath = 0.012 * np.sin(2 * np.pi * 0.3 * t + manner.phase)
    sway = 0.010 * np.sin(2 * np.pi * 0.45 * t + 1.3 + manner.phase)
    lean = curve(t, manner.lean) + breath
    twist = curve(t, manner.twist) - manner.counter * np.clip(pelvis.stride, -0.7, 0.7)
    side = sway if bank is None else sway + bank
    chest = torso(pelvis.heading, lean, side, twist)
    # Eyes go first: the head runs ahead of the body's turn by a tenth of a second.
    ahead = np.interp(t + 0.12, t, gaussian_filter1d(pelvis.heading, 0.05 / dt, mode="nearest")) - pelvis.heading
    nod = curve(t, manner.nod) + 0.5 * breath - 0.8 * lean
    look = curve(t, manner.look) + ahead - twist
    head = np.stack([nod, look, -0.6 * side], axis=1)
    swing = np.clip(manner.swing * pelvis.stride / build.size, -manner.most_swing, manner.most_swing)
    arms = {}
    for name in SIDES:
        # The arm goes with the other foot.
        own = gaussian_filter1d(swing if name == "left" else -swing, 0.06 / dt, mode="nearest")
        arms[name] = blend_keys(t, manner.arms.get(name, [(0, 0, HANGING)]), own, dt)
    return Score(feet, pelvis, chest, head, arms)


def stand(t: Array, build: Build, rng: np.random.Generator) -> tuple[dict[str, Foot], Pelvis]:
    """Feet side by side, toes a little out, and a pelvis that shifts its weight now and then."""
    angles = {side: rng.uniform(0.08, 0.25) * (1 if side == "left" else -1) for side in SIDES}
    width = rng.uniform(0.09, 0.13) * build.size
    ahead = rng.uniform(-0.04, 0.04)
    places = {"left": (width, -ahead), "right": (-width, ahead)}
    feet = standing_feet(t, build, angles, places)
    shift = 0.018 * np.sin(2 * np.pi * t / rng.uniform(3.5, 5.5) + rng.uniform(0, 6.28))
    roll = 1.2 * shift
    path = np.stack([shift, np.full(len(t), _STANDING_HIPS * build.size)], axis=1)
    heading = np.zeros(len(t))
    rotation = torso(heading, np.zeros(len(t)), roll, heading)
    ceiling = leg_ceiling(path, rotation, feet, build.rest["pelvis"], build.legs)
    height = np.full(len(t), float(np.min(ceiling)) - _SLACK)
    return feet, Pelvis(np.column_stack([path, height]), rotation, heading, heading)


def walk(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Round in a circle small enough for one camera, at an easy pace."""
    radius = rng.uniform(1.0, 1.5)
    side = rng.choice([-1.0, 1.0])
    gait = Cadence(rng.uniform(0.56, 0.70) * build.size, rng.uniform(0.50, 0.58), 0.40, rng.uniform(0.06, 0.09))
    seconds = t[-1] + 2
    length = gait.length / gait.period * (seconds + 4)
    path = follow([(0.4, 0.0), (length, side * length / radius)])
    start, steps = steps_along(path, gait, str(rng.choice(SIDES)), t[0] - 1.5, seconds, -1.2)
    manner = Manner(
        lean=[(0, rng.uniform(-0.05, 0.03))],
        look=[(0, 0.0), (1.2, rng.uniform(-0.3, 0.3)), (2.2, 0.0)],
        swing=rng.uniform(0.6, 1.0),
        phase=rng.uniform(0, 6.28),
    )
    feet = stride_feet(t, build, start, 0.0, steps)
    return carry(t, build, feet, manner)


def run(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Round in a circle, leaning into it, with a flight after every step."""
    radius, side = rng.uniform(2.0, 2.4), rng.choice([-1.0, 1.0])
    period = rng.uniform(0.35, 0.38)
    gait = Cadence(
        rng.uniform(0.80, 0.95) * build.size, period, 2 * period - 0.21, 0.045, height=0.26, strike=0.0, dip=0.75
    )
    speed = gait.length / period
    length = speed * (t[-1] + 6)
    path = follow([(0.4, 0.0), (length, side * length / radius)])
    lift = t[0] - 1.5
    start, steps = steps_along(path, gait, str(rng.choice(SIDES)), lift, t[-1] + 2, -1.2 * speed)
    feet = stride_feet(t, build, start, 0.0, steps)
    # Lowest when the weight is on one foot; highest between, when none is on the floor.
    landing = steps[0].land
    bounce = -0.032 * np.cos(2 * np.pi * (t - landing - 0.21 / 2) / period)
    curving = gaussian_filter1d(np.gradient(feet_heading(feet), t), 0.2 / float(t[1] - t[0]), mode="nearest")
    bank = np.arctan(speed * curving / 9.81)
    arms = {name: [(0.0, 0.0, RUNNING)] for name in SIDES}
    manner = Manner(lean=[(0, 0.16)], arms=arms, swing=0.9, most_swing=0.75, counter=0.24, phase=rng.uniform(0, 6.28))
    return carry(t, build, feet, manner, bounce=bounce, bank=bank)


def leave_and_return(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Stands for a moment, walks off to one side, turns round where nobody sees it, and comes back.

    Half of the time is spent on the way out: after 8 s the turn is about 4 m away.
    """
    side = rng.choice([-1.0, 1.0])
    gait = Cadence(rng.uniform(0.62, 0.70) * build.size, 0.50, 0.38, 0.07)
    speed, wait = gait.length / gait.period, 0.5
    turnabout = 1.4
    away = max(0.6, speed * (t[-1] - 0.6 - wait) / 2 - turnabout / 2)
    quarter = 0.45 * np.pi / 2
    path = follow(
        [(quarter, side * np.pi / 2), (away, 0.0), (turnabout, -side * np.pi), (away, 0.0), (0.6, -side * np.pi / 2),
         (20.0, 0.0)]
    )  # fmt: skip
    first = "left" if side > 0 else "right"
    start, steps = steps_along(path, gait, first, wait, t[-1] + 2)
    feet = stride_feet(t, build, start, 0.0, steps)
    manner = Manner(look=[(0, 0.0), (wait, side * 0.5), (wait + 0.8, 0.0)], phase=rng.uniform(0, 6.28))
    return carry(t, build, feet, manner)


def feet_heading(feet: dict[str, Foot]) -> Array:
    """(T,) rad, the mean of both feet."""
    return (feet["left"].heading + feet["right"].heading) / 2


def _tilted(pelvis: Pelvis, hips: Array, bank: Array | None) -> Pelvis:
    """The pelvis rolled and turned about itself, and banked into a curve."""
    lean = hips[:, 0] + (0.0 if bank is None else bank)
    frame = turn(pelvis.heading)
    ahead = frame @ np.array([0, -1.0, 0])
    # To the left is against the clock about the forward axis seen from behind: −ahead.
    roll = Rotation.from_rotvec(-lean[:, None] * ahead).as_matrix()
    return Pelvis(pelvis.position, roll @ turn(hips[:, 1]) @ pelvis.rotation, pelvis.heading, pelvis.stride)
