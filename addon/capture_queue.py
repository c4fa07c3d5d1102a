"""The captures that wait, run and are over, in their order, kept with the .blend.

The list lives here and not in Blender's data, where an undo would take back what the engine has done meanwhile; it is
written into the file when that is saved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import requests
from .capture_job import CaptureJob
from .declarations import QUEUE_INDEX_PROPERTY, QUEUE_PROPERTY

# What is kept of a job; what it measured lies in its journal.
_KEPT = ("settings", "timing", "brings", "hides", "state", "message", "hint")

items: list[CaptureJob] = []
going = False  # whether the next one starts when one is over


def add(jobs: Iterable[CaptureJob]) -> None:
    """Appends jobs, and lets the queue go."""
    global going
    items.extend(jobs)
    going = True
    mirror()


def active() -> CaptureJob | None:
    """The job that runs."""
    return next((job for job in items if job.active), None)


def waiting() -> list[CaptureJob]:
    return [job for job in items if job.state == "waiting"]


def find(uid: int) -> CaptureJob | None:
    return next((job for job in items if job.uid == uid), None)


def advance(start: Callable[[CaptureJob], None]) -> None:
    """Starts the next job where none runs."""
    global going
    if not going or active() is not None:
        return
    job = next(iter(waiting()), None)
    if job is None:
        going = False
    else:
        start(job)


def pause() -> None:
    """No further job starts; the one that runs goes on."""
    global going
    going = False


def retry(job: CaptureJob, afresh: bool = False) -> None:
    """A job that is over waits again; ``afresh`` forgets its finished work first."""
    global going
    if job.over:
        if afresh:
            requests.forget_journal(job.output)
        job.begin()
        job.state = "waiting"
        going = True


def remove(job: CaptureJob) -> None:
    """Takes a job that does not run out of the list."""
    if not job.active and job in items:
        items.remove(job)
        mirror()


def clear(states: tuple[str, ...]) -> None:
    """Takes all jobs in these states out of the list."""
    items[:] = [job for job in items if job.active or job.state not in states]
    mirror()


def mirror(chosen: CaptureJob | None = None) -> None:
    """Brings the rows of the panel's list in step, and chooses one of them."""
    manager: Any = bpy.context.window_manager
    rows = getattr(manager, QUEUE_PROPERTY)
    uids = [job.uid for job in items]
    if [row.uid for row in rows] != uids:
        rows.clear()
        for uid in uids:
            rows.add().uid = uid
    if chosen is not None and chosen.uid in uids:
        setattr(manager, QUEUE_INDEX_PROPERTY, uids.index(chosen.uid))


def taken() -> set[Path]:
    """Where jobs that are not over are going to write: a new one must not choose the same name."""
    return {job.output for job in items if not job.over}


def to_text() -> str:
    """What is kept with the file, as JSON; what is done needs no keeping."""
    rows = [{key: getattr(job, key) for key in _KEPT} for job in items if job.state != "done"]
    for row in rows:
        row["state"] = row["state"] if row["state"] in ("failed", "cancelled", "lost") else "waiting"
    return json.dumps(rows) if rows else ""


def from_text(text: str) -> list[CaptureJob]:
    """The jobs that ``to_text`` wrote; what cannot be read is left out."""
    try:
        rows: Any = json.loads(text)
    except ValueError:
        return []
    jobs = []
    for row in rows if isinstance(rows, list) else []:
        settings = row.get("settings") if isinstance(row, dict) else None
        if isinstance(settings, dict) and {"source", "output"} <= set(settings):
            jobs.append(CaptureJob(**{key: row[key] for key in _KEPT if key in row}))
    return jobs


@persistent
def _save(*_: Any) -> None:
    text = to_text()
    for index, scene in enumerate(bpy.data.scenes):
        if index == 0 and text:
            scene[QUEUE_PROPERTY] = text
        elif QUEUE_PROPERTY in scene:
            del scene[QUEUE_PROPERTY]


@persistent
def _load(*_: Any) -> None:
    """Another file's jobs take the place of those that wait; one that runs goes on. Nothing starts by itself."""
    global going
    running = active()
    items[:] = [job for job in items if job.active]
    going = False
    for scene in bpy.data.scenes:
        for job in from_text(str(scene.get(QUEUE_PROPERTY, ""))):
            if running is None or job.output != running.output:
                items.append(job)
    mirror()


_HANDLERS = (("save_pre", _save), ("load_post", _load))


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    items.clear()
