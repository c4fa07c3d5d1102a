from __future__ import annotations

import numpy as np
import pytest

from understudy.core import journal as journal_module
from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.journal import STAGES, Journal, sha256_of

SETTINGS = {"method": "default", "start": None, "chunk_frames": 32}


@pytest.fixture
def target(tmp_path):
    return tmp_path / "x.take.npz"


def fill(journal: Journal, chunks: int) -> None:
    for chunk in range(chunks):
        for stage in STAGES:
            journal.write(stage, chunk, {"values": np.arange(3) + chunk})


def test_chunks_come_back(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    assert journal.done == 0
    fill(journal, 2)
    again = Journal.open(target, ["a"], dict(reversed(SETTINGS.items())))  # the order of keys does not matter
    assert again.done == 2
    np.testing.assert_array_equal(again.read("detect", 1)["values"], [1, 2, 3])


def test_a_chunk_counts_once_its_last_stage_is_written(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    journal.write("decode", 0, {})
    journal.write("detect", 0, {})
    assert Journal.open(target, ["a"], SETTINGS).done == 0
    journal.write("landmarks", 0, {})
    assert Journal.open(target, ["a"], SETTINGS).done == 1


def test_chunks_after_a_gap_do_not_count(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    fill(journal, 3)
    (journal.folder / "landmarks.1.npz").unlink()
    assert Journal.open(target, ["a"], SETTINGS).done == 1


@pytest.mark.parametrize(
    ("sources", "settings", "named"),
    [
        (["b"], SETTINGS, "other footage"),
        (["a"], SETTINGS | {"start": 1.5}, "start None instead of 1.5"),
    ],
)
def test_another_capture_is_refused_and_loses_nothing(target, sources, settings, named):
    journal = Journal.open(target, ["a"], SETTINGS)
    fill(journal, 1)
    with pytest.raises(BadInputError, match=named) as caught:
        Journal.open(target, sources, settings)
    assert "Delete" in caught.value.hint and str(journal.folder) in caught.value.message
    assert Journal.open(target, ["a"], SETTINGS).done == 1


def test_another_schema_is_refused(target, monkeypatch):
    Journal.open(target, ["a"], SETTINGS)
    monkeypatch.setattr(journal_module, "SCHEMA", journal_module.SCHEMA + 1)
    with pytest.raises(BadInputError, match="another version"):
        Journal.open(target, ["a"], SETTINGS)


def test_a_folder_without_meta_starts_afresh_and_keeps_strangers(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    fill(journal, 1)
    (journal.folder / "meta.json").write_text("{half")
    (journal.folder / "mine.txt").write_text("keep")
    assert Journal.open(target, ["b"], SETTINGS).done == 0
    assert (journal.folder / "mine.txt").exists()
    assert not (journal.folder / "decode.0.npz").exists()


def test_what_a_killed_write_left_is_swept(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    part = journal.folder / ".landmarks.0.npz.abc.part"
    part.write_bytes(b"half")
    Journal.open(target, ["a"], SETTINGS)
    assert not part.exists()


def test_remove_leaves_nothing(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    fill(journal, 2)
    journal.remove()
    assert list(target.parent.iterdir()) == []
    journal.remove()  # twice is once


def test_a_damaged_chunk_is_named(target):
    journal = Journal.open(target, ["a"], SETTINGS)
    fill(journal, 1)
    path = journal.folder / "detect.0.npz"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BadInputError, match=r"detect\.0\.npz"):
        journal.read("detect", 0)


@pytest.mark.parametrize("place", ["missing", "file"])
def test_no_place_for_it(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError):
        Journal.open(tmp_path / place / "x.take.npz", ["a"], SETTINGS)


def test_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert sha256_of(tmp_path / "abc") == known
    with pytest.raises(BadInputError):
        sha256_of(tmp_path / "nothing")


def test_sha256_of_a_folder_sees_names_and_contents(tmp_path):
    hashes = set()
    for name, content in (("1.png", b"a"), ("1.png", b"b"), ("2.png", b"a")):
        folder = tmp_path / f"{len(hashes)}"
        folder.mkdir()
        (folder / name).write_bytes(content)
        hashes.add(sha256_of(folder))
    assert len(hashes) == 3
