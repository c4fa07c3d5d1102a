"""Joints as TRC and C3D, read back by our readers, whose own tests are against files written by hand."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from understudy.core.files.read_c3d import read_c3d
from understudy.core.files.read_trc import read_trc
from understudy.core.files.write_markers import write_c3d, write_trc

pytest.importorskip("ezc3d")
KINDS = {"trc": (write_trc, read_trc), "c3d": (write_c3d, read_c3d)}


@pytest.mark.parametrize("kind", KINDS)
def test_joints_come_back_where_they_were(make_take, tmp_path, kind):
    write, read = KINDS[kind]
    take = make_take(frames=6, people=2)
    take.people[1].joints_world[2, 5] = np.nan
    files = write(take, tmp_path / f"a.{kind}")
    assert [file.name for file in files] == [f"a_1.{kind}", f"a_2.{kind}"]
    for file, person in zip(files, take.people, strict=True):
        found = read(file)
        assert found.names == tuple(take.joint_names)
        np.testing.assert_allclose(found.timestamps, np.arange(6) / float(take.fps_nominal), atol=1e-5)
        np.testing.assert_allclose(found.in_world(), person.joints_world, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_an_uneven_take_gets_its_nominal_rate(make_take, tmp_path, kind):
    write, read = KINDS[kind]
    take = make_take(frames=5)
    uneven = np.array([0.0, 1, 2, 4, 5]) / 25
    cameras = dataclasses.replace(take.cameras, timestamps=uneven[None])
    take = dataclasses.replace(take, timestamps=uneven, cameras=cameras, fps_nominal=Fraction(25))
    [file] = write(take, tmp_path / f"a.{kind}")
    found = read(file)
    assert len(found.timestamps) == 6
    joints = take.people[0].joints_world
    np.testing.assert_allclose(found.in_world()[3], (joints[2] + joints[3]) / 2, atol=1e-5)
    np.testing.assert_allclose(found.in_world()[5], joints[4], atol=1e-5)
