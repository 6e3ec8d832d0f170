"""What each part of a section is about, kept with the index: vectors of two bits a dimension, in one file.

A section of many matters is near to a query when one of its parts is. The codes of a vector stand as planes, one for
each bit, so that the product of two vectors is a few counts of common bits.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from operator import mul
from pathlib import Path

from warehouse.errors import SnapshotError
from warehouse.record_file import Records, RecordWriter
from warehouse.sentences import Span
from warehouse.static_embeddings import DIMENSIONS, Vector, embedded

_MARK = b"vectors4"
_PART = 700
"""Characters of a section that make one vector, with its title and heading."""
_MOST_PARTS = 64
"""Of one section: an endless one costs no more."""
_STORED_BITS, _QUERY_BITS = 2, 4
_WIDEST = {2: 1.5, 4: 2.6}
"""By bits, where the outermost code lies, in root mean squares of the vector."""
_PLANE = DIMENSIONS // 8
_KEY = 16
"""Bytes before the vectors of a section by which its text is known again."""
_PACKED = struct.Struct(f"<{_PLANE}s{_PLANE}s")
_READ = 4_096
"""Sections whose vectors are kept as read."""

Part = tuple[int, float, float]
"""Of one part's vector: its planes, the higher one twice, as one number; what its codes add to any product; and its
length, without end for one that says nothing."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """A vector of codes, 0 to 2**bits - 1."""

    planes: tuple[int, ...]
    """Bit 0 of all codes as one number, bit 1, and so on."""
    total: int
    """Of the codes."""
    length: float
    """Of the vector that the codes stand for; 0 for one that says nothing."""

    @property
    def middle(self) -> float:
        """What a code of no direction would be."""
        return _middle(len(self.planes))


def quantized(vector: Vector, bits: int) -> Quantized:
    """The vector in codes of 2 or 4 bits."""
    if not any(vector):
        return Quantized((0,) * bits, 0, 0.0)
    middle = _middle(bits)
    unit = math.hypot(*vector) / math.sqrt(DIMENSIONS) * _WIDEST[bits] / middle
    codes = array("b", vector).tobytes().translate(_codes(round(unit, 1) or 0.1, bits))
    length = _length(sum(map(mul, codes, codes)), sum(codes), bits)
    return Quantized(tuple(int(codes.translate(digits), 2) for digits in _DIGITS[:bits]), sum(codes), length)


@cache
def _codes(unit: float, bits: int) -> bytes:
    """The code of each value of a vector, by its byte."""
    values = (byte - 256 if byte > 127 else byte for byte in range(256))
    half = 1 << bits - 1
    return bytes(min(2 * half - 1, max(0, math.floor(value / unit) + half)) for value in values)


_DIGITS = [bytes(ord("1") if code >> bit & 1 else ord("0") for code in range(256)) for bit in range(_QUERY_BITS)]
"""A bit of each code as a digit."""


def nearest(query: Quantized, parts: Iterable[Part]) -> float:
    """The cosine of a query's vector and the nearest of the stored ones, -1 to 1.

    0 when the query says nothing or there are none; a part that says nothing counts 0.
    """
    # The higher plane of a part counts twice: with it there twice, one count of common bits does for both.
    ones, twos, fours, eights = (plane * _THREE_TIMES for plane in query.planes)
    base = DIMENSIONS * query.middle * _STORED_MIDDLE - _STORED_MIDDLE * query.total
    best = -math.inf
    for codes, middle, length in parts:
        product = (
            (ones & codes).bit_count()
            + 2 * (twos & codes).bit_count()
            + 4 * (fours & codes).bit_count()
            + 8 * (eights & codes).bit_count()
        )
        best = max(best, (product - middle + base) / length)
    return best / query.length if query.length and best > -math.inf else 0.0


def _length(squares: int, total: int, bits: int) -> float:
    """Of the vector of codes, by the sums of their squares and of themselves."""
    middle = _middle(bits)
    return math.sqrt(squares - 2 * middle * total + DIMENSIONS * middle * middle)


def _middle(bits: int) -> float:
    return ((1 << bits) - 1) / 2


_STORED_MIDDLE, _QUERY_MIDDLE = _middle(_STORED_BITS), _middle(_QUERY_BITS)
_THREE_TIMES = 1 | 1 << DIMENSIONS | 1 << 2 * DIMENSIONS
"""What makes a number of DIMENSIONS bits stand three times in a row."""


class SectionVectorsWriter:
    """Fills the file of a new index, section by section, in the order of their numbers."""

    def __init__(self, path: Path) -> None:
        self._records = RecordWriter(path, _MARK)
        self._known: dict[bytes, int] = {}

    def reuse(self, path: Path) -> None:
        """Takes over the vectors of equal texts from another index's file, if that can be read."""
        try:
            self._stored = Records(path, _MARK)
        except (OSError, ValueError):
            return  # they are made anew
        self._known = {self._stored[number][:_KEY]: number for number in range(len(self._stored))}

    def add(self, about: str, text: str, spans: Sequence[Span]) -> None:
        """Takes a section in: what stands above it, its text, and where its sentences lie."""
        key = blake2b(f"{about}\0{text}".encode(), digest_size=_KEY).digest()
        if (known := self._known.get(key)) is not None:
            self._records.add(self._stored[known])
            return
        vectors = (quantized(embedded(f"{about} {part}"), _STORED_BITS) for part in parts_of(text, spans))
        self._records.add(key + b"".join(map(_packed, vectors)))

    def finish(self) -> None:
        """Completes the file."""
        self._records.finish()

    def close(self) -> None:
        """Leaves the file as it is, for the case that it is given up."""
        self._records.close()


def parts_of(text: str, spans: Iterable[Span]) -> Iterator[str]:
    """Sentences of a text, about as many together as fit a part."""
    start = end = parts = 0
    for first, last in spans:
        if last - start > _PART and end > start and parts < _MOST_PARTS - 1:
            yield text[start:end]
            start, parts = first, parts + 1
        end = last
    yield text[start:end]


def _packed(vector: Quantized) -> bytes:
    return _PACKED.pack(*(plane.to_bytes(_PLANE, "little") for plane in vector.planes))


class SectionVectors:
    """Reads the file of an index; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Raises OSError or ValueError when it is missing or not whole."""
        self._records = Records(path, _MARK)
        self._parts = lru_cache(_READ)(self._read)

    def nearness(self, query: str, sections: Iterable[int]) -> list[float]:
        """How near each of the sections, by number, is to a query: the cosine of its nearest part.

        -1 to 1, and 0 where either has no words. Raises SnapshotError when the file is damaged.
        """
        wanted = quantized(embedded(query), _QUERY_BITS)
        try:
            return [nearest(wanted, self._parts(number)) for number in sections]
        except (IndexError, struct.error) as error:
            raise SnapshotError("the snapshot's vectors are damaged; run `bounded sync --full`") from error

    def _read(self, number: int) -> tuple[Part, ...]:
        stored = _PACKED.iter_unpack(self._records[number][_KEY:])
        return tuple(part_of(int.from_bytes(low, "little"), int.from_bytes(high, "little")) for low, high in stored)


def part_of(low: int, high: int) -> Part:
    """A stored vector by the planes of its two bits."""
    ones, twos = low.bit_count(), high.bit_count()
    total = ones + 2 * twos
    squares = ones + 4 * twos + 4 * (low & high).bit_count()
    length = _length(squares, total, _STORED_BITS) if total else math.inf
    return low | (high | high << DIMENSIONS) << DIMENSIONS, _QUERY_MIDDLE * total, length
