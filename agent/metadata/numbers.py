"""What a question counts, sums or averages over posts, and the numbers a list of posts shows beside titles."""

from __future__ import annotations

import re

from agent.metadata.measures import ANY_MEASURE, TITLE_LENGTH, TITLE_WORDS, WORDS, Measure, measure_called
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import search

HOW_MANY = r"\b(?:how many|(?<!est )(?<!most )(?<!mum )(?<!by )(?<!same )(?<!age )(?<!dian )(?<!mean )(?:the )?(?:total )?(?:number|count) of|(?<=^ )count(?: up)?(?: the)?|(?<=me a )count of)\b"


_AGGREGATE = r"\b(?:(?P<avg>average|mean|on average|averages|typical(?:ly)?)|(?P<median>median)|(?P<sum>total(?: number| count| amount)?(?: of)?|sum(?: of)?|combined|altogether|in total|in all|overall)|(?P<max>maximum|max(?: number)?(?: of)?)|(?P<min>minimum|min(?: number)?(?: of)?))\b"


def of_each(reading: Reading) -> list[str]:
    """ "number of footnotes per post", "how many tags does each post have": a number shown for every post."""
    text = reading.text
    if text.has(r"\b(?:average|mean|median|typical\w*|most|fewest|highest|lowest|total)\b"):
        return []
    of = rf"(?:per|for each|of each|in each|for every|in every|by) (?:single |individual )?(?P<kind>(?:[\w§-]+ ){{0,2}}?){POST_NOUN}"
    m = text.take(
        rf"(?<!how many )\b(?:the )?(?:number of |counts? of )?(?P<noun>{ANY_MEASURE})(?: counts?)? {of}\b"
    ) or text.take(
        rf"\bhow (?:many|long) ?(?P<noun>{ANY_MEASURE})? ?(?:are there |are |is |were |does |did |do |has |have )?(?:in )?(?:each|every)(?: 1)?(?: of (?:the|his|these|those))? (?P<kind>(?:[\w§-]+ ){{0,2}}?){POST_NOUN}(?: (?:have|has|use|contain))?\b"
    )
    if m is None:
        return _facts_of_all(reading)
    measure = measure_called(m["noun"] or "words")
    text.left = text.left.replace("·", f"· every {m['kind']}post ", 1)
    return [f"{measure.sql} AS {measure.name}"] if measure else []


def _facts_of_all(reading: Reading) -> list[str]:
    """ "titles, dates and word counts of the MNIST posts", "posts with their number of images": what a list shows."""
    text = reading.text
    found: list[str] = []
    while m := text.take(
        rf"\b(?:with|and|plus) (?:their|its) (?:total )?(?:number|count) of (?P<noun>{ANY_MEASURE})(?= |$)"
    ):
        found.append(m["noun"])
    fact = rf"(?:titles?|names?|dates?|publication dates|urls?|(?:number of )?(?:{ANY_MEASURE})(?: counts?)?)"
    if m := text.take(
        rf"^ (?:(?:show|list|give|display|get|what are) )?(?:me )?(?:the )?(?P<facts>{fact}(?:(?: ,)?(?: and)? {fact})+) (?:for|of)(?= .*\b(?:{POST_NOUN}|ones)\b)"
    ):
        found += re.findall(rf"\b(?:number of )?({ANY_MEASURE})(?: counts?)?\b", m["facts"])
        text.left = f" list every{text.left.replace('·', '', 1)}"
    measures = [
        measure_called(re.sub(r"(?<!word) counts?$", "", noun)) for noun in found if not re.fullmatch("titles?", noun)
    ]
    return [f"{measure.sql} AS {measure.name}" for measure in measures if measure]


def columns_asked(reading: Reading) -> list[str]:
    """ "and their word counts", "word counts of ...": what a list shows beside titles and dates."""
    columns: list[str] = []
    counts = rf"(?P<noun>{ANY_MEASURE})(?: counts?)?"
    for pattern in (
        rf"\b(?:(?:together |along )?with|and|plus|showing|including) (?:their|its|the)(?: total)?(?: number of)? {counts}(?= (?:for|of|in|from|·|and|,)|\s*$)",
        r"^ (?:what (?:are|were) |show |list |give |me |the |· |of )*(?:the )?(?P<noun>word counts|lengths|[a-z]+ counts)(?= (?:of|for) )",
    ):
        while m := reading.text.take(pattern):
            noun = m["noun"].removesuffix("s") if "count" in m["noun"] else m["noun"]
            measure = (
                measure_called(noun)
                or measure_called(noun.removesuffix(" count") + "s")
                or measure_called(noun.removesuffix("s"))
            )
            if measure is None:
                break
            columns.append(f"{measure.sql} AS {measure.name}")
    return columns


def summed(reading: Reading) -> tuple[Measure | None, str]:
    """The sum of a measure named, for groups: "equations per year"."""
    subject = search(rf"\b{POST_NOUN}\b", reading.left)
    if reading.text.has(r"\bper (?:post|article)\b"):
        return measured(reading, False, False)
    m = search(rf"\b(?:total |number of |total number of )*(?P<noun>{ANY_MEASURE})\b(?: counts?)?", reading.left)
    if m is None or (subject and subject.start() < m.start() and not m[0].startswith(("total", "number"))):
        return measured(reading, False, False)
    reading.text.take(re.escape(m[0]) + r"(?= )")
    return measure_called(m["noun"]), "sum"


def measured(reading: Reading, counted: bool, ranked: bool) -> tuple[Measure | None, str]:
    """What is counted or averaged: ("count" of posts, "sum", "avg" ... of a measure); "" when nothing is."""
    text = reading.text
    m = text.take(_AGGREGATE)
    if m is None and text.has(r"\bper (?:post|article)\b") and not ranked:
        if found := text.take(
            rf"\b(?P<noun>{ANY_MEASURE})(?: (?:are there|does he (?:use|write)))? per (?:post|article)\b"
        ):
            return measure_called(found["noun"]), "avg"
    if m is None and not counted:
        if (long := text.take(r"\bhow long (?:is|are|was|were)\b")) and text.take(
            r"\b(?:average|typical|mean|median)\b"
        ):
            return WORDS, "median" if "median" in long[0] else "avg"
        return None, ""
    how = next((name for name, value in m.groupdict().items() if value), "") if m else ""
    text.drop(_AGGREGATE) if how in ("avg", "median") else None
    if how and (
        title := text.take(
            r"\b(?:title lengths?|lengths? of (?:the |his |all )*titles?|titles? long)\b(?P<unit> in (?:words|characters))?|(?P<unit2>words) (?:in|per) (?:a |the |his |each )?titles?\b"
        )
    ):
        return (TITLE_WORDS if "words" in title[0] else TITLE_LENGTH), how
    if how == "avg" and text.take(r"\b(?:how )?long\b|\blengths?\b(?: in words)?"):
        text.drop(r"\bper (?:post|article)\b")
        return WORDS, "avg"
    noun = search(rf"\b(?P<noun>{ANY_MEASURE})\b", text.left)
    subject = search(rf"\b{POST_NOUN}\b|\btitles\b", text.left)
    if (
        noun
        and measure_called(noun["noun"])
        and not (counted and how != "avg" and how != "median" and subject and subject.start() < noun.start())
        and not (how in ("", "sum") and not counted and subject and subject.start() < noun.start())
    ):
        text.take(re.escape(noun[0]) + r"\b")
        text.drop(r"\bper (?:post|article)\b", r"\bnumber of\b", r"\bcounts?\b", r"\blengths?\b")
        return measure_called(noun["noun"]), how or "sum"
    if how in ("avg", "median", "max", "min"):
        return None, ""
    return (None, "count") if counted else (None, "")


def aggregated(reading: Reading, counted: bool) -> tuple[Measure | None, str]:
    """(measure, how it is put into one number), "" when nothing asks for one."""
    return measured(reading, counted, False)
