"""Any text at all as a query: rows or an anticipated error, never a crash and never a write."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.blog import BlogTools
from warehouse.errors import BlogError
from warehouse.records import Rows
from warehouse.sql.limits import Limits

LIMITS = Limits(max_rows=5, max_chars=1_000, max_cell=100, seconds=0.5)
SEEDS = [
    "SELECT slug, title FROM posts WHERE year = 2015 ORDER BY published DESC LIMIT 3",
    "WITH t AS (SELECT tag, count(*) AS n FROM topics GROUP BY tag) SELECT * FROM t WHERE n > 1",
    "SELECT list_transform([1, 2], lambda x: x + 1), {'a': 1}.a, CASE WHEN true THEN 'x' END FROM range(3)",
    "SELECT row_number() OVER (PARTITION BY year ORDER BY published) FROM posts QUALIFY 1 = 1",
    "COPY (SELECT 1) TO 'x.csv'",
    "SELECT * FROM read_text('/etc/passwd')",
    "PIVOT topics ON tag IN ('MCMC') USING count(*)",
    "DESCRIBE posts",
    "INSERT INTO tags VALUES ('a', 'b')",
]
WORDS = st.sampled_from(
    "SELECT FROM WHERE WITH AS ( ) , ; * ' \" -- /* */ posts tags read_text COPY TO SET ATTACH UNION ALL JOIN ON NULL"
    " 1 -1 1e999 :: [ ] { } $1 ? @ % LIMIT OVER LATERAL unnest range query TABLE DROP \x00 \n é 𝕊 \u202e".split(" ")
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A seed with words replaced, doubled, swapped, dropped or put in."""
    words = draw(st.sampled_from(SEEDS)).split(" ")
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(words) - 1))
        words[at : at + draw(st.integers(0, 2))] = draw(st.lists(WORDS | st.sampled_from(words), max_size=3))
        words = words or [""]
    return " ".join(words)


def outcome(blog: BlogTools, sql: str) -> None:
    warehouse = blog.snapshots.current().warehouse
    try:
        rows = warehouse.query(sql, LIMITS)
    except BlogError as error:
        assert str(error) and "\n" not in str(error)
        return
    assert isinstance(rows, Rows) and rows.row_count == len(rows.rows) <= LIMITS.max_rows
    json.dumps(rows.rows, allow_nan=False)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sql=mutated())
def test_a_mutated_statement_gives_rows_or_an_explained_refusal(synced: BlogTools, sql: str) -> None:
    outcome(synced, sql)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sql=st.text(max_size=300))
def test_any_text_gives_rows_or_an_explained_refusal(synced: BlogTools, sql: str) -> None:
    outcome(synced, sql)
