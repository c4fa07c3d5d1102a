"""What enabling the extension adds to Blender's start, beside Rigify, which Blender ships, in the same programs.

``python benchmarks/start_up.py [SUITE …] [--runs N]`` (default: trixie and sid, 15 runs) with the tool real-blender,
see tests/gui/blender.sh. Every run is a Blender of its own that enables one of the two, the way its start does it; runs
of both take turns. Seconds are those of the enabling alone: imports and ``register()``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOL = Path(os.environ.get("REAL_BLENDER", ROOT.parent / "shared" / "tools" / "real-blender"))
TARGET_S = 0.05
MODULES = {"understudy": "bl_ext.user_default.understudy", "rigify": "rigify"}

# Runs in Blender. CPU time is told besides: other programs on the machine do not count in it.
MEASURE = """
import json, sys, time
import addon_utils
before = set(sys.modules)
wall, cpu = time.perf_counter(), time.process_time()
found = addon_utils.enable(sys.argv[-1], default_set=True)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
assert found is not None, "not enabled"
import bpy
new = sorted(set(sys.modules) - before)
print("MEASURED", json.dumps({"s": wall, "cpu_s": cpu, "modules": len(new), "numpy": "numpy" in new,
                              "blender": bpy.app.version_string}))
"""


class Blender:
    """The Blender of one suite, with the extension installed in a profile of its own and left off."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.suite = suite
        self.share, self.profile = folder / "share", folder / "profile"
        self.share.mkdir(parents=True)
        build = [str(ROOT / ".venv-bpy-5.0/bin/python"), str(ROOT / "tools/build_extension.py"), "-o", str(self.share)]
        archive = Path(subprocess.run(build, capture_output=True, text=True, check=True).stdout.strip())
        (self.share / "measure.py").write_text(MEASURE)
        said = self._run("--command", "extension", "install-file", "-r", "user_default", f"/share/{archive.name}")
        if "STATUS Installed" not in said:
            raise SystemExit(f"{suite}: the extension was not installed:\n{said}")

    def enable(self, module: str) -> dict[str, Any]:
        """Starts, enables ``module`` and returns what that took."""
        said = self._run("-b", "--python", "/share/measure.py", "--", module)
        line = next((line for line in said.splitlines() if line.startswith("MEASURED ")), None)
        if line is None:
            raise SystemExit(f"{self.suite}: {module} was not measured:\n{said}")
        return json.loads(line.removeprefix("MEASURED "))

    def _run(self, *arguments: str) -> str:
        variables = {**os.environ, "SHARE": str(self.share), "PROFILE": str(self.profile), "NO_X": "1"}
        command = [str(TOOL / "run.sh"), self.suite, "--", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
        return done.stdout + done.stderr


def measure(suite: str, runs: int, folder: Path) -> dict[str, Any]:
    """Both modules, ``runs`` times in turns after one that writes the byte code."""
    blender = Blender(suite, folder)
    for module in MODULES.values():
        blender.enable(module)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in MODULES}
    for _ in range(runs):
        for name, module in MODULES.items():
            found[name].append(blender.enable(module))
    result: dict[str, Any] = {"blender": found["understudy"][0]["blender"], "runs": runs}
    for name, values in found.items():
        result[name] = {
            "median_s": statistics.median(one["s"] for one in values),
            "least_s": min(one["s"] for one in values),
            "median_cpu_s": statistics.median(one["cpu_s"] for one in values),
            "modules": values[0]["modules"],
            "numpy": values[0]["numpy"],
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", default=["trixie", "sid"])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--dry", action="store_true", help="print, and leave the results as they are")
    options = parser.parse_args()
    if not (TOOL / "run.sh").is_file():
        raise SystemExit(f"{TOOL} is not there: set REAL_BLENDER to the folder of real-blender.")
    versions = {}
    for suite in options.suites:
        with tempfile.TemporaryDirectory() as folder:
            versions[suite] = measure(suite, options.runs, Path(folder))
        print(suite, json.dumps(versions[suite], indent=1))
    if not options.dry:
        from common import write_result

        print(write_result("start_up", {"target_s": TARGET_S, "suites": versions}))


if __name__ == "__main__":
    sys.exit(main())
