"""The queue: cancel, resume, start over, take out, pause and go on."""

from bpy.props import BoolProperty, IntProperty
from bpy.types import Context, Operator

from .. import capture_queue, jobs, redraw
from ..capture_job import CaptureJob
from ..declarations import Operators
from ..preferences import engine_of, preferences
from .capture import can_start


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


CLASSES = (
    UNDERSTUDY_OT_resume,
    UNDERSTUDY_OT_cancel,
    UNDERSTUDY_OT_dismiss,
    UNDERSTUDY_OT_run_queue,
    UNDERSTUDY_OT_pause_queue,
    UNDERSTUDY_OT_clear_queue,
)
