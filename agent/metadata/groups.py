"""Questions about years, months, weekdays, tags, sites themselves: which, how many, the one with the most."""

from __future__ import annotations

import re

from agent.metadata.filters import read_filters, read_links, topic
from agent.metadata.grouping import CHART, EACH, group_threshold, measure_threshold
from agent.metadata.links import LINK
from agent.metadata.measures import (
    ANY_MEASURE,
    GROUPS,
    HOST,
    TAG,
    TITLE,
    Group,
    measure_called,
)
from agent.metadata.members import between_times, left_out_of, named_like, not_themselves, on_no_other, without_posts
from agent.metadata.orders import sorting
from agent.metadata.outcome import MetadataQuestion, of_query
from agent.metadata.periods import Condition
from agent.metadata.query import PostQuery
from agent.metadata.reading import ONE_BY_RANK, POST_NOUN, Reading
from agent.metadata.text import POST, compiled, finditer, search

_MOST_POSTS = rf"\b(?P<way>most|fewest|least|highest|lowest) (?:(?:number|count) of )?(?:{POST_NOUN})(?= )"


def groups(reading: Reading) -> MetadataQuestion | None:
    """The years, weekdays, tags, sites ... themselves: which, how many, the one with the most."""
    text = reading.text
    text.left = compiled(rf"^ (?:{CHART})(?: (?:of|for|,))* ").sub(" ", text.left)
    if text.has(
        r"\b(?:maximum|minimum|max|min|highest|lowest|largest|smallest|greatest|average|mean|median) (?:number|count) of tags\b"
    ) and not text.has(r"\b(?:which|what) (?:years?|months?|weekdays?|quarters?|seasons?)\b"):
        return None  # of a post
    group, counted = _group_subject(reading)
    if group is None:
        return None
    if text.has(rf"\b(?:each|every|per) (?:[\w§-]+ ){{0,2}}?{POST_NOUN}\b") or (
        text.has(ONE_BY_RANK) and not text.has(r"\b(?:average|mean|median|typical)\b")
    ):
        return None
    if group is TAG and text.take(
        r"\b(?:(?:that|which|and) )?(?:(?:had|have|has|was|were) )?(?:never|not) (?:been )?(?:used|seen|appear(?:ed)?)(?: (?:before(?:hand)?|until then|earlier))(?= ·|  ?$| $)(?!.*\bbefore\b)|\b(?:(?:was|were|been|that|he|did) )*(?:first|for the first time|newly) (?:used?|appear(?:ed)?|introduced?|showed up|shown up|turned up|came up|seen|assigned)\b|\b(?:debut(?:ed)?|introduced?)\b|\b(?:used?|appear(?:ed)?) for the first time\b|\bnew(?= ·)|(?<=· )new\b"
    ):
        earlier = (
            "SELECT 1 FROM topics o JOIN posts q ON q.slug = o.slug WHERE o.tag = t.tag AND q.published < p.published"
        )
        reading.conditions.append(Condition(f"NOT EXISTS ({earlier})", "first used"))
        text.drop(
            r"\b(?:(?:that|which|and) )?(?:(?:had|have|has|was|were) )?(?:never|not) (?:been )?(?:used|seen) before\b",
            r"\bintroduced\b",
        )
    if group is TAG and text.has(
        r"\b(?:co-?occur\w*|together with|alongside|along with|go(?:es)? with|in combination with)\b"
    ):
        text.drop(r"\b(?:co-?occur\w*|appear|together|along|goe?s?|combination)\b")
        text.take(r"\b(?:with|alongside|in with)(?: the)?(?: tag)?(?= )(?! tagged)", "tagged")
    of_posts = text.has(_MOST_POSTS)
    if of_posts:
        text.left = compiled(_MOST_POSTS).sub(lambda m: f" {m['way']} ", text.left)
        read_filters(reading)  # what else is counted narrows the posts
    having, measure, aggregate = group_threshold(reading), None, ""
    if not having:
        having, measure = measure_threshold(reading)
        aggregate = "sum" if measure else ""
    no_posts = text.take(
        rf"\b(?:(?:with(?:out)?|have|has|had|saw|see) (?:no|any) {POST_NOUN}|(?:did |has |have )?(?:he )?(?:not|never) (?:ever )?(?:publish|post|write|written)(?:ed)?(?: (?:anything|any {POST_NOUN}|a (?:single )?post))?(?: at all)?|no {POST_NOUN}(?: at all)?)\b"
    )
    if no_posts:
        return without_posts(reading, group, counted)
    if text.take(r"\bonly (?=(?:in|during|before|after|since) t§)"):
        only = reading.fork()
        only.text.left = (
            f" {m[0]} "
            if (m := search(r"(?:in|during|before|after|since) t§\d+(?: (?:and|or) t§\d+)*", text.left))
            else " "
        )
        for condition in only.times.conditions():
            reading.conditions.append(
                Condition(
                    f"{group.key} NOT IN (SELECT {group.key} FROM {group.source} WHERE NOT ({condition.sql}))", "only"
                )
            )
    ranked = text.take(
        rf"\b(?:(?:ranked|sorted|ordered|rank|sort|order|arranged|in order) (?:by|of|on) |by )(?:the |their |decreasing |descending )*(?:(?:total )?(?:number|count) of )?(?:{POST_NOUN}|frequency|popularity|usage|use|uses|counts?|number|size|how (?:often|many)[\w ]*?)(?: (?:each|they have|in them|published))?(?: (?:descending|desc|most first))?(?P<up> (?:ascending|asc|fewest first|least first))?(?= ·| ,|  ?$)"
    )
    limit, skip, most = _top(reading, group)
    if ranked and most is None:
        limit, skip, most = 0, 0, not ranked["up"]
    if most is not None and (
        m := text.take(
            rf"\b(?:(?P<avg>average|mean|median)(?: number of| count of)? )?(?:number of )?(?P<noun>{ANY_MEASURE})(?: per post| on average)?\b"
        )
    ):
        measure = measure_called(m["noun"])
        aggregate = (
            {"median": "median"}.get(m["avg"], "avg") if m["avg"] or "per post" in m[0] or "average" in m[0] else "sum"
        )
        if m["noun"].strip() == "length" or text.take(r"\b(?:average|on average)\b"):
            aggregate = "median" if aggregate == "median" else "avg"
        if measure is not None and measure.name == group.unit.replace(" ", "_"):
            measure = None
    alphabetical = sorting(reading)
    differs = between_times(reading, group)
    if differs is not None:
        sql, about = differs
        if counted:
            return MetadataQuestion(f"SELECT count(*) AS {group.name}s FROM ({sql})", "number", f"{group.name}s", about)
        return MetadataQuestion(f"{sql} ORDER BY 1", "list", f"{group.name}s", about)
    left_out = [*left_out_of(reading, group), *named_like(reading, group)]
    if text.has(rf"\b{POST_NOUN} (?:[\w-]+ ){{0,3}}?{LINK}\b"):
        read_links(reading)
    used_on = []
    for mark in re.findall(POST, text.left):
        post = reading.posts[int(mark)]
        if text.take(
            rf"\b(?:(?:used |found |given |assigned |attached )?(?:on|in|to|by|for|of|does|do|did|under) )?p§{mark}(?: (?:have|has|use|uses|link|links|cite|cites|carry|tagged|filed|listed|belong|refer|contain)(?: out)?(?: (?:to|with|under|as|in))*)?(?= )"
        ):
            used_on.append(post.slug)
    if used_on:
        slugs = f"p.slug IN ({', '.join(used_on)})" if len(used_on) > 1 else f"p.slug = {used_on[0]}"
        reading.conditions.append(Condition(slugs, "in those posts" if len(used_on) > 1 else "in that post"))
    if group.name == "language":
        text.drop(r"\b(?:code(?: blocks?)?|snippets?|written|programs?)\b")
    if group is HOST:
        text.drop(
            r"\b(?:link(?:s|ed)?|cite[sd]?|refer(?:s|red|ence[sd]?)?|point(?:s|ed)?|out|external|most often|often|outside|blog)\b"
        )
    co = [*not_themselves(reading, group), *on_no_other(reading, group)]
    read_filters(reading)
    while (found := topic(reading)) is not None:
        reading.conditions.append(found)
    text.drop(
        rf"\b{POST_NOUN}\b",
        r"\b(?:number|counts?|how often|how many times|times|each|often|frequently|commonly|active|productive|distinct|across|usage|frequency|with how many|more|under|appears?|occurs?|shows?|assigned|attached|filed|there|together|other|per|used|sees?|saw|had|overall|then)\b",
        CHART,
    )
    conditions = [*reading.conditions, *left_out, *co]
    about = " and ".join(condition.words for condition in conditions if condition.words)
    query = PostQuery(
        conditions, measure=measure, aggregate=aggregate, group=group, having=having,  # type: ignore[arg-type]
        count_groups=bool(counted) and most is None, most_first=most if most is not None or alphabetical is None or alphabetical.measure is TITLE else alphabetical.descending,
        top_groups=limit if most is not None else 0, skip_groups=skip,
    )  # fmt: skip
    return of_query(query, about, reading.notes)


def _group_subject(reading: Reading) -> tuple[Group | None, bool]:
    """(the group that is asked for, whether its members are to be counted); its noun is taken away."""
    text = reading.text
    best: tuple[int, Group, re.Match[str]] | None = None
    asked = r"(?:in |on |during |of |to |from )?(?:who (?:is|are) (?=the )|what|which|how many|number of|list(?: of)?|show(?: me)?|all|name|every|count|what (?:is|are|was|were)|give me|tell me|his|the)(?: (?:of|the|all|different|distinct|unique|other|various|single|one|his|my|our|total|number of|\d+|first|last|top|calendar|are|is|external|outside)(?= ))*"
    adjectives = r"(?:(?:\d+(?:nd|rd|th)?[- ])?(?:most|least|busiest|best|top|slowest|quietest|leanest|rarest|commonest|favou?rite|biggest|worst|peak|frequent|frequently|often|common|commonly|popular|used|widely|productive|active|prolific|occurring|cited|linked|linked-to|referenced|single|new|\d+) )*"
    for group in GROUPS:
        for m in finditer(
            rf"\b(?P<asked>{asked}) (?P<how>{adjectives})(?P<noun>{group.nouns})(?= )|^ (?P<how2>{adjectives})(?P<noun2>{group.nouns})(?= )",
            text.left,
        ):
            if re.match(rf"(?: ?tagged| per| titles?| {POST})", text.left[m.end() :]) or (
                group is TAG and re.match(r" of .*longest", text.left[m.end() :])
            ):
                continue
            if (
                search(rf"\b{EACH} $", text.left[: m.start()])
                or (m["asked"] or "").startswith(("his", "the"))
                and not (m["how"] or "").strip()
                and m.start() > 1
                and not text.has(r"^ (?:what|which) (?:is|are|was|were)")
            ):
                continue
            if best is None or m.start() < best[0] or (m.start() == best[0] and m.end() > best[2].end()):
                best = (m.start(), group, m)
            break
    if best is None:
        return None, False
    _, group, m = best
    before = text.left[: m.start()]
    if search(rf"\b(?:{POST_NOUN}|{ANY_MEASURE})\b", before.replace("blog", "")) and not search(
        r"\b(?:in|on|during) $", before + (m["asked"] or "")[:3]
    ):
        return None, False
    counted = bool(search(r"how many|number of|count", m["asked"] or ""))
    how = (m["how"] or m["how2"] or "").strip()
    number_asked = search(r"\b(\d+)\b", m["asked"] or "")
    top_asked = "top" if search(r"\btop\b", m["asked"] or "") else ""
    words = f"{top_asked} {number_asked[1] if number_asked else ''} {how}"
    text.left = f"{before} · {words} · {text.left[m.end() :]}"
    text.left = f" {' '.join(text.left.split())} "
    return group, counted


def _top(reading: Reading, group: Group) -> tuple[int, int, bool | None]:
    """(how many, from which place, largest first or not), None when nothing ranks the groups."""
    text = reading.text
    skip = 0
    if m := text.take(r"\b(\d+)(?:nd|rd|th)[- ](?=most|least|busiest|best|popular|common)"):
        skip = int(m[1]) - 1
    m = text.take(
        r"(?<!§)\b(?:top )?(\d+)(?= (?:·|most|least|busiest|top|rarest|favou?rite|best|popular|common|biggest))|(?<=top )(\d+)\b|(?<=· )(\d+)(?= ·)"
    )
    limit = int(m[1] or m[2] or m[3]) if m else 0
    few = r"\b(?:least|fewest|slowest|quietest|leanest|rarest|worst|lowest|smallest|shortest)\b"
    many = (
        r"\b(?:most|busiest|best|top|commonest|favou?rite|biggest|peak|highest|largest|greatest|maximum|longest|more)\b"
    )
    found: bool | None = None
    if text.take(few):
        found = False
    elif text.take(many):
        found = True
    elif text.has(r"· (?:popular|common|frequent)\w* ·"):
        found = True
    elif limit:
        found = True
    if found is not None:
        text.drop(
            few,
            many,
            r"\b(?:often|frequently|common|commonly|popular|used|widely|productive|active|prolific|occurring|frequent|number of|cited|linked|linked-to|referenced|single|total|overall|did he|publish|to publish on|years?|months?|times)\b(?! words)",
        )
    return limit or (1 if found is not None else 0), skip, found
