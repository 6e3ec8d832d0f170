"""Questions about years, months, weekdays, tags, sites themselves, and what posts are to be put together by."""

from __future__ import annotations

import calendar
import re

from agent.metadata.filters import read_filters, read_links, topic
from agent.metadata.links import LINK
from agent.metadata.measures import (
    ANY_MEASURE,
    GROUPS,
    HOST,
    MONTH,
    TAG,
    TITLE,
    WEEKDAY,
    YEAR,
    Group,
    Measure,
    measure_called,
)
from agent.metadata.orders import sorting
from agent.metadata.outcome import MetadataQuestion, of_query
from agent.metadata.query import PostQuery
from agent.metadata.reading import ONE_BY_RANK, POST_NOUN, Reading
from agent.metadata.text import NUMBER, POST, QUOTED, compiled, finditer, literal, number, search
from agent.metadata.times import Condition

CHART = r"(?:(?<=^ )|(?<=\band )|(?<=\byou )|(?<=\bplease )|(?<=\bto )|(?<=· ))(?:plot|chart|graph|draw|visuali[sz]e|diagram)\b(?: me| of| showing| for)?(?: out)?|\b(?:(?:as |in |into |with )?(?:a |an )?(?:bar |line |column )?(?:chart|plot|graph|histogram|diagram)(?: of| showing| with| for)?)\b|\b(?:as|in|into|make|draw|build|me) (?:it |that |this |them )?(?:a |an )?table\b(?: of(?! contents)| showing| with| for)?|^ (?:a )?table of\b(?! contents)"


_EACH = r"(?:per|by|for each|in each|of each|each|every|for every|in every|broken down by|grouped by|split by|group by|across(?: the)?|over the|against|on each|with each|within each|for all|for the different)"


_MOST_POSTS = rf"\b(?P<way>most|fewest|least|highest|lowest) (?:(?:number|count) of )?(?:{POST_NOUN})(?= )"


def groups(reading: Reading) -> MetadataQuestion | None:
    """The years, weekdays, tags, sites ... themselves: which, how many, the one with the most."""
    text = reading.text
    text.left = compiled(rf"^ (?:{CHART})(?: (?:of|for|,))* ").sub(" ", text.left)
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
        having, measure = _measure_having(reading)
        aggregate = "sum" if measure else ""
    no_posts = text.take(
        rf"\b(?:(?:with(?:out)?|have|has|had|saw|see) (?:no|any) {POST_NOUN}|(?:did |has |have )?(?:he )?(?:not|never) (?:ever )?(?:publish|post|write|written)(?:ed)?(?: (?:anything|any {POST_NOUN}|a (?:single )?post))?(?: at all)?|no {POST_NOUN}(?: at all)?)\b"
    )
    if no_posts:
        return _empty(reading, group, counted)
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
    differs = _difference(reading, group)
    if differs is not None:
        sql, about = differs
        if counted:
            return MetadataQuestion(f"SELECT count(*) AS {group.name}s FROM ({sql})", "number", f"{group.name}s", about)
        return MetadataQuestion(f"{sql} ORDER BY 1", "list", f"{group.name}s", about)
    left_out = [*_left_out(reading, group), *_named_like(reading, group)]
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
    co = [*_with_others(reading, group), *_on_no_other(reading, group)]
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
                search(rf"\b{_EACH} $", text.left[: m.start()])
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


def group_threshold(reading: Reading) -> str:
    """ "with at least two posts", "used more than 3 times": a condition on a group's count."""
    text = reading.text
    thing = rf"(?:(?:other |different |single )?{POST_NOUN}|times)"
    start = r"\b(?:(?:that|which) )?(?:(?:he|was|were|is|are|has|have|had|been|with|saw|see|in which|when|where|having|used|use|appear(?:s|ed|ing)?|occur(?:s|red|ring)?|found|published|publish|did|wrote|write|come|attached|assigned|shared|there) )*(?:(?:on|in|by|to|across|of) )?"
    between = text.take(rf"{start}between (\d+) and (\d+) {thing}")
    if between:
        return f"{{value}} BETWEEN {between[1]} AND {between[2]}"
    for words, operator in (
        (rf"(?:at least|no fewer than|not less than) {NUMBER}|{NUMBER} or more|{NUMBER}\+", ">="),
        (rf"(?:at most|no more than|up to) {NUMBER}|{NUMBER} or (?:fewer|less)", "<="),
        (rf"(?:more than|over|above) {NUMBER}", ">"),
        (rf"(?:fewer than|less than|under|below) {NUMBER}", "<"),
        (rf"(?:exactly|only|just|precisely) {NUMBER}(?: single)?|(?:a single|only a single)()", "="),
    ):
        if m := text.take(rf"{start}(?:{words}) ?{thing}?(?: or (?P<more>more|fewer|less))?(?= )(?! words| equations)"):
            value = number(next((group for group in m.groups()[:-1] if group), "1"))
            return f"{{value}} { ({'more': '>=', None: operator}.get(m['more'], '<=')) } {value}"
    if m := text.take(rf"{start}(\d+) times(?: each| only)?\b|\bused (?:on |in )?(one|a single|\d+) {thing}"):
        return f"{{value}} = {number(m[1] or m[2])}"
    if text.take(
        rf"\b(?:used |shared )?(?:by|on|across) (?:several|multiple|many) {thing}|\b(?:reused|used repeatedly)\b"
    ):
        return "{value} > 1"
    return ""


def _measure_having(reading: Reading) -> tuple[str, Measure | None]:
    """ "more than 20000 words" of a group: (the condition on their sum, the measure)."""
    for words, operator in (
        (r"more than|over|above", ">"),
        (r"at least", ">="),
        (r"fewer than|less than|under", "<"),
        (r"at most", "<="),
    ):
        if m := reading.text.take(
            rf"\b(?:(?:with|have|has|had|contain|use|used) )?(?:{words}) {NUMBER} (?P<noun>{ANY_MEASURE})(?: in total)?(?= )"
        ):
            return f"{{value}} {operator} {number(m[1])}", measure_called(m["noun"])
    return "", None


def _left_out(reading: Reading, group: Group) -> list[Condition]:
    """ "leaving out mathjax": members of a group that do not count."""
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


def _hosts_named(reading: Reading) -> list[str]:
    """Words of the question that are, or are part of, the name of a site that posts link to."""
    parts = {part for host in reading.vocabulary.hosts for part in (host, *host.split("."))}
    return [word for word in reading.left.split() if word in parts and word not in ("www", "com", "org", "blog")]


def _named_like(reading: Reading, group: Group) -> list[Condition]:
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


def _with_others(reading: Reading, group: Group) -> list[Condition]:
    """For tags that stand beside a tag: not that tag itself."""
    if group is not TAG or not reading.text.has(r"\b(?:tagged|tag)\b"):
        return []
    probe = reading.fork()
    read_filters(probe)
    named = [
        m[1] for c in probe.conditions if (m := re.fullmatch(r"EXISTS .*lower\(x\.tag\) = ('(?:[^']|'')*')\)", c.sql))
    ]
    return [Condition(f"lower(t.tag) <> {tag}", "") for tag in named]


def _on_no_other(reading: Reading, group: Group) -> list[Condition]:
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


def _difference(reading: Reading, group: Group) -> tuple[str, str] | None:
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


def _empty(reading: Reading, group: Group, counted: bool) -> MetadataQuestion | None:
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


def grouping(reading: Reading) -> Group | None:
    """ "per year", "by weekday", "over time": what to put posts together by."""
    text = reading.text
    if text.take(
        r"\b(?:over time|over the years|year by year|year over year|year on year|yearly|annual(?:ly)?|by the year|through the years|each year|from year to year)\b"
    ):
        return YEAR
    if text.take(r"\bmonthly\b|\bmonth by month\b"):
        return next(group for group in GROUPS if group.name == "month" and group.order)
    for group in GROUPS:
        if text.take(
            rf"\b(?:(?:for|in|of|by|from|(?<!§\d )on) )?{_EACH} (?:of the |single |different |calendar |individual )?(?:{group.nouns})(?: (?:of the blog|he published))?(?= )(?! (?:post|posts)\b)"
        ):
            return group
    return None
