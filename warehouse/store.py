"""The DuckDB side of a snapshot: writing it once, and reading it through a connection that can do nothing else."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import QueryError, SnapshotError, UnknownPost
from warehouse.records import Manifest, Post, Rows, StoredPage
from warehouse.tables import COLUMNS, Row, posts_from, rows_of

MAX_SQL = 8_000
"""Characters of a query; longer ones are refused."""

# Order matters: file systems can be disabled only after external access, and the lock must come last.
_HARDENING = (
    "autoinstall_known_extensions=false",
    "autoload_known_extensions=false",
    "allow_community_extensions=false",
    "python_enable_replacements=false",
    "memory_limit='256MB'",
    "threads=2",
    "temp_directory=''",
    "max_expression_depth=250",
    "enable_external_access=false",
    "disabled_filesystems='LocalFileSystem'",  # else COPY could overwrite the snapshot's own file
    "lock_configuration=true",
)
_hardening = threading.Lock()
_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}
_REFUSED_FUNCTIONS = {"current_setting", "getvariable", "getenv", "write_log", "query", "query_table"}
_REFUSED_PREFIXES = ("json_serialize", "json_deserialize", "json_execute")  # they run or plan SQL of their own
_QUERY_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}


_BATCH = 2_000
"""Rows of the fullest table that are held before they are written."""
_POSTS_AT_ONCE = 100
_WRITING = ("memory_limit='256MB'", "threads=2", "temp_directory=''")


class WarehouseWriter:
    """Fills the DuckDB file of a new snapshot, post by post, with few of them in memory."""

    def __init__(self, path: Path) -> None:
        """`path` must not exist yet. Raises SnapshotError, here as in all methods, when it cannot be written."""
        self._pending: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        with _written():
            self._connection = duckdb.connect(str(path))
            for setting in _WRITING:
                self._connection.execute(f"SET {setting}")
            self._connection.execute(files("warehouse").joinpath("schema.sql").read_text(encoding="utf-8"))
            # Neighbours need all posts: these rows reach their table at the end, in the order of their dates.
            self._connection.execute(f"CREATE TEMP TABLE read_posts AS SELECT {COLUMNS['posts']} FROM posts")
            self._connection.execute("BEGIN")

    def add(self, post: Post) -> None:
        """Takes a post in; its slug must be new."""
        for table, rows in rows_of(post).items():
            self._pending[table] += rows
        if max(map(len, self._pending.values())) >= _BATCH:
            self._flush()

    def finish(self, manifest: Manifest) -> None:
        """Writes what is pending and what follows from all posts together, and closes the file."""
        self._flush()
        run = [manifest.id, manifest.site, manifest.created[:19], manifest.posts, manifest.source]
        with _written():
            self._connection.execute(_FROM_ALL_POSTS)
            self._connection.execute("INSERT INTO sync_runs VALUES ($1, $2, $3, $4, $5)", run)
            self._connection.execute("COMMIT")
            self._connection.execute("CHECKPOINT")
        self.close()

    def close(self) -> None:
        """Leaves the file as it is, for the case that it is given up."""
        self._connection.close()

    def _flush(self) -> None:
        with _written():
            for table, rows in self._pending.items():
                if rows:
                    columns = [list(column) for column in zip(*rows, strict=True)]
                    values = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
                    target = "read_posts" if table == "posts" else f"{table} ({COLUMNS[table]})"
                    self._connection.execute(f"INSERT INTO {target} SELECT {values}", columns)
                    rows.clear()


_FROM_ALL_POSTS = f"""
INSERT INTO posts ({COLUMNS["posts"]}, prev_slug, next_slug)
SELECT {", ".join("p." + name for name in COLUMNS["posts"].split(", "))},
  coalesce(older.slug, lag(p.slug) OVER by_date), coalesce(newer.slug, lead(p.slug) OVER by_date)
FROM read_posts p JOIN pages ON pages.slug = p.slug
LEFT JOIN read_posts older ON older.slug = prev_named
LEFT JOIN read_posts newer ON newer.slug = next_named
WINDOW by_date AS (ORDER BY p.published, p.slug) ORDER BY p.published, p.slug;
UPDATE links SET target_slug = NULL WHERE target_slug NOT IN (SELECT slug FROM read_posts);
DROP TABLE read_posts;
"""


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise SnapshotError(
            f"the new snapshot cannot be written ({_first_line(error)}); what was published stays. Free some disk space"
            " or set BOUNDED_HOME to another folder"
        ) from error


class Warehouse:
    """Read-only access to one snapshot's tables; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Raises SnapshotError when the file is missing or damaged."""
        try:
            self._connection = duckdb.connect(str(path), read_only=True)
            with _hardening:
                # DuckDB shares one instance between the connections of a process: a second finds it locked already.
                locked = self._connection.execute("SELECT current_setting('lock_configuration')").fetchone()
                for setting in () if locked and locked[0] else _HARDENING:
                    self._connection.execute(f"SET {setting}")
            self._relations: dict[str, list[str]] = {}
            for table, column in self._connection.execute(
                "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
                " ORDER BY table_name, column_index"
            ).fetchall():
                self._relations.setdefault(table, []).append(column)
        except duckdb.Error as error:
            raise SnapshotError(
                f"the snapshot's database cannot be read ({_first_line(error)}); run `bounded sync`"
            ) from error
        if "posts" not in self._relations:
            raise SnapshotError("the snapshot's database has no posts; run `bounded sync`")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        # A cursor of its own for every call: DuckDB connections are not to be shared between threads.
        try:
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except duckdb.Error as error:
            raise SnapshotError(
                f"the snapshot's database is damaged ({_first_line(error)}); run `bounded sync`"
            ) from error

    def query(self, sql: str, *, max_rows: int, max_chars: int, max_cell: int, seconds: float) -> Rows:
        """The first rows of one SELECT, as JSON scalars, within every limit given.

        Raises QueryError, naming the remedy, when the statement is not a single SELECT over the snapshot's own
        tables, is wrong, or runs longer than `seconds`.
        """
        if len(sql) > MAX_SQL or "\0" in sql:
            raise QueryError(f"the query is longer than {MAX_SQL:,} characters or holds a NUL; send a shorter one")
        with self._cursor() as cursor:
            self._admit(cursor, sql)
            timed_out = threading.Event()

            def interrupt() -> None:
                timed_out.set()
                cursor.interrupt()

            timer = threading.Timer(seconds, interrupt)
            timer.start()
            try:
                cursor.execute(sql)
                columns = [column[0] for column in cursor.description or []]
                fetched = cursor.fetchmany(max_rows + 1)
            except (duckdb.IOException, duckdb.InternalException, duckdb.FatalException):
                raise  # not the query's fault: the file is damaged
            except duckdb.Error as error:
                if timed_out.is_set():
                    raise QueryError(
                        f"the query ran longer than {seconds:g} s and was stopped; filter more rows or join less"
                    ) from error
                raise QueryError(self._explain(error)) from error
            finally:
                timer.cancel()
        return _within_limits(columns, fetched, max_rows, max_chars, max_cell)

    def _admit(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
        """Lets through one SELECT over the snapshot's tables, judged on DuckDB's own syntax tree."""
        try:
            row = cursor.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
        except duckdb.Error as error:
            raise QueryError(self._explain(error)) from error
        tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
        if tree.get("error"):
            if tree.get("error_type") == "parser":
                raise QueryError(f"the SQL does not parse: {tree.get('error_message', '').strip()}")
            raise QueryError("only one SELECT (or WITH ... SELECT) is accepted: the blog's tables are read-only")
        if len(tree["statements"]) != 1:
            raise QueryError("one statement at a time: send a single SELECT")
        ctes = {name.lower() for name in _cte_names(tree)}
        if outside := {name for name in ctes if name.startswith(("pg_", "duckdb_", "sqlite_", "information_schema"))}:
            raise QueryError(f"a WITH query may not be named like a system table ({', '.join(outside)})")
        allowed = {name.lower() for name in self._relations} | ctes
        for node in _nodes(tree):
            self._admit_node(node, allowed)

    def _admit_node(self, node: dict[str, Any], allowed: set[str]) -> None:
        kind = str(node.get("type", ""))
        if kind == "BASE_TABLE":
            name = str(node.get("table_name", ""))
            if (
                name.lower() not in allowed
                or node.get("schema_name") not in ("", "main", None)
                or node.get("catalog_name")
            ):
                raise QueryError(f"there is no table {name!r}; the tables are {', '.join(sorted(self._relations))}")
        elif kind == "TABLE_FUNCTION":
            function = str((node.get("function") or {}).get("function_name", ""))
            if function.lower() not in _TABLE_FUNCTIONS:
                raise QueryError(f"the table function {function!r} is not available; query the blog's tables instead")
        elif kind == "SHOW_REF":
            name = str(node.get("table_name", "")).strip('"')
            if name and name != "tables" and name.lower() not in allowed:
                raise QueryError("only SHOW TABLES and DESCRIBE of the blog's tables are available")
        elif kind.endswith("_NODE") and kind not in _QUERY_NODES:
            raise QueryError("only SELECT is accepted: the blog's tables are read-only")
        function = str(node.get("function_name", "")).lower()
        if function in _REFUSED_FUNCTIONS or function.startswith(_REFUSED_PREFIXES):
            raise QueryError(f"the function {function!r} is not available here")

    def _explain(self, error: duckdb.Error) -> str:
        message = _first_line(error)
        if isinstance(error, duckdb.BinderException) and "column" in message:
            columns = "; ".join(
                f"{name}({', '.join(cols)})" for name, cols in self._relations.items() if name in str(error)
            )
            return f"{message}. Columns: {columns or self.brief_schema()}"
        if isinstance(error, duckdb.CatalogException):
            return f"{message}. The tables are {', '.join(sorted(self._relations))}"
        if isinstance(error, duckdb.OutOfMemoryException):
            return "the query needs more than 256 MB; select fewer columns or filter more rows"
        return message

    def brief_schema(self) -> str:
        """Every table with its columns, one line each."""
        return "; ".join(f"{name}({', '.join(columns)})" for name, columns in sorted(self._relations.items()))

    def slugs(self) -> dict[str, str]:
        """Slug to title, oldest post first."""
        with self._cursor() as cursor:
            return dict(cursor.execute("SELECT slug, title FROM posts ORDER BY published, slug").fetchall())

    def tags(self) -> list[str]:
        """Every topic tag as written."""
        with self._cursor() as cursor:
            return [tag for (tag,) in cursor.execute("SELECT DISTINCT tag FROM topics ORDER BY tag").fetchall()]

    def post(self, slug: str) -> Post:
        """A stored post, with its sections and links.

        Raises UnknownPost when there is none of that slug.
        """
        for post in self.posts([slug]):
            return post
        raise UnknownPost(f"no post is called {slug!r}; find it with search_posts")

    def posts(self, slugs: Iterable[str]) -> Iterator[Post]:
        """Stored posts in the order of `slugs`, a few at a time in memory; unknown slugs are passed over."""
        remaining = iter(slugs)
        while some := list(islice(remaining, _POSTS_AT_ONCE)):
            with self._cursor() as cursor:
                found = list(posts_from(cursor, some))
            yield from found

    def pages(self) -> list[StoredPage]:
        """What the snapshot remembers of the pages it was read from."""
        with self._cursor() as cursor:
            rows = cursor.execute(f"SELECT {COLUMNS['pages']} FROM pages").fetchall()
        return [StoredPage(*row) for row in rows]

    def own_links(self, hosts: Iterable[str]) -> list[str]:
        """Addresses on the given hosts that posts link to and that are no stored post."""
        with self._cursor() as cursor:
            sql = "SELECT DISTINCT href FROM links WHERE target_slug IS NULL AND host IN (SELECT unnest($1))"
            return [href for (href,) in cursor.execute(sql, [list(hosts)]).fetchall()]


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _cte_names(tree: object) -> Iterator[str]:
    for node in _nodes(tree):
        cte_map = node.get("cte_map")
        if isinstance(cte_map, dict):
            yield from (str(entry.get("key", "")) for entry in cte_map.get("map", []))


def _first_line(error: Exception) -> str:
    text = str(error).strip().split("\n")[0]
    return text.rstrip(" !.") or type(error).__name__


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


def _within_limits(
    columns: list[str], fetched: list[tuple[Any, ...]], max_rows: int, max_chars: int, max_cell: int
) -> Rows:
    """Cuts cells, then rows, to their limits and says what was cut."""
    rows: list[list[object]] = []
    notes: list[str] = []
    used, cut_cells = 0, 0
    for record in fetched[:max_rows]:
        row = [_scalar(value) for value in record]
        # A row by itself must fit, too: its cells share the limit.
        widest = min(max_cell, max(20, max_chars // max(1, len(row))))
        for index, value in enumerate(row):
            if isinstance(value, str) and len(value) > widest:
                row[index] = value[:widest] + "…"
                cut_cells += 1
        used += sum(len(str(value)) + 2 for value in row)
        if used > max_chars and rows:
            break
        rows.append(row)
    truncated = len(rows) < len(fetched)
    if truncated:
        notes.append(f"only the first {len(rows)} rows are shown; aggregate, filter, or page with LIMIT and OFFSET")
    if cut_cells:
        notes.append(f"{cut_cells} long values were cut at {widest} characters; fetch_post reads whole texts")
    return Rows(columns, rows, len(rows), truncated, ". ".join(notes))
