"""Everything in a metadata question that narrows posts down: its recognisers, and when each is tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.metadata.links import link_counts, links
from agent.metadata.periods import Condition
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.tags import tags
from agent.metadata.text import (
    END,
    NEUTRAL,
    NUMBER,
    POST,
    QUOTED,
    finditer,
    fullmatch,
    literal,
    number,
    pattern_literal,
    search,
)
from agent.metadata.thresholds import comparisons, presence
from agent.metadata.titles import PARTS_NAMED, headings, mentions, title_measures, titles


def read_comparisons(reading: Reading) -> None:
    """Thresholds only ("longer than average", "more than 20 equations"): to be read before averages and ranks are."""
    _leave_out(reading)
    _read(reading, (title_measures, link_counts, comparisons))


def read_links(reading: Reading) -> None:
    """Filters of links alone: "linked from the HMC post"."""
    _read(reading, (links,))


def read_filters(reading: Reading) -> None:
    """Every filter the text names becomes a condition; its words are taken away."""
    _leave_out(reading)
    _read(reading, _FILTERS)
    reading.conditions.extend(reading.times.conditions())


_BUT = rf"\b(?:except(?: for)?|excluding|leaving out|apart from|other than|ignoring|not counting|disregarding|skipping|omitting|barring|bar|minus|without|but not|besides)(?: (?:all|any))?(?: (?:of )?(?:the|those|these))? (?:(?:ones|{POST_NOUN}|anything|everything|those)(?: (?:that|which)(?: (?:is|are|was|were))?)? )?(?P<rest>.+?)(?= (?:,|were|was|did|are there|have been)\b|  ?$| ,| $)"


def _leave_out(reading: Reading) -> None:
    """ "except those with more than 10 equations", "without the notebooks": one filter, turned round.

    With several it is unclear what is left out and what narrows down: then nothing is read, and the words stay.
    """
    m = search(_BUT, reading.left)
    if m is None or not search(rf"\b(?:ones|{POST_NOUN}|anything|everything|those)\b", m[0]):
        return
    inner = reading.fork()
    inner.conditions = []
    noun = "" if search(r"\bnotebooks?\b", m["rest"]) else "posts "
    inner.text.left = f" {noun}{m['rest']} "
    _read(inner, _FILTERS)
    inner.conditions.extend(inner.times.conditions())
    inner.text.drop(rf"\b(?:{POST_NOUN}|that|which|is|are|was|were)\b")
    if len(inner.conditions) != 1 or inner.text.unread():
        return
    reading.conditions.append(inner.conditions[0].negated())
    reading.text.left = reading.left.replace(m[0], " · ", 1)
    reading.text.drop(r"\b(?:remain(?:s|ing)?|left(?: over)?)\b")


_HINTS = {
    "title_measures": r"title",
    "titles": r"title|name|headline|start|begin|end",
    "mentions": r"mention|word|term|phrase",
    "headings": PARTS_NAMED,
    "tags": r"tag|categor|label|filed|posts?|articles?|ones?|notebook|entries|pieces",
    "link_counts": r"link|cit|refer",
    "links": r"link|cit|refer|point|inbound|incoming|internal",
    "comparisons": r"\d|\bone\b|average|mean|median|than|as|a single",
    "_beside_posts": r"p§|tags?",
}
"""What a recogniser's words hold at least: most questions need few of them."""


def _read(reading: Reading, recognisers: Sequence[Callable[[Reading], Condition | None]]) -> None:
    for recognise in recognisers:
        if not reading.text.has(_HINTS.get(recognise.__name__, "")):
            continue
        while (condition := recognise(reading)) is not None:
            reading.conditions.append(condition)


def _kinds(reading: Reading) -> Condition | None:
    text = reading.text
    if m := text.take(
        r"\b(?P<not>(?:is|are|was|were|do|does) not |not )?(?:(?:that |which )?(?:are|is|were|was) )?(?:(?:written|published|made|built|posted|rendered) )?(?:as |from |in )(?:an? )?(?:jupyter |ipython |python )?notebooks?(?= )|\b(?P<not2>non-)?(?:jupyter|ipython) notebooks?(?= )|\b(?:that |which )?(?:are|is|were|was) (?P<not3>not )?(?:an? )?(?:jupyter |ipython )?notebooks?(?= )|\b(?:jupyter |ipython )?notebook (?=posts?\b|articles?\b)|\b(?:(?:written|made|done) )?(?:in|with|using|as) (?:jupyter|ipython)(?= )|\bnotebooks?(?= )(?! (?:post|tag))"
    ):
        found = Condition("p.source_kind = 'ipynb'", "that are notebooks")
        return found.negated() if any(m[name] for name in ("not", "not2", "not3")) else found
    if m := text.take(
        r"\b(?P<not>(?:do|does) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|any|some) )*(?P<language>python|java|javascript|scheme|lisp|sql|bash|java|rust|c|c\+\+|r|matlab|julia|haskell) (?:code|snippets?|code blocks?)(?= )|\b(?:use|uses|using|written in|contain|contains|containing|includes?|with) (?P<language2>python|javascript|java|scheme|sql|bash|rust|matlab|julia|haskell)(?= )"
    ):
        language = m["language"] or m["language2"]
        found = Condition(
            f"EXISTS (SELECT 1 FROM code_blocks c WHERE c.slug = p.slug AND lower(c.language) = {literal(language)})",
            f"with {language} code",
        )
        return found.negated() if m["not"] else found
    return None


def _beside_posts(reading: Reading) -> Condition | None:
    """Before, after or between posts named, in their year, or with tags of others."""
    text = reading.text
    date_of: Callable[[str], str] = lambda slug: f"(SELECT o.published FROM posts o WHERE o.slug = {slug})"  # noqa: E731
    if m := text.take(
        rf"\b(?:that )?(?:(?:published|posted|came|come|written|appeared|sits?|lies?|lay|falls?|fell|stands?|stood|landed) )?(?:in )?between {POST} and {POST}(?= )"
    ):
        one, two = reading.post(m, 1), reading.post(m, 2)
        low, high = (f"{function}({date_of(one.slug)}, {date_of(two.slug)})" for function in ("least", "greatest"))
        return Condition(f"p.published > {low} AND p.published < {high}", "between the two posts")
    if m := text.take(
        rf"\b(?:(?:published |posted |came |come |written |appeared |out )*)(?P<side>before|after|since|prior to|earlier than|later than|older than|newer than|more recent than|following|preceding) {POST}(?: (?:came out|was published|appeared))?(?= )"
    ):
        post = reading.post(m, 2)
        before = m["side"] in ("before", "prior to", "earlier than", "older than", "preceding")
        return Condition(
            f"p.published {'<' if before else '>'} {date_of(post.slug)}",
            f"{'before' if before else 'after'} {post.spoken}",
        )
    if m := text.take(
        rf"\b(?:(?:in|during|from) )?the same (?P<what>year|month|weekday|day of the week) as {POST}(?= )"
    ):
        post = reading.post(m, 2)
        part = {"year": "year({})", "month": "strftime({}, '%Y-%m')"}.get(m["what"], "isodow({})")
        return Condition(
            f"{part.format('p.published')} = {part.format(date_of(post.slug))} AND p.slug <> {post.slug}",
            f"in the {m['what']} of {post.spoken}",
        )
    return _shared_tags(reading)


def _since_neighbour(reading: Reading) -> Condition | None:
    """ "within 10 days of the previous post", "less than a month before the next one"."""
    m = reading.text.take(
        rf"\b(?:(?:that )?(?:came|come|appeared|published|posted|followed|got|get|were|was|are|is|out|only) )*(?P<how>within|less than|under|no more than|at most|fewer than|more than|over|at least)(?: the)? {NUMBER} (?P<unit>day|week|month|year)s? (?P<way>of|after|since|before|until)(?: having)? (?:the |its |their )(?:(?P<side>previous|preceding|last|prior|next|following) (?:{POST_NOUN}|one|1)|(?P<side2>predecessor|successor))(?: (?:post|one))?(?= )"
    )
    later = m is None
    m = m or reading.text.take(
        rf"\b(?:(?:that|which) )?(?:(?:were|was|are|is|got|had|have|has) )*(?:followed(?: up)? by|a successor|another) ?(?:an?other|the next|a new|a)?(?: (?:one|1|{POST_NOUN}))? (?P<how>within|less than|under|no more than|at most|fewer than|more than|over|at least|after (?:more|less) than)(?: the)? {NUMBER} (?P<unit>day|week|month|year)s?(?: (?:later|after(?:wards)?))?(?= )"
    )
    if m is None:
        return None
    days = f"{number(m[2])} * { ({'day': 1, 'week': 7, 'month': 30.44, 'year': 365.25}[m['unit']]) }"
    operator = {"within": "<=", "no more than": "<=", "at most": "<=", "at least": ">=", "more than": ">", "over": ">"}
    newer = later or (m["side"] or m["side2"]) in ("next", "following", "successor")
    column = "days_until_next" if newer else "days_since_prev"
    return Condition(
        f"EXISTS (SELECT 1 FROM neighbours b WHERE b.slug = p.slug AND b.{column} {operator.get(m['how'].removeprefix('after '), '<')} {days})",
        f"{m['how']} {m[2]} {m['unit']}s {'before the next' if newer else 'after the previous'} post",
    )


def _shared_tags(reading: Reading) -> Condition | None:
    if m := reading.text.take(
        rf"\b(?:that )?(?:(?P<not>(?:do|does) not )?(?:share|shares|sharing|have|has|with) (?P<no>no )?(?:a |any |some )?tags?|(?P<none>without (?:any )?tags?)) (?:in common )?(?:with|shared with) (?:any |an|some )?other {POST_NOUN}(?= )"
    ):
        others = (
            "EXISTS (SELECT 1 FROM topics x JOIN topics o ON o.tag = x.tag AND o.slug <> x.slug WHERE x.slug = p.slug)"
        )
        found = Condition(others, "sharing a tag with another post")
        return found.negated() if m["not"] or m["no"] or m["none"] else found
    m = reading.text.take(
        rf"\b(?:that )?(?:share|shares|sharing|have|has|with) (?:a|any|at least one|the same|some|one or more|tags?)(?: of the)?(?: same)?(?: tags?)? (?:with|as|in common with) {POST}(?= )"
    )
    if m is None:
        return None
    post = reading.post(m)
    return Condition(
        f"p.slug <> {post.slug} AND EXISTS (SELECT 1 FROM topics x JOIN topics o ON o.tag = x.tag WHERE x.slug = p.slug AND o.slug = {post.slug})",
        f"sharing a tag with {post.spoken}",
    )


_FILTERS = (
    title_measures,
    titles,
    mentions,
    headings,
    tags,
    link_counts,
    links,
    _kinds,
    _since_neighbour,
    _beside_posts,
    comparisons,
    presence,
)


def topic(reading: Reading) -> Condition | None:
    """ "on entropy", "about Bayesian methods", "the entropy posts": words of a tag or title."""
    for pattern in (
        rf"\b(?:on|about|touching(?: up)?on|touch(?:es)? (?:up)?on|touching on|concerning|regarding|covering|dealing with|related to|to do with|involving|deal with|deals with|treating|concerns?|revolving around) (?:the (?:topic|subject) of |the )?((?:(?!(?:the|in|and|or|argue|say|published|from|since|before|after|his|this|a|average|that|by|blog)\b)[\w&'§+-]+ ){{1,4}}?){END}",
        r"(?<!\S)(?!(?:most|more|the|all|any|his|how|many|which|what|of|list|longest|shortest|newest|oldest|first|last|other|top|fewest|blog)\b)((?:[\w&'+-]+ ){1,3}?)(?=(?:posts?|articles?|ones|notebooks|entries)(?!\S))",
    ):
        for m in finditer(pattern, reading.left):
            words = (
                re.sub(r" (?:methods?|models?|techniques?|topics?|theory|stuff|things|algorithms?)$", "", m[1].strip())
                or m[1].strip()
            )
            if quoted := fullmatch(QUOTED, words):
                words = reading.text.quotes[int(quoted[1])]
            if reading.vocabulary.speaks_of(m[1].strip()) and "§" not in m[1]:
                words = m[1].strip()
            if not reading.vocabulary.speaks_of(words):
                words = reading.vocabulary.written_out(words)
            if not set(words.split()) - NEUTRAL or not reading.vocabulary.speaks_of(words):
                continue
            reading.text.left = reading.left.replace(m[0], " · ", 1)
            like = pattern_literal(re.sub(r"(?<=\w{3})s$", "", words))
            return Condition(
                f"(regexp_matches(p.title, {like}) OR EXISTS (SELECT 1 FROM topics x WHERE x.slug = p.slug AND regexp_matches(x.tag, {like})))",
                f"on {words}",
            )
    return None
