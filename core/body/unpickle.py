"""Reads official ``.pkl`` models without running what is pickled in them.

A pickle is a little program. This reader knows the handful of names that model files need (numpy's own array builders,
scipy.sparse matrices, chumpy arrays), gives inert stand-ins for the last two, and refuses every other name before it is
imported. Python 2 pickles (latin-1 strings) included.
"""

from __future__ import annotations

import codecs
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInputError

_ARRAY_BUILDERS = np._core.multiarray if hasattr(np, "_core") else np.core.multiarray  # type: ignore[attr-defined]


def read_pickle(path: Path) -> dict[str, Any]:
    """The top-level dictionary of a model file, arrays as numpy. Raises BadInputError naming a refused global."""
    try:
        with path.open("rb") as file:
            content = RestrictedReader(file, path).load()
    except BadInputError:
        raise
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError,
            UnicodeDecodeError, MemoryError, OverflowError, ImportError) as error:  # fmt: skip
        raise BadInputError(
            f"{path}: not a readable pickle ({error}).", "Check that the download is complete."
        ) from error
    if not isinstance(content, dict):
        raise BadInputError(f"{path}: holds a {type(content).__name__}, a model file holds a dictionary.")
    return content


def as_array(value: Any, name: str, path: Path) -> np.ndarray:
    """A numpy array of what the reader returned for one key: arrays, sparse matrices and chumpy arrays alike."""
    if isinstance(value, StandIn):
        value = value.resolve(name, path)
    array = np.asarray(value)
    if array.dtype == object:
        raise BadInputError(f"{path}: {name} is not an array of numbers.")
    return array


class StandIn:
    """Remembers the state of an object whose class is not loaded."""

    state: dict[str, Any]

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}

    def resolve(self, name: str, path: Path) -> np.ndarray:
        raise BadInputError(f"{path}: {name} is stored as {type(self).__name__}, which cannot be read as numbers.")


def _sparse(by_column: bool) -> type[StandIn]:
    class Sparse(StandIn):
        """scipy.sparse csc or csr matrix, made dense."""

        def resolve(self, name: str, path: Path) -> np.ndarray:
            try:
                shape = tuple(int(n) for n in self.state["_shape" if "_shape" in self.state else "shape"])
                data, indices, indptr = (np.asarray(self.state[key]) for key in ("data", "indices", "indptr"))
                major = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
                dense = np.zeros(shape, data.dtype)
                np.add.at(dense, (indices, major) if by_column else (major, indices), data)
            except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
                raise BadInputError(f"{path}: the sparse matrix {name} is damaged ({error}).") from error
            return dense

    return Sparse


class _Chumpy(StandIn):
    """A chumpy array: its values are under ``x``; a selection keeps its source under ``a`` and the picked ``idxs``."""

    def resolve(self, name: str, path: Path) -> np.ndarray:
        state = getattr(self, "state", {})
        if "x" in state:
            return as_array(state["x"], name, path)
        if "a" in state and "idxs" in state:
            picked = as_array(state["a"], name, path).ravel()[np.asarray(state["idxs"])]
            shape = state.get("preferred_shape")
            return picked if shape is None else picked.reshape(tuple(int(n) for n in shape))
        raise BadInputError(f"{path}: {name} is a computed chumpy expression.", "Save its values as a plain array.")


class RestrictedReader(pickle.Unpickler):
    """Builds arrays and plain containers only: every other name is refused before it is imported."""

    def __init__(self, file: Any, path: Path) -> None:
        super().__init__(file, encoding="latin1")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        known = _allowed().get((module, name))
        if known is None and module.split(".")[0] == "chumpy" and "." not in name:
            known = type(name, (_Chumpy,), {})
        if known is None:
            raise BadInputError(
                f"{self._path}: the pickle asks for {module}.{name}, unknown in model files; nothing was run.",
                "Use the official file or its .npz version.",
            )
        return known


def _reconstruct_stand_in(cls: type, base: type, state: Any = None) -> StandIn:
    # Python 2's way of making an instance (copy_reg); only stand-ins may be made.
    if not (isinstance(cls, type) and issubclass(cls, StandIn)):
        raise BadInputError(f"a pickled {cls!r} is not part of a model file.")
    return cls()


def _allowed() -> dict[tuple[str, str], Callable[..., Any]]:
    # Made anew for every name, so that nothing a file does to one of them outlives it.
    csc, csr = _sparse(by_column=True), _sparse(by_column=False)

    def reconstruct(cls: type, base: type, state: Any = None) -> StandIn:
        return _reconstruct_stand_in(cls, base, state)

    def encode(text: str, encoding: str = "latin1") -> bytes:
        return codecs.latin_1_encode(text)[0]

    table: dict[tuple[str, str], Callable[..., Any]] = {
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("copyreg", "_reconstructor"): reconstruct,
        ("copy_reg", "_reconstructor"): reconstruct,
        ("builtins", "object"): object,
        ("__builtin__", "object"): object,
        ("collections", "OrderedDict"): OrderedDict,
        ("_codecs", "encode"): encode,
    }
    for package in ("numpy.core", "numpy._core"):
        table[(f"{package}.multiarray", "_reconstruct")] = _ARRAY_BUILDERS._reconstruct
        table[(f"{package}.multiarray", "scalar")] = _ARRAY_BUILDERS.scalar
    for module in ("csc", "_csc"):
        table[(f"scipy.sparse.{module}", "csc_matrix")] = table[(f"scipy.sparse.{module}", "csc_array")] = csc
    for module in ("csr", "_csr"):
        table[(f"scipy.sparse.{module}", "csr_matrix")] = table[(f"scipy.sparse.{module}", "csr_array")] = csr
    return table
