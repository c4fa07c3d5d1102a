"""Seconds that operators and drawing hold Blender up on a take of two people and 2,000 frames, in every .venv-bpy-*.

Beside them ``nla.bake``, Blender's own way to write curves anew, of one of the two people, in the same run.
"""

from __future__ import annotations

import subprocess
import sys

from cleanup import ROOT, measured

TESTS = "tests/blender/test_blocked.py"


def main() -> None:
    from common import write_result

    versions = {}
    for folder in sorted(ROOT.glob(".venv-bpy-*")):
        # The tests are the measurement: they record what they measured.
        report = ROOT / ".cache" / f"blocked-{folder.name}.xml"
        report.parent.mkdir(exist_ok=True)
        command = [folder / "bin/python", "-m", "pytest", "-q", "-m", "slow", f"--junitxml={report}", TESTS]
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        name = folder.name.removeprefix(".venv-bpy-")
        versions[name] = measured(report, "nla.bake")
        print(f"bpy {name}: {versions[name]}")
    print(write_result("blocked", {"frames": 2_000, "people": 2, "target_s": 0.2, "versions": versions}))


if __name__ == "__main__":
    sys.exit(main())
