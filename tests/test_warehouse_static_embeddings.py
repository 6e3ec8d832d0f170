"""Vectors without a model: that they tell what texts are about, and what is kept of them with an index."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.errors import SnapshotError
from warehouse.section_vectors import SectionVectors, SectionVectorsWriter, nearest, part_of, quantized
from warehouse.sentences import sentence_spans
from warehouse.static_embeddings import DIMENSIONS, Vector, embedded, similarity


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("how do I stop a chatbot from forgetting", "memory of a conversational assistant", "boiling an egg"),
        ("a penny that lands on one side too often", "tossing an unfair coin", "compiling a kernel"),
        ("rewording a passage again and again", "paraphrasing the same text repeatedly", "the price of bread"),
        ("squeezing files without losing anything", "lossless data compression", "a walk in the park"),
        ("Poincaré's disk", "poincare disk", "salad with cheese"),
        ("regularisers", "a regularizer", "rainfall in spring"),
    ],
)
def test_texts_that_share_no_word_are_near_by_meaning(text: str, near: str, far: str) -> None:
    assert similarity(embedded(text), embedded(near)) > similarity(embedded(text), embedded(far)) + 0.1


BENCH = Path(__file__).resolve().parents[1] / "bench"


def test_no_question_that_was_learnt_from_is_one_that_is_measured_with() -> None:
    def said(question: str) -> str:
        return " ".join(re.findall(r"[a-z0-9]+", question.lower()))

    learnt = {
        said(line.rpartition(" {")[0])
        for file in (BENCH / "questions").glob("*.txt")
        for line in file.read_text(encoding="utf-8").splitlines()
    }
    measured = {
        said(json.loads(line)["question"])
        for name in ("content_questions.jsonl", "search_questions.jsonl")
        for line in (BENCH / name).read_text(encoding="utf-8").splitlines()
    }
    assert len(learnt) > 8_000 and len(measured) > 500
    assert not learnt & measured


@given(st.text(max_size=300))
def test_any_text_has_a_vector_of_bounded_numbers(text: str) -> None:
    vector = embedded(text)
    assert len(vector) == DIMENSIONS and all(-128 < value < 128 for value in vector)
    assert similarity(vector, vector) == pytest.approx(1.0 if any(vector) else 0.0)


@given(
    st.lists(st.sampled_from("prior posterior coin entropy leapfrog walk of the egg bread kernel".split()), min_size=1)
)
def test_codes_keep_the_angle_between_vectors(words: list[str]) -> None:
    query, text = embedded(" ".join(words)), embedded("the posterior of a coin")
    assert _coded_cosine(query, text) == pytest.approx(similarity(query, text), abs=0.15)


def _coded_cosine(query: Vector, text: Vector) -> float:
    stored = quantized(text, 2)
    return nearest(quantized(query, 4), [part_of(*stored.planes)])


def test_what_is_nearer_stays_nearer_in_codes() -> None:
    query, near, far = map(
        embedded, ("sampling a posterior", "draws from the posterior distribution", "a recipe for bread")
    )
    assert _coded_cosine(query, near) > _coded_cosine(query, far) + 0.2


def test_a_text_without_words_is_near_to_nothing() -> None:
    assert _coded_cosine(embedded("\\(x_1 + 2\\) 17 …"), embedded("entropy")) == 0


TEXTS = {"coins": "A fair coin has no memory. " * 90, "eggs": "Boil an egg for six minutes.", "none": ""}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "sections.vectors"
    _write(path)
    return path


def _write(path: Path, reused: Path | None = None) -> None:
    writer = SectionVectorsWriter(path)
    if reused:
        writer.reuse(reused)
    for about, text in TEXTS.items():
        writer.add(about, text, list(sentence_spans(text)))
    writer.finish()


def test_a_section_is_as_near_as_its_nearest_part(stored: Path) -> None:
    vectors = SectionVectors(stored)
    coins, eggs, _ = vectors.nearness("does a fair coin remember", range(3))
    assert coins > eggs + 0.2
    assert vectors.nearness("17", range(3)) == [0, 0, 0]


def test_vectors_of_equal_texts_are_taken_over(stored: Path, tmp_path: Path) -> None:
    _write(tmp_path / "again", reused=stored)
    _write(tmp_path / "anew", reused=tmp_path / "missing")
    assert stored.read_bytes() == (tmp_path / "again").read_bytes() == (tmp_path / "anew").read_bytes()


@pytest.mark.parametrize(
    "spoil", [lambda path: os.truncate(path, 100), lambda path: path.write_bytes(b""), Path.unlink]
)
def test_a_damaged_file_is_noticed_when_it_is_opened(stored: Path, spoil: Callable[[Path], object]) -> None:
    spoil(stored)
    with pytest.raises((ValueError, OSError)):
        SectionVectors(stored)


def test_a_section_that_is_not_there_is_an_error_with_a_remedy(stored: Path) -> None:
    with pytest.raises(SnapshotError, match="bounded sync --full"):
        SectionVectors(stored).nearness("coin", [99])
