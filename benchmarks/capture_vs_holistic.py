"""Wall time of a capture in a warm worker against a constructed MediaPipe Holistic on the same clip, interleaved.

Both include decoding and exclude imports and model loading; each side has run the clip once before. The cold start
(process started to first result) stands beside. Understudy writes a take with identities, bodies and both hands;
Holistic only reports landmarks of one person.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from common import MEDIA, ROOT, Worker, write_result
from peer_tools import mediapipe

TARGET = 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = MEDIA / "balance_4cam" / "cam01.mp4"
    parser.add_argument("--clip", type=Path, default=default if default.exists() else ROOT / "sample" / "solo.mp4")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ours: list[float] = []
    theirs: list[float] = []
    stages: list[dict] = []
    began = time.perf_counter()
    with Worker() as worker:
        target = worker.folder / "out.take.npz"
        worker.capture(options.clip, target)
        cold = time.perf_counter() - began
        began = time.perf_counter()
        with mediapipe("holistic") as holistic:
            holistic.ask(clip=str(options.clip))
            holistic_cold = time.perf_counter() - began
            for _ in range(options.rounds):
                target.unlink()
                began = time.perf_counter()
                summary = worker.capture(options.clip, target)
                ours.append(time.perf_counter() - began)
                theirs.append(holistic.ask(clip=str(options.clip))["seconds"])
                stages.append(summary.get("seconds", {}))
                print(f"understudy {ours[-1]:.2f} s   holistic {theirs[-1]:.2f} s")
    ratio = statistics.median(ours) / statistics.median(theirs)
    result = {
        "clip": options.clip.name,
        "frames": summary["frames"],
        "understudy_s": ours,
        "holistic_s": theirs,
        "median_understudy_s": statistics.median(ours),
        "median_holistic_s": statistics.median(theirs),
        "ratio": ratio,
        "target_ratio": TARGET,
        "cold_understudy_s": cold,
        "cold_holistic_s": holistic_cold,
        "stages_s": stages[ours.index(statistics.median_low(ours))],
    }
    print(f"ratio of medians {ratio:.2f} (target {TARGET}); cold {cold:.1f} s against {holistic_cold:.1f} s")
    print(write_result("capture_vs_holistic", result))


if __name__ == "__main__":
    main()
