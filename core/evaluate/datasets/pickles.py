"""Pickled data sets read without running what is pickled in them: ``.pkl`` files, and objects inside ``.npz`` files.

Only the names of ``core.body.unpickle`` are known, and numpy's builders of other protocols; every other name is refused
before it is imported.
"""

from __future__ import annotations

import pickle
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...body.unpickle import RestrictedReader
from ...errors import BadInputError

_DAMAGED = (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError, MemoryError,
            OverflowError, ImportError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, SyntaxError)  # fmt: skip
_AGAIN = "Use the file as its authors publish it; check that the download is complete."


def read_pickle(path: Path) -> Any:
    """What a pickle file holds. Raises BadInputError naming the file, and the name that a pickle may not ask for."""
    if not path.is_file():
        raise BadInputError(f"There is no file {path}.", "Check the path.")
    try:
        with path.open("rb") as file:
            return _DataReader(file, path).load()
    except BadInputError as error:
        raise BadInputError(error.message, _AGAIN) from error
    except _DAMAGED as error:
        raise BadInputError(f"{path} is not a readable pickle ({error}).", _AGAIN) from error


def read_npz(path: Path, *keys: str) -> dict[str, Any]:
    """The named entries of an ``.npz``; an object array of no dimensions gives its object."""
    if not path.is_file():
        raise BadInputError(f"There is no file {path}.", "Check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            there = {name.removesuffix(".npy") for name in archive.namelist()}
            missing = [key for key in keys if key not in there]
            if missing:
                raise BadInputError(f"{path}: no '{missing[0]}' in the file.", f"It has {', '.join(sorted(there))}.")
            content = {}
            for key in keys:
                with archive.open(f"{key}.npy") as stream:
                    content[key] = _read_array(stream, path)
            return content
    except BadInputError:
        raise
    except _DAMAGED as error:
        raise BadInputError(f"{path} is not a readable .npz file ({error}).", _AGAIN) from error


def _read_array(stream: IO[bytes], path: Path) -> Any:
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(stream)
    if dtype.hasobject:
        array = np.asarray(_DataReader(stream, path).load())
        return array.item() if array.ndim == 0 else array
    array = np.frombuffer(stream.read(), dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


class _DataReader(RestrictedReader):
    def find_class(self, module: str, name: str) -> Any:
        if module in ("numpy.core.numeric", "numpy._core.numeric") and name == "_frombuffer":
            return _from_buffer
        if module in ("builtins", "__builtin__") and name == "bytes":
            return _no_bytes
        try:
            return super().find_class(module, name)
        except BadInputError:
            raise BadInputError(
                f"{self._path}: the pickle asks for {module}.{name}, which no data set needs; nothing was run."
            ) from None


def _no_bytes() -> bytes:
    """How protocol 2 stores the contents of an empty array."""
    return b""


def _from_buffer(buffer: Any, dtype: Any, shape: Any, order: str, axes: Any = None) -> np.ndarray:
    """How numpy stores arrays in pickles of protocol 5."""
    array = np.frombuffer(buffer, dtype)
    if order == "K" and axes is not None:
        return array.reshape(shape).transpose(axes)
    return array.reshape(shape, order="F" if order == "F" else "C")
