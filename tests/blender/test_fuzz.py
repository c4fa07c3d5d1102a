"""Random sequences of the add-on's operators, in random contexts, end in no Python error.

Half of the steps are deeds of an animator at the time line; the other half is any operator that is registered, with any
values that its properties take. What an operator refuses, it refuses with a report, which Blender's Python hands on as
RuntimeError without a traceback.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from engines import pretended_environment

from understudy.addon import cleanup, edit_list, errands, jobs
from understudy.addon.declarations import Operators
from understudy.addon.edit_texts import CHOSEN
from understudy.addon.preferences import preferences
from understudy.addon.scene import links, takes
from understudy.core.edit.correct import Change, Correct
from understudy.core.errors import UnderstudyError

ROOT = Path(__file__).resolve().parents[2]
ops = bpy.ops.understudy
STEPS = 12
# The default suite takes a share of the 300 sequences.
QUICK, ALL = range(12), range(12, 300)
# What sorts of editors an operator may be called from.
AREAS = ("VIEW_3D", "DOPESHEET_EDITOR", "GRAPH_EDITOR", "OUTLINER", "PROPERTIES", "IMAGE_EDITOR")
WORDS = ("", "1", "2", "9", "Take a", "Take b", "nothing", "left_wrist", "nose", "pelvis", "x" * 300, "ünïcode\n")


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


def registered():
    """Every operator of the add-on by its name behind ``understudy.``."""
    return sorted(name for name in dir(ops) if not name.startswith("__"))


def any_value(rng, prop, files):
    """A value that a property takes: its bounds, the middle, or something odd."""
    if prop.type == "BOOLEAN":
        return rng.random() < 0.5
    if prop.type in ("INT", "FLOAT"):
        low, high = max(prop.soft_min, -1000), min(prop.soft_max, 1000)
        one = [lambda: rng.randint(math.ceil(low), max(math.ceil(low), math.floor(high)))] if prop.type == "INT" else [
            lambda: rng.uniform(low, high), lambda: low, lambda: high]  # fmt: skip
        pick = lambda: rng.choice(one)()  # noqa: E731
        return [pick() for _ in range(prop.array_length)] if prop.is_array else pick()
    if prop.type == "ENUM":
        items = [item.identifier for item in prop.enum_items] or [""]
        return {rng.choice(items)} if prop.is_enum_flag else rng.choice(items)
    if prop.type == "STRING":
        return rng.choice(files if "path" in prop.identifier else WORDS)
    return None


def any_operator(rng, files):
    """Any registered operator with any values, called from any editor."""
    name = rng.choice(registered())
    operator = getattr(ops, name)
    given = {}
    for prop in operator.get_rna_type().properties:
        if prop.identifier != "rna_type" and not prop.is_readonly and rng.random() < 0.6:
            value = any_value(rng, prop, files)
            if value is not None:
                given[prop.identifier] = value
    if name == "wait":
        given["seconds"] = 0.05  # some pretended captures never end

    def act():
        window = bpy.context.window
        area = next((a for a in window.screen.areas), None) if window is not None else None
        if area is None or rng.random() < 0.4:
            operator(**given)
            return
        area.type = rng.choice(AREAS)
        region = next(one for one in area.regions if one.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            operator(**given)

    return name, act


def deed(rng):
    """One random operator call or change of an animator, as (name, function)."""
    kind = rng.choice(CHOSEN)
    choices = [
        (kind, lambda: getattr(ops, kind)(**values(rng, kind))),
        (kind, lambda: getattr(ops, kind)(**values(rng, kind))),
        ("remove", lambda: ops.remove_edit(index=rng.randint(-1, 3))),
        ("move", lambda: ops.move_edit(direction=rng.choice(["UP", "DOWN"]), index=rng.randint(-1, 3))),
        ("clear", ops.clear_edits),
        ("before", ops.before_after),
        ("problem", lambda: ops.next_problem(direction=rng.choice(["NEXT", "PREVIOUS"]))),
        ("nla", ops.take_to_nla),
        ("action", ops.take_to_action),
        ("show", lambda: ops.show_take(shown=rng.random() < 0.7)),
        ("reload", ops.reload_take),
        ("frame", lambda: bpy.context.scene.frame_set(rng.randint(-10, 60))),
        ("select", lambda: select(rng)),
        ("mode", lambda: mode(rng)),
        ("slider", lambda: slide(rng)),
        ("keep", ops.keep_pose),
        ("contact", lambda: ops.set_contact(limb="LEFT_FOOT", start=rng.randint(-5, 30), end=rng.randint(-5, 30))),
        ("bend", lambda: bend(rng)),
        ("corrected", lambda: corrected(rng)),
        ("colours", lambda: colours(rng)),
        ("lost", lambda: lose(rng)),
        ("scene", lambda: other_scene(rng)),
        ("time passes", lambda: pass_time(rng)),
        ("character", lambda: character(rng)),
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
    """Another active object, and any selection."""
    objects = [ob for ob in bpy.context.view_layer.objects if ob.visible_get()]
    if bpy.context.mode != "OBJECT":
        return
    bpy.context.view_layer.objects.active = rng.choice([None, *objects])
    for ob in objects:
        ob.select_set(rng.random() < 0.4)


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


def other_scene(rng):
    """Another scene becomes the current one, or the first again."""
    if bpy.context.mode == "OBJECT" and bpy.context.window is not None:
        scene = bpy.data.scenes.new("other") if rng.random() < 0.3 else rng.choice(list(bpy.data.scenes))
        bpy.context.window.scene = scene


def character(rng):
    """A character of the user's own, with bones of any names."""
    if bpy.context.mode != "OBJECT":
        return
    armature = bpy.data.objects.new("character", bpy.data.armatures.new("character"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    names = rng.sample(["root", "hips", "spine", "Bone", "head", "upperarm_l", "hand_l", "thigh_r", "foot_r"], 5)
    for i, name in enumerate(names):
        bone = armature.data.edit_bones.new(name)
        bone.head, bone.tail = (0, 0, i), (0, rng.random(), i + rng.random())
    bpy.ops.object.mode_set(mode="OBJECT")


def pass_time(rng):
    """What the timers do meanwhile."""
    for _ in range(rng.randint(1, 5)):
        jobs.tick()
        errands.tick()
        cleanup._tick()
        time.sleep(0.005)


@pytest.fixture
def world(imported, saved_take, monkeypatch, tmp_path):
    """Two takes in the file, an engine that pretends or none, and paths of all sorts for operators that ask for one."""
    # Operators take relative paths, and the user's own folder where they have none.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    kept = sorted(ROOT.iterdir())

    def make(rng):
        folder = tmp_path / "environment"
        if os.name != "nt" and rng.random() < 0.5:
            pretended_environment(folder)
        preferences().engine_folder = str(folder)
        preferences().models_folder = str(tmp_path / "models")
        _, take = saved_take("c", frames=10)
        monkeypatch.setenv("FAKE_TAKE", str(take))
        videos = [tmp_path / name for name in ("good.mp4", "bad.mp4", "slow.mp4", "die.mp4")]
        for video in videos:
            video.write_bytes(b"")
        imported("a", frames=24, people=2)
        imported("b", frames=30, seed=1)
        return [str(path) for path in (*videos, take, tmp_path, tmp_path / "new.take.npz", tmp_path / "new")] + [
            "", "/nowhere/at/all.mp4", "//relative.take.npz", "\0"]  # fmt: skip

    yield make
    errands.shut_down()
    jobs.shut_down()
    assert sorted(ROOT.iterdir()) == kept


@pytest.mark.parametrize("seed", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in ALL)])
def test_random_work_ends_in_no_error(world, capfd, seed):
    rng = random.Random(seed)
    files = world(rng)
    done = []
    for _ in range(STEPS):
        name, act = deed(rng) if rng.random() < 0.5 else any_operator(rng, files)
        done.append(name)
        try:
            act()
        except (RuntimeError, TypeError, ValueError) as error:
            # TypeError and ValueError are Blender's own, for values that a property does not take.
            assert "Traceback" not in str(error), (done, str(error))
            if not isinstance(error, RuntimeError):
                assert "bpy" in str(error) or "Converting" in str(error) or "null" in str(error), (done, str(error))
    for take in links.take_collections():
        shown = take.get(links.EDITS_APPLIED) == cleanup.wanted(take)
        assert shown or cleanup.busy(take) or cleanup.problem(take) is not None, done
    said = capfd.readouterr()
    assert "Traceback" not in said.err + said.out, (done, said.err[-3000:])


def test_every_operator_is_among_them(addon):
    declared = {value for key, value in vars(Operators).items() if key.isupper() and "{" not in value}
    declared |= {Operators.EDIT.format(kind=kind) for kind in CHOSEN}
    assert {f"understudy.{name}" for name in registered()} == declared
