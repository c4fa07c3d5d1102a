"""One correction on its way through the engine, and into the take's list of edits when it is solved."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import BadInputError, CancelledError, UnderstudyError
from . import edit_list
from .scene import links, takes
from .take_import import push_undo

if TYPE_CHECKING:
    from ..core import protocol
    from ..core.client import DiedEvent
    from ..core.edit.base import Edit
    from ..core.edit.correct import Correct
    from ..core.edit.motion import Motion

_CHANGED = "The clean-up was changed while the correction was solved."


@dataclass
class CorrectionJob:
    """``edits`` is the list as it was asked of, ``index`` where the step goes, ``replaces`` whether one is there;
    ``file`` is the .blend's path then, and ``noted`` what was kept of single frames.

    ``folder`` is this job's own, for the files that go between Blender and the engine. ``state``: running, done,
    cancelled or failed; ``message`` and ``hint`` say why.
    """

    take: int  # session_uid
    edits: tuple[Edit, ...]
    index: int
    replaces: bool
    person: str
    asked: dict[str, Any]
    before: Motion
    settings: dict[str, Any]
    folder: Path
    clears: bool = False
    take_id: str = ""
    file: str = ""
    noted: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    state: str = "running"
    message: str = ""
    hint: str = ""

    @property
    def active(self) -> bool:
        return self.state == "running"

    def handle(self, event: protocol.Event | DiedEvent) -> None:
        """Takes up one event of the worker."""
        from ..core import protocol
        from ..core.client import DiedEvent

        if isinstance(event, protocol.ResultEvent) and event.job == self.number:
            try:
                self._put(Path(event.path))
                self.state = "done"
            except UnderstudyError as error:
                self._fail(error.message, error.hint)
        elif isinstance(event, protocol.ErrorEvent) and event.job in (self.number, None):
            self._fail(event.message, event.hint, "cancelled" if event.code == CancelledError.code else "failed")
        elif isinstance(event, DiedEvent):
            said = event.stderr[-1] if event.stderr else ""
            self._fail("The engine stopped unexpectedly.", said or "Press Re-solve again: the engine starts anew.")
        if not self.active:
            self.clean()

    def clean(self) -> None:
        """Removes the files that were exchanged."""
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)

    def _fail(self, message: str, hint: str, state: str = "failed") -> None:
        self.state, self.message, self.hint = state, message, hint

    def _put(self, path: Path) -> None:
        """The answer as a step of the list. Raises BadInputError where the list is no longer what was asked of."""
        take = next((one for one in links.take_collections() if one.session_uid == self.take), None)
        take = take or self._reopened()
        if take is None:
            raise BadInputError("The take is no longer in this file.", "Undo, and press Re-solve again.")
        self.take = take.session_uid
        edits = list(edit_list.read(take))
        if tuple(edits[: self.index]) != self.edits[: self.index]:
            raise BadInputError(_CHANGED, "Press Re-solve again.")
        step = self._step(path)
        if self.replaces:
            if self.index >= len(edits) or edits[self.index] != self.edits[self.index]:
                raise BadInputError(_CHANGED, "Press Re-solve again.")
            edits[self.index] = step
        else:
            edits.insert(self.index, step)
        edit_list.replace_all(take, edits)
        settings = edit_list.settings_of(take)
        settings.active_edit = self.index
        if self.clears:
            _forget(settings, self.person)
            scene = takes.scene_of(take)
            scene.frame_set(scene.frame_current)  # a pose that was held without keys gives way to the solved one
        push_undo("Re-solve")

    def _reopened(self) -> bpy.types.Collection | None:
        """The same take where the same .blend was opened again, with the same said of its frames."""
        if not self.file or bpy.data.filepath != self.file:
            return None
        from .correction import noted  # which imports this module

        same = (one for one in links.take_collections() if one[links.TAKE_ID] == self.take_id)
        return next((one for one in same if noted(one, self.person) == self.noted), None)

    def _step(self, path: Path) -> Correct:
        import numpy as np

        from ..core.edit.correct import Correct, change_between, made_exact
        from ..core.rotation import axis_angle_to_quaternion

        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
            angles = np.concatenate(
                [
                    arrays["global_orient"][:, None],
                    arrays["body_pose"],
                    arrays["left_hand_pose"],
                    arrays["right_hand_pose"],
                ],
                axis=1,
            )
            pelvis = np.asarray(arrays["transl"], np.float64) + self.before.rest[0]
            first, contacts = int(arrays["begin"]), np.asarray(arrays["contacts"], np.float64)
        except (OSError, ValueError, KeyError) as error:
            raise BadInputError("The engine's answer cannot be read.", "Press Re-solve again.") from error
        rotations = axis_angle_to_quaternion(angles.astype(np.float64))
        posed: dict[str, dict[int, Any]] = {}
        for item in self.asked.get("posed", ()):
            if first <= item["frame"] < first + len(rotations):
                posed.setdefault(item["joint"], {})[item["frame"] - first] = np.asarray(item["rotation"])
        rotations = made_exact(rotations, self.before.source[first : first + len(rotations)], posed)
        change = change_between(self.before, rotations, pelvis, contacts, first)
        return Correct(
            person=self.person,
            start=round(float(change.seconds[0]), 6),
            end=round(float(change.seconds[-1]), 6),
            asked=json.dumps(self.asked),
            solved=change.to_text(),
        )


def _forget(settings: Any, person: str) -> None:
    """What was said of a person's frames is part of the step now."""
    for index in reversed(range(len(settings.corrections))):
        with contextlib.suppress(IndexError):
            if settings.corrections[index].person == person:
                settings.corrections.remove(index)
