"""Questions about the time between posts: gaps, pauses, how long between two of them, how long the blog has run."""

from __future__ import annotations

from agent.metadata.filters import read_filters, topic
from agent.metadata.grouping import CHART
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import NUMBER, POST, compiled, number, search

_GAP = rf"(?:gaps?|breaks?|pauses?|hiatus(?:es)?|silences?|dry spells?|droughts?|waits?|intervals?|stretch(?:es)?(?: of time)?(?: without (?:a |any )?(?:new )?{POST_NOUN})?|(?:time|period|spell|while)(?: that)? (?:he|the blog|the author) (?:went|has gone|was|has been) (?:silent|quiet|without (?:posting|publishing|writing|a (?:new )?post)(?: anything)?)|(?:time|days|weeks|months|period)(?: [a-z]+){{0,4}}? (?:between|without (?:a |any )?(?:new )?{POST_NOUN})|(?:2 )?consecutive (?:\w+ )?(?:are|were|is) (?:the )?(?:furthest|farthest|most) apart|go(?:ne|es)? (?:the )?(?:longest )?without (?:publishing|posting|writing|a post)(?: anything| a post)?|went (?:the )?(?:longest )?without (?:publishing|posting|writing|a post)(?: anything| a post)?)"
_UNITS = {
    "day": "days",
    "week": "round(days / 7.0, 1)",
    "month": "round(days / 30.44, 1)",
    "year": "round(days / 365.25, 2)",
}
_EACH = r"\b(?:for each|in each|each|per|by|every|within (?:a|the same|each|every)|of (?:that|each|the same))(?: calendar)? year\b"


def gaps(reading: Reading) -> MetadataQuestion | None:
    """Days between consecutive posts: the longest, the average, by year, above a threshold."""
    text = reading.text
    if (
        len(reading.posts) > 1
        or not text.has(rf"\b{_GAP}\b")
        or text.has(r"\bhow many (?:months|years|weeks)\b.*\bwithout\b")
    ):
        return None
    text.drop(CHART)
    beside_it = rf"\b(?:between )?{POST} and (?:the |its )?(?:post|one|article|entry|predecessor|successor)?(?: that came)? ?(?P<side>before|preceding|after|following)?(?: (?:it|that))?(?= |$)"
    text.left = compiled(rf"{POST} and the (?P<way>next|following|previous|preceding) (?:one|post|article)(?= |$)").sub(
        lambda m: f"p§{m[1]} and the one {'after' if m['way'] in ('next', 'following') else 'before'} it", text.left
    )
    if m := search(beside_it, text.left):
        side = m["side"] or ("after" if "successor" in m[0] else "before")
        text.left = text.left.replace(m[0], f"between posts {side} p§{m[1]}", 1)
    text.take(rf"\b{_GAP}\b(?: in (?:publishing|posting|time))?")
    text.drop(
        rf"\b(?:between |any |2 |adjacent |neighbou?ring |back-to-back )*(?:consecutive|successive|adjacent|subsequent|neighbou?ring)\b(?: {POST_NOUN})?",
        rf"\bbetween (?:any )?(?:2 |his |the )?{POST_NOUN}",
    )
    if text.has(r"\b(?:end(?:ed)?|over)\b"):
        text.drop(r"\b(?:on )?(?:what|which) (?:date|day)\b")  # the row names the post that ended it, and its date
    per_year = bool(text.take(_EACH))
    threshold = text.take(
        rf"\b(?:(?:were|was|are|is|of|lasted|that) )*(?P<how>more|longer|greater|less|shorter|over|exceed(?:ed|ing)?|above|under|at least)(?: than)? {NUMBER} (?P<unit>day|week|month|year)s?(?: long)?\b"
    )
    unit = next((name for name in _UNITS if text.take(rf"\b(?:(?:in|how many|number of) )?{name}s\b")), "day")
    if per_year:
        text.drop(_EACH, rf"\b(?:with|that (?:has|have|had)) (?:at least|more than) {NUMBER} {POST_NOUN}")
    average = text.take(r"\b(?:average|mean|typical|on average|usual)\b")
    median = text.take(r"\bmedian\b")
    top = text.take(r"\b(?:top )?(\d+)(?= (?:longest|shortest|largest|biggest|smallest))")
    nth = text.take(r"\b(\d+)(?:nd|rd|th)(?= (?:longest|shortest|largest|biggest|smallest))")
    shortest = text.take(r"\b(?:shortest|smallest|minimum|quickest|least)\b")
    text.drop(r"\b(?:longest|largest|biggest|maximum|max|greatest|long)\b")
    counted = text.take(r"\bhow many\b|\bnumber of\b")
    text.drop(
        r"\b(?:take|took|taken|takes|pass|passes|there|which|when|where|did|happen|occur|start|end|take|between which)\b",
        rf"\bbetween which (?:2 )?{POST_NOUN}",
        r"\bbetween\b",
        r"\bdays?\b",
        r"\bpublishing|posting\b",
    )
    text.drop(
        r"\b(?:appear|ended|broke|broken|followed|preceded|came|comes|posts?|articles?)\b",
        r"\b(?:after|before|by)(?! (?:p§|t§))\b",
    )
    beside = away = ""
    if m := text.take(rf"\b(?P<side>after|before|following|preceding) {POST}"):
        beside = f" AND {'previous' if m['side'] in ('after', 'following') else 'slug'} = {reading.post(m, 2).slug}"
        away = m["side"]
    read_filters(reading)
    while (found := topic(reading)) is not None:
        reading.conditions.append(found)
    partition = "PARTITION BY p.year " if per_year else ""
    lag = f"OVER ({partition}ORDER BY p.published)"
    source = (
        f"SELECT date_diff('day', lag(p.published) {lag}, p.published) AS days, lag(p.title) {lag} AS after,"
        f" p.title AS before, p.published, p.year, p.slug, lag(p.slug) {lag} AS previous FROM posts p{reading.where()}"
    )
    value = _UNITS[unit]
    about = f"between consecutive posts {reading.about()}".strip()
    name = f"{unit}s"
    if per_year:
        function = "median" if median else "min" if shortest else "avg" if average else "max"
        sql = f"SELECT year, round({function}({value}), 1) AS {'average' if function == 'avg' else function}_gap_{name} FROM ({source}) GROUP BY year HAVING count(days) >= 1 ORDER BY year"
        return MetadataQuestion(sql, "series", name, "gap within each year")
    if threshold:
        operator = (
            "<" if threshold["how"] in ("less", "shorter", "under") else ">=" if threshold["how"] == "at least" else ">"
        )
        limit = f"{_UNITS[threshold['unit']]} {operator} {number(threshold[2])}"
        if counted:
            return MetadataQuestion(f"SELECT count(*) AS gaps FROM ({source}) WHERE {limit}", "number", "gaps", about)
        return MetadataQuestion(
            f"SELECT after, before, published, {value} AS {name} FROM ({source}) WHERE {limit} ORDER BY days DESC",
            "list",
            "gaps",
            about,
        )
    if average or median:
        function = "median" if median else "avg"
        word = "median" if median else "average"
        return MetadataQuestion(
            f"SELECT round({function}({value}), 1) AS {word}_gap_{name} FROM ({source})",
            "number",
            f"{name}",
            f"{word} gap {about}",
        )
    order = "ASC" if shortest else "DESC"
    skip = f" OFFSET {int(nth[1]) - 1}" if nth else ""
    sql = f"SELECT {value} AS {name}, after, before, published FROM ({source}) WHERE days IS NOT NULL{beside} ORDER BY days {order} LIMIT {top[1] if top else 1}{skip}"
    return MetadataQuestion(
        sql,
        "number" if not top else "top",
        name,
        f"{away} that post"
        if beside
        else f"is the {nth[0] + ' ' if nth else ''}{'shortest' if shortest else 'longest'} gap {about}",
    )


def span(reading: Reading) -> MetadataQuestion | None:
    """Time between two posts named, since a post, or from the first post to the last."""
    text = reading.text
    in_unit = search(r"\bin (day|week|month|year)s\b", text.left) if text.has(r"\bhow (?:long|old)\b") else None
    if in_unit:
        text.drop(r"\bin (?:days|weeks|months|years)\b")
    asked = text.take(
        r"\bhow (?=old is)|\bhow (?:many (?P<unit>day|week|month|year)s|long|much (?:time|later|earlier)|far apart)\b|\b(?:number of )(?P<unit2>day|week|month|year)s\b|\b(?P<unit3>day|week|month|year)s (?=between|from|since|apart|elapsed|passed)|\b(?:time|gap|interval|distance)(?: in days)? (?=between|span|elapsed|passed|from)"
    )
    if asked is None:
        return None
    unit = (in_unit and in_unit[1]) or asked["unit"] or asked["unit2"] or asked["unit3"] or "day"
    value = _UNITS[unit]
    name = f"{unit}s"
    two = text.take(
        rf"{POST} (?:and|to|until|till|,|&|or) {POST}|{POST}.* (?:after|before|since|from|follow\w*) {POST}|(?:after|before|since|from) {POST}.* {POST}"
    )
    if (
        two
        and text.has(
            r"\b(?:apart|between|separat\w*|pass(?:ed)?|elapsed?|from|time|go by|went by|later|earlier|lie|until)\b|·"
        )
        and len(reading.posts) >= 2
    ):
        text.drop(
            r"\b(?:apart|between|separat\w*|pass(?:ed)?|elapsed?|from|time|go by|went by|later|earlier|lie|days?|weeks?|months?|years?|after|before|did|there|dates?|publication|release|publishing|go)\b"
        )
        one, other = (reading.posts[int(group)].slug for group in two.groups() if group)
        sql = f"SELECT {value} AS {name}, first, second FROM (SELECT abs(date_diff('day', a.published, b.published)) AS days, a.published AS first, b.published AS second FROM posts a, posts b WHERE a.slug = {one} AND b.slug = {other})"
        return MetadataQuestion(sql, "number", name, "between the two posts")
    today = f"DATE '{reading.times.today}'"
    if text.has(r"\b(?:since|ago|old)\b") and (one_post := text.take(POST)):
        text.drop(r"\b(?:since|ago|old|passed|elapsed|published|time)\b")
        sql = f"SELECT {value} AS {name}, published FROM (SELECT date_diff('day', published, {today}) AS days, published FROM posts WHERE slug = {reading.post(one_post).slug})"
        return MetadataQuestion(sql, "number", name, "since it was published", post=reading.post(one_post))
    if text.take(
        r"\bold is (?:the|his|this) blog\b|\b(?:been (?:running|around|active|going|online|alive|blogging|writing|published|publishing)|(?:running|active|blogging|existed|lasted)|does the blog (?:span|cover|run)|(?:span|cover)(?:s|ned|ed)?)\b"
    ):
        text.drop(r"\b(?:time|since)\b")
        read_filters(reading)
        sql = f"SELECT {value} AS {name}, first, last FROM (SELECT date_diff('day', min(p.published), max(p.published)) AS days, min(p.published) AS first, max(p.published) AS last FROM posts p{reading.where()})"
        return MetadataQuestion(sql, "number", name, "from the first post to the last")
    return None
