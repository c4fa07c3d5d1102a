"""What torch pickles, read without running it: names that make tensors have stand-ins, every other name is refused."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...body.unpickle import RestrictedReader
from ...errors import BadInputError

AGAIN = "Check that the download is complete."

# Storage classes of torch by name; bfloat16, which numpy lacks, is read as its upper halves of float32.
_STORAGES: dict[str, str] = {
    "DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "BFloat16Storage": "bfloat16",
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "?",
}  # fmt: skip
# What a training keeps beside its weights and no network needs.
_DROPPED: frozenset[tuple[str, str]] = frozenset(
    [
        *(("numpy.random", name) for name in ("__RandomState_ctor", "RandomState")),
        *(("numpy.random._pickle", f"__{kind}_ctor") for kind in ("randomstate", "bit_generator", "generator")),
        *((f"numpy.random.{module}", name) for module, name in (
            ("_mt19937", "MT19937"), ("_pcg64", "PCG64"), ("mtrand", "RandomState"))),
        ("torch", "device"), ("torch", "Generator"),
    ]
)  # fmt: skip


class _Storage:
    """The numbers behind one or several tensors; they come after the pickle that names them."""

    def __init__(self, kind: str, count: int, path: Path) -> None:
        self.kind, self.count, self.path = kind, int(count), path
        self.itemsize = 2 if kind == "bfloat16" else np.dtype(kind).itemsize
        self.values: np.ndarray | None = None

    def fill(self, data: bytes, order: str) -> None:
        if len(data) != self.count * self.itemsize:
            raise BadInputError(f"{self.path}: a tensor has {len(data)} bytes of {self.count * self.itemsize}.", AGAIN)
        sign = "<" if order == "little" else ">"
        if self.kind == "bfloat16":
            halves = np.frombuffer(data, f"{sign}u2").astype(np.uint32)
            self.values = (halves << 16).view(np.float32)
        else:
            self.values = np.frombuffer(data, np.dtype(self.kind).newbyteorder(sign)).astype(self.kind)


class Storages:
    """Storages of one file by key, made when a tensor first asks for them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_key: dict[str, _Storage] = {}

    def get(self, kind: Any, key: Any, count: Any) -> _Storage:
        name = str(key)
        if not isinstance(kind, _Kind):
            raise BadInputError(f"{self.path}: a tensor of an unknown kind of numbers.", AGAIN)
        if not name.replace("_", "").isalnum():  # the key becomes a member's name
            raise BadInputError(f"{self.path}: a tensor lies under the odd name {name!r}.", AGAIN)
        if name not in self.by_key:
            self.by_key[name] = _Storage(kind.name, count, self.path)
        return self.by_key[name]


@dataclass(frozen=True)
class _Kind:
    """Stands for a storage class."""

    name: str


@dataclass(frozen=True)
class _Tensor:
    """Stands for a tensor until its storage is filled."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> np.ndarray:
        values, path = self.storage.values, self.storage.path
        spans = [(n - 1) * s for n, s in zip(self.shape, self.stride, strict=True)]
        size = int(np.prod(self.shape, dtype=object)) if self.shape else 1
        bad = min((*self.shape, *self.stride, self.offset), default=0) < 0 or size > self.storage.count
        if values is None or bad or (size and self.offset + sum(spans) >= self.storage.count):
            raise BadInputError(f"{path}: a tensor of shape {self.shape} does not fit its numbers.", AGAIN)
        strides = [s * values.itemsize for s in self.stride]
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides).copy()


class _Dropped:
    """Takes whatever it is made of and set to, and keeps nothing."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


class TorchReader(RestrictedReader):
    """Reads one pickle; the storages that its tensors name are filled afterwards, then ``resolved`` gives arrays."""

    def __init__(self, file: IO[bytes], path: Path, storages: Storages) -> None:
        super().__init__(file, path)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _DROPPED:
            return _Dropped
        if module in ("torch", "torch.storage") and name in _STORAGES:
            return _Kind(_STORAGES[name])
        if module == "torch" and name == "Size":
            return tuple
        if module == "torch" and name in ("float16", "float32", "float64", "bfloat16", "int32", "int64", "bool"):
            return name
        if module == "torch._utils":
            if name in ("_rebuild_tensor", "_rebuild_tensor_v2"):
                return _rebuild_tensor
            if name in ("_rebuild_parameter", "_rebuild_parameter_with_state"):
                return _rebuild_parameter
        if module in ("torch.nn.parameter", "torch.nn") and name == "Parameter":
            return _rebuild_parameter
        if (module, name) == ("collections", "defaultdict"):
            return _default_dictionary
        if module == "chumpy" or module.startswith("chumpy."):
            raise self._refusal(module, name)
        try:
            return super().find_class(module, name)
        except BadInputError:
            raise self._refusal(module, name) from None

    def persistent_load(self, pid: Any) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise pickle.UnpicklingError("an unknown kind of reference")
        if len(pid) > 5 and pid[5] is not None:
            raise pickle.UnpicklingError("a view of a storage, which torch has not written since 0.4")
        return self._storages.get(pid[1], pid[2], pid[4])

    def _refusal(self, module: str, name: str) -> BadInputError:
        return BadInputError(
            f"{self._path}: the pickle asks for {module}.{name}, which no weights need; nothing was run.",
            "Give the file as its authors publish it. One that holds a whole pickled module can only be converted in "
            "the authors' own program, with torch.save(model.state_dict()).",
        )


def _rebuild_tensor(storage: _Storage, offset: int, shape: Any, stride: Any, *rest: Any) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("a tensor without numbers")
    return _Tensor(storage, int(offset), tuple(int(n) for n in shape), tuple(int(n) for n in stride))


def _rebuild_parameter(data: Any = None, *rest: Any) -> Any:
    return data


def _default_dictionary(*args: Any) -> dict[Any, Any]:
    return {}


def resolved(value: Any, known: dict[int, Any] | None = None, depth: int = 0) -> Any:
    """Tensors as arrays, dropped things as None, in dictionaries, lists and tuples; what is shared is made once."""
    known = {} if known is None else known
    if id(value) in known:
        return known[id(value)]
    if depth > 50:
        raise ValueError("nested too deeply")
    result = None
    if isinstance(value, _Tensor):
        result = value.array()
    elif isinstance(value, dict):
        result = {key: resolved(item, known, depth + 1) for key, item in value.items()}
    elif isinstance(value, (list, tuple)):
        result = type(value)(resolved(item, known, depth + 1) for item in value)
    elif isinstance(value, np.generic):
        result = value.item()
    elif isinstance(value, (bool, int, float, complex, str, bytes, np.ndarray)):
        result = value
    known[id(value)] = result
    return result
