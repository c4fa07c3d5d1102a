"""Reads motions stored as SMPL, SMPL-H or SMPL-X parameters in ``.npz`` files: AMASS, and what estimators write.

AMASS (Mahmood et al. 2019): ``poses`` (T, 156) of SMPL-H or (T, 165) of SMPL-X, root first; ``trans`` (T, 3);
``betas``; ``gender``; ``mocap_framerate`` or ``mocap_frame_rate``; Z up. Estimators write ``poses`` (T, 72) of SMPL, or
``global_orient``, ``body_pose`` and ``transl`` apart, as axis-angle or as matrices: WHAM (``pose_world``,
``trans_world``), GVHMR (``smpl_params_global/body_pose``, …), 4D-Humans (matrices, ``pred_cam_t`` or ``camera``).
Nothing in the file is executed.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import matrix_to_axis_angle

Array = NDArray[np.floating]

# Estimators that give a pose in the world beside the one before the camera (WHAM) are taken at the former.
_POSES = ("poses", "pose_world", "pose", "smpl_poses", "fullpose")
_TRANSL = ("trans_world", "trans", "transl", "smpl_trans", "translation", "pred_cam_t", "cam_t", "camera")
# GVHMR keeps its parameters in groups; saved flat, these stand before the names.
_GROUPS = ("smpl_params_global", "smpl_params")
_ORIENT = ("global_orient", "root_orient", "smpl/global_orient")
_BODY = ("body_pose", "pose_body", "smpl/body_pose")
_AMASS_RATE = ("mocap_framerate", "mocap_frame_rate")
_RATE = (*_AMASS_RATE, "fps", "frame_rate", "framerate")
# Joints of each kind of body, and where its fingers begin (SMPL-X has jaw and eyes before them).
_KINDS = {24: ("smpl", None), 52: ("smplh", 22), 55: ("smplx", 25)}


@dataclass(frozen=True)
class SmplFile:
    """pose (T, 52, 3) axis-angle in SMPL-H's order (fingers zero where the file has none); transl (T, 3) m; betas (B,);
    fps, NaN where the file does not say; ``kind`` smpl, smplh or smplx; ``gender`` as written, or neutral; ``z_up``:
    whether the file is AMASS's, whose Z axis points up; others do not say."""

    pose: Array
    transl: Array
    betas: Array
    fps: float
    kind: str
    gender: str
    has_hands: bool
    z_up: bool


def read_smpl(path: Path | str) -> SmplFile:
    """Raises BadInputError naming the file and the key that is missing or of a wrong shape."""
    source = Path(path)
    if not source.is_file():
        raise BadInputError(f"There is no motion file at {source}.", "Check the path.")
    try:
        arrays = _read(source)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInputError(f"{source} is not a readable .npz file.", "Download or export it again.") from error
    pose, kind = _pose(arrays, source)
    transl = _first(arrays, _TRANSL)
    if transl is None:
        raise BadInputError(f"{source}: no translation ({', '.join(_TRANSL)}).", "Export the motion with it.")
    if transl.shape != (len(pose), 3):
        raise BadInputError(f"{source}: translation has shape {transl.shape}, expected ({len(pose)}, 3).", "")
    if not (np.isfinite(pose).all() and np.isfinite(transl).all()):
        raise BadInputError(f"{source} holds values that are not numbers.", "Export the motion again.")
    betas = arrays.get("betas", np.zeros(10))
    rate = _first(arrays, _RATE)
    gender = arrays.get("gender", np.array("neutral"))
    text = gender.item() if gender.size == 1 else "neutral"
    fingers = bool(np.any(pose[:, 22:]))
    return SmplFile(
        pose=pose,
        transl=transl.astype(np.float64),
        betas=np.asarray(betas, np.float64).reshape(-1, betas.shape[-1] if betas.ndim else 1)[0],
        fps=float("nan") if rate is None else float(rate.reshape(-1)[0]),
        kind=kind,
        gender=text.decode() if isinstance(text, bytes) else str(text),
        has_hands=fingers,
        z_up=any(key in arrays for key in _AMASS_RATE),
    )


def _read(source: Path) -> dict[str, Array]:
    wanted = {*_POSES, *_TRANSL, *_ORIENT, *_BODY, *_RATE, "betas", "gender", "pose_hand", "left_hand_pose",
              "right_hand_pose"}  # fmt: skip
    arrays = {}
    with np.load(source, allow_pickle=False) as file:
        named = {key: key for key in wanted & set(file.files)}
        for group in _GROUPS:
            found = {f"{group}{joint}{key}": key for key in wanted for joint in "/._"}
            named |= {name: key for name, key in found.items() if name in file.files and key not in named.values()}
        for name, key in named.items():
            try:
                arrays[key] = file[name]
            except ValueError:
                # Some files store the gender as a Python object, which would have to be executed.
                if key != "gender":
                    raise
    return arrays


def _pose(arrays: dict[str, Array], source: Path) -> tuple[Array, str]:
    whole = _first(arrays, _POSES)
    if whole is not None:
        joints = _vectors(whole, source, "poses")
        if joints.shape[1] not in _KINDS:
            sizes = ", ".join(str(3 * count) for count in _KINDS)
            raise BadInputError(f"{source}: poses have shape {whole.shape}, expected (T, {sizes}).", "")
        kind, fingers = _KINDS[joints.shape[1]]
    else:
        root, body = _first(arrays, _ORIENT), _first(arrays, _BODY)
        if root is None or body is None:
            raise BadInputError(
                f"{source}: no poses ({', '.join(_POSES)}) and no global_orient with body_pose.",
                "Give a motion in SMPL parameters, such as one of AMASS.",
            )
        joints = np.concatenate([_vectors(root, source, "global_orient"), _vectors(body, source, "body_pose")], axis=1)
        hands = [arrays[key] for key in ("left_hand_pose", "right_hand_pose") if key in arrays]
        if "pose_hand" in arrays:
            hands = [arrays["pose_hand"]]
        # Hands as principal components need the licensed model's; those are left flat.
        vectors = [_vectors(hand, source, "hand pose") for hand in hands if hand[0].size in (45, 90, 135)]
        count = sum(hand.shape[1] for hand in vectors)
        if joints.shape[1] < 22 or len({len(part) for part in (joints, *vectors)}) > 1:
            raise BadInputError(f"{source}: body_pose has shape {body.shape}, expected (T, 63) or (T, 69).", "")
        joints = np.concatenate([joints[:, :22], *(vectors if count == 30 else [])], axis=1)
        kind, fingers = ("smplh", 22) if count == 30 else ("smpl", None)
    pose = np.zeros((len(joints), 52, 3))
    pose[:, :22] = joints[:, :22]
    if fingers is not None:
        pose[:, 22:] = joints[:, fingers : fingers + 30]
    return pose, kind


def _vectors(values: Array, source: Path, name: str) -> Array:
    """(T, J, 3) axis-angle of (T, 3·J), (T, J, 3) or matrices (T, J, 3, 3)."""
    values = np.asarray(values, np.float64)
    if name == "global_orient" and values.shape[1:] == (3, 3):
        values = values[:, None]
    if values.ndim == 4 and values.shape[-2:] == (3, 3):
        return matrix_to_axis_angle(values)
    if values.ndim < 2 or values.size == 0 or values[0].size % 3:
        raise BadInputError(f"{source}: {name} has shape {values.shape}, expected (frames, 3 per joint).", "")
    return values.reshape(len(values), -1, 3)


def _first(arrays: dict[str, Array], names: tuple[str, ...]) -> Array | None:
    return next((arrays[name] for name in names if name in arrays), None)
