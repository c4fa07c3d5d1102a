"""What is filmed: the request, and the shot drawn from it, which holds all that renderer and truth need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from .motions import Motion
from .props import Box

Array = NDArray[np.floating]
Colour = tuple[float, float, float]  # linear RGB, 0…1
Mode = Literal["fast", "full"]
CameraMotion = Literal["static", "handheld", "dolly", "pan", "mixed"]

MODES: tuple[str, ...] = get_args(Mode)
CAMERA_MOTIONS: tuple[str, ...] = get_args(CameraMotion)
PEOPLE = (1, 4)
CAMERAS = (1, 6)
FRAMES = (1, 100_000)
SIZE = (64, 4096)  # px a side
FPS = (1, 240)
OCCLUDERS = (0, 4)
ROTATIONS = (0, 90, 180, 270)

# One stream of random numbers per part: adding a camera leaves people, light and place as they were.
_STREAMS = ("actor", "motion", "staging", "camera", "light", "place", "occluder", "clock", "grain")


def stream(seed: int, part: str, index: int = 0) -> np.random.Generator:
    """The random numbers of one part of a shot: ``part`` of ``actor``, ``motion``, ``camera``, …, the ``index``-th."""
    return np.random.default_rng([seed, _STREAMS.index(part), index])


@dataclass(frozen=True)
class Request:
    """What to film. ``motions``: sources of ``motions.load_motion``, dealt out in turn; none draws authored ones.

    ``size``: upright pixels (width, height). ``camera_motion``: of every camera, 'mixed' draws one for each.
    ``occluders``: pieces of furniture between camera 0 and the people. ``leave``: the framing lets the first person
    walk out of the picture and back. ``rotation``: degrees counterclockwise that players turn the stored picture by,
    as phones write it. ``variable_rate``: frames are left out, as phones do in the dark. ``markers``: dots at the
    joints instead of people, to test cameras by. Raises BadInputError naming the option that makes no sense.
    """

    seed: int
    people: int = 1
    cameras: int = 1
    frames: int = 60
    fps: Fraction = Fraction(30)
    size: tuple[int, int] = (640, 640)
    motions: Sequence[str] = ()
    mode: str = "fast"
    depth: bool = False
    camera_motion: str = "static"
    hands_close_up: bool = False
    occluders: int = 0
    leave: bool = False
    rotation: int = 0
    variable_rate: bool = False
    markers: bool = False

    def __post_init__(self) -> None:
        _whole("--seed", self.seed, 0, 2**63 - 1)
        _whole("--people", self.people, *PEOPLE)
        _whole("--cameras", self.cameras, *CAMERAS)
        _whole("--frames", self.frames, *FRAMES)
        _whole("--occluders", self.occluders, *OCCLUDERS)
        if not FPS[0] <= self.fps <= FPS[1]:
            raise BadInputError(f"--fps {float(self.fps):g} is out of range.", f"Give {FPS[0]} to {FPS[1]}.")
        for side in self.size:
            if not SIZE[0] <= side <= SIZE[1]:
                raise BadInputError(
                    f"--size {self.size[0]}x{self.size[1]} is out of range.",
                    f"Give {SIZE[0]} to {SIZE[1]} pixels a side, for example 640x640.",
                )
        if any(side % 2 for side in self.size):
            raise BadInputError(f"--size {self.size[0]}x{self.size[1]} has an odd side.", "Videos need even sides.")
        _one_of("--mode", self.mode, MODES)
        _one_of("--camera-motion", self.camera_motion, CAMERA_MOTIONS)
        if self.rotation not in ROTATIONS:
            raise BadInputError(f"--rotation {self.rotation} is no quarter turn.", "Give 0, 90, 180 or 270.")


@dataclass(frozen=True)
class Garment:
    """One shell of a look: a kind known to the wardrobe and its two colours.

    ``pattern``: plain, stripes or mottled cloth, or the style of hair; ``fit``: 0 tight … 1 loose; ``length``: 0 short
    … 1 long; ``neck``: 0 high … 1 low.
    """

    kind: str
    colour: Colour
    second: Colour
    pattern: str = "plain"
    fit: float = 0.5
    length: float = 0.5
    neck: float = 0.5


@dataclass(frozen=True)
class Look:
    """What an actor's body looks like: linear RGB of skin and irises, garments from the inside out."""

    skin: Colour
    iris: Colour
    garments: tuple[Garment, ...]


@dataclass(frozen=True)
class Actor:
    """One person: shape ``betas`` (10,), its stature in metres, look, and the motion in the shot's world."""

    betas: Array
    stature: float
    look: Look
    motion: Motion


@dataclass(frozen=True)
class Camera:
    """K (3,3) px and world_from_camera (T,4,4) m, OpenCV's axes; ``lens_mm`` is the equivalent on film 36 mm wide.

    ``distance``: metres to the middle of what it films, at the first frame; ``motion``: one of CAMERA_MOTIONS.
    """

    K: Array
    world_from_camera: Array
    lens_mm: float
    distance: float
    motion: str


@dataclass(frozen=True)
class Light:
    """The sun: where it stands (azimuth rad from +X, elevation rad), angular size (rad), strength (W/m²) and colour;
    and what surrounds the scene: colours of zenith, horizon and ground, a strength, and a seed for clouds and windows.
    """

    azimuth: float
    elevation: float
    sun_angle: float
    sun_strength: float
    sun_colour: Colour
    zenith: Colour
    horizon: Colour
    ground: Colour
    sky_strength: float
    seed: int


@dataclass(frozen=True)
class Place:
    """Ground and surroundings: a kind known to the renderer, a seed for its details, and where its middle lies."""

    kind: str
    seed: int
    centre: tuple[float, float]
    heading: float


@dataclass(frozen=True)
class Shot:
    """A planned shot: T frames at ``times`` (T,) s, P actors, C cameras.

    World of docs/architecture.md: metres, Z up, floor z = 0, origin below camera 0 at the first frame, +Y its view
    direction. ``exposure``: seconds that the shutter is open, centred on a frame's time. ``grain``: sensor noise,
    standard deviation of 255.
    """

    request: Request
    times: Array
    actors: tuple[Actor, ...]
    cameras: tuple[Camera, ...]
    light: Light
    place: Place
    props: tuple[Box, ...] = ()
    exposure: float = 0.0
    grain: float = 0.0
    warnings: tuple[str, ...] = field(default=())

    @property
    def frame_count(self) -> int:
        return len(self.times)


def _whole(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise BadInputError(f"{option} {value} is out of range.", f"Give {low} to {high}.")


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise BadInputError(f"{option} {value} is unknown.", f"Known: {', '.join(known)}.")
