"""Characters exported, read back by another Blender, and held against the scene."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import pytest
from blender_state import changes, state
from retarget_armatures import armature_of, transfer
from retarget_rigs import rig_of

from understudy.addon import compat
from understudy.addon.operators import export as export_operators
from understudy.addon.scene import builder, file_names
from understudy.addon.scene.character_export import export_character
from understudy.addon.scene.format_list import FORMATS
from understudy.addon.scene.read_back import read_back
from understudy.addon.scene.sampling import sample
from understudy.addon.scene.verification import MOST_DEGREES, MOST_MM, Expected, expected_bones, judge, report_path
from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.rotation import axis_angle_to_matrix

FRAMES = 20


@pytest.fixture
def actor(addon, scene, saved_take):
    take, path = saved_take(frames=FRAMES)
    return builder.build(take, path, scene).actors[0]


# Rigs as each engine has them: units, and whether a root bone is there.
TARGETS = [
    ("mixamo", 0.01, (), "generic"),
    ("unreal5", 0.01, ("root",), "unreal_skeleton"),
    ("unity", 1.0, (), "unity"),
    ("godot", 1.0, (), "godot"),
    ("unreal4", 1.0, (), "unreal"),
]


@pytest.mark.parametrize(("dialect", "scale", "drop", "preset"), TARGETS, ids=lambda v: str(v))
def test_every_bone_of_every_frame_comes_back(scene, actor, tmp_path, dialect, scale, drop, preset):
    target, bone_map = armature_of(dialect, scale, drop=drop)
    transfer(actor, None, target, bone_map, scene)
    scene.frame_end = 500  # the file holds what is played, not what the scene could show
    before = state()
    path = tmp_path / "out.fbx"
    report = export_character(target, path, preset, scene)
    assert not changes(before, state())
    assert report.good, report.line
    assert report.millimetres <= MOST_MM and report.degrees <= MOST_DEGREES
    assert (report.frames, report.stacks, report.bones) == (FRAMES, 1, len(target.data.bones))
    assert json.loads(report_path(path).read_text())["worst_bone"] == report.worst_bone


# Every format on a rig of metres or centimetres; actors rest in T-pose, as VRM animation asks.
OTHERS = [
    ("gltf", "godot", 1.0),
    ("gltf", "mixamo", 0.01),
    ("vrma", "vrm1", 1.0),
    ("bvh", "mixamo", 0.01),
    ("bvh", "unreal5", 1.0),
    ("usd", "mixamo", 0.01),
    ("amass", "mixamo", 0.01),
]


@pytest.mark.parametrize(("name", "dialect", "scale"), OTHERS)
def test_every_format_comes_back(scene, actor, tmp_path, name, dialect, scale):
    target, bone_map = armature_of(dialect, scale)
    transfer(actor, None, target, bone_map, scene)
    before = state()
    path = tmp_path / f"out{FORMATS[name].suffix}"
    report = export_character(target, path, name, scene)
    assert not changes(before, state())
    assert report.good, report.line
    assert (report.frames, report.stacks) == (FRAMES, 1)
    assert report.bones == (len(target.data.bones) if not FORMATS[name].needs_map else 52), "a person's bones only"
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["gltf", "vrma", "bvh", "usd", "alembic", "amass"])
def test_captured_actors_come_back_with_their_skin(scene, actor, tmp_path, name):
    before = state()
    report = export_character(actor, tmp_path / f"out{FORMATS[name].suffix}", name, scene)
    assert not changes(before, state())
    assert report.good, report.line


@pytest.mark.parametrize("name", ["generic", "gltf", "bvh", "alembic"])
def test_rates_with_a_base_come_back(addon, scene, saved_take, tmp_path, name):
    fps = Fraction(30000, 1001)
    take, path = saved_take(frames=50, fps=fps)
    armature = builder.build(take, path, scene).actors[0]
    report = export_character(armature, tmp_path / f"out{FORMATS[name].suffix}", name, scene)
    assert report.good, report.line
    assert report.frames == 50 and report.fps == pytest.approx(float(fps), rel=2e-6)


def test_a_skin_is_needed_for_alembic_and_a_t_pose_for_vrm(scene, actor, tmp_path):
    target, bone_map = armature_of("mixamo", 1.0, rest="A")
    transfer(actor, None, target, bone_map, scene)
    with pytest.raises(BadInputError, match="no visible mesh"):
        export_character(target, tmp_path / "out.abc", "alembic", scene)
    with pytest.raises(BadInputError, match="T-pose"):
        export_character(target, tmp_path / "out.vrma", "vrma", scene)
    with pytest.raises(BadInputError, match="gltf"):
        export_character(target, tmp_path / "out.x", "collada", scene)
    assert not list(tmp_path.glob("*out*"))


def test_mirrored_copies_hold_the_other_side(scene, actor, tmp_path):
    actor.select_set(True)
    before = state()
    assert bpy.ops.understudy.export_character(
        filepath=str(tmp_path / "walk"), preset="gltf", mirrored=True, skins=False
    ) == {"FINISHED"}
    assert not changes(before, state())
    assert [report.good for report in export_operators.reports] == [True, True]
    sampled = sample(actor, scene, 1, FRAMES)
    shown, names = sampled.in_world(), list(sampled.names)
    found = read_back(tmp_path / "walk_mirrored.glb", 30.0)
    for name, other in (("left_wrist", "right_wrist"), ("right_foot", "left_foot"), ("head", "head")):
        ours = found["matrices"][:, list(found["names"]).index(name), :3, 3]
        theirs = shown[:, names.index(other), :3, 3]
        # The free body's two sides are alike to a few millimetres.
        assert np.abs(ours - theirs * [-1, 1, 1]).max() < 0.02, name


def test_what_constraints_and_drivers_do_is_in_the_file(scene, actor, tmp_path):
    """They look at objects and at the scene that are no part of the character."""
    target, bone_map = armature_of("unity")
    transfer(actor, None, target, bone_map, scene)
    lead = bpy.data.objects.new("lead", None)
    scene.collection.objects.link(lead)
    for frame, x in ((1, 0.0), (FRAMES, 2.0)):
        lead.location.x = x
        lead.keyframe_insert("location", frame=frame)
    copied = target.pose.bones["Hips"].constraints.new("COPY_LOCATION")
    copied.target, copied.use_offset = lead, True
    driver = target.pose.bones["Jaw"].driver_add("location", 1).driver
    variable = driver.variables.new()
    variable.name, variable.targets[0].id_type = "frame", "SCENE"
    variable.targets[0].id, variable.targets[0].data_path = scene, "frame_current"
    driver.expression = "0.01 * frame"
    seen = sample(target, scene, 1, FRAMES)
    assert np.ptp(seen.in_world(("Hips",))[:, 0, 0, 3]) > 1
    for preset, suffix in (("generic", ".fbx"), ("gltf", ".glb")):
        path = tmp_path / f"out{suffix}"
        report = export_character(target, path, preset, scene)
        assert report.good and not report.warnings, report.line
    found = read_back(path, 30.0)
    assert judge("out.glb", Expected(seen.names, seen.in_world(), 30.0), found).good


@pytest.mark.parametrize("mode", ["POSE", "EDIT"])
def test_modes_and_what_is_hidden_stay(scene, actor, tmp_path, mode):
    bpy.context.view_layer.objects.active = actor
    actor.select_set(True)
    bpy.ops.object.mode_set(mode=mode)
    actor.children[0].hide_set(True)
    scene.frame_set(7)
    before = state()
    report = export_character(actor, tmp_path / "out.fbx", "generic", scene)
    assert report.good, report.line
    assert bpy.context.mode.startswith(mode) and not changes(before, state())


def test_poses_without_keys_are_told(scene, actor, tmp_path):
    scene.frame_set(5)
    actor.pose.bones["head"].rotation_quaternion = (0, 1, 0, 0)
    bpy.context.view_layer.update()
    report = export_character(actor, tmp_path / "out.bvh", "bvh", scene)
    assert report.good and "unkeyed pose" in report.warnings[0], report.line


def test_amass_is_what_the_engine_reads(scene, actor, saved_take, tmp_path):
    from understudy.core.files.read_smpl import read_smpl

    export_character(actor, tmp_path / "walk.npz", "amass", scene)
    take, _ = saved_take(frames=FRAMES)
    content, smpl = read_smpl(tmp_path / "walk.npz"), take.people[0].smpl
    assert (content.kind, content.z_up, content.fps) == ("smplh", True, 30.0)
    turns = axis_angle_to_matrix(content.pose)
    for own, theirs in ((turns[:, 1:22], smpl.body_pose), (turns[:, 0], smpl.global_orient),
                        (turns[:, 37:52], smpl.right_hand_pose)):  # fmt: skip
        assert np.abs(own - axis_angle_to_matrix(np.asarray(theirs, float))).max() < 1e-4
    way = [points - points[0] for points in (content.transl, smpl.transl)]
    assert np.abs(way[0] - way[1]).max() < 1e-4


def test_the_state_of_a_file_is_seen_in_full(scene, actor):
    before = state()
    bone = actor.pose.bones["head"]
    curve = compat.find_curve(actor.animation_data.action, 'pose.bones["head"].rotation_quaternion', 0)
    for change, back in (
        (lambda: curve.keyframe_points[3].co.__setitem__(1, 0.5), None),
        (lambda: setattr(bone, "lock_ik_x", True), lambda: setattr(bone, "lock_ik_x", False)),
        (lambda: actor.__setitem__("note", 1), lambda: actor.__delitem__("note")),
        (lambda: setattr(scene, "frame_current", 3), None),
        (lambda: bpy.data.meshes.new("left over"), None),
    ):  # fmt: skip
        change()
        assert changes(before, state())
        if back is not None:
            back()
            assert not changes(before, state())
        before = state()


def test_names_are_filled_in(scene, actor):
    other = armature_of("unity", 1.0)[0]
    transfer(actor, None, other, rig_of("unity")[1], scene)

    def names(template, armatures):
        return [path.name for path in file_names.filled(Path(template), armatures, "gltf", scene)]

    said = [bpy.path.clean_name(name) for name in (actor.name, actor.animation_data.action.name)]
    assert names("{character}_{action}.glb", [actor]) == ["_".join(said) + ".glb"]
    assert names("{take}-{person}-{scene}-{blend}.glb", [actor]) == ["walk-1-Scene-untitled.glb"]
    assert names("{fps}x{frames}_{preset}.glb", [actor]) == [f"30x{FRAMES}_gltf.glb"]
    assert names("x_{character}.glb", [actor, other])[1] == "x_unity.glb"
    assert names("x.glb", [actor, other])[1] == "x_unity.glb"
    assert file_names.mirrored(Path("a/x.glb")) == Path("a/x_mirrored.glb")
    for template, word in (("{nobody}.glb", "{nobody}"), ("{character.glb", "Close every brace")):
        with pytest.raises(BadInputError, match=word):
            names(template, [actor])


def test_two_characters_have_a_file_each_with_their_own_animation(scene, actor, tmp_path):
    characters = [armature_of("unity", 1.0)[0], armature_of("mixamo", 0.01)[0]]
    for armature, dialect in zip(characters, ("unity", "mixamo"), strict=True):
        transfer(actor, None, armature, rig_of(dialect)[1], scene)
        armature.select_set(True)
    actor.select_set(False)
    assert bpy.ops.understudy.export_character(filepath=str(tmp_path / "walk.fbx"), preset="generic") == {"FINISHED"}
    paths = file_names.filled(tmp_path / "walk.fbx", characters, "generic", scene)
    assert sorted(tmp_path.glob("*.fbx")) == sorted(paths)
    assert [r.good for r in export_operators.reports] == [True, True]
    assert sorted(r.bones for r in export_operators.reports) == sorted(len(c.data.bones) for c in characters)


def test_unreals_skeleton_keeps_names_axes_and_units(scene, actor, tmp_path):
    """BLENDER.md's facts of the mannequin: the node ``root`` at scale 1, centimetres, X along bones, mirrored right."""
    import io_scene_fbx.parse_fbx as parse_fbx

    target, bone_map = armature_of("unreal5", 0.01, drop=("root",))
    transfer(actor, None, target, bone_map, scene)
    path = tmp_path / "out.fbx"
    export_character(target, path, "unreal_skeleton", scene)
    tree, _ = parse_fbx.parse(str(path))
    nodes = {}
    for element in next(e for e in tree.elems if e.id == b"Objects").elems:
        if element.id == b"Model":
            values = {p.props[0]: p.props[4:] for e in element.elems if e.id == b"Properties70" for p in e.elems}
            nodes[element.props[1].split(b"\x00")[0].decode()] = values
    assert np.allclose(nodes["root"].get(b"Lcl Scaling", (1, 1, 1)), 1, atol=1e-4)
    length = 100 * float(np.linalg.norm(np.subtract(*(rig_of("unreal5")[0].heads[rig_of("unreal5")[0].index[n]]
                                                      for n in ("lowerarm_l", "upperarm_l")))))  # fmt: skip
    assert np.allclose(nodes["lowerarm_l"][b"Lcl Translation"], (length, 0, 0), atol=1e-2)
    assert np.allclose(nodes["lowerarm_r"][b"Lcl Translation"], (-length, 0, 0), atol=1e-2)


def test_a_file_that_is_off_is_found_out(scene, actor):
    wanted = expected_bones(actor, sample(actor, scene, 1, 5), 30.0)
    found = {"names": np.array(wanted.names), "matrices": wanted.matrices.copy(), "fps": np.array(wanted.fps),
             "stacks": np.array(1)}  # fmt: skip
    assert judge("x", wanted, found).good
    found["matrices"][3, 7, 0, 3] += 0.001
    report = judge("x", wanted, found)
    assert not report.good and report.worst_bone == wanted.names[7] and report.worst_frame == 3
    for key, value, word in (
        ("stacks", np.array(2), "2 animations"),
        ("fps", np.array(25.0), "25 frames a second"),
        ("matrices", wanted.matrices[:4], "4 frames"),
        ("names", np.array(["other", *wanted.names[1:]]), "missing"),
    ):
        spoilt = {**found, "matrices": wanted.matrices, key: value}
        assert any(word in problem for problem in judge("x", wanted, spoilt).problems), word


def test_files_that_cannot_be_read_back_are_an_error(addon, scene, tmp_path):
    (tmp_path / "out.fbx").write_bytes(b"nothing")
    with pytest.raises(BadInputError, match=r"out\.fbx could not be read back"):
        read_back(tmp_path / "out.fbx", 30.0)


def test_folders_that_cannot_be_written_are_named(scene, actor, tmp_path):
    with pytest.raises(CannotWriteError, match="missing"):
        export_character(actor, tmp_path / "missing" / "out.fbx", "generic", scene)
    with pytest.raises(BadInputError, match="no animation"):
        export_character(armature_of("unity", 1.0)[0], tmp_path / "out.fbx", "generic", scene)
