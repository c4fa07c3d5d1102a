"""The one place that knows how Blender 4.2 to 5.x differ.

Actions have slots, layers and channel bags from 4.4 on; ``Action.fcurves`` is gone in 5.0. The sequencer's
``sequences`` became ``strips`` in 4.4. Bones lost ``select`` to pose bones in 5.0. Rotation marks of videos are obeyed
from 4.4 on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HAS_SLOTS = hasattr(bpy.types, "ActionSlot")
# Older versions show a phone's upright video lying on its side.
READS_VIDEO_ROTATION = bpy.app.version >= (4, 4)
_HANDLE_FREE = 0
_INTERPOLATION = {"CONSTANT": 0, "BEZIER": 2, "LINEAR": 1}


def new_action(name: str, owner: bpy.types.ID) -> bpy.types.Action:
    """A new action played by ``owner``; where actions have slots it gets one, for the owner's type."""
    action = spare_action(name, owner)
    assign_action(owner, action)
    return action


def spare_action(name: str, owner: bpy.types.ID) -> bpy.types.Action:
    """A new action that nobody plays yet; where actions have slots it gets one, for the owner's type."""
    action = bpy.data.actions.new(name)
    if HAS_SLOTS:
        action.slots.new(id_type=owner.id_type, name=owner.name)
    return action


def assign_action(owner: bpy.types.ID, action: bpy.types.Action) -> None:
    """Lets ``owner`` play ``action``, through the action's first slot (made where it has none)."""
    animation = owner.animation_data or owner.animation_data_create()
    animation.action = action
    if HAS_SLOTS:
        slots = action.slots
        animation.action_slot = slots[0] if len(slots) else slots.new(id_type=owner.id_type, name=owner.name)


def use_first_slot(strip: bpy.types.NlaStrip) -> None:
    """Lets a strip play its action's first slot; not every version chooses one by itself."""
    if HAS_SLOTS and strip.action is not None and len(strip.action.slots):
        strip.action_slot = strip.action.slots[0]


def curves(action: bpy.types.Action) -> Any:
    """The F-Curve collection of the action's first slot, made where it is missing."""
    return action.fcurves if not HAS_SLOTS else _channelbag(action).fcurves


def add_curve(action: bpy.types.Action, data_path: str, index: int, group: str) -> bpy.types.FCurve:
    """A new, empty F-Curve in the channel group ``group``."""
    if not HAS_SLOTS:
        return action.fcurves.new(data_path, index=index, action_group=group)
    bag = _channelbag(action)
    curve = bag.fcurves.new(data_path, index=index)
    curve.group = bag.groups.get(group) or bag.groups.new(group)
    return curve


def write_keys(
    curve: bpy.types.FCurve,
    frames: NDArray[np.floating],
    values: NDArray[np.floating],
    interpolation: str = "LINEAR",
) -> None:
    """Fills an empty F-Curve with keys at ``frames`` (N,), increasing, of ``values`` (N,), in bulk."""
    import numpy as np

    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).ravel())
    # The enumeration is one byte in memory: an array of bytes takes Blender's fast path, ten times the speed of int32.
    points.foreach_set("interpolation", np.full(len(frames), _INTERPOLATION[interpolation], np.uint8))
    curve.update()


def rewrite_keys(
    curve: bpy.types.FCurve,
    frames: NDArray[np.floating],
    values: NDArray[np.floating],
    slopes: NDArray[np.floating] | None = None,
    interpolation: str = "LINEAR",
) -> None:
    """Gives an F-Curve these keys (N,) and no others, in bulk; unchanged places are kept, which is quicker.

    ``slopes`` (N,), change per frame, makes it a Bezier curve with handles along them.
    """
    import numpy as np

    points = curve.keyframe_points
    wanted = "BEZIER" if slopes is not None else interpolation
    if len(points) != len(frames) or not len(points) or points[0].interpolation != wanted:
        points.clear()
        write_keys(curve, frames, values, wanted)
    else:
        points.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).ravel())
    if slopes is not None:
        free = np.full(len(frames), _HANDLE_FREE, np.uint8)
        # A third of the way to the neighbour: the Bezier curve is then the cubic with these slopes.
        for side, step in (
            ("left", -np.diff(frames, prepend=frames[0] - 3)),
            ("right", np.diff(frames, append=frames[-1] + 3)),
        ):
            points.foreach_set(f"handle_{side}_type", free)
            ends = np.stack([frames + step / 3, values + slopes * step / 3], axis=1)
            points.foreach_set(f"handle_{side}", ends.astype(np.float32).ravel())
    curve.update()


def find_curve(action: bpy.types.Action, data_path: str, index: int = 0) -> bpy.types.FCurve | None:
    """An F-Curve of the action's first slot, or None."""
    return curves(action).find(data_path, index=index)


def read_keys(curve: bpy.types.FCurve) -> NDArray[np.float32]:
    """All keys of an F-Curve as (N, 2): frame, value."""
    import numpy as np

    keys = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", keys)
    return keys.reshape(-1, 2)


def shift_keys(action: bpy.types.Action, frames: float) -> None:
    """Moves all keys of an action, with their handles, by ``frames``."""
    import numpy as np

    for curve in curves(action):
        points = curve.keyframe_points
        for attribute in ("co", "handle_left", "handle_right"):
            values = np.empty(2 * len(points), np.float32)
            points.foreach_get(attribute, values)
            values[::2] += frames
            points.foreach_set(attribute, values)
        curve.update()


def strips(scene: bpy.types.Scene) -> Any:
    """The scene's sequencer strips, the sequencer made where it is missing."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def select_bone(armature: bpy.types.Object, name: str, selected: bool = True) -> None:
    """Selects a bone in pose mode."""
    pose_bone = armature.pose.bones[name]
    if hasattr(pose_bone, "select"):
        pose_bone.select = selected
    else:
        armature.data.bones[name].select = selected


def remove_strip(scene: bpy.types.Scene, strip: Any) -> None:
    """Takes a strip, and its sound where nothing else uses it, out of the sequencer."""
    sound = getattr(strip, "sound", None)
    strips(scene).remove(strip)
    if sound is not None and not sound.users:
        bpy.data.sounds.remove(sound)


def nodes(material: bpy.types.Material) -> Any:
    """A material's shader nodes; from 5.0 on every material has them and ``use_nodes`` is deprecated."""
    if material.node_tree is None:
        material.use_nodes = True
    return material.node_tree.nodes


def _channelbag(action: bpy.types.Action) -> Any:
    """Channel bag of the action's first slot on its first layer's first strip, each made where it is missing."""
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(action.slots[0], ensure=True)
