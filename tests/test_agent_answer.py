"""What may be shown of what a model wrote: only what is proven."""

from __future__ import annotations

import pytest

from agent.answer import DECLINED, NOT_COVERED, Answer, Evidence, Table, ToolUse, evidence_of, find_quote, plain, settle

WALKS = Evidence(
    "walks",
    "Walks",
    "https://blog.example/posts/walks/#leapfrog",
    "Leapfrog",
    "leapfrog",
    "The leapfrog integrator [1] keeps *volume*, so \\(\\alpha = 1\\)  needs\nno “Jacobian” at all. "
    "See [the paper](https://arxiv.org/abs/1) for more than 250 steps.",
)
SEARCHED = [ToolUse("search_posts", {"query": "leapfrog"})]
QUOTE = 'The leapfrog integrator [1] keeps volume, so \\(\\alpha = 1\\) needs no "Jacobian" at all.'


def settled(text: str, table: Table | None = None, tools: list[ToolUse] | None = None) -> Answer:
    return settle(text, [WALKS], table or Table(), SEARCHED if tools is None else tools, model="m", as_of="2026-01-01")


def written(body: str, *quotes: str) -> str:
    lines = [f'[{number}] {WALKS.url} "{quote}"' for number, quote in enumerate(quotes, start=1)]
    return f"{body}\n\nSources:\n" + "\n".join(lines)


@pytest.mark.parametrize(
    "quote",
    [
        QUOTE,
        "keeps volume, so",
        "See the paper for more than 250 steps.",
        "**the LEAPFROG integrator**  keeps volume".replace("  ", " [1] "),
        "needs no ‘Jacobian’ at all".replace("‘", "“").replace("’", "”"),
    ],
)
def test_a_quote_is_found_whatever_its_spacing_markup_and_quotation_marks(quote: str) -> None:
    found = find_quote(quote, [WALKS])
    assert found is not None and (found.slug, found.anchor) == ("walks", "leapfrog")


@pytest.mark.parametrize(
    "quote",
    [
        "The leapfrog integrator loses volume",
        "keeps volume ... no Jacobian",
        "volume",
        "more than 2500 steps",
        "so \\(\\beta = 1\\) needs",
        "",
    ],
)
def test_an_altered_stitched_or_trivial_quote_is_not(quote: str) -> None:
    assert find_quote(quote, [WALKS]) is None


def test_citations_are_numbered_in_the_order_they_are_used() -> None:
    text = written("Steps are many [2]. Volume stays [1].", QUOTE, "for more than 250 steps.")
    answer = settled(text)
    assert answer.answer == "Steps are many [1]. Volume stays [2]."
    assert [citation.quote for citation in answer.citations] == ["for more than 250 steps.", QUOTE]


def test_two_sentences_may_rest_on_one_quote() -> None:
    answer = settled(written("Volume stays [1]. No Jacobian is needed [1].", QUOTE))
    assert answer.answer == "Volume stays [1]. No Jacobian is needed [1]." and len(answer.citations) == 1


def test_a_mark_after_the_full_stop_belongs_to_the_sentence_before() -> None:
    answer = settled(written("Volume stays. [1] It is green.", QUOTE))
    assert answer.answer == "Volume stays [1]."


def test_one_false_source_of_two_leaves_the_true_one() -> None:
    answer = settled(written("Volume stays [1, 2].", QUOTE, "The moon is made of cheese."))
    assert answer.answer == "Volume stays [1]." and len(answer.citations) == 1


def test_a_formula_with_punctuation_is_not_taken_for_two_sentences() -> None:
    answer = settled(written("Here \\(f(x) = 1. \\) holds [1].", QUOTE))
    assert answer.answer == "Here \\(f(x) = 1. \\) holds [1]."


@pytest.mark.parametrize("opening", [NOT_COVERED, DECLINED])
def test_a_refusal_stays_a_refusal_without_citations(opening: str) -> None:
    answer = settled(f'{opening} But the moon is made of cheese [1].\n\nSources:\n[1] x "{QUOTE}"')
    assert answer.refused and answer.citations == []
    assert opening == DECLINED or "cheese" not in answer.answer


def test_small_talk_needs_no_proof_and_says_that_it_has_none() -> None:
    answer = settled("You are welcome.", tools=[])
    assert answer.answer == "You are welcome." and not answer.refused
    assert "nothing of the blog was read" in answer.note


def test_a_follow_up_answered_without_a_tool_is_checked_against_what_was_read_before() -> None:
    answer = settled(
        written("Volume stays [1]. The moon is cheese [2].", QUOTE, "The moon is made of cheese."), tools=[]
    )
    assert answer.answer == "Volume stays [1]." and len(answer.citations) == 1


def test_two_sections_of_one_heading_keep_their_own_anchors() -> None:
    page = {
        "slug": "walks",
        "title": "Walks",
        "url": "https://blog.example/posts/walks/",
        "outline": [{"heading": "Results", "anchor": "results"}, {"heading": "Results", "anchor": "id2"}],
        "markdown": "Opening.\n\n## Results\n\nOnce.\n\n## Results\n\nTwice.\n\n",
    }
    assert [passage.anchor for passage in evidence_of(page)] == ["", "results", "id2"]


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("There are 3 posts.", True),
        ("There are 1,234 words in it.", True),
        ("In 2017 there were 3 posts.", True),
        ("There are 4 posts.", False),
    ],
)
def test_a_sentence_about_metadata_says_only_numbers_of_the_rows_or_the_query(sentence: str, kept: bool) -> None:
    table = Table(["n", "words"], [[3, 1234]])
    tools = [ToolUse("query_metadata", {"sql": "SELECT 1 FROM posts WHERE year = 2017"})]
    answer = settled(sentence, table, tools)
    assert answer.refused is not kept and (answer.answer == sentence) is kept


def test_a_pictured_or_unknown_link_is_reduced_to_its_words() -> None:
    evil = "[this](https://evil.example/?k=secret) ![x](https://evil.example/p)"
    body = f"Volume stays, see [walks]({WALKS.url}) and {evil} [1]."
    answer = settled(written(body, QUOTE))
    assert f"[walks]({WALKS.url})" in answer.answer
    assert "evil.example" not in answer.answer and "see " in answer.answer and " this " in answer.answer


def test_markdown_prose_is_read_as_a_reader_sees_it() -> None:
    markdown = "A *fine* **bold** [link](https://x.example) with \\(a * b * c\\)[^2]"
    assert plain(markdown) == "A fine bold link with \\(a * b * c\\)[2]"
