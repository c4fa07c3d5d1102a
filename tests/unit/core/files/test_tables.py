"""CSV, JSON and the table of formats."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.files.csv import COLUMNS, write_csv
from understudy.core.files.export import WRITERS, export
from understudy.core.files.json_export import write_json


def test_csv_rows_carry_every_joint(make_take, tmp_path):
    take = make_take(frames=3, people=2)
    take.people[1].joints_world[2, 5] = np.nan
    [path] = write_csv(take, tmp_path / "a.csv")
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 3 * 2 * 71
    row = rows[71 + 4]  # person 1, frame 1, joint 4
    assert (row["person"], row["frame"], row["joint"]) == ("1", "1", "left_knee")
    assert [float(row[k]) for k in "xyz"] == pytest.approx(take.people[0].joints_world[1, 4], abs=1e-5)
    assert float(row["time"]) == pytest.approx(1 / 30, abs=1e-6)
    assert rows[(3 + 2) * 71 + 5]["x"] == ""


def test_json_round_trip(make_take, tmp_path):
    take = make_take(frames=4)
    take.people[0].joints_world[1, 2] = np.nan
    [path] = write_json(take, tmp_path / "a.json")
    document = json.loads(path.read_text())
    person = document["people"][0]
    assert person["joints_world"][1][2] == [None, None, None]
    assert np.allclose(person["smpl"]["body_pose"], take.people[0].smpl.body_pose, atol=1e-5)
    assert document["joints"]["names"][20] == "left_wrist"
    assert document["cameras"][0]["size"] == [640, 480]


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_format_writes(make_take, tmp_path, name):
    [path] = export(make_take(frames=2), name, tmp_path / f"a.{name}")
    assert path.stat().st_size > 500
    assert list(tmp_path.iterdir()) == [path]  # nothing half-written beside it


def test_unknown_format_is_refused(make_take, tmp_path):
    with pytest.raises(BadInputError, match="xyz"):
        export(make_take(frames=1), "xyz", tmp_path / "a")
    assert not list(tmp_path.iterdir())
