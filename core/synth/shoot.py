"""From a request to files: plan, render, encode, describe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ..body.numpy_model import BodyModel, load_free_body
from ..errors import CannotWriteError
from ..files.write_cameras import write_cameras
from ..take import Take, TakeCameras
from ..take_file import SUFFIX
from ..version import CREATED_WITH
from .draw import draw_shot
from .film import video_name, write_videos
from .plan import Request, Shot
from .render import Progress, default_cache, render
from .truth import Performance, save_truth, truth_take, visibility, with_presence

TRUTH = f"truth{SUFFIX}"
CALIBRATION = "cameras.toml"


@dataclass(frozen=True)
class Footage:
    """What was written: ``videos`` in camera order, ``depths`` where asked for, ``calibration`` and ``truth``."""

    shot: Shot
    videos: tuple[Path, ...]
    depths: tuple[Path, ...]
    calibration: Path
    truth: Path
    pictures: Path

    @property
    def summary(self) -> dict[str, Any]:
        """Counts and sources, JSON-ready."""
        shot = self.shot
        return {
            "output": str(self.truth.parent),
            "videos": [path.name for path in self.videos],
            "depths": [path.name for path in self.depths],
            "truth": self.truth.name,
            "cameras": self.calibration.name,
            "frames": shot.frame_count,
            "people": [
                {
                    "stature_m": round(actor.stature, 4),
                    "motion": actor.motion.source,
                    "licence": actor.motion.licence,
                    "fit_error_mm": round(actor.motion.fit_error_mm, 2),
                }
                for actor in shot.actors
            ],
            "lenses_mm": [round(camera.lens_mm, 2) for camera in shot.cameras],
            "distances_m": [round(camera.distance, 3) for camera in shot.cameras],
            "camera_motions": [camera.motion for camera in shot.cameras],
            "warnings": list(shot.warnings),
        }


def film_request(
    request: Request,
    folder: Path,
    cache: Path | None = None,
    progress: Progress = lambda stage, done, total, eta: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Footage:
    """Films ``request`` into ``folder`` (made if need be): camNN.mp4, camNN.depth.mkv, cameras.toml, truth.take.npz.

    Pictures are kept in ``cache``; a run that was stopped goes on there. Raises BadInputError (options, motions,
    no Blender), CannotWriteError, CancelledError.
    """
    body = load_free_body()
    check_folder(folder)
    progress("plan", 0, None, None)
    shot = draw_shot(request, body)
    pictures = render(shot, body, cache or default_cache(), progress, cancelled)
    written = write_videos(shot, pictures, folder, lambda done, total: progress("encode", done, total, None))
    cameras = take_cameras(shot)
    names = [Path(video_name(c)).stem for c in range(len(shot.cameras))]
    calibration = write_cameras(cameras, names, folder / CALIBRATION)
    take = shot_truth(shot, body, cameras, folder)
    visible = visibility(take, body, shot.props, lambda done, total: progress("visibility", done, total, None))
    truth = save_truth(with_presence(take, visible), visible, folder / TRUTH)
    videos = tuple(path for path in written if path.suffix == ".mp4")
    depths = tuple(path for path in written if path.suffix == ".mkv")
    return Footage(shot, videos, depths, calibration, truth, pictures)


def check_folder(folder: Path) -> None:
    """Makes ``folder``; raises CannotWriteError before anything is rendered where nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".understudy-writes-here"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotWriteError(f"Cannot write into {folder}: {reason}.", "Choose a folder you may write to.") from error


def take_cameras(shot: Shot) -> TakeCameras:
    """The cameras as a take has them: (C,4,4) where none moves."""
    poses = np.stack([camera.world_from_camera for camera in shot.cameras])
    standing = bool(np.all(poses == poses[:, :1]))
    count = len(shot.cameras)
    return TakeCameras(
        timestamps=np.tile(shot.times, (count, 1)),
        K=np.stack([camera.K for camera in shot.cameras]),
        distortion=np.zeros((count, 4)),
        size=np.tile(np.array(shot.request.size), (count, 1)),
        world_from_camera=poses[:, 0] if standing else poses,
    )


def shot_truth(shot: Shot, body: BodyModel, cameras: TakeCameras, folder: Path) -> Take:
    """The truth take of the videos in ``folder``."""
    request = shot.request
    sources = [
        {
            "path": video_name(c),
            "sha256": sha256((folder / video_name(c)).read_bytes()).hexdigest(),
            "size": list(request.size),
            "rotation": request.rotation,
        }
        for c in range(len(shot.cameras))
    ]
    settings = {
        "seed": request.seed,
        "mode": request.mode,
        "motions": [
            {"source": a.motion.source, "licence": a.motion.licence, "fit_error_mm": a.motion.fit_error_mm}
            for a in shot.actors
        ],
        "camera_motions": [camera.motion for camera in shot.cameras],
    }
    performances = [Performance(actor.motion.smpl, actor.stature) for actor in shot.actors]
    return truth_take(shot.times, request.fps, performances, cameras, body, sources, settings, CREATED_WITH)
