"""Builds the sample clips and their exact truth: ``.venv/bin/python tools/build_sample.py [solo] [duo]``.

The scenes are in tools/sample, their motion in core/synth/authored; the pictures are rendered by tools/sample/film.py
in the Python of pip's bpy, encoded here as H.264, and the truth is written as a take beside each clip. The same inputs
give the same pictures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import av
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
NOISE = 9  # of 255, what two renders of the same wall differ by
sys.path.insert(0, str(ROOT / "tools" / "sample"))

from scenes import SCENES, Scene  # noqa: E402

from understudy.core.body.numpy_model import BodyModel, load_free_body  # noqa: E402
from understudy.core.synth.authored.role import animate  # noqa: E402
from understudy.core.synth.truth import Performance, truth_take  # noqa: E402
from understudy.core.take import SmplMotion, Take, TakeCameras  # noqa: E402
from understudy.core.take_file import SUFFIX, save  # noqa: E402
from understudy.core.video.focal import QUICKTIME_KEY  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", default=list(SCENES), help=f"of {', '.join(SCENES)}")
    parser.add_argument("--blender", type=Path, default=ROOT / ".venv-bpy-4.5" / "bin" / "python")
    parser.add_argument("--out", type=Path, default=ROOT / "sample")
    parser.add_argument(
        "--keep", type=Path, help="folder that keeps the rendered pictures, and whose pictures are used"
    )
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    body = load_free_body()
    for name in options.clips:
        build(SCENES[name](body), body, options.blender, options.out, options.keep)


def build(scene: Scene, body: BodyModel, blender: Path, out: Path, keep: Path | None) -> None:
    """Renders, encodes and describes one clip."""
    motions = [animate(person.role, body, scene.seconds, scene.fps) for person in scene.people]
    with tempfile.TemporaryDirectory() as folder:
        pictures = keep / scene.name if keep else Path(folder)
        pictures.mkdir(parents=True, exist_ok=True)
        description = Path(folder) / "scene.npz"
        np.savez(description, **scene_arrays(scene, motions, body))
        count = round(scene.seconds * scene.fps)
        missing = [str(i) for i in range(count) if not any(pictures.glob(f"{i:04d}_*.png"))]
        if missing:
            film = [blender, "-I", ROOT / "tools/sample/film.py", description, pictures, *missing]
            subprocess.run(film, check=True, stdout=subprocess.DEVNULL)
        clip = out / f"{scene.name}.mp4"
        encode(pictures, clip, scene)
    take = scene_truth(scene, motions, body, clip.name, sha256(clip.read_bytes()).hexdigest())
    save(take, out / f"{scene.name}.truth{SUFFIX}")
    print(f"{clip.name}: {take.frame_count} frames, {clip.stat().st_size / 1e3:.0f} kB")


def scene_truth(scene: Scene, motions: list[dict[str, np.ndarray]], body: BodyModel, clip: str, digest: str) -> Take:
    """The take of what was animated, and of the ideal camera."""
    times = np.arange(len(motions[0]["transl"])) / scene.fps
    width, height = scene.size
    # Blender's optical axis meets the middle of the picture; (0, 0) is the centre of the first pixel.
    K = np.array([[scene.focal_px, 0, (width - 1) / 2], [0, scene.focal_px, (height - 1) / 2], [0, 0, 1]])
    cameras = TakeCameras(
        timestamps=times[None],
        K=K[None],
        distortion=np.zeros((1, 4)),
        size=np.array([[width, height]]),
        world_from_camera=scene.world_from_camera[None],
    )
    pairs = zip(scene.people, motions, strict=True)
    cast = [Performance(SmplMotion(**motion), person.height) for person, motion in pairs]
    sources = [{"path": clip, "sha256": digest, "size": [width, height], "rotation": 0}]
    return truth_take(times, Fraction(scene.fps), cast, cameras, body, sources, {}, "tools/build_sample.py")


def scene_arrays(scene: Scene, motions: list[dict[str, np.ndarray]], body: BodyModel) -> dict[str, np.ndarray]:
    """What film.py reads."""
    arrays = {
        "faces": body.faces,
        "rest": body.v_template,
        "zones": body.zones if body.zones is not None else np.zeros(len(body.faces), int),
        "zone_names": np.array(body.zone_names),
        "size": np.array(scene.size),
        "samples": np.array(scene.samples),
        "focal_px": np.array(scene.focal_px),
        "world_from_camera": scene.world_from_camera,
    }
    for i, (person, motion) in enumerate(zip(scene.people, motions, strict=True)):
        vertices, _, _ = body.forward(motion["betas"], full_pose(motion), motion["transl"])
        arrays[f"vertices_{i}"] = vertices.astype(np.float32)
        own = [
            person.colours.get(zone, colour) for zone, colour in zip(body.zone_names, body.zone_colours, strict=True)
        ]
        arrays[f"colours_{i}"] = np.array(own, np.float32)
    return arrays


def full_pose(motion: dict[str, np.ndarray]) -> np.ndarray:
    """(T, 52, 3) axis-angle."""
    parts = (motion["global_orient"][:, None], motion["body_pose"], motion["left_hand_pose"], motion["right_hand_pose"])
    return np.concatenate(parts, axis=1)


def encode(pictures: Path, target: Path, scene: Scene) -> None:
    """H.264 that every player and browser opens; one thread, so that the bytes do not depend on the machine."""
    rate = Fraction(scene.fps)
    background = _read(pictures / "background.png")
    with av.open(str(target), "w", options={"movflags": "+faststart+use_metadata_tags"}) as container:
        if scene.lens_in_metadata:
            container.metadata[QUICKTIME_KEY] = f"{scene.focal_35mm:.3f}"
        options = {"crf": str(scene.crf), "preset": "veryslow", "threads": "1"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        bt709, limited = 1, 1
        codec = stream.codec_context
        codec.color_range, codec.colorspace, codec.color_primaries, codec.color_trc = limited, bt709, bt709, bt709
        for i in range(round(scene.seconds * scene.fps)):
            picture = background.copy()
            for window in pictures.glob(f"{i:04d}_*.png"):
                _, left, top = (int(v) for v in window.stem.split("_"))
                changed = _read(window)
                place = (slice(top, top + changed.shape[0]), slice(left, left + changed.shape[1]))
                picture[place] = merged(background[place], changed)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709"
            )
            frame.pts, frame.time_base = i, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def merged(background: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """The background where nothing but noise differs, so that it stands still; the new picture elsewhere."""
    difference = np.abs(changed.astype(np.int16) - background).max(axis=-1).astype(np.float32)
    touched = (cv2.GaussianBlur(difference, (0, 0), 1.5) > NOISE).astype(np.float32)
    weight = cv2.GaussianBlur(cv2.dilate(touched, np.ones((7, 7))), (0, 0), 2.0)[..., None]
    return np.round(background * (1 - weight) + changed * weight).astype(np.uint8)


def _read(path: Path) -> np.ndarray:
    with av.open(str(path)) as still:
        return next(still.decode(video=0)).to_ndarray(format="rgb24")


if __name__ == "__main__":
    main()
