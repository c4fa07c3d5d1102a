"""Builds a take's scene in slices, so that a timer of the add-on never holds up the window."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import BadInputError
from ...core.take import Take
from ...core.take_file import SUFFIX
from ...core.timebase import Timing, scene_rate, timing
from .. import compat
from . import camera as cameras
from . import footage, links
from .actor import Bodies, bodies_of, build_actor
from .clock import FRAME_START, scene_fps


@dataclass(frozen=True)
class Step:
    """``done`` of ``total`` units of a stage: an import's progress."""

    stage: str
    done: int
    total: int


@dataclass
class TakeScene:
    """What an import made; filled while it runs. ``warnings`` are lines for the user."""

    collection: bpy.types.Collection
    actors: list[bpy.types.Object] = field(default_factory=list)
    cameras: list[bpy.types.Object] = field(default_factory=list)
    sound: Any = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Plan:
    """What every part of one import needs to know."""

    take: Take
    take_path: Path
    scene: bpy.types.Scene
    keys: Timing
    fps: Fraction
    frame_start: int


def steps(
    take: Take,
    take_path: Path,
    scene: bpy.types.Scene,
    *,
    set_scene: bool = True,
    frame_start: int = FRAME_START,
    bodies: Bodies | None = None,
) -> Generator[Step, None, TakeScene]:
    """Imports a take into ``scene``, a short piece of work per step. The generator returns the ``TakeScene``.

    ``set_scene`` gives the scene the take's rate, range, resolution and camera; without it the actors are resampled
    to the scene's own rate. ``bodies``: see ``bodies_of``. Closing the
    generator, or an error in it, takes back what was built.
    """
    name = take_path.name.removesuffix(SUFFIX)
    fps = take.fps_nominal if set_scene else scene_fps(scene)
    plan = _Plan(take, take_path, scene, timing(take.timestamps, fps, frame_start), fps, frame_start)
    built = TakeScene(bpy.data.collections.new(f"Take {name}"))
    scene.collection.children.link(built.collection)
    try:
        _label(built.collection, take, take_path, frame_start)
        yield Step("take", 1, 1)
        bodies = bodies or bodies_of(take)
        # All bones first: edit mode evaluates the scene, which is slow once there are keys.
        actors = [_actor(plan, built, index, bodies) for index in range(len(take.people))]
        for actor in actors:
            yield next(actor)
        with _unseen(built.collection, scene):
            for actor in actors:
                yield from actor
            for index in range(len(take.cameras.K)):
                yield from _camera(plan, built, index)
            if set_scene:
                _set_scene(plan, built)
    except BaseException:
        discard(built, scene)
        raise
    return built


def build(take: Take, take_path: Path, scene: bpy.types.Scene, **options: Any) -> TakeScene:
    """``steps`` in one go."""
    iterator = steps(take, take_path, scene, **options)
    while True:
        try:
            next(iterator)
        except StopIteration as stop:
            return stop.value


def discard(built: TakeScene, scene: bpy.types.Scene) -> None:
    """Removes what an import made, as far as the user has not removed it already."""
    try:
        objects = list(built.collection.all_objects)
    except ReferenceError:
        return
    actions = {ob.animation_data.action for ob in objects if ob.animation_data and ob.animation_data.action}
    clips = {b.clip for ob in objects if ob.type == "CAMERA" for b in ob.data.background_images if b.clip}
    data = {ob.data for ob in objects if ob.data}
    materials = {slot.material for ob in objects for slot in ob.material_slots if slot.material}
    bpy.data.batch_remove([*objects, *data, *actions, *clips, *materials, built.collection])
    with contextlib.suppress(ReferenceError):
        if built.sound is not None:
            compat.remove_strip(scene, built.sound)


def _actor(plan: _Plan, built: TakeScene, index: int, bodies: Bodies) -> Generator[Step, None, None]:
    parts = build_actor(
        plan.take, plan.take.people[index], f"actor.{index + 1:03d}", plan.keys, bodies, built.collection
    )
    for armature, done, total in parts:
        if done == 0:
            built.actors.append(armature)
        yield Step(armature.name, done, total)


@contextlib.contextmanager
def _unseen(collection: bpy.types.Collection, scene: bpy.types.Scene) -> Iterator[None]:
    """Keeps half-made actors out of the view layers, or Blender would evaluate all their keys after every slice."""

    def exclude(excluded: bool) -> None:
        for view in scene.view_layers:
            layer = view.layer_collection.children.get(collection.name)
            if layer is not None:
                layer.exclude = excluded

    exclude(True)
    try:
        yield
    finally:
        exclude(False)


def _camera(plan: _Plan, built: TakeScene, index: int) -> Generator[Step, None, None]:
    take = plan.take
    label = "camera" if len(take.cameras.K) == 1 else f"camera.{index + 1:03d}"
    camera = cameras.build_camera(label, take.cameras, index, plan.keys, built.collection)
    built.cameras.append(camera)
    yield Step("camera", index + 1, len(take.cameras.K))
    path = footage.background_path(take, plan.take_path, index)
    if path is None:
        built.warnings.append(f"No footage was found for {camera.name}: it has no background.")
        return
    if not footage.matches_rate(take, plan.fps):
        rate = float(take.fps_nominal)
        built.warnings.append(f"The footage has {rate:g} frames a second, the scene another rate: no background.")
        return
    skip = footage.first_frame(take, path, plan.take_path, index)
    rotation = 0 if path == footage.proxy_path(plan.take_path, index) else int(take.sources[index].get("rotation", 0))
    try:
        clip = footage.load_clip(path)
    except BadInputError as error:
        built.warnings.append(str(error))
        return
    footage.add_background(camera, clip, plan.frame_start, skip, rotation)
    yield Step("footage", index + 1, len(take.cameras.K))
    if index == 0:
        built.sound = footage.add_sound(plan.scene, path, plan.frame_start, skip)
        if built.sound is not None:
            built.collection[links.SOUND] = built.sound.name
        yield Step("sound", 1, 1)


def _label(collection: bpy.types.Collection, take: Take, take_path: Path, frame_start: int) -> None:
    digest = hashlib.sha256()
    with take_path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    collection[links.TAKE_PATH] = links.relative(take_path, links.blend_folder())
    collection["take_id"] = take.take_id
    collection["take_sha256"] = digest.hexdigest()
    collection["take_models"] = json.dumps(take.models)
    collection[links.FRAME_START] = frame_start
    about = {"frames": take.frame_count, "fps": float(take.fps_nominal), "settings": take.settings}
    collection[links.ABOUT] = json.dumps({**about, "created_with": take.created_with})
    collection[links.EDITS] = links.NO_EDITS
    collection[links.EDITS_APPLIED] = links.NO_EDITS


def _set_scene(plan: _Plan, built: TakeScene) -> None:
    scene, take = plan.scene, plan.take
    scene.render.fps, scene.render.fps_base = scene_rate(take.fps_nominal)
    scene.frame_start, scene.frame_end = plan.frame_start, plan.keys.last_frame
    scene.frame_set(plan.frame_start)
    scene.camera = built.cameras[0]
    cameras.set_render_size(scene, take.cameras.K[0], take.cameras.size[0])
