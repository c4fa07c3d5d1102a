"""What may be done with takes as a whole, through the operators."""

from __future__ import annotations

import dataclasses
import json
import shutil

import bpy
import numpy as np
import pytest

from understudy.addon import compat, edit_list, view_properties
from understudy.addon.panels.take import facts
from understudy.addon.scene import links, takes
from understudy.core import take_file as takes_file

ops = bpy.ops.understudy


def everything():
    """Names of all data that takes are made of."""
    data = bpy.data
    kinds = (data.objects, data.meshes, data.armatures, data.actions, data.cameras, data.materials, data.movieclips)
    return {(type(one).__name__, one.name) for kind in kinds for one in kind}


def location_keys(actor):
    curve = compat.find_curve(takes.action_of(actor), 'pose.bones["pelvis"].location', 0)
    return compat.read_keys(curve)


def test_delete_leaves_nothing(imported):
    empty = everything()
    _, first = imported("first", people=2)
    one = everything()
    _, second = imported("second")
    ops.take_to_nla(take=second.collection.name)
    assert ops.delete_take(take="Take second") == {"FINISHED"}
    assert everything() == one
    bpy.context.view_layer.objects.active = first.actors[0]
    bpy.ops.object.mode_set(mode="POSE")
    assert ops.delete_take() == {"FINISHED"}
    assert everything() == empty
    assert not list(links.take_collections())


def test_the_take_file_outlives_the_deletion(imported):
    _, built = imported()
    path = links.take_file(built.collection)
    ops.delete_take()
    assert path.is_file()


def test_strip_and_back(imported):
    _, built = imported(people=2)
    before = [location_keys(actor) for actor in built.actors]
    ops.take_to_nla()
    for actor in built.actors:
        (track,) = actor.animation_data.nla_tracks
        (strip,) = track.strips
        assert actor.animation_data.action is None
        assert (strip.frame_start, strip.frame_end) == (1, 24)
    ops.take_to_nla()  # again is nothing
    assert all(len(actor.animation_data.nla_tracks) == 1 for actor in built.actors)
    # The clean-up still reaches the curves in the strip.
    ops.place(level=False, move_x=1.0)
    assert not np.allclose(location_keys(built.actors[0]), before[0])
    ops.clear_edits()
    ops.take_to_action()
    for actor, keys in zip(built.actors, before, strict=True):
        assert not len(actor.animation_data.nla_tracks)
        assert actor.animation_data.action is not None
        assert np.allclose(location_keys(actor), keys, atol=1e-5)


def test_a_strip_plays_as_the_action_did(imported):
    _, built = imported()
    actor = built.actors[0]

    def head():
        bpy.context.scene.frame_set(12)
        evaluated = actor.evaluated_get(bpy.context.evaluated_depsgraph_get())
        return np.array(evaluated.matrix_world @ evaluated.pose.bones["head"].head)

    before = head()
    ops.take_to_nla()
    assert np.allclose(head(), before, atol=1e-5)


def test_asset_with_picture_and_notes(imported):
    _, built = imported(people=2)
    settings = edit_list.settings_of(built.collection)
    settings.notes = "the good one"
    ops.rate_take(rating=5)
    assert ops.take_to_assets() == {"FINISHED"}
    for actor in built.actors:
        action = takes.action_of(actor)
        assert action.name == f"Take walk {actor.name}"
        assert action.asset_data.description == "the good one"
        assert {tag.name for tag in action.asset_data.tags} == {"Understudy", "best"}
        picture = np.empty(256 * 256 * 4, np.float32)
        action.preview.image_pixels_float.foreach_get(picture)
        assert picture.reshape(-1, 4)[:, :3].std() > 0.05


def test_stars(imported):
    _, built = imported()
    settings = edit_list.settings_of(built.collection)
    ops.rate_take(rating=3)
    assert settings.rating == 3
    ops.rate_take(rating=3)
    assert settings.rating == 0


def test_show_and_side_by_side(imported):
    _, first = imported("first")
    _, second = imported("second")
    ops.side_by_side(spacing=2.5)
    assert (first.actors[0].delta_location.x, second.actors[0].delta_location.x) == (0, 2.5)
    ops.show_take(take="Take first", shown=False)
    assert not first.actors[0].visible_get() and second.actors[0].visible_get()
    assert first.collection.hide_render
    ops.side_by_side(spacing=2.5)
    assert second.actors[0].delta_location.x == 0
    ops.show_take(take="Take first")
    assert first.actors[0].visible_get()


def test_choosing_a_take_in_the_list_makes_it_active(imported):
    _, first = imported("first")
    imported("second")
    view = view_properties.view_of(bpy.context.scene)
    assert bpy.data.collections[view.active_take].name == "Take second"
    view.active_take = bpy.data.collections.find("Take first")
    assert takes.take_of(bpy.context) == first.collection
    assert bpy.context.view_layer.objects.active == first.actors[0]


def test_a_renamed_take_is_still_a_take(imported):
    _, built = imported()
    built.collection.name = "Fight, third try"
    assert ops.smooth() == {"FINISHED"}
    assert takes.take_of(bpy.context).name == "Fight, third try"


def test_reload_takes_up_what_is_in_the_file_now(imported):
    take, built = imported()
    ops.trim(start=1, end=12)
    path = links.take_file(built.collection)
    person = take.people[0]
    moved = dataclasses.replace(person.smpl, transl=person.smpl.transl + np.array([0, 0, 5], np.float32))
    takes_file.save(dataclasses.replace(take, people=(dataclasses.replace(person, smpl=moved),)), path)
    assert ops.reload_take() == {"FINISHED"}
    bpy.context.scene.frame_set(1)
    evaluated = built.actors[0].evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert evaluated.pose.bones["pelvis"].head.z == pytest.approx(person.joints_world[0, 0, 2] + 5, abs=1e-4)
    assert len(location_keys(built.actors[0])) == 12


def test_reload_refuses_other_bodies(imported, make_take):
    _, built = imported()
    takes_file.save(make_take(seed=9), links.take_file(built.collection))
    with pytest.raises(RuntimeError, match="another body"):
        ops.reload_take()
    takes_file.save(make_take(people=0), links.take_file(built.collection))
    with pytest.raises(RuntimeError, match="not in the file any more"):
        ops.reload_take()


def test_relink_take(imported, make_take, tmp_path):
    _, built = imported()
    old = links.take_file(built.collection)
    new = tmp_path / "elsewhere" / "walk.take.npz"
    new.parent.mkdir()
    shutil.move(old, new)
    assert ops.relink_take(filepath=str(new)) == {"FINISHED"}
    assert links.take_file(built.collection) == new
    assert ops.smooth() == {"FINISHED"}
    other = takes_file.save(dataclasses.replace(make_take(), take_id="other"), tmp_path / "other.take.npz")
    with pytest.raises(RuntimeError, match="another take"):
        ops.relink_take(filepath=str(other))


def test_relink_footage(imported, tmp_path, root):
    video = tmp_path / "moved.mp4"
    shutil.copy(root / "sample" / "solo.mp4", video)
    source = [{"path": "gone.mp4", "sha256": "", "size": [768, 1024], "rotation": 0}]
    _, built = imported(sources=source)
    (camera,) = built.cameras
    assert not len(camera.data.background_images)
    for _ in range(2):  # a second time replaces the first
        assert ops.relink_footage(filepath=str(video)) == {"FINISHED"}
        (background,) = camera.data.background_images
        assert bpy.path.abspath(background.clip.filepath) == str(video)
        assert len(bpy.data.movieclips) == 1
    with pytest.raises(RuntimeError, match="nothing at"):
        ops.relink_footage(filepath=str(tmp_path / "none.mp4"))
    with pytest.raises(RuntimeError, match="1 cameras"):
        ops.relink_footage(filepath=str(video), camera=3)


def test_facts(imported):
    _, built = imported(people=2)
    lines = facts(built.collection)
    assert lines[:2] == ["2 actors", "24 frames at 30 a second"]
    assert lines[-1] == "File: walk.take.npz"


def test_facts_tell_how_it_was_captured(imported):
    _, built = imported()
    take = built.collection
    about = json.loads(take[links.ABOUT])
    settings = {"height": 1.8, "start": 1.5, "end": None, "hands": False, "step": 2, "actors": {"1": {"name": "Anna"}},
                "focal": 1234.4, "focal_source": "estimated", "focal_spread": 0.071}  # fmt: skip
    take[links.ABOUT] = json.dumps(about | {"settings": settings})
    wanted = {"Height: 1.8", "Actor 1: Anna", "From 0:01.5 to the end of the video", "Without fingers"}
    seen = "Focal length: 1234 px, seen in the footage, give or take 7 %"
    assert wanted | {"One frame of 2 measured", seen} <= set(facts(take))
    told = {"focal": 900.0, "focal_source": "metadata", "focal_spread": None}
    take[links.ABOUT] = json.dumps(about | {"settings": told})
    assert "Focal length: 900 px" in facts(take)


def test_without_takes_there_is_nothing_to_do(addon):
    for name in ("show_take", "take_to_nla", "take_to_assets", "reload_take", "delete_take", "relink_footage"):
        assert not getattr(ops, name).poll(), name
