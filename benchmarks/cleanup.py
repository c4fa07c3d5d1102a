"""Seconds that clean-up of one person over 2,000 frames takes, per kind of edit, in every .venv-bpy-*."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEED_TESTS = "tests/blender/test_cleanup_speed.py"


def main() -> None:
    from common import write_result

    versions = in_every_blender(SPEED_TESTS, "slider")
    result = {"frames": 2_000, "target_step_s": 0.2, "target_slider_s_per_1000_frames": 0.1, "versions": versions}
    print(write_result("cleanup", result))


def in_every_blender(tests: str, otherwise: str) -> dict[str, dict[str, dict[str, float]]]:
    """What the slow ``tests`` record, by version of bpy: they are the measurement; ``otherwise`` as in ``measured``."""
    versions = {}
    for folder in sorted(ROOT.glob(".venv-bpy-*")):
        report = ROOT / ".cache" / f"{Path(tests).stem}-{folder.name}.xml"
        report.parent.mkdir(exist_ok=True)
        command = [folder / "bin/python", "-m", "pytest", "-q", "-m", "slow", f"--junitxml={report}", tests]
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        name = folder.name.removeprefix(".venv-bpy-")
        versions[name] = measured(report, otherwise)
        print(f"bpy {name}: {versions[name]}")
    return versions


def measured(report: Path, otherwise: str) -> dict[str, dict[str, float]]:
    """Per test: what it recorded, in seconds; ``otherwise`` is the name of the one without parameters."""
    from xml.etree import ElementTree

    found: dict[str, dict[str, float]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = case.get("name", "")
        key = name.partition("[")[2].rstrip("]") or otherwise
        found[key] = {p.get("name", ""): round(float(p.get("value", "nan")), 4) for p in case.iter("property")}
    return found


if __name__ == "__main__":
    sys.exit(main())
