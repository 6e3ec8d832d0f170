"""Where sentences lie in a section's plain text: spans of the text itself, so that a quote is verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DISPLAY = re.compile(r"\$\$.*?\$\$", re.S)
_CODE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1[ \t]*$|`[^`\n]+`", re.S | re.M)
_INLINE = re.compile(r"\\\(.*?\\\)", re.S)
_D, _I, _C = "\ue0d0", "\ue0d1", "\ue0d2"  # stand in for formulas and code: punctuation inside one ends nothing
_END = re.compile(r"""[.!?]["')\]”’]*(?=\s|$)|\n{2,}|\n(?=[-*|>] |\d+\. )""")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|cf|et al|al|Fig|Eq|Eqn|Sec|Dr|Mr|Mrs|Prof|St|No|approx|resp|aka|[A-Z])\.$"
)
_LONGEST_ABBREVIATION = 8
_NUMBER = re.compile(r"\s*\d+\.")

Span = tuple[int, int]


def sentence_spans(text: str) -> Iterator[Span]:
    """The sentences of a text in order, as [start, end) offsets; blank stretches belong to none.

    A code block stands alone; a display equation belongs to the unfinished sentence before it ("... is defined as:"
    and its formula are one).
    """
    masked = _CODE.sub(lambda match: _C * len(match[0]), text)
    masked = _DISPLAY.sub(lambda match: _D * len(match[0]), masked)
    masked = _INLINE.sub(lambda match: _I * len(match[0]), masked)
    start = 0
    for match in _END.finditer(masked):
        if match[0][0] in ".!?":
            if match[0][0] == "." and _ends_nothing(masked, start, match.start() + 1):
                continue
            following = masked[match.end() : match.end() + 2].strip()
            if following and following[0].islower():
                continue
        elif masked[match.end() : match.end() + 1] == _D and masked[match.start() - 1 : match.start()] not in (_D, ""):
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _ends_nothing(text: str, start: int, stop: int) -> bool:
    """Whether the full stop before `stop` is that of an abbreviation, or of the number of a list's item."""
    near = max(start, stop - _LONGEST_ABBREVIATION)
    return bool(_ABBREVIATION.search(text, near, stop) or _NUMBER.fullmatch(text, start, stop))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end
