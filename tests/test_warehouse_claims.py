"""Claims: what is known of a post in other words holds while the post says what it was written from, and not longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Served
from tiny_blog import TinyBlog

from agent.answer import Answer
from agent.ask import Assistant
from agent.settings import ModelSettings
from tools.blog import BlogTools
from warehouse import claims
from warehouse.build import sync
from warehouse.catalogue import Claim, claims_of
from warehouse.claims import proven
from warehouse.quotes import fingerprint, is_findable, normal, quotable
from warehouse.snapshot import Snapshots

SENTENCE = "The leapfrog integrator preserves volume, so the acceptance rule needs no Jacobian."
BOUND = "Its error stays bounded over 250 steps."
KNOWN = Claim("Phase space keeps its volume, which spares determinant corrections.", (fingerprint(SENTENCE),))
BOTH = Claim(
    "Determinants are spared and mistakes stay small over 250 steps.", (fingerprint(SENTENCE), fingerprint(BOUND))
)
QUESTION = "What spares determinant corrections?"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue that knows two claims about a post of the tiny blog."""
    monkeypatch.setattr(claims, "claims_of", {"hamiltonian-walks": (KNOWN, BOTH)}.get)
    proven.cache_clear()
    yield
    proven.cache_clear()


def test_a_claim_is_proved_by_the_sentences_it_was_written_from() -> None:
    found = proven("hamiltonian-walks", f"Before it. {SENTENCE}\n{BOUND} After it.")
    assert [(claim.text, claim.quotes, claim.sentences) for claim in found] == [
        (KNOWN.text, (SENTENCE,), (1,)),
        (BOTH.text, (f"{SENTENCE} {BOUND}",), (1, 2)),
    ]


def test_sentences_that_stand_apart_are_two_quotes() -> None:
    (claim,) = (one for one in proven("hamiltonian-walks", f"{BOUND} Meanwhile. {SENTENCE}") if one.text == BOTH.text)
    assert claim.quotes == (SENTENCE, BOUND)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SENTENCE.replace("no Jacobian", "a Jacobian"),
        SENTENCE.replace("preserves", "does not preserve"),
        f"It is not true that {SENTENCE[0].lower()}{SENTENCE[1:]}",
    ],
)
def test_a_text_that_says_something_else_proves_nothing(text: str) -> None:
    assert proven("hamiltonian-walks", text) == ()


def test_of_another_post_nothing_is_known() -> None:
    assert proven("kelly-bets", SENTENCE) == ()


def test_no_file_but_the_catalogues_is_read_for_a_post() -> None:
    assert claims_of("../posts") == claims_of("/etc/passwd") == claims_of("") == ()


@pytest.mark.parametrize("again", [SENTENCE.upper(), SENTENCE.replace(" ", "\n"), f"  {SENTENCE}"])
def test_layout_does_not_change_a_fingerprint(again: str) -> None:
    assert fingerprint(again) == fingerprint(SENTENCE)


def test_sentences_and_lines_of_code_can_be_found_and_bare_formulas_cannot() -> None:
    code, formula = "```python\ndef kelly(bet, odds):\n    return stake\n```", "\\(f(x) = \\frac{bp - q}{b}\\)"
    text = "\n\n".join([SENTENCE, code, formula, f"1. {BOUND}"])
    found = [one.quote for one in quotable(text) if is_findable(one.quote)]
    assert found == [SENTENCE, "def kelly(bet, odds):", "def kelly(bet, odds): return stake", BOUND]


def test_a_short_row_or_line_is_quoted_with_those_before_it_and_stands_so_in_the_text() -> None:
    table = "| Compressor | Bits |\n| --- | --- |\n| My own implementation | 1.52 |\n| gzip | 1.64 |\n| bz2 | 1.42 |"
    code = "```\n# p_1 = 0.0543\n# p_2 = 0.0788\n}\n```"
    text = f"Before.\n\n{table}\n\n{code}"
    found = [one.quote for one in quotable(text) if is_findable(one.quote)]
    assert found[-3:-1] == ["| My own implementation | 1.52 | | gzip | 1.64 |", "| gzip | 1.64 | | bz2 | 1.42 |"]
    assert found[-1] == "# p_1 = 0.0543 # p_2 = 0.0788"
    assert all(normal(quote) in normal(text) for quote in found)


def test_a_claim_on_two_short_rows_quotes_them_once() -> None:
    rows = ["| My own implementation | 1.52 |", "| My own implementation | 1.52 | | gzip | 1.64 |"]
    text = "| Compressor | Bits |\n| --- | --- |\n| My own implementation | 1.52 |\n| gzip | 1.64 |"
    both = Claim("gzip needs more than what he wrote.", tuple(map(fingerprint, rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "claims_of", lambda slug: (both,))
        assert [claim.quotes for claim in proven("compressors", text)] == [(rows[1],)]


def answered(snapshots: Snapshots) -> Answer:
    return Assistant(BlogTools(snapshots), ModelSettings()).ask(QUESTION)


def test_a_section_is_found_and_worded_by_what_is_known_and_proved_by_what_it_says(snapshots: Snapshots) -> None:
    sync(snapshots)
    hit = BlogTools(snapshots).search_posts(QUESTION).hits[0]
    assert hit.heading == "Leapfrog Steps" and normal(SENTENCE) in normal(hit.snippet)
    answer = answered(snapshots)
    assert "Phase space keeps its volume" in answer.answer
    assert SENTENCE in answer.citations[0].quote and KNOWN.text not in {one.quote for one in answer.citations}


def test_when_the_blog_changes_the_sentence_the_claim_is_gone(snapshots: Snapshots, site: Served) -> None:
    blog = TinyBlog()
    changed = {path: (kind, text.replace("no Jacobian", "one Jacobian")) for path, (kind, text) in blog.pages().items()}
    sync(snapshots)
    site.pages.update(changed)
    sync(snapshots)
    assert "Phase space" not in answered(snapshots).answer
