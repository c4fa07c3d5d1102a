"""Which body a take is solved and shown on: the free one, or a user's own SMPL-H file, which the take then names.

numpy only: Blender chooses by the same rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInputError
from .numpy_model import BodyModel, load_body, load_free_body, load_free_hand

if TYPE_CHECKING:
    from ..actor import Actor

# A take's setting, absent for the free body: the file's path and the SHA-256 of its bytes.
BODY = "body"
# What is given in a file's place to go back to the free body.
FREE = "free"


def chosen_body(file: Path | None) -> BodyModel:
    """The free body for None or ``FREE``, else the one in ``file``. Raises BadInputError unless it is SMPL-H."""
    own = _own_file(file)
    return load_free_body() if own is None else _own(*_stamp(own))[0]


def body_notes(file: Path | None) -> dict[str, Any]:
    """What a take's settings keep of the file it is solved on."""
    own = _own_file(file)
    return {} if own is None else {BODY: {"path": str(own.absolute()), "sha256": _own(*_stamp(own))[1]}}


def body_of(settings: dict[str, Any]) -> BodyModel:
    """The body of a take with ``settings``. Raises BadInputError where its file is gone or another: betas of one body
    mean nothing to another."""
    note = settings.get(BODY)
    if note is None:
        return load_free_body()
    file = Path(note["path"])
    body, found = _own(*_stamp(file)) if file.is_file() else (None, "")
    if body is None or found != note["sha256"]:
        raise BadInputError(
            f"This take was solved on the body {file}, which is not there any more or has changed.",
            "Put the file back, or solve the take again: understudy resolve, with --body FILE or --body free.",
        )
    return body


def hash_of(settings: dict[str, Any]) -> str:
    """SHA-256 of the file that a take with ``settings`` is solved on, "" for the free body."""
    return str(settings.get(BODY, {}).get("sha256", ""))


def without_body(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a take on the free body, otherwise the same."""
    return {key: value for key, value in settings.items() if key != BODY}


def check_actors(actors: Mapping[str, Actor], settings: dict[str, Any]) -> None:
    """Raises BadInputError where somebody's profile is of another body than a take with ``settings`` is solved on."""
    own = hash_of(settings)
    for actor in actors.values():
        if actor.body != own:
            told = "your own SMPL-H file" if actor.body else "the free body"
            raise BadInputError(
                f"The profile of {actor.name} is of {told}, whose betas mean nothing to the body that is solved on.",
                "Save a profile from a take on this body, or give the height alone.",
            )


def _own_file(file: Path | None) -> Path | None:
    """None for the free body."""
    return None if file is None or str(file) == FREE else file


def _stamp(file: Path) -> tuple[Path, int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise BadInputError(f"There is no body model at {file}.", "Choose an SMPL-H file (.npz or .pkl).") from error
    return file, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2)
def _own(file: Path, time_ns: int, size: int) -> tuple[BodyModel, str]:
    """The body in a file and the file's hash; read again when its time or size changes."""
    body = load_body(file)
    if body.kind != "smplh" or not body.extra_names:
        raise BadInputError(
            f"{file} holds {body.kind} with {len(body.v_template)} vertices, not SMPL-H as it is published.",
            "Choose an SMPL-H file: its body has fingers.",
        )
    return body, hashlib.sha256(file.read_bytes()).hexdigest()


def chosen_hand(side: str, file: Path | None) -> BodyModel:
    """The free hand of a side for None, else that in ``file``. Raises BadInputError unless it is MANO's of the side."""
    return load_free_hand(side) if file is None else _own_hand(side, *_stamp(file))


@lru_cache(maxsize=4)
def _own_hand(side: str, file: Path, time_ns: int, size: int) -> BodyModel:
    return load_body(file, f"mano_{side}")
