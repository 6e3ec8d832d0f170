"""Reading a post by sections and by parts that join to the whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tiny_blog import NEW, OLD, SLUGS

from tools.blog import BlogTools
from tools.limits import PAGE_CHARS_MAX
from tools.paging import part_end
from warehouse.errors import UnknownPost
from warehouse.parse import parse_post
from warehouse.records import Page

# Sections


@pytest.mark.parametrize(
    ("section", "heading"),
    [
        ("leapfrog", "Leapfrog Steps"),
        ("#leapfrog", "Leapfrog Steps"),
        ("Leapfrog Steps", "Leapfrog Steps"),
        ("leapfrog STEPS", "Leapfrog Steps"),
        ("1.1", "Leapfrog Steps"),
        ("1.1.", "Leapfrog Steps"),
        ("steps", "Leapfrog Steps"),
        ("2", "Results"),
        ("result", "Results"),
    ],
)
def test_a_section_is_read_by_anchor_heading_number_or_part(synced: BlogTools, section: str, heading: str) -> None:
    page = synced.fetch_post(NEW.slug, section)
    assert re.findall(r"^#+ (.+)$", page.markdown, re.M) == [heading]
    assert page.total_chars == len(page.markdown) and page.outline == []


def test_a_section_brings_its_subsections(synced: BlogTools) -> None:
    markdown = synced.fetch_post(NEW.slug, "1").markdown
    assert markdown.startswith("## Motivation") and "### Leapfrog Steps" in markdown and "Results" not in markdown


def test_sections_without_anchors_are_read_too(synced: BlogTools) -> None:
    markdown = synced.fetch_post(OLD.slug, "1.1").markdown
    assert markdown.startswith("##### Why Logarithms") and "Simulation" not in markdown
    assert synced.fetch_post(OLD.slug, "simulation").markdown.startswith("#### Simulation")


@pytest.mark.parametrize("section", ["epilogue", "9.9", "#", " "])
def test_an_unknown_section_lists_those_there_are(synced: BlogTools, section: str) -> None:
    with pytest.raises(UnknownPost, match="1 'Motivation', 1.1 'Leapfrog Steps', 2 'Results'"):
        synced.fetch_post(NEW.slug, section)


def test_the_outline_leads_to_the_sections(synced: BlogTools) -> None:
    page = synced.fetch_post(NEW.slug)
    assert [(entry.heading, entry.anchor, entry.level) for entry in page.outline] == [
        ("Motivation", "motivation", 2),
        ("Leapfrog Steps", "leapfrog", 3),
        ("Results", "results", 2),
    ]
    leapfrog = synced.fetch_post(NEW.slug, page.outline[1].anchor)
    assert leapfrog.total_chars == page.outline[1].chars and leapfrog.markdown in page.markdown


# Parts


@pytest.mark.parametrize("slug", SLUGS)
def test_parts_join_to_the_whole(synced: BlogTools, slug: str) -> None:
    whole = synced.fetch_post(slug, max_chars=PAGE_CHARS_MAX)
    assert not whole.truncated and whole.next_start is None and whole.total_chars == len(whole.markdown)
    parts, start = [], 0
    while True:
        page = synced.fetch_post(slug, start=start, max_chars=500)
        assert page.start == start and page.total_chars == whole.total_chars
        assert page.truncated == (page.next_start is not None)
        assert bool(page.outline) == (start == 0)
        parts.append(page.markdown)
        if page.next_start is None:
            break
        assert page.next_start == start + len(page.markdown) and f"start={page.next_start}" in page.note
        start = page.next_start
    assert "".join(parts) == whole.markdown
    assert len(parts) == (1 if whole.total_chars <= 500 else 2)


def test_a_start_past_the_end_gives_nothing_more(synced: BlogTools) -> None:
    page = synced.fetch_post(NEW.slug, start=1_000_000)
    assert page.markdown == "" and page.next_start is None and not page.truncated


@pytest.mark.parametrize(("room", "end"), [(15, 9), (16, 16), (17, 16)])
def test_a_part_ends_at_the_last_paragraph_that_fits(room: int, end: int) -> None:
    text = "Seven..\n\nFive.\n\nAnd a longer last paragraph.\n\n"
    assert part_end(text, 0, room) == end
    assert part_end(text, 16, len(text) - 16) == len(text)


@pytest.mark.parametrize("block", ["```\n{}\n```", "$$\n{}\n$$", "````\n```\n{}\n````"])
def test_a_block_longer_than_a_part_is_given_whole(block: str) -> None:
    whole = block.format("\n\n".join("line" for _ in range(30))) + "\n\n"
    text = "Before.\n\n" + whole + "After.\n\n"
    assert part_end(text, 0, 60) == 9
    assert part_end(text, 9, 60) == 9 + len(whole)


@pytest.mark.parametrize(
    "line", ["- an item with \\(x_i + y_i\\) in it\n", "| 0.1 | \\(x_i\\) | 97% |\n"], ids=["list", "table"]
)
def test_a_list_or_table_longer_than_a_part_is_cut_between_its_lines(line: str) -> None:
    text = line * 200
    ends = [0]
    while ends[-1] < len(text):
        ends.append(part_end(text, ends[-1], 500))
    assert len(ends) > 3
    assert [end for end in ends if end % len(line)] == []


def blocks(markdown: str) -> list[tuple[int, int]]:
    """Where display formulas and code blocks begin and end, found line by line."""
    found, opened, closing, at = [], 0, "", 0
    for line in markdown.splitlines(keepends=True):
        bare = line.strip()
        if closing and bare == closing:
            found.append((opened, at + len(line)))
            closing = ""
        elif not closing and (fence := re.match(r"`{3,}(?=[^`]*$)|\$\$$", bare)):
            opened, closing = at, fence[0]
        at += len(line)
    assert not closing
    return found


@pytest.fixture(scope="module")
def real_markdown(real_blog: Path) -> dict[str, str]:
    texts = {}
    for path in sorted((real_blog / "posts").glob("*/index.html")):
        page = Page(f"https://bjlkeng.io/posts/{path.parent.name}/", path.read_bytes(), datetime.now(UTC))
        texts[path.parent.name] = parse_post(page, frozenset({"bjlkeng.io"})).markdown
    assert len(texts) >= 49
    return texts


@pytest.mark.blog
@pytest.mark.parametrize("max_chars", [2_000, 14_000])
def test_no_part_of_a_real_post_ends_inside_a_block_or_formula(real_markdown: dict[str, str], max_chars: int) -> None:
    cut, seen = [], 0
    for slug, markdown in real_markdown.items():
        # A block of more than four parts cannot be given whole.
        whole = [(low, high) for low, high in blocks(markdown) if high - low <= 4 * max_chars]
        whole += [match.span() for match in re.finditer(r"\\\((?:(?!\n\n).)+?\\\)", markdown, re.S)]
        seen += len(whole)
        start = 0
        while start < len(markdown):
            end = part_end(markdown, start, max_chars)
            assert end > start
            cut += [(slug, end) for low, high in whole if low < end < high]
            start = end
        assert start == len(markdown)
    assert seen > 5_000 and cut == []
