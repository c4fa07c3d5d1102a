"""The test footage, clip by clip: presence, timestamps, identities, hands against Holistic, reprojection of the limbs.

There is no truth for this footage; what can be checked without one is. Takes are kept in ``--takes``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np
from common import ROOT, Worker, clips, write_result
from peer_tools import mediapipe

from understudy.core.skeleton import (
    JOINT_INDEX,
    KEYPOINT_INDEX,
    LEFT_HAND_KEYPOINTS,
    LIMB_JOINTS,
    RIGHT_HAND_KEYPOINTS,
)
from understudy.core.take import Take, TakePerson
from understudy.core.take_file import load
from understudy.core.view.overlay import write_contact_sheet

PRESENCE, REPROJECTION, TIME = 0.98, 0.04, 1e-6
SEEN = 0.5  # confidence of a 2D landmark that counts as measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="clips to run (default: all)")
    parser.add_argument("--takes", type=Path, help="folder that keeps takes and contact sheets")
    parser.add_argument("--sheets", action="store_true", help="also write contact sheets")
    options = parser.parse_args()
    chosen = {name: path for name, path in clips().items() if not options.names or name in options.names}
    if not chosen:
        raise SystemExit("No test footage: ../shared/media is not beside this checkout.")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.takes or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        hands = holistic_hands(chosen)
        rows = []
        with Worker() as worker:
            for name, clip in chosen.items():
                target = folder / f"{name}.take.npz"
                summary = worker.capture(clip, target)
                take = load(target)
                rows.append(row(name, clip, take, hands[name], summary))
                if options.sheets:
                    write_contact_sheet(take, target, folder / f"{name}.jpg")
                print(text(rows[-1]))
    print(write_result("accuracy_clips", {"clips": rows, "passed": all(r["passed"] for r in rows)}))


def holistic_hands(chosen: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """Which frames Holistic reports a hand in; cached by clip size, the peer does not change."""
    cache_file = ROOT / ".cache" / "holistic.json"
    cache = json.loads(cache_file.read_text()) if cache_file.is_file() else {}
    missing = {n: p for n, p in chosen.items() if f"{n}:{p.stat().st_size}" not in cache}
    if missing:
        with mediapipe("holistic") as holistic:
            for name, path in missing.items():
                cache[f"{name}:{path.stat().st_size}"] = holistic.ask(clip=str(path))
        cache_file.parent.mkdir(exist_ok=True)
        cache_file.write_text(json.dumps(cache))
    return {n: cache[f"{n}:{p.stat().st_size}"] for n, p in chosen.items()}


def row(name: str, clip: Path, take: Take, holistic: dict[str, Any], summary: dict[str, Any]) -> dict[str, Any]:
    """The figures of one clip. Each holds one living person; an anatomical model stands behind the acrobat."""
    main_person = max(take.people, key=lambda p: float(np.nansum(box_sides(p) ** 2 * p.present)))
    with av.open(str(clip)) as container:
        stored = np.array(sorted(float(f.time) for f in container.decode(video=0) if f.time is not None))
    same = len(stored) == take.frame_count
    off = float(np.abs(stored - take.timestamps).max()) if same else float("inf")
    presence = float(np.mean(main_person.present))
    result: dict[str, Any] = {
        "clip": name,
        "frames": take.frame_count,
        "people": len(take.people),
        "presence": presence,
        "timestamp_error_s": off,
        "identity_jumps": identity_jumps(main_person),
        "limb_reprojection": limb_reprojection(take, main_person),
        "seconds": summary.get("seconds"),
        "warnings": summary.get("warnings"),
    }
    for side, hand in (("left", main_person.left_hand), ("right", main_person.right_hand)):
        reported = np.array(holistic[side], bool)[: take.frame_count]
        ours = hand.score[: len(reported)] >= 0.5
        # A hand that is carried but was not measured in this frame is held between measured ones at its wrist.
        points = LEFT_HAND_KEYPOINTS if side == "left" else RIGHT_HAND_KEYPOINTS
        measured = (main_person.keypoints2d_confidence[0, : len(reported), points] > 0).any(axis=-1)
        result[f"{side}_hand"] = {
            "holistic_frames": int(reported.sum()),
            "our_frames": int(ours.sum()),
            "only_holistic": int((reported & ~ours).sum()),
            "only_ours": int((ours & ~reported).sum()),
            "measured_frames": int(measured.sum()),
            "only_holistic_measured": int((reported & ~measured).sum()),
        }
    in_sign = "sign" in clip.parts
    hands_kept = not in_sign or all(result[f"{s}_hand"]["only_holistic"] == 0 for s in ("left", "right"))
    result["passed"] = bool(
        presence >= PRESENCE
        and off <= TIME
        and result["identity_jumps"] == 0
        and result["limb_reprojection"] <= REPROJECTION
        and hands_kept
    )
    return result


def box_sides(person: TakePerson) -> np.ndarray:
    """(T,) px: longer side of the box around the body landmarks measured in each frame; NaN without any."""
    points = np.where(person.keypoints2d_confidence[0, :, :33, None] > 0, person.keypoints2d[0, :, :33], np.nan)
    sides = np.full(len(points), np.nan)
    some = np.isfinite(points[..., 0]).sum(axis=1) > 1
    sides[some] = np.max(np.nanmax(points[some], axis=1) - np.nanmin(points[some], axis=1), axis=1)
    return sides


def limb_reprojection(take: Take, person: TakePerson) -> float:
    """Median distance between solved limb joints in the picture and their measured landmarks, per longer box side."""
    K, pose = np.asarray(take.cameras.K[0], float), np.asarray(take.cameras.world_from_camera[0], float)
    pose = pose[None] if pose.ndim == 2 else pose
    joints = person.joints_world[:, [JOINT_INDEX[n] for n in LIMB_JOINTS]].astype(float)
    local = np.einsum("tji,tnj->tni", pose[:, :3, :3], joints - pose[:, None, :3, 3])
    pixels = local @ K.T
    pixels = pixels[..., :2] / pixels[..., 2:]
    landmarks = [KEYPOINT_INDEX[n] for n in LIMB_JOINTS]
    seen = person.keypoints2d_confidence[0][:, landmarks] >= SEEN
    distance = np.linalg.norm(pixels - person.keypoints2d[0][:, landmarks], axis=-1) / box_sides(person)[:, None]
    return float(np.nanmedian(distance[seen & person.present[:, None]]))


def identity_jumps(person: TakePerson) -> int:
    """Frames at which the person's pelvis jumps more than 0.7 m against the last measured frame: another body."""
    at = np.flatnonzero(person.present)
    if len(at) < 2:
        return 0
    steps = np.linalg.norm(np.diff(person.joints_world[at, 0], axis=0), axis=1)
    return int(np.sum(steps > 0.7))


def text(r: dict[str, Any]) -> str:
    hands = "  ".join(
        f"{s[0].upper()} {r[f'{s}_hand']['our_frames']}/{r[f'{s}_hand']['holistic_frames']}"
        f" (-{r[f'{s}_hand']['only_holistic']})"
        for s in ("left", "right")
    )
    return (
        f"{r['clip']:8} {r['frames']:4} frames  {r['people']} people  present {r['presence']:6.1%}  "
        f"dt {r['timestamp_error_s']:.0e} s  jumps {r['identity_jumps']}  limbs {r['limb_reprojection']:.2%}  "
        f"hands {hands}  {'ok' if r['passed'] else 'FAILS'}"
    )


if __name__ == "__main__":
    main()
