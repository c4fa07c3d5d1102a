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
from .plan import Actor, Shot
from .staging import full_pose, world_points

Array = NDArray[Any]

_CHUNK = 16  # frames skinned at once


def scene_arrays(shot: Shot, body: BodyModel) -> dict[str, Array]:
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
        "people": [{"materials": _materials(actor, body)} for actor in shot.actors],
    }
    arrays: dict[str, Array] = {
        "meta": np.array(json.dumps(meta)),
        "times": shot.times,
        "camera/K": np.stack([camera.K for camera in shot.cameras]),
        "camera/world_from_camera": np.stack([camera.world_from_camera for camera in shot.cameras]),
    }
    for i in range(len(shot.actors)):
        if request.markers:
            continue
        arrays[f"actor_{i}/faces"] = body.faces.astype(np.int32)
        arrays[f"actor_{i}/zones"] = np.zeros(len(body.faces), np.int32) if body.zones is None else body.zones
        arrays[f"actor_{i}/rest"] = body.v_template.astype(np.float32)
    return arrays


def write_vertices(shot: Shot, body: BodyModel, folder: Path) -> None:
    """``actor_I.npy`` for every actor: its skin, or its joints where the shot shows markers."""
    for i, actor in enumerate(shot.actors):
        if shot.request.markers:
            np.save(folder / f"actor_{i}.npy", world_points(actor.motion, body).astype(np.float32))
            continue
        pose, smpl = full_pose(actor.motion), actor.motion.smpl
        shape = (len(pose), len(body.v_template), 3)
        target = open_memmap(folder / f"actor_{i}.npy", mode="w+", dtype=np.float32, shape=shape)
        for begin in range(0, len(pose), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            target[part] = body.forward(smpl.betas, pose[part], smpl.transl[part])[0]
        target.flush()


def _materials(actor: Actor, body: BodyModel) -> list[dict[str, Any]]:
    return [
        {"name": name, "colour": list(actor.look.colours.get(name, tuple(float(v) for v in colour)))}
        for name, colour in zip(body.zone_names, body.zone_colours, strict=True)
    ]
