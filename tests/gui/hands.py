"""What a user does with mouse and keys besides clicking on panels: go to a frame, pick a bone, turn it. In Blender."""

from __future__ import annotations

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d

SCRUB = 10  # pixels from the upper edge of the time line to where a click goes to a frame


def press(s, *keys):
    """Keys where the pointer is, at once."""
    for key in keys:
        s._xdotool("key", key)
        yield 0.2


def go_to(s, frame):
    """A click on a frame above the time line."""
    region = s.region("WINDOW", "DOPESHEET_EDITOR")
    yield from s.key("Home", region=region)
    x, _ = region.view2d.view_to_region(frame, 0.0, clip=False)
    yield from s.click(region, x, SCRUB)
    now = bpy.context.scene.frame_current
    s.check(abs(now - frame) <= 1, f"the click on frame {frame} went to {now}")
    if now != frame:  # the time line is coarser than its frames
        yield from s.key("Right" if now < frame else "Left", region=region)
    s.check(bpy.context.scene.frame_current == frame, f"at {bpy.context.scene.frame_current}, not at {frame}")


def at(s, point):
    """Where a point of the world is in the 3D view, from the region's upper left corner."""
    region = s.region()
    with s.override():
        found = location_3d_to_region_2d(region, bpy.context.region_data, point)
    s.check(found is not None, f"{point} is not in the view")
    return found.x, region.height - found.y


def pick(s, armature, name):
    """A click on a bone in the 3D view, in pose mode."""
    bone = armature.pose.bones[name]
    middle = armature.matrix_world @ ((bone.head + bone.tail) / 2)
    yield from s.click(s.region(), *at(s, middle))
    active = armature.data.bones.active
    s.check(active is not None and active.name == name, f"the click on {name} chose {active and active.name}")


def turn(s, armature, name, degrees):
    """R, a number, Return, with the pointer in the 3D view; the bone is then turned."""
    bone = armature.pose.bones[name]
    before = bone.rotation_quaternion.copy()
    yield from s.key("r")
    yield 0.5
    yield from press(s, *str(degrees), "Return")
    yield lambda: bone.rotation_quaternion.rotation_difference(before).angle > 0.1


def middle(s):
    """The middle of the 3D view as xdotool counts."""
    region = s.region()
    return region.x + region.width // 2, s.window.height - region.y - region.height // 2
