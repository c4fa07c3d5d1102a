"""The table of readers: complete, documented, and clear about what it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets.registry import READERS, read
from understudy.core.evaluate.joint_sets import JOINT_SETS

NAMED = {
    "h36m-npz", "h36m-json", "mupots", "3dpw", "emdb", "rich", "interhand", "rhd", "stb", "freihand", "dexter-object",
    "campus", "shelf", "panoptic", "mpii", "coco", "trc", "c3d", "bvh", "amass", "openpose",
}  # fmt: skip


def test_every_dialect_has_a_reader() -> None:
    assert set(READERS) == NAMED
    for name, reader in READERS.items():
        assert reader.name == name and reader.wants and reader.licence
        assert reader.joint_set in ("", *JOINT_SETS)
        assert reader.function.__doc__ and "path" not in reader.options


def test_reading_by_name_with_options(tmp_path: Path) -> None:
    path = tmp_path / "Pinch3D.txt"
    path.write_text("1,2,300;4,5,301;7,8,302;1,1,303;2,2,304\n")
    annotation = read("dexter-object", str(path))
    assert annotation.joint_names == JOINT_SETS[READERS["dexter-object"].joint_set]
    np.testing.assert_allclose(annotation.joints[0, 0, 0], [-0.001, -0.002, 0.3])
    positions = {"S1": {"Eating": np.zeros((2, 32, 3))}, "S5": {"Eating": np.ones((3, 32, 3))}}
    np.savez(tmp_path / "data_3d_h36m.npz", positions_3d=positions)
    assert len(read("h36m-npz", tmp_path, subject="S5").timestamps) == 3


def test_unknown_names_and_options(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no reader 'h36m'.*h36m-npz, h36m-json.*openpose"):
        read("h36m", tmp_path)
    with pytest.raises(BadInputError, match=r"mupots has no option 'univ'.*hidden, universal"):
        read("mupots", tmp_path, univ=True)
    with pytest.raises(BadInputError, match=r"3dpw has no option 'camera'.*none"):
        read("3dpw", tmp_path, camera=1)


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_missing_path_is_named(name: str, tmp_path: Path) -> None:
    options = {"body": tmp_path / "body.npz"} if "body" in READERS[name].options else {}
    with pytest.raises(BadInputError) as caught:
        read(name, tmp_path / "nowhere", **options)
    assert str(tmp_path / "nowhere") in caught.value.message


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_wrong_file_is_named(name: str, tmp_path: Path) -> None:
    """A file or folder of another kind gives one clear message, never a traceback."""
    path = tmp_path / "thing_BB.mat"
    path.write_bytes(bytes(range(256)) * 8)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "readme.md").write_text("hello")
    for source in (path, folder):
        with pytest.raises(BadInputError) as caught:
            read(name, source)
        assert str(source) in caught.value.message
