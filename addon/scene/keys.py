"""The action of one actor: bone rotations, root motion, confidence and contacts, keyed in bulk."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from ...core.skeleton import CONTACT_POINTS, SMPLH_JOINTS
from ...core.take import Take, TakePerson
from ...core.timebase import Timing
from .. import compat
from .motion import bone_rotations, joint_rotations, root_locations
from .names import ACTION, CONFIDENCE, CONTACTS, HAND_SCORES, MEASUREMENT, PRESENT
from .rest import RestPose
from .rig import rest_rotations


def key_actor(
    armature: bpy.types.Object, take: Take, person: TakePerson, rest: RestPose, pelvis: np.ndarray, timing: Timing
) -> Iterator[int]:
    """Keys the armature with a person's motion; yields the number of bones done after each, and 53 at the end.

    ``pelvis`` (3,) is the body's first joint in template axes. One action is made, with one slot where actions have
    slots.
    """
    action = compat.new_action(armature.name, armature)
    armature[ACTION] = action
    rotations = rest_rotations(armature)
    columns = [take.joint_names.index(name) for name in SMPLH_JOINTS]
    location = root_locations(person.smpl.transl, pelvis, rest.heads[0], rotations[0], timing)
    _key_vector(action, f'pose.bones["{SMPLH_JOINTS[0]}"].location', SMPLH_JOINTS[0], timing, location)
    for j, name in enumerate(SMPLH_JOINTS):
        path = f'pose.bones["{name}"]'
        quaternions = bone_rotations(joint_rotations(person.smpl, j), rotations[j], j == 0, timing)
        _key_vector(action, f"{path}.rotation_quaternion", name, timing, quaternions)
        _declare(
            armature.pose.bones[name], CONFIDENCE, "Estimated probability that this joint is within 50 mm of the truth"
        )
        _key_property(action, f'{path}["{CONFIDENCE}"]', name, timing, person.joints_confidence[:, columns[j]])
        yield j + 1
    for c, key in enumerate(CONTACTS):
        _declare(armature, key, f"Probability that the {CONTACT_POINTS[c].replace('_', ' ')} rests on something")
        _key_property(action, f'["{key}"]', MEASUREMENT, timing, person.contacts[:, c])
    for key, hand in zip(HAND_SCORES, (person.left_hand, person.right_hand), strict=True):
        _declare(armature, key, "Probability that this hand was seen")
        _key_property(action, f'["{key}"]', MEASUREMENT, timing, hand.score)
    _declare(armature, PRESENT, "1 where the person was measured in this frame")
    compat.write_keys(
        compat.add_curve(action, f'["{PRESENT}"]', 0, MEASUREMENT),
        timing.frames,
        timing.nearest(person.present).astype(np.float64),
        "CONSTANT",
    )
    yield len(SMPLH_JOINTS) + 1


def _key_vector(action: bpy.types.Action, path: str, group: str, timing: Timing, values: np.ndarray) -> None:
    for index in range(values.shape[1]):
        compat.write_keys(compat.add_curve(action, path, index, group), timing.frames, values[:, index])


def _key_property(action: bpy.types.Action, path: str, group: str, timing: Timing, values: np.ndarray) -> None:
    finite = np.nan_to_num(np.asarray(values, np.float64), nan=0.0)
    compat.write_keys(compat.add_curve(action, path, 0, group), timing.frames, timing.points(finite))


def _declare(owner: bpy.types.Object | bpy.types.PoseBone, key: str, description: str) -> None:
    owner[key] = 0.0
    owner.id_properties_ui(key).update(min=0.0, max=1.0, description=description)
