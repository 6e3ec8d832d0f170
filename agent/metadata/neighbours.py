"""The posts around one named, and posts named by nothing but their ranks."""

from __future__ import annotations

import re

from agent.metadata.filters import read_filters
from agent.metadata.measures import PUBLISHED
from agent.metadata.orders import Order
from agent.metadata.outcome import MetadataQuestion, of_query
from agent.metadata.periods import Condition
from agent.metadata.query import PostQuery
from agent.metadata.reading import POST_NOUN, Reading, Reference
from agent.metadata.text import POST


def neighbours(reading: Reading) -> MetadataQuestion | None:
    """The post, or the few, that came right before or after one named, among those that fulfil the filters."""
    text = reading.text
    if beside := text.take(
        rf"\b(?:(?:posts?|articles?|ones?|which|came|come|comes|immediately|directly|right|just|are|were|on)\s+)*(?:neighbou?rs|neighbou?ring(?: posts| articles)?|adjacent(?: posts| articles)?|before and after|after and before|either side|next(?: door)?(?= to))(?: (?:of|to|for))? {POST}(?= )"
    ):
        post = reading.post(beside)
        slugs = f"SELECT unnest([o.prev_slug, o.next_slug]) FROM posts o WHERE o.slug = {post.slug}"
        both = Condition(f"p.slug IN ({slugs})", f"right before and after {post.spoken}")
        return of_query(PostQuery([both]), both.words, reading.notes, post=post)
    if text.has(
        r"\b(?:how many|number of|every|all|any|list|posts were|articles were|what posts|which (?:posts|articles))\b(?!.*\b(?:right|just|immediately|directly)\b)"
    ) and not text.has(r"\b\d+ (?:posts|articles) (?:\w+ )?(?:before|after)"):
        return None
    few = text.take(r"\b(?:the )?(\d+)(?= (?:posts|articles))")
    away = None if few else text.take(r"\b(\d+)(?= (?:places |back )?(?:before|after|ahead of) p§)")
    m = text.take(
        rf"\b(?:(?:just|right|immediately|directly|straight|next|previous|came|comes|the|one|post|article|published|out|that|which|did|he|publish|write|entry)\s+)*(?P<way>before|after|preced(?:es|ed|ing)|follow(?:s|ed|ing)|prior to|succeed(?:s|ed|ing))(?: by)? {POST}|{POST} (?:(?:is|was) )?(?P<by>followed|preceded|succeeded) by"
    )
    if m is None:
        m = text.take(
            rf"\b(?P<way>next|previous|preceding|following|prior) (?:post|article|one|entry)(?: (?:to|of|for|from))? {POST}"
        )
    if m is None:
        return None
    post = next(reading.posts[int(group)] for group in m.groups() if group and group.isdigit())
    by = m.groupdict().get("by")
    way = by or m["way"]
    passive = " by " in m[0] and by is None
    before = way.startswith(("before", "preced", "prior", "previous")) != passive  # preceded by X: after it
    text.drop(r"\b(?:next|previous|immediately|directly|right|just)\b")
    read_filters(reading)
    date = f"(SELECT o.published FROM posts o WHERE o.slug = {post.slug})"
    side = Condition(f"p.published {'<' if before else '>'} {date}", f"{'before' if before else 'after'} {post.spoken}")
    query = PostQuery(
        [*reading.conditions, side],
        Order(PUBLISHED, before, int(few[1]) if few else 1, int(away[1]) - 1 if away else 0),
    )
    found = Reference(query.slugs(), "that post") if not few else None
    return of_query(query, side.words, reading.notes, post=found)


def named_posts(reading: Reading) -> MetadataQuestion | None:
    """Two posts or more, asked for by nothing but what they are: "the first and last posts"."""
    marks = list(dict.fromkeys(re.findall(POST, reading.left)))
    reading.text.drop(POST, rf"\b{POST_NOUN}\b")
    if len(marks) < 2 or not all(reading.posts[int(mark)].slug.startswith("(SELECT") for mark in marks):
        return None  # posts by name alone are no question of metadata
    if reading.text.has(r"\w§|\b(?:or|vs|versus|by|about)\b"):
        return None
    slugs = ", ".join(reading.posts[int(mark)].slug for mark in marks)
    sql = f"SELECT p.title, p.published, p.word_count AS words FROM posts p WHERE p.slug IN ({slugs}) ORDER BY p.published"
    return MetadataQuestion(sql, "compare", "posts", "")
