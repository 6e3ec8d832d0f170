"""What of a text can be quoted, and how quotes are compared: word for word, up to spacing and markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

from warehouse.sentences import sentence_spans

MIN_QUOTE = 12
"""Characters of a quote, spacing aside, below which it proves nothing."""
_MARK = re.compile(r"^(?:[-*>•]|\d+\.|\[\^?\w+\]:?)\s+")
_FORMULA = re.compile(r"\\\(.*?\\\)|\$\$.*?\$\$", re.S)


def normal(text: str) -> str:
    """Text as compared: one kind of quote and dash, no emphasis, links as their words, single spaces."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    text = re.sub(r"\[\^?([^\]\s]+)\](?!\()", r"\1", text)
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "})
    text = " ".join(text.split())  # first: a line break of LaTeX is no escaped space
    text = re.sub(r"[*`]+|\$\$|\\\(|\\\)|\\\[|\\\]|\\[,;:! ]|\\q?quad\b", " ", text)
    text = " ".join(text.casefold().split()).replace("...", "…")
    # Spaces around signs carry no meaning: a formula is written "a=b" and "a = b".
    return re.sub(r" ?([^\w\s'\"]) ?", r"\1", text)


def plain(markdown: str) -> str:
    """Markdown prose as a reader sees it: links as their words, no emphasis, single spaces; formulas untouched."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", re.sub(r"\[\^([^\]\s]+)\]", r"[\1]", markdown))
    parts = re.split(r"(\\\(.*?\\\)|\$\$.*?\$\$)", text, flags=re.S)
    parts[::2] = [re.sub(r"\*+(?=\S)(.+?)(?<=\S)\*+", r"\1", part) for part in parts[::2]]
    return " ".join("".join(parts).split())


def as_quoted(sentence: str) -> str:
    """A sentence of a text as it is shown: without the mark of a list's item or a footnote, see `plain`."""
    return plain(_MARK.sub("", sentence))


def quotable(text: str) -> Iterator[tuple[int, str]]:
    """What of a text can be a quote, each with the number of the sentence it is or, a line of code, stands in."""
    for number, (start, end) in enumerate(sentence_spans(text)):
        sentence = text[start:end]
        lines = sentence.splitlines()[1:-1] if sentence.startswith("```") else [as_quoted(sentence)]
        yield from ((number, line) for line in map(str.strip, lines) if is_findable(line))


def is_findable(quote: str) -> bool:
    """Whether a reader can find it on the page: there are words of it outside formulas."""
    return len(re.findall(r"[^\W_]", _FORMULA.sub(" ", quote))) >= MIN_QUOTE


def fingerprint(quote: str) -> str:
    """Names a sentence of a post: CRC-32 of its normalised words, in eight hexadecimal digits."""
    return f"{crc32(normal(quote).encode(errors='replace')):08x}"
