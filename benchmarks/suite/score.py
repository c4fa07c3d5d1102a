"""Runs of the tools against what was truly there: one row per tool, clip and true person.

The protocol is core.evaluate.comparison; what is here is matching people, hands, confidence, and sums over rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.core.errors import BadInputError
from understudy.core.evaluate import confidence as reliability
from understudy.core.evaluate.alignment import aligned, centred, scaled
from understudy.core.evaluate.comparison import HIPS, Comparison, LimbTrack, compare_all, resample
from understudy.core.evaluate.dynamics import acceleration_error, peak_acceleration_preserved
from understudy.core.evaluate.hands import swapped, swaps_per_minute
from understudy.core.evaluate.identity import follow, identity_switches, match_people
from understudy.core.evaluate.masks import mean_along
from understudy.core.skeleton import LIMB_JOINTS

from .clip import SIDES, Clip
from .tools import Found, Run, on_frames

Array = NDArray[Any]

NEAR = 0.15  # of the picture's longer side: limbs that are farther on average belong to other people
ENDS = [LIMB_JOINTS.index(f"{side}_{part}") for part in ("wrist", "ankle") for side in SIDES]
WRIST = 0
MM = 1000.0


@dataclass
class Row:
    """One true person of one clip and what one tool made of it; errors in mm, None where there is nothing to measure.

    ``result`` and ``fitted``: without and with joint offsets of other clips. ``coverage``: of the frames in which the
    person is in the picture. ``hands``: see ``hand_errors``.
    """

    tool: str
    clip: Clip
    person: str
    run: Run
    coverage: float
    found: Found | None = None
    prediction: LimbTrack | None = None
    result: Comparison | None = None
    fitted: Comparison | None = None
    confidence: dict[str, Any] = field(default_factory=dict)
    hands: dict[str, float] = field(default_factory=dict)
    peaks_kept: float = float("nan")
    acceleration_error: float = float("nan")  # m/s²

    def to_json(self) -> dict[str, Any]:
        """What is committed: figures, no tracks."""
        body: dict[str, Any] = {
            "tool": self.tool, "scenario": self.clip.scenario, "clip": self.clip.name, "person": self.person,
            "coverage": self.coverage, "frames": len(self.clip.timestamps), "seconds": self.run.seconds,
        }  # fmt: skip
        if self.result is not None:
            body |= {
                "mpjpe_mm": self.result.mpjpe, "pa_mpjpe_mm": self.result.pa_mpjpe, "mrpe_mm": self.result.mrpe,
                "time_offset_s": self.result.time_offset, "peak_acceleration_kept": self.peaks_kept,
                "acceleration_error": self.acceleration_error,
                "per_joint_mm": dict(zip(LIMB_JOINTS, mean_over(self.result.errors), strict=True)),
            }  # fmt: skip
        if self.fitted is not None:
            body |= {"mpjpe_offsets_mm": self.fitted.mpjpe, "pa_mpjpe_offsets_mm": self.fitted.pa_mpjpe}
        if self.run.failure:
            body["failure"] = self.run.failure
        if self.confidence:
            body["confidence"] = {key: self.confidence[key] for key in ("spearman", "ece")}
        if self.hands:
            body["hands"] = self.hands
        return body


def score(runs: Sequence[Run]) -> list[Row]:
    """Rows in the order of the runs; the joint offsets of each tool are fitted on its other scenarios.

    Clips of one scenario are one clip to the fit where the truth is exact, since its cameras see one performance.
    Of the ``balance`` clips there is no other performance: there each camera is a clip.
    """
    rows = [row for run in runs for row in _match(run)]
    kinds = {(row.tool, row.clip.exact) for row in rows}
    for tool, exact in sorted(kinds):
        chosen = [r for r in rows if (r.tool, r.clip.exact) == (tool, exact) and r.prediction is not None]
        predictions = [r.prediction for r in chosen if r.prediction is not None]
        truths = [_truth(r) for r in chosen]
        names = [r.clip.scenario if exact or r.run.joint else r.clip.name for r in chosen]
        for row, pair in zip(chosen, compare_all(predictions, truths, names), strict=True):
            row.result, row.fitted = pair
            row.confidence = _confidence(row)
            row.peaks_kept, row.acceleration_error = _dynamics(row, _truth(row))
    return rows


def identity_switches_of(run: Run) -> int | None:
    """How often a true person is followed by another reported one than before, also after an absence; None where the
    tool reports nobody."""
    return identity_switches(follow(_distances(run), NEAR * max(run.clip.size))) if run.people else None


def summarise(rows: Iterable[Row]) -> dict[str, Any]:
    """Means over rows, each row counting with its frames; coverage over all, errors over what was reported."""
    chosen = list(rows)
    weights = [float(r.result.frames.sum()) if r.result else 0.0 for r in chosen]

    def average(values: list[float]) -> float:
        pairs = [(v, w) for v, w in zip(values, weights, strict=True) if w > 0 and np.isfinite(v)]
        return sum(v * w for v, w in pairs) / sum(w for _, w in pairs) if pairs else float("nan")

    nothing = float("nan")
    frames = {r.clip.name: len(r.clip.timestamps) for r in chosen}
    seconds = {r.clip.name: r.run.seconds for r in chosen}
    return {
        "coverage": mean_of([r.coverage for r in chosen]),
        "mpjpe_mm": average([r.result.mpjpe if r.result else nothing for r in chosen]),
        "pa_mpjpe_mm": average([r.result.pa_mpjpe if r.result else nothing for r in chosen]),
        "mpjpe_offsets_mm": average([r.fitted.mpjpe if r.fitted else nothing for r in chosen]),
        "pa_mpjpe_offsets_mm": average([r.fitted.pa_mpjpe if r.fitted else nothing for r in chosen]),
        "mrpe_mm": average([float(r.result.mrpe[0]) if r.result else nothing for r in chosen]),
        "peak_acceleration_kept": average([r.peaks_kept for r in chosen]),
        "acceleration_error": average([r.acceleration_error for r in chosen]),
        "frames_per_second": sum(frames.values()) / sum(seconds.values()),
        "hands": {
            key: mean_of([r.hands[key] for r in chosen if key in r.hands])
            for key in ("found", "epe_mm", "pa_epe_mm", "swaps_per_minute")
            if any(key in r.hands for r in chosen)
        },
        "confidence": pooled_confidence(chosen),
    }


def pooled_confidence(rows: Iterable[Row]) -> dict[str, Any]:
    """Spearman with −error, ECE and the diagram over all joints of all rows that have a confidence; empty without."""
    chosen = [r for r in rows if r.confidence]
    if not chosen:
        return {}
    given = np.concatenate([r.confidence["given"].ravel() for r in chosen])
    errors = np.concatenate([r.confidence["errors"].ravel() for r in chosen])
    return _reliability(given, errors)


def mean_over(values: Array) -> list[float]:
    """Mean of each column over the rows that count."""
    return [mean_of(column) for column in np.asarray(values).T]


def mean_of(values: Sequence[float] | Array) -> float:
    """Mean of what is a number; NaN of nothing."""
    array = np.asarray(values, float)
    array = array[np.isfinite(array)]
    return float(array.mean()) if array.size else float("nan")


def _match(run: Run) -> list[Row]:
    partners = match_people(_distances(run), NEAR * max(run.clip.size)) if run.people else [-1] * len(run.clip.people)
    rows = []
    for person, partner in zip(run.clip.people, partners, strict=True):
        wanted = np.isfinite(person.limbs.joints).all(axis=(1, 2))
        if not wanted.any() and not person.hands:
            continue  # never in the picture
        row = Row(run.tool, run.clip, person.name, run, 0.0)
        rows.append(row)
        if partner < 0:
            row.hands = {"found": 0.0} if person.hands and run.hands else {}
            continue
        found = run.people[int(partner)]
        row.found = found
        there = np.isfinite(on_frames(run.clip, found.limbs.joints)).all(axis=(1, 2))
        row.coverage = float((there & wanted).sum() / wanted.sum()) if wanted.any() else float("nan")
        if (there & wanted).sum() >= 2:
            row.prediction = found.limbs if found.metric else _to_metres(found.limbs, person.limbs)
        row.hands = hand_errors(run.clip, found, person.hands)
    return rows


def _truth(row: Row) -> LimbTrack:
    return next(p.limbs for p in row.clip.people if p.name == row.person)


def _distances(run: Run) -> Array:
    """(T, true people, reported people) px, mean over the limb joints in the picture; NaN where either is not there."""
    true = np.stack([on_frames(run.clip, p.pixels) for p in run.clip.people], axis=1)
    own = np.stack([on_frames(run.clip, f.pixels) for f in run.people], axis=1)
    return mean_along(np.linalg.norm(true[:, :, None] - own[:, None], axis=-1), -1)


def _to_metres(limbs: LimbTrack, truth: LimbTrack) -> LimbTrack:
    """With the one factor for the whole clip that fits the truth best: a gift to tools that know no metres."""
    target, own = centred(resample(truth, limbs.timestamps), HIPS), centred(limbs.joints, HIPS)
    both = (np.isfinite(target) & np.isfinite(own)).all(axis=(1, 2))
    flat = scaled(own[both].reshape(-1, 3), target[both].reshape(-1, 3))
    factor = np.linalg.norm(flat) / np.linalg.norm(own[both])
    return LimbTrack(limbs.timestamps, limbs.joints * factor, absolute=False)


def _confidence(row: Row) -> dict[str, Any]:
    """Confidences and errors of the frames that count, and what they are worth; empty where the tool gives none."""
    if row.found is None or row.found.confidence is None or row.result is None:
        return {}
    given = np.where(row.result.frames[:, None], row.found.confidence, np.nan)
    return _reliability(given, row.result.errors / MM) | {"given": given, "errors": row.result.errors / MM}


def _reliability(given: Array, errors: Array) -> dict[str, Any]:
    diagram = reliability.reliability(given, errors)
    return {
        "spearman": reliability.spearman(given, errors),
        "ece": reliability.expected_calibration_error(given, errors),
        "bins": {"confidence": diagram.confidence, "accuracy": diagram.accuracy, "count": diagram.count},
    }


def _dynamics(row: Row, truth: LimbTrack) -> tuple[float, float]:
    """Share of the peaks of wrists and ankles that is kept, and the limbs' acceleration error; from the mid-hip."""
    assert row.prediction is not None and row.result is not None
    times = row.prediction.timestamps
    own = centred(row.prediction.joints, HIPS)
    true = centred(resample(truth, times + row.result.time_offset), HIPS)
    found = []
    for measure, points in ((peak_acceleration_preserved, ENDS), (acceleration_error, slice(None))):
        try:
            found.append(measure(own[:, points], true[:, points], times))
        except BadInputError:
            found.append(float("nan"))
    return found[0], found[1]


def hand_errors(clip: Clip, found: Found, true: dict[str, Array]) -> dict[str, float]:
    """Both hands of a person where the truth has them in the picture.

    ``found``: share of hand-frames that are reported; ``epe_mm``: mean distance of the 21 points with the wrists
    together, in the camera's axes; of a tool that has no metres after one factor per clip from the truth;
    ``pa_epe_mm``: after the best similarity of each frame; ``swaps_per_minute``: left taken for right, by the wrists.
    """
    if not true or found.hands is None:
        return {}
    reported = asked = 0
    errors, pa_errors, own_wrists, true_wrists = [], [], {}, {}
    for side in SIDES:
        truth = on_frames(clip, true[side])
        own = on_frames(clip, found.hands[side]) if side in found.hands else np.full_like(truth, np.nan)
        wanted = np.isfinite(truth).all(axis=(1, 2))
        there = wanted & np.isfinite(own).all(axis=(1, 2))
        asked, reported = asked + int(wanted.sum()), reported + int(there.sum())
        own_wrists[side], true_wrists[side] = own[:, WRIST], truth[:, WRIST]
        if not there.any():
            continue
        a, b = centred(own[there], WRIST), centred(truth[there], WRIST)
        if not found.metric_hands:
            a = scaled(a.reshape(-1, 3), b.reshape(-1, 3)).reshape(a.shape)
        errors.append(np.linalg.norm(a - b, axis=-1) * MM)
        pa_errors.append(np.linalg.norm(aligned(a, b) - b, axis=-1) * MM)
    if not asked:
        return {}
    result = {"found": reported / asked}
    if errors:
        result["epe_mm"] = float(np.concatenate(errors).mean())
        result["pa_epe_mm"] = float(np.concatenate(pa_errors).mean())
        if found.metric_hands and clip.exact:
            states = swapped(own_wrists["left"], own_wrists["right"], true_wrists["left"], true_wrists["right"])
            result["swaps_per_minute"] = swaps_per_minute(states, clip.timestamps)
    return result
