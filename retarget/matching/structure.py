"""What a bone's place in the skeleton says about it: symmetry, heights, branches and lengths at rest."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..rig import Rig
from .fingers import finger_slots

Array = NDArray[np.floating]

# Shares of the height of a standing person, sole to the rig's topmost joint.
_MIDLINE = 0.012  # as far off the middle a bone of the trunk may be
_ANKLE = 0.14  # feet are below
_SHOULDER = 0.055  # shoulder joints are further from the middle, collar bones' beginnings nearer
_FLOOR = 0.12
_HEAD = 0.085  # from head to crown it is further than from neck to head
_CLEAR, _LIKELY = 0.93, 0.75


@dataclass
class Guess:
    """Slots found: ``bones`` slot to row, ``confidence`` by slot; ``facing``: how clear it is which way is forward."""

    bones: dict[str, int] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    facing: float = 0.0

    def put(self, slot: str, bone: int, confidence: float) -> None:
        self.bones[slot], self.confidence[slot] = bone, confidence


@dataclass(frozen=True, eq=False)
class Figure:
    """A rig seen as a standing figure: ``across`` (3,) a horizontal axis, ``offset`` (B,) along it from the middle, in
    heights; ``height`` (B,) above the lowest joint, in heights; ``size`` m."""

    rig: Rig
    across: Array
    offset: Array
    height: Array
    size: float

    @classmethod
    def of(cls, rig: Rig) -> Figure | None:
        """None where the rig is no figure that stands upright and alike on both sides."""
        z = rig.heads[:, 2]
        size = float(np.ptp(z))
        if size < 1e-3 or len(z) < 10:
            return None
        best: tuple[float, Figure] | None = None
        for axis in (np.array([1.0, 0, 0]), np.array([0, 1.0, 0])):
            along = rig.heads @ axis
            middle = (along.max() + along.min()) / 2
            offset = (along - middle) / size
            mirrored = rig.heads - 2 * np.outer(offset * size, axis)
            gap = np.linalg.norm(mirrored[:, None] - rig.heads[None], axis=-1).min(axis=1)
            # Both planes of a row of bones in one plane are alike; the wider one has arms in it.
            score = float((gap < 0.02 * size).mean()) + 0.2 * float(np.ptp(along)) / size
            if best is None or score > best[0]:
                best = (score, cls(rig, axis, offset, (z - z.min()) / size, size))
        return best[1] if best is not None and best[0] > 0.6 else None

    def side(self, bone: int) -> int:
        """1, −1, or 0 in the middle."""
        offset = self.offset[bone]
        return 0 if abs(offset) < _MIDLINE else (1 if offset > 0 else -1)

    def path(self, bone: int) -> list[int]:
        """From the topmost ancestor down to the bone."""
        return [*self.rig.above(bone)[::-1], bone]

    def gap(self, a: int, b: int) -> float:
        """Distance between two heads, in heights."""
        return float(np.linalg.norm(self.rig.heads[a] - self.rig.heads[b])) / self.size


def match_structure(rig: Rig) -> Guess:
    """Parts by structure alone; nothing where the rig is no standing figure with two legs."""
    guess = Guess()
    figure = Figure.of(rig)
    if figure is None:
        return guess
    legs = {side: _leg(figure, side) for side in (1, -1)}
    head_path = _column(figure, legs)
    if head_path is None or not all(legs.values()):
        return guess
    hips = _meeting(figure, [legs[1][0], legs[-1][0], head_path[-1]])
    if hips is None or figure.height[hips] < 0.3:
        return guess
    forward, guess.facing = _forward(figure, legs)
    left = 1 if figure.across @ np.cross([0, 0, 1.0], forward) > 0 else -1
    sides = {left: "left", -left: "right"}
    alike = len(legs[1]) == len(legs[-1])
    for side, name in sides.items():
        for part, bone in zip(("upper_leg", "lower_leg", "foot", "toes"), legs[side], strict=False):
            guess.put(f"{name}_{part}", bone, _CLEAR if alike else _LIKELY)
    guess.put("hips", hips, _CLEAR)
    root = figure.path(hips)[0]
    if root != hips and figure.height[root] < _FLOOR:
        guess.put("root", root, _CLEAR)
    column = head_path[head_path.index(hips) + 1 :]
    arms = {side: _arm(figure, side, {hips, *column}) for side in (1, -1)}
    chest = _chest(figure, column, arms)
    alike = len(arms[1]) == len(arms[-1])
    for side, name in sides.items():
        for part, bone in arms[side].items():
            guess.put(f"{name}_{part}", bone, _CLEAR if alike else _LIKELY)
        if "hand" in arms[side]:
            for slot, (bone, confidence) in finger_slots(rig, arms[side]["hand"], arms[side]["lower_arm"]).items():
                guess.put(f"{name}_{slot}", bone, confidence)
    if chest is not None:
        _trunk(figure, guess, column, column.index(chest))
    return guess


def _leg(figure: Figure, side: int) -> list[int]:
    """Hip, knee, ankle and, if there, toes of one side; empty where there is no leg."""
    low = [
        b for b in range(len(figure.rig.names))
        if figure.side(b) == side and figure.height[b] < _ANKLE
        and any(figure.side(a) == side and figure.height[a] > 0.35 for a in figure.rig.above(b))
    ]  # fmt: skip
    if not low:
        return []
    ankle = min(low, key=lambda b: (len(figure.rig.above(b)), figure.height[b]))
    path = [b for b in figure.path(ankle) if figure.side(b) == side]
    hip = path[0]
    half = (figure.height[hip] + figure.height[ankle]) / 2
    between = path[1:-1]
    if not between:
        return []
    knee = min(between, key=lambda b: abs(figure.height[b] - half))
    if abs(figure.height[knee] - half) > 0.2 * (figure.height[hip] - figure.height[ankle]):
        return []
    ahead = [c for c in figure.rig.children[ankle] if _level_gap(figure, ankle, c) > 0.03 and c in low]
    return [
        hip,
        knee,
        ankle,
        *sorted(ahead, key=lambda c: -_level_gap(figure, ankle, c) - 0.5 * bool(figure.rig.children[c]))[:1],
    ]


def _level_gap(figure: Figure, a: int, b: int) -> float:
    return float(np.linalg.norm((figure.rig.heads[b] - figure.rig.heads[a])[:2])) / figure.size


def _column(figure: Figure, legs: dict[int, list[int]]) -> list[int] | None:
    """Path to the topmost bone of the middle whose every part above the hips lies in the middle."""
    if not all(legs.values()):
        return None
    middle = [b for b in range(len(figure.rig.names)) if figure.side(b) == 0 and figure.height[b] > 0.6]
    if not middle:
        return None
    # Hair and hats hang on the head: of what is high, the longest way up with few turns back.
    top = max(middle, key=lambda b: (round(figure.height[b], 2), -len(figure.rig.above(b))))
    return figure.path(top)


def _meeting(figure: Figure, bones: list[int]) -> int | None:
    """The lowest bone that all hang on."""
    paths = [figure.path(b)[:-1] for b in bones]
    common = [b for b in paths[0] if all(b in path for path in paths[1:])]
    return common[-1] if common else None


def _forward(figure: Figure, legs: dict[int, list[int]]) -> tuple[Array, float]:
    """Which way the feet point, and how far they do, as a share of what feet do (1: surely)."""
    rig = figure.rig
    ways = []
    for leg in legs.values():
        end = rig.heads[leg[3]] if len(leg) > 3 else rig.tails[leg[2]]
        ways.append(end - rig.heads[leg[2]])
    way = np.sum(ways, axis=0)
    way = way - figure.across * (way @ figure.across)
    way[2] = 0.0
    length = float(np.linalg.norm(way)) / 2 / figure.size
    forward = np.cross(figure.across, [0, 0, 1.0]) if length < 1e-6 else way / np.linalg.norm(way)
    return forward, min(length / 0.04, 1.0)


def _arm(figure: Figure, side: int, trunk: set[int]) -> dict[str, int]:
    """Collar bone (if there), upper arm, forearm and hand of one side."""
    rig = figure.rig
    reach = [b for b in range(len(rig.names)) if figure.side(b) == side and trunk & set(rig.above(b))
             and figure.height[b] > 0.3]  # fmt: skip
    chains = []
    for bone in reach:
        path = [b for b in figure.path(bone) if figure.side(b) == side and b not in trunk]
        if figure.height[path[0]] > 0.6 and len(path) >= 3:
            chains.append((abs(figure.offset[bone]) + 0.5 * max(0.8 - figure.height[bone], 0), path))
    if not chains:
        return {}
    path = max(chains, key=lambda item: item[0])[1]
    first = next((i for i, b in enumerate(path) if abs(figure.offset[b]) > _SHOULDER), None)
    if first is None:
        return {}
    fingered = [i for i, b in enumerate(path) if i > first + 1 and _branches(figure, b) >= 3]
    hand, elbow = _elbow(figure, path, first, fingered[0] if fingered else None)
    if hand is None or elbow is None:
        return {}
    found = {"upper_arm": path[first], "lower_arm": path[elbow], "hand": path[hand]}
    if first > 0:
        found["shoulder"] = path[0]
    return found


def _branches(figure: Figure, bone: int) -> int:
    """Children that go on, as fingers do."""
    return sum(1 for c in figure.rig.children[bone] if figure.rig.children[c])


def _elbow(figure: Figure, path: list[int], first: int, hand: int | None) -> tuple[int | None, int | None]:
    """Indices of hand and elbow: a forearm is about as long as an upper arm."""
    best: tuple[float, int | None, int | None] = (0.45, None, None)
    for h in [hand] if hand is not None else range(first + 2, len(path)):
        for e in range(first + 1, h):
            upper, lower = figure.gap(path[first], path[e]), figure.gap(path[e], path[h])
            if min(upper, lower) < 0.04:
                continue
            odd = abs(float(np.log(upper / lower)) - 0.06)
            if odd < best[0] - 0.02:
                best = (odd, h, e)
    return best[1], best[2]


def _chest(figure: Figure, column: list[int], arms: dict[int, dict[str, int]]) -> int | None:
    """The bone of the column that both arms hang on."""
    starts = [arm.get("shoulder", arm.get("upper_arm")) for arm in arms.values()]
    if any(s is None for s in starts):
        return None
    shared = [b for b in column if all(b in figure.rig.above(s) for s in starts if s is not None)]
    return shared[-1] if shared else None


def _trunk(figure: Figure, guess: Guess, column: list[int], chest: int) -> None:
    for i, bone in enumerate(column[: chest + 1], 1):
        guess.put(f"spine_{i}", bone, _CLEAR)
    above = column[chest + 1 :]
    if not above:
        return
    face = [i for i, b in enumerate(above) if {figure.side(c) for c in figure.rig.children[b]} >= {1, -1}]
    sure = True
    if face:
        head = face[-1]
    else:
        # Above the head may come its crown or hair, further off than a head is from its neck.
        gaps = [figure.gap(a, b) for a, b in itertools.pairwise(above)]
        head = next((i for i, gap in enumerate(gaps) if gap > 0.7 * _HEAD), len(above) - 1)
        sure = head == len(gaps) or gaps[head] > 1.15 * _HEAD
    guess.put("head", above[head], _CLEAR if sure else _LIKELY)
    for i, bone in enumerate(above[:head], 1):
        guess.put(f"neck_{i}", bone, _CLEAR if sure else _LIKELY)
