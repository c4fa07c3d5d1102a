"""Seconds to key one person over 10,000 frames, in every .venv-bpy-*."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET_S = 1.0
SPEED_TEST = "tests/blender/test_scene_speed.py::test_ten_thousand_frames_of_one_person_are_keyed_within_a_second"


def main() -> None:
    from common import write_result

    versions = {}
    for folder in sorted(ROOT.glob(".venv-bpy-*")):
        # The test is the measurement: it records the seconds of its five runs.
        report = ROOT / ".cache" / f"keys-{folder.name}.xml"
        report.parent.mkdir(exist_ok=True)
        command = [folder / "bin/python", "-m", "pytest", "-q", "-m", "slow", f"--junitxml={report}", SPEED_TEST]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = _seconds(report)
        if seconds is None:
            raise SystemExit(f"{folder.name}: {done.stdout[-500:]}")
        name = folder.name.removeprefix(".venv-bpy-")
        versions[name] = {"seconds": seconds, "median_s": sorted(seconds)[len(seconds) // 2]}
        print(f"bpy {name}: {versions[name]['median_s']:.2f} s (target {TARGET_S} s)")
    print(write_result("import_keys", {"frames": 10_000, "target_s": TARGET_S, "versions": versions}))


def _seconds(report: Path) -> list[float] | None:
    from xml.etree import ElementTree

    if not report.is_file():
        return None
    for entry in ElementTree.parse(report).iter("property"):
        if entry.get("name") == "seconds":
            return json.loads(entry.get("value", "[]"))
    return None


if __name__ == "__main__":
    sys.exit(main())
