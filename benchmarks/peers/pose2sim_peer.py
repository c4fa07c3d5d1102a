"""Pose2Sim's synchronisation, triangulation and filtering of MediaPipe's 2D landmarks from several cameras.

Runs in .venv-peers-pose2sim, which has no Understudy. Pose2Sim's own 2D networks (RTMPose) are fetched at run time from
a hub and cannot be had offline, so the 2D points are those of mediapipe_peer.py. Reads one JSON request per line,
``{"landmarks": [npz per camera], "calibration": toml, "fps": N, "synchronise": bool, "output": path}``, and answers
one JSON line each; first a line once it is imported. The output npz: timestamps (T,) s; joints (T,12,3) m in the axes
of the calibration's world; names (12,).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

LIMBS = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
         for side in ("left", "right")]  # fmt: skip


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import matplotlib

    matplotlib.use("Agg")
    from Pose2Sim import Pose2Sim

    def answer(content: dict) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            answer(run(Pose2Sim, request, Path(folder)))


def run(tool, request: dict, folder: Path) -> dict:
    """One recording through the tool's own functions, with its own defaults."""
    import numpy as np

    # Its own defaults; without this file it looks for the calibration one folder up.
    shutil.copy(Path(tool.__file__).parent / "Demo_SinglePerson" / "Config.toml", folder)
    (folder / "calibration").mkdir()
    shutil.copy(request["calibration"], folder / "calibration" / "Calib.toml")
    frames = [write_openpose(np.load(file), folder / "pose" / f"cam{i + 1:02d}_json")
              for i, file in enumerate(request["landmarks"])]  # fmt: skip
    settings = {
        "project": {"project_dir": str(folder), "frame_rate": request["fps"], "frame_range": "all"},
        "pose": {"pose_model": "BLAZEPOSE"},
        "synchronization": {"synchronization_gui": False, "display_sync_plots": False, "save_sync_plots": False},
        "filtering": {"display_figures": False, "save_filt_plots": False},
    }
    began = time.perf_counter()
    if request["synchronise"]:
        tool.synchronization(settings)
    tool.triangulation(settings)
    tool.filtering(settings)
    seconds = time.perf_counter() - began
    found = sorted((folder / "pose-3d").glob("*filt*.trc")) or sorted((folder / "pose-3d").glob("*.trc"))
    times, joints = read_trc(found[-1])
    np.savez_compressed(request["output"], timestamps=times, joints=joints, names=LIMBS)
    return {"seconds": seconds, "frames": max(frames), "file": found[-1].name}


def write_openpose(landmarks, folder: Path) -> int:
    """One JSON per frame in OpenPose's layout, from MediaPipe's 33 points and their visibility."""
    import numpy as np

    folder.mkdir(parents=True)
    points = np.concatenate([landmarks["image"], landmarks["visibility"][..., None]], axis=-1)
    for i, frame in enumerate(points):
        people = [] if np.isnan(frame).any() else [{"pose_keypoints_2d": [float(v) for v in frame.ravel()]}]
        (folder / f"{folder.stem}.{i:06d}.json").write_text(json.dumps({"version": 1.3, "people": people}))
    return len(points)


def read_trc(file: Path) -> tuple:
    """Times (T,) s and the limb joints (T,12,3) m of a TRC, its Y-up axes turned back to the calibration's."""
    import numpy as np

    lines = file.read_text().splitlines()
    names = [name.lower() for name in lines[3].split("\t") if name][2:]
    rows = np.array([[float(v) if v else np.nan for v in line.split("\t")[: 2 + 3 * len(names)]]
                     for line in lines[5:] if line.strip()])  # fmt: skip
    points = rows[:, 2:].reshape(len(rows), len(names), 3)
    chosen = [names.index(name[0] + name.split("_")[1]) for name in LIMBS]
    return rows[:, 1], points[:, chosen][..., [2, 0, 1]]  # Pose2Sim writes (y, z, x) as (x, y, z)


if __name__ == "__main__":
    main()
