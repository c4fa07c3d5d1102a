"""What a checkpoint file holds, as plain dictionaries, lists, numbers and numpy arrays.

Containers: torch's zip (1.6 and later), torch's older pickles one after another, and numpy's ``.npz`` as chainer writes
it. Nothing that is pickled is run (``torch_pickle.py``): names that make tensors and arrays have stand-ins, random
generators and other state of a training are dropped, and every other name is refused before it is imported.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...errors import BadInputError
from .torch_pickle import AGAIN, Storages, TorchReader, resolved

_LEGACY_MAGIC, _LEGACY_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_LARGEST = 8 << 30
_DAMAGED = (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError, MemoryError,
            OverflowError, ImportError, OSError, struct.error, zipfile.BadZipFile, zlib.error, RuntimeError,
            NotImplementedError, RecursionError, SyntaxError)  # fmt: skip


def read_checkpoint(path: Path) -> Any:
    """The content of a checkpoint file: dictionaries, lists and tuples of numbers, text and numpy arrays.

    What was dropped is None. Raises BadInputError naming the file: not there, no known container, damaged, a refused
    name, a program in place of weights.
    """
    if not path.is_file():
        raise BadInputError(f"There is no file {path}.", "Check the path.")
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start.startswith(b"PK"):
                return _read_zip(file, path)
            if start[:1] == b"\x80":
                return _read_legacy(file, path)
    except BadInputError:
        raise
    except _DAMAGED as error:
        raise BadInputError(f"{path} is not a readable checkpoint ({error}).", AGAIN) from error
    raise BadInputError(
        f"{path} is no checkpoint of a known container.", "Known: torch's .pth, .tar and .bin, chainer's .npz."
    )


def _read_zip(file: IO[bytes], path: Path) -> Any:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise BadInputError(f"{path} unpacks to more than {_LARGEST >> 30} GB.", AGAIN)
        if names and all(name.endswith(".npy") for name in names):
            return {name.removesuffix(".npy"): _read_array(archive, name, path) for name in names}
        roots = [name.removesuffix("data.pkl") for name in names if name.rpartition("/")[2] == "data.pkl"]
        if len(roots) != 1:
            raise BadInputError(f"{path} is a zip, but no checkpoint of torch or chainer.", AGAIN)
        root = roots[0]
        if f"{root}constants.pkl" in names:
            raise BadInputError(f"{path} is a TorchScript program, not a checkpoint.", "Give the weights' own file.")
        order = archive.read(f"{root}byteorder").decode() if f"{root}byteorder" in names else "little"
        storages = Storages(path)
        with archive.open(f"{root}data.pkl") as stream:
            content = TorchReader(stream, path, storages).load()
        for key, storage in storages.by_key.items():
            storage.fill(archive.read(f"{root}data/{key}"), order)
    return resolved(content)


def _read_array(archive: zipfile.ZipFile, name: str, path: Path) -> np.ndarray:
    with archive.open(name) as stream:
        try:
            return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
        except ValueError as error:
            raise BadInputError(f"{path}: {name} is not an array of numbers ({error}).") from error


def _read_legacy(file: IO[bytes], path: Path) -> Any:
    first = TorchReader(file, path, Storages(path)).load()
    if first != _LEGACY_MAGIC:
        return resolved(first)  # a plain pickle, such as one of arrays
    if TorchReader(file, path, Storages(path)).load() != _LEGACY_PROTOCOL:
        raise BadInputError(f"{path} is of an unknown version of torch's format.", "Save it again with a newer torch.")
    machine = TorchReader(file, path, Storages(path)).load()
    order = "little" if machine.get("little_endian", True) else "big"
    storages = Storages(path)
    content = TorchReader(file, path, storages).load()
    for key in TorchReader(file, path, Storages(path)).load():
        storage = storages.by_key[str(key)]
        (count,) = struct.unpack("<q" if order == "little" else ">q", file.read(8))
        if count != storage.count:
            raise BadInputError(f"{path}: a tensor has {count} numbers where {storage.count} were announced.", AGAIN)
        storage.fill(file.read(count * storage.itemsize), order)
    return resolved(content)
