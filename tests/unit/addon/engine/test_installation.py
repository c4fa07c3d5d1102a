"""An installation runs its steps in order, tells how far it is, stops when asked and leaves nothing half made."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from understudy.addon.engine import environment, installation, plan
from understudy.addon.engine.installation import Installation, InstallError, doctor_summary, telling_line

REPORT = {"ok": True, "checks": [{"name": "torch", "ok": True, "detail": "2.13.0, uses cpu"}]}

# Stands in for the Python of the preferences and, by copying itself, for the one of the environment.
FAKE_PYTHON = r"""#!{python}
import os, shutil, sys, time
from pathlib import Path
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(" ".join(arguments) + "\n")
if "-c" in arguments:
    print("3.12")
elif "venv" in arguments:
    target = Path(arguments[-1]) / "bin"
    target.mkdir(parents=True)
    shutil.copy(__file__, target / "python")
elif "pip" in arguments:
    for name in range(5):
        print("Collecting package", name, flush=True)
    {during_pip}
elif "doctor" in arguments:
    print("loading"); print({report!r})
"""


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., tuple[Installation, Path]]:
    def make(during_pip: str = "pass", report: dict = REPORT) -> tuple[Installation, Path]:
        python = tmp_path / "python3.12"
        log = tmp_path / "commands.txt"
        python.write_text(
            FAKE_PYTHON.format(python=sys.executable, log=str(log), during_pip=during_pip, report=json.dumps(report))
        )
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        request = plan.Request(tmp_path / "engine", tmp_path / "models", Path("launch.py"), "cpu")
        return Installation(request, str(python), tmp_path / "install.log"), log

    return make


def wait(running: Installation, until: Callable[[], bool] | None = None) -> None:
    done = until or (lambda: running.progress.state != "running")
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, running.progress
        time.sleep(0.01)


pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a script with a shebang")


def test_installs_tests_and_marks(fake: Callable, tmp_path: Path) -> None:
    running, log = fake()
    fractions = []
    wait(running, lambda: fractions.append(running.progress.fraction) or running.progress.state != "running")
    assert running.progress.state == "done", running.progress
    assert "uses cpu" in running.progress.title
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    words = [
        next(w for w in ("-c", "venv", "pip", "models", "doctor") if w in line.split())
        for line in log.read_text().splitlines()
    ]
    assert words == ["-c", "venv", "pip", "pip", "models", "doctor"]
    assert environment.status(tmp_path / "engine").ready


def test_a_failed_step_names_itself_and_leaves_no_marker(fake: Callable, tmp_path: Path) -> None:
    running, _ = fake(during_pip="print('ERROR: No matching distribution found for torch'); sys.exit(1)")
    wait(running)
    assert running.progress.state == "failed"
    assert "torch" in running.progress.message and "No matching distribution" in running.progress.message
    assert str(tmp_path / "install.log") in running.progress.hint
    assert not environment.status(tmp_path / "engine").ready


def test_a_failed_self_test_is_a_failed_installation(fake: Callable, tmp_path: Path) -> None:
    checks = [{"name": "torch", "ok": True, "detail": "2"}, {"name": "video", "ok": False, "detail": "no decoder"}]
    running, _ = fake(report={"ok": False, "checks": checks})
    wait(running)
    assert running.progress.state == "failed"
    assert "video" in running.progress.message and "no decoder" in running.progress.message
    assert not environment.status(tmp_path / "engine").ready


def test_cancel_ends_the_command_and_removes_what_was_made(fake: Callable, tmp_path: Path) -> None:
    child = tmp_path / "child.pid"
    running, _ = fake(
        during_pip=f"import subprocess; c = subprocess.Popen(['sleep', '60']);"
        f" open({str(child)!r}, 'w').write(str(c.pid)); time.sleep(60)"
    )
    wait(running, lambda: child.exists() and child.read_text() != "")
    started = time.monotonic()
    running.close()
    assert time.monotonic() - started < 5
    assert running.progress.state == "cancelled"
    assert not (tmp_path / "engine" / "env").exists()
    wait(running, lambda: not _alive(int(child.read_text())))


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_no_python_says_what_was_tried(tmp_path: Path) -> None:
    request = plan.Request(tmp_path / "engine", tmp_path / "models", Path("launch.py"))
    running = Installation(request, str(tmp_path / "nothing"), tmp_path / "install.log")
    wait(running)
    assert running.progress.state == "failed"
    assert "3.11" in running.progress.message and "nothing" in running.progress.message


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    request = plan.Request(tmp_path / "file" / "engine", tmp_path / "models", Path("launch.py"))
    running = Installation(request, sys.executable, tmp_path / "install.log")
    wait(running)
    assert running.progress.state == "failed" and "file" in running.progress.message


def test_users_own_environment_is_only_tested(tmp_path: Path, fake: Callable) -> None:
    running, log = fake()
    wait(running)
    own = tmp_path / "engine" / "env"
    (own / "pyvenv.cfg").write_text("")
    log.unlink()
    request = plan.Request(own, tmp_path / "models", Path("launch.py"))
    again = Installation(request, "", tmp_path / "install.log")
    wait(again)
    assert again.progress.state == "done"
    assert "doctor" in log.read_text() and "pip" not in log.read_text()
    again.close()
    assert own.exists()


def test_the_line_that_says_most() -> None:
    lines = ["Collecting torch", "ERROR: first", "ERROR: the cause", "", "Note: see the manual"]
    assert telling_line(lines) == "ERROR: the cause"
    assert telling_line(["a", "b", ""]) == "b"
    assert telling_line([]) == "no output"


@pytest.mark.parametrize("lines", [[], ["no json"], ["{broken"], ['{"ok": true}']])
def test_a_self_test_without_a_report(lines: list[str]) -> None:
    with pytest.raises(InstallError, match="no report"):
        doctor_summary(lines)


def test_progress_is_replaced_whole() -> None:
    """Read by Blender's thread while another writes it."""
    assert installation.Progress.__dataclass_params__.frozen
