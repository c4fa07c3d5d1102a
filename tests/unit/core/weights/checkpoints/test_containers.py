from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from understudy.core.errors import BadInputError
from understudy.core.weights.checkpoints.containers import read_checkpoint

BOTH = pytest.mark.parametrize("zipped", [False, True], ids=["legacy", "zip"])


def save(path: Path, content, zipped: bool) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


@BOTH
def test_tensors_of_every_kind_come_back(tmp_path, zipped):
    base = torch.arange(24).reshape(2, 3, 4)
    tensors = {
        "float": torch.randn(3, 4),
        "double": torch.randn(2, dtype=torch.float64),
        "half": torch.randn(5).half(),
        "bfloat": torch.randn(5).bfloat16(),
        "long": base,
        "byte": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 3),
        "transposed": base.transpose(0, 2),  # strides of its own
        "part": base[1, 1:],  # begins inside its storage
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }
    got = read_checkpoint(save(tmp_path / "x.pth", tensors, zipped))
    assert got.keys() == tensors.keys()
    for key, tensor in tensors.items():
        wanted = tensor.detach().float() if key == "bfloat" else tensor.detach()
        assert isinstance(got[key], np.ndarray) and got[key].dtype == wanted.numpy().dtype, key
        np.testing.assert_array_equal(got[key], wanted.numpy(), err_msg=key)


@BOTH
def test_plain_things_stay_and_the_state_of_a_training_goes(tmp_path, zipped):
    content = {
        "epoch": 3, "lr": 1e-3, "err": np.float64(45.5), "name": "x", "none": None, "list": [1, (2.5, "y")],
        "array": np.arange(6).reshape(2, 3), "random_state": np.random.RandomState(3), "size": torch.Size([1, 2]),
        "device": torch.device("cpu"), "ordered": OrderedDict(a=1),
    }  # fmt: skip
    got = read_checkpoint(save(tmp_path / "x.pth", content, zipped))
    np.testing.assert_array_equal(got.pop("array"), content["array"])
    assert got == {
        "epoch": 3, "lr": 1e-3, "err": 45.5, "name": "x", "none": None, "list": [1, (2.5, "y")], "random_state": None,
        "size": (1, 2), "device": None, "ordered": {"a": 1},
    }  # fmt: skip


@BOTH
def test_a_state_dict_with_metadata(tmp_path, zipped):
    network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    got = read_checkpoint(save(tmp_path / "x.pth", network.state_dict(), zipped))
    assert list(got) == list(network.state_dict())


def test_a_chainer_file(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", **{"l1/W": np.ones((2, 3), np.float32), "bn1/N": np.array(4)})
    got = read_checkpoint(tmp_path / "x.npz")
    np.testing.assert_array_equal(got["l1/W"], np.ones((2, 3)))
    assert got["bn1/N"] == 4


class Hostile:
    """Makes a file when it is unpickled by an ordinary reader."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class Sneaky(Hostile):
    """The same by way of evaluated text."""

    def __reduce__(self):
        return eval, (f"__import__('os').mkdir({str(self.path)!r})",)


def hostile_files(folder: Path, trap: Hostile):
    """One file per way in."""
    content = {"state_dict": {"w": torch.ones(2)}, "err": trap}
    yield save(folder / "legacy.pth.tar", content, zipped=False)
    yield save(folder / "zip.pth.tar", content, zipped=True)
    (folder / "plain.pkl").write_bytes(pickle.dumps(content["err"], 2))
    yield folder / "plain.pkl"
    np.savez(folder / "objects.npz", **{"l1/W": np.array([trap], object)})
    yield folder / "objects.npz"
    # In the list of storage keys of the legacy format, which comes after the content.
    with (folder / "keys.bin").open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {}, [trap]):
            pickle.dump(part, file, 2)
    yield folder / "keys.bin"
    with (folder / "magic.bin").open("wb") as file:
        pickle.dump(trap, file, 2)
    yield folder / "magic.bin"


@pytest.mark.parametrize("kind", [Hostile, Sneaky])
def test_hostile_pickles_are_refused_and_nothing_runs(tmp_path, kind):
    made = tmp_path / "made"
    for path in hostile_files(tmp_path, kind(made)):
        with pytest.raises(BadInputError, match=str(path.name)) as refused:
            read_checkpoint(path)
        assert not made.exists(), path
        if path.suffix != ".npz":
            assert "nothing was run" in str(refused.value)
    # The trap works: an ordinary reader falls into it.
    pickle.loads(pickle.dumps(kind(made)))
    assert made.exists()


def test_a_trap_behind_an_allowed_name_stays_shut(tmp_path):
    # Attributes of an allowed module's name must not be reachable by dots.
    for module, name in (("torch._utils", "_rebuild_tensor_v2.__globals__"), ("torch", "os.system"),
                         ("numpy", "ndarray.__class__"), ("torch", "load"), ("chumpy", "x")):  # fmt: skip
        code = b"\x80\x04" + b"\x8c" + bytes([len(module)]) + module.encode()
        code += b"\x8c" + bytes([len(name)]) + name.encode() + b"\x93."
        (tmp_path / "x.pkl").write_bytes(code)
        with pytest.raises(BadInputError, match="nothing was run"):
            read_checkpoint(tmp_path / "x.pkl")


def test_a_whole_pickled_module_is_refused_with_the_cure(tmp_path):
    path = save(tmp_path / "model.pth", torch.nn.Linear(2, 2), zipped=False)
    with pytest.raises(BadInputError, match=r"torch\.save\(model\.state_dict"):
        read_checkpoint(path)


def test_a_tensor_beyond_its_numbers_is_refused(tmp_path):
    path = save(tmp_path / "x.pth", {"w": torch.arange(4.0)}, zipped=True)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    code = members["x/data.pkl"]
    assert code.count(b"K\x04\x85") == 1  # the shape (4,)
    members["x/data.pkl"] = code.replace(b"K\x04\x85", b"K\x40\x85")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(BadInputError, match="does not fit"):
        read_checkpoint(path)


@BOTH
def test_truncated_files_are_refused(tmp_path, zipped):
    path = save(tmp_path / "x.pth", {"w": torch.randn(100)}, zipped)
    whole = path.read_bytes()
    for length in (3, 20, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInputError, match=r"x\.pth"):
            read_checkpoint(path)


def test_what_is_shared_many_times_over_takes_no_time(tmp_path):
    nested = [1]
    for _ in range(40):
        nested = [nested, nested]  # 2⁴⁰ ones when written out
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(nested, 2))
    got = read_checkpoint(tmp_path / "x.pkl")
    assert got[0] is got[1]


def test_what_is_no_checkpoint(tmp_path):
    with pytest.raises(BadInputError, match="no file"):
        read_checkpoint(tmp_path / "absent.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(BadInputError, match="no checkpoint of a known container"):
        read_checkpoint(tmp_path / "text.pth")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadInputError, match="a zip, but no checkpoint"):
        read_checkpoint(tmp_path / "other.zip")
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), buffer)
    (tmp_path / "script.pt").write_bytes(buffer.getvalue())
    with pytest.raises(BadInputError, match="TorchScript"):
        read_checkpoint(tmp_path / "script.pt")


def test_a_big_endian_legacy_file(tmp_path):
    """Written by hand: none is made on today's machines."""

    class Reference:
        pass

    class Writer(pickle.Pickler):
        def persistent_id(self, obj):
            return ("storage", torch.FloatStorage, "7", "cpu", 3, None) if isinstance(obj, Reference) else None

    class Tensor:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (Reference(), 0, (3,), (1,), False, OrderedDict())

    with (tmp_path / "x.pth").open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": False}):
            pickle.dump(part, file, 2)
        Writer(file, 2).dump({"w": Tensor()})
        pickle.dump(["7"], file, 2)
        file.write(struct.pack(">q3f", 3, 1.5, -2.0, 0.25))
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "x.pth")["w"], [1.5, -2.0, 0.25])
