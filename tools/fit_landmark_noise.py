"""Fits core/train/noise.toml: ``fit_landmark_noise.py TRUTH.take.npz CAPTURED.take.npz [TRUTH CAPTURED …]``.

The truth as `understudy synth` writes it, the other the capture of the same video. People are paired by place.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from understudy.core.lift.default_input import LANDMARKS
from understudy.core.skeleton import KEYPOINT_INDEX, TAKE_JOINTS
from understudy.core.take import Take, TakePerson, load
from understudy.core.train.fit_noise import Pair, fit, to_toml
from understudy.core.train.noise import NOISE_FILE

MARKED = {f"{side}_foot_index": f"{side}_big_toe" for side in ("left", "right")}


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]]
    if not files or len(files) % 2:
        sys.exit(__doc__)
    pairs = [pair for truth, seen in zip(files[::2], files[1::2], strict=True) for pair in pairs_of(truth, seen)]
    parts, whole = fit(pairs)
    frames = sum(len(p.measured) for p in pairs)
    text = to_toml(parts, whole, f"{len(files) // 2} synthetic clips, {len(pairs)} people, {frames} frames")
    NOISE_FILE.write_text(text)
    print(text)


def pairs_of(truth_file: Path, captured_file: Path) -> list[Pair]:
    """Everyone who was captured, with the true person nearest in the picture."""
    truth, captured = load(truth_file), load(captured_file)
    rows = [KEYPOINT_INDEX[name] for name in LANDMARKS]
    interval = float(np.median(np.diff(truth.timestamps)))
    found = []
    for person in captured.people:
        measured = np.asarray(person.keypoints2d[0][:, rows], float)
        pictures = [picture(truth, true) for true in truth.people]
        true, side = min(pictures, key=lambda p: float(np.nanmedian(np.linalg.norm(measured - p[0], axis=-1))))
        confidence = np.nan_to_num(np.asarray(person.keypoints2d_confidence[0][:, rows], float))
        found.append(Pair(measured, true, confidence, side, interval))
    return found


def picture(take: Take, person: TakePerson) -> tuple[np.ndarray, np.ndarray]:
    """(T, L, 2) px of the points that the landmarks mark, and (T,) px of the box's longer side."""
    pose, K = np.asarray(take.cameras.world_from_camera[0], float), np.asarray(take.cameras.K[0], float)
    pose = np.broadcast_to(pose, (len(person.joints_world), 4, 4))
    local = np.einsum("tji,tnj->tni", pose[:, :3, :3], person.joints_world - pose[:, None, :3, 3])
    pixels = local @ K.T
    pixels = pixels[..., :2] / pixels[..., 2:]
    rows = [TAKE_JOINTS.index(MARKED.get(name, name)) for name in LANDMARKS]
    return pixels[:, rows], np.ptp(pixels, axis=1).max(-1)


if __name__ == "__main__":
    main()
