"""A take's list of edits in Blender: properties that the panel shows, and the JSON on the collection that counts.

The JSON is read by evaluation and survives without the add-on; the properties follow it when a file is opened.
"""

import contextlib
import zlib
from collections.abc import Sequence
from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import PropertyGroup

from ..core.edit.base import Edit, dump_edits
from ..core.edit.evaluation import KINDS, parse
from ..core.errors import BadInputError, UnderstudyError
from . import cleanup
from .declarations import TAKE_PROPERTY
from .edit_properties import plain, value_fields, value_property
from .edit_texts import TEXTS
from .scene import confidence, links, takes

EVERYBODY = "ALL"
_KIND_ITEMS = tuple((kind, cls.label, TEXTS[kind].tip) for kind, cls in KINDS.items())
# Blender reads the strings of dynamic items after the callback has returned.
_items: dict[str, list[tuple[str, str, str, int]]] = {}
_following = False


def _changed(item: "UnderstudyEdit", context: bpy.types.Context) -> None:
    if not _following:
        # What is wrong is shown beside the step; a property's update has nobody to report to.
        with contextlib.suppress(UnderstudyError):
            store(collection_of(item))


def _person_items(item: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str, int]]:
    found = [(EVERYBODY, "Everybody", "All people of the take", 0)]
    found += [_person_item(actor) for actor in takes.actors(collection_of(item))]
    return _items.setdefault(repr(found), found)


def _other_items(item: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str, int]]:
    found = [_person_item(actor) for actor in takes.actors(collection_of(item))]
    return _items.setdefault(repr(found), found)


def _take_items(item: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str, int]]:
    others = [take for take in links.take_collections() if take != item.id_data]
    found = [("NONE", "Choose a take", "", 0)]
    found += [(take[links.TAKE_ID], take.name, "A take of this file", _number(take[links.TAKE_ID])) for take in others]
    return _items.setdefault(repr(found), found)


def _stitched_person_items(item: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str, int]]:
    take = next((t for t in links.take_collections() if t[links.TAKE_ID] == item.stitch_take), None)
    found = [_person_item(actor) for actor in takes.actors(take)] if take is not None else []
    found = found or [("1", "Person 1", "", _number("1"))]
    return _items.setdefault(repr(found), found)


def _person_item(actor: bpy.types.Object) -> tuple[str, str, str, int]:
    person = str(actor[takes.PERSON_ID])
    return person, actor.name, f"Person {person} of the take", _number(person)


def _number(name: str) -> int:
    """The same number for the same name in every session: Blender stores an enumeration's number."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


class UnderstudyEdit(PropertyGroup):
    """One edit. Values of a kind are called ``KIND_VALUE``; they are added below from core/edit."""

    kind: EnumProperty(items=_KIND_ITEMS)
    enabled: BoolProperty(name="On", description="Whether this step counts", default=True, update=_changed)
    person: EnumProperty(name="Person", description="Whom this step is for", items=_person_items, update=_changed)
    use_range: BoolProperty(
        name="Range", description="Only between these frames; off is the whole take", update=_changed
    )
    start: IntProperty(name="Start", description="First frame of the range", default=1, update=_changed)
    end: IntProperty(name="End", description="Last frame of the range", default=100, update=_changed)


_DYNAMIC = {
    ("swap_people", "other"): _other_items,
    ("stitch", "take"): _take_items,
    ("stitch", "other"): _stitched_person_items,
}
for _kind in KINDS:
    for _entry, _text in value_fields(_kind):
        if (_kind, _entry.name) in _DYNAMIC:
            _property = EnumProperty(
                name=_text.name, description=_text.tip, items=_DYNAMIC[_kind, _entry.name], update=_changed
            )
        else:
            _property = value_property(_entry, _text, update=_changed)
        UnderstudyEdit.__annotations__[f"{_kind}_{_entry.name}"] = _property


def _before_changed(settings: "UnderstudyTakeSettings", context: bpy.types.Context) -> None:
    with contextlib.suppress(UnderstudyError):
        cleanup.request(collection_of(settings))


def _confidence_changed(settings: "UnderstudyTakeSettings", context: bpy.types.Context) -> None:
    confidence.refresh(collection_of(settings))


class UnderstudyCorrection(PropertyGroup):
    """Something that was said of one frame and waits to be solved; frames are the take's, ``shown`` is the scene's."""

    what: EnumProperty(
        items=(
            ("POSED", "Posed", "A joint's rotation to its parent, axis-angle"),
            ("PINNED", "Placed", "Where a joint is, in the take's world"),
            ("POINT", "Point", "Where a landmark is in the footage, pixels"),
        )
    )
    person: StringProperty()
    frame: IntProperty()
    shown: IntProperty()
    joint: StringProperty()
    value: FloatVectorProperty(size=3, precision=6)


class UnderstudyTakeSettings(PropertyGroup):
    """What the add-on keeps with a take's collection."""

    edits: CollectionProperty(type=UnderstudyEdit)
    active_edit: IntProperty(name="Step", description="The step whose values are shown")
    corrections: CollectionProperty(type=UnderstudyCorrection)
    reach_s: FloatProperty(
        name="Blend",
        description="How long before the first and after the last corrected frame the motion may change",
        subtype="TIME_ABSOLUTE",
        min=0.1,
        soft_max=2.0,
        max=10.0,
        default=0.5,
    )
    show_before: BoolProperty(
        name="Before",
        description="Play the take as it was captured, without the clean-up",
        update=_before_changed,
    )
    problem: IntProperty(
        name="Problem", description="Which problem is looked at, −1 before the first", default=-1, min=-1
    )
    problems_by_time: BoolProperty(
        name="In order of time", description="Visit problems as they come; off is the worst first"
    )
    show_confidence: BoolProperty(
        name="Colour bones by confidence",
        description="Red bones are guessed, yellow ones unclear, blue ones certain",
        update=_confidence_changed,
    )
    rating: IntProperty(name="Rating", description="How good the take is, 0 to 5 stars", min=0, max=5)
    notes: StringProperty(name="Notes", description="What to remember about this take")


def collection_of(settings: PropertyGroup) -> bpy.types.Collection:
    """The take's collection that settings, or an item of theirs, belong to."""
    owner: Any = settings.id_data
    return owner


def settings_of(take: bpy.types.Collection) -> UnderstudyTakeSettings:
    return getattr(take, TAKE_PROPERTY)


def edit_of(take: bpy.types.Collection, item: UnderstudyEdit) -> Edit:
    """The edit that an item shows. Raises BadInputError where its values do not go together."""
    values: dict[str, Any] = {"enabled": item.enabled, "person": "" if item.person in ("", EVERYBODY) else item.person}
    if item.use_range:
        values["start"] = round(takes.seconds_at(take, item.start), 6)
        values["end"] = round(takes.seconds_at(take, item.end), 6)
    for entry, _ in value_fields(item.kind):
        value = getattr(item, f"{item.kind}_{entry.name}")
        values[entry.name] = "" if value == "NONE" else plain(entry, value)
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
    for entry, text in value_fields(edit.kind):
        value, name = getattr(edit, entry.name), f"{edit.kind}_{entry.name}"
        if (edit.kind, entry.name) in _DYNAMIC:
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


def store(take: bpy.types.Collection) -> None:
    """Writes the items as JSON and has the curves computed anew; values that do not go together are told instead."""
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
    return parse(take.get(links.EDITS, links.NO_EDITS))


@persistent
def _opened(*_: Any) -> None:
    """A file may come from somewhere without the add-on, with another list than the panel remembers."""
    for take in links.take_collections():
        with contextlib.suppress(BadInputError):
            shown = [edit_of(take, item) for item in settings_of(take).edits]
            if dump_edits(shown) != dump_edits(read(take)):
                follow(take)


CLASSES = (UnderstudyEdit, UnderstudyCorrection, UnderstudyTakeSettings)


def register() -> None:
    setattr(bpy.types.Collection, TAKE_PROPERTY, PointerProperty(type=UnderstudyTakeSettings))
    bpy.app.handlers.load_post.append(_opened)


def unregister() -> None:
    bpy.app.handlers.load_post.remove(_opened)
    delattr(bpy.types.Collection, TAKE_PROPERTY)
    _items.clear()
