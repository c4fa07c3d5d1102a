"""A take's actors, camera and time in a scene, held against the take's own numbers."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from understudy.addon import compat
from understudy.addon.scene import builder, footage, links
from understudy.addon.scene.actor import bodies_of
from understudy.core import skeleton
from understudy.core.body.choice import body_notes
from understudy.core.body.files import save_official
from understudy.core.body.numpy_model import load_free_body, load_free_hand
from understudy.core.errors import BadInputError

BONES = skeleton.SMPLH_JOINTS


def bone_heads(armature, frame):
    """World positions of the 52 bones' heads at a scene frame: (52, 3)."""
    bpy.context.scene.frame_set(frame)
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([evaluated.matrix_world @ evaluated.pose.bones[name].head for name in BONES])


def mesh_vertices(mesh, frame):
    bpy.context.scene.frame_set(frame)
    evaluated = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    vertices = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", vertices)
    return vertices.reshape(-1, 3)


def pose_of(smpl):
    return np.concatenate([smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], 1)


@pytest.mark.parametrize("people", [1, 2])
def test_bones_stand_where_the_take_has_them(scene, saved_take, people):
    take, path = saved_take(people=people)
    built = builder.build(take, path, scene)
    assert [ob.name for ob in built.actors] == [f"actor.{i + 1:03d}" for i in range(people)]
    for armature, person in zip(built.actors, take.people, strict=True):
        assert armature["person_id"] == person.id
        for frame in range(0, take.frame_count, 4):
            error = np.linalg.norm(bone_heads(armature, frame + 1) - person.joints_world[frame, :52], axis=1)
            assert error.max() < 1e-4, f"{BONES[error.argmax()]} in frame {frame} is {error.max() * 1000:.3f} mm off"


def test_body_mesh_is_the_skinned_body(scene, saved_take):
    take, path = saved_take()
    armature = builder.build(take, path, scene).actors[0]
    mesh = bpy.data.objects[f"{armature.name} body"]
    body = load_free_body()
    bare = dataclasses.replace(body, pose_blocks=())
    smpl = take.people[0].smpl
    for frame in (0, 11, 23):
        expected = bare.forward(smpl.betas, pose_of(smpl)[frame], smpl.transl[frame])[0]
        error = np.linalg.norm(mesh_vertices(mesh, frame + 1) - expected, axis=1)
        assert error.max() < 1e-4


def test_own_files_of_body_and_hands_give_the_same_meshes(scene, saved_take, tmp_path):
    """The free body and hands in the official layouts stand for a user's SMPL-H and MANO files."""
    take, path = saved_take()
    free = builder.build(take, path, scene)
    body, left, right = (tmp_path / name for name in ("SMPLH_MALE.pkl", "MANO_LEFT.npz", "MANO_RIGHT.pkl"))
    save_official(load_free_body(), body)
    save_official(load_free_hand("left"), left)
    save_official(load_free_hand("right"), right)
    own = dataclasses.replace(take, settings=take.settings | body_notes(body))
    built = builder.build(own, path, scene, bodies=bodies_of(own, (left, right)))
    for part in ("body", "left hand", "right hand"):
        first, second = (bpy.data.objects[f"{b.actors[0].name} {part}"] for b in (free, built))
        first.hide_viewport = second.hide_viewport = False
        assert np.abs(mesh_vertices(first, 9) - mesh_vertices(second, 9)).max() < 1e-4, part
    with pytest.raises(BadInputError, match="holds mano_right, not mano_left"):
        bodies_of(own, (right, left))
    body.unlink()
    with pytest.raises(BadInputError, match="not there any more"):
        builder.build(own, path, scene)


def test_skins_have_at_most_four_weights_a_vertex(scene, saved_take):
    take, path = saved_take()
    builder.build(take, path, scene)
    for mesh in (ob for ob in scene.objects if ob.type == "MESH"):
        weights = [[g.weight for g in v.groups] for v in mesh.data.vertices]
        assert max(len(w) for w in weights) <= 4
        assert max(abs(sum(w) - 1) for w in weights) < 1e-5
        assert {group.name for group in mesh.vertex_groups} <= set(BONES)


def test_hand_meshes_are_hidden_and_lie_on_the_body(scene, saved_take):
    take, path = saved_take()
    built = builder.build(take, path, scene)
    body = mesh_vertices(bpy.data.objects["actor.001 body"], 9)
    for side in ("left", "right"):
        hand = bpy.data.objects[f"actor.001 {side} hand"]
        assert hand.hide_viewport and hand.hide_render
        hand.hide_viewport = False
        gaps = [np.linalg.norm(body - v, axis=1).min() for v in mesh_vertices(hand, 9)[::40]]
        assert np.median(gaps) < 0.004, "the hand does not lie on the body's hand"
    assert built.collection.all_objects["actor.001 body"].hide_render is False


def test_one_action_with_one_slot_per_actor(scene, saved_take):
    take, path = saved_take(people=2)
    built = builder.build(take, path, scene)
    actions = [ob.animation_data.action for ob in built.actors]
    assert len(set(actions)) == len(bpy.data.actions) == 2
    for action in actions:
        if compat.HAS_SLOTS:
            assert [slot.target_id_type for slot in action.slots] == ["OBJECT"]
        # 52 bones of 4 components and a confidence, the pelvis' location, 6 contacts, 2 hand scores, presence.
        assert len(compat.curves(action)) == 52 * 5 + 3 + 6 + 2 + 1
        assert all(len(curve.keyframe_points) == take.frame_count for curve in compat.curves(action))


def test_quaternion_keys_never_flip_sign(scene, saved_take):
    take, path = saved_take(frames=120)
    action = builder.build(take, path, scene).actors[0].animation_data.action
    for name in BONES:
        found = [c for c in compat.curves(action) if c.data_path == f'pose.bones["{name}"].rotation_quaternion']
        keys = np.stack([compat.read_keys(c)[:, 1] for c in sorted(found, key=lambda c: c.array_index)], axis=1)
        assert np.all(np.sum(keys[1:] * keys[:-1], axis=1) > 0), name


def test_confidence_contacts_and_presence_are_animated(scene, saved_take):
    take, path = saved_take()
    armature = builder.build(take, path, scene).actors[0]
    person = take.people[0]
    for frame in (0, 3, 17):
        scene.frame_set(frame + 1)
        assert armature["present"] == float(person.present[frame])
        assert armature["contact_right_ball"] == pytest.approx(person.contacts[frame, 3], abs=1e-6)
        assert armature["left_hand_score"] == pytest.approx(person.left_hand.score[frame], abs=1e-6)
        column = skeleton.JOINT_INDEX["left_wrist"]
        confidence = armature.pose.bones["left_wrist"]["confidence"]
        assert confidence == pytest.approx(person.joints_confidence[frame, column], abs=1e-6)


@pytest.mark.parametrize("moving", [False, True])
def test_camera_projects_like_the_solved_one(scene, saved_take, moving):
    take, path = saved_take(moving_camera=moving)
    camera = builder.build(take, path, scene).cameras[0]
    assert scene.camera == camera
    width, height = scene.render.resolution_x, scene.render.resolution_y
    assert (width, height) == tuple(take.cameras.size[0])
    for frame in (0, 10, 23):
        scene.frame_set(frame + 1)
        pose = take.cameras.world_from_camera[0]
        view = np.linalg.inv(pose[frame] if moving else pose)
        for joint in take.people[0].joints_world[frame, ::5].astype(float):
            x = take.cameras.K[0] @ (view[:3, :3] @ joint + view[:3, 3])
            seen = world_to_camera_view(scene, camera, Vector(joint))
            # Blender's view runs from corner to corner, upwards; pixels are counted from the first one's centre.
            pixel = np.array([seen.x * width - 0.5, (1 - seen.y) * height - 0.5])
            assert np.abs(pixel - x[:2] / x[2]).max() < 0.05


def test_camera_with_pixels_that_are_not_square(scene, saved_take):
    take, path = saved_take()
    take.cameras.K[0, 1, 1] *= 1.08
    camera = builder.build(take, path, scene).cameras[0]
    view = np.linalg.inv(take.cameras.world_from_camera[0])
    joint = take.people[0].joints_world[0, 15].astype(float)
    x = take.cameras.K[0] @ (view[:3, :3] @ joint + view[:3, 3])
    bpy.context.view_layer.update()
    seen = world_to_camera_view(scene, camera, Vector(joint))
    pixel = np.array([seen.x * 1080 - 0.5, (1 - seen.y) * 1920 - 0.5])
    assert np.abs(pixel - x[:2] / x[2]).max() < 0.05


@pytest.mark.parametrize(
    ("fps", "whole", "base"),
    [
        (Fraction(30), 30, 1.0),
        (Fraction(30000, 1001), 30, 1.001),
        (Fraction(24000, 1001), 24, 1.001),
        (Fraction(60), 60, 1.0),
        (Fraction(25, 2), 12, 0.96),
    ],
)
def test_scene_takes_over_rate_and_range(scene, saved_take, fps, whole, base):
    take, path = saved_take(fps=fps, frames=12)
    builder.build(take, path, scene)
    assert scene.render.fps == whole
    assert scene.render.fps_base == pytest.approx(base, rel=1e-6)
    assert builder.scene_fps(scene) == fps
    assert (scene.frame_start, scene.frame_end) == (1, 12)


def test_timestamps_rounded_by_the_container_snap_to_frames(scene, saved_take):
    take, path = saved_take(timestamps=np.round(np.arange(20) / 30, 3) + 5.0)
    armature = builder.build(take, path, scene).actors[0]
    for curve in compat.curves(armature.animation_data.action):
        assert np.array_equal(compat.read_keys(curve)[:, 0], np.arange(1, 21))


def test_a_dropped_frame_leaves_its_scene_frame_without_a_key(scene, saved_take):
    take, path = saved_take(timestamps=np.delete(np.arange(20) / 30, 7))
    armature = builder.build(take, path, scene).actors[0]
    keys = compat.read_keys(compat.curves(armature.animation_data.action)[0])
    assert np.array_equal(keys[:, 0], np.delete(np.arange(1, 21), 7))
    assert scene.frame_end == 20


def test_variable_rate_is_resampled_to_whole_frames(scene, saved_take):
    rng = np.random.default_rng(3)
    timestamps = np.cumsum(rng.uniform(0.005, 0.06, 60))
    take, path = saved_take(timestamps=timestamps)
    built = builder.build(take, path, scene)
    armature, person = built.actors[0], take.people[0]
    keys = compat.read_keys(compat.curves(armature.animation_data.action)[0])
    count = int(np.floor((timestamps[-1] - timestamps[0]) * 30)) + 1
    assert np.array_equal(keys[:, 0], np.arange(1, count + 1))
    for frame in range(0, count, 3):
        moment = timestamps[0] + frame / 30
        expected = [np.interp(moment, timestamps, person.joints_world[:, 0, axis]) for axis in range(3)]
        assert np.linalg.norm(bone_heads(armature, frame + 1)[0] - expected) < 1e-4
    assert any("No footage" in warning for warning in built.warnings)


def test_a_scene_that_keeps_its_rate_gets_resampled_actors(scene, saved_take):
    scene.render.fps, scene.frame_end, scene.render.resolution_x = 24, 77, 640
    take, path = saved_take(frames=31)
    built = builder.build(take, path, scene, set_scene=False)
    assert (scene.render.fps, scene.frame_end, scene.render.resolution_x) == (24, 77, 640)
    assert scene.camera is None
    keys = compat.read_keys(compat.curves(built.actors[0].animation_data.action)[0])
    assert np.array_equal(keys[:, 0], np.arange(1, 26))
    error = np.linalg.norm(bone_heads(built.actors[0], 25) - take.people[0].joints_world[30, :52], axis=1)
    assert error.max() < 1e-4


def test_frames_without_a_hand_or_person_hold_their_neighbours(scene, saved_take):
    take, path = saved_take()
    smpl = take.people[0].smpl
    smpl.left_hand_pose[:] = np.nan
    smpl.right_hand_pose[5:9] = np.nan
    smpl.transl[:4] = np.nan
    take.people[0].joints_confidence[:, 22:37] = np.nan
    armature = builder.build(take, path, scene).actors[0]
    for curve in compat.curves(armature.animation_data.action):
        assert np.isfinite(compat.read_keys(curve)).all(), curve.data_path
    scene.frame_set(1)
    assert armature.pose.bones["left_index2"].rotation_quaternion.angle == pytest.approx(0, abs=1e-6)
    assert np.allclose(bone_heads(armature, 1)[0], take.people[0].joints_world[4, 0], atol=1e-4)


def test_one_frame_take(scene, saved_take):
    take, path = saved_take(frames=1)
    armature = builder.build(take, path, scene).actors[0]
    assert (scene.frame_start, scene.frame_end) == (1, 1)
    assert np.abs(bone_heads(armature, 1) - take.people[0].joints_world[0, :52]).max() < 1e-4


def test_collection_knows_its_take(scene, saved_take, tmp_path):
    take, path = saved_take("walk")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scenes.blend"))
    collection = builder.build(take, path, bpy.context.scene).collection
    assert collection.name == "Take walk"
    assert collection["take_path"] == "//walk.take.npz"
    assert collection["take_id"] == take.take_id
    assert len(collection["take_sha256"]) == 64
    assert json.loads(collection["edits"]) == []


def test_take_path_follows_the_blend_when_it_is_saved_elsewhere(scene, saved_take, tmp_path):
    take, path = saved_take("walk", frames=2)
    collection = builder.build(take, path, scene).collection
    assert Path(collection["take_path"]) == path, "absolute in a file that was never saved"
    (tmp_path / "a" / "b").mkdir(parents=True)
    links.register()
    try:
        for target, expected in (("a/one.blend", "//../walk.take.npz"), ("a/b/two.blend", "//../../walk.take.npz")):
            bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / target))
            assert collection["take_path"] == expected
            assert links.take_file(collection).resolve() == path.resolve()
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "copy.blend"), copy=True)
        assert collection["take_path"] == "//../../walk.take.npz", "the open file did not move"
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "copy.blend"))
        assert bpy.data.collections["Take walk"]["take_path"] == "//walk.take.npz"
    finally:
        links.unregister()


def test_rest_pose_stands_on_the_floor_facing_the_front(scene, saved_take):
    take, path = saved_take()
    armature = builder.build(take, path, scene).actors[0]
    bones = armature.data.bones
    mesh = bpy.data.objects["actor.001 body"].data
    assert min(v.co.z for v in mesh.vertices) == pytest.approx(0, abs=1e-5)
    assert bones["left_wrist"].head_local.x > 0.4 > -0.4 > bones["right_wrist"].head_local.x
    assert bones["left_foot"].tail_local.y < bones["left_foot"].head_local.y - 0.02
    for bone in bones:
        if bone.use_connect:
            assert (bone.head_local - bone.parent.tail_local).length < 1e-6
    assert sum(bone.use_connect for bone in bones) == sum(1 for b in bones if b.children)
    assert min(bone.length for bone in bones) > 0.004


def test_import_leaves_mode_and_selection_alone(scene, saved_take):
    data = bpy.data.meshes.new("table")
    table = bpy.data.objects.new("table", data)
    scene.collection.objects.link(table)
    table.select_set(True)
    bpy.context.view_layer.objects.active = table
    bpy.ops.object.mode_set(mode="EDIT")
    take, path = saved_take(frames=3)
    builder.build(take, path, scene)
    assert table.mode == "EDIT"
    assert bpy.context.view_layer.objects.active == table
    assert [ob for ob in scene.objects if ob.select_get()] == [table]


def test_a_second_take_stands_beside_the_first(scene, saved_take):
    take, path = saved_take()
    builder.build(take, path, scene)
    second = builder.build(take, path, scene, set_scene=False)
    assert second.actors[0].name == "actor.002"
    assert second.collection.name == "Take walk.001"
    assert bpy.data.objects["actor.002 body"].parent == second.actors[0]


@pytest.mark.parametrize("after", [1, 40, 120])
def test_a_closed_import_leaves_nothing(scene, saved_take, after):
    take, path = saved_take()
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "armatures", "actions", "materials")}
    iterator = builder.steps(take, path, scene)
    for _ in range(after):
        next(iterator)
    iterator.close()
    assert {kind: len(getattr(bpy.data, kind)) for kind in before} == before
    assert not scene.collection.children


def test_missing_footage_is_a_warning(scene, saved_take):
    take, path = saved_take(sources=[{"path": "gone.mp4"}])
    built = builder.build(take, path, scene)
    assert len(built.warnings) == 1 and "camera" in built.warnings[0]
    assert footage.background_path(take, Path(path)) is None
