"""Which post a reader means by a loose name: words of its title, an acronym, a tag, a heading, or a misspelling."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SMALL = frozenset("a an and as at by for from in into is it of on or the to using via with his my your".split())
_POST_WORDS = re.compile(r"\b(?:posts?|articles?|blog|entry|write-?up|piece|one|notebook|his|the|a|an)\b", re.I)
_DEFINED = re.compile(r"((?:[A-Za-z][\w'-]*[ -]){1,7}?[A-Za-z][\w'-]*) \(([A-Z]{2,6})s?\)")
SURE = 0.6
"""Likeness, of 1, below which a name means no post."""
NEAR = 0.04
"""Two posts whose likenesses differ by less are both meant."""
_IN_TITLE, _INITIALS, _STEM, _PREFIX, _MISSPELT, _WHOLE_TAG, _IN_TAG, _IN_HEADING = (
    1.0,
    0.95,
    0.9,
    0.85,
    0.8,
    0.8,
    0.7,
    0.4,
)


@dataclass(frozen=True, slots=True)
class Title:
    slug: str
    title: str
    words: tuple[str, ...]
    initials: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What names one post, as words."""

    title: Title
    slug: tuple[str, ...]
    tags: frozenset[str]
    headings: frozenset[str]
    initials: str
    """Of the title's words that bear meaning."""
    whole_tags: frozenset[str]
    """Tags of one word, and the initials of the others."""


class PostNames:
    """The names of a blog's posts."""

    def __init__(
        self,
        titles: Sequence[Title],
        tags: Mapping[str, Sequence[str]] | None = None,
        headings: Mapping[str, Sequence[str]] | None = None,
        acronyms: Mapping[str, str] | None = None,
    ) -> None:
        """`tags` and `headings` are by slug; `acronyms` are lower case, each with what it stands for."""
        self._acronyms = dict(acronyms or {})
        self._by_word: dict[str, dict[str, float]] = {}
        self._known = [
            _Known(
                title,
                tuple(title.slug.split("-")),
                frozenset(word for tag in (tags or {}).get(title.slug, ()) for word in split_words(tag)),
                frozenset(word for heading in (headings or {}).get(title.slug, ()) for word in split_words(heading)),
                "".join(word[0] for word in title.words if word not in SMALL),
                frozenset(
                    tag.lower() if " " not in tag else "".join(word[0] for word in split_words(tag))
                    for tag in (tags or {}).get(title.slug, ())
                ),
            )
            for title in titles
        ]

    def meant(self, name: str) -> list[Title]:
        """The posts that fit a name best: one when it is clear, several when it is not, none when nothing fits."""
        text = _POST_WORDS.sub(" ", name.strip().strip("\"'?.")) or name
        for known in self._known:
            if _plain(known.title.title) in (_plain(name), _plain(text)) or known.title.slug == name.strip():
                return [known.title]
        readings = [words for words in self._readings(text) if words]
        if not readings:
            return []
        scored = [(max(self._likeness(words, known) for words in readings), known.title) for known in self._known]
        best = max(scored, key=lambda pair: pair[0], default=(0.0, None))[0]
        return [title for score, title in scored if score >= SURE and score > best - NEAR]

    def _readings(self, text: str) -> list[list[str]]:
        """The words of a name as written, and with its acronyms written out."""
        words = [word for word in split_words(text) if word not in SMALL]
        full = [part for word in words for part in self._written_out(word)]
        return [words, full] if full != words else [words]

    def written_out(self, text: str) -> str:
        """The words of a text, acronyms that the texts define or titles spell written out."""
        return " ".join(part for word in text.split() for part in self._written_out(word))

    def _written_out(self, word: str) -> list[str]:
        """What an acronym stands for: by the texts' own definition, else the title words that spell it."""
        short = word.removesuffix("s")
        if meaning := self._acronyms.get(word) or self._acronyms.get(short):
            return [part for part in split_words(meaning) if part not in SMALL]
        if not 3 <= len(short) <= 5 or any(
            word in known.title.words or word in known.whole_tags for known in self._known
        ):
            return [word]
        runs = (run for known in self._known for run in _runs(known.title.words) if _spells(short, run))
        return min(runs, key=len, default=[word])

    def _of_word(self, word: str) -> dict[str, float]:
        """The likeness of a word to each post, by slug; kept, for a question tries many runs of the same words."""
        found = self._by_word.get(word)
        if found is None:
            if len(self._by_word) >= 2000:
                self._by_word.clear()
            found = {known.title.slug: _word_likeness(word, known) for known in self._known}
            self._by_word[word] = found
        return found

    def _likeness(self, words: Sequence[str], known: _Known) -> float:
        """Mean likeness of the words, with a little for filling the title and for standing side by side in it."""
        if _stems(words) == _stems(word for word in known.title.words if word not in SMALL):
            return 1.2
        total = sum(self._of_word(word)[known.title.slug] for word in words)
        together = " ".join(words) in " ".join(word for word in known.title.words if word not in SMALL)
        return total / len(words) + (0.06 if together and len(words) > 1 else 0.0)


def _word_likeness(word: str, known: _Known) -> float:
    title = known.title
    own = (*title.words, *known.slug)
    if word in own or f"{word}s" in own or (len(word) > 3 and word.removesuffix("s") in own):
        return _IN_TITLE
    if len(word) > 1 and word in known.initials:
        return _INITIALS
    if word in known.whole_tags:
        return _WHOLE_TAG
    if any(same_stem(word, other) for other in own):
        return _STEM
    short = word.removesuffix("s")  # "nets" begins "networks", as "net" does
    if len(short) > 2 and any(other.startswith(short) for other in own):
        return _PREFIX
    if len(word) > 3 and difflib.get_close_matches(word, [o for o in own if o[0] == word[0]], n=1, cutoff=0.8):
        return _MISSPELT
    if word in known.tags or any(same_stem(word, other) for other in known.tags):
        return _IN_TAG
    return _IN_HEADING if word in known.headings else 0.0


def acronyms(texts: Iterable[str]) -> dict[str, str]:
    """Acronyms that texts define, "hamiltonian monte carlo (HMC)", lower case, with what they mostly stand for."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for text in texts:
        for phrase, letters in _DEFINED.findall(text):
            words = split_words(phrase)
            for start in range(len(words)):
                tail = words[start:]
                if tail[0] not in SMALL and letters.lower() in (
                    "".join(w[0] for w in tail),
                    "".join(w[0] for w in tail if w not in SMALL),
                ):
                    counts[letters.lower()][" ".join(tail)] += 1
                    break
    return {short: max(meanings, key=lambda m, of=meanings: of[m]) for short, meanings in counts.items()}  # type: ignore[misc]


def _runs(words: Sequence[str]) -> Iterable[list[str]]:
    """Two to four consecutive words that bear meaning."""
    full = [word for word in words if word not in SMALL]
    return (full[start : start + size] for size in (2, 3, 4) for start in range(len(full) - size + 1))


def _spells(letters: str, words: Sequence[str]) -> bool:
    """Whether the letters are the words' initials in order, one letter within the last besides: VAE, of two words."""
    if not 0 <= len(letters) - len(words) <= 1:
        return False
    initials = "".join(word[0] for word in words)
    return len(words) > 1 and letters.startswith(initials) and letters[len(initials) :] in words[-1][1:]


def split_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9à-ÿ]+", text.lower().replace("'s", ""))


def same_stem(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return (
        len(shorter) >= 4 and longer.startswith(shorter[: max(4, len(shorter) - 2)]) and len(longer) - len(shorter) <= 4
    )


def _plain(text: str) -> str:
    return " ".join(split_words(text))


def _stems(words: Iterable[str]) -> list[str]:
    return [word.removesuffix("s") for word in words]
