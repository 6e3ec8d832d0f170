"""What the embedded model knows of a blog before any tool call: its titles, its tags and how rare its words are."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cached_property

from warehouse.snapshot import Snapshot, Snapshots

_SMALL = frozenset("a an and as at by for from in into is it of on or the to using via with".split())
_POST_WORDS = re.compile(r"\b(?:posts?|articles?|blog|entry|write-?up|piece|one|notebook|his|the|a|an)\b", re.I)


@dataclass(frozen=True, slots=True)
class Title:
    slug: str
    title: str
    words: tuple[str, ...]
    initials: str


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
            Title(slug, title, words := tuple(_words(f"{title}")), "".join(w[0] for w in words))
            for slug, title in self._snapshot.warehouse.slugs().items()
        ]

    @cached_property
    def tags(self) -> dict[str, str]:
        """Lower-cased tag to the tag as written."""
        return {tag.lower(): tag for tag in self._snapshot.warehouse.tags()}

    def terms(self, text: str) -> list[str]:
        """Words of a text as the index knows them, asking words left out."""
        return self._snapshot.index.terms(text)

    def rarity(self, term: str) -> float:
        """1 for a word of one section, towards 0 for a word of all, and 1 for a word of none."""
        return self._snapshot.index.rarity(term)

    def knows(self, term: str) -> bool:
        """Whether any section uses the word."""
        return self._snapshot.index.knows(term)

    def misspells(self, term: str) -> bool:
        """Whether the term looks like a misspelling of a word the blog uses."""
        return self._snapshot.index.has_near(term)

    def acronym(self, word: str) -> bool:
        """Whether the word is made of the initials of consecutive words of some title."""
        letters = word.lower()
        return len(letters) > 1 and any(letters in title.initials for title in self.titles)

    def post(self, name: str) -> Title | None:
        """The post a reader means by a loose name: title, acronym, words of the title, misspelt; None if unclear."""
        text = _POST_WORDS.sub(" ", name.strip().strip("\"'?.")) or name
        words = [word for word in _words(text) if word not in _SMALL]
        exact = [t for t in self.titles if _plain(t.title) in (_plain(name), _plain(text)) or t.slug == name.strip()]
        if exact or not words:
            return exact[0] if exact else None
        scored = sorted(((self._likeness(words, title), title) for title in self.titles), key=lambda pair: -pair[0])
        (best, title), (second, _) = scored[0], scored[1] if len(scored) > 1 else (0.0, None)
        return title if best >= 0.6 and best > second else None

    def _likeness(self, words: list[str], title: Title) -> float:
        """Share of the words that the title holds (in full, as initials, in its slug, nearly), shorter titles first."""
        slug_words = title.slug.split("-")
        total = 0.0
        for word in words:
            if word in title.words or word in slug_words:
                total += 1.0
            elif len(word) > 1 and word in title.initials:
                total += 0.95
            elif any(_same_stem(word, other) for other in (*title.words, *slug_words)):
                total += 0.9
            elif len(word) > 4 and difflib.get_close_matches(word, title.words, n=1, cutoff=0.8):
                total += 0.8
        covered = len({w for w in title.words if w in words}) / max(1, len([w for w in title.words if w not in _SMALL]))
        return total / len(words) + 0.05 * covered


def _plain(text: str) -> str:
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9à-ÿ]+", text.lower().replace("'s", ""))


def _same_stem(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return (
        len(shorter) >= 4 and longer.startswith(shorter[: max(4, len(shorter) - 2)]) and len(longer) - len(shorter) <= 4
    )
