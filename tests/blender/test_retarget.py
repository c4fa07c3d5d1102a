"""Takes retargeted onto armatures of other rigs, held against the source in Blender itself."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from retarget_armatures import armature_of, bake, transfer

from understudy.addon import compat
from understudy.addon.scene import builder
from understudy.addon.scene.poses import read_motion
from understudy.addon.scene.rigs import read_rig
from understudy.core.errors import BadInputError
from understudy.core.rotation import matrix_to_axis_angle
from understudy.retarget.mapping import BoneMap
from understudy.retarget.matching.guess import map_rig
from understudy.retarget.solve.settings import RetargetSettings

PURE = RetargetSettings(plant_feet=False, hold_hands=False)


@pytest.fixture
def actor(scene, saved_take):
    take, path = saved_take(frames=24)
    return builder.build(take, path, scene).actors[0]


def seen(armature, frames) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (T, B, 3, 3) against rest and heads (T, B, 3), in the world, as Blender evaluates them."""
    rotations, heads = [], []
    rest = [
        np.array(armature.matrix_world.to_3x3().normalized() @ b.matrix_local.to_3x3()) for b in armature.data.bones
    ]
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        world = [np.array(posed.matrix_world @ posed.pose.bones[b.name].matrix) for b in armature.data.bones]
        axes = [m[:3, :3] / np.linalg.norm(m[:3, :3], axis=0) for m in world]
        rotations.append([a @ r.T for a, r in zip(axes, rest, strict=True)])
        heads.append([m[:3, 3] for m in world])
    return np.array(rotations), np.array(heads)


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.linalg.norm(matrix_to_axis_angle(np.swapaxes(a, -1, -2) @ b), axis=-1))


def row(armature, name: str) -> int:
    return armature.data.bones.find(name)


@pytest.mark.parametrize(
    ("dialect", "scale", "options"),
    [
        ("mixamo", 0.01, {}),  # centimetres
        ("unreal5", 0.01, {}),  # X along bones, A-pose, twist and IK bones
        ("vrm1", 1.0, {"seed": 3}),  # any roll
        ("daz_genesis8", 0.01, {}),  # bones in line
        ("rigify_metarig", 1.0, {}),
    ],
)
def test_trunk_and_head_turn_as_the_actors(scene, actor, dialect, scale, options):
    target, bone_map = armature_of(dialect, scale, **options)
    action = transfer(actor, None, target, bone_map, scene, PURE).action
    assert target.animation_data.action == action
    frames = range(1, 25, 6)
    a, _ = seen(actor, frames)
    b, heads = seen(target, frames)
    for slot, name in (("hips", "pelvis"), ("head", "head"), ("left_shoulder", "left_collar")):
        error = degrees(a[:, row(actor, name)], b[:, row(target, bone_map.bones[slot])])
        assert error.max() < 0.05, slot
    _, source_heads = seen(actor, frames)
    for first, second, ours in (
        ("left_upper_leg", "left_lower_leg", ("left_hip", "left_knee")),
        ("right_lower_arm", "right_hand", ("right_elbow", "right_wrist")),
    ):
        way = heads[:, row(target, bone_map.first(second))] - heads[:, row(target, bone_map.first(first))]
        truth = source_heads[:, row(actor, ours[1])] - source_heads[:, row(actor, ours[0])]
        cosine = np.sum(way * truth, -1) / np.linalg.norm(way, axis=-1) / np.linalg.norm(truth, axis=-1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.1, first


def test_curves_and_playing_read_the_same_motion(scene, actor):
    rig = read_rig(actor)
    quick = read_motion(rig, scene, 1, 24)
    assert quick.contacts is not None and quick.contacts.shape == (24, 6)
    bone = actor.pose.bones["head"]
    bone.constraints.new("LIMIT_SCALE")  # anything but curves sends the reader to the scene
    slow = read_motion(rig, scene, 1, 24)
    assert np.abs(quick.rotations - slow.rotations).max() < 1e-4  # Blender poses in 32 bits
    assert np.abs(quick.heads - slow.heads).max() < 1e-5


@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "AXIS_ANGLE", "QUATERNION"])
def test_bones_keep_their_rotation_mode(scene, actor, mode):
    target, bone_map = armature_of("unity")
    for bone in target.pose.bones:
        bone.rotation_mode = mode
    transfer(actor, None, target, bone_map, scene, PURE)
    assert {bone.rotation_mode for bone in target.pose.bones} == {mode}
    frames = (1, 13, 24)
    a, _ = seen(actor, frames)
    b, _ = seen(target, frames)
    assert degrees(a[:, row(actor, "head")], b[:, row(target, "Head")]).max() < 0.05


@pytest.mark.parametrize("root_motion", ["hips", "root", "object", "in_place"])
def test_root_motion(scene, actor, root_motion):
    target, bone_map = armature_of("unreal4", 0.01, place=(1.0, 2.0, 0.0))
    settings = RetargetSettings(root_motion=root_motion, plant_feet=False, hold_hands=False)
    transfer(actor, None, target, bone_map, scene, settings)
    frames = (1, 12, 24)
    _, heads = seen(target, frames)
    _, source = seen(actor, frames)
    hips = heads[:, row(target, "pelvis")]
    way = hips - hips[0]
    truth = source[:, row(actor, "pelvis")] - source[0, row(actor, "pelvis")]
    moved = np.abs(heads[:, row(target, "root")] - heads[0, row(target, "root")]).max()
    if root_motion == "in_place":
        assert np.abs(way[:, :2]).max() < 1e-4
    else:
        ratio = np.linalg.norm(way[1:, :2], axis=1) / np.linalg.norm(truth[1:, :2], axis=1)
        assert np.ptp(ratio) < 0.05
    assert (moved > 0.01) == (root_motion in ("root", "object"))
    paths = {curve.data_path for curve in compat.curves(target.animation_data.action)}
    assert ("location" in paths) == (root_motion == "object")
    # The engine's IK bones stay with the feet, whatever carries the way.
    gap = heads[:, row(target, "ik_foot_l")] - heads[:, row(target, "foot_l")]
    assert np.abs(gap).max() < 1e-4


def test_the_scene_is_left_as_it_was_but_for_the_action(scene, actor):
    target, bone_map = armature_of("unity")
    before = (
        scene.frame_current,
        len(bpy.data.objects),
        len(bpy.data.armatures),
        bpy.context.view_layer.objects.active,
    )
    transfer(actor, None, target, bone_map, scene)
    transfer(actor, None, target, bone_map, scene)
    after = (scene.frame_current, len(bpy.data.objects), len(bpy.data.armatures), bpy.context.view_layer.objects.active)
    assert before == after
    assert len([a for a in bpy.data.actions if a.use_fake_user]) == 1  # the first retarget, kept


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda ob: setattr(ob, "scale", (1, 1, -1)), "mirrored"),
        (lambda ob: setattr(ob, "scale", (1, 2, 1)), "unevenly"),
    ],
)
def test_objects_that_cannot_be_targets_say_why(scene, actor, spoil, message):
    target, bone_map = armature_of("unity")
    spoil(target)
    bpy.context.view_layer.update()
    with pytest.raises(BadInputError, match=message):
        transfer(actor, None, target, bone_map, scene)


def test_bad_input_has_clear_words(scene, actor):
    target, bone_map = armature_of("unity")
    with pytest.raises(BadInputError, match="both source and target"):
        transfer(actor, None, actor, bone_map, scene)
    with pytest.raises(BadInputError, match="has no animation"):
        transfer(target, None, actor, map_rig(read_rig(actor).rig), scene)
    with pytest.raises(BadInputError, match="no bone"):
        transfer(actor, None, target, BoneMap({**bone_map.bones, "head": "nowhere"}), scene)
    with pytest.raises(BadInputError, match="no armature"):
        read_rig(bpy.data.objects.new("empty", None))
    with pytest.raises(BadInputError, match="no bones"):
        read_rig(bpy.data.objects.new("bare", bpy.data.armatures.new("bare")))
    with pytest.raises(BadInputError, match="root bone"):
        transfer(actor, None, target, bone_map, scene, RetargetSettings(root_motion="root"))
    with pytest.raises(BadInputError, match="live"):
        bake(target, scene, 1, 2, "x")


def test_bones_that_constraints_hold_are_reported(scene, actor):
    target, bone_map = armature_of("unity")
    target.pose.bones["Head"].constraints.new("COPY_ROTATION")
    warnings = transfer(actor, None, target, bone_map, scene).warnings
    assert len(warnings) == 1 and "'Head'" in warnings[0]


def test_armatures_turned_as_objects_do_the_same_in_the_world(scene, actor):
    """Y-up data under an object that stands it up, and a character that faces elsewhere at rest."""
    plain, bone_map = armature_of("unity")
    transfer(actor, None, plain, bone_map, scene)
    frames = (1, 12, 24)
    _, wanted = seen(plain, frames)
    for turn in (Matrix.Rotation(np.radians(90), 4, "X"), Matrix.Rotation(np.radians(130), 4, "Z")):
        turned, _ = armature_of("unity")
        if turn[2][2] < 0.5:
            turned.data.transform(turn.inverted())
        turned.matrix_world = turn
        bpy.context.view_layer.update()
        transfer(actor, None, turned, bone_map, scene)
        _, found = seen(turned, frames)
        assert np.abs(found - wanted).max() < 1e-3


def test_linked_characters_are_refused_and_their_overrides_are_not(scene, actor, saved_take, tmp_path):
    target, bone_map = armature_of("unity")
    path = tmp_path / "library.blend"
    bpy.data.libraries.write(str(path), {target})
    with bpy.data.libraries.load(str(path), link=True) as (there, here):
        here.objects = [name for name in there.objects if name == target.name]
    linked = here.objects[0]
    scene.collection.objects.link(linked)
    with pytest.raises(BadInputError, match=r"library\.blend"):
        transfer(actor, None, linked, bone_map, scene)
    override = linked.override_create(remap_local_usages=True)
    assert transfer(actor, None, override, bone_map, scene).action == override.animation_data.action


def test_the_floor_is_the_characters_own(scene, actor):
    """A character that stands on a stage of its own height stays on it."""
    low, bone_map = armature_of("unity")
    high, _ = armature_of("unity", place=(0, 0, 0.5))
    for target in (low, high):
        transfer(actor, None, target, bone_map, scene)
    _, a = seen(low, (1, 12, 24))
    _, b = seen(high, (1, 12, 24))
    assert np.abs(b - a - [0, 0, 0.5]).max() < 1e-3
