"""The depth of every pixel's centre along the camera's axis, in whole millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

_FARTHEST = 65.535  # m, the last 16-bit value


class DepthPass:
    """Renders the scene once more with a surface that shines as far as it is away."""

    def __init__(self) -> None:
        self._surface = _distance_surface()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Inside, a render gives 16-bit grey: millimetres, 0 where there is nothing within 65.535 m."""
        scene, layer = bpy.context.scene, bpy.context.view_layer
        cycles, render, view, form = scene.cycles, scene.render, scene.view_settings, scene.render.image_settings
        kept = [
            (owner, name, getattr(owner, name))
            for owner, names in (
                (layer, ("material_override",)),
                (scene, ("world",)),
                (cycles, ("samples", "use_denoising", "max_bounces", "pixel_filter_type", "filter_width")),
                (render, ("use_motion_blur",)),
                (view, ("look", "view_transform", "exposure")),
                (form, ("color_mode", "color_depth")),
            )
            for name in names
        ]
        layer.material_override, scene.world = self._surface, None
        cycles.samples, cycles.use_denoising, cycles.max_bounces = 1, False, 0
        # One sample at the pixel's centre: depths are not mixed across edges.
        cycles.pixel_filter_type, cycles.filter_width = "BOX", 0.01
        render.use_motion_blur = False
        view.look, view.view_transform, view.exposure = "None", "Raw", 0.0
        form.color_mode, form.color_depth = "BW", "16"
        try:
            yield
        finally:
            # The look belongs to the transform, so it comes after it.
            for owner, name, value in reversed(kept):
                setattr(owner, name, value)


def _distance_surface() -> bpy.types.Material:
    made = bpy.data.materials.new("distance")
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    camera = tree.nodes.new("ShaderNodeCameraData")
    scale = tree.nodes.new("ShaderNodeMath")
    scale.operation, scale.inputs[1].default_value = "DIVIDE", _FARTHEST
    within = tree.nodes.new("ShaderNodeMath")
    within.operation, within.inputs[1].default_value = "LESS_THAN", 1.0
    kept = tree.nodes.new("ShaderNodeMath")
    kept.operation = "MULTIPLY"
    emission, output = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(camera.outputs["View Z Depth"], scale.inputs[0])
    tree.links.new(scale.outputs[0], within.inputs[0])
    tree.links.new(scale.outputs[0], kept.inputs[0])
    tree.links.new(within.outputs[0], kept.inputs[1])
    tree.links.new(kept.outputs[0], emission.inputs["Color"])
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    return made
