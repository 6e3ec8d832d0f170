"""What a text is about, as one vector: the sum of vectors of its words. No model is run.

`static_embeddings.bin` is distilled by `bench/static_embeddings.py` from all-MiniLM-L6-v2 (Apache-2.0; Wang et al.
2020, "MiniLM"; for the method compare Tulkens and van Dongen 2024, "Model2Vec"). The file: a line "words1"; a line of
JSON {"dims", "bits", "tokens"}; the tokens, one a line ("##ing" continues a word); a scale for each token (16 bits,
little-endian); the codes of each token, `bits` a dimension, low bits first. A word's vector is scale * (code - middle).
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from operator import mul

DIMENSIONS = 256
_FORMULA = re.compile(r"\\\(.*?\\\)|\$\$.*?\$\$", re.S)
_ENDINGS = ("", "s", "es", "ies", "ed", "ing", "er", "ers", "ly", "ness")
_LONGEST_WORD = 40
_MOST_WORDS = 20_000
"""Of a text: so many cannot overflow a sum of 32 bits."""
_WORDS_KEPT = 8_192

Vector = Sequence[int]


def embedded(text: str) -> Vector:
    """The direction of a text, 256 whole numbers of -127 to 127; all 0 for a text without words.

    Formulas, digits, accents and upper case do not count.
    """
    middle = total = 0
    for word, times in Counter(words_of(text)[:_MOST_WORDS]).items():
        lanes, scale = _word(word[:_LONGEST_WORD])
        total += lanes * times
        middle += scale * times
    half = middle * (2 ** _stored().bits - 1) / 2
    sums = array("I", total.to_bytes(4 * DIMENSIONS, "little"))
    unit = 127 / (max(max(sums) - half, half - min(sums)) or 1)
    return array("b", [round((lane - half) * unit) for lane in sums])


def similarity(one: Vector, other: Vector) -> float:
    """The cosine of two vectors, -1 to 1; 0 when one of them is all 0."""
    product: int = sum(map(mul, one, other))
    return product / (math.hypot(*one) * math.hypot(*other) or 1.0)


def words_of(text: str) -> list[str]:
    """The words that count."""
    if "\\(" in text or "$$" in text:
        text = _FORMULA.sub(" ", text)
    if not text.isascii():
        text = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))
    return re.findall("[a-z]+", text.lower())


def tokens_of(word: str, known: Mapping[str, int]) -> list[int]:
    """The token of a word or its base form; else of its longest known beginning, then continuation, and so on."""
    for form in _base_forms(word):
        if form in known:
            return [known[form]]
    found, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start + 1 and ("##" if start else "") + word[start:end] not in known:
            end -= 1
        if (token := known.get(("##" if start else "") + word[start:end])) is not None:
            found.append(token)
        start = end
    return found


def _base_forms(word: str) -> list[str]:
    forms = []
    for ending in _ENDINGS:
        if word.endswith(ending) and len(stem := word[: len(word) - len(ending)]) > 2:
            single = stem[:-1] if stem[-1] == stem[-2] else stem
            forms += [stem, single, stem + ("y" if ending == "ies" else "e")] if ending else [stem]
    return forms


class _Stored:
    """The file, read once."""

    def __init__(self, content: bytes) -> None:
        mark, head, rest = content.split(b"\n", 2)
        about = json.loads(head)
        if mark != b"words1" or about["dims"] != DIMENSIONS:
            raise ValueError("static_embeddings.bin is of another kind")
        count, self.bits = about["tokens"], about["bits"]
        self.length = DIMENSIONS * self.bits // 8
        codes = len(rest) - count * self.length
        scales = codes - 2 * count
        self.known = {token: number for number, token in enumerate(rest[: scales - 1].decode().split("\n"))}
        self.scales = [int.from_bytes(rest[at : at + 2], "little") for at in range(scales, codes, 2)]
        self.codes = rest[codes:]
        self.parts = [
            bytes(byte >> shift & (1 << self.bits) - 1 for byte in range(256)) for shift in range(0, 8, self.bits)
        ]


@cache
def _stored() -> _Stored:
    return _Stored(files("warehouse").joinpath("static_embeddings.bin").read_bytes())


@lru_cache(_WORDS_KEPT)
def _word(word: str) -> tuple[int, int]:
    """A word's scaled codes as one number of 32 bits a dimension, so that words add up in one addition; its scale."""
    stored = _stored()
    total = scale = 0
    for token in tokens_of(word, stored.known):
        start, wide = token * stored.length, bytearray(4 * DIMENSIONS)
        packed = stored.codes[start : start + stored.length]
        for part, table in enumerate(stored.parts):
            wide[4 * part :: 4 * len(stored.parts)] = packed.translate(table)
        total += int.from_bytes(wide, "little") * stored.scales[token]
        scale += stored.scales[token]
    return total, scale
