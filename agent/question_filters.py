"""The words of a metadata question that name posts and narrow them down: titles, times, tags, thresholds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.lexicon import Vocabulary

NUMBERS = {
    w: n for n, w in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}
MONTHS = {
    name: n
    for n, name in enumerate(
        "january february march april may june july august september october november december".split(), start=1
    )
}
NUMBER = r"(\d+|" + "|".join(NUMBERS) + ")"

# Measures of a post: what readers call them, and the SQL that gives them.
MEASURES: list[tuple[str, str, str]] = [
    (r"words?|word counts?|length", "word_count", "words"),
    (r"(?:display(?:ed)? )?equations?", "n_equations", "equations"),
    (r"(?:inline )?(?:formulas?|formulae|maths?)", "n_inline_formulas", "inline formulas"),
    (r"code (?:blocks?|snippets?|listings?|cells?|examples?)|code", "n_code_blocks", "code blocks"),
    (r"images?|figures?|pictures?|plots?", "n_images", "images"),
    (r"foot ?notes?", "n_footnotes", "footnotes"),
    (r"(?:sub)?sections?|headings?", "n_sections", "sections"),
    (r"tags?", "(SELECT count(*) FROM topics t WHERE t.slug = p.slug)", "tags"),
    (
        r"external links?|outside links?",
        "(SELECT count(*) FROM links k WHERE k.slug = p.slug AND k.target_slug IS NULL)",
        "external_links",
    ),
]
LINKS_OUT = "(SELECT count(*) FROM post_links k WHERE k.slug = p.slug)"
LINKS_IN = "(SELECT count(*) FROM post_links k WHERE k.target_slug = p.slug)"
NEUTRAL = frozenset(
    "a an the of on in by for to and or is are was were be been there it its that this those these with at as all any me my"
    " i we he his him he's did does do has have had what what's which who when how many much number count list show give"
    " tell please just blog site author brian keng kengs written wrote write writes published publish posted post posts"
    " article articles come came out appear appeared ever so far total altogether together whole exactly use used uses"
    " using different distinct unique each every everything one ones other others only name names title titles titled"
    " called date dates day days long can you from about between them entire overall contain contains see get got"
    " make made find word words published? your also same together both then than if not".split()
)


@dataclass(slots=True)
class Spec:
    """What the words taken so far ask for, as SQL conditions over posts p and in words."""

    where: list[str] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    having: str = ""


class Reading:
    """One question being read; `left` is what no recogniser has taken yet."""

    def __init__(self, question: str, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.left = " " + re.sub(r"\s+", " ", re.sub(r"[?!;]+|[.,:](?=\s|$)", " ", question)).strip() + " "
        self.lower = self.left.lower()
        self.spec = Spec()

    def take(self, pattern: str, text: str | None = None) -> re.Match[str] | None:
        match = re.search(pattern, self.left, re.I)
        if match:
            self.left = f"{self.left[: match.start()]} {text or '·'} {self.left[match.end() :]}"
        return match

    def nothing_left(self, extra: frozenset[str] = frozenset()) -> bool:
        words = re.findall(r"[a-zà-ÿ][\w'-]*|\d+", self.left.lower())
        return all(word in NEUTRAL or word in extra for word in words)

    def take_quoted(self) -> None:
        for quoted in re.findall(r'["“]([^"”]+)["”]', self.left):
            title = self.vocabulary.post(quoted)
            exact = title is not None and plain_words(title.title) == plain_words(quoted)
            if title is not None and (exact or not re.search(r"\bword\b|\btag|\bin the(?:ir)? title", self.lower)):
                self.take(r'["“]' + re.escape(quoted) + r'["”](?:\s+(?:post|article))?', "POSTREF")
                self.spec.posts.append(title.slug)

    def take_named_posts(self) -> None:
        for title in sorted(self.vocabulary.titles, key=lambda t: -len(t.title)):
            if len(title.words) > 1 and self.take(
                rf"(?<!\w)(?:the )?{re.escape(title.title)}(?!\w)(?:\s+(?:post|article|one)\b)?", "POSTREF"
            ):
                self.spec.posts.append(title.slug)
        pattern = r"\b(?:the|his|that)\s+((?:(?!\b(?:the|his|posts?|articles?|POSTREF)\b).)+?)\s+(?:post|article|notebook|piece|entry|write-?up)\b"
        for match in list(re.finditer(pattern, self.left, re.I)):
            name = match[1].strip()
            if re.search(
                r"\b(?:first|last|latest|newest|oldest|recent|longest|shortest|most|next|previous|other|same|earliest|tagged|link|links|of|in)\b",
                name,
                re.I,
            ):
                continue
            meant = self.vocabulary.post(name)
            if meant is not None:
                self.left = self.left.replace(match[0], " POSTREF ", 1)
                self.spec.posts.append(meant.slug)

    # -- filters -----------------------------------------------------------------------------------------------------

    def _filter(self, sql: str, about: str) -> None:
        self.spec.where.append(sql)
        self.spec.about.append(about)

    def take_times(self) -> None:
        year = r"((?:19|20)\d\d)"
        if m := self.take(rf"\b(?:between|from) {year} (?:and|to|until|through|-) {year}\b"):
            self._filter(f"p.year BETWEEN {m[1]} AND {m[2]}", f"from {m[1]} to {m[2]}")
        months = "|".join(MONTHS)
        if m := self.take(rf"\b(?:in |during )?({months}),? (?:of )?{year}\b"):
            self._filter(f"p.year = {m[2]} AND month(p.published) = {MONTHS[m[1].lower()]}", f"in {m[1]} {m[2]}")
        for word, operator in (
            ("since|from|starting in", ">="),
            ("after", ">"),
            ("before|prior to", "<"),
            ("until|up to|through", "<="),
        ):
            if m := self.take(rf"\b(?:{word}) {year}(?: on(?:wards?)?)?\b"):
                self._filter(f"p.year {operator} {m[1]}", f"{word.split('|')[0]} {m[1]}")
                if operator == ">=" and not re.search(r"since|starting|onward", m[0], re.I):
                    self.spec.where[-1], self.spec.about[-1] = f"p.year = {m[1]}", f"in {m[1]}"
        if m := self.take(rf"\b(?:in |during |for |of |within )?((?:{year}(?:,? and |, | or |,? & |\+)?)+)(?= )"):
            years = re.findall(year, m[1])
            self._filter(f"p.year IN ({', '.join(years)})", "in " + " and ".join(years))

    def take_tags(self) -> None:
        tags = "|".join(re.escape(tag) for tag in sorted(self.vocabulary.tags, key=len, reverse=True))
        if not tags:
            return
        one = rf"[\"“']?({tags})[\"”']?"
        several = rf"{one}(?:(?:,? and |,? or | but not |, )(?:the |not )?{one})*"
        for pattern in (
            rf"(?:posts? |articles? )?(?:that (?:have|are) |which (?:have|are) )?\btagged (?:as |with |both |under )*{several}(?!\w)",
            rf"\b(?:with|have|has|having|carry|under) (?:both )?(?:of )?(?:the )?(?:tags? )?{several} tags?\b",
            rf"\b(?:with|have|has|under|using) (?:both )?(?:the )?tags? {several}(?!\w)",
            rf"\b(?:the )?{several} tag\b",
            rf"(?<!\w){one}(?= (?:posts?|articles?|ones)\b)",
        ):
            if m := self.take(pattern):
                self._tag_filters(m[0], tags)
                return

    def _tag_filters(self, phrase: str, tags: str) -> None:
        either = bool(re.search(r"\bor\b", phrase))
        pattern = rf"((?:but )?not )?(?<!\w)({tags})(?!\w)"
        named = [(match[2], bool(match[1])) for match in re.finditer(pattern, phrase, re.I)]
        conditions = []
        for tag, negated in named:
            written = self.vocabulary.tags[tag.lower()]
            has = f"p.slug IN (SELECT slug FROM tags WHERE lower(tag) = {literal(written.lower())})"
            conditions.append(f"NOT {has}" if negated else has)
            self.spec.tags.append(written)
        if conditions:
            joined = f"({' OR '.join(conditions)})" if either else " AND ".join(conditions)
            self._filter(joined, "tagged " + (" or " if either else " and ").join(self.spec.tags))

    def take_title_words(self) -> None:
        for pattern in (
            r"\b(?:with|have|has|having|contain(?:s|ing)?|mention(?:s|ing)?|include(?:s|ing)?) (?:the )?(?:words? )?[\"“']?([\w&' -]+?)[\"”']? in (?:the|their|its|his) titles?\b",
            r"\b(?:whose|with|where the) titles? (?:that )?(?:contain(?:s|ing)?|include(?:s|ing)?|mention(?:s|ing)?|has|have|starts? with|with) (?:the )?(?:word )?[\"“']?([\w&' -]+?)[\"”']? ",
        ):
            if m := self.take(pattern):
                self._filter(
                    f"p.title ILIKE {literal('%' + m[1].strip() + '%')}", f'with "{m[1].strip()}" in the title'
                )
                return

    def take_thresholds(self) -> None:
        comparisons = (
            ("more than|over|above", ">"),
            ("at least", ">="),
            ("fewer than|less than|under|below", "<"),
            ("at most", "<="),
            ("exactly", "="),
            ("no|without(?: any)?", "= 0"),
        )
        for words, sql, _ in MEASURES:
            for phrase, operator in comparisons:
                number = "" if operator == "= 0" else rf" {NUMBER}"
                if m := self.take(
                    rf"\b(?:with |have |has |having |of |contain(?:s|ing)? |use |uses )?(?:{phrase}){number} (?:{words})\b"
                ):
                    value = "" if operator == "= 0" else f" {integer(m[1])}"
                    self._filter(f"{sql} {operator}{value}", f"{m[0].strip()}")
        if m := self.take(
            rf"\b(?:used |appear(?:s|ing)? |occur(?:s|ring)? )?(?:on|in|by|with) (exactly|only|at least|more than) {NUMBER} posts?\b"
        ):
            operator = {"exactly": "=", "only": "=", "at least": ">=", "more than": ">"}[m[1].lower()]
            self.spec.having = f"count(*) {operator} {integer(m[2])}"

    def where(self, topic: str | None = None) -> str:
        conditions = [*self.spec.where, *([topic] if topic else [])]
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def about(self) -> str:
        return " and ".join(self.spec.about)

    def drop(self, *patterns: str) -> None:
        for pattern in patterns:
            self.left = re.sub(pattern, " ", self.left, flags=re.I)


def integer(text: str) -> int:
    return NUMBERS.get(text.lower()) or int(text)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def plain_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
