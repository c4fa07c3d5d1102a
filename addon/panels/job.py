"""A capture as a panel shows it: how far it is, or how it ended and what can be done."""

from __future__ import annotations

import bpy

from .. import requests
from ..capture_job import CaptureJob
from ..declarations import Operators
from .text import draw_message


def draw_bar(layout: bpy.types.UILayout, label: str, done: int, total: int | None) -> None:
    """A stage and how far it is."""
    layout.label(text=label)
    text = f"{done} of {total}" if total else f"{done}" if done else ""
    layout.progress(factor=min(1.0, done / total) if total else 0.0, type="BAR", text=text)


def draw_job(layout: bpy.types.UILayout, job: CaptureJob) -> None:
    """The job under way, or how it ended."""
    layout.label(text=title(job), icon="OUTLINER_OB_ARMATURE", translate=False)
    if job.active:
        draw_bar(layout, job.stage, job.done, job.total)
        draw_speed(layout, job)
        row = layout.row()
        row.enabled = job.state in ("starting", "running")
        row.operator(Operators.CANCEL, icon="X").item = job.uid
    elif job.state == "waiting":
        layout.label(text="Waiting", icon="SORTTIME")
    elif job.state == "done":
        layout.label(text="Done", icon="CHECKMARK")
    else:
        draw_end(layout, job)
    for warning in job.warnings:
        draw_message(layout, warning)
    if not job.active:
        layout.operator(Operators.DISMISS, icon="CHECKMARK" if job.over else "X").item = job.uid


def draw_speed(layout: bpy.types.UILayout, job: CaptureJob) -> None:
    """Frames a second and the time that is left, side by side."""
    rate, left = job.frames_per_second, job.eta_s
    if rate is None and left is None:
        return
    row = layout.row()
    row.active = False
    row.label(text="" if rate is None else f"{rate:.1f} frames/s", translate=False)
    end = row.row()
    end.alignment = "RIGHT"
    end.label(text="" if left is None else f"{requests.duration_text(left)} left")


def draw_end(layout: bpy.types.UILayout, job: CaptureJob) -> None:
    """A capture that ended without actors, and the ways on."""
    icon = "CANCEL" if job.state == "cancelled" else "ERROR"
    draw_message(layout, job.message, "" if job.state == "cancelled" else job.hint, icon)
    unfinished = requests.journal_of(job.output).is_dir()
    row = layout.row(align=True)
    again = row.operator(Operators.RESUME, text="Resume" if unfinished else "Try again", icon="PLAY")
    again.item = job.uid
    if unfinished:
        over = row.operator(Operators.RESUME, text="Start over", icon="FILE_REFRESH")
        over.item, over.afresh = job.uid, True
    if job.state != "cancelled":
        layout.operator(Operators.SHOW_LOG, icon="TEXT").log = "WORKER"


def title(job: CaptureJob) -> str:
    """A capture as people know it: the name of its take."""
    return job.output.name.removesuffix(requests.SUFFIX)
