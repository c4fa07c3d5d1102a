"""Brings a take into the scene in slices, so that the window never stands still for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import BadInputError, UnderstudyError
from . import readings
from .scene import takes as shown_takes

if TYPE_CHECKING:
    from ..core.take import Take
    from .scene import builder
    from .scene.actor import Bodies

# The longest single step takes 0.03 s with 10,000 frames, and a slice must stay under 0.2 s.
SLICE_S = 0.08


class TakeImport:
    """One import under way. A thread reads the file, which needs no bpy; ``advance`` builds the scene."""

    def __init__(self, path: Path, timing: str) -> None:
        """``timing``: TAKE sets the scene's frame rate and range, SCENE leaves them."""
        self.path = path
        self.timing = timing
        self.state = "loading"  # building, done, failed
        self.done, self.total, self.label = 0, 0, "Reading the take"
        self.error: UnderstudyError | None = None
        self.warnings: list[str] = []
        self._take: Take | None = None
        self._scene = 0  # session_uid
        from .preferences import hand_files, preferences  # which import the jobs, and these this module

        self._hands = hand_files(preferences())
        self._bodies: Bodies | None = None
        self._steps: Generator[builder.Step, None, builder.TakeScene] | None = None
        self._built: bpy.types.Collection | None = None
        self._thread = threading.Thread(target=self._load, name="understudy-read-take", daemon=True)
        self._thread.start()

    def _load(self) -> None:
        from ..core.take_file import load
        from .scene import builder  # noqa: F401 - here, not in the first slice
        from .scene.actor import bodies_of

        try:
            take = load(self.path)
            self._bodies = bodies_of(take, self._hands)
            self._take = take
        except UnderstudyError as error:
            self.error = error

    def advance(self, budget_s: float = SLICE_S) -> None:
        """Works on Blender's own thread until ``budget_s`` seconds are over, at least one step."""
        if self.state == "loading":
            if self._thread.is_alive():
                return
            self.state = "building" if self._take is not None else "failed"
        if self.state != "building" or bpy.app.is_job_running("RENDER"):
            return
        finished = False
        try:
            self._build(time.monotonic() + budget_s)
            finished = True
        except UnderstudyError as error:
            self.error = error
        except ReferenceError:
            self.error = BadInputError(
                "What was being built was removed meanwhile.",
                f"Import the take again; it is kept at {self.path}.",
            )
        finally:
            if not finished:
                self.state = "failed"

    def _build(self, deadline: float) -> None:
        from .scene import builder

        assert self._take is not None
        scene: Any = bpy.context.scene
        if scene.session_uid != self._scene:
            self.interrupt()  # the user went to another scene, or removed the one that was being built in
        if self._steps is None:
            self._scene = scene.session_uid
            self._steps = builder.steps(
                self._take, self.path, scene, set_scene=self.timing == "TAKE", bodies=self._bodies
            )
        while True:
            try:
                step = next(self._steps)
            except StopIteration as stop:
                self._finish(stop.value)
                return
            self.label, self.done, self.total = f"Building {step.stage}", step.done, step.total
            if time.monotonic() >= deadline:
                return

    def _finish(self, built: builder.TakeScene) -> None:
        assert self._take is not None
        readings.keep(self.path, self._take)  # the clean-up need not read the file again
        self.state, self._steps, self._take = "done", None, None
        self.warnings, self._built = built.warnings, built.collection
        activate(built)
        push_undo("Import take")

    def hide(self) -> None:
        """Hides the take that was built, as for one of many: its eye in the list shows it."""
        if self._built is not None:
            shown_takes.show(bpy.context.view_layer, self._built, False)

    def interrupt(self) -> None:
        """Undo, redo or another file is about to replace all data: begin again after it."""
        if self._steps is not None:
            self._steps.close()
            self._steps = None
            self.done = 0


def activate(built: builder.TakeScene) -> None:
    """Makes the take's collection active, so that the sidebar tells about it, and selects its first actor."""
    view_layer: Any = bpy.context.view_layer
    layer = view_layer.layer_collection.children.get(built.collection.name)
    if layer is not None:
        view_layer.active_layer_collection = layer
    if bpy.context.mode == "OBJECT" and built.actors:
        for ob in view_layer.objects.selected:
            ob.select_set(False)
        built.actors[0].select_set(True)
        view_layer.objects.active = built.actors[0]


def push_undo(message: str) -> None:
    """One undo step for all slices. A timer has no window of its own in its context."""
    windows = bpy.context.window_manager.windows
    if windows and not bpy.app.background:
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=message)
