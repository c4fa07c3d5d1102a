"""Surfaces: a colour, a roughness, and patterns that come from Blender's own textures."""

from __future__ import annotations

import bpy

Colour = tuple[float, float, float]


def scaled(colour: Colour, factor: float) -> Colour:
    """Darker or lighter."""
    r, g, b = (min(1.0, float(v) * factor) for v in colour)
    return (r, g, b)


def plain(name: str, colour: Colour, roughness: float = 0.75) -> bpy.types.Material:
    """One colour, linear RGB."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour[:3], 1.0)
    surface.inputs["Roughness"].default_value = roughness
    return made


def glowing(name: str, colour: Colour) -> bpy.types.Material:
    """Shows ``colour`` whatever the light."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    emission, output = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    emission.inputs["Color"].default_value = (*colour[:3], 1.0)
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    return made


def texture(
    made: bpy.types.Material, kind: str, scale: float, attribute: str = "", detail: float = 2.0,
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0), upright: bool = False,
) -> bpy.types.Node:  # fmt: skip
    """A texture node placed by the object's own coordinates, or by a vector attribute of its vertices.

    ``upright``: flat patterns lie on walls along X instead of on the ground.
    """
    tree = made.node_tree
    place = tree.nodes.new("ShaderNodeAttribute" if attribute else "ShaderNodeTexCoord")
    if attribute:
        place.attribute_name = attribute
    node = tree.nodes.new(kind)
    node.inputs["Scale"].default_value = scale
    if "Detail" in node.inputs:
        node.inputs["Detail"].default_value = detail
    scaling = tree.nodes.new("ShaderNodeVectorMath")
    scaling.operation, scaling.inputs[1].default_value = "MULTIPLY", stretch
    tree.links.new(place.outputs["Vector" if attribute else "Object"], scaling.inputs[0])
    if upright:
        apart, joined = tree.nodes.new("ShaderNodeSeparateXYZ"), tree.nodes.new("ShaderNodeCombineXYZ")
        tree.links.new(scaling.outputs["Vector"], apart.inputs["Vector"])
        for source, target in (("X", "X"), ("Z", "Y"), ("Y", "Z")):
            tree.links.new(apart.outputs[source], joined.inputs[target])
        tree.links.new(joined.outputs["Vector"], node.inputs["Vector"])
    else:
        tree.links.new(scaling.outputs["Vector"], node.inputs["Vector"])
    return node


def between(made: bpy.types.Material, low: Colour, high: Colour, source: bpy.types.NodeSocket) -> bpy.types.ColorRamp:
    """Colours the surface from ``low`` to ``high`` by a factor."""
    tree = made.node_tree
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.3, 0.7
    ramp.color_ramp.elements[0].color = (*low, 1.0)
    ramp.color_ramp.elements[1].color = (*high, 1.0)
    tree.links.new(source, ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return ramp.color_ramp


def mottled(
    name: str, colour: Colour, scale: float, contrast: float = 0.25, roughness: float = 0.85, attribute: str = "",
    detail: float = 2.0,
) -> bpy.types.Material:  # fmt: skip
    """``colour``, darker and lighter in patches of about 1/``scale`` m."""
    made = plain(name, colour, roughness)
    noise = texture(made, "ShaderNodeTexNoise", scale, attribute, detail)
    between(made, scaled(colour, 1 - contrast), scaled(colour, 1 + contrast), noise.outputs["Fac"])
    return made


def strands(name: str, colour: Colour, attribute: str) -> bpy.types.Material:
    """Hair: lighter and darker locks that run downwards."""
    made = plain(name, colour, 0.55)
    noise = texture(made, "ShaderNodeTexNoise", 130.0, attribute, 1.0, stretch=(1.0, 0.12, 0.6))
    between(made, scaled(colour, 0.45), scaled(colour, 1.5), noise.outputs["Fac"])
    return made


def stripes(
    name: str, colour: Colour, second: Colour, per_metre: float, roughness: float, attribute: str
) -> bpy.types.Material:
    """Hoops of two colours around the body."""
    made = plain(name, colour, roughness)
    wave = texture(made, "ShaderNodeTexWave", per_metre / 3.2, attribute)
    wave.bands_direction = "Y"
    ramp = between(made, colour, second, wave.outputs["Fac"])
    ramp.elements[0].position, ramp.elements[1].position = 0.49, 0.51
    return made


def bricks(
    name: str, colours: tuple[Colour, Colour, Colour], size: tuple[float, float], joint: float,
    roughness: float = 0.85, upright: bool = False,
) -> bpy.types.Material:  # fmt: skip
    """Slabs or bricks of ``size`` m in two shades with joints ``joint`` m wide, stained."""
    made = plain(name, colours[0], roughness)
    node = texture(made, "ShaderNodeTexBrick", 1.0, upright=upright)
    for key, colour in zip(("Color1", "Color2", "Mortar"), colours, strict=True):
        node.inputs[key].default_value = (*colour, 1.0)
    node.inputs["Mortar Size"].default_value = joint
    node.inputs["Brick Width"].default_value, node.inputs["Row Height"].default_value = size
    stains = texture(made, "ShaderNodeTexNoise", 4.0, detail=5.0)
    tree = made.node_tree
    blend = tree.nodes.new("ShaderNodeMixRGB")
    blend.blend_type = "OVERLAY"
    blend.inputs["Fac"].default_value = 0.5
    tree.links.new(node.outputs["Color"], blend.inputs["Color1"])
    tree.links.new(stains.outputs["Fac"], blend.inputs["Color2"])
    tree.links.new(blend.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return made
