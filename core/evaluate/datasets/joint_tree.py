"""Joints of data sets that store SMPL, SMPL-H or SMPL-X parameters, with the user's own model file.

Only what joints need is read (template, shape directions, joint regressor, tree, and the hands' components), so that
SMPL-X works here although the product's bodies have no face. Equations: Loper et al. 2015, Pavlakos et al. 2019.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...body.numpy_model import forward_kinematics
from ...body.unpickle import as_array, read_pickle
from ...errors import BadInputError
from ...rotation import axis_angle_to_matrix
from ...skeleton import BODY_JOINTS, SMPLH_JOINTS
from ..joint_sets import JOINT_SETS
from .reading import existing, numbers

Array = NDArray[np.floating]

_NEEDED = ("v_template", "shapedirs", "J_regressor", "kintree_table")
_HANDS = ("hands_meanl", "hands_meanr", "hands_componentsl", "hands_componentsr")
_KINDS: dict[int, tuple[str, tuple[str, ...]]] = {
    24: ("SMPL", JOINT_SETS["SMPL-24"]),
    52: ("SMPL-H", SMPLH_JOINTS),
    55: ("SMPL-X", (*BODY_JOINTS, "jaw", "left_eyeball", "right_eyeball", *SMPLH_JOINTS[22:])),
}


@dataclass(frozen=True, eq=False)
class JointTree:
    """``names`` and ``parents`` (J,); ``template`` (J,3) m at betas 0 and ``shape`` (J,3,B) m per beta; ``hands``: mean
    (45,) and components (n,45) of the left and the right hand, empty where the file has none."""

    kind: str
    names: tuple[str, ...]
    parents: NDArray[np.integer]
    template: Array
    shape: Array
    hands: tuple[tuple[Array, Array], ...]
    source: Path

    def joints(self, betas: Array, pose: Array, transl: Array) -> Array:
        """Joints (T,J,3) m for betas (B,) or (T,B), pose (T,J,3) axis-angle rad, transl (T,3) m."""
        betas = np.asarray(betas, float)
        count = min(betas.shape[-1], self.shape.shape[-1])
        rest = self.template + np.einsum("jib,...b->...ji", self.shape[..., :count], betas[..., :count])
        rest = np.broadcast_to(rest, (len(pose), *self.template.shape))
        _, positions = forward_kinematics(axis_angle_to_matrix(np.asarray(pose, float)), rest, self.parents)
        return positions + np.asarray(transl, float)[:, None]

    def hand_pose(self, side: int, coefficients: Array) -> Array:
        """Pose (T,15,3) of a hand (0 left, 1 right) from (T,n) principal components about the mean hand."""
        if not self.hands:
            raise BadInputError(f"{self.source}: no {_HANDS[2]} in the file.", "Use the official model with hands.")
        mean, components = self.hands[side]
        count = coefficients.shape[-1]
        if count > len(components):
            raise BadInputError(f"{self.source}: {len(components)} hand components, the motion has {count}.", "")
        return (mean + coefficients @ components[:count]).reshape(-1, 15, 3)


def load_joint_tree(path: Path | str | None, kind: str, why: str) -> JointTree:
    """A user's model file, ``.npz`` or ``.pkl``; ``kind`` SMPL, SMPL-H or SMPL-X. Raises BadInputError, also for None,
    then saying that ``why`` needs one."""
    if path is None:
        raise BadInputError(f"{why} stores {kind} parameters only.", f"Give your own {kind} model file as 'body'.")
    source = existing(path)
    data = _read(source)
    missing = [name for name in _NEEDED if name not in data]
    if missing:
        raise BadInputError(f"{source}: no {', '.join(missing)} in the file.", f"Is it a {kind} model?")
    regressor = as_array(data["J_regressor"], "J_regressor", source).astype(float)
    found = _KINDS.get(len(regressor))
    if found is None or found[0] != kind:
        raise BadInputError(f"{source}: {len(regressor)} joints, not a {kind} model.", f"Give a {kind} model file.")
    vertices = regressor.shape[1]
    template = numbers(as_array(data["v_template"], "v_template", source), (vertices, 3), "v_template", source)
    directions = as_array(data["shapedirs"], "shapedirs", source)
    directions = numbers(directions, (vertices, 3, None), "shapedirs", source)
    if kind == "SMPL-X":  # 300 shape and 100 expression directions, or 10 and 10
        directions = directions[..., : 300 if directions.shape[-1] >= 400 else 10]
    tree = as_array(data["kintree_table"], "kintree_table", source)[0].astype(np.int64)
    tree[0] = -1  # stored as 4294967295
    if len(tree) != len(regressor) or (tree[1:] < 0).any() or (tree[1:] >= np.arange(1, len(tree))).any():
        raise BadInputError(f"{source}: kintree_table is not a tree with parents first.", f"Is it a {kind} model?")
    hands: tuple[tuple[Array, Array], ...] = ()
    if all(name in data for name in _HANDS):
        mean_l, mean_r, left, right = (as_array(data[name], name, source).astype(float) for name in _HANDS)
        hands = ((mean_l.reshape(45), left), (mean_r.reshape(45), right))
    shape = np.einsum("jv,vib->jib", regressor, directions)
    return JointTree(kind, found[1], tree, regressor @ template, shape, hands, source)


def _read(source: Path) -> dict[str, Any]:
    if source.suffix == ".pkl":
        return read_pickle(source)
    try:
        with np.load(source, allow_pickle=False) as file:
            return {name: file[name] for name in (*_NEEDED, *_HANDS) if name in file.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInputError(f"{source} is no readable .npz of arrays ({error}).", "Use the official file.") from error
