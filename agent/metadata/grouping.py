"""What posts are to be put together by ("per year", "by tag"), and what a group must count."""

from __future__ import annotations

from agent.metadata.measures import (
    ANY_MEASURE,
    GROUPS,
    YEAR,
    Group,
    Measure,
    measure_called,
)
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import NUMBER, number

CHART = r"(?:(?<=^ )|(?<=\band )|(?<=\byou )|(?<=\bplease )|(?<=\bto )|(?<=· ))(?:plot|chart|graph|draw|visuali[sz]e|diagram)\b(?: me| of| showing| for)?(?: out)?|\b(?:(?:as |in |into |with )?(?:a |an )?(?:bar |line |column )?(?:chart|plot|graph|histogram|diagram)(?: of| showing| with| for)?)\b|\b(?:as|in|into|make|draw|build|me) (?:it |that |this |them )?(?:a |an )?table\b(?: of(?! contents)| showing| with| for)?|^ (?:a )?table of\b(?! contents)"


EACH = r"(?:per|by|for each|in each|of each|each|every|for every|in every|broken down by|grouped by|split by|group by|across(?: the)?|over the|against|on each|with each|within each|for all|for the different)"


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


def measure_threshold(reading: Reading) -> tuple[str, Measure | None]:
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
            rf"\b(?:(?:for|in|of|by|from|(?<!§\d )on) )?{EACH} (?:of the |single |different |calendar |individual )?(?:{group.nouns})(?: (?:of the blog|he published))?(?= )(?! (?:post|posts)\b)"
        ):
            return group
    return None
