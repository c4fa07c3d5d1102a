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
    """A click on a bone in the 3D view, in pose mode; where others lie before it, further along."""
    bone = armature.pose.bones[name]
    for share in (0.5, 0.3, 0.7, 0.15):
        place = armature.matrix_world @ bone.head.lerp(bone.tail, share)
        yield from s.click(s.region(), *at(s, place))
        if selected(armature) == [name]:
            return
    s.check(False, f"the clicks on {name} chose {selected(armature)}")


def selected(armature):
    """Names of the selected bones; from 5.0 on it is the pose bone that is selected."""
    return [b.name for b in armature.pose.bones if (b.select if hasattr(b, "select") else b.bone.select)]


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
