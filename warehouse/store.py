"""The DuckDB side of a snapshot: writing it once, and reading it through a connection that can do nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from warehouse.addresses import slug_of
from warehouse.errors import SnapshotError, UnknownPost
from warehouse.records import Column, Manifest, Post, Relation, Rows, StoredPage, Tie
from warehouse.sql.limits import Limits
from warehouse.sql.query import first_line, open_readonly, relations_of, unreadable
from warehouse.sql.sandbox import SHARED, Sandbox
from warehouse.tables import COLUMNS, Row, posts_from, rows_of

_BATCH = 2_000
"""Rows of the fullest table that are held before they are written."""
_BATCH_CHARACTERS = 5_000_000
"""Characters of text that are held before they are written."""
_POSTS_AT_ONCE = 25
_PASSAGES_AT_ONCE = 200
_QUOTE = "'"
_WRITING = ("memory_limit='192MB'", "threads=2")


class WarehouseWriter:
    """Fills the DuckDB file of a new snapshot, post by post, with few of them in memory."""

    def __init__(self, path: Path) -> None:
        """`path` must not exist yet. Raises SnapshotError, here as in all methods, when it cannot be written."""
        self._pending: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self._characters = 0
        self._spilled = path.with_name("spilled")
        with _written():
            self._connection = duckdb.connect(str(path), config={"temp_directory": str(self._spilled)})
            for setting in _WRITING:
                self._connection.execute(f"SET {setting}")
            self._connection.execute(files("warehouse").joinpath("schema.sql").read_text(encoding="utf-8"))
            # Neighbours need all posts: these rows reach their table at the end, in the order of their dates.
            self._connection.execute(f"CREATE TEMP TABLE read_posts AS SELECT {COLUMNS['posts']} FROM posts")

    def add(self, post: Post) -> None:
        """Takes a post in; its slug must be new."""
        for table, rows in rows_of(post).items():
            self._pending[table] += rows
        self._characters += sum(len(section.text) + len(section.markdown) for section in post.sections)
        if self._characters >= _BATCH_CHARACTERS or max(map(len, self._pending.values())) >= _BATCH:
            self._flush()

    def copy(self, stored: Path, slugs: Iterable[str], hosts: Iterable[str]) -> Iterator[Post]:
        """Takes posts over from the database of another snapshot; gives their passages, a few posts in memory.

        A link to one of `hosts` that led to no post then may lead to one now. Raises SnapshotError, too, when the
        other database is damaged.
        """
        wanted = list(slugs)
        with _written("or run `bounded sync --full`, which needs no stored post"):
            self._connection.execute(f"ATTACH '{str(stored).replace(_QUOTE, 2 * _QUOTE)}' AS stored (READ_ONLY)")
            self._connection.execute("CREATE TEMP TABLE copied AS SELECT unnest($1) AS slug", [wanted])
            hrefs = [
                href
                for (href,) in self._connection.execute(_OWN_LINKS.format("stored.links"), [list(hosts)]).fetchall()
            ]
            targets = "CREATE TEMP TABLE targets AS SELECT unnest($1::VARCHAR[]) AS href, unnest($2::VARCHAR[]) AS post"
            self._connection.execute(targets, [hrefs, [slug_of(href) or None for href in hrefs]])
            for table in COLUMNS:
                self._connection.execute(_copying(table))
            with self._connection.cursor() as cursor:
                cursor.execute("USE stored")
                remaining = iter(wanted)
                while some := list(islice(remaining, _PASSAGES_AT_ONCE)):
                    yield from posts_from(cursor, some, passages_only=True)
            self._connection.execute("DETACH stored")

    def finish(self, manifest: Manifest) -> None:
        """Writes what is pending and what follows from all posts together, and closes the file."""
        self._flush()
        run = [manifest.id, manifest.site, manifest.created[:19], manifest.posts, manifest.source]
        with _written():
            self._connection.execute(_FROM_ALL_POSTS)
            self._connection.execute("INSERT INTO sync_runs VALUES ($1, $2, $3, $4, $5)", run)
            self._connection.execute("CHECKPOINT")
        self.close()

    def close(self) -> None:
        """Leaves the file as it is, for the case that it is given up."""
        self._connection.close()
        shutil.rmtree(self._spilled, ignore_errors=True)

    def _flush(self) -> None:
        with _written():
            # A transaction for each batch: one for all of them would be held in memory.
            self._connection.execute("BEGIN")
            for table, rows in self._pending.items():
                if rows:
                    columns = [list(column) for column in zip(*rows, strict=True)]
                    values = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
                    target = "read_posts" if table == "posts" else f"{table} ({COLUMNS[table]})"
                    self._connection.execute(f"INSERT INTO {target} SELECT {values}", columns)
                    rows.clear()
            self._connection.execute("COMMIT")
        self._characters = 0


_OWN_LINKS = "SELECT DISTINCT href FROM {} WHERE target_slug IS NULL AND host IN (SELECT unnest($1))"


def _copying(table: str) -> str:
    """Copies rows of `copied` posts as they stand; what follows from all posts together is as their pages gave it."""
    columns, source = COLUMNS[table], f"stored.{table}"
    if table == "links":
        columns = columns.replace("target_slug", "coalesce(target_slug, post)")
        source += " LEFT JOIN targets USING (href)"
    target = "read_posts" if table == "posts" else f"{table} ({COLUMNS[table]})"
    order = "published, slug" if table == "posts" else "stored." + table + ".rowid"
    return f"INSERT INTO {target} SELECT {columns} FROM {source} WHERE slug IN (FROM copied) ORDER BY {order}"


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
def _written(remedy: str = "or set BOUNDED_HOME to another folder") -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise SnapshotError(
            f"the new snapshot cannot be written ({first_line(error)}); what was published stays. Free some disk space"
            f" {remedy}"
        ) from error


class Warehouse:
    """Read-only access to one snapshot's tables; safe to share between threads."""

    def __init__(self, path: Path, sandbox: Sandbox = SHARED) -> None:
        """Raises SnapshotError when the file is missing or damaged."""
        self._path, self._sandbox = path, sandbox
        try:
            self._connection = open_readonly(path)
            self._relations = relations_of(self._connection)
        except duckdb.Error as error:
            raise SnapshotError(
                f"the snapshot's database cannot be read ({first_line(error)}); run `bounded sync`"
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
            raise unreadable(error) from error

    def query(self, sql: str, limits: Limits) -> Rows:
        """The first rows of one untrusted SELECT, as JSON scalars, within every limit; run in a process of its own.

        Raises QueryError, naming the remedy, when the statement is not a single SELECT over the snapshot's own
        tables, is wrong, or passes a limit.
        """
        return self._sandbox.run(self._path, sql, limits)

    def facts(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a SELECT that is part of this program, never of anyone's input: no gate, no limits."""
        with self._cursor() as cursor:
            return cursor.execute(sql).fetchall()

    @property
    def columns(self) -> dict[str, list[str]]:
        """Tables and views with their columns, in order."""
        return self._relations

    def schema(self) -> list[Relation]:
        """Every table and view with what it and its columns mean and a few values, tables first."""
        relations = []
        with self._cursor() as cursor:
            meanings = dict(cursor.execute(_RELATION_MEANINGS).fetchall())
            columns = cursor.execute(_COLUMN_MEANINGS).fetchall()
            own = {(table, name): meaning for table, name, _, meaning in columns if meaning}
            # A view's columns mean what the columns of that name mean in the tables.
            common = {name: meaning for table, name, _, meaning in reversed(columns) if meaning}
            for table in meanings:
                described = [
                    Column(name, kind, own.get((table, name)) or common.get(name, ""), _examples(cursor, table, name))
                    for relation, name, kind, _ in columns
                    if relation == table
                ]
                relations.append(Relation(table, meanings[table] or "", described))
        return relations

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

    def ties(self, slug: str) -> list[Tie]:
        """The posts that are linked from or to a post or share a topic with it, oldest first."""
        with self._cursor() as cursor:
            return [Tie(*row) for row in cursor.execute(_TIES, [slug]).fetchall()]

    def pages(self) -> list[StoredPage]:
        """What the snapshot remembers of the pages it was read from."""
        with self._cursor() as cursor:
            rows = cursor.execute(f"SELECT {COLUMNS['pages']} FROM pages").fetchall()
        return [StoredPage(*row) for row in rows]

    def own_links(self, hosts: Iterable[str]) -> list[str]:
        """Addresses on the given hosts that posts link to and that are no stored post."""
        with self._cursor() as cursor:
            return [href for (href,) in cursor.execute(_OWN_LINKS.format("links"), [list(hosts)]).fetchall()]


_TIES = """
WITH used AS (SELECT tag, count(*) AS posts FROM topics GROUP BY tag),
shared AS (
  SELECT other.slug, sum(ln((SELECT count(*) + 1.0 FROM posts) / used.posts)) AS weight
  FROM topics mine JOIN used USING (tag) JOIN topics other USING (tag) WHERE mine.slug = $1 GROUP BY other.slug
),
linked AS (
  SELECT other_slug AS slug, bool_or(direction = 'links to') AS cited, count(*) AS links
  FROM post_connections WHERE slug = $1 GROUP BY other_slug
)
SELECT posts.slug, coalesce(cited, false) AND published < (SELECT published FROM posts WHERE slug = $1),
  coalesce(links, 0), coalesce(weight, 0)
FROM posts LEFT JOIN shared USING (slug) LEFT JOIN linked USING (slug)
WHERE posts.slug <> $1 AND (links > 0 OR weight > 0) ORDER BY published, posts.slug
"""
_RELATION_MEANINGS = """
SELECT table_name, comment FROM duckdb_tables()
UNION ALL SELECT view_name, comment FROM duckdb_views() WHERE NOT internal
ORDER BY table_name <> 'posts', table_name
"""
_COLUMN_MEANINGS = """
SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal
ORDER BY table_name = 'posts' DESC, table_name, column_index
"""
_EXAMPLES = 3
_EXAMPLE_CHARS = 40


def _examples(cursor: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """A few short values of a column; names come from the database's own schema."""
    found = cursor.execute(
        f'SELECT DISTINCT "{column}"::VARCHAR AS value FROM "{table}" WHERE value <> \'\' AND length(value) <= $1'
        " AND NOT contains(value, chr(10)) ORDER BY value DESC LIMIT $2",
        [_EXAMPLE_CHARS, _EXAMPLES],
    ).fetchall()
    return [value for (value,) in found]
