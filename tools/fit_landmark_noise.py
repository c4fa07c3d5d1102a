"""Fits core/train/noise.toml: ``fit_landmark_noise.py TRUTH.take.npz CAPTURED.take.npz [TRUTH CAPTURED …]``.

The truth as `understudy synth` writes it, the other the capture of the same video. People are paired by place.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from understudy.core.lift.default_input import LANDMARKS
from understudy.core.skeleton import KEYPOINT_INDEX, TAKE_JOINTS
from understudy.core.take import Take, TakePerson
from understudy.core.take_file import load
from understudy.core.train.figure import foot_axes
from understudy.core.train.fit_noise import Pair, fit, to_toml
from understudy.core.train.noise import NOISE_FILE, part_of

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
        true, side, reach = min(pictures, key=lambda p: float(np.nanmedian(np.linalg.norm(measured - p[0], axis=-1))))
        confidence = np.nan_to_num(np.asarray(person.keypoints2d_confidence[0][:, rows], float))
        found.append(Pair(measured, true, confidence, side, reach, interval))
    return found


def picture(take: Take, person: TakePerson) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T, L, 2) px of the points that the landmarks mark, (T,) px of the box's longer side, and ``Pair.reach``."""
    pose, K = np.asarray(take.cameras.world_from_camera[0], float), np.asarray(take.cameras.K[0], float)
    pose = np.broadcast_to(pose, (len(person.joints_world), 4, 4))
    local = np.einsum("tji,tnj->tni", pose[:, :3, :3], person.joints_world - pose[:, None, :3, 3])
    pixels = local @ K.T
    pixels = pixels[..., :2] / pixels[..., 2:]
    rows = [TAKE_JOINTS.index(MARKED.get(name, name)) for name in LANDMARKS]
    place = local[:, rows]
    jacobian = np.zeros((*place.shape[:2], 2, 3))
    for axis in (0, 1):
        jacobian[..., axis, axis] = K[axis, axis] / place[..., 2]
        jacobian[..., axis, 2] = -K[axis, axis] * place[..., axis] / place[..., 2] ** 2
    reach = jacobian @ axes_of(local) * person.height / 1.70
    return pixels[:, rows], np.ptp(pixels, axis=1).max(-1), reach


def axes_of(joints: np.ndarray) -> np.ndarray:
    """(T, L, 3, 3) whose columns are outwards, up and forwards of the part a landmark belongs to; joints (T, 71, 3)."""

    def joint(name: str) -> np.ndarray:
        return joints[:, TAKE_JOINTS.index(name)]

    def frame(across: np.ndarray, up: np.ndarray) -> np.ndarray:
        left = across / np.linalg.norm(across, axis=-1, keepdims=True)
        up = up - np.sum(up * left, axis=-1, keepdims=True) * left
        up = up / np.linalg.norm(up, axis=-1, keepdims=True)
        return np.stack([left, up, np.cross(left, up)], axis=-1)

    across = {part: joint(f"left_{part}") - joint(f"right_{part}") for part in ("hip", "shoulder", "ear")}
    trunk = (joint("left_shoulder") + joint("right_shoulder") - joint("left_hip") - joint("right_hip")) / 2
    head = frame(across["ear"], joint("head") - joint("neck"))
    out = []
    for name in LANDMARKS:
        part = part_of(name)
        if part in ("nose", "ear"):
            axes = head
        elif part in ("ankle", "heel", "foot_index"):
            side = name.split("_")[0]
            axes = np.stack(foot_axes(*(joint(f"{side}_{p}") for p in ("knee", "ankle", "foot"))), axis=-1)
        else:
            axes = frame(across["hip" if part in ("hip", "knee") else "shoulder"], trunk)
        out.append(axes * (np.array([-1, 1, 1]) if name.startswith("right") else 1))
    return np.stack(out, axis=1)


if __name__ == "__main__":
    main()
