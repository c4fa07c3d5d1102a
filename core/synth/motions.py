"""Motions for synthetic footage, each as SMPL-H parameters of one body on a flat floor.

Sources: an authored motion by name, or a file: joint positions (``../shared/mocap``'s layout), BVH, AMASS, a take.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..files.bvh import CENTIMETRES, WORLD_TO_BVH, local_axis_angles
from ..files.read_bvh import Bvh, read_bvh
from ..files.read_c3d import read_c3d
from ..files.read_smpl import read_smpl
from ..files.read_trc import read_trc
from ..fit.hands import relaxed_pose
from ..fit.rig import make_rig
from ..rotation import matrix_to_axis_angle
from ..skeleton import SMPLH_JOINTS, SMPLH_PARENTS
from ..take import SmplMotion
from ..take_file import SUFFIX
from ..take_file import load as load_take
from .authored.library import AUTHORED, act
from .clips import JointTracks, read_clip, tracks_of_bvh, tracks_of_markers
from .fitting import fit_joints, resample
from .footing import SIDES, Soles, leg_length
from .hand_shapes import shape_pose
from .performing import perform, resample_pose, stood_up
from .props import Box
from .wearing import wear

Array = NDArray[np.floating]

__all__ = ["AUTHORED", "Box", "Motion", "load_motion", "placed"]

AUTHORED_LICENCE = "GPL-3.0-or-later, authored for Understudy"
# Rate of parameter files that do not say theirs, as most estimators' do not.
UNSAID_FPS = 30.0
_START = re.compile(r"@(\d+(?:\.\d+)?)$")


@dataclass(frozen=True)
class Motion:
    """One person's motion: ``smpl`` in a Z-up world, metres, floor at z = 0, float32.

    At frame 0 the pelvis is above the origin and the body faces −Y; ``placed`` moves it elsewhere. ``fit_error_mm``:
    mean distance of 14 joints (hips to toes, shoulders to wrists) from the source's, fitted in the source's own
    proportions; 0 where the source is parameters already. ``worn_error_mm``: mean distance from where the source's
    bones would put the joints with this body's lengths; what planting the feet costs. ``source`` names the file and
    clip, or the authored motion; ``licence`` is the credit line its source asks for. ``props``: what the body sits on.
    """

    smpl: SmplMotion
    fit_error_mm: float
    source: str
    licence: str
    props: tuple[Box, ...] = ()
    worn_error_mm: float = 0.0

    @property
    def frame_count(self) -> int:
        return len(self.smpl.transl)


def load_motion(
    source: str | Path,
    body: BodyModel,
    betas: Array,
    fps: Fraction,
    frames: int,
    rng: np.random.Generator,
    up: str | None = None,
) -> Motion:
    """``frames`` frames at ``fps`` of ``source`` performed by ``body`` with ``betas`` (10,).

    ``source``: the name of an authored motion (``AUTHORED``), or a file: ``clips.npz#clipname`` or ``#index`` of joint
    positions, ``.bvh``, ``.trc`` and ``.c3d`` of joints, AMASS and other SMPL ``.npz``, ``.take.npz#person``.
    ``@seconds`` at the end says where to begin; without it ``rng`` chooses. ``up``: the file's axis that points up, +y
    or +z, instead of what the format or the motion says. The same arguments and the same state of ``rng`` give the same
    motion.

    Raises BadInputError for an unknown name, an unreadable file, an unknown clip or one that is too short.
    """
    betas = np.asarray(betas, np.float64)
    name = str(source)
    if name in AUTHORED:
        made = act(name, body, betas, float(fps), frames, rng)
        motion = Motion(_smpl(betas, made.pose, made.transl), 0.0, name, AUTHORED_LICENCE, made.props)
        return _from_origin(motion, body)
    start = _START.search(name)
    path, _, which = (name[: start.start()] if start else name).partition("#")
    file = _File(Path(path), which, None if start is None else float(start[1]), float(fps), frames, rng, up)
    if not file.path.is_file():
        raise BadInputError(
            f"There is no motion {path}: neither a file nor authored.", f"Authored: {', '.join(AUTHORED)}."
        )
    if file.path.suffix.lower() == ".bvh":
        bvh = read_bvh(file.path)
        own = set(bvh.names) >= set(SMPLH_JOINTS)
        motion = (
            _of_own_bvh(file, bvh, body, betas) if own else _of_tracks(file, tracks_of_bvh(bvh, name, up), body, betas)
        )
    elif file.path.suffix.lower() in (".trc", ".c3d"):
        trc = file.path.suffix.lower() == ".trc"
        markers = read_trc(file.path, up or "+y") if trc else read_c3d(file.path, up)
        motion = _of_tracks(file, tracks_of_markers(markers, file.path.name), body, betas)
    elif file.path.name.endswith(SUFFIX):
        motion = _of_take(file, body, betas)
    elif "rel.npy" in _keys(file.path):
        motion = _of_tracks(file, read_clip(file.path, which), body, betas)
    else:
        motion = _of_parameters(file, body, betas)
    return _from_origin(motion, body)


def placed(motion: Motion, body: BodyModel, heading: float, place: tuple[float, float]) -> Motion:
    """The motion turned about the vertical by ``heading`` rad, counterclockwise from above, then moved by ``place``."""
    smpl = motion.smpl
    turn, shift = Rotation.from_euler("z", heading), np.array([*place, 0.0])
    rest = body.joints(smpl.betas)[0]
    orient = turn * Rotation.from_rotvec(smpl.global_orient.astype(np.float64))
    moved = replace(
        smpl,
        global_orient=orient.as_rotvec().astype(np.float32),
        transl=(turn.apply(smpl.transl + rest) + shift - rest).astype(np.float32),
    )
    return replace(motion, smpl=moved, props=tuple(box.moved(heading, place) for box in motion.props))


@dataclass(frozen=True)
class _File:
    """What is wanted of a file: which part of it, from when (s), at which rate, how many frames; which axis is up."""

    path: Path
    which: str
    start: float | None
    fps: float
    frames: int
    rng: np.random.Generator
    up: str | None = None

    @property
    def name(self) -> str:
        return self.path.name + (f"#{self.which}" if self.which else "")

    def begin(self, seconds: float) -> float:
        """Where to begin in a source that lasts this long."""
        needed = (self.frames - 1) / self.fps
        spare = seconds - needed - (self.start or 0.0)
        if spare < -1e-6:
            fitting = int((seconds - (self.start or 0.0)) * self.fps + 1e-6) + 1
            raise BadInputError(
                f"{self.name} lasts {seconds:.2f} s from its start: too short for {self.frames} frames at "
                f"{self.fps:g} a second.",
                f"Ask for {fitting} frames or fewer." if fitting > 0 else "Begin earlier in it.",
            )
        return self.start if self.start is not None else float(self.rng.uniform(0, max(spare, 0.0)))


def _of_tracks(file: _File, tracks: JointTracks, body: BodyModel, betas: Array) -> Motion:
    soles = Soles.of(body, betas)
    start = file.begin((tracks.frame_count - 1) / tracks.fps)
    joints = resample(tracks, file.fps, start, file.frames)
    fit = fit_joints(joints, file.fps, soles.rest)
    rotations, transl, cost = wear(fit, joints, soles, file.fps)
    pose = np.zeros((file.frames, 52, 3))
    pose[:, :22] = matrix_to_axis_angle(rotations)
    pose[:, 22:] = _fingers(body, betas, "fist" if "martial" in tracks.name else "")
    motion = Motion(_smpl(betas, pose, transl), fit.mean_mm, tracks.name, tracks.licence)
    return replace(motion, worn_error_mm=float(1000 * np.nanmean(cost)))


def _of_own_bvh(file: _File, bvh: Bvh, body: BodyModel, betas: Array) -> Motion:
    order = [bvh.names.index(name) for name in SMPLH_JOINTS]
    to_world = np.eye(3) if file.up == "+z" else WORLD_TO_BVH.T
    turned = to_world @ bvh.rotations[:, order]
    parents = np.array(SMPLH_PARENTS[1:])
    local = turned.copy()
    local[:, 1:] = np.swapaxes(turned[:, parents], -1, -2) @ turned[:, 1:]
    offsets = bvh.offsets[order] / CENTIMETRES
    rest = np.zeros((52, 3))
    for j, parent in enumerate(SMPLH_PARENTS[1:], start=1):
        rest[j] = rest[parent] + offsets[j]
    path = bvh.positions[:, order[0]] @ to_world.T / CENTIMETRES
    return _performed(file, matrix_to_axis_angle(local), path, 1 / bvh.frame_time, rest, body, betas, "")


def _of_take(file: _File, body: BodyModel, betas: Array) -> Motion:
    take = load_take(file.path)
    people = {person.id: person for person in take.people}
    if not people or (file.which and file.which not in people):
        raise BadInputError(
            f"{file.path} has no person {file.which or '1'!r}.", f"People: {', '.join(people) or 'none'}."
        )
    person = people[file.which] if file.which else take.people[0]
    rest = body.joints(person.smpl.betas)
    path = np.asarray(person.smpl.transl, np.float64) + rest[0]
    licence = "; ".join(str(model.get("licence", "")) for model in take.models)
    times = take.timestamps - take.timestamps[0]
    return _performed(file, local_axis_angles(person), path, times, rest, body, betas, licence)


def _of_parameters(file: _File, body: BodyModel, betas: Array) -> Motion:
    data = read_smpl(file.path)
    stands = data.z_up and file.up is None
    pose, path = (data.pose, data.transl) if stands else stood_up(data.pose, data.transl, file.up)
    if not data.has_hands:
        pose = pose.copy()
        pose[:, 22:] = _fingers(body, betas, "")
    rate = data.fps if np.isfinite(data.fps) else UNSAID_FPS
    return _performed(file, pose, path, rate, None, body, betas, "")


def _performed(
    file: _File, pose: Array, path: Array, rate: float | Array, rest: Array | None, body: BodyModel, betas: Array,
    licence: str,
) -> Motion:  # fmt: skip
    """``rate``: frames a second, or the time of each frame; ``rest``: the performer's joints, None where unknown."""
    times = np.asarray(rate) if np.ndim(rate) else np.arange(len(pose)) / float(np.asarray(rate))
    start = file.begin(float(times[-1]))
    pose, path = resample_pose(pose, path, times, start + np.arange(file.frames) / file.fps)
    own = body.joints(betas)
    if rest is not None and np.abs((rest - rest[0]) - (own - own[0])).max() < 1e-4:
        return Motion(_smpl(betas, pose, path - own[0]), 0.0, file.name, licence)
    soles = Soles.of(body, betas)
    scale = None if rest is None else sum(map(soles.leg, SIDES)) / sum(leg_length(rest, side) for side in SIDES)
    pose, transl, cost = perform(pose, path, soles, file.fps, scale)
    return Motion(_smpl(betas, pose, transl), 0.0, file.name, licence, worn_error_mm=cost)


def _from_origin(motion: Motion, body: BodyModel) -> Motion:
    """Turned and moved along the floor so that frame 0 stands above the origin and faces −Y."""
    smpl = motion.smpl
    first = Rotation.from_rotvec(smpl.global_orient[0].astype(np.float64)).as_matrix()
    ahead, up = first[:, 2], first[:, 1]
    # Lying on the back or the face, the way the head points says more than the way the belly does.
    facing = ahead if abs(ahead[2]) < 0.8 else -np.sign(ahead[2]) * up
    heading = -np.arctan2(facing[0], -facing[1])
    turned = placed(motion, body, heading, (0.0, 0.0))
    pelvis = turned.smpl.transl[0] + body.joints(smpl.betas)[0]
    return placed(turned, body, 0.0, (-float(pelvis[0]), -float(pelvis[1])))


def _fingers(body: BodyModel, betas: Array, shape: str) -> Array:
    """(30, 3) axis-angle of both hands: a named shape, or at rest for ''."""
    if shape:
        return np.concatenate([shape_pose(shape, side, body, betas) for side in SIDES])
    shaped = body.shaped(betas)
    rig = make_rig(body.joints(betas), shaped[body.extras], shaped[body.contact_vertices], 1.7)
    return np.concatenate([matrix_to_axis_angle(relaxed_pose(rig, side)) for side in SIDES])


def _smpl(betas: Array, pose: Array, transl: Array) -> SmplMotion:
    parts = (betas, pose[:, 0], pose[:, 1:22], pose[:, 22:37], pose[:, 37:52], transl)
    return SmplMotion(*(np.ascontiguousarray(part, np.float32) for part in parts))


def _keys(path: Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInputError(f"{path} is not a motion file.", "Give .bvh, .trc, .c3d, a take or AMASS .npz.") from error
