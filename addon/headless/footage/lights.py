"""The sun, and a sky painted for the scene."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

_SKY = (256, 128)  # px; light, not a backdrop
_GROUND_SHARE = 0.22  # of the light that falls on it
_OPEN_GREY = 1.25  # what a white wall in the open should come to before the film curve


def build(light: dict[str, Any]) -> None:
    """Sun, sky and an exposure that suits them."""
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.angle, sun.data.color = light["sun_strength"], light["sun_angle"], light["sun_colour"]
    toward = Vector(direction(light["azimuth"], light["elevation"]))
    sun.rotation_euler = toward.to_track_quat("Z", "Y").to_euler()
    bpy.context.collection.objects.link(sun)

    _bounce(light)
    image = bpy.data.images.new("sky", *_SKY, alpha=False, float_buffer=True)
    pixels = np.ones((_SKY[1], _SKY[0], 4), np.float32)
    pixels[..., :3] = sky(light)
    image.pixels.foreach_set(pixels.ravel())
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    node = tree.nodes.new("ShaderNodeTexEnvironment")
    node.image = image
    background = tree.nodes["Background"]
    background.inputs["Strength"].default_value = light["sky_strength"]
    tree.links.new(node.outputs["Color"], background.inputs["Color"])

    upper = np.mean(np.array(light["zenith"]) * 0.6 + np.array(light["horizon"]) * 0.4)
    level = light["sun_strength"] * np.sin(light["elevation"]) / np.pi + light["sky_strength"] * upper
    bpy.context.scene.view_settings.exposure = float(np.log2(_OPEN_GREY / level))


def _bounce(light: dict[str, Any]) -> None:
    """What the ground throws back up, as a wide lamp below that no floor stops: a picture of few bounces lacks it."""
    up = light["sun_strength"] * np.sin(light["elevation"]) + np.pi * light["sky_strength"] * 0.6
    lamp = bpy.data.objects.new("bounce", bpy.data.lights.new("bounce", "SUN"))
    lamp.data.energy, lamp.data.angle = _GROUND_SHARE * up, np.radians(170)
    lamp.data.color = np.array(light["ground"]) / max(light["ground"])
    lamp.data.use_shadow = False
    lamp.rotation_euler = (np.pi, 0, 0)
    bpy.context.collection.objects.link(lamp)


def direction(azimuth: float, elevation: float) -> tuple[float, float, float]:
    """Unit vector towards the light."""
    flat = np.cos(elevation)
    return float(flat * np.cos(azimuth)), float(flat * np.sin(azimuth)), float(np.sin(elevation))


def sky(light: dict[str, Any]) -> NDArray[np.floating]:
    """(H, W, 3) linear RGB, longitude by latitude, bottom row first: a clear gradient with soft clouds."""
    rng = np.random.default_rng(light["seed"])
    width, height = _SKY
    latitude = (np.arange(height) + 0.5) / height * np.pi - np.pi / 2
    up = np.clip(np.sin(latitude), 0, 1)[:, None, None] ** 0.6
    above = np.array(light["horizon"]) * (1 - up) + np.array(light["zenith"]) * up
    longitude = (np.arange(width) + 0.5) / width * 2 * np.pi
    clouds = np.zeros((height, width))
    for octave in range(1, 6):
        for _ in range(3):
            k, m = rng.integers(1, 2 ** (octave + 1)), rng.uniform(1, 2 ** (octave + 1))
            phase = rng.uniform(0, 2 * np.pi, 2)
            clouds += 0.6**octave * np.outer(np.sin(m * latitude + phase[0]), np.sin(k * longitude + phase[1]))
    cover = np.clip(clouds * 0.8 + rng.uniform(-0.6, 0.4), 0, 1)[..., None] * np.clip(up * 3, 0, 1)
    above = above * (1 - cover) + np.array([0.95, 0.95, 0.97]) * cover
    below = np.broadcast_to(np.array(light["ground"]), above.shape)
    blend = np.clip(latitude / 0.04 + 0.5, 0, 1)[:, None, None]
    return below * (1 - blend) + above * blend
