"""Questions about one, two or more posts that are named: their facts, the tags they share, which is longer."""

from __future__ import annotations

import re

from agent.metadata.filters import read_filters
from agent.metadata.links import LINK, host_condition, spoken_host
from agent.metadata.measures import ANY_MEASURE, MEASURES, TITLE_LENGTH, WORDS, Measure, measure_called
from agent.metadata.orders import Order
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.periods import Condition
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.sections import HOW_MANY
from agent.metadata.text import POST, search

_FACTS: tuple[tuple[str, str, str], ...] = (
    (r"\b(?:(?:on )?(?:what|which) )?(?:day of the week|weekday|day name|week day)\b|\b(?:on )?(?:what|which) day\b(?=.* of the week)", "dayname(p.published)", "weekday"),
    (r"\b(?:in )?(?:what|which) month(?: and year| of (?:the|what|which) year)?\b", "monthname(p.published)", "month"),
    (r"\b(?:in )?(?:what|which) year\b|\bwhat is the year\b|\byear of publication\b|\bpublication year\b", "p.year", "year"),
    (r"\b(?:in )?(?:what|which) (?:season|time of year)\b", "CASE WHEN month(p.published) IN (12, 1, 2) THEN 'winter' WHEN month(p.published) <= 5 THEN 'spring' WHEN month(p.published) <= 8 THEN 'summer' ELSE 'autumn' END", "season"),
    (r"\b(?:when|(?:on )?(?:what|which) (?:exact )?(?:date|day)|(?:publication|publishing|release|posting|published) date|date of publication|dates?|how (?:old|recent))\b", "p.published", "published"),
    (r"\b(?:url|web address|address|permalink|web link|(?:the|a|me) (?:hyper)?link (?:to|for|of)|where (?:can i|do i) (?:find|read))\b", "p.url", "url"),
    (r"\b(?:who(?= (?:wrote|writes|published|posted|has written|is the author))|written by (?:who|whom)|author)\b", "p.author", "author"),
    (r"\b(?:slug|identifier)\b", "p.slug", "slug"),
    (r"\b(?:description|teaser)\b", "p.description", "description"),
    (r"\b(?:full |exact |complete )?(?:titles?|title of)\b", "p.title", "title"),
    (r"\b(?:source (?:kind|format)|format|file type)\b", "p.source_kind", "source_kind"),
)  # fmt: skip


def one_post(reading: Reading) -> MetadataQuestion | None:
    """A date, an address, a count: one fact, or several, of a post."""
    marks = set(re.findall(POST, reading.left))
    if len(marks) != 1:
        return None
    text, post = reading.text, reading.posts[int(marks.pop())]
    if text.has(
        rf"\b{LINK} (?:(?:to|at|back|out) )*p§|{HOW_MANY} (?:(?:other|different|distinct|of his|his) )*{POST_NOUN}\b"
    ):
        return None
    itself = Condition(f"p.slug = {post.slug}", "in that post")
    shown: list[tuple[str, str]] = []
    counted = text.take(HOW_MANY)
    if text.take(r"\bhow (?:long|big|lengthy)\b"):
        shown.append((WORDS.sql, WORDS.name))
    if (ratio := _ratio(reading)) is not None:
        shown.append(ratio)
    while (counted or not text.has(r"\blinks? to\b")) and (
        measure := _next_measure(reading, bool(counted))
    ) is not None:
        shown.append((measure.sql, measure.name))
    if not counted:
        for pattern, expression, name in _FACTS:
            if text.take(pattern):
                shown.append((expression, name))
    if not shown:
        return None
    text.drop(
        POST,
        r"\b(?:of|in|on|does|did|long|released?|publication|out|web|page|old|title|together with|as well as|get|come|put|into|long)\b",
    )
    read_filters(reading)
    if reading.conditions:
        return None
    columns = [f"{expression} AS {name}" for expression, name in shown]
    if "p.title" not in [expression for expression, _ in shown]:
        columns.append("p.title")
    sql = f"SELECT {', '.join(columns)} FROM posts p WHERE {itself.sql}"
    numeric = len(shown) == 1 and shown[0][0] in {known.sql for known in MEASURES}
    return MetadataQuestion(
        sql,
        "number" if numeric else "value",
        shown[0][1].replace("_", " "),
        "in that post" if numeric else "",
        post=post,
    )


def _next_measure(reading: Reading, counted: bool) -> Measure | None:
    """A measure asked for: after "how many", or as "word count", "number of tags"."""
    nouns = (
        ANY_MEASURE
        if counted
        else r"word[ -]?counts?|length(?! of the title)|title length|(?:equation|section|tag|footnote|image|figure|code block|link)s? counts?"
    )
    m = reading.text.take(
        rf"\b(?:distinct |different |total )?(?P<noun>{nouns})\b(?: in total| altogether| long)?(?! (?:to|from) (?!p§|other)[\w.]+)"
    )
    return measure_called(re.sub(r"(?<!word) counts?$", "", m["noun"])) if m else None


def _ratio(reading: Reading) -> tuple[str, str] | None:
    m = reading.text.take(
        rf"\b(?P<one>{ANY_MEASURE}) (?:are there )?per (?P<size>\d+ )?(?P<two>{ANY_MEASURE})\b|\bratio of (?P<one2>{ANY_MEASURE}) to (?P<two2>{ANY_MEASURE})\b"
    )
    one, two = (measure_called(m["one"] or m["one2"]), measure_called(m["two"] or m["two2"])) if m else (None, None)
    if m is None or one is None or two is None:
        return None
    return f"round({m['size'] or '1'} * 1.0 * {one.sql} / nullif({two.sql}, 0), 2)", f"{one.name}_per_{two.name}"


def several_posts(reading: Reading) -> MetadataQuestion | None:
    """Two posts or more set against each other."""
    marks = list(dict.fromkeys(re.findall(POST, reading.left)))
    if len(marks) < 2:
        return None
    text = reading.text
    posts = [reading.posts[int(mark)] for mark in marks]
    slugs = ", ".join(post.slug for post in posts)
    first = posts[0]
    if text.has(rf"\b{LINK} (?:(?:to|at|back|out) )*(?:both )?p§") and not text.has(
        r"\b(?:more|fewer|most|fewest) (?:[\w-]+ ){0,2}links p§"
    ):
        return None
    if text.has(r"\btags?\b|\btopics?\b") and not text.has(
        r"\b(?:more|fewer|most|fewest|less|number of|how many) tags\b"
    ):
        return _shared(reading, [post.slug for post in posts])
    difference = text.take(
        r"\bhow (?:many|much) (?:more|fewer|less)\b|\bby how (?:many|much)\b|\bhow much (?:longer|shorter)\b|\bdifference in\b|\bhow many (?=\w+ (?:longer|shorter))"
    )
    measure, ascending = _compared_by(reading)
    if measure is None and difference and text.take(r"\b(?:longer|shorter|length)\b|·"):
        measure = WORDS
    if measure is None:
        return None
    totals = text.take(r"\b(?:together|combined|in total|in all|sum|total)\b")
    yes = (
        re.match(r" (?:is|are|was|were|does|do|did|has|have) ", text.left)
        and not difference
        and not text.has(r"\bor\b")
    )
    text.drop(
        POST,
        r"\b(?:order|sort|rank|or|and|than|more|fewer|less|most|by|which|between|compare[ds]?|comparison|versus|vs|of|in|longer|shorter|post|number|how many|against|both|have|has|of the two|2|terms|respective|count|first|came)\b",
    )
    named = measure.name
    if difference:
        sql = f"SELECT max({measure.sql}) - min({measure.sql}) AS difference, arg_max(p.title, {measure.sql}) AS more FROM posts p WHERE p.slug IN ({slugs})"
        return MetadataQuestion(sql, "number", named, f"{named.replace('_', ' ')} difference")
    if totals:
        return MetadataQuestion(
            f"SELECT sum({measure.sql}) AS {named} FROM posts p WHERE p.slug IN ({slugs})",
            "number",
            named,
            "in these posts",
        )
    order = Order(measure, not ascending, 0)
    sql = f"SELECT p.title, {measure.sql} AS {named} FROM posts p WHERE p.slug IN ({slugs}) ORDER BY {order.sql()}"
    if yes:
        verdict = f"(SELECT arg_{'min' if ascending else 'max'}(p.slug, {measure.sql}) FROM posts p WHERE p.slug IN ({slugs})) = {first.slug}"
        sql = f"SELECT p.title, {measure.sql} AS {named}, CASE WHEN {verdict} THEN 'yes' ELSE 'no' END AS answer FROM posts p WHERE p.slug IN ({slugs}) ORDER BY {order.sql()}"
    return MetadataQuestion(sql, "compare", named, "")


_DATE = Measure("published", "p.published", "date")


def _compared_by(reading: Reading) -> tuple[Measure | None, bool]:
    """(measure, whether the smaller is asked for)."""
    text = reading.text
    fewer = text.has(r"\b(?:fewer|less|fewest|least|shorter|shortest)\b")
    if m := text.take(
        r"\b(?:older|oldest|earlier|earliest|(?:came |published |written |appeared |comes )?(?:out )?(?:first|before)|newer|newest|later|latest|more recent(?:ly)?|most recent(?:ly)?|last|after)\b"
    ):
        return _DATE, not search(r"new|late|recent|last|after", m[0])
    if m := text.take(r"\b(?:longer|longest|shorter|shortest)(?= (?:post )?titles?\b)"):
        text.take(r"\btitles?\b")
        return TITLE_LENGTH, fewer
    if m := text.take(
        rf"\b(?:(?:more|fewer|most|fewest|less|number of|how many|many) )?(?:distinct |different |other )?(?P<noun>{ANY_MEASURE})\b"
    ):
        return measure_called(m["noun"]), fewer
    if text.take(
        r"\b(?:linked to|cited|referenced)(?: more| less)?(?: often)?(?: by)?(?: (?:more|fewer|the most|most))?(?: (?:other )?posts?)?(?: more)?(?: often)?\b"
    ):
        return measure_called("backlinks"), fewer
    if text.take(
        r"\b(?:links?|links? out|cites?|refers?)(?: out)?(?: to)? (?:more|fewer|the most|most)(?: (?:other )?posts?)?\b"
    ):
        return measure_called("internal links"), fewer
    if text.take(r"\b(?:longer|longest|shorter|shortest|bigger|smaller|wordier|lengthier)\b"):
        return WORDS, fewer
    return None, fewer


def _shared(reading: Reading, slugs: list[str]) -> MetadataQuestion | None:
    """Tags that posts have in common, or that one has and the other has not."""
    text = reading.text
    counted = text.take(HOW_MANY)
    lacking = text.take(
        r"\b(?:but|and|that|which)? ?(?:not (?:on|in|by|of|the|for)?|(?:is|are|does|do) not (?:have|has|in|on|share)?|lacks?|missing from)\b"
    )
    common = text.take(r"\b(?:share[ds]?|sharing|in common|common|both|overlap\w*|same)\b")
    text.drop(
        POST, r"\b(?:tags?|topics?|share[ds]?|in common|common|both|with|on|in|of|between|but|do|does|also|have|has)\b"
    )
    if not (lacking or common):
        return None
    one, two = (f"SELECT tag FROM topics WHERE slug = {slug}" for slug in slugs[:2])
    together = f"{one} {'EXCEPT' if lacking else 'INTERSECT'} {two}"
    if counted:
        return MetadataQuestion(
            f"SELECT count(*) AS tags FROM ({together})", "number", "tags", "in common" if common else ""
        )
    return MetadataQuestion(
        f"SELECT tag FROM ({together}) ORDER BY tag", "list", "tags", "in common" if not lacking else ""
    )


def links_to_host(reading: Reading) -> MetadataQuestion | None:
    """How many links lead to a site, in a post or on the whole blog."""
    if not reading.text.has(
        rf"{HOW_MANY} (?:(?!{POST_NOUN} )[\w.-]+ ){{0,3}}?(?:links?|times|references|hyperlinks)\b"
    ):
        return None  # posts that link there are counted, not links
    if passive := search(
        rf"{HOW_MANY} times (?:(?:is|was|are|has|have|does|do|did) )*((?!he )[\w.]+) (?:(?:been|get|gets) )?(?:linked|cited|referenced)(?: to)?(?= )",
        reading.left,
    ):
        reading.text.left = reading.left.replace(passive[0], f"how many links to {passive[1]}", 1)
    if named := search(
        rf"{HOW_MANY} (?:outbound |external |outgoing )?((?!external|outbound|internal|outgoing|incoming|of|his|the)[\w.]+) links?(?= )",
        reading.left,
    ):
        reading.text.left = reading.left.replace(named[0], f"how many links to {named[1]}", 1)
    m = search(
        rf"{HOW_MANY} (?:(?:times|links?|references)(?: \w+){{0,4}}?|.*?) (?:link(?:s|ed)?|cite[sd]?|refer(?:s|red|enced?)?|go|point|lead|are there|of (?:his|the) links)? ?(?:to|at) (?:the )?((?:(?!p§)[\w.'§-]+ ){{1,3}}?)(?=(?:are|is|does|do|did|has|have|in|there|across|on|from|p§|on)\b|$|·)",
        reading.left,
    )
    if m is None or not search(r"\blink|\btimes|\brefer", m[0]):
        return None
    condition = host_condition(reading, m[1])
    if condition is None:
        return None
    marks = re.findall(POST, reading.left)
    reading.text.left = reading.left.replace(m[0], " · ", 1)
    for mark in marks:
        reading.conditions.append(Condition(f"p.slug = {reading.posts[int(mark)].slug}", "in that post"))
    reading.text.drop(POST, r"\b(?:links?|across|in|on|times)\b")
    read_filters(reading)
    where = " AND ".join([condition, *(c.sql for c in reading.conditions)])
    sql = f"SELECT count(*) AS links FROM links k JOIN posts p ON p.slug = k.slug WHERE {where}"
    return MetadataQuestion(sql, "number", "links", f"to {spoken_host(m[1])} {reading.about()}".strip())
