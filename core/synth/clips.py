"""Motion as joint positions: clips of a ``../shared/mocap``-format file, and BVH with the usual names.

The clip file's keys are described beside it: ``root`` (N, 3) and ``rel`` (N, 24, 3) metres, Y up, ``starts``, ``clip``,
``joints``, ``fps``, ``split``. Its data come from mocap.cs.cmu.edu; ``CMU_CREDIT`` is the line its terms ask for.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..files.markers import Markers
from ..files.read_bvh import Bvh

Array = NDArray[np.floating]

CMU_CREDIT = (
    "The data used in this project was obtained from mocap.cs.cmu.edu. "
    "The database was created with funding from NSF EIA-0196217."
)
# Y up to Z up.
TO_WORLD = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])

NEEDED = ("pelvis", "chest", "neck", *(f"{s}_{p}" for s in ("l", "r") for p in
          ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")))  # fmt: skip
OPTIONAL = ("head", "head_top", "l_hand", "r_hand", "l_toe", "r_toe")

# Clips of the held-out subjects by what they show, watched one by one; ``@seconds`` where a part is meant. Left out are
# those without a foot on the floor to tell where it is.
_CLIPS: dict[str, tuple[str, ...]] = {
    "dance": ("05_03", "05_07@2", "05_11", "05_13@3.5", "05_04@4.5", "05_15#0", "05_09@4", "05_02@3", "05_10#1"),
    "leap": ("05_08#1", "05_20#1", "05_18#2", "05_17#3"),
    "martial": ("135_07~martial@1", "135_06~martial@3", "135_08~martial@2", "135_05~martial@2", "135_09~martial",
                "135_03~martial@3"),
    "kick": ("135_04~martial@5.5", "135_10~martial@4"),
    "stylised": ("131_01", "131_02@3", "131_03"),
    "walk": ("05_01",),
}  # fmt: skip

# Names of joints in BVH files, lower case without prefix and separators, by our name; the first one found is taken.
_BVH_NAMES: dict[str, tuple[str, ...]] = {
    "pelvis": ("hips", "hip", "pelvis", "root"),
    "chest": ("spine3", "chest", "spine2", "spine1", "spine"),
    "neck": ("neck", "neck1"),
    "head": ("head",),
    **{
        f"{s}_{ours}": tuple(f"{side}{name}" for name in names)
        for s, side in (("l", "left"), ("r", "right"))
        for ours, names in {
            "shoulder": ("arm", "upperarm", "shoulder"),
            "elbow": ("elbow", "forearm", "lowerarm"),
            "wrist": ("wrist", "hand"),
            "hip": ("upleg", "upperleg", "thigh", "hip"),
            "knee": ("knee", "leg", "lowerleg", "shin"),
            "ankle": ("ankle", "foot"),
            "toe": ("toebase", "toe", "toes", "foot"),
            "hand": ("handindex1", "fingerbase", "handmiddle1", "middle1"),
        }.items()
    },
}
# The same for markers: OpenPose's names, and those spelt out.
_MARKER_NAMES: dict[str, tuple[str, ...]] = {
    "pelvis": ("hip", "midhip", "hips", "pelvis", "chip"),
    "neck": ("neck", "cshoulder"),
    "head": ("head", "nose"),
    **{
        f"{s}_{ours}": tuple(f"{side}{name}" for name in names for side in sides)
        for s, sides in (("l", ("l", "left")), ("r", ("r", "right")))
        for ours, names in {
            **{joint: (joint,) for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")},
            "toe": ("bigtoe", "toe", "toebase"),
            "hand": ("middle1", "index", "hand"),
        }.items()
    },
}
# Metres per unit of files: metres, centimetres, inches, and the unit of CMU's skeletons.
_UNITS = (1.0, 0.01, 0.0254, 0.0254 / 0.45)
_USUAL_LEG = 0.83  # m, hip to ankle


@dataclass(frozen=True)
class JointTracks:
    """``joints`` (T, 3) m by name (those of NEEDED, of OPTIONAL where known), Z up; ``fps``; what and whose it is."""

    joints: Mapping[str, Array]
    fps: float
    name: str
    licence: str

    @property
    def frame_count(self) -> int:
        return len(self.joints["pelvis"])


def read_clip(path: Path, which: str) -> JointTracks:
    """Clip ``which`` of a file: its name, or its index as ``12``; '' takes the first.

    Raises BadInputError naming the file and the nearest clip names.
    """
    data = _read(path, ("root", "rel", "starts", "clip", "joints", "fps"))
    names = [str(name) for name in data["clip"]]
    index = _index(names, which, path)
    span = slice(int(data["starts"][index]), int(data["starts"][index + 1]))
    points = data["root"][span, None].astype(np.float64) + data["rel"][span].astype(np.float64)
    joints = {str(name): points[:, j] @ TO_WORLD.T for j, name in enumerate(data["joints"])}
    missing = [name for name in NEEDED if name not in joints]
    if missing:
        raise BadInputError(f"{path}: joints {', '.join(missing)} are missing.", "See the file's description.")
    return JointTracks(joints, float(data["fps"]), f"{path.name}#{names[index]}", CMU_CREDIT)


def clip_names(path: Path, split: str = "test") -> dict[str, int]:
    """Clip names of one split and their number of frames."""
    data = _read(path, ("starts", "clip", "split"))
    lengths = np.diff(data["starts"])
    return {
        str(name): int(length)
        for name, length, own in zip(data["clip"], lengths, data["split"], strict=True)
        if str(own) == split
    }


def choose_clips(path: Path, kind: str) -> list[str]:
    """Sources (``path#clip@seconds``) of the test split that show ``kind``, the clearest first.

    Never a clip of the train split. Raises BadInputError for an unknown kind.
    """
    if kind not in _CLIPS:
        raise BadInputError(f"No clips are listed as {kind!r}.", f"Known: {', '.join(_CLIPS)}.")
    known = clip_names(path)
    return [f"{path}#{clip}" for clip in _CLIPS[kind] if clip.partition("@")[0] in known]


def tracks_of_bvh(bvh: Bvh, name: str, up: str | None = None) -> JointTracks:
    """The joints of a BVH file with the usual names (CMU, Mixamo, MotionBuilder, SMPL), scaled to metres by its legs.

    ``up`` is +y or +z; without it the axis that the body stands along points up. Raises BadInputError naming the joints
    that were not found.
    """
    plain = {_plain(joint): joint for joint in bvh.names}
    found = {ours: next((plain[n] for n in names if n in plain), None) for ours, names in _BVH_NAMES.items()}
    for side in ("l", "r"):
        if found[f"{side}_toe"] == found[f"{side}_ankle"]:
            found[f"{side}_toe"] = None
    missing = [ours for ours in NEEDED if found.get(ours) is None]
    if missing:
        raise BadInputError(
            f"{name}: no joint found for {', '.join(missing)}.", "Rename the joints as CMU or Mixamo do, or use a take."
        )
    joints = {ours: bvh.positions[:, bvh.names.index(joint)] for ours, joint in found.items() if joint}
    for ours, joint in (("head_top", "head"), ("l_hand", "l_wrist"), ("r_hand", "r_wrist")):
        end = found.get(joint)
        if ours not in joints and end in bvh.ends:
            joints[ours] = bvh.end_positions(end)
    stands = np.mean(joints["neck"] - joints["l_ankle"], axis=0)
    if up == "+y" or (up is None and abs(stands[1]) >= abs(stands[2])):
        joints = {ours: track @ TO_WORLD.T for ours, track in joints.items()}
    leg = np.median(
        np.linalg.norm(joints["l_hip"] - joints["l_knee"], axis=1)
        + np.linalg.norm(joints["l_knee"] - joints["l_ankle"], axis=1)
    )
    unit = min(_UNITS, key=lambda metres: abs(np.log(max(leg * metres, 1e-9) / _USUAL_LEG)))
    return JointTracks({ours: track * unit for ours, track in joints.items()}, 1 / bvh.frame_time, name, "")


def tracks_of_markers(markers: Markers, name: str) -> JointTracks:
    """Joints that a marker file holds under the names of OpenPose, HALPE or Pose2Sim; gaps become straight lines.

    What such a skeleton lacks comes from its neighbours: the pelvis from the hips, the neck from the shoulders. Raises
    BadInputError naming the joints that were not found, or one that was never measured.
    """
    plain = {_plain(marker): row for row, marker in enumerate(markers.names)}
    times = markers.timestamps - markers.timestamps[0]
    fps = (len(times) - 1) / times[-1] if len(times) > 1 else 30.0
    world = markers.in_world()
    joints: dict[str, Array] = {}
    for ours, names in _MARKER_NAMES.items():
        row = next((plain[n] for n in names if n in plain), None)
        if row is not None:
            joints[ours] = _bridged(world[:, row], times, np.arange(len(times)) / fps, f"{name}: {markers.names[row]}")
    missing = [ours for ours in NEEDED if ours not in joints and ours not in ("pelvis", "neck", "chest")]
    if missing:
        raise BadInputError(f"{name}: no marker found for {', '.join(missing)}.", "Name joints as OpenPose: LHip, …")
    joints.setdefault("pelvis", (joints["l_hip"] + joints["r_hip"]) / 2)
    joints.setdefault("neck", (joints["l_shoulder"] + joints["r_shoulder"]) / 2)
    joints.setdefault("chest", 0.35 * joints["pelvis"] + 0.65 * joints["neck"])
    return JointTracks(joints, fps, name, "")


def _bridged(track: Array, times: Array, wanted: Array, name: str) -> Array:
    there = np.isfinite(track).all(axis=1)
    if not there.any():
        raise BadInputError(f"{name} was never measured.", "Export the markers again, or leave it out.")
    return np.stack([np.interp(wanted, times[there], track[there, axis]) for axis in range(3)], axis=1)


def _plain(name: str) -> str:
    name = name.rpartition(":")[2].lower()
    name = "".join(letter for letter in name if letter.isalnum())
    for prefix in ("mixamorig", "bip001", "bip01"):
        name = name.removeprefix(prefix)
    return name


def _index(names: list[str], which: str, path: Path) -> int:
    if not which:
        return 0
    if which in names:
        return names.index(which)
    if which.isdecimal() and int(which) < len(names):
        return int(which)
    alike = [name for name in names if name.startswith(which[:3])][:6] or names[:6]
    raise BadInputError(f"{path} has no clip {which!r} ({len(names)} clips).", f"For example: {', '.join(alike)}.")


def _read(path: Path, keys: tuple[str, ...]) -> dict[str, Array]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in keys}
    except KeyError as error:
        raise BadInputError(f"{path}: {error.args[0]}.", "Give a file of joint positions, AMASS or a take.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInputError(f"{path} is not a readable .npz file.", "Check the path, or copy it again.") from error
