"""Writes layers of points as Mapbox Vector Tiles (MVT 2.1), whole columns at a time. Pure: numpy, no Django.

Numbers are varints of a fixed two bytes, which every reader of protobuf takes, so
that features have one length and 4,096 of them are written as a table.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# https://github.com/mapbox/vector-tile-spec/blob/master/2.1/vector_tile.proto
_LAYER, _NAME, _FEATURE, _KEY, _VALUE, _EXTENT, _VERSION = 0x1A, 0x0A, 0x12, 0x1A, 0x22, 0x28, 0x78
_TAGS, _TYPE, _GEOMETRY = 0x12, 0x18, 0x22
_DOUBLE, _UINT, _BOOL = 0x19, 0x28, 0x38
_POINT, _MOVE_TO_ONE = 1, 9

LARGEST = 2**14 - 1
"""What a varint of two bytes holds."""


@dataclass(frozen=True)
class Parts:
    """A column of fractions: `numbers` / `of`; where the number is negative the property is left out."""

    numbers: NDArray[np.int64]
    of: int


Column = NDArray[np.int64] | NDArray[np.bool_] | Parts


def point_layer(
    name: str, extent: int, x: NDArray[np.int64], y: NDArray[np.int64], said: Mapping[str, Column]
) -> bytes:
    """One layer of points.

    Parameters
    ----------
    name, extent
        Of the layer; the extent in units across the tile.
    x, y
        In units from the north-west corner, y down, -8192 to 8191.
    said
        Properties by name: columns of whole numbers from 0, of booleans or `Parts`.

    Returns
    -------
    bytes
        b"" without points: a tile is layers one after the other.

    Raises
    ------
    OverflowError
        More than 16,384 distinct values.
    """
    if not len(x):
        return b""
    values, places = _distinct_values(said)
    if len(values) > LARGEST + 1:
        raise OverflowError(f"{len(values)} distinct values are more than a layer of points holds.")
    absent = np.zeros(len(x), dtype=np.int64)
    for bit, column in enumerate(said.values()):
        if isinstance(column, Parts):
            absent |= (column.numbers < 0).astype(np.int64) << bit
    body = _field(_NAME, name.encode())
    for lacking in np.flatnonzero(np.bincount(absent)).tolist():  # one shape of feature for each set of properties
        these = np.flatnonzero(absent == lacking)
        keys = [key for key in range(len(said)) if not lacking >> key & 1]
        body += _features(x[these], y[these], keys, [places[key][these] for key in keys])
    body += b"".join(_field(_KEY, key.encode()) for key in said)
    body += b"".join(values)
    body += bytes([_EXTENT]) + _varint(extent) + bytes([_VERSION, 2])
    return _field(_LAYER, body)


def _distinct_values(said: Mapping[str, Column]) -> tuple[list[bytes], list[NDArray[np.int64]]]:
    """The values of all properties as fields, each once, and for each property the place of each point's value."""
    values: list[bytes] = []
    places = []
    for column in said.values():
        numbers = np.maximum(column.numbers, 0) if isinstance(column, Parts) else column.astype(np.int64)
        distinct, index = _distinct(numbers)
        places.append(index + len(values))
        if isinstance(column, Parts):
            values += [_double_value(value / column.of) for value in distinct.tolist()]
        else:
            kind = _BOOL if column.dtype.kind == "b" else _UINT
            values += [_whole_value(kind, value) for value in distinct.tolist()]
    return values, places


@lru_cache(maxsize=65_536)
def _whole_value(kind: int, value: int) -> bytes:
    """A value of a layer. Kept, because counts are mostly small and the same in all tiles."""
    return _field(_VALUE, bytes([kind]) + _varint(value))


@lru_cache(maxsize=4_096)
def _double_value(value: float) -> bytes:
    return _field(_VALUE, struct.pack("<Bd", _DOUBLE, value))


def _distinct(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`np.unique` with the inverse; for small numbers by a table, five times as fast as by sorting."""
    highest = int(numbers.max())
    if highest > 8 * len(numbers):  # sorting these few is faster than filling the table
        return np.unique(numbers, return_inverse=True)
    there = np.bincount(numbers, minlength=highest + 1) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _features(
    x: NDArray[np.int64], y: NDArray[np.int64], keys: Sequence[int], places: Sequence[NDArray[np.int64]]
) -> bytes:
    """Features with the same properties, all of one length: a table of bytes, filled by columns."""
    tag_bytes = 3 * len(keys)
    head = bytes([_FEATURE, 2 + tag_bytes + 2 + 2 + 5, _TAGS, tag_bytes])
    tags = b"".join(bytes([key, 0, 0]) for key in keys)
    tail = bytes([_TYPE, _POINT, _GEOMETRY, 5, _MOVE_TO_ONE, 0, 0, 0, 0])
    table = np.tile(np.frombuffer(head + tags + tail, dtype=np.uint8), (len(x), 1))
    for number, place in enumerate(places):
        _write_two_bytes(table, len(head) + 3 * number + 1, place)
    for at, units in ((-4, x), (-2, y)):
        _write_two_bytes(table, table.shape[1] + at, (units << 1) ^ (units >> 63))  # zigzag
    return table.tobytes()


def _write_two_bytes(table: NDArray[np.uint8], column: int, numbers: NDArray[np.int64]) -> None:
    """Numbers up to `LARGEST` as varints of two bytes; small ones have a longer form than they need."""
    table[:, column] = numbers & 0x7F | 0x80
    table[:, column + 1] = numbers >> 7


def _field(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
