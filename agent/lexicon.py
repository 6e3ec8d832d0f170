"""What the embedded model knows of a blog before any tool call: its titles, its tags and how rare its words are."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import Any

from agent.metadata.post_names import PostNames, Title, acronyms, split_words
from warehouse.snapshot import Snapshot, Snapshots


class Lexicon:
    """Titles, tags and word frequencies of the current snapshot."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._seen: Snapshot | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        snapshot = self._snapshots.current()
        if self._seen is not snapshot:
            self._seen, self._vocabulary = snapshot, Vocabulary(snapshot)
        return self._vocabulary


class Vocabulary:
    """The words of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @property
    def only_summaries(self) -> bool:
        """Whether the texts are the catalogue's summaries, not the posts."""
        return self._snapshot.is_catalogue

    @cached_property
    def titles(self) -> list[Title]:
        return [
            Title(slug, title, words := tuple(split_words(title)), "".join(w[0] for w in words))
            for slug, title in self._snapshot.warehouse.slugs().items()
        ]

    @cached_property
    def tags(self) -> dict[str, str]:
        """Lower-cased tag to the tag as written."""
        return {tag.lower(): tag for tag in self._snapshot.warehouse.tags()}

    @cached_property
    def tag_names(self) -> dict[str, str]:
        """What readers may write for a tag, lower case (hyphens as spaces, no plural s), to the tag as written."""
        names: dict[str, str] = {}
        for name, tag in self.tags.items():
            for variant in (name, name.replace("-", " "), name.removesuffix("s"), f"{name}s"):
                if len(variant) > 1:
                    names.setdefault(variant, tag)
        return names | self.tags

    def posts_tagged(self, name: str) -> int:
        """How many posts have the tag; 0 when there is none."""
        return self._tag_counts.get(name.lower(), 0)

    @cached_property
    def _tag_counts(self) -> dict[str, int]:
        return {str(tag): int(str(n)) for tag, n in self._rows("SELECT lower(tag), count(*) FROM topics GROUP BY 1")}

    def speaks_of(self, words: str) -> bool:
        """Whether some tag or title has the words, begun where a word begins."""
        start = re.compile(r"\b" + re.escape(re.sub(r"(?<=\w{3})s$", "", words)), re.I)
        return any(start.search(tag) for tag in self.tags) or any(start.search(t.title) for t in self.titles)

    def is_title(self, words: str) -> bool:
        """Whether some post is titled just so."""
        return tuple(split_words(words)) in {title.words for title in self.titles}

    def written_out(self, words: str) -> str:
        """The words with acronyms written out, "vaes" as "variational autoencoders"."""
        return self._names.written_out(words)

    def terms(self, text: str) -> list[str]:
        """Words of a text as the index knows them, asking words left out."""
        return self._snapshot.index.terms(text)

    def meant(self, question: str) -> list[str]:
        """Words of a question, as `terms`, a misspelt one as the word of the blog that is closest to it."""
        return self._snapshot.index.meant(question)

    def rarity(self, term: str) -> float:
        """1 for a word of one section, towards 0 for a word of all, and 1 for a word of none."""
        return self._snapshot.index.rarity(term)

    def knows(self, term: str) -> bool:
        """Whether any section uses the word."""
        return self._snapshot.index.knows(term)

    def misspells(self, term: str) -> bool:
        """Whether the term looks like a misspelling of a word the blog uses."""
        return self._snapshot.index.has_near(term)

    def has_phrase(self, terms: tuple[str, ...], between: int) -> bool:
        """Whether the terms stand together in this order anywhere in the blog, at most so many words `between` them."""
        return self._snapshot.index.has_phrase(terms, between)

    def acronym(self, word: str) -> bool:
        """Whether the word is made of the initials of consecutive words of some title."""
        letters = word.lower()
        return len(letters) > 1 and any(letters in title.initials for title in self.titles)

    def posts(self, name: str) -> list[Title]:
        """The posts a reader may mean by a loose name: one when clear, several when not, none when nothing fits."""
        return self._names.meant(name)

    def post(self, name: str) -> Title | None:
        """The post a reader means by a loose name: title, acronym, words of the title, misspelt; None if unclear."""
        meant = self.posts(name)
        return meant[0] if len(meant) == 1 else None

    @cached_property
    def hosts(self) -> list[str]:
        """Hosts that posts link to."""
        return [str(host) for (host,) in self._rows("SELECT DISTINCT host FROM links ORDER BY host")]

    @cached_property
    def _names(self) -> PostNames:
        tags, headings = defaultdict(list), defaultdict(list)
        for slug, tag in self._rows("SELECT slug, tag FROM topics"):
            tags[slug].append(tag)
        for slug, heading in self._rows("SELECT slug, heading FROM sections WHERE position > 0"):
            headings[slug].append(heading)
        defined = self._rows(
            r"SELECT DISTINCT unnest(regexp_extract_all(text, '(?:[A-Za-z][\w''-]*[ -]){1,8}\([A-Z]{2,6}s?\)'))"
            " FROM sections"
        )
        return PostNames(self.titles, tags, headings, acronyms(text for (text,) in defined))

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._snapshot.warehouse.facts(sql)
