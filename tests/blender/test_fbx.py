"""FBX files read back, bone by bone, against the pose that Blender had."""

from __future__ import annotations

import math
from fractions import Fraction

import bpy
import numpy as np
import pytest

from understudy.addon import compat
from understudy.addon.scene import builder, fbx
from understudy.core.errors import BadInputError
from understudy.core.skeleton import SMPLH_JOINTS as BONES

IMPORTERS = ["python", pytest.param("native", marks=pytest.mark.skipif(
    bpy.app.version < (4, 5), reason="Blender's own FBX importer came with 4.5"))]  # fmt: skip


def poses(armature, frames):
    """World matrices of the bones: (frames, 52, 4, 4)."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(math.floor(frame), subframe=frame - math.floor(frame))
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([evaluated.matrix_world @ evaluated.pose.bones[name].matrix for name in BONES])
    return np.array(found)


def read_back(path, importer):
    """Imports an FBX into an empty file: the armature."""
    bpy.ops.wm.read_homefile(use_empty=True)
    if importer == "python":
        bpy.ops.import_scene.fbx(filepath=str(path), ignore_leaf_bones=False)
    else:
        bpy.ops.wm.fbx_import(filepath=str(path), ignore_leaf_bones=False)
    return next(ob for ob in bpy.context.scene.objects if ob.type == "ARMATURE")


def angle_degrees(a, b):
    """Angles between the rotation parts of (…, 4, 4), scale taken out."""
    turn = [m[..., :3, :3] / np.linalg.norm(m[..., :3, :3], axis=-2, keepdims=True) for m in (a, b)]
    # By the chord, which keeps its digits near zero where the arc cosine of the trace has none.
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(turn[0] - turn[1], axis=(-2, -1)) / np.sqrt(8), 0, 1)))


@pytest.mark.parametrize("importer", IMPORTERS)
@pytest.mark.parametrize("preset", list(fbx.PRESETS))
def test_every_bone_of_every_frame_comes_back(scene, saved_take, tmp_path, importer, preset):
    take, path = saved_take(frames=40, people=2)
    built = builder.build(take, path, scene)
    expected = [poses(actor, range(1, 41)) for actor in built.actors]
    targets = fbx.target_paths(tmp_path / "out.fbx", built.actors)
    assert [t.name for t in targets] == ["out_1.fbx", "out_2.fbx"]
    for actor, target in zip(built.actors, targets, strict=True):
        fbx.export_actor(actor, target, fbx.preset(preset), f"walk {actor.name}")
    for reference, target in zip(expected, targets, strict=True):
        armature = read_back(target, importer)
        assert len(bpy.data.actions) == 1, "one animation stack, the right actor's"
        assert {bone.name for bone in armature.data.bones} == set(BONES), "52 bones, no leaf bones"
        start = round(armature.animation_data.action.frame_range[0])
        assert round(armature.animation_data.action.frame_range[1]) - start == 39
        found = poses(armature, range(start, start + 40))
        distance = np.linalg.norm(found[..., :3, 3] - reference[..., :3, 3], axis=-1)
        angle = angle_degrees(found, reference)
        assert distance.max() < 1e-4, f"{distance.max() * 1000:.3f} mm"
        assert angle.max() < 0.05, f"{angle.max():.3f} degrees"


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120)])
@pytest.mark.parametrize("importer", IMPORTERS)
def test_rates_survive(scene, saved_take, tmp_path, importer, fps):
    take, path = saved_take(frames=50, fps=fps)
    armature = builder.build(take, path, scene).actors[0]
    expected = poses(armature, range(1, 51))
    fbx.export_actor(armature, tmp_path / "out.fbx", fbx.preset("generic"), "walk")
    armature = read_back(tmp_path / "out.fbx", importer)
    render = bpy.context.scene.render
    assert render.fps / render.fps_base == pytest.approx(float(fps), rel=2e-6)
    # Blender's importer in Python forgets the base: its keys lie 1.001 frames apart where the rate is 30/1.001.
    step = render.fps_base if importer == "python" else 1.0
    found = poses(armature, round(armature.animation_data.action.frame_range[0]) + step * np.arange(50))
    assert np.linalg.norm(found[..., :3, 3] - expected[..., :3, 3], axis=-1).max() < 1e-4
    assert angle_degrees(found, expected).max() < 0.05


def nodes(tree, name):
    return [element for element in tree.elems if element.id == name]


def parsed(path):
    """The file's tree, read by the parser that comes with Blender."""
    from io_scene_fbx import parse_fbx

    return parse_fbx.parse(str(path))[0]


def test_key_times_are_exact(scene, saved_take, tmp_path):
    fps = Fraction(30000, 1001)
    take, path = saved_take(frames=50, fps=fps)
    armature = builder.build(take, path, scene).actors[0]
    fbx.export_actor(armature, tmp_path / "out.fbx", fbx.preset("generic"), "walk")
    curve = nodes(nodes(parsed(tmp_path / "out.fbx"), b"Objects")[0], b"AnimationCurve")[0]
    seconds = np.array(nodes(curve, b"KeyTime")[0].props[0], float) / 46186158000
    assert np.allclose(seconds, np.arange(50) * 1001 / 30000, rtol=0, atol=1e-6)


def test_file_has_one_stack_a_bind_pose_and_a_clean_rest(scene, saved_take, tmp_path):
    take, path = saved_take(frames=10)
    armature = builder.build(take, path, scene).actors[0]
    rest = {bone.name: bone.head_local - bone.parent.head_local for bone in armature.data.bones if bone.parent}
    fbx.export_actor(armature, tmp_path / "out.fbx", fbx.preset("generic"), "walk")
    objects = nodes(parsed(tmp_path / "out.fbx"), b"Objects")[0]
    stacks = nodes(objects, b"AnimationStack")
    assert len(stacks) == 1 and stacks[0].props[1].startswith(b"walk\x00")
    assert [pose.props[2] for pose in nodes(objects, b"Pose")] == [b"BindPose"]
    limbs = {m.props[1].split(b"\x00")[0].decode(): m for m in nodes(objects, b"Model") if m.props[2] == b"LimbNode"}
    assert set(limbs) == set(BONES)
    for name, offset in rest.items():
        properties = {p.props[0]: p.props[4:] for p in nodes(limbs[name], b"Properties70")[0].elems}
        assert np.linalg.norm(properties[b"Lcl Translation"]) == pytest.approx(offset.length, abs=1e-5)
    times = {p.props[0]: p.props[4] for p in nodes(stacks[0], b"Properties70")[0].elems}
    assert times.get(b"LocalStart", 0) == 0, "the default, 0, is not written"
    assert times[b"LocalStop"] == 9 * 46186158000 // 30
    assert len(nodes(objects, b"Geometry")) == 1, "the hidden hands stay out"


def test_rest_pose_in_the_file_is_the_t_pose(scene, saved_take, tmp_path):
    take, path = saved_take(frames=10)
    armature = builder.build(take, path, scene).actors[0]
    expected = np.array([armature.data.bones[name].matrix_local for name in BONES])
    fbx.export_actor(armature, tmp_path / "out.fbx", fbx.preset("generic"), "walk")
    found = read_back(tmp_path / "out.fbx", "python")
    actual = np.array([found.matrix_world @ found.data.bones[name].matrix_local for name in BONES])
    assert np.abs(actual[..., :3, 3] - expected[..., :3, 3]).max() < 1e-5
    assert angle_degrees(actual, expected).max() < 0.01


def test_export_leaves_the_scene_as_it_was(scene, saved_take, tmp_path):
    take, path = saved_take(frames=10, people=2)
    built = builder.build(take, path, scene)
    other = bpy.data.objects.new("Armature", None)
    scene.collection.objects.link(other)
    other.select_set(True)
    bpy.context.view_layer.objects.active = other
    scene.frame_set(4)
    armature = built.actors[0]
    action = armature.animation_data.action
    keys = [compat.read_keys(curve) for curve in compat.curves(action)]
    before = poses(armature, [4])
    fbx.export_actor(armature, tmp_path / "out.fbx", fbx.preset("unity"), "walk")
    assert (scene.name, armature.name, other.name) == ("Scene", "actor.001", "Armature")
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (1, 10, 4)
    assert armature.animation_data.action == action and len(bpy.data.actions) == 2
    assert all(np.array_equal(k, compat.read_keys(c)) for k, c in zip(keys, compat.curves(action), strict=True))
    assert np.array_equal(before, poses(armature, [4]))
    assert armature.data.pose_position == "POSE"
    assert not bpy.app.handlers.frame_change_pre
    assert bpy.context.selected_objects == [other] and bpy.context.view_layer.objects.active == other


def test_unknown_preset_names_those_that_exist():
    with pytest.raises(BadInputError, match="generic"):
        fbx.preset("maya")


def test_a_failed_export_leaves_no_file(scene, saved_take, tmp_path):
    take, path = saved_take(frames=3)
    armature = builder.build(take, path, scene).actors[0]
    folder = tmp_path / "gone"
    with pytest.raises(BadInputError, match="There is no folder"):
        fbx.export_actor(armature, folder / "out.fbx", fbx.preset("generic"), "walk")
    assert armature.animation_data.action.name == "actor.001"
