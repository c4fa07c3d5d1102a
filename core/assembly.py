"""From tracks and their solution to a take: the lens, the models that were used, and everything in its place."""

from __future__ import annotations

import dataclasses
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .actor import Actor
from .lens.choice import Lens
from .lift.weights import card_of
from .methods import find_pipeline
from .settings import CaptureSettings
from .skeleton import KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS
from .take import Take, TakeCameras, TakePerson
from .version import CREATED_WITH, VERSION
from .weights.registry import find_model

if TYPE_CHECKING:
    from .body.numpy_model import BodyModel
    from .camera.background import BackgroundTracks
    from .fit.solve import Solution
    from .track.identity import PersonTrack
    from .video.source import VideoInfo


BACKGROUND = "background/"
ACTORS = "actors"


@dataclass(frozen=True)
class Shot:
    """What a capture knows before the solve: the frames' ``timestamps`` (T,) s, everybody's ``tracks``, what the take
    will say of its footage (``sources``, empty without any), what else it keeps among its settings (``notes``), and
    corners of the ``background`` where the camera may move."""

    info: VideoInfo
    timestamps: np.ndarray
    tracks: list[PersonTrack]
    sources: list[dict[str, Any]]
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)
    background: BackgroundTracks | None = None
    segments: tuple[np.ndarray, ...] = ()


def source_entry(settings: CaptureSettings, info: VideoInfo, sha256: str, first_timestamp: float) -> dict[str, Any]:
    """What a take says of its footage; ``first_timestamp`` (s) is the clip's, wherever the capture begins in it."""
    assert settings.source is not None
    source, folder = settings.source.resolve(), settings.output.resolve().parent
    try:
        path = Path(os.path.relpath(source, folder))
    except ValueError:  # another drive on Windows
        path = source
    return {
        "path": path.as_posix(),
        "sha256": sha256,
        "size": [info.width, info.height],
        "rotation": info.rotation,
        "first_timestamp": first_timestamp,
    }


def models_used(settings: CaptureSettings, notes: dict[str, Any], body: BodyModel) -> list[dict[str, Any]]:
    """Name, version, licence and commercial use of everything that touched the take."""
    pipeline = find_pipeline(settings.method)
    networks = [find_model(name) for name in pipeline.networks(settings.hands, settings.keypoints is not None)]
    entries = [
        {"name": m.name, "version": m.version, "licence": m.licence, "commercial": m.commercial} for m in networks
    ]
    if settings.keypoints is not None:
        # Whoever found them: OpenPose's networks, for one, are for research only.
        entries.append(
            {"name": f"2D keypoints, {notes['keypoints']['joint_set']}", "version": "", "commercial": False,
             "licence": "unknown: that of the program that found them"}
        )  # fmt: skip
    if pipeline.weights:
        card = card_of(pipeline.weights)
        entries.append(
            {"name": f"{card.name}: {card.description}", "version": card.version or card.sha256[:12],
             "licence": card.licence, "commercial": card.commercial}
        )  # fmt: skip
    if notes.get("lifter") or (settings.keypoints is not None and pipeline.uses_default_lifter):
        entries.append(
            {"name": "default lifter", "version": VERSION, "licence": "GPL-3.0-or-later", "commercial": True}
        )
    return [
        *entries,
        {"name": body.source, "version": VERSION, "licence": body.licence, "commercial": body.commercial},
    ]


def assemble(
    settings: CaptureSettings,
    shot: Shot,
    lens: Lens,
    solution: Solution,
    body: BodyModel,
    device: str,
) -> Take:
    """The take of one camera; its background's corners are kept where it moves."""
    info, timestamps = shot.info, shot.timestamps
    names = {person: actor.name for person, actor in actors_of(shot.notes).items()}
    people = tuple(
        TakePerson(
            id=track.id,
            present=track.present,
            keypoints2d=track.keypoints2d[None],
            keypoints2d_confidence=track.confidence[None],
            keypoints3d=track.keypoints3d[None],
            name=names.get(track.id, ""),
            **solved_fields(solved),
        )
        for track, solved in zip(shot.tracks, solution.people, strict=True)
    )
    elsewhere = ("source", "output", "keypoints", "actor", "body")
    kept = {k: v for k, v in settings.to_json().items() if k not in elsewhere} | shot.notes
    return Take(
        timestamps=timestamps,
        fps_nominal=info.fps_nominal,
        cameras=TakeCameras(
            timestamps=timestamps[None],
            K=lens.matrix(info.width, info.height)[None],
            distortion=np.zeros((1, 5)),
            size=np.array([[info.width, info.height]]),
            world_from_camera=solution.world_from_camera[None],
        ),
        people=people,
        keypoint_names=KEYPOINTS,
        joint_names=TAKE_JOINTS,
        joint_parents=TAKE_PARENTS,
        sources=shot.sources,
        models=models_used(settings, shot.notes, body),
        settings=kept | {"device": device, "fov": None} | lens.notes(),
        created_with=CREATED_WITH,
        take_id=uuid.uuid4().hex,
        evidence=background_evidence(shot.background) if solution.world_from_camera.ndim == 3 else {},
    )


def actor_notes(actors: dict[str, Actor]) -> dict[str, Any]:
    """What a take keeps of the profiles that it was solved with."""
    return {ACTORS: {person: actor.to_json() for person, actor in actors.items()}} if actors else {}


def actors_of(settings: dict[str, Any]) -> dict[str, Actor]:
    """The profiles among a take's settings, by person id."""
    return {person: Actor.from_json(values) for person, values in settings.get(ACTORS, {}).items()}


def background_evidence(background: BackgroundTracks | None) -> dict[str, np.ndarray]:
    """Arrays that a take keeps of the corners behind the people."""
    if background is None:
        return {}
    return {f"{BACKGROUND}{key}": value for key, value in background.to_arrays().items()}


def background_of(take: Take) -> BackgroundTracks | None:
    """The corners that a take kept, None of a camera that stood."""
    from .camera.background import BackgroundTracks

    arrays = {k.removeprefix(BACKGROUND): v for k, v in take.evidence.items() if k.startswith(BACKGROUND)}
    return BackgroundTracks.from_arrays(arrays) if arrays else None


def solved_fields(solved: Any) -> dict[str, Any]:
    """The fields of a ``SolvedPerson`` that a ``TakePerson`` has too, its id aside."""
    shared = {f.name for f in dataclasses.fields(TakePerson)} - {"id"}
    return {f.name: getattr(solved, f.name) for f in dataclasses.fields(solved) if f.name in shared}


def people_summary(take: Take) -> list[dict[str, Any]]:
    """Per person what ``--json`` prints."""
    return [
        {
            "id": person.id,
            "height": round(float(person.height), 4),
            "present_frames": int(np.count_nonzero(person.present)),
            "left_hand_frames": int(np.count_nonzero(person.left_hand.score >= 0.5)),
            "right_hand_frames": int(np.count_nonzero(person.right_hand.score >= 0.5)),
        }
        for person in take.people
    ]
