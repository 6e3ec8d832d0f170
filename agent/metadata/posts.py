"""Questions about one, two or more posts that are named: their facts, their sections, which is longer."""

from __future__ import annotations

import re

from agent.metadata.filters import read_filters
from agent.metadata.links import LINK, host_condition
from agent.metadata.measures import ANY_MEASURE, MEASURES, PUBLISHED, TITLE_LENGTH, WORDS, Measure, measure_called
from agent.metadata.orders import Order
from agent.metadata.outcome import MetadataQuestion, of_query
from agent.metadata.query import PostQuery
from agent.metadata.reading import ONE_BY_RANK, POST_NOUN, Reading, Reference
from agent.metadata.text import NUMBER, ORDINAL, POST, QUOTED, literal, number, ordinal, search
from agent.metadata.times import Condition

_HOW_MANY = r"\b(?:how (?:many|much)|(?:total )?number of|count(?: of)?)\b"
_SECTIONS = r"(?P<top>top[- ]?level |main |major |first-level |highest-level )?(?P<sub>sub)?(?:section|heading|header)s?(?: (?:titles?|names?|headings?))?"
_LONGEST_SECTION = r"\b(?:longest|biggest|largest|shortest|smallest) (?:[\w-]+ )?(?:sub)?(?:section|heading)\b"
_FACTS: tuple[tuple[str, str, str], ...] = (
    (r"\b(?:(?:on )?(?:what|which) )?(?:day of the week|weekday|day name|week day)\b|\b(?:on )?(?:what|which) day\b(?=.* of the week)", "dayname(p.published)", "weekday"),
    (r"\b(?:in )?(?:what|which) month(?: and year| of (?:the|what|which) year)?\b", "monthname(p.published)", "month"),
    (r"\b(?:in )?(?:what|which) year\b|\bwhat is the year\b|\byear of publication\b|\bpublication year\b", "p.year", "year"),
    (r"\b(?:in )?(?:what|which) (?:season|time of year)\b", "CASE WHEN month(p.published) IN (12, 1, 2) THEN 'winter' WHEN month(p.published) <= 5 THEN 'spring' WHEN month(p.published) <= 8 THEN 'summer' ELSE 'autumn' END", "season"),
    (r"\b(?:when|(?:on )?(?:what|which) (?:exact )?(?:date|day)|(?:publication|publishing|release|posting|published) date|date of publication|dates?|how (?:old|recent))\b", "p.published", "published"),
    (r"\b(?:url|web address|address|permalink|web link|(?:the|a|me) (?:hyper)?link (?:to|for|of)|where (?:can i|do i) (?:find|read))\b", "p.url", "url"),
    (r"\b(?:who|author)\b", "p.author", "author"),
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
        rf"\b{LINK} (?:(?:to|at|back|out) )*p§|{_HOW_MANY} (?:(?:other|different|distinct|of his|his) )*{POST_NOUN}\b"
    ):
        return None
    itself = Condition(f"p.slug = {post.slug}", "in that post")
    shown: list[tuple[str, str]] = []
    counted = text.take(_HOW_MANY)
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
    counted = text.take(_HOW_MANY)
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


def sections(reading: Reading) -> MetadataQuestion | None:
    """The sections of a post, or sections anywhere: listed, counted, the longest, the third."""
    text = reading.text
    marks = list(dict.fromkeys(re.findall(POST, reading.left)))
    posts_noun = search(rf"\b{POST_NOUN} .*\b(?:sections?|headings?|headers?)\b", text.left)
    if (
        len(marks) > 1
        or text.has(ONE_BY_RANK)
        or (
            posts_noun
            and not marks
            and not text.has(_LONGEST_SECTION)
            and not text.has(r"\b(?:how many|number of) (?:[\w-]+ )?(?:sections|headings)")
        )
        or not text.has(rf"\b{_SECTIONS}\b|\b(?:outline|table of contents|toc|structured?|chapters?)\b")
    ):
        return None
    m = text.take(rf"\b{_SECTIONS}\b|\b(?:outline|table of contents|toc|structured?|chapters?)\b")
    post = reading.posts[int(marks[0])] if marks else None
    where = ["s.position > 0"]
    if post is not None:
        where.append(f"s.slug = {post.slug}")
        text.drop(POST)
    least = f"(SELECT min(x.level) FROM sections x WHERE x.slug = {post.slug if post else 's.slug'} AND x.position > 0)"
    if m and m.groupdict().get("top"):
        where.append(f"s.level = {least}")
    if m and m.groupdict().get("sub"):
        where.append(f"s.level > {least}")
    if heading := text.take(
        rf"\b(?:that are |are )?(?:called|named|titled|headed|entitled|containing|contain|with|have|mention(?:ing)?) (?:the (?:words?|phrase) )?(?:{QUOTED}|(\w+(?: (?!in\b)\w+)?))(?: in (?:its|their|the) (?:headings?|titles?|names?))?(?= )|(?<= )(?:{QUOTED})(?= ·)"
    ):
        words = text.quotes[int(heading[1] or heading[3])] if heading[1] or heading[3] else heading[2]
        where.append(f"contains(lower(s.heading), {literal(words.lower())})")
    counted = text.take(_HOW_MANY)
    long = text.take(
        r"\b(?:(?P<long>longest|biggest|largest)|(?P<short>shortest|smallest))\b(?: by (?:word count|words))?|\b(?:has |have |with )?(?:the )?(?P<most>most|fewest|least) (?P<noun>words|equations|code blocks?|code|figures?|images?)\b"
    )
    nth = text.take(rf"\b(?:{ORDINAL}|(last|final))\b")
    of_posts = post is None and text.has(rf"\b{POST_NOUN} .*\bwords\b")
    long_words = (
        None
        if of_posts
        else text.take(
            rf"\b(?:with |of |over )?(?P<how>more|longer|over|at least|fewer|less)(?: than)? {NUMBER} words(?: long)?\b"
        )
    )
    if long_words:
        operator = {"fewer": "<", "less": "<", "at least": ">="}.get(long_words["how"], ">")
        where.append(f"s.word_count {operator} {number(long_words[2])}")
    text.drop(
        r"\b(?:how is|of|in|under|into|divided|split|outline|there|numbers?|titles?|across|order|contents?|organi[sz]ed)\b"
    )
    if post is None:
        read_filters(reading)
    source = f"sections s JOIN posts p ON p.slug = s.slug WHERE {' AND '.join([*where, *(c.sql for c in reading.conditions)])}"
    about = "in that post" if post else reading.about()
    if long:
        noun = long.groupdict().get("noun")
        table = {"e": "equations", "c": "code_blocks", "f": "figures", "i": "figures"}.get((noun or "w")[0])
        value = (
            f"(SELECT count(*) FROM {table} e WHERE e.slug = s.slug AND e.section = s.position)"
            if table
            else "s.word_count"
        )
        down = "ASC" if long["short"] or long["most"] in ("fewest", "least") else "DESC"
        title = "" if post else ", p.title"
        return MetadataQuestion(
            f"SELECT s.heading{title}, {value} AS {table or 'words'} FROM {source} QUALIFY rank() OVER (ORDER BY {value} {down}) = 1",
            "top",
            table or "words",
            about,
            post=post,
        )
    if counted:
        return MetadataQuestion(f"SELECT count(*) AS sections FROM {source}", "number", "sections", about, post=post)
    if post is None and not reading.conditions and len(where) == 1:
        return None
    if nth:
        skip = 0 if nth[2] else ordinal(nth[1]) - 1
        return MetadataQuestion(
            f"SELECT s.heading FROM {source} ORDER BY s.position {'DESC' if nth[2] else ''} LIMIT 1 OFFSET {skip}",
            "value",
            "section",
            about,
            post=post,
        )
    columns = "s.heading, s.level, s.position" if post else "s.heading, p.title, p.published"
    return MetadataQuestion(
        f"SELECT {columns} FROM {source} ORDER BY p.published, s.position",
        "list",
        "sections",
        "" if post else about,
        post=post,
    )


def links_to_host(reading: Reading) -> MetadataQuestion | None:
    """How many links lead to a site, in a post or on the whole blog."""
    if not reading.text.has(
        rf"{_HOW_MANY} (?:(?!{POST_NOUN} )[\w.-]+ ){{0,3}}?(?:links?|times|references|hyperlinks)\b"
    ):
        return None  # posts that link there are counted, not links
    if passive := search(
        rf"{_HOW_MANY} times (?:(?:is|was|are|has|have|does|do|did) )*((?!he )[\w.]+) (?:(?:been|get|gets) )?(?:linked|cited|referenced)(?: to)?(?= )",
        reading.left,
    ):
        reading.text.left = reading.left.replace(passive[0], f"how many links to {passive[1]}", 1)
    if named := search(
        rf"{_HOW_MANY} (?:outbound |external |outgoing )?((?!external|outbound|internal|outgoing|incoming|of|his|the)[\w.]+) links?(?= )",
        reading.left,
    ):
        reading.text.left = reading.left.replace(named[0], f"how many links to {named[1]}", 1)
    m = search(
        rf"{_HOW_MANY} (?:(?:times|links?|references)(?: \w+){{0,4}}?|.*?) (?:link(?:s|ed)?|cite[sd]?|refer(?:s|red|enced?)?|go|point|lead|are there|of (?:his|the) links)? ?(?:to|at) (?:the )?((?:(?!p§)[\w.'§-]+ ){{1,3}}?)(?=(?:are|is|does|do|did|has|have|in|there|across|on|from|p§|on)\b|$|·)",
        reading.left,
    )
    if m is None or not search(r"\blink|\btimes|\brefer", m[0]):
        return None
    condition = host_condition(reading, m[1])
    if condition is None:
        return None
    reading.text.left = reading.left.replace(m[0], " · ", 1)
    for mark in re.findall(POST, reading.left):
        reading.conditions.append(Condition(f"p.slug = {reading.posts[int(mark)].slug}", "in that post"))
    reading.text.drop(POST, r"\b(?:links?|across|in|on|times)\b")
    read_filters(reading)
    where = " AND ".join([condition, *(c.sql for c in reading.conditions)])
    sql = f"SELECT count(*) AS links FROM links k JOIN posts p ON p.slug = k.slug WHERE {where}"
    return MetadataQuestion(sql, "number", "links", f"to {m[1].strip()} {reading.about()}".strip())


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
