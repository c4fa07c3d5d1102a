"""A shot drawn from a request: every choice comes from the seed, part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX, TAKE_JOINTS
from .cameras import Subject, draw_camera, project
from .furniture import draw_piece
from .motions import AUTHORED, Box, Motion, load_motion, placed
from .people import draw_betas, draw_look
from .plan import Actor, Camera, Light, Place, Request, Shot, stream
from .staging import stage, world_points

Array = NDArray[np.floating]

KINDS = ("courtyard", "room", "studio", "lawn", "street", "gym", "steppe")
LEAVING = "leave_and_return"
HAND_MOTIONS = ("hand_shapes", "signs", "grasps", "crossed_hands")
BODY_MOTIONS = tuple(name for name in AUTHORED if name != LEAVING)
_CROWN = 0.23  # m above the joint of the head
_STAYS, _OFF_CENTRE = 0.3, 1.0  # m; the second of a square picture
_DROPPED = 0.2  # of the frames, where the rate varies


def draw_shot(request: Request, body: BodyModel) -> Shot:
    """The whole plan. Raises BadInputError for a motion that cannot be loaded."""
    kept = _kept_frames(request)
    times = kept / float(request.fps)
    people = [_draw_person(request, body, i, int(kept[-1]) + 1) for i in range(request.people)]
    motions = stage([person.motion for person in people], body, stream(request.seed, "staging"))
    motions = [_at(motion, kept) for motion in motions]
    points = [world_points(motion, body) for motion in motions]
    subject = subject_of(points, request)
    cameras = [
        draw_camera(
            subject, times, request.size, request.camera_motion, c, request.hands_close_up,
            stream(request.seed, "camera", c),
        )
        for c in range(request.cameras)
    ]  # fmt: skip
    pieces = _furniture(request, cameras, points)
    heading, origin = _frame_of(cameras[0])
    turn = _turn(heading)
    x, y, _ = (float(v) for v in -turn @ origin)
    light, exposure, grain = draw_light(stream(request.seed, "light"), float(request.fps))
    place = stream(request.seed, "place")
    actors = tuple(
        replace(person, motion=placed(motion, body, heading, (x, y)))
        for person, motion in zip(people, motions, strict=True)
    )
    furniture = tuple(box.moved(heading, (x, y)) for piece in pieces for box in piece)
    shot = Shot(
        request=request,
        times=times,
        actors=actors,
        cameras=tuple(replace(c, world_from_camera=_pose(turn, (x, y)) @ c.world_from_camera) for c in cameras),
        light=light,
        place=Place(str(place.choice(KINDS)), int(place.integers(2**31)), (x, y), heading),
        props=(*(box for actor in actors for box in actor.motion.props), *furniture),
        exposure=exposure,
        grain=grain,
    )
    return replace(shot, warnings=_warnings(shot, body, sum(1 for piece in pieces if piece)))


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


def _draw_person(request: Request, body: BodyModel, i: int, count: int) -> Actor:
    rng = stream(request.seed, "actor", i)
    betas, stature = draw_betas(body, rng)
    look = draw_look(rng)
    rng = stream(request.seed, "motion", i)
    if request.motions:
        name = str(request.motions[i % len(request.motions)])
    elif request.leave and i == 0:
        name = LEAVING
    else:
        name = str(rng.choice(HAND_MOTIONS if request.hands_close_up else BODY_MOTIONS))
    return Actor(betas, stature, look, load_motion(name, body, betas, request.fps, count, rng))


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


def subject_of(points: list[Array], request: Request) -> Subject:
    """What the cameras must show, of people's joints (T, 71, 3) m each."""
    first = points[0]
    left = (first[:, JOINT_INDEX["left_shoulder"]] - first[:, JOINT_INDEX["right_shoulder"]])[:, :2].mean(axis=0)
    # The side towards which the first person's chest faces.
    front = np.array([left[1], -left[0]]) if np.linalg.norm(left) > 1e-3 else np.array([0.0, -1.0])
    if request.hands_close_up:
        return Subject(first[:, [j for j, name in enumerate(TAKE_JOINTS) if _is_hand(name)]], front)
    aspect = request.size[0] / request.size[1]
    stays, ground = _before_leaving(first, aspect) if request.leave else (first, first[:, :0])
    framed = [stays, *points[1:]]
    crowns = [p[:, [JOINT_INDEX["head"]]] + [0, 0, _CROWN] for p in framed]
    return Subject(np.concatenate([*framed, *crowns, ground], axis=1), front, len(points))


def _before_leaving(points: Array, aspect: float) -> tuple[Array, Array]:
    """The person as if it stayed where it starts, and a spot (T, 1, 3) on the side that it does not leave by."""
    pelvis = points[:, 0, :2]
    gone = np.linalg.norm(pelvis - pelvis[0], axis=1)
    away = pelvis[gone.argmax()] - pelvis[0]
    frames = np.arange(len(points))
    near = frames[gone <= _STAYS]
    stays = points[near[np.abs(frames[:, None] - near).argmin(axis=1)]]
    back = np.append(-_OFF_CENTRE * aspect * away / max(float(np.linalg.norm(away)), 1e-6), 0.0)
    return stays, stays[:, :1] + back


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


def _pose(turn: Array, place: tuple[float, float]) -> Array:
    """(4, 4) of a turn about the vertical and a move on the floor."""
    pose = np.eye(4)
    pose[:3, :3], pose[:2, 3] = turn, place
    return pose


def _furniture(request: Request, cameras: list[Camera], points: list[Array]) -> list[tuple[Box, ...]]:
    positions = np.stack([camera.world_from_camera[0, :3, 3] for camera in cameras])
    tracks = np.concatenate([p[..., :2] for p in points], axis=1)
    return [
        draw_piece(positions[0], positions, tracks, stream(request.seed, "occluder", k))
        for k in range(request.occluders)
    ]


def _warnings(shot: Shot, body: BodyModel, pieces: int) -> tuple[str, ...]:
    """What the request asked for and the shot does not quite give."""
    found = []
    if pieces < shot.request.occluders:
        found.append(f"There was room for {pieces} of {shot.request.occluders} pieces of furniture.")
    for i, actor in enumerate(shot.actors):
        points = world_points(actor.motion, body)
        for c, camera in enumerate(shot.cameras):
            pixels, depth = project(points, camera.K, camera.world_from_camera)
            inside = np.all((pixels >= 0) & (pixels <= np.array(shot.request.size) - 1), axis=-1) & (depth > 0)
            whole = inside.all(axis=1).mean()
            leaves = shot.request.leave and i == 0
            if leaves and inside.any(axis=1).all():
                found.append(f"Person 1 never quite leaves the picture of camera {c + 1}; give more --frames.")
            if not leaves and not shot.request.hands_close_up and whole < 1:
                found.append(f"Person {i + 1} is wholly in the picture of camera {c + 1} in {whole:.0%} of the frames.")
    return tuple(found)
