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
    """The longest (s) that each of the add-on's timers and operators held Blender up, by label."""

    def __init__(self):
        self.longest = {}

    def wrap(self, module, name, label):
        """From now on ``module.name`` is timed."""
        original = getattr(module, name)

        def timed(*arguments, **keywords):
            began = time.monotonic()
            try:
                return original(*arguments, **keywords)
            finally:
                self.longest[label] = max(self.longest.get(label, 0.0), time.monotonic() - began)

        setattr(module, name, timed)
