"""Capture from video in a real window: click, watch, get the actors; kill the engine, resume. See run.sh."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
import time

sys.path += ["/tool", "/share"]
import bpy
import gui_session
import window
from window import OUT, job, part

end = float(sys.argv[-1])
report = {"blender": bpy.app.version_string}


class Gaps:
    """How long Blender's main loop went without coming round, and how long the add-on's own timer took."""

    def __init__(self):
        self.last, self.phase, self.loop, self.timer = time.monotonic(), "", {}, {}

    def watch(self):
        now = time.monotonic()
        self.loop.setdefault(self.phase, []).append(now - self.last)
        self.last = now
        return 0.0

    def install(self):
        jobs = part("addon.jobs")
        original = jobs.tick

        def timed():
            started = time.monotonic()
            try:
                return original()
            finally:
                self.timer.setdefault(self.phase, []).append(time.monotonic() - started)

        jobs.tick = timed
        self.last = time.monotonic()
        bpy.app.timers.register(self.watch, persistent=True)

    def summary(self, times):
        return {
            phase: {
                "longest_s": round(max(values), 4),
                "median_s": round(sorted(values)[len(values) // 2], 4),
                "n": len(values),
            }
            for phase, values in times.items()
        }


gaps = Gaps()


def settings(s):
    bpy.context.scene.understudy.end = end
    gaps.phase = "idle"
    gaps.install()
    yield 3.0


def watch_job(s):
    gaps.phase = "capture"
    report["capture_started"] = time.time()
    pathlib.Path(OUT, "worker.pid").write_text(str(window.worker_pid()))
    yield lambda: (job().state != "starting" and job().done > 0) or not job().active
    s.shot("3_running")
    yield lambda: job().state in ("importing", "done", "failed", "lost", "cancelled")
    gaps.phase = "import"
    yield lambda: not job().active
    gaps.phase = "after"
    s.check(job().state == "done", f"{job().state}: {job().message} {job().hint}")
    report["people"] = sum(ob.type == "ARMATURE" for ob in bpy.data.objects)
    report["warnings"] = job().warnings
    s.check(report["people"] >= 1, "no actor")
    yield 2.0
    s.shot("4_actors")


def through_the_camera(s):
    area = s.area()
    area.spaces.active.region_3d.view_perspective = "CAMERA"
    bpy.context.scene.frame_set((bpy.context.scene.frame_start + bpy.context.scene.frame_end) // 2)
    yield 2.0
    with s.override():
        bpy.ops.view3d.view_center_camera()
    yield 2.0
    s.shot("5_camera")


def undone_in_one_step(s):
    with s.override():
        bpy.ops.ed.undo()
    yield 1.0
    s.check(not any(ob.type == "ARMATURE" for ob in bpy.data.objects), "one undo does not take the import back")
    with s.override():
        bpy.ops.ed.redo()
    yield 1.0
    s.check(any(ob.type == "ARMATURE" for ob in bpy.data.objects), "redo does not bring it back")


def kill_the_engine(s):
    gaps.phase = "killed"
    with s.override():
        bpy.ops.understudy.capture(filepath=window.video)
    yield lambda: job().state == "running" and job().done > 0
    os.kill(window.worker_pid(), signal.SIGKILL)
    yield lambda: job().state == "lost"
    yield 1.0
    s.shot("6_killed")


def resume(s):
    with s.override():
        bpy.ops.understudy.resume()
    pathlib.Path(OUT, "worker.pid").write_text(str(window.worker_pid()))
    yield lambda: not job().active
    s.check(job().state == "done", f"{job().state}: {job().message}")
    yield 1.0
    s.shot("7_resumed")
    report["resumed_chunks"] = job().summary.get("resumed_chunks")


def write_report(s):
    report["main_loop"] = gaps.summary(gaps.loop)
    report["own_timer"] = gaps.summary(gaps.timer)
    pathlib.Path(OUT, "report.json").write_text(json.dumps(report, indent=1))
    s.log(json.dumps(report))


gui_session.run(
    [window.installed, window.open_sidebar, settings, window.click_capture, watch_job, through_the_camera,
     undone_in_one_step, kill_the_engine, resume, write_report],
    out=OUT, step_timeout=900, total_timeout=1100,
)  # fmt: skip
