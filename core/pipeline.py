"""A capture from footage to take: observe in chunks, tell the people apart, solve, save."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .assembly import Shot, actor_notes, assemble, people_summary, source_entry
from .body.choice import body_notes, check_actors, chosen_body
from .checks import check_target, read_actors
from .clock import Clock
from .device import choose_device, choose_dtype
from .errors import BadInputError, CancelledError, CannotWriteError
from .footage import Footage, first_timestamp, open_footage, write_background
from .journal import STAGES
from .lens.choice import Lens, choose_lens
from .lens.estimate import LensEstimate, estimate_lens
from .lift.weights import card_of, load_weights
from .methods import PIPELINES, find_pipeline
from .observe import Observed, Progress, Show, observe
from .settings import CaptureSettings
from .take import Take
from .take_file import save

if TYPE_CHECKING:
    from .lift.tracks import TrackLifter
    from .track.identity import PersonTrack

Warn = Callable[[str], None]


@dataclass(frozen=True)
class CaptureResult:
    """``path`` of the take; ``summary``: what ``--json`` prints, JSON values."""

    path: Path
    summary: dict[str, Any]


def capture(
    settings: CaptureSettings,
    progress: Progress = lambda stage, done, total, eta_s: None,
    cancelled: Callable[[], bool] = lambda: False,
    warn: Warn = lambda message: None,
    show: Show | None = None,
) -> CaptureResult:
    """Captures ``settings.source``, or ``settings.keypoints``, into ``settings.output``.

    ``progress(stage, done, total, eta_s)``; ``cancelled()`` is asked between chunks and people; ``warn`` gets one
    line each; ``show`` what was seen, a picture now and then. A capture that was killed, cancelled or ran out of disk
    goes on from its journal. Raises BadInputError (nothing is left behind), CannotWriteError or CancelledError (the
    journal stays).
    """
    clock = Clock()
    check_target(settings.output)
    warnings: list[str] = []

    def warn_once(message: str) -> None:
        if message not in warnings:
            warnings.append(message)
            warn(message)

    read_actors(settings.actor, [])  # a bad profile or body is refused before minutes of work
    chosen_body(settings.body)
    lifter = _load_lifter(settings)
    footage = open_footage(settings) if settings.keypoints is None else None
    device = choose_device(settings.device)
    progress(STAGES[0], 0, None, None)
    clock.lap("prepare")
    try:
        if footage is None:
            from .keypoints.shot import shot_of_keypoints

            progress("track", 0, 1, None)
            shot = shot_of_keypoints(settings, warn_once)
        else:
            shot = _shot_of_footage(settings, footage, device, clock, progress, cancelled, warn_once, show)
        _check_people(settings, shot, warn_once)
        clock.lap("track")
        size = (shot.info.width, shot.info.height)
        estimate = functools.partial(_estimate, shot, size)
        lens = choose_lens(settings.fov, settings.focal, size, shot.info.focal_px, estimate, warn_once)
        clock.lap("lens")
        take = _solve(settings, shot, lens, lifter, device, progress, cancelled, warn_once)
        clock.lap("solve")
        progress("save", 0, 1, None)
        save(take, settings.output)
    except CannotWriteError:
        raise
    except BadInputError:
        if footage is not None:
            footage.journal.remove()
        raise
    if footage is not None:
        footage.journal.remove()
    write_background(settings, take, progress, warn_once)
    clock.lap("save")
    progress("save", 1, 1, 0.0)
    resumed = 0 if footage is None else footage.resumed
    summary = {
        "path": str(settings.output),
        "frames": take.frame_count,
        "people": people_summary(take),
        "size": list(size),
        "fps_nominal": float(take.fps_nominal),
        "method": settings.method,
        "device": device,
        "dtype": choose_dtype(settings.precision, device),
        "resumed_chunks": resumed,
        "warnings": warnings,
    } | lens.summary()
    fresh = take.frame_count if footage is None else max(0, take.frame_count - resumed * footage.chunk_frames)
    return CaptureResult(settings.output, summary | clock.summary(fresh))


def _check_people(settings: CaptureSettings, shot: Shot, warn: Warn) -> None:
    there = [track.id for track in shot.tracks]
    for option, named in (("--height", settings.height), ("--actor", settings.actor)):
        for key in sorted(named.keys() - set(there)) if isinstance(named, dict) else ():
            warn(f"{option} names person {key}, but there is none; there are {', '.join(there)}.")


def _shot_of_footage(
    settings: CaptureSettings,
    footage: Footage,
    device: str,
    clock: Clock,
    progress: Progress,
    cancelled: Callable[[], bool],
    warn: Warn,
    show: Show | None,
) -> Shot:
    info, journal = footage.info, footage.journal
    observed = observe(settings, info, footage.chunk_frames, device, journal, clock, progress, cancelled, warn, show)
    progress("track", 0, 1, None)
    began = first_timestamp(settings, observed.timestamps)
    tracks = _identify(settings, observed, began, warn)
    source = source_entry(settings, info, footage.sha256, began)
    return Shot(info, observed.timestamps, tracks, [source], background=observed.background, segments=observed.segments)


def _estimate(shot: Shot, size: tuple[int, int]) -> LensEstimate | None:
    return estimate_lens(shot.segments, shot.background, shot.timestamps, size)


def _load_lifter(settings: CaptureSettings) -> TrackLifter | None:
    """What gives the people their 3D where it is not the landmark networks'. Raises BadInputError without weights."""
    weights = find_pipeline(settings.method).weights
    if not weights and settings.keypoints is None:
        return None
    if weights:
        card_of(weights)  # before torch is loaded
    from .lift.published import build_lifter
    from .lift.tracks import default_lifter, published

    if weights:
        return published(build_lifter(load_weights(weights)))
    try:
        return default_lifter()
    except BadInputError as error:
        named = ", ".join(pipeline.name for pipeline in PIPELINES if pipeline.weights)
        raise BadInputError(
            f"2D keypoints need a lifter for their 3D. {error.message}",
            f"Choose another with --method ({named}).",
        ) from error


def _identify(settings: CaptureSettings, observed: Observed, began: float, warn: Warn) -> list[PersonTrack]:
    from .track.choice import choose
    from .track.identity import link

    tracks = link(observed.tracklets, len(observed.timestamps), observed.timestamps, settings.people)
    if not tracks:
        raise BadInputError(
            f"No person was found in {settings.source}.", "Check that somebody is in the picture, and large enough."
        )
    return choose(tracks, settings.picks, observed.timestamps - began, warn)


def _solve(
    settings: CaptureSettings,
    shot: Shot,
    lens: Lens,
    lifter: TrackLifter | None,
    device: str,
    progress: Progress,
    cancelled: Callable[[], bool],
    warn: Warn,
) -> Take:
    from .fit.solve import SolveSettings, solve_take

    def solved(done: int, total: int) -> None:
        progress("solve", done, total, None)
        if cancelled():
            raise CancelledError("Cancelled while solving.", "Run the same capture again to go on from there.")

    solved(0, 1)
    body = chosen_body(settings.body)
    K = lens.matrix(shot.info.width, shot.info.height)
    if lifter is not None:
        from .lift.hands2d import lift_hands
        from .lift.tracks import lift_tracks

        tracks = lift_tracks(lifter, shot.tracks, shot.timestamps, K)
        if settings.hands and settings.keypoints is not None:
            tracks = lift_hands(tracks, shot.timestamps, K)
        shot = dataclasses.replace(shot, tracks=tracks)
    evidence = _has_lifter_evidence(settings)
    path = None
    if shot.background is not None:
        from .camera.path import camera_path

        path = camera_path(shot.background, shot.timestamps, K, (shot.info.width, shot.info.height))
        solved(0, 1)
    actors = read_actors(settings.actor, [track.id for track in shot.tracks])
    notes = body_notes(settings.body)
    check_actors(actors, notes)
    asked = SolveSettings(settings.height, evidence, actors)
    solution = solve_take(shot.tracks, shot.timestamps, K, body, asked, solved, path)
    for message in solution.warnings:
        warn(message)
    notes |= {"lifter": evidence} | actor_notes(actors)
    shot = dataclasses.replace(shot, notes=shot.notes | notes)
    return assemble(settings, shot, lens, solution, body, device)


def _has_lifter_evidence(settings: CaptureSettings) -> bool:
    """Whether the solve also asks the default lifter: not where a lifter's joints stand in the tracks already."""
    from .lift.default import WEIGHTS

    asked = find_pipeline(settings.method).uses_default_lifter and settings.keypoints is None
    return asked and WEIGHTS[False].is_file()
