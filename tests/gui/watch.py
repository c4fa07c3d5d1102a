"""What the GUI tests share: the installed extension, the open take, how long Blender was held up. Runs in Blender."""

from __future__ import annotations

import importlib
import time

MODULE = "bl_ext.user_default.understudy"
OUT = "/share/out"


def part(name):
    """A module of the installed extension."""
    return importlib.import_module(f"{MODULE}.{name}")


def take():
    """The first take of the file."""
    return next(iter(part("addon.scene.links").take_collections()))


class Blocked:
    """The longest (s) that each of the add-on's timers and operators held Blender up, by label: on the clock, and by
    this thread's own time, to which other programs on the machine do not add."""

    def __init__(self):
        self.longest, self.own = {}, {}

    def wrap(self, module, name, label):
        """From now on ``module.name`` is timed."""
        original = getattr(module, name)

        def timed(*arguments, **keywords):
            began, own = time.monotonic(), time.thread_time()
            try:
                return original(*arguments, **keywords)
            finally:
                self.longest[label] = max(self.longest.get(label, 0.0), time.monotonic() - began)
                self.own[label] = max(self.own.get(label, 0.0), time.thread_time() - own)

        setattr(module, name, timed)
