"""Where a scene's takes lie: paths relative to the .blend, kept right when it is saved elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

TAKE_PATH = "take_path"
TAKE_ID = "take_id"
FRAME_START = "take_frame_start"
SOUND = "take_sound"  # name of the strip
ABOUT = "take_about"  # JSON: how the take was made
# The clean-up's ordered list as JSON, and the list that the curves show.
EDITS = "edits"
EDITS_APPLIED = "edits_applied"
NO_EDITS = "[]"


def take_collections() -> Iterator[bpy.types.Collection]:
    """The collections of this file that were made from a take."""
    return (collection for collection in bpy.data.collections if TAKE_PATH in collection)


def take_file(collection: bpy.types.Collection) -> Path:
    """Where the take of a collection should lie; it may be gone."""
    return Path(bpy.path.abspath(collection[TAKE_PATH]))


def relative(path: Path, folder: Path | None) -> str:
    """``path`` as Blender writes it relative to ``folder``, absolute without one or on another drive."""
    absolute = str(path.resolve())
    if folder is None:
        return absolute
    try:
        return bpy.path.relpath(absolute, start=str(folder.resolve()))
    except ValueError:  # another drive on Windows
        return absolute


def blend_folder() -> Path | None:
    """The folder of the current .blend, None for one that was never saved."""
    return Path(bpy.data.filepath).parent if bpy.data.filepath else None


def rebase(folder: Path) -> None:
    """Writes every take's path relative to ``folder``, where the .blend is about to be saved."""
    for collection in take_collections():
        collection[TAKE_PATH] = relative(take_file(collection), folder)


_files: dict[str, Path] = {}


@persistent
def _before_saving(filepath: str = "", *_: object) -> None:
    """Blender remaps its own paths on saving, not those in custom properties. A start-up file comes without a path."""
    _files.clear()
    _files.update((collection.name, take_file(collection)) for collection in take_collections())
    if filepath:
        rebase(Path(filepath).parent)


@persistent
def _after_saving(*_: object) -> None:
    """After *Save Copy*, or a failure, this file still lies where it lay."""
    for collection in take_collections():
        if collection.name in _files:
            collection[TAKE_PATH] = relative(_files[collection.name], blend_folder())


_HANDLERS = (("save_pre", _before_saving), ("save_post", _after_saving), ("save_post_fail", _after_saving))


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
