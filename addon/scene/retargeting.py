"""One armature's motion on another: reads both, solves, writes keys."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import bpy

from ...core.errors import BadInputError
from ...retarget.mapping import BoneMap
from ...retarget.matching.guess import map_rig
from ...retarget.motion import RigMotion
from ...retarget.solve.controls import only_controls, person_in
from ...retarget.solve.retarget import retarget
from ...retarget.solve.settings import RetargetSettings
from ..slices import apart
from . import controls
from .baking import bake_steps
from .bone_keys import key_motion_steps
from .poses import action_range, read_motion_steps
from .rigs import ArmatureRig, check_editable, held_bones, read_rig


@dataclass(frozen=True)
class Done:
    """``action`` on the target, or on its guide where that moves it live; ``warnings`` are lines for the user."""

    action: bpy.types.Action
    warnings: tuple[str, ...] = ()


def transfer_steps(
    source: bpy.types.Object,
    source_map: BoneMap | None,
    target: bpy.types.Object,
    target_map: BoneMap,
    scene: bpy.types.Scene,
    settings: RetargetSettings | None = None,
    live: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Generator[None, None, Done]:
    """What ``source`` plays, performed by ``target``; a source without a map is mapped by its structure and names.

    In short pieces of work; closed before the end, the target plays what it played. Ordinary bones get keys. A rig with
    controls gets these moved: live by a guide that stays, or baked to keys, of whose frames ``progress(done, total)``
    tells. Raises BadInputError where one of the two is no rig, or the map does not fit.
    """
    if source == target:
        raise BadInputError(f"{source.name} is both source and target.", "Choose another armature as the source.")
    check_editable(target)
    settings = settings or RetargetSettings()
    first, last = action_range(source)
    origin = read_rig(source)
    bone_map = source_map or map_rig(origin.rig)
    if bone_map.controls:
        bone_map = _bones_only(bone_map)
    yield
    motion = yield from read_motion_steps(origin, scene, first, last)
    yield
    aim = read_rig(target)
    name = f"{motion_name(source)} on {target.name}"
    if target_map.controls:
        moved = _control_steps(motion, bone_map, aim, target_map, scene, settings, first, name, live, progress)
        return (yield from moved)
    done = yield from apart(lambda: retarget(motion, bone_map, aim.rig, target_map, settings))
    controls.detach(target)
    keyed = keyed_bones(aim, target_map, settings)
    warnings = []
    held = held_bones(target, keyed)
    if held:
        warnings.append(
            f"Constraints hold {len(held)} of the keyed bones, such as {held[0]!r}: the keys do not show until the "
            "constraints are switched off."
        )
    action = yield from key_motion_steps(aim, done.motion, first, name, keyed, done.way)
    return Done(action, tuple(warnings))


def keyed_bones(target: ArmatureRig, bone_map: BoneMap, settings: RetargetSettings) -> list[str]:
    """The bones that a retarget moves, in the rig's order."""
    chosen = {*bone_map.bones.values(), *(t.bone for t in bone_map.twists), *bone_map.follows}
    if settings.root_motion != "root" and "root" in bone_map.bones:
        chosen.discard(bone_map.bones["root"])
    return [name for name in target.rig.names if name in chosen]


def motion_name(source: bpy.types.Object) -> str:
    """What the source plays, as actions made from it are called."""
    action = source.animation_data.action if source.animation_data else None
    return action.name if action else source.name


def _control_steps(
    motion: RigMotion,
    bone_map: BoneMap,
    aim: ArmatureRig,
    target_map: BoneMap,
    scene: bpy.types.Scene,
    settings: RetargetSettings,
    first: int,
    name: str,
    live: bool,
    progress: Callable[[int, int], None],
) -> Generator[None, None, Done]:
    if settings.root_motion in ("root", "object"):
        raise BadInputError(
            "The controls of this rig carry the way over the floor themselves.", "Set Root motion to Hips or In place."
        )
    person = person_in(aim.rig, target_map)
    done = yield from apart(lambda: retarget(motion, bone_map, person, target_map, settings))
    moved = only_controls(done.motion, target_map)
    guide = yield from controls.attach_steps(aim, moved, target_map, first, scene)
    if live:
        animation: Any = guide.animation_data
        return Done(animation.action)
    try:
        baked = yield from bake_steps(aim.armature, scene, first, first + moved.frame_count - 1, name, progress)
    except BaseException:
        controls.detach(aim.armature)
        raise
    return Done(baked)


def _bones_only(bone_map: BoneMap) -> BoneMap:
    """The map of a rig with controls, to be read from rather than moved."""
    return BoneMap(bone_map.bones, bone_map.confidence, bone_map.twists, {}, bone_map.dialect)
