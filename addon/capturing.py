"""From what the panel says to captures in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from . import actors, capture_queue, compat, jobs, requests
from .capture_job import CaptureJob
from .engine import environment
from .preferences import body_file, engine_folder, engine_of, preferences
from .properties import UnderstudyCaptureSettings, capture_settings


def begin(context: bpy.types.Context, videos: Sequence[Path], timing: str, brings: bool = True) -> list[CaptureJob]:
    """Puts captures of ``videos`` with the scene's settings into the queue, and lets it go.

    ``timing`` as in properties.TIMING_ITEMS; ``brings``: the takes come into the scene, of many the first one shown.
    Raises UnderstudyError where a video is missing or nothing can be written.
    """
    choices, options = capture_settings(context), preferences(context)
    folder = Path(bpy.path.abspath(choices.folder)) if choices.folder else None
    taken = capture_queue.taken()
    found = []
    for video in requests.videos_in(videos):
        output = requests.take_path(video, folder, taken)
        taken.add(output)
        found.append((video, output))
    made = []
    actor = actors.file_of(choices.actor) if choices.actor not in ("", actors.NONE) else None
    for number, (video, output) in enumerate(found):
        request = requests.capture_request(video, output, choices, options.device, actor, body_file(options))
        for key in _foreign(choices, video, len(found)):
            request.pop(key, None)
        # The first of many sets the scene's time, the others find their place in it.
        made.append(CaptureJob(request, "SCENE" if number else timing, brings, hides=number > 0))
    jobs.start_captures(made, engine_of(options))
    return made


def _foreign(choices: UnderstudyCaptureSettings, video: Path, count: int) -> tuple[str, ...]:
    """Settings that were made for another video than this one: the footage of the panel, or none of many."""
    own = bool(choices.footage) and Path(bpy.path.abspath(choices.footage)) == video
    return () if own and count == 1 else ("picks",) if not choices.footage and count == 1 else ("picks", "start", "end")


def obstacle(context: bpy.types.Context) -> str:
    """Why no capture can be started or queued now; empty when it can."""
    if jobs.installing():
        return "The engine is being installed"
    if jobs.importing is not None:
        return "A take is being imported"
    if not environment.status(engine_folder(preferences(context))).ready:
        return "Install the engine first"
    return ""


def has_timing(context: bpy.types.Context) -> bool:
    """Whether the scene holds anything that a change of its frame rate or range would upset."""
    scene: Any = context.scene
    animated = any(
        ob.animation_data and (ob.animation_data.action or ob.animation_data.nla_tracks) for ob in scene.objects
    )
    strips = scene.sequence_editor is not None and len(compat.strips(scene))
    return bool(strips or animated or scene.timeline_markers)
