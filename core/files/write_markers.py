"""Writes a take's joints as markers: TRC for OpenSim and its kin, C3D for motion capture programs.

TRC has Y up, as OpenSim wants it, C3D Z up, which POINT:Y_SCREEN says; both are in millimetres, at the take's nominal
rate. A joint that was not measured is empty in TRC and has a negative residual in C3D.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError, CannotWriteError
from ..take import Take, TakePerson
from ..timebase import timing
from ..whole_file import write_whole
from .bvh import person_file
from .markers import WORLD_FROM_FILE

Array = NDArray[Any]

_MILLIMETRES = 1000.0


def write_trc(take: Take, path: Path | str) -> list[Path]:
    """One file per person: ``path`` itself for one person, ``NAME_<id>.trc`` for several. Raises CannotWriteError."""
    target, files = Path(path), []
    for person in take.people:
        file = person_file(take, person, target)
        text = _trc_text(take, person, file.name)
        files.append(write_whole(file, lambda stream, text=text: stream.write(text.encode())))
    return files


def write_c3d(take: Take, path: Path | str) -> list[Path]:
    """One file per person, named as by ``write_trc``. Raises BadInputError where ezc3d is missing, CannotWriteError."""
    try:
        import ezc3d  # a compiled library; only for those who write C3D
    except ImportError as error:
        raise BadInputError("C3D files need the package ezc3d.", "Install it with pip.") from error
    target, files = Path(path), []
    for person in take.people:
        content = ezc3d.c3d()
        points = content["parameters"]["POINT"]
        points["UNITS"]["value"] = ["mm"]
        points["RATE"]["value"] = [float(take.fps_nominal)]
        points["LABELS"]["value"] = list(take.joint_names)
        content.add_parameter("POINT", "X_SCREEN", ["+X"])
        content.add_parameter("POINT", "Y_SCREEN", ["+Z"])
        places = _places(take, person)
        data = np.ones((4, *places.shape[1::-1]))
        data[:3] = places.transpose(2, 1, 0)
        content["data"]["points"] = data
        content["data"]["meta_points"]["residuals"] = np.where(np.isnan(data[:1]), -1.0, 0.0)
        file = person_file(take, person, target)
        files.append(write_whole(file, lambda stream, content=content: stream.write(_c3d_bytes(content))))
    return files


def _places(take: Take, person: TakePerson) -> Array:
    """(T, J, 3) mm in the world at the nominal rate, NaN where not measured."""
    clock = timing(take.timestamps, take.fps_nominal, every_frame=True)
    return clock.points(np.asarray(person.joints_world, np.float64)) * _MILLIMETRES


def _trc_text(take: Take, person: TakePerson, name: str) -> str:
    places = _places(take, person) @ WORLD_FROM_FILE["+y"]
    rate, (frames, joints) = f"{float(take.fps_nominal):.6f}", places.shape[:2]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{frames}\t{joints}\tmm\t{rate}\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(take.joint_names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{joint + 1}" for joint in range(joints) for axis in "XYZ"),
        "",
    ]
    for frame, row in enumerate(places):
        cells = ("" if np.isnan(value) else f"{value:.4f}" for value in row.ravel())
        lines.append("\t".join([str(frame + 1), f"{frame / float(take.fps_nominal):.6f}", *cells]))
    return "\n".join(lines) + "\n"


def _c3d_bytes(content: Any) -> bytes:
    """ezc3d writes to paths only."""
    with tempfile.TemporaryDirectory(prefix="understudy-c3d-") as folder:
        path = Path(folder) / "take.c3d"
        try:
            content.write(str(path))
            return path.read_bytes()
        except (OSError, RuntimeError) as error:
            raise CannotWriteError(f"The C3D file could not be made: {error}.", "Free some disk space.") from error
