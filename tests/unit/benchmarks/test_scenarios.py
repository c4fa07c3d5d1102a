"""The tables of scenarios: what they must cover, what they may never touch, and what a wrong row says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from suite import scenarios
from suite.scenarios import read_table

from understudy.core.synth.motions import AUTHORED

TABLES = Path(scenarios.__file__).parent
LARGEST_QUICK = 100

MINIMAL = """
[defaults]
fps = 30
frames = 10
size = [320, 320]
mode = "fast"
[[scenario]]
name = "walk"
title = "Walk"
group = "body"
seed = 1
motions = ["walk"]
"""


@pytest.fixture(params=["full", "quick"])
def table(request):
    return read_table(TABLES / f"{request.param}.toml")


def test_seeds_and_names_are_fixed_and_different(table):
    assert len({row.name for row in table}) == len(table)
    assert len({row.request.seed for row in table}) == len(table)


def test_only_authored_motions_or_clips_of_the_test_split(table, shared_dir):
    """A clip of a training subject would measure memory."""
    split = json.loads((shared_dir / "mocap" / "cmu_split.json").read_text())
    for row in table:
        for motion in row.motions:
            if motion.startswith("mocap#"):
                assert motion.removeprefix("mocap#").partition("@")[0] in split["test"], motion
            else:
                assert motion in AUTHORED, motion


def test_the_quick_profile_needs_nothing_beside_the_checkout_and_few_frames():
    rows = read_table(TABLES / "quick.toml")
    assert all(motion in AUTHORED for row in rows for motion in row.motions)
    assert sum(row.request.frames * row.request.cameras for row in rows) <= LARGEST_QUICK
    assert {row.request.mode for row in rows} == {"fast"}


def test_without_the_motion_data_authored_motions_take_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(scenarios, "MOCAP", tmp_path / "absent.npz")
    rows = read_table(TABLES / "full.toml")
    assert all(motion in AUTHORED for row in rows for motion in row.motions)
    assert any(row.instead for row in rows)


def test_the_motion_data_is_named_with_its_file_only_in_the_request(tmp_path, monkeypatch):
    data = tmp_path / "clips.npz"
    data.touch()
    monkeypatch.setattr(scenarios, "MOCAP", data)
    file = tmp_path / "t.toml"
    file.write_text(MINIMAL.replace('["walk"]', '["mocap#05_02@1.5"]'))
    (row,) = read_table(file)
    assert row.request.motions == (f"{data}#05_02@1.5",)
    assert row.motions == ("mocap#05_02@1.5",)  # what is recorded names no path of this machine


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('group = "body"', 'group = "legs"'), "unknown group"),
        (("seed = 1", "seed = 1\nlens = 50"), "unknown lens"),  # no such field
        (('["walk"]', '["mocap#05_02"]'), "no motion is named instead"),
    ],
)
def test_rows_that_make_no_sense_are_refused(tmp_path, monkeypatch, change, message):
    monkeypatch.setattr(scenarios, "MOCAP", tmp_path / "absent.npz")
    file = tmp_path / "t.toml"
    file.write_text(MINIMAL.replace(*change))
    with pytest.raises(ValueError, match=message):
        read_table(file)


def test_two_rows_of_one_name_are_refused(tmp_path):
    file = tmp_path / "t.toml"
    file.write_text(MINIMAL + MINIMAL[MINIMAL.index("[[scenario]]") :])
    with pytest.raises(ValueError, match="share a name"):
        read_table(file)
