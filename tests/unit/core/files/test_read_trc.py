"""TRC: a file by hand, the shipped reference, mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.files.read_trc import read_trc

HEAD = (
    "PathFileType\t4\t(X/Y/Z)\ta.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "50\t50\t2\t2\tmm\t50\t1\t2\n"
    "Frame#\tTime\tRHip\t\t\tLHip\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n"
)
ROWS = "1\t0.00\t100\t900\t-50\t\t\t\n2\t0.02\t110\t910\t-60\t1\t2\t3\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.trc"
    path.write_text(text)
    return path


@pytest.mark.parametrize("gap", ["", "\n"], ids=["no blank line", "blank line after the heading"])
def test_values_units_and_what_is_missing(tmp_path: Path, gap: str) -> None:
    markers = read_trc(write(tmp_path, HEAD + gap + ROWS))
    assert markers.names == ("RHip", "LHip")
    np.testing.assert_allclose(markers.timestamps, [0, 0.02])
    np.testing.assert_allclose(markers.positions[:, 0], [[0.1, 0.9, -0.05], [0.11, 0.91, -0.06]])
    assert np.isnan(markers.positions[0, 1]).all()
    np.testing.assert_allclose(markers.positions[1, 1], [0.001, 0.002, 0.003])


def test_files_of_windows_programs(tmp_path: Path) -> None:
    path = tmp_path / "a.trc"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + ROWS).replace("\n", "\r\n").encode())
    np.testing.assert_allclose(read_trc(path).positions[1, 1], [0.001, 0.002, 0.003])


def test_y_up_becomes_z_up(tmp_path: Path) -> None:
    """Columns are lab (Y, Z, X): the lab's point is (-0.05, 0.1, 0.9)."""
    markers = read_trc(write(tmp_path, HEAD + ROWS))
    np.testing.assert_allclose(markers.in_world()[0, 0], [-0.05, 0.1, 0.9])


def test_a_marker_with_one_axis_missing_is_missing(tmp_path: Path) -> None:
    markers = read_trc(write(tmp_path, HEAD + ROWS.replace("\t1\t2\t3\n", "\t1\t\t3\n")))
    assert np.isnan(markers.positions[1, 1]).all() and np.isfinite(markers.positions[1, 0]).all()


@pytest.mark.parametrize("up", ["+x", "+y", "+z", "-x", "-y", "-z"])
def test_whatever_is_up_the_world_is_right_handed_with_it_on_top(tmp_path: Path, up: str) -> None:
    markers = read_trc(write(tmp_path, HEAD + ROWS), up)
    object.__setattr__(markers, "positions", np.eye(3)[None])
    turned = markers.in_world()[0].T  # columns: the file's axes in the world
    assert np.linalg.det(turned) == pytest.approx(1)
    sign = 1 if up[0] == "+" else -1
    np.testing.assert_array_equal(sign * turned[:, "xyz".index(up[1])], [0, 0, 1])


def test_the_shipped_reference(shared_dir: Path) -> None:
    path = shared_dir / "media" / "balance_4cam" / "reference" / "filtered.trc"
    if not path.is_file():
        pytest.skip("the clips balance_4cam are not in ../shared/media")
    markers = read_trc(path)
    assert (markers.positions.shape, len(markers.names)) == ((100, 21, 3), 21)
    np.testing.assert_allclose(np.diff(markers.timestamps), 1 / 60, atol=1e-9)
    world = {name: markers.in_world()[:, j] for j, name in enumerate(markers.names)}
    assert (world["Head"][:, 2] > world["Neck"][:, 2]).all()  # an acrobat on a beam, upright
    assert 0.3 < np.median(np.linalg.norm(world["LKnee"] - world["LAnkle"], axis=1)) < 0.5


BROKEN = [
    (HEAD + ROWS.splitlines()[0] + "\n", "NumFrames is 2, but 1 follow"),
    (HEAD.replace("\t2\t2\tmm", "\t2\t3\tmm") + ROWS, "NumMarkers is 3, but line 4 names 2"),
    (HEAD.replace("mm", "inch") + ROWS, "unknown unit 'inch'"),
    (HEAD.replace("NumFrames", "Frames") + ROWS, "no number for NumFrames"),
    (HEAD + ROWS.replace("910", "9l0"), "line 7: could not convert"),
    (HEAD + ROWS.replace("\t3\n", "\t3\t4\n"), "line 7: 9 columns, the heading promises 8"),
    (HEAD + ROWS.replace("2\t0.02", "2\t0.00"), "do not increase"),
    (HEAD.replace("LHip", "RHip") + ROWS, "share a name"),
    (HEAD.replace("\t2\t2\tmm", "\t0\t2\tmm"), "no frames"),
    ("time,x,y,z\n" * 9, "not TRC"),
    ("", "not TRC"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadInputError, match=message) as caught:
        read_trc(path)
    assert str(path) in str(caught.value)


def test_no_file_and_no_axis(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no marker file"):
        read_trc(tmp_path / "none.trc")
    with pytest.raises(BadInputError, match="No axis 'w' points up"):
        read_trc(write(tmp_path, HEAD + ROWS), up="w")
