"""The takes of this file: their collections, actors, cameras and times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bpy

from . import clock, links
from .names import ACTION, PERSON_ID

if TYPE_CHECKING:
    from fractions import Fraction


def take_of(context: bpy.types.Context) -> bpy.types.Collection | None:
    """The take that the active object, or else the active collection, belongs to; else the only one in the scene."""
    chosen = [*(context.object.users_collection if context.object else ()), context.collection]
    for collection in chosen:
        found = take_containing(collection)
        if found is not None:
            return found
    takes = list(takes_in(context.scene))
    return takes[0] if len(takes) == 1 else None


def take_containing(collection: bpy.types.Collection | None) -> bpy.types.Collection | None:
    """The take that a collection is, or lies in."""
    for take in links.take_collections():
        if collection == take or collection in take.children_recursive:
            return take
    return None


def takes_in(scene: Any) -> Iterator[bpy.types.Collection]:
    """The takes that a scene shows."""
    within = set(scene.collection.children_recursive)
    return (take for take in links.take_collections() if take in within)


def actors(take: bpy.types.Collection) -> list[bpy.types.Object]:
    """The armatures of a take's people, in the take's order."""
    return sorted((ob for ob in take.all_objects if ob.type == "ARMATURE" and PERSON_ID in ob), key=lambda ob: ob.name)


def actor_of(take: bpy.types.Collection, person: str) -> bpy.types.Object | None:
    """The armature of a person, None where it was deleted."""
    return next((ob for ob in actors(take) if str(ob[PERSON_ID]) == person), None)


def action_of(actor: bpy.types.Object) -> bpy.types.Action | None:
    """The action that the take's curves are in, also while the actor plays strips or something else."""
    own = actor.get(ACTION)
    if own is None and actor.animation_data is not None:
        return actor.animation_data.action
    return own


def active_person(context: bpy.types.Context, take: bpy.types.Collection) -> str:
    """The id of the person whose actor, or whose skin, is the active object; empty for none."""
    ob = context.object
    while ob is not None:
        if PERSON_ID in ob and ob in actors(take):
            return str(ob[PERSON_ID])
        ob = ob.parent
    return ""


def skins(actor: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes of an actor: the body first, then the separate hands."""
    return sorted((ob for ob in actor.children if ob.type == "MESH"), key=lambda ob: (ob.hide_render, ob.name))


def cameras(take: bpy.types.Collection) -> list[bpy.types.Object]:
    """The solved cameras."""
    return sorted((ob for ob in take.all_objects if ob.type == "CAMERA"), key=lambda ob: ob.name)


def scene_of(take: bpy.types.Collection) -> bpy.types.Scene:
    """The scene that shows a take, the current one before others."""
    current: Any = bpy.context.scene
    scenes = [current, *(scene for scene in bpy.data.scenes if scene != current)]
    return next((scene for scene in scenes if take in set(scene.collection.children_recursive)), current)


def frame_start(take: bpy.types.Collection) -> int:
    """The scene frame of the take's first frame."""
    return int(take.get(links.FRAME_START, clock.FRAME_START))


def rate(take: bpy.types.Collection) -> Fraction:
    """Frames a second of the scene that shows the take."""
    return clock.scene_fps(scene_of(take))


def seconds_at(take: bpy.types.Collection, frame: float) -> float:
    """Seconds from the take's first frame to a scene frame."""
    return (frame - frame_start(take)) / float(rate(take))


def frame_at(take: bpy.types.Collection, seconds: float) -> float:
    """The scene frame at ``seconds`` from the take's first frame."""
    return frame_start(take) + seconds * float(rate(take))


def layer_of(view_layer: bpy.types.ViewLayer, take: bpy.types.Collection) -> Any:
    """The take's layer collection in a view layer, or None."""
    pending = [view_layer.layer_collection]
    while pending:
        layer = pending.pop()
        if layer.collection == take:
            return layer
        pending.extend(layer.children)
    return None


def models(take: bpy.types.Collection) -> list[dict[str, Any]]:
    """What the import noted about the models that touched the take."""
    return json.loads(take.get("take_models", "[]"))


def activate(context: bpy.types.Context, take: bpy.types.Collection) -> None:
    """Makes a take the active one: its collection, and outside other modes its first actor."""
    view_layer: Any = context.view_layer
    layer = layer_of(view_layer, take)
    if layer is None:
        return
    view_layer.active_layer_collection = layer
    people = [actor for actor in actors(take) if actor.visible_get()]
    if people and context.mode == "OBJECT":
        for ob in view_layer.objects.selected:
            ob.select_set(False)
        people[0].select_set(True)
        view_layer.objects.active = people[0]
    elif context.mode == "OBJECT":
        view_layer.objects.active = None


def is_shown(view_layer: Any, take: bpy.types.Collection) -> bool:
    """Whether a view layer shows the take."""
    layer = layer_of(view_layer, take)
    return layer is not None and layer.is_visible


def show(view_layer: Any, take: bpy.types.Collection, shown: bool) -> None:
    """Shows or hides a take in the viewport and in renders."""
    layer = layer_of(view_layer, take)
    if layer is not None:
        layer.hide_viewport = not shown
    take.hide_render = not shown
