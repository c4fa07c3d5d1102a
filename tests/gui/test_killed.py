"""Blender itself is killed while it captures: its engine must not live on. See run.sh."""

from __future__ import annotations

import os
import pathlib
import signal
import sys

sys.path += ["/tool", "/share"]
import bpy
import gui_session
import window
from watch import OUT


def capture(s):
    with s.override():
        bpy.ops.understudy.capture(filepath=window.video)
    yield lambda: window.job().state == "running"
    pathlib.Path(OUT, "orphan.pid").write_text(str(window.worker_pid()))
    yield 1.0
    os.kill(os.getpid(), signal.SIGKILL)


gui_session.run([window.installed, capture], out=OUT, step_timeout=120)
