"""Looking through the shot: the take's camera, its footage, what of the actors is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import takes


def look_through(space: bpy.types.SpaceView3D, scene: Any, camera: bpy.types.Object) -> None:
    """Lets a viewport look through a take's camera; the take's footage shows behind the actors."""
    scene.camera = camera
    space.use_local_camera = False
    region: Any = space.region_3d
    region.view_perspective = "CAMERA"
    camera.data.show_background_images = True


def looks_through(space: Any, camera: bpy.types.Object) -> bool:
    """Whether a viewport looks through this camera."""
    region = space.region_3d
    seen = space.camera if space.use_local_camera else bpy.context.scene.camera
    return region is not None and region.view_perspective == "CAMERA" and seen == camera


def missing_footage(camera: Any) -> str:
    """The path of footage behind a camera that is no longer there; empty where nothing is missing."""
    for background in camera.data.background_images:
        clip = background.clip
        if clip is not None:
            path = bpy.path.abspath(clip.filepath, library=clip.library)
            if not Path(path).exists():
                return path
    return ""


def set_opacity(scene: Any, opacity: float) -> None:
    """How strongly the footage of all takes of a scene shows."""
    for take in takes.takes_in(scene):
        for camera in takes.cameras(take):
            for background in camera.data.background_images:
                background.alpha = opacity


def show_figures(scene: Any, figure: str) -> None:
    """BOTH, MESH or SKELETON of all actors of a scene; hands of their own stay as they are."""
    for take in takes.takes_in(scene):
        for actor in takes.actors(take):
            actor.hide_viewport = figure == "MESH"
            for body in takes.skins(actor)[:1]:
                body.hide_viewport = figure == "SKELETON"


def show_person(actor: bpy.types.Object, shown: bool) -> None:
    """Shows or hides one actor with its body, in the viewport and in renders."""
    for ob in (actor, *takes.skins(actor)):
        ob.hide_set(not shown)
    for body in takes.skins(actor)[:1]:
        body.hide_render = not shown
