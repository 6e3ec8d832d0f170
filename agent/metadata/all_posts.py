"""Questions about the posts of the blog: listed, ranked, counted, measured, grouped or compared."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.metadata.comparing import alternatives_difference, alternatives_named
from agent.metadata.filters import read_comparisons, read_filters, topic
from agent.metadata.grouping import CHART, group_threshold, grouping
from agent.metadata.measures import ANY_MEASURE, MEASURES, PUBLISHED, TAGS, TITLE, WORDS, YEAR, Measure, measure_called
from agent.metadata.numbers import HOW_MANY, columns_asked, measured, of_each, summed
from agent.metadata.orders import sorting, superlative
from agent.metadata.outcome import MetadataQuestion, of_query
from agent.metadata.periods import Condition
from agent.metadata.query import Aggregate, PostQuery
from agent.metadata.reading import ONE_BY_RANK, POST_NOUN, Reading, Reference
from agent.metadata.text import NUMBER, POST, number, search
from agent.metadata.thresholds import named

_SHARE = r"\b(?:what |which )?(?:percentage|percent|proportion|share|fraction|%|part) of (?:all |the |his |all of the |these |those )*"


_HAVING_IT = rf"\b(?:{POST_NOUN} |those |ones )*(?:that |which |with )?(?:do |actually )*(?:have|has|had|contain|use|with|but|yet) (?:any|some|1|one|at least (?:one|1|a)|them)(?: of (?:it|them))?(?: at all)?(?= ·| ,| *$)"
"""Of what is measured, in whatever words it was: "the median number of equations among posts that have any"."""
_WHEN_OF_ONE = r"\b(?:which|what) (?:year|month|weekday|day of the week|season) (?:was|did|had|has|saw|is|does)\b"
"""What is asked of the one post that a rank names, not a list of posts."""
READ_VERBS = frozenset(
    "argue argues say says about discuss discusses claim claims conclude concludes cover covers explain explains describe teach mean summarise summarize".split()
)


def all_posts(reading: Reading) -> MetadataQuestion | None:
    """Posts listed, ranked, counted, measured, grouped or compared."""
    text = reading.text
    whole = text.left
    chart = text.take(CHART) is not None
    text.drop(CHART)
    share = text.take(_SHARE)
    if share:
        return _share(reading)
    read_comparisons(reading)
    cumulative = text.take(r"\b(?:cumulative(?:ly)?|running total(?: of)?|so far by|growth)\b")
    group = grouping(reading)
    having = group_threshold(reading) if group is not None else ""
    few = (
        text.take(
            rf"\b(?:for|of|among|in) (?:each of )?(?:just |only )?the (?:top )?(\d+) (?:(?:most|top) )?(?:(?:used|common|popular|frequent|frequently used|linked)(?: to)? )?(?:{group.nouns})(?= )"
        )
        if group is not None
        else None
    )
    if group is not None and (having or few):
        text.drop(rf"\b(?:(?:for|of|among|only|with) )*(?:the |those )?(?:{group.nouns})\b")
    alternatives = alternatives_named(reading)
    order = sorting(reading)
    each = of_each(reading)
    counted = text.take(HOW_MANY)
    best = None if counted and not text.has(r"\btop \d") else superlative(reading)
    asks_date = bool(text.take(r"\b(?:when|(?:on )?(?:what|which) (?:date|day)|what is the date|dates? of)\b"))
    averaged = re.search(r"\b(?:average|mean|median|typical)\b", whole)
    if (group or alternatives) and not counted and not averaged and best is None:
        measure, aggregate = summed(reading)
    else:
        measure, aggregate = measured(reading, counted is not None, best is not None)
    counting = measure or (best.measure if best is not None and best.measure in MEASURES else None)
    if counting is not None and text.take(_HAVING_IT):
        reading.conditions.append(Condition(f"{counting.sql} > 0", f"with {named(counting)}"))
    if alternatives and measure is None and re.search(r"\b(?:longer|shorter)\b", whole):
        measure, aggregate = WORDS, "avg"
    elif alternatives and measure is not None and re.search(r"\b(?:on average|average|longer|shorter)\b", whole):
        aggregate = "avg"
    columns = [*each, *(columns_asked(reading) if not (aggregate or group or counted) else [])]
    read_filters(reading)
    about_before = len(reading.conditions)
    while (found := topic(reading)) is not None:
        reading.conditions.append(found)
    yes = (
        re.match(r" (?:is|are|was|were|does|do|did|has|have|any) ", whole) is not None
        and not aggregate
        and best is None
    )
    speaks = rf"\b(?:{POST_NOUN}|ones?|everything|anything|something|publish(?:ed)?|wrote|writes?|written|come out|came out|posted|titles?|blog)\b"
    ranked = best is not None and best.measure not in (PUBLISHED, TITLE)
    subject = (
        ranked or measure is not None or text.has(speaks) or search(speaks, whole) or reading.conditions[:about_before]
    )
    titles = text.has(r"\btitles?\b")
    text.drop(
        rf"\b(?:{POST_NOUN}|titles?)\b",
        r"\b(?:very|other|kind|order|yet|currently|already|again|there|about|respectively|each|number|together|time|often|along with|alongside|with their|dates?|their|lengths?|whose|those|year|that|receives?|gets?|attracts?)\b",
        r"\bno\b(?= ·)" if yes else r"(?!)",
    )
    marks = re.findall(POST, text.left)
    if len(marks) == 1 and yes:
        post = reading.posts[int(marks[0])]
        text.drop(POST)
        reading.conditions.append(Condition(f"p.slug = {post.slug}", f"that is {post.name}"))
    reads = best is not None and bool(
        set(text.unread()) & READ_VERBS or search(r"\babout\W*$|\babout ·* ?$", whole.strip())
    )
    about = reading.about()
    conditions = reading.conditions
    if alternatives and (best is not None or group is not None):
        return None
    if not (subject or group or chart):
        return None
    if group is not None:
        if (
            best is not None
            and best.measure not in (PUBLISHED, TITLE)
            and not (counted or search(rf"\b{POST_NOUN}\b", whole))
        ):
            # "the maximum word count per year" asks for the number, "the longest post" for the post
            how: Aggregate = "max" if best.descending else "min"
            return of_query(
                PostQuery(conditions, group=group, measure=best.measure, aggregate=how), about, reading.notes
            )
        if best is not None and not counted and not measure:
            if best.measure is PUBLISHED or best.measure is WORDS or best.limit:
                query = PostQuery(conditions, best, group=group, best_of_each=True)
                return of_query(query, about, reading.notes)
        of_group = counted and measure is not None and not search(rf"\b{POST_NOUN}\b", whole)
        if averaged is not None and (measure is None or of_group):
            totals = PostQuery(conditions, group=group, measure=measure, aggregate="sum" if measure else "")
            return _average_group(totals, averaged[0], about)
        if measure is TAGS and aggregate == "sum" and group.source == "posts p":
            # A tag used twice in a year is one tag of that year.
            topics = f"{group.source} JOIN topics t ON t.slug = p.slug"
            group, measure = replace(group, source=topics, counted="count(DISTINCT t.tag)", unit="tags"), None
        way = None if order is None or order.measure in (PUBLISHED, TITLE) else order.descending
        if few is not None:
            way = True
        query = PostQuery(
            conditions,
            group=group,
            measure=measure,
            aggregate=aggregate,  # type: ignore[arg-type]
            having=having,
            most_first=way,
            top_groups=int(few[1]) if few else 0,
            cumulative=bool(cumulative),
        )
        return of_query(query, about, reading.notes)
    if alternatives:
        query = PostQuery(conditions, measure=measure, aggregate=aggregate, alternatives=alternatives)  # type: ignore[arg-type]
        if text.take(r"\bdifference\b"):
            return alternatives_difference(query, about)
        return of_query(query, about, reading.notes)
    if aggregate and best is None:
        return of_query(PostQuery(conditions, aggregate=aggregate, measure=measure), about, reading.notes)  # type: ignore[arg-type]
    if best is not None:
        if counted or measure or share or (search(_WHEN_OF_ONE, whole) and search(ONE_BY_RANK, whole)):
            return None
        if least := text.take(rf"\b(?:(?:but|and|with|has|have) )*at least {NUMBER}(?= ·|\s*$| one)"):
            conditions.append(
                Condition(f"{best.measure.sql} >= {number(least[1])}", f"with at least {number(least[1])}")
            )
        if order is not None and order.measure is TITLE and best.measure is PUBLISHED and best.limit == 1:
            best, order = replace(best, measure=TITLE), None  # "first alphabetically"
        query = PostQuery(conditions, best, columns=columns, then_by=order)
        itself = Reference(query.slugs(), "that post") if best.limit == 1 else None
        found_question = of_query(query, about, reading.notes, post=itself)
        if asks_date and best.measure is PUBLISHED:
            found_question = replace(found_question, form="value")
        return _to_be_read(found_question, query) if reads else found_question
    if counted:
        return of_query(PostQuery(conditions, aggregate="count"), about, reading.notes)
    if yes and conditions:
        return of_query(PostQuery(conditions, order, aggregate="any"), about, reading.notes)
    if chart and not conditions:
        return None
    if conditions or titles or search(r"\b(?:all|every|list|everything|titles|each)\b", whole):
        if chart and not order and not columns:
            return of_query(PostQuery(conditions, group=YEAR), about, reading.notes)
        return of_query(PostQuery(conditions, order, columns=columns), about, reading.notes)
    if order is not None and order.measure is not PUBLISHED or columns:
        return of_query(PostQuery(conditions, order, columns=columns), about, reading.notes)
    return None


def _average_group(query: PostQuery, how: str, about: str) -> MetadataQuestion:
    """ "how many posts a year on average": over the groups that have any."""
    group, counted = query.group, query.measure.name if query.measure else "posts"
    assert group is not None
    function, name = ("median", "median") if how == "median" else ("avg", "average")
    sql = f"SELECT round({function}({counted}), 2) AS {name}_{counted}_per_{group.name}, count(*) AS {group.name}s FROM ({query.sql()})"
    return MetadataQuestion(sql, "number", f"{counted.replace('_', ' ')} per {group.name}", about)


def _to_be_read(found: MetadataQuestion, query: PostQuery) -> MetadataQuestion:
    shown = replace(query, columns=["p.slug"])
    return replace(found, sql=shown.sql(), then_read=True)


def _share(reading: Reading) -> MetadataQuestion | None:
    """What part of some posts fulfils the rest of the question."""
    text = reading.text
    text.drop(r"\b(?:(?:in|as an?) )?(?:percent|percentage)\b")
    verb = search(
        r" (?:are|is|were|was|have|has|had|contain\w*|use|uses|link|links|mention\w*|carry|fall|fell|came|come|appeared|include\w*|do not|does not|did not|did he|share|run|exceed|get|got) ",
        text.left,
    )
    if verb is None:
        return None
    base = reading.fork()
    base.text.left = text.left[: verb.start() + 1]
    text.left = text.left[verb.start() :]
    read_filters(base)
    base_topic = topic(base)
    base.conditions.extend([base_topic] if base_topic else [])
    measured_of = None if base.text.has(rf"\b{POST_NOUN}\b") else base.text.take(rf"\b(?P<noun>{ANY_MEASURE})\b")
    base.text.drop(rf"\b(?:{POST_NOUN}|what|is|all)\b")
    read_filters(reading)
    if (found := topic(reading)) is not None:
        reading.conditions.append(found)
    text.drop(rf"\b(?:{POST_NOUN}|fall|fell|get|got|out|run)\b")
    text.left += " ".join(base.text.unread()) + " "
    if not reading.conditions:
        return None
    if measured_of is not None:
        return _share_of_sum(reading, base, measure_called(measured_of["noun"]))
    words = f"{reading.about()}" + (f" of those {base.about()}" if base.conditions else "")
    return of_query(PostQuery(reading.conditions, aggregate="share", base=base.conditions), words, reading.notes)


def _share_of_sum(reading: Reading, base: Reading, measure: Measure | None) -> MetadataQuestion | None:
    """ "what share of the words were written in 2023": of a sum over posts, not of their number."""
    if measure is None:
        return None
    met = " AND ".join(condition.sql for condition in reading.conditions)
    part = f"sum({measure.sql}) FILTER (WHERE {met})"
    sql = f"SELECT round(100.0 * {part} / sum({measure.sql}), 1) AS percent, {part} AS {measure.name}, sum({measure.sql}) AS of_{measure.name} FROM posts p{base.where()}"
    return MetadataQuestion(sql, "value", measure.name, reading.about(), notes=reading.notes)
