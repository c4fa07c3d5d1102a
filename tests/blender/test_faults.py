"""What goes wrong around a job: a clear message each, no Python error, and nothing lost.

The engine here only pretends (tests/data/fake_worker.py), but is a process as the real one; re-solves with the real
engine, its death and a full disk are in test_correct.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

from understudy.addon import cleanup, correction, edit_list, jobs
from understudy.addon.engine import environment, link
from understudy.addon.panels.correct import UNDERSTUDY_PT_unsolved
from understudy.addon.preferences import preferences
from understudy.addon.scene import links, shot, takes
from understudy.core import protocol

ROOT = Path(__file__).resolve().parents[2]
ops = bpy.ops.understudy
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a script with a shebang")


@pytest.fixture
def engine(pretended_engine, tmp_path, monkeypatch, saved_take):
    """The pretended engine; a folder for videos. What it captures is a take of two people."""
    # A checkout is no extension, and has no folder of an extension.
    monkeypatch.setattr("understudy.addon.preferences.user_folder", lambda: tmp_path)
    monkeypatch.setenv("FAKE_TAKE", str(saved_take("fixture", people=2)[1]))
    return pretended_engine


def video(folder, name):
    (folder / name).write_bytes(b"")
    return str(folder / name)


def tick_until(state):
    """Timers do not run in the background: does what Blender's timer would do."""
    deadline = time.monotonic() + 30
    while jobs.capture.state != state:
        assert time.monotonic() < deadline, (jobs.capture.state, jobs.capture.message)
        jobs.tick()
        time.sleep(0.005)
    return jobs.capture


def armatures():
    return [ob for ob in bpy.context.scene.objects if ob.type == "ARMATURE"]


class TestEngine:
    def test_one_that_was_deleted_says_so_and_how_to_get_it(self, engine):
        environment.python_in(Path(preferences().engine_folder)).unlink()
        assert not ops.capture.poll()
        with pytest.raises(RuntimeError, match="Install the engine first"):
            ops.capture(filepath=video(engine, "good.mp4"))

    def test_one_that_cannot_run_names_its_python(self, engine):
        environment.python_in(Path(preferences().engine_folder)).write_text("#!/nowhere/python\n")
        ops.capture(filepath=video(engine, "good.mp4"))
        assert "cannot be started" in jobs.capture.message and "Install the engine again" in jobs.capture.hint
        assert not jobs.busy()

    def test_killed_the_scene_is_as_it_was_and_resume_ends_well(self, engine, imported):
        _, built = imported()
        ops.smooth(arms=0.5)
        before = built.collection[links.EDITS_APPLIED]
        ops.capture(filepath=video(engine, "slow.mp4"))
        tick_until("running")
        os.kill(link.client.pid, signal.SIGKILL)
        assert "stopped unexpectedly" in tick_until("lost").message
        assert built.collection[links.EDITS_APPLIED] == before and len(armatures()) == 1


class TestScene:
    def test_edited_while_it_captures(self, engine, imported):
        """Objects go, another scene is current, the mode is another: the actors arrive all the same."""
        _, built = imported()
        ops.capture(filepath=video(engine, "good.mp4"))
        bpy.ops.object.mode_set(mode="POSE")
        other = bpy.data.scenes.new("other")
        bpy.context.window.scene = other
        bpy.data.objects.remove(built.actors[0])
        assert tick_until("done").summary is not None
        assert sum(ob.type == "ARMATURE" for ob in other.objects) == 2

    @pytest.mark.parametrize("removed", [True, False])
    def test_another_scene_while_actors_are_built(self, engine, removed):
        """They are built anew where the user is now, whole, and once."""
        other = bpy.data.scenes.new("other")
        bpy.context.window.scene = other
        ops.capture(filepath=video(engine, "good.mp4"))
        importing = tick_until("importing").importing
        while importing.state != "building" or importing.done == 0:
            importing.advance(budget_s=0.0)
        if removed:
            bpy.data.scenes.remove(other)
        else:
            bpy.context.window.scene = next(scene for scene in bpy.data.scenes if scene != other)
        tick_until("done")
        assert len(armatures()) == 2
        assert [c.name for c in bpy.data.collections if c.name.startswith("Take")] == ["Take good"]

    def test_what_is_being_built_removed_by_hand(self, engine):
        ops.capture(filepath=video(engine, "good.mp4"))
        importing = tick_until("importing").importing
        while not len(bpy.data.armatures):
            importing.advance(budget_s=0.0)
        bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections])
        job = tick_until("failed")
        assert "removed meanwhile" in job.message and job.output.name in job.hint
        assert job.output.is_file() and not jobs.busy()
        ops.import_take(filepath=str(job.output))  # the cure that was named
        while jobs.tick() is not None:
            time.sleep(0.005)
        assert len(armatures()) == 2


class TestFile:
    def test_saved_and_opened_again_while_it_captures(self, engine, tmp_path):
        blend = str(tmp_path / "shot.blend")
        ops.capture(filepath=video(engine, "good.mp4"))
        bpy.ops.wm.save_as_mainfile(filepath=blend)
        bpy.ops.wm.open_mainfile(filepath=blend)
        tick_until("done")
        assert len(armatures()) == 2

    def test_another_opened_while_actors_are_built(self, engine, tmp_path):
        """They are built in the file that is open then, whole, and once."""
        ops.capture(filepath=video(engine, "good.mp4"))
        importing = tick_until("importing").importing
        while importing.done < 2:
            importing.advance(budget_s=0.0)
        bpy.ops.wm.read_homefile(use_empty=True)
        tick_until("done")
        assert len(armatures()) == 2
        assert [c.name for c in bpy.data.collections if c.name.startswith("Take")] == ["Take good"]

    def test_opened_while_the_clean_up_works(self, imported, tmp_path):
        """What was half done is done again from the file's own list."""
        _, built = imported(frames=200)
        blend = str(tmp_path / "shot.blend")
        edit_list.settings_of(built.collection).notes = "kept"
        built.collection[links.EDITS] = '[{"kind": "smooth", "arms": 0.9}]'
        edit_list.follow(built.collection)
        cleanup.request(built.collection, wait=False)
        bpy.ops.wm.save_as_mainfile(filepath=blend)
        bpy.ops.wm.open_mainfile(filepath=blend)
        take = next(iter(links.take_collections()))
        assert take[links.EDITS_APPLIED] == take[links.EDITS]
        assert edit_list.settings_of(take).notes == "kept"


class TestFiles:
    def test_footage_that_moved_is_named_and_found_again(self, imported, tmp_path, root):
        clip = tmp_path / "clip.mp4"
        shutil.copy(root / "sample" / "solo.mp4", clip)
        _, built = imported(sources=[{"path": clip.name, "rotation": 0}])
        camera = takes.cameras(built.collection)[0]
        assert shot.missing_footage(camera) == ""
        moved = tmp_path / "elsewhere" / "clip.mp4"
        moved.parent.mkdir()
        clip.rename(moved)
        assert shot.missing_footage(camera) == str(clip)
        for wrong in (tmp_path / "environment", tmp_path):  # folders without pictures
            wrong.mkdir(exist_ok=True)
            with pytest.raises(RuntimeError, match="no picture"):
                ops.relink_footage(filepath=str(wrong))
            assert shot.missing_footage(camera) == str(clip), "what was there stays until there is something else"
        ops.relink_footage(filepath=str(moved))
        assert shot.missing_footage(camera) == ""

    def test_a_take_file_that_is_gone_is_named_and_the_actors_play_on(self, imported):
        _, built = imported()
        take = built.collection
        links.take_file(take).unlink()
        cleanup.forget(take)
        pose = [bone.matrix_basis.copy() for bone in built.actors[0].pose.bones]
        with pytest.raises(RuntimeError, match="no longer at"):
            ops.smooth(arms=0.4)
        assert edit_list.read(take) == ()
        bpy.context.scene.frame_set(12)
        assert any(bone.matrix_basis != old for bone, old in zip(built.actors[0].pose.bones, pose, strict=True))

    def test_a_disk_without_room_leaves_no_half_take(self, imported, tmp_path):
        resource = pytest.importorskip("resource")
        imported(frames=400)
        ops.smooth(arms=0.5)
        target = tmp_path / "edited.take.npz"
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # as a disk that fills up: a real write fails
        try:
            with pytest.raises(RuntimeError, match=r"edited\.take\.npz"):
                ops.save_edited_take(filepath=str(target))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not target.exists()
        assert not [path for path in tmp_path.iterdir() if "edited" in path.name]
        assert ops.save_edited_take(filepath=str(target)) == {"FINISHED"}


class TestResolve:
    """The answer is the engine's in test_correct.py; here it comes late, or for something that is no longer there."""

    @pytest.fixture
    def asked(self, engine, imported, monkeypatch, tmp_path):
        """A job under way in a saved file, and what delivers its answer."""
        _, built = imported(frames=60)
        take = built.collection
        bpy.context.scene.frame_set(30)
        bone = built.actors[0].pose.bones["left_elbow"]
        bone.rotation_quaternion = (0.7, 0.7, 0, 0)
        ops.keep_pose()
        blend = str(tmp_path / "shot.blend")
        bpy.ops.wm.save_as_mainfile(filepath=blend)
        take = next(iter(links.take_collections()))
        monkeypatch.setattr(correction, "_waits", lambda: False)
        job = correction.solve(take, "1", correction.noted(take, "1"), 0.5, clears=True)
        smpl = job.before.to_smpl(np.zeros(10))
        begin, end = job.settings["begin"], job.settings["end"]
        count = end - begin + 1

        def answer():
            path = job.folder / "solved.npz"
            frames = slice(begin, end + 1)
            values = {
                name: np.asarray(getattr(smpl, name))[frames]
                for name in ("global_orient", "body_pose", "left_hand_pose", "right_hand_pose", "transl")
            }
            np.savez(path, begin=begin, contacts=np.zeros((count, 6)), **values)
            job.handle(protocol.ResultEvent(job.number, str(path), {}))

        return job, answer, blend

    def test_the_same_file_opened_again_still_gets_it(self, asked):
        job, answer, blend = asked
        bpy.ops.wm.open_mainfile(filepath=blend)
        answer()
        assert job.state == "done", job.message
        take = next(iter(links.take_collections()))
        assert [edit.kind for edit in edit_list.read(take)] == ["correct"]
        assert not len(edit_list.settings_of(take).corrections)

    def test_another_file_gets_none_and_says_why(self, asked):
        job, answer, _ = asked
        bpy.ops.wm.read_homefile(use_empty=True)
        answer()
        assert (job.state, job.folder.exists()) == ("failed", False)
        assert UNDERSTUDY_PT_unsolved.poll(bpy.context)
        ops.dismiss_correction()
        assert not UNDERSTUDY_PT_unsolved.poll(bpy.context)

    def test_a_take_deleted_meanwhile(self, asked):
        job, answer, _ = asked
        ops.delete_take()
        answer()
        assert "no longer in this file" in job.message
        assert UNDERSTUDY_PT_unsolved.poll(bpy.context)

    def test_a_list_changed_meanwhile_as_by_undo(self, asked):
        job, answer, _ = asked
        ops.smooth(arms=0.5)
        ops.move_edit(index=0, direction="UP")
        take = next(iter(links.take_collections()))
        take[links.EDITS] = '[{"kind": "repair"}]'
        before = take[links.EDITS]
        answer()
        # Steps that came after the asked place do not matter; the correction goes where it was solved.
        assert job.state == "done" and [e.kind for e in edit_list.read(take)] == ["correct", "repair"], before

    def test_an_answer_that_cannot_be_read(self, asked):
        job, _, _ = asked
        path = job.folder / "solved.npz"
        path.write_bytes(b"half")
        job.handle(protocol.ResultEvent(job.number, str(path), {}))
        assert (job.state, job.message) == ("failed", "The engine's answer cannot be read.")
        take = next(iter(links.take_collections()))
        assert len(edit_list.settings_of(take).corrections) == 1


QUIT = """
import json, runpy, sys, time
runpy.run_path(sys.argv[1] + "/core/launch.py")
import bpy
bpy.ops.wm.read_homefile(use_empty=True)
from understudy.addon import jobs, preferences, registration
from understudy.addon.engine import link
from understudy.addon.declarations import ROOT_PACKAGE
from pathlib import Path
bpy.context.preferences.addons.new().module = ROOT_PACKAGE
registration.register()
preferences.user_folder = lambda: Path(sys.argv[4])
preferences.preferences().engine_folder = sys.argv[2]
bpy.ops.understudy.capture(filepath=sys.argv[3])
while jobs.capture.state != "running":
    jobs.tick()
    time.sleep(0.01)
print("WORKER", link.client.pid, flush=True)
sys.exit(0)
"""


def test_a_blender_that_quits_leaves_no_process(engine, tmp_path):
    folder = preferences().engine_folder
    command = [sys.executable, "-c", QUIT, str(ROOT), folder, video(engine, "slow.mp4"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    pid = int(next(line for line in done.stdout.splitlines() if line.startswith("WORKER ")).split()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert json.loads((engine / "slow.take.npz.journal" / "meta.json").read_text()) == {}, "finished work is kept"
