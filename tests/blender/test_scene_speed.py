"""How long an import may take. Slow: run alone, on a quiet machine."""

from __future__ import annotations

import statistics
import time

import bpy
import pytest

from understudy.addon.scene import builder
from understudy.addon.scene.keys import key_actor
from understudy.addon.scene.rest import rest_pose
from understudy.addon.scene.rig import build_armature
from understudy.core.body.numpy_model import load_free_body
from understudy.core.timebase import timing

FRAMES = 10_000
KEYS_S = 1.0
SLICE_S = 0.2


@pytest.mark.slow
def test_ten_thousand_frames_of_one_person_are_keyed_within_a_second(scene, make_take, record_property):
    take = make_take(frames=FRAMES)
    body, person = load_free_body(), take.people[0]
    joints, vertices = body.joints(person.smpl.betas), body.shaped(person.smpl.betas)
    rest = rest_pose(joints, vertices, vertices[body.extras])
    keys = timing(take.timestamps, take.fps_nominal)
    seconds = []
    for _ in range(5):
        armature = build_armature("actor", rest, scene.collection)
        began = time.perf_counter()
        for _ in key_actor(armature, take, person, rest, joints[0], keys):
            pass
        seconds.append(time.perf_counter() - began)
    record_property("seconds", seconds)
    assert statistics.median(seconds) <= KEYS_S, f"{[round(s, 2) for s in seconds]} s"


@pytest.mark.slow
def test_no_step_of_an_import_holds_up_the_window(scene, saved_take, record_property):
    take, path = saved_take(frames=FRAMES, people=2)
    longest = {}
    iterator = builder.steps(take, path, scene)
    while True:
        began = time.perf_counter()
        try:
            step = next(iterator)
        except StopIteration:
            break
        longest[step.stage] = max(longest.get(step.stage, 0.0), time.perf_counter() - began)
    record_property("longest", longest)
    assert bpy.data.actions
    assert max(longest.values()) <= SLICE_S, longest
