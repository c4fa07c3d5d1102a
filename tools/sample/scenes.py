"""What is filmed: camera, people and their parts for each sample clip."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, tan

import numpy as np

from understudy.core.body.numpy_model import BodyModel
from understudy.core.synth.authored.arms import FIST, HANGING, OPEN, POINT, TWO, Arm, turned
from understudy.core.synth.authored.gait import Step
from understudy.core.synth.authored.role import Role, walk_line

Colour = tuple[float, float, float]  # linear RGB


@dataclass(frozen=True)
class Person:
    """A role and what its body looks like: linear RGB per zone name, and stature in metres."""

    role: Role
    height: float
    colours: dict[str, Colour]


@dataclass(frozen=True)
class Scene:
    """A clip: picture size px, field of view (degrees, longer side), camera height m and pitch (degrees down)."""

    name: str
    size: tuple[int, int]
    fov: float
    camera_height: float
    pitch: float
    seconds: float
    fps: int
    people: tuple[Person, ...]
    crf: int
    samples: int
    lens_in_metadata: bool  # as phones write it

    @property
    def focal_px(self) -> float:
        return max(self.size) / 2 / tan(radians(self.fov) / 2)

    @property
    def focal_35mm(self) -> float:
        """The equivalent on film 36 mm wide."""
        return 36 * self.focal_px / max(self.size)

    @property
    def world_from_camera(self) -> np.ndarray:
        """(4, 4), OpenCV's axes, above the world's origin, looking along +Y."""
        pose = np.eye(4)
        p = radians(self.pitch)
        right, down = np.array([1.0, 0, 0]), np.array([0, -np.sin(p), -np.cos(p)])
        pose[:3, :3] = np.stack([right, down, np.cross(right, down)], axis=1)
        pose[:3, 3] = 0, 0, self.camera_height
        return pose


SKIN_LIGHT: Colour = (0.46, 0.245, 0.16)
SKIN_BROWN: Colour = (0.20, 0.095, 0.055)


def _looks(skin: Colour, shirt: Colour, trousers: Colour, hair: Colour) -> dict[str, Colour]:
    return {"skin": skin, "shirt": shirt, "trousers": trousers, "hair": hair}


RAISED = Arm((0.62, -0.62, 0.48), (0.30, 0.92, 0.30), (0.12, 0.98, 0.18), (0.05, -0.15, 1.0), OPEN, spread=0.16)
WAVE_OUT = turned(RAISED, fore=(0.62, 0.78, 0.26), hand=(0.68, 0.72, 0.18))
WAVE_IN = turned(RAISED, fore=(0.08, 0.95, 0.34), hand=(-0.22, 0.96, 0.2))
OFFER = Arm((0.30, -0.86, 0.42), (0.38, -0.02, 0.94), (0.42, 0.06, 0.92), (-0.25, 0.95, 0.20), OPEN, spread=0.10)
COUNT_FIST = Arm((0.50, -0.84, 0.22), (0.40, 0.78, 0.50), (0.25, 0.95, 0.20), (0.60, -0.25, 0.76), FIST)
COUNT_ONE = turned(COUNT_FIST, curl=POINT)
COUNT_TWO = turned(COUNT_FIST, curl=TWO, spread=0.14)
COUNT_OPEN = turned(COUNT_FIST, curl=OPEN, spread=0.2)
POINT_SIDE = Arm((0.85, -0.28, 0.40), (0.90, 0.10, 0.42), (0.93, 0.10, 0.36), (0.30, -0.25, -0.92), POINT)


def solo(body: BodyModel) -> Scene:
    """A greeting, four steps towards the camera, a turn on two more, counting on the fingers."""
    betas = body.betas_for_height(1.70)
    start, steps = walk_line((0.02, 4.80), radians(-6), "left", 0.85, 3, 0.62)
    # Out of the walk into the turn: the feet step round, each with a heading of its own.
    x, y = -0.12, 3.72
    steps = [
        *steps[:2],
        Step("left", 1.93, 2.33, (x + 0.12, y + 0.02), radians(34)),
        Step("right", 2.46, 2.84, (x - 0.04, y - 0.14), radians(50)),
    ]
    arms = {
        "right": [
            (0, 0, WAVE_OUT), (0.0, 0.24, WAVE_IN), (0.24, 0.48, WAVE_OUT), (0.48, 0.70, RAISED),
            (0.70, 1.25, HANGING), (2.30, 2.80, COUNT_FIST), (2.84, 3.00, COUNT_ONE), (3.10, 3.26, COUNT_TWO),
            (3.36, 3.52, COUNT_OPEN),
        ],
        "left": [(0, 0, HANGING), (2.25, 2.80, OFFER), (3.30, 3.62, POINT_SIDE)],
    }  # fmt: skip
    role = Role(
        betas, start, radians(-6), steps, arms,
        look=[(0, 0.0), (0.6, 0.0), (1.9, 0.0), (2.5, -0.42), (3.7, -0.40)],
        nod=[(0, 0.0), (1.0, 0.06), (2.4, 0.10), (3.0, 0.0)],
        lean=[(0, 0.0), (0.8, 0.0), (1.1, 0.05), (2.2, 0.02)],
    )  # fmt: skip
    colours = _looks(SKIN_LIGHT, (0.035, 0.20, 0.23), (0.07, 0.065, 0.06), (0.03, 0.017, 0.01))
    people = (Person(role, 1.70, colours),)
    return Scene("solo", (768, 1024), 37, 1.25, 5.5, 3.7, 30, people, crf=19, samples=7, lens_in_metadata=True)


def duo(body: BodyModel) -> Scene:
    """Two people cross, the shorter one in front, and greet each other with a hand."""
    tall, short = body.betas_for_height(1.84), body.betas_for_height(1.62)
    start_a, steps_a = walk_line((-1.50, 5.75), radians(68), "right", 0.30, 6, 0.60, swing=0.38, rest=0.13)
    start_b, steps_b = walk_line((1.30, 4.75), radians(-72), "left", 0.35, 6, 0.52, swing=0.37, rest=0.12)
    hello = Arm((0.40, -0.60, 0.70), (0.12, 0.80, 0.58), (0.10, 0.97, 0.22), (0.35, -0.15, 0.92), OPEN, spread=0.14)
    shake = turned(hello, fore=(0.40, 0.76, 0.50), hand=(0.45, 0.87, 0.20))
    a = Role(
        tall, start_a, radians(68), steps_a,
        {"left": [(0, 0, hello), (0.0, 0.22, shake), (0.22, 0.42, hello), (0.42, 1.00, HANGING)]},
        look=[(0, -0.75), (0.5, -0.6), (1.2, -0.1), (3.4, -0.2)], phase=1.0,
    )  # fmt: skip
    b = Role(
        short, start_b, radians(-72), steps_b,
        {"right": [(0, 0, HANGING), (2.35, 2.85, hello), (2.85, 3.05, shake), (3.05, 3.25, hello)]},
        look=[(0, 0.75), (0.5, 0.6), (1.2, 0.1), (2.3, 0.2), (2.8, 0.6)], phase=2.4,
    )  # fmt: skip
    looks_a = _looks(SKIN_BROWN, (0.42, 0.30, 0.10), (0.02, 0.03, 0.07), (0.008, 0.006, 0.005))
    looks_b = _looks(SKIN_LIGHT, (0.36, 0.05, 0.05), (0.18, 0.17, 0.15), (0.10, 0.05, 0.02))
    people = (Person(a, 1.84, looks_a), Person(b, 1.62, looks_b))
    return Scene("duo", (960, 540), 54, 1.35, 5.0, 3.4, 30, people, crf=19, samples=5, lens_in_metadata=False)


SCENES = {"solo": solo, "duo": duo}
