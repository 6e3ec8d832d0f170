"""What of a text can be quoted, and how quotes are compared: word for word, up to spacing and markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from warehouse.sentences import sentence_spans

MIN_QUOTE = 12
"""Characters of a quote, spacing aside, below which it proves nothing."""
CODE = "```"
_MARK = re.compile(r"^(?:[-*>•]|\d+\.|\[\^?\w+\]:?)\s+")
_FORMULA = re.compile(r"\\\(.*?\\\)|\$\$.*?\$\$", re.S)
_INLINE = re.compile(r"\\\(.*?\\\)", re.S)
_LINK = re.compile(rf"({_FORMULA.pattern})|!?\[([^\]]*)\]\([^)\s]*\)", re.S)
"""A formula, where brackets are no link's, or a link and its words."""
_ONE_KIND = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "}


def normal(text: str) -> str:
    """Text as compared: one kind of quote and dash, no emphasis, links as their words, single spaces."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    text = re.sub(r"\[\^?([^\]\s]+)\](?!\()", r"\1", text)
    text = text.translate(_ONE_KIND)
    text = " ".join(text.split())  # first: a line break of LaTeX is no escaped space
    text = re.sub(r"[*`]+|\$\$|\\\(|\\\)|\\\[|\\\]|\\[,;:! ]|\\q?quad\b", " ", text)
    text = " ".join(text.casefold().split()).replace("...", "…")
    # Spaces around signs carry no meaning: a formula is written "a=b" and "a = b".
    return re.sub(r" ?([^\w\s'\"]) ?", r"\1", text)


def plain(markdown: str) -> str:
    """Markdown prose as a reader sees it: links as their words, no emphasis, single spaces; formulas untouched."""
    text = markdown
    if "[" in text:
        text = _LINK.sub(lambda found: found[1] or found[2], re.sub(r"\[\^([^\]\s]+)\]", r"[\1]", text))
    if "*" in text:
        parts = re.split(rf"({_FORMULA.pattern})", text, flags=re.S)
        parts[::2] = [re.sub(r"\*+(?=\S)(.+?)(?<=\S)\*+", r"\1", part) for part in parts[::2]]
        text = "".join(parts)
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Quotable:
    """What of a text can be a quote."""

    quote: str
    """As it is shown, see `plain`."""
    sentence: int
    """Number of the sentence it is or, a line of code, stands in."""
    mark: str
    """What stands before it in the text and is not quoted: the mark of a list's item or a footnote, CODE, or ""."""


def quotable(text: str) -> Iterator[Quotable]:
    """The sentences of a text, the rows of its tables and the lines of its code blocks.

    A row or line with too little to be found by itself comes with those before it.
    """
    rows: list[str] = []
    for number, (start, end) in enumerate(sentence_spans(text)):
        sentence = text[start:end]
        if sentence.startswith(CODE):
            lines = [line.strip() for line in sentence.splitlines()[1:-1]]
            yield from (Quotable(_lengthened(lines[:count]), number, CODE) for count in range(1, len(lines) + 1))
        elif sentence.startswith("|"):
            rows = [*rows, plain(sentence)] if re.search(r"\w", sentence) else []
            yield Quotable(_lengthened(rows), number, "")
        else:
            rows = []
            mark = found[0] if (found := _MARK.match(sentence)) else ""
            yield Quotable(plain(sentence[len(mark) :]), number, mark)


def _lengthened(lines: list[str]) -> str:
    """The last line, with as many before it as make it findable; by itself if none do, or it has no word."""
    if not lines or not re.search(r"\w", lines[-1]):
        return ""
    quote = lines[-1]
    for line in reversed(lines[:-1]):
        if is_findable(quote):
            return quote
        quote = f"{line} {quote}"
    return quote if is_findable(quote) else lines[-1]


def is_findable(quote: str) -> bool:
    """Whether it can be found on the page: so much of it stands together there without a formula in the line."""
    return any(len(re.findall(r"[^\W_]", part)) >= MIN_QUOTE for part in _INLINE.split(quote)) and bool(
        re.search(r"[^\W_]", _FORMULA.sub(" ", quote))
    )


def fingerprint(quote: str) -> str:
    """Names a sentence of a post: CRC-32 of its characters, in eight hexadecimal digits.

    Spacing, upper case, and the kind of quotes and dashes do not count.
    """
    return f"{crc32(''.join(quote.translate(_ONE_KIND).casefold().split()).encode(errors='replace')):08x}"
