"""A mapped rig in motion as VRM animation (``.vrma``): glTF 2.0 with VRMC_vrm_animation 1.0.

The format asks for a humanoid in T-pose that faces +Z, moves its hips and turns its other bones. Every bone's axes are
the world's at rest, so that what a key holds is the turn from T-pose.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadInputError
from ..core.rotation import continuous_quaternions, matrix_to_quaternion, normalise
from . import slots
from .dialects.reader import dialects
from .mapping import BoneMap
from .motion import RigMotion
from .write_bvh import Y_UP

Array = NDArray[np.floating]

_T_POSE = np.radians(12.0)
_FLOAT, _EXTENSION = 5126, "VRMC_vrm_animation"
_HEADER, _JSON, _BINARY = b"glTF", b"JSON", b"BIN\x00"


def human_bones(bone_map: BoneMap) -> dict[str, str]:
    """VRM's name of each mapped bone that an animation may turn, by the bone's own name; eyes and jaw are none."""
    names = dialects()["vrm1"].bones
    return {
        bone: names[slot]
        for slot, bone in bone_map.bones.items()
        if slot in names and slot != "jaw" and not slot.endswith("_eye")
    }


def vrma_bytes(motion: RigMotion, bone_map: BoneMap, name: str) -> bytes:
    """The file; the animation is called ``name``. Raises BadInputError where the rig does not rest in T-pose."""
    rig = motion.rig
    _check_rest(motion, bone_map)
    human = human_bones(bone_map)
    bones = [bone for bone in range(len(rig.names)) if rig.names[bone] in human]
    above = {bone: next((up for up in rig.above(bone) if up in bones), -1) for bone in bones}
    turns = np.einsum("ij,tbjk,blk,ml->tbim", Y_UP, motion.rotations, rig.rotations, Y_UP, optimize=True)
    heads, rest = motion.heads @ Y_UP.T, rig.heads @ Y_UP.T
    buffer = _Buffer()
    times = buffer.add(np.arange(motion.frame_count) / motion.fps, "SCALAR")
    channels: list[dict[str, Any]] = []
    samplers: list[dict[str, Any]] = []
    for node, bone in enumerate(bones):
        parent = above[bone]
        local = turns[:, bone] if parent < 0 else np.swapaxes(turns[:, parent], -1, -2) @ turns[:, bone]
        turned = continuous_quaternions(matrix_to_quaternion(local))[:, [1, 2, 3, 0]]
        tracks = [("rotation", buffer.add(normalise(turned), "VEC4"))]
        if human[rig.names[bone]] == "hips":
            tracks.append(("translation", buffer.add(heads[:, bone], "VEC3")))
        for path, values in tracks:
            channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
            samplers.append({"input": times, "output": values, "interpolation": "LINEAR"})
    nodes: list[dict[str, Any]] = []
    for bone in bones:
        offset = rest[bone] - (rest[above[bone]] if above[bone] >= 0 else 0)
        below = [row for row, other in enumerate(bones) if above[other] == bone]
        node = {"name": rig.names[bone], "translation": [float(v) for v in offset]}
        nodes.append(node | ({"children": below} if below else {}))
    roots = [row for row, bone in enumerate(bones) if above[bone] < 0]
    content = {
        "asset": {"version": "2.0", "generator": "Understudy"},
        "extensionsUsed": [_EXTENSION],
        "extensions": {
            _EXTENSION: {
                "specVersion": "1.0",
                "humanoid": {"humanBones": {human[rig.names[b]]: {"node": row} for row, b in enumerate(bones)}},
            }
        },
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "animations": [{"name": name, "channels": channels, "samplers": samplers}],
        **buffer.tables(),
    }
    return _container(content, buffer.data)


def _check_rest(motion: RigMotion, bone_map: BoneMap) -> None:
    rig = motion.rig
    for side, x in zip(slots.SIDES, (1.0, -1.0), strict=True):
        for start, end in (("upper_arm", "hand"), ("upper_leg", "foot")):
            a, b = (rig.index[bone_map.bones[f"{side}_{part}"]] for part in (start, end))
            wanted = np.array([x, 0, 0] if start == "upper_arm" else [0, 0, -1.0])
            angle = np.arccos(np.clip(normalise(rig.heads[b] - rig.heads[a]) @ wanted, -1, 1))
            if angle > _T_POSE:
                raise BadInputError(
                    f"VRM animation needs a T-pose at rest; {rig.names[a]} rests {np.degrees(angle):.0f}° off.",
                    "Retarget onto a character that rests in T-pose, facing −Y, and export that.",
                )


class _Buffer:
    """One buffer, a view and an accessor per array."""

    def __init__(self) -> None:
        self.data = b""
        self._parts: list[bytes] = []
        self._length = 0
        self._views: list[dict[str, int]] = []
        self._accessors: list[dict[str, Any]] = []

    def add(self, values: Array, kind: str) -> int:
        array = np.ascontiguousarray(values, "<f4")
        bounds = {}
        if kind == "SCALAR":
            bounds = {"min": [float(array.min())], "max": [float(array.max())]}
        self._views.append({"buffer": 0, "byteOffset": self._length, "byteLength": array.nbytes})
        self._accessors.append(
            {"bufferView": len(self._views) - 1, "componentType": _FLOAT, "count": len(array), "type": kind, **bounds}
        )
        self._parts.append(array.tobytes())
        self._length += array.nbytes
        return len(self._accessors) - 1

    def tables(self) -> dict[str, Any]:
        self.data = b"".join(self._parts)
        return {
            "buffers": [{"byteLength": self._length}],
            "bufferViews": self._views,
            "accessors": self._accessors,
        }


def _container(content: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += b"\x00" * (-len(data) % 4)
    whole = 12 + 8 + len(text) + 8 + len(data)
    return b"".join(
        [_HEADER, struct.pack("<II", 2, whole), struct.pack("<I", len(text)), _JSON, text,
         struct.pack("<I", len(data)), _BINARY, data]
    )  # fmt: skip
