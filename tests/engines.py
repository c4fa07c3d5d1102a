"""The engines that tests in Blender use: the checkout's own, and one that only pretends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
FAKE_WORKER = ROOT / "tests" / "data" / "fake_worker.py"
needs_engine = pytest.mark.skipif(not ENGINE.exists(), reason="needs the engine's environment: make test makes it")


def pretended_environment(folder: Path) -> Path:
    """An environment in ``folder``, which is made, whose engine answers as tests/data/fake_worker.py does."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("")
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{FAKE_WORKER}"\n')
    python.chmod(0o755)
    return folder
