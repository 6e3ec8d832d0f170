"""Building the full-text index of a snapshot: sections, whole posts, and the acronyms that the texts explain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import tantivy

from warehouse.acronyms import acronyms, initials
from warehouse.errors import SnapshotError
from warehouse.formula_terms import runs_of_text
from warehouse.index_schema import day_number, index_schema, with_analyzers
from warehouse.records import Post


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

    def add(self, post: Post) -> None:
        """Takes in every section of a post, and the post as a whole."""
        # A heading with nothing of its own below it is no passage to show: it is found through the post's opening.
        bare = [section.heading for section in post.sections[1:] if not section.text]
        formulas = [" ".join(runs_of_text(section.text)) for section in post.sections]
        for section, runs in zip(post.sections, formulas, strict=True):
            self._short.update(acronyms(section.text))
            if section.position and not section.text:
                continue
            stored = {
                "slug": post.slug,
                "title": post.title,
                "url": post.url_of(section),
                "published": post.published.isoformat(),
                "heading": section.heading,
                "path": list(section.path),
                "anchor": section.anchor,
            }
            heading = " / ".join(section.path if section.position else bare)
            self._add(0, post, heading, section.text, runs, stored)
        headings = [section.heading for section in post.sections[1:]]
        whole = "\n\n".join(section.text for section in post.sections)
        self._add(1, post, " / ".join(headings), whole, " ".join(formulas), {})
        for name in (post.title, *headings, *post.tags):
            self._short.update(acronyms(name))
            self._initials.update(initials(name))
        self._posts += 1

    def _add(
        self, which: int, post: Post, heading: str, text: str, formulas: str, stored: Mapping[str, object]
    ) -> None:
        self._writers[which].add_document(
            tantivy.Document(
                title=post.title,
                heading=heading,
                tag_words=" / ".join(post.tags),
                body=text,
                formula=formulas,
                plain=[post.title, heading, *post.tags, text],
                tag=[tag.lower() for tag in post.tags],
                day=day_number(post.published),
                post=self._posts,
                stored=json.dumps(stored, ensure_ascii=False).encode(),
                text=text.encode() if stored else b"",
            )
        )

    def finish(self) -> None:
        """Writes what is pending. Raises SnapshotError when it cannot."""
        try:
            for writer in self._writers:
                writer.commit()
            self.close()
            names = {"explained": _by_frequency(self._short), "initials": _by_frequency(self._initials)}
            (self._folder / "acronyms.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        except (ValueError, OSError) as error:  # what tantivy raises for a fault of its files
            raise SnapshotError(
                f"the new snapshot's index cannot be written ({error}); what was published stays"
            ) from error

    def close(self) -> None:
        """Ends the threads that write to the folder, for the case that it is given up; nothing, once finished."""
        while self._writers:
            self._writers.pop().wait_merging_threads()


def _by_frequency(counted: Counter[tuple[str, str]]) -> dict[str, list[str]]:
    """Acronym to what it stands for, the most frequent first."""
    found: dict[str, list[str]] = {}
    for (short, long), _ in counted.most_common():
        found.setdefault(short, []).append(long)
    return found
