"""People: meshes whose vertices are set anew for every frame, with the speed of every vertex for motion blur."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from . import materials
from .shapes import ball, link

Array = NDArray[Any]

_ROUGHNESS = {"skin": 0.5, "eye": 0.15, "iris": 0.15, "lips": 0.4, "hair": 0.6, "brows": 0.8, "shoes": 0.6}
_SKIN = ("skin", "lips")
_MARKER_RADIUS = 0.006  # m


class Cast:
    """The people of a job: ``actor_I.npy`` (T,V,3) m, and what ``scene.npz`` says about their faces and materials."""

    def __init__(self, job: Path, arrays: Mapping[str, Array], meta: dict[str, Any]) -> None:
        self._times = arrays["times"]
        self._tracks = [np.load(job / f"actor_{i}.npy", mmap_mode="r") for i in range(len(meta["people"]))]
        self._meshes = [
            _mesh(i, track[0], arrays, person["materials"])
            for i, (track, person) in enumerate(zip(self._tracks, meta["people"], strict=True))
        ]

    def pose(self, frame: int, with_speed: bool) -> None:
        """Sets everyone's vertices; ``with_speed`` adds what Cycles blurs by."""
        for track, mesh in zip(self._tracks, self._meshes, strict=True):
            mesh.vertices.foreach_set("co", np.ascontiguousarray(track[frame], np.float32).ravel())
            if with_speed:
                speed = mesh.attributes.get("velocity") or mesh.attributes.new("velocity", "FLOAT_VECTOR", "POINT")
                speed.data.foreach_set("vector", self._speed(track, frame).ravel())
            mesh.update()

    def _speed(self, track: Array, frame: int) -> Array:
        """(V, 3) m/s."""
        before, after = max(frame - 1, 0), min(frame + 1, len(track) - 1)
        if before == after:
            return np.zeros_like(track[0])
        seconds = float(self._times[after] - self._times[before])
        return ((track[after] - track[before]) / seconds).astype(np.float32)


class Markers:
    """Shining dots at joints instead of people: ``actor_I.npy`` (T,J,3) m."""

    def __init__(self, job: Path, meta: dict[str, Any]) -> None:
        tracks = [np.load(job / f"actor_{i}.npy") for i in range(len(meta["people"]))]
        self._points = np.concatenate(tracks, axis=1)
        dot = ball("dot", materials.glowing("dot", (1.0, 1.0, 1.0)))
        self._dots = [link("dot", dot) for _ in range(self._points.shape[1])]

    def pose(self, frame: int, with_speed: bool) -> None:
        """Puts every dot on its joint."""
        for dot, point in zip(self._dots, self._points[frame], strict=True):
            dot.matrix_world = Matrix.Translation(point.tolist()) @ Matrix.Scale(_MARKER_RADIUS, 4)


def _mesh(i: int, vertices: Array, arrays: Mapping[str, Array], parts: list[dict[str, Any]]) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(f"person_{i}")
    mesh.from_pydata(vertices.tolist(), [], arrays[f"actor_{i}/faces"].tolist())
    for part in parts:
        mesh.materials.append(_material(f"{part['name']}_{i}", part))
    # Cloth keeps its grain while the body moves.
    rest = mesh.attributes.new("rest", "FLOAT_VECTOR", "POINT")
    rest.data.foreach_set("vector", arrays[f"actor_{i}/rest"].astype(np.float32).ravel())
    mesh.polygons.foreach_set("material_index", arrays[f"actor_{i}/zones"].astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), bool))
    bpy.context.collection.objects.link(bpy.data.objects.new(f"person_{i}", mesh))
    return mesh


def _material(name: str, part: dict[str, Any]) -> bpy.types.Material:
    kind, colour, second = part["name"], tuple(part["colour"]), tuple(part["second"])
    roughness = _ROUGHNESS.get(kind, 0.9)
    if kind in _SKIN:
        return materials.mottled(name, colour, 60.0, 0.08, roughness, attribute="rest")
    if kind == "hair":
        return materials.strands(name, colour, attribute="rest")
    if part["pattern"] == "mottled":
        return materials.mottled(name, colour, 220.0, 0.22, roughness, attribute="rest")
    if part["pattern"] == "stripes":
        return materials.stripes(name, colour, second, 18.0, roughness, attribute="rest")
    return materials.plain(name, colour, roughness)
