"""Code blocks of an article, as they run when copied: no line numbers, no non-breaking spaces, one block each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from warehouse.markup import Element, ancestors, classes, inside, remove, whole_text

_NUMBERS = frozenset(
    ("lineno", "linenos", "ln", "lnt", "gutter", "line-number", "line-numbers", "lineNumber", "linenumber")
    + ("line-numbers-rows", "hljs-ln-numbers", "blob-num", "linenodiv", "prompt")
)
_NAMED = re.compile(r"(?:language|lang|highlight-source|highlight-text|highlight|hl)-(.+)")
_BRUSH = re.compile(r"brush:\s*([\w+#-]+)")
_BARE = frozenset({"code", "sourcecode", "highlight", "hljs", "chroma", "codehilite"})
_PLAIN = frozenset(
    ("none", "default", "nohighlight", "notranslate", "literal-block", "rouge-code", "code-with-copy", "numbersource")
    + ("numberlines", "linenos", "wp-block-code", "prettyprint", "text", "highlight", "code", "sourcecode", "hljs")
)
_SPELLINGS = {"ipython3": "python", "ipython": "python", "ipython2": "python", "python3": "python"}
_LINES = ("div", "li", "p", "tr")


def code_blocks(body: Element) -> Iterator[tuple[Element, str, str]]:
    """(element, language or "", code) of every block, from the top; the caller replaces each element as it comes."""
    for block in list(body.iter("pre", "table")):
        numbered = block.tag == "table" and _numbered_lines(block)
        if (block.tag == "pre" or numbered) and inside(block, body):
            language = _language(block, body)
            lines = [_code(cell).rstrip("\n") for cell in numbered] if numbered else [_code(block)]
            yield block, language, "\n".join(lines).strip("\n")


def _numbered_lines(table: Element) -> list[Element]:
    """The code cells of a table that is a numbered listing, one or a row each; of any other table none."""
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    if not rows or any(len(row) < 2 for row in rows):
        return []
    whole = len(rows) == 1 and next(rows[0][-1].iter("pre", "code"), None) is not None
    if not whole and not all(_is_number_cell(row[0]) for row in rows):
        return []
    numbers = "".join(whole_text(cell) for row in rows for cell in row[:-1])
    return [row[-1] for row in rows] if re.fullmatch(r"[\d\s]*", numbers) else []


def _is_number_cell(cell: Element) -> bool:
    return bool(_NUMBERS.intersection(classes(cell))) or cell.get("data-line-number") is not None


def _code(block: Element) -> str:
    for part in list(block.iterdescendants()):
        if part.tag == "br":
            part.tail = "\n" + (part.tail or "")
        elif part.tag in _LINES and not whole_text(part).endswith("\n"):
            part.tail = "\n" + (part.tail or "")
        elif _NUMBERS.intersection(classes(part)) or "user-select:none" in (part.get("style") or "").replace(" ", ""):
            remove(part)
    return whole_text(block).replace("\u00a0", " ")


def _language(block: Element, body: Element) -> str:
    for element in (block, *block.iter("code", "pre")):
        if name := _stated(element) or _among_classes(element):
            return name
    for above in ancestors(block, body):
        if len(list(above.iter("pre"))) > (2 if block.tag == "table" else 1) or above.tag not in ("div", "figure"):
            break  # it holds more than this block (a numbered listing has one `pre` for the numbers)
        if "input_area" in classes(above) or "jp-InputArea" in classes(above):
            return "python"
        if name := _stated(above) or (_among_classes(above) if above.tag == "figure" else ""):
            return name
    return ""


def _stated(element: Element) -> str:
    """The language an element names outright."""
    brush = _BRUSH.search(element.get("class") or "")
    names = [element.get("data-lang"), element.get("data-language"), element.get("data-enlighter-language")]
    names += [brush[1] if brush else None, *(match[1] for match in map(_NAMED.fullmatch, classes(element)) if match)]
    if element.tag in ("code", "pre"):
        names.append(element.get("lang"))
    known = [name.lower() for name in names if name and name.lower() not in _PLAIN - {"text"}]
    return _SPELLINGS.get(known[0], known[0]) if known else ""


def _among_classes(element: Element) -> str:
    """The language among the classes of an element marked as code: `code python`, `sourceCode r`, `highlight js`."""
    names = [name.lower() for name in classes(element)]
    rest = [name for name in names if name not in _PLAIN and name not in _BARE and "-" not in name]
    return _SPELLINGS.get(rest[0], rest[0]) if rest and _BARE.intersection(names) else ""
