"""What the user chooses for a capture, kept with the scene."""

import math

import bpy
from bpy.props import (
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import PropertyGroup

from . import actors, footage, lenses
from .declarations import QUEUE_INDEX_PROPERTY, QUEUE_PROPERTY, SCENE_PROPERTY

LENS_ITEMS = (
    ("AUTO", "From the file", "From the video's metadata; without any, what the footage shows, else 55° as of a phone"),
    *((lens.identifier, lens.label, lens.description) for lens in lenses.LENSES),
    ("FOV", "Field of view", "The angle along the longer side of the image"),
    ("FOCAL", "Focal length", "In pixels of the upright, full-size image"),
)
QUALITY_ITEMS = (
    ("BEST", "Best", "Body and both hands with fingers, every frame"),
    ("BODY", "Body only", "Every frame, without fingers: somewhat faster"),
    ("DRAFT", "Draft", "Every second frame, without fingers: about twice as fast, for blocking and for choosing takes"),
)
TIMING_ITEMS = (
    ("TAKE", "From the take", "Set the scene's frame rate and range to those of the footage"),
    ("SCENE", "Keep the scene's", "Leave frame rate and range alone; keys are placed at the right times"),
)
_PERCENT = 100.0


def _share(seconds: float, choices: "UnderstudyCaptureSettings") -> float:
    duration = footage.duration_of(choices)
    return _PERCENT * min(1.0, seconds / duration) if duration else 0.0


def _get_in(choices: "UnderstudyCaptureSettings") -> float:
    return _share(choices.start, choices)


def _set_in(choices: "UnderstudyCaptureSettings", value: float) -> None:
    duration = footage.duration_of(choices)
    last = choices.end or duration
    # A frame is always left.
    choices.start = max(0.0, min(value / _PERCENT * duration, last - footage.frame_of(choices)))


def _get_out(choices: "UnderstudyCaptureSettings") -> float:
    return _share(choices.end, choices) if choices.end else _PERCENT


def _set_out(choices: "UnderstudyCaptureSettings", value: float) -> None:
    duration = footage.duration_of(choices)
    end = max(value / _PERCENT * duration, choices.start + footage.frame_of(choices))
    choices.end = 0.0 if end >= duration else end


def _footage_changed(choices: "UnderstudyCaptureSettings", context: bpy.types.Context) -> None:
    choices.picks.clear()
    choices.start = choices.end = choices.moment = 0.0
    footage.choose(choices.footage)


def _trimmed(choices: "UnderstudyCaptureSettings", context: bpy.types.Context) -> None:
    footage.show_ends(choices)


class UnderstudyPick(PropertyGroup):
    """A person who was clicked in the footage."""

    seconds: FloatProperty(name="Time", description="Seconds into the video at which the person was chosen", min=0.0)
    box: FloatVectorProperty(
        name="Box", description="Left, top, right, bottom in pixels of the upright, full-size image", size=4
    )


class UnderstudyQueueItem(PropertyGroup):
    """A row of the queue; what it stands for is in addon/capture_queue.py."""

    uid: IntProperty(name="Number", description="The job's number in this session")


class UnderstudyCaptureSettings(PropertyGroup):
    """Settings of the next capture."""

    footage: StringProperty(
        name="Footage",
        description="The video, or the folder of pictures, to trim and to choose people in before it is captured",
        subtype="FILE_PATH",
        update=_footage_changed,
    )
    start: FloatProperty(
        name="Start",
        description="Where in the video to begin",
        subtype="TIME_ABSOLUTE",
        min=0.0,
        default=0.0,
        update=_trimmed,
    )
    end: FloatProperty(
        name="End",
        description="Where in the video to stop; 0 is the end of the video",
        subtype="TIME_ABSOLUTE",
        min=0.0,
        default=0.0,
        update=_trimmed,
    )
    trim_in: FloatProperty(
        name="In point",
        description="Where to begin, as a share of the video; its picture is shown below",
        subtype="PERCENTAGE",
        precision=0,
        min=0.0,
        max=_PERCENT,
        get=_get_in,
        set=_set_in,
    )
    trim_out: FloatProperty(
        name="Out point",
        description="Where to stop, as a share of the video; its picture is shown below",
        subtype="PERCENTAGE",
        precision=0,
        min=0.0,
        max=_PERCENT,
        get=_get_out,
        set=_set_out,
    )
    moment: FloatProperty(
        name="Moment",
        description="Seconds into the video of the picture in which people are chosen",
        subtype="TIME_ABSOLUTE",
        min=0.0,
        default=0.0,
    )
    picks: CollectionProperty(type=UnderstudyPick)
    height: FloatProperty(
        name="Height (m)",
        description="Height of the people in metres; it sets the scale of the take",
        min=0.3,
        max=2.6,
        soft_min=1.0,
        soft_max=2.2,
        default=1.70,
    )
    actor: EnumProperty(
        name="Actor",
        description="Who is captured, if it is somebody whose profile was saved from a take: height and bone lengths "
        "are kept. Of several people, it is the one who appears first, or who is furthest left",
        items=actors.items,
    )
    quality: EnumProperty(
        name="Quality", description="How much is measured, and how fast", items=QUALITY_ITEMS, default="BEST"
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
    folder: StringProperty(
        name="Takes folder",
        description="Where takes and recordings are written; empty is beside the video",
        subtype="DIR_PATH",
    )
    camera: StringProperty(
        name="Camera",
        description="The number of a camera of this machine, the first being 0, or the address of a network camera",
        default="0",
    )


def capture_settings(context: bpy.types.Context) -> UnderstudyCaptureSettings:
    return getattr(context.scene, SCENE_PROPERTY)


CLASSES = (UnderstudyPick, UnderstudyQueueItem, UnderstudyCaptureSettings)


def register() -> None:
    setattr(bpy.types.Scene, SCENE_PROPERTY, PointerProperty(type=UnderstudyCaptureSettings))
    setattr(bpy.types.WindowManager, QUEUE_PROPERTY, CollectionProperty(type=UnderstudyQueueItem))
    row = IntProperty(name="Capture", description="The capture whose details are shown")
    setattr(bpy.types.WindowManager, QUEUE_INDEX_PROPERTY, row)


def unregister() -> None:
    for owner, name in (
        (bpy.types.WindowManager, QUEUE_INDEX_PROPERTY),
        (bpy.types.WindowManager, QUEUE_PROPERTY),
        (bpy.types.Scene, SCENE_PROPERTY),
    ):
        delattr(owner, name)
