"""The process that runs untrusted queries: it holds nothing of its surroundings, and outlives nobody."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tools.blog import BlogTools
from warehouse.errors import QueryError
from warehouse.sql.limits import Limits
from warehouse.sql.sandbox import SHARED
from warehouse.store import Warehouse

LIMITS = Limits(max_rows=100, max_chars=14_000, max_cell=2_000, seconds=5.0)
ROOT = Path(__file__).resolve().parents[1]
BEGIN = """
import os, sys
from pathlib import Path
from warehouse.sql.limits import Limits
from warehouse.sql.sandbox import SHARED
from warehouse.store import Warehouse
limits = Limits(max_rows=100, max_chars=14_000, max_cell=2_000, seconds=60.0)
warehouse = Warehouse(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def database(synced: BlogTools) -> Path:
    return synced.snapshots.current().folder / "warehouse.duckdb"


def program(text: str, database: Path) -> list[str]:
    return [sys.executable, "-W", "ignore", "-c", BEGIN + textwrap.dedent(text), str(database)]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def until(seconds: float, pid: int) -> bool:
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_files_of_the_folder_one_is_in_are_not_run(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("duckdb.py", "json.py", "warehouse.py"):
        (tmp_path / name).write_text("open('run', 'w').close(); raise SystemExit\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    SHARED.close()
    assert Warehouse(database).query("SELECT count(*) FROM posts", LIMITS).rows == [[3]]
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not show its processes")
def test_the_process_ends_with_the_one_that_started_it_even_in_the_middle_of_a_query(database: Path) -> None:
    slow = """
    warehouse.query("SELECT 1", limits)
    print(SHARED.pid, flush=True)
    warehouse.query("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3", limits)
    """
    with subprocess.Popen(program(slow, database), stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    assert until(10, child)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_asks_a_process_of_its_own(database: Path) -> None:
    forked = """
    warehouse.query("SELECT 1", limits)
    first = SHARED.pid
    forks = []
    for number in range(1, 4):
        if not (pid := os.fork()):
            wrong = sum(warehouse.query(f"SELECT {number}", limits).rows != [[number]] for _ in range(50))
            same = SHARED.pid == first
            SHARED.close()
            os._exit(2 if wrong else 3 if same else 0)
        forks.append(pid)
    assert all(warehouse.query("SELECT 0", limits).rows == [[0]] for _ in range(50))
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in forks] == [0, 0, 0]
    assert SHARED.pid == first
    """
    subprocess.run(program(forked, database), check=True, cwd=ROOT, timeout=60)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT INTERVAL '4000000' YEAR", "cast it to VARCHAR"),
        ("SELECT repeat('x', 5000000)::INTEGER", "Could not convert"),
        (f"SELECT {'x' * 7_900} FROM posts", "x"),
        (f"SELECT * FROM {'x' * 7_900}", "x"),
    ],
    ids=["a value without a place in Python", "a long value", "a long column", "a long table"],
)
def test_an_error_is_short_whatever_the_query_brings_into_it(database: Path, sql: str, told: str) -> None:
    with pytest.raises(QueryError, match=told) as caught:
        Warehouse(database).query(sql, LIMITS)
    assert len(str(caught.value)) <= 4_000


def test_names_of_columns_cannot_flood_the_reader(database: Path) -> None:
    rows = Warehouse(database).query(f'SELECT COLUMNS(*) AS "\\0{"x" * 7_000}" FROM posts LIMIT 1', LIMITS)
    assert sum(map(len, rows.columns)) <= LIMITS.max_chars + 2 * len(rows.columns)


def test_a_huge_query_is_refused_before_it_is_sent_anywhere(database: Path) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match="8,000 characters"):
        Warehouse(database).query("SELECT " + "1" * 20_000_000, LIMITS)
    assert time.monotonic() - began < 1


def test_many_threads_and_processes_read_while_syncs_publish() -> None:
    storm = [sys.executable, str(ROOT / "bench" / "sql_storm.py"), "3", "2"]
    told = subprocess.run(storm, capture_output=True, text=True, cwd=ROOT, timeout=100)
    assert told.returncode == 0, told.stdout + told.stderr
