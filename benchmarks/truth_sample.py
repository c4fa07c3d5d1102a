"""The sample clips against their exact truth: every metric of ``understudy evaluate``, and the distance of two people.

Two runs per clip: with focal length and heights given, and with neither. With nothing given, solo's lens comes from its
metadata, duo's is the default (55 degrees; the truth is 54).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, Worker, write_result

from understudy.core.evaluate.report import PersonReport, Report
from understudy.core.evaluate.takes import evaluate_takes
from understudy.core.take import Take
from understudy.core.take_file import SUFFIX, load

SAMPLE = ROOT / "sample"
TRUTH = f".truth{SUFFIX}"


def main() -> None:
    rows = []
    with Worker() as worker, tempfile.TemporaryDirectory() as folder:
        for truth_file in sorted(SAMPLE.glob(f"*{TRUTH}")):
            name = truth_file.name.removesuffix(TRUTH)
            for given in (True, False):
                rows.append({"clip": name, "given": given, **run(worker, load(truth_file), name, given, Path(folder))})
                print(text(rows[-1]))
    print(write_result("truth_sample", {"runs": rows}))


def run(worker: Worker, truth: Take, name: str, given: bool, folder: Path) -> dict[str, Any]:
    """Captures one clip and compares it."""
    settings: dict[str, Any] = {}
    target = folder / f"{name}-{given}{SUFFIX}"
    if given:
        settings["focal"] = float(truth.cameras.K[0, 0, 0])
        if len(truth.people) == 1:
            settings["height"] = truth.people[0].height
        else:
            # Ids go by first appearance, then from left to right: in these clips x in the world, at the start.
            order = sorted(truth.people, key=lambda p: float(p.joints_world[0, 0, 0]))
            settings["height"] = {str(i + 1): p.height for i, p in enumerate(order)}
    worker.capture(SAMPLE / f"{name}.mp4", target, **settings)
    report = evaluate_takes(load(target), truth, (target.name, f"{name}{TRUTH}"))
    plain = report.to_json()
    return {
        "found": len(report.people) + len(report.extra_people),
        "wanted": len(truth.people),
        "people": [figures(person) for person in report.people],
        "identities_kept": report.overall["identity switches"].value == 0,
        **apart(report),
        "evaluation": {key: plain[key] for key in ("frames", "overall", "notes")},
    }


def figures(person: PersonReport) -> dict[str, float]:
    """The few figures that the README shows; fingers are joints and tips from their own wrist."""
    names = {"mpjpe_mm": "MPJPE", "pa_mpjpe_mm": "PA-MPJPE (similarity)", "root_error_mm": "MRPE",
             "fingers_mm": "hand EPE"}  # fmt: skip
    assert person.curves is not None
    return {
        "presence": person.values["coverage"].value,
        **{key: 1000 * person.values[name].value for key, name in names.items()},
        "root_depth_error": float(np.nanmedian(np.abs(person.curves.depth / person.curves.true_depth - 1))),
    }


def apart(report: Report) -> dict[str, float]:
    """How far two people are from each other, against the truth, in the frames in which both are measured."""
    if len(report.people) != 2:
        return {}
    one, two = (person.curves for person in report.people)
    assert one is not None and two is not None
    true = np.linalg.norm(one.true_root - two.true_root, axis=1)
    ours = np.linalg.norm(one.root - two.root, axis=1)
    error = np.abs(ours - true) / true
    return {
        "distance_error_median": float(np.nanmedian(error)),
        "distance_error_worst": float(np.nanmax(error)),
        "distance_bias": float(np.nanmedian(ours / true) - 1),
    }


def text(r: dict[str, Any]) -> str:
    given = "focal and heights given" if r["given"] else "nothing given"
    lines = [f"{r['clip']} ({given}): {r['found']}/{r['wanted']} people"]
    for i, p in enumerate(r["people"]):
        lines.append(
            f"  {i + 1}: present {p['presence']:.1%}  MPJPE {p['mpjpe_mm']:.0f}  PA {p['pa_mpjpe_mm']:.0f}  "
            f"root {p['root_error_mm']:.0f} mm (depth {p['root_depth_error']:.1%})  fingers {p['fingers_mm']:.0f} mm"
        )
    if "distance_error_median" in r:
        lines.append(
            f"  distance error median {r['distance_error_median']:.1%}, worst {r['distance_error_worst']:.1%}, "
            f"bias {r['distance_bias']:+.1%}; identities {'kept' if r['identities_kept'] else 'LOST'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
