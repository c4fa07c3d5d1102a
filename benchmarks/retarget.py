"""Seconds to retarget and to export 10,000 frames of 65 bones, beside what Blender itself offers for the same.

    .venv/bin/python benchmarks/retarget.py [--frames N] [--blender 5.0]

Each by the clock and by the processor's time, which other programs on the machine disturb less.

Runs retarget_in_blender.py in one .venv-bpy-*, which measures ours and, in the same process on the same scene,
constraints that copy rotations and are baked with ``nla.bake`` (the usual way by hand, which plants no feet), and
plain calls of Blender's exporters with the same options.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS_S = {"retarget": 2.0, "export": 15.0}


def main() -> None:
    from common import write_result

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--blender", default="5.0")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        script = ROOT / "benchmarks" / "retarget_in_blender.py"
        python = ROOT / f".venv-bpy-{options.blender}" / "bin" / "python"
        subprocess.run([python, script, str(options.frames), folder, str(out)], check=True, cwd=ROOT)
        measured = json.loads(out.read_text())
    for name, seconds in measured["seconds"].items():
        print(f"{name}: {seconds:.2f} s, {measured['processor_seconds'][name]:.2f} s of the processor")
    print(write_result("retarget", {**measured, "targets_s": TARGETS_S}))


if __name__ == "__main__":
    sys.exit(main())
