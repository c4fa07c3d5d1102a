"""A take's list of edits in Blender: the JSON on the collection that counts, and the properties that show it.

The JSON is read by evaluation and survives without the add-on; the properties follow it when a file is opened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ..core.errors import BadInputError
from . import cleanup
from .edit_properties import plain
from .edit_settings import DYNAMIC, EVERYBODY, UnderstudyEdit, settings_of
from .edit_texts import TEXTS
from .scene import links, takes

if TYPE_CHECKING:
    from ..core.edit.base import Edit

_following = False


def edit_of(take: bpy.types.Collection, item: UnderstudyEdit) -> Edit:
    """The edit that an item shows. Raises BadInputError where its values do not go together."""
    from ..core.edit.evaluation import KINDS

    values: dict[str, Any] = {"enabled": item.enabled, "person": "" if item.person in ("", EVERYBODY) else item.person}
    if item.use_range:
        values["start"] = round(takes.seconds_at(take, item.start), 6)
        values["end"] = round(takes.seconds_at(take, item.end), 6)
    for name, text in TEXTS[item.kind].fields.items():
        value = getattr(item, f"{item.kind}_{name}")
        values[name] = "" if value == "NONE" else plain(text, value)
    return KINDS[item.kind](**values)


def fill(take: bpy.types.Collection, item: UnderstudyEdit, edit: Edit) -> None:
    """Shows an edit in an item."""
    item.kind = edit.kind
    item.enabled = edit.enabled
    _choose(item, "person", edit.person or EVERYBODY)
    item.use_range = edit.start is not None or edit.end is not None
    scene = takes.scene_of(take)
    item.start = scene.frame_start if edit.start is None else round(takes.frame_at(take, edit.start))
    item.end = scene.frame_end if edit.end is None else round(takes.frame_at(take, edit.end))
    for own, text in TEXTS[edit.kind].fields.items():
        value, name = getattr(edit, own), f"{edit.kind}_{own}"
        if (edit.kind, own) in DYNAMIC:
            _choose(item, name, value)
        else:
            setattr(item, name, int(value) if isinstance(getattr(item, name), int) and not text.choices else value)


def _choose(item: UnderstudyEdit, name: str, value: str) -> None:
    """Sets an enumeration of people or takes; one that is gone leaves it as it is."""
    if value:
        try:
            setattr(item, name, value)
        except TypeError:
            return


def changed(take: bpy.types.Collection) -> None:
    """A value in the panel was changed: ``store``, unless the JSON is just being shown. Raises UnderstudyError."""
    if not _following:
        store(take)


def store(take: bpy.types.Collection) -> None:
    """Writes the items as JSON and has the curves computed anew; values that do not go together are told instead."""
    from ..core.edit.base import dump_edits

    edits = []
    for index, item in enumerate(settings_of(take).edits):
        try:
            edits.append(edit_of(take, item))
        except BadInputError as error:
            cleanup.refuse(take, index, error)
            return
    take[links.EDITS] = dump_edits(edits)
    cleanup.request(take)


def replace_all(take: bpy.types.Collection, edits: Sequence[Edit]) -> None:
    """Gives a take this list of edits, and has the curves computed anew."""
    from ..core.edit.base import dump_edits

    take[links.EDITS] = dump_edits(edits)
    follow(take)
    cleanup.request(take)


def follow(take: bpy.types.Collection) -> None:
    """Makes the items show the JSON. Raises BadInputError for JSON that is no list of edits."""
    global _following
    edits = read(take)
    settings = settings_of(take)
    _following = True
    try:
        settings.edits.clear()
        for edit in edits:
            fill(take, settings.edits.add(), edit)
    finally:
        _following = False
    settings.active_edit = min(max(settings.active_edit, 0), max(len(edits) - 1, 0))


def read(take: bpy.types.Collection) -> tuple[Edit, ...]:
    """The take's list of edits. Raises BadInputError."""
    from ..core.edit.evaluation import parse

    return parse(take.get(links.EDITS, links.NO_EDITS))


@persistent
def _opened(*_: Any) -> None:
    """A file may come from somewhere without the add-on, with another list than the panel remembers."""
    found = list(links.take_collections())
    if not found:
        return
    from ..core.edit.base import dump_edits

    for take in found:
        with contextlib.suppress(BadInputError):
            shown = [edit_of(take, item) for item in settings_of(take).edits]
            if dump_edits(shown) != dump_edits(read(take)):
                follow(take)


def register() -> None:
    bpy.app.handlers.load_post.append(_opened)


def unregister() -> None:
    bpy.app.handlers.load_post.remove(_opened)
