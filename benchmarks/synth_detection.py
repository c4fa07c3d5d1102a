"""Does BlazePose find the people of `understudy synth`? Each frame by itself, without tracking.

``.venv/bin/python benchmarks/synth_detection.py [--seeds 40] [--mode fast]``. Two rendered pictures a second of one
shot per seed: alone, in pairs and fours, all moves of the camera. A person counts where the camera sees at least 10 of
its 12 limb joints, and is found where detector and landmark network, on the whole frame and on tiles, answer with limbs
whose box overlaps the true one by half (intersection over union, boxes padded by 5 % of their longer side). Beside it,
how far the limbs are off, as a share of that side. Results in benchmarks/results/synth_detection_MODE.json; what was
missed is listed with its frame.
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from common import write_result

from understudy.core.detect.people import detect_people
from understudy.core.nets import load_network
from understudy.core.pose2d.crops import Frame
from understudy.core.pose2d.landmarks import landmark_bodies
from understudy.core.skeleton import LIMB_JOINTS, POSE_LANDMARKS, TAKE_JOINTS
from understudy.core.synth.cameras import project
from understudy.core.synth.plan import Request
from understudy.core.synth.shoot import Footage, film_request
from understudy.core.synth.truth import load_visibility
from understudy.core.take import load
from understudy.core.video.reader import read_chunks

SEEN, OVERLAP, PADDING = 10, 0.5, 0.05
PEOPLE = (1, 1, 2, 1, 4, 1, 2, 1)
MOVES = ("static", "handheld", "dolly", "pan")
TRUE_LIMBS = [TAKE_JOINTS.index(name) for name in LIMB_JOINTS]
SEEN_LIMBS = [POSE_LANDMARKS.index(name) for name in LIMB_JOINTS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=5000)
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--mode", default="fast")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    detector, landmarks = load_network("pose_detection"), load_network("pose_landmark_full")
    rows: list[dict[str, Any]] = []
    for k in range(options.seeds):
        request = Request(
            options.first + k, people=PEOPLE[k % len(PEOPLE)], frames=options.frames, fps=Fraction(2),
            camera_motion=MOVES[k % len(MOVES)], mode=options.mode,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            footage = film_request(request, Path(folder), options.cache)
            rows += look(footage, detector, landmarks)
        missed = [row for row in rows if not row["found"]]
        print(f"{k + 1} shots, {len(rows)} unoccluded people, {len(missed)} missed", flush=True)
    missed = [row for row in rows if not row["found"]]
    by_motion = {
        name: {"people": len(own), "found": sum(row["found"] for row in own)}
        for name in sorted({row["motion"] for row in rows})
        if (own := [row for row in rows if row["motion"] == name])
    }
    result = {
        "mode": options.mode,
        "shots": options.seeds,
        "people": len(rows),
        "found_share": 1 - len(missed) / max(1, len(rows)),
        "limb_error_of_side_median": float(np.median([row["error"] for row in rows])),
        "by_motion": by_motion,
        "missed": missed,
    }
    print(write_result(f"synth_detection_{options.mode}", result), f"{result['found_share']:.4f}")


def look(footage: Footage, detector: Any, landmarks: Any) -> list[dict[str, Any]]:
    """One row per person and frame that the truth calls unoccluded."""
    take, visible = load(footage.truth), load_visibility(footage.truth)
    rows = []
    for chunk in read_chunks(footage.videos[0], chunk_frames=16, warn=print):
        frames = [Frame(image) for image in chunk.images]
        for t, (frame, people) in enumerate(zip(frames, detect_people(frames, detector), strict=True)):
            crops = np.array([person.crop for person in people]).reshape(-1, 4)
            seen = landmark_bodies(landmarks, [frame], np.zeros(len(crops), int), crops)
            limbs = seen.points[seen.presence > 0.5][:, SEEN_LIMBS]
            for i, person in enumerate(take.people):
                if visible[person.id][0, t, TRUE_LIMBS].sum() < SEEN:
                    continue
                camera = footage.shot.cameras[0]
                pose = camera.world_from_camera[t][None]
                true = project(person.joints_world[t][None].astype(float), camera.K, pose)[0][0, TRUE_LIMBS]
                side = float(np.ptp(true, axis=0).max())
                error = np.linalg.norm(limbs - true, axis=-1).mean(axis=-1) / side
                shared = [overlap(box(own, side), box(true, side)) for own in limbs]
                rows.append(
                    {"seed": footage.shot.request.seed, "person": i + 1, "frame": t,
                     "found": max(shared, default=0.0) >= OVERLAP, "error": min(float(error.min(initial=9.0)), 9.0),
                     "motion": footage.shot.actors[i].motion.source, "place": footage.shot.place.kind,
                     "side_px": side}
                )  # fmt: skip
    return rows


def box(points: np.ndarray, side: float) -> np.ndarray:
    """(4,) left, top, right, bottom px, padded."""
    return np.concatenate([points.min(axis=0) - PADDING * side, points.max(axis=0) + PADDING * side])


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


if __name__ == "__main__":
    main()
