"""Article HTML to Markdown and to plain text, from one conversion.

The parser replaces everything that must survive verbatim (formulas, code, figures, footnote marks, headings) by
tokens in a private-use alphabet; markdownify turns the rest into marked text; `render` then expands marks and tokens
for one of the two faces. A formula is therefore never seen by any escaping or whitespace rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from bs4 import BeautifulSoup, Tag
from lxml import etree
from markdownify import MarkdownConverter

from warehouse.markup import Element, selected

OPEN, CLOSE = "\ue000", "\ue001"  # around a token
_EMPHASIS = "\ue002"
_LINK_TEXT, _LINK_HREF, _LINK_END = "\ue003", "\ue004", "\ue005"
_PIPE = "\ue006"  # in a table cell
_BREAK = "\ue007"  # between paragraphs
TOKEN = re.compile(f"{OPEN}([A-Z])(\\d+){CLOSE}")
_LINK = re.compile(f"{_LINK_TEXT}([^{_LINK_TEXT}{_LINK_HREF}]*){_LINK_HREF}([^{_LINK_END}]*){_LINK_END}")
_BLOCK_TOKENS = re.compile(f"({OPEN}(?:[BCFGOQ]\\d+{CLOSE}|H\\d+{CLOSE}(?:{OPEN}[MN]\\d+{CLOSE})*))[ \\t]*\\n*")
_BLANK_LINES = re.compile(r"\n[ \t\n]*\n")
_BOUNDS = re.compile(f"{OPEN}[OQ]\\d+{CLOSE}\\n*")
_UNREAD = ("class", "id", "style", "title", "name", "rel", "target", "role", "width", "height", "align")
_LONE_PARAGRAPHS = etree.XPath(".//li[count(*) = 1]/p")
_EXPONENT = re.compile(r"[\w+\-−*/=,.() ]+")
_ORDINALS = frozenset({"st", "nd", "rd", "th", "er", "re", "e", "o", "a", "tm", "sm"})
_FLAT = "flat"
_TRANSPARENT = ("span", "cite", "u", "small", "abbr", "time", "font", "label", "mark", "wbr", "picture", "source")
_PRIVATE = re.compile(rb"\xee[\x80-\xbf]{2}|\xef[\x80-\xa3][\x80-\xbf]")
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]{1,6})|0*([0-9]{1,7}));?")

Face = Literal["markdown", "plain"]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What a token stands for, in both faces."""

    markdown: str
    plain: str


class Tokens:
    """Stand-ins for what must survive verbatim.

    Kinds: B display equation, E the same in a table cell, I inline formula; C code, K the same in a table cell;
    G figure, H heading, F footnote definition, M and N footnote marks (M prints as a word), O and Q the bounds of a
    notebook's output.
    """

    def __init__(self) -> None:
        self._verbatim: list[Verbatim] = []
        self._made_of: list[object] = []

    def add(self, kind: str, markdown: str, plain: str, made_of: object = None) -> str:
        """The token that will become these texts; `made_of` is what `within` gives back."""
        self._verbatim.append(Verbatim(markdown, plain))
        self._made_of.append(made_of)
        return f"{OPEN}{kind}{len(self._verbatim) - 1}{CLOSE}"

    def within(self, text: str) -> list[tuple[str, object]]:
        """(kind, what it is made of) of every token of marked text in order."""
        return [(match[1], self._made_of[int(match[2])]) for match in TOKEN.finditer(text)]

    def render(self, text: str, face: Face) -> str:
        """Expands marks and tokens of marked text into Markdown or plain text."""
        links, emphasis, pipe = (r"[\1](\2)", "*", r"\|") if face == "markdown" else (r"\1", "", "|")
        text = _LINK.sub(links, _BOUNDS.sub("", text)).replace(_EMPHASIS, emphasis).replace(_PIPE, pipe)
        expanded = TOKEN.sub(lambda match: getattr(self._verbatim[int(match[2])], face), text)
        if face == "plain":
            expanded = re.sub(r"(?m)^:   ", "", re.sub(r"\n{3,}", "\n\n", expanded))  # a definition list's colon
        return expanded.strip("\n")


def without_marks(html: bytes) -> bytes:
    """HTML source in UTF-8 without private-use characters, plain or as references, so that a page cannot forge a
    token."""

    if b"\xee" in html or b"\xef" in html:  # what such a character begins with; most pages have none
        html = _PRIVATE.sub(b"", html)
    # Taking one reference out may join the parts of another: the second time, something stays in its place.
    return _without_references(_without_references(html, b""), "\ufffd".encode())


def _without_references(html: bytes, instead: bytes) -> bytes:
    def harmless(match: re.Match[bytes]) -> bytes:
        code = int(match[1], 16) if match[1] else int(match[2])
        return instead if 0xE000 <= code < 0xF900 else match[0]

    return _REFERENCE.sub(harmless, html)


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


class _Outside(Tag):
    """An element of a prepared article, in which every `pre` is a token; markdownify looks for one around each."""

    def find_parent(self, *names: Any, **attributes: Any) -> None:
        return None


class _Marked(MarkdownConverter):
    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        href = el.get("href")
        if not href or not text.strip() or "_noformat" in parent_tags:
            return text
        return f"{_LINK_TEXT}{text}{_LINK_HREF}{destination(str(href))}{_LINK_END}"

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return ""  # every image is a token by now

    def convert_td(self, el: Any, text: str, parent_tags: set[str]) -> str:
        # The base class has no annotations, and mypy sees none of its generated methods.
        cell: str = super().convert_td(el, text.replace("|", _PIPE), parent_tags)  # type: ignore[misc]
        return cell

    convert_th = convert_td

    def convert_sup(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return _raised("^", text)

    def convert_sub(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return _raised("_", text)

    def convert_li(self, el: Any, text: str, parent_tags: set[str]) -> str:
        # markdownify counts an ordered list's earlier entries anew at each entry.
        first, *more = text.strip().split("\n")
        bullet = f"{el['value']}. " if el.get("value") else "- "
        lines = [bullet + first, *(" " * len(bullet) + line if line else "" for line in more)]
        return "\n".join(lines) + "\n" if text.strip() else "\n"


def _raised(mark: str, text: str) -> str:
    """An exponent or index, so that ten to the sixth does not become 106; but "1st" and the mark of a note stay."""
    written = text.strip()
    if not _EXPONENT.fullmatch(written) or written.lower() in _ORDINALS:
        return text
    return f"{mark}{written}" if written.isalnum() or written[1:].isalnum() else f"{mark}({written})"


def marked(article: Element) -> str:
    """The prepared article as marked text with its tokens in place; the article is consumed."""
    _number_lists(article)
    etree.strip_elements(article, "col", "colgroup", with_tail=False)
    etree.strip_tags(article, *_TRANSPARENT)
    etree.strip_attributes(article, *_UNREAD)
    _unwrap_lone_paragraphs(article)
    _flatten(article)
    html = etree.tostring(article, encoding="unicode", method="html", with_tail=False)
    soup = BeautifulSoup(html, "lxml", multi_valued_attributes=None, element_classes={Tag: _Outside})
    text: str = _Marked(**_OPTIONS).convert_soup(soup)
    text = "\n\n".join(block for part in text.split(_BREAK) if (block := part.strip()))
    text = _BLANK_LINES.sub("\n\n", _BLOCK_TOKENS.sub(r"\n\n\1\n\n", text))
    return "\n\n".join(paragraph.rstrip(" \t") for paragraph in text.split("\n\n")).strip("\n")


def _number_lists(article: Element) -> None:
    for items in article.iter("ol"):
        start = items.get("start") or ""
        number = int(start) if re.fullmatch("[0-9]{1,9}", start) else 1
        for item in items.iterchildren("li"):
            item.set("value", str(number))
            number += 1
    for items in article.iter("ul"):
        for item in items.iterchildren("li"):
            if item.get("value") is not None:
                del item.attrib["value"]


def _flatten(article: Element) -> None:
    """Makes the paragraphs and boxes that stand in no list, table or quotation runs of text with a mark between: most
    of an article, and half of what building a BeautifulSoup tree of it would cost."""
    article.tag = _FLAT
    for block in article.iter("p", "div", "section", "article"):
        parent = block.getparent()
        if parent is not None and parent.tag == _FLAT:
            block.tag = _FLAT
            block.text = _BREAK + (block.text or "")
            block.tail = _BREAK + (block.tail or "")
    article.tag = "div"
    etree.strip_tags(article, _FLAT)


def _unwrap_lone_paragraphs(article: Element) -> None:
    """Makes `<li><p>text</p></li>` a plain entry: the same Markdown, and a tree half as large to build."""
    for paragraph in selected(_LONE_PARAGRAPHS, article):
        item = paragraph.getparent()
        if item is not None and not (item.text or "").strip() and not (paragraph.tail or "").strip():
            item.remove(paragraph)
            item.text = paragraph.text
            item.extend(list(paragraph))
