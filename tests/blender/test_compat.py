"""What addon/compat.py evens out between Blender's versions."""

from __future__ import annotations

import bpy
import numpy as np

from understudy.addon import compat


def test_an_action_plays_and_has_one_slot_where_there_are_slots(scene):
    ob = bpy.data.objects.new("cube", None)
    scene.collection.objects.link(ob)
    action = compat.new_action("turn", ob)
    compat.write_keys(compat.add_curve(action, "location", 0, "Place"), np.array([1.0, 11.0]), np.array([0.0, 5.0]))
    compat.write_keys(
        compat.add_curve(action, "location", 2, "Place"), np.array([1.0, 3.0]), np.array([2.0, 4.0]), "CONSTANT"
    )
    scene.frame_set(6)
    assert ob.location.x == 2.5
    scene.frame_set(2)
    assert ob.location.z == 2.0
    assert {curve.group.name for curve in compat.curves(action)} == {"Place"}
    if compat.HAS_SLOTS:
        assert len(action.slots) == 1 and ob.animation_data.action_slot == action.slots[0]
    other = bpy.data.objects.new("other", None)
    compat.assign_action(other, action)
    assert len(getattr(action, "slots", [0])) == 1


def test_shifted_keys_keep_their_shape(scene):
    ob = bpy.data.objects.new("cube", None)
    scene.collection.objects.link(ob)
    action = compat.new_action("turn", ob)
    curve = compat.add_curve(action, "location", 0, "Place")
    compat.write_keys(curve, np.array([1.0, 5.0, 20.0]), np.array([0.0, 5.0, -1.0]), "BEZIER")
    before = [curve.evaluate(frame) for frame in range(1, 21)]
    compat.shift_keys(action, -1)
    assert np.array_equal(compat.read_keys(curve)[:, 0], [0, 4, 19])
    assert np.allclose([curve.evaluate(frame) for frame in range(20)], before, atol=1e-5)


def test_bones_are_selected(scene):
    data = bpy.data.armatures.new("rig")
    rig = bpy.data.objects.new("rig", data)
    scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name in ("a", "b"):
        data.edit_bones.new(name).tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="POSE")
    compat.select_bone(rig, "a", False)
    compat.select_bone(rig, "b")
    assert [bone.name for bone in bpy.context.selected_pose_bones] == ["b"]
