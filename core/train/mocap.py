"""Motion capture to train on: joint positions of many clips, of four rigs, in one file beside the checkout.

The data is the CMU subset described in its README: 24 joints, metres, Y up, 60 frames per second. The test split is
whole subjects and is never trained on. Of the rigs, ``asf`` and ``cgspeed38`` carry their subjects' lengths; ``daz``
and ``cc`` are retargeted to one figure each, so that training draws their lengths anew more widely.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError

RIGS = ("asf", "cgspeed38", "daz", "cc")
RETARGETED = ("daz", "cc")
JOINTS = (
    "pelvis", "spine", "chest", "neck", "head", "head_top", "l_clavicle", "l_shoulder", "l_elbow", "l_wrist", "l_hand",
    "r_clavicle", "r_shoulder", "r_elbow", "r_wrist", "r_hand", "l_hip", "l_knee", "l_ankle", "l_toe", "r_hip",
    "r_knee", "r_ankle", "r_toe",
)  # fmt: skip
CREDIT = (
    "The data used in this project was obtained from mocap.cs.cmu.edu. The database was created with funding from "
    "NSF EIA-0196217."
)


@dataclass(frozen=True)
class Mocap:
    """Clips laid end to end: positions (N, 24, 3) float32 m, Y up; starts (C + 1,); rig (C,) indices into RIGS;
    names (C,); fps."""

    positions: NDArray[np.float32]
    starts: NDArray[np.int64]
    rig: NDArray[np.int64]
    names: tuple[str, ...]
    fps: float

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(C,) frames of each clip."""
        return np.diff(self.starts)

    def take(self, clips: NDArray[np.int64]) -> Mocap:
        """The same with these clips only, in this order."""
        parts = [self.positions[self.starts[c] : self.starts[c + 1]] for c in clips]
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        return Mocap(np.concatenate(parts), starts, self.rig[clips], tuple(self.names[c] for c in clips), self.fps)


def load_mocap(path: Path, split: str) -> Mocap:
    """The clips of ``split`` ("train" or "test"). Raises BadInputError for a file that is not such a data set."""
    if not path.is_file():
        raise BadInputError(f"There is no motion capture at {path}.", "Name the file with --data.")
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {key: file[key] for key in ("root", "rel", "starts", "clip", "rig", "split", "joints", "fps")}
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        message = f"{path} is not a motion capture data set: {error}."
        raise BadInputError(message, "See its README for the keys.") from None
    if tuple(data["joints"].tolist()) != JOINTS:
        raise BadInputError(f"{path} has other joints than expected.", f"They must be {', '.join(JOINTS)}.")
    positions = data["root"][:, None].astype(np.float32) + data["rel"].astype(np.float32)
    rig = np.array([RIGS.index(name) for name in data["rig"].tolist()])
    whole = Mocap(positions, data["starts"].astype(np.int64), rig, tuple(data["clip"].tolist()), float(data["fps"]))
    chosen = np.flatnonzero(data["split"] == split)
    if not len(chosen):
        raise BadInputError(f"{path} has no clips of the split '{split}'.", "There are: train, test.")
    return whole.take(chosen)
