"""Next problem, confidence as colours and curves, through the operators."""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np
import pytest

from understudy.addon import compat, edit_list, review
from understudy.addon.scene import builder, confidence
from understudy.addon.take_import import activate
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.take_file import save

ops = bpy.ops.understudy
ARM = [JOINT_INDEX[f"left_{name}"] for name in ("collar", "shoulder", "elbow", "wrist")]


@pytest.fixture
def troubled(addon, make_take, tmp_path):
    """A person whose left arm is hidden in frames 11 to 20 (scene frames), worst at 15, and who is certain else."""
    take = make_take(frames=40)
    person = take.people[0]
    sure = np.full_like(person.joints_confidence, 0.9)
    sure[10:20, ARM] = 0.2
    sure[14, JOINT_INDEX["left_elbow"]] = 0.0
    person = dataclasses.replace(person, joints_confidence=sure, present=np.ones(40, bool))
    take = dataclasses.replace(take, people=(person,))
    path = save(take, tmp_path / "troubled.take.npz")
    built = builder.build(take, path, bpy.context.scene)
    activate(built)
    return built


def occluded(take):
    return [one for one in review.review(take).found if one.problem.reason == "occluded"]


def test_the_problem_is_visited_with_its_joint(troubled):
    (one,) = occluded(troubled.collection)
    assert one.frame == 15
    settings = edit_list.settings_of(troubled.collection)
    settings.problems_by_time = True
    for _ in range(len(review.review(troubled.collection).found)):
        assert ops.next_problem() == {"FINISHED"}
        at = review.review(troubled.collection).ordered(True)[settings.problem]
        if at == one:
            break
    assert bpy.context.scene.frame_current == 15
    assert bpy.context.mode == "POSE"
    actor = troubled.actors[0]
    assert bpy.context.view_layer.objects.active == actor
    chosen = [
        b.name for b in (actor.pose.bones if hasattr(actor.pose.bones[0], "select") else actor.data.bones) if b.select
    ]
    assert chosen == ["left_elbow"]
    assert actor.data.bones.active.name == "left_elbow"


def test_next_and_previous_go_round(troubled):
    settings = edit_list.settings_of(troubled.collection)
    count = len(review.review(troubled.collection).found)
    assert settings.problem == -1
    ops.next_problem(direction="PREVIOUS")
    assert settings.problem == count - 1
    ops.next_problem()
    assert settings.problem == 0
    severities = [one.problem.severity for one in review.review(troubled.collection).ordered(False)]
    assert severities == sorted(severities, reverse=True)


def test_problems_follow_the_clean_up(troubled):
    assert occluded(troubled.collection)
    ops.trim(start=25, end=40)
    assert not occluded(troubled.collection)
    ops.clear_edits()
    ops.reverse()
    (one,) = occluded(troubled.collection)
    assert one.frame == 41 - 15


def test_bones_take_the_colour_of_their_confidence(troubled):
    settings = edit_list.settings_of(troubled.collection)
    bone = troubled.actors[0].pose.bones["left_elbow"]
    bpy.context.scene.frame_set(15)
    settings.show_confidence = True
    assert bone.color.palette == "CUSTOM"
    assert np.allclose(bone.color.custom.normal, confidence.colour(0.0), atol=5e-3)
    bpy.context.scene.frame_set(30)
    assert np.allclose(bone.color.custom.normal, confidence.colour(0.9), atol=5e-3)
    settings.show_confidence = False
    assert bone.color.palette == "DEFAULT"


@pytest.mark.parametrize("value", [-1, 0, 0.25, 0.5, 0.75, 1, 2])
def test_colours_are_colours(value):
    assert all(0 <= c <= 1 for c in confidence.colour(value))


def test_confidence_curves_alone_and_all_again(troubled):
    curves = compat.curves(troubled.actors[0].animation_data.action)
    ops.confidence_curves()
    shown = [curve.data_path for curve in curves if not curve.hide]
    assert len(shown) == 52
    assert all(path.endswith('["confidence"]') for path in shown)
    ops.confidence_curves(show=False)
    assert not any(curve.hide for curve in curves)


def test_a_hidden_actor_is_not_entered(troubled):
    troubled.actors[0].hide_set(True)
    assert ops.next_problem() == {"FINISHED"}
    assert bpy.context.mode == "OBJECT"
