"""What an evaluation says: values with unit and how much stands behind them, per joint, per person and overall."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .confidence import Reliability
from .registry import DISPLAY

Array = NDArray[Any]


@dataclass(frozen=True)
class Value:
    """One figure in its own unit (a key of ``registry.DISPLAY``) and the number of samples (joints, frames, peaks,
    contacts, …) behind it. NaN with count 0: there was nothing to measure."""

    value: float
    unit: str
    count: int

    def shown(self) -> str:
        """As tables print it."""
        name, factor = DISPLAY[self.unit]
        if not math.isfinite(self.value):
            return "–"
        number = self.value * factor
        digits = 0 if self.unit == "count" or abs(number) >= 100 else 1 if abs(number) >= 10 else 2
        return f"{number:.{digits}f} {name}".strip()

    def to_json(self) -> dict[str, Any]:
        """In the tables' unit; None for NaN, which JSON does not have."""
        name, factor = DISPLAY[self.unit]
        number = self.value * factor if math.isfinite(self.value) else None
        return {"value": number, "unit": name, "count": self.count}


Values = dict[str, Value]


@dataclass(frozen=True)
class Curves:
    """What the plots draw of one person: timestamps (T,) s; error (T,) m, root-aligned; root paths (T, 3) m, world;
    depths (T,) m along camera 0. NaN where not compared."""

    timestamps: Array
    error: Array
    root: Array
    true_root: Array
    depth: Array
    true_depth: Array


@dataclass(frozen=True)
class PersonReport:
    """One matched person: ids, frames in which the truth is there and those compared, figures, figures per joint.

    ``joints_missing`` counts joints of compared frames that the truth has and the prediction lacks; they are left out
    of every mean.
    """

    truth: str
    predicted: str
    frames_true: int
    frames_compared: int
    joints_missing: int
    values: Values
    joints: dict[str, Values] = field(default_factory=dict)
    curves: Curves | None = None


@dataclass(frozen=True)
class Report:
    """A prediction against the truth.

    ``frames``: matched, only in the prediction, only in the truth. ``joint_names`` are those both have; ``lacking``
    those of the truth that the prediction does not have. ``missing_people`` and ``extra_people`` were matched with
    nobody. ``reliability`` by group of joints. ``notes`` say what could not be measured and why. ``parts``: the reports
    that this one sums up, where it does.
    """

    predicted: str
    truth: str
    protocol: str
    frames: tuple[int, int, int]
    joint_names: tuple[str, ...]
    lacking: tuple[str, ...]
    people: tuple[PersonReport, ...]
    missing_people: tuple[str, ...]
    extra_people: tuple[str, ...]
    overall: Values
    reliability: dict[str, Reliability] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    parts: tuple[Report, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, values in the tables' units."""
        return {
            "predicted": self.predicted,
            "truth": self.truth,
            "protocol": self.protocol,
            "frames": dict(zip(("matched", "predicted_only", "truth_only"), self.frames, strict=True)),
            "joints": list(self.joint_names),
            "joints_lacking": list(self.lacking),
            "people": [
                {
                    "truth": p.truth,
                    "predicted": p.predicted,
                    "frames_true": p.frames_true,
                    "frames_compared": p.frames_compared,
                    "joints_missing": p.joints_missing,
                    "values": _plain(p.values),
                    "per_joint": {name: _plain(values) for name, values in p.joints.items()},
                }
                for p in self.people
            ],
            "people_missing": list(self.missing_people),
            "people_extra": list(self.extra_people),
            "overall": _plain(self.overall),
            "reliability": {name: _bins(diagram) for name, diagram in self.reliability.items()},
            "notes": list(self.notes),
            "parts": [part.to_json() for part in self.parts],
        }

    def text(self) -> str:
        """A table: one row per figure, one column per person and one for all."""
        matched, predicted_only, truth_only = self.frames
        lines = [f"{self.predicted} against {self.truth} ({self.protocol})"]
        alone = [f"{n} only in the {who}" for n, who in ((predicted_only, "prediction"), (truth_only, "truth")) if n]
        lines.append("; ".join([f"{matched} frames matched", *alone]))
        lines.append(f"{len(self.joint_names)} joints in common" + _listed("; the prediction lacks", self.lacking))
        found = len(self.people) + sum(len(part.people) for part in self.parts)
        lines.append(
            f"{found} of {found + len(self.missing_people)} people matched"
            + _listed("; not found:", self.missing_people) + _listed("; nobody in truth:", self.extra_people)
        )  # fmt: skip
        columns = [(f"{p.predicted} → {p.truth}", p.values) for p in self.people]
        columns += [(part.predicted, part.overall) for part in self.parts]
        if len(columns) != 1 or set(self.overall) - set(columns[0][1]):
            columns.append(("all", self.overall))
        names = list(dict.fromkeys(name for _, values in columns for name in values))
        if names:
            lines += ["", *_table(names, columns)]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def weighted(values: list[Values]) -> Values:
    """Every figure's mean over people or takes, weighted by what stands behind it; counts add up.

    Figures of kind "count" are summed. Where nothing stands behind a figure in any of them it stays NaN.
    """
    names = dict.fromkeys(name for v in values for name in v)
    result: Values = {}
    for name in names:
        parts = [v[name] for v in values if name in v]
        known = [p for p in parts if math.isfinite(p.value) and p.count > 0]
        total = sum(p.count for p in known)
        if parts[0].unit == "count":
            number = sum(p.value for p in known) if known else math.nan
        else:
            number = sum(p.value * p.count for p in known) / total if total else math.nan
        result[name] = Value(float(number), parts[0].unit, total)
    return result


def _plain(values: Values) -> dict[str, Any]:
    return {name: value.to_json() for name, value in values.items()}


def _bins(diagram: Reliability) -> dict[str, list[float | None]]:
    def plain(array: Array) -> list[float | None]:
        return [None if not np.isfinite(v) else float(v) for v in array]

    return {
        "edges": plain(diagram.edges),
        "confidence": plain(diagram.confidence),
        "accuracy": plain(diagram.accuracy),
        "count": plain(diagram.count),
    }


def _listed(lead: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f"{lead} {shown}" if names else ""


def _table(names: list[str], columns: list[tuple[str, Values]]) -> list[str]:
    rows = [["", *(title for title, _ in columns)]]
    rows += [[name, *(v[name].shown() if name in v else "" for _, v in columns)] for name in names]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
