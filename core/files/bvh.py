"""BVH, the motion format of Biovision, as most programs read it.

Y up, as the format's users expect (world x, y, z becomes x, z, -y); centimetres, the field's custom for a format that
states no unit; the 52 SMPL-H joints at their rest offsets in T-pose; rotation channels in the order Z, X, Y (matrix
Rz Rx Ry), in degrees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..rotation import axis_angle_to_matrix, axis_angle_to_quaternion, quaternion_to_matrix
from ..skeleton import SMPLH_JOINTS, SMPLH_PARENTS
from ..take import Take, TakePerson
from ..timebase import Timing, timing
from ..whole_file import write_whole

Array = NDArray[Any]

CENTIMETRES = 100.0
WORLD_TO_BVH = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])

# Where a chain ends, BVH wants the tip of its last bone; these are surface points of the take.
_TIPS = {
    "head": ("left_ear", "right_ear"),
    "left_foot": ("left_big_toe",),
    "right_foot": ("right_big_toe",),
    **{
        f"{side}_{finger}3": (f"{side}_{finger}_tip",)
        for side in ("left", "right")
        for finger in ("thumb", "index", "middle", "ring", "pinky")
    },
}


def write_bvh(take: Take, path: Path | str) -> list[Path]:
    """Writes one file per person and returns them: ``path`` itself for one person, ``NAME_<id>.bvh`` for several.

    A variable-rate take is resampled to its nominal rate (slerp). Raises CannotWriteError.
    """
    target = Path(path)
    clock = timing(take.timestamps, take.fps_nominal, every_frame=True)
    files = []
    for person in take.people:
        file = person_file(take, person, target)
        text = _person_text(take, person, clock)
        files.append(write_whole(file, lambda stream, text=text: stream.write(text.encode("ascii"))))
    return files


def person_file(take: Take, person: TakePerson, target: Path) -> Path:
    """Where one person goes in a format that holds one: ``target`` itself where nobody else is there."""
    return target if len(take.people) == 1 else target.with_name(f"{target.stem}_{person.id}{target.suffix}")


def rest_offsets(take: Take, person: TakePerson) -> Array:
    """Offsets (J, 3) m of every joint from its parent in the rest pose; the root's is zero.

    Read from the take alone: a joint's offset in its parent's frame is constant (surface points: the median).
    """
    rotations = global_rotations(person)
    offsets = np.zeros((len(take.joint_names), 3))
    joints = np.asarray(person.joints_world, np.float64)
    for j, parent in enumerate(take.joint_parents):
        if parent >= 0:
            local = np.einsum("tji,tj->ti", rotations[:, parent], joints[:, j] - joints[:, parent])
            offsets[j] = np.nanmedian(local, axis=0)
    return offsets


def local_axis_angles(person: TakePerson) -> Array:
    """(T, 52, 3) axis-angle of every joint relative to its parent; the root's relative to the world."""
    smpl = person.smpl
    parts = (smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    return np.concatenate([np.asarray(p, np.float64) for p in parts], axis=1)


def global_rotations(person: TakePerson) -> Array:
    """(T, 52, 3, 3) rotations from the rest pose to the world."""
    result = axis_angle_to_matrix(local_axis_angles(person))
    for j, parent in enumerate(SMPLH_PARENTS):
        if parent >= 0:
            result[:, j] = result[:, parent] @ result[:, j]
    return result


def _person_text(take: Take, person: TakePerson, clock: Timing) -> str:
    offsets = rest_offsets(take, person) * CENTIMETRES
    quaternions = clock.quaternions(axis_angle_to_quaternion(local_axis_angles(person)))
    matrices = quaternion_to_matrix(quaternions)
    matrices[:, 0] = WORLD_TO_BVH @ matrices[:, 0]
    angles = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_euler("ZXY", degrees=True)
    # Unwrapped angles interpolate without spinning in programs that treat channels one by one.
    angles = np.unwrap(angles.reshape(len(clock.frames), -1, 3), period=360.0, axis=0)
    root = clock.points(person.joints_world[:, 0]) @ WORLD_TO_BVH.T * CENTIMETRES
    order, hierarchy = _hierarchy(take, offsets)
    frames = np.concatenate([root, angles[:, order].reshape(len(root), -1)], axis=1)
    motion = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in frames)
    interval = float(1 / take.fps_nominal)
    return f"{hierarchy}MOTION\nFrames: {len(frames)}\nFrame Time: {interval:.9f}\n{motion}\n"


def _hierarchy(take: Take, offsets: Array) -> tuple[list[int], str]:
    """Joint indices in the order in which the file names them (depth first), and the HIERARCHY text; offsets in cm."""
    children: dict[int, list[int]] = {j: [] for j in range(len(SMPLH_JOINTS))}
    for j, parent in enumerate(SMPLH_PARENTS):
        if parent >= 0:
            children[parent].append(j)
    names = list(take.joint_names)
    order: list[int] = []
    lines: list[str] = ["HIERARCHY"]

    def visit(j: int, depth: int) -> None:
        pad = "  " * depth
        position = "6 Xposition Yposition Zposition" if j == 0 else "3"
        order.append(j)
        lines.append(f"{pad}{'ROOT' if j == 0 else 'JOINT'} {SMPLH_JOINTS[j]}")
        lines.append(f"{pad}{{")
        lines.append(f"{pad}  OFFSET {_numbers(offsets[j])}")
        lines.append(f"{pad}  CHANNELS {position} Zrotation Xrotation Yrotation")
        for child in children[j]:
            visit(child, depth + 1)
        if not children[j]:
            tips = [names.index(tip) for tip in _TIPS[SMPLH_JOINTS[j]] if tip in names]
            tip = offsets[tips].mean(axis=0) if tips else np.zeros(3)
            lines.extend([f"{pad}  End Site", f"{pad}  {{", f"{pad}    OFFSET {_numbers(tip)}", f"{pad}  }}"])
        lines.append(f"{pad}}}")

    visit(0, 0)
    return order, "\n".join(lines) + "\n"


def _numbers(vector: Array) -> str:
    return " ".join(f"{value:.6f}" for value in vector)
