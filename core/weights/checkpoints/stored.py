"""Weights as this program keeps them: safetensors with a card, in the models folder or beside the code.

A card tells what the tensors are, where they come from and what may be done with them; it is the JSON under the key
``understudy`` of the file's metadata. Tensors have the names of the network's parameters, after ``PART.`` where a file
holds several networks.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError, CannotWriteError
from ..store import ENVIRONMENT_VARIABLE, models_dir

SUFFIX = ".safetensors"
_METADATA_KEY = "understudy"


@dataclass(frozen=True)
class Card:
    """What is known of a set of weights.

    ``name``: of the file, and of the method that uses it; ``system``: which networks (``systems.SYSTEMS``);
    ``options``: how they are built and used, JSON values; ``licence``: what the user confirmed or the project gives;
    ``commercial``: whether takes made with it may be used so; ``source`` and ``sha256``: the file it was made of.
    """

    name: str
    system: str
    description: str
    licence: str
    commercial: bool
    version: str = ""
    source: str = ""
    sha256: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or not self.name.replace("_", "").replace("-", "").isalnum():
            raise BadInputError(f"'{self.name}' is no name for weights.", "Use letters, digits, _ and -.")


def stored_path(name: str, folder: Path | str | None = None) -> Path:
    """Where weights of this name lie in the models folder; the file need not exist."""
    return models_dir(folder) / f"{name}{SUFFIX}"


def list_stored(folder: Path | str | None = None) -> list[tuple[Card, Path]]:
    """Cards and files of the models folder by name; files that are not ours are left out."""
    found = []
    for path in sorted(models_dir(folder).glob(f"*{SUFFIX}")):
        try:
            found.append((read_card(path), path))
        except BadInputError:
            continue
    return found


def write_stored(path: Path, card: Card, tensors: Mapping[str, np.ndarray]) -> None:
    """Writes the file beside and renames it over. Raises CannotWriteError."""
    from safetensors.numpy import save

    kept = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    data = save(kept, {_METADATA_KEY: json.dumps(dataclasses.asdict(card))})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as scratch:
            scratch.write(data)
        Path(scratch.name).chmod(0o644)  # such files are for their owner only
        Path(scratch.name).replace(path)
    except OSError as error:
        message = f"Cannot write {path}: {os.strerror(error.errno or 0)}."
        raise CannotWriteError(message, f"Set {ENVIRONMENT_VARIABLE} to a writable folder.") from error


def read_card(path: Path) -> Card:
    """The card alone, without the tensors. Raises BadInputError for a file that has none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(_METADATA_KEY)
    except (OSError, SafetensorError) as error:
        raise BadInputError(f"{path} is not a readable .safetensors file ({error}).", "Import it again.") from error
    try:
        values = json.loads(text or "")
        return Card(**values)
    except (ValueError, TypeError) as error:
        raise BadInputError(f"{path} does not say what it holds.", "Import the authors' file.") from error


def read_stored(path: Path) -> tuple[Card, dict[str, np.ndarray]]:
    """Card and tensors. Raises BadInputError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    card = read_card(path)
    try:
        return card, load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadInputError(f"{path} is not a readable .safetensors file ({error}).", "Import it again.") from error
