"""What the panel shows of a take's list of edits, and what else is kept with a take, as Blender properties."""

import contextlib
import zlib
from typing import Any

import bpy
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

from ..core.errors import UnderstudyError
from . import cleanup
from .declarations import TAKE_PROPERTY
from .edit_properties import value_property
from .edit_texts import TEXTS
from .scene import confidence, links, takes

EVERYBODY = "ALL"
_KIND_ITEMS = tuple((kind, text.label, text.tip) for kind, text in TEXTS.items())
# Blender reads the strings of dynamic items after the callback has returned.
_items: dict[str, list[tuple[str, str, str, int]]] = {}


def _changed(item: "UnderstudyEdit", context: bpy.types.Context) -> None:
    from . import edit_list

    # What is wrong is shown beside the step; a property's update has nobody to report to.
    with contextlib.suppress(UnderstudyError):
        edit_list.changed(collection_of(item))


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


# Values whose choices are the people and takes of the file.
DYNAMIC = {
    ("swap_people", "other"): _other_items,
    ("stitch", "take"): _take_items,
    ("stitch", "other"): _stitched_person_items,
}
for _kind, _about in TEXTS.items():
    for _name, _text in _about.fields.items():
        if (_kind, _name) in DYNAMIC:
            _property = EnumProperty(
                name=_text.name, description=_text.tip, items=DYNAMIC[_kind, _name], update=_changed
            )
        else:
            _property = value_property(_name, _text, update=_changed)
        UnderstudyEdit.__annotations__[f"{_kind}_{_name}"] = _property


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


CLASSES = (UnderstudyEdit, UnderstudyCorrection, UnderstudyTakeSettings)


def register() -> None:
    setattr(bpy.types.Collection, TAKE_PROPERTY, PointerProperty(type=UnderstudyTakeSettings))


def unregister() -> None:
    delattr(bpy.types.Collection, TAKE_PROPERTY)
    _items.clear()
