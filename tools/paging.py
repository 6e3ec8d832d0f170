"""Cutting Markdown into parts that join to the whole, never inside a formula, code block or table row."""

from __future__ import annotations

import re

_BLOCK = re.compile(
    r"^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$|^\$\$\n.*?^\$\$[ \t]*$|\\\((?:(?!\n\n).)+?\\\)", re.S | re.M
)


def part_end(markdown: str, start: int, max_chars: int) -> int:
    """Where the part that begins at `start` ends: a block boundary within `max_chars`, the end of the text if it fits.

    A block longer than `max_chars` is given whole, up to four times that, rather than broken.
    """
    limit = start + max_chars
    if limit >= len(markdown):
        return len(markdown)
    closed = [match.span() for match in _BLOCK.finditer(markdown)]

    def boundaries(separator: str, furthest: int) -> list[int]:
        ends = (match.end() for match in re.finditer(separator, markdown))
        return [end for end in ends if start < end <= furthest and not any(low < end < high for low, high in closed)]

    within = boundaries("\n\n", limit) or boundaries("\n", limit)  # between blocks, else lines of a long list or table
    if within:
        return within[-1]
    beyond = boundaries("\n\n", start + 4 * max_chars)
    return beyond[0] if beyond else limit
