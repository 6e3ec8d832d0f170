"""A connection to one snapshot that can do nothing but read it, and one statement on it within every limit."""

from __future__ import annotations

import contextlib
import json
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import QueryError, SnapshotError
from warehouse.records import Rows
from warehouse.sql.gate import admit
from warehouse.sql.limits import MAX_COLUMNS, MEMORY_MB, Limits, out_of_memory, took_too_long

# Order matters: file systems can be disabled only after external access, and the lock must come last.
_HARDENING = (
    "autoinstall_known_extensions=false",
    "autoload_known_extensions=false",
    "allow_community_extensions=false",
    "python_enable_replacements=false",
    f"memory_limit='{MEMORY_MB}MB'",
    "threads=1",  # the tables are small: a second thread costs more than it does
    "temp_directory=''",
    "max_expression_depth=250",
    "enable_external_access=false",
    "disabled_filesystems='LocalFileSystem'",  # else COPY could overwrite the snapshot's own file
    "lock_configuration=true",
)
_hardening = threading.Lock()
_MESSAGE = 400
"""Characters of the engine's own words that are repeated."""


def open_readonly(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a snapshot's database: read-only, no files, no network, no settings, no extensions.

    Raises duckdb.Error when the file is missing or damaged.
    """
    connection = duckdb.connect(str(path), read_only=True)
    with _hardening:
        # DuckDB shares one instance between the connections of a process: a second finds it locked already.
        locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
        for setting in () if locked and locked[0] else _HARDENING:
            connection.execute(f"SET {setting}")
    return connection


def relations_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The snapshot's tables and views with their columns, in order."""
    relations: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    ).fetchall():
        relations.setdefault(table, []).append(column)
    return relations


class QueryConnection:
    """Runs untrusted statements on one snapshot, one at a time."""

    def __init__(self, path: Path, watchdog: Watchdog) -> None:
        """Raises SnapshotError when the database cannot be read."""
        self._watchdog = watchdog
        try:
            self._connection = open_readonly(path)
            self._relations = relations_of(self._connection)
        except duckdb.Error as error:
            raise unreadable(error) from error
        # Judging a statement costs about as much as a small query: the same one is judged once.
        self._admit = lru_cache(maxsize=256)(self._judge)

    def close(self) -> None:
        self._connection.close()

    def run(self, sql: str, limits: Limits) -> Rows:
        """The first rows of one SELECT, as JSON scalars, within the limits.

        Raises QueryError, naming the remedy, when the statement is not a single SELECT over the snapshot's own tables,
        is wrong, or passes a limit; SnapshotError when the database is damaged.
        """
        # A cursor of its own for every statement: nothing one leaves behind is seen by the next.
        cursor = self._connection.cursor()
        watched = self._watchdog.watch(cursor, limits.seconds)
        try:
            self._admit(sql)
            cursor.execute(sql)
            columns = [column[0] for column in cursor.description or []]
            if len(columns) > MAX_COLUMNS:
                raise QueryError(f"the result has {len(columns)} columns; select at most {MAX_COLUMNS}")
            return _within_limits(columns, cursor.fetchmany(limits.max_rows + 1), limits)
        except (duckdb.Error, MemoryError) as error:
            if watched.stopped:
                raise took_too_long(limits.seconds) from error
            raise self._told(error) from error
        except (OverflowError, ValueError, RecursionError) as error:  # an interval of a million years, a list too deep
            raise QueryError(f"a value of the result cannot be shown ({error}); cast it to VARCHAR") from error
        finally:
            self._watchdog.rest()
            cursor.close()

    def _judge(self, sql: str) -> None:
        cursor = self._connection.cursor()
        try:
            row = cursor.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
        finally:
            cursor.close()
        admit(row[0] if row else '{"error": true}', self._relations, pivots=_pivots(sql))

    def _told(self, error: duckdb.Error | MemoryError) -> QueryError | SnapshotError:
        message = first_line(error)
        if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
            return out_of_memory()
        if isinstance(error, duckdb.IOException | duckdb.InternalException | duckdb.FatalException):
            # Either the file is damaged, or the statement met a fault of the engine: a plain query tells which.
            try:
                self._connection.cursor().execute("SELECT * FROM posts").fetchall()
            except duckdb.Error:
                return unreadable(error)
            return QueryError(f"the engine failed on this query ({message}); write it another way")
        if isinstance(error, duckdb.BinderException) and "column" in message:
            columns = "; ".join(
                f"{name}({', '.join(cols)})" for name, cols in self._relations.items() if name in str(error)
            )
            return QueryError(f"{message}. Columns: {columns or _brief(self._relations)}")
        if isinstance(error, duckdb.CatalogException):
            return QueryError(f"{message}. The tables are {', '.join(sorted(self._relations))}")
        return QueryError(message)


@dataclass(slots=True)
class Watched:
    """A cursor that has something to do until a moment of the monotonic clock."""

    cursor: duckdb.DuckDBPyConnection
    until: float
    stopped: bool = False


class Watchdog:
    """Interrupts the watched cursor at its deadline.

    One thread that looks every few milliseconds while there is something to watch: a timer's thread for each query
    would cost more than most queries.
    """

    _TICK = 0.02
    _REST_AFTER = 50

    def __init__(self) -> None:
        self._awake = threading.Event()
        self._watched: Watched | None = None
        threading.Thread(target=self._guard, daemon=True).start()

    def watch(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> Watched:
        self._watched = watched = Watched(cursor, time.monotonic() + seconds)
        if not self._awake.is_set():
            self._awake.set()
        return watched

    def rest(self) -> None:
        self._watched = None

    def _guard(self) -> None:
        quiet = 0
        while True:
            self._awake.wait()
            time.sleep(self._TICK)
            watched = self._watched
            quiet = 0 if watched else quiet + 1
            if watched and time.monotonic() > watched.until:
                watched.stopped = True
                with contextlib.suppress(duckdb.Error):  # closed just now: nothing is left to stop
                    watched.cursor.interrupt()
            elif quiet > self._REST_AFTER:
                self._awake.clear()
                if self._watched:  # begun just now
                    self._awake.set()


def _pivots(sql: str) -> bool:
    """Whether PIVOT is one of the statement's keywords: not in a string, a comment or a name."""
    text = sql.encode()  # the offsets count bytes
    return any(
        kind == duckdb.token_type.keyword and text[start : start + 6].split(b"(")[0].strip().lower() == b"pivot"
        for start, kind in duckdb.tokenize(sql)
    )


def unreadable(error: Exception) -> SnapshotError:
    return SnapshotError(f"the snapshot's database is damaged ({first_line(error)}); run `bounded sync`")


def first_line(error: Exception) -> str:
    text = str(error).strip().split("\n")[0]
    text = text if len(text) <= _MESSAGE else text[:_MESSAGE] + "…"  # it may quote a value of any length
    return text.rstrip(" !.") or type(error).__name__


def _brief(relations: dict[str, list[str]]) -> str:
    return "; ".join(f"{name}({', '.join(columns)})" for name, columns in sorted(relations.items()))


def _scalar(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)
    return str(value)


def _jsonable(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_jsonable(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _jsonable(part) for name, part in value.items()}
    return _scalar(value)


def _within_limits(columns: list[str], fetched: Sequence[tuple[Any, ...]], limits: Limits) -> Rows:
    """Cuts cells, then rows, to their limits and says what was cut."""
    rows: list[list[object]] = []
    notes: list[str] = []
    used, cut_cells = 0, 0
    # A row by itself must fit, too: its cells share the limit.
    widest = min(limits.max_cell, max(20, limits.max_chars // max(1, len(columns))))
    for record in fetched[: limits.max_rows]:
        row = [_scalar(value) for value in record]
        for index, value in enumerate(row):
            if isinstance(value, str) and len(value) > widest:
                row[index] = value[:widest] + "…"
                cut_cells += 1
        used += sum(len(str(value)) + 2 for value in row)
        if used > limits.max_chars and rows:
            break
        rows.append(row)
    truncated = len(rows) < len(fetched)
    if truncated:
        notes.append(f"only the first {len(rows)} rows are shown; aggregate, filter, or page with LIMIT and OFFSET")
    if cut_cells:
        notes.append(f"{cut_cells} long values were cut at {widest} characters; fetch_post reads whole texts")
    names = [name if len(name) <= widest else name[:widest] + "…" for name in columns]
    return Rows(names, rows, len(rows), truncated, ". ".join(notes))
