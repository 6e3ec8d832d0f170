"""Footnotes and citations of an article: where they are defined and where they are cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from warehouse.markup import Element, Elements, classes, empty, remove, text_of

_LISTS = ("footnotes", "wp-block-footnotes", "footnotes-list", "endnotes")
_MARKS = frozenset({"footnote-reference", "citation-reference", "footnote-ref", "footnote-anchor"})
_BACKS = frozenset({"fn-backref", "footnote-backref", "footnote-back", "reversefootnote", "data-footnote-backref"})
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Definition:
    """The text of a note, still in its element."""

    key: str
    """Its HTML id, which its marks link to."""
    label: str
    kind: str
    """"footnote" or "citation"."""
    note: Element
    around: Element
    """What to take out of the article along with it."""


def definitions(body: Element, elements: Elements) -> list[Definition]:
    """The notes of an article as docutils, Sphinx, kramdown, Goldmark, pandoc, remark, WordPress or Substack write
    them. Their links back to the text are removed."""
    notes = [
        *_in_definition_lists(elements.classed("footnote", "citation", within=body)),
        *_in_asides(elements.classed("footnote", "citation", within=body)),
        *_in_lists([*elements.classed(*_LISTS, within=body), *body.findall(".//*[@role='doc-endnotes']")]),
        *_in_lists([box for box in elements.classed("footnote", within=body) if box.find("ol") is not None]),
        *_in_substack(elements.classed("footnote", within=body)),
    ]
    keys = {note.key for note in notes}
    for note in notes:
        for link in list(note.note.iter("a")):
            target = (link.get("href") or "").partition("#")[2]
            if target and target not in keys and _leads_back(link):
                remove(link)
    return notes


def marks(body: Element, keys: set[str]) -> Iterator[tuple[Element, str, str]]:
    """(element, label, key of the definition) of every place where a note is cited."""
    for link in list(body.iter("a")):
        page, hash_, target = (link.get("href") or "").partition("#")
        if page or not hash_:
            continue
        key = target if target in keys else unquote(target)
        parent = link.getparent()
        cites = _MARKS.intersection(classes(link)) or (parent is not None and "footnote-ref" in classes(parent))
        if key in keys or cites or key.startswith("fn-"):
            label = text_of(link).strip("[]")
            if label:
                yield link, label, key


def _leads_back(link: Element) -> bool:
    named = {*classes(link), link.get("role"), link.get("rel")}
    return bool(named & (_BACKS | {"doc-backlink", "footnote"})) or not _WORD.search(text_of(link))


def _kind(note: Element) -> str:
    return "citation" if "citation" in classes(note) else "footnote"


def _in_definition_lists(groups: list[Element]) -> Iterator[Definition]:
    for group in groups:
        for term in group.iterchildren("dt") if group.tag == "dl" else ():
            note = term.getnext()
            for back in term.iterfind("span[@class='fn-backref']"):
                empty(back)
            if note is not None and note.tag == "dd":
                yield Definition(term.get("id") or "", text_of(term).strip("[]"), _kind(group), note, group)


def _in_asides(notes: list[Element]) -> Iterator[Definition]:
    """docutils 0.18 and later: `aside.footnote`, `div.citation`, each with its label in a span."""
    for note in notes:
        label = next((span for span in note.iterchildren("span") if "label" in classes(span)), None)
        if note.tag in ("aside", "div") and label is not None:
            text = text_of(label).partition("]")[0].strip("[ ")
            remove(label)
            yield Definition(note.get("id") or "", text, _kind(note), note, note)


def _in_lists(groups: list[Element]) -> Iterator[Definition]:
    numbered: list[Element] = []
    for group in groups:
        notes = next(group.iter("ol", "ul"), None)
        if notes is None or notes in numbered:
            continue
        numbered.append(notes)
        for number, item in enumerate(notes.iterchildren("li"), start=1):
            yield Definition(item.get("id") or "", str(number), "footnote", item, group)


def _in_substack(notes: list[Element]) -> Iterator[Definition]:
    for note in notes:
        number = next((link for link in note.iterchildren("a") if "footnote-number" in classes(link)), None)
        if number is not None:
            key, label = number.get("id") or "", text_of(number)
            remove(number)
            yield Definition(key, label, "footnote", note, note)
