"""What is wrong with a rig, or its file, in Blender: a clear message, or the right result. The list of issue 7."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector
from retarget_armatures import armature_of, transfer
from retarget_rigs import rig_of

from understudy.addon.scene import builder
from understudy.addon.scene.character_export import export_character
from understudy.addon.scene.rig import edit_mode
from understudy.addon.scene.rigs import read_rig
from understudy.addon.scene.sampling import sample
from understudy.core.errors import BadInputError, CannotWriteError
from understudy.retarget.matching.guess import map_rig
from understudy.retarget.solve.settings import RetargetSettings

FRAMES = 12


@pytest.fixture
def actor(addon, scene, saved_take):
    take, path = saved_take(frames=FRAMES)
    return builder.build(take, path, scene).actors[0]


def heads(armature) -> dict[str, np.ndarray]:
    """(T, 3) m by bone."""
    sampled = sample(armature, bpy.context.scene, 1, FRAMES)
    return dict(zip(sampled.names, np.moveaxis(sampled.in_world()[..., :3, 3], 1, 0), strict=True))


@pytest.fixture
def right(scene, actor):
    """Where a rig without faults has its bones."""
    target, bone_map = armature_of("unity")
    transfer(actor, None, target, bone_map, scene)
    return heads(target)


def test_no_armature(scene, actor):
    with pytest.raises(BadInputError, match="no armature"):
        read_rig(bpy.data.objects.new("lamp", bpy.data.lights.new("lamp", "POINT")))
    with pytest.raises(BadInputError, match="Nothing is selected"):
        read_rig(None)


def test_two_roots_move_as_one(scene, actor, right):
    """Bones beside the person, as engines' IK roots are: mapping and motion are those of the person."""
    target, bone_map = armature_of("unity")
    with edit_mode(target):
        stray = target.data.edit_bones.new("a second root")
        stray.head, stray.tail = (2, 0, 0), (2, 0, 0.5)
        hand = target.data.edit_bones.new("prop")
        hand.head, hand.tail, hand.parent = (2, 0, 0.5), (2, 0, 0.7), stray
    found = map_rig(read_rig(target).rig)
    assert dict(found.bones) == dict(bone_map.bones)
    transfer(actor, None, target, found, scene)
    moved = heads(target)
    assert max(np.abs(moved[name] - right[name]).max() for name in right) < 1e-5
    assert np.abs(moved["a second root"] - [2, 0, 0]).max() < 1e-6


def test_two_people_in_one_armature_are_not_taken_for_one(scene, actor):
    rig, _ = rig_of("unity")
    target, _ = armature_of("unity")
    aside = Vector((1.5, 0, 0))
    with edit_mode(target):
        for bone in list(target.data.edit_bones):
            twin = target.data.edit_bones.new(f"{bone.name} of the other")
            twin.head, twin.tail, twin.roll = bone.head + aside, bone.tail + aside, bone.roll
        for name, parent in zip(rig.names, rig.parents, strict=True):
            if parent >= 0:
                bones = target.data.edit_bones
                bones[f"{name} of the other"].parent = bones[f"{rig.names[parent]} of the other"]
    found = map_rig(read_rig(target).rig)
    sides = {bone.endswith("of the other") for slot, bone in found.bones.items() if found.sure(slot)}
    assert len(sides) <= 1, "one person's parts are never mixed with the other's and called sure"


@pytest.mark.parametrize("bone", ["LeftToes", "LeftIndexDistal", "Neck", "Head"])
def test_bones_without_length(scene, actor, right, bone):
    """Blender takes bones of no length away, and keeps the shortest it can tell from none."""
    target, bone_map = armature_of("unity")
    with edit_mode(target):
        short = target.data.edit_bones[bone]
        short.tail = short.head + (short.tail - short.head).normalized() * 1e-5
    transfer(actor, None, target, bone_map, scene)
    moved = heads(target)
    assert np.isfinite(np.stack(list(moved.values()))).all()
    assert max(np.abs(moved[name] - right[name]).max() for name in right) < 1e-3


def test_legs_without_length_are_named(scene, actor):
    target, bone_map = armature_of("unity", legs=1e-6)
    with pytest.raises(BadInputError, match="LeftUpperLeg"):
        transfer(actor, None, target, bone_map, scene)


@pytest.mark.parametrize(
    "matrix",
    [
        Matrix.Scale(0.01, 4),
        Matrix.Rotation(1.0, 4, "Z"),
        Matrix.Translation((3, -2, 0)) @ Matrix.Rotation(-2.0, 4, "Z") @ Matrix.Scale(100, 4),
    ],
)
def test_objects_that_are_scaled_and_turned(scene, actor, right, matrix):
    """The same person of the same size in the world, kept in other units under an object that undoes them."""
    target, bone_map = armature_of("unity")
    target.data.transform(matrix.inverted())
    target.matrix_world = matrix
    bpy.context.view_layer.update()
    transfer(actor, None, target, bone_map, scene)
    moved = heads(target)
    assert max(np.abs(moved[name] - right[name]).max() for name in right) < 1e-3


@pytest.mark.parametrize(
    ("scale", "word"), [((-1, 1, 1), "mirrored"), ((-1, -1, -1), "mirrored"), ((1, 1, 2), "unevenly")]
)
def test_negative_and_uneven_scales_say_what_to_do(scene, actor, scale, word):
    target, bone_map = armature_of("unity")
    target.scale = scale
    bpy.context.view_layer.update()
    with pytest.raises(BadInputError, match=f"{word}.*Apply the armature's scale"):
        transfer(actor, None, target, bone_map, scene)
    with pytest.raises(BadInputError, match="has no animation"):
        export_character(target, Path("a.fbx"), "generic", scene)


@pytest.mark.parametrize("fingers", [("index", "middle", "ring", "little", "thumb"), ("ring", "little"), ("thumb",)])
def test_missing_fingers_leave_the_rest_as_it_was(scene, actor, fingers):
    plain = RetargetSettings(plant_feet=False, hold_hands=False)
    whole, bone_map = armature_of("unity")
    transfer(actor, None, whole, bone_map, scene, plain)
    drop = tuple(f"{side}_{finger}_{i}" for side in ("left", "right") for finger in fingers for i in (1, 2, 3))
    target, bone_map = armature_of("unity", drop=drop)
    assert not map_rig(read_rig(target).rig).missing
    transfer(actor, None, target, bone_map, scene, plain)
    wanted, moved = heads(whole), heads(target)
    for name in ("Hips", "Head", "LeftFoot", "RightLowerLeg", "RightHand"):
        assert np.abs(moved[name] - wanted[name]).max() < 1e-3, name


def test_constraints_that_go_in_circles(scene, actor):
    """Blender breaks the circle somewhere; the retarget ends, and says which bones its keys do not show on."""
    target, bone_map = armature_of("unity")
    for own, other in (("LeftHand", "RightHand"), ("RightHand", "LeftHand")):
        constraint = target.pose.bones[own].constraints.new("COPY_ROTATION")
        constraint.target, constraint.subtarget = target, other
    done = transfer(actor, None, target, bone_map, scene)
    assert len(done.warnings) == 1 and "Hand" in done.warnings[0]
    assert all(np.isfinite(track).all() for track in heads(target).values())
    # As a source, such a rig is played as Blender shows it.
    other, other_map = armature_of("mixamo")
    transfer(target, None, other, other_map, scene)
    assert all(np.isfinite(track).all() for track in heads(other).values())


def test_library_overrides_are_keyed_and_exported(scene, actor, tmp_path):
    target, bone_map = armature_of("unity")
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {target})
    bpy.data.objects.remove(target)
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["unity"]
    [linked] = wanted.objects
    scene.collection.objects.link(linked)
    with pytest.raises(BadInputError, match=r"linked from library\.blend.*library override"):
        transfer(actor, None, linked, bone_map, scene)
    override = linked.override_create(remap_local_usages=True)
    transfer(actor, None, override, bone_map, scene)
    report = export_character(override, tmp_path / "out.fbx", "generic", scene)
    assert report.good, report.line


def test_files_that_may_not_be_written(scene, actor, tmp_path, monkeypatch):
    (tmp_path / "taken.fbx").mkdir()
    with pytest.raises(CannotWriteError, match=r"taken\.fbx is a folder"):
        export_character(actor, tmp_path / "taken.fbx", "generic", scene)
    with pytest.raises(CannotWriteError, match="There is no folder"):
        export_character(actor, tmp_path / "none" / "a.fbx", "generic", scene)
    with pytest.raises(CannotWriteError, match="Cannot write"):
        export_character(actor, Path("/proc/a.fbx"), "generic", scene)
    old = tmp_path / "old.fbx"
    old.write_bytes(b"before")
    old.chmod(0o444)
    report = export_character(actor, old, "generic", scene)  # the folder may be written: the file is replaced whole
    assert report.good and old.read_bytes() != b"before"


def test_a_read_only_blend_file_exports_all_the_same(scene, actor, tmp_path):
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    blend.chmod(0o444)
    content = blend.read_bytes()
    report = export_character(actor, tmp_path / "a.glb", "gltf", scene)
    assert report.good and blend.read_bytes() == content
