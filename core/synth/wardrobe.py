"""What shells a look asks for: where each begins and ends on the body, how thick it is, how it is coloured.

Regions are drawn on the free body's template: metres, Y up, facing +Z, arms along ±X.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX
from .attached import Attached, ellipsoid, shoe
from .plan import Garment, Look
from .shells import Shell, make_shell, without_slivers

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Costume:
    """A dressed body: ``pose`` gives its vertices, ``faces`` (F,3), ``zones`` (F,) index into ``materials``.

    ``rest`` (V,3) m: places on the template, for patterns that stay on the cloth.
    """

    shells: tuple[Shell, ...]
    attached: tuple[Attached, ...]
    faces: NDArray[np.integer]
    zones: NDArray[np.integer]
    rest: Array
    materials: tuple[dict[str, Any], ...]

    def pose(self, vertices: Array, joints: Array, rotations: Array) -> Array:
        """(T,V,3) float32 from the body's vertices (T,N,3), joints (T,52,3) and rotations (T,52,3,3)."""
        parts = [vertices, *(shell.pose(vertices) for shell in self.shells)]
        parts += [part.pose(joints, rotations) for part in self.attached]
        return np.concatenate(parts, axis=1).astype(np.float32)


def dress(body: BodyModel, betas: Array, look: Look) -> Costume:
    """The free body in the look's garments and hair."""
    template = body.v_template.astype(np.float64)
    zones = np.zeros(len(body.faces), np.int64) if body.zones is None else np.asarray(body.zones)
    bare = without_slivers(template, body.faces, zones)
    skin = np.zeros(len(bare), np.int64)
    materials: list[dict[str, Any]] = [_material("skin", look.skin)]
    for part, colour in (("eye", (0.72, 0.71, 0.69)), ("iris", look.iris)):
        if part in body.zone_names:
            skin[zones == body.zone_names.index(part)] = len(materials)
            materials.append(_material(part, colour))
    shells: list[Shell] = []
    faces: list[NDArray[np.integer]] = []
    labels: list[NDArray[np.integer]] = []
    rest: list[Array] = [template]
    hidden = np.zeros(len(bare), bool)
    attached: list[Attached] = []

    def add(points: Array, own: NDArray[np.integer], zones_of: NDArray[np.integer]) -> None:
        faces.append(own + sum(len(r) for r in rest))
        labels.append(zones_of)
        rest.append(points)

    for garment in look.garments:
        if garment.kind == "shoes":
            continue
        field, thickness, smoothing, even = _REGIONS[garment.kind](body, template, garment)
        shell = make_shell(template, bare, field, thickness, smoothing, even)
        if garment.kind not in _OPEN:
            hidden |= shell.hidden
        add(shell.mixture @ template, shell.faces, np.full(len(shell.faces), len(materials)))
        materials.append(_material(garment.kind, garment.colour, garment))
        shells.append(shell)
    for garment in look.garments:
        if garment.kind != "shoes":
            continue
        collar = 0.075 + 0.045 * garment.length
        hidden |= np.all(template[bare][..., 1] < template[:, 1].min() + collar - 0.02, axis=1)
        for side in ("left", "right"):
            part, sole = shoe(body, betas, side, collar)
            add(part.points, part.faces, np.where(sole, len(materials) + 1, len(materials)))
            attached.append(part)
        materials += [_material("shoes", garment.colour, garment), _material("sole", garment.second)]
    for part in _gathered(look, body, betas):
        add(part.points, part.faces, np.full(len(part.faces), _index(materials, "hair")))
        attached.append(part)
    return Costume(
        shells=tuple(shells),
        attached=tuple(attached),
        faces=np.concatenate([bare[~hidden], *faces]).astype(np.int32),
        zones=np.concatenate([skin[~hidden], *labels]).astype(np.int32),
        rest=np.concatenate(rest).astype(np.float32),
        materials=tuple(materials),
    )


def _material(name: str, colour: tuple[float, float, float], garment: Garment | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "colour": list(colour),
        "second": list(garment.second if garment else colour),
        "pattern": garment.pattern if garment else "plain",
    }


def _index(materials: list[dict[str, Any]], name: str) -> int:
    return next(i for i, material in enumerate(materials) if material["name"] == name)


# --- regions: field and thickness on the template's vertices, rounds of smoothing and of evening; see make_shell


def _top(body: BodyModel, at: Array, garment: Garment) -> tuple[Array, Array, int, int]:
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    hem = -0.025 - 0.085 * garment.length
    sleeve = {"sleeveless": 0.155, "tshirt": 0.26 + 0.10 * garment.length, "longsleeve": 0.655}[garment.kind]
    # The neck line is a plane that leans forwards; a sleeveless top is cut lower.
    low = 0.03 + 0.04 * garment.neck if garment.kind == "sleeveless" else 0.0
    neck = (0.513 - low - y - (0.35 + 0.25 * garment.neck) * (z - 0.02)) * 0.9
    if garment.kind == "sleeveless":
        neck = np.maximum(neck, np.minimum(np.minimum(x - 0.075, 0.14 - x), 0.54 - y))
    # Below the arms, hips may be wider than a short sleeve is long.
    field = np.minimum(np.minimum(y - hem, neck), np.maximum(sleeve - x, 0.32 - y))
    arm = np.clip((x - 0.17) / 0.2, 0, 1)
    low_down = np.clip((0.25 - y) / 0.3, 0, 1)
    thick = 0.005 + 0.004 * garment.fit + (0.006 + 0.014 * garment.fit) * low_down + (0.002 + 0.012 * garment.fit) * arm
    return field, thick, 9, 12


def _jacket(body: BodyModel, at: Array, garment: Garment) -> tuple[Array, Array, int, int]:
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    neck = (0.52 - y - 0.3 * (z - 0.02)) * 0.9
    opening = np.where(z > 0.0, x - (0.03 + 0.10 * np.clip(0.2 - y, 0, 1)), 0.2)
    field = np.minimum(np.minimum(np.minimum(y + 0.06 + 0.06 * garment.length, neck), 0.648 - x), opening)
    low_down = np.clip((0.25 - y) / 0.3, 0, 1)
    thick = 0.017 + 0.006 * garment.fit + 0.016 * low_down + 0.006 * np.clip((x - 0.17) / 0.2, 0, 1)
    return field, thick, 9, 12


def _bottoms(body: BodyModel, at: Array, garment: Garment) -> tuple[Array, Array, int, int]:
    y = at[:, 1]
    hem = {"trousers": -0.845, "leggings": -0.82, "shorts": -0.25 - 0.15 * garment.length}[garment.kind]
    field = np.minimum(0.03 - y, y - hem)
    down = np.clip((-0.10 - y) / 0.35, 0, 1)
    if garment.kind == "leggings":
        return field, np.full(len(y), 0.002), 2, 1
    thick = 0.004 + (0.004 + 0.016 * garment.fit) * down
    return field, thick, 8, 3


_HAIR = {  # thickness (m) at the sides and on top
    "buzz": (0.003, 0.004), "short": (0.006, 0.015), "medium": (0.011, 0.024), "curls": (0.030, 0.042),
    "long": (0.015, 0.022), "bun": (0.006, 0.009), "ponytail": (0.006, 0.010),
}  # fmt: skip


def _hair(body: BodyModel, at: Array, garment: Garment) -> tuple[Array, Array, int, int]:
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    # From the forehead down past the temples to the nape, nowhere quite straight.
    ragged = 0.003 * np.sin(95 * at[:, 0] + 2.0) + 0.002 * np.sin(230 * at[:, 0] + 60 * y)
    line = (0.155 * (y - 0.733) - 0.135 * (z - 0.105)) / 0.2055 + ragged
    far = np.linalg.norm(at - [0, 0.655, 0.012] - np.sign(at[:, :1]) * [0.086, 0, 0], axis=1)
    ear = np.minimum(far - 0.032, np.maximum(far - 0.05, 0.0735 - x))
    sides, top = _HAIR[garment.pattern]
    up = np.clip((y - 0.66) / 0.09, 0, 1)
    thick = sides * (1 - up) + top * up
    if garment.pattern == "long":
        # Down to the nape in one sweep, tucked behind the ears.
        nape = 0.525 + 0.03 * (1 - garment.length)
        line = np.maximum(line, np.minimum(np.minimum(0.0 - z, y - nape), 0.11 - x))
        thick = thick + 0.026 * np.clip((0.635 - y) / 0.07, 0, 1) * np.clip((-0.01 - z) / 0.04, 0, 1)
    field = np.minimum(line, ear)
    field = np.where(y > 0.45, field, -0.1)
    rng = np.random.default_rng(7)
    waves = sum(np.sin(at @ rng.normal(0, 60, 3) + rng.uniform(0, 6)) for _ in range(6)) / 6
    lumpy = 0.45 if garment.pattern in ("curls", "medium") else 0.25
    # Thin at the hairline, full some centimetres behind it.
    rise = np.clip(field / (0.8 * top + 0.012), 0, 1)
    thick = thick * (1 + lumpy * waves) * (0.12 + 0.88 * np.sqrt(1 - (1 - rise) ** 2))
    return field, thick, 10 if garment.pattern == "long" else 5, 3


def _brows(body: BodyModel, at: Array, garment: Garment) -> tuple[Array, Array, int, int]:
    eye = at[body.extras[body.extra_names.index("left_eye")]]
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    u = (x - eye[0]) / 0.021
    arch = eye[1] + 0.0185 + 0.003 * (1 - u**2) + 0.001 * u
    half = (0.0035 + 0.001 * garment.fit) * np.clip(1.25 - np.abs(u) ** 3, 0.0, 1)
    field = np.minimum(half - np.abs(y - arch), (1.05 - np.abs(u)) * 0.02)
    return np.where((z > 0.07) & (y > 0.5), field, -0.1), np.full(len(x), 0.0012), 1, 1


def _lips(body: BodyModel, at: Array, garment: Garment) -> tuple[Array, Array, int, int]:
    nose = at[body.extras[body.extra_names.index("nose")]]
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    u = x / 0.025
    middle = nose[1] - 0.0385
    half = 0.0085 * np.sqrt(np.clip(1 - u**2, 0, 1))
    field = np.where((z > 0.06) & (u < 1), half - np.abs(y - middle), -0.1)
    return field, np.full(len(x), 0.0006), 1, 1


_REGIONS = {
    "tshirt": _top, "longsleeve": _top, "sleeveless": _top, "jacket": _jacket, "trousers": _bottoms,
    "leggings": _bottoms, "shorts": _bottoms, "hair": _hair, "brows": _brows, "lips": _lips,
}  # fmt: skip
_OPEN = ("jacket", "brows", "lips")  # skin or cloth below them shows


def _gathered(look: Look, body: BodyModel, betas: Array) -> list[Attached]:
    """A bun or a tail behind the head."""
    hair = next((g for g in look.garments if g.kind == "hair"), None)
    if hair is None or hair.pattern not in ("bun", "ponytail"):
        return []
    shaped = body.shaped(betas)
    crown, back = shaped[:, 1].max(), shaped[shaped[:, 1] > body.joints(betas)[JOINT_INDEX["head"], 1]][:, 2].min()
    balls = (
        [((0, crown - 0.045, back), (0.042, 0.040, 0.038))]
        if hair.pattern == "bun"
        else [((0, crown - 0.06, back - 0.012), (0.024, 0.024, 0.026)),
              ((0, crown - 0.15, back - 0.030), (0.026, 0.105, 0.022))]
    )  # fmt: skip
    return [ellipsoid(body, betas, "head", np.array(centre), radii) for centre, radii in balls]
