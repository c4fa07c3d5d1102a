"""What the user chooses for a capture, kept with the scene."""

import math

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import PropertyGroup

from .declarations import SCENE_PROPERTY

LENS_ITEMS = (
    ("AUTO", "Automatic", "From the video's metadata; without any, a usual phone lens of 55°"),
    ("FOV", "Field of view", "The angle along the longer side of the image"),
    ("FOCAL", "Focal length", "In pixels of the upright, full-size image"),
)
TIMING_ITEMS = (
    ("TAKE", "From the take", "Set the scene's frame rate and range to those of the footage"),
    ("SCENE", "Keep the scene's", "Leave frame rate and range alone; keys are placed at the right times"),
)


class UnderstudyCaptureSettings(PropertyGroup):
    """Settings of the next capture."""

    start: FloatProperty(
        name="Start", description="Where in the video to begin", subtype="TIME_ABSOLUTE", min=0.0, default=0.0
    )
    end: FloatProperty(
        name="End",
        description="Where in the video to stop; 0 is the end of the video",
        subtype="TIME_ABSOLUTE",
        min=0.0,
        default=0.0,
    )
    height: FloatProperty(
        name="Height (m)",
        description="Height of the people in metres; it sets the scale of the take",
        min=0.3,
        max=2.6,
        soft_min=1.0,
        soft_max=2.2,
        default=1.70,
    )
    lens: EnumProperty(name="Lens", description="How wide the camera saw", items=LENS_ITEMS, default="AUTO")
    fov: FloatProperty(
        name="Angle",
        description="Field of view along the longer side of the image",
        subtype="ANGLE",
        min=math.radians(5.0),
        max=math.radians(170.0),
        default=math.radians(55.0),
    )
    focal: FloatProperty(
        name="Focal",
        description="Focal length in pixels of the upright, full-size image",
        subtype="PIXEL",
        min=10.0,
        soft_max=10000.0,
        default=1500.0,
    )
    people: IntProperty(
        name="People",
        description="How many people to keep, the most prominent first; 0 keeps everyone",
        min=0,
        soft_max=10,
        default=0,
    )
    hands: BoolProperty(name="Hands", description="Capture both hands of everyone, with fingers", default=True)
    folder: StringProperty(
        name="Takes folder",
        description="Where takes are written; empty is beside the video",
        subtype="DIR_PATH",
    )


def capture_settings(context: bpy.types.Context) -> UnderstudyCaptureSettings:
    return getattr(context.scene, SCENE_PROPERTY)


def register() -> None:
    setattr(bpy.types.Scene, SCENE_PROPERTY, PointerProperty(type=UnderstudyCaptureSettings))


def unregister() -> None:
    delattr(bpy.types.Scene, SCENE_PROPERTY)
