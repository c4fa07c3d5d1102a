"""A rig in motion as BVH text, the motion format of Biovision.

Y up (world x, y, z becomes x, z, -y) and centimetres, as the format's users expect; every joint at its offset at rest,
without axes of its own; rotation channels in the order Z, X, Y, in degrees. Joints that leave their parents, such as an
engine's IK bones, have position channels too.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from .motion import RigMotion

Array = NDArray[np.floating]

CENTIMETRES = 100.0
Y_UP: Array = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
_STAYS = 1e-5  # m


def bvh_text(motion: RigMotion) -> str:
    """The whole file; several roots, which BVH allows, stand one after another."""
    rig = motion.rig
    turned = np.einsum("ij,tbjk,blk,ml->tbim", Y_UP, motion.rotations, rig.rotations, Y_UP, optimize=True)
    heads = motion.heads @ Y_UP.T * CENTIMETRES
    rest = rig.heads @ Y_UP.T * CENTIMETRES
    lines: list[str] = ["HIERARCHY"]
    columns: list[Array] = []
    for root in (bone for bone, parent in enumerate(rig.parents) if parent < 0):
        _joint(motion, root, 0, turned, heads, rest, lines, columns)
    lines += ["MOTION", f"Frames: {motion.frame_count}", f"Frame Time: {1 / motion.fps:.9f}"]
    table = io.StringIO()
    np.savetxt(table, np.concatenate(columns, axis=1), fmt="%.6f", delimiter=" ")
    return "\n".join(lines) + "\n" + table.getvalue()


def _joint(
    motion: RigMotion, bone: int, depth: int, turned: Array, heads: Array, rest: Array, lines: list[str],
    columns: list[Array],
) -> None:  # fmt: skip
    rig, tab = motion.rig, "\t" * depth
    parent = int(rig.parents[bone])
    offset = rest[bone] - rest[parent] if parent >= 0 else rest[bone]
    if parent >= 0:
        back = np.swapaxes(turned[:, parent], -1, -2)
        place = (back @ (heads[:, bone] - heads[:, parent])[..., None])[..., 0]
        local = back @ turned[:, bone]
    else:
        place, local = heads[:, bone], turned[:, bone]
    moves = parent < 0 or np.abs(place - offset).max() > _STAYS * CENTIMETRES
    channels = "6 Xposition Yposition Zposition" if moves else "3"
    lines += [
        f"{tab}{'ROOT' if parent < 0 else 'JOINT'} {rig.names[bone].replace(' ', '_')}",
        f"{tab}{{",
        f"{tab}\tOFFSET {_numbers(offset)}",
        f"{tab}\tCHANNELS {channels} Zrotation Xrotation Yrotation",
    ]
    columns += [place, _zxy(local)] if moves else [_zxy(local)]
    for child in rig.children[bone]:
        _joint(motion, child, depth + 1, turned, heads, rest, lines, columns)
    if not rig.children[bone]:
        tip = (rig.tails[bone] - rig.heads[bone]) @ Y_UP.T * CENTIMETRES
        lines += [f"{tab}\tEnd Site", f"{tab}\t{{", f"{tab}\t\tOFFSET {_numbers(tip)}", f"{tab}\t}}"]
    lines.append(f"{tab}}}")


def _zxy(matrices: Array) -> Array:
    """(T, 3) degrees about Z, then X, then Y of rotations (T, 3, 3) = Rz Rx Ry."""
    # By the arc tangent, which keeps its digits where the arc sine has none left: near a right angle.
    x = np.arctan2(matrices[:, 2, 1], np.hypot(matrices[:, 0, 1], matrices[:, 1, 1]))
    z = np.arctan2(-matrices[:, 0, 1], matrices[:, 1, 1])
    # Where X is at a right angle Z and Y turn about one axis: what remains once Z is taken away is Y.
    ahead = np.stack([np.cos(z), np.sin(z), np.zeros_like(z)], axis=1)
    y = np.arctan2(np.einsum("ti,ti->t", ahead, matrices[:, :, 2]), np.einsum("ti,ti->t", ahead, matrices[:, :, 0]))
    return np.degrees(np.unwrap(np.stack([z, x, y], axis=1), axis=0))


def _numbers(vector: Array) -> str:
    return " ".join(f"{value:.6f}" for value in vector)
