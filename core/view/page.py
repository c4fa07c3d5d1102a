"""An interactive 3D page of takes: one HTML file that needs nothing else, on a desk or on a phone."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..skeleton import CONTACT_POINTS
from ..take import Take, TakePerson
from ..whole_file import write_whole
from .measured2d import pack_landmarks, pack_reprojection, pixel_unit
from .packing import pack_bytes, pack_whole
from .palette import colour
from .skeleton2d import landmark_bones
from .stills import footage_stills

Array = NDArray[Any]

MAX_FRAMES = 600
_FRUSTUM_DEPTH = 0.45  # m, large enough to see and small beside a person
_PARTS = {"STYLE": "page.css", "SCRIPT": "page.js"}
_HERE = Path(__file__).parent


def write_page(
    take: Take, path: Path | str, take_path: Path | None = None, others: Sequence[tuple[str, Take]] = (), name: str = ""
) -> list[Path]:
    """Writes the page and returns ``[path]``. Long takes show every n-th frame, at most ``MAX_FRAMES``.

    With ``take_path``, the file that the take came from, the page has its footage too, or says why it has not.
    ``others``: takes of the same footage by name, laid over the first, which is called ``name``; their times decide
    which frames belong together. Joint positions are stored to the millimetre. Raises CannotWriteError.
    """
    from plotly.offline import get_plotlyjs  # 5 MB of text, read only when a page is made

    scene = page_scene(take, chosen_frames(take), take_path, others, name)
    title = next((Path(s["path"]).name for s in take.sources if s.get("path")), "take")
    # "</" would end the script element that the data stands in.
    data = json.dumps(scene, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    fill = {"TITLE": html.escape(title), "SCENE": data, "PLOTLY": get_plotlyjs()}
    fill |= {mark: (_HERE / file).read_text(encoding="utf-8") for mark, file in _PARTS.items()}
    template = (_HERE / "page.html").read_text(encoding="utf-8")
    text = re.sub(f"@({'|'.join(fill)})@", lambda mark: fill[mark[1]], template)
    return [write_whole(Path(path), lambda stream: stream.write(text.encode()))]


def chosen_frames(take: Take) -> Array:
    """(n,) the frames that a page shows: all, or every n-th."""
    return np.arange(0, take.frame_count, max(1, -(-take.frame_count // MAX_FRAMES)))


def page_scene(
    take: Take, chosen: Array, take_path: Path | None = None, others: Sequence[tuple[str, Take]] = (), name: str = ""
) -> dict[str, Any]:
    """What the page's script draws: packed joints at the ``chosen`` frames, bones, cameras, footage, the room's
    limits."""
    cameras = [_camera(take, c, chosen, take_path) for c in range(len(take.cameras.K))]
    people = [_person(take, person, i, 0, chosen) for i, person in enumerate(take.people)]
    for i, person in enumerate(take.people):
        people[i] |= _pictures_of(take, person, chosen)
    clouds = [np.asarray(person.joints_world, np.float64)[chosen] for person in take.people]
    for number, (_, other) in enumerate(others, start=1):
        matched = _same_times(take, other, chosen)
        for i, person in enumerate(other.people):
            shown = _person(other, person, i, number, matched)
            people.append(shown | {"match": _nearest(person, matched, take, chosen)})
            clouds.append(np.asarray(person.joints_world, np.float64)[np.maximum(matched, 0)])
    low, high = _limits([*(c.reshape(-1, 3) for c in clouds), *(np.array(c["points"]) for c in cameras)])
    return {
        "times": np.round(take.timestamps[chosen], 4).tolist(),
        "frames": chosen.tolist(),
        "joints": list(take.joint_names),
        "bones": [[p, j] for j, p in enumerate(take.joint_parents) if p >= 0],
        "landmark_bones": [list(bone) for bone in landmark_bones(take.keypoint_names)],
        "contacts": list(CONTACT_POINTS),
        "takes": [name or "this take", *(other for other, _ in others)],
        "focus": _focus(clouds).round(3).tolist(),
        "low": low.round(3).tolist(),
        "high": high.round(3).tolist(),
        "cameras": cameras,
        "people": people,
    }


def _person(take: Take, person: TakePerson, index: int, number: int, chosen: Array) -> dict[str, Any]:
    """One person of take ``number`` at the frames ``chosen``, where −1 is none."""
    rows, there = np.maximum(chosen, 0), chosen >= 0
    joints = np.where(there[:, None, None], np.asarray(person.joints_world, np.float64)[rows], np.nan)
    return {
        "id": person.id,
        "name": person.name or f"Person {person.id}",
        "take": number,
        "match": index,
        "colour": "rgb({},{},{})".format(*colour(index if not number else index + 2 * number + 1)),
        "positions": pack_whole(joints * 1000),
        "confidence": pack_bytes(np.asarray(person.joints_confidence)[rows] * 100),
        "present": pack_bytes(np.asarray(person.present)[rows] & there),
        "contacts": pack_bytes(np.asarray(person.contacts)[rows] * 100),
    }


def _pictures_of(take: Take, person: TakePerson, chosen: Array) -> dict[str, Any]:
    units = [pixel_unit(size) for size in take.cameras.size]
    rows = np.arange(len(take.keypoint_names))
    return {
        "landmarks": [pack_landmarks(person, chosen, c, rows, unit) for c, unit in enumerate(units)],
        "reprojected": [pack_reprojection(take, person, chosen, c, unit) for c, unit in enumerate(units)],
    }


def _camera(take: Take, camera: int, chosen: Array, take_path: Path | None) -> dict[str, Any]:
    size = [int(value) for value in take.cameras.size[camera]]
    shown: dict[str, Any] = {"size": size, "unit": pixel_unit(take.cameras.size[camera]), "stills": None, "note": ""}
    has_footage = camera < len(take.sources) and bool(take.sources[camera].get("path"))
    if take_path is not None and has_footage:
        try:
            shown["stills"] = footage_stills(take, take_path, chosen, camera).to_json()
        except BadInputError as error:
            shown["note"] = f"{error.message} {error.hint}"
    return shown | _frustum(take, camera)


def _same_times(take: Take, other: Take, chosen: Array) -> Array:
    """(n,) the frames of ``other`` nearest to the chosen ones of ``take``; −1 farther than its frames lie apart."""
    times = np.asarray(other.timestamps, np.float64)
    wanted = np.asarray(take.timestamps, np.float64)[chosen]
    after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
    after = np.minimum(after, len(times) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(times[before] - wanted) <= np.abs(times[after] - wanted), before, after)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.05
    return np.where(np.abs(times[nearest] - wanted) <= step, nearest, -1)


def _nearest(person: TakePerson, matched: Array, take: Take, chosen: Array) -> int:
    """Index of the take's person who walks nearest to ``person``; −1 without any."""
    there = matched >= 0
    if not there.any() or not take.people:
        return -1
    path = np.asarray(person.joints_world, np.float64)[matched[there], 0]
    ways = [np.asarray(p.joints_world, np.float64)[chosen[there], 0] - path for p in take.people]
    return int(np.argmin([np.nanmedian(np.linalg.norm(way, axis=-1)) for way in ways]))


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
