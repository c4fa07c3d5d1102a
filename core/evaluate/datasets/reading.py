"""What every reader does: open a file, take a key, check a shape, choose one of several; each with a clear message."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInputError
from ...files.read_cameras import world_from_camera
from ...take import TakeCameras

Array = NDArray[np.floating]
T = TypeVar("T")

MM = 0.001
_AGAIN = "Use the file as its authors publish it; check that the download is complete."


def existing(path: Path | str, kind: str = "file") -> Path:
    """The path, which must be a file or a folder. Raises BadInputError."""
    found = Path(path)
    if not (found.is_dir() if kind == "folder" else found.is_file()):
        raise BadInputError(f"There is no {kind} {found}.", "Check the path.")
    return found


def inside(path: Path | str, name: str) -> Path:
    """``path`` itself when it is a file, else the file ``name`` (or the only match of a pattern) in that folder."""
    source = Path(path)
    if source.is_file():
        return source
    existing(source, "folder")
    matches = sorted(source.glob(name))
    if len(matches) != 1:
        count = "no" if not matches else str(len(matches))
        raise BadInputError(f"{source}: {count} files called {name}.", "Give the file itself.")
    return matches[0]


def read_json(path: Path) -> Any:
    """Raises BadInputError naming the file when it is missing, cut off or not JSON."""
    try:
        return json.loads(existing(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{path} is not readable JSON ({error}).", _AGAIN) from error


def read_mat(path: Path) -> dict[str, Any]:
    """A MATLAB file of version 7 or older. Raises BadInputError naming the file."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return loadmat(existing(path))
    except NotImplementedError as error:
        raise BadInputError(f"{path} is a MATLAB 7.3 file.", "Save it in MATLAB with -v7.") from error
    except (OSError, ValueError, TypeError, EOFError, KeyError, IndexError, zlib.error, MatReadError) as error:
        raise BadInputError(f"{path} is not a readable MATLAB file ({error}).", _AGAIN) from error


def key(container: Any, name: Any, where: object) -> Any:
    """``container[name]``, of a dictionary with string or integer keys. Raises BadInputError naming file and key."""
    if isinstance(container, Mapping):
        for form in (name, str(name)):
            if form in container:
                return container[form]
    raise BadInputError(f"{where}: no '{name}'.", _AGAIN)


def numbers(value: Any, shape: tuple[int | None, ...], name: str, where: object) -> Array:
    """A float64 array of the wanted shape, None standing for any size. Raises BadInputError naming file and key."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{where}: '{name}' is not an array of numbers.", _AGAIN) from error
    if array.ndim != len(shape) or any(e not in (None, a) for e, a in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("any" if e is None else str(e) for e in shape) + ("," if len(shape) == 1 else "")
        raise BadInputError(f"{where}: '{name}' has shape {array.shape}, expected ({wanted}).", _AGAIN)
    return array


def vector(value: Any, size: int, name: str, where: object) -> Array:
    """``size`` numbers in whatever nesting. Raises BadInputError naming file and key."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{where}: '{name}' is not an array of numbers.", _AGAIN) from error
    if array.size != size:
        raise BadInputError(f"{where}: '{name}' has {array.size} numbers, expected {size}.", _AGAIN)
    return array.reshape(size)


def integer(value: Any, name: str, where: object) -> int:
    """A whole number. Raises BadInputError naming file and key."""
    number = float(vector(value, 1, name, where)[0])
    if not number.is_integer():
        raise BadInputError(f"{where}: '{name}' is {number}, not a whole number.", _AGAIN)
    return int(number)


def in_order(entries: Any, what: str, where: object) -> list[str]:
    """The keys of a dictionary that count something, in numeric order. Raises BadInputError naming the file."""
    if not isinstance(entries, Mapping) or not all(str(name).lstrip("-").isdigit() for name in entries):
        raise BadInputError(f"{where}: not a dictionary of numbered {what}.", _AGAIN)
    if not entries:
        raise BadInputError(f"{where}: no {what}.", _AGAIN)
    return sorted(entries, key=int)


def listed(value: Any, name: str, where: object) -> list[Any]:
    """A list of entries. Raises BadInputError naming file and key."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise BadInputError(f"{where}: '{name}' is not a list.", _AGAIN)
    return list(value)


def choose(options: Iterable[T], chosen: Any, what: str, where: object) -> T:
    """The option that prints like ``chosen``, or the only one there is. Raises BadInputError listing them."""
    there = list(options)
    matches = [option for option in there if chosen is None or str(option) == str(chosen)]
    if len(matches) == 1:
        return matches[0]
    names = ", ".join(str(option) for option in there[:30]) + (", …" if len(there) > 30 else "")
    if not there:
        raise BadInputError(f"{where}: no {what}.", _AGAIN)
    if chosen is None:
        raise BadInputError(f"{where}: which {what}?", f"There are: {names}.")
    raise BadInputError(f"{where}: no {what} {chosen!r}.", f"There are: {names}.")


def one_of(value: str, allowed: tuple[str, ...], option: str) -> str:
    if value not in allowed:
        raise BadInputError(f"{option} is {value!r}.", f"Choose one of {', '.join(allowed)}.")
    return value


def cameras(
    timestamps: Array, K: Any, R: Any, t: Any, size: Any = None, distortion: Any = None
) -> TakeCameras:
    """Of K (C,3,3), R (C[,T],3,3), t (C[,T],3) m of x_cam = R x + t; size (C,2), 0 where the data set does not say."""
    K = np.asarray(K, float)
    count = len(K)
    return TakeCameras(
        timestamps=np.tile(np.asarray(timestamps, float), (count, 1)),
        K=K,
        distortion=np.zeros((count, 4)) if distortion is None else np.asarray(distortion, float),
        size=np.zeros((count, 2), np.int64) if size is None else np.asarray(size).astype(np.int64),
        world_from_camera=world_from_camera(R, t),
    )


def pinhole(focal: Any, principal: Any) -> Array:
    """K (3,3) of focal lengths and principal point, two numbers each, px."""
    (fx, fy), (cx, cy) = focal, principal
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], float)


def picture_numbers(count: int) -> Array:
    """Numbers 0, 1, … for pictures without times."""
    return np.arange(count, dtype=float)
