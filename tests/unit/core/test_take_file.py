from __future__ import annotations

import dataclasses
import errno
import json
import stat
import sys
from fractions import Fraction

import numpy as np
import pytest

from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.take_file import SCHEMA, load, save
from understudy.core.whole_file import write_whole


def rewritten(path, change):
    """The take file with its arrays changed by ``change(arrays, meta)``."""
    with np.load(path, allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    meta = json.loads(str(arrays["meta"]))
    change(arrays, meta)
    if "meta" in arrays:
        arrays["meta"] = np.array(json.dumps(meta))
    np.savez(path.open("wb"), **arrays)
    return path


@pytest.fixture
def saved(make_take, tmp_path):
    return save(make_take(frames=5, people=2), tmp_path / "x.take.npz")


def assert_equal(a, b):
    for field in dataclasses.fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if dataclasses.is_dataclass(x):
            assert_equal(x, y)
        elif isinstance(x, tuple) and x and dataclasses.is_dataclass(x[0]):
            for one, other in zip(x, y, strict=True):
                assert_equal(one, other)
        else:
            np.testing.assert_array_equal(x, y, err_msg=field.name)


def test_round_trip(make_take, tmp_path):
    take = dataclasses.replace(
        make_take(frames=5, people=2), fps_nominal=Fraction(30000, 1001), sources=[{"path": "ä b.mp4", "sha256": "0"}],
        models=[{"name": "a", "commercial": True}], settings={"height": {"1": 1.8}}, created_with="me", take_id="7",
    )  # fmt: skip
    assert_equal(load(save(take, tmp_path / "x.take.npz")), take)


@pytest.mark.parametrize(("frames", "people"), [(1, 1), (3, 0)], ids=["one frame", "nobody"])
def test_small_takes(make_take, tmp_path, frames, people):
    take = make_take(frames=frames, people=people)
    assert_equal(load(save(take, tmp_path / "x.take.npz")), take)


def test_opens_without_pickle_and_with_the_documented_keys(saved):
    with np.load(saved, allow_pickle=False) as archive:
        meta = json.loads(str(archive["meta"]))
        assert meta["schema"] == SCHEMA and meta["people"][1]["id"] == "2"
        assert archive["person/1/smpl/body_pose"].shape == (5, 21, 3)
        assert archive["person/2/mano/right/hand_pose"].shape == (5, 15, 3)
        assert archive["timestamps"].dtype == np.float64


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda a, m: m.update(schema=SCHEMA + 1), "newer"),
        (lambda a, m: m.pop("schema"), "meta"),
        (lambda a, m: a.pop("meta"), "not a take"),
        (lambda a, m: m.pop("joints"), "joints"),
        (lambda a, m: m.update(fps_nominal=[30, 0]), "damaged"),
        (lambda a, m: m.update(fps_nominal=[0, 1]), "fps_nominal"),
        (lambda a, m: m["people"][1].update(id="1"), "share an id"),
        (lambda a, m: a.pop("person/2/contacts"), "person/2/contacts"),
        (lambda a, m: a.update({"person/1/joints_world": np.zeros((5, 70, 3))}), r"joints_world.*\(5, 71, 3\)"),
        (lambda a, m: a.update({"person/1/smpl/transl": np.zeros((4, 3))}), "person/1/smpl/transl"),
        (lambda a, m: a.update({"person/1/mano/left/score": np.zeros((5, 1))}), "person/1/mano/left/score"),
        (lambda a, m: a.update({"camera/K": np.zeros((1, 3, 4))}), "camera/K"),
        (lambda a, m: a.update({"camera/world_from_camera": np.zeros((1, 4, 4, 4))}), "world_from_camera"),
        (lambda a, m: a.update({"timestamps": np.zeros(5)}), "increase"),
        (lambda a, m: a.update({"timestamps": np.array([0, 1, 2, np.nan, 4])}), "increase"),
        (lambda a, m: a.update({"timestamps": np.array(0.0)}), "timestamps"),
    ],
)  # fmt: skip
def test_a_bad_take_is_refused_by_name(saved, change, named):
    with pytest.raises(BadInputError, match=named) as caught:
        load(rewritten(saved, change))
    assert str(saved) in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and then nothing"], ids=["empty", "text", "cut zip"])
def test_what_is_no_take_is_refused(tmp_path, content):
    path = tmp_path / "x.take.npz"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"x\.take\.npz"):
        load(path)


def test_a_cut_take_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-2000])
    with pytest.raises(BadInputError, match="readable"):
        load(saved)


def test_a_damaged_array_is_refused(saved):
    data = bytearray(saved.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    saved.write_bytes(data)
    with pytest.raises(BadInputError):
        load(saved)


def test_a_plain_array_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(BadInputError):
        load(tmp_path / "x.npy")


def test_a_missing_take(tmp_path):
    with pytest.raises(BadInputError, match="no take"):
        load(tmp_path / "x.take.npz")


def test_moving_cameras_are_allowed(make_take, tmp_path):
    take = make_take(frames=5)
    poses = np.broadcast_to(np.eye(4), (1, 5, 4, 4)).copy()
    moving = dataclasses.replace(take, cameras=dataclasses.replace(take.cameras, world_from_camera=poses))
    assert load(save(moving, tmp_path / "x.take.npz")).cameras.world_from_camera.shape == (1, 5, 4, 4)


@pytest.mark.parametrize(
    ("error", "hint"),
    [(OSError(errno.ENOSPC, "No space left on device"), "Free"), (OSError(errno.EROFS, "Read-only"), "folder")],
)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(saved, error, hint):
    before = saved.read_bytes()

    def write(stream):
        stream.write(b"half")
        raise error

    with pytest.raises(CannotWriteError, match=r"x\.take\.npz") as caught:
        write_whole(saved, write)
    assert hint in caught.value.hint
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_a_disk_that_fills_while_saving(make_take, tmp_path):
    """The write fails in the middle of numpy's zip stream, as on a full disk."""
    import resource
    import signal

    take = make_take(frames=400, people=2)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(CannotWriteError, match="Cannot write"):
            save(take, tmp_path / "x.take.npz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_no_folder(make_take, tmp_path):
    with pytest.raises(CannotWriteError, match="nowhere"):
        save(make_take(), tmp_path / "nowhere" / "x.take.npz")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_the_file_is_as_readable_as_any_other(saved):
    saved.parent.joinpath("other").write_text("")
    mode = {stat.S_IMODE(p.stat().st_mode) for p in saved.parent.iterdir()}
    assert len(mode) == 1
