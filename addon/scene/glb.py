"""Puts right what Blender's exporter writes into a binary glTF file: the rate and the name of its animation.

Of scenes with a rate such as 30000/1001 it multiplies by the base where it should divide (4.2 to 5.0 at least), and it
calls animations as it likes.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

_JSON, _BINARY = b"JSON", b"BIN\x00"


def read_glb(path: Path) -> tuple[dict[str, Any], bytearray]:
    """The document and its one buffer."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    document = json.loads(content[20 : 20 + length])
    return document, bytearray(content[28 + length :])


def write_glb(path: Path, document: dict[str, Any], data: bytes | bytearray) -> None:
    """Writes the two chunks, padded as the format asks."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = bytes(data) + b"\x00" * (-len(data) % 4)
    chunks = struct.pack("<I", len(text)) + _JSON + text + struct.pack("<I", len(data)) + _BINARY + data
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks)


def put_right(path: Path, name: str, stretch: float) -> None:
    """Calls the file's animation ``name`` and multiplies the times of its keys by ``stretch``."""
    document, data = read_glb(path)
    animations = document.get("animations", [])
    for animation in animations:
        animation["name"] = name
    if stretch != 1.0:
        for index in {sampler["input"] for animation in animations for sampler in animation["samplers"]}:
            _stretch(document, data, index, stretch)
    write_glb(path, document, data)


def _stretch(document: dict[str, Any], data: bytearray, index: int, factor: float) -> None:
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    times = np.frombuffer(data, "<f4", accessor["count"], start) * np.float64(factor)
    data[start : start + 4 * accessor["count"]] = (times := times.astype("<f4")).tobytes()
    accessor["min"], accessor["max"] = [float(times.min())], [float(times.max())]
