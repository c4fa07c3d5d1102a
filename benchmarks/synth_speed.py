"""How fast `understudy synth` renders: ``.venv/bin/python benchmarks/synth_speed.py [--frames 8]``.

Both modes at 640×640 on two cores, one and four people, in every kind of place; the first picture of a shot, which also
builds the scene, is left out. Wall-clock frames a second, and what two cores would do with the processor time that was
spent: on a machine with other work only the second says something. Results in benchmarks/results/synth_speed.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import write_result

from understudy.core.body.numpy_model import load_free_body
from understudy.core.client import clean_environment
from understudy.core.commands.blender import script_command
from understudy.core.synth.draw import KINDS, draw_shot
from understudy.core.synth.plan import Request
from understudy.core.synth.render import SCRIPT, blender_version
from understudy.core.synth.scene import costumes_of, scene_arrays, write_vertices

SIZE, CORES = (640, 640), 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--places", nargs="+", default=list(KINDS))
    options = parser.parse_args()
    rows = []
    for mode in ("fast", "full"):
        for kind in options.places:
            for people in (1, 4):
                rows.append(measure(mode, kind, people, options.frames))
                print(rows[-1], flush=True)
    result: dict[str, Any] = {"blender": blender_version(), "size": list(SIZE), "cores": CORES, "rows": rows}
    for mode in ("fast", "full"):
        own = [row for row in rows if row["mode"] == mode]
        result[mode] = {
            key: {"median": float(np.median([r[key] for r in own])), "slowest": min(r[key] for r in own)}
            for key in ("fps_wall", "fps_processor")
        }
        print(mode, result[mode])
    print(write_result("synth_speed", result))


def measure(mode: str, kind: str, people: int, frames: int) -> dict[str, Any]:
    """One shot of a walk, rendered without the cache."""
    body = load_free_body()
    request = Request(77, people=people, frames=frames + 1, size=SIZE, mode=mode, motions=("walk",))
    shot = draw_shot(request, body)
    shot = replace(shot, place=replace(shot.place, kind=kind))
    with tempfile.TemporaryDirectory() as name:
        job, out = Path(name) / "job", Path(name) / "out"
        job.mkdir()
        (out / "cam01").mkdir(parents=True)
        costumes = costumes_of(shot, body)
        np.savez(job / "scene.npz", allow_pickle=False, **scene_arrays(shot, costumes))
        write_vertices(shot, body, costumes, job)
        np.save(job / "missing.npy", np.array([(0, f) for f in range(frames + 1)], np.int32))
        done = subprocess.run(
            script_command(SCRIPT, ["--job", str(job), "--out", str(out)]),
            capture_output=True, text=True, check=True, env=clean_environment(),
        )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"type": "progress"')][1:]
    wall, processor = (float(np.mean([event[key] for event in events])) for key in ("seconds", "cpu_seconds"))
    return {
        "mode": mode, "place": kind, "people": people, "fps_wall": 1 / wall, "fps_processor": CORES / processor,
    }  # fmt: skip


if __name__ == "__main__":
    main()
