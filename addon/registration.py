"""Registers everything in one order, and takes it back in the reverse one."""

from __future__ import annotations

import bpy

from . import jobs, properties, retarget_properties
from .operators import bone_maps as bone_map_operators
from .operators import capture as capture_operators
from .operators import engine as engine_operators
from .operators import export as export_operators
from .operators import retarget as retarget_operators
from .operators import take as take_operators
from .panels import capture as capture_panels
from .panels import retarget as retarget_panels
from .panels import take as take_panels
from .preferences import UnderstudyPreferences
from .scene import links

CLASSES: tuple[type, ...] = (
    properties.UnderstudyCaptureSettings,
    *retarget_properties.CLASSES,
    UnderstudyPreferences,
    *capture_operators.CLASSES,
    *take_operators.CLASSES,
    *engine_operators.CLASSES,
    *retarget_operators.CLASSES,
    *bone_map_operators.CLASSES,
    *export_operators.CLASSES,
    *capture_panels.CLASSES,
    *take_panels.CLASSES,
    *retarget_panels.CLASSES,
)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.register()
    retarget_properties.register()
    links.register()
    jobs.register()


def unregister() -> None:
    jobs.unregister()
    links.unregister()
    retarget_properties.unregister()
    properties.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
