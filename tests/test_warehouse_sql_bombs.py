"""Queries that would take all there is: each ends in time with a clear error, and the next one is answered."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.blog import BlogTools
from warehouse.errors import BlogError, QueryError
from warehouse.sql.limits import Limits
from warehouse.sql.sandbox import GRACE_SECONDS, SHARED
from warehouse.store import Warehouse

MOST_BYTES = 750_000_000
"""Of the process that runs queries and what this one grows by: with a server of 200 MB, less than 1 GB together."""
CTES = ", ".join(f"a{n} AS (SELECT * FROM a{n - 1} UNION ALL SELECT * FROM a{n - 1})" for n in range(1, 60))
QUICK = {
    "a gigantic string": "SELECT repeat('x', 2000000000)",
    "a gigantic list": "SELECT list_sort(range(30000000))",
    "an edit distance": "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))",
    "endless recursion": "WITH RECURSIVE t AS (SELECT 1 a UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t",
    "deep nesting": "SELECT " + "(" * 3_000 + "1" + ")" * 3_000,
    "a planner blow-up": f"WITH a0 AS (SELECT 1 x), {CTES} SELECT count(*) FROM a59",
}
SLOW = {
    "a padded string": "SELECT lpad('x', 2000000000, 'y')",
    "a formatted string": "SELECT format('{:>2000000000}', 'x')",
    "a printed string": "SELECT printf('%2000000000s', 'x')",
    "a repeated hash": "SELECT md5(repeat('x', 900000000))",
    "a list of numbers": "SELECT range(2000000000)",
    "a list of times": "SELECT generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '8000-01-01', INTERVAL 1 SECOND)",
    "a table of times": "SELECT count(*) FROM"
    " generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '8000-01-01', INTERVAL 1 SECOND)",
    "a transformed list": "SELECT len(list_transform(range(100000000), lambda x: x * 2))",
    "a list as JSON": "SELECT to_json(range(50000000))",
    "a cross join": "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3",
    "a join of texts": "SELECT string_agg(a.text || f.text)"
    " FROM sections a, sections b, sections c, sections d, sections e, sections f, sections g",
    "many joins": "SELECT count(*) FROM " + ", ".join(f"posts p{n}" for n in range(120)),
    "many joins by key": "SELECT count(*) FROM posts p0 "
    + " ".join(f"JOIN posts p{n} ON p{n}.slug = p{n - 1}.slug" for n in range(1, 100)),
    "a regular expression": "SELECT count(*) FROM range(100000000)"
    " WHERE regexp_matches(repeat('a', 20000) || range, '(a?){200}(a*)*b')",
    "a replaced text": "SELECT regexp_replace(repeat('a', 10000000), 'a', repeat('b', 1000), 'g')",
    "a wide pivot": f"FROM posts PIVOT (count(*) FOR year IN ({', '.join(map(str, range(1500)))}))",
    "a wide sort": "SELECT x FROM (SELECT unnest(range(1000000000)) x) ORDER BY x DESC",
    "a wide aggregate": "SELECT array_agg(r) FROM range(1000000000) t(r)",
    "a wide window": "SELECT sum(1) OVER (ORDER BY a.range, b.range) FROM range(100000) a, range(100000) b",
    "distinct values": "SELECT count(DISTINCT a.range * 100000 + b.range) FROM range(100000) a, range(100000) b",
    "a similarity": "SELECT damerau_levenshtein(repeat('ab', 100000), repeat('ba', 100000))",
}


@pytest.fixture(scope="module")
def warehouse(synced: BlogTools) -> Warehouse:
    return synced.snapshots.current().warehouse


@contextmanager
def memory_watched() -> Iterator[list[int]]:
    """The most bytes that the child holds and this process has grown by, looked at again and again."""
    most: list[int] = []
    before = _resident(os.getpid())  # a test run is larger than any server
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            seen = [_resident(os.getpid()) - before, _resident(SHARED.pid or 0)]
            most[:] = [max([*most, sum(seen)])]

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def ends(warehouse: Warehouse, sql: str, seconds: float) -> None:
    limits = Limits(max_rows=100, max_chars=14_000, max_cell=2_000, seconds=seconds)
    began = time.monotonic()
    with memory_watched() as most, pytest.raises(QueryError):
        warehouse.query(sql, limits)
    assert time.monotonic() - began < seconds + GRACE_SECONDS + 3
    assert sum(most) < MOST_BYTES
    assert warehouse.query("SELECT count(*) FROM posts", limits).rows == [[3]]


@pytest.mark.parametrize("sql", QUICK.values(), ids=QUICK)
def test_a_bomb_ends_and_the_next_query_is_answered(warehouse: Warehouse, sql: str) -> None:
    ends(warehouse, sql, seconds=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("sql", (QUICK | SLOW).values(), ids=QUICK | SLOW)
def test_any_bomb_ends_at_the_limits_of_the_tool(warehouse: Warehouse, sql: str) -> None:
    ends(warehouse, sql, seconds=5.0)


def test_a_query_waits_for_the_one_before_it(warehouse: Warehouse) -> None:
    limits = Limits(max_rows=100, max_chars=14_000, max_cell=2_000, seconds=0.5)
    found: list[object] = []

    def ask(sql: str) -> None:
        try:
            found.append(warehouse.query(sql, limits).rows)
        except BlogError as error:
            found.append(error)

    threads = [threading.Thread(target=ask, args=(sql,)) for sql in (QUICK["an edit distance"], *["SELECT 1"] * 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([error for error in found if isinstance(error, QueryError)]) == 1
    assert found.count([[1]]) == 4


def test_an_ended_process_is_replaced_without_an_error(warehouse: Warehouse) -> None:
    limits = Limits(max_rows=100, max_chars=14_000, max_cell=2_000, seconds=5.0)
    before = SHARED.pid
    SHARED.close()
    assert warehouse.query("SELECT 1", limits).rows == [[1]]
    assert SHARED.pid is not None and SHARED.pid != before
