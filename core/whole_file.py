"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from .errors import CannotWriteError


def write_whole(target: Path, write: Any) -> Path:
    """Calls ``write(binary stream)`` on a temporary file beside ``target``, then renames it over ``target``."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise CannotWriteError(f"Cannot write {target}: {_reason(error)}.", _cure(error)) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise CannotWriteError(f"Cannot write {target}: {_reason(error)}.", _cure(error)) from error
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return target


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _cure(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Free some disk space and run the same command again; finished work is kept."
    return "Choose a folder that exists and that you may write to."


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
