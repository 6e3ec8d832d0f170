"""SQL over a snapshot: any honest question is answered within its limits, and no statement can do anything else."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
from warehouse.sql.limits import MAX_SQL, Limits
from warehouse.store import Warehouse

WIDE: dict[str, Any] = {"max_rows": 100, "max_chars": 100_000, "max_cell": 10_000, "seconds": 5.0}


@pytest.fixture(scope="module")
def warehouse(synced: BlogTools) -> Warehouse:
    return synced.snapshots.current().warehouse


def ask(warehouse: Warehouse, sql: str, **limits: Any) -> Rows:
    return warehouse.query(sql, Limits(**(WIDE | limits)))


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
        ("SELECT title FROM posts WHERE title SIMILAR TO '.*Walks'", [["Hamiltonian Walks"]]),
        ("SELECT max(published) - min(published) FROM posts", [[2244]]),
        ("SELECT dayname(published), count(*) FROM posts GROUP BY 1 ORDER BY 1", [["Sunday", 2], ["Thursday", 1]]),
        ("SELECT year(published) FROM posts WHERE month(published) = 2", [[2019]]),
        ("SELECT date_trunc('month', published)::DATE FROM posts WHERE slug = 'kelly-bets'", [["2019-02-01"]]),
        ("SELECT DATE '2020-02-28' + INTERVAL 2 DAY = DATE '2020-03-01'", [[True]]),
        ("SELECT string_agg(tag, '; ' ORDER BY tag) FROM topics WHERE slug = 'kelly-bets'", [["betting; probability"]]),
        ("SELECT tag, count(*) FROM topics GROUP BY tag HAVING count(*) > 1", [["probability", 3]]),
        ("SELECT arg_max(title, published), mode(year > 2016) FROM posts", [["Hamiltonian Walks", True]]),
        ("SELECT year, lag(year) OVER (ORDER BY published) FROM posts", [[2015, None], [2019, 2015], [2021, 2019]]),
        ("SELECT sum(n_equations) OVER (ORDER BY published ROWS UNBOUNDED PRECEDING) FROM posts", [[2], [3], [3]]),
        ("SELECT rank() OVER w, ntile(3) OVER w FROM posts WINDOW w AS (ORDER BY published)", [[1, 1], [2, 2], [3, 3]]),
        ("SELECT slug FROM posts ANTI JOIN post_links USING (slug)", [["coin-flips"]]),
        ("SELECT slug FROM posts SEMI JOIN post_links USING (slug) ORDER BY slug LIMIT 1", [["hamiltonian-walks"]]),
        ("SELECT slug FROM posts EXCEPT SELECT slug FROM post_links", [["coin-flips"]]),
        (
            "SELECT tag FROM topics WHERE slug = 'coin-flips'"
            " INTERSECT SELECT tag FROM topics WHERE slug = 'kelly-bets'",
            [["probability"]],
        ),
        ("SELECT * FROM (SELECT year, n_images FROM posts) PIVOT (sum(n_images) FOR year IN (2019, 2021))", [[0, 1]]),
        (
            "PIVOT topics ON tag IN ('MCMC', 'betting') USING count(*) GROUP BY slug ORDER BY slug",
            [["coin-flips", 0, 0], ["hamiltonian-walks", 1, 0], ["kelly-bets", 0, 1]],
        ),
        (
            "UNPIVOT (SELECT slug, n_equations, n_images FROM posts WHERE year = 2021) ON n_equations, n_images",
            [["hamiltonian-walks", "n_equations", 0], ["hamiltonian-walks", "n_images", 1]],
        ),
        ("SELECT column_name FROM (SUMMARIZE posts) WHERE column_name = 'year'", [["year"]]),
        ("SELECT list_transform([1, 2], lambda x: x + 1)", [["[2, 3]"]]),
        ("SELECT [x * 2 FOR x IN [1, 2] IF x > 1]", [["[4]"]]),
        ("SELECT list_sort(list_distinct(list(year)))[1] FROM posts", [[2015]]),
        ("SELECT {'a': 1}.a, map {'k': 2}['k'], json_extract_string('{\"a\": \"b\"}', '$.a')", [[1, 2, "b"]]),
        ("SELECT count(*) FROM posts p, LATERAL (SELECT 1 FROM topics t WHERE t.slug = p.slug)", [[7]]),
        ("SELECT levenshtein('kely', 'kelly'), round(jaro_winkler_similarity('kelly', 'kelly'), 1)", [[1, 1.0]]),
        ("SELECT COLUMNS('^n_eq') FROM posts WHERE slug = 'coin-flips'", [[2]]),
        ("SELECT * EXCLUDE (slug) FROM topics WHERE tag = 'betting'", [["betting"]]),
        (
            "SELECT CASE WHEN year < 2018 THEN 'old' ELSE 'new' END AS age, count(*) FROM posts"
            " GROUP BY age ORDER BY age",
            [["new", 2], ["old", 1]],
        ),
        ("SELECT coalesce(target_slug, '-') FROM links WHERE host = 'arxiv.org'", [["-"]]),
        ("SELECT split_part(slug, '-', 1), upper(left(title, 1)) FROM posts WHERE year = 2019", [["kelly", "K"]]),
        ("SELECT regexp_replace(title, '[^A-Za-z ]', '', 'g') FROM posts WHERE year = 2019", [["Kelly Bets  Coins"]]),
        ("SELECT count(*) FROM posts TABLESAMPLE 100%", [[3]]),
        ("VALUES (1), (2)", [[1], [2]]),
        ("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT x FROM b", [[2]]),
        ("WITH posts AS (SELECT 5 AS n) SELECT n FROM posts", [[5]]),
        ("SELECT days_since_prev, next_slug FROM neighbours WHERE slug = 'kelly-bets'", [[1190, "hamiltonian-walks"]]),
        (
            "SELECT other_slug, direction FROM post_connections WHERE slug = 'kelly-bets' ORDER BY direction",
            [["hamiltonian-walks", "is linked by"], ["hamiltonian-walks", "links to"]],
        ),
        ("SELECT year, posts, equations FROM years", [[2015, 1, 2], [2019, 1, 1], [2021, 1, 0]]),
        ("SELECT heading FROM top_sections WHERE slug = 'hamiltonian-walks'", [["Motivation"], ["Results"]]),
        ("SELECT host, posts FROM reference_hosts", [["arxiv.org", 1]]),
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


@pytest.mark.parametrize(
    ("sql", "hinted"),
    [
        ("PIVOT topics ON tag USING count(*)", True),
        ("SELECT 'é', * FROM (pivot(FROM topics) ON tag USING count(*))", True),
        ("DELETE FROM posts", False),
        ("UPDATE posts SET title = 'a PIVOT' -- PIVOT", False),
    ],
)
def test_only_a_pivot_is_told_how_to_pivot(warehouse: Warehouse, sql: str, hinted: bool) -> None:
    with pytest.raises(QueryError, match="read-only") as refused:
        ask(warehouse, sql)
    assert ("ON year IN" in str(refused.value)) == hinted


def test_the_longest_query_is_accepted_and_a_longer_one_refused(warehouse: Warehouse) -> None:
    sql = "SELECT 1" + " " * (MAX_SQL - 8)
    assert ask(warehouse, sql).rows == [[1]]
    with pytest.raises(QueryError, match="8,000 characters"):
        ask(warehouse, sql + " ")


# The schema


def test_the_schema_says_what_every_column_means_and_holds(synced: BlogTools) -> None:
    relations = synced.snapshots.current().warehouse.schema()
    assert relations[0].name == "posts"
    undescribed = [relation.name for relation in relations if not relation.meaning]
    assert undescribed == []
    published = next(column for column in relations[0].columns if column.name == "published")
    assert published.type == "DATE" and "2021-12-23" in published.examples and "UTC" in published.meaning
    text = synced.schema()
    assert all(f"## {relation.name}\n" in text for relation in relations)
    assert "days_until_next" in text and "Damerau" not in text


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
