"""The periods a question can name (years, months, seasons, quarters, dates, weekdays), each with its SQL."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from agent.metadata.text import ordinal

MONTHS = {name.lower(): index for index, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): index for index, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_SEASONS = {"spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11), "fall": (9, 10, 11), "winter": (12, 1, 2)}
_DAYS = {name.lower(): index for index, name in enumerate(calendar.day_name, start=1)}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_SEASON = "|".join(_SEASONS)
_DAY = "|".join(_DAYS)
_YEAR = r"((?:19|20)\d\d)"
_NTH = r"(\d{1,2})(?:st|nd|rd|th)?|first"
_PART = r"(first|last|latter|2nd|3rd|4th)"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a post must fulfil, in SQL over `posts p` and in words."""

    sql: str
    words: str

    def negated(self) -> Condition:
        return Condition(f"NOT coalesce(({self.sql}), false)", f"not {self.words}")


@dataclass(frozen=True, slots=True)
class Time:
    """A stretch of days, or days that come again; `first` and `last` are None for the latter."""

    words: str
    sql: str
    first: date | None = None
    last: date | None = None


def days_between(first: date, last: date) -> str:
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        years = f"= {first.year}" if first.year == last.year else f"BETWEEN {first.year} AND {last.year}"
        return f"p.year {years}"
    if first == last:
        return f"p.published = DATE '{first}'"
    return f"p.published BETWEEN DATE '{first}' AND DATE '{last}'"


def stretch(first: date, last: date, words: str) -> Time:
    return Time(words, days_between(first, last), first, last)


def months_of(year: int, first: int, last: int, words: str) -> Time:
    return stretch(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), words)


def _day_of(match: re.Match[str]) -> Time | None:
    """A day with month and year, in any order."""
    named = match.groupdict()
    month = MONTHS[named["month"]] if named["month"] in MONTHS else int(named["month"])
    try:
        day = date(int(named["year"]), month, 1 if named["day"] == "first" else int(named["day"]))
    except ValueError:
        return None
    return stretch(day, day, str(day))


def _month_day(match: re.Match[str]) -> Time:
    day = 1 if match["day"] == "first" else int(match["day"])
    month = MONTHS[match["month"]]
    return Time(
        f"{calendar.month_name[month]} {day}",
        f"(month(p.published) = {month} AND day(p.published) = {day})",
    )


def _month_year(match: re.Match[str]) -> Time:
    month = MONTHS[match[1]]
    return months_of(int(match[2]), month, month, f"{calendar.month_name[month]} {match[2]}")


def _season_year(match: re.Match[str]) -> Time:
    months = ", ".join(map(str, _SEASONS[match[1]]))
    return Time(f"{match[1]} {match[2]}", f"(p.year = {match[2]} AND month(p.published) IN ({months}))")


def _quarter(match: re.Match[str]) -> Time:
    which = 4 if match["nth"] == "last" else ordinal(match["nth"]) if match["nth"] else int(match["q"])
    return months_of(int(match["year"]), 3 * which - 2, 3 * which, f"Q{which} {match['year']}")


def _half(match: re.Match[str]) -> Time:
    first = match[1] == "first"
    year = int(match[2])
    return months_of(
        year, 1 if first else 7, 6 if first else 12, f"the {'first' if first else 'second'} half of {year}"
    )


def _any_part(match: re.Match[str]) -> Time | None:
    """A quarter or half of every year."""
    size = 3 if match["part"] == "quarter" else 6
    parts = 12 // size
    which = parts if match["nth"] in ("last", "latter") else ordinal(match["nth"])
    if which > parts:
        return None
    return Time(
        f"the {match['nth']} {match['part']} of the year",
        f"month(p.published) BETWEEN {size * (which - 1) + 1} AND {size * which}",
    )


def _end_months(match: re.Match[str]) -> Time | None:
    count, year = int(match[2]), int(match[3])
    if not 1 <= count <= 12:
        return None
    first, last = (1, count) if match[1] == "first" else (13 - count, 12)
    return months_of(year, first, last, f"the {match[1]} {count} months of {year}")


def _decade(match: re.Match[str]) -> Time:
    year = int(match[1])
    return stretch(date(year, 1, 1), date(year + 9, 12, 31), f"{year} to {year + 9}")


def _year(match: re.Match[str]) -> Time:
    return stretch(date(int(match[1]), 1, 1), date(int(match[1]), 12, 31), match[1])


def _any_month(match: re.Match[str]) -> Time:
    month = MONTHS[match["month"]]
    return Time(calendar.month_name[month], f"month(p.published) = {month}")


def _any_season(match: re.Match[str]) -> Time:
    return Time(match["season"], f"month(p.published) IN ({', '.join(map(str, _SEASONS[match['season']]))})")


def _weekday(match: re.Match[str]) -> Time:
    day = match["day"].removesuffix("s")
    return Time(day.capitalize(), f"isodow(p.published) = {_DAYS[day]}")


def _weekend(match: re.Match[str]) -> Time:
    weekend = match[0].strip().split()[-1].startswith("weekend")
    return Time(
        "a weekend" if weekend else "a working day",
        f"isodow(p.published) {'>' if weekend else '<'} {5 if weekend else 6}",
    )


def _monthday(match: re.Match[str]) -> Time:
    return Time(f"day {ordinal(match[1])} of a month", f"day(p.published) = {ordinal(match[1])}")


NAMED = (
    (r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b", _day_of),
    (r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])\b", lambda m: months_of(int(m[1]), int(m[2]), int(m[2]), m[0])),
    (rf"\b(?:the )?(?P<day>{_NTH})(?: of)? (?P<month>{_MONTH})(?: ,)?(?: of)? (?P<year>(?:19|20)\d\d)\b", _day_of),
    (rf"\b(?P<month>{_MONTH}) (?:the )?(?P<day>{_NTH})(?: ,)? (?P<year>(?:19|20)\d\d)\b", _day_of),
    (rf"\b({_MONTH})(?: ,| of| in)? {_YEAR}\b", _month_year),
    (rf"\b(?:the )?({_SEASON})(?: ,| of| in)? {_YEAR}\b", _season_year),
    (
        rf"\b(?:the )?(?:q(?P<q>[1-4])|(?P<nth>{_PART[1:-1]}) quarter)(?: of| in| ,)? (?P<year>(?:19|20)\d\d)\b",
        _quarter,
    ),
    (rf"\b(?:the )?{_PART} half of {_YEAR}\b", _half),
    (rf"\b(?:the )?(first|last) (\d+) months (?:of|in) {_YEAR}\b", _end_months),
    (
        rf"\b(?:the )?(?P<nth>{_PART[1:-1]}) (?P<part>quarter|half)(?: of (?:the|a|any|each|every) (?:calendar )?year)?(?= )",
        _any_part,
    ),
    (r"\bthe ((?:19|20)\d0)s\b", _decade),
    (
        rf"(?:(?<= in )|(?<= of )|(?<= since )|(?<= during )|(?<= before )|(?<= after )|(?<= from )){_YEAR}(?![\w.-]*\w)",
        _year,
    ),
    (
        rf"(?<![\w§.-]){_YEAR}(?![\w.-]*\w)(?! (?:(?:and|to|or|-|–) \d+ )?(?:or (?:more|fewer|less) )?(?:words?|equations?|characters?|formulas?|inline|links?)\b)",
        _year,
    ),
    (rf"\b(?P<month>{_MONTH}) (?P<day>\d\d?)(?:st|nd|rd|th)\b", _month_day),
    (rf"\b(?:the )?(?P<day>\d\d?)(?:st|nd|rd|th) of (?P<month>{_MONTH})\b", _month_day),
    (
        rf"(?:(?<=\b(?:in|of|or|by) )|(?<=\bbetween )|(?<=\bfrom )|(?<=\bsince )|(?<=\bafter )|(?<=\bbefore )|(?<=\buntil )|(?<=\bof both ))(?:a |any |the month of |the months of )?(?P<month>{_MONTH})s?\b",
        _any_month,
    ),
    (rf"(?:(?<=§\d and )|(?<=§\d or ))(?P<month>{_MONTH})\b", _any_month),
    (
        rf"\b(?P<month>{'|'.join(m for m in MONTHS if m not in ('may', 'mar', 'march', 'dec', 'jan', 'sun'))})s?\b(?! t§)",
        _any_month,
    ),
    (
        r"\b(?:a |the |any )?(?P<season>spring|summer|autumn|winter|(?<=in )fall|(?<=the )fall)(?:s|time)?(?: months)?\b",
        _any_season,
    ),
    (rf"\b(?:a |any )?(?P<day>{_DAY})s?\b", _weekday),
    (
        r"\b(?:(?:a|the|any) )?(?:weekends?|(?:working days?|week days|business days?))\b|(?<= on )(?:a )?weekdays?\b",
        _weekend,
    ),
    (r"(?<=on )the (first|\d\d?(?:st|nd|rd|th))(?: day)? of (?:the|a|any) month\b", _monthday),
)
