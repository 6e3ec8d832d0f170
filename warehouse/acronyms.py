"""Acronyms a text explains itself: "Hamiltonian Monte Carlo (HMC)", "HMC (Hamiltonian Monte Carlo)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHORT = r"[A-Za-z][A-Za-z&/]{0,2}[A-Z][A-Za-z0-9]{0,5}|[A-Z]{2,8}"
_BRACKETED = re.compile(rf"\(({_SHORT})s?[,;)]")
_WORDS_BEFORE = re.compile(r"[\w'’ \n/-]*\Z")
_BEFORE = re.compile(rf"\b({_SHORT})s?[ \n]*\(((?:[\w'’]+[ \n/-]+){{1,8}}[\w'’]+)\)")
_WORD = re.compile(r"[\w'’]+")
_SMALL = frozenset("a an and by for from in of on or the to via with".split())
_PHRASE = 160
"""Characters before a bracket in which the words may stand that it shortens."""
_WINDOW = 200_000
"""Characters of a section that are looked through."""


def acronyms(text: str) -> Iterator[tuple[str, str]]:
    """Each acronym in lower case with the words it stands for, as often as the text explains it."""
    text = text[:_WINDOW]
    for found in _BRACKETED.finditer(text):
        before = _WORDS_BEFORE.search(text, max(0, found.start() - _PHRASE), found.start())
        if before and (long := _last_words(before[0], found[1])):
            yield found[1].lower(), long
    for found in _BEFORE.finditer(text):
        if long := _last_words(found[2], found[1]):
            yield found[1].lower(), long


def _last_words(text: str, short: str) -> str:
    """The shortest run of words at the end of a text whose initials spell the acronym, or ""."""
    letters = re.sub(r"[^A-Za-z]", "", short).lower()
    words = [word.lower() for word in _WORD.findall(text)]
    for first in range(len(words) - 1, -1, -1):
        run = words[first:]
        if len(run) > 1 and words[first][0] == letters[0] and _spelt(letters, run):
            return " ".join(run)
    return ""


def _spelt(letters: str, words: list[str]) -> bool:
    """Whether the initials are the letters; small words may stand between them, one word may give two letters."""
    if "".join(word[0] for word in words) == letters:
        return True
    return "".join(word[0] for word in words if word not in _SMALL) == letters


def initials(heading: str) -> Iterator[tuple[str, str]]:
    """What readers may call the names in a title, heading or tag for short: initials of three to five words."""
    words = [word.lower() for word in _WORD.findall(heading)]
    for first in range(len(words)):
        for size in range(3, 6):
            run = words[first : first + size]
            if len(run) == size and not {run[0], run[-1]} & _SMALL:
                yield "".join(word[0] for word in run), " ".join(run)
