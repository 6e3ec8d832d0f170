"""The query before, changed by a follow-up: other filters, order, grouping, measure, place in a ranking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.lexicon import Vocabulary
from agent.metadata.filters import read_comparisons, read_filters, topic
from agent.metadata.grouping import CHART, grouping
from agent.metadata.marking import read
from agent.metadata.measures import ANY_MEASURE, PUBLISHED, TITLE, WORDS, measure_called
from agent.metadata.numbers import aggregated
from agent.metadata.orders import Order, sorting, superlative
from agent.metadata.outcome import MetadataQuestion, of_query
from agent.metadata.periods import Condition
from agent.metadata.query import PostQuery
from agent.metadata.reading import POST_NOUN, Reading, about, where
from agent.metadata.text import search

_LEAVING_OUT = re.compile(
    r"^\W*(?:and |but |now |ok(?:ay)?,? |please )*(?:drop|remove|exclude|leave out|take out|get rid of|skip|ignore|filter out|throw out|without)(?: all)?(?: (?:the|those|any))* (?:ones?|posts?|articles?|those) (?=\w)",
    re.I,
)
TO_READ = re.compile(
    r"\b(?:summari[sz]e|summary|what (?:is|does|was)\b.*\b(?:about|say|argue|cover|explain|conclude)|tell me (?:more )?about)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A metadata question of the conversation, and what it was understood to ask."""

    question: str
    found: MetadataQuestion


_STATISTICS = {"ave": "avg", "mea": "avg", "med": "median", "tot": "sum", "sum": "sum", "max": "max", "min": "min"}


def changed_query(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """The query before with other filters, order, grouping or measure."""
    query = before.found.query
    if query is None:
        return None
    if (ranked := _next_in_rank(query, follow_up)) is not None:
        return of_query(ranked, before.found.about)
    follow_up, without = _LEAVING_OUT.subn("only ", follow_up, count=1)
    reading = read(follow_up, vocabulary)
    text = reading.text
    instead = bool(
        text.take(
            r"\b(?:instead|what about|how about|and (?=in|for|since|before|after|during|from|those|the ones|t§|tagged)|same for|the same for)\b"
        )
    )
    swapped = instead or bool(search(r"^ (?:and|now|same) (?:the )?", text.left))
    instead = instead and not text.has(r"\balso\b")
    if moved := _year_moved(query, reading):
        query = moved
    columns = _shown_too(query, reading)
    way = text.take(r"\b(?:in )?(?P<down>descending|decreasing|reversed?)|(?P<up>ascending|increasing)(?: order)?\b")
    text.drop(r"\border\b") if way else None
    text.take(CHART)
    text.drop(
        r"\b(?:now|then|only|just|but|so|ok|okay|also|again|instead|keep|limit(?: (?:it|that|them))? to|restrict(?: (?:it|that|them))? to|filter(?: (?:it|that|them))?|show|out of|of (?:those|these|them)|those|these|them|they|their|same|ones?|exclude|narrow(?: it)? down)\b"
    ) if not text.has(r"\b(?:exclude|excluding)\b") else text.drop(r"\b(?:now|those|the|ones?)\b")
    text.take(r"\bexclude\b", "excluding")
    read_comparisons(reading)
    group = grouping(reading)
    by_count = text.take(
        r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?)(?: (?:it|that|them|those|these|this))? by (?:the )?(?:count|number|posts|value|total)s?(?: of posts)?(?: ,)?(?P<up> ascending| (?:fewest|lowest) first)?(?: descending| desc| (?:most|highest) first)?(?= )"
    )
    order = Order(WORDS, not by_count["up"], 0) if by_count else sorting(reading)
    counted = bool(text.take(r"\bhow many\b|\bcount\b"))
    listed = bool(text.take(r"\b(?:list|which(?: ones)?|what are|name|titles?)\b"))
    if text.has(r"\b(?:most|busiest|best)\b") and query.group is not None and not counted:
        text.drop(r"\b(?:year|month|weekday|tag|which|was|had|posts?|busiest|best|most|year)s?\b")
        return (
            of_query(replace(query, most_first=True, top_groups=1), before.found.about) if not text.unread() else None
        )
    reads = TO_READ.search(follow_up) is not None
    if reads:
        text.drop(r"\b(?:summari[sz]e|summary|what|does|say|about|argue|cover|explain|conclude|is|was|tell)\b")
    top = text.take(r"\b(?:the )?(?:top|first) (\d+)\b")
    best = None if counted else superlative(reading)
    if best is not None:
        text.drop(r"\b(?:when|what date|date)\b")
    if counted and text.has(r"\b(?:have|has|with|without|contain|use)\b"):
        read_filters(reading)
    statistic = None
    if query.measure is not None and not text.has(rf"\b(?:{ANY_MEASURE})\b"):
        statistic = text.take(
            r"\b(?:the )?(?P<how>averages?|means?|medians?|totals?|sums?|max(?:imum)?|min(?:imum)?)\b"
        )
    bare = search(
        rf"^[ ·]*(?:(?:for|of|by|with|in) )?(?:the )?(?:number of |total )*(?P<noun>{ANY_MEASURE})(?: counts?)?[ ·]*$",
        text.left,
    )
    measure, aggregate = aggregated(reading, counted)
    if not aggregate and bare and (instead or swapped) and query.form in ("series", "number", "compare"):
        text.left = " "
        measure = measure_called(bare["noun"])
        aggregate = query.aggregate if query.aggregate in ("avg", "median", "max", "min") else "sum"
        swapped = True
    if statistic is not None:
        measure, aggregate = query.measure, _STATISTICS[statistic["how"][:3]]
        swapped = True
    read_filters(reading)
    while (found := topic(reading)) is not None:
        reading.conditions.append(found)
    _bare_tags(reading)
    if without:
        left_out = reading.conditions
        reading.conditions = (
            [Condition(where(left_out).removeprefix(" WHERE "), about(left_out)).negated()] if left_out else []
        )
    text.drop(
        rf"\b{POST_NOUN}\b",
        r"\b(?:year|have|are|there|them|reverse|order|first|by)\b" if order else r"\b(?:there|year)\b",
    )
    if text.unread():
        return None
    changed = replace(query, conditions=_merged(query.conditions, reading.conditions, instead))
    if columns:
        changed = replace(changed, columns=[*changed.columns, *columns])
    if way is not None:
        changed = _turned(changed, way["down"] is not None)
    if group is not None:
        changed = replace(
            changed, group=group, order=None, aggregate=changed.aggregate if changed.aggregate != "count" else ""
        )
    if aggregate:
        # "and the total words instead?" keeps the years; "how many words is that?" does not.
        group = group or (query.group if swapped and measure is not None else None)
        changed = replace(changed, aggregate=aggregate, measure=measure, order=None, group=group)  # type: ignore[arg-type]
    elif listed:
        of_posts = query.group is not None and query.group.source == "posts p" and group is None
        changed = replace(changed, aggregate="", measure=None, group=None if of_posts else changed.group, having="")
    if order is not None:
        changed = _ordered(changed, order)
    if best is not None:
        changed = replace(changed, order=best, aggregate="", measure=None, group=None)
    if top is not None and changed.order is not None:
        changed = replace(changed, order=replace(changed.order, limit=int(top[1])))
    elif top is not None:
        changed = replace(changed, order=Order(PUBLISHED, False, int(top[1])))
    if reads and best is not None:
        read_too = replace(changed, columns=["p.slug"])
        return replace(of_query(read_too, about(changed.conditions), reading.notes), then_read=True)
    if changed == before.found.query:
        return None
    return of_query(changed, about(changed.conditions), reading.notes)


def _next_in_rank(query: PostQuery, follow_up: str) -> PostQuery | None:
    """The query of another place in the ranking before, "which one is second?"."""
    m = re.fullmatch(
        rf"\W*(?:and |so )?(?:(?:which|what|who)(?: (?:one|post|article|year|month|weekday|tag))? (?:is|was|comes|came|has|had) )?(?:the |in )*(?P<nth>{'|'.join(_PLACES)})(?:[- ](?:place|one|most))?\W*",
        follow_up,
        re.I,
    )
    if m is None:
        return None
    skip = _PLACES.index(m["nth"].lower()) + 1
    if query.group is not None and query.most_first is not None and query.top_groups == 1:
        return replace(query, skip_groups=skip)
    if query.group is None and query.order is not None and query.order.limit == 1:
        return replace(query, order=replace(query.order, skip=skip))
    return None


_PLACES = ("second", "third", "fourth", "fifth", "sixth", "seventh")


def _year_moved(query: PostQuery, reading: Reading) -> PostQuery | None:
    """The query of the year after or before, "what about the year after?"."""
    m = reading.text.take(
        r"\b(?:the )?(?:year (?P<one>after|before)(?: that)?|(?P<two>next|following|previous|preceding) year)(?= |$)"
    )
    if m is None:
        return None
    step = 1 if (m["one"] or m["two"]) in ("after", "next", "following") else -1
    conditions = [
        Condition(f"p.year = {int(year[1]) + step}", f"in {int(year[1]) + step}")
        if (year := re.fullmatch(r"p\.year = (\d{4})", condition.sql))
        else condition
        for condition in query.conditions
    ]
    return replace(query, conditions=conditions) if conditions != list(query.conditions) else None


def _shown_too(query: PostQuery, reading: Reading) -> list[str]:
    """ "show their word counts": what a list of posts is to show besides."""
    if query.form not in ("list", "top"):
        return []
    m = reading.text.take(
        rf"\b(?:show|add|include|give|with|what (?:are|is)|list)(?: me)?(?: also)? (?:their|the|its) (?:number of )?(?P<noun>{ANY_MEASURE})(?: counts?)?(?: (?:too|as well|for (?:each|all)(?: of them)?))?(?= |$)"
    )
    measure = measure_called(m["noun"]) if m else None
    return [f"{measure.sql} AS {measure.name}"] if measure else []


def _turned(query: PostQuery, down: bool) -> PostQuery:
    """The same rows the other way round."""
    if query.group is not None:
        return replace(query, most_first=down)
    return replace(query, order=replace(query.order or Order(PUBLISHED, down, 0), descending=down))


def _ordered(query: PostQuery, order: Order) -> PostQuery:
    if query.group is not None:
        by_name = order.measure in (PUBLISHED, TITLE)
        return replace(query, most_first=None if by_name else order.descending)
    limit = query.order.limit if query.order else 0
    if limit and query.order is not None:  # the same posts, otherwise arranged: their rank is kept, their order shown
        return replace(query, order=replace(order, limit=0), conditions=[*query.conditions, _among(query)])
    return replace(query, order=order, aggregate="", measure=None)


def _among(query: PostQuery) -> Condition:
    return Condition(
        f"p.slug IN (SELECT slug FROM posts WHERE title IN (SELECT title FROM ({query.sql()})))", "of those"
    )


def _bare_tags(reading: Reading) -> None:
    """Tags that stand alone: "only Bayesian"."""
    for word in reading.text.unread():
        if word in reading.vocabulary.tag_names:
            reading.text.left = reading.left.replace(f" {word} ", f" tagged {word} ", 1)
    read_filters(reading)


def _merged(old: Sequence[Condition], new: Sequence[Condition], instead: bool) -> list[Condition]:
    """Old conditions and new; a new time takes the place of an old one, other kinds only when asked for instead."""
    kinds = {_kind(condition) for condition in new}
    kept = [c for c in old if not (_kind(c) in kinds and (instead or _kind(c) == "time"))]
    return [*kept, *new]


def _kind(condition: Condition) -> str:
    if "tags x" in condition.sql or "topics x" in condition.sql:
        return "tag"
    return "time" if re.search(r"p\.(?:year|published)", condition.sql) and "SELECT" not in condition.sql else "other"
