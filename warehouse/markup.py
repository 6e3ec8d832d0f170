"""Page bytes to an element tree, and the few ways in which the parser reads and changes one.

The tree is lxml's: reading a page this way costs a thirtieth of a BeautifulSoup tree of it, which `warehouse.markdown`
builds of what is left of the article.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from lxml import etree

from warehouse.errors import ParseError

Element: TypeAlias = etree._Element

MAX_DEPTH = 200  # levels; the conversion to Markdown recurses, and a page of prose has some thirty
MAX_ELEMENTS = 50_000
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    (*HEADINGS, "p", "li", "ul", "ol", "dl", "dt", "dd", "div", "section", "article", "aside", "blockquote", "pre")
    + ("table", "tr", "td", "th", "caption", "figure", "figcaption", "header", "footer", "nav", "main", "br", "hr")
)
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w:.-]+)", re.I)
_MARKS = (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")
_LETTER = re.compile(r"\w")
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\f\r"})
_DEEP = etree.XPath("boolean(/" + "/".join("*" * (MAX_DEPTH + 1)) + ")")
_MARKED = etree.XPath("//*[@class or @id or @itemprop]")


def decoded(content: bytes, charset: str = "") -> str:
    """The text of a page: by its byte order mark, else as UTF-8 where the bytes are valid UTF-8 (which text in any
    other charset hardly ever is, whatever a template declares), else by the charset of the HTTP header, then of the
    page's own `meta`; ISO-8859-1, unknown names and none mean windows-1252.

    https://encoding.spec.whatwg.org/
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    declared = _DECLARED.search(content, 0, 4096)
    if charset.lower().startswith("utf-16"):
        return content.decode("utf-16-be" if charset.lower().endswith("be") else "utf-16-le", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_codec(charset or (declared[1].decode("ascii") if declared else "cp1252")), "replace")


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return "cp1252"
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8"}.get(name, name)


def tree(html: bytes) -> Element:
    """The elements of a page in UTF-8, comments left out.

    Raises ParseError when they are too many or nested too deeply to be an article.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(html.translate(None, _CONTROLS), parser)
    except etree.XMLSyntaxError:
        root = None  # nothing in it that is an element
    if root is None:
        return etree.Element("html")
    if next(islice(root.iter(), MAX_ELEMENTS, None), None) is not None:
        raise ParseError(f"it has more than {MAX_ELEMENTS} elements")
    if _DEEP(root):
        raise ParseError("it is nested too deeply to be an article")
    return root


def whole_text(element: Element, gap: str = "") -> str:
    """The text in an element as written, a gap between its runs."""
    return gap.join(map(str, element.itertext()))


def text_of(element: Element | None) -> str:
    """The words in an element, whitespace made single spaces."""
    return "" if element is None else " ".join(whole_text(element).split())


def selected(path: etree.XPath, root: Element) -> list[Element]:
    """The elements that a compiled XPath selects."""
    found = path(root)
    return [one for one in found if isinstance(one, etree._Element)] if isinstance(found, list) else []


def classes(element: Element) -> list[str]:
    return (element.get("class") or "").split()


class Elements:
    """The elements of a page by class, id and microdata property, gathered in one pass before anything is taken out."""

    def __init__(self, root: Element) -> None:
        self._classed: dict[str, list[Element]] = {}
        self._properties: dict[str, list[Element]] = {}
        self.ids: dict[str, Element] = {}
        """The first element of each id: the one that a link to it leads to."""
        for element in selected(_MARKED, root):
            for name in classes(element):
                self._classed.setdefault(name, []).append(element)
            if key := element.get("id"):
                self.ids.setdefault(key, element)
            for name in (element.get("itemprop") or "").split():
                self._properties.setdefault(name, []).append(element)

    def classed(self, *names: str, within: Element | None = None) -> list[Element]:
        """The elements with one of these classes, class by class in document order; those still `within` another."""
        found = [element for name in names for element in self._classed.get(name, [])]
        return found if within is None else [element for element in found if inside(element, within)]

    def stating(self, name: str, within: Element | None = None) -> list[Element]:
        """The elements that hold a microdata property."""
        found = self._properties.get(name, [])
        return found if within is None else [element for element in found if inside(element, within)]


def ancestors(element: Element, within: Element) -> Iterator[Element]:
    """The elements around one, from the inside out, up to the one given but without it."""
    while element is not within and (parent := element.getparent()) is not None and parent is not within:
        yield parent
        element = parent


def inside(element: Element, root: Element) -> bool:
    """Whether an element is still below the root (or is it), not in a part that was taken out."""
    return element is root or any(above is root for above in element.iterancestors())


def replace(element: Element, text: str) -> None:
    """Puts text where an element was: into a `span`, since joining it to the text around would take ever longer."""
    empty(element)
    element.tag = "span"
    element.text = text


def remove(element: Element, instead: str = "") -> None:
    """Takes an element out, or joins a text in its place to the text around it; the text after it stays."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    text = instead + (element.tail or "")
    element.tail = None
    if before is not None:
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    parent.remove(element)


def empty(element: Element) -> None:
    """Takes everything out of an element and leaves the text after it."""
    tail = element.tail
    element.clear()
    element.tail = tail


def replace_block(element: Element, text: str) -> None:
    """Puts a block's token where an element was: as an element of its own where the indentation of a list entry or
    quotation depends on it, else as mere text, which is cheaper by far."""
    if next(element.iterancestors("li", "td", "th", "dd", "dt", "blockquote"), None) is None:
        replace(element, text)
        return
    empty(element)
    element.tag = "div"
    element.text = text


def drop(root: Element, *names: str) -> None:
    """Takes out every element of these names, with what is in it."""
    etree.strip_elements(root, *names, with_tail=False)


def remove_permalinks(root: Element) -> None:
    """Takes the link signs out of headings (¶, #, a picture); a heading without an id gets that of its link."""
    for heading in root.iter(*HEADINGS):
        for link in list(heading.iter("a")):
            href = link.get("href") or ""
            if href.startswith("#") and not _LETTER.search(text_of(link)):
                own = link.get("id") or link.get("name")
                if own and not heading.get("id"):
                    heading.set("id", own)
                remove(link)


def spaced(root: Element, gap: str, unseen: Iterable[str] = ()) -> str:
    """The text of an element, blocks kept apart by a gap whether the source has whitespace there or not."""
    parts: list[str] = []
    hidden = frozenset(unseen)
    skipping: Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if skipping is None and element.tag in hidden:
                skipping = element
            if skipping is None:
                parts.append(gap + (element.text or "") if element.tag in _BLOCKS else element.text or "")
            continue
        if skipping is element:
            skipping = None
        if skipping is None and element is not root:
            parts.append(gap + (element.tail or "") if element.tag in _BLOCKS else element.tail or "")
    return "".join(parts)
