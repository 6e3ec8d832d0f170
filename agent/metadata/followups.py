"""A question that leans on the metadata question before it: "only the Bayesian ones", "and the one before that?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.lexicon import Vocabulary
from agent.metadata.filters import read_comparisons, read_filters, topic
from agent.metadata.groups import CHART, grouping
from agent.metadata.measures import ANY_MEASURE, PUBLISHED, TITLE, WORDS, YEAR, measure_called
from agent.metadata.numbers import aggregated
from agent.metadata.orders import Order, sorting, superlative
from agent.metadata.outcome import MetadataQuestion, NotUnderstood, of_query
from agent.metadata.query import PostQuery
from agent.metadata.questions import understand
from agent.metadata.reading import POST_NOUN, Reading, about, read, where
from agent.metadata.text import search
from agent.metadata.times import Condition

MAX_TURNS = 8
"""Earlier questions that are read again; a conversation further back is not leant on."""
_ELLIPTIC = re.compile(
    r"^\W*(?:and|but|so|only|drop|remove|leave out|take out|skip|ignore|filter|just|now|then|ok(?:ay)?|also|what about|how about|make (?:that|it|this)|which (?:of|one)|plot|chart|graph|sort|order|rank|group|limit|exclude|without|with|(?:the )?same|those|that one|it\b|they\b|them|show (?:that|it|them|those|me the|only)|list (?:them|those)|in|since|before|after|from|per|by|top|newest|oldest|longest|shortest|the (?:next|previous|one|first|last|longest|shortest|newest|oldest|second|third)|how many (?:of|are|is|were|have|in|since|before)|when was (?:it|that)|as a|instead|not|no,)\b"
    r"|\b(?:of those|of these|of them|that one|this one|the former|the latter|it|that|they|them|those|their|there|ones?|its)\b",
    re.I,
)


_ANAPHORIC = re.compile(
    r"\b(?:of (?:those|these|them)|their|the (?:first|second|third|fourth|last|next|previous|other|latter|former) one)\b|^\W*(?:and|but|so|only|just)\b",
    re.I,
)
_LEAVING_OUT = re.compile(
    r"^\W*(?:and |but |now |ok(?:ay)?,? |please )*(?:drop|remove|exclude|leave out|take out|get rid of|skip|ignore|filter out|throw out|without)(?: all)?(?: (?:the|those|any))* (?:ones?|posts?|articles?|those) (?=\w)",
    re.I,
)
_TO_READ = re.compile(
    r"\b(?:summari[sz]e|summary|what (?:is|does|was)\b.*\b(?:about|say|argue|cover|explain|conclude)|tell me (?:more )?about)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A metadata question of the conversation, and what it was understood to ask."""

    question: str
    found: MetadataQuestion


_COUNTED = r"words|equations|images|figures|footnotes|sections|code blocks|formulas|links"
_STATISTICS = {"ave": "avg", "mea": "avg", "med": "median", "tot": "sum", "sum": "sum", "max": "max", "min": "min"}


def leans(question: str) -> bool:
    """Whether a question looks as if it leaned on the one before."""
    bare = re.fullmatch(
        rf"\W*how (?:many|much) (?:{_COUNTED})(?: (?:in total|altogether|overall|in all))?\W*", question, re.I
    )
    return len(question.split()) <= 14 and (bare or _ELLIPTIC.search(question)) is not None


def conversation(
    question: str, earlier: Sequence[str], vocabulary: Vocabulary
) -> MetadataQuestion | NotUnderstood | None:
    """What a question asks of the metadata after the questions `earlier`, oldest first; None when nothing of it."""
    before: Spoken | None = None
    for asked in earlier[-MAX_TURNS:]:
        found = _asked(asked, before, vocabulary)
        before = Spoken(asked, found) if isinstance(found, MetadataQuestion) else None
    return _asked(question, before, vocabulary)


def _asked(question: str, before: Spoken | None, vocabulary: Vocabulary) -> MetadataQuestion | NotUnderstood | None:
    if before is not None and leans(question):
        refined = refine(before, question, vocabulary)
        if refined is not None:
            return refined
        if _ANAPHORIC.search(question):  # an answer that leaves out what "those" are would be wrong
            return None
    found = understand(question, vocabulary)
    if isinstance(found, MetadataQuestion) or before is None:
        return found
    return refine(before, question, vocabulary) or found


def refine(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """The question before, changed by the follow-up; None when its words do not say how."""
    if re.search(
        r"^\W*(?:as )?(?:a |an |the )?(?:bar |line )?(?:chart|plot|graph|histogram) (?:of|for|from) (?:that|it|this|them|those)\b|^\W*(?:(?:and|now|then|ok|please|can you|could you) )*(?:make|show|give|draw|put|turn|plot|chart|graph|as|in)\b.*\b(?:chart|plot|graph|histogram|table|it|that|them|those)\b",
        follow_up,
        re.I,
    ):
        charted = _charted(before.found)
        if charted is not None and not re.search(r"\b(?:by|per|only|since|before|in (?:19|20)\d\d)\b", follow_up, re.I):
            return charted
    return (
        _about_it(before, follow_up, vocabulary)
        or _changed(before, follow_up, vocabulary)
        or _other_post(before, follow_up, vocabulary)
    )


def _charted(found: MetadataQuestion) -> MetadataQuestion | None:
    """What can be drawn of an answer: itself, or the posts of a list by year."""
    query = found.query
    if query is not None and query.form == "list":
        return of_query(PostQuery(query.conditions, group=YEAR), found.about)
    return found


def _about_it(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """A question about the post just spoken of."""
    post = before.found.post
    if post is None:
        return None
    text = follow_up.strip(" ?.!")
    text = re.sub(r"^(?:and|but|so|ok|okay|then|now)\b[, ]*", "", text, flags=re.I)
    text = re.sub(
        r"^(?:what about |how about )?(?:the )?(?:(?:next|following) (?:one|post)|(?:one|post) after)$",
        "the one after that",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"^(?:what about |how about )?(?:the )?(?:previous (?:one|post)|(?:one|post) before)$",
        "the one before that",
        text,
        flags=re.I,
    )
    if m := re.fullmatch(
        r"(?:(?:what|which)(?: (?:post|one|article))?\b.*?\b)(?P<way>next|after(?:wards)?|following|before(?:hand)?|previous(?:ly)?|prior|earlier)(?: (?:that|it|this|to (?:that|it)))?",
        text,
        re.I,
    ):
        later = m["way"].lower().startswith(("next", "after", "follow"))
        text = f"which post came right {'after' if later else 'before'} that"
    if measure := re.fullmatch(r"(?:how many |what about |how about |the number of )?(?P<noun>[a-z -]+)", text, re.I):
        if measure_called(measure["noun"].lower().strip()) is not None:
            text = f"how many {measure['noun']} does it have"
    if owned := re.fullmatch(r"its (?:number of )?(?P<noun>[a-z -]+)", text, re.I):
        noun = owned["noun"].lower().strip()
        if measure_called(noun) is not None and not re.search(r"tags|sections|headings|categories", noun):
            text = f"how many {noun} does it have"
    if not re.search(r"\b(?:it|its|that|this)\b", text, re.I):
        return None
    if _TO_READ.search(text):
        sql = f"SELECT p.title, p.published, p.slug FROM posts p WHERE p.slug = {post.slug}"
        return MetadataQuestion(sql, "list", "posts", "", then_read=True, post=post)
    found = understand(text, vocabulary, post)
    return found if isinstance(found, MetadataQuestion) else None


def _other_post(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """ "and the SHAP one?": the question before, of another post."""
    named = [post for post in read(before.question, vocabulary).posts if not post.meant]
    name = re.sub(
        r"^\W*(?:(?:and|or|what about|how about|also|for|of|in|on|the same for|now) )+",
        "",
        follow_up.strip(" ?.!"),
        flags=re.I,
    )
    if len(named) != 1 or len(name.split()) > 8 or vocabulary.post(name) is None:
        return None
    title = vocabulary.post(name)
    asked, swapped = re.subn(
        rf"(?:the |his )?{re.escape(named[0].name)}(?: (?:post|article|one|notebook))?",
        f'"{title.title if title else name}"',
        before.question.replace('"', ""),
        count=1,
        flags=re.I,
    )
    found = understand(asked, vocabulary) if swapped else None
    return found if isinstance(found, MetadataQuestion) else None


def _changed(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
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
        query, before = moved, Spoken(before.question, before.found)
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
    reads = _TO_READ.search(follow_up) is not None
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
