"""Formulas of an article: written between delimiters in its text, marked up by its generator, or already rendered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

from warehouse.addresses import parts_of
from warehouse.markup import Element, Elements, ancestors, classes, inside, remove, whole_text

_DELIMITER = re.compile(r"(?<!\\)(?:\$\$?|\\[\[\]()])|\\(?:begin|end)\{\w+\*?\}")
_CLOSERS = {"$$": "$$", "$": "$", r"\[": r"\]", r"\(": r"\)"}
_RENDERED = frozenset({"katex-display", "katex", "MathJax_Display", "MathJax", "MathJax_SVG", "MathJax_CHTML"})
_PREVIEWS = _RENDERED | {"MathJax_Preview", "MathJax_SVG_Display"}
_DOLLARS_ON = re.compile(r"""inlineMath\b[^\]]*\[\s*\[?\s*["']\$["']|left["']?\s*:\s*["']\$["']""")


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX without its delimiters, at a place of a text or in an element."""

    latex: str
    display: bool
    start: int = 0
    end: int = 0


def dollars_are_math(root: Element) -> bool:
    """Whether a script of the page tells MathJax or KaTeX to read `$..$` as a formula."""
    return any(_DOLLARS_ON.search(script.text or "") for script in root.iter("script"))


def delimited(text: str, *, single: bool, sure: bool) -> Iterator[Formula]:
    r"""The formulas between `$$`, `\[`, `\(` or a LaTeX environment of a text, in time linear in its length.

    `single`: `$..$` is a formula too; unless `sure` of that, an amount of money is told apart as pandoc does: no space
    inside the dollars, no digit after them. https://pandoc.org/MANUAL.html#extension-tex_math_dollars
    """
    marks = [mark for mark in _DELIMITER.finditer(text) if single or mark[0] != "$"]
    partner: list[int] = [-1] * len(marks)
    nearest: dict[str, int] = {}
    for index in range(len(marks) - 1, -1, -1):
        mark = marks[index][0]
        closer = _CLOSERS.get(mark) or mark.replace("begin", "end", 1)
        partner[index] = nearest.get(closer, -1)
        nearest[mark] = index
        if mark == "$$":
            nearest.pop("$", None)  # an inline formula does not reach over a display one
    index = 0
    while index < len(marks):
        opener, last = marks[index], partner[index]
        if last < 0 or not (formula := _between(text, opener, marks[last], sure)):
            index += 1
            continue
        yield formula
        index = last + 1


def _between(text: str, opener: re.Match[str], closer: re.Match[str], sure: bool) -> Formula | None:
    mark, inner = opener[0], text[opener.end() : closer.start()]
    if not inner:
        return None
    if mark.startswith("\\begin"):
        return Formula(text[opener.start() : closer.end()], True, opener.start(), closer.end())
    if mark == "$" and not sure:
        after, before = text[closer.end() : closer.end() + 1], text[: opener.start()][-1:]
        if inner != inner.strip() or after.isdigit() or before.isalnum():
            return None
    display = mark in ("$$", r"\[")
    return Formula(inner.strip() if display else inner, display, opener.start(), closer.end())


def cut_open(text: str) -> bool:
    r"""Whether a `\(`, `\[` or `$$` of a text, its whole formulas taken out, has no end."""
    return bool(re.search(r"(?<!\\)(?:\\[\[(]|\$\$)", text))


def marked_up(body: Element, elements: Elements) -> Iterator[tuple[Element, Formula]]:
    """Every element that is a formula as a whole, with its LaTeX; not one inside another that was replaced as it
    came."""
    for annotation in list(body.iter("annotation")):
        if annotation.get("encoding") == "application/x-tex" and inside(annotation, body):
            yield _whole(annotation, body)
    for script in list(body.iter("script")):
        if (script.get("type") or "").startswith("math/tex"):
            _drop_preview(script)
            yield script, Formula((script.text or "").strip(), "mode=display" in (script.get("type") or ""))
    for math in list(body.iter("math")):
        if latex := math.get("alttext"):
            yield math, Formula(latex, math.get("display") == "block")
    for image in list(body.iter("img")):
        if latex := _pictured(image):
            yield image, Formula(latex, False)
    for block in elements.classed("latex-rendered", within=body):
        if latex := _persistent(block):
            yield block, Formula(latex, True)
    for element in elements.classed("math"):
        if element.tag in ("div", "span") and inside(element, body):
            yield element, _in_class_math(element)


def _whole(annotation: Element, body: Element) -> tuple[Element, Formula]:
    """The outermost rendering around an annotation: what else stands in it are the formula's glyphs, once more."""
    whole, display = annotation, False
    for above in ancestors(annotation, body):
        named = set(classes(above))
        display = display or "katex-display" in named or above.get("display") in ("block", "true")
        if above.tag in ("semantics", "math", "mjx-container", "mjx-assistive-mml") or named & _RENDERED:
            whole = above
    return whole, Formula((annotation.text or "").strip(), display)


def _drop_preview(script: Element) -> None:
    while (before := script.getprevious()) is not None and set(classes(before)) & _PREVIEWS:
        remove(before)


def _pictured(image: Element) -> str:
    """The LaTeX of a formula drawn by WordPress.com's renderer or one like it."""
    parts = parts_of(image.get("src") or "")
    if "latex" not in classes(image) and not parts.path.endswith("latex.php"):
        return ""
    return " ".join(parse_qs(parts.query).get("latex", [image.get("alt") or ""])).strip()


def _persistent(block: Element) -> str:
    try:
        attributes = json.loads(block.get("data-attrs") or "{}")
    except ValueError:
        return ""
    return str(attributes.get("persistentExpression", "")) if isinstance(attributes, dict) else ""


def _in_class_math(element: Element) -> Formula:
    """docutils, Sphinx and pandoc: `div.math`, `span.math`, `span.math.display`, with or without delimiters."""
    latex = ((whole_text(element) if len(element) else element.text) or "").strip()
    display = element.tag == "div" or "display" in classes(element)
    if len(latex) >= 4 and latex[:2] + latex[-2:] in (r"\(\)", r"\[\]", "$$$$"):
        latex = latex[2:-2].strip() if display else latex[2:-2]
    return Formula(latex, display)
