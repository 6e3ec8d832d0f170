"""Where a section's text is cut into sentences that can be quoted."""

from __future__ import annotations

import pytest

from tools.blog import BlogTools
from warehouse.catalogue import load_catalogue
from warehouse.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One walk ends. Another begins!", ["One walk ends.", "Another begins!"]),
        ('Is it "fair?" We ask. (It is.) So be it', ['Is it "fair?"', "We ask.", "(It is.)", "So be it"]),
        ("First line.\n\nA caption without a stop\n\nLast.", ["First line.", "A caption without a stop", "Last."]),
        ("Tools:\n\n- a coin\n- a die. Or two", ["Tools:", "- a coin", "- a die.", "Or two"]),
        ("What... then? Nothing.", ["What... then?", "Nothing."]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_sentences_end_at_stops_paragraphs_and_list_items(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "whole",
    [
        "Pick a walk, e.g. Gibbs, or i.e. Metropolis.",
        "See Fig. 3, Eq. 5 and Sec. 2 of Dr. Neal.",
        "As Neal et al. Showed, J. K. Tiny vs. Mr. Small, cf. No. 7, is approx. 3.",
        "Pi is 3.14 and version 2.0.1 is out.",
        "It costs $4.99 or $5.99 today.",
        "1. Draw a coin.",
        "  12. Draw another.",
    ],
)
def test_abbreviations_decimals_and_list_numbers_end_nothing(whole: str) -> None:
    assert sentences(f"{whole} Then it goes on.") == [whole.strip(), "Then it goes on."]


def test_numbered_items_are_sentences_of_their_own() -> None:
    assert sentences("1. Draw a coin.\n2. Flip it\n3. Repeat.") == ["1. Draw a coin.", "2. Flip it", "3. Repeat."]


@pytest.mark.parametrize(
    "whole",
    [
        r"Take \(f(x) = 1. Then\) as given.",
        r"Let \(n! = n \cdot (n-1)! \text{ Always.}\) hold.",
        "With $$a = 1. B = 2.$$ in a cell.",
        "Type `print('Hi. There')` and wait.",
    ],
    ids=["inline", "factorial", "display", "code"],
)
def test_nothing_inside_a_formula_or_code_ends_a_sentence(whole: str) -> None:
    assert sentences(f"{whole} Then it goes on.") == [whole, "Then it goes on."]


def test_a_code_block_stands_alone_and_whole() -> None:
    code = "```python\nprint('One. Two.')\n\nx = 1.\n# Done. Really!\n```"
    assert sentences(f"Run this. It prints:\n\n{code}\n\nIt ends.") == ["Run this.", "It prints:", code, "It ends."]


def test_an_unfinished_sentence_and_its_equation_are_one() -> None:
    equation = "$$\np(x) = 1. \\\\\n\nQ = 2\n$$"
    text = f"We need a density. It is defined as:\n\n{equation}\n\nEvery term is positive."
    assert sentences(text) == ["We need a density.", f"It is defined as:\n\n{equation}", "Every term is positive."]


def test_a_finished_sentence_leaves_the_equation_to_itself() -> None:
    assert sentences("It holds.\n\n$$\na = b\n$$\n\nNext.") == ["It holds.", "$$\na = b\n$$", "Next."]


def test_sentences_are_slices_in_order_that_leave_out_only_space(synced: BlogTools) -> None:
    """Over every section of the tiny blog and of the built-in catalogue: a quote is verbatim and no word is lost."""
    warehouse = synced.snapshots.current().warehouse
    posts = [warehouse.post(slug) for slug in warehouse.slugs()] + load_catalogue()[0]
    texts = [section.text for post in posts for section in post.sections if section.text]
    assert len(texts) > 200
    for text in texts:
        end_before = 0
        for start, end in sentence_spans(text):
            assert end_before <= start < end <= len(text)
            assert not text[end_before:start].strip() and text[start:end] == text[start:end].strip()
            end_before = end
        assert not text[end_before:].strip()
