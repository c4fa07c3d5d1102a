"""Correct and solve again, with the engine's own worker; the motion that comes back, undo, faults."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from engines import needs_engine

from understudy.addon import cleanup, contact_tracks, correction, edit_list, jobs
from understudy.addon.engine import environment, link
from understudy.addon.preferences import preferences
from understudy.addon.scene import builder, links, posed, takes
from understudy.addon.take_import import activate
from understudy.core.edit.correct import Correct
from understudy.core.rotation import quaternion_conjugate, quaternion_multiply, quaternion_to_axis_angle
from understudy.core.skeleton import JOINT_INDEX, POSE_LANDMARKS, TAKE_JOINTS
from understudy.core.take_file import save

ROOT = Path(__file__).resolve().parents[2]
ops = bpy.ops.understudy
ELBOW, WRIST = JOINT_INDEX["left_elbow"], JOINT_INDEX["left_wrist"]


@pytest.fixture
def filmed(engine, make_take, tmp_path):
    """A synthetic take whose limbs the camera sees, in the scene: the ``TakeScene``."""

    def make(frames=90):
        take = make_take(frames=frames)
        person = take.people[0]
        pose = take.cameras.world_from_camera[0]
        names = [take.joint_names.index(joint_for(name)) for name in POSE_LANDMARKS]
        columns = [take.keypoint_names.index(name) for name in POSE_LANDMARKS]
        local = (person.joints_world[:, names] - pose[:3, 3]) @ pose[:3, :3]
        pixels = local @ take.cameras.K[0].T
        person.keypoints2d[0][:, columns] = pixels[..., :2] / pixels[..., 2:]
        person.keypoints2d_confidence[0][:, columns] = 0.9
        hips = [POSE_LANDMARKS.index(name) for name in ("left_hip", "right_hip")]
        person.keypoints3d[0][:, columns] = local - local[:, hips].mean(axis=1, keepdims=True)
        path = save(take, tmp_path / "walk.take.npz")
        built = builder.build(take, path, bpy.context.scene)
        activate(built)
        return built

    return make


def joint_for(landmark):
    """A joint, or point of the surface, near a landmark."""
    if landmark in TAKE_JOINTS:
        return landmark
    side, _, part = landmark.partition("_")
    other = {"foot_index": "big_toe", "index": "index1", "pinky": "pinky1", "thumb": "thumb2"}.get(part)
    return f"{side}_{other}" if other else "nose"


def bend(actor, joint="left_elbow", angle=0.5):
    """Poses a joint as a user does: no key."""
    bone = actor.pose.bones[joint]
    turn = np.array([np.cos(angle / 2), np.sin(angle / 2), 0, 0])
    bone.rotation_quaternion = quaternion_multiply(np.array(bone.rotation_quaternion), turn)


def angle(a, b):
    return np.linalg.norm(quaternion_to_axis_angle(quaternion_multiply(quaternion_conjugate(a), b)), axis=-1)


def go(frame):
    bpy.context.scene.frame_set(frame)


def test_the_pose_of_the_bones_is_the_motion(imported):
    _, built = imported()
    for frame in (1, 9, 24):
        go(frame)
        motion = cleanup.motions(built.collection)["1"]
        actor = built.actors[0]
        assert angle(posed.local_rotations(actor), motion.rotations[frame - 1]).max() < 1e-3
        assert np.abs(posed.pelvis_position(actor) - motion.pelvis[frame - 1]).max() < 1e-4


def test_what_is_posed_is_kept_and_nothing_else(imported):
    _, built = imported(frames=60)
    go(30)
    with pytest.raises(RuntimeError, match="as the motion has it"):
        ops.keep_pose()
    bend(built.actors[0])
    assert ops.keep_pose() == {"FINISHED"}
    (item,) = edit_list.settings_of(built.collection).corrections
    assert (item.what, item.person, item.frame, item.shown, item.joint) == ("POSED", "1", 29, 30, "left_elbow")
    expected = quaternion_to_axis_angle(posed.local_rotations(built.actors[0])[ELBOW])
    assert np.allclose(item.value, expected, atol=1e-5)
    # Posed again in the same frame: in place of what was kept.
    bend(built.actors[0], angle=0.2)
    ops.keep_pose()
    assert len(edit_list.settings_of(built.collection).corrections) == 1
    ops.forget_correction(index=0)
    assert not len(edit_list.settings_of(built.collection).corrections)


def test_no_pose_is_kept_while_curves_are_on_their_way(imported, monkeypatch):
    _, built = imported(frames=200)
    request = cleanup.request
    monkeypatch.setattr(cleanup, "AT_ONCE_S", 0.0)
    monkeypatch.setattr(cleanup, "request", lambda take, wait=False: request(take, wait=False))  # as with a window
    ops.smooth(arms=0.9)
    assert cleanup.busy(built.collection)
    with pytest.raises(RuntimeError, match="still at work"):
        ops.keep_pose()
    assert not edit_list.settings_of(built.collection).corrections
    while cleanup._tick() is not None:
        pass
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    bend(built.actors[0])
    assert ops.keep_pose() == {"FINISHED"}
    assert [item.joint for item in edit_list.settings_of(built.collection).corrections] == ["left_elbow"]


def test_without_an_engine_the_button_cannot_be_pressed(imported, tmp_path):
    imported()
    preferences().engine_folder = str(tmp_path / "nothing")
    assert correction.ready(bpy.context) == "Install the engine first"
    assert not ops.resolve.poll()


@needs_engine
def test_two_frames_are_corrected_and_the_rest_stays(filmed):
    built = filmed()
    take, actor = built.collection, built.actors[0]
    before = cleanup.motions(take)["1"]
    wanted = {}
    for frame in (40, 48):
        go(frame)
        bend(actor)
        wanted[frame] = posed.local_rotations(actor)[ELBOW]
        ops.keep_pose()
    go(60)
    assert ops.resolve(reach_s=0.4) == {"FINISHED"}
    assert [edit.kind for edit in edit_list.read(take)] == ["correct"]
    assert not len(edit_list.settings_of(take).corrections)
    after = cleanup.motions(take)["1"]
    for frame, rotation in wanted.items():
        assert angle(after.rotations[frame - 1, ELBOW], rotation) < 1e-3
        go(frame)  # the curves show it too
        assert angle(posed.local_rotations(actor)[ELBOW], rotation) < 1e-3
    outside = np.r_[0:27, 60:90]
    assert np.array_equal(after.rotations[outside], before.rotations[outside])
    assert np.array_equal(after.pelvis[outside], before.pelvis[outside])
    assert angle(after.rotations[43, ELBOW], before.rotations[43, ELBOW]) > 0.2  # between the two
    edit_list.settings_of(take).edits[0].correct_strength = 0.0
    assert np.array_equal(cleanup.motions(take)["1"].rotations, before.rotations)
    ops.remove_edit()
    go(40)
    assert angle(posed.local_rotations(actor), before.rotations[39]).max() < 1e-3


@needs_engine
def test_corrections_come_before_what_moves_people_and_are_seen_as_posed(filmed):
    built = filmed()
    take, actor = built.collection, built.actors[0]
    ops.place(turn=0.8, move_x=1.0, level=False)
    ops.trim(start=11, end=80)
    go(20)  # shows frame 20 of the take still: what was trimmed away leaves its time
    bend(actor)
    wanted = posed.local_rotations(actor)
    assert ops.resolve() == {"FINISHED"}
    assert [edit.kind for edit in edit_list.read(take)] == ["correct", "place", "trim"]
    go(20)
    assert angle(posed.local_rotations(actor)[ELBOW], wanted[ELBOW]) < 1e-3


@needs_engine
def test_a_correction_is_repeated_and_survives_the_file(filmed, tmp_path):
    built = filmed()
    go(40)
    bend(built.actors[0])
    ops.resolve()
    first = edit_list.read(built.collection)[0]
    assert ops.resolve_again() == {"FINISHED"}
    again = edit_list.read(built.collection)[0]
    assert isinstance(again, Correct) and again.asked == first.asked
    assert len(edit_list.read(built.collection)) == 1
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    take = next(iter(links.take_collections()))
    assert edit_list.read(take)[0] == again
    assert len(edit_list.settings_of(take).edits) == 1


@needs_engine
def test_a_contact_is_set_and_taken_away(filmed):
    built = filmed()
    take = built.collection
    assert ops.set_contact(limb="LEFT_FOOT", start=40, end=52, stands=False) == {"FINISHED"}

    def feet():
        return next(t for t in contact_tracks.tracks(take, "1") if t.limb.name == "LEFT_FOOT")

    assert not any(one[0] <= 52 and one[1] >= 40 for one in feet().intervals)
    assert ops.set_contact(limb="LEFT_FOOT", start=44, end=50) == {"FINISHED"}
    assert (44, 50) in feet().intervals
    assert len(edit_list.read(take)) == 2
    ops.remove_edit(index=1)
    assert (44, 50) not in feet().intervals


@needs_engine
def test_an_engine_that_dies_is_told_and_loses_nothing(filmed):
    built = filmed()
    take = built.collection
    go(40)
    bend(built.actors[0])
    ops.keep_pose()
    asked = correction.noted(take, "1")
    original = jobs.start_correction

    def killed(job, *arguments):
        original(job, *arguments)
        os.kill(link.client.pid, 9)

    jobs.start_correction = killed
    try:
        with pytest.raises(RuntimeError, match="stopped unexpectedly"):
            ops.resolve()
    finally:
        jobs.start_correction = original
    assert correction.noted(take, "1") == asked
    assert not jobs.correction.folder.exists()
    assert ops.resolve() == {"FINISHED"}  # the engine starts anew


@needs_engine
def test_a_full_disk_is_told_and_loses_nothing(filmed, monkeypatch):
    built = filmed()
    go(40)
    bend(built.actors[0])
    ops.keep_pose()

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(RuntimeError, match="No space left on device"):
        ops.resolve()
    assert len(edit_list.settings_of(built.collection).corrections) == 1
    assert edit_list.read(built.collection) == ()


@needs_engine
def test_a_file_opened_meanwhile_gets_no_answer(filmed, monkeypatch, tmp_path):
    """The answer for a take that is no longer there is told, and nothing is written into another file's take."""
    built = filmed()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    go(40)
    bend(built.actors[0])
    monkeypatch.setattr(correction, "_waits", lambda: False)
    ops.resolve()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    while jobs.correction.active:
        jobs.tick()
    assert jobs.correction.state == "failed"
    assert "no longer in this file" in jobs.correction.message
    assert edit_list.read(next(iter(links.take_collections()))) == ()
    assert not jobs.correction.folder.exists()


@needs_engine
def test_the_engine_is_started_once_something_is_kept(filmed, record_property):
    """Not before: nothing starts while Blender does. The first solve then finds it ready."""
    built = filmed()
    correction.forget()
    link.shut_down()
    assert link.client is None and not bpy.app.timers.is_registered(correction._warm)
    go(40)
    bend(built.actors[0])
    ops.keep_pose()
    assert bpy.app.timers.is_registered(correction._warm)  # a timer: drawing may ask for it too
    correction._warm()
    assert link.client is not None and link.client.alive
    pid = link.client.pid
    time.sleep(8)  # as long as an animator takes to pose the next frame
    began = time.perf_counter()
    ops.resolve()
    record_property("first_resolve_s", time.perf_counter() - began)
    assert link.client.pid == pid
    assert time.perf_counter() - began < 3.0


def test_an_engine_that_does_not_start_is_not_tried_again_and_again(imported, tmp_path, monkeypatch):
    folder = tmp_path / "environment"
    python = environment.python_in(folder)
    python.parent.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("")
    python.write_text("#!/nowhere/python\n")
    python.chmod(0o755)
    preferences().engine_folder = str(folder)
    monkeypatch.setattr("understudy.addon.preferences.user_folder", lambda: tmp_path)
    correction.warm_soon()
    correction._warm()
    bpy.app.timers.unregister(correction._warm)
    correction.warm_soon()
    assert not bpy.app.timers.is_registered(correction._warm)


@needs_engine
def test_two_seconds_are_solved_in_a_second(filmed, record_property):
    built = filmed(300)
    actor = built.actors[0]
    spent = []
    for frame in (60, 120, 180, 240):
        go(frame)
        bend(actor)
        began = time.perf_counter()
        ops.resolve(reach_s=1.0)
        spent.append(time.perf_counter() - began)
    record_property("resolve_s", spent[1:])
    print("resolve_s", spent)
    assert min(spent[1:]) <= 1.0, f"{spent}"


@needs_engine
@pytest.mark.slow
def test_a_correction_does_not_hold_up_the_window(filmed, monkeypatch, record_property):
    """2,000 frames: asking, the answer, and every slice of the curves that follow."""
    built = filmed(2000)
    ops.smooth(arms=0.5)  # so that the motion goes to the engine along
    longest = {}

    def timed(owner, name):
        original = getattr(owner, name)

        def call(*arguments, **keywords):
            began = time.perf_counter()
            try:
                return original(*arguments, **keywords)
            finally:
                longest[name] = max(longest.get(name, 0.0), time.perf_counter() - began)

        monkeypatch.setattr(owner, name, call)

    # As with a window: the operator returns at once, curves follow in slices.
    monkeypatch.setattr(correction, "_waits", lambda: False)
    request = cleanup.request
    monkeypatch.setattr(cleanup, "request", lambda take: request(take, wait=False))
    timed(jobs, "tick")
    timed(cleanup, "_tick")
    for frame in (600, 1200):
        go(frame)
        bend(built.actors[0])
        began = time.perf_counter()
        ops.resolve(reach_s=0.5)
        longest["resolve"] = max(longest.get("resolve", 0.0), time.perf_counter() - began)
        while jobs.correction.active or cleanup.busy(built.collection):
            jobs.tick()
            cleanup._tick()
        assert jobs.correction.state == "done", jobs.correction.message
    record_property("longest_s", longest)
    print("longest", longest)
    assert max(longest.values()) <= 0.2, longest


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ((10, 20), (10, 20), []),
        ((10, 20), (13, 20), [(10, 12, False), (13, 20, True)]),
        ((10, 20), (10, 16), [(17, 20, False), (10, 16, True)]),
        ((10, 20), (8, 25), [(8, 25, True)]),
        ((10, 20), (30, 40), [(10, 20, False), (30, 40, True)]),  # dragged past its own end
    ],
)
def test_dragging_says_what_no_longer_stands(before, after, changes):
    assert contact_tracks.differences(before, after) == changes


def test_a_frame_of_no_footage_is_refused(imported):
    _, built = imported(frames=60, people=2)
    ops.swap_people(person="1", other="2", start=20, end=40)
    takes.activate(bpy.context, built.collection)
    go(30)
    bend(built.actors[0])
    with pytest.raises(RuntimeError, match="no footage"):
        ops.keep_pose()
