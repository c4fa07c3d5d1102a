"""The retarget panel's buttons, pressed as a user does."""

from __future__ import annotations

import bpy
import pytest
from retarget_armatures import armature_of

from understudy.addon.scene import bone_maps, builder


@pytest.fixture
def character(addon, scene):
    return character_of("unity")


def character_of(dialect: str, **options):
    """An armature object of a test rig, active and selected alone."""
    armature, _ = armature_of(dialect, **options)
    choose(armature)
    return armature


def choose(armature, *more) -> None:
    for ob in bpy.context.view_layer.objects:
        ob.select_set(ob in (armature, *more))
    bpy.context.view_layer.objects.active = armature
    bpy.context.view_layer.update()


def select_row(armature, slot: str):
    names = [row.name for row in bone_maps.rows(armature)]
    armature.understudy_bones_index = names.index(slot)
    return bone_maps.rows(armature)[names.index(slot)]


def test_mapping_lists_every_part_and_its_bone(character):
    assert not bpy.ops.understudy.pick_bone.poll()
    assert bpy.ops.understudy.map_bones() == {"FINISHED"}
    rows = {row.name: row.bone for row in bone_maps.rows(character)}
    assert rows["left_lower_arm"] == "LeftLowerArm" and rows["root"] == ""
    bone_map = bone_maps.read_map(character)
    assert bone_map.dialect == "unity" and bone_map.missing == ()


def test_extras_of_a_dialect_survive_the_list(addon):
    armature = character_of("unreal5")
    bpy.ops.understudy.map_bones()
    bone_map = bone_maps.read_map(armature)
    assert bone_map.follows["ik_foot_l"] == "left_foot" and len(bone_map.twists) == 16
    assert [row.name for row in bone_maps.rows(armature)][:8] == [
        "root", "hips", "spine_1", "spine_2", "spine_3", "spine_4", "spine_5", "neck_1"
    ]  # fmt: skip


def test_picking_clearing_and_mirroring(character):
    bpy.ops.understudy.map_bones()
    row = select_row(character, "left_hand")
    assert bpy.ops.understudy.clear_bone() == {"FINISHED"} and row.bone == ""
    character.data.bones.active = character.data.bones["LeftHand"]
    assert bpy.ops.understudy.pick_bone() == {"FINISHED"} and row.bone == "LeftHand"
    for other in bone_maps.rows(character):
        if other.name.startswith("right_"):
            other.bone = ""
    assert bpy.ops.understudy.mirror_bones(side="left") == {"FINISHED"}
    assert bone_maps.read_map(character).bones["right_index_3"] == "RightIndexDistal"


def test_a_bone_that_is_picked_leaves_its_former_part(character):
    bpy.ops.understudy.map_bones()
    select_row(character, "root")
    character.data.bones.active = character.data.bones["Hips"]
    bpy.ops.understudy.pick_bone()
    bones = bone_maps.read_map(character).bones
    assert bones["root"] == "Hips" and "hips" not in bones


def test_saved_maps_load_on_another_character(character, tmp_path):
    bpy.ops.understudy.map_bones()
    path = tmp_path / "mine"
    assert bpy.ops.understudy.save_bones(filepath=str(path)) == {"FINISHED"}
    other = character_of("unity", drop=("left_toes",))
    assert bpy.ops.understudy.load_bones(filepath=str(path.with_suffix(".json"))) == {"FINISHED"}
    loaded = bone_maps.read_map(other)
    assert "left_toes" not in loaded.bones and loaded.bones["right_toes"] == "RightToes"


@pytest.mark.parametrize("text", [None, "nothing of the kind"])
def test_files_that_are_no_maps_are_refused(character, tmp_path, text):
    path = tmp_path / "odd.json"
    if text:
        path.write_text(text)
    with pytest.raises(RuntimeError, match=r"odd\.json"):
        bpy.ops.understudy.load_bones(filepath=str(path))


def test_a_read_only_folder_is_named(character, tmp_path):
    bpy.ops.understudy.map_bones()
    with pytest.raises(RuntimeError, match="Cannot write"):
        bpy.ops.understudy.save_bones(filepath=str(tmp_path / "missing" / "map.json"))


def test_retarget_from_one_source_to_two_characters(character, scene, saved_take):
    bpy.ops.understudy.map_bones()
    second = character_of("mixamo")
    bpy.ops.understudy.map_bones()
    take, path = saved_take(frames=6)
    actor = builder.build(take, path, scene).actors[0]
    choose(character, second)
    assert not bpy.ops.understudy.retarget.poll()
    scene.understudy_retarget.source = actor
    assert bpy.ops.understudy.retarget() == {"FINISHED"}
    for target in (character, second):
        action = target.animation_data.action
        assert target.name in action.name and action.frame_range[:] == (1.0, 6.0)
    assert actor.animation_data.action.name.startswith("actor.001")


def test_all_actors_become_one_action_each(character, scene, saved_take):
    bpy.ops.understudy.map_bones()
    take, path = saved_take(frames=5, people=2)
    builder.build(take, path, scene)
    choose(character)
    scene.understudy_retarget.all_actors = True
    assert bpy.ops.understudy.retarget() == {"FINISHED"}
    made = [a for a in bpy.data.actions if a.name.endswith(" on unity")]
    assert len(made) == 2 and sum(a.use_fake_user for a in made) == 1


def test_what_is_wrong_is_said(character, scene, saved_take):
    bpy.ops.understudy.map_bones()
    take, path = saved_take(frames=5)
    scene.understudy_retarget.source = builder.build(take, path, scene).actors[0]
    choose(character)
    scene.understudy_retarget.root_motion = "root"
    with pytest.raises(RuntimeError, match="no root bone"):
        bpy.ops.understudy.retarget()
    select_row(character, "head").bone = ""
    scene.understudy_retarget.root_motion = "hips"
    with pytest.raises(RuntimeError, match="Head"):
        bpy.ops.understudy.retarget()
    assert not bpy.ops.understudy.bake_controls.poll()


def test_a_button_works_in_slices_and_undo_gives_it_up(addon, scene, saved_take):
    """Without a window there are no timers: the steps that they would do."""
    from understudy.addon.operators import in_slices
    from understudy.addon.scene.retargeting import transfer_steps
    from understudy.addon.slices import for_a_while

    take, path = saved_take(frames=40)
    actor = builder.build(take, path, scene).actors[0]
    target, bone_map = armature_of("unity")
    steps = transfer_steps(actor, None, target, bone_map, scene)
    pieces = 1
    while not for_a_while(steps, 0.0):
        pieces += 1
    assert pieces > 20 and target.animation_data.action is not None
    in_slices.under_way.work = transfer_steps(actor, None, target, bone_map, scene)
    for_a_while(in_slices.under_way.work, 0.0)
    assert not bpy.ops.understudy.retarget.poll()
    in_slices._data_goes()
    assert in_slices.under_way.work is None
