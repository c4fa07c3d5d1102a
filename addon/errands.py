"""What the preferences ask of the engine and of the disk: self-test, models, sizes. One errand at a time, one timer."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy

from . import redraw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .engine.errand import Errand
    from .engine.plan import Request
    from .engine.storage import Store, Weighing

_POLL_S = 0.15
# What an errand asks for, as ``start`` takes it.
DOCTOR, LIST, PULL, IMPORT = "doctor", "list", "pull", "import"
_TITLES = {
    DOCTOR: "Testing the engine",
    LIST: "Looking at the networks",
    PULL: "Fetching the networks",
    IMPORT: "Importing the network",
}


@dataclass(frozen=True)
class Problem:
    """What an errand of this kind ended with, and what to do."""

    kind: str
    message: str
    hint: str


current: Errand | None = None
kind = ""
checks: list[dict[str, Any]] = []  # of the last self-test: name, ok, detail
models: list[dict[str, Any]] | None = None  # as ``understudy models list`` has them
problem: Problem | None = None
weighing: Weighing | None = None
_at_exit = False


def running() -> bool:
    """Whether an errand is under way."""
    return current is not None


def start(what: str, request: Request, arguments: Sequence[str] = ()) -> Errand:
    """Starts one of the errands above with the engine that ``request`` names; ``arguments`` are the command's own."""
    global current, kind, problem
    from .engine import plan
    from .engine.errand import Errand

    command = plan.doctor_command(request) if what == DOCTOR else plan.models_command(request, what, *arguments)
    current, kind, problem = Errand(_TITLES[what], command, plan.variables(request)), what, None
    _watch()
    return current


def weigh(stores: Sequence[Store]) -> None:
    """Finds out how large the stores are."""
    global weighing
    from .engine.storage import Weighing

    weighing = Weighing(stores)
    _watch()


def cancel() -> None:
    """Ends the errand under way."""
    if current is not None:
        current.cancel()


def shut_down() -> None:
    """Nothing is left running. Called when the add-on is switched off and when Blender quits."""
    global current, weighing, models, problem
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    if current is not None:
        current.close()
    current = weighing = models = problem = None
    checks.clear()


def wait(seconds: float = 60.0) -> None:
    """Without a window no timer takes up the answer: scripts and tests wait for it here."""
    import time

    deadline = time.monotonic() + seconds
    while tick() is not None and time.monotonic() < deadline:
        time.sleep(0.01)


def tick() -> float | None:
    """The timer: takes up answers; None when nothing is under way."""
    global current
    if current is not None and current.state != "running":
        ended, current = current, None
        _take_up(ended)
    redraw.sidebars()
    return _POLL_S if running() or (weighing is not None and not weighing.done) else None


def _take_up(ended: Errand) -> None:
    global problem, models
    if ended.state == "failed":
        problem = Problem(kind, ended.message, ended.hint)
    elif ended.state == "done":
        take_up: Callable[[dict[str, Any]], None] = _ANSWERS[kind]
        take_up(ended.answer)


def _tested(answer: dict[str, Any]) -> None:
    checks[:] = answer.get("checks", [])


def _listed(answer: dict[str, Any]) -> None:
    global models
    models = list(answer.get("models", []))


def _changed(answer: dict[str, Any]) -> None:
    """The list shows what came: it is asked for again."""
    from .preferences import install_request, preferences

    start(LIST, install_request(preferences()))


_ANSWERS = {DOCTOR: _tested, LIST: _listed, PULL: _changed, IMPORT: _changed}


def _watch() -> None:
    global _at_exit
    if not _at_exit:
        atexit.register(shut_down)
        _at_exit = True
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=0.05, persistent=True)


def unregister() -> None:
    global _at_exit
    shut_down()
    atexit.unregister(shut_down)
    _at_exit = False
