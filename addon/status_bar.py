"""How far a capture is, in Blender's status bar: to be seen from every workspace."""

from __future__ import annotations

from typing import Any

import bpy

from . import capture_queue, requests

_WIDTH = 11.0  # of the bar, in Blender's units of a button's height


def text() -> str:
    """The capture under way in one line; empty without one."""
    job = capture_queue.active()
    if job is None:
        return ""
    parts = [f"{job.stage} {job.fraction:.0%}" if job.total else job.stage]
    if job.frames_per_second is not None:
        parts.append(f"{job.frames_per_second:.1f} frames/s")
    if job.eta_s is not None:
        parts.append(f"{requests.duration_text(job.eta_s)} left")
    more = len(capture_queue.waiting())
    if more:
        parts.append(f"{more} waiting")
    return " · ".join(parts)


def _draw(header: Any, context: bpy.types.Context) -> None:
    job = capture_queue.active()
    if job is None:
        return
    row = header.layout.row(align=True)
    row.ui_units_x = 2 * _WIDTH
    row.progress(factor=job.fraction, type="BAR", text=text())


def redraw() -> None:
    """Blender offers no tag for this bar: clearing its text redraws it, which must not be a tool's."""
    for window in bpy.context.window_manager.windows:
        if not window.modal_operators:
            window.workspace.status_text_set_internal(None)


def register() -> None:
    bpy.types.STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    bpy.types.STATUSBAR_HT_header.remove(_draw)
