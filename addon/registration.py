"""Registers everything in one order, and takes it back in the reverse one."""

from __future__ import annotations

import sys

import bpy

from . import (
    ahead,
    capture_queue,
    cleanup,
    correction,
    edit_list,
    edit_settings,
    errands,
    exchange,
    footage,
    icons,
    jobs,
    keymaps,
    properties,
    recording,
    retarget_properties,
    review,
    saving,
    status_bar,
    translations,
    view_properties,
)
from .operators import actors as actor_operators
from .operators import bone_maps as bone_map_operators
from .operators import capture as capture_operators
from .operators import choose_people as choose_people_operators
from .operators import contacts as contact_operators
from .operators import correct as correct_operators
from .operators import drag_point as drag_operators
from .operators import edit_list as edit_list_operators
from .operators import edits as edit_operators
from .operators import engine as engine_operators
from .operators import export as export_operators
from .operators import footage as footage_operators
from .operators import in_slices
from .operators import models as model_operators
from .operators import motion as motion_operators
from .operators import queue as queue_operators
from .operators import record as record_operators
from .operators import retarget as retarget_operators
from .operators import review as review_operators
from .operators import shot as shot_operators
from .operators import storage as storage_operators
from .operators import take as take_operators
from .operators import takes as takes_operators
from .panels import capture as capture_panels
from .panels import cleanup as cleanup_panels
from .panels import correct as correct_panels
from .panels import footage as footage_panels
from .panels import queue as queue_panels
from .panels import record as record_panels
from .panels import retarget as retarget_panels
from .panels import review as review_panels
from .panels import shot as shot_panels
from .panels import take as take_panels
from .preferences import UnderstudyPreferences
from .scene import confidence, lanes, links, overlay

# Modules that are loaded, and draw, once there is something to draw.
_WHEN_USED = ("scene.crowd", "scene.inset")

CLASSES: tuple[type, ...] = (
    *properties.CLASSES,
    *edit_settings.CLASSES,
    *view_properties.CLASSES,
    *retarget_properties.CLASSES,
    UnderstudyPreferences,
    *capture_operators.CLASSES,
    *queue_operators.CLASSES,
    *footage_operators.CLASSES,
    *choose_people_operators.CLASSES,
    *record_operators.CLASSES,
    *actor_operators.CLASSES,
    *take_operators.CLASSES,
    *motion_operators.CLASSES,
    *engine_operators.CLASSES,
    *model_operators.CLASSES,
    *storage_operators.CLASSES,
    *edit_operators.CLASSES,
    *edit_list_operators.CLASSES,
    *takes_operators.CLASSES,
    *shot_operators.CLASSES,
    *review_operators.CLASSES,
    *correct_operators.CLASSES,
    *drag_operators.CLASSES,
    *contact_operators.CLASSES,
    *retarget_operators.CLASSES,
    *bone_map_operators.CLASSES,
    *export_operators.CLASSES,
    capture_panels.UNDERSTUDY_PT_capture,
    *queue_panels.CLASSES,
    *footage_panels.CLASSES,
    capture_panels.UNDERSTUDY_PT_settings,
    *record_panels.CLASSES,
    *take_panels.CLASSES,
    *cleanup_panels.CLASSES,
    *review_panels.CLASSES,
    *correct_panels.CLASSES,
    *shot_panels.CLASSES,
    *retarget_panels.CLASSES,
)


def register() -> None:
    translations.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.register()
    retarget_properties.register()
    edit_settings.register()
    edit_list.register()
    view_properties.register()
    links.register()
    cleanup.register()
    confidence.register()
    overlay.register()
    lanes.register()
    jobs.register()
    capture_queue.register()
    status_bar.register()
    in_slices.register()
    export_operators.under_way.register()
    motion_operators.under_way.register()
    keymaps.register()


def unregister() -> None:
    ahead.finish()
    keymaps.unregister()
    errands.unregister()
    motion_operators.under_way.unregister()
    export_operators.under_way.unregister()
    in_slices.unregister()
    status_bar.unregister()
    capture_queue.unregister()
    correction.forget()
    saving.forget()
    jobs.unregister()
    recording.shut_down()
    footage.forget()
    icons.clear()
    lanes.unregister()
    for name in _WHEN_USED:
        module = sys.modules.get(f"{__package__}.{name}")
        if module is not None:
            module.unregister()
    exchange.clear()
    overlay.unregister()
    confidence.unregister()
    cleanup.unregister()
    review.forget()
    links.unregister()
    retarget_properties.unregister()
    view_properties.unregister()
    edit_list.unregister()
    edit_settings.unregister()
    properties.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    translations.unregister()
