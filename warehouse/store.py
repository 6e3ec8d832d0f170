"""The DuckDB side of a snapshot: writing it once, and reading it through a connection that can do nothing else."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import QueryError, SnapshotError, UnknownPost
from warehouse.records import CodeBlock, Counts, Equation, Figure, Footnote, Link, Manifest, Post, Rows, Section

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


def write_warehouse(path: Path, posts: Iterable[Post], manifest: Manifest) -> None:
    """Creates the DuckDB file of a snapshot at `path`, which must not exist yet."""
    connection = duckdb.connect(str(path))
    try:
        connection.execute(files("warehouse").joinpath("schema.sql").read_text(encoding="utf-8"))
        connection.execute("BEGIN")
        for table, rows in _tables(list(posts), manifest).items():
            if rows:
                columns = [list(column) for column in zip(*rows, strict=True)]
                values = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
                connection.execute(f"INSERT INTO {table} SELECT {values}", columns)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _tables(posts: list[Post], manifest: Manifest) -> dict[str, list[tuple[Any, ...]]]:
    known = {post.slug for post in posts}
    return {
        "posts": [_post_row(post, known) for post in posts],
        "tags": [(p.slug, tag) for p in posts for tag in p.tags],
        "sections": [
            (p.slug, s.position, s.level, s.heading, s.anchor, list(s.path), s.words, p.url_of(s), s.text)
            for p in posts
            for s in p.sections
        ],
        "section_markdown": [(p.slug, s.position, s.markdown) for p in posts for s in p.sections],
        "links": [
            (p.slug, k.href, k.target_slug if k.target_slug in known else None, k.host, k.text)
            for p in posts
            for k in p.links
        ],
        "equations": [(p.slug, e.section, e.latex) for p in posts for e in p.equations],
        "code_blocks": [(p.slug, c.section, c.language, c.code) for p in posts for c in p.code_blocks],
        "figures": [(p.slug, f.section, f.src, f.alt, f.caption) for p in posts for f in p.figures],
        "footnotes": [(p.slug, f.label, f.text) for p in posts for f in p.footnotes],
        "sync_runs": [(manifest.id, manifest.site, manifest.created[:19], manifest.posts, manifest.source)],
    }


def _post_row(post: Post, known: set[str]) -> tuple[Any, ...]:
    c = post.counts
    neighbours = [slug if slug in known else None for slug in (post.prev_slug, post.next_slug)]
    counts = (c.words, c.sections, c.equations, c.inline_formulas, c.code_blocks, c.images, c.footnotes)
    head = (post.slug, post.title, post.url, post.author, post.published, post.published.year, post.description)
    fetched = post.fetched_at.astimezone(UTC).replace(tzinfo=None) if post.fetched_at else None
    return (*head, *counts, post.source_kind, *neighbours, post.content_hash, fetched)


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
        with self._cursor() as cursor:
            row = cursor.execute("SELECT * FROM posts WHERE slug = $1", [slug]).fetchone()
            if row is None:
                raise UnknownPost(f"no post is called {slug!r}; find it with search_posts")
            column = dict(zip((d[0] for d in cursor.description or []), row, strict=True))
            tags = cursor.execute("SELECT tag FROM tags WHERE slug = $1", [slug]).fetchall()
            links = cursor.execute("SELECT href, target_slug, host, text FROM links WHERE slug = $1", [slug]).fetchall()
            equations = cursor.execute("SELECT section, latex FROM equations WHERE slug = $1", [slug]).fetchall()
            code = cursor.execute("SELECT section, language, code FROM code_blocks WHERE slug = $1", [slug]).fetchall()
            figures = cursor.execute(
                "SELECT section, src, alt, caption FROM figures WHERE slug = $1", [slug]
            ).fetchall()
            footnotes = cursor.execute("SELECT label, text FROM footnotes WHERE slug = $1", [slug]).fetchall()
            sections = cursor.execute(
                "SELECT s.position, level, heading, anchor, path, word_count, url, text, markdown FROM sections s"
                " JOIN section_markdown m ON m.slug = s.slug AND m.position = s.position"
                " WHERE s.slug = $1 ORDER BY s.position",
                [slug],
            ).fetchall()
        return Post(
            slug=slug,
            title=column["title"],
            url=column["url"],
            author=column["author"],
            published=column["published"],
            description=column["description"],
            source_kind=column["source_kind"],
            tags=tuple(tag for (tag,) in tags),
            prev_slug=column["prev_slug"] or "",
            next_slug=column["next_slug"] or "",
            sections=tuple(_section(row) for row in sections),
            counts=Counts(*(column[name] for name in _COUNT_COLUMNS)),
            links=tuple(Link(href, target or "", host, text) for href, target, host, text in links),
            equations=tuple(Equation(*row) for row in equations),
            code_blocks=tuple(CodeBlock(*row) for row in code),
            figures=tuple(Figure(*row) for row in figures),
            footnotes=tuple(Footnote(*row) for row in footnotes),
            content_hash=column["content_hash"],
            fetched_at=column["fetched_at"] and column["fetched_at"].replace(tzinfo=UTC),
        )


_COUNT_COLUMNS = (
    "word_count",
    "n_sections",
    "n_equations",
    "n_inline_formulas",
    "n_code_blocks",
    "n_images",
    "n_footnotes",
)


def _section(row: tuple[Any, ...]) -> Section:
    position, level, heading, anchor, path, words, url, text, markdown = row
    fragment = url.partition("#")[2] if not anchor else ""
    return Section(position, level, heading, anchor, tuple(path), words, text, markdown, fragment)


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
