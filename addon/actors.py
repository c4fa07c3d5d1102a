"""Actor profiles: the bodies of people who were captured before, in Blender's folder for the user's settings."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import BadInputError, CannotWriteError, UnderstudyError

if TYPE_CHECKING:
    from ..core.actor import Actor

NONE = "NONE"
_NONE_ITEM = (NONE, "Unknown", "The people's height is set below, their build comes from the footage", "USER", 0)
# Blender does not keep the texts of a list that is made anew: somebody has to.
_items: list[Any] = [_NONE_ITEM]
_items_of: tuple[Any, ...] = ()


def folder() -> Path:
    """Where profiles are kept: they outlive the extension."""
    return Path(bpy.utils.user_resource("CONFIG", path="understudy/actors"))


def file_of(identifier: str) -> Path:
    """The profile called so in the list."""
    from ..core.actor import SUFFIX  # not while Blender starts

    return folder() / f"{identifier}{SUFFIX}"


def identifiers() -> list[str]:
    """All profiles, in the order of their names."""
    from ..core.actor import SUFFIX

    return sorted((path.name.removesuffix(SUFFIX) for path in folder().glob(f"*{SUFFIX}")), key=str.casefold)


def save(actor: Actor) -> Path:
    """Keeps a profile; one of the same name is replaced. Raises BadInputError without a name, CannotWriteError."""
    identifier = re.sub(r"[^\w .-]", "_", actor.name.strip()).strip(". ")
    if not identifier:
        raise BadInputError("The actor has no name.", "Give one.")
    from ..core.actor import write_actor

    path = file_of(identifier)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWriteError(f"There can be no folder {path.parent}: {error.strerror}.", "Free the name.") from error
    write_actor(path, actor)
    return path


def remove(identifier: str) -> None:
    """Removes a profile. Raises BadInputError where there is none, CannotWriteError."""
    try:
        file_of(identifier).unlink()
    except FileNotFoundError as error:
        raise BadInputError(f"There is no actor {identifier!r}.", f"There are: {', '.join(identifiers())}.") from error
    except OSError as error:
        message = f"Cannot remove {file_of(identifier)}: {error.strerror}."
        raise CannotWriteError(message, "Remove the file yourself.") from error


def items(choices: Any, context: Any) -> list[Any]:
    """The profiles as a Blender list; the number of each stays its own when others come and go."""
    global _items, _items_of
    found = tuple((name, file_of(name).stat().st_mtime_ns) for name in identifiers())
    if found != _items_of:
        _items_of, _items = found, [_NONE_ITEM, *(_item(name) for name, _ in found)]
    return _items


def _item(identifier: str) -> tuple[str, str, str, str, int]:
    from ..core.actor import read_actor  # not while Blender starts

    number = zlib.crc32(identifier.encode()) & 0x3FFFFFFF or 1
    try:
        actor = read_actor(file_of(identifier))
    except UnderstudyError as error:
        return identifier, identifier, str(error), "ERROR", number
    return identifier, actor.name, f"{actor.height:.2f} m; their bone lengths are kept", "ARMATURE_DATA", number
