"""What jobs need is imported in a thread while the engine starts: imported by a timer, it would hold up the window."""

from __future__ import annotations

import threading

_thread: threading.Thread | None = None


def load() -> None:
    """Begins, unless it has begun."""
    global _thread
    if _thread is None:
        _thread = threading.Thread(target=_load, name="understudy-load", daemon=True)
        _thread.start()


def finish() -> None:
    """Waits for what has begun: an extension that goes while it loads would be half there."""
    global _thread
    if _thread is not None:
        _thread.join()
        _thread = None


def _load() -> None:
    from ..core import client, glimpse, lines, protocol  # noqa: F401
    from .scene import builder, inset, rekey  # noqa: F401
