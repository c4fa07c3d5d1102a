"""Problems: the take's score, where to look, how certain each joint is."""

from __future__ import annotations

import bpy
from bpy.types import Context, Panel

from .. import edit_list, review
from ..declarations import Operators, Panels
from ..scene import takes
from .sidebar import OfTake
from .text import draw_message, in_language


class UNDERSTUDY_PT_problems(OfTake, Panel):
    """Score, reasons, buttons."""

    bl_idname = Panels.PROBLEMS
    bl_label = "Problems"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = self.layout
        take = takes.take_of(context)
        assert layout is not None and take is not None
        settings = edit_list.settings_of(take)
        row = layout.row(align=True)
        row.operator(Operators.NEXT_PROBLEM, text="Previous", icon="TRIA_LEFT").direction = "PREVIOUS"
        row.operator(Operators.NEXT_PROBLEM, text="Next", icon="TRIA_RIGHT").direction = "NEXT"
        result = review.known(take)
        if result is not None:
            draw_review(layout, take, result)
        layout.prop(settings, "problems_by_time")
        column = layout.column(align=True)
        column.prop(settings, "show_confidence")
        column.operator(Operators.CONFIDENCE_CURVES, icon="GRAPH").show = True
        column.operator(Operators.CONFIDENCE_CURVES, text="Show all curves", icon="FCURVE").show = False


def draw_review(layout: bpy.types.UILayout, take: bpy.types.Collection, result: review.Review) -> None:
    """The score and the problem that is being looked at."""
    from ...core.review.problems import REASONS, joint_words
    from ...core.review.score import verdict

    settings = edit_list.settings_of(take)
    box = layout.box()
    score = f"{in_language('Score')} {result.score:.0f}: {in_language(verdict(result.score))}"
    box.progress(factor=result.score / 100, type="BAR", text=score)
    found = result.ordered(settings.problems_by_time)
    if not found:
        box.label(text="No problem was found", icon="CHECKMARK")
        return
    if not 0 <= settings.problem < len(found):
        box.label(text=f"{in_language('Problems')}: {len(found)}", translate=False)
        return
    one = found[settings.problem]
    joint = in_language(joint_words(one.problem.joint))
    said = f"{joint[:1].upper()}{joint[1:]}: {in_language(REASONS[one.problem.reason])}"
    draw_message(box, one.problem.text if one.problem.reason == "missing" else said)
    actor = takes.actor_of(take, one.person)
    where = f"{in_language('Frame')} {one.frame} · {settings.problem + 1} / {len(found)}"
    who = f"{actor.name} · " if actor is not None and len(takes.actors(take)) > 1 else ""
    box.label(text=f"{who}{where}", icon="BLANK1", translate=False)


CLASSES = (UNDERSTUDY_PT_problems,)
