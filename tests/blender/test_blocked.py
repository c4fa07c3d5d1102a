"""How long each operator and each drawing of ours holds Blender up on a take of two people and 2,000 frames. Slow.

Limits are held against this thread's own time, which other programs on the machine do not add to; the time on the clock
is recorded beside it. Operators return as they do with a window: what is left is done by timers, whose slices count.
"""

from __future__ import annotations

import time

import bpy
import pytest
from retarget_armatures import armature_of

from understudy.addon import cleanup, contact_tracks, readings, review
from understudy.addon.operators import in_slices
from understudy.addon.scene import confidence, links, takes
from understudy.addon.scene.retargeting import transfer_steps
from understudy.addon.slices import for_a_while

FRAMES, PEOPLE = 2_000, 2
LIMIT_S = 0.2
ops = bpy.ops.understudy

# What is called, by what it is called in the results.
CALLS = {
    "smooth": lambda built, path: ops.smooth(arms=0.6),
    "repair": lambda built, path: ops.repair(),
    "swap_sides": lambda built, path: ops.swap_sides(what="legs", start=100, end=400),
    "swap_people": lambda built, path: ops.swap_people(person="1", other="2", start=100, end=400),
    "place": lambda built, path: ops.place(tilt=True),
    "reduce": lambda built, path: ops.reduce(tolerance_mm=5.0),
    "mirror": lambda built, path: ops.mirror(),
    "before_after": lambda built, path: ops.before_after(),
    "clear_edits": lambda built, path: ops.clear_edits(),
    "next_problem": lambda built, path: ops.next_problem(),
    "confidence_curves": lambda built, path: ops.confidence_curves(show=True),
    "keep_pose": lambda built, path: pose(built) or ops.keep_pose(),
    "take_to_nla": lambda built, path: ops.take_to_nla(),
    "take_to_assets": lambda built, path: ops.take_to_assets(),
    "side_by_side": lambda built, path: ops.side_by_side(spacing=2.0),
    "show_take": lambda built, path: ops.show_take(shown=False),
    "reload_take": lambda built, path: ops.reload_take(),
    "save_edited_take": lambda built, path: ops.save_edited_take(filepath=str(path / "edited.take.npz")),
    "delete_take": lambda built, path: ops.delete_take(),
    "contacts drawn": lambda built, path: contact_tracks.known(built.collection, "1"),
    "bones coloured": lambda built, path: [confidence.paint(actor) for actor in built.actors],
}


def pose(built):
    bpy.context.scene.frame_set(1000)
    bone = built.actors[0].pose.bones["left_elbow"]
    bone.rotation_quaternion = (0.7, 0.7, 0, 0)


@pytest.fixture
def long_take(imported, monkeypatch):
    _, built = imported(frames=FRAMES, people=PEOPLE)
    take = built.collection
    readings.evaluation_of(take)  # as after the import: the file is read, the curves are known
    take[links.EDITS_APPLIED] = ""
    cleanup.request(take)
    ops.smooth(arms=0.3)
    request = cleanup.request
    monkeypatch.setattr(cleanup, "request", lambda take, wait=False: request(take, wait=False))
    review.forget()
    contact_tracks.forget()
    return built


def spent(call):
    """Seconds of a call: this thread's own, and on the clock."""
    own, clock = time.thread_time(), time.perf_counter()
    call()
    return time.thread_time() - own, time.perf_counter() - clock


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_nothing_holds_up_the_window(long_take, record_property, tmp_path, name):
    own, clock = spent(lambda: CALLS[name](long_take, tmp_path))
    slices = [spent(cleanup._tick) for _ in iter(lambda: bool(cleanup._jobs), False)]
    longest = max([own, *(one[0] for one in slices)])
    record_property("call_s", own)
    record_property("call_on_the_clock_s", clock)
    record_property("longest_slice_s", max((one[0] for one in slices), default=0.0))
    assert longest <= LIMIT_S, f"{name}: {own:.3f} s at once, slices up to {longest:.3f} s"


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["mixamo", "unreal5"])
def test_a_retarget_holds_up_nothing(long_take, record_property, dialect):
    """Both people onto one character, in the slices of a pressed button; the solve is in a thread of its own."""
    target, bone_map = armature_of(dialect)
    longest = total = 0.0
    for actor in long_take.actors:
        steps = transfer_steps(actor, None, target, bone_map, bpy.context.scene)
        over: list[bool] = []
        while over != [True]:
            over.clear()
            own, clock = spent(lambda steps=steps, over=over: over.append(for_a_while(steps, in_slices._SLICE_S)))
            longest, total = max(longest, own), total + clock
    record_property("call_s", longest)
    record_property("call_on_the_clock_s", total)
    assert longest <= LIMIT_S and target.animation_data.action is not None


@pytest.mark.slow
def test_blenders_own_way_for_comparison(long_take, record_property):
    """``nla.bake``, the usual way to write curves anew, of one of the two people; nothing is held against it."""
    actor = long_take.actors[0]
    bpy.ops.object.select_all(action="DESELECT")
    actor.select_set(True)
    bpy.context.view_layer.objects.active = actor
    bpy.ops.object.mode_set(mode="POSE")
    own, clock = spent(
        lambda: bpy.ops.nla.bake(frame_start=1, frame_end=FRAMES, bake_types={"POSE"}, only_selected=False)
    )
    record_property("call_s", own)
    record_property("call_on_the_clock_s", clock)
    assert takes.action_of(actor) is not None
