"""Random sequences of the timeline's operators, in random contexts, end in no Python error.

What an operator refuses, it refuses with a report, which Blender's Python hands on as RuntimeError without a traceback.
"""

from __future__ import annotations

import contextlib
import random

import bpy
import numpy as np
import pytest

from understudy.addon import cleanup, edit_list
from understudy.addon.edit_texts import CHOSEN
from understudy.addon.preferences import preferences
from understudy.addon.scene import links, takes
from understudy.core.edit.correct import Change, Correct
from understudy.core.errors import UnderstudyError

ops = bpy.ops.understudy
STEPS = 12
# The default suite takes a share of the 300 sequences.
QUICK, ALL = range(12), range(12, 300)


def values(rng, kind):
    found = {
        "smooth": {"arms": rng.random(), "peaks": rng.random()},
        "repair": {"spikes": rng.random()},
        "swap_sides": {"what": rng.choice(["legs", "arms", "hands", "whole"])},
        "swap_people": {"other": rng.choice(["1", "2", "7", ""])},
        "place": {"turn": rng.uniform(-3, 3), "tilt": rng.random() < 0.5},
        "scale": {"height_m": rng.uniform(0.5, 2.5)},
        "retime": {"speed": rng.choice([0.25, 0.9, 3.0])},
        "loop": {"repeats": rng.randint(1, 3), "travel": rng.random() < 0.5},
        "stitch": {"take": rng.choice(["", "Take a", "Take b", "nothing"])},
        "reduce": {"tolerance_mm": rng.choice([1.0, 30.0])},
    }.get(kind, {})
    if rng.random() < 0.5:
        found |= {"start": rng.randint(-5, 30), "end": rng.randint(-5, 30)}
    if rng.random() < 0.5:
        found["person"] = rng.choice(["", "1", "2", "9"])
    return found


def deed(rng):
    """One random operator call or change, as (name, function)."""
    kind = rng.choice(CHOSEN)
    choices = [
        (kind, lambda: getattr(ops, kind)(**values(rng, kind))),
        (kind, lambda: getattr(ops, kind)(**values(rng, kind))),
        ("remove", lambda: ops.remove_edit(index=rng.randint(-1, 3))),
        ("move", lambda: ops.move_edit(direction=rng.choice(["UP", "DOWN"]), index=rng.randint(-1, 3))),
        ("clear", ops.clear_edits),
        ("before", ops.before_after),
        ("face", ops.face_front),
        ("problem", lambda: ops.next_problem(direction=rng.choice(["NEXT", "PREVIOUS"]))),
        ("curves", lambda: ops.confidence_curves(show=rng.random() < 0.5)),
        ("nla", ops.take_to_nla),
        ("action", ops.take_to_action),
        ("side", lambda: ops.side_by_side(spacing=rng.choice([0.0, 2.0]))),
        ("show", lambda: ops.show_take(shown=rng.random() < 0.7)),
        ("person", lambda: ops.show_person(person=rng.choice(["1", "2", "3"]), shown=rng.random() < 0.5)),
        ("reload", ops.reload_take),
        ("asset", ops.take_to_assets),
        ("frame", lambda: bpy.context.scene.frame_set(rng.randint(-10, 60))),
        ("select", lambda: select(rng)),
        ("mode", lambda: mode(rng)),
        ("slider", lambda: slide(rng)),
        ("keep", ops.keep_pose),
        ("point", lambda: ops.drag_point("EXEC_DEFAULT", point=rng.choice(["left_wrist", "nose", "x"]), pixel=(9, 9))),
        ("place", lambda: ops.place_joint(joint=rng.choice(["", "left_wrist", "x"]))),
        ("forget", lambda: ops.forget_correction(index=rng.randint(0, 3), everything=rng.random() < 0.2)),
        ("resolve", ops.resolve),
        ("resolve again", ops.resolve_again),
        ("contact", lambda: ops.set_contact(limb="LEFT_FOOT", start=rng.randint(-5, 30), end=rng.randint(-5, 30))),
        ("bend", lambda: bend(rng)),
        ("corrected", lambda: corrected(rng)),
        ("colours", lambda: colours(rng)),
        ("lost", lambda: lose(rng)),
    ]
    return rng.choice(choices)


def bend(rng):
    """A bone of some actor turned by hand."""
    for take in links.take_collections():
        for actor in takes.actors(take):
            bone = actor.pose.bones[rng.choice(["pelvis", "left_elbow", "right_index1"])]
            bone.rotation_quaternion = [rng.uniform(-1, 1) for _ in range(4)]
            bone.location = [rng.uniform(-1, 1) for _ in range(3)]


def corrected(rng):
    """A step as a solve leaves it, somewhere in the list."""
    take = next(iter(links.take_collections()), None)
    if take is None:
        return
    seconds = np.arange(5) / 30 + rng.random()
    turns = np.full((5, 22, 3), rng.uniform(-1, 1))
    change = Change(seconds, turns, np.full((5, 3), 0.01), np.zeros((5, 6)))
    edits = list(edit_list.read(take))
    edits.insert(rng.randint(0, len(edits)), Correct(person=rng.choice(["1", "2"]), solved=change.to_text()))
    with contextlib.suppress(UnderstudyError):  # no operator is there to report it
        edit_list.replace_all(take, edits)


def select(rng):
    objects = [ob for ob in bpy.context.view_layer.objects if ob.visible_get()]
    if bpy.context.mode == "OBJECT":
        bpy.context.view_layer.objects.active = rng.choice([None, *objects])


def mode(rng):
    active = bpy.context.view_layer.objects.active
    if active is not None and active.type == "ARMATURE" and active.visible_get():
        bpy.ops.object.mode_set(mode=rng.choice(["OBJECT", "POSE", "EDIT"]))


def slide(rng):
    take = takes.take_of(bpy.context)
    items = edit_list.settings_of(take).edits if take is not None else ()
    if len(items):
        item = rng.choice(list(items))
        item.start, item.end = rng.randint(-20, 40), rng.randint(-20, 40)
        item.use_range, item.enabled = rng.random() < 0.5, rng.random() < 0.8
        item.smooth_legs = rng.random()


def colours(rng):
    take = takes.take_of(bpy.context)
    if take is not None:
        edit_list.settings_of(take).show_confidence = rng.random() < 0.5


def lose(rng):
    """An actor, or the take's name for it, goes."""
    actors = [ob for ob in bpy.data.objects if takes.PERSON_ID in ob]
    if actors and rng.random() < 0.3:
        if bpy.context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        bpy.data.objects.remove(rng.choice(actors))
        bpy.context.view_layer.update()


@pytest.mark.parametrize("seed", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in ALL)])
def test_random_work_ends_in_no_error(imported, capsys, seed, tmp_path):
    preferences().engine_folder = str(tmp_path)  # no engine there
    rng = random.Random(seed)
    imported("a", frames=24, people=2)
    imported("b", frames=30, seed=1)
    done = []
    for _ in range(STEPS):
        name, act = deed(rng)
        done.append(name)
        try:
            act()
        except RuntimeError as error:
            assert "Traceback" not in str(error), (done, str(error))
    for take in links.take_collections():
        shown = take[links.EDITS_APPLIED] == cleanup.wanted(take)
        assert shown or cleanup.problem(take) is not None, done
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out, (done, said.err[-2000:])
