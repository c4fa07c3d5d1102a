"""Pickled data sets: read as published, by every protocol; code in them is refused and not run."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets.pickles import read_npz, read_pickle

from .conftest import Attack

CONTENT = {
    "name": "a",
    3: [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3)), np.float64(2.5), np.bool_(True)],
    "empty": np.zeros(0),
    "turned": np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
}


PLAIN = np.asfortranarray(np.arange(6.0).reshape(2, 3))


def assert_content(content: Any) -> None:
    assert content["empty"].shape == (0,)
    assert content["name"] == "a" and content[3][2] == 2.5 and content[3][3]
    np.testing.assert_array_equal(content[3][0], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(content[3][1], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(content["turned"], CONTENT["turned"])


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_is_read(write_pickle, protocol: int) -> None:
    assert_content(read_pickle(write_pickle("a.pkl", CONTENT, protocol)))


@pytest.mark.parametrize("savez", [np.savez, np.savez_compressed])
def test_objects_in_npz_are_read(tmp_path: Path, savez: Any) -> None:
    savez(tmp_path / "a.npz", positions=CONTENT, plain=PLAIN, list=np.array(["x", 1], dtype=object))
    content = read_npz(tmp_path / "a.npz", "positions", "plain", "list")
    assert_content(content["positions"])
    np.testing.assert_array_equal(content["plain"], PLAIN)
    assert content["list"].tolist() == ["x", 1]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("place", ["whole", "value", "object array"])
def test_code_is_refused_and_not_run(tmp_path: Path, write_pickle, protocol: int, place: str) -> None:
    marker = tmp_path / "ran"
    attack = Attack(marker)
    content = {"whole": attack, "value": {"a": attack}, "object array": {"a": np.array([attack, 1], dtype=object)}}
    with pytest.raises(BadInputError, match=r"(posix|nt)\.system"):
        read_pickle(write_pickle("evil.pkl", content[place], protocol))
    np.savez(tmp_path / "evil.npz", positions=np.array(content[place], dtype=object))
    with pytest.raises(BadInputError, match=r"(posix|nt)\.system") as caught:
        read_npz(tmp_path / "evil.npz", "positions")
    assert str(tmp_path / "evil.npz") in str(caught.value)
    assert not marker.exists()


def test_mistakes_are_named(tmp_path: Path) -> None:
    whole = pickle.dumps(CONTENT)
    (tmp_path / "cut.pkl").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInputError, match=r"cut\.pkl is not a readable pickle"):
        read_pickle(tmp_path / "cut.pkl")
    with pytest.raises(BadInputError, match="no file"):
        read_pickle(tmp_path / "none.pkl")
    np.savez(tmp_path / "a.npz", positions=CONTENT)
    with pytest.raises(BadInputError, match=r"no 'metadata' in the file.*positions"):
        read_npz(tmp_path / "a.npz", "metadata")
    archive = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(archive[: len(archive) // 2])
    with pytest.raises(BadInputError, match=r"cut\.npz is not a readable \.npz"):
        read_npz(tmp_path / "cut.npz", "positions")
    with zipfile.ZipFile(tmp_path / "odd.npz", "w") as file:
        file.writestr("positions.npy", b"not an array")
    with pytest.raises(BadInputError, match=r"odd\.npz is not a readable \.npz"):
        read_npz(tmp_path / "odd.npz", "positions")
