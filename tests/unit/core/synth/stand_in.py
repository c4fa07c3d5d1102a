"""Stands in for addon/headless/render_footage.py where no Blender is needed: the same arguments, files and reports.

Pictures tell camera and frame by their colour; ``STOP_AFTER`` ends the process after that many, ``FAIL`` at once.
"""

import json
import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np

if "--version" in sys.argv:
    print(json.dumps({"blender": os.environ.get("VERSION", "9.9 stand-in")}))
    sys.exit(0)
if os.environ.get("FAIL"):
    print(json.dumps({"type": "error", "message": "disk full", "hint": "free some"}))
    sys.exit(int(os.environ["FAIL"]))
job, out = (Path(sys.argv[sys.argv.index(name) + 1]) for name in ("--job", "--out"))
meta = json.loads(str(np.load(job / "scene.npz")["meta"]))
missing = np.load(job / "missing.npy").tolist()
width, height = meta["size"]
print("something that Blender says")
for done, (camera, frame) in enumerate(missing):
    if done == int(os.environ.get("STOP_AFTER", -1)):
        time.sleep(0.2)
        os.kill(os.getpid(), 9)
    picture = np.full((height, width, 3), 40 + 10 * camera, np.uint8)
    picture[: height // 2, : width // 2] = (30 + 5 * (frame % 40), 60, 200)  # the upper left tells the frame
    cv2.imwrite(str(out / f"cam{camera + 1:02d}" / f"{frame:06d}.png"), picture)
    if "--depth" in sys.argv:
        depth = np.full((height, width), 1000 + frame, np.uint16)
        cv2.imwrite(str(out / f"depth{camera + 1:02d}" / f"{frame:06d}.png"), depth)
    event = {"type": "progress", "done": done + 1, "total": len(missing), "seconds": 0.01, "cpu_seconds": 0.01}
    print(json.dumps(event), flush=True)
print(json.dumps({"type": "result"}))
