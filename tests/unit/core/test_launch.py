from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLI = """
import json, multiprocessing, sys

def where(_):
    from . import version
    return version.__file__

def main():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        child = pool.map(where, [0])[0]
    print(json.dumps({"here": where(0), "child": child, "path": sys.path}))
    return 3
"""


@pytest.fixture
def copied_core(root: Path, tmp_path: Path) -> Path:
    """Light modules under a folder name that is no Python name, beside a root package that must not be run."""
    core = tmp_path / "not-a-package" / "core"
    core.mkdir(parents=True)
    for name in ("__init__.py", "launch.py", "errors.py", "version.py"):
        shutil.copy(root / "core" / name, core / name)
    (tmp_path / "not-a-package" / "__init__.py").write_text("raise SystemExit('the root package was imported')")
    (core / "cli.py").write_text(CLI)
    return core


@pytest.mark.parametrize("flags", [["-I"], []], ids=["isolated", "plain"])
def test_the_engine_runs_from_its_folder(copied_core: Path, tmp_path: Path, flags: list[str]) -> None:
    # Neighbours that would shadow the standard library or the package if the folder were on the path.
    (tmp_path / "understudy.py").write_text("raise SystemExit('shadowed')")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)} if flags else dict(os.environ)
    result = subprocess.run(
        [sys.executable, *flags, str(copied_core / "launch.py"), "worker"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 3, result.stderr
    found = json.loads(result.stdout)
    assert Path(found["here"]).resolve() == (copied_core / "version.py").resolve()
    assert found["child"] == found["here"]
    assert str(copied_core) not in found["path"]
