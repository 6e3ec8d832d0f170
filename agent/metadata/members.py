"""Which years, tags or sites a question is about: left out, named alike, of one time and not another, without any post."""

from __future__ import annotations

import calendar
import re

from agent.metadata.filters import read_filters
from agent.metadata.measures import (
    HOST,
    MONTH,
    TAG,
    WEEKDAY,
    YEAR,
    Group,
)
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.periods import Condition
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import QUOTED, literal


def left_out_of(reading: Reading, group: Group) -> list[Condition]:
    """ "leaving out mathjax": members of a group that do not count."""
    if several := _several_left_out(reading, group):
        return several
    m = reading.text.take(
        rf"\b(?:leaving out|excluding|except(?: for)?|without|ignoring|not counting|apart from|other than|besides|not including)(?: (?:the )?(?:tag )?)?(?:{QUOTED}|((?!(?:any|a|the|no)\b)[\w.-]+(?: [\w.-]+)?))(?: tag)?(?= (?:·|\.|,|in|how|what|which)| $)"
    )
    if m is None and group in (TAG, HOST):  # "the most used after probability"
        names = reading.vocabulary.tag_names if group is TAG else _hosts_named(reading)
        known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or "(?!)"
        m = reading.text.take(
            rf"\b(?:after|aside from|next to|following) (?:the (?:tag )?)?(?:{QUOTED}|({known}))(?: tag)?(?= )"
        )
    if m is None or group not in (TAG, HOST):
        return []
    name = reading.text.quotes[int(m[1])].lower() if m[1] else m[2].strip()
    like = (
        f"lower({group.key}) <> '{name.replace(chr(39), '')}'"
        if group is TAG
        else f"NOT contains(k.host, '{name.replace(chr(39), '')}')"
    )
    return [Condition(like, f"leaving out {name}")]


def _several_left_out(reading: Reading, group: Group) -> list[Condition]:
    """ "besides Wikipedia and GitHub"."""
    names = reading.vocabulary.tag_names if group is TAG else _hosts_named(reading) if group is HOST else ()
    one = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or "(?!)"
    m = reading.text.take(
        rf"\b(?:leaving out|excluding|except(?: for)?|ignoring|not counting|apart from|aside from|other than|besides|not including|after)(?: the)?(?: tags?| sites?)? (?P<names>(?:{one})(?:(?: ?,)?(?: and| or| nor)? (?:{one}))+)(?= )"
    )
    if m is None:
        return []
    found = re.findall(rf"(?<![\w.-])(?:{one})(?![\w-])", m["names"])
    like = "lower(t.tag) <> {}" if group is TAG else "NOT contains(k.host, {})"
    return [Condition(like.format(literal(name)), f"leaving out {name}") for name in found]


def _hosts_named(reading: Reading) -> list[str]:
    """Words of the question that are, or are part of, the name of a site that posts link to."""
    parts = {part for host in reading.vocabulary.hosts for part in (host, *host.split("."))}
    return [word for word in reading.left.split() if word in parts and word not in ("www", "com", "org", "blog")]


def named_like(reading: Reading, group: Group) -> list[Condition]:
    """Tags or sites whose name starts with, ends in or contains something."""
    if group not in (TAG, HOST):
        return []
    m = reading.text.take(
        rf"\b(?:(?:that|which|whose names?) )?(?P<how>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?|contain(?:s|ing)?|includ(?:e|es|ing)|mention(?:s|ing)?)(?: (?:with|in))?(?: the (?:words?|letters?|string))?(?: (?:{QUOTED}|([\w.'-]+)))(?= )"
    )
    if m is None:
        return []
    name = (reading.text.quotes[int(m[2])] if m[2] else m[3]).lower()
    function = {"s": "starts_with", "b": "starts_with", "e": "ends_with"}.get(m["how"][0], "contains")
    return [Condition(f"{function}(lower({group.key}), {literal(name)})", f'{m["how"]} "{name}"')]


def not_themselves(reading: Reading, group: Group) -> list[Condition]:
    """For tags that stand beside a tag: not that tag itself."""
    if group is not TAG or not reading.text.has(r"\b(?:tagged|tag)\b"):
        return []
    probe = reading.fork()
    read_filters(probe)
    named = [
        m[1] for c in probe.conditions if (m := re.fullmatch(r"EXISTS .*lower\(x\.tag\) = ('(?:[^']|'')*')\)", c.sql))
    ]
    return [Condition(f"lower(t.tag) <> {tag}", "") for tag in named]


def on_no_other(reading: Reading, group: Group) -> list[Condition]:
    """Tags or sites of one post alone."""
    m = reading.text.take(
        rf"\b(?:that |which )?(?:(?:are|is|it) )?(?:(?:no|none of the) other {POST_NOUN} (?:{'has|have|uses?|shares?|carry|carries' if group is TAG else 'links? to|cites?'})(?= ·|  ?$| $)|(?:nobody|nothing|no one) else (?:has|uses?|shares?)|unique to|exclusive to|not shared (?:with|by) any other(?: {POST_NOUN})?|(?:not|never) (?:found|used|appear(?:ing)?) (?:on|in) any other(?: {POST_NOUN})?|(?:found|used|appear(?:ing)?) (?:on|in) no other(?: {POST_NOUN})?)(?= )"
    )
    if m is None or group not in (TAG, HOST):
        return []
    if group is TAG:
        other = "SELECT 1 FROM topics o WHERE o.tag = t.tag AND o.slug <> p.slug"
    else:
        other = "SELECT 1 FROM links o WHERE o.host = k.host AND o.slug <> p.slug"
    return [Condition(f"NOT EXISTS ({other})", "on no other post")]


def between_times(reading: Reading, group: Group) -> tuple[str, str] | None:
    """Members of a group found under one time but not, or also, under another: the SQL of their keys."""
    m = reading.text.take(
        r"\b(?:(?:that|which) )?(?:(?:he|was|were|been|have|are|did|first) )*(?:used|use|appear(?:s|ed)?|occur(?:s|red)?|found|linked|cited)? ?(?P<both>(?:in )?both )?(?:(?:in|during|before|after|since) )?(?:both )?(?:the )?(?:year )?t§(\d+) ?,? (?P<join>but|and|yet|though)(?: (?:(?:were|was|are|did|have|has) )?(?P<not>not|never)(?: (?:used|appear|occur|again|been))*)?(?: (?:also|again))?(?: (?:in|during|before|after|since))? (?:the )?(?:year )?t§(\d+)(?: too| as well| again)?(?= )"
    )
    if m is None or (m["join"] == "and" and not m["not"] and not m["both"] and "both" not in m[0]):
        return None
    sides = re.findall(r"(?:\b(in|during|before|after|since) )?(?:both )?(?:the )?(?:year )?(t§\d+)", m[0])
    reading_of = []
    for way, mark in sides:
        one = reading.fork()
        one.text.left = f" {way or 'in'} {mark} "
        reading_of.append(one.times.conditions()[0])
    keys = [f"SELECT {group.key} AS {group.name} FROM {group.source} WHERE {condition.sql}" for condition in reading_of]
    words = f"{reading_of[0].words} {'but not' if m['not'] else 'and'} {reading_of[1].words}"
    return f"SELECT * FROM ({keys[0]} {'EXCEPT' if m['not'] else 'INTERSECT'} {keys[1]})", words


def without_posts(reading: Reading, group: Group, counted: bool) -> MetadataQuestion | None:
    """Years, or months of the year, in which nothing that fulfils the filters came out."""
    if group not in (YEAR, MONTH, WEEKDAY):
        return None
    reading.text.drop(rf"\b(?:{POST_NOUN}|there|years?|months?|weekdays?|passed|went by|go by|at all|were|pass)\b")
    read_filters(reading)
    if group is not YEAR:
        named = calendar.month_name[1:] if group is MONTH else calendar.day_name
        all_of = ", ".join(f"({number}, '{name}')" for number, name in enumerate(named, start=1))
        empty = f"SELECT m.name AS {group.name} FROM (VALUES {all_of}) m(number, name) WHERE m.number NOT IN (SELECT {group.order} FROM posts p{reading.where()})"
        about = f"without a post {reading.about()}".strip()
        if counted:
            return MetadataQuestion(
                f"SELECT count(*) AS {group.name}s FROM ({empty})", "number", f"{group.name}s", about
            )
        return MetadataQuestion(f"{empty} ORDER BY m.number", "list", f"{group.name}s", about)
    about = f"without a post {reading.about()}".strip()
    sql = f"SELECT y.year FROM (SELECT unnest(range(min(year), max(year) + 1)) AS year FROM posts) y WHERE y.year NOT IN (SELECT p.year FROM posts p{reading.where()})"
    if counted:
        return MetadataQuestion(f"SELECT count(*) AS years FROM ({sql})", "number", "years", about)
    return MetadataQuestion(f"{sql} ORDER BY 1", "list", "years", about)
