"""What a client may offer while someone types an argument: what begins so first, then what resembles it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import anyio.to_thread
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from tools.blog import BlogTools
from tools.naming import folded
from warehouse.errors import BlogError

MOST = 100
"""Values in one completion, by the protocol."""
_NEAR = 0.6
"""Similarity (difflib's ratio) from which a misspelt word is taken for the one it resembles."""
_LONG = 2_000
"""Candidates beyond which spelling is not compared: typing must not wait for it."""

LEVELS = ("beginner", "practitioner", "expert")
MINUTES = ("15", "30", "60", "120", "240")
LANGUAGES = ("Python with NumPy", "Python with PyTorch", "Python with JAX", "Julia", "R", "Rust", "C++")


class Completer:
    """Completes the arguments of templates and prompts from the current snapshot."""

    def __init__(self, blog: BlogTools) -> None:
        self._blog = blog
        self._sources: dict[str, Callable[[Mapping[str, str]], Mapping[str, str]]] = {
            "slug": self._posts,
            "post": self._posts,
            "anchor": self._sections,
            "section": self._sections,
            "tag": self._tags,
            "topic": self._topics,
            "first": self._topics,
            "second": self._topics,
            "equation": self._equations,
            "level": lambda given: dict.fromkeys(LEVELS, ""),
            "minutes": lambda given: dict.fromkeys(MINUTES, ""),
            "language": lambda given: dict.fromkeys(LANGUAGES, ""),
        }

    async def complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        """The values that fit what was typed, best first; none for an unknown argument or without a snapshot."""
        source = self._sources.get(argument.name)
        if source is None:
            return None
        given = (context.arguments if context else None) or {}
        found = await anyio.to_thread.run_sync(partial(self._fitting, source, given, argument.value))
        return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)

    def _fitting(
        self, source: Callable[[Mapping[str, str]], Mapping[str, str]], given: Mapping[str, str], typed: str
    ) -> list[str]:
        try:
            return ranked(typed, source(given))
        except BlogError:
            return []  # someone is typing: blog://status and the tools say what is wrong

    def _posts(self, given: Mapping[str, str]) -> Mapping[str, str]:
        return dict(reversed(self._blog.snapshots.current().warehouse.slugs().items()))

    def _sections(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """Anchors of the post named before; of no post, nothing: an anchor means nothing without one."""
        slug = given.get("slug") or given.get("post") or ""
        found = list(self._blog.snapshots.current().warehouse.posts([slug])) if slug else []
        return {section.anchor: section.heading for post in found for section in post.sections if section.anchor}

    def _tags(self, given: Mapping[str, str]) -> Mapping[str, str]:
        return dict.fromkeys(self._blog.snapshots.current().warehouse.tags(), "")

    def _topics(self, given: Mapping[str, str]) -> Mapping[str, str]:
        warehouse = self._blog.snapshots.current().warehouse
        return dict.fromkeys([*warehouse.tags(), *reversed(warehouse.slugs().values())], "")

    def _equations(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """The numbers of the post's display equations, found by their LaTeX, too."""
        slug = given.get("slug") or given.get("post") or ""
        found = list(self._blog.snapshots.current().warehouse.posts([slug])) if slug else []
        return {str(n): equation.latex for post in found for n, equation in enumerate(post.equations, start=1)}


def ranked(typed: str, candidates: Mapping[str, str]) -> list[str]:
    """The candidates (value to words that describe it) that fit what was typed.

    First values that begin with it, then those with a word that does, those that hold it, those that hold all its
    words, in the order given within each; last those whose words are spelt like it, the likest first. All of them for
    nothing typed.
    """
    wanted = folded(typed)
    if not wanted:
        return list(candidates)
    forms = {value: (folded(value), folded(about)) for value, about in candidates.items()}
    ways: list[Callable[[tuple[str, str]], bool]] = [
        lambda form: form[0].startswith(wanted),
        lambda form: form[1].startswith(wanted) or f" {wanted}" in f" {form[0]} {form[1]}",
        lambda form: wanted in form[0] or wanted in form[1],
        lambda form: all(word in f"{form[0]} {form[1]}" for word in wanted.split()),
    ]
    found: dict[str, None] = {}
    for fits in ways:
        found |= dict.fromkeys(value for value, form in forms.items() if value not in found and fits(form))
    if len(candidates) <= _LONG:
        like = [value for value, form in forms.items() if value not in found and _resembles(wanted, form)]
        found |= dict.fromkeys(sorted(like, key=lambda value: -_likeness(wanted, forms[value][0])))
    return list(found)


def _resembles(wanted: str, form: Iterable[str]) -> bool:
    """Whether every word typed is spelt like a word of the candidate, or like the beginning of one as long."""
    words = {word for text in form for word in text.split()}
    return all(
        difflib.get_close_matches(typed, words | {word[: len(typed)] for word in words}, n=1, cutoff=_near(typed))
        for typed in wanted.split()
    )


def _likeness(wanted: str, text: str) -> float:
    return difflib.SequenceMatcher(None, wanted, text[: len(wanted) + 1]).ratio()


def _near(typed: str) -> float:
    return _NEAR if len(typed) > 6 else 0.75 if len(typed) > 3 else 1.0
