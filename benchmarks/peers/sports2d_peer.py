"""Sports2D's processing of MediaPipe's 2D landmarks of one camera: filtering, and metres in the plane of movement.

Runs in .venv-peers-pose2sim, which has no Understudy. Its own 2D networks (RTMPose) are fetched at run time from a hub
and cannot be had offline; it takes points in pixels from a file instead, which are those of mediapipe_peer.py. It
measures in a plane: depth is a constant per joint. Its default height of a person (1.65 m) sets the scale. Reads one
JSON request per line, ``{"clip": path, "landmarks": npz, "fps": N, "output": path}``, and answers one JSON line each;
first a line once it is imported. The output npz: timestamps (T,) s; joints (T,12,3) m, x right, y down, z forward; NaN
where it reports nothing; names (12,).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

LIMBS = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
         for side in ("left", "right")]  # fmt: skip
# MediaPipe's indices under the names that Sports2D's body model has.
POINTS = {"Nose": 0, "LShoulder": 11, "RShoulder": 12, "LElbow": 13, "RElbow": 14, "LWrist": 15, "RWrist": 16,
          "LHip": 23, "RHip": 24, "LKnee": 25, "RKnee": 26, "LAnkle": 27, "RAnkle": 28, "LHeel": 29, "RHeel": 30,
          "LBigToe": 31, "RBigToe": 32}  # fmt: skip


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import matplotlib

    matplotlib.use("Agg")
    from Sports2D import Sports2D

    def answer(content: dict) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            answer(run(Sports2D, request, Path(folder)))


def run(tool, request: dict, folder: Path) -> dict:
    """One clip through the tool's own entry; windows, pictures and plots are off."""
    import numpy as np

    landmarks = np.load(request["landmarks"])
    write_trc(landmarks["image"], request["fps"], folder / "points_px.trc")
    clip = Path(request["clip"]).resolve()
    settings = {
        "base": {"video_input": [clip.name], "video_dir": str(clip.parent), "result_dir": str(folder),
                 "load_trc_px": str(folder / "points_px.trc"), "nb_persons_to_detect": 1,
                 "person_ordering_method": "highest_likelihood", "show_realtime_results": False, "save_vid": False,
                 "save_img": False, "calculate_angles": False, "save_angles": False},
        # A floor angle guessed from steps would turn the result out of the camera's axes.
        "px_to_meters_conversion": {"make_c3d": False, "save_calib": False, "floor_angle": 0.0},
        "post-processing": {"show_graphs": False, "save_graphs": False},
    }  # fmt: skip
    began = time.perf_counter()
    tool.process(settings)
    seconds = time.perf_counter() - began
    found = sorted(folder.rglob("*_m_person*.trc"))
    if not found:
        return {"seconds": seconds, "frames": len(landmarks["image"]), "error": "it wrote no positions in metres"}
    times, joints = read_trc(found[0])
    np.savez_compressed(request["output"], timestamps=times, joints=joints, names=LIMBS)
    return {"seconds": seconds, "frames": len(times)}


def write_trc(points, fps: float, file: Path) -> None:
    """The 2D points as a TRC with z = 0, empty where there is none."""
    import numpy as np

    axes = "\t".join(f"X{i + 1}\tY{i + 1}\tZ{i + 1}" for i in range(len(POINTS)))
    lines = [f"PathFileType\t4\t(X/Y/Z)\t{file.name}",
             "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
             f"{fps}\t{fps}\t{len(points)}\t{len(POINTS)}\tpx\t{fps}\t0\t{len(points)}",
             "Frame#\tTime\t" + "\t\t\t".join(POINTS) + "\t\t\t", "\t\t" + axes]  # fmt: skip
    for i, frame in enumerate(points[:, list(POINTS.values())]):
        cells = ["\t\t" if np.isnan(p).any() else f"{p[0]:.3f}\t{p[1]:.3f}\t0" for p in frame]
        lines.append(f"{i}\t{i / fps:.6f}\t" + "\t".join(cells))
    file.write_text("\n".join(lines) + "\n")


def read_trc(file: Path) -> tuple:
    """Times (T,) s and limb joints (T,12,3) m, from x right, y up, z towards the camera to the camera's axes."""
    import numpy as np

    lines = file.read_text().splitlines()
    names = [name for name in lines[3].split("\t") if name][2:]
    width = 2 + 3 * len(names)
    rows = np.array([[float(v) if v.strip() else np.nan for v in (line.split("\t") + [""] * width)[:width]]
                     for line in lines[5:] if line.strip()])  # fmt: skip
    points = rows[:, 2:].reshape(len(rows), len(names), 3)
    chosen = [names.index(f"{name[0].upper()}{name.split('_')[1].capitalize()}") for name in LIMBS]
    return rows[:, 1], points[:, chosen] * (1, -1, -1)


if __name__ == "__main__":
    main()
