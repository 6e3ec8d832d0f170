"""Text fragments: addresses of passages that no HTML id leads to, checked to name one place of their page.

https://wicg.github.io/scroll-to-text-fragment/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from warehouse.markup import Element, spaced

_UNSEEN = ("script", "style", "noscript", "template", "head", "title")
_GAP = "\ue008"  # between blocks, which a match never spans
_NOT_PROSE = re.compile(r"[-*>|`$\d]")
_NOT_PLAIN = re.compile(r"\\\(|\\\)|\$\$|\[\d+\]|[`|]")
_SHORTEST, _LONGEST, _CONTEXT = 4, 16, 5  # words


class PageText:
    """The words of a page as a browser searches them: in one case, blocks apart, without what is not shown."""

    def __init__(self, root: Element) -> None:
        self._blocks = " ".join(spaced(root, _GAP, _UNSEEN).split()).lower()

    def count(self, words: str) -> int:
        """How often these words stand in one block, as whole words."""
        return _count(self._blocks, words.lower())

    def count_across(self, words: str) -> int:
        """The same for words that may go on in the next block, as context may."""
        return _count(" ".join(self._blocks.replace(_GAP, " ").split()), words.lower())


def _count(text: str, words: str) -> int:
    found, start = 0, text.find(words)
    while start >= 0:
        end = start + len(words)
        found += not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
        start = text.find(words, end)
    return found


def fragment_to(heading: str, text: str, page: PageText, *, before: str, after: str) -> str:
    """The directive that leads to a section: its heading where that stands once on the page, else the first such run
    of 4 to 16 plain words of its text, else its heading with what stands before or after it; else "".

    `before` is the text above the heading, `after` the heading below the section.
    """
    runs = (
        " ".join(words[:length])
        for words in _plain_openings(text)
        for length in range(_SHORTEST, min(_LONGEST, len(words)) + 1)
    )
    for words in (heading, *runs):
        if words and not _NOT_PLAIN.search(words) and page.count(words) == 1:
            return f":~:text={_encoded(words)}"
    return _in_context(heading, page, before, " ".join(text.split()) or after)


def _plain_openings(text: str) -> Iterable[list[str]]:
    """The words with which paragraphs begin, up to the first formula, note or code."""
    for paragraph in text.split("\n\n"):
        if not _NOT_PROSE.match(paragraph):
            yield _NOT_PLAIN.split(" ".join(paragraph.split()))[0].split()


def _in_context(heading: str, page: PageText, before: str, after: str) -> str:
    if not heading or _NOT_PLAIN.search(heading) or not page.count(heading):
        return ""
    following = _NOT_PLAIN.split(after)[0].split()[:_CONTEXT]
    if following and page.count_across(f"{heading} {' '.join(following)}") == 1:
        return f":~:text={_encoded(heading)},-{_encoded(' '.join(following))}"
    preceding = _NOT_PLAIN.split(" ".join(before.split()))[-1].split()[-_CONTEXT:]
    if preceding and page.count_across(f"{' '.join(preceding)} {heading}") == 1:
        return f":~:text={_encoded(' '.join(preceding))}-,{_encoded(heading)}"
    return ""


def _encoded(words: str) -> str:
    return quote(words, safe="").replace("-", "%2D")
