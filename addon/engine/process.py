"""Commands of the engine as processes of their own, that can be ended with all they started. Standard library only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from . import environment


def start(command: Sequence[str], variables: Mapping[str, str], *, apart: bool = False) -> subprocess.Popen[str]:
    """Starts ``command`` without a console, stdin empty; stderr joins stdout, unless it is kept ``apart``.

    Raises OSError where it cannot be started.
    """
    own_group: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if apart else subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment.clean_variables(variables),
        **own_group,
    )


def end(process: subprocess.Popen[str]) -> None:
    """Ends a command and everything it started."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
