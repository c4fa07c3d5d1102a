"""The figures of the protocols by name, over people matched in one joint set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from . import absolute, dynamics, hands, multiview, pose, world
from .alignment import aligned, centred
from .joint_sets import LIMBS, PARENTS
from .masks import count, known, mean, median
from .report import Value, Values

Array = NDArray[Any]


@dataclass(frozen=True)
class Matched:
    """True people (P,T,J,3) m and what was predicted of them, NaN where nothing was, or where a joint does not count.

    camera: axes of camera 0 (a world where no camera is known, see ``has_camera``); world: each side's own.
    timestamps (T,) s; ``root`` indices of joints (the middle; one per hand in hand sets). ``found`` (Q,T,J,3),
    ``score`` (Q,T): all predicted people, matched or not. hands (P,T,2) probability of right and left, or None.
    """

    joint_set: str
    names: tuple[str, ...]
    root: tuple[int, ...]
    timestamps: Array
    predicted: Array
    truth: Array
    predicted_world: Array
    truth_world: Array
    found: Array
    score: Array
    predicted_hands: Array | None
    truth_hands: Array | None
    has_camera: bool

    @property
    def sides(self) -> list[tuple[list[int], int | None]]:
        """For every root of a hand set its own side's joints; else all joints with no root."""
        if not self.root:
            return [(list(range(len(self.names))), None)]
        sides = []
        for root in self.root:
            side = self.names[root].partition("_")[0]
            sides.append(([i for i, name in enumerate(self.names) if name.startswith(f"{side}_")], root))
        return sides


Figure = Callable[..., Values]
FIGURES: dict[str, Figure] = {}


def figure(name: str) -> Callable[[Figure], Figure]:
    """Enters a figure into ``FIGURES``."""

    def enter(function: Figure) -> Figure:
        FIGURES[name] = function
        return function

    return enter


def figure_named(name: str) -> Figure:
    """Raises BadInputError naming those there are."""
    if name not in FIGURES:
        raise BadInputError(f"There is no figure {name!r}.", f"Known: {', '.join(FIGURES)}.")
    return FIGURES[name]


@figure("MPJPE")
def _mpjpe(m: Matched) -> Values:
    value = pose.mpjpe(m.predicted, m.truth, m.root or None)
    return {"MPJPE" if m.root else "MPJPE (absolute)": _of_joints(m, value)}


@figure("PA-MPJPE (rigid)")
def _pa_rigid(m: Matched) -> Values:
    return {"PA-MPJPE (rigid)": _of_joints(m, pose.pa_mpjpe(m.predicted, m.truth, scale=False))}


@figure("PA-MPJPE (similarity)")
def _pa(m: Matched) -> Values:
    return {"PA-MPJPE (similarity)": _of_joints(m, pose.pa_mpjpe(m.predicted, m.truth))}


@figure("N-MPJPE")
def _n_mpjpe(m: Matched) -> Values:
    if not m.root:
        return {}
    return {"N-MPJPE": _of_joints(m, pose.n_mpjpe(m.predicted, m.truth, m.root))}


@figure("MPJVE")
def _mpjve(m: Matched, per: str = "second") -> Values:
    times, unit = (None, "m/frame") if per == "frame" else (m.timestamps, "m/s")
    return {"MPJVE": _per_person(m, unit, lambda a, b: pose.mpjve(a, b, times, m.root or None))}


@figure("MRPE")
def _mrpe(m: Matched) -> Values:
    if not m.root or not m.has_camera:
        return {}
    a, b = (x[..., list(m.root), :].mean(-2) for x in (m.predicted, m.truth))
    number = count(pose.joint_errors(a, b))
    parts = absolute.mrpe(a, b)
    return {
        name: Value(part, "m", number) for name, part in zip(("MRPE", "MRPE_x", "MRPE_y", "MRPE_z"), parts, strict=True)
    }


def _enter_pck(kind: str, mode: str) -> None:
    name = f"{kind} ({mode})"

    @figure(name)
    def _pck(m: Matched) -> Values:
        function = absolute.pck3d if kind.startswith("3DPCK") else absolute.auc3d
        root = m.root if "rel" in kind else None
        a = m.predicted
        if m.joint_set in PARENTS:
            a = _bones_of_truth(m)
        number = int(known(m.truth).sum())
        return {name: Value(function(a, m.truth, root=root, matched=mode == "matched"), "share", number)}


for _kind in ("3DPCK_rel", "AUC_rel", "3DPCK_abs", "AUC_abs"):
    for _mode in ("all", "matched"):
        _enter_pck(_kind, _mode)


@figure("AP_root 25 cm")
def _ap_root(m: Matched) -> Values:
    if not m.root:
        return {}
    roots = [x[..., list(m.root), :].mean(-2) for x in (m.truth, m.found)]
    frames = [np.tile(np.arange(x.shape[1]), len(x)) for x in roots]
    value = absolute.ap_root(
        frames[0], roots[0].reshape(-1, 3), frames[1], roots[1].reshape(-1, 3), np.nan_to_num(m.score).ravel()
    )
    return {"AP_root 25 cm": Value(value, "share", count(roots[0][..., 0]))}


@figure("W-MPJPE")
def _w_mpjpe(m: Matched) -> Values:
    return {"W-MPJPE": _per_person(m, "m", world.w_mpjpe, in_world=True)}


@figure("WA-MPJPE")
def _wa_mpjpe(m: Matched) -> Values:
    return {"WA-MPJPE": _per_person(m, "m", world.wa_mpjpe, in_world=True)}


@figure("RTE")
def _rte(m: Matched) -> Values:
    root = list(m.root)
    if not root:
        return {}
    return {"RTE": _per_person(m, "share", lambda a, b: world.rte(a[:, root].mean(1), b[:, root].mean(1)), True)}


@figure("acceleration error")
def _acceleration_error(m: Matched) -> Values:
    # In camera axes, root-aligned, as the tables that print it beside MPJPE.
    def error(a: Array, b: Array) -> float:
        if m.root:
            a, b = centred(a, m.root), centred(b, m.root)
        return dynamics.acceleration_error(a, b, m.timestamps)

    return {"acceleration error": _per_person(m, "m/s²", error)}


@figure("jitter")
def _jitter(m: Matched) -> Values:
    def own(a: Array, b: Array) -> float:
        return dynamics.jitter(np.where(np.isfinite(b), a, np.nan), m.timestamps)

    return {"jitter": _per_person(m, "m/s³", own, in_world=True)}


@figure("EPE")
def _epe(m: Matched) -> Values:
    errors = _hand_errors(m)
    name = "EPE" if m.root else "EPE (absolute)"
    return {
        name: Value(mean(errors), "m", len(errors)),
        f"{name} median": Value(median(errors), "m", len(errors)),
    }


@figure("PCK-AUC")
def _pck_auc(m: Matched, low: float = 0.02, high: float = 0.05, align: str = "root") -> Values:
    if align == "similarity":
        errors = pose.joint_errors(aligned(m.predicted, m.truth), m.truth)
        errors = errors[np.isfinite(errors)]
    else:
        errors = _hand_errors(m)
    return {
        f"PCK-AUC {low * 1000:.0f}–{high * 1000:.0f} mm": Value(hands.pck_auc(errors, low, high), "1", len(errors))
    }


@figure("MPJPE (InterHand2.6M)")
def _interhand(m: Matched) -> Values:
    a, b = (x.reshape(-1, *x.shape[2:]) for x in (m.predicted, m.truth))
    there = known(b)
    both = there[:, :21].any(1) & there[:, 21:].any(1)
    found = hands.interhand_mpjpe(a, b, both)
    numbers = [count(pose.joint_errors(a[rows], b[rows])) for rows in (slice(None), ~both, both)]
    names = ("MPJPE", "MPJPE single hand", "MPJPE interacting hands")
    return {name: Value(v, "m", n) for name, v, n in zip(names, found, numbers, strict=True)}


@figure("MRRPE")
def _mrrpe(m: Matched) -> Values:
    left, right = m.names.index("left_wrist"), m.names.index("right_wrist")
    a, b = m.predicted, m.truth
    value = hands.mrrpe(a[..., left, :], a[..., right, :], b[..., left, :], b[..., right, :])
    there = known(a[..., [left, right], :]).all(-1) & known(b[..., [left, right], :]).all(-1)
    return {"MRRPE": Value(value, "m", int(there.sum()))}


@figure("handedness accuracy")
def _handedness(m: Matched) -> Values:
    if m.predicted_hands is None or m.truth_hands is None:
        return {}
    # Nobody found is no hand found.
    said, told = np.nan_to_num(m.predicted_hands), m.truth_hands
    return {"handedness accuracy": Value(hands.handedness_accuracy(said, told), "share", count(told[..., 0]))}


@figure("PCP")
def _pcp(m: Matched) -> Values:
    limbs = LIMBS[m.joint_set]
    right, counts = multiview.pcp_correct(m.predicted, m.truth, limbs)
    values: Values = {"PCP": Value(_share(right, counts), "share", int(counts.sum()))}
    actors = [_share(right[p], counts[p]) for p in range(len(right))]
    known = [a for a in actors if np.isfinite(a)]
    values["PCP, mean of actors"] = Value(float(np.mean(known)) if known else np.nan, "share", len(known))
    first = [a for a in actors[:3] if np.isfinite(a)]
    values["PCP, mean of actors 1–3"] = Value(float(np.mean(first)) if first else np.nan, "share", len(first))
    return values


def _of_joints(m: Matched, value: float) -> Value:
    return Value(value, "m", count(pose.joint_errors(m.predicted, m.truth)))


def _per_person(m: Matched, unit: str, metric: Callable[[Array, Array], float], in_world: bool = False) -> Value:
    """Mean over people of a metric of (T,J,3), weighted by the joints that count."""
    pairs = zip(*((m.predicted_world, m.truth_world) if in_world else (m.predicted, m.truth)), strict=True)
    total, number = 0.0, 0
    for a, b in pairs:
        joints, value = count(pose.joint_errors(a, b)), metric(a, b)
        if np.isfinite(value):
            total, number = total + value * joints, number + joints
    return Value(total / number if number else np.nan, unit, number)


def _hand_errors(m: Matched) -> Array:
    """(N,) errors of hand joints, each hand centred on its root; the root's own zero counts, as published."""
    parts = []
    for joints, root in m.sides:
        a, b = m.predicted[..., joints, :], m.truth[..., joints, :]
        if root is not None:
            a, b = centred(a, joints.index(root)), centred(b, joints.index(root))
        errors = pose.joint_errors(a, b)
        parts.append(errors[np.isfinite(errors)])
    return np.concatenate(parts)


def _bones_of_truth(m: Matched) -> Array:
    """The prediction with the truth's bone lengths, from the root out. Joints that no bone reaches stay as they are."""
    parents = PARENTS[m.joint_set]
    order = [i for i, parent in enumerate(parents) if parent < 0]
    while len(order) < len(parents):
        order += [i for i, parent in enumerate(parents) if parent in order and i not in order]
    bridged = list(parents)
    annotated = np.any(known(m.truth) & known(m.predicted), axis=(0, 1))
    for joint in order[1:]:
        # Across a joint that one side never has, the bone goes to the next one that both have.
        while bridged[joint] != order[0] and not annotated[bridged[joint]]:
            bridged[joint] = parents[bridged[joint]]
    return absolute.rescaled_bones(m.predicted, m.truth, bridged, order)


def _share(right: Array, counts: Array) -> float:
    return float(right[counts].mean()) if counts.any() else float("nan")
