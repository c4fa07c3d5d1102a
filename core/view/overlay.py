"""The solve over its footage: a contact sheet with the skinned body and the skeleton as the solved camera sees them."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..body.choice import body_of
from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..skeleton import BODY_JOINTS, SMPLH_JOINTS
from ..take import Take, TakePerson
from ..video.reader import read_chunks
from ..whole_file import write_whole
from .palette import colour
from .rasterise import draw_bones, draw_meshes, project

Array = NDArray[Any]

_log = logging.getLogger(__name__)

TILE = 640  # px, the longer side of one frame on the sheet
_GAP = 6
_BODY_ALPHA = 0.5
# A take stores the container's times; this much rounding is forgiven when a frame is looked up again.
_TIME_TOLERANCE = 1e-4


def write_contact_sheet(take: Take, take_path: Path | str, out: Path | str, frames: int = 6, camera: int = 0) -> Path:
    """Writes a PNG or JPEG, by ``out``'s ending, of ``frames`` evenly spread frames of one camera and returns it.

    The footage is found by its path relative to the take file. Raises BadInputError where it is not there or the ending
    is another, CannotWriteError.
    """
    target = checked_picture(out)
    chosen = spread_frames(take, frames)
    images = footage_frames(take, Path(take_path), chosen, camera)
    body = body_of(take.settings)
    tiles = [draw_solve(take, image, int(frame), body, camera) for frame, image in zip(chosen, images, strict=True)]
    return write_sheet(target, tiles)


def checked_picture(out: Path | str) -> Path:
    """``out`` as a path. Raises BadInputError unless it ends as a picture does."""
    target = Path(out)
    if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise BadInputError(f"{target} is neither .png nor .jpg.", "Give the picture one of these endings.")
    return target


def spread_frames(take: Take, frames: int) -> Array:
    """(n,) at most ``frames`` frames, evenly spread over the take."""
    count = max(1, min(frames, take.frame_count))
    return ((np.arange(count) + 0.5) * take.frame_count / count).astype(int)


def write_sheet(target: Path, tiles: list[Array]) -> Path:
    """Writes RGB tiles of one size on a grid. Raises CannotWriteError, BadInputError where it cannot be encoded."""
    done, encoded = cv2.imencode(target.suffix.lower(), _tiled(tiles)[..., ::-1])
    if not done:
        raise BadInputError(f"The picture {target} could not be encoded.", "Use the ending .png.")
    return write_whole(target, lambda stream: stream.write(encoded.tobytes()))


def footage_frames(take: Take, take_path: Path, chosen: Array, camera: int = 0) -> list[Array]:
    """RGB pictures (H, W, 3) of the take's frames ``chosen``, found in the footage by their timestamps."""
    source = take.sources[camera] if camera < len(take.sources) else {}
    footage = take_path.parent / str(source.get("path", ""))
    if not source.get("path") or not footage.exists():
        raise BadInputError(
            f"The footage of {take_path.name} is not at {footage}.",
            "Put it back beside the take, where it was captured.",
        )
    fps = take.settings.get("fps")
    read = {"chunk_frames": 1, "fps": fps, "warn": _log.warning}
    with contextlib.closing(read_chunks(footage, start=None, end=None, **read)) as chunks:
        origin = float(next(chunks).timestamps[0])
    images = []
    for frame in chosen:
        time = float(take.cameras.timestamps[camera][frame])
        start = max(0.0, time - origin - _TIME_TOLERANCE)
        with contextlib.closing(read_chunks(footage, start=start, end=None, **read)) as chunks:
            chunk = next(chunks)
        if abs(float(chunk.timestamps[0]) - time) > 2 * _TIME_TOLERANCE:
            raise BadInputError(
                f"{footage.name} has no frame at {time:.4f} s.",
                "The footage changed after the capture: capture it again.",
            )
        images.append(chunk.images[0])
    return images


def draw_solve(take: Take, image: Array, frame: int, body: BodyModel, camera: int = 0) -> Array:
    """One frame (H, W, 3) RGB, scaled to ``TILE``, with everybody's body and bones and the time in a corner."""
    small, scale = scaled(image)
    K = np.asarray(take.cameras.K[camera], np.float64).copy()
    # (0, 0) is a pixel's centre, so scaling moves the origin by half a pixel.
    K[:2, 2] += 0.5
    K[:2] *= scale
    K[:2, 2] -= 0.5
    distortion = take.cameras.distortion[camera]
    pose = np.asarray(take.cameras.world_from_camera[camera], np.float64)
    pose = pose[frame] if pose.ndim == 3 else pose

    def to_camera(points: Array) -> Array:
        return (np.asarray(points, np.float64) - pose[:3, 3]) @ pose[:3, :3]

    meshes = []
    for i, person in enumerate(take.people):
        vertices = _vertices(person, frame, body)
        if np.all(np.isfinite(vertices)):
            meshes.append((to_camera(vertices), body.faces, np.array(colour(i), float)))
    drawn = draw_meshes(small, meshes, K, distortion, _BODY_ALPHA)
    bones = [(p, j) for j, p in enumerate(take.joint_parents) if p >= 0 and j < len(SMPLH_JOINTS)]
    limbs, fingers = [b for b in bones if b[1] < len(BODY_JOINTS)], [b for b in bones if b[1] >= len(BODY_JOINTS)]
    for i, person in enumerate(take.people):
        pixels = project(to_camera(person.joints_world[frame]), K, distortion)
        paint = np.minimum(255, np.array(colour(i)) * 0.5 + 128)
        draw_bones(drawn, pixels, fingers, paint, 1)
        draw_bones(drawn, pixels, limbs, paint, 2)
    label(drawn, f"{take.timestamps[frame]:.2f} s")
    return drawn


def scaled(image: Array) -> tuple[Array, float]:
    """The picture with its longer side at ``TILE``, and the factor of that."""
    scale = TILE / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), scale


def _vertices(person: TakePerson, frame: int, body: BodyModel) -> Array:
    smpl = person.smpl
    parts = (smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    pose = np.concatenate([np.asarray(part[frame], np.float64) for part in parts])
    return body.forward(smpl.betas, pose, smpl.transl[frame])[0]


def label(image: Array, text: str) -> None:
    """Writes into the picture's lower left corner."""
    place = (10, image.shape[0] - 12)
    for thickness, paint in ((4, (0, 0, 0)), (1, (255, 255, 255))):
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, paint, thickness, cv2.LINE_AA)


def _tiled(tiles: list[Array]) -> Array:
    """Tiles of one size on a grid as near to 16:9 as their count allows."""
    height, width = tiles[0].shape[:2]

    def misfit(columns: int) -> float:
        rows = -(-len(tiles) // columns)
        empty = rows * columns - len(tiles)
        return abs(np.log(columns * width / (rows * height) / (16 / 9))) + 0.5 * empty

    columns = min(range(1, len(tiles) + 1), key=misfit)
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3), 255, np.uint8)
    for i, tile in enumerate(tiles):
        y, x = (i // columns) * (height + _GAP), (i % columns) * (width + _GAP)
        sheet[y : y + height, x : x + width] = tile
    return sheet
