"""Scalars in the event file format that TensorBoard reads, without TensorBoard.

A file is a row of TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of that), each an ``Event`` message:
field 1 wall time (double), 2 step (int64), 3 file version (string), 5 summary; a summary's field 1 is a value with
field 1 tag (string) and 2 simple value (float). From tensorflow/core/util/event.proto and lib/io/record_writer.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path
from types import TracebackType

_POLYNOMIAL = 0x82F63B78


def _table() -> list[int]:
    rows = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        rows.append(value)
    return rows


_CRC_TABLE = _table()


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli)."""
    value = 0xFFFFFFFF
    for byte in data:
        value = _CRC_TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


class EventWriter:
    """Appends scalars to an event file in ``folder``; a run that is resumed opens one more."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"events.out.tfevents.{time.time_ns() // 1000}.understudy").open("wb")
        self._write(struct.pack("<Bd", 0x09, time.time()) + _field(3, b"brain.Event:2"))

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """One event with a value per tag."""
        summary = b"".join(
            _field(1, _field(1, tag.encode()) + struct.pack("<Bf", 0x15, value)) for tag, value in values.items()
        )
        self._write(struct.pack("<Bd", 0x09, time.time()) + b"\x10" + _varint(step) + _field(5, summary))

    def _write(self, data: bytes) -> None:
        length = struct.pack("<Q", len(data))
        self._file.write(length + _masked(length) + data + _masked(data))
        self._file.flush()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
