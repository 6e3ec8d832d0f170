"""Words a question asks for in titles, in headings of sections or in the text of posts."""

from __future__ import annotations

import re

from agent.metadata.measures import TITLE_LENGTH, TITLE_WORDS
from agent.metadata.periods import Condition
from agent.metadata.post_names import SMALL
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import (
    END,
    NUMBER,
    QUOTED,
    fullmatch,
    literal,
    number,
    pattern_literal,
    search,
    whole_word_literal,
)
from agent.metadata.thresholds import COMPARISONS, OPERATORS, VERB

_SIGNS = {
    "colon": ":",
    "question mark": "?",
    "comma": ",",
    "hyphen": "-",
    "dash": "-",
    "ampersand": "&",
    "parenthes[ie]s": "(",
    "brackets?": "(",
}
_PARTS = r"conclusions?|introduction|appendix|appendices|motivation section|references?|bibliography|overview|further reading"
PARTS_NAMED = r"section|heading|conclusion|introduction|appendix|references|bibliography|overview|further reading"
"""What the words of `headings` hold at least."""
_WORDS = rf"(?:either |both )?(?:the )?(?:exact )?(?:words?|terms?|phrases?|letters?|substrings?|strings?)?(?: either| both)? ?(?:{QUOTED}(?: (?:or|and) (?:the word )?q§\d+)*|((?!(?:with|without|that|which|have|has|having|contain\w*|mention\w*|includ\w*|uses?|using|the|words?|terms?|phrases?|are|is|was|were|not|{POST_NOUN}) )(?:(?!in the |in (?:its|their) )[\w&'+/.-]+ ){{1,5}}?){END})"


def titles(reading: Reading) -> Condition | None:
    text = reading.text
    where_title = r"in (?:the|their|its|his|a) (?:post )?(?:titles?|names?|headlines?)"
    signs = "|".join(_SIGNS)
    if m := text.take(
        rf"\b(?:titles? )?(?:that )?(?P<where>start|begin|end)(?:s|ing|ning)? (?:with|in) (?:a |an )?(?P<sign>{signs})(?= )"
    ):
        sign = next(sign for name, sign in _SIGNS.items() if fullmatch(name, m["sign"]))
        function = "ends_with" if m["where"] == "end" else "starts_with"
        return Condition(f"{function}(p.title, {literal(sign)})", f"with a title that {m['where']}s with {sign}")
    if m := text.take(
        rf"\b(?:titles? (?:that )?)?(?:contain(?:s|ing)?|includ(?:e|es|ing)|have|has|having|with) (?:a |an |any )?(?:numbers?|digits?|numerals?)(?: (?P<in>{where_title}))?(?= |$)"
    ):
        if m["in"] or "title" in m[0]:
            return Condition("regexp_matches(p.title, '[0-9]')", "with a number in the title")
    for name, sign in _SIGNS.items():
        if m := text.take(
            rf"(?P<not>\b(?:without|no|not|do not have|lacking)\b )?(?:\b(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|whose titles? (?:has|contains?|includes?)) )?(?:a |an )?{name} {where_title}|\b(?:whose )?titles? (?:that )?(?:with|contain(?:s|ing)?|have|has|having|includ(?:e|es|ing))(?P<not2> no)? (?:a |an )?{name}(?= )"
        ):
            found = Condition(f"contains(p.title, {literal(sign)})", f"with a {name.split('[')[0]} in the title")
            return found.negated() if m["not"] or m["not2"] else found
    if m := text.take(
        rf"\b(?:with |have |has |containing )?(?:a |any )?(?:numbers?|digits?) {where_title}|\btitles? (?:with|containing|that contain) (?:a |any )?(?:numbers?|digits?)(?= )"
    ):
        return Condition(r"regexp_matches(p.title, '\d')", "with a digit in the title")
    if m := text.take(
        rf"\b(?P<not>(?:do|does|did) not |without |not |never )?(?:(?:that|which) )?(?:with|have|has|having|contain(?:s|ing)?|mention(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|hav(?:e|ing))? ?{_WORDS} ?(?:anywhere )?{where_title}(?= )"
    ):
        return _title_condition(reading, m, m[2], m[3], "contain")
    if m := text.take(
        rf"\b(?:(?:posts |articles )?(?:whose|where the|with an?|with) )?(?:post )?(?:titles?|names?) (?:that |which )?(?P<not>(?:do|does|did) not |not )?(?:(?P<where>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?) (?:with|in|on)|contain(?:s|ing)?|includ(?:e|es|ing)|mention(?:s|ing)?|having|have|has|with) {_WORDS}(?= |$)"
    ):
        return _title_condition(reading, m, m[3], m[4], (m["where"] or "contain")[:3])
    if m := text.take(rf"\b(?:that )?(?P<where>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?) with {_WORDS}(?= |$)"):
        return _title_condition(reading, m, m[2], m[3], m["where"][:3])
    return None


def _title_condition(
    reading: Reading, match: re.Match[str], quoted: str | None, bare: str | None, where: str
) -> Condition:
    quotes = [reading.text.quotes[int(index)] for index in re.findall(QUOTED, match[0])]
    options = quotes if quoted else re.split(r" or ", (bare or "").strip())
    join = " AND " if " and " in match[0] and quoted else " OR "
    words = join.lower().strip().join(f" {option} " for option in options).strip() if len(options) > 1 else options[0]
    conditions = []
    whole = search(r"\bwords?\b", match[0])
    for option in options:
        text = literal(option.lower())
        conditions.append(
            f"starts_with(lower(p.title) || ' ', {literal(option.lower() + ' ')})"
            if where in ("sta", "beg") and whole
            else f"starts_with(lower(p.title), {text})"
            if where in ("sta", "beg")
            else f"ends_with(lower(p.title), {text})"
            if where == "end"
            else f"regexp_matches(p.title, {whole_word_literal(option)})"
            if whole or option.lower() in SMALL
            else f"contains(lower(p.title), {text})"
        )
    how = {"sta": "starting with", "beg": "starting with", "end": "ending in"}.get(where, "containing")
    sql = join.join(conditions)
    found = Condition(f"({sql})" if len(conditions) > 1 else sql, f'with a title {how} "{words}"')
    return found.negated() if match.groupdict().get("not") else found


def title_measures(reading: Reading) -> Condition | None:
    unit = r"(?P<unit>words?|characters?|letters?)"
    if m := reading.text.take(
        rf"\b(?:(?P<one>single)|{NUMBER})[- ]{unit}[- ](?:long )?titles?(?= )|\btitles? (?:that (?:are|is|have|has) |with |of |(?:is|are) )?(?:only |just |exactly )?(?:a single|{NUMBER}) (?P<unit2>words?|characters?|letters?)(?: long)?(?= )(?! or (?:fewer|less|more))"
    ):
        measure = TITLE_WORDS if "word" in (m["unit"] or m["unit2"]) else TITLE_LENGTH
        value = number(m[2] or m[4] or "1")
        return Condition(
            f"{measure.sql} = {value}",
            f"with {value} {'word' if measure is TITLE_WORDS else 'characters'}{'s' if value != '1' and measure is TITLE_WORDS else ''} in the title",
        )
    for comparison, operator in COMPARISONS:
        for pattern in (
            rf"\b(?:with |whose |that have |have )?(?:a |an )?titles? (?:that |which )?(?:(?:is|are|have|has|with|of|run to) )?(?:{comparison}) ?{unit}(?: long| or (?:fewer|less|more))?(?= )",
            rf"\b(?:{VERB} )?(?:{comparison}) {unit} in (?:the|its|their|his) titles?(?= )",
        ):
            if m := reading.text.take(pattern):
                measure = TITLE_WORDS if "word" in m["unit"] else TITLE_LENGTH
                value = number(next(group for group in m.groups() if group and fullmatch(NUMBER, group)))
                return Condition(
                    f"{measure.sql} {operator} {value}", f"with {OPERATORS[operator]} {value} {m['unit']} in the title"
                )
    return None


def mentions(reading: Reading) -> Condition | None:
    """Words in the text of a post: quoted ones, or any in a question of how many."""
    several = rf"t§\d+ (?:{POST_NOUN} )?(?:that |which )?(?:do not |never )?mention\b"  # those of a time, not the one that explains it
    counted = reading.text.has(rf"\bhow many\b|\bnumber of\b|\bcount\b|^ ·|{several}")
    bare = r"|((?:[\w&'+/.-]+ ){1,4}?)" if counted else ""
    m = reading.text.take(
        rf"\b(?P<not>(?:do|does|did) not |never )?(?:mention(?:s|ed|ing)?|contain(?:s|ing)? the (?:words?|phrase|term)|use the (?:words?|phrase|term)|with the (?:words?|phrase|term)) (?:the (?:words?|phrase|term) )?(?:{QUOTED}{bare})(?: (?:anywhere|in (?:the|their|its) (?:text|body)))?{END if counted else '(?= )'}(?! in (?:the|their|its) titles?)"
    )
    if m is None:
        return None
    words = reading.text.quotes[int(m[2])] if m[2] else m[3].strip()
    sql = f"EXISTS (SELECT 1 FROM sections x WHERE x.slug = p.slug AND regexp_matches(x.heading || ' ' || x.text, {pattern_literal(words)}))"
    found = Condition(sql, f'mentioning "{words}"')
    return found.negated() if m["not"] else found


def headings(reading: Reading) -> Condition | None:
    """Posts with a section of a given heading."""
    reading.text.take(
        rf"\bwhose (?:sections?|headings?|outline|table of contents)(?: (?:list|titles?))? (?:includes?|contains?|mentions?|lists?|has|have)(?= (?:a |an |the )?(?:section )?{QUOTED})",
        "with a section called",
    )
    m = reading.text.take(
        rf"\b(?P<not>(?:do|does|did) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)) )?(?:an? |any )?(?:sections?|headings?|(?:{QUOTED}) section) (?:(?:that is )?(?:called|named|titled|headed|entitled|on|about) )?(?:{QUOTED}|((?!(?:and|or|but|with|that|which|in|of)\b)(?:[\w&'+/.-]+ ){{1,4}}?)){END}"
        if reading.text.has(r"\bsections? (?:called|named|titled|headed|entitled) |sections? q§")
        else rf"\b(?P<not>(?:do|does|did) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)) )?(?:an? )?(?:{QUOTED}|(?:(references|further reading|conclusions?|introduction|background|experiments?|appendix|motivation|summary|discussion|results|overview|implementation)())) (?:section|heading)(?= )"
    )
    if m is None and (
        named := reading.text.take(
            rf"\b(?P<not>(?:do|does|did) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|end(?:s|ing)? (?:with|in)) )?(?:an? |any )(?P<heading>{_PARTS})(?= ·| ,|  ?$| and| but| in| that| t§)"
        )
    ):
        words = named["heading"].removesuffix("s")
        sql = (
            f"EXISTS (SELECT 1 FROM sections x WHERE x.slug = p.slug AND contains(lower(x.heading), {literal(words)}))"
        )
        return (
            Condition(sql, f'with a section "{words}"').negated()
            if named["not"]
            else Condition(sql, f'with a section "{words}"')
        )
    if m is None:
        return None
    quoted = m[2] or (m[3] if m[3] and m[3].isdigit() else None)
    words = reading.text.quotes[int(quoted)] if quoted else next(g for g in (m[3], m[4]) if g).strip()
    sql = f"EXISTS (SELECT 1 FROM sections x WHERE x.slug = p.slug AND contains(lower(x.heading), {literal(words.lower())}))"
    found = Condition(sql, f'with a section "{words}"')
    return found.negated() if m["not"] else found
