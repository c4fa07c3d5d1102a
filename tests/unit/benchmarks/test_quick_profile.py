"""The quick profile of the benchmark: rendered, captured and measured, against its floors."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from common import ROOT

# Seconds of processor time, rendering included: on a quiet machine of even one core no longer by the clock. Pictures of
# an unchanged renderer come from the cache, so this binds where they do not.
LIMIT = 360.0


def test_accuracy_stays_above_its_floors():
    if not (ROOT / ".venv-bpy-5.0" / ".ready").is_file() or not (ROOT / ".venv" / ".models").is_file():
        pytest.skip("no Blender or no networks in this checkout: make test makes them")
    before = _children()
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "run_suite.py", "--profile", "quick"], cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    assert _children() - before < LIMIT


def _children() -> float:
    """Seconds of processor time of processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
