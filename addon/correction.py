"""Corrections: what the user says of single frames is noted with the take, then asked of the engine in one go."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import BadInputError, CannotWriteError, UnderstudyError
from . import cleanup, edit_list, jobs, readings
from .engine import environment, link
from .preferences import engine_folder, engine_of, preferences
from .scene import links, takes

if TYPE_CHECKING:
    from ..core.edit.asking import Posed, Seen
    from ..core.edit.base import Edit
    from ..core.edit.correct import Correct
    from ..core.edit.motion import Motion
    from ..core.take import Take
    from .correction_job import CorrectionJob

# Posed joints as the engine's request names them.
_KEYS = {"POSED": ("posed", "joint", "rotation", 3), "PINNED": ("pinned", "joint", "position", 3),
         "POINT": ("points", "keypoint", "pixel", 2)}  # fmt: skip


_warmed: link.Engine | None = None  # what was started before it was asked


@dataclass(frozen=True)
class Interval:
    """First and last frame of the take, both included."""

    begin: int
    end: int


def ready(context: bpy.types.Context) -> str:
    """Why nothing can be solved now; empty when it can."""
    if jobs.capture_active() or jobs.correction_active() or jobs.installation is not None:
        return "Something is under way already"
    if not environment.status(engine_folder(preferences(context))).ready:
        return "Install the engine first"
    return ""


def warm_soon() -> None:
    """Has the engine started in a moment, so that the first solve need not wait for it. May be called while drawing."""
    if link.client is None and not bpy.app.timers.is_registered(_warm):
        engine = engine_of(preferences())
        if engine != _warmed and not ready(bpy.context):
            bpy.app.timers.register(_warm, first_interval=0.2)


def _warm() -> None:
    global _warmed
    engine = engine_of(preferences())
    if engine != _warmed and not ready(bpy.context):
        _warmed = engine  # one that does not start is not tried again by itself; the solve says why
        with contextlib.suppress(UnderstudyError):
            link.warm(engine)


def forget() -> None:
    """Starts nothing any more. Called when the add-on is switched off."""
    global _warmed
    _warmed = None
    if bpy.app.timers.is_registered(_warm):
        bpy.app.timers.unregister(_warm)


def seen(take: bpy.types.Collection, person: str, frame: int) -> Seen:
    """A scene frame of a person as it is shown. Raises UnderstudyError."""
    from ..core.edit.asking import seen_at

    actor = takes.actor_of(take, person)
    who = actor.name if actor is not None else person
    shown = cleanup.motions(take)
    if person not in shown:
        raise BadInputError(f"There is no person {person!r} in this take.", f"There are: {', '.join(shown)}.")
    edits = edit_list.read(take)
    return seen_at(before_of(take, edits)[person], shown[person], edits, takes.seconds_at(take, frame), who)


def before_of(take: bpy.types.Collection, edits: tuple[Edit, ...]) -> dict[str, Motion]:
    """Everybody's motion where a correction is solved."""
    from ..core.edit.asking import place_for

    return readings.evaluation_of(take).result(edits[: place_for(edits)])


def note_pose(take: bpy.types.Collection, actor: bpy.types.Object, frame: int) -> Posed:
    """Notes what the actor's pose differs in from the motion in a frame. Raises UnderstudyError."""
    from ..core.edit.asking import posed_joints
    from .scene import posed

    person = str(actor[takes.PERSON_ID])
    if not posed.has_body(actor):
        raise BadInputError(f"{actor.name} has lost bones.", "Undo, or import the take again.")
    if cleanup.busy(take):  # what is half written would pass for what the user posed
        raise BadInputError("The clean-up is still at work.", "Try again in a moment.")
    moment = seen(take, person, frame)
    found = posed_joints(moment, posed.local_rotations(actor), posed.pelvis_position(actor))
    for joint, rotation in found.joints.items():
        note(take, "POSED", person, moment.take_frame, frame, joint, rotation)
    if found.pelvis is not None:
        note(take, "PINNED", person, moment.take_frame, frame, "pelvis", found.pelvis)
    return found


def note(take: bpy.types.Collection, what: str, person: str, frame: int, shown: int, joint: str, value: Any) -> None:
    """Notes one thing, in place of what was said of the same before."""
    warm_soon()
    items = edit_list.settings_of(take).corrections
    same = (what, person, frame, joint)
    item = next((one for one in items if (one.what, one.person, one.frame, one.joint) == same), None) or items.add()
    item.what, item.person, item.frame, item.shown, item.joint = what, person, frame, shown, joint
    item.value = (*(float(v) for v in value), 0.0)[:3]


def noted(take: bpy.types.Collection, person: str) -> dict[str, list[dict[str, Any]]]:
    """What is noted of a person, as the engine is asked."""
    asked: dict[str, list[dict[str, Any]]] = {}
    for item in edit_list.settings_of(take).corrections:
        if item.person == person:
            key, name, value, size = _KEYS[item.what]
            entry = {"frame": item.frame, name: item.joint, value: [round(v, 6) for v in item.value[:size]]}
            asked.setdefault(key, []).append(entry)
    return asked


def interval(take: Take, asked: Mapping[str, list[Any]], reach_s: float) -> Interval:
    """The frames that are solved: those that were said something of, and ``reach_s`` on both sides."""
    import numpy as np

    frames = [item[key] for items in asked.values() for item in items for key in ("frame", "begin", "end")
              if isinstance(item, dict) and key in item]  # fmt: skip
    if not frames:
        raise BadInputError("Nothing is corrected yet.", "Pose a joint, or drag a point over the footage.")
    times = np.asarray(take.timestamps)
    begin = int(np.searchsorted(times, times[min(frames)] - reach_s - 1e-6))
    end = int(np.searchsorted(times, times[max(frames)] + reach_s + 1e-6, side="right")) - 1
    return Interval(begin, end)


def solve(
    take: bpy.types.Collection, person: str, asked: dict[str, Any], reach_s: float, *, again: int = -1,
    clears: bool = False,
) -> CorrectionJob:  # fmt: skip
    """Asks the engine; the step comes into the list when it answered. ``again``: the step that is solved anew.

    Without a window it waits, and raises UnderstudyError for what went wrong.
    """
    import numpy as np

    from ..core.edit.asking import contact_items, place_for
    from .correction_job import CorrectionJob  # not while Blender starts

    edits = edit_list.read(take)
    index = again if again >= 0 else place_for(edits)
    evaluation = readings.evaluation_of(take)
    before = evaluation.result(edits[:index])[person]
    captured = next(one for one in evaluation.take.people if one.id == person)
    frames = interval(evaluation.take, asked, reach_s)
    earlier = contact_items(before, np.asarray(captured.contacts, np.float64), frames.begin, frames.end)
    folder = _folder()
    job = CorrectionJob(
        take.session_uid, edits, index, again >= 0, person, asked, before, {}, folder, clears,
        take_id=take[links.TAKE_ID], file=bpy.data.filepath, noted=noted(take, person),
    )  # fmt: skip
    try:
        job.settings = {
            "take": str(links.take_file(take)),
            "output": str(folder / "solved.npz"),
            "person": person,
            "begin": frames.begin,
            "end": frames.end,
            "corrections": {**asked, "contacts": [*earlier, *asked.get("contacts", ())]},
        }
        if any(edit.enabled for edit in edits[:index]):
            job.settings["motion"] = str(folder / "motion.npz")
            motion = before.to_smpl(np.asarray(captured.smpl.betas))
            np.savez(folder / "motion.npz", **vars(motion))
        jobs.start_correction(job, engine_of(preferences()))
    except OSError as error:
        job.clean()
        raise _no_room(folder, error) from None
    except UnderstudyError:
        job.clean()
        raise
    if _waits():
        while job.active:
            jobs.tick()
            time.sleep(0.01)
        if job.state != "done":
            raise BadInputError(job.message, job.hint)
    return job


def _folder() -> Path:
    """A fresh folder for the files of one job. Raises CannotWriteError."""
    import tempfile

    try:
        return Path(tempfile.mkdtemp(prefix="understudy-correct-"))
    except OSError as error:
        raise _no_room(tempfile.gettempdir(), error) from None


def _no_room(folder: Path | str, error: OSError) -> CannotWriteError:
    return CannotWriteError(f"Nothing can be written in {folder}: {error.strerror}.", "Make room on the disk.")


def _waits() -> bool:
    """Without a window no timer would take up the answer."""
    return bpy.app.background


def asked_of(edit: Correct) -> dict[str, Any]:
    """What a step was solved for."""
    return json.loads(edit.asked)
