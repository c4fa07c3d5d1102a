"""Looking through the shot: the take's camera, its footage, what of the actors is shown."""

from __future__ import annotations

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


def split(context: Any, camera: bpy.types.Object) -> None:
    """Splits a viewport: its left half looks through a take's camera, the right one shows the actors as before."""
    before = {area.as_pointer() for area in context.screen.areas}
    own = context.area
    bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
    other = next(area for area in context.screen.areas if area.as_pointer() not in before)
    pointers, name = (own.as_pointer(), other.as_pointer()), camera.name
    # Only once the window was laid out anew do the halves have their places.
    bpy.app.timers.register(lambda: _arrange(pointers, name), first_interval=0.1)


def _arrange(pointers: tuple[int, int], name: str) -> None:
    camera = bpy.data.objects.get(name)
    for window in bpy.context.window_manager.windows:
        halves = sorted((a for a in window.screen.areas if a.as_pointer() in pointers), key=lambda area: area.x)
        if len(halves) != 2 or camera is None or any(area.type != "VIEW_3D" for area in halves):
            continue
        left, right = halves
        # The side bar stays beside the actors.
        left.spaces.active.show_region_ui, right.spaces.active.show_region_ui = False, True
        view = right.spaces.active.region_3d
        if view.view_perspective == "CAMERA":
            view.view_perspective = "PERSP"
        look_through(left.spaces.active, window.scene, camera)
        region = next(one for one in left.regions if one.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=left, region=region):
            bpy.ops.view3d.view_center_camera()


def halves(context: Any, camera: bpy.types.Object) -> tuple[Any, Any] | None:
    """The viewport that looks through a take's camera and the one beside it, None where there are not both."""
    views = [area for area in context.screen.areas if area.type == "VIEW_3D"]
    through = [area for area in views if looks_through(area.spaces.active, camera)]
    for one in through:
        for other in views:
            level = abs(one.y - other.y) < 2 and abs(one.height - other.height) < 2
            left, right = sorted((one, other), key=lambda area: area.x)
            if other not in through and level and right.x - left.x - left.width < 8:
                return one, other
    return None


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
