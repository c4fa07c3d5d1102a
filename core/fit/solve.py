"""The solve: tracks of landmarks in, people in a common world out."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..contact.detect import Detector, detect
from ..take import ManoMotion, SmplMotion
from .build import build_of
from .floor import floor_level, up_in_camera, world_from_camera
from .ground import PASSES, ground
from .observation import Observation, observe
from .path_unit import path_unit
from .person import solve_in_camera
from .shape import Shape, rig_for, scaled, shapes_for
from .sizes import relative_sizes
from .standing import CameraPerson, hang_legs
from .world import person_in_world

if TYPE_CHECKING:
    from ..actor import Actor
    from ..camera.path import CameraPath
    from ..track.identity import PersonTrack

Array = NDArray[np.floating]

# Somebody whose size is found to be off by less (share) is left as tall as they were.
_SAME_SIZE = 0.01


@dataclass(frozen=True)
class SolveSettings:
    """height m: of everybody, or by person id, or None for the default. lifter: whether what the default lifter makes
    of the motion in 2D is evidence beside the 3D of the tracks. actors: by person id, whose bodies are known."""

    height: float | dict[str, float] | None = None
    lifter: bool = False
    actors: dict[str, Actor] = field(default_factory=dict)


@dataclass(frozen=True)
class SolvedPerson:
    """One actor in the world; shapes as in a take: SMPL-H and MANO parameters, joints_world (T, 71, 3) m,
    joints_confidence (T, 71), contacts (T, 6)."""

    id: str
    height: float
    smpl: SmplMotion
    left_hand: ManoMotion
    right_hand: ManoMotion
    joints_world: Array
    joints_confidence: Array
    contacts: Array


@dataclass(frozen=True)
class Solution:
    """world_from_camera (4, 4), of a moving camera (T, 4, 4), and the people, in the order of the tracks; warnings are
    for the user."""

    world_from_camera: Array
    people: tuple[SolvedPerson, ...]
    warnings: list[str] = field(default_factory=list)


def solve_take(
    tracks: list[PersonTrack],
    timestamps: Array,
    camera: Array,
    body: BodyModel,
    settings: SolveSettings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    path: CameraPath | None = None,
    detector: Detector = detect,
) -> Solution:
    """Solves every person as one camera sees them.

    timestamps (T,) s; camera (3, 3) px; ``progress(done, total)`` counts frames of people and may raise to stop;
    ``path`` of a camera that moves; ``detector`` finds the contacts. The tracks' ``present`` decides nothing here: gaps
    are solved through.
    """
    camera = np.asarray(camera, np.float64)
    shapes = shapes_for([track.id for track in tracks], settings.height, settings.actors, body)
    lifted = lifter() if settings.lifter else None
    frames = len(timestamps)
    steps = _Steps(progress, frames * len(tracks) * (1 + PASSES))

    def posed(seen: Observation, shape: Shape) -> CameraPerson:
        rig = rig_for(body, shape.betas, shape.height)
        return CameraPerson.of(seen, shape.betas, rig, solve_in_camera(seen, timestamps, camera, rig))

    def first(track: PersonTrack, shape: Shape) -> tuple[CameraPerson, Shape]:
        seen = observe(track, timestamps)
        if lifted is not None:
            seen = lifted(seen, timestamps, camera)
        person = posed(seen, shape)
        if not shape.kept:
            shape = build_of(person, shape, timestamps, body)
            person = posed(seen, shape)
        steps.took(frames)
        return person, shape

    with ThreadPoolExecutor(min(max(len(tracks), 1), os.cpu_count() or 1)) as pool:
        first_answers = list(pool.map(first, tracks, shapes))
    if not first_answers:
        return Solution(np.eye(4, dtype=np.float32), ())
    people, shapes = [person for person, _ in first_answers], [shape for _, shape in first_answers]

    metric = None if path is None else path.metric(path_unit(path, people, timestamps))
    cameras = np.tile(np.eye(4), (frames, 1, 1)) if metric is None else metric
    people = [person.seen_from(cameras) for person in people]
    step = float(np.median(np.diff(timestamps))) if frames > 1 else 1 / 30
    up = up_in_camera([p.joints for p in people], [p.sight for p in people], [p.soles for p in people],
                      [p.stance(timestamps) for p in people], step)  # fmt: skip
    sizes = relative_sizes(
        np.array([-floor_level([p.soles @ up], [p.feet]) if p.feet_seen else np.nan for p in people]),
        np.array([np.median(p.joints[:, 0, 2]) for p in people]), np.array([shape.known for shape in shapes]),
    )  # fmt: skip
    for i, size in enumerate(sizes):
        if abs(size - 1) > _SAME_SIZE:
            shapes[i] = scaled(shapes[i], float(size), body)
            people[i] = posed(people[i].seen, shapes[i]).seen_from(cameras)
    people = [hang_legs(person, up @ cameras[:, :3, :3], timestamps).seen_from(cameras) for person in people]
    seen_feet = [p for p in people if p.feet_seen]
    warnings = []
    if not seen_feet:
        tall = ", ".join(sorted({f"{p.rig.height:.2f} m" for p in people}))
        warnings.append(f"No foot was ever seen: the floor was put under a standing person of {tall}.")
    level = floor_level(
        [p.soles @ up for p in seen_feet or people],
        [p.feet if seen_feet else np.ones_like(p.feet) for p in seen_feet or people],
    )
    cameras, grounded = ground(people, world_from_camera(up, level) @ cameras, timestamps, steps.took, detector)
    solved = tuple(
        SolvedPerson(track.id, shape.height, *person_in_world(person, own, cameras, camera, body))
        for track, shape, person, own in zip(tracks, shapes, people, grounded, strict=True)
    )
    pose = cameras[0] if metric is None else cameras
    return Solution(pose.astype(np.float32), solved, warnings)


class _Steps:
    """Counts frames of people for ``progress(done, total)``."""

    def __init__(self, progress: Callable[[int, int], None], total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def took(self, frames: int) -> None:
        self._done = min(self._done + frames, self._total)
        self._progress(self._done, self._total)


@cache
def lifter() -> Callable[[Observation, Array, Array], Observation]:
    """The default lifter: adds its 3D to what was seen of a person (timestamps (T,) s, camera (3, 3) px)."""
    from ..lift.default import load_default
    from ..lift.evidence import with_lifter

    model = load_default()
    return lambda seen, timestamps, camera: with_lifter(seen, timestamps, camera, model)
