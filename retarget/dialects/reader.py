"""Reads the rig library."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...core.errors import BadInputError
from .. import slots
from ..mapping import Twist

FOLDER = Path(__file__).resolve().parent
TESTED = ("original", "documented names")


@dataclass(frozen=True)
class Dialect:
    """How one kind of rig names its bones.

    ``bones``: slot to bone name without ``prefixes``; ``signature``: bones that only this dialect has; ``along``: the
    bone axis that points down a limb (``mirrored``: against it on the right side); ``rest``: T or A; ``tested``:
    ``original`` where a real rig was at hand, ``documented names`` where its rigs are known from documents only;
    ``controls``, ``poles`` and ``switches`` as in ``BoneMap``.
    """

    name: str
    label: str
    tested: str
    source: str
    rest: str
    along: str
    mirrored: bool
    prefixes: tuple[str, ...]
    write_prefix: str
    bones: Dict[str, str]
    twists: tuple[Twist, ...]
    follows: Dict[str, str]
    signature: tuple[str, ...]
    controls: bool
    poles: Dict[str, str]
    switches: Dict[str, Dict[str, float]]

    def plain(self, bone: str) -> str:
        """A bone's name without namespace and prefix, spaces as underscores."""
        name = bone.rpartition(":")[2].rpartition("|")[2].replace(" ", "_")
        for prefix in self.prefixes:
            if name.startswith(prefix) and len(name) > len(prefix):
                return name[len(prefix) :]
        return name


@lru_cache(maxsize=1)
def dialects() -> dict[str, Dialect]:
    """Every dialect by name, in alphabetical order."""
    return {path.stem: read_dialect(path) for path in sorted(FOLDER.glob("*.toml"))}


def read_dialect(path: Path) -> Dialect:
    """One dialect's file. Raises BadInputError, naming the file and key, for one that is no such description."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        return _dialect(path.stem, data)
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise BadInputError(f"{path}: not a rig description: {error!r}.", "See the files beside it.") from error


def _dialect(name: str, data: dict[str, Any]) -> Dialect:
    sides = dict(zip(slots.SIDES, data["sides"], strict=True))
    bones = dict(_numbered(data["centre"]))
    for side, letter in sides.items():
        for slot, bone in _numbered(data["side"]):
            bones[f"{side}_{slot}"] = bone.replace("{s}", letter)
    unknown = [slot for slot in bones if not slots.is_slot(slot)]
    if unknown or data["tested"] not in TESTED:
        raise ValueError(f"unknown slots {unknown} or tested {data['tested']!r}")
    twists = tuple(
        Twist(bone.replace("{s}", letter), f"{side}_{entry['slot']}", entry["at"], float(share))
        for entry in data.get("twists", ())
        for bone, share in zip(entry["bones"], entry["shares"], strict=True)
        for side, letter in sides.items()
    )
    signature = tuple(bone.replace("{s}", letter) for bone in data.get("signature", ()) for letter in sides.values())
    return Dialect(
        name=name,
        label=data["label"],
        tested=data["tested"],
        source=data["source"],
        rest=data["rest"],
        along=data["along"],
        mirrored=bool(data.get("mirrored", False)),
        prefixes=tuple(data.get("prefixes", ())),
        write_prefix=data.get("write_prefix", ""),
        bones=bones,
        twists=twists,
        follows=_sided(data.get("follow", {}), sides),
        signature=tuple(dict.fromkeys(signature)),
        controls=bool(data.get("controls", False)),
        poles=_sided(data.get("poles", {}), sides),
        switches={
            bone.replace("{s}", letter): {key: float(value) for key, value in values.items()}
            for bone, values in data.get("switches", {}).items()
            for letter in sides.values()
        },
    )


def _sided(table: dict[str, str], sides: dict[str, str]) -> dict[str, str]:
    """Bones and slots with their sides written out."""
    return {
        bone.replace("{s}", letter): slot.replace("{s}", side)
        for bone, slot in table.items()
        for side, letter in sides.items()
    }


def _numbered(table: dict[str, Any]) -> list[tuple[str, str]]:
    """Slots and bones of a table in which chains are lists."""
    rows: list[tuple[str, str]] = []
    for slot, value in table.items():
        if isinstance(value, str):
            rows.append((slot, value))
        else:
            rows += [(f"{slot}_{i}", bone) for i, bone in enumerate(value, 1)]
    return rows
