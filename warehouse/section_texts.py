"""The texts of an index's sections, and which of their sentences hold which terms, in one file that is read in place.

A record: five counts, the facts as JSON, the text, then arrays of numbers in this machine's byte order: where sentences
start and end, the terms above the text, the terms in it in ascending order, where each one's sentences are listed, and
those lists.
"""

from __future__ import annotations

import json
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any
from zlib import crc32

from warehouse.errors import SnapshotError
from warehouse.record_file import Records, RecordWriter
from warehouse.sentences import Span

_COUNTS = struct.Struct("=5I")
_MARK = b"sections"
_FEW = 256
"""Sentences up to which their numbers fit a byte, as those of all but the longest sections do."""
_READ = 600
"""Sections that are kept as read: a server is asked about the same ones again."""


@lru_cache(20_000)
def term_key(term: str) -> int:
    """The number that stands for a term in the file; two of them share one once in four billion pairs."""
    return crc32(term.encode(errors="replace"))


class SectionText:
    """What is stored of a section."""

    __slots__ = ("facts", "text", "_numbers", "_listed", "_sentences", "_terms", "_first")

    def __init__(self, record: bytes) -> None:
        """Raises ValueError, IndexError or struct.error when the record is not whole."""
        told, written, sentences, above, terms = _COUNTS.unpack_from(record)
        text = _COUNTS.size + told
        numbers = text + written
        self._sentences = sentences
        self._terms = 2 * sentences + above
        self._first = self._terms + terms
        listed = numbers + 4 * (self._first + terms + 1)
        self.facts: list[Any] = json.loads(record[_COUNTS.size : text])
        """What a hit says beside the passage and the score, in the order of its fields."""
        self.text = record[text:numbers].decode()
        self._numbers = array("I", record[numbers:listed])
        self._listed = array(_number_type(sentences), record[listed:])

    @property
    def starts(self) -> Sequence[int]:
        """Where the sentences of the text start, in characters."""
        return self._numbers[: self._sentences]

    @property
    def ends(self) -> Sequence[int]:
        return self._numbers[self._sentences : 2 * self._sentences]

    @property
    def above(self) -> Sequence[int]:
        """Keys of the terms of the title and the headings."""
        return self._numbers[2 * self._sentences : self._terms]

    def held(self, sought: Iterable[tuple[int, float]]) -> list[tuple[int, float, Sequence[int]]]:
        """Those of the terms, given by key and weight, that the text holds, with the numbers of the sentences."""
        numbers, terms, first, listed = self._numbers, self._terms, self._first, self._listed
        found: list[tuple[int, float, Sequence[int]]] = []
        for term, weight in sought:
            at = bisect_left(numbers, term, terms, first)
            if at < first and numbers[at] == term:
                at += first - terms
                found.append((term, weight, listed[numbers[at] : numbers[at + 1]]))
        return found


class SectionTextsWriter:
    """Fills the file of a new index, section by section."""

    def __init__(self, path: Path) -> None:
        self._records = RecordWriter(path, _MARK)

    def add(
        self,
        facts: Sequence[object],
        text: str,
        spans: Sequence[Span],
        above: Iterable[int],
        held: Mapping[int, Sequence[int]],
    ) -> int:
        """Takes a section in and gives its number; `held` are its terms, each with the sentences that hold it.

        Terms are given by their keys.
        """
        told, written = json.dumps(facts, ensure_ascii=False).encode(), text.encode()
        over, terms = list(above), sorted(held)
        lists = [held[term] for term in terms]
        numbers = array("I", chain((start for start, _ in spans), (end for _, end in spans), over, terms))
        numbers.extend(accumulate(map(len, lists), initial=0))
        listed = array(_number_type(len(spans)), chain.from_iterable(lists))
        counts = _COUNTS.pack(len(told), len(written), len(spans), len(over), len(terms))
        return self._records.add(b"".join((counts, told, written, numbers.tobytes(), listed.tobytes())))

    def finish(self) -> None:
        """Completes the file."""
        self._records.finish()

    def close(self) -> None:
        """Leaves the file as it is, for the case that it is given up."""
        self._records.close()


def _number_type(sentences: int) -> str:
    return "B" if sentences <= _FEW else "I"


class SectionTexts:
    """Reads the file of an index; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Raises OSError or ValueError when it is missing or not whole."""
        self._records = Records(path, _MARK)
        self.section = lru_cache(_READ)(self.read)

    def __len__(self) -> int:
        return len(self._records)

    def read(self, number: int) -> SectionText:
        """A section by its number, from 0; raises SnapshotError when it cannot be read.

        `section` gives the same and keeps what was asked for last.
        """
        try:
            return SectionText(self._records[number])
        except (ValueError, IndexError, struct.error) as error:
            raise SnapshotError("the snapshot's texts are damaged; run `bounded sync --full`") from error
