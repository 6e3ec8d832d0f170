"""Cutting Markdown into parts that join to the whole, never inside a formula, code block or table row."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$|^\$\$\n.*?^\$\$[ \t]*$", re.S | re.M)


def part_end(markdown: str, start: int, max_chars: int) -> int:
    """Where the part that begins at `start` ends: a block boundary within `max_chars`, the end of the text if it fits.

    A block longer than `max_chars` is given whole, up to four times that, rather than broken.
    """
    limit = start + max_chars
    if limit >= len(markdown):
        return len(markdown)
    closed = [match.span() for match in _BLOCK.finditer(markdown)]
    boundaries = [
        match.end()
        for match in re.finditer(r"\n\n", markdown)
        if match.end() > start and not any(low < match.end() < high for low, high in closed)
    ]
    within = [end for end in boundaries if end <= limit]
    if within:
        return within[-1]
    beyond = next((end for end in boundaries if end <= start + 4 * max_chars), None)
    return beyond if beyond is not None else min(len(markdown), limit)
