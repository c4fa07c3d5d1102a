"""What the renderer reads: one ``scene.npz``, and the vertices of each actor over time as ``actor_I.npy`` beside it.

``scene.npz``: ``meta`` (JSON: mode, size, fps, exposure_s, people with their materials, light, place, props,
seed), ``camera/K`` (C,3,3) px, ``camera/world_from_camera`` (C,T,4,4) m, ``times`` (T,) s, and per actor I
``actor_I/faces`` (F,3), ``actor_I/zones`` (F,) index into its materials, ``actor_I/rest`` (V,3) m.
``actor_I.npy``: (T,V,3) float32 m.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from .plan import Shot
from .staging import full_pose, world_points
from .wardrobe import Costume, dress

Array = NDArray[Any]

_CHUNK = 16  # frames skinned at once


def costumes_of(shot: Shot, body: BodyModel) -> list[Costume]:
    """Everyone's body with clothes and hair."""
    return [dress(body, actor.betas, actor.look) for actor in shot.actors]


def scene_arrays(shot: Shot, costumes: list[Costume]) -> dict[str, Array]:
    """Everything but the moving vertices."""
    request = shot.request
    meta = {
        "mode": request.mode,
        "size": list(request.size),
        "fps": float(request.fps),
        "exposure_s": shot.exposure,
        "markers": request.markers,
        "light": asdict(shot.light),
        "place": asdict(shot.place),
        "props": [asdict(box) for box in shot.props],
        "people": [{"materials": list(costume.materials)} for costume in costumes],
    }
    arrays: dict[str, Array] = {
        "meta": np.array(json.dumps(meta)),
        "times": shot.times,
        "camera/K": np.stack([camera.K for camera in shot.cameras]),
        "camera/world_from_camera": np.stack([camera.world_from_camera for camera in shot.cameras]),
    }
    for i, costume in enumerate(costumes):
        if request.markers:
            continue
        arrays[f"actor_{i}/faces"] = costume.faces
        arrays[f"actor_{i}/zones"] = costume.zones
        arrays[f"actor_{i}/rest"] = costume.rest
    return arrays


def write_vertices(shot: Shot, body: BodyModel, costumes: list[Costume], folder: Path) -> None:
    """``actor_I.npy`` for every actor: its skin and clothes, or its joints where the shot shows markers."""
    for i, (actor, costume) in enumerate(zip(shot.actors, costumes, strict=True)):
        if shot.request.markers:
            np.save(folder / f"actor_{i}.npy", world_points(actor.motion, body).astype(np.float32))
            continue
        pose, smpl = full_pose(actor.motion), actor.motion.smpl
        shape = (len(pose), len(costume.rest), 3)
        target = open_memmap(folder / f"actor_{i}.npy", mode="w+", dtype=np.float32, shape=shape)
        for begin in range(0, len(pose), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            target[part] = costume.pose(*body.forward(smpl.betas, pose[part], smpl.transl[part]))
        target.flush()
