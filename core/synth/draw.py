"""A shot drawn from a request: every choice comes from the seed, part by part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX, TAKE_JOINTS
from .cameras import Subject, draw_camera
from .motions import AUTHORED, Motion, load_motion, placed
from .people import draw_betas, draw_look
from .plan import Actor, Camera, Light, Place, Request, Shot, stream
from .staging import stage, world_points

Array = NDArray[np.floating]

KINDS = ("courtyard", "room", "studio", "lawn", "street", "gym", "steppe")
_CROWN = 0.14  # m above the eyes
_DROPPED = 0.2  # of the frames, where the rate varies


def draw_shot(request: Request, body: BodyModel) -> Shot:
    """The whole plan. Raises BadInputError for a motion that cannot be loaded."""
    kept = _kept_frames(request)
    times = kept / float(request.fps)
    people = [_draw_person(request, body, i, int(kept[-1]) + 1) for i in range(request.people)]
    motions = stage([motion for *_, motion in people], body, stream(request.seed, "staging"))
    motions = [_at(motion, kept) for motion in motions]
    subject = _subject(motions, body, request)
    cameras = [
        draw_camera(
            subject, times, request.size, request.camera_motion, c, request.hands_close_up,
            stream(request.seed, "camera", c),
        )
        for c in range(request.cameras)
    ]  # fmt: skip
    heading, origin = _frame_of(cameras[0])
    actors = tuple(
        Actor(betas, stature, look, placed(motion, body, *_moved(heading, origin)))
        for (betas, stature, look, _), motion in zip(people, motions, strict=True)
    )
    light, exposure, grain = draw_light(stream(request.seed, "light"), float(request.fps))
    place = stream(request.seed, "place")
    turn = _turn(heading)
    centre = (turn @ -origin)[:2]
    return Shot(
        request=request,
        times=times,
        actors=actors,
        cameras=tuple(replace(c, world_from_camera=turn4(turn, origin) @ c.world_from_camera) for c in cameras),
        light=light,
        place=Place(
            str(place.choice(KINDS)), int(place.integers(2**31)), (float(centre[0]), float(centre[1])), heading
        ),
        props=tuple(box for actor in actors for box in actor.motion.props),
        exposure=exposure,
        grain=grain,
    )


def draw_light(rng: np.random.Generator, fps: float) -> tuple[Light, float, float]:
    """Light, exposure in seconds and grain."""
    overcast = rng.uniform()  # 0 clear … 1 grey
    warm = rng.uniform()
    light = Light(
        azimuth=float(rng.uniform(-np.pi, np.pi)),
        elevation=float(np.radians(rng.uniform(28, 62))),
        sun_angle=float(np.radians(0.6 + 14 * overcast**2)),
        sun_strength=float(3.4 * (1 - 0.75 * overcast)),
        sun_colour=(1.0, 0.96 - 0.08 * warm, 0.90 - 0.2 * warm),
        zenith=(0.30 + 0.35 * overcast, 0.46 + 0.22 * overcast, 0.80 - 0.05 * overcast),
        horizon=(0.75, 0.80, 0.86),
        ground=(0.25, 0.23, 0.20),
        sky_strength=float(rng.uniform(0.65, 0.95) + 0.35 * overcast),
        seed=int(rng.integers(2**31)),
    )
    exposure = min(float(np.exp(rng.uniform(np.log(1 / 400), np.log(1 / 50)))), 0.5 / fps)
    return light, exposure, float(rng.uniform(0.4, 1.5))


def _draw_person(request: Request, body: BodyModel, i: int, count: int) -> tuple:
    rng = stream(request.seed, "actor", i)
    betas, stature = draw_betas(body, rng)
    look = draw_look(rng)
    rng = stream(request.seed, "motion", i)
    names = [str(name) for name in request.motions] or [str(rng.choice(AUTHORED))]
    motion = load_motion(_source(names[i % len(names)]), body, betas, request.fps, count, rng)
    return betas, stature, look, motion


def _source(name: str) -> str | Path:
    return name if name in AUTHORED else Path(name)


def _kept_frames(request: Request) -> NDArray[np.integer]:
    """Which frames of the steady clock are recorded."""
    if not request.variable_rate:
        return np.arange(request.frames)
    rng = stream(request.seed, "clock")
    return np.concatenate([[0], np.cumsum(1 + rng.binomial(2, _DROPPED, request.frames - 1))]).astype(np.int64)


def _at(motion: Motion, frames: NDArray[np.integer]) -> Motion:
    """Some frames of a motion."""
    smpl = motion.smpl
    names = ("global_orient", "body_pose", "left_hand_pose", "right_hand_pose", "transl")
    return replace(motion, smpl=replace(smpl, **{name: getattr(smpl, name)[frames] for name in names}))


def _subject(motions: list[Motion], body: BodyModel, request: Request) -> Subject:
    points = [world_points(motion, body) for motion in motions]
    first = points[0][:, JOINT_INDEX["left_shoulder"]] - points[0][:, JOINT_INDEX["right_shoulder"]]
    left = first[..., :2].mean(axis=0)
    # The side towards which the first person's chest faces.
    front = np.array([left[1], -left[0]]) if np.linalg.norm(left) > 1e-3 else np.array([0.0, -1.0])
    if request.hands_close_up:
        names = [j for j, name in enumerate(TAKE_JOINTS) if _is_hand(name)]
        return Subject(points[0][:, names], front)
    crowns = [p[:, [JOINT_INDEX["head"]]] + [0, 0, _CROWN + 0.09] for p in points]
    return Subject(np.concatenate([*points, *crowns], axis=1), front)


def _is_hand(name: str) -> bool:
    return any(part in name for part in ("wrist", "index", "middle", "pinky", "ring", "thumb"))


def _frame_of(camera: Camera) -> tuple[float, Array]:
    """The turn (rad) and the origin (3,) m that put camera 0's first view along +Y over the world's origin."""
    first = camera.world_from_camera[0]
    heading = np.pi / 2 - np.arctan2(first[1, 2], first[0, 2])
    return float(heading), np.array([first[0, 3], first[1, 3], 0.0])


def _turn(heading: float) -> Array:
    c, s = np.cos(heading), np.sin(heading)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def turn4(turn: Array, origin: Array) -> Array:
    """(4, 4) taking p to turn (p − origin)."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, -turn @ origin
    return pose


def _moved(heading: float, origin: Array) -> tuple[float, tuple[float, float]]:
    """Arguments of ``placed`` for the same move."""
    x, y, _ = -_turn(heading) @ origin
    return heading, (float(x), float(y))
