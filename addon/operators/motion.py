"""Import motion…: motion capture and animation of other programs, as a take."""

from pathlib import Path

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...core.errors import BadInputError, UnderstudyError
from .. import jobs, redraw, requests
from ..declarations import Operators
from ..engine import environment
from ..motion_import import SUFFIXES, MotionFile, MotionImport
from ..preferences import engine_folder, preferences
from .elsewhere import LooksAfter, UnderWay
from .timing import AsksTiming

_POLL_S = 0.1
_UP = (
    ("AUTO", "From the file", "What the format says; else the axis along which the body mostly stands"),
    ("Y", "Y", "Motion capture and game engines"),
    ("Z", "Z", "Blender, and most research"),
)

under_way = UnderWay(MotionImport.close)


class UNDERSTUDY_OT_import_motion(AsksTiming, LooksAfter, Operator):
    """Make a take of a motion file: BVH, FBX, SMPL parameters (AMASS, WHAM, GVHMR, 4D-Humans), TRC or C3D joints"""

    bl_idname = Operators.IMPORT_MOTION
    bl_label = "Import motion…"

    filepath: StringProperty(name="File", description="The motion file", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=";".join(f"*{suffix}" for suffix in SUFFIXES), options={"HIDDEN"})
    up: EnumProperty(
        name="Up", description="The file's axis that points up; FBX files always say so", items=_UP, default="AUTO"
    )
    fps: FloatProperty(
        name="Frame rate", description="Frames a second of the take; 0 is the file's own", min=0.0, default=0.0
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        if jobs.busy() or under_way.work is not None:
            cls.poll_message_set("Something is under way already")
            return False
        if not environment.status(engine_folder(preferences(context))).ready:
            cls.poll_message_set("Install the engine in the preferences first")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        return self.choose_file(context)

    def draw(self, context: Context) -> None:
        layout = self.layout
        assert layout is not None
        layout.use_property_split = True
        layout.prop(self, "up")
        layout.prop(self, "fps")
        self.draw_timing(layout)

    def execute(self, context: Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                raise BadInputError(
                    f"There is no motion file {path}.",
                    f"Choose one of {', '.join(SUFFIXES)}; save pickles as .npz first.",
                )
            wanted = MotionFile(
                path,
                requests.take_path(path, None),
                "" if self.up == "AUTO" else self.up.lower(),
                f"{self.fps:.6g}" if self.fps else "",
            )
            folder = environment.environment_folder(engine_folder(preferences(context)))
            under_way.work = MotionImport(wanted, environment.python_in(folder))
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if bpy.app.background:
            under_way.work.wait()
            return self._finish()
        return self.look_after(context, _POLL_S)

    def modal(self, context: Context, event: Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if under_way.work is not None and not under_way.work.poll():
            redraw.sidebars()
            return {"PASS_THROUGH"}
        self.look_no_more(context)
        return self._finish()

    def cancel(self, context: Context) -> None:
        under_way.stop()

    def _finish(self) -> set[str]:
        over, under_way.work = under_way.work, None
        redraw.sidebars()
        if over is None:
            return {"CANCELLED"}
        if over.state != "done":
            self.report({"ERROR"}, over.message)
            return {"CANCELLED"}
        jobs.start_import(over.wanted.output, self.timing)
        return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_import_motion,)
