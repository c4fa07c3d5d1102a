"""The first part of test_whole.py: a capture by clicks, and Ctrl Z while it runs and while its actors arrive."""

from __future__ import annotations

import time

import bpy
import hands
import window
from watch import part, take
from window import job

report = {"blender": bpy.app.version_string}


def actor():
    return part("addon.scene.takes").actors(take())[0]


def capture(s):
    began = time.monotonic()
    yield from window.click_capture(s)
    yield lambda: job().state == "running" and job().done > 0
    s.shot("w1_capturing")
    yield from undo_while_it_runs(s)
    yield lambda: job().state == "importing"
    before = len(bpy.data.objects)
    s._xdotool("key", "ctrl+z")  # while the actors arrive: the cube that was deleted is back, and they begin again
    yield lambda: not job().active
    s.check(job().state == "done", f"{job().state}: {job().message} {job().hint}")
    s.check("Cube" in bpy.data.objects, "the undo was not done")
    report["capture_s"] = round(time.monotonic() - began, 1)
    report["undo_while_actors_arrive"] = {"objects_then": before, "takes": whole(s)}
    yield 1.0
    s.shot("w2_undone")
    # The camera stands in the cube: a click on one of its sides, and Delete.
    yield from s.click(s.region(), *hands.at(s, (1.0, -0.5, -0.5)))
    s.check(bpy.context.view_layer.objects.active == bpy.data.objects["Cube"], "the click missed the cube")
    yield from s.key("Delete")
    s.check("Cube" not in bpy.context.view_layer.objects, "Delete did not delete")
    yield 1.0
    s.shot("w2_actors")


def undo_while_it_runs(s):
    """A step of the user's own, undone with Ctrl Z: the scene is as before, and the capture goes on."""
    cube = bpy.data.objects["Cube"].location
    done = job().done
    yield from s.key("g")
    yield from hands.press(s, "x", "2", "Return")
    yield lambda: abs(bpy.data.objects["Cube"].location.x - 2.0) < 1e-3
    yield from s.key("ctrl+z")
    yield lambda: abs(bpy.data.objects["Cube"].location.x) < 1e-3
    s.check(job().active and not job().warnings, f"{job().state}: {job().message}")
    yield lambda: job().done > done or job().state != "running"
    report["undo_while_it_runs"] = [job().state, done, job().done, list(map(float, cube))]
    s.shot("w1_undone")
    yield from s.key("Delete")
    s.check("Cube" not in bpy.context.view_layer.objects, "Delete did not delete")


def whole(s):
    """The take is there once, with everything: its actors' keys reach from its first frame to its last."""
    found = list(part("addon.scene.links").take_collections())
    s.check(len(found) == 1, f"{len(found)} takes")
    action = part("addon.scene.takes").action_of(actor())
    frames = [round(value) for value in action.frame_range]
    s.check(frames == [1, job().summary["frames"]], f"keys from {frames}")
    return [one.name for one in found] + frames
