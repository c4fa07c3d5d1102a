"""The weights of a lifting method: the models folder first (imported, or trained and imported), then what ships."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInputError, ModelsMissingError
from ..weights.checkpoints.stored import SUFFIX, Card, read_card, read_stored, stored_path

SHIPPED = Path(__file__).parent / "data"
# Our own training's name of each method's network.
TRAINED: dict[str, str] = {"videopose3d": "videopose", "martinez": "martinez", "gan": "gan"}
_TRAINED_LICENCE = "GPL-3.0-or-later"


@dataclass(frozen=True)
class LifterWeights:
    """``card`` and the tensors under the network's own names, statistics beside them as ``statistics.…``."""

    card: Card
    tensors: dict[str, np.ndarray]


def weights_file(method: str) -> Path | None:
    """The file that a method would use, or None."""
    for path in (stored_path(method), SHIPPED / f"{method}{SUFFIX}"):
        if path.is_file():
            return path
    return None


def card_of(method: str) -> Card:
    """What is known of the weights a method would use. Raises ModelsMissingError with the cure, BadInputError."""
    path = weights_file(method)
    if path is None:
        raise ModelsMissingError(
            f"There are no weights for --method {method} on this machine.",
            f"Import the authors' checkpoint with `understudy models import FILE`, or train your own with `understudy "
            f"train {TRAINED.get(method, method)}` and import its .safetensors.",
        )
    header = training_header(path)
    return read_card(path) if header is None else trained_card(method, path, header)


def load_weights(method: str) -> LifterWeights:
    """The weights a method uses. Raises ModelsMissingError with the cure, BadInputError for a damaged file."""
    card = card_of(method)
    path = weights_file(method)
    assert path is not None
    if training_header(path) is None:
        return LifterWeights(*read_stored(path))
    return LifterWeights(card, read_tensors(path))


def training_header(path: Path) -> dict[str, str] | None:
    """The header that ``understudy train`` writes, or None for a file that is not of it."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
    except (OSError, SafetensorError):
        return None
    return header if header.get("network") in TRAINED.values() else None


def trained_card(name: str, path: Path, header: dict[str, str], licence: str = _TRAINED_LICENCE) -> Card:
    """The card of a file that ``understudy train`` wrote, under its system's name where none is given.

    Raises BadInputError.
    """
    system = next(system for system, network in TRAINED.items() if network == header["network"])
    try:
        settings: dict[str, Any] = json.loads(header["settings"])
        joints = [str(joint) for joint in json.loads(header["joints"])]
    except (KeyError, ValueError, TypeError) as error:
        raise BadInputError(f"{path} does not say how its network is built ({error}).", "Train it again.") from error
    return Card(
        name=name or system,
        system=system,
        description=f"{system}, trained here",
        licence=licence,
        commercial=True,
        source=path.name,
        options=settings | {"trained_here": True, "joints": joints},
    )


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a .safetensors file. Raises BadInputError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadInputError(f"{path} is not a readable .safetensors file ({error}).", "Import it again.") from error
