"""Does BlazePose find the people of `understudy synth`? In single pictures, and in `understudy capture`.

``.venv/bin/python benchmarks/synth_detection.py [--shots 24] [--mode fast]``: clips of two seconds, alone, in pairs and
fours, before cameras of all moves. A person of a frame counts where the camera sees at least 10 of its 12 limb joints,
and is found where the limbs of an answer have a box that overlaps the true one by half (intersection over union, both
padded by 5 % of the true one's longer side).

``stills``: every sixth frame by itself, the person detector on the whole frame and on tiles, and beside those it found,
then the landmark network.
``capture``: the product on the clip, which also follows people from frame to frame.
``apart``: people of whose box nobody else's covers any part; the others stand beside, before or behind somebody.
Results in benchmarks/results/synth_detection_MODE.json; what was missed is listed with its frame.
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from common import Worker, write_result
from numpy.typing import NDArray

from understudy.core.detect.beside import detect_beside
from understudy.core.detect.people import PersonDetection, detect_people
from understudy.core.nets import load_network
from understudy.core.pose2d.crops import Frame
from understudy.core.pose2d.landmarks import BodyLandmarks, landmark_bodies
from understudy.core.skeleton import LIMB_JOINTS, POSE_LANDMARKS, TAKE_JOINTS
from understudy.core.synth.cameras import project
from understudy.core.synth.plan import Request
from understudy.core.synth.shoot import Footage, film_request
from understudy.core.synth.truth import load_visibility
from understudy.core.take_file import load
from understudy.core.video.reader import read_chunks

Array = NDArray[Any]

SEEN, OVERLAP, PADDING, MEASURED = 10, 0.5, 0.05, 0.3
FPS, EVERY = Fraction(12), 6
PEOPLE = (1, 1, 2, 1, 4, 1, 2, 1)
MOVES = ("static", "handheld", "dolly", "pan")
TRUE_LIMBS = [TAKE_JOINTS.index(name) for name in LIMB_JOINTS]
LANDMARKS = [POSE_LANDMARKS.index(name) for name in LIMB_JOINTS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=24)
    parser.add_argument("--first", type=int, default=5000, help="seed of the first shot")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--mode", default="fast")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    detector, landmarks = load_network("pose_detection"), load_network("pose_landmark_full")
    rows: list[dict[str, Any]] = []
    with Worker() as worker:
        worker.wait_ready()
        for k in range(options.shots):
            request = Request(
                options.first + k, people=PEOPLE[k % len(PEOPLE)], frames=options.frames, fps=FPS,
                camera_motion=MOVES[k % len(MOVES)], mode=options.mode,
            )  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                footage = film_request(request, Path(folder), options.cache)
                true, everybody = true_limbs(footage), true_limbs(footage, hidden=True)
                answers = {"stills": in_stills(footage, detector, landmarks), "capture": in_capture(footage, worker)}
            for way, found in answers.items():
                rows += judged(way, footage, true, everybody, found)
            missed = [row for row in rows if not row["found"]]
            print(f"{k + 1} shots, {len(rows)} answers wanted, {len(missed)} missed", flush=True)
    result: dict[str, Any] = {"mode": options.mode, "shots": options.shots}
    for way in ("stills", "capture"):
        own = [row for row in rows if row["way"] == way]
        groups = {"alone": [1], "pairs": [2], "fours": [4], "all": [1, 2, 4]}
        result[way] = {name: share([r for r in own if r["people"] in sizes]) for name, sizes in groups.items()}
        result[way] |= {
            "apart": share([r for r in own if r["apart"]]),
            "beside": share([r for r in own if not r["apart"]]),
        }
        result[way]["by_motion"] = {m: share([r for r in own if r["motion"] == m]) for m in {r["motion"] for r in own}}
    result["missed"] = [row for row in rows if not row["found"]]
    print(write_result(f"synth_detection_{options.mode}", result))
    for way in ("stills", "capture"):
        print(way, {group: result[way][group] for group in ("all", "apart", "beside")})


def share(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many there are, how many were found, and how far off the limbs of those are, of the person's longer side."""
    found = [row for row in rows if row["found"]]
    error = float(np.median([row["error"] for row in found])) if found else None
    return {"people": len(rows), "found": len(found), "share": len(found) / max(1, len(rows)), "limb_error": error}


def true_limbs(footage: Footage, hidden: bool = False) -> Array:
    """(P, T, 12, 2) px, NaN where the person is hidden, cut off or away; with ``hidden`` only points beyond the picture
    by half its size."""
    take, visible = load(footage.truth), load_visibility(footage.truth)
    camera = footage.shot.cameras[0]
    found = []
    for person in take.people:
        pixels, _ = project(person.joints_world.astype(float), camera.K, camera.world_from_camera)
        limbs = pixels[:, TRUE_LIMBS]
        if hidden:
            size = np.asarray(footage.shot.request.size, float)
            limbs[((limbs < -size / 2) | (limbs > 1.5 * size)).any(axis=-1)] = np.nan
        else:
            limbs[visible[person.id][0][:, TRUE_LIMBS].sum(axis=1) < SEEN] = np.nan
        found.append(limbs)
    return np.stack(found)


def in_stills(footage: Footage, detector: Any, landmarks: Any) -> dict[int, Array]:
    """Answers (N, 12, 2) px of every EVERY-th frame by itself."""
    answers, t = {}, 0
    for chunk in read_chunks(footage.videos[0], chunk_frames=16, warn=print):
        for image in chunk.images:
            if t % EVERY == 0:
                frame = Frame(image)
                people = [bodies(frame, detect_people([frame], detector)[0], landmarks)]
                if len(people[0]) > 1:
                    people.append(bodies(frame, detect_beside(frame, people[0].crops, detector, landmarks), landmarks))
                answers[t] = np.concatenate([part.points[:, LANDMARKS] for part in people])
            t += 1
    return answers


def bodies(frame: Frame, found: list[PersonDetection], landmarks: Any) -> BodyLandmarks:
    """The landmark network's answers where it sees a person."""
    crops = np.array([person.crop for person in found]).reshape(-1, 4)
    seen = landmark_bodies(landmarks, [frame], np.zeros(len(crops), int), crops)
    return seen.take(seen.presence > 0.5)


def in_capture(footage: Footage, worker: Worker) -> dict[int, Array]:
    """Answers (N, 12, 2) px of every frame: the landmarks that the product measured."""
    target = worker.folder / "detection.take.npz"
    target.unlink(missing_ok=True)
    worker.capture(footage.videos[0], target, focal=float(footage.shot.cameras[0].K[0, 0]), hands=False)
    take = load(target)
    answers = {}
    for t in range(take.frame_count):
        own = [p.keypoints2d[0, t, LANDMARKS] for p in take.people if p.present[t]]
        sure = [p.keypoints2d_confidence[0, t, LANDMARKS].max() > MEASURED for p in take.people if p.present[t]]
        answers[t] = np.array([limbs for limbs, measured in zip(own, sure, strict=True) if measured]).reshape(-1, 12, 2)
    return answers


def judged(
    way: str, footage: Footage, true: Array, everybody: Array, answers: dict[int, Array]
) -> list[dict[str, Any]]:
    """One row per person and frame that should be found; ``everybody``: the same with those that are hidden."""
    rows = []
    for t, limbs in answers.items():
        limbs = limbs[np.isfinite(limbs).all(axis=(1, 2))]
        for i, wanted in enumerate(true[:, t]):
            if np.isnan(wanted).any():
                continue
            side = float(np.ptp(wanted, axis=0).max())
            error = np.linalg.norm(limbs - wanted, axis=-1).mean(axis=-1) / side
            shared = [overlap(box(own, side), box(wanted, side)) for own in limbs]
            near = [box(other, side) for k, other in enumerate(everybody[:, t]) if k != i and not np.isnan(other).all()]
            rows.append(
                {"way": way, "seed": footage.shot.request.seed, "people": len(true), "person": i + 1, "frame": t,
                 "found": max(shared, default=0.0) >= OVERLAP, "error": min(float(error.min(initial=9.0)), 9.0),
                 "apart": not any(overlap(box(wanted, side), other) > 0 for other in near),
                 "motion": footage.shot.actors[i].motion.source, "place": footage.shot.place.kind, "side_px": side}
            )  # fmt: skip
    return rows


def box(points: Array, side: float) -> Array:
    """(4,) left, top, right, bottom px, padded."""
    return np.concatenate([np.nanmin(points, axis=0) - PADDING * side, np.nanmax(points, axis=0) + PADDING * side])


def overlap(a: Array, b: Array) -> float:
    """Intersection over union."""
    shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


if __name__ == "__main__":
    main()
