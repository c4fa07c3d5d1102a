"""MediaPipe Holistic over whole clips; runs in .venv-peers, which has no Understudy.

Reads one path per line, answers one JSON line each; first a line once the graph is constructed.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    # mediapipe's own prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import cv2
    from mediapipe.python.solutions.holistic import Holistic

    def answer(content: dict) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    with Holistic(model_complexity=1, smooth_landmarks=True) as graph:
        answer({"ready": True})
        for line in sys.stdin:
            graph.reset()
            began = time.perf_counter()
            video = cv2.VideoCapture(line.strip())
            pose, left, right = [], [], []
            while True:
                there, picture = video.read()
                if not there:
                    break
                found = graph.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
                pose.append(found.pose_landmarks is not None)
                left.append(found.left_hand_landmarks is not None)
                right.append(found.right_hand_landmarks is not None)
            video.release()
            seconds = time.perf_counter() - began
            answer({"seconds": seconds, "frames": len(pose), "pose": pose, "left": left, "right": right})


if __name__ == "__main__":
    main()
