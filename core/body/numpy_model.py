"""Bodies and hands of the SMPL family in numpy: shape, joints, linear blend skinning (Blender runs this too).

Equations: Loper et al. 2015 (SMPL), Romero et al. 2017 (MANO and SMPL-H). Frames: metres, template Y up facing +Z in
the T-pose with palms down; every joint's frame is parallel to the template's axes at rest, so an axis-angle is
relative to those axes. ``joint 0 = transl + J0(betas)``, and the first rotation turns everything about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from ..rotation import axis_angle_to_matrix
from ..skeleton import CONTACT_POINTS, EXTRA_JOINTS, HAND_JOINTS, SMPLH_JOINTS
from .layout import FINGER_TIPS, JOINT_COUNT

Array = NDArray[np.floating]

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, eq=False)
class PoseBlock:
    """What one joint's rotation adds to the template: vertices (n,) int, offsets (n, 3, 9) m per element of R − I."""

    joint: int
    vertices: NDArray[np.integer]
    offsets: Array


@dataclass(frozen=True, eq=False)
class BodyModel:
    """One skinned body or hand.

    v_template (V,3) m; shapedirs (V,3,B) m per beta; J_regressor (J,V); weights (V,J); faces (F,3) int;
    parents (J,) with −1 for the root; pose_blocks: the pose correctives, sparse by joint.
    ``extras``: vertex of each of ``extra_names`` (EXTRA_JOINTS for bodies, five finger tips for hands);
    ``contact_vertices``: vertex of each of ``contact_names`` (CONTACT_POINTS for bodies, the palm for hands).
    ``zones`` (F,) index into ``zone_names``/``zone_colours`` (linear RGB) for a clothed-looking surface.
    """

    kind: str
    v_template: Array
    shapedirs: Array
    J_regressor: Array
    weights: Array
    faces: NDArray[np.integer]
    parents: NDArray[np.integer]
    joint_names: tuple[str, ...]
    pose_blocks: tuple[PoseBlock, ...] = ()
    extra_names: tuple[str, ...] = ()
    extras: NDArray[np.integer] = field(default_factory=lambda: np.zeros(0, np.int64))
    contact_names: tuple[str, ...] = ()
    contact_vertices: NDArray[np.integer] = field(default_factory=lambda: np.zeros(0, np.int64))
    zone_names: tuple[str, ...] = ("skin",)
    zone_colours: Array = field(default_factory=lambda: np.array([[0.56, 0.36, 0.27]], np.float32))
    zones: NDArray[np.integer] | None = None
    licence: str = ""
    commercial: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        count, joints = len(self.v_template), len(self.parents)
        if self.kind not in JOINT_COUNT:
            raise BadInputError(
                f"{self.source}: unknown kind of body {self.kind!r}.", f"Known: {', '.join(JOINT_COUNT)}."
            )
        expected = {
            "v_template": (count, 3),
            "shapedirs": (count, 3, self.shapedirs.shape[-1]),
            "J_regressor": (JOINT_COUNT[self.kind], count),
            "weights": (count, JOINT_COUNT[self.kind]),
            "faces": (len(self.faces), 3),
            "parents": (JOINT_COUNT[self.kind],),
        }
        for name, shape in expected.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise BadInputError(f"{self.source}: {name} has shape {actual}, expected {shape}.")
        if joints != len(self.joint_names) or self.parents[0] != -1 or (self.parents[1:] >= np.arange(1, joints)).any():
            raise BadInputError(f"{self.source}: the joint tree must list parents before children, the root first.")
        for name in ("faces", "extras", "contact_vertices"):
            ids = getattr(self, name)
            if ids.size and not 0 <= ids.min() <= ids.max() < count:
                raise BadInputError(f"{self.source}: {name} names vertices outside 0…{count - 1}.")
        for name in ("v_template", "shapedirs", "J_regressor", "weights"):
            if not np.isfinite(getattr(self, name)).all():
                raise BadInputError(f"{self.source}: {name} holds values that are not numbers.")
        sums = self.weights.sum(1)
        if np.abs(sums - 1).max() > 1e-3:
            raise BadInputError(
                f"{self.source}: skin weights of a vertex sum to {sums[np.abs(sums - 1).argmax()]:.4f}, not 1."
            )

    @property
    def joint_count(self) -> int:
        return len(self.parents)

    @property
    def beta_count(self) -> int:
        return self.shapedirs.shape[-1]

    @property
    def posedirs(self) -> Array:
        """Dense pose correctives (V, 3, 9 (J − 1)) as official files store them."""
        dense = np.zeros((len(self.v_template), 3, 9 * (self.joint_count - 1)), np.float32)
        for block in self.pose_blocks:
            dense[block.vertices, :, 9 * (block.joint - 1) : 9 * block.joint] += block.offsets
        return dense

    @cached_property
    def _joint_template(self) -> tuple[Array, Array]:
        """Joints of betas 0 (J,3), and their change per beta (J,3,B), in float64."""
        regressor = self.J_regressor.astype(np.float64)
        return regressor @ self.v_template, np.einsum("jv,vib->jib", regressor, self.shapedirs)

    def shaped(self, betas: ArrayLike | None = None) -> Array:
        """Vertices (…,V,3) of the T-pose for betas (…,B); fewer betas than the model has are padded with zeros."""
        return self.v_template + np.einsum("vib,...b->...vi", self.shapedirs, self._pad(betas), optimize=True)

    def joints(self, betas: ArrayLike | None = None) -> Array:
        """Joint positions (…,J,3) in the T-pose, metres."""
        template, change = self._joint_template
        return template + np.einsum("jib,...b->...ji", change, self._pad(betas))

    def stature(self, betas: ArrayLike | None = None) -> Array:
        """Height (…) in metres of the T-posed body, sole to crown."""
        return np.ptp(self.shaped(betas)[..., 1], axis=-1)

    def betas_for_height(self, height_m: float) -> Array:
        """The smallest betas (B,) float32 whose stature is ``height_m`` (Newton steps along the stature's gradient)."""
        if self.kind not in ("smpl", "smplh"):
            raise BadInputError(f"{self.source}: a hand has no stature.")
        betas = np.zeros(self.beta_count)
        for _ in range(20):
            heights = self.shaped(betas)[:, 1]
            crown, sole = int(heights.argmax()), int(heights.argmin())
            slope = (self.shapedirs[crown, 1] - self.shapedirs[sole, 1]).astype(np.float64)
            # Least norm on the current linear piece: what is measured at betas 0 plus slope · betas must be the height.
            betas = slope * (height_m - self.v_template[crown, 1] + self.v_template[sole, 1]) / (slope @ slope)
            if abs(float(self.stature(betas)) - height_m) < 1e-5:
                break
        return betas.astype(np.float32)

    def forward(
        self,
        betas: ArrayLike | None,
        pose: ArrayLike,
        transl: ArrayLike | None = None,
        vertex_ids: NDArray[np.integer] | None = None,
    ) -> tuple[Array, Array, Array]:
        """Posed vertices (…,V,3), joints (…,J,3) and global rotations (…,J,3,3).

        betas (…,B) or (B,); pose (…,J,3) axis-angle, joint 0 first; transl (…,3). ``vertex_ids`` computes those
        vertices only. float64 when the pose is, else float32.
        """
        pose = np.asarray(pose)
        dtype = np.result_type(pose.dtype, np.float32)
        if pose.shape[-2:] != (self.joint_count, 3):
            raise BadInputError(f"pose has shape {pose.shape}, expected (…, {self.joint_count}, 3).")
        local = axis_angle_to_matrix(pose.astype(dtype))
        rest = self.joints(betas).astype(dtype)
        rotations, joints = forward_kinematics(local, rest, self.parents)
        pick = slice(None) if vertex_ids is None else vertex_ids
        change = np.einsum("vib,...b->...vi", self.shapedirs[pick], self._pad(betas), optimize=True)
        shaped = self._with_correctives((self.v_template[pick] + change).astype(dtype), local, vertex_ids)
        # Skinning moves a vertex by the blend of x -> R (x - rest) + joint over its joints.
        offset = joints - np.einsum("...jab,...jb->...ja", rotations, np.broadcast_to(rest, joints.shape))
        transforms = np.concatenate([rotations, offset[..., None]], -1)
        blend = self.weights[pick].astype(dtype) @ transforms.reshape(*transforms.shape[:-2], 12)
        blend = blend.reshape(*blend.shape[:-1], 3, 4)
        vertices = np.einsum("...vab,...vb->...va", blend[..., :3], shaped) + blend[..., 3]
        if transl is not None:
            shift = np.asarray(transl, dtype)[..., None, :]
            vertices, joints = vertices + shift, joints + shift
        return vertices, joints, rotations

    def points(self, betas: ArrayLike | None, pose: ArrayLike, transl: ArrayLike | None = None) -> Array:
        """Joints followed by the extra surface points, (…, J + E, 3): a take's ``joints_world`` for the free body."""
        vertices, joints, _ = self.forward(betas, pose, transl, vertex_ids=self.extras)
        return np.concatenate([joints, vertices], axis=-2)

    def _with_correctives(self, shaped: Array, local: Array, vertex_ids: NDArray[np.integer] | None) -> Array:
        if not self.pose_blocks:
            return shaped
        out = np.array(np.broadcast_to(shaped, (*local.shape[:-3], *shaped.shape[-2:])))
        place = None
        if vertex_ids is not None:
            place = np.full(len(self.v_template), -1)
            place[vertex_ids] = np.arange(len(vertex_ids))
        feature = (local - np.eye(3, dtype=local.dtype)).reshape(*local.shape[:-2], 9)
        for block in self.pose_blocks:
            vertices, offsets = block.vertices, block.offsets
            if place is not None:
                inside = place[vertices] >= 0
                vertices, offsets = place[vertices[inside]], offsets[inside]
            flat = feature[..., block.joint, :] @ offsets.reshape(-1, 9).T.astype(local.dtype)
            out[..., vertices, :] += flat.reshape(*flat.shape[:-1], len(vertices), 3)
        return out

    def _pad(self, betas: ArrayLike | None) -> Array:
        if betas is None:
            return np.zeros(self.beta_count)
        values = np.asarray(betas, np.float64)
        if values.shape[-1] > self.beta_count:
            raise BadInputError(f"{values.shape[-1]} betas given, {self.source or self.kind} has {self.beta_count}.")
        missing = self.beta_count - values.shape[-1]
        return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])


def forward_kinematics(local: Array, rest: Array, parents: NDArray[np.integer]) -> tuple[Array, Array]:
    """Global rotations (…,J,3,3) and joint positions (…,J,3) from local rotations (…,J,3,3) and rest joints (…,J,3).

    Joint 0 stays at its rest position; a child's offset turns with its parent.
    """
    rotations, positions = [local[..., 0, :, :]], [np.broadcast_to(rest[..., 0, :], (*local.shape[:-3], 3))]
    for joint in range(1, len(parents)):
        parent = int(parents[joint])
        rotations.append(rotations[parent] @ local[..., joint, :, :])
        bone = (rest[..., joint, :] - rest[..., parent, :])[..., None]
        positions.append(positions[parent] + (rotations[parent] @ bone)[..., 0])
    return np.stack(rotations, axis=-3), np.stack(positions, axis=-2)


@lru_cache(maxsize=1)
def load_free_body() -> BodyModel:
    """The project's own body: SMPL-H's 52 joints, CC0."""
    return _load_free(DATA / "body.npz", "smplh")


@lru_cache(maxsize=2)
def load_free_hand(side: str) -> BodyModel:
    """The project's own hand, ``side`` left or right: MANO's 16 joints, CC0."""
    if side not in ("left", "right"):
        raise BadInputError(f"no hand on side {side!r}.", "Use left or right.")
    return _load_free(DATA / f"hand_{side}.npz", f"mano_{side}")


def load_body(path: Path | str, kind: str | None = None) -> BodyModel:
    """A user's SMPL, SMPL-H or MANO file; see ``files.load_body``."""
    from .files import load_body as load

    return load(Path(path), kind)


def _load_free(path: Path, kind: str) -> BodyModel:
    with np.load(path, allow_pickle=False) as file:
        data = {key: file[key] for key in file.files}
    landmark = dict(zip(data["landmark_names"].tolist(), data["landmark_vertices"].tolist(), strict=True))
    body = kind == "smplh"
    extra_names = EXTRA_JOINTS if body else FINGER_TIPS
    contact_names = CONTACT_POINTS if body else ("palm",)
    names = SMPLH_JOINTS if body else ("wrist", *HAND_JOINTS)
    return BodyModel(
        kind=kind,
        v_template=data["v_template"],
        shapedirs=data["shapedirs"],
        J_regressor=data["J_regressor"],
        weights=data["weights"],
        faces=data["f"].astype(np.int32),
        parents=data["kintree_table"][0].astype(np.int64),
        joint_names=names,
        extra_names=extra_names,
        extras=np.array([landmark[name] for name in extra_names]),
        contact_names=contact_names,
        contact_vertices=np.array([landmark[f"{name}_contact"] for name in contact_names]),
        zone_names=tuple(data["zone_names"].tolist()),
        zone_colours=data["zone_colours"],
        zones=data["zones"],
        licence=str(data["licence"]),
        commercial=True,
        source="the free body" if body else f"the free {kind.removeprefix('mano_')} hand",
    )
