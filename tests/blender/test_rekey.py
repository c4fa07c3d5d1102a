"""Edited motions on an actor's curves."""

from __future__ import annotations

from fractions import Fraction

import bpy
import numpy as np
import pytest

from understudy.addon import compat
from understudy.addon.scene import builder, rekey
from understudy.core import skeleton
from understudy.core.body.numpy_model import load_free_body
from understudy.core.edit.evaluation import Evaluation
from understudy.core.edit.place import Scale
from understudy.core.edit.reduce import Reduce
from understudy.core.edit.smoothing import Smooth
from understudy.core.edit.timing import Retime, Trim

BONES = skeleton.SMPLH_JOINTS


def bone_heads(armature, frame):
    bpy.context.scene.frame_set(frame)
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([evaluated.matrix_world @ evaluated.pose.bones[name].head for name in BONES])


def edited(take, *edits):
    return Evaluation(take, load_free_body()).result(edits)["1"]


def write(actor, motion, written=None, fps=Fraction(30)):
    steps = list(rekey.rekey(actor, motion, fps, 1, written or rekey.Written()))
    return len(steps)


def stands_as(actor, motion, frames, tolerance=1e-4):
    joints = motion.joints()
    for frame in frames:
        at = round(frame - 1 - float(motion.timestamps[0]) * 30)
        error = np.linalg.norm(bone_heads(actor, frame) - joints[at], axis=1)
        assert error.max() < tolerance, f"{BONES[error.argmax()]} in frame {frame}: {error.max() * 1000:.2f} mm"


@pytest.mark.parametrize(
    "edits",
    [(), (Smooth(),), (Trim(start=0.2, end=0.6),), (Retime(speed=0.5),), (Scale(height_m=1.3),)],
    ids=["none", "smooth", "trim", "slower", "scale"],
)
def test_bones_stand_where_the_edited_motion_has_them(scene, saved_take, edits):
    take, path = saved_take()
    actor = builder.build(take, path, scene).actors[0]
    motion = edited(take, *edits)
    write(actor, motion)
    first = 1 + round(float(motion.timestamps[0]) * 30)
    stands_as(actor, motion, range(first, first + motion.frame_count, 5))
    curves = compat.curves(actor.animation_data.action)
    assert all(len(curve.keyframe_points) == motion.frame_count for curve in curves)


def test_the_mesh_follows_the_scale_and_comes_back(scene, saved_take):
    take, path = saved_take()
    actor = builder.build(take, path, scene).actors[0]
    mesh = bpy.data.objects[f"{actor.name} body"].data
    before = max(v.co.z for v in mesh.vertices)
    write(actor, edited(take, Scale(height_m=2.0)))
    assert max(v.co.z for v in mesh.vertices) == pytest.approx(2.0, abs=1e-3)
    assert tuple(actor.scale) == (1, 1, 1)
    write(actor, edited(take))
    assert max(v.co.z for v in mesh.vertices) == pytest.approx(before, abs=1e-5)


def test_only_changed_curves_are_written(scene, saved_take):
    take, path = saved_take()
    actor = builder.build(take, path, scene).actors[0]
    written = rekey.Written()
    everything = write(actor, edited(take), written)
    arms = Smooth(root=0, torso=0, arms=0.5, legs=0, hands=0)
    assert write(actor, edited(take, arms), written) == 1 + 8
    assert write(actor, edited(take, arms), written) == 1
    assert everything > 100


def test_fewer_keys_stay_within_the_bound_in_blender(scene, saved_take):
    take, path = saved_take(frames=90)
    actor = builder.build(take, path, scene).actors[0]
    motion = edited(take, Reduce(tolerance_mm=10.0))
    write(actor, motion)
    stands_as(actor, motion, range(1, 91, 3), tolerance=0.0101)
    location = compat.find_curve(actor.animation_data.action, 'pose.bones["pelvis"].location', 0)
    assert 2 < len(location.keyframe_points) < 60
    write(actor, edited(take))
    stands_as(actor, edited(take), range(1, 91, 10))
    assert len(location.keyframe_points) == 90


def test_another_scene_rate(scene, saved_take):
    take, path = saved_take(frames=60)
    scene.render.fps, scene.render.fps_base = 24, 1.0
    actor = builder.build(take, path, scene, set_scene=False).actors[0]
    motion = edited(take)
    write(actor, motion, fps=Fraction(24))
    at = motion.at(np.array([20 / 24]))
    assert np.abs(bone_heads(actor, 21) - at.joints()[0]).max() < 1e-4
    frames = compat.read_keys(compat.curves(actor.animation_data.action)[0])[:, 0]
    assert np.array_equal(frames, np.arange(1, 49))
