"""How far a capture or other long work is, in Blender's status bar: to be seen from every workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from . import capture_queue, requests
from .declarations import Operators

_WIDTH = 11.0  # of the bar, in Blender's units of a button's height


# Operators that only look after work: the bar's text is none of theirs.
_LOOKING_AFTER = {
    f"UNDERSTUDY_OT_{one.partition('.')[2]}"
    for one in (Operators.RETARGET, Operators.BAKE_CONTROLS, Operators.EXPORT_CHARACTER, Operators.IMPORT_MOTION)
}


@dataclass(frozen=True)
class Shown:
    """Work beside captures, in one line, and how much of it is done, 0 to 1."""

    text: str
    share: float


shown: Shown | None = None


def show(line: str, share: float) -> None:
    """From now on the bar shows this, where no capture is under way."""
    global shown
    shown = Shown(line, share)


def clear() -> None:
    """The work is over."""
    global shown
    if shown is not None:
        shown = None
        redraw()


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
    now = Shown(text(), job.fraction) if job is not None else shown
    if now is None:
        return
    row = header.layout.row(align=True)
    row.ui_units_x = 2 * _WIDTH
    row.progress(factor=now.share, type="BAR", text=now.text)


def redraw() -> None:
    """Blender offers no tag for this bar: clearing its text redraws it, which must not be a tool's."""
    for window in bpy.context.window_manager.windows:
        if all(one.bl_idname in _LOOKING_AFTER for one in window.modal_operators):
            window.workspace.status_text_set_internal(None)


def register() -> None:
    bpy.types.STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    bpy.types.STATUSBAR_HT_header.remove(_draw)
