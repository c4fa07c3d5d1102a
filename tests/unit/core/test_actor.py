"""Actor profiles: what is saved is read back, what nobody is is refused, and a solve keeps the body it is told."""

from __future__ import annotations

import dataclasses
import json

import pytest

from understudy.core.actor import Actor, read_actor, write_actor
from understudy.core.body.numpy_model import load_free_body
from understudy.core.checks import read_actors
from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.settings import CaptureSettings, ResolveSettings

BETAS = (0.4, -1.2, 0.8, 0.3, -0.5, 0.1, 0.0, 0.2, -0.3, 0.6)


@pytest.fixture
def anna():
    return Actor("Anna", round(float(load_free_body().stature(BETAS)), 4), BETAS)


def test_a_profile_comes_back_as_it_was_saved(anna, tmp_path):
    path = tmp_path / "anna.actor.json"
    write_actor(path, anna)
    assert read_actor(path) == anna
    assert list(tmp_path.iterdir()) == [path]
    write_actor(path, dataclasses.replace(anna, name="Änne"))
    assert read_actor(path).name == "Änne"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("not json", "no actor profile"),
        ("[1, 2]", "no actor profile"),
        ('{"height": 1.7}', "no actor profile"),
        ('{"schema": 7, "name": "x"}', "version 7"),
        ('{"schema": 1, "name": "x", "height": 1.7}', "damaged"),
        ('{"schema": 1, "name": "x", "height": "tall", "betas": []}', "damaged"),
        (json.dumps({"schema": 1, "name": "x", "height": 17, "betas": [0] * 10}), "17 m tall"),
        (json.dumps({"schema": 1, "name": "x", "height": 1.7, "betas": [0] * 9}), "betas"),
        (json.dumps({"schema": 1, "name": "x", "height": 1.7, "betas": [0] * 9 + [float("nan")]}), "betas"),
    ],
)
def test_what_is_no_profile_is_refused(content, problem, tmp_path):
    path = tmp_path / "x.actor.json"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInputError, match=problem):
        read_actor(path)


def test_a_missing_file_or_folder_is_named(anna, tmp_path):
    with pytest.raises(BadInputError, match=r"none\.actor\.json"):
        read_actor(tmp_path / "none.actor.json")
    with pytest.raises(CannotWriteError, match="Cannot write"):
        write_actor(tmp_path / "none" / "x.actor.json", anna)


def test_profile_and_height_of_one_person_exclude_each_other(tmp_path):
    output = tmp_path / "x.take.npz"
    with pytest.raises(BadInputError, match="both say how tall everybody is"):
        ResolveSettings(output, output, height=1.8, actor=tmp_path / "a.actor.json")
    with pytest.raises(BadInputError, match="both say how tall 2 is"):
        ResolveSettings(output, output, height={"1": 1.8, "2": 1.7}, actor={"2": tmp_path / "a.actor.json"})
    ResolveSettings(output, output, height={"1": 1.8}, actor={"2": tmp_path / "a.actor.json"})
    with pytest.raises(BadInputError, match="names nobody"):
        ResolveSettings(output, output, actor={})


def test_settings_survive_json(tmp_path):
    for actor in (tmp_path / "a.actor.json", {"1": tmp_path / "a.actor.json"}):
        settings = CaptureSettings(tmp_path / "clip.mp4", tmp_path / "x.take.npz", actor=actor)
        assert CaptureSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
    with pytest.raises(BadInputError, match="'actor'"):
        ResolveSettings.from_json({"take": "x", "output": "x.take.npz", "actor": {"1": 3}})


def test_one_file_is_for_all_and_some_for_some(anna, tmp_path):
    path = tmp_path / "anna.actor.json"
    write_actor(path, anna)
    assert read_actors(path, ["1", "2"]) == {"1": anna, "2": anna}
    assert read_actors({"2": path}, ["1", "2"]) == {"2": anna}
    assert read_actors(None, ["1"]) == {}
