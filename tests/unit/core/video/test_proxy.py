"""The background copy keeps the footage's times at a constant rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from understudy.core.errors import CannotWriteError
from understudy.core.video.proxy import write_proxy
from understudy.core.video.source import FrameChunk


def _grey(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


def _decode(path: Path) -> tuple[list[float], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [float(f.time) for f in frames], [float(f.to_ndarray(format="gray").mean()) for f in frames]


def test_variable_rate_becomes_constant_with_the_same_picture_at_the_same_time(tmp_path: Path) -> None:
    # 10 fps, but the third picture stays for half a second and the sixth comes early
    times = np.array([5.0, 5.1, 5.2, 5.7, 5.8, 5.83, 6.0])
    values = [20, 50, 80, 110, 140, 170, 200]
    chunks = [
        FrameChunk(0, times[:4], [_grey(v) for v in values[:4]]),
        FrameChunk(1, times[4:], [_grey(v) for v in values[4:]]),
    ]
    target = write_proxy(chunks, tmp_path / "x.proxy.mp4", Fraction(10), 1.0)
    shown_at, shown = _decode(target)
    assert shown_at == pytest.approx(np.arange(11) / 10, abs=1e-6)
    assert shown == pytest.approx([20, 50, 80, 80, 80, 80, 80, 110, 170, 170, 200], abs=6)
    assert list(tmp_path.iterdir()) == [target]


def test_single_frame(tmp_path: Path) -> None:
    target = write_proxy([FrameChunk(0, np.array([0.0]), [_grey(90)])], tmp_path / "x.proxy.mp4", Fraction(30), 0.0)
    assert len(_decode(target)[0]) == 1


def test_missing_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="nowhere"):
        write_proxy([FrameChunk(0, np.array([0.0]), [_grey(90)])], tmp_path / "nowhere" / "x.mp4", Fraction(30), 0.0)
