"""Footage and take files that moved, found again."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ...core import take_file as takes_file
from ...core.body.choice import body_of
from ...core.errors import BadInputError
from ...core.skeleton import JOINT_INDEX, SMPLH_JOINTS
from ...core.take import Take
from ...core.timebase import is_constant_rate
from .. import compat
from . import footage as footages
from . import library, links, takes
from .rekey import SCALE

# Bones of a new solve may differ by rounding; more is another body.
_SAME_BONE_M = 0.002


def footage(take: bpy.types.Collection, source: Take, path: Path, camera: int) -> list[str]:
    """Puts the video or image folder ``path`` behind a camera of the take; returns lines for the user.

    Raises BadInputError for a file or a camera that is not there.
    """
    found = takes.cameras(take)
    if camera >= len(found):
        raise BadInputError(f"the take has {len(found)} cameras.", "They count from 0.")
    if not path.exists():
        raise BadInputError(f"There is nothing at {path}.", "Choose the footage of this take.")
    scene, fps = takes.scene_of(take), takes.rate(take)
    if not footages.matches_rate(source, fps):
        raise BadInputError("The scene has another frame rate than the footage.", "Set the scene's rate to the take's.")
    warnings = _doubts(source, path, camera)
    file = links.take_file(take)
    skip = footages.first_frame(source, path, file, camera)
    described = source.sources[camera] if camera < len(source.sources) else {}
    start = takes.frame_start(take)
    clip = footages.load_clip(path)  # before anything is taken away
    data = found[camera].data
    old = {background.clip for background in data.background_images if background.clip is not None}
    for background in data.background_images:
        background.clip = None  # clear() alone would go on counting the camera as a user
    data.background_images.clear()
    footages.add_background(found[camera], clip, start, skip, int(described.get("rotation", 0)))
    for other in old:
        if not other.users:
            bpy.data.movieclips.remove(other)
    if camera == 0:
        sound = library.sound_of(take)
        if sound is not None:
            compat.remove_strip(scene, sound)
        added = footages.add_sound(scene, path, start, skip)
        take[links.SOUND] = added.name if added is not None else ""
    return warnings


def take_file(take: bpy.types.Collection, path: Path) -> None:
    """Lets a collection belong to the take file at ``path``. Raises BadInputError where that is another take."""
    found = takes_file.load(path)
    if found.take_id != take[links.TAKE_ID]:
        raise BadInputError(f"{path.name} is another take.", "Import it as a take of its own.")
    check_people(take, found)
    take[links.TAKE_PATH] = links.relative(path, links.blend_folder())


def check_people(take: bpy.types.Collection, source: Take) -> None:
    """Raises BadInputError where the actors are not the people of a take file: others, or with other bodies."""
    body = body_of(source.settings)
    for actor in takes.actors(take):
        person = next((p for p in source.people if p.id == str(actor[takes.PERSON_ID])), None)
        if person is None:
            raise BadInputError(f"{actor.name} is not in the file any more.", "Import the take anew.")
        joints = body.joints(np.nan_to_num(np.asarray(person.smpl.betas, np.float64)))
        for name in ("left_knee", "right_elbow", "spine2"):
            index = JOINT_INDEX[name]
            bone = actor.data.bones[name]
            parent = actor.data.bones[SMPLH_JOINTS[body.parents[index]]]
            length = float(np.linalg.norm(joints[index] - joints[body.parents[index]])) * float(actor.get(SCALE, 1.0))
            if abs((bone.head_local - parent.head_local).length - length) > _SAME_BONE_M:
                raise BadInputError(f"{actor.name} has another body in the file.", "Import the take anew.")


def _doubts(source: Take, path: Path, camera: int) -> list[str]:
    if not is_constant_rate(source.timestamps, source.fps_nominal):
        return ["The footage has a variable frame rate: its picture may run ahead or behind"]
    if camera >= len(source.sources) or not path.is_file():
        return []
    name = Path(source.sources[camera]["path"]).name
    return [] if name == path.name else [f"The take was captured from {name}; this is {path.name}"]
