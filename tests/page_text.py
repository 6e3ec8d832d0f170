"""Texts of pages as a browser sees them."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote


def words(text: str) -> str:
    """A text with single spaces."""
    return " ".join(text.split())


def jumps(html: str, fragment: str) -> int:
    """How many places of a page a text fragment names: whole words within one block, in any case, and around them the
    context it demands, be it in the next block."""
    body = re.sub(r"(?s)<!--.*?-->|<(script|style)\b.*?</\1>", "", html[html.index("<body") :])
    body = re.sub(
        r"</?(?:div|p|h\d|[uod]l|li|d[td]|table|t[rdh]|pre|blockquote|header|article|br|nav)\b[^>]*>", "\0", body
    )
    text = "\0".join(words(unescape(re.sub(r"<[^>]*>", "", block))).lower() for block in body.split("\0"))
    parts = fragment.removeprefix(":~:text=").split(",")
    before = next((part[:-1] for part in parts if part.endswith("-")), "")
    after = next((part[1:] for part in parts if part.startswith("-")), "")
    (start,) = (part for part in parts if part not in (f"{before}-", f"-{after}"))
    pattern = rf"(?<!\w){re.escape(unquote(start).lower())}(?!\w)"
    if before:
        pattern = rf"(?<!\w){re.escape(unquote(before).lower())}[\0 ]*" + pattern
    if after:
        pattern += rf"[\0 ]*{re.escape(unquote(after).lower())}(?!\w)"
    return len(re.findall(pattern, text))
