"""disturbed.py CLIP OUT: the same clip with something held before half of it for half a second, later before all of it.

So that there are moments at which a capture cannot be trusted.
"""

from __future__ import annotations

import sys

import av

source, target = sys.argv[1:3]
with av.open(source) as clip:
    frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    rate = clip.streams.video[0].average_rate
height, width = frames[0].shape[:2]
half_second = round(float(rate) / 2)
for begin, left in ((len(frames) // 2, width // 2), (len(frames) * 3 // 4, 0)):
    for image in frames[begin : begin + half_second]:
        image[:, left:] = (90, 120, 90)
with av.open(target, "w") as container:
    stream = container.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "16"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    for image in frames:
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
    container.mux(stream.encode(None))
