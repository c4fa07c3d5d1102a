"""A motion file as a take, so that clean-up, retarget and export work on it as on a capture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from .body.numpy_model import load_free_body
from .errors import BadInputError
from .files.read_bvh import read_bvh
from .files.read_c3d import read_c3d
from .files.read_smpl import read_smpl
from .files.read_trc import read_trc
from .synth.motions import UNSAID_FPS, load_motion
from .synth.truth import Performance, truth_take
from .take import Take, TakeCameras
from .version import CREATED_WITH

_TIMES = 1e-6  # s, to which files state times
_SIZE, _FOCAL = (1920.0, 1080.0), 1843.0  # 55° along the longer side
_AHEAD = np.array([[1.0, 0, 0, 0], [0, 0, 1, -4.5], [0, -1, 0, 1.1], [0, 0, 0, 1]])


def motion_take(path: Path, fps: Fraction | None = None, up: str | None = None) -> Take:
    """The person of a ``.bvh``, ``.trc`` or ``.c3d`` of joints, or an ``.npz`` of SMPL parameters, on the free body.

    ``fps`` overrides the file's rate, ``up`` (+y or +z) which of its axes points up; without it C3D and AMASS say so,
    TRC has Y up, and of the others the axis along which the body mostly stands. The person begins above the origin and
    faces −Y, towards the take's one camera.
    Proportions are the free body's; feet that stand in the file stand in the take. Raises BadInputError, naming the
    file.
    """
    own, seconds = _length(path)
    rate = fps or own
    body = load_free_body()
    betas = np.zeros(10)
    frames = int(np.floor((seconds + _TIMES) * float(rate))) + 1
    motion = load_motion(f"{path}@0", body, betas, rate, frames, np.random.default_rng(0), up)
    times = np.arange(frames) / float(rate)
    cameras = TakeCameras(
        timestamps=times[None],
        K=np.array([[[_FOCAL, 0, _SIZE[0] / 2], [0, _FOCAL, _SIZE[1] / 2], [0, 0, 1]]]),
        distortion=np.zeros((1, 5)),
        size=np.array([_SIZE]),
        world_from_camera=_AHEAD[None],
    )
    stature = float(np.ptp(body.shaped(betas)[:, 1]))
    settings = {"motion": path.name, "fit_error_mm": motion.fit_error_mm, "worn_error_mm": motion.worn_error_mm}
    return truth_take(times, rate, [Performance(motion.smpl, stature)], cameras, body, [], settings, CREATED_WITH)


def _length(path: Path) -> tuple[Fraction, float]:
    """Frames a second, and seconds from the first to the last frame."""
    suffix = path.suffix.lower()
    if suffix == ".bvh":
        bvh = read_bvh(path)
        return _rate(1 / bvh.frame_time), (len(bvh.positions) - 1) * bvh.frame_time
    if suffix in (".trc", ".c3d"):
        times = (read_trc(path) if suffix == ".trc" else read_c3d(path)).timestamps
        long = float(times[-1] - times[0])
        return _rate((len(times) - 1) / long if long > 0 else UNSAID_FPS), long
    if suffix == ".npz":
        data = read_smpl(path)
        rate = data.fps if np.isfinite(data.fps) else UNSAID_FPS
        return _rate(rate), (len(data.pose) - 1) / rate
    raise BadInputError(
        f"{path} is no motion that can be read.",
        "Give .bvh, .fbx, .trc, .c3d, or .npz; pickled results (.pkl, .pt) have to be saved as .npz first, since a "
        "pickle can run any program.",
    )


def _rate(fps: float) -> Fraction:
    """The broadcast or whole rate that is meant by a rounded frame time."""
    whole = round(fps)
    for exact in (Fraction(whole), Fraction(1000 * whole, 1001)):
        if whole and abs(float(exact) - fps) < 5e-4 * fps:
            return exact
    return Fraction(fps).limit_denominator(1001)
