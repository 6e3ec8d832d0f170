"""A question about a known topic that no post has is told from one whose words the posts merely use."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest

from agent import glossary
from agent.ask import Assistant
from agent.glossary import absent_terms
from agent.lexicon import Lexicon, Vocabulary
from agent.settings import ModelSettings
from tools.blog import BlogTools

TERMS = files("agent").joinpath("glossary.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def vocabulary(synced: BlogTools) -> Vocabulary:
    return Lexicon(synced.snapshots).vocabulary


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A glossary whose terms the tiny blog has as such, in words that stand apart, or not at all."""
    terms = {"lea": ["leapfrog integrator", "leapfrog growth"], "gro": ["growth fraction"], "zeb": ["zebra crossing"]}
    terms["law"] = ["law of large numbers", "law of small numbers", "law of numbers"]
    monkeypatch.setattr(glossary, "_by_begin", lambda: terms)
    yield


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("Why does the leapfrog integrator need no Jacobian?", 0),
        ("How fast is leapfrog growth?", 1),
        ("how large are growth fractions", 1),
        ("What is a zebra crossing?", 1),
        ("Does the fraction of growth matter?", 0),
        ("why does the law of large numbers hold", 0),
        ("why does the law of small numbers hold", 1),
        ("why does the law of numbers hold", 0),
        ("", 0),
    ],
)
def test_a_term_is_absent_when_its_words_stand_nowhere_together(
    vocabulary: Vocabulary, question: str, absent: int
) -> None:
    assert len(absent_terms(question, vocabulary)) == absent


@pytest.mark.parametrize(
    "question",
    [
        "How does propensity score matching work?",
        "difference-in-differences vs synthetic control",
        "What is the central idea of graph neural networks?",
        "explain two-stage least squares",
    ],
)
def test_a_topic_of_the_field_that_no_post_has_is_refused(catalogue: BlogTools, question: str) -> None:
    assert Assistant(catalogue, ModelSettings()).ask(question).refused


def test_what_the_blog_covers_is_no_absent_topic(catalogue: BlogTools) -> None:
    vocabulary = Lexicon(catalogue.snapshots).vocabulary
    for title in vocabulary.titles:
        assert absent_terms(title.title, vocabulary) == [], title.title


def test_the_glossary_has_each_term_once() -> None:
    assert len(TERMS) > 3000
    assert len({term.casefold() for term in TERMS}) == len(TERMS)
    assert all(term == term.strip() and 0 < len(term.split()) <= 5 for term in TERMS)
