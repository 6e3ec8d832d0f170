"""What a question ranks posts by, how many it wants, and from which place on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.metadata.links import LINK, host_condition
from agent.metadata.measures import (
    ANY_MEASURE,
    LINKS_IN,
    LINKS_OUT,
    PUBLISHED,
    TITLE,
    TITLE_LENGTH,
    TITLE_WORDS,
    WORDS,
    Measure,
    measure_called,
)
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import ORDINAL, compiled, fullmatch, ordinal, search

_LONG = "longest|wordiest|lengthiest|biggest|largest|heaviest"
_SHORT = "shortest|smallest|briefest|tersest"
_NEW = "newest|latest|most recent(?:ly published)?|most recently|last|final"
_OLD = "oldest|earliest|first|very first"
_MANY = r"most(?: number of)?|(?:highest|largest|greatest|maximum|biggest|max|higher|top)(?: (?:total |overall )?(?:number|count|amount) of)?|the greatest number of"
_FEW = r"fewest|least|(?:lowest|smallest|minimum|min)(?: (?:total |overall )?(?:number|count|amount) of)?"
_ADJECTIVES = (
    (
        r"(?:most|least)[- ](?:math(?:s|ematical|ematically)?|equation|formula)[- ]?(?:heavy|dense)|(?:most|least) (?:mathematical|mathy)|(?:math|equation|formula)[- ]heaviest",
        "equations",
    ),
    (r"(?:most|least)[- ]code[- ]heavy|code[- ]heaviest", "code blocks"),
    (r"(?:most|least) (?:heavily )?tagged", "tags"),
    (r"(?:most|least) (?:heavily )?illustrated|(?:most|least) image[- ]heavy", "images"),
    (r"(?:most|least) (?:heavily )?footnoted", "footnotes"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """By what, which way, how many (0: all), and how many to leave out before; `named` when words asked for it."""

    measure: Measure
    descending: bool
    limit: int = 1
    skip: int = 0

    def sql(self) -> str:
        return f"{self.measure.sql} {'DESC' if self.descending else 'ASC'}"

    def words(self) -> str:
        return self.measure.name.replace("_", " ")


def sorting(reading: Reading) -> Order | None:
    """ "newest first", "sorted by length", "from oldest to newest": the order of a list, none left out."""
    text = reading.text
    ends = f"{_NEW}|{_OLD}|{_LONG}|{_SHORT}"
    if m := text.take(
        rf"\b(?:starting |beginning )?(?:from |with )?(?:the )?({ends})(?: {POST_NOUN})? (?:first|(?:down |up )?to (?:the )?(?:{ends}))\b(?: {POST_NOUN}(?= ))?"
    ):
        return _adjective(m[1], 0)
    down = r"(?P<down> ?,? ?(?:(?:in )?(?:descending|decreasing|reverse[d]?|reverse alphabetical|backwards?)(?: order)?|from (?:high|most|longest|highest|largest|newest)\w* to \w+|(?:most|highest|longest|largest|newest|biggest) first|desc))?(?P<up> ?,? ?(?:(?:in )?(?:ascending|increasing)(?: order)?|(?:fewest|lowest|shortest|smallest|least|oldest) first|asc))?"
    verb = r"(?:sort(?:ed|ing)?|order(?:ed|ing)?|rank(?:ed|ing)?|arrange[d]?)(?: (?:it|them|those|these|that|posts?|all|the posts?))*"
    if fullmatch(rf" {verb}.*", text.left):  # "sort the 2019 posts by length"
        text.left = compiled(r"^ (sort|order|rank|arrange) (.+?) (by .+)$").sub(r" \2 \1 \3", text.left)
    elif (
        m := search(rf"{POST_NOUN} by (?=(?:the |their )?(?:number of|word count|length|date|title))", text.left)
    ) and not text.has(r"\b(?:most|longest|shortest|fewest|biggest|largest|smallest|heaviest|how many|top)\b"):
        text.left = text.left.replace(m[0], f"{m[0].removesuffix(' by ')} sorted by ", 1)
    if m := text.take(
        rf"\b(?:and )?(?:{verb} )?(?:in )?(?P<rev>reverse )?(?:alphabetical(?:ly)?|a to z|a-z)(?: order)?(?: by title)?\b|\b{verb} by (?:the )?titles?(?! length)\b"
    ):
        return Order(TITLE, bool(m["rev"]), 0)
    if m := text.take(
        rf"\b(?:{verb} )?(?:in )?(?P<rev>reverse )?(?:chronological(?:ly)?|date) ?(?:order)?\b|\b{verb} by (?:publication )?(?:date|time|age|year)(?: of publication)?{down}"
    ):
        return Order(PUBLISHED, bool(m["rev"]) or bool(m["down"]), 0)
    if m := text.take(
        rf"\b{verb} by (?:the |their |its )?(?:(?:total )?(?:number|count|amount) of )?(?P<noun>title lengths?|title words|incoming links|{ANY_MEASURE}|size|how long they are)(?: in (?:it|them))?{down}(?= )"
    ):
        measure = measure_called(m["noun"]) or WORDS
        return Order(measure, not m["up"], 0)
    return None


def superlative(reading: Reading) -> Order | None:
    """ "the three longest", "second most equations", "the last": a rank, its words taken away."""
    whole = reading.text.left
    found = _ranked(reading, _skip(reading), _limit(reading))
    if found is None:
        reading.text.left = whole  # "top 5" of what is not known: left unread
    return found


def _ranked(reading: Reading, skip: int, limit: int) -> Order | None:
    text = reading.text
    some = limit or 1
    if (host := _host_links(reading)) is not None:
        return Order(host.measure, host.descending, some, skip)
    if m := text.take(
        rf"\b(?:links?|linking|points?)(?: out)? to (?:the )?(?:(?P<few>{_FEW})|{_MANY}) (?:number of )?(?P<noun>(?:external|outside|third-party) )?(?P<what>web ?pages|pages|urls|links|resources|web ?sites|sites|hosts|domains)(?= )"
    ):
        noun = "external links" if fullmatch(r"web ?pages|pages|urls|links|resources", m["what"]) else "hosts"
        if (measure := measure_called(noun)) is not None:
            return Order(measure, not m["few"], some, skip)
    ratio = _ratio(reading)
    if ratio and (
        m := text.take(
            r"\b(?:with |has |have )?(?:the )?(?P<many>highest|largest|greatest|most|biggest)|(?P<few>lowest|smallest|fewest|least)(?= )"
        )
    ):
        return Order(ratio, m["many"] is not None, some, skip)
    if m := text.take(
        rf"\b({_LONG}|{_SHORT})(?: (?:post )?titles?(?: by (?P<by>words|characters|word count))?(?: in (?P<unit>words|characters))?)\b|\btitles? (?:is|are) (?:the )?({_LONG}|{_SHORT})\b(?: in (?P<unit2>words|characters))?"
    ):
        unit = (m["by"] or m["unit"] or m["unit2"] or "").startswith("word")
        return Order(TITLE_WORDS if unit else TITLE_LENGTH, bool(fullmatch(_LONG, m[1] or m[5] or "")), some, skip)
    if m := text.take(
        rf"\btitles? (?:(?:that )?(?:has|have|with|containing|of) )?(?:the )?(?:(?P<few>{_FEW})|{_MANY}) (?P<by>words|characters|letters)(?: in (?:it|them))?(?= )"
    ):
        return Order(TITLE_WORDS if m["by"] == "words" else TITLE_LENGTH, not m["few"], some, skip)
    if text.has(r"\btitles?\b") and (
        m := text.take(
            rf"\b(?:with |has |have )?(?:the )?(?P<few>{_FEW}|shortest)|(?P<many>{_MANY}|longest)(?= titles?\b)"
        )
    ):
        text.take(r"\btitles?\b")
        return Order(TITLE_LENGTH, m["many"] is not None, some, skip)
    if (
        m := text.take(
            rf"\b(?:links?(?: out)?|linking|linked(?: out)?|refers?|cites?|points?) (?:out )?(?:to )?(?:the )?(?P<few>fewest|least|lowest number of)? ?(?:most )?(?:number of )?(?:other )?(?:{POST_NOUN})(?: on (?:the|this|his) blog| the most| most often)?(?= )"
        )
        if text.has(rf"\b{LINK}\b.*\b(?:most|fewest|least)\b(?! (?:often )?(?:linked|cited|referenced))")
        and not text.has(
            r"\bby (?:the )?(?:most|fewest)|\bmost (?:linked|cited|referenced)|linked to by|\b(?:get|are|is) linked"
        )
        else None
    ):
        text.drop(r"\bthemselves\b")
        return Order(LINKS_OUT, not m["few"], some, skip)
    if (
        m := text.take(
            rf"\b(?:(?P<most>most|least)[- ](?:often |frequently |widely |commonly )?(?:linked[- ]?(?:to)?|cited|referenced|referred[- ]to)(?: to)?|(?:(?:is|are|was|gets?|being|been) )*{LINK}(?: to)?(?: (?:the )?(?:most|least|fewest)(?: often| frequently| times)?)?(?: (?:by|from|in) (?:the )?(?:most|fewest|least)?(?: number of)? ?(?:other )?(?:{POST_NOUN})?)(?: the most)?|(?:(?:is|are|gets?|was) )?(?:linked|cited|referenced|referred)(?: to)? (?:the )?(?:most|least)(?: (?:often|frequently|times))?|most (?:other )?{POST_NOUN} link(?:ing)? to)(?: (?:by|from|in|within|internally|elsewhere)(?: (?:his|the|any|all))?(?: other)?(?: {POST_NOUN})?(?: on the blog)?)?(?= )"
        )
        if text.has(r"\b(?:most|least|fewest)\b")
        and text.has(r"\b(?:link|cit|refer)")
        and not text.has(rf"\b(?:most|fewest|least) (?:\w+ )?{_LINK_NOUN}")
        else None
    ):
        text.drop(r"\bby other posts\b|\bin other posts\b|\bother posts\b|\binternally\b")
        return Order(LINKS_IN, not search(r"least|fewest", m[0]), some, skip)
    for words, noun in _ADJECTIVES:
        if (m := text.take(rf"\b(?:{words})(?= )")) and (measure := measure_called(noun)):
            return Order(measure, "least" not in m[0], some, skip)
    if m := text.take(
        rf"\b(?:(?P<many>{_MANY})|(?P<few>{_FEW})) (?:distinct |different )?(?P<noun>{ANY_MEASURE})(?= )(?! (?:per|each) )(?: from other posts)?"
    ):
        measure = measure_called(m["noun"])
        received = m[0].endswith("from other posts") or text.has(r"\b(?:gets?|receives?|attracts?|earns?|draws?)\b")
        if measure in (LINKS_OUT, LINKS_IN) and received:
            measure = LINKS_IN
        if measure:
            return Order(measure, m["many"] is not None, some, skip)
    if m := text.take(
        rf"\b(?:(?P<many>{_LONG}|top|most)|(?P<few>{_SHORT}|least))\b(?P<noun> {POST_NOUN}) (?:by|in|measured in|based on) (?:the )?(?:(?:total )?(?:number|count|amount) of )?(?P<by>{ANY_MEASURE})(?: counts?)?(?= )"
    ):
        text.left += f"{m['noun'].strip()} "
        if (measure := measure_called(m["by"])) is not None:
            return Order(measure, m["many"] is not None, some, skip)
    if m := text.take(
        rf"\b({_LONG}|{_SHORT})\b(?:(?P<noun> {POST_NOUN})? (?:by|in|in terms of|measured in|based on) (?:total )?(?:word count|words|length|number of words|terms of words|size)\b)?"
    ):
        if m["noun"]:
            text.left += "posts "
        order = _adjective(m[1], limit or (5 if text.has(r"· (?:posts|articles)\b(?!.*\bis\b)") and not skip else 1))
        return Order(order.measure, order.descending, order.limit, skip)
    if m := text.take(rf"\b({_NEW}|{_OLD})\b(?: (?:ever|of all))?"):
        plural = text.has(r"· (?:few |couple of )?(?:\w+ ){0,2}(?:posts|articles)\b") and not skip
        order = _adjective(m[1], limit or (5 if plural else 1))
        return Order(order.measure, order.descending, order.limit, skip)
    if skip:
        return Order(PUBLISHED, False, some, skip)
    return None


def _host_links(reading: Reading) -> Order | None:
    """ "the most links to Wikipedia": links to one site."""
    m = search(
        r"\b(?P<way>most|fewest|highest number of|largest number of) (?:links?|references) (?:out )?to ((?!other|the most)[\w.§]+)(?= )"
        r"|\blinks?(?: out)? (?:the )?(?P<way2>most|least)(?: often)? to ((?!other)[\w.§]+)(?= )"
        r"|\b(?:links?(?: out)? to|cites?|references?|points? to|refers? to) ((?!other|the)[\w.§]+) (?:the )?(?P<way3>most|least)(?: often| frequently)?(?= )",
        reading.left,
    )
    condition = host_condition(reading, m[2] or m[4] or m[5]) if m else None
    if m is None or condition is None:
        return None
    name = re.sub(r"\W", "_", m[2] or m[4] or m[5])
    reading.text.left = reading.left.replace(m[0], " · ", 1)
    few = (m["way"] or m["way2"] or m["way3"]) in ("fewest", "least")
    return Order(
        Measure(f"links_to_{name}", f"(SELECT count(*) FROM links k WHERE k.slug = p.slug AND {condition})", ""),
        not few,
    )


def _ratio(reading: Reading) -> Measure | None:
    """One measure for each of another: "ratio of equations to words", "equations per 1000 words", "equation density"."""
    text = reading.text
    if not text.has(r"\b(?:most|highest|largest|greatest|biggest|lowest|smallest|fewest|least)\b"):
        return None
    m = text.take(
        rf"\b(?:ratio|proportion) of (?P<one>{ANY_MEASURE}) to (?P<two>{ANY_MEASURE})\b|\b(?P<one2>{ANY_MEASURE})(?:-to-| to )(?P<two2>{ANY_MEASURE}) ratio\b|\b(?P<one3>{ANY_MEASURE}) per (?P<size>\d+ )?(?P<two3>{ANY_MEASURE})\b|\b(?P<one4>equation|image|code|footnote|link|tag|formula) density\b"
    )
    if m is None:
        return None
    one = measure_called(next(m[name] for name in ("one", "one2", "one3", "one4") if m[name]))
    two = measure_called(next((m[name] for name in ("two", "two2", "two3") if m[name]), "words"))
    if one is None or two is None:
        return None
    size = (m["size"] or ("1" if not m["one4"] else "1000")).strip()
    return Measure(
        f"{one.name}_per_{size + '_' if size != '1' else ''}{two.name}",
        f"round({size}.0 * {one.sql} / nullif({two.sql}, 0), 4)",
        "",
    )


_LINK_NOUN = r"(?:links|references|citations|hyperlinks|backlinks)"


def _adjective(word: str, limit: int) -> Order:
    if fullmatch(_LONG, word) or fullmatch(_SHORT, word):
        return Order(WORDS, bool(fullmatch(_LONG, word)), limit)
    return Order(PUBLISHED, bool(fullmatch(_NEW, word)), limit)


def _limit(reading: Reading) -> int:
    """ "top 5", "the 3 longest", "5 posts with the most", "first 3 posts"."""
    sup = f"{_LONG}|{_SHORT}|{_NEW}|{_OLD}|{_MANY}|{_FEW}|most"
    if m := reading.text.take(r"\btop[- ](\d+)\b(?! (?:per|each))", "top"):
        reading.text.take(rf"\btop(?= (?:\w+ )?(?:{sup})\b|(?: {POST_NOUN})? with)")
        reading.text.take(r"\btop(?= (?:posts|articles) by )", "most")
        reading.text.take(r"\b(?<=most )(?:posts|articles) by (?:number of )?", "")
        reading.text.take(r"\btop(?= )", "most") if not reading.text.has(rf"\b(?:{sup})\b") else None
        return int(m[1])
    if m := reading.text.take(rf"(?<!§)\b(\d+)(?= (?:\w+ )?(?:{sup})\b)(?! of)", ""):
        return int(m[1])
    if m := reading.text.take(
        r"\b(first|last|latest|oldest|earliest|newest|recent|longest|shortest|biggest) (\d+)(?= )(?! (?:words|days|years|months|weeks))"
    ):
        reading.text.left = reading.left.replace("·", m[1], 1)
        return int(m[2])
    if m := reading.text.take(rf"(?<!§)\b(\d+) (?=(?:other )?{POST_NOUN}(?: [\w§-]+)* (?:{sup})\b)", ""):
        return int(m[1])
    return 0


def _skip(reading: Reading) -> int:
    """How many come before the one asked for: "second longest", "the third post", "second to last"."""
    text = reading.text
    if text.take(r"\bpenultimate\b", "last") or text.take(
        r"\b2nd[- ](?:to|from)[- ](?:the )?last\b|\b2nd[- ]last\b|\blast but one\b", "last"
    ):
        return 1
    if m := text.take(rf"\b{ORDINAL}[- ](?:to|from)[- ](?:the )?last\b", "last"):
        return ordinal(m[1]) - 1
    sup = f"{_LONG}|{_SHORT}|{_NEW}|oldest|earliest|most|{_MANY}|{_FEW}|least"
    if m := text.take(rf"\b(\d+(?:nd|rd|th))[- ](?=(?:{sup})\b)", ""):
        return ordinal(m[1]) - 1
    if m := text.take(
        rf"\b(\d+(?:nd|rd|th))(?= (?:ever |blog |[\w-]+ )?(?:{POST_NOUN}|one|thing|ever)(?: |$))|(?<=\b(?:the|was|his) )(\d+(?:nd|rd|th))(?= (?:to be|published|t§|·|$))",
        "·",
    ):
        return ordinal(m[1] or m[2]) - 1
    return 0
