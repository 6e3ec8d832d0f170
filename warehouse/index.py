"""Full text over sections: ranked queries on the index of a snapshot."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice, pairwise, product
from operator import itemgetter
from pathlib import Path
from typing import Any

import tantivy

from warehouse.errors import SnapshotError
from warehouse.formula_terms import runs_of_query
from warehouse.index_schema import TEXT_FIELDS, day_number, with_analyzers
from warehouse.query_syntax import asked
from warehouse.query_words import LONGEST_WORD, QueryWords, Word, asked_words
from warehouse.records import Hit
from warehouse.section_texts import SectionTexts, term_key
from warehouse.section_vectors import SectionVectors
from warehouse.snippets import snippet

_FIELDS = {"body": 1.0, "title": 1.0, "heading": 1.0, "tag_words": 0.5}
_ABOVE = 0.3
"""What a query word that the title or heading has already counts in choosing the snippet: the others are sought."""
_PHRASED = ("body", "heading", "title")
"""Where two neighbouring words of the query count once more when they stand next to each other; the best place counts,
so that a post with them in its title is told apart by the other words."""
_TIE = 0.1
"""Share of a word's weaker fields: it mostly counts where it counts best, not once for each field it is repeated in."""
_CLOSE = 0.5
"""What a word counts that a misspelt one may stand for."""
_OF_POST = 1.0
"""Share of the score of its post in the rank of a section: a post about the matter beats one that mentions it."""
_OF_MEANING = 2.0
"""Share of the best score that the section nearest in meaning adds to its own, others less by their likeness ..."""
_OF_NEAR = 1.2
"""... and where an endpoint's vectors say so, which have not learnt what is asked about this blog."""
_MEANT = 30
"""Sections whose meaning is compared: hardly ever is a right one further down."""
_SAME_NEARNESS = 1e-6
"""Between the cosines of the nearest section and the least near: below it, none is nearer."""
_OF_FORMULA = 0.3
"""What a run of symbols counts against a word: a formula has many."""
_POOL = 60
"""Sections whose rank the score of their post may change."""
_OF_ONE_POST = 5
"""Sections of one post that are listed before those of others: fewer pushed the section asked for out of sight."""
_TERMS_KEPT = 20_000
"""Terms of which it is kept in which fields they stand and how rare they are."""
SNIPPET_CHARS = (3600, 2800, 2000, 1200, 800, 500)
"""Length of the snippets by rank, the last for all further hits: the best sections are given nearly whole."""

_MARKABLE = re.compile(r"```.*?```|`[^`\n]*`|\\\(.*?\\\)|\$\$.*?\$\$|(?P<word>\w+)", re.S)


Scored = tuple[float, Any, object]
"""A section's score, its address in the index, and the number of its post."""


@dataclass(frozen=True, slots=True)
class Search:
    """Hits best first, and how many sections matched in all."""

    hits: list[Hit]
    total: int
    note: str = ""
    """What was not found as asked for."""


class SectionIndex:
    """Ranked search over one snapshot's sections; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Raises SnapshotError when the index is missing or damaged."""
        try:
            sections, posts = (with_analyzers(tantivy.Index.open(str(folder / name))) for name in ("sections", "posts"))
            self._sections, self._posts = sections.searcher(), posts.searcher()
            for searcher in (self._sections, self._posts):
                searcher.doc_freq("body", "probe")  # opens the files a query needs
            self._texts = SectionTexts(folder / "sections.texts")
            self._vectors = SectionVectors(folder / "sections.vectors")
            self._words = QueryWords(self._sections, json.loads((folder / "acronyms.json").read_text(encoding="utf-8")))
        except (
            ValueError,
            OSError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:  # the last three: names of no use
            raise SnapshotError("the snapshot's index cannot be read; run `bounded sync`") from error
        self._schema = sections.schema
        self._holders = lru_cache(_TERMS_KEPT)(self._fields_with)
        self._rarity = lru_cache(_TERMS_KEPT)(self._rarity_in)

    def terms(self, text: str) -> list[str]:
        """The distinct words of a text as the index knows them (folded, stemmed), asking words left out."""
        return [term for word in asked_words(text) for term in self._words.terms(word)]

    def meant(self, query: str) -> list[str]:
        """The distinct words of a query as `terms`, a misspelt one as the word of the blog that is closest to it."""
        return list(dict.fromkeys(word.close[0] if word.close else word.term for word in self._words.read(query)))

    def marked(self, query: str, text: str) -> str:
        """A snippet with the words that stand for one of the query in Markdown's bold; formulas and code as written."""
        sought = {term for word in self._words.read(asked(query).text) for term in self._stands_for(word)}

        def mark(part: re.Match[str]) -> str:
            is_word = part["word"] and sought.intersection(self._words.terms(part["word"]))
            return f"**{part[0]}**" if is_word else part[0]

        return _MARKABLE.sub(mark, text)

    def _stands_for(self, word: Word) -> Iterable[str]:
        return (word.term, *word.close, *(term for phrase in word.phrases for term in phrase))

    def search(
        self,
        query: str,
        *,
        limit: int,
        tag: str = "",
        since: date | None = None,
        until: date | None = None,
        near: Sequence[tuple[int, float]] = (),
    ) -> Search:
        """The sections that match any word of the query, best first, at most `limit`.

        What a post has beyond its fifth section comes after the other posts.

        A query may hold "phrases" that must stand in a section, -words that must not, and tag:, year:, since: and
        until:, which narrow it like the arguments. Where no section has the phrases, their words are looked for.

        `near` are the numbers of sections that mean what the query does, with their likeness, the likest first: where
        any section has a word of the query they count as well.
        """
        asked_for = asked(query)
        words, formula = self._words.read(asked_for.text), runs_of_query(asked_for.text)
        if not words and not formula:
            return Search([], 0)
        matching = self._any_of(words, formula)
        first, last = _latest(since, asked_for.since), _earliest(until, asked_for.until)
        filters = self._filters(filter(None, [tag, *asked_for.tags]), first, last)
        excluded = [self._anywhere((term,)) for word in asked_for.excluded for term in self._words.terms(word)]
        phrases = [self._anywhere(said) for phrase in asked_for.phrases if (said := self._words.terms(phrase))]
        try:
            required, note = [*filters, *phrases], ""
            found = self._found([matching, *required], excluded, limit)
            if phrases and not found.hits:
                required, note = filters, "no section has the quoted phrase"
                found = self._found([matching, *required], excluded, limit)
            scored = self._with_posts(found.hits, matching)
            if near and scored:
                scored = self._with_near(scored, near, required, excluded)
            elif not formula:  # that says nothing in words
                scored = self._with_meaning(scored, asked_for.text)
            ranked = self._numbered(list(islice(_grouped(scored), limit)))
        except ValueError as error:  # what tantivy raises for a fault of its files
            raise SnapshotError(f"the snapshot's index is damaged ({error}); run `bounded sync`") from error
        weights = {term: self.rarity(term) for word in words for term in (word.term, *word.close)}
        weights.update((run, self._rarity("formula", run)) for run in formula)
        sought = [(term_key(term), weight) for term, weight in weights.items()]
        hits = [self._hit(score, number, rank, sought) for rank, (score, number) in enumerate(ranked)]
        return Search(hits, max(int(found.count), len(hits)), note if hits else "")

    def _found(self, required: list[tantivy.Query], excluded: list[tantivy.Query], limit: int) -> Any:
        clauses = [(tantivy.Occur.Must, query) for query in required]
        clauses += [(tantivy.Occur.MustNot, query) for query in excluded]
        query = tantivy.Query.boolean_query(clauses) if len(clauses) > 1 else required[0]
        return self._sections.search(query, limit=max(limit, _POOL), count=True)

    def _anywhere(self, terms: tuple[str, ...]) -> tantivy.Query:
        """What says the terms one after the other, in whichever field; it does not count for the rank."""
        fields = [self._phrase(name, terms, 0) if len(terms) > 1 else self._term(name, terms[0]) for name in _FIELDS]
        said = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in fields])
        return tantivy.Query.const_score_query(said, 0.0)

    def _with_posts(self, hits: list[tuple[float, Any]], matching: tantivy.Query) -> list[Scored]:
        """Sections with their own score and their post's."""
        if not hits:
            return []
        sections, posts = self._sections, self._posts
        numbers = sections.fast_field_values("post", [address for _, address in hits])
        whole: list[tuple[float, Any]] = posts.search(matching, limit=len(set(numbers)) + _POOL, count=False).hits
        held = posts.fast_field_values("post", [address for _, address in whole])
        of_post = dict(zip(held, [score for score, _ in whole], strict=True))
        return [
            (score + _OF_POST * of_post.get(number, 0.0), address, number)
            for (score, address), number in zip(hits, numbers, strict=True)
        ]

    def _with_meaning(self, scored: list[Scored], query: str) -> list[Scored]:
        """Sections with what the first of them mean counted, by the vectors stored with the index."""
        ordered = sorted(scored, key=itemgetter(0), reverse=True)
        first, rest = ordered[:_MEANT], ordered[_MEANT:]
        near = self._vectors.nearness(query, self._numbers("number", [address for _, address, _ in first]))
        least = min(near, default=0.0)
        worth = _OF_MEANING * _worth(scored, max(near, default=0.0), least)
        meant = [
            (score + worth * (each - least), address, post)
            for (score, address, post), each in zip(first, near, strict=True)
        ]
        return meant + rest

    def _with_near(
        self,
        scored: list[Scored],
        near: Sequence[tuple[int, float]],
        required: list[tantivy.Query],
        excluded: list[tantivy.Query],
    ) -> list[Scored]:
        """Sections with what they mean counted, and further ones that are near in meaning."""
        wanted = [tantivy.Query.term_query(self._schema, "number", number) for number, _ in near]
        any_wanted = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in wanted])
        allowed = [address for _, address in self._found([any_wanted, *required], excluded, len(near)).hits]
        (_, likest), (_, least) = near[0], near[-1]
        worth = _OF_NEAR * _worth(scored, likest, least)
        likeness = {number: worth * (like - least) for number, like in near}
        places = dict(zip(self._numbers("number", allowed), allowed, strict=True))
        addresses = [address for _, address, _ in scored]
        scores = {number: likeness[number] for number in places}
        for (score, address, _), number in zip(scored, self._numbers("number", addresses), strict=True):
            scores[number] = score + scores.get(number, 0.0)
            places[number] = address
        posts = self._numbers("post", [places[number] for number in scores])
        return [(scores[number], places[number], post) for number, post in zip(scores, posts, strict=True)]

    def _numbers(self, name: str, addresses: list[Any]) -> list[int]:
        return [int(number or 0) for number in self._sections.fast_field_values(name, addresses)]

    def _numbered(self, hits: list[tuple[float, Any]]) -> list[tuple[float, int]]:
        numbers = self._numbers("number", [address for _, address in hits])
        return [(score, number) for (score, _), number in zip(hits, numbers, strict=True)]

    def _hit(self, score: float, number: int, rank: int, sought: list[tuple[int, float]]) -> Hit:
        room = SNIPPET_CHARS[min(rank, len(SNIPPET_CHARS) - 1)]
        section = self._texts.section(number)
        if len(passage := section.text) > room:
            above = section.above
            held = [
                (weight * _ABOVE if term in above else weight, numbers)
                for term, weight, numbers in section.held(sought)
            ]
            passage = snippet(passage, section.starts, section.ends, held, room)
        slug, title, url, published, heading, path, anchor = section.facts
        return Hit(slug, title, url, published, heading, [*path], anchor, passage, round(score, 3))

    def _filters(self, tags: Iterable[str], since: date | None, until: date | None) -> list[tantivy.Query]:
        filters = [tantivy.Query.term_query(self._schema, "tag", tag.lower()) for tag in tags]
        if since or until:
            low, high = day_number(since or date.min), day_number(until or date.max)
            filters.append(tantivy.Query.range_query(self._schema, "day", tantivy.FieldType.Integer, low, high))
        return filters

    def _any_of(self, words: list[Word], formula: list[str]) -> tantivy.Query:
        alternatives = [self._any_reading(word) for word in words]
        alternatives += [tantivy.Query.boost_query(self._term("formula", run), _OF_FORMULA) for run in formula]
        for one, other in pairwise(words):
            alternatives += self._together(one, other)
        terms = [word.term for word in words]
        for size in range(2, 8):
            for first in range(len(terms) - size + 1):
                short = self._words.acronym_of(terms[first : first + size])
                if short and short not in terms:
                    alternatives.append(self._plain_word(short))
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in alternatives])

    def _any_reading(self, word: Word) -> tantivy.Query:
        if word.acronym:
            readings = [self._plain_word(word.plain)]
        else:
            readings = self._anywhere_held(word.term)
        for term in word.close:
            readings += [tantivy.Query.boost_query(held, _CLOSE) for held in self._anywhere_held(term)]
        readings += [held for phrase in word.phrases if len(phrase) > 1 for held in self._phrases(phrase, 0)]
        if not word.close and not word.phrases and not self.knows(word.term):
            readings += [self._misspelt(name, spelling) for name in _FIELDS for spelling in {word.term, word.plain}]
        return _best_of(readings, _TIE)

    def _together(self, one: Word, other: Word) -> list[tantivy.Query]:
        """What two neighbouring words find besides: both side by side, or written as one."""
        pairs = product((one.term, *one.close), (other.term, *other.close))
        readings = [held for pair in pairs for held in self._phrases(pair, 1)]
        queries = [_best_of(readings, 0.0)] if readings else []
        if self._words.uses(joined := one.plain + other.plain):
            (term, *_) = self._words.terms(joined)
            queries.append(_best_of(self._anywhere_held(term), _TIE))
        return queries

    def _anywhere_held(self, term: str) -> list[tantivy.Query]:
        """A term in each of the fields that hold it anywhere: looking it up in others would only take time."""
        held = self._holders(term)
        return [self._word(name, term) for name in _FIELDS if name in held]

    def _phrases(self, terms: tuple[str, ...], slop: int) -> list[tantivy.Query]:
        """Terms that stand together in each of the fields where they could."""
        held = self._holders(terms[0]).intersection(*map(self._holders, terms[1:]))
        return [self._phrase(name, terms, slop) for name in _PHRASED if name in held]

    def _fields_with(self, term: str) -> frozenset[str]:
        return frozenset(name for name in TEXT_FIELDS if self._sections.doc_freq(name, term))

    def _word(self, name: str, term: str) -> tantivy.Query:
        query, weight = self._term(name, term), _FIELDS[name]
        return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)

    def _plain_word(self, plain: str) -> tantivy.Query:
        return self._term("plain", plain)

    def _term(self, name: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, term, index_option="freq")

    def _phrase(self, name: str, terms: Iterable[str], slop: int) -> tantivy.Query:
        return tantivy.Query.phrase_query(self._schema, name, list(terms), slop=slop)

    def _misspelt(self, name: str, term: str) -> tantivy.Query:
        """A word the blog never uses stands for its close spellings (Damerau-Levenshtein distance 1, or 2 if long)."""
        if len(term) > LONGEST_WORD:
            return tantivy.Query.empty_query()
        return tantivy.Query.fuzzy_term_query(self._schema, name, term, distance=2 if len(term) > 6 else 1)

    def knows(self, term: str) -> bool:
        """Whether any section, title or tag holds the (analysed) term."""
        return bool(self._holders(term))

    def has_near(self, term: str) -> bool:
        """Whether the body of any section holds a close spelling of the (analysed) term."""
        if len(term) < 4:
            return False
        query = self._misspelt("body", term)
        return bool(self._sections.search(query, limit=1, count=False).hits)

    def has_phrase(self, terms: tuple[str, ...], between: int) -> bool:
        """Whether the (analysed) terms stand together in some section, title or tag, so many words `between` them."""
        if len(terms) == 1:
            return self.knows(terms[0])
        return any(self._sections.search(query, limit=1, count=False).hits for query in self._phrases(terms, between))

    def rarity(self, term: str) -> float:
        """What a term tells: 1 for one of a single section, towards 0 for one of all (inverse frequency)."""
        return self._rarity("body", term)

    def _rarity_in(self, name: str, term: str) -> float:
        sections = self._sections.num_docs
        return math.log1p(sections / max(1, self._sections.doc_freq(name, term))) / math.log1p(max(1, sections))


def _best_of(readings: list[tantivy.Query], tie: float) -> tantivy.Query:
    return readings[0] if len(readings) == 1 else tantivy.Query.disjunction_max_query(readings, tie)


def _worth(scored: list[Scored], nearest: float, least: float) -> float:
    """What a cosine of 1 more adds to a score: so much that the nearest section gets the best score."""
    best = max((score for score, _, _ in scored), default=0.0)
    return best / max(nearest - least, _SAME_NEARNESS)


def _grouped(scored: list[Scored]) -> Iterator[tuple[float, Any]]:
    """Hits best first, but what a post has beyond its share after the others, so that none fills the list."""
    listed: dict[object, int] = {}
    after: list[tuple[float, Any]] = []
    for score, address, post in sorted(scored, key=itemgetter(0), reverse=True):
        before = listed[post] = listed.get(post, -1) + 1
        if before < _OF_ONE_POST:
            yield score, address
        else:
            after.append((score, address))
    yield from after


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day), default=None)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)
