"""The times a question names (years, months, seasons, dates, weekdays) and what it asks of them, as SQL conditions."""

from __future__ import annotations

import re
from datetime import date, timedelta

from agent.metadata.measures import ANY_MEASURE, MONTH, WEEKDAY, YEAR, measure_called
from agent.metadata.periods import MONTHS, NAMED, Condition, Time, days_between, months_of, stretch
from agent.metadata.text import Text, search


class Times:
    """Reads the times of one text."""

    def __init__(self, text: Text, today: date) -> None:
        self._text = text
        self.today = today
        self.times: list[Time] = []

    def mark(self) -> None:
        """Every time named becomes a placeholder `t§n`."""
        for pattern, read in NAMED:
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
            self._put(m, stretch(start, end, m[0].strip()))
        if m := search(r"\b(?:(?:in|during) )?(this|last|the last|the previous) decade\b", text):
            first = today.year // 10 * 10 - (0 if m[1] == "this" else 10)
            self._put(m, stretch(date(first, 1, 1), min(today, date(first + 9, 12, 31)), f"the {first}s"))
        if m := search(
            r"\b(?:within |over |during |in )?the (?:last|past) (\d+ )?(years?|months?|weeks?|days?)\b(?! (?:of|in) )",
            text,
        ):
            count = int(m[1] or 1)
            days = {"y": 365.25, "m": 30.44, "w": 7, "d": 1}[m[2][0]] * count
            self._put(m, stretch(today - timedelta(days=round(days)), today, m[0].strip().removeprefix("in ")))

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
        if one.first is None and two.first is not None and one.words.lower() in MONTHS:  # "between May and July 2018"
            month = MONTHS[one.words.lower()]
            one = months_of(two.first.year, month, month, one.words)
        if (months := [MONTHS.get(time.words.lower()) for time in (one, two)]) and all(months):
            first_month, last_month = months
            inside = f"month(p.published) BETWEEN {first_month} AND {last_month}"
            if first_month > last_month:  # type: ignore[operator]
                inside = f"(month(p.published) >= {first_month} OR month(p.published) <= {last_month})"
            return Condition(inside, f"from {one.words} to {two.words}")
        if one.first is None or two.last is None or one.last is None or two.first is None:
            return Condition(f"({one.sql} OR {two.sql})", f"in {one.words} or {two.words}")
        first, last = min(one.first, two.first), max(one.last, two.last)
        return Condition(days_between(first, last), f"from {one.words} to {two.words}")

    def _bound(self, text: str, operator: str, words: str) -> Condition:
        time = self._of_year(self._in(text)[0])
        day = time.last if operator in (">", "<=") else time.first
        if day is None:  # "after December": a month of no year has no after
            return Condition(time.sql, f"in {time.words}")
        return Condition(f"p.published {operator} DATE '{day}'", f"{words} {time.words}")

    def _of_year(self, time: Time) -> Time:
        """ "in 2017 before June": a month by itself is of the one year that is named."""
        month = MONTHS.get(time.words.lower())
        years = [one for one in self.times if re.fullmatch(r"(?:19|20)\d\d", one.words)]
        if time.first is not None or month is None or len(years) != 1:
            return time
        return months_of(int(years[0].words), month, month, f"{time.words} {years[0].words}")

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
