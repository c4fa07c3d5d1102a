"""Clean-up through its operators, as studios script it."""

from __future__ import annotations

import json
import threading

import bpy
import numpy as np
import pytest

from understudy.addon import cleanup, compat, edit_list, saving
from understudy.addon.edit_texts import CHOSEN, TEXTS
from understudy.addon.operators.edits import body_height, suggested_range
from understudy.addon.scene import links
from understudy.core.body.numpy_model import load_free_body
from understudy.core.edit.evaluation import Evaluation, parse

ops = bpy.ops.understudy

# Values that make a difference, for every kind that can be tried on one take.
VALUES = {
    "smooth": {"arms": 0.9},
    "repair": {"spikes": 1.0},
    "swap_sides": {"what": "arms", "start": 5, "end": 12},
    "swap_people": {"person": "1", "other": "2", "start": 5, "end": 12},
    "place": {"turn": 0.5, "move_x": 1.0},
    "scale": {"height_m": 1.5},
    "trim": {"start": 4, "end": 15},
    "retime": {"speed": 0.5},
    "reverse": {},
    "loop": {"blend_s": 0.2, "repeats": 2},
    "mirror": {},
    "reduce": {"tolerance_mm": 20.0},
}


def keys(actor):
    """Every key of an actor, by path and index."""
    found = compat.curves(actor.animation_data.action)
    return {(c.data_path, c.array_index): compat.read_keys(c) for c in found}


def equal(a, b):
    return a.keys() == b.keys() and all(a[k].shape == b[k].shape and np.allclose(a[k], b[k], atol=1e-5) for k in a)


def expected_frames(take, collection):
    """Frames of each actor's keys as the evaluation has them."""
    people = Evaluation(take, load_free_body()).result(parse(collection[links.EDITS]))
    return {person: motion.frame_count for person, motion in people.items()}


@pytest.mark.parametrize("kind", VALUES)
def test_every_kind_changes_the_curves_and_goes_again(imported, kind):
    take, built = imported(people=2)
    before = [keys(actor) for actor in built.actors]
    assert getattr(ops, kind)(**VALUES[kind]) == {"FINISHED"}
    collection = built.collection
    assert [entry["kind"] for entry in json.loads(collection[links.EDITS])] == [kind]
    assert collection[links.EDITS_APPLIED] == collection[links.EDITS]
    after = [keys(actor) for actor in built.actors]
    assert not equal(after[0], before[0])
    if kind != "reduce":
        counts = [len(k['pose.bones["pelvis"].location', 0]) for k in after]
        assert counts == list(expected_frames(take, collection).values())
    assert ops.remove_edit() == {"FINISHED"}
    assert all(equal(keys(actor), one) for actor, one in zip(built.actors, before, strict=True))


def test_every_kind_has_an_operator_with_its_values(addon):
    for kind in CHOSEN:
        properties = getattr(ops, kind).get_rna_type().properties
        for name, text in TEXTS[kind].fields.items():
            assert properties[name].description == text.tip
        assert {"person", "use_range", "start", "end"} <= set(properties.keys())


def test_values_arrive_in_the_list(imported):
    imported()
    ops.smooth(root=0.1, torso=0.2, arms=0.35, legs=0.4, hands=0.5, peaks=0.6, side="left", start=4, end=16)
    entry = json.loads(bpy.data.collections["Take walk"][links.EDITS])[0]
    assert entry["arms"] == 0.35
    assert entry["side"] == "left"
    assert (entry["start"], entry["end"]) == (0.1, 0.5)
    item = edit_list.settings_of(bpy.data.collections["Take walk"]).edits[0]
    assert (item.use_range, item.start, item.end) == (True, 4, 16)


def test_a_button_is_for_the_whole_take_or_the_preview_range(imported):
    """Without a window Blender calls no ``invoke``: what it suggests is tried by itself, the click in tests/gui."""
    take, built = imported()
    scene = bpy.context.scene
    scene.frame_set(10)
    assert suggested_range("smooth", scene) is None
    assert suggested_range("trim", scene) == (10, 24)
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 4, 13
    assert suggested_range("smooth", scene) == suggested_range("trim", scene) == (4, 13)
    stature = float(load_free_body().stature(take.people[0].smpl.betas))
    assert body_height(built.actors[0]) == pytest.approx(stature, abs=1e-4)


def test_changing_a_value_changes_list_and_curves(imported):
    _, built = imported()
    ops.smooth()
    settings = edit_list.settings_of(built.collection)
    before = keys(built.actors[0])
    settings.edits[0].smooth_arms = 1.0
    assert json.loads(built.collection[links.EDITS])[0]["arms"] == 1.0
    assert not equal(keys(built.actors[0]), before)
    settings.edits[0].enabled = False
    original = keys(built.actors[0])
    ops.clear_edits()
    assert equal(keys(built.actors[0]), original)


def test_before_and_after(imported):
    _, built = imported()
    original = keys(built.actors[0])
    ops.trim(start=5, end=10)
    cleaned = keys(built.actors[0])
    ops.before_after()
    assert equal(keys(built.actors[0]), original)
    ops.before_after()
    assert equal(keys(built.actors[0]), cleaned)


def test_steps_change_places(imported):
    _, built = imported()
    ops.smooth()
    ops.trim(start=5, end=15)
    ops.reverse()
    settings = edit_list.settings_of(built.collection)
    assert settings.active_edit == 2
    ops.move_edit(direction="UP")
    assert [edit.kind for edit in edit_list.read(built.collection)] == ["smooth", "reverse", "trim"]
    assert settings.active_edit == 1
    ops.move_edit(index=0, direction="UP")
    assert [edit.kind for edit in edit_list.read(built.collection)] == ["smooth", "reverse", "trim"]
    ops.remove_edit(index=0)
    assert [item.kind for item in settings.edits] == ["reverse", "trim"]


def test_what_cannot_be_applied_is_refused_and_changes_nothing(imported):
    _, built = imported()
    original = keys(built.actors[0])
    with pytest.raises(RuntimeError, match="no frame lies between"):
        ops.trim(start=500, end=600)
    with pytest.raises(RuntimeError, match="no person '9'"):
        ops.smooth(person="9")
    with pytest.raises(RuntimeError, match="before it starts"):
        ops.trim(start=9, end=3)
    assert built.collection[links.EDITS] == "[]"
    assert equal(keys(built.actors[0]), original)


def test_without_the_take_file_the_list_is_kept_and_the_cure_is_named(imported):
    _, built = imported()
    ops.smooth()
    cleanup.forget(built.collection)
    links.take_file(built.collection).unlink()
    with pytest.raises(RuntimeError, match="no longer at"):
        ops.reverse()
    assert [edit.kind for edit in edit_list.read(built.collection)] == ["smooth"]


def test_stitching_another_take_of_the_file(imported):
    _, built = imported("first", frames=60)
    _, other = imported("second", frames=60, seed=5)
    other.collection[links.TAKE_ID] = "other"
    bpy.context.view_layer.objects.active = built.actors[0]
    assert ops.stitch(take="Take second", search_s=0.5) == {"FINISHED"}
    assert json.loads(built.collection[links.EDITS])[0]["take"] == "other"
    assert len(keys(built.actors[0])['pose.bones["pelvis"].location', 0]) > 60
    assert edit_list.settings_of(built.collection).edits[0].stitch_take == "other"


def test_face_front(imported):
    _, built = imported()
    assert ops.face_front() == {"FINISHED"}
    from understudy.core.edit.motion import rotate

    forward = rotate(cleanup.motions(built.collection)["1"].rotations[0, 0], np.array([0, 0, 1.0]))
    assert forward[1] < 0 and abs(forward[0]) < 1e-4


def test_the_list_survives_the_file_and_another_hand(imported, tmp_path):
    _, built = imported()
    ops.smooth(arms=0.7)
    path = str(tmp_path / "scene.blend")
    # As a pipeline would that knows nothing of the add-on.
    built.collection[links.EDITS] = '[{"kind": "trim", "start": 0.1, "end": 0.4}]'
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    collection = bpy.data.collections["Take walk"]
    assert [item.kind for item in edit_list.settings_of(collection).edits] == ["trim"]
    actor = bpy.data.objects["actor.001"]
    assert len(keys(actor)['pose.bones["pelvis"].location', 0]) == 10
    assert collection[links.EDITS_APPLIED] == collection[links.EDITS]


def test_half_done_curves_are_done_again(imported):
    """As after an undo to a moment at which a timer was at work."""
    _, built = imported()
    ops.trim(start=5, end=10)
    cleaned = keys(built.actors[0])
    curve = compat.find_curve(built.actors[0].animation_data.action, 'pose.bones["neck"].rotation_quaternion', 1)
    compat.rewrite_keys(curve, np.array([1.0, 2.0]), np.array([0.0, 0.0]))
    built.collection[links.EDITS_APPLIED] = ""
    cleanup._data_goes()
    cleanup._data_came()
    assert equal(keys(built.actors[0]), cleaned)


def test_work_in_slices(imported):
    """With a window a long list is done by the timer; here the timer is called by hand."""
    _, built = imported(frames=600, people=2)
    collection = built.collection
    edit_list.settings_of(collection)
    collection[links.EDITS] = '[{"kind": "smooth"}, {"kind": "mirror"}]'
    cleanup.request(collection, wait=False)
    slices = 0
    while cleanup.busy(collection):
        cleanup._tick()
        slices += 1
        assert slices < 500
    assert collection[links.EDITS_APPLIED] == collection[links.EDITS]
    assert slices > 1


def test_save_edited_take(imported, tmp_path):
    from understudy.core import take_file as takes

    take, built = imported()
    ops.trim(start=5, end=14)
    with pytest.raises(RuntimeError, match="never overwritten"):
        ops.save_edited_take(filepath=str(links.take_file(built.collection)))
    target = tmp_path / "cleaned"
    assert ops.save_edited_take(filepath=str(target)) == {"FINISHED"}
    saved = takes.load(tmp_path / "cleaned.take.npz")
    assert saved.frame_count == 10
    assert np.allclose(saved.people[0].joints_world, take.people[0].joints_world[4:14], atol=1e-4)
    ops.scale(height_m=1.2)
    with pytest.raises(RuntimeError, match="scaled"):
        ops.save_edited_take(filepath=str(target))


def test_operators_need_a_take(addon):
    assert not ops.smooth.poll()
    assert not ops.before_after.poll()
    assert not ops.remove_edit.poll()


def test_an_edited_take_is_written_beside_the_work(imported, tmp_path):
    """With a window the operator returns at once; an error is kept for the panel."""
    imported(frames=200)
    ops.smooth(arms=0.5)
    target = tmp_path / "edited.take.npz"
    ops.save_edited_take(filepath=str(target))
    assert saving.last.state == "done" and target.is_file()
    release = threading.Event()
    slow = saving.Saving(target, lambda: release.wait(10))
    assert slow.state == "running"
    release.set()
    slow.wait()
    assert slow.state == "done"
    with pytest.raises(RuntimeError, match=r"no folder|Cannot write"):
        ops.save_edited_take(filepath=str(tmp_path / "nowhere" / "edited.take.npz"))
    assert saving.last.state == "failed" and saving.last.error is not None
