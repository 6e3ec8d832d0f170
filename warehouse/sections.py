"""An article's marked text to sections: each with its place, its address on the page, its text and its Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from warehouse.article import Article, counted
from warehouse.errors import ParseError
from warehouse.markdown import CLOSE, OPEN, TOKEN, Tokens, marked
from warehouse.markup import HEADINGS, Element, classes, replace_block, text_of
from warehouse.records import CodeBlock, Equation, Figure, Footnote, Section
from warehouse.text_fragments import PageText, fragment_to

MAX_HEADINGS = 1_000
_HEADING_TOKEN = re.compile(f"({OPEN}H\\d+{CLOSE})")
_NOTE_TOKEN = re.compile(f"{OPEN}F\\d+{CLOSE}")
_MARK_TOKENS = re.compile(f"{OPEN}[MN]\\d+{CLOSE}")
_LEADING_MARKS = re.compile(f"^(?:{OPEN}[MN]\\d+{CLOSE})+")
_OUTPUT = re.compile(f"{OPEN}O\\d+{CLOSE}.*?{OPEN}Q\\d+{CLOSE}", re.S)


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    anchor: str
    reached: bool
    """Whether an anchor leads here: there is one, and no earlier element has the same id."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The sections of an article and what stands in them."""

    sections: tuple[Section, ...]
    equations: tuple[Equation, ...]
    code_blocks: tuple[CodeBlock, ...]
    figures: tuple[Figure, ...]
    footnotes: tuple[Footnote, ...]
    unclear: tuple[str, ...]


def take_headings(article: Article) -> list[Heading]:
    """The headings of an article, each replaced by a token.

    Raises ParseError when they are too many to be an article's.
    """
    headings: list[Heading] = []
    elements = list(article.body.iter(*HEADINGS))
    if len(elements) > MAX_HEADINGS:
        raise ParseError(f"it has more than {MAX_HEADINGS} headings")
    for element in elements:
        anchor, holder = _anchor(element)
        written = text_of(element)
        tokens = article.tokens
        text = " ".join(tokens.render(_MARK_TOKENS.sub("", written), "plain").split())
        marks = "".join(match[0] for match in TOKEN.finditer(written) if match[1] in "MN")
        level = int(str(element.tag)[1])
        markdown = "#" * level + " " + text + tokens.render(marks, "markdown")
        headings.append(
            Heading(level, text, anchor, bool(anchor) and article.elements.ids.get(anchor, holder) is holder)
        )
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
    headings, tokens = [Heading(1, "", "", True), *take_headings(article)], article.tokens
    article.append_definitions()
    text, *notes = _NOTE_TOKEN.split(marked(article.body))
    pieces = _HEADING_TOKEN.split(text)
    bodies = [("", pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    cited = _cited(bodies, tokens)
    given = _given(article, notes, cited, last=len(bodies) - 1)
    equations: list[Equation] = []
    code: list[CodeBlock] = []
    figures: list[Figure] = []
    sections: list[Section] = []
    path: list[Heading] = []
    for position, (heading, (heading_token, piece)) in enumerate(zip(headings, bodies, strict=True)):
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
        own = given.get(position, [])
        texts = [tokens.render(piece, "plain"), *(f"[{note.label}] {note.text}" for note, _ in own)]
        parts = [tokens.render(heading_token, "markdown"), tokens.render(piece, "markdown")]
        parts += [f"[^{note.label}]: {markdown}" for note, markdown in own]
        section = Section(
            position=position,
            level=heading.level,
            heading=heading.text,
            anchor=heading.anchor,
            path=tuple(step.text for step in path),
            words=counted(_OUTPUT.sub(" ", piece)),
            text="\n\n".join(texts).strip("\n"),
            markdown="".join(f"{part}\n\n" for part in parts if part),
        )
        if not heading.reached:
            before = tokens.render(bodies[position - 1][1], "plain") or headings[position - 1].text
            after = headings[position + 1].text if position + 1 < len(headings) else ""
            section = replace(section, fragment=fragment_to(heading.text, texts[0], page, before=before, after=after))
        sections.append(section)
    undefined = cited.keys() - {definition.key for definition in article.definitions}
    return Cut(
        sections=tuple(sections),
        equations=tuple(equations),
        code_blocks=tuple(code),
        figures=tuple(figures),
        footnotes=tuple(note for notes_there in given.values() for note, _ in notes_there),
        unclear=tuple(_unclear(sections, headings, undefined)),
    )


def _cited(bodies: list[tuple[str, str]], tokens: Tokens) -> dict[str, int]:
    """The section that first cites each note, by the note's id."""
    cited: dict[str, int] = {}
    for position, (_, piece) in enumerate(bodies):
        for kind, made_of in tokens.within(piece):
            if kind in "MN":
                cited.setdefault(str(made_of), position)
    return cited


def _given(
    article: Article, notes: list[str], cited: dict[str, int], *, last: int
) -> dict[int, list[tuple[Footnote, str]]]:
    """Each note, as a record and as Markdown, under the section that cites it first, else under the last."""
    given: dict[int, list[tuple[Footnote, str]]] = {}
    for definition, note in zip(article.definitions, notes, strict=True):
        plain, markdown = (article.tokens.render(note, face) for face in ("plain", "markdown"))
        record = Footnote(definition.label, " ".join(plain.split()))
        given.setdefault(cited.get(definition.key, last), []).append((record, markdown))
    return given


def _unclear(sections: list[Section], headings: list[Heading], undefined: set[str]) -> Iterator[str]:
    for section, heading in zip(sections, headings, strict=True):
        if not section.fragment and not heading.reached:
            yield f"no address for section {section.position} ({section.heading[:60]}): its link opens the whole post"
    if undefined:
        yield f"{len(undefined)} notes cited but not given"
