"""What a template puts around and into an article: contents, scripts, sharing, by-lines, page numbers."""

from __future__ import annotations

from warehouse.markup import HEADINGS, Element, Elements, classes, drop, inside, remove, text_of

_TOC_CLASSES = ("toc", "table-of-contents", "ez-toc-container", "toc_container", "wp-block-table-of-contents")
_TOC_IDS = frozenset({"toc", "table-of-contents", "TableOfContents", "TOC", "markdown-toc", "toc_container"})
_NOISE = ("style", "noscript", "template", "svg", "button", "select", "iframe", "object")
_NOISE_CLASSES = (
    "headerlink anchor-link hash-link header-anchor prompt jp-InputPrompt jp-OutputPrompt sharedaddy "
    "jp-relatedposts related-posts addtoany_share_save_container"
).split()
_OUTSIDE = ("header", "footer", "nav")
_OUTSIDE_CLASSES = (
    "post-meta entry-meta article-meta post-tags article-tags tags share comments byline pagination "
    "post-navigation author-box post-footer ablog__postcard"
).split()


def remove_furniture(body: Element, elements: Elements, title: str) -> None:
    """Takes out what stands in the article's element but is no part of its text, the title included."""
    contents = [one for one in elements.classed("contents") if "topic" in classes(one)]
    contents += elements.classed(*_TOC_CLASSES)
    contents += [elements.ids[key] for key in _TOC_IDS if key in elements.ids]
    contents += body.findall(".//*[@role='doc-toc']")
    for one in contents:
        if one.tag not in HEADINGS and inside(one, body) and one is not body:
            _remove_contents(one, body)
    for script in list(body.iter("script")):
        if not (script.get("type") or "").startswith("math/tex"):
            remove(script)
    drop(body, *_NOISE)
    for one in elements.classed(*_NOISE_CLASSES, within=body):
        remove(one)
    for one in body.findall(".//*[@hidden]"):
        remove(one)
    if body.tag in ("article", "main"):
        _remove_surroundings(body, elements)
    first = next(body.iter(*HEADINGS), None)
    if first is not None and first.tag == "h1" and text_of(first) == title:
        remove(first)


def _remove_contents(contents: Element, body: Element) -> None:
    """A table of contents, and the title over it where they share a box."""
    card = contents.getparent()
    if card is not None and card is not body:
        heads = list(card.iterchildren(*HEADINGS))
        if heads and text_of(card).split() == (text_of(heads[0]) + " " + text_of(contents)).split():
            remove(heads[0])
    remove(contents)


def _remove_surroundings(body: Element, elements: Elements) -> None:
    """What a template puts into the element of a whole article beside its text."""
    outside = [one for one in body.iter(*_OUTSIDE) if one is not body]
    outside += elements.classed(*_OUTSIDE_CLASSES)
    for one in outside:
        if one is not body and inside(one, body):
            remove(one)
