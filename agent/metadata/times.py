"""The times a question names (years, months, seasons, dates, weekdays) and what it asks of them, as SQL conditions."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from agent.metadata.measures import ANY_MEASURE, MONTH, WEEKDAY, YEAR, measure_called
from agent.metadata.text import Text, ordinal, search

_MONTHS = {name.lower(): index for index, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): index for index, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_SEASONS = {"spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11), "fall": (9, 10, 11), "winter": (12, 1, 2)}
_DAYS = {name.lower(): index for index, name in enumerate(calendar.day_name, start=1)}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
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


class Times:
    """Reads the times of one text."""

    def __init__(self, text: Text, today: date) -> None:
        self._text = text
        self.today = today
        self.times: list[Time] = []

    def mark(self) -> None:
        """Every time named becomes a placeholder `t§n`."""
        for pattern, read in _NAMED:
            while match := search(pattern, self._text.left):
                time = read(match)
                if time is None:
                    break
                self._put(match, time)
        self._mark_relative()
        self._mark_ranked()

    def _put(self, match: re.Match[str], time: Time) -> None:
        self.times.append(time)
        self._text.left = f"{self._text.left[: match.start()]} t§{len(self.times) - 1} {self._text.left[match.end() :]}"
        self._text.left = f" {' '.join(self._text.left.split())} "

    def _mark_relative(self) -> None:
        today, text = self.today, self._text.left
        if m := search(r"\b(this|last) (year|month)\b", text):
            start = today.replace(day=1) if m[2] == "month" else today.replace(month=1, day=1)
            end = today
            if m[1] == "last":
                end = start - timedelta(days=1)
                start = end.replace(day=1) if m[2] == "month" else end.replace(month=1, day=1)
            self._put(m, _span(start, end, m[0].strip()))
        if m := search(r"\b(?:(?:in|during) )?(this|last|the last|the previous) decade\b", text):
            first = today.year // 10 * 10 - (0 if m[1] == "this" else 10)
            self._put(m, _span(date(first, 1, 1), min(today, date(first + 9, 12, 31)), f"the {first}s"))
        if m := search(
            r"\b(?:within |over |during |in )?the (?:last|past) (\d+ )?(years?|months?|weeks?|days?)\b(?! (?:of|in) )",
            text,
        ):
            count = int(m[1] or 1)
            days = {"y": 365.25, "m": 30.44, "w": 7, "d": 1}[m[2][0]] * count
            self._put(m, _span(today - timedelta(days=round(days)), today, m[0].strip().removeprefix("in ")))

    def _mark_ranked(self) -> None:
        """ "in his busiest year", "from the year with the most equations": the times that a count puts first."""
        while m := search(_RANKED, self._text.left):
            group = {"y": YEAR, "m": MONTH}.get((m["period"] or m["period2"])[0], WEEKDAY)
            measure = measure_called(m["noun"] or "")
            counted = f"sum({measure.sql})" if measure else "count(*)"
            fewest = search(r"\b(?:least|fewest|quietest|slowest)\b", m[0])
            ranked = f"SELECT {group.key} FROM posts p GROUP BY 1 QUALIFY rank() OVER (ORDER BY {counted} {'ASC' if fewest else 'DESC'}) = 1"
            words = m[0].strip().removeprefix(m["kept"]).strip()
            self.times.append(Time(words, f"{group.key} IN ({ranked})"))
            rest = self._text.left[m.end() :].strip()
            self._text.left = f"{self._text.left[: m.start()]}{m['kept']} t§{len(self.times) - 1} {rest} "

    def conditions(self) -> list[Condition]:
        """What the text asks of the times marked, each taken away."""
        found: list[Condition] = []
        while (condition := self._next()) is not None:
            found.append(condition)
        return found

    def listed(self, match: re.Match[str]) -> list[Condition]:
        """The times in a match, each a condition."""
        return [Condition(time.sql, f"in {time.words}") for time in self._in(match[0])]

    def _in(self, text: str) -> list[Time]:
        return [self.times[int(index)] for index in re.findall(r"t§(\d+)", text)]

    def _next(self) -> Condition | None:
        take = self._text.take
        if m := take(
            rf"\b(?:(?:in|during|of|for|over|across) )?(?:between|from) {_T} (?:and|to|until|till|through|up to|-|–) {_T}(?: inclusive)?"
        ):
            return self._from_to(m[0])
        if m := take(rf"(?:\b(?:{_IN}|across) )?{_T} (?:-|–|to|until|through) {_T}"):
            return self._from_to(m[0])
        if m := take(
            rf"\b(?:since|starting (?:in|from|with)|from) {_T} on(?:wards?)?\b|\b(?:since|starting (?:in|from|with)) {_T}(?: on(?:wards?)?\b)?|{_T} on(?:wards?)\b|{_T} (?:or|and) (?:later|after(?:wards)?|newer|onwards?)"
        ):
            return self._bound(m[0], ">=", "since")
        if m := take(rf"\b(?:after|later than|past|following) (?:the end of )?{_T}"):
            return self._bound(m[0], ">", "after")
        if m := take(rf"\b(?:before|prior to|earlier than|older than|up until) (?:the (?:start|beginning) of )?{_T}"):
            return self._bound(m[0], "<", "before")
        if m := take(
            rf"\b(?:until|till|up to|through|no later than|by)(?: the)?(?: end of)? {_T}|{_T} (?:or|and) (?:earlier|before|older)"
        ):
            return self._bound(m[0], "<=", "up to")
        if m := take(
            rf"\b(?:not (?:(?:published|posted|written|released|come out|came out|appear(?:ed)?) )?(?:(?:{_IN}) )?|(?:except|excluding|outside|other than|apart from|besides|but not|ignoring|leaving out|not counting|not including|disregarding|rather than|without)(?: of)? (?:those )?(?:(?:{_IN}) )?){_LIST}"
        ):
            return self._any_of(m[0]).negated()
        if m := take(
            rf"(?:\b(?:{_IN}|dated|dating (?:back )?to|as of) (?:either |both |the months? of |the years? |a |an |any )?)?{_LIST}"
        ):
            return self._any_of(m[0])
        return None

    def _from_to(self, text: str) -> Condition:
        one, two = self._in(text)
        if one.first is None and two.first is not None and one.words.lower() in _MONTHS:  # "between May and July 2018"
            month = _MONTHS[one.words.lower()]
            one = _months(two.first.year, month, month, one.words)
        if (months := [_MONTHS.get(time.words.lower()) for time in (one, two)]) and all(months):
            first_month, last_month = months
            inside = f"month(p.published) BETWEEN {first_month} AND {last_month}"
            if first_month > last_month:  # type: ignore[operator]
                inside = f"(month(p.published) >= {first_month} OR month(p.published) <= {last_month})"
            return Condition(inside, f"from {one.words} to {two.words}")
        if one.first is None or two.last is None or one.last is None or two.first is None:
            return Condition(f"({one.sql} OR {two.sql})", f"in {one.words} or {two.words}")
        first, last = min(one.first, two.first), max(one.last, two.last)
        return Condition(_between(first, last), f"from {one.words} to {two.words}")

    def _bound(self, text: str, operator: str, words: str) -> Condition:
        time = self._in(text)[0]
        day = time.last if operator in (">", "<=") else time.first
        if day is None:  # "after December": a month of no year has no after
            return Condition(time.sql, f"in {time.words}")
        return Condition(f"p.published {operator} DATE '{day}'", f"{words} {time.words}")

    def _any_of(self, text: str) -> Condition:
        times = self._in(text)
        # "in March and 2017" narrows; "in 2016 and 2017" widens
        kinds = {time.first is None for time in times}
        joined = (" AND " if len(kinds) > 1 else " OR ").join(time.sql for time in times)
        way = "on" if all(re.match(r"isodow|day\(|p\.published =", time.sql) for time in times) else "in"
        return Condition(f"({joined})" if len(times) > 1 else joined, f"{way} " + " and ".join(t.words for t in times))


_PERIOD = r"(?:calendar )?(?P<period{}>year|month|weekday|day of the week)"
_RANKED = (
    rf"\b(?P<kept>in|of|from|during|for) (?:the|his) (?:(?:(?:very )?(?:busiest|quietest|slowest)|(?:most|least) (?:productive|prolific|active|busy)) {_PERIOD.format('')}"
    rf"|{_PERIOD.format('2')} (?:(?:in|on|during) which |when |that |where )?(?:with|has|had|saw|(?:he|brian|keng) (?:wrote|published|posted|used|has|had)) the (?:most|fewest|least|highest number of|lowest number of|largest number of)(?: (?:posts|articles|(?P<noun>{ANY_MEASURE})))?)(?= )"
)
_T = r"(?:the )?(?:year |month |months? of |start of |end of |beginning of )?t§\d+"
_IN = r"in|during|on|within|of|for|from|throughout|over|at"
_LIST = rf"{_T}(?: (?:(?:{_IN}) )?t§\d+| ?,? ?(?:and|or|&|/|,|\+) (?:also )?(?:(?:{_IN}) )?(?:the )?t§\d+)*"


def _between(first: date, last: date) -> str:
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        years = f"= {first.year}" if first.year == last.year else f"BETWEEN {first.year} AND {last.year}"
        return f"p.year {years}"
    if first == last:
        return f"p.published = DATE '{first}'"
    return f"p.published BETWEEN DATE '{first}' AND DATE '{last}'"


def _span(first: date, last: date, words: str) -> Time:
    return Time(words, _between(first, last), first, last)


def _months(year: int, first: int, last: int, words: str) -> Time:
    return _span(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), words)


def _day_of(match: re.Match[str]) -> Time | None:
    """A day with month and year, in any order."""
    named = match.groupdict()
    month = _MONTHS[named["month"]] if named["month"] in _MONTHS else int(named["month"])
    try:
        day = date(int(named["year"]), month, 1 if named["day"] == "first" else int(named["day"]))
    except ValueError:
        return None
    return _span(day, day, str(day))


def _month_day(match: re.Match[str]) -> Time:
    day = 1 if match["day"] == "first" else int(match["day"])
    month = _MONTHS[match["month"]]
    return Time(
        f"{calendar.month_name[month]} {day}",
        f"(month(p.published) = {month} AND day(p.published) = {day})",
    )


def _month_year(match: re.Match[str]) -> Time:
    month = _MONTHS[match[1]]
    return _months(int(match[2]), month, month, f"{calendar.month_name[month]} {match[2]}")


def _season_year(match: re.Match[str]) -> Time:
    months = ", ".join(map(str, _SEASONS[match[1]]))
    return Time(f"{match[1]} {match[2]}", f"(p.year = {match[2]} AND month(p.published) IN ({months}))")


def _quarter(match: re.Match[str]) -> Time:
    which = 4 if match["nth"] == "last" else ordinal(match["nth"]) if match["nth"] else int(match["q"])
    return _months(int(match["year"]), 3 * which - 2, 3 * which, f"Q{which} {match['year']}")


def _half(match: re.Match[str]) -> Time:
    first = match[1] == "first"
    year = int(match[2])
    return _months(year, 1 if first else 7, 6 if first else 12, f"the {'first' if first else 'second'} half of {year}")


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
    return _months(year, first, last, f"the {match[1]} {count} months of {year}")


def _decade(match: re.Match[str]) -> Time:
    year = int(match[1])
    return _span(date(year, 1, 1), date(year + 9, 12, 31), f"{year} to {year + 9}")


def _year(match: re.Match[str]) -> Time:
    return _span(date(int(match[1]), 1, 1), date(int(match[1]), 12, 31), match[1])


def _any_month(match: re.Match[str]) -> Time:
    month = _MONTHS[match["month"]]
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


_NAMED = (
    (r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b", _day_of),
    (r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])\b", lambda m: _months(int(m[1]), int(m[2]), int(m[2]), m[0])),
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
        rf"\b(?P<month>{'|'.join(m for m in _MONTHS if m not in ('may', 'mar', 'march', 'dec', 'jan', 'sun'))})s?\b(?! t§)",
        _any_month,
    ),
    (
        r"\b(?:a |the |any )?(?P<season>spring|summer|autumn|winter|(?<=in )fall|(?<=the )fall)(?:s|time)?(?: months)?\b",
        _any_season,
    ),
    (rf"\b(?:a |any )?(?P<day>{_DAY})s?\b", _weekday),
    (
        r"\b(?:(?:a|the|any) )?(?:weekends?|(?:working days?|week days|business days?))\b|(?<=on )(?:a )?weekdays?\b",
        _weekend,
    ),
    (r"(?<=on )the (first|\d\d?(?:st|nd|rd|th))(?: day)? of (?:the|a|any) month\b", _monthday),
)
