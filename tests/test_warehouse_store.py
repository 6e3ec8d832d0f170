"""SQL over a snapshot: any honest question is answered within its limits, and no statement can do anything else."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import serving
from tiny_blog import NEW, NOTEBOOK, OLD, TinyBlog

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.errors import QueryError
from warehouse.records import Rows
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots
from warehouse.store import MAX_SQL, Warehouse

WIDE = {"max_rows": 100, "max_chars": 100_000, "max_cell": 10_000, "seconds": 5.0}


@pytest.fixture(scope="module")
def warehouse(synced: BlogTools) -> Warehouse:
    return synced.snapshots.current().warehouse


def ask(warehouse: Warehouse, sql: str, **limits: Any) -> Rows:
    return warehouse.query(sql, **(WIDE | limits))


def value(warehouse: Warehouse, expression: str) -> object:
    ((found,),) = ask(warehouse, f"SELECT {expression}").rows
    return found


# Limits


@pytest.mark.parametrize(("there", "given", "cut"), [(4, 4, False), (5, 5, False), (6, 5, True)])
def test_rows_beyond_the_limit_are_cut_and_said(warehouse: Warehouse, there: int, given: int, cut: bool) -> None:
    rows = ask(warehouse, f"SELECT * FROM range({there})", max_rows=5)
    assert rows.rows == [[number] for number in range(given)]
    assert (rows.row_count, rows.truncated) == (given, cut)
    assert ("first 5 rows" in rows.note) == cut and ("OFFSET" in rows.note) == cut


@pytest.mark.parametrize(("length", "cut"), [(9, False), (10, False), (11, True)])
def test_long_cells_are_cut_and_said(warehouse: Warehouse, length: int, cut: bool) -> None:
    rows = ask(warehouse, f"SELECT repeat('é', {length}) AS cell, 'short' AS other", max_cell=10)
    assert rows.rows == [["é" * min(length, 10) + ("…" if cut else ""), "short"]]
    assert ("1 long values were cut at 10 characters" in rows.note) == cut
    assert not rows.truncated


def test_a_list_is_cut_like_a_text(warehouse: Warehouse) -> None:
    ((cell,),) = ask(warehouse, "SELECT range(1000)", max_cell=10).rows
    assert cell == "[0, 1, 2, …"


def test_all_characters_together_are_limited(warehouse: Warehouse) -> None:
    rows = ask(warehouse, "SELECT repeat('x', 100) AS cell FROM range(50)", max_chars=1_000)
    assert rows.truncated and "rows are shown" in rows.note
    assert 1 < rows.row_count == len(rows.rows)
    assert sum(len(str(cell)) for row in rows.rows for cell in row) <= 1_000


def test_a_first_row_too_long_is_still_given(warehouse: Warehouse) -> None:
    rows = ask(warehouse, "SELECT repeat('x', 300) AS cell FROM range(2)", max_chars=200, max_cell=400)
    assert rows.row_count == 1 and rows.truncated


def test_a_single_wide_row_cannot_flood_the_reader(warehouse: Warehouse) -> None:
    columns = ", ".join(["repeat('x', 2000)"] * 300)
    rows = ask(warehouse, f"SELECT {columns}", max_chars=14_000, max_cell=2_000)
    # Twice the limit leaves room for marks where something was cut.
    assert sum(len(str(cell)) for row in rows.rows for cell in row) <= 2 * 14_000


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3",
    ],
    ids=["recursion", "cross join"],
)
def test_a_slow_query_is_stopped_and_the_next_one_works(warehouse: Warehouse, sql: str) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match=r"longer than 0\.2 s and was stopped"):
        ask(warehouse, sql, seconds=0.2)
    assert time.monotonic() - began < 5
    assert ask(warehouse, "SELECT count(*) FROM posts").rows == [[3]]


def test_stopping_one_query_leaves_the_others_alone(warehouse: Warehouse) -> None:
    slow = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3"
    with ThreadPoolExecutor(2) as pool:
        stopped = pool.submit(ask, warehouse, slow, seconds=0.3)
        answered = 0
        while not stopped.done():
            assert ask(warehouse, "SELECT count(*) FROM posts").rows == [[3]]
            answered += 1
    assert answered and isinstance(stopped.exception(), QueryError)


def test_a_query_that_needs_too_much_memory_says_so(warehouse: Warehouse) -> None:
    sql = "SELECT count(DISTINCT a) FROM (SELECT range::VARCHAR || repeat('x', 100) AS a FROM range(3000000))"
    with pytest.raises(QueryError, match="256 MB"):
        ask(warehouse, sql)


def test_threads_share_a_warehouse(warehouse: Warehouse) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda n: ask(warehouse, f"SELECT {n}, count(*) FROM sections").rows[0][0], range(100))
        assert list(found) == list(range(100))


# Values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("NULL", None),
        ("true", True),
        ("42", 42),
        ("9223372036854775807", 2**63 - 1),
        ("0.5::DOUBLE", 0.5),
        ("1.25::DECIMAL(4, 2)", 1.25),
        ("'nan'::DOUBLE", None),
        ("'-inf'::DOUBLE", None),
        ("'é'", "é"),
        ("DATE '2020-02-29'", "2020-02-29"),
        ("TIMESTAMP '2020-02-29 01:02:03'", "2020-02-29T01:02:03"),
        ("(SELECT published FROM posts WHERE slug = 'hamiltonian-walks')", "2021-12-23"),
        ("(SELECT path FROM sections WHERE anchor = 'leapfrog')", '["Motivation", "Leapfrog Steps"]'),
        ("['é', NULL]", '["é", null]'),
        ("{'a': [1, 2]}", '{"a": [1, 2]}'),
        ("[DATE '2020-02-29']", '["2020-02-29"]'),
    ],
)
def test_values_are_json_scalars(warehouse: Warehouse, expression: str, expected: object) -> None:
    found = value(warehouse, expression)
    assert found == expected and type(found) is type(expected)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@pytest.mark.parametrize("expression", ["['nan'::DOUBLE, 1]", "{'a': 'inf'::DOUBLE}", "[['-inf'::DOUBLE]]"])
def test_a_list_is_valid_json_whatever_it_holds(warehouse: Warehouse, expression: str) -> None:
    found = value(warehouse, expression)
    assert isinstance(found, str)
    json.loads(found, parse_constant=_no_constant)


@pytest.mark.parametrize("expression", ["INTERVAL 1 DAY", "TIME '01:02:03'", "uuid()", "'x'::BLOB", "2::HUGEINT ** 90"])
def test_every_other_type_can_be_sent_as_json(warehouse: Warehouse, expression: str) -> None:
    assert isinstance(value(warehouse, expression), str | int | float)


# Attacks


@dataclass(frozen=True)
class Fort:
    """A warehouse file of its own beside a secret; nothing of this folder may be read, changed or added to."""

    warehouse: Warehouse
    folder: Path

    def state(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def aimed(self, sql: str) -> str:
        for name, file in {"SECRET": "secret.csv", "NEW": "new.csv", "DB": "warehouse.duckdb"}.items():
            sql = sql.replace(f"<{name}>", (self.folder / file).as_posix())
        return sql


@pytest.fixture(scope="module")
def fort(synced: BlogTools, tmp_path_factory: pytest.TempPathFactory) -> Fort:
    folder = tmp_path_factory.mktemp("fort")
    shutil.copy(synced.snapshots.current().folder / "warehouse.duckdb", folder)
    (folder / "secret.csv").write_text("word\nxyzzy\n", encoding="utf-8")
    return Fort(Warehouse(folder / "warehouse.duckdb"), folder)


ATTACKS = [
    # files and the network
    "COPY posts TO '<NEW>'",
    "COPY (SELECT 'x') TO '<DB>' (FORMAT csv, HEADER false, USE_TMP_FILE false)",
    "COPY tags FROM '<SECRET>'",
    "EXPORT DATABASE '<NEW>'",
    "IMPORT DATABASE '<NEW>'",
    "ATTACH '<NEW>'",
    "ATTACH ':memory:' AS other",
    "SELECT * FROM read_csv('<SECRET>')",
    "SELECT * FROM read_csv_auto('<SECRET>')",
    "SELECT * FROM read_text('<SECRET>')",
    "SELECT * FROM read_blob('<SECRET>')",
    "SELECT * FROM sniff_csv('<SECRET>')",
    "SELECT * FROM glob('<SECRET>')",
    "SELECT * FROM '<SECRET>'",
    'SELECT * FROM "<SECRET>"',
    "DESCRIBE '<SECRET>'",
    "SELECT (SELECT content FROM read_text('<SECRET>'))",
    "SELECT count(*) FROM posts WHERE slug IN (SELECT word FROM '<SECRET>')",
    "WITH x AS (SELECT * FROM read_text('<SECRET>')) SELECT * FROM x",
    "SELECT 1 UNION ALL SELECT size FROM read_blob('<SECRET>')",
    "SELECT * FROM 'https://evil.example/x.csv'",
    # extensions and configuration
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "SET VARIABLE x = 1",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "CALL enable_logging()",
    "SELECT * FROM enable_logging()",
    "SELECT write_log('x')",
    "CREATE SECRET (TYPE s3)",
    # changes
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE posts AS SELECT 1",
    "CREATE MACRO lower(x) AS 'x'",
    "INSERT INTO tags VALUES ('x', 'x')",
    "UPDATE posts SET title = 'x'",
    "DELETE FROM posts",
    "DROP TABLE posts",
    "ALTER TABLE posts ADD COLUMN x INTEGER",
    "MERGE INTO tags USING tags AS t ON false WHEN NOT MATCHED THEN INSERT VALUES ('x', 'x')",
    "WITH x AS (INSERT INTO tags VALUES ('x', 'x') RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM posts RETURNING *) SELECT * FROM x",
    "CHECKPOINT",
    "BEGIN",
    "SELECT 1; DROP TABLE posts",
    "SELECT 1; SELECT 2",
    "EXPLAIN ANALYZE DELETE FROM posts",
    # what the machine is like
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pg_catalog.pg_settings",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM system.main.duckdb_databases",
    "DESCRIBE duckdb_settings",
    "SHOW DATABASES",
    "SHOW ALL TABLES",
    "FROM query('SELECT 1')",
    "FROM query_table('duckdb_settings')",
    "WITH pg_settings AS (SELECT 1) SELECT * FROM pg_settings",
    "SELECT * FROM (WITH pg_settings AS (SELECT 1) SELECT 1) AS x, pg_settings",
    "SELECT current_setting('temp_directory')",
    "SELECT \"CURRENT_SETTING\"('temp_directory')",
    "SELECT 'temp_directory'.current_setting()",
    "SELECT slug FROM posts ORDER BY current_setting('threads')",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT json_serialize_plan('SELECT current_setting(''secret_directory'')', optimize := true)",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM duckdb_settings()'))",
]


@pytest.mark.parametrize("sql", ATTACKS)
def test_an_attack_is_refused_and_changes_nothing(
    fort: Fort, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sql: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = fort.state()
    with pytest.raises(QueryError) as caught:
        ask(fort.warehouse, fort.aimed(sql))
    assert "xyzzy" not in str(caught.value) and "\n" not in str(caught.value)
    assert fort.state() == before and not list(tmp_path.iterdir())
    assert ask(fort.warehouse, "SELECT count(*) FROM posts").rows == [[3]]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 'x') TO '<DB>' (FORMAT csv, HEADER false, USE_TMP_FILE false)",
        "COPY posts TO '<NEW>'",
        "SELECT * FROM read_text('<SECRET>')",
        "SELECT * FROM '<SECRET>'",
        "ATTACH '<NEW>'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "DELETE FROM posts",
        "DROP TABLE posts",
    ],
)
def test_the_connection_itself_is_locked_behind_the_gate(fort: Fort, sql: str) -> None:
    before = fort.state()
    with fort.warehouse._cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(fort.aimed(sql)).fetchall()
    assert fort.state() == before


# Honest questions


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT title FROM posts ORDER BY published DESC LIMIT 1;", [["Hamiltonian Walks"]]),
        ("FROM posts SELECT count(*)", [[3]]),
        ("WITH old AS (SELECT * FROM posts WHERE year < 2020) SELECT count(*) FROM old", [[2]]),
        ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT sum(n) FROM r", [[6]]),
        (
            "SELECT slug, row_number() OVER (ORDER BY published) AS nth FROM posts ORDER BY nth",
            [["coin-flips", 1], ["kelly-bets", 2], ["hamiltonian-walks", 3]],
        ),
        (
            "SELECT tag, slug FROM topics WHERE tag = 'probability' QUALIFY row_number() OVER (ORDER BY slug DESC) = 1",
            [["probability", "kelly-bets"]],
        ),
        (
            "SELECT slug FROM posts WHERE year = 2015 UNION SELECT slug FROM tags WHERE lower(tag) = 'mcmc' ORDER BY 1",
            [["coin-flips"], ["hamiltonian-walks"]],
        ),
        (
            "SELECT slug FROM posts p WHERE NOT EXISTS (SELECT 1 FROM post_links k WHERE k.slug = p.slug)",
            [["coin-flips"]],
        ),
        (
            "SELECT slug FROM posts p WHERE (SELECT count(*) FROM topics t WHERE t.slug = p.slug) = 3",
            [["hamiltonian-walks"]],
        ),
        (r"SELECT regexp_extract(title, '^(\w+)', 1) FROM posts WHERE title ILIKE '%walks%'", [["Hamiltonian"]]),
        (
            "SELECT strftime(published, '%Y-%m'), date_diff('day', published, DATE '2021-12-31') FROM posts"
            " WHERE published BETWEEN '2021-01-01' AND '2021-12-31'",
            [["2021-12", 8]],
        ),
        (
            "SELECT unnest(path) FROM sections WHERE slug = 'hamiltonian-walks' AND anchor = 'leapfrog'",
            [["Motivation"], ["Leapfrog Steps"]],
        ),
        ("SELECT year, count(*) FROM posts GROUP BY ALL ORDER BY ALL", [[2015, 1], [2019, 1], [2021, 1]]),
        ("SELECT count(*) FILTER (WHERE year > 2016) FROM posts", [[2]]),
        ("SELECT list(slug ORDER BY slug) FROM tags WHERE tag = 'mathjax'", [['["hamiltonian-walks", "kelly-bets"]']]),
        ("SELECT DISTINCT host FROM main.links WHERE host LIKE '%.org'", [["arxiv.org"]]),
        ("SELECT latex LIKE '%log(1 + bf)%' FROM equations WHERE slug = 'kelly-bets'", [[True]]),
        ("SELECT 'DROP TABLE posts; --' AS text", [["DROP TABLE posts; --"]]),
    ],
)
def test_an_honest_question_is_answered(warehouse: Warehouse, sql: str, expected: list[list[object]]) -> None:
    assert ask(warehouse, sql).rows == expected


def test_the_tables_can_be_listed_and_described(warehouse: Warehouse) -> None:
    tables = {row[0] for row in ask(warehouse, "SHOW TABLES").rows}
    assert {"posts", "tags", "topics", "sections", "links", "post_links", "equations", "code_blocks"} <= tables
    described = ask(warehouse, "DESCRIBE posts")
    assert ["published", "DATE"] in [row[:2] for row in described.rows]


# Mistakes


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT words FROM posts", ["words", "word_count", "n_sections"]),
        ("SELECT p.words FROM posts p JOIN topics t USING (slug)", ["words", "word_count", "tag"]),
        ("SELECT word_count FROM topics", ["word_count", "topics(slug, tag)"]),
        ("SELECT * FROM articles", ["articles", "posts", "sections", "topics"]),
        ("SELECT * FROM posts JOIN authors USING (slug)", ["authors", "posts", "tags"]),
        ("SELECT no_such_function(slug) FROM posts", ["no_such_function"]),
        ("SELECT 'a'::INTEGER", ["'a'"]),
        ("SELEC slug FROM posts", ["does not parse", "SELEC"]),
        ("SELECT '\ud800'", ["UTF-8"]),
        ("", ["SELECT"]),
        ("-- nothing", ["SELECT"]),
        ("SELECT 1\0", ["NUL"]),
        ("SELECT " + "(" * 3_000 + "1" + ")" * 3_000, ["depth"]),
    ],
)
def test_a_mistake_is_explained(warehouse: Warehouse, sql: str, told: list[str]) -> None:
    with pytest.raises(QueryError) as caught:
        ask(warehouse, sql)
    assert [word for word in told if word not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


def test_the_longest_query_is_accepted_and_a_longer_one_refused(warehouse: Warehouse) -> None:
    sql = "SELECT 1" + " " * (MAX_SQL - 8)
    assert ask(warehouse, sql).rows == [[1]]
    with pytest.raises(QueryError, match="8,000 characters"):
        ask(warehouse, sql + " ")


# The schema


def test_every_table_and_column_has_a_comment() -> None:
    with duckdb.connect() as connection:
        connection.execute(files("warehouse").joinpath("schema.sql").read_text(encoding="utf-8"))
        relations = connection.execute(
            "SELECT table_name, comment FROM duckdb_tables() UNION ALL"
            " SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        columns = connection.execute(
            "SELECT table_name || '.' || column_name, comment FROM duckdb_columns()"
            " WHERE table_name IN (SELECT table_name FROM duckdb_tables())"
        ).fetchall()
    assert {"posts", "tags", "sections", "links", "topics", "post_links"} <= {name for name, _ in relations}
    assert {"posts.published", "sections.anchor", "equations.latex"} <= {name for name, _ in columns}
    assert [name for name, comment in [*relations, *columns] if not comment] == []


def test_topics_leave_out_the_rendering_tag(warehouse: Warehouse) -> None:
    written = {(post.slug, tag) for post in (NOTEBOOK, OLD, NEW) for tag in post.tags}
    assert {(slug, tag) for slug, tag in ask(warehouse, "SELECT slug, tag FROM tags").rows} == written
    topics = {(slug, tag) for slug, tag in ask(warehouse, "SELECT slug, tag FROM topics").rows}
    assert topics == {(slug, tag) for slug, tag in written if tag != "mathjax"} < written
    assert warehouse.tags() == sorted({tag for _, tag in written} - {"mathjax"})


def test_links_between_posts_are_distinct_and_never_to_the_post_itself(tmp_path: Path) -> None:
    more = '<p><a href="../hamiltonian-walks/#results">again</a> <a href="../kelly-bets/">here</a></p>'
    blog = TinyBlog(posts=[NOTEBOOK, replace(OLD, body=OLD.body + more), NEW])
    with serving(blog.pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path, site=served.url))
        sync(snapshots)
    stored = snapshots.current().warehouse
    every = "SELECT target_slug FROM links WHERE slug = 'kelly-bets' AND target_slug IS NOT NULL ORDER BY ALL"
    assert ask(stored, every).rows == [["hamiltonian-walks"], ["hamiltonian-walks"], ["kelly-bets"]]
    assert ask(stored, "SELECT slug, target_slug FROM post_links ORDER BY ALL").rows == [
        ["hamiltonian-walks", "kelly-bets"],
        ["kelly-bets", "hamiltonian-walks"],
    ]
