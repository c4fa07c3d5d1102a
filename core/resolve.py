"""Solves a take again with other settings, from the keypoints it keeps; the footage is not needed."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .assembly import ACTORS, actor_notes, actors_of, background_of, people_summary, solved_fields
from .checks import Height, check_target, read_actors
from .clock import Clock
from .errors import BadInputError
from .lens.choice import FOCAL, Lens, choose_lens
from .pipeline import CaptureResult, Progress, Warn
from .settings import ResolveSettings
from .skeleton import BODY_KEYPOINTS
from .take import Take, TakePerson
from .take_file import load, save
from .version import CREATED_WITH

if TYPE_CHECKING:
    from .actor import Actor
    from .track.identity import PersonTrack


def resolve(
    settings: ResolveSettings,
    progress: Progress = lambda stage, done, total, eta_s: None,
    cancelled: Callable[[], bool] = lambda: False,
    warn: Warn = lambda message: None,
) -> CaptureResult:
    """Writes ``settings.output``: the take ``settings.take`` with another height or lens, its measurements untouched.

    Raises BadInputError for a take that cannot be solved again, CannotWriteError. Takes seconds, so ``cancelled`` is
    not asked.
    """
    from .body.choice import body_notes, body_of, check_actors, chosen_body, without_body
    from .fit.solve import SolveSettings, solve_take

    clock = Clock()
    check_target(settings.output)
    take = load(settings.take)
    if len(take.cameras.K) != 1:
        raise BadInputError(f"{settings.take} has {len(take.cameras.K)} cameras.", "Only one is understood.")
    warnings: list[str] = []
    lens = _lens(settings, take, warnings.append)
    actors, height = _bodies(settings, take)
    notes = take.settings
    body = body_of(notes) if settings.body is None else chosen_body(settings.body)
    if settings.body is not None:
        notes = without_body(notes) | body_notes(settings.body)
    check_actors(actors, notes)
    width, height_px = (int(value) for value in take.cameras.size[0])
    K = lens.matrix(width, height_px)
    tracks = [track_of(take, person) for person in take.people]
    clock.lap("prepare")
    progress("solve", 0, len(tracks), None)
    path = None
    if background := background_of(take):
        from .camera.path import camera_path

        path = camera_path(background, take.timestamps, K, (width, height_px))
    solution = solve_take(
        tracks, take.timestamps, K, body, SolveSettings(height, bool(take.settings.get("lifter")), actors),
        lambda done, total: progress("solve", done, total, None), path,
    )  # fmt: skip
    clock.lap("solve")
    people = tuple(
        dataclasses.replace(person, **solved_fields(solved), name=_name(person, actors))
        for person, solved in zip(take.people, solution.people, strict=True)
    )
    kept = {key: value for key, value in notes.items() if key != ACTORS} | actor_notes(actors)
    again = dataclasses.replace(
        take,
        cameras=dataclasses.replace(
            take.cameras, K=K[None], world_from_camera=np.asarray(solution.world_from_camera)[None]
        ),
        people=people,
        sources=[_moved(source, settings) for source in take.sources],
        settings=kept | {"height": height} | lens.notes(),
        created_with=CREATED_WITH,
        take_id=uuid.uuid4().hex,
    )
    progress("save", 0, 1, None)
    save(again, settings.output)
    clock.lap("save")
    progress("save", 1, 1, 0.0)
    warnings += solution.warnings
    for message in warnings:
        warn(message)
    summary = {
        "path": str(settings.output),
        "frames": again.frame_count,
        "people": people_summary(again),
        "warnings": warnings,
    } | lens.summary()
    return CaptureResult(settings.output, summary | clock.summary(again.frame_count))


def _lens(settings: ResolveSettings, take: Take, warn: Warn) -> Lens:
    if settings.fov is None and settings.focal is None:
        kept, focal = take.settings, float(take.cameras.K[0, 0, 0])
        spread = kept.get("focal_spread")
        told_by = tuple(kept.get("focal_told_by", ()))
        return Lens(focal, str(kept.get("focal_source", FOCAL)), None if spread is None else float(spread), told_by)
    width, height = (int(value) for value in take.cameras.size[0])
    return choose_lens(settings.fov, settings.focal, (width, height), None, lambda: None, warn)


def _bodies(settings: ResolveSettings, take: Take) -> tuple[dict[str, Actor], Height | None]:
    """Actors by person id and the height of the others: as told now, else what the take was solved with.

    Who is told to be so tall is no longer the actor of before.
    """
    ids = [person.id for person in take.people]
    before, told = actors_of(take.settings), read_actors(settings.actor, ids)
    if settings.height is None:
        kept = take.settings.get("height")
        return before | told, kept if kept is None or isinstance(kept, dict) else float(kept)
    measured = settings.height if isinstance(settings.height, dict) else ids
    return {person: actor for person, actor in before.items() if person not in measured} | told, settings.height


def _name(person: TakePerson, actors: dict[str, Actor]) -> str:
    return actors[person.id].name if person.id in actors else person.name


def track_of(take: Take, person: TakePerson) -> PersonTrack:
    """What was measured of a person, as perception gave it."""
    from .track.identity import PersonTrack
    from .track.similarity import box_of

    width, height = (int(value) for value in take.cameras.size[0])
    points, confidence = person.keypoints2d[0], person.keypoints2d_confidence[0]
    body = points[:, BODY_KEYPOINTS]
    found = np.isfinite(body).all(-1)
    seen = found.sum(1) >= 3
    boxes = np.full((len(points), 4), np.nan, np.float32)
    # Where a detector left points out, all that it found make the box.
    visible = np.where(found.all(1, keepdims=True), confidence[:, BODY_KEYPOINTS], found)
    boxes[seen] = box_of(np.nan_to_num(body[seen]), visible[seen], width, height)
    return PersonTrack(
        id=person.id,
        present=person.present,
        boxes=boxes,
        keypoints2d=points,
        confidence=confidence,
        keypoints3d=person.keypoints3d[0],
    )


def _moved(source: dict, settings: ResolveSettings) -> dict:
    """The footage's path as seen from the new take's folder."""
    if not source.get("path") or Path(source["path"]).is_absolute():
        return source
    footage = settings.take.resolve().parent / source["path"]
    return source | {"path": Path(os.path.relpath(footage, settings.output.resolve().parent)).as_posix()}
