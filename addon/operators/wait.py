"""Wait: scripts go on when the engine is done."""

import time

from bpy.props import FloatProperty
from bpy.types import Context, Operator

from .. import capture_queue, jobs
from ..declarations import Operators

_PAUSE_S = 0.02
_BAD = ("failed", "lost", "cancelled")


class UNDERSTUDY_OT_wait(Operator):
    """Wait until captures, import and re-solve are done, for scripts; an error when one of them failed"""

    bl_idname = Operators.WAIT
    bl_label = "Wait for the engine"
    bl_options = {"INTERNAL"}

    seconds: FloatProperty(
        name="Seconds", description="How long at most; 0 waits as long as it takes", min=0.0, default=0.0
    )

    def execute(self, context: Context) -> set[str]:
        captures = [job for job in capture_queue.items if not job.over]
        correction = jobs.correction if jobs.correction_active() else None
        imports = jobs.importing is not None
        deadline = time.monotonic() + self.seconds
        while jobs.busy():
            if self.seconds and time.monotonic() > deadline:
                self.report({"ERROR"}, f"Not done after {self.seconds:g} s. Wait longer, or cancel.")
                return {"CANCELLED"}
            jobs.tick()  # without a window no timer does
            time.sleep(_PAUSE_S)
        wrong = [f"{job.output.name}: {job.message} {job.hint}" for job in captures if job.state in _BAD]
        if correction is not None and correction.state in _BAD:
            wrong.append(f"{correction.message} {correction.hint}")
        if imports and jobs.last_import_error is not None:
            wrong.append(str(jobs.last_import_error))
        if wrong:
            self.report({"ERROR"}, "\n".join(line.strip() for line in wrong))
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_wait,)
