"""Article HTML to Markdown and to plain text, from one conversion.

The parser replaces everything that must survive verbatim (formulas, code, figures, footnote marks, headings) by
tokens in a private-use alphabet; markdownify turns the rest into marked text; `render` then expands marks and tokens
for one of the two faces. A formula is therefore never seen by any escaping or whitespace rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from markdownify import MarkdownConverter

OPEN, CLOSE = "\ue000", "\ue001"  # around a token
_EMPHASIS = "\ue002"
_LINK_TEXT, _LINK_HREF, _LINK_END = "\ue003", "\ue004", "\ue005"
TOKEN = re.compile(f"{OPEN}([A-Z])(\\d+){CLOSE}")
_LINK = re.compile(f"{_LINK_TEXT}([^{_LINK_TEXT}{_LINK_HREF}]*){_LINK_HREF}([^{_LINK_END}]*){_LINK_END}")
_BLOCK_TOKENS = re.compile(f"[ \\t]*\\n*[ \\t]*({OPEN}[BCGO]\\d+{CLOSE})[ \\t]*\\n*")
_PRIVATE = dict.fromkeys(range(0xE000, 0xF900))
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.I)

Face = Literal["markdown", "plain"]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What a token stands for, in both faces."""

    markdown: str
    plain: str


def without_marks(text: str) -> str:
    """HTML source without private-use characters, plain or as references, so that a page cannot forge a token."""

    def harmless(match: re.Match[str]) -> str:
        code = int(match[1], 16) if match[1] else int(match[2])
        return "" if code in _PRIVATE else match[0]

    return _REFERENCE.sub(harmless, text.translate(_PRIVATE))


def destination(url: str) -> str:
    """An address as a Markdown link destination: a bracket or space in it would end the link."""
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def fenced(code: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks inside it (CommonMark 0.31, section 4.5)."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


_OPTIONS: dict[str, Any] = {
    "strong_em_symbol": _EMPHASIS,
    "escape_asterisks": False,
    "escape_underscores": False,
    "escape_misc": False,
    "autolinks": False,
    "bullets": "-",
    "table_infer_header": True,
    "wrap": True,  # a paragraph becomes one line ...
    "wrap_width": None,  # ... of any length
}


class _Marked(MarkdownConverter):
    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        href = el.get("href")
        if not href or not text.strip() or "_noformat" in parent_tags:
            return text
        return f"{_LINK_TEXT}{text}{_LINK_HREF}{destination(str(href))}{_LINK_END}"

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return ""  # every image is a token by now


def marked(article: Any) -> str:
    """The prepared article (a BeautifulSoup tag) as marked text with its tokens in place."""
    text: str = _Marked(**_OPTIONS).convert_soup(article)
    text = _BLOCK_TOKENS.sub(r"\n\n\1\n\n", text)
    return re.sub(r"[ \t]*\n(?:[ \t]*\n)+", "\n\n", text).strip("\n")


def render(text: str, tokens: Mapping[int, Verbatim], face: Face) -> str:
    """Expands marks and tokens of marked text into Markdown or plain text."""
    links, emphasis = (r"[\1](\2)", "*") if face == "markdown" else (r"\1", "")
    text = _LINK.sub(links, text).replace(_EMPHASIS, emphasis)
    expanded = TOKEN.sub(lambda match: getattr(tokens[int(match[2])], face), text)
    if face == "plain":
        expanded = re.sub(r"(?m)^:   ", "", re.sub(r"\n{3,}", "\n\n", expanded))  # a definition list's colon
    return expanded.strip("\n")
