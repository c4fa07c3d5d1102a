"""FreeMoCap over recorded videos: its MediaPipe tracking, triangulation where there are several cameras, filtering.

Runs in .venv-peers-freemocap, which has no Understudy. Model complexity is 1: 2, its default, is fetched at run time
and cannot be had offline. One camera: its default throws depth away; it is kept here (`flatten_single_camera_data`
off), which is kinder to it. Reads one JSON request per line, ``{"videos": [paths], "calibration": toml or null,
"fps": N, "output": path}``, and answers one JSON line each; first a line once it is imported. The output npz: world
(T,33,3), MediaPipe's order: one camera, pixels in the camera's axes (x right, y down, z forward); several, in the axes
and units of the calibration's world. NaN where nothing was found.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as home:
        # It keeps logs and recordings in the home folder; what runs here leaves nothing there.
        os.environ["HOME"] = home
        from freemocap.core_processes.process_motion_capture_videos.process_recording_headless import (
            process_recording_headless,
        )

        def answer(content: dict) -> None:
            answers.write(json.dumps(content) + "\n")
            answers.flush()

        answer({"ready": True})
        for line in sys.stdin:
            with tempfile.TemporaryDirectory() as folder:
                answer(run(process_recording_headless, json.loads(line), Path(folder) / "recording"))


def run(process, request: dict, folder: Path) -> dict:
    """One recording through the tool's own headless entry, everything but what is said above at its defaults."""
    import numpy as np
    from freemocap.data_layer.recording_models.post_processing_parameter_models import ProcessingParameterModel
    from skellytracker.trackers.mediapipe_tracker.mediapipe_model_info import MediapipeTrackingParams

    videos = folder / "synchronized_videos"
    videos.mkdir(parents=True)
    for i, video in enumerate(request["videos"]):
        (videos / f"cam{i + 1:02d}{Path(video).suffix}").symlink_to(Path(video).resolve())
    settings = ProcessingParameterModel()
    settings.tracking_parameters_model = MediapipeTrackingParams(mediapipe_model_complexity=1)
    settings.tracking_parameters_model.num_processes = 1
    settings.post_processing_parameters_model.framerate = request["fps"]
    settings.anipose_triangulate_3d_parameters_model.flatten_single_camera_data = False
    began = time.perf_counter()
    process(
        folder,
        path_to_camera_calibration_toml=request["calibration"],
        recording_processing_parameter_model=settings,
        run_blender=False,
        make_jupyter_notebook=False,
        use_tqdm=False,
    )
    seconds = time.perf_counter() - began
    points = np.load(folder / "output_data" / "mediapipe_body_3d_xyz.npy").astype(np.float32)
    if len(request["videos"]) == 1:
        x, y, z = np.moveaxis(points, -1, 0)
        points = np.stack([x, -z, y], axis=-1)  # it stood the picture up: (x, z, −y)
    np.savez_compressed(request["output"], world=points)
    return {"seconds": seconds, "frames": len(points)}


if __name__ == "__main__":
    main()
