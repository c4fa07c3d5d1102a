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
from watch import MODULE, OUT, part
from window import job

end = float(sys.argv[-1])
report = {"blender": bpy.app.version_string}


class Gaps:
    """How long Blender's main loop went without coming round, and how long the add-on's own timer took."""

    def __init__(self):
        self.last, self.phase, self.loop, self.timer, self.cpu = time.monotonic(), "", {}, {}, {}

    def watch(self):
        now = time.monotonic()
        self.loop.setdefault(self.phase, []).append(now - self.last)
        self.last = now
        return 0.0

    def install(self):
        jobs = part("addon.jobs")
        original = jobs.tick

        def timed():
            wall, cpu = time.monotonic(), time.thread_time()
            try:
                return original()
            finally:
                self.timer.setdefault(self.phase, []).append(time.monotonic() - wall)
                self.cpu.setdefault(self.phase, []).append(time.thread_time() - cpu)

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


def install_engine(s):
    """Only where run.sh was given wheels: the engine from the button, without network."""
    if not window.wheels:
        return
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.engine_folder = ""
    preferences.wheels_folder = window.wheels
    preferences.interpreter = window.engine
    with s.override():
        bpy.ops.understudy.open_preferences()
    yield 3.0
    s.shot("0_preferences")
    gaps.phase = "install"
    gaps.install()
    started = time.monotonic()
    with s.override():
        bpy.ops.understudy.install_engine()
    jobs = part("addon.jobs")
    yield lambda: jobs.installation is None or jobs.installation.progress.fraction > 0.3
    s.shot("0_installing")
    yield lambda: jobs.installation is None
    report["install_s"] = round(time.monotonic() - started, 1)
    s.check(jobs.last_installation.state == "done", str(jobs.last_installation))
    yield 1.0
    s.shot("0_installed")
    other = next(w for w in bpy.context.window_manager.windows if w != s.window)
    with bpy.context.temp_override(window=other):
        bpy.ops.wm.window_close()
    yield 1.0


def settings(s):
    bpy.context.scene.understudy.end = end
    gaps.phase = "idle"
    if not window.wheels:
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
    bpy.data.objects.remove(bpy.data.objects["Cube"])  # the camera stands in it
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


def ask_about_time(s):
    """The scene has animation by now: its frame rate and range are asked about, by default kept."""
    gaps.phase = "killed"
    yield from window.choose_video(s)
    yield 2.0
    s.check(not job().active, "started without asking")
    s.shot("6_asked")
    yield from s.key("Return")
    yield lambda: job().active
    s.check(job().timing == "SCENE", job().timing)


def kill_the_engine(s):
    if end:
        yield lambda: job().state == "running"
    else:  # the whole of a longer clip: with a finished chunk in the journal
        yield lambda: job().state == "running" and 0 < job().done < (job().total or 0)
    os.kill(window.worker_pid(), signal.SIGKILL)
    yield lambda: job().state == "lost"
    yield 1.0
    s.shot("7_killed")


def resume(s):
    with s.override():
        bpy.ops.understudy.resume()
    pathlib.Path(OUT, "worker.pid").write_text(str(window.worker_pid()))
    yield lambda: not job().active
    s.check(job().state == "done", f"{job().state}: {job().message}")
    yield 1.0
    s.shot("8_resumed")
    report["resumed_chunks"] = job().summary.get("resumed_chunks")
    s.check(end or report["resumed_chunks"] > 0, "the capture did not go on from its journal")


def write_report(s):
    report["main_loop"] = gaps.summary(gaps.loop)
    report["own_timer"] = gaps.summary(gaps.timer)
    report["own_timer_cpu"] = gaps.summary(gaps.cpu)  # what it takes where nothing else runs
    pathlib.Path(OUT, "report.json").write_text(json.dumps(report, indent=1))
    s.log(json.dumps(report))


gui_session.run(
    [window.installed, install_engine, window.open_sidebar, settings, window.click_capture, watch_job,
     through_the_camera, undone_in_one_step, ask_about_time, kill_the_engine, resume, write_report],
    out=OUT, step_timeout=900, total_timeout=2000,
)  # fmt: skip
