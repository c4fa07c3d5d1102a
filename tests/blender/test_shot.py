"""Looking through the shot: what is shown, and where the measured points are drawn."""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from understudy.addon import view_properties
from understudy.addon.scene import overlay, points, shot
from understudy.core.skeleton import KEYPOINT_INDEX

ops = bpy.ops.understudy


def with_points(take):
    """Everything measured, surely, at known pixels; the second person's left wrist not at all."""
    people = []
    for index, person in enumerate(take.people):
        pixels = np.zeros_like(person.keypoints2d)
        pixels[..., 0] = 100 * (index + 1) + np.arange(pixels.shape[2])
        pixels[..., 1] = np.arange(take.frame_count)[:, None]
        sure = np.full_like(person.keypoints2d_confidence, 0.8)
        if index == 1:
            sure[..., KEYPOINT_INDEX["left_wrist"]] = 0
        people.append(dataclasses.replace(person, keypoints2d=pixels, keypoints2d_confidence=sure))
    return dataclasses.replace(take, people=tuple(people))


def test_drawing(make_take):
    take = with_points(make_take(people=2))
    both = points.drawing(take, 0, 7, set(), 1.0)
    assert len(both.dots) == 2 * 75 - 1
    assert np.all(both.dots[:, 1] == 7)
    assert np.allclose(both.dot_colours[:, 3], 0.8)
    first = points.drawing(take, 0, 7, {"2"}, 0.5)
    assert np.all(first.dots[:, 0] < 200)
    assert np.allclose(first.bone_colours[:, 3], 0.4)
    # The bone to a wrist that was not measured is missing.
    second = points.drawing(take, 0, 7, {"1"}, 1.0)
    assert len(first.bones) - len(second.bones) == 1
    assert points.drawing(take, 0, 7, {"1", "2"}, 1.0).dots.shape == (0, 2)


@pytest.mark.parametrize(("seconds", "frame"), [(0.0, 0), (0.5, 15), (0.51, 15), (-0.02, 0), (-1.0, -1), (2.0, -1)])
def test_the_take_frame_of_a_moment(make_take, seconds, frame):
    assert points.take_frame(make_take(frames=24), seconds) == (frame if frame < 24 else -1)


def test_pixels_land_where_the_camera_sees_them(imported):
    """A joint projected by the take's camera, drawn into a pretended region, is where Blender projects it."""
    take, built = imported()
    scene, camera = bpy.context.scene, built.cameras[0]
    joint = take.people[0].joints_world[0, 15]
    K, world = take.cameras.K[0], take.cameras.world_from_camera[0]
    local = np.linalg.inv(world) @ np.append(joint, 1.0)
    pixel = (K @ local[:3])[:2] / local[2]
    low, high = np.array([50.0, 20.0]), np.array([590.0, 980.0])
    drawn = points.to_region(pixel, take.cameras.size[0], (low, high))
    seen = world_to_camera_view(scene, camera, Vector(joint))
    assert np.allclose(drawn, low + np.array([seen.x, seen.y]) * (high - low), atol=0.05)


def test_figures(imported):
    _, built = imported()
    view = view_properties.view_of(bpy.context.scene)
    actor, body = built.actors[0], bpy.data.objects["actor.001 body"]
    for figure, bones, mesh in (("MESH", False, True), ("SKELETON", True, False), ("BOTH", True, True)):
        view.figure = figure
        assert (actor.visible_get(), body.visible_get()) == (bones, mesh), figure
        assert not bpy.data.objects["actor.001 left hand"].visible_get()


def test_people_are_shown_one_by_one(imported):
    _, built = imported(people=2)
    assert ops.show_person(person="2", shown=False) == {"FINISHED"}
    assert [overlay.person_shown(actor) for actor in built.actors] == [True, False]
    assert bpy.data.objects["actor.002 body"].hide_render
    ops.show_person(person="2")
    assert overlay.person_shown(built.actors[1])
    assert bpy.data.objects["actor.002 left hand"].hide_render
    with pytest.raises(RuntimeError, match="no person '5'"):
        ops.show_person(person="5")


def test_opacity_reaches_the_footage(imported, root):
    source = [{"path": str(root / "sample" / "solo.mp4"), "sha256": "", "size": [768, 1024], "rotation": 0}]
    _, built = imported(sources=source)
    view_properties.view_of(bpy.context.scene).footage_opacity = 0.25
    assert built.cameras[0].data.background_images[0].alpha == 0.25


def test_through_the_camera_and_back(imported):
    _, built = imported()
    screen = bpy.data.screens[0] if bpy.data.screens else None
    area = next((a for s in bpy.data.screens for a in s.areas if a.type == "VIEW_3D"), None)
    if screen is None or area is None:
        pytest.skip("this file has no viewport")
    space = area.spaces[0]
    shot.look_through(space, bpy.context.scene, built.cameras[0])
    assert shot.looks_through(space, built.cameras[0])
    assert space.region_3d.view_perspective == "CAMERA"
