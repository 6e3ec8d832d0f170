"""Full text over sections: building the tantivy index of a snapshot, and ranked queries on it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import tantivy

from warehouse.errors import SnapshotError
from warehouse.records import Hit, Post
from warehouse.sentences import sentence_spans

_ANALYZER = "english"
_FIELDS = {"body": 1.0, "title": 1.0, "heading": 1.0, "tag_words": 0.5}
_ABOVE = 0.3
"""What a query word that the title or heading has already counts in choosing the snippet: the others are sought."""
_AGAIN = 0.3
"""What each further sentence with a word adds, beside 1 for the first."""
_LONGEST_WORD = 40
"""Characters beyond which nothing is taken for a misspelt word: the automaton for it would be slow to build."""
_PHRASED = ("body", "heading", "title")
"""Where two neighbouring words of the query count once more when they stand next to each other; the best place counts,
so that a post with them in its title is told apart by the other words."""
_TIE = 0.1
"""Share of a word's weaker fields: it mostly counts where it counts best, not once for each field it is repeated in."""
_MAX_TERMS = 64
"""Distinct words of a query that are looked up; the rest is ignored, so that any query ends soon."""
SNIPPET_CHARS = (2400, 2400, 2400, 1200, 1200, 600)
"""Length of the snippets by rank, the last for all further hits: the best sections are given nearly whole."""

# Words that say how something is asked, not what about.
_ASKING = frozenset(
    "a about according all also am an and any are article articles as at author be been being blog brian but by can"
    " could did do does done during explain for from give had has have he her him his how i if in into is it its"
    " just keng like me my of on or our please post posts say says she should show so tell than that the their them"
    " then there these they this those to us using versus vs was we were what whats when where whether which while"
    " who whom whose why will with would you your".split()
)


@dataclass(frozen=True, slots=True)
class Search:
    """Hits best first, and how many sections matched in all."""

    hits: list[Hit]
    total: int


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for word_filter in (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(), tantivy.Filter.stemmer("english")):
        builder = builder.filter(word_filter)
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("tag", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", stored=False, indexed=True)
    # Bytes: a text field is always indexed as well, and a section as one term tripled the time of a commit.
    builder.add_bytes_field("stored", stored=True, indexed=False)
    builder.add_bytes_field("text", stored=True, indexed=False)
    return builder.build()


class IndexWriter:
    """Fills the index of a new snapshot, post by post."""

    def __init__(self, folder: Path) -> None:
        """`folder` must exist and be empty."""
        index = tantivy.Index(_schema(), path=str(folder))
        index.register_tokenizer(_ANALYZER, _analyzer())
        self._writer = index.writer(heap_size=64_000_000, num_threads=1)
        self._open = True

    def add(self, post: Post) -> None:
        """Takes in every section of a post."""
        # A heading with nothing of its own below it is no passage to show: it is found through the post's opening.
        bare = [section.heading for section in post.sections[1:] if not section.text]
        for section in post.sections:
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
            self._writer.add_document(
                tantivy.Document(
                    title=post.title,
                    heading=" / ".join(section.path if section.position else bare),
                    tag_words=" / ".join(post.tags),
                    body=section.text,
                    tag=[tag.lower() for tag in post.tags],
                    day=_day(post.published),
                    stored=json.dumps(stored, ensure_ascii=False).encode(),
                    text=section.text.encode(),
                )
            )

    def finish(self) -> None:
        """Writes what is pending. Raises SnapshotError when it cannot."""
        try:
            self._writer.commit()
            self.close()
        except (ValueError, OSError) as error:  # what tantivy raises for a fault of its files
            raise SnapshotError(
                f"the new snapshot's index cannot be written ({error}); what was published stays"
            ) from error

    def close(self) -> None:
        """Ends the threads that write to the folder, for the case that it is given up; nothing, once finished."""
        if self._open:
            self._open = False
            self._writer.wait_merging_threads()


def _day(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


class SectionIndex:
    """Ranked search over one snapshot's sections; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Raises SnapshotError when the index is missing or damaged."""
        try:
            self._index = tantivy.Index.open(str(folder))
            self._index.register_tokenizer(_ANALYZER, _analyzer())
            self._index.reload()
            self._index.searcher().doc_freq("body", "probe")  # opens the files a query needs
        except (ValueError, OSError) as error:
            raise SnapshotError("the snapshot's index cannot be read; run `bounded sync`") from error
        self._schema = self._index.schema
        self._analyzer = _analyzer()

    def terms(self, text: str) -> list[str]:
        """The distinct words of a text as the index knows them (folded, stemmed), asking words left out."""
        return list(self._words(text))

    def _words(self, text: str) -> dict[str, str]:
        """Term to the word it was made from."""
        words = [word for word in re.findall(r"\w+", text) if word.lower() not in _ASKING]
        analysed = ((self._analyzer.analyze(word), word.lower()) for word in words)
        return {term: word for found, word in analysed for term in found}

    def search(
        self, query: str, *, limit: int, tag: str = "", since: date | None = None, until: date | None = None
    ) -> Search:
        """The sections that match any word of the query, best first, at most `limit`."""
        terms = dict(list(self._words(query).items())[:_MAX_TERMS])
        if not terms:
            return Search([], 0)
        searcher = self._index.searcher()
        clauses = [(tantivy.Occur.Must, self._any_of(terms))]
        if tag:
            clauses.append((tantivy.Occur.Must, tantivy.Query.term_query(self._schema, "tag", tag.lower())))
        if since or until:
            low, high = _day(since or date.min), _day(until or date.max)
            in_range = tantivy.Query.range_query(self._schema, "day", tantivy.FieldType.Integer, low, high)
            clauses.append((tantivy.Occur.Must, in_range))
        try:
            found: Any = searcher.search(tantivy.Query.boolean_query(clauses), limit=limit, count=True)
        except ValueError as error:  # what tantivy raises for a fault of its files
            raise SnapshotError(f"the snapshot's index is damaged ({error}); run `bounded sync`") from error
        weights = {term: self.rarity(term) for term in terms}
        hits = []
        for rank, (score, address) in enumerate(found.hits):
            room = SNIPPET_CHARS[min(rank, len(SNIPPET_CHARS) - 1)]
            document = searcher.doc(address)
            stored = json.loads(document["stored"][0])
            above = set(self._analyzer.analyze(" ".join([stored["title"], *stored["path"]])))
            sought = {term: weight * (_ABOVE if term in above else 1.0) for term, weight in weights.items()}
            text = document["text"][0].decode()
            hits.append(Hit(score=round(score, 3), snippet=self._snippet(text, sought, room), **stored))
        return Search(hits, int(found.count))

    def _any_of(self, terms: dict[str, str]) -> tantivy.Query:
        alternatives = []
        for term, word in terms.items():
            if self.knows(term):
                fields = [self._word(name, term) for name in _FIELDS]
            else:
                fields = [self._misspelt(name, spelling) for name in _FIELDS for spelling in {term, word}]
            alternatives.append((tantivy.Occur.Should, tantivy.Query.disjunction_max_query(fields, _TIE)))
        for pair in pairwise(terms):
            together = [tantivy.Query.phrase_query(self._schema, name, list(pair), slop=1) for name in _PHRASED]
            alternatives.append((tantivy.Occur.Should, tantivy.Query.disjunction_max_query(together, 0.0)))
        return tantivy.Query.boolean_query(alternatives)

    def _word(self, name: str, term: str) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, name, term, index_option="freq")
        return tantivy.Query.boost_query(query, _FIELDS[name])

    def _misspelt(self, name: str, term: str) -> tantivy.Query:
        """A word the blog never uses stands for its close spellings (Damerau-Levenshtein distance 1, or 2 if long)."""
        if len(term) > _LONGEST_WORD:
            return tantivy.Query.empty_query()
        return tantivy.Query.fuzzy_term_query(self._schema, name, term, distance=2 if len(term) > 6 else 1)

    def knows(self, term: str) -> bool:
        """Whether any section, title or tag holds the (analysed) term."""
        searcher = self._index.searcher()
        return any(searcher.doc_freq(name, term) for name in _FIELDS)

    def has_near(self, term: str) -> bool:
        """Whether the body of any section holds a close spelling of the (analysed) term."""
        if len(term) < 4:
            return False
        searcher = self._index.searcher()
        query = self._misspelt("body", term)
        return bool(searcher.search(query, limit=1, count=False).hits)

    def rarity(self, term: str) -> float:
        """What a term tells: 1 for one of a single section, towards 0 for one of all (inverse frequency)."""
        searcher = self._index.searcher()
        sections = searcher.num_docs
        return math.log1p(sections / max(1, searcher.doc_freq("body", term))) / math.log1p(max(1, sections))

    def _snippet(self, text: str, weights: dict[str, float], room: int) -> str:
        """The text itself if short, else the run of whole sentences, up to `room`, that says most about the query."""
        if len(text) <= room:
            return text
        spans = list(sentence_spans(text))
        held = [weights.keys() & set(self._analyzer.analyze(text[start:end])) for start, end in spans]
        best, chosen = -1.0, (0, 0)
        for first, (start, _) in enumerate(spans):
            last, covered, value = first, set[str](), 0.0
            while last < len(spans) and (last == first or spans[last][1] - start <= room):
                # A word counts in full once, a little each time it is said again.
                value += sum(weights[term] * (_AGAIN if term in covered else 1.0) for term in held[last])
                covered |= held[last]
                last += 1
            if value > best:
                best, chosen = value, (start, spans[last - 1][1])
        start, end = chosen
        return _cut(text[start:end], 2 * room)


def _cut(text: str, limit: int) -> str:
    """A lone sentence may be longer than a snippet; an endless one is cut at a word."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]
