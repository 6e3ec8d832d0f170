"""What each mechanism of search is worth, and how fast it is beside others.

`python bench/search.py ablation SNAPSHOT [MORE.jsonl]`: hit@1, hit@3, MRR@10 over posts and hit@5 over sections with
each mechanism off, one at a time, over search_questions.jsonl, content_questions.jsonl and formula_queries.jsonl, with
95 % bootstrap intervals.
`python bench/search.py speed SNAPSHOT [SECTIONS] [--duckdb PYTHON]`: build time, size and median time of a query, all
engines in one run, over the snapshot's sections and over SECTIONS (100,000) synthetic ones with Zipf words. Bare
tantivy: the same texts in a plain index, a lenient query over title, heading and body, the text of the hits read.
bm25s is compared if installed, DuckDB's full-text extension as `bench/duckdb_fts.py` says. Every query is asked twice:
"first" times are those of an index just opened, "again" those of a server. SNAPSHOT: a folder below
HOME/sites/HOST/snapshots. Both print Markdown.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import mean, median
from typing import Any
from unittest import mock

import tantivy

import warehouse.index as ranking
import warehouse.index_writer as index_writer
import warehouse.query_words as query_words
from warehouse.formula_terms import runs, runs_of_text
from warehouse.index import SectionIndex
from warehouse.index_writer import IndexWriter
from warehouse.records import Counts, Post, Section
from warehouse.store import Warehouse

HERE = Path(__file__).parent
SETS = ("search_questions.jsonl", "content_questions.jsonl")
Question = dict[str, Any]
Find = Callable[[str], object]
Engine = Callable[[list[Post], Path], Find]


# What each mechanism is worth

CLAIMS = "claims"
"""The mechanism that is not of the query but of the index."""


def off(index: SectionIndex) -> dict[str, Callable[[], Any]]:
    """Mechanism to what turns it off."""
    return {
        "(all on)": lambda: mock.patch.object(ranking, "_TIE", ranking._TIE),
        "score of the post": lambda: mock.patch.object(ranking, "_OF_POST", 0.0),
        "other posts before a post's sixth section": lambda: mock.patch.object(ranking, "_OF_ONE_POST", 99),
        "acronyms explained in the text": lambda: mock.patch.multiple(index._words, _explained={}, _acronym_of={}),
        "initials of headings and tags": lambda: mock.patch.object(index._words, "_initials", {}),
        "spelling": lambda: mock.patch.object(query_words, "close_words", lambda word, known: []),
        "neighbouring words, joined words": lambda: mock.patch.object(index, "_together", lambda one, other: []),
        "asking words left out": lambda: mock.patch.object(query_words, "_ASKING", frozenset()),
        "best field of a word, not their sum": lambda: mock.patch.object(ranking, "_TIE", 1.0),
        "title, headings and tags": lambda: mock.patch.object(ranking, "_FIELDS", {"body": 1.0}),
        "meaning of words": lambda: mock.patch.object(ranking, "_OF_MEANING", 0.0),
        "symbols of formulas": lambda: mock.patch.object(ranking, "runs_of_query", lambda query: []),
    }


def measures(index: SectionIndex, questions: list[Question]) -> list[list[float]]:
    """hit@1, hit@3 and reciprocal rank of the post, hit@5 of the section, one value for each question that has it."""
    found: list[list[float]] = [[], [], [], []]
    for question in questions:
        hits = index.search(question["question"], limit=10).hits
        slugs = list(dict.fromkeys(hit.slug for hit in hits))
        rank = next((n for n, slug in enumerate(slugs, start=1) if slug in question["slugs"]), 99)
        found[0].append(rank == 1)
        found[1].append(rank <= 3)
        found[2].append(1 / rank if rank <= 10 else 0.0)
        if question["anchors"]:
            wanted = {(question["slugs"][0], anchor) for anchor in question["anchors"]}
            found[3].append(any((hit.slug, hit.anchor) in wanted for hit in hits[:5]))
    return found


def formulas_shown(index: SectionIndex, queries: list[Question]) -> list[float]:
    """Whether one of the first five passages is of a right post and shows most symbols of the formula."""
    shown = []
    for query in queries:
        wanted = set(runs(query["query"]))
        hits = [hit for hit in index.search(query["query"], limit=5).hits if hit.slug in query["slugs"]]
        held = [len(wanted & set(runs_of_text(hit.snippet))) / len(wanted) for hit in hits]
        shown.append(float(max(held, default=0.0) >= 0.7))
    return shown


def interval(values: list[float]) -> str:
    chance = random.Random(0)
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(1_000))
    return f"{mean(values):.3f} [{means[25]:.3f}, {means[975]:.3f}]"


def ablation(folder: Path, sets: list[Path]) -> Iterator[str]:
    queries = read(HERE / "formula_queries.jsonl")
    yield "| off | set | questions | hit@1 | hit@3 | MRR@10 | section hit@5 |"
    yield "|" + " --- |" * 7
    with tempfile.TemporaryDirectory() as without_claims:
        index_without_claims(folder, Path(without_claims))
        for name in [*off(SectionIndex(folder / "index")), CLAIMS]:
            # A fresh one: what it keeps of words depends on what is on.
            index = SectionIndex(Path(without_claims) if name == CLAIMS else folder / "index")
            with off(index).get(name, nullcontext)():
                for path in [*(HERE / name for name in SETS), *sets]:
                    questions = [in_our_terms(question) for question in read(path)]
                    questions = [question for question in questions if question["slugs"]]
                    columns = [interval(values) for values in measures(index, questions)]
                    yield f"| {name} | {path.stem} | {len(questions)} | {' | '.join(columns)} |"
                shown = interval(formulas_shown(index, queries))
                yield f"| {name} | formula_queries | {len(queries)} | | | | {shown} |"


def index_without_claims(folder: Path, target: Path) -> None:
    """Indexes a snapshot's posts as those of a blog of which the catalogue knows nothing."""
    warehouse, writer = Warehouse(folder / "warehouse.duckdb"), IndexWriter(target)
    with mock.patch.object(index_writer, "proven", lambda slug, text: ()):
        for post in warehouse.posts(warehouse.slugs()):
            writer.add(post)
    writer.finish()
    warehouse.close()


def in_our_terms(question: Question) -> Question:
    anchors = question.get("anchors") or [question["gold_anchor"]] if question.get("gold_anchor") else []
    listed = "unlisted_draft" not in question.get("tags", ())
    return {"anchors": anchors, "slugs": question.get("gold_slugs", []) if listed else [], **question}


def read(path: Path) -> list[Question]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# How fast it is


def synthetic(posts: list[Post], sections: int) -> Iterator[Post]:
    """Posts of twelve sections of 60 words drawn from the blog's own by a Zipf law."""
    chance = random.Random(0)
    words = sorted({w for post in posts for s in post.sections for w in s.text.lower().split() if w.isalpha()})
    chance.shuffle(words)
    words += [f"{word}{n}" for n in range(3) for word in words]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    for number in range(sections // 12):
        texts = [" ".join(chance.choices(words, cum_weights=weights, k=60)) for _ in range(12)]
        parts = tuple(
            Section(n, 2, f"Part {n}", f"p{n}", (f"Part {n}",), 60, text, text) for n, text in enumerate(texts)
        )
        yield replace(
            posts[0], slug=f"post-{number}", title=" ".join(texts[0].split()[:4]), sections=parts, tags=(),
            published=date(2015, 1, 1) + timedelta(days=number % 3_000), counts=Counts(),
        )  # fmt: skip


def ours(posts: list[Post], folder: Path) -> Find:
    writer = IndexWriter(folder)
    for post in posts:
        writer.add(post)
    writer.finish()
    index = SectionIndex(folder)
    return lambda query: index.search(query, limit=8)


def ours_without_snippets(posts: list[Post], folder: Path) -> Find:
    ours(posts, folder)
    index = SectionIndex(folder)
    mock.patch.object(index, "_hit", lambda score, number, rank, sought: number).start()
    return lambda query: index.search(query, limit=8)


def bare_tantivy(posts: list[Post], folder: Path) -> Find:
    builder = tantivy.SchemaBuilder()
    for name in ("title", "heading", "body"):
        builder.add_text_field(name, stored=True, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    for title, heading, text in texts_of(posts):
        writer.add_document(tantivy.Document(title=title, heading=heading, body=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()

    def find(query: str) -> object:
        parsed, _ = index.parse_query_lenient(query, ["title", "heading", "body"])
        searcher = index.searcher()
        return [searcher.doc(address)["body"][0] for _, address in searcher.search(parsed, limit=8).hits]

    return find


def fts5(posts: list[Post], folder: Path) -> Find:
    base = sqlite3.connect(folder / "fts.sqlite")
    base.execute("CREATE VIRTUAL TABLE s USING fts5(title, heading, body, tokenize='porter unicode61')")
    base.executemany("INSERT INTO s VALUES (?, ?, ?)", texts_of(posts))
    base.commit()

    def find(query: str) -> object:
        words = " OR ".join(f'"{word}"' for word in query_words.asked_words(query))
        return base.execute("SELECT * FROM s WHERE s MATCH ? ORDER BY rank LIMIT 8", (words,)).fetchall()

    return find


def bm25s(posts: list[Post], folder: Path) -> Find:
    import bm25s as library  # type: ignore[import-not-found]  # only for comparison

    retriever = library.BM25()
    corpus = [" ".join(parts) for parts in texts_of(posts)]
    retriever.index(library.tokenize(corpus, show_progress=False), show_progress=False)
    retriever.save(str(folder))
    return lambda query: retriever.retrieve(library.tokenize(query, show_progress=False), k=8, show_progress=False)


def duckdb_fts(python: str, posts: list[Post], folder: Path) -> Find:
    rows = folder.with_suffix(".jsonl")
    with rows.open("w", encoding="utf-8") as file:
        for row in texts_of(posts):
            file.write(json.dumps(dict(zip(("title", "heading", "body"), row, strict=True))) + "\n")
    command = [python, str(HERE / "duckdb_fts.py"), str(rows), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    asked, told = process.stdin, process.stdout
    assert asked and told and told.readline() == "ready\n", "its process ended"

    def find(query: str) -> object:
        print(json.dumps(query), file=asked)
        return told.readline()

    return find


ENGINES: list[Engine] = [ours, ours_without_snippets, bare_tantivy, fts5, bm25s]


def texts_of(posts: list[Post]) -> Iterator[tuple[str, str, str]]:
    for post in posts:
        for section in post.sections:
            yield post.title, " / ".join(section.path), section.text


def speed(folder: Path, sections: int, duckdb: str) -> Iterator[str]:
    warehouse = Warehouse(folder / "warehouse.duckdb")
    posts = [warehouse.post(slug) for slug in warehouse.slugs()]
    queries = [question["question"] for question in read(HERE / "search_questions.jsonl")]
    yield "| engine | sections | build s | MB | first ms | again ms | first: of bare | again: of bare |"
    yield "|" + " --- |" * 8
    for corpus in (posts, list(synthetic(posts, sections))):
        yield from compared(corpus, queries, duckdb)


def compared(posts: list[Post], queries: list[str], duckdb: str) -> Iterator[str]:
    """Every query goes to all engines, in an order drawn each time: whoever follows a slow one finds cold caches."""
    engines: dict[str, Engine] = {engine.__name__: engine for engine in ENGINES}
    if duckdb:
        engines["duckdb_fts"] = partial(duckdb_fts, duckdb)
    with scratch() as folder:
        built: dict[str, tuple[Find, float, float]] = {}
        for name, engine in engines.items():
            place = folder / name
            place.mkdir()
            began = time.perf_counter()
            try:
                find = engine(posts, place)
            except Exception as error:  # an engine that is not there is named, whatever its way to say so
                yield f"| {name} | | | | not available: {str(error).splitlines()[0][:80]} | | | |"
                continue
            took = time.perf_counter() - began
            size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) / 1e6
            built[name] = (find, took, size)
        rounds = [asked_in_turn(queries, {name: find for name, (find, _, _) in built.items()}) for _ in range(2)]
        count = sum(len(post.sections) for post in posts)
        for name, (_, took, size) in built.items():
            times = " | ".join(f"{spent[name]:.2f}" for spent in rounds)
            shares = " | ".join(f"{spent[name] / spent['bare_tantivy']:.1f}" for spent in rounds)
            yield f"| {name} | {count} | {took:.1f} | {size:.1f} | {times} | {shares} |"


def asked_in_turn(queries: list[str], finds: dict[str, Find]) -> dict[str, float]:
    """Median milliseconds of a query, by engine."""
    spent: dict[str, list[float]] = {name: [] for name in finds}
    chance = random.Random(0)
    for query in queries:
        for name in chance.sample(list(finds), len(finds)):
            began = time.perf_counter()
            finds[name](query)
            spent[name].append((time.perf_counter() - began) * 1_000)
    return {name: median(times) for name, times in spent.items()}


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["ablation", "speed"])
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("more", nargs="*")
    parser.add_argument("--duckdb", default="", metavar="PYTHON")
    chosen = parser.parse_args()
    if chosen.what == "ablation":
        lines = ablation(chosen.snapshot, [Path(path) for path in chosen.more])
    else:
        lines = speed(chosen.snapshot, int(chosen.more[0]) if chosen.more else 100_000, chosen.duckdb)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
