"""Actor profiles: what one performance told of somebody's body, kept for the next, as a small JSON file.

numpy only: Blender reads and writes profiles with this module.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import BadInputError, CannotWriteError

if TYPE_CHECKING:
    from .take import Take, TakePerson

SUFFIX = ".actor.json"
SCHEMA = 1
BETAS = 10
HEIGHT_RANGE = (0.3, 2.6)  # m
# Further from the mean body, in standard deviations, is nobody.
_FURTHEST = 10.0


@dataclass(frozen=True)
class Actor:
    """``height`` m, sole to crown, and ``betas`` (10), which say how long the bones are: of the free body, or of a
    user's own SMPL-H file, whose SHA-256 is then ``body``.

    Raises BadInputError for a body that nobody has.
    """

    name: str
    height: float
    betas: tuple[float, ...]
    body: str = ""

    def __post_init__(self) -> None:
        low, high = HEIGHT_RANGE
        if not (math.isfinite(self.height) and low <= self.height <= high):
            raise BadInputError(f"An actor is {self.height:g} m tall.", f"Give {low:g} to {high:g} metres.")
        if len(self.betas) != BETAS or not all(abs(beta) <= _FURTHEST for beta in self.betas):
            raise BadInputError(
                f"An actor's betas are not {BETAS} numbers within ±{_FURTHEST:g}.", "Save the profile anew from a take."
            )

    def to_json(self) -> dict[str, Any]:
        """As in the file."""
        values = {"schema": SCHEMA, "name": self.name, "height": self.height, "betas": list(self.betas)}
        return values | ({"body": self.body} if self.body else {})

    @classmethod
    def from_json(cls, values: Any, source: str = "The actor profile") -> Actor:
        """Raises BadInputError, which names ``source``."""
        cure = "Save the profile anew from a take."
        if not isinstance(values, dict) or "schema" not in values:
            raise BadInputError(f"{source} is no actor profile.", cure)
        if values["schema"] != SCHEMA:
            raise BadInputError(
                f"{source} has version {values['schema']!r}; this program reads {SCHEMA}.", "Update Understudy."
            )
        try:
            betas = tuple(float(beta) for beta in values["betas"])
            return cls(str(values["name"]), float(values["height"]), betas, str(values.get("body", "")))
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(f"{source} is damaged: {error!r}.", cure) from error


def actor_of(take: Take, person: TakePerson, name: str = "") -> Actor:
    """The profile of a take's person, under ``name``, else the person's own."""
    from .body.choice import hash_of  # profiles are read where no body is

    betas = tuple(round(float(beta), 5) for beta in person.smpl.betas)
    return Actor(name or person.name or person.id, round(float(person.height), 4), betas, hash_of(take.settings))


def read_actor(path: Path) -> Actor:
    """Raises BadInputError for a file that cannot be read or is no profile."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {(error.strerror or str(error)).lower()}.") from error
    except ValueError as error:  # neither JSON nor text
        raise BadInputError(f"{path} is no actor profile.", "Save the profile anew from a take.") from error
    return Actor.from_json(values, str(path))


def write_actor(path: Path, actor: Actor) -> None:
    """Raises CannotWriteError; a file that was there is replaced whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(actor.to_json(), indent=1) + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CannotWriteError(
            f"Cannot write {path}: {(error.strerror or str(error)).lower()}.", "Choose a folder that you may write to."
        ) from error
