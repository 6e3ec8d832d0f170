"""What one untrusted query may take, and what is said when it takes more; free of the engine, for both processes."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.errors import QueryError

MAX_SQL = 8_000
"""Characters of a query; longer ones are refused."""
MAX_COLUMNS = 500
MEMORY_MB = 256
"""What the engine may use for one query; `child.py` bounds what it takes besides."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take and give."""

    max_rows: int
    max_chars: int
    """Of all cells together."""
    max_cell: int
    """Characters of one cell."""
    seconds: float


def took_too_long(seconds: float) -> QueryError:
    return QueryError(f"the query ran longer than {seconds:g} s and was stopped; filter more rows or join less")


def out_of_memory() -> QueryError:
    return QueryError(f"the query needs more than {MEMORY_MB} MB; select fewer columns or filter more rows")


def broke_off() -> QueryError:
    return QueryError(
        f"the query ended the engine, most likely by needing far more than {MEMORY_MB} MB; select fewer columns, filter"
        " more rows or nest less"
    )
