"""What a tool is run on and measured against: a video, its lens, and the people that are truly there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.core.evaluate.comparison import TAKE_LIMBS, LimbTrack
from understudy.core.evaluate.multiview import project, to_camera
from understudy.core.files.read_cameras import read_cameras
from understudy.core.files.read_trc import read_trc
from understudy.core.skeleton import FINGERS, HAND_LANDMARKS, LIMB_JOINTS, TAKE_JOINTS
from understudy.core.synth.truth import load_visibility
from understudy.core.take import Take, TakePerson
from understudy.core.take_file import load

Array = NDArray[Any]

BODY_SEEN = 8  # of the 12 limb joints inside the picture: the body is asked for
HAND_SEEN = 11  # of the 21 points of a hand visible, in the picture and behind nothing
SIDES = ("left", "right")


def _hand_points(side: str) -> list[int]:
    """Indices into TAKE_JOINTS in the order of HAND_LANDMARKS: from the palm to the tip of each finger."""
    fingers = ("thumb", "index", "middle", "ring", "pinky")
    assert set(fingers) == set(FINGERS)
    names = [f"{side}_wrist", *(f"{side}_{f}{part}" for f in fingers for part in ("1", "2", "3", "_tip"))]
    assert len(names) == len(HAND_LANDMARKS)
    return [TAKE_JOINTS.index(name) for name in names]


HAND_POINTS = {side: _hand_points(side) for side in SIDES}


@dataclass(frozen=True)
class TruePerson:
    """``limbs``: NaN where fewer than BODY_SEEN of them are in the picture; ``pixels`` (T,12,2): where they are in it,
    NaN outside; ``hands``: (T,21,3) m in the camera's axes, order HAND_LANDMARKS, NaN where fewer than HAND_SEEN of
    them are visible."""

    name: str
    limbs: LimbTrack
    pixels: Array
    hands: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Clip:
    """One camera's video of a scenario. ``focal`` px, along the longer side; ``size`` px; ``camera``: which of the
    scenario's; ``exact``: the truth is exact, not another system's estimate; ``truth``: the take that holds it."""

    name: str
    scenario: str
    video: Path
    timestamps: Array
    focal: float
    size: tuple[int, int]
    people: tuple[TruePerson, ...]
    camera: int
    world_from_camera: Array
    exact: bool
    truth: Path | None = None


def clips_of_truth(scenario: str, path: Path) -> list[Clip]:
    """The clips of the truth take at ``path``, one per camera, beside it."""
    truth, visible = load(path), load_visibility(path)
    result = []
    for c, source in enumerate(truth.sources):
        width, height = (int(v) for v in truth.cameras.size[c])
        name = scenario if len(truth.sources) == 1 else f"{scenario}/{c + 1}"
        result.append(
            Clip(
                name=name,
                scenario=scenario,
                video=path.parent / source["path"],
                timestamps=np.asarray(truth.cameras.timestamps[c], float),
                focal=float(truth.cameras.K[c, 0, 0]),
                size=(width, height),
                people=tuple(_true_person(truth, person, c, visible[person.id][c]) for person in truth.people),
                camera=c,
                world_from_camera=np.asarray(truth.cameras.world_from_camera[c], float),
                exact=True,
                truth=path,
            )
        )
    return result


def clips_of_balance(folder: Path) -> list[Clip]:
    """The four cameras round an acrobat, against the reference that lies with them: another system's, not truth."""
    cameras = read_cameras(folder / "Calib_qualisys.toml")
    markers = read_trc(folder / "reference" / "filtered.trc", up="+y")
    names = [f"{side[0].upper()}{part.capitalize()}" for side, part in (n.split("_") for n in LIMB_JOINTS)]
    joints = markers.in_world()[:, [markers.names.index(name) for name in names]]
    times = markers.timestamps - markers.timestamps[0]
    result = []
    for c in range(len(cameras.K)):
        pose = np.asarray(cameras.world_from_camera[c], float)
        limbs = LimbTrack(times, to_camera(joints, pose), absolute=True)
        pixels = project(joints, cameras.K[c], pose, cameras.distortion[c])
        result.append(
            Clip(
                name=f"balance/{c + 1}",
                scenario="balance",
                video=folder / f"cam{c + 1:02d}.mp4",
                timestamps=times,
                focal=float(cameras.K[c, 0, 0]),
                size=(int(cameras.size[c][0]), int(cameras.size[c][1])),
                people=(TruePerson("1", limbs, pixels),),
                camera=c,
                world_from_camera=pose,
                exact=False,
            )
        )
    return result


def _true_person(truth: Take, person: TakePerson, camera: int, visible: Array) -> TruePerson:
    K, pose = truth.cameras.K[camera], truth.cameras.world_from_camera[camera]
    size = np.asarray(truth.cameras.size[camera], float)
    pixels = project(person.joints_world, K, pose, truth.cameras.distortion[camera])
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= 0) & (pixels <= size - 1)).all(axis=-1)
    local = to_camera(person.joints_world, pose)
    limbs, seen = local[:, TAKE_LIMBS].copy(), inside[:, TAKE_LIMBS].sum(axis=1) >= BODY_SEEN
    limbs[~seen] = np.nan
    shown = np.where(inside[..., None], pixels, np.nan)[:, TAKE_LIMBS]
    hands = {}
    for side, points in HAND_POINTS.items():
        hands[side] = local[:, points].copy()
        hands[side][visible[:, points].sum(axis=1) < HAND_SEEN] = np.nan
    track = LimbTrack(np.asarray(truth.cameras.timestamps[camera], float), limbs, absolute=True)
    return TruePerson(person.id, track, shown, hands)
