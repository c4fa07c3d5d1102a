"""Which parts of the windows draw anew."""

from __future__ import annotations

import bpy


def sidebars() -> None:
    """Only sidebars and preferences: the view itself may be heavy to draw."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            wanted = {"VIEW_3D": "UI", "PREFERENCES": "WINDOW"}.get(area.type)
            for region in area.regions:
                if region.type == wanted:
                    region.tag_redraw()


def viewports() -> None:
    """Every 3D viewport's picture."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
