"""What a user sees before there is an engine: what comes, how large it is, one button. And the self-test's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .. import errands, jobs
from ..declarations import Operators
from .text import draw_message

if TYPE_CHECKING:
    from ..engine.installation import Progress

# What an installation takes on the disk: measured for the processor alone; GPU builds of torch are larger.
_NEEDS = "It takes about 1.5 GB, several times that with an NVIDIA GPU. Nothing goes into Blender's own Python."
_WITH = "With it come Google's landmark networks (Apache-2.0)."
# The self-test's names as people say them.
_CHECKS = {
    "python": "Python",
    "torch": "Computing",
    "video": "Reading videos",
    "body": "Body",
    "disk": "Room on the disk",
    "pose_detection": "Finding people",
    "pose_landmark_full": "Measuring bodies",
    "palm_detection_full": "Finding hands",
    "hand_landmark_full": "Measuring hands",
}


def draw_first_run(layout: bpy.types.UILayout, wheels: str) -> None:
    """The box that leads to an engine. ``wheels``: the folder to install from without network, or empty."""
    box = layout.box()
    box.label(text="Set up the engine once", icon="INFO")
    last = jobs.last_installation
    if last is not None and last.state == "failed":
        draw_message(box, last.message, last.hint)
    else:
        draw_message(box, _NEEDS, icon="DOT")
        draw_message(box, _WITH, icon="DOT")
    offline = not wheels and not bpy.app.online_access
    if offline:
        draw_offline(box)
    row = box.row()
    row.scale_y = 1.6
    row.enabled = not offline
    row.operator(Operators.INSTALL_ENGINE, icon="IMPORT")
    box.operator(Operators.OPEN_PREFERENCES, text="More choices", icon="PREFERENCES")


def draw_offline(layout: bpy.types.UILayout) -> None:
    """Blender may not use the network: the button that allows it, or why there is none."""
    if bpy.app.online_access_override:
        draw_message(
            layout,
            "Blender was started offline.",
            "Start it without --offline-mode, or set a folder of offline wheels.",
        )
        return
    draw_message(layout, "Blender is offline.", "Allow online access, or set a folder of offline wheels.")
    layout.operator("extensions.userpref_allow_online", text="Allow online access", icon="INTERNET")


def draw_installation(layout: bpy.types.UILayout, progress: Progress) -> None:
    """An installation under way."""
    layout.label(text=progress.title)
    layout.progress(factor=progress.fraction, type="BAR", text=f"{progress.fraction:.0%}")
    if progress.detail:
        layout.label(text=progress.detail)
    layout.operator(Operators.CANCEL_INSTALL, icon="X")


def draw_self_test(layout: bpy.types.UILayout) -> None:
    """The self-test under way, or what it found, a line each; details only of what is wrong."""
    if errands.running():
        assert errands.current is not None
        row = layout.row()
        row.label(text=errands.current.title, icon="SORTTIME")
        row.operator(Operators.CANCEL_ERRAND, text="", icon="X")
        if errands.current.detail:
            layout.label(text=errands.current.detail, translate=False)
        return
    if errands.problem is not None:
        draw_message(layout, errands.problem.message, errands.problem.hint)
    column = layout.column(align=True)
    for check in errands.checks:
        name = str(check["name"])
        if name.startswith("method "):
            if not check["ok"]:
                draw_message(column, f"Method {name.removeprefix('method ')}: {check['detail']}")
            continue
        if not check["ok"]:
            draw_message(column, f"{_CHECKS.get(name, name)}: {check['detail']}")
            continue
        row = column.row()
        row.alignment = "LEFT"
        row.label(text=_CHECKS.get(name, name), icon="CHECKMARK")
        if name == "torch":
            row.label(text=f"(torch {check['detail']})", translate=False)
