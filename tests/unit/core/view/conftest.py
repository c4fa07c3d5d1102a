"""Takes beside footage that is made on the spot."""

from __future__ import annotations

import av
import numpy as np
import pytest

FRAMES, ORIGIN = 12, 5


@pytest.fixture
def filmed(make_take, tmp_path):
    """A take of 12 frames beside its footage, which starts 5 frames late; frame i has grey level 10 + 20 i."""
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "bgr0"
        for i in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 10 + 20 * i, np.uint8), format="rgb24")
            frame.pts = i + ORIGIN
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with av.open(str(tmp_path / "clip.mkv")) as container:
        times = np.array([frame.time for frame in container.decode(video=0)])
    take = make_take(frames=FRAMES, people=2, timestamps=times)
    take.sources.append({"path": "clip.mkv"})
    return take, tmp_path / "a.take.npz"
