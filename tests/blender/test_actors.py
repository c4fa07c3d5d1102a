"""Actor profiles: kept from a take's person, chosen for a capture, removed."""

from __future__ import annotations

from dataclasses import replace

import bpy
import pytest

from understudy.addon import actors, capture_queue, capturing
from understudy.addon.properties import capture_settings
from understudy.addon.scene import builder
from understudy.addon.take_import import activate
from understudy.core.actor import read_actor
from understudy.core.settings import CaptureSettings
from understudy.core.take_file import save

ops = bpy.ops.understudy


@pytest.fixture
def shelf(addon, tmp_path, monkeypatch):
    """A folder of profiles of this test's own."""
    monkeypatch.setattr(actors, "folder", lambda: tmp_path / "actors")
    yield tmp_path / "actors"
    capture_queue.items.clear()


@pytest.fixture
def two(shelf, make_take, tmp_path):
    """A take of two people whose heights are known, in the scene."""
    take = make_take(people=2)
    people = [replace(one, height=height) for one, height in zip(take.people, (1.62, 1.81), strict=True)]
    take = replace(take, people=tuple(people))
    activate(builder.build(take, save(take, tmp_path / "walk.take.npz"), bpy.context.scene))
    return take


def choices():
    return capture_settings(bpy.context)


def test_profiles_lie_in_blenders_own_settings(addon):
    assert str(actors.folder()).startswith(bpy.utils.resource_path("USER"))


def test_a_person_is_kept_and_chosen(two, shelf, monkeypatch, tmp_path):
    assert ops.save_actor(person="2", name="Anna") == {"FINISHED"}
    kept = read_actor(shelf / "Anna.actor.json")
    assert kept.name == "Anna" and kept.height == pytest.approx(1.81)
    assert kept.betas == pytest.approx([float(value) for value in two.people[1].smpl.betas], abs=1e-4)
    assert [item[1] for item in actors.items(None, None)] == ["Unknown", "Anna"]
    choices().actor = "Anna"
    video = tmp_path / "next.mp4"
    video.write_bytes(b"")
    asked = []
    monkeypatch.setattr(capturing, "engine_of", lambda options: None)
    monkeypatch.setattr(capturing.jobs, "start_captures", lambda made, engine: asked.extend(made))
    capturing.begin(bpy.context, [video], "TAKE")
    settings = CaptureSettings.from_json(asked[0].settings)
    assert settings.actor == {"1": shelf / "Anna.actor.json"} and settings.height is None


def test_who_is_asked_for_must_be_there(two):
    with pytest.raises(RuntimeError, match="no person '7'"):
        ops.save_actor(person="7", name="Anna")
    with pytest.raises(RuntimeError, match="no name"):
        ops.save_actor(person="1", name=" . ")


def test_names_become_files_that_every_system_takes(two, shelf):
    ops.save_actor(person="1", name="Anna/M: 2?")
    assert [path.name for path in shelf.iterdir()] == ["Anna_M_ 2_.actor.json"]
    assert actors.items(None, None)[1][1] == "Anna/M: 2?"


def test_the_choice_stays_when_others_come_and_go(two, shelf):
    ops.save_actor(person="1", name="Mia")
    choices().actor = "Mia"
    for name in ("Anna", "Zoe"):
        ops.save_actor(person="1", name=name)
    assert choices().actor == "Mia"
    ops.remove_actor(actor="Anna")
    # Removing another one takes nobody out of the panel.
    assert choices().actor == "Mia" and actors.identifiers() == ["Mia", "Zoe"]
    ops.remove_actor()
    assert choices().actor == "NONE" and actors.identifiers() == ["Zoe"]
    with pytest.raises(RuntimeError, match="no actor 'Anna'"):
        ops.remove_actor(actor="Anna")


def test_a_damaged_profile_says_so_in_the_list(shelf):
    shelf.mkdir()
    (shelf / "Bob.actor.json").write_text("{}")
    item = actors.items(None, None)[1]
    assert item[0] == "Bob" and "no actor profile" in item[2]


def test_without_profiles_there_is_nothing_to_remove(shelf):
    assert not ops.remove_actor.poll()
