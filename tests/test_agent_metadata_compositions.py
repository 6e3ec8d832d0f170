"""Filters and ways of asking, each read by itself elsewhere, put together: none may be lost or taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from agent.lexicon import Vocabulary
from agent.metadata.outcome import MetadataQuestion, NotUnderstood
from agent.metadata.questions import understand
from tools.blog import BlogTools

TAGGED = "slug IN (SELECT slug FROM tags WHERE tag = '{}')"
LINKING = "slug IN (SELECT slug FROM post_links WHERE target_slug = '{}')"
FILTERS = (
    ("published before 2019", "year < 2019"),
    ("from 2016 on", "year >= 2016"),
    ("published in 2017 or 2018", "year IN (2017, 2018)"),
    ("tagged probability", TAGGED.format("probability")),
    ("tagged CIFAR10 or MNIST", f"({TAGGED.format('CIFAR10')} OR {TAGGED.format('MNIST')})"),
    ("that aren't tagged autoencoders", f"NOT {TAGGED.format('autoencoders')}"),
    ("with more than 9 equations", "n_equations > 9"),
    ("without code", "n_code_blocks = 0"),
    ("that have at least 3 images", "n_images >= 3"),
    ("that link to the Variational Autoencoders post", LINKING.format("variational-autoencoders")),
    ("linked to by at least 3 posts", "slug IN (SELECT target_slug FROM post_links GROUP BY 1 HAVING count(*) >= 3)"),
    ('with "variational" in the title', "title ILIKE '%variational%'"),
)
FIRST = "QUALIFY rank() OVER (ORDER BY {} DESC) = 1"
ASKED = (
    ("How many posts {} are there?", "SELECT count(*) FROM posts WHERE {}"),
    ("Which posts {}?", "SELECT title FROM posts WHERE {}"),
    ("What is the longest post {}?", "SELECT title FROM posts WHERE {} " + FIRST.format("word_count")),
    ("Which year has the most posts {}?", "SELECT year FROM posts WHERE {} GROUP BY 1 " + FIRST.format("count(*)")),
    ("How many footnotes are there in total in posts {}?", "SELECT sum(n_footnotes) FROM posts WHERE {}"),
    ("What are the three most recent posts {}?", "SELECT title FROM posts WHERE {} ORDER BY published DESC LIMIT 3"),
)  # fmt: skip


def compositions(every: int, first: int) -> Iterator[tuple[str, str]]:
    """Two filters at a time with their SQL, one pair in `every`."""
    for (said, sql), (said_too, sql_too) in list(combinations(FILTERS, 2))[first::every]:
        yield f"{said} and {said_too}", f"{sql} AND {sql_too}"


@pytest.mark.parametrize("way", range(len(ASKED)), ids=[question for question, _ in ASKED])
def test_two_filters_at_once_both_narrow_whatever_is_asked(catalogue: BlogTools, way: int) -> None:
    vocabulary = Vocabulary(catalogue.snapshots.current())
    question, expected = ASKED[way]
    for said, condition in compositions(len(ASKED), way):
        found = understand(question.format(said), vocabulary)
        assert isinstance(found, MetadataQuestion), (question.format(said), found)
        rows = catalogue.query_metadata(found.sql).rows
        wanted = catalogue.query_metadata(expected.format(condition)).rows
        assert {row[0] for row in rows} == {row[0] for row in wanted}, (question.format(said), found.sql)


@pytest.mark.parametrize(
    "question", ["How many posts use Python code?", "Which post has the most tables?", "How many captions are there?"]
)
def test_what_the_catalogue_does_not_hold_is_not_counted_as_none(catalogue: BlogTools, question: str) -> None:
    found = understand(question, Vocabulary(catalogue.snapshots.current()))
    assert isinstance(found, NotUnderstood) and "bounded sync" in found.reason


def test_tables_and_captions_of_a_synced_blog_are_counted(synced: BlogTools) -> None:
    vocabulary = Vocabulary(synced.snapshots.current())
    for question, table, column in (
        ("How many captioned figures are there on the blog?", "figures", "caption"),
        ("How many python code blocks are there in all?", "code_blocks", "language"),
    ):
        found = understand(question, vocabulary)
        assert isinstance(found, MetadataQuestion)
        condition = "caption <> ''" if column == "caption" else "language = 'python'"
        assert (
            synced.query_metadata(found.sql).rows[0][0]
            == (synced.query_metadata(f"SELECT count(*) FROM {table} WHERE {condition}").rows[0][0])
        )
