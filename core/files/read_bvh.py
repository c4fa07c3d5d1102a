"""Reads BVH, the motion format of Biovision: the tree, and where every joint is and how it is turned.

The file states neither unit nor up axis; both are left as they are. Channels turn in the order in which they are
listed, each about the axis that those before it have left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..errors import BadInputError

Array = NDArray[np.floating]

_CHANNELS = {f"{axis}{kind}" for axis in "xyz" for kind in ("position", "rotation")}


@dataclass(frozen=True)
class Bvh:
    """``names`` and ``parents`` (J,), parents first; ``offsets`` (J, 3) from the parent at rest; ``ends``: the end site
    of each joint that has one; ``positions`` (T, J, 3) and global ``rotations`` (T, J, 3, 3), both in the file's axes;
    lengths in the file's unit; ``frame_time`` s."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    ends: dict[str, Array]
    positions: Array
    rotations: Array
    frame_time: float

    def end_positions(self, name: str) -> Array:
        """Positions (T, 3) of the end site below joint ``name``."""
        joint = self.names.index(name)
        return self.positions[:, joint] + self.rotations[:, joint] @ self.ends[name]


@dataclass
class _Tree:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)
    ends: dict[str, Array] = field(default_factory=dict)


def read_bvh(path: Path | str) -> Bvh:
    """Raises BadInputError naming the file and the line when it is missing or not BVH."""
    source = Path(path)
    if not source.is_file():
        raise BadInputError(f"There is no motion file at {source}.", "Check the path.")
    try:
        lines = source.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise BadInputError(f"{source} cannot be read ({error.strerror}).", "Check its permissions.") from error
    starts = [i for i, line in enumerate(lines) if line.strip() == "MOTION"]
    if not lines or lines[0].strip() != "HIERARCHY" or not starts:
        raise BadInputError(f"{source} is not BVH: HIERARCHY or MOTION is missing.", "Export the motion again.")
    tree = _read_tree(lines[1 : starts[0]], source)
    motion, frame_time = _read_motion(lines[starts[0] + 1 :], sum(map(len, tree.channels)), source)
    positions, rotations = _forward(tree, motion)
    return Bvh(
        names=tuple(tree.names),
        parents=tuple(tree.parents),
        offsets=np.array(tree.offsets),
        ends=tree.ends,
        positions=positions,
        rotations=rotations,
        frame_time=frame_time,
    )


def _read_tree(lines: list[str], source: Path) -> _Tree:
    tree, stack = _Tree(), []  # joints that are open; -1 for an end site
    pending = None
    for number, line in enumerate(lines, start=2):
        words = line.split()
        try:
            match words[0] if words else "":
                case "ROOT" | "JOINT":
                    pending = len(tree.names)
                    tree.names.append(" ".join(words[1:]))
                    tree.parents.append(stack[-1] if stack else -1)
                    tree.offsets.append([0.0, 0.0, 0.0])
                    tree.channels.append([])
                case "End":
                    pending = -1
                case "{":
                    stack.append(pending)
                case "}":
                    stack.pop()
                case "OFFSET":
                    offset = [float(word) for word in words[1:4]]
                    if stack[-1] < 0:
                        tree.ends[tree.names[stack[-2]]] = np.array(offset)
                    else:
                        tree.offsets[stack[-1]] = offset
                case "CHANNELS":
                    channels = [word.lower() for word in words[2:]]
                    if len(channels) != int(words[1]) or not set(channels) <= _CHANNELS:
                        raise ValueError
                    tree.channels[stack[-1]] = channels
                case "":
                    continue
                case _:
                    raise ValueError
        except (ValueError, IndexError, TypeError) as error:
            raise BadInputError(f"{source}, line {number}: {line.strip()!r} is not BVH.", "Export again.") from error
    if stack or not tree.names:
        raise BadInputError(f"{source}: the hierarchy is not closed.", "Export the motion again.")
    if len(set(tree.names)) != len(tree.names):
        raise BadInputError(f"{source}: two joints share a name.", "Give every joint a name of its own.")
    return tree


def _read_motion(lines: list[str], columns: int, source: Path) -> tuple[Array, float]:
    rows = [line for line in lines if line.strip()]
    try:
        count = int(rows[0].split(":")[1])
        frame_time = float(rows[1].split(":")[1])
        values = np.array([[float(word) for word in row.split()] for row in rows[2:]]).reshape(-1, columns)
    except (ValueError, IndexError) as error:
        raise BadInputError(f"{source}: its MOTION part is damaged.", "Export the motion again.") from error
    if len(values) != count or len(rows) - 2 != count:
        raise BadInputError(f"{source}: {count} frames promised, {len(values)} found.", "Export the motion again.")
    if count == 0 or frame_time <= 0 or not np.isfinite(values).all():
        raise BadInputError(f"{source} holds no motion: {count} frames of {frame_time} s.", "Export the motion again.")
    return values, frame_time


def _forward(tree: _Tree, motion: Array) -> tuple[Array, Array]:
    frames, joints = len(motion), len(tree.names)
    positions, rotations = np.empty((frames, joints, 3)), np.empty((frames, joints, 3, 3))
    column = 0
    for joint, (parent, channels) in enumerate(zip(tree.parents, tree.channels, strict=True)):
        values = motion[:, column : column + len(channels)]
        column += len(channels)
        moves = [i for i, channel in enumerate(channels) if channel.endswith("position")]
        turns = [i for i, channel in enumerate(channels) if channel.endswith("rotation")]
        # Position channels stand in the offset's stead where a joint has them, as programs that write BVH do.
        place = np.tile(np.array(tree.offsets[joint]), (frames, 1))
        for i in moves:
            place[:, "xyz".index(channels[i][0])] = values[:, i]
        turn = np.broadcast_to(np.eye(3), (frames, 3, 3))
        if turns:
            axes = "".join(channels[i][0].upper() for i in turns)
            turn = Rotation.from_euler(axes, values[:, turns], degrees=True).as_matrix()
        if parent < 0:
            positions[:, joint], rotations[:, joint] = place, turn
        else:
            positions[:, joint] = positions[:, parent] + (rotations[:, parent] @ place[..., None])[..., 0]
            rotations[:, joint] = rotations[:, parent] @ turn
    return positions, rotations
