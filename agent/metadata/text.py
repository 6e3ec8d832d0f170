"""A question as it is read: lower case, digits for number words, and placeholders for what has a meaning of its own.

`q§0` stands for quoted words, `p§0` for a post named, `t§0` for a time. A recogniser takes away the words it
understands; what is left at the end was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_UNITS = "two three four five six seven eight nine ten eleven twelve".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: number for number, word in enumerate(_UNITS, start=2)} | {"fifteen": 15}
_SMALL |= {word: 10 * number for number, word in enumerate(_TENS, start=2)}
_ORDINALS = {
    word: f"{number}{'nd' if number == 2 else 'rd' if number == 3 else 'th'}"
    for number, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=2
    )
}
NUMBER = r"(\d+(?:\.\d+)?|one|a single|an?)"
ORDINAL = r"(first|\d+(?:st|nd|rd|th))"
POST = r"p§(\d+)"
QUOTED = r"q§(\d+)"
END = r"(?= ?(?:in|from|since|before|after|during|between|that|which|whose|and|or|but|by|per|each|were|was|are|is|did|does|do|have|has|come|came|published|with|without|on|most|not|there|written|tagged|posted|longer|shorter|first|ever|argue|say|discuss|cover|claim|conclude|explain|mean|at|appear|occur|called|titled|named)\b| ?(?:t§|p§|[,·])| ?$)"
"""What may follow words that are not quoted."""

_EXPANSIONS = (
    (r"\b(what|who|where|when|that|it|there|here|which|how|he)['’]s\b", r"\1 is"),
    (r"\b(what|there|these|those|they)['’]re\b", r"\1 are"),
    (r"\bcan['’]t\b|\bcannot\b", "can not"),
    (r"\bwon['’]t\b", "will not"),
    (r"n['’]t\b", " not"),
    (r"['’]s\b|(?<=s)['’](?=\s)", ""),
    (r"(?<=\d),(?=\d{3})", ""),
    (r"[?!;](?=\s+\w)|\.(?=\s+\w)", " , "),
    (r"(?<!\d)\s[–—]\s|(?<=\w)—(?=[a-z])", " , "),
    (r"\b((?:19|20)\d\d) ?[-–/] ?((?:19|20)\d\d)\b", r"\1 to \2"),
    (r"\b((?:19|20))(\d\d) ?[-–/] ?(1[3-9]|[2-9]\d)\b", r"\1\2 to \g<1>\3"),
    (r"\b(\d+)k\b", r"\g<1>000"),
    (r"[?!;()§…]|[.:](?=\s|$)|\.{2,}", " "),
    (r",(?=\s|$)", " , "),
    (r"\b(?:half a dozen)\b", "6"),
    (r"\b(?:a dozen)\b", "12"),
    (r"\ba couple(?: of)?\b", "2"),
    (r"\bonce\b", "1 times"),
    (r"\btwice\b", "2 times"),
    (r"\b(?:1st)\b", "first"),
    (r"&amp;", "&"),
)
NEUTRAL = frozenset(
    "a an the of on in by for to and or is are was were be been being there it its this that these those with at as me my"
    " i we you he him his she her they them their do does did has have had having what which who whose how many much"
    " show give tell list please just blog site blogs author brian keng published publish publishes wrote write writes written"
    " posted post posts article articles entry entries piece pieces put putting publishing posting blogging out come came comes appear appeared ever so far"
    " total altogether together overall use used uses using different distinct unique all any one ones name names called"
    " get got make made find can could would let see want know like about from entire whole exactly was been"
    " across throughout among amongst internally but though complete full contain contains containing include includes including some actually up also , & · bounded rationality"
    " own exactly simply really currently altogether singular plural display return provide need look here every everything anything something go went hi hey ok okay mean".split()
)
"""Words that ask or join and narrow nothing down."""


@lru_cache(maxsize=4096)  # the standard library keeps 512 patterns, fewer than one question tries
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def search(pattern: str, text: str) -> re.Match[str] | None:
    return compiled(pattern).search(text)


def fullmatch(pattern: str, text: str) -> re.Match[str] | None:
    return compiled(pattern).fullmatch(text)


def finditer(pattern: str, text: str) -> Iterator[re.Match[str]]:
    return compiled(pattern).finditer(text)


class Text:
    """The words of a question that no recogniser has taken yet."""

    def __init__(self, question: str) -> None:
        self.quotes: list[str] = []
        self.left = f" {question} "

    def take_quotes(self) -> None:
        """Quoted words become placeholders."""
        text = self.left.translate({0x201C: '"', 0x201D: '"', 0x2018: "'", 0x2019: "'"})
        self.left = re.sub(r'"([^"]+)"|(?<![\w\'])\'([^\']+)\'(?![\w\'])', self._quote, text)

    def _quote(self, match: re.Match[str]) -> str:
        quoted = match[1] or match[2]
        short = len(quoted.strip()) <= 3 and quoted.endswith(" ")  # 'A ': the word, not the letter
        self.quotes.append(quoted.strip().rstrip("?.,!") + (" " if short else ""))
        return f" q§{len(self.quotes) - 1} "

    def simplify(self) -> None:
        """Contractions written out, numbers as digits, no punctuation, single spaces, lower case."""
        text = self.left
        kept = {f"{m[1]}{m[2]}": m[0] for m in re.finditer(r"([pqt])§(\d+)", text)}
        text = re.sub(r"([pqt])§(\d+)", r"\1zzz\2", text).lower()
        for pattern, replacement in _EXPANSIONS:
            text = re.sub(pattern, replacement, text)
        text = _digits(text)
        text = re.sub(r"\b([pqt])zzz(\d+)", r"\1§\2", text)
        assert all(mark in text for mark in kept.values())
        self.left = f" {' '.join(text.split())} "

    def take(self, pattern: str, instead: str = "·") -> re.Match[str] | None:
        """The first match, taken away; `instead` is left in its place."""
        match = search(pattern, self.left)
        if match:
            self.left = _spaced(f"{self.left[: match.start()]} {instead} {self.left[match.end() :]}")
        return match

    def has(self, pattern: str) -> bool:
        return search(pattern, self.left) is not None

    def drop(self, *patterns: str) -> None:
        """Takes away every match: words whose sense has been used."""
        for pattern in patterns:
            self.left = _spaced(compiled(pattern).sub(" ", self.left))

    def unread(self) -> list[str]:
        """The words, numbers and placeholders that no recogniser took and that are more than asking or joining."""
        return [word for word in re.findall(r"[^\W_][\w§'&+./-]*", self.left) if word not in NEUTRAL]


def number(text: str) -> str:
    """The digits of a number as written in a simplified question."""
    return "1" if text in ("one", "a single", "a", "an") else text


def ordinal(text: str) -> int:
    return 1 if text == "first" else int(re.sub(r"\D", "", text))


def literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def pattern_literal(text: str) -> str:
    """A text as an SQL string holding the regular expression that matches it at the start of a word, any case."""
    words = re.split(r"[\s-]+", text.strip())
    start = r"\b" if words[0][:1].isalnum() else ""
    return literal("(?i)" + start + r"(?:['’]s?)?[\s-]+".join(re.escape(word).replace("'", ".") for word in words))


def whole_word_literal(text: str) -> str:
    """As pattern_literal, but whole words, a plural s allowed."""
    return pattern_literal(text)[:-1] + r"(?:s|es)?(?:\W|$)'"


def _digits(text: str) -> str:
    text = re.sub(rf"\b({'|'.join(_ORDINALS)})\b", lambda m: _ORDINALS[m[1]], text)
    text = re.sub(rf"\b({'|'.join(_SMALL)})\b", lambda m: str(_SMALL[m[1]]), text)
    text = re.sub(r"\b(\d0)[- ]([1-9])\b(?! ?(?:hundred|thousand))", lambda m: str(int(m[1]) + int(m[2])), text)
    for word, size in (("hundred", 100), ("thousand", 1000)):
        text = re.sub(rf"\b(\d+|an?|one) {word}\b", lambda m, by=size: str(int(number(m[1])) * by), text)  # type: ignore[misc]
    return text


def _spaced(text: str) -> str:
    return f" {' '.join(text.split())} "
