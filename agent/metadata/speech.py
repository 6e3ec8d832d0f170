"""What readers say beside what they ask, and how they say it: chat spelling, hedges, misspellings, many words for one.

The recognisers know one way of saying each thing. Here the others are put into it, on text that is already simplified.
Nothing that narrows a question down is taken away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from agent.metadata.phrases import ASIDES, CHAT, SAME, TIME_AGAIN
from agent.metadata.text import NEUTRAL, compiled

_SUPERLATIVES = {
    "longer": "longest",
    "shorter": "shortest",
    "newer": "newest",
    "older": "oldest",
    "earlier": "earliest",
    "later": "latest",
    "more recent": "most recent",
    "bigger": "biggest",
    "more": "the most",
    "fewer": "the fewest",
}
_OF_SEVERAL = rf"(\bwhich\b(?: [\w§'&-]+){{0,8}}? (?:is|was|are|were|came out|has|have|had|contains?|got|the|uses?) )({'|'.join(_SUPERLATIVES)})\b"
""" "Which of the two is longer": with nothing to compare with, the longest is meant."""
_ANY_YEAR = re.compile(
    r"\b(?:(?:whatever|whichever|regardless of|no matter(?: which)?|irrespective of|any) (?:the )?years?|(?:across|over|in|of|from|for) (?:all|any|every|whichever|the different)(?: of)?(?: the)? years?)\b"
)
_KEYWORDS = tuple(
    "posts articles article notebooks titles title tagged tags published publish latest newest oldest earliest longest"
    " shortest first words word count equations equation images image figures footnotes footnote sections section"
    " headings links linked between before after since during which what when where many number average median total"
    " month months year years weekday week date written wrote write chart plot graph most fewest least more than"
    " blocks code language languages common popular recent second third title contain without january february march"
    " april june july august september october november december monday tuesday wednesday thursday friday saturday"
    " sunday consecutive longer shorter other another previous about does have number list show every each"
    " probability".split()
)
_LETTERS = re.compile(r"(?<![\w§'-])[a-z]{4,}(?![\w§'-])")


def plain(text: str, known: Callable[[str], bool]) -> tuple[str, list[str]]:
    """The text in the recognisers' words, and the words read as others; `known` says whether the blog uses a word."""
    for pattern, instead in CHAT:
        text = compiled(pattern).sub(instead, text)
    text, corrected = _respelt(_spaced(text), known)
    text = _self_corrected(text)
    for pattern in ASIDES:
        text = _spaced(compiled(pattern).sub(" ", text))
    for pattern, instead in SAME:
        text = _spaced(compiled(pattern).sub(instead, text))
    text = _spaced(compiled(r"^[ ,]+|[ ,]+$").sub(" ", text))
    text = _spaced(
        compiled(
            r"(?<=.)(\bthan .*?),? (?:and )?which (?:one|1)?(?: of them)? ?(?:is|was|came|has|had) [\w ]{1,16}$"
        ).sub(r"\1", text)
    )
    if not compiled(r"\b(?:than|or|vs|versus)\b").search(text):
        text = compiled(_OF_SEVERAL).sub(lambda m: f"{m[1]}{_SUPERLATIVES[m[2]]}", text)
    if compiled(rf"\b{TIME_AGAIN}\b").search(text):
        text = _spaced(_ANY_YEAR.sub(" ", text))
    return text, corrected


_OOPS = (
    r" (?:, )?(?:(?:no|oops|oh|ah|uh|er|erm|hmm|wait|hold on) (?:, )?)*"
    r"(?:sorry|scratch that|i mean|i meant|make that|or rather|rather ,|no wait|wait no|no , wait|wait , no|correction)(?: ,)?(?: (?:no|i mean|i meant|make that)(?: ,)?)* "
)
_JOINS = r"(?:in|from|since|before|after|until|on|during|tagged|with|without|by|per|about|of|for|than|between|the|his)"
_ALIKE = (
    r"(?:19|20)\d\d",
    rf"(?:{TIME_AGAIN})s?",
    r"\d+(?:\.\d+)?",
    r"\d+(?:st|nd|rd|th)|first|last",
)


def _self_corrected(text: str) -> str:
    """The question as its asker put it right: "in 2016 , sorry , in 2019" asks of 2019.

    What was misspoken is the last stretch that begins as its correction does, else the last word of the same kind,
    else the last word.
    """
    slip = compiled(_OOPS).search(text)
    if slip is None or not (said := text[: slip.start()].split()):
        return _spaced(compiled(r"^ (?:sorry|oops|wait)(?: ,)? ").sub(" ", text))
    meant = text[slip.end() :].split()
    if not meant:
        return text
    if compiled(r"which|what|who|when|how|where|list|show|give|count|name").fullmatch(
        meant[meant[0] == "just"]
    ):  # asked anew, or only told more of
        return text if "i mean" in slip[0] else _spaced(" ".join(meant))
    start = len(said) - 1
    kind = next((alike for alike in (_JOINS, *_ALIKE) if compiled(alike).fullmatch(meant[0])), None)
    if kind is not None:
        like = meant[0] if kind is _JOINS else kind
        start = next((i for i in range(len(said) - 1, -1, -1) if compiled(like).fullmatch(said[i])), start)
    after = [] if kind is _JOINS else said[start + 1 :]
    return _self_corrected(_spaced(" ".join([*said[:start], meant[0], *after, *meant[1:]])))


def _respelt(text: str, known: Callable[[str], bool]) -> tuple[str, list[str]]:
    """Misspelt words that ask put right; a word that the blog uses is none."""
    corrected: list[str] = []

    def right(match: re.Match[str]) -> str:
        word = match[0]
        if (
            word in NEUTRAL
            or word in _KEYWORDS
            or word.removesuffix("s") in _KEYWORDS
            or (meant := _misspelt(word)) is None
            or known(word)
        ):
            return word
        corrected.append(f'"{word}" as "{meant}"')
        return meant

    return _LETTERS.sub(right, text), corrected


@lru_cache(maxsize=4096)
def _misspelt(word: str) -> str | None:
    """The asking word that one slip of the pen, or two in a long word, turns into this."""
    for slips in (1, 2) if len(word) >= 8 else (1,):
        for keyword in _KEYWORDS:
            if len(keyword) < 4 or keyword[0] != word[0] or _distance(word, keyword) != slips:
                continue
            # One letter for another makes a word of four or five too easily another word.
            if len(word) >= 6 or len(word) != len(keyword) or sorted(word) == sorted(keyword):
                return keyword
    return None


def _distance(one: str, other: str) -> int:
    """Letters added, left out, changed or swapped with the next, at the least."""
    if abs(len(one) - len(other)) > 2:
        return 3
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _spaced(text: str) -> str:
    return f" {' '.join(text.split())} "
