"""The sample clips against their exact truth: joint errors, the root, the distance of two people, their identities.

Two runs per clip: with focal length and heights given, and with neither. Predictions are matched to truth by position
in the picture in the first second; who is who after the crossing is checked against that. With nothing given, solo's
lens comes from its metadata, duo's is the default (55 degrees; the truth is 54).
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, Worker, write_result

from understudy.core.rotation import nearest_rotation
from understudy.core.take import Take, TakePerson, load

SAMPLE = ROOT / "sample"
BODY = 22


def main() -> None:
    rows = []
    with Worker() as worker, tempfile.TemporaryDirectory() as folder:
        for truth_file in sorted(SAMPLE.glob("*.truth.take.npz")):
            name = truth_file.name.removesuffix(".truth.take.npz")
            truth = load(truth_file)
            for given in (True, False):
                rows.append({"clip": name, "given": given, **run(worker, truth, name, given, Path(folder))})
                print(text(rows[-1]))
    print(write_result("truth_sample", {"runs": rows}))


def run(worker: Worker, truth: Take, name: str, given: bool, folder: Path) -> dict[str, Any]:
    """Captures one clip and compares it."""
    settings: dict[str, Any] = {}
    target = folder / f"{name}-{given}.take.npz"
    clip = SAMPLE / f"{name}.mp4"
    if given:
        settings["focal"] = float(truth.cameras.K[0, 0, 0])
        if len(truth.people) == 1:
            settings["height"] = truth.people[0].height
        else:
            # Ids go by first appearance, then from left to right, as in the truth.
            order = sorted(truth.people, key=lambda p: float(picture(truth, p)[0, 0]))
            settings["height"] = {str(i + 1): p.height for i, p in enumerate(order)}
    worker.capture(clip, target, **settings)
    take = load(target)
    pairs = match(truth, take)
    people = [compare(t, p, truth, take) for t, p in pairs]
    result: dict[str, Any] = {"found": len(take.people), "wanted": len(truth.people), "people": people}
    if len(pairs) == 2 and len(take.people) >= 2:
        (t1, p1), (t2, p2) = pairs
        true = np.linalg.norm(t1.joints_world[:, 0] - t2.joints_world[:, 0], axis=1)
        ours = np.linalg.norm(p1.joints_world[:, 0] - p2.joints_world[:, 0], axis=1)
        result["distance_error_median"] = float(np.median(np.abs(ours - true) / true))
        result["distance_error_worst"] = float(np.max(np.abs(ours - true) / true))
        result["distance_bias"] = float(np.median(ours / true) - 1)
        result["identities_kept"] = identities_kept(truth, take, pairs)
    return result


def picture(take: Take, person: TakePerson) -> np.ndarray:
    """(T, 2) px: the pelvis in the picture."""
    pose, K = np.asarray(take.cameras.world_from_camera[0], float), np.asarray(take.cameras.K[0], float)
    pose = pose[None] if pose.ndim == 2 else pose
    local = np.einsum("tji,tj->ti", pose[:, :3, :3], person.joints_world[:, 0] - pose[:, :3, 3])
    pixels = local @ K.T
    return pixels[:, :2] / pixels[:, 2:]


def match(truth: Take, take: Take) -> list[tuple[TakePerson, TakePerson]]:
    """Pairs (true, captured) whose pelvises are nearest in the picture over the first second."""
    second = slice(0, round(float(truth.fps_nominal)))
    if not take.people:
        return []
    cost = np.array(
        [
            [np.median(np.linalg.norm((picture(truth, t) - picture(take, p))[second], axis=1)) for p in take.people]
            for t in truth.people
        ]
    )
    count = min(cost.shape)
    best = min(
        itertools.permutations(range(len(take.people)), count),
        key=lambda order: sum(cost[i, j] for i, j in enumerate(order)),
    )
    return [(truth.people[i], take.people[j]) for i, j in enumerate(best)]


def identities_kept(truth: Take, take: Take, pairs: list[tuple[TakePerson, TakePerson]]) -> bool:
    """True where in every frame of the last half second each captured person is nearest to its own truth."""
    last = slice(-round(float(truth.fps_nominal) / 2), None)
    for _, person in pairs:
        ours = picture(take, person)[last]
        distances = [np.linalg.norm(picture(truth, t)[last] - ours, axis=1) for t, _ in pairs]
        own = next(i for i, (_, p) in enumerate(pairs) if p is person)
        if not np.all(np.argmin(distances, axis=0) == own):
            return False
    return True


def compare(true: TakePerson, ours: TakePerson, truth: Take, take: Take) -> dict[str, float]:
    """Millimetres over frames measured: root-aligned, Procrustes-aligned and absolute errors of the 22 body joints."""
    now = np.asarray(ours.present, bool)
    a = in_camera(truth, true.joints_world)[now].astype(float)
    b = in_camera(take, ours.joints_world)[now].astype(float)
    body = slice(0, BODY)
    hands = slice(BODY, 52)
    centred_a, centred_b = a - a[:, :1], b - b[:, :1]
    wrists = np.repeat([20, 21], 15)
    fingers = np.linalg.norm((a[:, hands] - a[:, wrists]) - (b[:, hands] - b[:, wrists]), axis=-1)
    return {
        "presence": float(np.mean(now)),
        "mpjpe_mm": 1000 * float(np.linalg.norm(centred_a - centred_b, axis=-1)[:, body].mean()),
        "pa_mpjpe_mm": 1000 * float(procrustes(b[:, body], a[:, body]).mean()),
        "root_error_mm": 1000 * float(np.linalg.norm(a[:, 0] - b[:, 0], axis=-1).mean()),
        "root_depth_error": float(np.median(np.abs(b[:, 0, 2] / a[:, 0, 2] - 1))),
        "fingers_mm": 1000 * float(fingers.mean()),
        "foot_height_mm": 1000 * float(np.median(np.abs((true.joints_world - ours.joints_world)[now][:, [7, 8], 2]))),
    }


def in_camera(take: Take, joints: np.ndarray) -> np.ndarray:
    """Joints (T, J, 3) in camera axes: the world's origin and floor are estimates of their own."""
    pose = np.asarray(take.cameras.world_from_camera[0], float)
    pose = pose[None] if pose.ndim == 2 else pose
    return np.einsum("tji,tnj->tni", pose[:, :3, :3], joints - pose[:, None, :3, 3])


def procrustes(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Errors (T, J) after the best similarity of each frame (Schönemann 1966)."""
    mean_p, mean_t = points.mean(axis=1, keepdims=True), target.mean(axis=1, keepdims=True)
    p, t = points - mean_p, target - mean_t
    covariance = np.einsum("tji,tjk->tik", t, p)
    rotation = nearest_rotation(covariance)
    scale = np.einsum("tij,tij->t", rotation, covariance) / np.sum(p**2, axis=(1, 2))
    moved = scale[:, None, None] * np.einsum("tij,tnj->tni", rotation, p)
    return np.linalg.norm(moved - t, axis=-1)


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
