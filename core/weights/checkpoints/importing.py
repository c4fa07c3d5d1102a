"""A checkpoint of a published system becomes weights of this program: converted, checked, kept with its licence."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from .containers import read_checkpoint
from .statistics import read_statistics
from .stored import SUFFIX, Card, stored_path, write_stored
from .systems import SYSTEMS, State, System, recognise

LICENCE_OPTION, STATISTICS_OPTION = "--licence-confirmed", "--stats"


@dataclass(frozen=True)
class Imported:
    """What was written where; ``assumed``: what the file does not tell and nobody said."""

    card: Card
    path: Path
    assumed: tuple[str, ...]


def import_checkpoint(
    path: Path,
    licence: str | None = None,
    statistics: Sequence[Path] = (),
    choices: Mapping[str, str] | None = None,
    name: str | None = None,
    commercial: bool = False,
    folder: Path | str | None = None,
) -> Imported:
    """Converts ``path`` into the models folder: an authors' checkpoint, or what ``understudy train`` wrote.

    ``licence``: under which the user holds the file, their own words; ``commercial``: whether they may use it so.
    ``choices``: what weights do not tell (``System.choices``). Raises BadInputError, having written nothing: an unknown
    container, keys that are missing or left over, a licence or statistics that were not given.
    """
    if path.suffix == SUFFIX and path.is_file():
        return _import_trained(path, licence, name, commercial, folder)
    content = read_checkpoint(path)
    found = recognise(content)
    if found is None:
        known = "; ".join(f"{system.title}: {system.container}" for system in SYSTEMS)
        raise BadInputError(f"{path} holds {_outline(content)}, which no known system has.", f"Known: {known}.")
    system, parts = found
    given = _checked(system, dict(choices or {}))
    assumed = _assumed(system, given, path)
    tensors: dict[str, np.ndarray] = {}
    options: dict[str, Any] = {}
    for place, state in parts.items():
        complete, built = _fill(system, place, state, given, path)
        # Options are those of the first part; the others only differ in what comes out.
        options = options or built
        tensors |= {f"{place}.{key}" if len(system.places) > 1 else key: value for key, value in complete.items()}
    if not licence or not licence.strip():
        raise BadInputError(
            f"{path} is a checkpoint of {system.title}, whose licence is: {system.licence}.",
            f'Import it with {LICENCE_OPTION} "…" naming the licence under which you hold it.',
        )
    tensors |= read_statistics(system, statistics)
    card = Card(
        name=name or system.name,
        system=system.name,
        description=system.title,
        licence=licence.strip(),
        commercial=commercial,
        source=path.name,
        sha256=_sha256(path),
        options=options,
    )
    target = stored_path(card.name, folder)
    write_stored(target, card, tensors)
    return Imported(card, target, assumed)


def _import_trained(
    path: Path, licence: str | None, name: str | None, commercial: bool, folder: Path | str | None
) -> Imported:
    """Weights of our own training, whose file says how the network is built; its licence is the user's to choose."""
    from ...lift.published import build_lifter
    from ...lift.weights import LifterWeights, read_tensors, trained_card, training_header

    header = training_header(path)
    if header is None:
        raise BadInputError(f"{path} was not written by `understudy train`.", "Give the authors' own file.")
    card = trained_card("", path, header)
    card = dataclasses.replace(card, name=name or card.system, licence=licence or "the user's own training",
                               commercial=commercial, sha256=_sha256(path))  # fmt: skip
    tensors = read_tensors(path)
    build_lifter(LifterWeights(card, tensors))
    target = stored_path(card.name, folder)
    write_stored(target, card, tensors)
    return Imported(card, target, ())


def _fill(
    system: System, place: str, state: State, choices: Mapping[str, str], path: Path
) -> tuple[State, dict[str, Any]]:
    """The state by this program's names, complete; raises BadInputError listing what is missing or left over."""
    import torch

    where = f"{path}: {place or 'the weights'}"
    try:
        with torch.device("meta"):
            network, options = system.build({key: value.shape for key, value in state.items()}, choices)
    except BadInputError as error:
        raise BadInputError(f"{where}: {error.message}", error.hint or "The file is incomplete.") from error
    wanted = {system.authors_key(key): (key, value) for key, value in network.state_dict().items()}
    untracked = {key for key in wanted if key.replace("/", ".").rpartition(".")[2] == system.untracked}
    missing = [key for key in wanted if key not in state and key not in untracked]
    unexpected = [key for key in state if key not in wanted]
    misshapen = [
        f"{key} is {tuple(state[key].shape)}, not {tuple(value.shape)}"
        for key, (_, value) in wanted.items()
        if key in state and state[key].shape != tuple(value.shape)
    ]
    if missing or unexpected or misshapen:
        lists = (("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen))
        told = "; ".join(f"{title}: {', '.join(keys)}" for title, keys in lists if keys)
        raise BadInputError(
            f"{where} cannot fill the network of {system.title}. {told}.",
            "A part of a network is of no use; give the whole checkpoint.",
        )
    complete: State = {}
    for key, (own, value) in wanted.items():
        if key not in state:
            complete[own] = np.zeros(tuple(value.shape), np.int64)
            continue
        array = state[key]
        if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
            raise BadInputError(f"{where}: {key} holds something else than finite numbers.", "Get the file again.")
        complete[own] = array.astype(np.float32 if value.is_floating_point() else np.int64)
    return complete, options


def _checked(system: System, choices: dict[str, str]) -> dict[str, str]:
    for key, value in choices.items():
        if key not in system.choices:
            known = ", ".join(system.choices) or "none"
            raise BadInputError(f"{system.title} has no choice '{key}'.", f"Known: {known}.")
        if value not in system.choices[key].values:
            raise BadInputError(f"'{key}' cannot be {value}.", f"It is {' or '.join(system.choices[key].values)}.")
    return choices


def _assumed(system: System, choices: dict[str, str], path: Path) -> tuple[str, ...]:
    """Fills in what was not said, and tells it: the file's name, else the rule."""
    told = []
    for key, choice in system.choices.items():
        if key not in choices:
            words = path.stem.lower().split("_")
            named = [value for value in choice.values[1:] if value.split("-")[0].lower() in words]
            choices[key] = named[0] if named else choice.values[0]
            told.append(f"{key}={choices[key]} ({choice.meaning})")
    return tuple(told)


def _outline(content: Any) -> str:
    if not isinstance(content, dict):
        return f"a {type(content).__name__}"
    keys = [str(key) for key in content]
    return f"keys {', '.join(keys[:6])}{', …' if len(keys) > 6 else ''}" if keys else "nothing"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
