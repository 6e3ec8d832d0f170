"""Questions about the posts as things (how many, which, when, the longest) to SQL, piece by piece.

A question is read by recognisers that each take away the words they understand: names and filters (question_filters),
then measure, order and grouping. What they leave decides: if any word of substance is left over, the question is not
about metadata and None is returned, so that "How many layers did his PixelCNN have?" goes to search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.lexicon import Vocabulary
from agent.question_filters import LINKS_IN, LINKS_OUT, MEASURES, NUMBER, Reading, integer, literal

_SUBJECT = r"posts?|articles?|entries|entry|everything|anything|something|notebooks?|write-?ups?|titles?"
_WHEN = r"(?:in|from|since|before|after|until|during) (?:19|20)\d\d"
_READ_VERBS = frozenset(
    "argue argues say says about discuss discusses claim claims conclude concludes cover covers explain explains describe teach mean summarise summarize".split()
)


@dataclass(frozen=True, slots=True)
class MetadataQuestion:
    """A question understood: its SQL, how to word the result, and whether the post found is then to be read."""

    sql: str
    form: str
    """"number", "list", "top", "groups", "value" or "compare"."""
    unit: str
    about: str
    """The filters in words, "" for the whole blog."""
    then_read: bool = False


def understand(question: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """The SQL that answers a question about metadata, None when it asks for something else."""
    return _Shapes(question, vocabulary).result()


def refine(previous: str, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """A follow-up such as "only the Bayesian ones" or "make that a bar chart", read together with the question before."""
    text = follow_up.lower().strip(" ?.!")
    base = understand(previous, vocabulary)
    if base is None:
        return None
    if re.search(r"\b(?:chart|plot|graph|table)\b", text) or re.search(
        r"\bwhich (?:of those|of them|one|year)\b.*\b(?:most|more)\b", text
    ):
        return base
    only = re.search(r"\b(?:only|just)\s+(?:the\s+)?(.+?)(?:\s+(?:ones?|posts?|articles?))?$", text)
    if only and (tags := _tags_in(only[1], vocabulary)):
        return understand(f"{previous.strip(' ?')} tagged {' and '.join(tags)}", vocabulary)
    when = re.search(rf"\b{_WHEN}\b", text)
    if when is None:
        return None
    asked = re.sub(rf"\b{_WHEN}\b", "", previous, flags=re.I).strip(" ?")
    return understand(f"{asked} {when[0]}", vocabulary)


def _tags_in(text: str, vocabulary: Vocabulary) -> list[str]:
    return [tag for tag in vocabulary.tags if re.search(rf"(?<!\w){re.escape(tag)}(?!\w)", text.lower())]


class _Shapes(Reading):
    """The kinds of metadata question, tried in turn on one reading."""

    def result(self) -> MetadataQuestion | None:
        self.take_quoted()
        self.take_named_posts()
        for special in (self._neighbour, self._days_apart, self._gaps, self._weekday):
            if (found := special()) is not None:
                return found if self.nothing_left() else None
        self.take_times()
        self.take_tags()
        self.take_title_words()
        self.take_thresholds()
        shape = self._links() or self._of_one_post() or self._about_tags() or self._compared() or self._about_posts()
        return shape

    def _neighbour(self) -> MetadataQuestion | None:
        if len(self.spec.posts) != 1:
            return None
        m = self.take(
            r"\b(?:(?:just|right|immediately|directly|published|posted|came|next|previous|the one|one|post|article)\s+)*(before|after|preced\w+|follow\w+)\s+POSTREF"
        )
        if m is None:
            return None
        column = (
            "prev_slug"
            if m[1].lower().startswith(("before", "preced", "follow" if "followed by" in self.lower else "preced"))
            else "next_slug"
        )
        slug = literal(self.spec.posts[0])
        sql = f"SELECT title, published, url FROM posts WHERE slug = (SELECT {column} FROM posts WHERE slug = {slug})"
        return MetadataQuestion(sql, "list", "posts", "")

    def _days_apart(self) -> MetadataQuestion | None:
        if len(self.spec.posts) != 2 or not self.take(r"\bhow (?:many (?:days|weeks|months)|long|much time)\b"):
            return None
        if not self.take(r"\b(?:apart|between|separate[sd]?|passed|elapsed|from POSTREF to)\b"):
            return None
        self.left = self.left.replace("POSTREF", " ")
        one, two = (literal(slug) for slug in self.spec.posts)
        sql = (
            "SELECT abs(date_diff('day', a.published, b.published)) AS days, a.published AS first, b.published AS second"
            f" FROM posts a, posts b WHERE a.slug = {one} AND b.slug = {two}"
        )
        return MetadataQuestion(sql, "number", "days", "between the two posts")

    def _gaps(self) -> MetadataQuestion | None:
        if not self.take(r"\b(?:(?:time|days?) between|gaps?|breaks?|pauses?|hiatus)\b"):
            return None
        self.take(r"\bin days\b")
        average = self.take(r"\b(?:average|mean|typical)\b")
        shortest = self.take(r"\b(?:shortest|smallest|minimum)\b")
        self.take(r"\b(?:longest|largest|biggest|maximum|greatest)\b")
        if self.take(
            r"\b(?:for each year|each year|per year|by year|of (?:that|each|the same) year|within (?:a|the same) year)\b"
        ):
            self.take(r"\bof (?:that|each|the same) year\b")
            self.take(rf"\bwith (?:at least|more than) {NUMBER} posts\b")
            self.drop(r"\b(?:any )?(?:two )?(?:consecutive|successive)\b")
            sql = (
                "SELECT year, round(avg(days), 1) AS average_gap_days FROM (SELECT year, date_diff('day', lag(published)"
                " OVER (PARTITION BY year ORDER BY published), published) AS days FROM posts)"
                " GROUP BY year HAVING count(days) >= 1 ORDER BY year"
            )
            return MetadataQuestion(sql, "groups", "days", "average gap within each year")
        self.drop(r"\b(?:any )?(?:two )?(?:consecutive|successive)\b")
        gaps = (
            "SELECT date_diff('day', lag(published) OVER (ORDER BY published), published) AS days,"
            " lag(title) OVER (ORDER BY published) AS after, title AS before, published FROM posts"
        )
        if average:
            return MetadataQuestion(
                f"SELECT round(avg(days), 1) AS average_gap_days FROM ({gaps})", "number", "days", "average gap"
            )
        order = "ASC" if shortest else "DESC"
        sql = (
            f"SELECT days, after, before, published FROM ({gaps}) WHERE days IS NOT NULL ORDER BY days {order} LIMIT 1"
        )
        return MetadataQuestion(sql, "number", "days", "shortest gap" if shortest else "longest gap")

    def _weekday(self) -> MetadataQuestion | None:
        if not self.take(
            r"\b(?:what|which) (?:day of the week|weekday)\b|\bon (?:what|which) (?:day of the week|weekday)\b"
        ):
            return None
        if self.spec.posts:
            self.left = self.left.replace("POSTREF", " ")
            sql = f"SELECT dayname(published) AS weekday, title, published FROM posts WHERE slug = {literal(self.spec.posts[0])}"
            return MetadataQuestion(sql, "value", "weekday", "")
        self.take_times()
        self.take(r"\bmost (?:often|frequently|posts)|most\b")
        sql = f"SELECT dayname(published) AS weekday, count(*) AS posts FROM posts p{self.where()} GROUP BY 1 ORDER BY 2 DESC"
        return MetadataQuestion(sql, "groups", "posts", self.about())

    def _links(self) -> MetadataQuestion | None:
        lower = self.left.lower()
        if not re.search(r"\blink|\bcite|\brefer(?:s|enced?)?\b|\bpoint", lower):
            return None
        verb = r"(?:link(?:s|ed)?(?: back)?|cite[sd]?|refer(?:s|red|enced?)?|point(?:s|ed)?)"
        if len(self.spec.posts) == 2 and re.search(r"\b(?:more|most|fewer)\b", lower):
            by = re.search(rf"{verb} (?:to )?by\b|incoming|inbound", lower)
            self.drop(verb, r"\b(?:to|by|incoming|inbound|more|most|fewer|often)\b")
            return self._compare(LINKS_IN if by else LINKS_OUT, "links")
        if len(self.spec.posts) == 1:
            slug = literal(self.spec.posts[0])
            incoming = re.search(rf"(?:{verb})(?: (?:to|at))? (?:the )?·? ?postref", lower)
            count = re.search(r"\bhow many\b", lower)
            self.drop(
                verb,
                r"\b(?:to|by|back|out|internal|earlier|later|elsewhere|within|incoming|inbound|outgoing)\b",
                "POSTREF",
            )
            if not self.nothing_left():
                return None
            inner, outer = ("k.slug", "k.target_slug") if incoming else ("k.target_slug", "k.slug")
            chosen = "count(*) AS posts" if count else "p.title, p.published, p.url"
            order = "" if count else " ORDER BY p.published"
            sql = f"SELECT {chosen} FROM post_links k JOIN posts p ON p.slug = {inner} WHERE {outer} = {slug}{order}"
            about = "linking to it" if incoming else "it links to"
            return MetadataQuestion(sql, "number" if count else "list", "posts", about)
        if re.search(r"\b(?:most|fewest)\b", lower) and not self.spec.posts:
            by = re.search(
                rf"{verb} (?:to )?(?:by|from)\b|most (?:linked|cited|referenced|referred)|incoming|inbound|most links to it",
                lower,
            )
            self.drop(verb, r"\b(?:to|by|from|most|incoming|inbound|outgoing|internal|often|frequently|themselves)\b")
            return self._top(LINKS_IN if by else LINKS_OUT, "links") if self.nothing_left() else None
        return None

    def _of_one_post(self) -> MetadataQuestion | None:
        """Tags, sections, date or a count of one named post."""
        if len(self.spec.posts) != 1:
            return None
        slug = literal(self.spec.posts[0])
        count = bool(re.search(r"\bhow (?:many|long)\b|\bnumber of\b|\bcount\b", self.left, re.I))
        if not count and self.take(r"\btop[- ]level (?:sections?|headings?)|main (?:sections?|headings?)\b"):
            self.drop("POSTREF")
            sql = (
                f"SELECT heading, position FROM sections WHERE slug = {slug} AND position > 0 AND level ="
                f" (SELECT min(level) FROM sections WHERE slug = {slug} AND position > 0) ORDER BY position"
            )
            return MetadataQuestion(sql, "list", "sections", "") if self.nothing_left() else None
        if not count and self.take(r"\b(?:sub)?sections?|headings?|outline|table of contents\b"):
            self.drop("POSTREF")
            sql = (
                f"SELECT heading, level, position FROM sections WHERE slug = {slug} AND position > 0 ORDER BY position"
            )
            return MetadataQuestion(sql, "list", "sections", "") if self.nothing_left() else None
        if not count and self.take(r"\btags?|topics?\b"):
            self.drop("POSTREF", r"\btagged\b")
            sql = f"SELECT tag FROM topics WHERE slug = {slug} ORDER BY tag"
            return MetadataQuestion(sql, "list", "tags", "") if self.nothing_left() else None
        if not count and self.take(
            r"\b(?:when|what (?:date|year|month|day)|which (?:year|month|date|day)|date|how old|publication date)\b"
        ):
            self.drop("POSTREF", r"\b(?:come|came|out|released|release|appear|on|old)\b")
            sql = f"SELECT published, title, url FROM posts WHERE slug = {slug}"
            return MetadataQuestion(sql, "value", "published", "") if self.nothing_left() else None
        if count:
            for words, sql_measure, unit in [*MEASURES, (r"how long", "word_count", "words")]:
                if self.take(rf"\b(?:{words})\b"):
                    self.drop("POSTREF")
                    sql = f"SELECT {sql_measure} AS {unit.replace(' ', '_')}, title FROM posts p WHERE slug = {slug}"
                    return MetadataQuestion(sql, "number", unit, "in that post") if self.nothing_left() else None
        return None

    def _about_tags(self) -> MetadataQuestion | None:
        """The tags themselves: how many, which, the most used."""
        if self.spec.posts or not re.search(r"\b(?:tags?|topics?)\b", self.left, re.I):
            return None
        if not re.search(
            r"\b(?:how many|number of|count|which|what|list|all|most|top|common|popular|show)\b[^?]*\b(?:tags?|topics?)\b",
            self.left,
            re.I,
        ):
            return None
        if re.search(r"\bmost tags\b|\bposts?\b.*\btags\b(?!.*\bposts?\b)", self.left, re.I) and not self.spec.having:
            return None
        where = [f"p.slug = t.slug AND {condition}" for condition in self.spec.where]
        source = "topics t" + (f" JOIN posts p ON {' AND '.join(where)}" if where else "")
        left_out = ""
        if m := self.take(
            r"\b(?:leaving out|excluding|except|without|ignoring|not counting|apart from) [\"'“]?([\w -]+?)[\"'”]?(?= [?.!]|[?.!]| $)"
        ):
            left_out = f" WHERE lower(t.tag) <> {literal(m[1].strip().lower())}"
        top = self.take(
            rf"\b(?:top|the)? ?{NUMBER}? ?(?:most (?:often |frequently |commonly )?(?:common|used|popular|frequent)?|top) ?{NUMBER}?\b"
        )
        counted = re.search(r"\bhow many\b|\bnumber of\b|\bcount\b", self.left, re.I)
        self.drop(r"\b(?:tags?|topics?|across|there|blog's|used|often|frequently|common)\b", r"\bposts?\b")
        if not self.nothing_left():
            return None
        having = f" HAVING {self.spec.having}" if self.spec.having else ""
        grouped = f"SELECT t.tag, count(*) AS posts FROM {source}{left_out} GROUP BY t.tag{having}"
        if counted and not top:
            return MetadataQuestion(f"SELECT count(*) AS tags FROM ({grouped})", "number", "tags", self.about())
        if top:
            limit = integer(next((g for g in top.groups() if g), "1"))
            sql = f"{grouped} QUALIFY rank() OVER (ORDER BY count(*) DESC) <= {limit} ORDER BY posts DESC, t.tag"
            return MetadataQuestion(sql, "top", "posts", self.about())
        return MetadataQuestion(f"{grouped} ORDER BY t.tag", "groups", "posts", self.about())

    def _compared(self) -> MetadataQuestion | None:
        if len(self.spec.posts) != 2:
            return None
        for words, measure, unit in [*MEASURES, (r"longer|shorter", "word_count", "words")]:
            if self.take(rf"\b(?:(?:more|fewer|most) )?(?:{words})\b"):
                return self._compare(measure, unit)
        if self.take(r"\b(?:older|newer|earlier|later|first|came first|more recent|before)\b"):
            return self._compare(
                "published", "published", ascending=bool(re.search(r"older|earlier|first|before", self.lower))
            )
        return None

    def _compare(self, measure: str, unit: str, ascending: bool = False) -> MetadataQuestion | None:
        self.drop("POSTREF", r"\b(?:more|fewer|most|by|has|than|longer|shorter)\b")
        if not self.nothing_left():
            return None
        ascending = ascending or bool(re.search(r"\bfewer|shorter|less\b", self.lower))
        slugs = ", ".join(literal(slug) for slug in self.spec.posts)
        order = "ASC" if ascending else "DESC"
        sql = f"SELECT title, {measure} AS {unit} FROM posts p WHERE slug IN ({slugs}) ORDER BY 2 {order}"
        return MetadataQuestion(sql, "compare", unit, "")

    def _about_posts(self) -> MetadataQuestion | None:
        """Counts, lists, rankings and groups of posts."""
        if self.spec.posts:
            return None
        order = self._order()
        chart = self.take(r"\b(?:plot|chart|graph|draw|visuali[sz]e|bar chart|histogram)\b(?: of| me)?")
        group = self._group()
        superlative = self._superlative()
        asks_date = bool(re.search(r"\b(?:when|what date|which date)\b", self.left, re.I))
        counted = bool(re.search(r"\bhow many\b|\bnumber of\b|\bcount\b", self.left, re.I)) and superlative is None
        average = self.take(r"\b(?:average|mean|median|total|sum)\b")
        measure = None
        if average or counted:
            subject = re.search(rf"\b(?:{_SUBJECT})\b", self.left, re.I)
            for words, sql, unit in MEASURES:
                found = re.search(rf"\b(?:{words})\b", self.left, re.I)
                if found and not (counted and not average and subject and subject.start() < found.start()):
                    self.take(rf"\b(?:{words})\b")
                    measure = (sql, unit)
                    break
        topic = (
            self._topic()
            if superlative or counted or re.search(r"\b(?:which|what|list|show)\b", self.left, re.I)
            else None
        )
        speaks_of_posts = rf"\b(?:{_SUBJECT}|ones|publish(?:ed)?|wrote|write|written|come out|came out|posted)\b"
        has_subject = re.search(speaks_of_posts, self.left, re.I) or self.spec.tags or (average and measure)
        self.drop(
            rf"\b(?:{_SUBJECT})\b",
            r"\b(?:very|ever|kind|sort|order|ordered|sorted|chronological\w*|by date|yet|currently|already|again)\b",
        )
        reads = superlative is not None and bool({*re.findall(r"[a-z]+", self.left.lower())} & _READ_VERBS)
        if not (has_subject or group or chart) or not self.nothing_left(_READ_VERBS if reads else frozenset()):
            return None
        where, about = self.where(topic), self.about()
        if measure and group:
            sql = f"SELECT {group} AS {_alias(group)}, {_aggregate(average, measure)} FROM posts p{where} GROUP BY 1 ORDER BY 1"
            return MetadataQuestion(sql, "groups", measure[1], about)
        if group:
            best = superlative is not None
            order = "ORDER BY posts DESC, 1" if best else "ORDER BY 1"
            sql = f"SELECT {group} AS {_alias(group)}, count(*) AS posts FROM posts p{where} GROUP BY 1 {order}"
            return MetadataQuestion(sql, "groups", "posts", about)
        if measure:
            return MetadataQuestion(
                f"SELECT {_aggregate(average, measure)} FROM posts p{where}", "number", measure[1], about
            )
        if superlative is not None:
            expression, unit, descending, limit = superlative
            return self._top(expression, unit, descending, limit, where, about, asks_date, reads)
        if counted:
            return MetadataQuestion(f"SELECT count(*) AS posts FROM posts p{where}", "number", "posts", about)
        if where or re.search(r"\b(?:all|every|list|everything|titles)\b", self.lower):
            sql = f"SELECT p.title, p.published, p.url FROM posts p{where} ORDER BY {order or 'p.published'}"
            return MetadataQuestion(sql, "list", "posts", about)
        return None

    def _order(self) -> str:
        """The order a list is wanted in ("newest first", "from oldest to newest"), "" when none is named."""
        words = "oldest|newest|earliest|latest|longest|shortest"
        m = self.take(rf"\b(?:from )?(?:the )?({words})(?: posts?)? (?:first|to (?:the )?(?:{words}))\b")
        if m is None:
            return ""
        column = "p.word_count" if m[1].lower() in ("longest", "shortest") else "p.published"
        return f"{column} DESC" if m[1].lower() in ("newest", "latest", "longest") else column

    def _group(self) -> str:
        for pattern, expression in (
            (
                r"\b(?:per|by|each|every|for each|in each|over the|across(?: the)?) years?\b|\bwhich year\b|\byearly\b",
                "p.year",
            ),
            (
                r"\b(?:per|by|each|every|for each) (?:calendar )?months?\b|\bwhich month\b|\bmonthly\b",
                "strftime(p.published, '%Y-%m')",
            ),
            (r"\b(?:per|by|each|every|for each) (?:weekday|day of the week)\b", "dayname(p.published)"),
        ):
            if self.take(pattern):
                return expression
        return ""

    def _superlative(self) -> tuple[str, str, bool, int] | None:
        """(measure, unit, descending, how many) of "the three longest posts" and its kin."""
        limit = 1
        if m := self.take(
            rf"\b(?:top|first|last|latest|newest|oldest|longest|shortest)? ?(?<!\w){NUMBER}(?= (?:longest|shortest|most|newest|latest|oldest|earliest|first|last|posts? with the most|biggest|largest))",
            "the",
        ):
            limit = integer(m[1])
        elif m := self.take(rf"\b(?:top|first|last|latest|newest) {NUMBER}(?= )", None):
            limit = integer(m[1])
            if re.match(r"(?:first|last|latest|newest)", m[0], re.I):
                return "p.published", "published", not m[0].lower().startswith("first"), limit
        if self.take(r"\b(?:longest|shortest) titles?\b"):
            return "length(p.title)", "title_length", "longest" in self.lower, limit
        for words, sql, unit in MEASURES:
            if m := self.take(
                rf"\b(most|highest number of|largest number of|fewest|least|lowest number of) (?:{words})\b"
            ):
                return sql, unit, m[1].lower() in ("most", "highest number of", "largest number of"), limit
        if m := self.take(r"\b(longest|biggest|largest|lengthiest|wordiest|shortest|smallest|briefest)\b"):
            self.take(r"\bby (?:word count|words|length)\b|\bin words\b")
            return "p.word_count", "words", m[1].lower() not in ("shortest", "smallest", "briefest"), limit
        if m := self.take(r"\b(most recent|newest|latest|last|first|earliest|oldest)\b(?: (?:ever|of all))?"):
            return "p.published", "published", m[1].lower() in ("most recent", "newest", "latest", "last"), limit
        if self.take(r"\bmost (?:posts|articles|productive|active|prolific)\b|\bthe most\b"):
            return "count(*)", "posts", True, limit
        return None

    def _topic(self) -> str | None:
        """ "on entropy", "about Bayesian methods": a tag or title word, as a condition."""
        m = re.search(
            r"\b(?:on|about|concerning|regarding|covering)\s+((?:(?!\b(?:in|and|argue|say|published|from|since|before|after)\b)[\w&'-]+ ?){1,4})",
            self.left,
            re.I,
        )
        if (
            m is None
            or not m[1].strip()
            or m[1].strip().lower() in ("the blog", "blog", "his blog", "this blog", "the site", "average")
        ):
            return None
        topic = m[1].strip().removeprefix("the ")
        known = any(topic.lower() in tag for tag in self.vocabulary.tags) or any(
            topic.lower() in t.title.lower() for t in self.vocabulary.titles
        )
        if not known:
            return None
        self.left = self.left.replace(m[0], " ", 1)
        self.spec.about.append(f"on {topic}")
        like = literal(f"%{topic}%")
        return f"(p.title ILIKE {like} OR p.slug IN (SELECT slug FROM topics WHERE tag ILIKE {like}))"

    def _top(
        self,
        expression: str,
        unit: str,
        descending: bool = True,
        limit: int = 1,
        where: str | None = None,
        about: str = "",
        asks_date: bool = False,
        reads: bool = False,
    ) -> MetadataQuestion:
        where = self.where() if where is None else where
        order = "DESC" if descending and "fewest" not in self.lower else "ASC"
        shown = "p.published, p.title" if asks_date else "p.title, p.published"
        columns = shown if unit == "published" else f"p.title, {expression} AS {unit.replace(' ', '_')}"
        sql = (
            f"SELECT {columns}{', p.slug' if reads else ''} FROM posts p{where} QUALIFY rank() OVER (ORDER BY {expression} {order}) <= {limit}"
            f" ORDER BY {expression} {order}"
        )
        return MetadataQuestion(sql, "value" if asks_date else "top", unit, about or self.about(), reads)


def _aggregate(how: re.Match[str] | None, measure: tuple[str, str]) -> str:
    sql, unit = measure
    name = unit.replace(" ", "_")
    word = how[0].lower() if how else "total"
    function = {"average": "avg", "mean": "avg", "median": "median"}.get(word, "sum")
    return f"round({function}({sql}), 1) AS {word}_{name}" if function != "sum" else f"sum({sql}) AS {name}"


def _alias(group: str) -> str:
    return "year" if group == "p.year" else "month" if "strftime" in group else "weekday"
