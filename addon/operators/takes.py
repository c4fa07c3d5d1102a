"""What may be done with a take as a whole. Each acts on the active take, or on the one that ``take`` names."""

import json
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator

from .. import cleanup, edit_list, readings
from ..declarations import TAKE_FILTER, Operators
from ..scene import library, links, takes
from .on_take import OnTake


class UNDERSTUDY_OT_show_take(OnTake, Operator):
    """Show or hide this take, in the viewport and in renders"""

    bl_idname = Operators.SHOW_TAKE
    bl_label = "Show take"

    shown: BoolProperty(name="Shown", description="Whether the take is shown", default=True)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        takes.show(context.view_layer, take, self.shown)


class UNDERSTUDY_OT_rate_take(OnTake, Operator):
    """Give the take this many stars; the same number again takes them away"""

    bl_idname = Operators.RATE_TAKE
    bl_label = "Rate"

    rating: IntProperty(name="Stars", description="How many stars, 0 to 5", min=0, max=5)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        settings = edit_list.settings_of(take)
        settings.rating = 0 if settings.rating == self.rating else self.rating


class UNDERSTUDY_OT_take_to_nla(OnTake, Operator):
    """Put the take's motion on a track of the Nonlinear Animation editor; keys on top of it no longer change it"""

    bl_idname = Operators.TAKE_TO_NLA
    bl_label = "To an NLA strip"

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        count = library.to_nla(take)
        self.report({"INFO"}, f"{count} strip{'' if count == 1 else 's'} added")


class UNDERSTUDY_OT_take_to_action(OnTake, Operator):
    """Let the actors play the take's own action again, instead of strips or other actions"""

    bl_idname = Operators.TAKE_TO_ACTION
    bl_label = "Set as active action"

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        library.to_action(take)


class UNDERSTUDY_OT_take_to_assets(OnTake, Operator):
    """Make the take's motion an asset with a picture, to be dropped from the Asset Browser"""

    bl_idname = Operators.TAKE_TO_ASSETS
    bl_label = "To the Asset Browser"

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        from ...core.review.portrait import portrait

        settings = edit_list.settings_of(take)
        licence = ", ".join(sorted({str(model.get("licence", "")) for model in takes.models(take)}))
        tags = ("Understudy", *(("best",) if settings.rating == 5 else ()))
        motions = cleanup.motions(take)
        for actor in takes.actors(take):
            action, motion = takes.action_of(actor), motions.get(str(actor[takes.PERSON_ID]))
            if action is None or motion is None:
                continue
            middle = motion.take([motion.frame_count // 2]).joints()[0]
            action.name = take.name if len(motions) == 1 else f"{take.name} {actor.name}"
            library.mark_asset(action, settings.notes, licence, tags, portrait(middle, library.ASSET_SIDE))


class UNDERSTUDY_OT_side_by_side(Operator):
    """Set the shown takes' actors side by side to compare them; 0 puts them back where they were filmed"""

    bl_idname = Operators.SIDE_BY_SIDE
    bl_label = "Side by side"
    bl_options = {"REGISTER", "UNDO"}

    spacing: FloatProperty(name="Spacing", description="Metres between takes", subtype="DISTANCE", min=0.0, default=2.0)

    def execute(self, context: Context) -> set[str]:
        shown = [take for take in takes.takes_in(context.scene) if takes.is_shown(context.view_layer, take)]
        library.side_by_side(shown, self.spacing)
        return {"FINISHED"}


class FromFile(OnTake):
    """An operator that asks for a file first."""

    filepath: StringProperty(name="File", description="Where it lies now", subtype="FILE_PATH", options={"SKIP_SAVE"})

    def invoke(self, context: Context, event: Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @property
    def path(self) -> Path:
        return Path(bpy.path.abspath(self.filepath))


class UNDERSTUDY_OT_relink_footage(FromFile, Operator):
    """Say where the footage lies now; picture and sound come back in step"""

    bl_idname = Operators.RELINK_FOOTAGE
    bl_label = "Relink footage…"

    filter_movie: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})
    camera: IntProperty(name="Camera", description="Which of the take's cameras, from 0", default=0, min=0)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        from ..scene import relink

        source = readings.evaluation_of(take).take
        for warning in relink.footage(take, source, self.path, self.camera):
            self.report({"WARNING"}, warning)


class UNDERSTUDY_OT_relink_take(FromFile, Operator):
    """Say where the take's file lies now"""

    bl_idname = Operators.RELINK_TAKE
    bl_label = "Relink take file…"

    filter_glob: StringProperty(default=TAKE_FILTER, options={"HIDDEN"})

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        from ..scene import relink

        cleanup.forget(take)
        relink.take_file(take, self.path)
        cleanup.request(take)


class UNDERSTUDY_OT_reload_take(OnTake, Operator):
    """Read the take's file again, such as after a new solve; the clean-up is applied to what is in it now"""

    bl_idname = Operators.RELOAD_TAKE
    bl_label = "Reload from file"

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        from ..scene import relink

        cleanup.forget(take)
        relink.check_people(take, readings.evaluation_of(take).take)
        take[links.EDITS_APPLIED] = ""
        cleanup.request(take)


class UNDERSTUDY_OT_delete_take(OnTake, Operator):
    """Remove the take's actors, camera, footage and actions from this file; the take file on disk stays"""

    bl_idname = Operators.DELETE_TAKE
    bl_label = "Delete take"

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        if context.mode != "OBJECT" and context.object is not None and context.object in list(take.all_objects):
            bpy.ops.object.mode_set(mode="OBJECT")
        cleanup.forget(take)
        library.delete(take)


def about(take: bpy.types.Collection) -> dict[str, Any]:
    """How the take was made, as the import noted it."""
    return json.loads(take.get(links.ABOUT, "{}"))


CLASSES = (
    UNDERSTUDY_OT_show_take,
    UNDERSTUDY_OT_rate_take,
    UNDERSTUDY_OT_take_to_nla,
    UNDERSTUDY_OT_take_to_action,
    UNDERSTUDY_OT_take_to_assets,
    UNDERSTUDY_OT_side_by_side,
    UNDERSTUDY_OT_relink_footage,
    UNDERSTUDY_OT_relink_take,
    UNDERSTUDY_OT_reload_take,
    UNDERSTUDY_OT_delete_take,
)
