"""Pictures of a shot, rendered by Blender in a process of its own into a cache that outlives it."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..body.numpy_model import BodyModel
from ..client import clean_environment
from ..commands.blender import ROOT, script_command
from ..errors import BadInputError, CancelledError, CannotWriteError, UnderstudyError
from .plan import Shot
from .scene import costumes_of, scene_arrays, write_vertices

SCRIPT = ROOT / "addon" / "headless" / "render_footage.py"
Progress = Callable[[str, int, int | None, float | None], None]


def default_cache() -> Path:
    """The user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("understudy", appauthor=False)) / "synth"


def blender_version() -> str:
    """The version of the Blender that renders. Raises BadInputError where there is none or it does not start."""
    command = script_command(SCRIPT, ["--version"])
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", env=clean_environment(),
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    for line in reversed(done.stdout.splitlines()):
        if line.startswith('{"blender"'):
            return str(json.loads(line)["blender"])
    tail = " ".join(done.stderr.split()[-30:])
    raise BadInputError(f"Blender does not start ({command[0]}): {tail}", "Run that program by hand to see why.")


def cache_key(arrays: dict[str, Any], shot: Shot, version: str) -> str:
    """Hash of all that decides the pictures: plan, motion, the code that draws, Blender's version."""
    digest = sha256(version.encode())
    for path in (SCRIPT, *sorted((SCRIPT.parent / "footage").glob("*.py")), *_MESH_CODE):
        digest.update(path.read_bytes())
    for key in sorted(arrays):
        digest.update(key.encode() + np.ascontiguousarray(arrays[key]).tobytes())
    for actor in shot.actors:
        smpl = actor.motion.smpl
        for name in ("betas", "global_orient", "body_pose", "left_hand_pose", "right_hand_pose", "transl"):
            digest.update(np.ascontiguousarray(getattr(smpl, name)).tobytes())
    return digest.hexdigest()[:24]


_HERE = Path(__file__).resolve().parent
_BODY = _HERE.parent / "body"
_MESH_CODE = (
    *(_HERE / name for name in ("attached.py", "scene.py", "shells.py", "wardrobe.py")), _BODY / "numpy_model.py",
    _BODY / "data" / "body.npz",
)  # fmt: skip


def picture_path(folder: Path, camera: int, frame: int, depth: bool = False) -> Path:
    """Where the renderer puts a picture (8-bit RGB), or its depth (16-bit mm)."""
    return folder / f"{'depth' if depth else 'cam'}{camera + 1:02d}" / f"{frame:06d}.png"


def render(shot: Shot, body: BodyModel, cache: Path, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """The folder that holds all pictures of the shot; only those that are missing are rendered.

    Raises CancelledError (what is rendered stays), CannotWriteError for the cache, BadInputError without Blender.
    """
    costumes = costumes_of(shot, body)
    arrays = scene_arrays(shot, costumes)
    folder = cache / cache_key(arrays, shot, blender_version())
    cameras, frames = len(shot.cameras), shot.frame_count
    depths = (False, True) if shot.request.depth else (False,)
    missing = [
        (c, f)
        for f in range(frames)
        for c in range(cameras)
        if not all(picture_path(folder, c, f, depth).is_file() for depth in depths)
    ]
    if not missing:
        return folder
    try:
        for c in range(cameras):
            for depth in depths:
                picture_path(folder, c, 0, depth).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"Cannot write the cache {folder}: {error.strerror}."
        raise CannotWriteError(message, "Give another --cache.") from error
    with tempfile.TemporaryDirectory(prefix="understudy-synth-") as name:
        job = Path(name)
        progress("skin", 0, None, None)
        np.savez(job / "scene.npz", allow_pickle=False, **arrays)
        write_vertices(shot, body, costumes, job)
        np.save(job / "missing.npy", np.array(missing, np.int32))
        command = ["--job", str(job), "--out", str(folder), *(["--depth"] if shot.request.depth else [])]
        _run(script_command(SCRIPT, command), cameras * frames, progress, cancelled)
    return folder


def _run(command: list[str], total: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
    last: dict[str, Any] = {}
    tail: list[str] = []
    with _started(command) as process:
        assert process.stdout is not None and process.stderr is not None
        drain = threading.Thread(target=_collect, args=(process.stderr, tail), daemon=True)
        drain.start()
        for line in process.stdout:
            if cancelled():
                break
            event = _json_object(line)
            if event is None:
                tail.append(line.rstrip())
                continue
            last = event
            if event.get("type") == "progress":
                left = int(event["total"]) - int(event["done"])
                progress("render", total - left, total, left * float(event["seconds"]))
        # Ctrl-C on a terminal reaches Blender too, so it may have ended by itself.
        if cancelled():
            raise CancelledError("Cancelled.", "The same command goes on where this one stopped.")
        code = process.wait()
        drain.join(1.0)
    if code == CannotWriteError.exit_code and last.get("type") == "error":
        raise BadInputError(str(last["message"]), str(last.get("hint", "")))
    if code != 0:
        reason = str(last.get("message", "")) or " ".join(tail[-3:])
        raise UnderstudyError(f"Blender stopped with an error ({code}): {reason}", "\n".join(tail[-15:]))


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, which does not outlive the block."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", errors="replace", env=clean_environment(),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _collect(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip())
        del lines[:-200]


def _json_object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
