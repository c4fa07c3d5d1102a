"""SMPL-H parameters in AMASS's layout (Mahmood et al. 2019), which most motion research reads.

``poses`` (T, 156) axis-angle, root first, its rotation taking the Y-up template to a Z-up world; ``trans`` (T, 3) m;
``mocap_framerate``; ``gender`` neutral. ``betas`` are zero: shapes of the free body mean nothing to SMPL, so that
joints come out at SMPL's mean lengths.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_quaternion, quaternion_to_axis_angle
from ..take import Take
from ..timebase import timing
from ..whole_file import write_whole
from .bvh import local_axis_angles, person_file

Array = NDArray[Any]

_BETAS = 16


def write_amass(take: Take, path: Path | str) -> list[Path]:
    """Writes one file per person and returns them: ``path`` itself for one person, ``NAME_<id>.npz`` for several.

    A variable-rate take is resampled to its nominal rate (slerp). Raises CannotWriteError.
    """
    target = Path(path)
    clock = timing(take.timestamps, take.fps_nominal, every_frame=True)
    files = []
    for person in take.people:
        turns = clock.quaternions(axis_angle_to_quaternion(local_axis_angles(person)))
        content = {
            "poses": quaternion_to_axis_angle(turns).reshape(len(turns), -1),
            "trans": clock.points(np.asarray(person.smpl.transl, np.float64)),
            "betas": np.zeros(_BETAS),
            "gender": np.array("neutral"),
            "mocap_framerate": np.array(float(take.fps_nominal)),
        }
        file = person_file(take, person, target)
        files.append(write_whole(file, lambda stream, content=content: np.savez(stream, allow_pickle=False, **content)))
    return files
