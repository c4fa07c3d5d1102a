"""What a take can be besides an actor in the scene: a strip, an asset, one of several side by side, gone."""

from __future__ import annotations

from typing import Any

import bpy

from .. import compat
from . import links, takes

ASSET_SIDE = 256


def to_nla(take: bpy.types.Collection) -> int:
    """Puts each actor's action on a track of its own, where it goes on playing; returns how many."""
    done = 0
    for actor in takes.actors(take):
        action, animation = takes.action_of(actor), actor.animation_data
        if action is None or animation is None or take_track(actor, action) is not None:
            continue
        track = animation.nla_tracks.new()
        track.name = take.name
        strip = track.strips.new(action.name, int(action.frame_range[0]), action)
        compat.use_first_slot(strip)
        animation.action = None
        done += 1
    return done


def to_action(take: bpy.types.Collection) -> int:
    """Lets each actor play its take's action directly again, instead of strips; returns how many changed."""
    done = 0
    for actor in takes.actors(take):
        action = takes.action_of(actor)
        if action is None:
            continue
        animation = actor.animation_data or actor.animation_data_create()
        track = take_track(actor, action)
        if track is not None:
            animation.nla_tracks.remove(track)
        if animation.action != action:
            compat.assign_action(actor, action)
            done += 1
    return done


def take_track(actor: bpy.types.Object, action: bpy.types.Action) -> Any:
    """The NLA track whose strip plays the action, or None."""
    tracks = actor.animation_data.nla_tracks if actor.animation_data else ()
    return next((track for track in tracks if any(strip.action == action for strip in track.strips)), None)


def mark_asset(action: bpy.types.Action, description: str, licence: str, tags: tuple[str, ...], picture: Any) -> None:
    """Makes an action an asset, with a picture (side, side, 4) 0…1 of it."""
    import numpy as np

    action.asset_mark()
    data = action.asset_data
    data.description = description
    if hasattr(data, "license"):
        data.license = licence
    for tag in tags:
        data.tags.new(tag, skip_if_exists=True)
    preview = action.preview_ensure()
    preview.image_size = picture.shape[1], picture.shape[0]
    preview.image_pixels_float.foreach_set(np.ascontiguousarray(picture, np.float32).ravel())


def side_by_side(found: list[bpy.types.Collection], spacing: float) -> None:
    """Moves the actors of takes along X, take by take; a spacing of 0 puts them back where they were filmed."""
    for index, take in enumerate(found):
        for actor in takes.actors(take):
            actor.delta_location.x = spacing * index


def delete(take: bpy.types.Collection) -> None:
    """Removes a take from the file with all that was made for it; the take's file stays."""
    from . import builder

    scene = takes.scene_of(take)
    names = [action.name for action in map(takes.action_of, takes.actors(take)) if action is not None]
    builder.discard(builder.TakeScene(take, sound=sound_of(take)), scene)
    # Those that played from a strip are not among the actors' own.
    bpy.data.batch_remove([bpy.data.actions[name] for name in names if name in bpy.data.actions])


def sound_of(take: bpy.types.Collection) -> Any:
    """The take's strip in the sequencer, None where it has none."""
    scene = takes.scene_of(take)
    if links.SOUND not in take or scene.sequence_editor is None:
        return None
    return next((strip for strip in compat.strips(scene) if strip.name == take[links.SOUND]), None)
