"""Records of any length in one file that is read in place: the records, where each begins, how many, and a mark."""

from __future__ import annotations

import mmap
import struct
from array import array
from pathlib import Path

_END = struct.Struct("=QQ8s")
_BUFFER = 1 << 20
"""Bytes written at once: records are long, and a call of the system for each took a tenth of a sync."""


class RecordWriter:
    """Fills a new file, record by record."""

    def __init__(self, path: Path, mark: bytes) -> None:
        """`mark`, eight bytes, says at the end of the file what it holds and that it is whole."""
        self._file = path.open("xb", buffering=_BUFFER)
        self._mark = mark
        self._begins = array("Q", [0])

    def add(self, record: bytes) -> int:
        """Takes a record in and gives its number, from 0."""
        self._file.write(record)
        self._begins.append(self._begins[-1] + len(record))
        return len(self._begins) - 2

    def finish(self) -> None:
        """Completes the file."""
        self._file.write(self._begins.tobytes())
        self._file.write(_END.pack(self._begins[-1], len(self._begins) - 1, self._mark))
        self.close()

    def close(self) -> None:
        """Leaves the file as it is, for the case that it is given up."""
        self._file.close()


class Records:
    """Reads such a file; safe to share between threads."""

    def __init__(self, path: Path, mark: bytes) -> None:
        """Raises OSError or ValueError when it is missing, not whole, or of another kind."""
        with path.open("rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(self._file) < _END.size:
            raise ValueError(f"{path.name} is cut")
        table, count, found = _END.unpack(self._file[-_END.size :])
        if found != mark or table + 8 * (count + 1) + _END.size != len(self._file):
            raise ValueError(f"{path.name} is cut")
        self._begins = memoryview(self._file)[table : -_END.size].cast("Q")

    def __len__(self) -> int:
        return len(self._begins) - 1

    def __getitem__(self, number: int) -> bytes:
        """Raises IndexError when there is no such record."""
        return self._file[self._begins[number] : self._begins[number + 1]]
