"""Skinned meshes on an actor's bones: the body, and the separate hands."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from ...core.body.numpy_model import BodyModel
from ...core.skeleton import SMPLH_JOINTS
from .. import compat

MAX_INFLUENCES = 4
_SMALLEST_WEIGHT = 1e-4
_ROUGHNESS = 0.7


def build_skin(
    name: str,
    armature: bpy.types.Object,
    collection: bpy.types.Collection,
    vertices: np.ndarray,
    model: BodyModel,
    joints: tuple[str, ...] = SMPLH_JOINTS,
) -> Iterator[bpy.types.Object]:
    """A mesh that follows ``armature``; yields the object, again and again, until its last vertex group is filled.

    ``vertices`` (V, 3) in armature space are those of ``model``, whose joints are the bones ``joints``. Pose
    correctives are left out: bones alone drive the mesh, here and in a game engine.
    """
    mesh = _mesh(name, vertices, model.faces)
    _paint(mesh, model)
    skin = bpy.data.objects.new(name, mesh)
    collection.objects.link(skin)
    skin.parent = armature
    modifier = skin.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    modifier.use_vertex_groups = True
    yield skin
    strongest = strongest_weights(model.weights)
    for j, joint in enumerate(joints):
        group = skin.vertex_groups.new(name=joint)
        for vertex in np.flatnonzero(strongest[:, j]).tolist():
            group.add((vertex,), float(strongest[vertex, j]), "REPLACE")
        yield skin


def strongest_weights(weights: np.ndarray) -> np.ndarray:
    """Keeps the four largest weights of each vertex, the most that game engines take, summing to 1: (V, J)."""
    kept = np.array(weights, np.float64)
    weakest = np.argsort(kept, axis=1)[:, : max(0, kept.shape[1] - MAX_INFLUENCES)]
    np.put_along_axis(kept, weakest, 0.0, axis=1)
    kept[kept < _SMALLEST_WEIGHT] = 0.0
    return kept / kept.sum(axis=1, keepdims=True)


def _paint(mesh: bpy.types.Mesh, model: BodyModel) -> None:
    """One material per zone of the model."""
    for zone, colour in zip(model.zone_names, model.zone_colours, strict=True):
        material = bpy.data.materials.new(f"{mesh.name} {zone}")
        rgba = (*(float(c) for c in colour), 1.0)
        material.diffuse_color = rgba
        material.roughness = _ROUGHNESS
        shader = next(node for node in compat.nodes(material) if node.type == "BSDF_PRINCIPLED")
        shader.inputs["Base Color"].default_value = rgba
        shader.inputs["Roughness"].default_value = _ROUGHNESS
        mesh.materials.append(material)
    if model.zones is not None:
        mesh.polygons.foreach_set("material_index", np.asarray(model.zones, np.int32))


def _mesh(name: str, vertices: np.ndarray, faces: np.ndarray) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    corners = np.asarray(faces, np.int32)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.asarray(vertices, np.float32).ravel())
    mesh.loops.add(corners.size)
    mesh.loops.foreach_set("vertex_index", corners.ravel())
    mesh.polygons.add(len(corners))
    mesh.polygons.foreach_set("loop_start", np.arange(0, corners.size, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.validate()
    return mesh
