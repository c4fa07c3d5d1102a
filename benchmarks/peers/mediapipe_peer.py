"""MediaPipe Pose or Holistic (legacy solutions, model complexity 1, tracking) over whole clips.

Runs in .venv-peers, which has no Understudy: ``mediapipe_peer.py pose|holistic``. Reads one JSON request per line,
``{"clip": path, "output": path or null}``, and answers one JSON line each; first a line once the graph is
constructed. The output npz has T frames: timestamps (T,) s as OpenCV reports them; world (T,33,3) m, camera axes,
mid-hip at the origin; image (T,33,2) upright px; visibility (T,33); of Holistic also left_hand and right_hand
(T,21,3) px, x and y in the picture, z relative to the wrist in about the same scale. NaN where nothing was found.
"""

from __future__ import annotations

import json
import os
import sys
import time

POINTS = {"world": (33, 3), "image": (33, 2), "visibility": (33,), "left_hand": (21, 3), "right_hand": (21, 3)}


def main() -> None:
    # mediapipe's own prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    solution = sys.argv[1]
    if solution == "pose":
        from mediapipe.python.solutions.pose import Pose as Graph
    else:
        from mediapipe.python.solutions.holistic import Holistic as Graph

    def answer(content: dict) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    with Graph(model_complexity=1, smooth_landmarks=True) as graph:
        answer({"ready": True})
        for line in sys.stdin:
            request = json.loads(line)
            graph.reset()
            answer(run(graph, request["clip"], request.get("output")))


def run(graph, clip: str, output: str | None) -> dict:
    """Seconds (decoding included), frames, and per frame whether pose and hands were reported."""
    import cv2
    import numpy as np

    began = time.perf_counter()
    video = cv2.VideoCapture(clip)
    times, rows = [], []
    while True:
        there, picture = video.read()
        if not there:
            break
        times.append(video.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        found = graph.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        rows.append(row(found, picture.shape[1], picture.shape[0]))
    video.release()
    seconds = time.perf_counter() - began
    if output:
        empty = {key: np.full(shape, np.nan) for key, shape in POINTS.items()}
        arrays = {key: np.array([r.get(key, empty[key]) for r in rows], np.float32) for key in POINTS}
        np.savez_compressed(output, timestamps=np.array(times), **arrays)
    reported = {name: [key in r for r in rows] for name, key in
                (("pose", "image"), ("left", "left_hand"), ("right", "right_hand"))}  # fmt: skip
    return {"seconds": seconds, "frames": len(rows), **reported}


def row(found, width: int, height: int) -> dict:
    """The landmarks of one frame as lists; keys that were not found are left out."""
    result = {}
    if found.pose_landmarks is not None:
        points = found.pose_landmarks.landmark
        # MediaPipe's 0…1 run from edge to edge; pixel centres start at half a pixel.
        result["image"] = [(p.x * width - 0.5, p.y * height - 0.5) for p in points]
        result["visibility"] = [p.visibility for p in points]
    if found.pose_world_landmarks is not None:
        result["world"] = [(p.x, p.y, p.z) for p in found.pose_world_landmarks.landmark]
    for side in ("left", "right"):
        hand = getattr(found, f"{side}_hand_landmarks", None)
        if hand is not None:
            result[f"{side}_hand"] = [(p.x * width - 0.5, p.y * height - 0.5, p.z * width) for p in hand.landmark]
    return result


if __name__ == "__main__":
    main()
