"""Users' SMPL, SMPL-H and MANO files, and our own body in the official layouts.

Keys: v_template (V,3), shapedirs (V,3,B), posedirs (V,3,9(J−1)), J_regressor (J,V), weights (V,J),
kintree_table (2,J), f (F,3); hand components and means are not read, since poses are axis-angle from the flat hand.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInputError
from ..skeleton import (
    BODY_JOINTS,
    BODY_PARENTS,
    CONTACT_POINTS,
    EXTRA_JOINTS,
    HAND_JOINTS,
    MANO_PARENTS,
    SMPLH_JOINTS,
    SMPLH_PARENTS,
)
from .layout import FINGER_TIPS, JOINT_COUNT, MANO_SLOTS, SMPLH_SLOTS
from .numpy_model import BodyModel, PoseBlock
from .unpickle import as_array, read_pickle

REQUIRED = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")
JOINT_NAMES: dict[str, tuple[str, ...]] = {
    "smpl": (*BODY_JOINTS, "left_hand", "right_hand"),
    "smplh": SMPLH_JOINTS,
    "mano_left": ("wrist", *HAND_JOINTS),
    "mano_right": ("wrist", *HAND_JOINTS),
}
PARENTS: dict[str, tuple[int, ...]] = {
    "smpl": (*BODY_PARENTS, 20, 21),
    "smplh": SMPLH_PARENTS,
    "mano_left": MANO_PARENTS,
    "mano_right": MANO_PARENTS,
}
_FAMILY = {count: kind.split("_")[0] for kind, count in JOINT_COUNT.items()}


def load_body(path: Path | str, kind: str | None = None) -> BodyModel:
    """Read an official ``.npz`` or ``.pkl`` (never running pickled code).

    ``kind`` (smpl, smplh, mano_left, mano_right) is found when not given: by the joint count, and for hands by the
    side to which the fingers point. Raises BadInputError naming the file, the key and what was expected.
    """
    path = Path(path)
    data = _read(path)
    missing = [key for key in REQUIRED if key not in data]
    if missing:
        raise BadInputError(f"{path}: no {', '.join(missing)} in the file.", "Is it an SMPL, SMPL-H or MANO model?")
    arrays = {key: as_array(data[key], key, path) for key in REQUIRED}
    joints = len(arrays["J_regressor"])
    if joints == 55:
        raise BadInputError(f"{path}: an SMPL-X model (55 joints).", "Use SMPL-H, which has the same body and hands.")
    if joints not in _FAMILY:
        raise BadInputError(f"{path}: {joints} joints; SMPL has 24, SMPL-H 52, MANO 16.")
    vertices = len(arrays["v_template"])
    _check(path, arrays, vertices, joints)
    found = _kind(arrays, joints)
    if kind is not None and kind != found:
        raise BadInputError(f"{path}: holds {found}, not {kind}.")
    parents = arrays["kintree_table"][0].astype(np.int64)
    parents[0] = -1  # stored as 4294967295
    if tuple(parents) != PARENTS[found]:
        raise BadInputError(f"{path}: kintree_table is not the joint tree of {found}.")
    names, weights = JOINT_NAMES[found], arrays["weights"].astype(np.float32)
    template = arrays["v_template"].astype(np.float32)
    regressor = arrays["J_regressor"].astype(np.float32)
    extra_names, extras = _extras(found, vertices)
    contact_names, contacts = _contacts(found, template, weights, regressor @ template, names)
    return BodyModel(
        kind=found,
        v_template=template,
        shapedirs=arrays["shapedirs"].astype(np.float32),
        J_regressor=regressor,
        weights=weights,
        faces=arrays["f"].astype(np.int64).astype(np.int32),
        parents=parents,
        joint_names=names,
        pose_blocks=_blocks(arrays["posedirs"]),
        extra_names=extra_names,
        extras=extras,
        contact_names=contact_names,
        contact_vertices=contacts,
        licence=f"{path.name}: the user's own file, under its own licence",
        source=str(path),
    )


def save_official(model: BodyModel, path: Path | str) -> None:
    """Write a model with the official keys: ``.npz``, or ``.pkl`` of plain arrays."""
    path = Path(path)
    parents = model.parents.astype(np.int64).astype(np.uint32)
    out: dict[str, np.ndarray] = {
        "v_template": model.v_template.astype(np.float64),
        "shapedirs": model.shapedirs.astype(np.float64),
        "posedirs": model.posedirs,
        "J_regressor": model.J_regressor.astype(np.float64),
        "weights": model.weights.astype(np.float64),
        "kintree_table": np.stack([parents, np.arange(model.joint_count, dtype=np.uint32)]),
        "f": model.faces.astype(np.uint32),
    }
    if model.kind == "smplh":
        out |= {f"hands_components{side}": np.eye(45) for side in "lr"}
        out |= {f"hands_mean{side}": np.zeros(45) for side in "lr"}
    elif model.kind != "smpl":
        out |= {"hands_components": np.eye(45), "hands_mean": np.zeros(45)}
    if path.suffix == ".npz":
        np.savez_compressed(path, allow_pickle=False, **out)
    elif path.suffix == ".pkl":
        with path.open("wb") as file:
            pickle.dump(out, file, protocol=2)
    else:
        raise BadInputError(f"{path}: a model is saved as .npz or .pkl.")


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise BadInputError(f"{path}: no such file.")
    if path.suffix == ".pkl":
        return read_pickle(path)
    if path.suffix != ".npz":
        raise BadInputError(f"{path}: a body model is a .npz or .pkl file.")
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files if key in REQUIRED}
    except (ValueError, OSError, EOFError, KeyError) as error:
        raise BadInputError(f"{path}: not a readable .npz of plain arrays ({error}).") from error


def _check(path: Path, arrays: dict[str, np.ndarray], vertices: int, joints: int) -> None:
    betas = arrays["shapedirs"].shape[-1] if arrays["shapedirs"].ndim == 3 else "B"
    expected: dict[str, tuple[Any, ...]] = {
        "v_template": (vertices, 3),
        "shapedirs": (vertices, 3, betas),
        "posedirs": (vertices, 3, 9 * (joints - 1)),
        "J_regressor": (joints, vertices),
        "weights": (vertices, joints),
        "kintree_table": (2, joints),
        "f": (arrays["f"].shape[0] if arrays["f"].ndim else 0, 3),
    }
    for key, shape in expected.items():
        if arrays[key].shape != shape:
            raise BadInputError(f"{path}: {key} has shape {arrays[key].shape}, expected {shape}.")
        if not np.issubdtype(arrays[key].dtype, np.number) or not np.isfinite(arrays[key]).all():
            raise BadInputError(f"{path}: {key} holds values that are not numbers.")


def _kind(arrays: dict[str, np.ndarray], joints: int) -> str:
    if joints != JOINT_COUNT["mano_left"]:
        return _FAMILY[joints]
    # In the shared T-pose the left hand lies at +X and points there.
    points = arrays["J_regressor"] @ arrays["v_template"]
    return "mano_left" if points[1:, 0].mean() > points[0, 0] else "mano_right"


def _blocks(posedirs: np.ndarray) -> tuple[PoseBlock, ...]:
    blocks = []
    for joint in range(1, posedirs.shape[-1] // 9 + 1):
        part = posedirs[:, :, 9 * (joint - 1) : 9 * joint]
        touched = np.flatnonzero(np.abs(part).max(axis=(1, 2)) > 0)
        if touched.size:
            blocks.append(PoseBlock(joint, touched, np.ascontiguousarray(part[touched], np.float32)))
    return tuple(blocks)


def _extras(kind: str, vertices: int) -> tuple[tuple[str, ...], np.ndarray]:
    names, slots = (EXTRA_JOINTS, SMPLH_SLOTS) if kind.startswith("smpl") else (FINGER_TIPS, MANO_SLOTS)
    ids = np.array([slots[name] for name in names])
    # A mesh with fewer vertices has another numbering: better no surface points than wrong ones.
    return (names, ids) if ids.max() < vertices else ((), np.zeros(0, np.int64))


def _contacts(
    kind: str, template: np.ndarray, weights: np.ndarray, joints: np.ndarray, names: tuple[str, ...]
) -> tuple[tuple[str, ...], np.ndarray]:
    """The skin straight below heel, ball and palm in the T-pose (palms down), from spots given by joints."""
    at, dominant = dict(zip(names, joints, strict=True)), weights.argmax(1)

    def below(spot: np.ndarray, owners: tuple[str, ...]) -> int:
        ids = np.flatnonzero(np.isin(dominant, [names.index(owner) for owner in owners]))
        ids = ids[template[ids, 1] < spot[1]] if (template[ids, 1] < spot[1]).any() else ids
        return int(ids[np.hypot(*(template[ids] - spot)[:, [0, 2]].T).argmin()])

    def palm(prefix: str) -> np.ndarray:
        knuckles = np.mean([at[f"{prefix}{finger}1"] for finger in ("index", "middle", "ring")], axis=0)
        return 0.35 * at[f"{prefix}wrist"] + 0.65 * knuckles - [0, 0.008, 0]

    if kind.startswith("mano"):
        return ("palm",), np.array([below(palm(""), ("wrist",))])
    found: dict[str, int] = {}
    for side in ("left", "right"):
        ankle, ball = f"{side}_ankle", f"{side}_foot"
        found[f"{side}_heel"] = below(at[ankle] + [0, -0.03, -0.015], (ankle,))
        found[f"{side}_ball"] = below(at[ball] - [0, 0.005, 0], (ankle, ball))
        hand = f"{side}_wrist" if kind == "smplh" else f"{side}_hand"
        spot = palm(f"{side}_") if kind == "smplh" else at[hand] - [0, 0.008, 0]
        found[f"{side}_palm"] = below(spot, (hand, f"{side}_wrist"))
    return CONTACT_POINTS, np.array([found[name] for name in CONTACT_POINTS])
