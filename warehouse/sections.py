"""An article's marked text to sections: each with its place, its address on the page, its text and its Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from warehouse.article import Article, counted
from warehouse.markdown import CLOSE, OPEN, TOKEN, Tokens, marked
from warehouse.markup import HEADINGS, Element, classes, replace_block, spaced, text_of
from warehouse.records import CodeBlock, Equation, Figure, Footnote, Section

_HEADING_TOKEN = re.compile(f"({OPEN}H\\d+{CLOSE})")
_NOTE_TOKEN = re.compile(f"{OPEN}F\\d+{CLOSE}")
_MARK_TOKENS = re.compile(f"{OPEN}[MN]\\d+{CLOSE}")
_LEADING_MARKS = re.compile(f"^(?:{OPEN}[MN]\\d+{CLOSE})+")
_OUTPUT = re.compile(f"{OPEN}O\\d+{CLOSE}.*?{OPEN}Q\\d+{CLOSE}", re.S)
_UNSEEN = ("script", "style", "noscript", "template", "head", "title")
_GAP = "\ue008"


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    anchor: str
    reached: bool
    """Whether the anchor leads here, not to an earlier element with the same id."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The sections of an article and what stands in them."""

    sections: tuple[Section, ...]
    equations: tuple[Equation, ...]
    code_blocks: tuple[CodeBlock, ...]
    figures: tuple[Figure, ...]
    footnotes: tuple[Footnote, ...]
    unclear: tuple[str, ...]


class PageText:
    """The words of a page as a browser searches them: in one case, blocks apart, without what is not shown."""

    def __init__(self, root: Element) -> None:
        self._text = " ".join(spaced(root, _GAP, _UNSEEN).split()).lower()

    def count(self, words: str) -> int:
        """How often these words stand in one block, as whole words."""
        text, wanted, found = self._text, words.lower(), 0
        start = text.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            found += not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
            start = text.find(wanted, end)
        return found


def take_headings(article: Article) -> list[Heading]:
    """The headings of an article, each replaced by a token."""
    headings = []
    for element in list(article.body.iter(*HEADINGS)):
        anchor, holder = _anchor(element)
        written = text_of(element)
        tokens = article.tokens
        text = " ".join(tokens.render(_MARK_TOKENS.sub("", written), "plain").split())
        marks = "".join(match[0] for match in TOKEN.finditer(written) if match[1] in "MN")
        level = int(str(element.tag)[1])
        markdown = "#" * level + " " + text + tokens.render(marks, "markdown")
        headings.append(Heading(level, text, anchor, article.elements.ids.get(anchor, holder) is holder))
        replace_block(element, tokens.add("H", markdown, "") + marks)
    return headings


def _anchor(heading: Element) -> tuple[str, Element]:
    """The id to jump to, and the element that has it."""
    if own := heading.get("id"):
        return own, heading
    around = heading.getparent()
    if around is not None and around.get("id") and (around.tag == "section" or "section" in classes(around)):
        return around.get("id") or "", around
    for inner in heading.iter("a", "span"):
        named = inner.get("id") or (inner.get("name") if inner.tag == "a" else "") or ""
        if named and text_of(inner) in ("", text_of(heading)):
            return named, inner
    return "", heading


def cut(article: Article, page: PageText) -> Cut:
    """Cuts an article at its headings and hands every equation, block, figure and note to its section."""
    headings, definitions, tokens = take_headings(article), article.definitions, article.tokens
    article.append_definitions()
    text, *behind = _NOTE_TOKEN.split(marked(article.body))
    pieces = _HEADING_TOKEN.split(text)
    bodies = [("", pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    cited: dict[str, int] = {}
    for position, (_, piece) in enumerate(bodies):
        for kind, made_of in tokens.within(piece):
            if kind in "MN":
                cited.setdefault(str(made_of), position)
    notes: dict[int, list[tuple[Footnote, str]]] = {}
    for definition, note in zip(definitions, behind, strict=True):
        where = cited.get(definition.key, len(bodies) - 1)
        plain = " ".join(tokens.render(note, "plain").split())
        notes.setdefault(where, []).append((Footnote(definition.label, plain), tokens.render(note, "markdown")))
    equations: list[Equation] = []
    code: list[CodeBlock] = []
    figures: list[Figure] = []
    sections: list[Section] = []
    path: list[Heading] = []
    for position, (heading_token, piece) in enumerate(bodies):
        heading = headings[position - 1] if position else Heading(1, "", "", True)
        piece = _LEADING_MARKS.sub("", piece) if position else piece
        for kind, made_of in tokens.within(piece):
            if kind in "BE":
                equations.append(Equation(position, str(made_of)))
            elif isinstance(made_of, CodeBlock):
                code.append(replace(made_of, section=position))
            elif isinstance(made_of, Figure):
                figures.append(replace(made_of, section=position))
        if heading.text:
            path = [step for step in path if step.level < heading.level] + [heading]
        section = Section(
            position=position,
            level=heading.level,
            heading=heading.text,
            anchor=heading.anchor,
            path=tuple(step.text for step in path),
            words=counted(_OUTPUT.sub(" ", piece)),
            text=_plain(piece, notes.get(position, []), tokens),
            markdown=_markdown(heading_token, piece, notes.get(position, []), tokens),
        )
        if position and not (heading.anchor and heading.reached):
            section = replace(section, fragment=text_fragment(section.heading, section.text, page))
        sections.append(section)
    return Cut(
        sections=tuple(sections),
        equations=tuple(equations),
        code_blocks=tuple(code),
        figures=tuple(figures),
        footnotes=tuple(note for group in notes.values() for note, _ in group),
        unclear=tuple(_unclear(sections, headings, cited.keys() - {definition.key for definition in definitions})),
    )


def _plain(piece: str, notes: list[tuple[Footnote, str]], tokens: Tokens) -> str:
    own = tokens.render(piece, "plain")
    return "\n\n".join([own, *(f"[{note.label}] {note.text}" for note, _ in notes)]).strip("\n")


def _markdown(heading: str, piece: str, notes: list[tuple[Footnote, str]], tokens: Tokens) -> str:
    parts = [tokens.render(heading, "markdown"), tokens.render(piece, "markdown")]
    parts += [f"[^{note.label}]: {markdown}" for note, markdown in notes]
    whole = "\n\n".join(part for part in parts if part)
    return whole + "\n\n" if whole else ""


def _unclear(sections: list[Section], headings: list[Heading], undefined: set[str]) -> Iterator[str]:
    for section, heading in zip(sections[1:], headings, strict=True):
        if not section.fragment and not (heading.anchor and heading.reached):
            yield f"no address for section {section.position} ({section.heading[:60]}): its link opens the whole post"
    if undefined:
        yield f"{len(undefined)} notes cited but not given"


def text_fragment(heading: str, text: str, page: PageText) -> str:
    """A text-fragment directive for words that stand once on the page: the heading, else the first such run of 4 to 16
    plain words of the section, else "".

    https://wicg.github.io/scroll-to-text-fragment/
    """
    plain = (" ".join(part.split()) for part in text.split("\n\n") if not re.match(r"[-*>|`$\d]", part))
    paragraphs = (re.split(r"\\\(|\$\$|\[\d|[`|]", part)[0].split() for part in plain)
    runs = (" ".join(words[:length]) for words in paragraphs for length in range(4, min(16, len(words)) + 1))
    for words in (heading, *runs):
        if words and "\\(" not in words and page.count(words) == 1:
            return ":~:text=" + quote(words, safe="").replace("-", "%2D")
    return ""
