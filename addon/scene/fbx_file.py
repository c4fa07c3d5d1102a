"""Binary FBX as a tree of records whose values stay as they are in the file, so that what is not touched is kept to
the bit. Layout: https://code.blender.org/2013/08/fbx-binary-file-format-specification/."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ...core.errors import BadInputError

_MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
_WIDE = 7500  # version from which offsets have 64 bits
_SIZES = {b"Y": 2, b"C": 1, b"I": 4, b"F": 4, b"D": 8, b"L": 8}
_ARRAYS = {"f": "<f4", "d": "<f8", "l": "<i8", "i": "<i4", "b": "?"}
_TAIL = 4 + 120 + 16  # version, nothing, magic
_FOOT = 16


@dataclass
class Record:
    """``values`` as bytes, each with its type's letter first; ``nested``: whether children may follow."""

    name: bytes
    values: list[bytes]
    children: list[Record] = field(default_factory=list)
    nested: bool = False

    def all(self, name: bytes) -> Iterator[Record]:
        """The children called ``name``."""
        return (child for child in self.children if child.name == name)

    def first(self, name: bytes) -> Record:
        """The first of them. Raises BadInputError where there is none."""
        found = next(self.all(name), None)
        if found is None:
            raise BadInputError(f"The FBX file has no {name.decode()} in {self.name.decode() or 'it'}.")
        return found


@dataclass
class FbxFile:
    """``root`` has no name and holds the file's records; ``foot``: what closes the file."""

    version: int
    root: Record
    foot: bytes


def parse(data: bytes) -> FbxFile:
    """Raises BadInputError for what is no binary FBX."""
    if not data.startswith(_MAGIC):
        raise BadInputError("This is no binary FBX file.")
    (version,) = struct.unpack_from("<I", data, len(_MAGIC))
    reader = _Reader(data, "<3Q" if version >= _WIDE else "<3I")
    root, place = Record(b"", [], nested=True), len(_MAGIC) + 4
    while (found := reader.record(place)) is not None:
        record, place = found
        root.children.append(record)
    return FbxFile(version, root, data[place + reader.empty : place + reader.empty + _FOOT] + data[-_TAIL:])


def write(file: FbxFile) -> bytes:
    """The inverse of ``parse``."""
    layout = "<3Q" if file.version >= _WIDE else "<3I"
    parts = [_MAGIC + struct.pack("<I", file.version)]
    place = len(parts[0])
    for child in file.root.children:
        place = _append(parts, child, place, layout)
    empty = struct.calcsize(layout) + 1
    parts.append(b"\x00" * empty + file.foot[:_FOOT] + b"\x00" * 4)
    place += empty + _FOOT + 4
    parts.append(b"\x00" * (16 - place % 16) + file.foot[_FOOT:])
    return b"".join(parts)


def number(value: bytes) -> int:
    """A 64-bit integer."""
    return struct.unpack("<q", value[1:])[0]


def of_number(value: int) -> bytes:
    return b"L" + struct.pack("<q", value)


def text(value: bytes) -> str:
    """A string, up to the separator from its class."""
    return value[5:].partition(b"\x00\x01")[0].decode()


def array(value: bytes) -> np.ndarray:
    """(N,) numbers."""
    count, packed, size = struct.unpack_from("<3I", value, 1)
    content = value[13 : 13 + size]
    return np.frombuffer(zlib.decompress(content) if packed else content, _ARRAYS[chr(value[0])], count)


def of_array(kind: str, values: np.ndarray) -> bytes:
    """``kind``: f, d, l or i."""
    content = zlib.compress(np.ascontiguousarray(values, _ARRAYS[kind]).tobytes(), 1)
    return kind.encode() + struct.pack("<3I", len(values), 1, len(content)) + content


class _Reader:
    def __init__(self, data: bytes, layout: str) -> None:
        self.data, self.layout, self.size = data, layout, struct.calcsize(layout)
        self.empty = self.size + 1

    def record(self, place: int) -> tuple[Record, int] | None:
        """The record at ``place`` and where it ends; None where there is none."""
        end, count, _ = struct.unpack_from(self.layout, self.data, place)
        if end == 0:
            return None
        length = self.data[place + self.size]
        place += self.size + 1
        name = self.data[place : place + length]
        place += length
        values = []
        for _ in range(count):
            stop = self._after(place)
            values.append(self.data[place:stop])
            place = stop
        record = Record(name, values, nested=place < end)
        while place < end and (found := self.record(place)) is not None:
            child, place = found
            record.children.append(child)
        return record, end

    def _after(self, place: int) -> int:
        kind = self.data[place : place + 1]
        if kind in _SIZES:
            return place + 1 + _SIZES[kind]
        if kind in (b"S", b"R"):
            return place + 5 + struct.unpack_from("<I", self.data, place + 1)[0]
        if chr(kind[0]) in _ARRAYS:
            return place + 13 + struct.unpack_from("<I", self.data, place + 9)[0]
        raise BadInputError(f"The FBX file holds a value of an unknown type, {kind!r}.")


def _append(parts: list[bytes], record: Record, place: int, layout: str) -> int:
    """Adds a record and returns where it ends."""
    head = len(parts)
    parts.append(b"")
    values = b"".join(record.values)
    place += struct.calcsize(layout) + 1 + len(record.name) + len(values)
    for child in record.children:
        place = _append(parts, child, place, layout)
    if record.nested:
        parts.append(b"\x00" * (struct.calcsize(layout) + 1))
        place += struct.calcsize(layout) + 1
    counts = struct.pack(layout, place, len(record.values), len(values))
    parts[head] = counts + bytes([len(record.name)]) + record.name + values
    return place
