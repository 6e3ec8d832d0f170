"""Whether the SQL of a question shows all that its words ask for: its numbers, its ranks, its negations, its averages.

Recognisers take words away one after another; this is the check that none took a word without using it. A question that
loses one is not understood, for a table that answers another question is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.metadata.periods import Time
from agent.metadata.text import finditer, search

_SIGNS: tuple[tuple[str, str], ...] = (
    (
        r"\b(?:longest|shortest|newest|latest|oldest|earliest|fewest|highest|lowest|largest|smallest|biggest|busiest|top|wordiest)\b|(?<!at )\b(?:most|least)\b(?! of\b)",
        r"rank\(\)|LIMIT|ORDER BY (?!1\b)|max\(|min\(|arg_",
    ),
    (r"\b(?:first|last)\b(?! (?:name|time))", r"rank\(\)|LIMIT|max\(|min\(|arg_|DESC|ASC|NOT EXISTS|lag\("),
    (r"\b(?:each|every|per) (?:[\w§-]+ ){0,2}?(?:post|article)\b", r"avg\(|median\(|p\.title|/|PARTITION|rank\(\)"),
    (r"\b(?:average|mean|median|typical|typically)\b", r"avg\(|median\("),
    (
        r"\b(?:not|without|never|neither|nor|except|excluding|lacking|lack|lacks|untagged|unlinked)\b|\bno (?!more\b|later\b|\d)",
        r"NOT|= 0|<>|EXCEPT|<=|[<>]|HAVING|IS NULL",
    ),
    (r"\b(?:have|has|with|contain|use|had|but|yet) (?:at least )?(?:any|some)(?= ,|  ?$| $)", r"> 0|>= 1|= 0|EXISTS"),
    (r"\b(?:longest|shortest|wordiest|lengthiest)\b", r"word_count|length|len\(|days"),
    (
        r"^ (?:in |on |during )?(?:which|what) (?:year|month|weekday|quarter|season)\b",
        r"year|month|day|quarter|season|rank\(\) OVER \(ORDER BY p\.published",
    ),
    (r"\b(?:newest|latest|oldest|earliest|most recent)\b", r"published"),
    (r"\b(?:since|before|after|until|till|between)(?: \w+){0,3} t§", r"[<>]|BETWEEN|NOT|lag\(|_slug"),
    (r"\b(?:percentage|percent|proportion|fraction)\b", r"100\.0|/"),
    (r"\bword counts?\b", r"word_count|words"),
    (r"\bequations\b", r"equation"),
    (r"\b(?:images|figures|pictures|diagrams)\b", r"image|figure|picture|diagram"),
    (r"\bfoot ?notes\b", r"foot ?note"),
    (r"\b(?:sections|headings)\b", r"section|heading"),
    (r"\bsub-?(?:sections|headings)\b", r"len\(s\.path\) > 1|s\.level >"),
    (r"\b(?:top[- ]?level|main|major) (?:sections|headings)\b", r"top_sections|s\.level ="),
    (r"\b(?:tagged|tags?)\b", r"tag|topics"),
    (r"\b(?:links?|linked|cites?|cited)\b", r"link|_slug"),
    (r"\btitles?\b", r"title"),
    (r"\bcode\b", r"code"),
    (r"\bnotebooks?\b", r"ipynb|notebook"),
    (r"\b(?:cumulative|running total)\b", r"OVER \(ORDER BY"),
    (r"\b(?:per|for each|by|every) (?:year|month|weekday|quarter|season)\b", r"GROUP BY|PARTITION BY|ORDER BY|_gap_|/ 12"),
)  # fmt: skip
_NUMBER = r"(?<![\w§.-])(\d+)(st|nd|rd|th)?(?![\w.]*\d)(?![\w-]*-(?:word|character|letter))"
_PAIR = r"(?: \w+)? (?:consecutive|successive|adjacent|posts|articles|years|tags|of them)\b|(?= $)"


def lost(text: str, sql: str, times: Sequence[Time] = ()) -> list[str]:
    """The words of a simplified question that ask for what `sql` does not show."""
    words = [m[0].strip() for asked, shown in _SIGNS if (m := search(asked, text)) and not re.search(shown, sql)]
    for index in re.findall(r"t§(\d+)", text):
        words += [year for year in re.findall(r"(?:19|20)\d\d", times[int(index)].words) if year not in sql]
    shown = {int(digits) for digits in re.findall(r"(?<![\w.'])\d+", sql)}
    for m in finditer(_NUMBER, text):
        value = int(m[1])
        if value in shown or (m[2] and value - 1 in shown) or value == 1:
            continue
        if value == 2 and search(_PAIR, text[m.end() :][:40]) and _two(sql):
            continue
        words.append(m[0])
    return words


def _two(sql: str) -> bool:
    """Whether two things are set side by side."""
    return bool(re.search(r"lag\(|UNION ALL|IN \(|INTERSECT|slug = .* slug = ", sql))
