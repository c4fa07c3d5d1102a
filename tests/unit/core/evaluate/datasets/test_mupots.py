"""MuPoTS-3D's MATLAB cells, written as MATLAB would: a cell array of structs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets.mupots import read

from .conftest import points

FRAMES, PEOPLE = 3, 2


def entry(t: int, p: int, **change: Any) -> dict[str, Any]:
    pose = 1000 * points(3, 17, seed=10 * t + p)
    fields = {"annot2": points(2, 17, seed=t) * 500, "annot3": pose, "univ_annot3": 0.9 * pose, "isValidFrame": 1}
    return {**fields, **change}


def write(folder: Path, cells: dict[tuple[int, int], Any] | None = None, occlusion: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    annotations = np.empty((FRAMES, PEOPLE), dtype=object)
    labels = np.empty((FRAMES, PEOPLE), dtype=object)
    for t in range(FRAMES):
        for p in range(PEOPLE):
            annotations[t, p] = (cells or {}).get((t, p), entry(t, p))
            labels[t, p] = np.zeros((1, 17))
    labels[1, 0] = np.eye(17)[4:5]  # the right wrist of person 1 in frame 1
    savemat(folder / "annot.mat", {"annotations": annotations})
    if occlusion:
        savemat(folder / "occlusion.mat", {"occlusion_labels": labels})
    return folder


def test_values_in_metres_in_the_cameras_axes(tmp_path: Path) -> None:
    annotation = read(write(tmp_path / "TS3"))
    assert annotation.name == "MuPoTS-3D TS3" and annotation.frame == "camera" and annotation.people == ("1", "2")
    np.testing.assert_allclose(annotation.joints[1, 2], points(3, 17, seed=21).T)
    np.testing.assert_allclose(annotation.extra["univ_joints"], 0.9 * annotation.joints)
    assert annotation.joints2d is not None
    np.testing.assert_allclose(annotation.joints2d[0, 0, 2], 500 * points(2, 17, seed=2).T)
    assert annotation.timestamps.tolist() == [0, 1, 2]


def test_people_who_are_not_annotated_are_masked(tmp_path: Path) -> None:
    annotation = read(write(tmp_path, {(1, 1): entry(1, 1, isValidFrame=0)}))
    assert np.isnan(annotation.joints[1, 1]).all() and np.isnan(annotation.extra["univ_joints"][1, 1]).all()
    assert np.isfinite(annotation.joints[0]).all() and np.isfinite(annotation.joints[1, [0, 2]]).all()


def test_hidden_joints_are_told_and_masked_on_demand(tmp_path: Path) -> None:
    folder = write(tmp_path)
    kept, masked = read(folder), read(folder, hidden="mask")
    expected = np.zeros((2, 3, 17), bool)
    expected[0, 1, 4] = True
    np.testing.assert_array_equal(kept.extra["occluded"], expected)
    assert np.isfinite(kept.joints).all()
    np.testing.assert_array_equal(np.isnan(masked.joints).all(-1), expected)
    assert masked.joints2d is not None
    np.testing.assert_array_equal(np.isnan(masked.joints2d[0]).any(-1), expected)


def test_universal_poses_are_what_the_published_figure_uses(tmp_path: Path) -> None:
    folder = write(tmp_path)
    np.testing.assert_allclose(read(folder, universal=True).joints, 0.9 * read(folder).joints)


def test_mistakes_are_named(tmp_path: Path) -> None:
    short = entry(2, 0)
    short["annot3"] = short["annot3"][:, :14]
    with pytest.raises(BadInputError, match=r"annotations\{3,1\}: 'annot3' has shape \(3, 14\), expected \(3, 17\)"):
        read(write(tmp_path / "a", {(2, 0): short}))
    lacking = entry(0, 0)
    del lacking["univ_annot3"]
    with pytest.raises(BadInputError, match=r"annotations\{1,1\}: no 'univ_annot3'"):
        read(write(tmp_path / "b", {(0, 0): lacking}))
    with pytest.raises(BadInputError, match=r"occlusion\.mat is missing"):
        read(write(tmp_path / "c", occlusion=False), hidden="mask")
    with pytest.raises(BadInputError, match="hidden is 'no'"):
        read(tmp_path / "a", hidden="no")
    savemat(tmp_path / "a" / "occlusion.mat", {"occlusion_labels": np.full((2, 2), 0, dtype=object)})
    with pytest.raises(BadInputError, match=r"\(2, 2\) frames and people, annot\.mat has \(3, 2\)"):
        read(write(tmp_path / "a", occlusion=False))
    savemat(tmp_path / "a" / "annot.mat", {"annotations": np.eye(3)})
    with pytest.raises(BadInputError, match="not a cell array"):
        read(tmp_path / "a")
    savemat(tmp_path / "a" / "annot.mat", {"poses": np.eye(3)})
    with pytest.raises(BadInputError, match=r"annot\.mat: no 'annotations'"):
        read(tmp_path / "a")
    whole = (write(tmp_path / "d") / "annot.mat").read_bytes()
    (tmp_path / "d" / "annot.mat").write_bytes(whole[:700])
    with pytest.raises(BadInputError, match=r"annot\.mat is not a readable MATLAB file"):
        read(tmp_path / "d")
    (tmp_path / "d" / "annot.mat").write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(600))
    with pytest.raises(BadInputError, match=r"annot\.mat is a MATLAB 7\.3 file"):
        read(tmp_path / "d")
