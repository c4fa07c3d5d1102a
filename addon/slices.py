"""Work in short pieces, so that a window is never held up for long: generators that yield between two of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
_LOOK_S = 0.005


def at_once(steps: Generator[None, None, T]) -> T:
    """Does all of it; its result."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def for_a_while(steps: Generator[None, None, Any], seconds: float) -> bool:
    """Works on it so long, at least one piece; whether it is done. The result is lost: ``steps`` keeps it itself."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            next(steps)
        except StopIteration:
            return True
        if time.monotonic() >= deadline:
            return False


def apart(work: Callable[[], T]) -> Generator[None, None, T]:
    """``work``, which touches nothing of Blender's, in a thread; its result, or what it raises."""
    found: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001  raised again where somebody waits for it
            raised.append(error)

    thread = threading.Thread(target=run, name="understudy-apart", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_S)
        yield
    if raised:
        raise raised[0]
    return found[0]
