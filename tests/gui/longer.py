"""longer.py CLIP OUT TIMES: the same clip over and over, forwards and backwards, so that a capture takes a while."""

from __future__ import annotations

import sys

import av

source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
with av.open(source) as clip:
    frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    rate = clip.streams.video[0].average_rate
with av.open(target, "w") as container:
    stream = container.add_stream("libx264", rate=rate, options={"preset": "veryfast"})
    stream.height, stream.width = frames[0].shape[:2]
    stream.pix_fmt = "yuv420p"
    for turn in range(times):
        for image in frames[:: 1 if turn % 2 == 0 else -1]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
    container.mux(stream.encode(None))
