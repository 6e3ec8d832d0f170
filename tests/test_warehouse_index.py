"""Full-text search over sections: the right one is found however it is asked, and no question breaks it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tools.blog import BlogTools
from warehouse.formula_terms import runs_of_query, symbols
from warehouse.index import SectionIndex
from warehouse.index_writer import IndexWriter
from warehouse.records import Counts, Hit, Post, Section

LEAPFROG = ("hamiltonian-walks", "Leapfrog Steps")
OPENING = ("kelly-bets", "")
LOGARITHMS = ("kelly-bets", "Why Logarithms")


@pytest.fixture(scope="module")
def index(synced: BlogTools) -> SectionIndex:
    return synced.snapshots.current().index


@pytest.fixture(scope="module")
def texts(synced: BlogTools) -> dict[tuple[str, str], str]:
    """(slug, heading) to the section's text."""
    warehouse = synced.snapshots.current().warehouse
    return {(slug, s.heading): s.text for slug in warehouse.slugs() for s in warehouse.post(slug).sections}


def best(index: SectionIndex, query: str) -> tuple[str, str]:
    hit = index.search(query, limit=1).hits[0]
    return hit.slug, hit.heading


def found(index: SectionIndex, query: str, tag: str = "", since: str = "", until: str = "") -> set[str]:
    """Slugs of all hits."""
    first, last = (date.fromisoformat(day) if day else None for day in (since, until))
    return {hit.slug for hit in index.search(query, limit=50, tag=tag, since=first, until=last).hits}


# What is found


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ("gambler", OPENING),
        ("Jacobian", LEAPFROG),
        ("valley", ("hamiltonian-walks", "Motivation")),
        ("proposals", ("hamiltonian-walks", "Results")),
        ("streak", ("coin-flips", "Long Runs (and Short)")),
        ("1956", ("kelly-bets", "The Formula")),
        ("what is said about returns and sums?", LOGARITHMS),
        ("does the leapfrog integrator preserve volume", LEAPFROG),
        ("growth lost by half the fraction", ("kelly-bets", "Simulation")),
        (r"G(f) = p \log(1 + bf)", ("kelly-bets", "The Formula")),
    ],
)
def test_words_of_a_section_find_it(index: SectionIndex, query: str, section: tuple[str, str]) -> None:
    assert best(index, query) == section


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ("gamblers", OPENING),
        ("GAMBLER", OPENING),
        ("gämblér", OPENING),
        ("logarithm", LOGARITHMS),
        ("LOGARITHMS", LOGARITHMS),
        ("jacobians", LEAPFROG),
        ("integrators", LEAPFROG),
        ("preserve", LEAPFROG),
        ("valleys", ("hamiltonian-walks", "Motivation")),
    ],
)
def test_endings_accents_and_case_do_not_matter(index: SectionIndex, query: str, section: tuple[str, str]) -> None:
    assert best(index, query) == section


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ("gambeler", OPENING),
        ("jacobien", LEAPFROG),
        ("lepfrog", LEAPFROG),
        ("leapfrgo", LEAPFROG),
        ("logaritms", LOGARITHMS),
        ("vallley", ("hamiltonian-walks", "Motivation")),
    ],
)
def test_a_misspelt_word_still_finds_its_section(index: SectionIndex, query: str, section: tuple[str, str]) -> None:
    assert best(index, query) == section


def test_a_title_finds_its_post(index: SectionIndex) -> None:
    assert best(index, "Coin Flips, Simulated")[0] == "coin-flips"


def test_a_hit_tells_where_it_stands(index: SectionIndex) -> None:
    (hit,) = index.search("Jacobian", limit=5).hits
    assert (hit.title, hit.published, hit.anchor) == ("Hamiltonian Walks", "2021-12-23", "leapfrog")
    assert hit.path == ["Motivation", "Leapfrog Steps"]
    assert hit.url == "http://tiny.example/posts/hamiltonian-walks/#leapfrog"


def test_hits_come_best_first_and_the_total_counts_those_left_out(index: SectionIndex) -> None:
    everything = index.search("kelly hamiltonian coins", limit=50)
    scores = [hit.score for hit in everything.hits]
    assert scores[0] == max(scores) and everything.total == len(scores) > 2
    for slug in {hit.slug for hit in everything.hits}:
        of_post = [hit.score for hit in everything.hits if hit.slug == slug]
        assert of_post == sorted(of_post, reverse=True)
    fewer = index.search("kelly hamiltonian coins", limit=2)
    assert fewer.hits == everything.hits[:2] and fewer.total == everything.total


def test_one_post_does_not_fill_the_list(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path)
    for slug, title, count in (("about-it", "Entropy", 9), ("mentions-it", "Coding", 1)):
        text = "The entropy of this part."
        parts = tuple(Section(n, 2, f"Part {n}", f"p{n}", (f"Part {n}",), 5, text, text) for n in range(count))
        writer.add(replace(long_post(), slug=slug, title=title, sections=parts))
    writer.finish()
    found = SectionIndex(tmp_path).search("entropy", limit=8)
    slugs = [hit.slug for hit in found.hits]
    assert (len(slugs), slugs[0], slugs.count("mentions-it"), found.total) == (8, "about-it", 1, 10)


def test_threads_share_an_index(index: SectionIndex) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: best(index, "Jacobian"), range(100))) == {LEAPFROG}


# Filters


@pytest.mark.parametrize(
    ("tag", "slugs"),
    [
        ("", {"coin-flips", "kelly-bets", "hamiltonian-walks"}),
        ("probability", {"coin-flips", "kelly-bets", "hamiltonian-walks"}),
        ("MCMC", {"hamiltonian-walks"}),
        ("mcmc", {"hamiltonian-walks"}),
        ("law of large numbers", {"coin-flips"}),
        ("betting", {"kelly-bets"}),
        ("large", set()),
        ("no such tag", set()),
    ],
)
def test_only_posts_with_the_whole_tag_are_given(index: SectionIndex, tag: str, slugs: set[str]) -> None:
    assert found(index, "coins gambler leapfrog", tag=tag) == slugs


@pytest.mark.parametrize(
    ("since", "until", "slugs"),
    [
        ("2019-02-03", "", {"kelly-bets", "hamiltonian-walks"}),
        ("2019-02-04", "", {"hamiltonian-walks"}),
        ("", "2019-02-03", {"coin-flips", "kelly-bets"}),
        ("", "2019-02-02", {"coin-flips"}),
        ("2019-02-03", "2019-02-03", {"kelly-bets"}),
        ("2015-11-01", "2021-12-23", {"coin-flips", "kelly-bets", "hamiltonian-walks"}),
        ("2021-12-24", "", set()),
        ("2020-01-01", "2019-01-01", set()),
        ("0001-01-01", "9999-12-31", {"coin-flips", "kelly-bets", "hamiltonian-walks"}),
    ],
)
def test_dates_include_their_day(index: SectionIndex, since: str, until: str, slugs: set[str]) -> None:
    assert found(index, "coins gambler leapfrog", since=since, until=until) == slugs


def test_filters_hold_together(index: SectionIndex) -> None:
    assert found(index, "coins gambler leapfrog", tag="probability", since="2016-01-01", until="2020-01-01") == {
        "kelly-bets"
    }


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("coins gambler leapfrog tag:mcmc", {"hamiltonian-walks"}),
        ('coins gambler leapfrog tag:"law of large numbers"', {"coin-flips"}),
        ("coins gambler leapfrog year:2019", {"kelly-bets"}),
        ("coins gambler leapfrog since:2019-02-03", {"kelly-bets", "hamiltonian-walks"}),
        ("coins gambler leapfrog since:2019-03", {"hamiltonian-walks"}),
        ("coins gambler leapfrog until:2019", {"coin-flips", "kelly-bets"}),
        ("coins gambler leapfrog since:2016 until:2020", {"kelly-bets"}),
        ("coins gambler leapfrog year:2019 tag:mcmc", set()),
        ("coins gambler -leapfrog", {"coin-flips", "kelly-bets"}),
        ("coins gambler leapfrog since:soon", {"coin-flips", "kelly-bets", "hamiltonian-walks"}),
        ("coins gambler leapfrog year:0000 until:2019-99", {"coin-flips", "kelly-bets", "hamiltonian-walks"}),
    ],
)
def test_options_may_be_typed_into_the_query(index: SectionIndex, query: str, slugs: set[str]) -> None:
    assert found(index, query) == slugs


def test_a_quoted_phrase_must_stand_as_it_is(index: SectionIndex, texts: dict[tuple[str, str], str]) -> None:
    hits = index.search('"leapfrog integrator"', limit=50).hits
    assert hits and all("leapfrog integrator" in texts[hit.slug, hit.heading].lower() for hit in hits)


def test_without_a_quoted_phrase_its_words_are_found_and_that_is_said(index: SectionIndex) -> None:
    search = index.search('"integrator leapfrog"', limit=5)
    assert search.hits and "quoted phrase" in search.note


# Snippets


@pytest.mark.parametrize("query", ["kelly", "leapfrog", "coins", "probability", "law of large numbers", "walks steps"])
def test_a_snippet_is_verbatim_text_of_its_section(
    index: SectionIndex, texts: dict[tuple[str, str], str], query: str
) -> None:
    hits = index.search(query, limit=25).hits
    assert hits
    for hit in hits:
        assert hit.snippet and hit.snippet in texts[hit.slug, hit.heading]


LONG = " ".join(f"Sentence number {n} tells of pebbles, gravel and sand." for n in range(400))


def long_post(*sentences: str) -> Post:
    """A post of one endless opening: much gravel around the given sentences, each far from the next."""
    text = LONG + "".join(f" {sentence} {LONG}" for sentence in sentences)
    section = Section(0, 1, "", "", (), len(text.split()), text, text)
    return Post(
        slug="gravel",
        title="Gravel",
        url="http://tiny.example/posts/gravel/",
        author="Ada Tiny",
        published=date(2020, 1, 2),
        description="",
        source_kind="html",
        tags=(),
        prev_slug="",
        next_slug="",
        sections=(section,),
        counts=Counts(),
    )


def search_long(folder: Path, post: Post, query: str) -> Hit:
    writer = IndexWriter(folder)
    writer.add(post)
    writer.finish()
    (hit,) = SectionIndex(folder).search(query, limit=5).hits
    return hit


def test_a_long_section_gives_the_passage_that_answers(tmp_path: Path) -> None:
    answer = "The amethyst was buried beneath the old lighthouse."
    post = long_post("An anvil stood there.", answer)
    hit = search_long(tmp_path, post, "where was the amethyst buried?")
    assert answer in hit.snippet and hit.snippet in post.sections[0].text
    assert len(hit.snippet) < 5_000 < len(post.sections[0].text)


def test_what_the_title_says_already_counts_less_in_choosing_the_passage(tmp_path: Path) -> None:
    post = long_post("The amethyst lantern lit the harbour.", "The beryl lies here.")
    titled = replace(post, title="Amethyst, Lantern, Harbour")
    assert "beryl" in search_long(tmp_path, titled, "amethyst lantern harbour beryl").snippet


def test_a_snippet_begins_and_ends_with_whole_sentences(tmp_path: Path) -> None:
    hit = search_long(tmp_path, long_post("The amethyst was buried."), "amethyst")
    assert hit.snippet.startswith(("Sentence", "The")) and hit.snippet.endswith(".")


def test_a_section_without_a_full_stop_gives_a_short_snippet_too(tmp_path: Path) -> None:
    post = long_post("pebble " * 20_000)
    hit = search_long(tmp_path, post, "pebble")
    assert hit.snippet in post.sections[0].text and len(hit.snippet) < 5_000


# Formulas


@pytest.mark.parametrize(
    "formula",
    [
        r"G(f)=p\log(1+bf)",
        r"$G(f) = p \log \left( 1 + b f \right)$",
        r"\mathbf{G}( f ) = p\,\log(1+bf)",
        r"\begin{equation*} {\bf G}(f) = p \log(1+bf) \end{equation*}",
    ],
)
def test_a_formula_finds_its_section_however_it_is_laid_out(index: SectionIndex, formula: str) -> None:
    assert best(index, formula) == ("kelly-bets", "The Formula")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\frac{dx}{dt}", r"\dfrac {{\rm d} x} {dt}"),
        (r"{\bf x} \le 1", r"\mathbf{x} \leq 1"),
        (r"\left\lVert v \right\rVert", "||v||"),
        (r"q(z|x) \| p", r"q(z\mid x)||p"),
        ("∂f/∂θ", r"\partial f/\partial\theta"),
    ],
)
def test_formulas_that_only_look_different_are_the_same(one: str, other: str) -> None:
    assert symbols(one) == symbols(other) != []


def test_prose_is_no_formula() -> None:
    assert runs_of_query("how does the leapfrog integrator (HMC) preserve volume, and why?") == []


# Any input


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   \n\t ",
        '"',
        '"unclosed phrase',
        "'; DROP TABLE posts; --",
        "(((",
        "[1 TO",
        "{a b}",
        "AND OR NOT",
        "+kelly -coins",
        "title:kelly AND body:*",
        "kelly~2^5",
        ".*(kelly|bets)+?$",
        "/ke.*y/",
        "\\",
        r"\frac{bp - q}{b} = \(f^*\)",
        "$$\\begin{equation*}$$",
        "🎲🎲 🂡",
        "日本語のブログ",
        "\u202egnitteb\u202c",
        "\0",
        "kelly\0bets",
        "\ud800",
        "%s %d {0} {name}",
        "<script>alert(1)</script>",
        "kelly " * 1_700,
        " ".join(f"word{number}" for number in range(1_200)),
        "x" * 10_000,
        "é" * 50_000,
        "((" * 5_000,
    ],
    ids=lambda query: ascii(query[:20]),
)
def test_any_input_is_a_query_and_soon_answered(index: SectionIndex, query: str) -> None:
    began = time.monotonic()
    search = index.search(query, limit=8)
    assert time.monotonic() - began < 3
    assert len(search.hits) <= 8 and search.total >= len(search.hits)


@pytest.mark.parametrize("query", ["", "?!", "zyzzyva", "quantumchromodynamics zyzzyva", "\0"])
def test_no_hit_is_an_empty_result(index: SectionIndex, query: str) -> None:
    search = index.search(query, limit=8)
    assert (search.hits, search.total) == ([], 0)


def test_words_of_asking_alone_find_nothing(index: SectionIndex) -> None:
    assert index.search("what does the blog say about it?", limit=8).hits == []


def test_words_of_the_query_are_marked_in_every_form_but_in_formulas_and_code(synced: BlogTools) -> None:
    index = synced.snapshots.current().index
    text = "HW integrates: an integrator, `integrator(q)`, the Integrators of hamiltonian walks and \\(integrator\\)."
    assert index.marked("the integrator?", text) == (
        "HW **integrates**: an **integrator**, `integrator(q)`, the **Integrators** of hamiltonian walks and"
        " \\(integrator\\)."
    )
    marked = index.marked("HW", text)
    assert "**HW**" in marked and "**hamiltonian** **walks**" in marked
    assert index.marked("", text) == text
