"""Solves some frames of a take again with a user's corrections; the take stays, the frames go to their own file."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .checks import check_target
from .clock import Clock
from .errors import BadInputError
from .files.bvh import local_axis_angles
from .pipeline import CaptureResult, Progress, Warn
from .resolve import track_of
from .settings import CorrectSettings
from .skeleton import BODY_JOINTS, CONTACT_POINTS, POSE_LANDMARKS
from .take import SmplMotion, Take, TakePerson
from .take_file import load
from .whole_file import write_whole

if TYPE_CHECKING:
    from .body.numpy_model import BodyModel
    from .fit.correct import Corrections
    from .fit.rig import Rig

# Seconds around the interval that the evidence is made of: as far as the lifter looks.
_CONTEXT = 3.0
# Corrected frames lie so far (s) inside the interval, whatever was asked: at its ends the result fades away.
_INSIDE = 0.25
_SMPL = ("global_orient", "body_pose", "left_hand_pose", "right_hand_pose", "transl")


def warm_up() -> None:
    """Loads what the first correction would wait for: torch, the lifter, the solve, the body.

    Raises BadInputError where the lifter's weights are not there.
    """
    from .body.numpy_model import load_free_body
    from .fit import correct, evidence, observation, root, shape, solve, terms  # noqa: F401

    load_free_body()
    solve.lifter()


def correct(
    settings: CorrectSettings,
    progress: Progress = lambda stage, done, total, eta_s: None,
    cancelled: Callable[[], bool] = lambda: False,
    warn: Warn = lambda message: None,
) -> CaptureResult:
    """Writes ``settings.output``, an npz of the interval's frames: ``begin``, the SMPL-H arrays, ``contacts``.

    Raises BadInputError naming the correction that makes no sense, CannotWriteError. Takes a fraction of a second, so
    ``cancelled`` is not asked.
    """
    from .body.choice import body_of
    from .fit.correct import correct as solve_again
    from .fit.shape import rig_for

    clock = Clock()
    check_target(settings.output)
    take = load(settings.take)
    person = _person(take, settings.person, settings.take)
    if len(take.cameras.K) != 1:
        raise BadInputError(f"{settings.take} has {len(take.cameras.K)} cameras.", "Only one is understood.")
    motion = person.smpl if settings.motion is None else _read_motion(settings.motion, take.frame_count)
    body = body_of(take.settings)
    rig = rig_for(body, person.smpl.betas, _height(person, body))
    asked = _read(settings, take, rig)
    clock.lap("prepare")
    context = _context(asked.begin, asked.end, take)
    moved = _shifted(asked, -context.start)
    pose = _pose(dataclasses.replace(person, smpl=motion), context)
    cameras = np.asarray(take.cameras.world_from_camera[0], np.float64)
    cameras = cameras[context] if cameras.ndim == 3 else np.tile(cameras, (context.stop - context.start, 1, 1))
    with _one_thread():
        corrected = solve_again(
            pose, np.asarray(person.contacts, np.float64)[context], _evidence(take, person, context, rig),
            np.linalg.inv(cameras), take.timestamps[context], rig, moved,
        )  # fmt: skip
    clock.lap("solve")
    _write(settings.output, corrected.pose, corrected.contacts, asked.begin)
    clock.lap("save")
    progress("correct", 1, 1, 0.0)
    frames = asked.end - asked.begin + 1
    summary = {"path": str(settings.output), "person": person.id, "begin": asked.begin, "end": asked.end}
    return CaptureResult(settings.output, summary | clock.summary(frames))


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """torch on one thread: for so few frames more gain nothing, and beside a busy Blender they wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _person(take: Take, name: str, path: Path) -> TakePerson:
    for person in take.people:
        if person.id == name:
            return person
    raise BadInputError(f"{path} has no person {name!r}.", f"People: {', '.join(p.id for p in take.people)}.")


def _height(person: TakePerson, body: BodyModel) -> float:
    """Metres; of the body itself where the take does not say."""
    if math.isfinite(person.height):
        return float(person.height)
    return float(np.ptp(body.shaped(person.smpl.betas)[:, 1]))


def _read(settings: CorrectSettings, take: Take, rig: Rig) -> Corrections:
    """The corrections of the request, checked, in the solve's terms."""
    from .fit.correct import Corrections
    from .fit.root import to_rays

    given, frames = settings.corrections, take.frame_count
    known = {field.name for field in dataclasses.fields(Corrections)} - {"begin", "end"}
    unknown = set(given) - known
    if unknown:
        raise BadInputError(f"Unknown correction '{sorted(unknown)[0]}'.", f"Known: {', '.join(sorted(known))}.")

    def frame(item: Mapping[str, Any], key: str = "frame") -> int:
        value = item.get(key)
        if not isinstance(value, int) or not 0 <= value < frames:
            raise BadInputError(f"There is no {key} {value!r}.", f"The take has frames 0 to {frames - 1}.")
        return value

    def joint(item: Mapping[str, Any]) -> str:
        return _one_of("joint", item.get("joint"), BODY_JOINTS)

    rows = {POSE_LANDMARKS[index]: row for row, index in enumerate(rig.landmarks)}
    camera = np.asarray(take.cameras.K[0], np.float64)
    pinned = {(frame(i), joint(i)): _numbers(i, "position", 3) for i in given.get("pinned", ())}
    posed = {(frame(i), joint(i)): _numbers(i, "rotation", 3) for i in given.get("posed", ())}
    points = {
        (frame(i), rows[_one_of("keypoint", i.get("keypoint"), tuple(rows))]): to_rays(_numbers(i, "pixel", 2), camera)
        for i in given.get("points", ())
    }
    contacts = tuple(
        (
            _one_of("point", i.get("point"), CONTACT_POINTS),
            frame(i, "begin"),
            frame(i, "end"),
            i.get("stands") is not False,
        )
        for i in given.get("contacts", ())
    )
    flipped = tuple(
        (_one_of("side", i.get("side"), ("left", "right")), frame(i, "begin"), frame(i, "end"))
        for i in given.get("flipped", ())
    )
    locked = tuple(_one_of("joint", name, BODY_JOINTS) for name in given.get("locked", ()))
    begin, end = frame({"begin": settings.begin}, "begin"), frame({"end": settings.end}, "end")
    if end < begin:
        raise BadInputError(f"The interval ends ({end}) before it begins ({begin}).", "Exchange them.")
    room = math.ceil(_INSIDE * float(take.fps_nominal))
    marked = [f for f, _ in (*pinned, *posed, *points)]
    marked += [f for _, first, last, *_ in (*contacts, *flipped) for f in (first, last)]
    begin = max(0, min([begin, *(f - room for f in marked)]))
    end = min(frames - 1, max([end, *(f + room for f in marked)]))
    return Corrections(begin, end, pinned, posed, points, contacts, flipped, locked)


def _context(begin: int, end: int, take: Take) -> slice:
    times = take.timestamps
    first = int(np.searchsorted(times, times[begin] - _CONTEXT))
    return slice(first, int(np.searchsorted(times, times[end] + _CONTEXT, side="right")))


def _shifted(asked: Corrections, by: int) -> Corrections:
    return dataclasses.replace(
        asked,
        begin=asked.begin + by,
        end=asked.end + by,
        pinned={(f + by, name): v for (f, name), v in asked.pinned.items()},
        posed={(f + by, name): v for (f, name), v in asked.posed.items()},
        points={(f + by, row): v for (f, row), v in asked.points.items()},
        contacts=tuple((name, b + by, e + by, on) for name, b, e, on in asked.contacts),
        flipped=tuple((side, b + by, e + by) for side, b, e in asked.flipped),
    )


def _evidence(take: Take, person: TakePerson, frames: slice, rig: Rig) -> Any:
    from .fit.evidence import Filtered
    from .fit.observation import observe
    from .fit.solve import lifter

    track = track_of(take, person).part(frames)
    times, camera = take.timestamps[frames], np.asarray(take.cameras.K[0], np.float64)
    seen = observe(track, times)
    if take.settings.get("lifter"):
        seen = lifter()(seen, times, camera)
    return Filtered.of(seen, times, camera).evidence(seen, camera, rig)


def _pose(person: TakePerson, frames: slice) -> Any:
    from .fit.terms import Pose
    from .rotation import axis_angle_to_matrix

    pose = np.asarray(local_axis_angles(person), np.float64)[frames]
    return Pose(axis_angle_to_matrix(pose), np.asarray(person.smpl.transl, np.float64)[frames])


def _write(path: Path, pose: Any, contacts: np.ndarray, begin: int) -> None:
    from .rotation import matrix_to_axis_angle

    turns = matrix_to_axis_angle(pose.rotations).astype(np.float32)
    parts = (turns[:, 0], turns[:, 1:22], turns[:, 22:37], turns[:, 37:52], pose.transl.astype(np.float32))
    arrays: dict[str, Any] = dict(zip(_SMPL, parts, strict=True))
    write_whole(path, lambda stream: np.savez_compressed(stream, begin=np.array(begin), contacts=contacts, **arrays))


def _read_motion(path: Path, frames: int) -> SmplMotion:
    """A motion in the same arrays as is written, of all frames: what the user sees now. Raises BadInputError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in (*_SMPL, "betas")}
    except (OSError, ValueError, KeyError) as error:
        raise BadInputError(f"{path} does not hold a motion: {error}.", "Write betas and the SMPL-H arrays.") from None
    if len(arrays["transl"]) != frames:
        raise BadInputError(f"{path} has {len(arrays['transl'])} frames.", f"The take has {frames}.")
    return SmplMotion(**arrays)


def _numbers(item: Mapping[str, Any], key: str, count: int) -> np.ndarray:
    try:
        value = np.asarray(item.get(key), np.float64)
    except (TypeError, ValueError):
        value = np.zeros(0)
    if value.shape != (count,) or not np.isfinite(value).all():
        raise BadInputError(f"The {key} {item.get(key)!r} is not {count} numbers.", "Give them as a list.")
    return value


def _one_of(what: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise BadInputError(f"There is no {what} {value!r}.", f"Known: {', '.join(known)}.")
    return str(value)
