"""Registers everything in one order, and takes it back in the reverse one."""

from __future__ import annotations

import bpy

from . import jobs, properties
from .operators import capture as capture_operators
from .operators import engine as engine_operators
from .operators import take as take_operators
from .panels import capture as capture_panels
from .panels import take as take_panels
from .preferences import UnderstudyPreferences
from .scene import links

CLASSES: tuple[type, ...] = (
    properties.UnderstudyCaptureSettings,
    UnderstudyPreferences,
    *capture_operators.CLASSES,
    *take_operators.CLASSES,
    *engine_operators.CLASSES,
    *capture_panels.CLASSES,
    *take_panels.CLASSES,
)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.register()
    links.register()
    jobs.register()


def unregister() -> None:
    jobs.unregister()
    links.unregister()
    properties.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
