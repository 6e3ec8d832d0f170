"""Times or tags set against each other: "more in 2016 or in 2017", "the tag MNIST or Bayesian"."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.metadata.filters import read_filters
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.periods import Condition
from agent.metadata.query import PostQuery
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import search

_AGAINST = r"\b(?:compare[ds]?|comparison|versus|vs|more|fewer|less|difference|longer|shorter|busier|quieter|bigger|commoner)\b(?! (?:recent|than))"
_POSTS_OF = rf"\b{POST_NOUN} (?:(?:that|which|whose|are|is|were|was|not|titles?|starts?|begins?|ends?|published|came|come|out|written|posted|from|in|of|between|during|tagged|labelled|with|both|either|the) )+(?:q§|t§|tagged)|\b{POST_NOUN} (?:(?:that|which|are|is|not) )*(?:tagged|labelled|with)\b"


def alternatives_named(reading: Reading) -> list[Condition]:
    """Two or more times or tags set against each other: "more in 2016 or in 2017"."""
    text = reading.text
    if not text.has(
        r"\b(?:more|fewer|most|fewest|less|compare|compared|comparison|versus|vs|or|difference|than|longer|shorter|busier|quieter)\b"
    ):
        return []
    if text.has(_POSTS_OF) and not text.has(_AGAINST):
        return []  # "the most recent posts tagged MNIST or entropy", "the post from 2016 to 2018 with the most images"
    difference = text.has(r"\bhow many (?:more|fewer)\b|\bdifference\b")
    listed = r"t§\d+(?: ?,? ?(?:and|or|to|with|vs|versus|against|than|compared (?:to|with)|,)(?: (?:than )?(?:in|during|on))? ?(?:the )?t§\d+)+"
    if text.has(
        r"\b(?:more|fewer|most|fewest|less|compare|compared|comparison|versus|vs|difference|longer|shorter|busier|quieter)\b"
    ) and not text.has(r"\bbetween t§"):
        m = text.take(rf"\b(?:(?:in|during|on|of|from) )?{listed}")
    else:
        m = None
    if m is not None:
        conditions = [
            replace(condition, words=condition.words.removeprefix("in ")) for condition in reading.times.listed(m)
        ]
    else:
        conditions = _tag_alternatives(reading)
    if conditions:
        text.take(r"\bhow many (?=more|fewer)", "")
        text.drop(
            r"\b(?:compare[ds]?|comparison(?: of)?|versus|vs|more|fewer|less|longer|shorter|most|fewest|than|difference(?: in| between)?|or|against|higher|lower|between|are there|busier|quieter|which year was|which year|productive|active)\b"
        )
        if difference:
            text.left += "difference "
    return conditions


def _tag_alternatives(reading: Reading) -> list[Condition]:
    text = reading.text
    if not text.has(r"\b(?:more|fewer|most|less|compare|comparison|versus|vs|bigger|commoner)\b"):
        return []
    if text.has(r"\bwhich (?:post|article|one)\b") and not text.has(r"\btag"):
        return []  # two posts by name, not two tags
    if not text.has(_AGAINST) and not text.has(r"\btags?\b"):
        return []
    known = "|".join(re.escape(name) for name in sorted(reading.vocabulary.tag_names, key=len, reverse=True))
    tag = rf"(?:{known}|q§\d+)"
    prefix = r"(?:the )?(?:(?:posts |articles |are there )?(?:tagged|about|on|labelled|with the tag) )?(?:with |as )?(?:tag )?"
    found = search(
        rf"(?<!\S){prefix}(?P<one>{tag})(?: (?:posts|articles|ones|tag))?(?: (?:more|less)(?: often| frequently)?)? (?:or|vs|versus|than|and|to|with|against)(?: (?:than|with|as))? {prefix}(?P<two>{tag})(?: (?:posts|articles|ones|tag))?(?!\S)",
        text.left,
    )
    if found is not None and " or " not in found[0] and not text.has(_AGAINST):
        return []
    if found is None or not text.has(rf"\b(?:{POST_NOUN}|ones|tagged|tags?)\b"):
        return []
    conditions = []
    for name in (found["one"], found["two"]):
        probe = reading.fork()
        probe.text.left = f" tagged {name} "
        read_filters(probe)
        spoken = reading.text.quotes[int(name[2:])] if name.startswith("q§") else name
        label = reading.vocabulary.tag_names.get(spoken.lower(), spoken)
        conditions += [replace(condition, words=label) for condition in probe.conditions]
    text.left = text.left.replace(found[0], " · posts ", 1)
    text.drop(r"\b(?:common(?:ly)?|popular|often|frequent(?:ly)?|tags?|bigger|commoner|widely)\b")
    return conditions if len(conditions) == 2 else []


def alternatives_difference(query: PostQuery, about: str) -> MetadataQuestion:
    name = query.measure.name if query.measure else "posts"
    sql = f"SELECT max({name}) - min({name}) AS difference, arg_max(which, {name}) AS more FROM ({query.sql()})"
    return MetadataQuestion(sql, "number", name, about)
