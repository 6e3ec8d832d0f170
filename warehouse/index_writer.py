"""Building the full-text index of a snapshot: sections, whole posts, and the acronyms that the texts explain."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import tantivy

from warehouse.acronyms import acronyms, initials
from warehouse.claims import Proven, proven
from warehouse.errors import SnapshotError
from warehouse.formula_terms import runs
from warehouse.formulas import delimited
from warehouse.index_schema import day_number, english_analyzer, index_schema, with_analyzers
from warehouse.records import Post, Section
from warehouse.section_texts import SectionTextsWriter, term_key
from warehouse.section_vectors import SectionVectorsWriter
from warehouse.sentences import sentence_spans

Runs = Sequence[tuple[int, str, Sequence[int]]]
"""Where each formula of a text starts, its runs of symbols, and the keys of those that no word reads like."""


class IndexWriter:
    """Fills the index of a new snapshot, post by post."""

    def __init__(self, folder: Path) -> None:
        """`folder` must exist and be empty."""
        self._folder = folder
        self._writers: list[tantivy.IndexWriter] = []
        for name in ("sections", "posts"):
            (folder / name).mkdir()
            index = with_analyzers(tantivy.Index(index_schema(), path=str(folder / name)))
            self._writers.append(index.writer(heap_size=32_000_000, num_threads=1))
        self._short: Counter[tuple[str, str]] = Counter()
        self._initials: Counter[tuple[str, str]] = Counter()
        self._posts = 0
        self._analyzer = english_analyzer()
        self._texts = SectionTextsWriter(folder / "sections.texts")
        self._vectors = SectionVectorsWriter(folder / "sections.vectors")

    def reuse(self, folder: Path) -> None:
        """Takes over from another index what was worked out for equal texts."""
        self._vectors.reuse(folder / "sections.vectors")

    def add(self, post: Post) -> None:
        """Takes in every section of a post, and the post as a whole."""
        # A heading with nothing of its own below it is no passage to show: it is found through the post's opening.
        bare = [section.heading for section in post.sections[1:] if not section.text]
        formulas = [_runs_of(section.text) for section in post.sections]
        texts: list[str] = []
        for section, runs_of_section in zip(post.sections, formulas, strict=True):
            self._short.update(acronyms(section.text))
            claims = proven(post.slug, section.text)
            texts.append("\n\n".join([section.text, *(claim.text for claim in claims)]))
            if section.text or not section.position:
                heading = " / ".join(section.path if section.position else bare)
                number = self._keep(post, section, runs_of_section, claims)
                self._add(0, post, heading, texts[-1], [runs_of_section], number)
        headings = [section.heading for section in post.sections[1:]]
        self._add(1, post, " / ".join(headings), "\n\n".join(texts), formulas, self._posts)
        for name in (post.title, *headings, *post.tags):
            self._short.update(acronyms(name))
            self._initials.update(initials(name))
        self._posts += 1

    def _keep(self, post: Post, section: Section, formulas: Runs, claims: Sequence[Proven]) -> int:
        """Stores what a hit shows of a section, and says under which number."""
        facts = [
            *(post.slug, post.title, post.url_of(section), post.published.isoformat()),
            *(section.heading, section.path, section.anchor),
        ]
        spans = list(sentence_spans(section.text))
        above = map(term_key, set(self._analyzer.analyze(" ".join([post.title, *section.path]))))
        held: defaultdict[int, list[int]] = defaultdict(list)
        restated = defaultdict(list)
        for claim in claims:
            for number in claim.sentences:
                restated[number].append(claim.text)
        for number, (start, end) in enumerate(spans):
            said = " ".join([section.text[start:end], *restated[number]])
            for key in map(term_key, set(self._analyzer.analyze(said))):
                held[key].append(number)
        starts = [start for start, _ in spans]
        for place, _, keys in formulas:
            number = max(0, bisect_right(starts, place) - 1)
            for key in keys:
                if not (numbers := held[key]) or numbers[-1] != number:
                    numbers.append(number)
        self._vectors.add(f"{post.title}. {section.heading}.", section.text, spans)
        return self._texts.add(facts, section.text, spans, above, held)

    def _add(self, which: int, post: Post, heading: str, text: str, formulas: Sequence[Runs], number: int) -> None:
        self._writers[which].add_document(
            tantivy.Document(
                title=post.title,
                heading=heading,
                tag_words=" / ".join(post.tags),
                body=text,
                formula=" ".join(symbols for of_text in formulas for _, symbols, _ in of_text),
                plain=[post.title, heading, *post.tags, text],
                tag=[tag.lower() for tag in post.tags],
                day=day_number(post.published),
                post=self._posts,
                number=number,
            )
        )

    def finish(self) -> None:
        """Writes what is pending; nothing, once finished. Raises SnapshotError when it cannot."""
        if not self._writers:
            return
        try:
            for writer in self._writers:
                writer.commit()
            self._texts.finish()
            self._vectors.finish()
            self.close()
            names = {"explained": _by_frequency(self._short), "initials": _by_frequency(self._initials)}
            (self._folder / "acronyms.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        except (ValueError, OSError) as error:  # what tantivy raises for a fault of its files
            raise SnapshotError(
                f"the new snapshot's index cannot be written ({error}); what was published stays"
            ) from error

    def close(self) -> None:
        """Ends the threads that write to the folder, for the case that it is given up; nothing, once finished."""
        self._texts.close()
        self._vectors.close()
        while self._writers:
            self._writers.pop().wait_merging_threads()


@lru_cache(4_096)
def _runs(latex: str) -> tuple[str, array[int]]:
    found = runs(latex)
    # A lone symbol is spelt like a word.
    return " ".join(found), array("I", map(term_key, set(found)) if len(found) > 1 else ())


def _runs_of(text: str) -> Runs:
    return [(formula.start, *_runs(formula.latex)) for formula in delimited(text, single=False, sure=False)]


def _by_frequency(counted: Counter[tuple[str, str]]) -> dict[str, list[str]]:
    """Acronym to what it stands for, the most frequent first."""
    found: dict[str, list[str]] = {}
    for (short, long), _ in counted.most_common():
        found.setdefault(short, []).append(long)
    return found
