"""What the user chooses for a retarget, kept with the scene, and the bones mapped, kept with the armature object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import Context, PropertyGroup

from .declarations import BONES_EXTRAS_PROPERTY, BONES_INDEX_PROPERTY, BONES_PROPERTY, RETARGET_PROPERTY

if TYPE_CHECKING:
    from ..retarget.solve.settings import RetargetSettings

_ROOT_MOTIONS = (
    ("hips", "Hips", "The hips carry the way over the floor"),
    ("root", "Root bone", "The root bone carries the way and the heading, as engines want it for root motion"),
    ("object", "Object", "The armature object carries the way and the heading"),
    ("in_place", "In place", "The character stays where it is and faces one way"),
)
_TRAVELS = (
    ("scaled", "In proportion", "Longer legs make longer ways: steps look the same"),
    ("world", "As far", "Ways over the floor stay as long as they were, for marks and props"),
)


class UnderstudyBoneSlot(PropertyGroup):
    """One part of a person, called ``name``, and the bone that stands for it."""

    bone: StringProperty(name="Bone", description="The bone of this rig; empty where it has none")
    confidence: FloatProperty(name="Confidence", min=0.0, max=1.0, default=1.0)


class UnderstudyRetargetSettings(PropertyGroup):
    """Settings of the next retarget."""

    # Without a poll of armatures: Blender 4.2 as a module breaks at its exit over one.
    source: PointerProperty(
        name="Source", description="The armature whose motion is carried over", type=bpy.types.Object
    )
    all_actors: BoolProperty(
        name="All actors",
        description="Carry over the motion of every captured actor in the scene, one action each",
        default=False,
    )
    root_motion: EnumProperty(
        name="Root motion", description="What carries the way over the floor", items=_ROOT_MOTIONS, default="hips"
    )
    travel: EnumProperty(name="Ways", description="How far the character goes", items=_TRAVELS, default="scaled")
    plant_feet: BoolProperty(
        name="Plant feet", description="Feet that stand stay where they stand, whatever the legs measure", default=True
    )
    hold_hands: BoolProperty(
        name="Hold hands", description="Palms that rest on something, and hands that touch, keep doing so", default=True
    )
    live: BoolProperty(
        name="Keep live",
        description="Rigs with controls follow a hidden guide until they are baked, so the retarget can be made again",
        default=False,
    )


CLASSES = (UnderstudyBoneSlot, UnderstudyRetargetSettings)


def retarget_settings(context: Context) -> UnderstudyRetargetSettings:
    return getattr(context.scene, RETARGET_PROPERTY)


def solve_settings(chosen: UnderstudyRetargetSettings) -> RetargetSettings:
    """The chosen settings as the solve takes them."""
    from ..retarget.solve.settings import RetargetSettings

    return RetargetSettings(chosen.root_motion, chosen.travel, chosen.plant_feet, chosen.hold_hands)


def register() -> None:
    setattr(bpy.types.Scene, RETARGET_PROPERTY, PointerProperty(type=UnderstudyRetargetSettings))
    setattr(bpy.types.Object, BONES_PROPERTY, CollectionProperty(type=UnderstudyBoneSlot))
    setattr(bpy.types.Object, BONES_INDEX_PROPERTY, IntProperty())
    setattr(bpy.types.Object, BONES_EXTRAS_PROPERTY, StringProperty())


def unregister() -> None:
    for name in (BONES_EXTRAS_PROPERTY, BONES_INDEX_PROPERTY, BONES_PROPERTY):
        delattr(bpy.types.Object, name)
    delattr(bpy.types.Scene, RETARGET_PROPERTY)
