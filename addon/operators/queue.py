"""The queue: cancel, resume, start over, take out, pause, go on, and wait for it."""

import time

from bpy.props import BoolProperty, FloatProperty, IntProperty
from bpy.types import Context, Operator

from .. import capture_queue, jobs, redraw
from ..capture_job import CaptureJob
from ..declarations import Operators
from ..preferences import engine_of, preferences
from .capture import can_start

_PAUSE_S = 0.02
_BAD = ("failed", "lost", "cancelled")


class OfJob:
    """An operator on the capture ``item``, or on the one under way or started last."""

    item: IntProperty(
        name="Capture", description="Its number in this session; 0 is the one started last", options={"SKIP_SAVE"}
    )

    def job(self) -> CaptureJob | None:
        """The capture, None with a report where it is no longer there."""
        found = capture_queue.find(self.item) if self.item else capture_queue.active() or jobs.capture
        if found is None:
            self.report({"WARNING"}, "This capture is no longer in the list")
        return found


class UNDERSTUDY_OT_resume(OfJob, Operator):
    """Start the capture again with the same settings; finished work is taken up"""

    bl_idname = Operators.RESUME
    bl_label = "Resume"

    afresh: BoolProperty(name="Start over", description="Forget the finished work first", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return can_start(cls, context)

    def execute(self, context: Context) -> set[str]:
        job = self.job()
        if job is None or not job.over:
            return {"CANCELLED"}
        if job not in capture_queue.items:
            capture_queue.add([job])
        capture_queue.retry(job, self.afresh)
        jobs.go_on(engine_of(preferences(context)))
        return {"FINISHED"}


class UNDERSTUDY_OT_cancel(OfJob, Operator):
    """Stop this capture; finished work is kept, so that Resume goes on from it"""

    bl_idname = Operators.CANCEL
    bl_label = "Cancel"

    def execute(self, context: Context) -> set[str]:
        job = self.job()
        if job is None:
            return {"CANCELLED"}
        jobs.cancel_capture(job)
        return {"FINISHED"}


class UNDERSTUDY_OT_dismiss(OfJob, Operator):
    """Take this capture out of the list; its files stay"""

    bl_idname = Operators.DISMISS
    bl_label = "Close"

    def execute(self, context: Context) -> set[str]:
        job = self.job()
        if job is None or job.active:
            return {"CANCELLED"}
        jobs.dismiss(job)
        return {"FINISHED"}


class UNDERSTUDY_OT_run_queue(Operator):
    """Start what waits in the queue, one capture after another"""

    bl_idname = Operators.RUN_QUEUE
    bl_label = "Start the queue"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return can_start(cls, context)

    def execute(self, context: Context) -> set[str]:
        jobs.go_on(engine_of(preferences(context)))
        return {"FINISHED"}


class UNDERSTUDY_OT_pause_queue(Operator):
    """Start no further capture; the one under way goes on"""

    bl_idname = Operators.PAUSE_QUEUE
    bl_label = "Pause"

    def execute(self, context: Context) -> set[str]:
        capture_queue.pause()
        redraw.sidebars()
        return {"FINISHED"}


class UNDERSTUDY_OT_clear_queue(Operator):
    """Take captures out of the list; their files stay"""

    bl_idname = Operators.CLEAR_QUEUE
    bl_label = "Clear finished"

    everything: BoolProperty(
        name="Everything", description="Also those that wait, failed or were cancelled", options={"SKIP_SAVE"}
    )

    def execute(self, context: Context) -> set[str]:
        states = ("done", "waiting", "cancelled", "failed", "lost") if self.everything else ("done",)
        capture_queue.clear(states)
        if jobs.capture is not None and jobs.capture.state in states:
            jobs.dismiss()
        redraw.sidebars()
        return {"FINISHED"}


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


CLASSES = (
    UNDERSTUDY_OT_resume,
    UNDERSTUDY_OT_cancel,
    UNDERSTUDY_OT_dismiss,
    UNDERSTUDY_OT_run_queue,
    UNDERSTUDY_OT_pause_queue,
    UNDERSTUDY_OT_clear_queue,
    UNDERSTUDY_OT_wait,
)
