"""One actor: armature, skins and action of a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...core.body.choice import body_of, chosen_hand
from ...core.body.numpy_model import BodyModel
from ...core.skeleton import HAND_JOINTS, JOINT_INDEX, SMPLH_JOINTS
from ...core.take import Take, TakePerson
from ...core.timebase import Timing
from .keys import key_actor
from .rest import rest_pose
from .rig import build_armature
from .skin import build_skin

SIDES = ("left", "right")


@dataclass(frozen=True)
class Bodies:
    """The bodies that a take's parameters drive: SMPL-H, and MANO's left and right hand."""

    body: BodyModel
    hands: tuple[BodyModel, BodyModel]


def bodies_of(take: Take, hands: tuple[Path | None, Path | None] = (None, None)) -> Bodies:
    """The body that the take was solved on, and the hands (left, right) of own MANO files, None for the free ones.

    Raises BadInputError where the body's file is gone, or a file is no hand of its side.
    """
    left, right = (chosen_hand(side, file) for side, file in zip(SIDES, hands, strict=True))
    return Bodies(body_of(take.settings), (left, right))


def build_actor(
    take: Take, person: TakePerson, name: str, timing: Timing, bodies: Bodies, collection: bpy.types.Collection
) -> Iterator[tuple[bpy.types.Object, int, int]]:
    """An armature with skins and one action; yields it with the work done and in all, the bare armature first.

    The separate hands are hidden: the body has its own.
    """
    body = bodies.body
    betas = np.nan_to_num(np.asarray(person.smpl.betas, np.float64))
    joints = body.joints(betas)
    vertices = np.asarray(body.shaped(betas), np.float64)
    rest = rest_pose(joints, vertices, vertices[body.extras])
    armature = build_armature(name, rest, collection)
    armature["person_id"] = person.id
    done, total = 0, 2 * (len(SMPLH_JOINTS) + 1) + 2 * (len(HAND_JOINTS) + 2)
    yield armature, done, total
    skins = [build_skin(f"{armature.name} body", armature, collection, rest.place(vertices), body)]
    for side, hand, motion in zip(SIDES, bodies.hands, (person.left_hand, person.right_hand), strict=True):
        names = (f"{side}_wrist", *(f"{side}_{joint}" for joint in HAND_JOINTS))
        placed = rest.place(fitted_hand(hand, np.nan_to_num(motion.betas), joints[[JOINT_INDEX[n] for n in names]]))
        label = f"{armature.name} {side} hand"
        skins.append(build_skin(label, armature, collection, placed, hand, names))
    for index, skin in enumerate(skins):
        for mesh in skin:
            mesh.hide_viewport = mesh.hide_render = index > 0
            done += 1
            yield armature, done, total
    for _ in key_actor(armature, take, person, rest, joints[0], timing):
        done += 1
        yield armature, done, total


def fitted_hand(hand: BodyModel, betas: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """The hand's template (V, 3) moved onto the body's wrist and fingers ``joints`` (16, 3), each part by its weights.

    Hand and body have shapes of their own; skinned to the body's bones the hand must lie around these.
    """
    moves = joints - hand.joints(betas)
    return hand.shaped(betas) + np.asarray(hand.weights, np.float64) @ moves
