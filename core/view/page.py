"""An interactive 3D page of a take: one HTML file that needs nothing else, on a desk or on a phone."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..skeleton import CONTACT_POINTS
from ..take import Take, write_whole
from .palette import colour

Array = NDArray[Any]

MAX_FRAMES = 600
_FRUSTUM_DEPTH = 0.45  # m, large enough to see and small beside a person
_MISSING = np.iinfo(np.int16).min
_TEMPLATE = Path(__file__).with_name("page.html")


def write_page(take: Take, path: Path | str) -> list[Path]:
    """Writes the page and returns ``[path]``. Long takes show every n-th frame, at most ``MAX_FRAMES``.

    Joint positions are stored to the millimetre. Raises CannotWriteError.
    """
    from plotly.offline import get_plotlyjs  # 5 MB of text, read only when a page is made

    chosen = np.arange(0, take.frame_count, max(1, -(-take.frame_count // MAX_FRAMES)))
    scene = page_scene(take, chosen)
    title = next((Path(s["path"]).name for s in take.sources if s.get("path")), "take")
    # "</" would end the script element that the data stands in.
    data = json.dumps(scene, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    fill = {"TITLE": html.escape(title), "SCENE": data, "PLOTLY": get_plotlyjs()}
    text = re.sub("@(TITLE|SCENE|PLOTLY)@", lambda mark: fill[mark[1]], _TEMPLATE.read_text(encoding="utf-8"))
    return [write_whole(Path(path), lambda stream: stream.write(text.encode()))]


def page_scene(take: Take, chosen: Array) -> dict[str, Any]:
    """What the page's script draws: packed joints at the ``chosen`` frames, bones, cameras and the room's limits."""
    frustums = [_frustum(take, c) for c in range(len(take.cameras.K))]
    joints = [np.asarray(person.joints_world, np.float64)[chosen] for person in take.people]
    low, high = _limits([*(j.reshape(-1, 3) for j in joints), *(np.array(f["points"]) for f in frustums)])
    return {
        "times": np.round(take.timestamps[chosen], 4).tolist(),
        "frames": chosen.tolist(),
        "joints": list(take.joint_names),
        "bones": [[p, j] for j, p in enumerate(take.joint_parents) if p >= 0],
        "contacts": list(CONTACT_POINTS),
        "focus": _focus(joints).round(3).tolist(),
        "low": low.round(3).tolist(),
        "high": high.round(3).tolist(),
        "cameras": frustums,
        "people": [
            {
                "id": person.id,
                "name": person.name or f"Person {person.id}",
                "colour": "rgb({},{},{})".format(*colour(i)),
                "positions": _pack_millimetres(joints[i]),
                "confidence": _pack_bytes(np.asarray(person.joints_confidence)[chosen] * 100),
                "present": _pack_bytes(np.asarray(person.present)[chosen]),
                "contacts": _pack_bytes(np.asarray(person.contacts)[chosen] * 100),
            }
            for i, person in enumerate(take.people)
        ],
    }


def _pack_millimetres(points: Array) -> str:
    """Metres to base64 of little-endian int16 millimetres; NaN, and what lies over 32 m away, to ``_MISSING``."""
    millimetres = np.round(points * 1000)
    kept = np.isfinite(millimetres) & (np.abs(millimetres) < -_MISSING)
    packed = np.where(kept, np.nan_to_num(millimetres), _MISSING).astype("<i2")
    return base64.b64encode(packed.tobytes()).decode("ascii")


def _pack_bytes(values: Array) -> str:
    clipped = np.clip(np.round(np.nan_to_num(np.asarray(values, np.float64))), 0, 255).astype(np.uint8)
    return base64.b64encode(clipped.tobytes()).decode("ascii")


def _frustum(take: Take, camera: int) -> dict[str, Any]:
    """Centre, then the four corners of the image plane at ``_FRUSTUM_DEPTH``, in the world at the first frame."""
    K = np.asarray(take.cameras.K[camera], np.float64)
    width, height = (float(v) for v in take.cameras.size[camera])
    pose = np.asarray(take.cameras.world_from_camera[camera], np.float64)
    pose = pose[0] if pose.ndim == 3 else pose
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ np.linalg.inv(K).T
    local = np.concatenate([np.zeros((1, 3)), corners * _FRUSTUM_DEPTH])
    return {"points": (local @ pose[:3, :3].T + pose[:3, 3]).round(3).tolist()}


def _focus(joints: list[Array]) -> Array:
    """Where people are, for the first view: the middle of all their joints."""
    cloud = np.concatenate([*(j.reshape(-1, 3) for j in joints), np.zeros((0, 3))])
    cloud = cloud[np.all(np.isfinite(cloud), axis=1)]
    return cloud.mean(axis=0) if len(cloud) else np.array([0.0, 2.0, 1.0])


def _limits(points: list[Array]) -> tuple[Array, Array]:
    """Corners of the room: everything seen, the floor, a margin; never thinner than 2 m, to keep axes readable."""
    cloud = np.concatenate([*points, np.zeros((1, 3))])
    cloud = cloud[np.all(np.isfinite(cloud), axis=1)]
    low, high = cloud.min(axis=0) - 0.3, cloud.max(axis=0) + 0.3
    low[2] = min(0.0, low[2] + 0.3)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1.0)
    low[:2], high[:2] = (middle - half)[:2], (middle + half)[:2]
    return low, np.maximum(high, [*high[:2], 2.0])
