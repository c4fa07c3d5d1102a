"""C3D files written here byte by byte after the format's description, so that the reader is not its own reference."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.files.read_c3d import read_c3d

pytest.importorskip("ezc3d")

POINTS = np.array([[[100.0, 200, 900], [1, 2, 3]], [[110, 210, 910], [4, 5, 6]], [[120, 220, 920], [7, 8, 9]]])


def parameter(group: int, name: str, type_code: int, dimensions: tuple[int, ...], data: bytes) -> bytes:
    body = struct.pack("<bB", type_code, len(dimensions)) + bytes(dimensions) + data + b"\0"
    return struct.pack("<bb", len(name), group) + name.encode() + struct.pack("<h", len(body) + 2) + body


def texts(group: int, name: str, values: list[str]) -> bytes:
    width = max(map(len, values))
    return parameter(group, name, -1, (width, len(values)), "".join(v.ljust(width) for v in values).encode())


def c3d(
    points: np.ndarray, names: list[str], unit: str = "mm", vertical: str | None = "+Z", unseen: tuple = (),
    rate: float = 100.0,
) -> bytes:  # fmt: skip
    """points (T,M,3) as Intel floats, no analog data; ``unseen``: (frame, point) with residual −1."""
    frames, count = points.shape[:2]
    block = b"\x05POINT"
    group = struct.pack("<bb", 5, -1) + block[1:] + struct.pack("<h", 3) + b"\0"
    items = [
        parameter(1, "USED", 2, (), struct.pack("<h", count)),
        parameter(1, "SCALE", 4, (), struct.pack("<f", -1.0)),
        parameter(1, "RATE", 4, (), struct.pack("<f", rate)),
        parameter(1, "DATA_START", 2, (), struct.pack("<h", 3)),
        parameter(1, "FRAMES", 2, (), struct.pack("<h", frames)),
        texts(1, "LABELS", names),
        texts(1, "UNITS", [unit]),
    ]
    if vertical is not None:
        items.append(texts(1, "Y_SCREEN", [vertical]))
    section = struct.pack("<BBBB", 1, 0x50, 1, 84) + group + b"".join(items) + b"\0\0"
    assert len(section) <= 512
    header = struct.pack("<BBHHHHHfHHf", 2, 0x50, count, 0, 1, frames, 10, -1.0, 3, 0, rate).ljust(512, b"\0")
    data = np.concatenate([points, np.zeros((frames, count, 1))], axis=-1).astype("<f4")
    for frame, point in unseen:
        data[frame, point] = (0, 0, 0, -1)
    raw = data.tobytes()
    return header + section.ljust(512, b"\0") + raw.ljust(-(-len(raw) // 512) * 512, b"\0")


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "a.c3d"
    path.write_bytes(content)
    return path


def test_values_units_times_and_unseen_points(tmp_path: Path) -> None:
    markers = read_c3d(write(tmp_path, c3d(POINTS, ["LASI", "RASI"], unseen=((1, 1),))))
    assert markers.names == ("LASI", "RASI") and markers.up == "+z"
    np.testing.assert_allclose(markers.timestamps, [0, 0.01, 0.02])
    np.testing.assert_allclose(markers.positions[:, 0], POINTS[:, 0] / 1000)
    assert np.isnan(markers.positions[1, 1]).all()
    np.testing.assert_allclose(markers.positions[2, 1], [0.007, 0.008, 0.009])
    np.testing.assert_allclose(markers.in_world(), markers.positions)


def test_metres_and_y_up(tmp_path: Path) -> None:
    path = write(tmp_path, c3d(POINTS / 1000, ["a", "b"], unit="m", vertical="+Y"))
    np.testing.assert_allclose(read_c3d(path).in_world()[0, 0], [0.9, 0.1, 0.2], atol=1e-7)
    np.testing.assert_allclose(read_c3d(path, up="+z").in_world()[0, 0], [0.1, 0.2, 0.9], atol=1e-7)


def test_a_file_that_does_not_say_has_z_up(tmp_path: Path) -> None:
    assert read_c3d(write(tmp_path, c3d(POINTS, ["a", "b"], vertical=None))).up == "+z"


def test_mistakes_are_named(tmp_path: Path) -> None:
    whole = c3d(POINTS, ["a", "b"])
    unreadable, short = "not a readable C3D", "promises 3 frames, {} follow"
    cuts = {0: unreadable, 10: unreadable, 600: unreadable, 1024: short.format(0), 1024 + 69: short.format(2)}
    for cut, message in cuts.items():
        path = write(tmp_path, whole[:cut])
        with pytest.raises(BadInputError, match=message) as caught:
            read_c3d(path)
        assert str(path) in str(caught.value)
    with pytest.raises(BadInputError, match="unknown unit 'inch'"):
        read_c3d(write(tmp_path, c3d(POINTS, ["a", "b"], unit="inch")))
    with pytest.raises(BadInputError, match=r"POINT:RATE is 0\.0"):
        read_c3d(write(tmp_path, c3d(POINTS, ["a", "b"], rate=0.0)))
    with pytest.raises(BadInputError, match="share a name"):
        read_c3d(write(tmp_path, c3d(POINTS, ["a", "a"])))
    with pytest.raises(BadInputError, match="no marker file"):
        read_c3d(tmp_path / "none.c3d")
