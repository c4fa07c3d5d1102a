"""Takes as ``.take.npz`` files, written, read and checked. numpy only: Blender reads takes with this module."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInputError
from .take import MANO_SHAPES, PERSON_SHAPES, SMPL_SHAPES, ManoMotion, SmplMotion, Take, TakeCameras, TakePerson
from .whole_file import write_whole

Array = NDArray[Any]

SCHEMA = 1
SUFFIX = ".take.npz"
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
        arrays |= {f"{prefix}/{key}": getattr(person, key) for key in PERSON_SHAPES}
        arrays |= {f"{prefix}/smpl/{key}": getattr(person.smpl, key) for key in SMPL_SHAPES}
        for side, hand in (("left", person.left_hand), ("right", person.right_hand)):
            arrays |= {f"{prefix}/mano/{side}/{key}": getattr(hand, key) for key in MANO_SHAPES}
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
                ManoMotion(**{key: get(f"{prefix}/mano/{side}/{key}") for key in MANO_SHAPES})
                for side in ("left", "right")
            ]
            people.append(
                TakePerson(
                    id=entry["id"],
                    name=entry.get("name", ""),
                    height=float("nan") if entry.get("height") is None else float(entry["height"]),
                    smpl=SmplMotion(**{key: get(f"{prefix}/smpl/{key}") for key in SMPL_SHAPES}),
                    left_hand=hands[0],
                    right_hand=hands[1],
                    **{key: get(f"{prefix}/{key}") for key in PERSON_SHAPES},
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
