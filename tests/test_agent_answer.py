"""What may be shown of what a model wrote: only what is proven."""

from __future__ import annotations

import pytest

from agent.answer import (
    DECLINED,
    NOT_COVERED,
    Answer,
    Evidence,
    Table,
    ToolUse,
    age_note,
    evidence_of,
    find_quote,
    plain,
    settle,
)

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


def test_a_quote_of_a_formula_of_many_lines_with_dots_in_it_is_found() -> None:
    text = (
        "Faces \\(j=1,2,...,m\\) obey:\n\n$$\n\\begin{align*}\np_1 &= 1 \\\\\n\\text{and } p_2 &= 2\n\\end{align*}\n$$"
    )
    passage = Evidence("dice", "Dice", "https://blog.example/posts/dice/", "", "", text)
    assert find_quote(plain(text), [passage]) is not None


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


def test_an_interval_in_a_formula_is_no_mark() -> None:
    answer = settled(written("Volume stays in \\([1, 2]\\) and in $$[0,1]$$ alike [1].", QUOTE))
    assert answer.answer == "Volume stays in \\([1, 2]\\) and in $$[0,1]$$ alike [1]." and len(answer.citations) == 1


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
    answer = settled(written("Volume \\(f(x) = 1. \\) holds [1].", QUOTE))
    assert answer.answer == "Volume \\(f(x) = 1. \\) holds [1]."


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


OTHER = Evidence(
    "coins",
    "Coins",
    "https://blog.example/posts/coins/",
    "",
    "",
    "A fair coin [keeps](https://x.example) its share: 0.57",
)


def test_a_citation_names_where_the_quote_stands_not_where_the_model_says() -> None:
    text = f'A coin is fair [1].\n\nSources:\n[1] {WALKS.url} "A fair coin keeps its share"'
    answer = settle(text, [WALKS, OTHER], Table(), SEARCHED, model="m", as_of="2026-01-01")
    assert [citation.url for citation in answer.citations] == [OTHER.url]


def test_of_two_sections_with_the_same_words_the_named_one_is_cited() -> None:
    twin = Evidence("walks", "Walks", "https://blog.example/posts/walks/#summary", "Summary", "summary", WALKS.text)
    found = find_quote("for more than 250 steps", [WALKS, twin], twin.url)
    assert found is not None and found.anchor == "summary"


@pytest.mark.parametrize(
    "quote",
    [
        "for more than 25",  # a number cut short
        "more than 2",
        "needs no Jacobian at all. for more than 250 steps",  # two sentences spliced
        "The leapfrog integrator keeps volume … for more than 250 steps",
        "The le\u0430pfrog integrator keeps volume",  # a Cyrillic letter
        "A fair coin keeps its share: 0.5",
        "A fair coin keeps its share: 57",
    ],
)
def test_a_quote_cut_spliced_or_disguised_is_not_found(quote: str) -> None:
    assert find_quote(quote, [WALKS, OTHER]) is None


@pytest.mark.parametrize("formula", ["\\(\\alpha=1\\)", "\\( \\alpha  = 1 \\)", "$$\\alpha\\,=\\;1$$"])
def test_the_spacing_of_a_formula_does_not_matter(formula: str) -> None:
    assert find_quote(f"keeps volume, so {formula} needs no", [WALKS]) is not None


@pytest.mark.parametrize(
    "evil",
    [
        "<https://evil.example/x>",
        "[words][1]\n\n[1]: https://evil.example/x",
        '<a href="https://evil.example/x">words</a>',
        "<img src=//evil.example/x>",
        "![words](https://evil.example/p.png)",
        "[words](javascript:alert(1))",
        '[words](https://evil.example/x "title")',
        "[words](<https://evil.example/a b>)",
        "[words]( //evil.example )",
        "[words](data:text/html;base64,AAAA)",
        "[![words](https://evil.example/p)](https://evil.example/x)",
        "www.evil.example/x",
        "evil.example",
        "HTTPS://EVIL.EXAMPLE/x",
        "ftp://evil.example/x",
        "mailto:me@evil.example",
        "h\u200bttps://evil.example/x",
        "https://blog.ex\u0430mple/posts/walks/",
        "https://blog.example/posts/walks/?leak=secret",
        "https://blog.example@evil.example/",
    ],
)
def test_an_unknown_address_never_appears_in_any_shape(evil: str) -> None:
    shown = settled(written(f"Volume stays as in {evil} here [1].", QUOTE)).answer.casefold()
    assert "volume stays" in shown
    for piece in ("evil", "javascript", "data:", "href", "src=", "leak", "ex\u0430mple", "mailto"):
        assert piece not in shown


def test_known_addresses_and_formulas_stay_as_they_are() -> None:
    body = f"Volume stays for \\(a<b>c\\) as [walks]({WALKS.url}) and {WALKS.url} say [1]."
    assert settled(written(body, QUOTE)).answer == body


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("Volume stays for 250 steps", True),
        ("Volume stays for 900 steps", False),
        ("Volume stays with \\(\\alpha = 1\\)", True),
        ("Volume stays with \\(\\alpha = 77\\)", False),
        ("Cheese comes from Gouda", False),
    ],
)
def test_a_cited_sentence_speaks_of_its_passage_and_holds_only_its_numbers(sentence: str, kept: bool) -> None:
    assert settled(written(f"{sentence} [1].", QUOTE)).refused is not kept


@pytest.mark.parametrize(
    "text",
    [
        f'Volume stays [1].\n\nSources:\n[1] x "{QUOTE}"\n\nBy the way, the moon is cheese.',
        f'Volume stays [1].\n\nSources:\n[1] x "{QUOTE}"\n\nCheese.\n\nSources:\n[2] x "the moon is cheese"',
        f'Volume stays【1】.\n\n**Sources:**\n[1] x "{QUOTE}"',
    ],
    ids=["text after the sources", "sources twice", "other brackets"],
)
def test_only_what_stands_before_the_sources_is_said(text: str) -> None:
    answer = settled(text)
    assert answer.answer == "Volume stays [1]." and len(answer.citations) == 1


def test_sources_without_marks_and_marks_without_sources_prove_nothing() -> None:
    assert settled(written("Volume stays.", QUOTE)).refused
    assert settled("Volume stays [1].").refused


@pytest.mark.parametrize(
    ("question", "published", "noted"),
    [
        ("Which library version does the post use?", "2016-05-01", True),
        ("Which library version does the post use?", "2025-05-01", False),
        ("Why does leapfrog keep volume?", "2016-05-01", False),
    ],
)
def test_old_posts_about_what_ages_are_said_to_be_old(question: str, published: str, noted: bool) -> None:
    aged = Evidence("w", "W", "https://blog.example/w", "", "", "Leapfrog keeps the volume as it was.", published)
    text = 'Leapfrog keeps volume [1].\n\nSources:\n[1] x "Leapfrog keeps the volume as it was."'
    answer = settle(text, [aged], Table(), SEARCHED, model="m", as_of="2026-01-01")
    assert (published in age_note(question, answer)) is noted


def test_a_sentence_that_ends_in_a_formula_needs_a_proof_of_its_own() -> None:
    body = "Walks obey this: $$ a = b $$ [1] The leapfrog integrator keeps volume [2]."
    assert (
        settled(written(body, "invented words of a page", QUOTE)).answer == "The leapfrog integrator keeps volume [1]."
    )
