"""Maps as JSON files that can be shared, and maps completed from one side to the other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import BadInputError, CannotWriteError
from . import slots
from .mapping import BoneMap, Twist
from .rig import Rig

SCHEMA = 1
_PAIRS = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"), ("l", "r"), ("L", "R"))


def to_json(bone_map: BoneMap) -> str:
    """A map as JSON text."""
    data = {
        "schema": SCHEMA,
        "kind": "understudy bone map",
        "dialect": bone_map.dialect,
        "bones": dict(bone_map.bones),
        "confidence": dict(bone_map.confidence),
        "twists": [[t.bone, t.slot, t.at, t.share] for t in bone_map.twists],
        "follows": dict(bone_map.follows),
        "controls": bone_map.controls,
        "poles": dict(bone_map.poles),
        "switches": {bone: dict(values) for bone, values in bone_map.switches.items()},
    }
    return json.dumps(data, indent=1)


def from_json(text: str, source: str = "The bone map") -> BoneMap:
    """The inverse. Raises BadInputError, naming ``source``, for text that is no such map or of a newer version."""
    try:
        data: dict[str, Any] = json.loads(text)
        schema, bones = data["schema"], data["bones"]
        if schema > SCHEMA:
            raise BadInputError(f"{source} is of version {schema}.", "Update Understudy to read it.")
        return BoneMap(
            bones=_strings(bones),
            confidence={str(k): float(v) for k, v in data.get("confidence", {}).items()},
            twists=tuple(Twist(str(b), str(s), at, float(share)) for b, s, at, share in data.get("twists", ())),
            follows=_strings(data.get("follows", {})),
            dialect=str(data.get("dialect", "")),
            controls=bool(data.get("controls", False)),
            poles=_strings(data.get("poles", {})),
            switches={str(b): {str(k): float(v) for k, v in d.items()} for b, d in data.get("switches", {}).items()},
        )
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError(f"{source} cannot be read: {error!r}.", "Choose a bone map saved by Understudy.") from error


def save(bone_map: BoneMap, path: Path) -> Path:
    """Writes a map. Raises CannotWriteError, naming the file."""
    try:
        path.write_text(to_json(bone_map) + "\n", "utf-8")
    except OSError as error:
        raise CannotWriteError(f"Cannot write {path}: {error.strerror}.", "Choose another folder.") from error
    return path


def load(path: Path) -> BoneMap:
    """Reads a map. Raises BadInputError, naming the file."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"Cannot read {path}: {error}.", "Choose a bone map saved by Understudy.") from error
    return from_json(text, str(path))


def fitted(bone_map: BoneMap, rig: Rig) -> BoneMap:
    """The map without the bones that ``rig`` lacks, as when a preset meets a rig with fewer fingers."""
    has = rig.index
    bones = {slot: bone for slot, bone in bone_map.bones.items() if bone in has}
    return replace(
        bone_map,
        bones=bones,
        confidence={slot: c for slot, c in bone_map.confidence.items() if slot in bones},
        twists=tuple(t for t in bone_map.twists if t.bone in has and t.slot in bones),
        follows={bone: slot for bone, slot in bone_map.follows.items() if bone in has and slot in bones},
        poles={bone: slot for bone, slot in bone_map.poles.items() if bone in has and slot in bones},
        switches={bone: values for bone, values in bone_map.switches.items() if bone in has},
    )


def mirrored(bone_map: BoneMap, rig: Rig, side: str) -> BoneMap:
    """The map with the other side's bones named after those of ``side``, as far as the rig has such bones."""
    result = bone_map
    for slot, bone in bone_map.bones.items():
        if slots.side_of(slot) != side:
            continue
        other = next((name for name in mirrored_names(bone) if name in rig.index), None)
        if other is not None:
            result = result.with_bone(slots.mirrored(slot), other)
            confidence = {**result.confidence, slots.mirrored(slot): bone_map.confidence.get(slot, 1.0)}
            result = replace(result, confidence=confidence)
    return result


def mirrored_names(name: str) -> list[str]:
    """What the bone on the other side may be called: ``hand.L`` is ``hand.R``, ``LeftArm`` is ``RightArm``."""
    found = []
    for left, right in _PAIRS:
        for ours, theirs in ((left, right), (right, left)):
            # A single letter counts only by itself, or in front of a capital.
            pattern = rf"(?<![A-Za-z]){ours}(?![A-Za-z])|(?<![A-Za-z]){ours}(?=[A-Z][a-z])" if len(ours) == 1 else ours
            changed = re.sub(pattern, theirs, name, count=1)
            if changed != name and changed not in found:
                found.append(changed)
    return found


def _strings(table: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in table.items()}
