"""Does the engine work on this machine? Each check is one line; the front end runs them after installing the engine."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import UnderstudyError
from .methods import PIPELINES, Pipeline
from .weights import store

MINIMUM_DISK = 1_000_000_000  # bytes: room for a journal of a long clip
# Mean magnitude of each network's first output for ``test_image``, from the LiteRT interpreter.
REFERENCE = {
    "pose_detection": 23.24633,
    "pose_landmark_full": 66.06426,
    "palm_detection_full": 10.29927,
    "hand_landmark_full": 69.48990,
}
TOLERANCE = 1e-3  # relative


@dataclass(frozen=True)
class Check:
    """One line of the report. ``detail`` says what was found, and the cure when ``ok`` is False."""

    name: str
    ok: bool
    detail: str


def run_checks(device: str = "auto", folder: Path | None = None) -> Iterator[Check]:
    """The checks, one after the other; networks run on ``device``; ``folder``: where takes go, None for this one."""
    yield Check("python", sys.version_info >= (3, 11), f"{platform.python_version()}, {sys.executable}")
    yield _guarded("torch", lambda: _torch(device))
    yield _guarded("video", _video)
    yield _guarded("body", _body)
    for pipeline in PIPELINES:
        yield _method(pipeline)
    for name in REFERENCE:
        yield _guarded(name, lambda name=name: _network(name, device))
    yield _disk((folder or Path.cwd()).absolute())


def test_image(side: int) -> np.ndarray:
    """(side, side, 3) uint8: a pattern without meaning that every build of the networks must answer alike."""
    y, x, channel = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    return ((3 * x + 5 * y + 40 * channel) % 256).astype(np.uint8)


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except UnderstudyError as error:
        return Check(name, False, str(error))
    except (ImportError, OSError, RuntimeError) as error:  # a broken installation shows as one of these
        return Check(name, False, f"{type(error).__name__}: {error}".splitlines()[0] + ". Install the engine again.")


def _torch(device: str) -> Check:
    import torch

    from .device import choose_device, half_dtype

    chosen = choose_device(device)
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    used = f"{torch.__version__}, uses {chosen}" + (f" ({', '.join(names)})" if names else "")
    return Check("torch", True, f"{used}, half precision is {half_dtype(chosen) or 'none'}")


def _video() -> Check:
    import av
    import cv2

    libraries = ", ".join(f"{k} {'.'.join(map(str, v))}" for k, v in sorted(av.library_versions.items()))
    decoders = [name for name in ("h264", "hevc", "vp9", "av1") if name in av.codecs_available]
    missing = {"h264", "hevc"} - set(decoders)
    detail = f"PyAV {av.__version__} ({libraries}), OpenCV {cv2.__version__}, decodes {', '.join(decoders)}"
    return Check("video", not missing, detail)


def _body() -> Check:
    from .body.numpy_model import load_free_body

    body = load_free_body()
    vertices, _, _ = body.forward(np.zeros(10), np.zeros((len(body.parents), 3)), np.zeros(3))
    height = float(np.ptp(vertices[..., 1]))
    return Check("body", 1.4 < height < 2.0, f"free body, {height:.2f} m tall in its mean shape")


def _method(pipeline: Pipeline) -> Check:
    missing = pipeline.missing()
    name = f"method {pipeline.name}"
    if pipeline.weights in missing:
        return Check(name, True, f"not set up; it needs weights of one's own: {pipeline.weights} (models import)")
    if missing:
        return Check(name, False, f"{store.models_dir()} lacks {', '.join(missing)}. {store.PULL_HINT}")
    return Check(name, True, f"{pipeline.description} ({', '.join(pipeline.licences)}), in {store.models_dir()}")


def _network(name: str, device: str) -> Check:
    from .device import choose_device
    from .nets import load_network

    if not store.verify(name):
        return Check(name, False, f"is missing or damaged. {store.PULL_HINT}")
    network = load_network(name, choose_device(device))
    outputs = network.predict(test_image(network.spec.size)[None])
    finite = all(np.isfinite(values).all() for values in outputs.values())
    magnitude = float(np.abs(outputs[network.output_names[0]]).mean(dtype=np.float64))
    error = abs(magnitude / REFERENCE[name] - 1)
    detail = f"ran, {'finite' if finite else 'NOT finite'}, {error:.0e} from the reference"
    return Check(name, finite and error < TOLERANCE, detail)


def _disk(folder: Path) -> Check:
    if not folder.is_dir():
        return Check("disk", False, f"there is no folder {folder} for takes. Make it, or choose another takes folder.")
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free in {folder}"
    if free > MINIMUM_DISK:
        return Check("disk", True, found)
    wanted = f"{MINIMUM_DISK / 1e9:.0f} GB"
    return Check("disk", False, f"{found}; a long clip wants {wanted}. Make room, or choose another takes folder.")
