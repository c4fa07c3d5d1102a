"""The take: everything measured in a capture and everything solved from it, as one ``.take.npz`` file.

Frames, units and meanings are those of docs/architecture.md. The dataclasses check their shapes once, on
construction; code that holds one trusts it. numpy only: Blender reads takes with this module.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import io
import json
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInputError, CannotWriteError
from .skeleton import CONTACT_POINTS

Array = NDArray[Any]

SCHEMA = 1
SUFFIX = ".take.npz"

# Shapes by name: T frames, C cameras, K keypoints, J joints; k is any length.
_SMPL_SHAPES = {
    "betas": ("10",),
    "global_orient": ("T", "3"),
    "body_pose": ("T", "21", "3"),
    "left_hand_pose": ("T", "15", "3"),
    "right_hand_pose": ("T", "15", "3"),
    "transl": ("T", "3"),
}
_MANO_SHAPES = {
    "betas": ("10",),
    "global_orient": ("T", "3"),
    "hand_pose": ("T", "15", "3"),
    "transl": ("T", "3"),
    "score": ("T",),
}
_PERSON_SHAPES = {
    "present": ("T",),
    "keypoints2d": ("C", "T", "K", "2"),
    "keypoints2d_confidence": ("C", "T", "K"),
    "keypoints3d": ("C", "T", "K", "3"),
    "joints_world": ("T", "J", "3"),
    "joints_confidence": ("T", "J"),
    "contacts": ("T", str(len(CONTACT_POINTS))),
}


@dataclass(frozen=True)
class SmplMotion:
    """SMPL-H parameters in the world: axis-angle radians, metres. See docs/architecture.md, section 3."""

    betas: Array
    global_orient: Array
    body_pose: Array
    left_hand_pose: Array
    right_hand_pose: Array
    transl: Array


@dataclass(frozen=True)
class ManoMotion:
    """MANO parameters of one hand in the world; ``score`` (T,) is the probability that the hand is there."""

    betas: Array
    global_orient: Array
    hand_pose: Array
    transl: Array
    score: Array


@dataclass(frozen=True)
class TakePerson:
    """One actor over all T frames.

    present (T,) bool; keypoints2d (C,T,K,2) px and keypoints2d_confidence (C,T,K); keypoints3d (C,T,K,3) m, camera
    axes, hip-centred (hands wrist-centred); joints_world (T,J,3) m; joints_confidence (T,J); contacts (T,6)
    probabilities.
    """

    id: str
    present: Array
    keypoints2d: Array
    keypoints2d_confidence: Array
    keypoints3d: Array
    joints_world: Array
    joints_confidence: Array
    contacts: Array
    smpl: SmplMotion
    left_hand: ManoMotion
    right_hand: ManoMotion
    name: str = ""
    height: float = float("nan")


@dataclass(frozen=True)
class TakeCameras:
    """timestamps (C,T) s; K (C,3,3) px; distortion (C,k) OpenCV order; size (C,2) px w,h;
    world_from_camera (C,4,4), or (C,T,4,4) for moving cameras, m."""

    timestamps: Array
    K: Array
    distortion: Array
    size: Array
    world_from_camera: Array


@dataclass(frozen=True)
class Take:
    """A capture. ``timestamps`` (T,) s from the container; ``sources``, ``models`` and ``settings`` are JSON-ready;
    ``evidence``: further arrays that were measured and are kept to solve again, by name."""

    timestamps: Array
    fps_nominal: Fraction
    cameras: TakeCameras
    people: tuple[TakePerson, ...]
    keypoint_names: tuple[str, ...]
    joint_names: tuple[str, ...]
    joint_parents: tuple[int, ...]
    sources: list[dict[str, Any]] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    created_with: str = ""
    take_id: str = ""
    evidence: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _validate(self)

    @property
    def frame_count(self) -> int:
        return len(self.timestamps)

    @property
    def commercial(self) -> bool:
        """True when every model that touched the take may be used commercially."""
        return all(model.get("commercial", False) for model in self.models)


_EVIDENCE = "evidence/"


def save(take: Take, path: Path | str) -> Path:
    """Writes ``path`` whole or not at all: beside the target first, then renamed over it.

    Raises CannotWriteError when the folder is missing or read-only, or the disk is full.
    """
    target = Path(path)
    arrays: dict[str, Any] = _to_arrays(take)
    return write_whole(target, lambda stream: _write_arrays(stream, arrays))


def _write_arrays(stream: Any, arrays: dict[str, Any]) -> None:
    """What ``np.savez_compressed`` writes, which leaves an archive open where the disk is full, to complain later."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in arrays.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asanyarray(value), allow_pickle=False)


def write_whole(target: Path, write: Any) -> Path:
    """Calls ``write(binary stream)`` on a temporary file beside ``target``, then renames it over ``target``."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise CannotWriteError(f"Cannot write {target}: {_reason(error)}.", _cure(error)) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise CannotWriteError(f"Cannot write {target}: {_reason(error)}.", _cure(error)) from error
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return target


def load(path: Path | str) -> Take:
    """Reads and checks a take. Raises BadInputError naming the file and the key that is wrong."""
    source = Path(path)
    if not source.is_file():
        raise BadInputError(f"There is no take at {source}.", "Check the path.")
    try:
        # Not numpy.load: it parses a damaged array before its checksum is known.
        with zipfile.ZipFile(source) as archive:
            arrays = {
                name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
            }
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInputError(f"{source} is not a readable take file.", "Capture it again or restore a copy.") from error
    try:
        return _from_arrays(arrays)
    except BadInputError as error:
        raise BadInputError(f"{source}: {error.message}", error.hint) from error


def _to_arrays(take: Take) -> dict[str, Array]:
    meta = {
        "schema": SCHEMA,
        "take_id": take.take_id,
        "fps_nominal": [take.fps_nominal.numerator, take.fps_nominal.denominator],
        "sources": take.sources,
        "keypoints2d": list(take.keypoint_names),
        "joints": {"names": list(take.joint_names), "parents": list(take.joint_parents)},
        "models": take.models,
        "settings": take.settings,
        "people": [
            {"id": p.id, "name": p.name, "height": None if np.isnan(p.height) else p.height} for p in take.people
        ],
        "created_with": take.created_with,
    }
    arrays: dict[str, Array] = {"meta": np.array(json.dumps(meta)), "timestamps": take.timestamps}
    arrays |= {f"camera/{f.name}": getattr(take.cameras, f.name) for f in dataclasses.fields(TakeCameras)}
    arrays |= {f"{_EVIDENCE}{key}": value for key, value in take.evidence.items()}
    for person in take.people:
        prefix = f"person/{person.id}"
        arrays |= {f"{prefix}/{key}": getattr(person, key) for key in _PERSON_SHAPES}
        arrays |= {f"{prefix}/smpl/{key}": getattr(person.smpl, key) for key in _SMPL_SHAPES}
        for side, hand in (("left", person.left_hand), ("right", person.right_hand)):
            arrays |= {f"{prefix}/mano/{side}/{key}": getattr(hand, key) for key in _MANO_SHAPES}
    return arrays


def _from_arrays(arrays: dict[str, Array]) -> Take:
    meta = _read_meta(arrays)

    def get(key: str) -> Array:
        if key not in arrays:
            raise BadInputError(f"the array '{key}' is missing.", "Capture the take again.")
        return arrays[key]

    try:
        people = []
        for entry in meta["people"]:
            prefix = f"person/{entry['id']}"
            hands = [
                ManoMotion(**{key: get(f"{prefix}/mano/{side}/{key}") for key in _MANO_SHAPES})
                for side in ("left", "right")
            ]
            people.append(
                TakePerson(
                    id=entry["id"],
                    name=entry.get("name", ""),
                    height=float("nan") if entry.get("height") is None else float(entry["height"]),
                    smpl=SmplMotion(**{key: get(f"{prefix}/smpl/{key}") for key in _SMPL_SHAPES}),
                    left_hand=hands[0],
                    right_hand=hands[1],
                    **{key: get(f"{prefix}/{key}") for key in _PERSON_SHAPES},
                )
            )
        return Take(
            timestamps=get("timestamps"),
            fps_nominal=Fraction(*meta["fps_nominal"]),
            cameras=TakeCameras(**{f.name: get(f"camera/{f.name}") for f in dataclasses.fields(TakeCameras)}),
            people=tuple(people),
            keypoint_names=tuple(meta["keypoints2d"]),
            joint_names=tuple(meta["joints"]["names"]),
            joint_parents=tuple(meta["joints"]["parents"]),
            sources=meta["sources"],
            models=meta["models"],
            settings=meta["settings"],
            created_with=meta["created_with"],
            take_id=meta.get("take_id", ""),
            evidence={k.removeprefix(_EVIDENCE): v for k, v in arrays.items() if k.startswith(_EVIDENCE)},
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise BadInputError(f"the take's description is damaged ({error}).", "Capture the take again.") from error


def _read_meta(arrays: dict[str, Array]) -> dict[str, Any]:
    if "meta" not in arrays:
        raise BadInputError("it has no 'meta': not a take of Understudy.", "Choose a .take.npz file.")
    try:
        meta = json.loads(str(arrays["meta"]))
        schema = int(meta["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError("its 'meta' is not readable.", "Capture the take again.") from error
    if schema > SCHEMA:
        raise BadInputError(
            f"it has schema {schema}, newer than this version reads ({SCHEMA}).", "Update Understudy to open it."
        )
    return meta


def _validate(take: Take) -> None:
    ids = [person.id for person in take.people]
    if len(set(ids)) != len(ids):
        raise BadInputError(f"two people share an id in {ids}.", "Ids must be unique.")
    if len(take.joint_names) != len(take.joint_parents):
        raise BadInputError("joint names and parents differ in length.", "Capture the take again.")
    if take.fps_nominal <= 0:
        raise BadInputError(f"fps_nominal {take.fps_nominal} is not positive.", "Capture the take again.")
    cameras = take.cameras
    _expect("timestamps", take.timestamps, ("T",), {})
    _expect("camera/K", cameras.K, ("C", "3", "3"), {})
    sizes = {
        "T": len(take.timestamps),
        "C": len(cameras.K),
        "K": len(take.keypoint_names),
        "J": len(take.joint_names),
    }
    if not np.all(np.isfinite(take.timestamps)) or np.any(np.diff(take.timestamps) <= 0):
        raise BadInputError("the timestamps do not increase.", "Capture the take again.")
    _expect("camera/timestamps", cameras.timestamps, ("C", "T"), sizes)
    _expect("camera/size", cameras.size, ("C", "2"), sizes)
    _expect("camera/distortion", cameras.distortion, ("C", "k"), sizes)
    moving = cameras.world_from_camera.ndim == 4
    pose = ("C", "T", "4", "4") if moving else ("C", "4", "4")
    _expect("camera/world_from_camera", cameras.world_from_camera, pose, sizes)
    for person in take.people:
        prefix = f"person/{person.id}"
        for key, shape in _PERSON_SHAPES.items():
            _expect(f"{prefix}/{key}", getattr(person, key), shape, sizes)
        for key, shape in _SMPL_SHAPES.items():
            _expect(f"{prefix}/smpl/{key}", getattr(person.smpl, key), shape, sizes)
        for side, hand in (("left", person.left_hand), ("right", person.right_hand)):
            for key, shape in _MANO_SHAPES.items():
                _expect(f"{prefix}/mano/{side}/{key}", getattr(hand, key), shape, sizes)


def _expect(key: str, array: Array, shape: tuple[str, ...], sizes: dict[str, int]) -> None:
    expected = tuple(sizes.get(s, -1) if s.isalpha() else int(s) for s in shape)
    actual = np.shape(array)
    if len(actual) != len(expected) or any(e not in (-1, a) for a, e in zip(actual, expected, strict=True)):
        wanted = "(" + ", ".join("any" if e < 0 else str(e) for e in expected) + ")"
        raise BadInputError(f"the array '{key}' has shape {actual}, expected {wanted}.", "Capture the take again.")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _cure(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Free some disk space and run the same command again; finished work is kept."
    return "Choose a folder that exists and that you may write to."


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
