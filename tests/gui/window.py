"""Steps that both GUI tests take. Runs inside Blender; see run.sh."""

from __future__ import annotations

import sys

import bpy
from watch import MODULE, part

# engine: an environment; with wheels, the Python to install one with.
video, engine, wheels = sys.argv[sys.argv.index("--") + 1 :][:3]


def installed(s):
    s.check(MODULE in bpy.context.preferences.addons, "extension not enabled")
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.engine_folder = engine
    preferences.models_folder = "/share/models"
    preferences.device = "cpu"
    # The file browser as an area of this window: there is no window manager to place a second one.
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"


def open_sidebar(s):
    yield from s.open_sidebar("Understudy")
    s.area().regions[0].tag_redraw()
    yield 0.5
    s.shot("1_sidebar")


def click_capture(s):
    """A real click on the button starts the job."""
    yield from choose_video(s)
    yield lambda: part("addon.jobs").capture is not None


def choose_video(s):
    """A real click on the button, then the file browser as a user leaves it: a file chosen, Return pressed."""
    yield from s.click(s.region("UI"), 110, 50)
    yield lambda: any(area.type == "FILE_BROWSER" for area in s.window.screen.areas)
    yield 1.0
    browser = s.area("FILE_BROWSER")
    folder, _, name = video.rpartition("/")
    browser.spaces.active.params.directory = folder.encode() + b"/"
    browser.tag_redraw()
    yield 1.0
    browser.spaces.active.params.filename = name
    browser.tag_redraw()
    yield 0.5
    s.shot("2_file_browser")
    yield from s.key("Return", region=s.region("WINDOW", "FILE_BROWSER"))


def job():
    return part("addon.jobs").capture


def worker_pid():
    return part("addon.engine.link").client.pid
