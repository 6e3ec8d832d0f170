"""How far a request is from reading the blog: a small linear classifier of its words and letters.

The weights in `scope.bin` are learnt by `bench/scope.py` from requests that an assistant of a blog should decline and
questions it should not. Features are hashed (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask
Learning") runs of letters and of words, so that spellings, forms and new wordings of a request are seen too.
"""

from __future__ import annotations

import math
import re
import struct
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise

BUCKETS = 1 << 16
HEADER = struct.Struct("<ff")
"""Of the file of weights: bias, and what one step of a weight is worth. One signed byte for each bucket follows."""
DECLINE = -0.15
"""Log-odds from which a request is declined."""

_SAID = re.compile(r"[^\W\d_]{2,}|[^\x00-\x7f]{2}")
"""A word, or two letters of a script that puts no spaces between words."""
_FORMULA = re.compile(r"\\\(.*?\\\)|\$.*?\$|\\[a-zA-Z]+(?:\s*\{[^{}]*\})*|\S*[=^_]\S*", re.S)
_WORD = re.compile(r"\w+|[^\w\s]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.I)
_SPACED = re.compile(r"(?:\b\w\b[ ._-]){5}")
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n+")
_LOOKALIKES = str.maketrans("013457@$", "oieastas")
_LONGEST_WORD = 24
_WINDOW = 40
"""Words read at once: a request hidden in a long text is as far from reading as one that stands alone."""
_MOST_WORDS = 4_000


def declines(text: str) -> bool:
    """Whether a request asks for something else than reading the blog; a lone word or formula asks for nothing yet."""
    return len(_SAID.findall(_FORMULA.sub(" ", text))) > 1 and distance(text) > DECLINE


def distance(text: str) -> float:
    """Log-odds that the request, or the worst part of a long one, asks for something else than reading the blog."""
    weights, bias, step = _weights()
    return max(
        bias + step * sum(weights[bucket] * value for bucket, value in features(window).items())
        for window in _windows(text)
    )


def features(text: str) -> dict[int, float]:
    """Bucket to value of what a text holds; the squares of the values add up to 1."""
    counts = Counter(zlib.crc32(gram.encode(errors="replace")) % BUCKETS for gram in _grams(text))
    values = {bucket: 1.0 + math.log(count) for bucket, count in counts.items()}
    norm = math.sqrt(sum(value * value for value in values.values())) or 1.0
    return {bucket: value / norm for bucket, value in values.items()}


def _grams(text: str) -> Iterator[str]:
    words = _WORD.findall(_folded(_ADDRESS.sub(" post ", text)))
    for word in words:
        yield f"w{word}"
    for one, other in pairwise(["^", *words, "$"]):
        yield f"b{one} {other}"
    for word in [*words, *_disguised(words, text)]:
        padded = f" {word[:_LONGEST_WORD]} "
        for size in (3, 4, 5):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]


def _disguised(words: list[str], text: str) -> Iterator[str]:
    """What words written to be overlooked say, and that they are."""
    for word in words:
        if len(word) > 2 and not word.isalpha() and not word.isdecimal():
            yield word.translate(_LOOKALIKES)
            yield "\0mixed"
        if len(word) >= _LONGEST_WORD:
            yield "\0long"
    if _SPACED.search(text):
        yield "\0spaced"
        yield from _WORD.findall(_folded(re.sub(r"(?<=\b\w)[ ._-](?=\w\b)", "", text)))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _windows(text: str) -> Iterator[str]:
    """The text if short, else sentences of it, a few at a time."""
    words = text.split()[:_MOST_WORDS]
    if len(words) <= _WINDOW:
        yield text
        return
    window: list[str] = []
    for sentence in _SENTENCE.split(text):
        for start in range(0, len(part := sentence.split()[:_MOST_WORDS]), _WINDOW):
            piece = part[start : start + _WINDOW]
            if len(window) + len(piece) > _WINDOW:
                yield " ".join(window)
                window = []
            window += piece
    yield " ".join(window)


@cache
def _weights() -> tuple[array[int], float, float]:
    stored = files("agent").joinpath("scope.bin").read_bytes()
    bias, step = HEADER.unpack_from(stored)
    weights = array("b")
    weights.frombytes(stored[HEADER.size :])
    return weights, bias, step
