"""Fetched bodies with their validators (RFC 9110, 8.8; RFC 9111): losing them costs downloads, nothing else."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_LONGEST_FRESH = 3600
"""Seconds for which an answer is at most believed without asking, whatever the site says."""
_FORGOTTEN = 180 * 86_400
"""Seconds after which an entry that nobody asked for goes."""
_PATIENCE = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS bodies (
  url TEXT PRIMARY KEY, content BLOB NOT NULL, content_type TEXT NOT NULL, etag TEXT NOT NULL,
  last_modified TEXT NOT NULL, fetched_at REAL NOT NULL, fresh_until REAL NOT NULL
) WITHOUT ROWID
"""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CachedBody:
    """A body as it was received, decompressed."""

    content: bytes
    content_type: str
    etag: str
    last_modified: str
    fetched_at: float
    """Seconds since the epoch; when the site last said that this is its page."""
    fresh_until: float
    """Until then the site need not be asked again."""

    @property
    def is_fresh(self) -> bool:
        return self.fetched_at <= time.time() < self.fresh_until

    @property
    def validators(self) -> dict[str, str]:
        """Request headers that make the site answer 304 when nothing changed; empty when it gave no validator."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in wanted.items() if value}


def fresh_until(cache_control: str, now: float) -> float:
    """When a response with this Cache-Control header must be asked for again (RFC 9111, 5.2.2)."""
    directives = cache_control.lower()
    age = re.search(r"(?:^|[\s,])max-age=\"?(\d{1,9})", directives)
    if age is None or "no-cache" in directives or "no-store" in directives:
        return now
    return now + min(int(age[1]), _LONGEST_FRESH)


class PageCache:
    """Bodies by address in one SQLite file, shared by threads and processes.

    A file that cannot be used makes a cache that remembers nothing: it never raises.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._usable = True

    def get(self, url: str) -> CachedBody | None:
        """The body stored for an address."""

        def read(connection: sqlite3.Connection) -> CachedBody | None:
            row = connection.execute(
                "SELECT content, content_type, etag, last_modified, fetched_at, fresh_until FROM bodies WHERE url = ?",
                [url],
            ).fetchone()
            return CachedBody(zlib.decompress(row[0]), *row[1:]) if row else None

        return self._with_connection(read)

    def put(self, url: str, body: CachedBody) -> None:
        """Stores a body in place of the one before."""
        row = (body.content_type, body.etag, body.last_modified, body.fetched_at, body.fresh_until)
        packed = zlib.compress(body.content, 1)
        self._with_connection(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO bodies VALUES (?, ?, ?, ?, ?, ?, ?)", (url, packed, *row)
            )
        )

    def confirm(self, url: str, fetched_at: float, until: float) -> None:
        """Notes that the site still gives the stored body."""
        self._with_connection(
            lambda connection: connection.execute(
                "UPDATE bodies SET fetched_at = ?, fresh_until = ? WHERE url = ?", (fetched_at, until, url)
            )
        )

    def forget_old(self) -> None:
        """Drops what nobody has asked for in half a year."""
        oldest = time.time() - _FORGOTTEN
        self._with_connection(
            lambda connection: connection.execute("DELETE FROM bodies WHERE fetched_at < ?", [oldest])
        )

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _with_connection(self, use: Callable[[sqlite3.Connection], Value]) -> Value | None:
        with self._lock:
            if not self._usable:
                return None
            try:
                if self._connection is None:
                    self._connection = self._opened()
                return use(self._connection)
            except sqlite3.OperationalError:
                return None  # locked, full or read-only: this once without
            except (sqlite3.DatabaseError, zlib.error, OSError, TypeError):
                self._start_over()
                return None

    def _opened(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._file, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=16
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_SCHEMA)
        return connection

    def _start_over(self) -> None:
        """A damaged file goes; what cannot be removed is left alone and not used."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        try:
            for suffix in ("", "-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        except OSError:
            self._usable = False
