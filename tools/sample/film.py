"""Renders one sample clip; runs in the Python of pip's bpy: ``python film.py SCENE.npz OUT_FOLDER [FRAME…]``.

SCENE.npz holds, per person i, ``vertices_i`` (T,V,3) m, ``faces`` (F,3), ``rest`` (V,3), ``zones`` (F,), ``colours_i``
(zones,3) linear RGB, and the camera: ``size`` (w,h), ``focal_px``, ``world_from_camera`` (4,4) in OpenCV's axes, and
``samples`` a pixel. The empty courtyard goes to OUT_FOLDER/background.png; of each frame only the windows that people
and their shadows change, to FRAME_LEFT_TOP.png.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Euler, Matrix

BACKGROUND_SAMPLES = 24
SUN_ANGLES = (48, 6, -32)  # degrees about x, y, z
MARGIN = 28  # px around people and shadows, for the soft shade of the sky


def material(name: str, colour: tuple[float, ...], roughness: float = 0.7) -> bpy.types.Material:
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour[:3], 1.0)
    surface.inputs["Roughness"].default_value = roughness
    return made


def mix_by(made: bpy.types.Material, pattern: bpy.types.Node, output: str, low: tuple, high: tuple) -> None:
    """Colours the surface between ``low`` and ``high`` by a texture's output."""
    tree = made.node_tree
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color = (*low, 1.0)
    ramp.color_ramp.elements[1].color = (*high, 1.0)
    tree.links.new(pattern.outputs[output], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])


def textured(made: bpy.types.Material, kind: str, scale: float, attribute: str = "") -> bpy.types.Node:
    """A texture placed by the object's coordinates, or by a vector attribute of its vertices."""
    tree = made.node_tree
    place = tree.nodes.new("ShaderNodeAttribute" if attribute else "ShaderNodeTexCoord")
    if attribute:
        place.attribute_name = attribute
    texture = tree.nodes.new(kind)
    texture.inputs["Scale"].default_value = scale
    tree.links.new(place.outputs["Vector" if attribute else "Object"], texture.inputs["Vector"])
    return texture


def paving() -> bpy.types.Material:
    """Slabs of 0.6 × 0.3 m, each of its own shade, with dark joints: contrast for whoever looks for the floor."""
    made = material("paving", (0.4, 0.37, 0.33), 0.85)
    bricks = textured(made, "ShaderNodeTexBrick", 1.0)
    bricks.inputs["Color1"].default_value = (0.46, 0.37, 0.28, 1)
    bricks.inputs["Color2"].default_value = (0.24, 0.20, 0.165, 1)
    bricks.inputs["Mortar"].default_value = (0.08, 0.075, 0.07, 1)
    bricks.inputs["Mortar Size"].default_value = 0.006
    bricks.inputs["Brick Width"].default_value = 0.6
    bricks.inputs["Row Height"].default_value = 0.3
    stains = textured(made, "ShaderNodeTexNoise", 5.0)
    stains.inputs["Detail"].default_value = 6.0
    tree = made.node_tree
    blend = tree.nodes.new("ShaderNodeMixRGB")
    blend.blend_type = "OVERLAY"
    blend.inputs["Fac"].default_value = 0.55
    tree.links.new(bricks.outputs["Color"], blend.inputs["Color1"])
    tree.links.new(stains.outputs["Fac"], blend.inputs["Color2"])
    tree.links.new(blend.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return made


def box(name: str, low: tuple, high: tuple, surface: bpy.types.Material) -> None:
    low, high = np.array(low, float), np.array(high, float)
    corners = [[(low, high)[(i >> k) & 1][k] for k in range(3)] for i in range(8)]
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], faces)
    mesh.materials.append(surface)
    bpy.context.collection.objects.link(bpy.data.objects.new(name, mesh))


def courtyard() -> None:
    """Paving, a plastered wall with a wooden gate, planters and a hedge under a clear sky."""
    box("floor", (-9, -3, -0.1), (9, 8.2, 0.0), paving())
    plaster = material("plaster", (0.55, 0.47, 0.36), 0.9)
    mix_by(plaster, textured(plaster, "ShaderNodeTexNoise", 3.0), "Fac", (0.50, 0.42, 0.31), (0.66, 0.58, 0.46))
    box("wall", (-9, 8.2, 0), (9, 8.5, 2.35), plaster)
    stone = material("stone", (0.20, 0.19, 0.18), 0.8)
    box("plinth", (-9, 8.13, 0), (9, 8.2, 0.28), stone)
    box("coping", (-9, 8.1, 2.35), (9, 8.6, 2.45), stone)
    wood = material("wood", (0.16, 0.085, 0.04), 0.6)
    wave = textured(wood, "ShaderNodeTexWave", 3.2)
    wave.bands_direction = "X"
    mix_by(wood, wave, "Fac", (0.07, 0.035, 0.016), (0.17, 0.09, 0.045))
    box("gate", (1.55, 8.12, 0), (2.65, 8.19, 2.05), wood)
    leaf = material("leaf", (0.05, 0.11, 0.03), 0.7)
    mix_by(leaf, textured(leaf, "ShaderNodeTexNoise", 16.0), "Fac", (0.015, 0.04, 0.01), (0.10, 0.19, 0.045))
    rng = np.random.default_rng(5)
    for x in (-3.1, -1.7, 3.7):
        box("planter", (x - 0.5, 7.3, 0), (x + 0.5, 7.9, 0.42), stone)
        for _ in range(26):
            radius = rng.uniform(0.13, 0.25)
            bpy.ops.mesh.primitive_ico_sphere_add(
                subdivisions=3,
                radius=radius,
                location=(x + rng.uniform(-0.36, 0.36), 7.6 + rng.uniform(-0.2, 0.2), 0.5 + rng.uniform(0, 0.55)),
            )
            ball = bpy.context.object.data
            ball.materials.append(leaf)
            ball.polygons.foreach_set("use_smooth", np.ones(len(ball.polygons), bool))


def light() -> None:
    """A sun behind the camera's left shoulder and a plain sky: soft enough to leave no face in the dark."""
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.42, 0.60, 0.88, 1)
    background.inputs["Strength"].default_value = 0.75
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.angle, sun.data.color = 3.0, 0.03, (1.0, 0.93, 0.83)
    sun.rotation_euler = np.radians(SUN_ANGLES)
    bpy.context.collection.objects.link(sun)


def film_camera(size: np.ndarray, focal_px: float, world_from_camera: np.ndarray) -> None:
    data = bpy.data.cameras.new("camera")
    data.sensor_fit = "HORIZONTAL" if size[0] >= size[1] else "VERTICAL"
    data.sensor_width = data.sensor_height = 36.0
    data.lens = 36.0 * focal_px / max(size)
    camera = bpy.data.objects.new("camera", data)
    # Blender's camera looks along -Z with Y up.
    camera.matrix_world = Matrix((world_from_camera @ np.diag([1.0, -1, -1, 1])).tolist())
    bpy.context.collection.objects.link(camera)
    scene = bpy.context.scene
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = (int(v) for v in size)
    scene.render.resolution_percentage = 100


def cast(data: dict[str, np.ndarray]) -> list[bpy.types.Mesh]:
    """One mesh per person, a material per zone."""
    meshes = []
    names = [str(name) for name in data["zone_names"]]
    while f"vertices_{len(meshes)}" in data:
        i = len(meshes)
        mesh = bpy.data.meshes.new(f"person_{i}")
        mesh.from_pydata(data[f"vertices_{i}"][0].tolist(), [], data["faces"].tolist())
        for name, colour in zip(names, data[f"colours_{i}"], strict=True):
            rough = {"skin": 0.5, "eye": 0.15, "iris": 0.15}.get(name, 0.85)
            made = material(f"{name}_{i}", tuple(colour), rough)
            if name in ("shirt", "trousers", "hair"):
                grain = textured(made, "ShaderNodeTexNoise", 110.0, attribute="rest")
                mix_by(made, grain, "Fac", tuple(colour * 0.72), tuple(np.minimum(colour * 1.3, 1)))
            mesh.materials.append(made)
        # Cloth keeps its grain while the body moves.
        rest = mesh.attributes.new("rest", "FLOAT_VECTOR", "POINT")
        rest.data.foreach_set("vector", data["rest"].astype(np.float32).ravel())
        mesh.polygons.foreach_set("material_index", data["zones"].astype(np.int32))
        mesh.polygons.foreach_set("use_smooth", np.ones(len(data["faces"]), bool))
        bpy.context.collection.objects.link(bpy.data.objects.new(f"person_{i}", mesh))
        meshes.append(mesh)
    return meshes


def windows(data: dict[str, np.ndarray], frame: int) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom px of what each person and shadow on the floor covers; joined where they overlap."""
    toward = np.array(Euler(np.radians(SUN_ANGLES)).to_matrix()) @ np.array([0, 0, -1.0])
    pose, (width, height) = data["world_from_camera"], (int(v) for v in data["size"])
    found = []
    for i in range(person_count(data)):
        vertices = data[f"vertices_{i}"][frame].astype(np.float64)
        points = np.concatenate([vertices, vertices - toward * (vertices[:, 2:] / toward[2])])
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        pixels = local[:, :2] / local[:, 2:] * float(data["focal_px"]) + [width / 2, height / 2]
        low = np.floor(pixels.min(axis=0) - MARGIN).astype(int)
        high = np.ceil(pixels.max(axis=0) + MARGIN).astype(int)
        found.append((max(0, low[0]), max(0, low[1]), min(width, high[0]), min(height, high[1])))
    found.sort()
    joined = found[:1]
    for left, top, right, bottom in found[1:]:
        last = joined[-1]
        if left < last[2]:
            joined[-1] = (last[0], min(top, last[1]), max(right, last[2]), max(bottom, last[3]))
        else:
            joined.append((left, top, right, bottom))
    return joined


def person_count(data: dict[str, np.ndarray]) -> int:
    return sum(key.startswith("vertices_") for key in data)


def render_settings(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.seed = 1
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.denoising_prefilter = "FAST"
    scene.cycles.denoising_quality = "BALANCED"
    scene.cycles.max_bounces = 2
    scene.cycles.diffuse_bounces = 1
    scene.render.use_persistent_data = True
    scene.render.threads_mode = "FIXED"
    scene.render.threads = 2
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.compression = 15
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.view_settings.exposure = 0.2


def main() -> None:
    with np.load(sys.argv[1], allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    out = Path(sys.argv[2])
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    courtyard()
    light()
    film_camera(data["size"], float(data["focal_px"]), data["world_from_camera"])
    meshes = cast(data)
    scene = bpy.context.scene
    render_settings(scene)
    if not (out / "background.png").exists():
        for mesh in meshes:
            mesh.vertices.foreach_set("co", np.full(3 * len(mesh.vertices), -1e3, np.float32))
            mesh.update()
        scene.cycles.samples = BACKGROUND_SAMPLES
        scene.render.filepath = str(out / "background.png")
        bpy.ops.render.render(write_still=True)
    scene.cycles.samples = int(data["samples"])
    scene.render.use_border = scene.render.use_crop_to_border = True
    width, height = (int(v) for v in data["size"])
    for frame in [int(a) for a in sys.argv[3:]] or range(len(data["vertices_0"])):
        for i, mesh in enumerate(meshes):
            mesh.vertices.foreach_set("co", data[f"vertices_{i}"][frame].astype(np.float32).ravel())
            mesh.update()
        for left, top, right, bottom in windows(data, frame):
            scene.render.border_min_x, scene.render.border_max_x = left / width, right / width
            scene.render.border_min_y, scene.render.border_max_y = 1 - bottom / height, 1 - top / height
            scene.render.filepath = str(out / f"{frame:04d}_{left}_{top}.png")
            bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
