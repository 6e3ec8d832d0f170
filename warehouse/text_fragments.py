"""Text fragments: addresses of passages that no HTML id leads to, checked to name one place of their page.

https://wicg.github.io/scroll-to-text-fragment/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
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

    @cached_property
    def _running(self) -> str:
        return " ".join(self._blocks.replace(_GAP, " ").split())

    def has_once(self, words: str) -> bool:
        """Whether these words stand in one block of the page, as whole words, and nowhere else."""
        return len(list(islice(_places(self._blocks, words.lower()), 2))) == 1

    def has_once_across(self, words: str) -> bool:
        """The same for words that may go on in the next block, as context may."""
        return len(list(islice(_places(self._running, words.lower()), 2))) == 1

    def has(self, words: str) -> bool:
        """Whether these words stand in one block of the page, as whole words."""
        return next(_places(self._blocks, words.lower()), -1) >= 0


def _places(text: str, words: str) -> Iterator[int]:
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            yield start
        start = text.find(words, end)


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
        if words and not _NOT_PLAIN.search(words) and page.has_once(words):
            return f":~:text={_encoded(words)}"
    return _in_context(heading, page, before, " ".join(text.split()) or after)


def _plain_openings(text: str) -> Iterator[list[str]]:
    """The words with which paragraphs begin, up to the first formula, note or code."""
    for paragraph in text.split("\n\n"):
        if not _NOT_PROSE.match(paragraph):
            yield _NOT_PLAIN.split(" ".join(paragraph.split()))[0].split()


def _in_context(heading: str, page: PageText, before: str, after: str) -> str:
    if not heading or _NOT_PLAIN.search(heading) or not page.has(heading):
        return ""
    following = _NOT_PLAIN.split(after)[0].split()[:_CONTEXT]
    if following and page.has_once_across(f"{heading} {' '.join(following)}"):
        return f":~:text={_encoded(heading)},-{_encoded(' '.join(following))}"
    preceding = _NOT_PLAIN.split(" ".join(before.split()))[-1].split()[-_CONTEXT:]
    if preceding and page.has_once_across(f"{' '.join(preceding)} {heading}"):
        return f":~:text={_encoded(' '.join(preceding))}-,{_encoded(heading)}"
    return ""


def _encoded(words: str) -> str:
    return quote(words, safe="").replace("-", "%2D")
