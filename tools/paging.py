"""Cutting Markdown into parts that join to the whole, never inside a formula, code block, table row or link."""

from __future__ import annotations

import re

from tools import limits

_BLOCK = re.compile(
    r"^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$|^\$\$\n.*?^\$\$[ \t]*$|\\\((?:(?!\n\n).)+?\\\)"
    r"|!?\[[^\[\]\n]*\]\([^()\s]*\)|^\|[^\n]*$",
    re.S | re.M,
)


def part_end(markdown: str, start: int, max_chars: int) -> int:
    """Where the part that begins at `start` ends: a block boundary within `max_chars`, the end of the text if it fits.

    A block longer than `max_chars` is given whole, up to four times that and within the largest part; a longer one is
    cut between its lines, else between words.
    """
    limit = start + max_chars
    if limit >= len(markdown):
        return len(markdown)
    furthest = start + max(max_chars, min(4 * max_chars, limits.PAGE_CHARS_MAX))
    closed = [match.span() for match in _BLOCK.finditer(markdown)]

    def boundaries(separator: str, last: int) -> list[int]:
        ends = (match.end() for match in re.compile(separator).finditer(markdown, start, last))
        return [end for end in ends if start < end and not any(low < end < high for low, high in closed)]

    within = boundaries("\n\n", limit) or boundaries("\n", limit)  # between blocks, else lines of a long list or table
    if within:
        return within[-1]
    if beyond := boundaries("\n\n", furthest):
        return beyond[0]
    between_words = boundaries(r"\s", limit)
    return between_words[-1] if between_words else markdown.rfind("\n", start, limit) + 1 or limit
