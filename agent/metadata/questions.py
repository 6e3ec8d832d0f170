"""Questions about the posts as things (how many, which, when, the longest) to SQL, by composition.

A question is read once for names and times (`question_reading`), then tried against a few ways of asking in turn. Each
takes away the words it understands: filters, order, grouping, measure. The first that leaves no word unread is what was
asked. Where none does, the question either is not about metadata (None, so that "How many layers did his PixelCNN
have?" goes to search) or is not understood, and the words that were not are named.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import replace

from agent.answer import NOT_UNDERSTOOD, WHICH_POST
from agent.lexicon import Vocabulary
from agent.metadata.filters import read_comparisons, read_filters, topic
from agent.metadata.gaps import gaps, span
from agent.metadata.kept import lost
from agent.metadata.measures import (
    ANY_MEASURE,
    GROUPS,
    HOST,
    MONTH,
    PUBLISHED,
    TAG,
    TAGS,
    TITLE,
    TITLE_LENGTH,
    TITLE_WORDS,
    WORDS,
    WEEKDAY,
    YEAR,
    Group,
    Measure,
    measure_called,
)
from agent.metadata.orders import sorting, superlative
from agent.metadata.outcome import CAN_ANSWER, MetadataQuestion, NotUnderstood, of_query
from agent.metadata.posts import links_to_host, named_posts, neighbours, one_post, sections, several_posts
from agent.metadata.query import PostQuery
from agent.metadata.reading import ONE_BY_RANK, POST_NOUN, Reading, Reference, mark_bare_names, read
from agent.metadata.text import NUMBER, POST, QUOTED, finditer, literal, number, search
from agent.metadata.times import Condition

_HOW_MANY = r"\b(?:how many|(?<!est )(?<!most )(?<!mum )(?<!by )(?<!same )(?<!age )(?<!dian )(?<!mean )(?:the )?(?:total )?(?:number|count) of|(?<=^ )count(?: up)?(?: the)?|(?<=me a )count of)\b"
_AGGREGATE = r"\b(?:(?P<avg>average|mean|on average|averages|typical(?:ly)?)|(?P<median>median)|(?P<sum>total(?: number| count| amount)?(?: of)?|sum(?: of)?|combined|altogether|in total|in all|overall)|(?P<max>maximum|max(?: number)?(?: of)?)|(?P<min>minimum|min(?: number)?(?: of)?))\b"
_SHARE = r"\b(?:what |which )?(?:percentage|percent|proportion|share|fraction|%|part) of (?:all |the |his |all of the |these |those )*"
CHART = r"(?:(?<=^ )|(?<=\band )|(?<=\byou )|(?<=\bplease )|(?<=\bto )|(?<=· ))(?:plot|chart|graph|draw|visuali[sz]e|diagram)\b(?: me| of| showing| for)?(?: out)?|\b(?:(?:as |in |into |with )?(?:a |an )?(?:bar |line |column )?(?:chart|plot|graph|histogram|diagram|table)(?: of| showing| with| for)?)\b"
_EACH = r"(?:per|by|for each|in each|of each|each|every|for every|in every|broken down by|grouped by|split by|group by|across(?: the)?|over the|against|on each|with each|within each|for all|for the different)"
_PERIODS = "|".join(
    group.nouns for group in GROUPS if group not in (TAG, HOST) and group.name not in ("language", "heading")
)
_READ_VERBS = frozenset(
    "argue argues say says about discuss discusses claim claims conclude concludes cover covers explain explains describe teach mean summarise summarize".split()
)
_BLOG_NOUN = rf"\b(?:{POST_NOUN}|tags?|titles?|blog)\b"


def understand(
    question: str, vocabulary: Vocabulary, spoken_of: Reference | None = None
) -> MetadataQuestion | NotUnderstood | None:
    """What a question asks of the metadata.

    None when it asks for something else; NotUnderstood when it does ask of the metadata, but with words that no rule
    knows or a name that fits several posts. `spoken_of` is the post that "it" means.
    """
    unread: list[str] = []
    gone: list[str] = []
    base = read(question, vocabulary, spoken_of)
    for _ in range(3):
        found, left = _tried(base, gone)
        if found is None and (marked := _with_superlatives(base)) is not None:
            found, left_too = _tried(marked, gone)
            left = min(left, left_too, key=len)
        if found is not None:
            unclear = next((post for post in base.posts if post.meant), None)
            return _which(unclear) if unclear else found
        unread = unread or left
        if not mark_bare_names(base, left):
            break
    return _named(gone) if gone else _not_understood(question, unread)


def _tried(base: Reading, gone: list[str]) -> tuple[MetadataQuestion | None, list[str]]:
    """The first way of asking that reads the whole question; else the fewest words that one left unread.

    `gone` takes the words that a way of asking read but did not use.
    """
    fewest: list[str] | None = None
    for shape in _SHAPES:
        reading = base.fork()
        found = shape(reading)
        unread = reading.text.unread()
        if found is not None and not unread and (words := lost(base.left, found.sql, base.times.times)):
            unread = words
            gone += words
        elif found is not None and not unread:
            return found, []
        if found is not None and found.then_read and set(unread) <= _READ_VERBS:
            return found, []
        if found is not None and (fewest is None or len(unread) < len(fewest)):
            fewest = unread
    return None, fewest if fewest is not None else base.text.unread()


def _which(post: Reference) -> NotUnderstood:
    titles = "; ".join(title.title for title in post.meant[:6])
    return NotUnderstood(f'{WHICH_POST} "{post.name}": {titles}. Name the one you mean.')


def _not_understood(question: str, unread: list[str]) -> NotUnderstood | None:
    """An honest reply when the question counts or ranks posts or tags; None when it may be about what posts say."""
    text = question.lower()
    subject = rf"(?:\w+ ){{0,2}}?(?:{POST_NOUN}|tags|titles)"
    counts = search(rf"\b(?:how many|number of|percentage of|share of|average|median|total) {subject}\b", text)
    ranks = search(rf"\b{POST_NOUN}\b[^?]*\b(?:most|fewest|least|highest|lowest)\b (?!of\b)\w+\W*$", text)
    grouped = search(rf"\b{POST_NOUN}\b[^?]*\b(?:per|by|each) (?:year|month|weekday|tag)\b", text)
    if not unread or not (counts or ranks or grouped):
        return None
    return _named(unread)


def _named(words: list[str]) -> NotUnderstood:
    quoted = ", ".join(f'"{word}"' for word in dict.fromkeys(words) if "§" not in word) or "part of that"
    return NotUnderstood(f"{NOT_UNDERSTOOD} {quoted}. {CAN_ANSWER}")


# -- posts spoken of by what they are: "the longest post", "his first LLM article" ---------------------------------------


def _with_superlatives(base: Reading) -> Reading | None:
    """The reading with "the newest post", "his first post tagged X" taken for the posts they are; None without any."""
    reading = base.fork()
    first_and_last = rf"\b(?:the |his )?(first|oldest|earliest|longest|shortest|newest|latest|last) and (?:the |his )?(?:very )?(last|latest|newest|most recent|shortest|longest|oldest|first)(?: ones?)?((?: [\w§-]+){{0,3}}? {POST_NOUN}(?: (?:tagged|about|on|in|from|of)(?: [\w&'§-]+){{1,3}})?)"
    if m := search(first_and_last, reading.left):
        one = re.sub(r"\b(post|article)s\b", r"\1", m[3])
        reading.text.left = reading.left.replace(m[0], f"the {m[1]}{one} and the {m[2]}{one}", 1)
    if m := search(rf"\b(?:the |his )?(first|\d+(?:nd|rd|th)) and (?:the |his )?(\d+(?:nd|rd|th)|last)((?: [\w§-]+){{0,2}}? )(post|article)s?(?= |$)", reading.left):
        reading.text.left = reading.left.replace(m[0], f"the {m[1]}{m[3]}{m[4]} and the {m[2]}{m[3]}{m[4]}", 1)
    changed = False
    rank = r"(?:very )?(?:\d+(?:nd|rd|th)[- ])?(?:newest|latest|most recent|last|oldest|earliest|first|longest|shortest|wordiest|\d+(?:nd|rd|th))"
    noun = r"(?:blog posts?|posts?|articles?|entry|entries|notebook|one)"
    end = r"(?= (?:have|has|had|did|does|do|is|was|are|were|contain|contains|link|links|cite|use|include|come|came|published|and|or|to|than|before|after|apart|on|·|,)\b| $)"
    patterns = (
        rf"\b(?:the|his|its) ({rank}(?: [\w&'-]+){{0,3}}? {noun}(?: (?:tagged|about|on|in|from|of|with)(?: [\w&'§-]+){{1,4}}?)?){end}",
        rf"\b(?:the|his) ({noun} (?:with|that has|having|containing) the (?:most|fewest|longest|shortest|highest number of|lowest number of) (?:{ANY_MEASURE}|title)){end}",
        rf"\b(?:the|his) ({rank} {noun})(?= )",
    )
    for pattern in patterns:
        for m in list(finditer(pattern, reading.left))[:3]:
            inner = base.fork()
            inner.text.left = f" {m[1]} "
            found = _posts(inner)
            if found is None or inner.text.unread() or found.query is None or found.query.order is None:
                continue
            mark = reading.named(Reference(found.query.slugs(), m[1]))
            reading.text.left = reading.left.replace(f" {m[0].strip()} ", f" {mark} ", 1)
            changed = True
    return reading if changed else None


# -- groups: years, months, tags, hosts ---------------------------------------------------------------------------------


def _groups(reading: Reading) -> MetadataQuestion | None:
    """The years, weekdays, tags, sites ... themselves: which, how many, the one with the most."""
    text = reading.text
    group, counted = _group_subject(reading)
    if group is None:
        return None
    if text.has(rf"\b(?:each|every|per) (?:[\w§-]+ ){{0,2}}?{POST_NOUN}\b") or (
        group in (TAG, HOST) and text.has(ONE_BY_RANK)
    ):
        return None
    if group is TAG and text.take(
        r"\b(?:(?:was|were|been|that|he|did) )*(?:first|for the first time|newly) (?:used?|appear(?:ed)?|introduced?|showed up|shown up|turned up|came up|seen|assigned)\b|\b(?:debut(?:ed)?|introduced?)\b|\b(?:used?|appear(?:ed)?) for the first time\b|\bnew(?= ·)|(?<=· )new\b"
    ):
        earlier = "SELECT 1 FROM topics o JOIN posts q ON q.slug = o.slug WHERE o.tag = t.tag AND q.published < p.published"
        reading.conditions.append(Condition(f"NOT EXISTS ({earlier})", "first used"))
    if group is TAG and text.has(
        r"\b(?:co-?occur\w*|together with|alongside|along with|go(?:es)? with|in combination with)\b"
    ):
        text.drop(r"\b(?:co-?occur\w*|appear|together|along|goe?s?|combination)\b")
        text.take(r"\b(?:with|alongside|in with)(?: the)?(?: tag)?(?= )(?! tagged)", "tagged")
    having, measure, aggregate = _having(reading), None, ""
    if not having:
        having, measure = _measure_having(reading)
        aggregate = "sum" if measure else ""
    no_posts = text.take(
        rf"\b(?:(?:with(?:out)?|have|has|had|saw|see) (?:no|any) {POST_NOUN}|(?:did |has |have )?(?:he )?(?:not|never) (?:ever )?(?:publish|post|write|written)(?:ed)?(?: (?:anything|any {POST_NOUN}|a (?:single )?post))?(?: at all)?|no {POST_NOUN}(?: at all)?)\b"
    )
    if no_posts:
        return _empty(reading, group, counted)
    if text.take(r"\bonly (?=(?:in|during|before|after|since) t§)"):
        only = reading.fork()
        only.text.left = (
            f" {m[0]} "
            if (m := search(r"(?:in|during|before|after|since) t§\d+(?: (?:and|or) t§\d+)*", text.left))
            else " "
        )
        for condition in only.times.conditions():
            reading.conditions.append(
                Condition(
                    f"{group.key} NOT IN (SELECT {group.key} FROM {group.source} WHERE NOT ({condition.sql}))", "only"
                )
            )
    ranked = text.take(
        rf"\b(?:(?:ranked|sorted|ordered|rank|sort|order|arranged|in order) (?:by|of|on) |by )(?:the |their |decreasing |descending )*(?:(?:total )?(?:number|count) of )?(?:{POST_NOUN}|frequency|popularity|usage|use|uses|counts?|number|size|how (?:often|many)[\w ]*?)(?: (?:each|they have|in them|published))?(?: (?:descending|desc|most first))?(?P<up> (?:ascending|asc|fewest first|least first))?(?= ·| ,|  ?$)"
    )
    limit, skip, most = _top(reading, group)
    if ranked and most is None:
        limit, skip, most = 0, 0, not ranked["up"]
    if most is not None and (
        m := text.take(
            rf"\b(?:(?P<avg>average|mean|median)(?: number of| count of)? )?(?:number of )?(?P<noun>{ANY_MEASURE})(?: per post| on average)?\b"
        )
    ):
        measure = measure_called(m["noun"])
        aggregate = (
            {"median": "median"}.get(m["avg"], "avg") if m["avg"] or "per post" in m[0] or "average" in m[0] else "sum"
        )
        if m["noun"].strip() == "length" or text.take(r"\b(?:average|on average)\b"):
            aggregate = "median" if aggregate == "median" else "avg"
        if measure is not None and measure.name == group.unit.replace(" ", "_"):
            measure = None
    alphabetical = sorting(reading)
    differs = _difference(reading, group)
    if differs is not None:
        sql, about = differs
        if counted:
            return MetadataQuestion(f"SELECT count(*) AS {group.name}s FROM ({sql})", "number", f"{group.name}s", about)
        return MetadataQuestion(f"{sql} ORDER BY 1", "list", f"{group.name}s", about)
    left_out = [*_left_out(reading, group), *_named_like(reading, group)]
    for mark in re.findall(POST, text.left):
        post = reading.posts[int(mark)]
        if text.take(
            rf"\b(?:(?:used |found |given |assigned |attached )?(?:on|in|to|by|for|of|does|do|did|under) )?p§{mark}(?: (?:have|has|use|uses|link|links|cite|cites|carry|tagged|filed|listed|belong|refer|contain)(?: out)?(?: (?:to|with|under|as|in))*)?(?= )"
        ):
            reading.conditions.append(Condition(f"p.slug = {post.slug}", "in that post"))
    if group.name == "language":
        text.drop(r"\b(?:code(?: blocks?)?|snippets?|written|programs?)\b")
    if group is HOST:
        text.drop(
            r"\b(?:link(?:s|ed)?|cite[sd]?|refer(?:s|red|ence[sd]?)?|point(?:s|ed)?|out|external|most often|often|outside|blog)\b"
        )
    co = _with_others(reading, group)
    read_filters(reading)
    while (found := topic(reading)) is not None:
        reading.conditions.append(found)
    text.drop(
        rf"\b{POST_NOUN}\b",
        r"\b(?:number|counts?|how often|how many times|times|each|often|frequently|commonly|active|productive|distinct|across|usage|frequency|with how many|more|under|appears?|occurs?|shows?|assigned|attached|filed|there|together|other|per|used|see|saw|had|overall|then)\b",
        CHART,
    )
    conditions = [*reading.conditions, *left_out, *co]
    about = " and ".join(condition.words for condition in conditions if condition.words)
    query = PostQuery(
        conditions, measure=measure, aggregate=aggregate, group=group, having=having,  # type: ignore[arg-type]
        count_groups=bool(counted) and most is None, most_first=most if most is not None or alphabetical is None or alphabetical.measure is TITLE else alphabetical.descending,
        top_groups=limit if most is not None else 0, skip_groups=skip,
    )  # fmt: skip
    return of_query(query, about, reading.notes)


def _group_subject(reading: Reading) -> tuple[Group | None, bool]:
    """(the group that is asked for, whether its members are to be counted); its noun is taken away."""
    text = reading.text
    best: tuple[int, Group, re.Match[str]] | None = None
    asked = r"(?:in |on |during |of |to |from )?(?:who (?:is|are) (?=the )|what|which|how many|number of|list(?: of)?|show(?: me)?|all|name|every|count|what (?:is|are|was|were)|give me|tell me|his|the)(?: (?:of|the|all|different|distinct|unique|other|various|single|one|his|my|our|total|number of|\d+|first|last|top|calendar|are|is|external|outside)(?= ))*"
    adjectives = r"(?:(?:\d+(?:nd|rd|th)?[- ])?(?:most|least|busiest|best|top|slowest|quietest|leanest|rarest|commonest|favou?rite|biggest|worst|peak|frequent|frequently|often|common|commonly|popular|used|widely|productive|active|prolific|occurring|cited|linked|linked-to|referenced|single|new|\d+) )*"
    for group in GROUPS:
        for m in finditer(
            rf"\b(?P<asked>{asked}) (?P<how>{adjectives})(?P<noun>{group.nouns})(?= )|^ (?P<how2>{adjectives})(?P<noun2>{group.nouns})(?= )",
            text.left,
        ):
            if re.match(rf"(?: ?tagged| per| titles?| {POST})", text.left[m.end() :]) or (
                group is TAG and re.match(r" of .*longest", text.left[m.end() :])
            ):
                continue
            if (
                search(rf"\b{_EACH} $", text.left[: m.start()])
                or (m["asked"] or "").startswith(("his", "the"))
                and not (m["how"] or "").strip()
                and m.start() > 1
                and not text.has(r"^ (?:what|which) (?:is|are|was|were)")
            ):
                continue
            if best is None or m.start() < best[0] or (m.start() == best[0] and m.end() > best[2].end()):
                best = (m.start(), group, m)
            break
    if best is None:
        return None, False
    _, group, m = best
    before = text.left[: m.start()]
    if search(rf"\b(?:{POST_NOUN}|{ANY_MEASURE})\b", before.replace("blog", "")) and not search(
        r"\b(?:in|on|during) $", before + (m["asked"] or "")[:3]
    ):
        return None, False
    counted = bool(search(r"how many|number of|count", m["asked"] or ""))
    how = (m["how"] or m["how2"] or "").strip()
    number_asked = search(r"\b(\d+)\b", m["asked"] or "")
    top_asked = "top" if search(r"\btop\b", m["asked"] or "") else ""
    words = f"{top_asked} {number_asked[1] if number_asked else ''} {how}"
    text.left = f"{before} · {words} · {text.left[m.end() :]}"
    text.left = f" {' '.join(text.left.split())} "
    return group, counted


def _top(reading: Reading, group: Group) -> tuple[int, int, bool | None]:
    """(how many, from which place, largest first or not), None when nothing ranks the groups."""
    text = reading.text
    skip = 0
    if m := text.take(r"\b(\d+)(?:nd|rd|th)[- ](?=most|least|busiest|best|popular|common)"):
        skip = int(m[1]) - 1
    m = text.take(
        r"(?<!§)\b(?:top )?(\d+)(?= (?:·|most|least|busiest|top|rarest|favou?rite|best|popular|common|biggest))|(?<=top )(\d+)\b|(?<=· )(\d+)(?= ·)"
    )
    limit = int(m[1] or m[2] or m[3]) if m else 0
    few = r"\b(?:least|fewest|slowest|quietest|leanest|rarest|worst|lowest|smallest|shortest)\b"
    many = (
        r"\b(?:most|busiest|best|top|commonest|favou?rite|biggest|peak|highest|largest|greatest|maximum|longest|more)\b"
    )
    found: bool | None = None
    if text.take(few):
        found = False
    elif text.take(many):
        found = True
    elif text.has(r"· (?:popular|common|frequent)\w* ·"):
        found = True
    elif limit:
        found = True
    if found is not None:
        text.drop(
            few,
            many,
            r"\b(?:often|frequently|common|commonly|popular|used|widely|productive|active|prolific|occurring|frequent|number of|cited|linked|linked-to|referenced|single|total|overall|did he|publish|to publish on|years?|months?|times)\b(?! words)",
        )
    return limit or (1 if found is not None else 0), skip, found


def _having(reading: Reading) -> str:
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


def _measure_having(reading: Reading) -> tuple[str, Measure | None]:
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


def _left_out(reading: Reading, group: Group) -> list[Condition]:
    """ "leaving out mathjax": members of a group that do not count."""
    m = reading.text.take(
        rf"\b(?:leaving out|excluding|except(?: for)?|without|ignoring|not counting|apart from|other than|besides|not including)(?: (?:the )?(?:tag )?)?(?:{QUOTED}|((?!(?:any|a|the|no)\b)[\w.-]+(?: [\w.-]+)?))(?: tag)?(?= (?:·|\.|,|in|how|what|which)| $)"
    )
    if m is None or group not in (TAG, HOST):
        return []
    name = reading.text.quotes[int(m[1])].lower() if m[1] else m[2].strip()
    like = (
        f"lower({group.key}) <> '{name.replace(chr(39), '')}'"
        if group is TAG
        else f"NOT contains(k.host, '{name.replace(chr(39), '')}')"
    )
    return [Condition(like, f"leaving out {name}")]


def _named_like(reading: Reading, group: Group) -> list[Condition]:
    """Tags or sites whose name starts with, ends in or contains something."""
    if group not in (TAG, HOST):
        return []
    m = reading.text.take(
        rf"\b(?:(?:that|which|whose names?) )?(?P<how>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?|contain(?:s|ing)?|includ(?:e|es|ing)|mention(?:s|ing)?)(?: (?:with|in))?(?: the (?:words?|letters?|string))?(?: (?:{QUOTED}|([\w.'-]+)))(?= )"
    )
    if m is None:
        return []
    name = (reading.text.quotes[int(m[2])] if m[2] else m[3]).lower()
    function = {"s": "starts_with", "b": "starts_with", "e": "ends_with"}.get(m["how"][0], "contains")
    return [Condition(f"{function}(lower({group.key}), {literal(name)})", f'{m["how"]} "{name}"')]


def _with_others(reading: Reading, group: Group) -> list[Condition]:
    """For tags that stand beside a tag: not that tag itself."""
    if group is not TAG or not reading.text.has(r"\b(?:tagged|tag)\b"):
        return []
    probe = reading.fork()
    read_filters(probe)
    named = [condition for condition in probe.conditions if condition.words.startswith("tagged ")]
    return [
        Condition(f"lower(t.tag) <> '{condition.words.removeprefix('tagged ').lower().replace(chr(39), '')}'", "")
        for condition in named
        if " and " not in condition.words
    ]


def _difference(reading: Reading, group: Group) -> tuple[str, str] | None:
    """Members of a group found under one time but not, or also, under another: the SQL of their keys."""
    m = reading.text.take(
        r"\b(?:(?:that|which) )?(?:(?:he|was|were|been|have|are|did|first) )*(?:used|use|appear(?:s|ed)?|occur(?:s|red)?|found|linked|cited)? ?(?P<both>(?:in )?both )?(?:(?:in|during|before|after|since) )?(?:both )?(?:the )?(?:year )?t§(\d+) ?,? (?P<join>but|and|yet|though)(?: (?:(?:were|was|are|did|have|has) )?(?P<not>not|never)(?: (?:used|appear|occur|again|been))*)?(?: (?:also|again))?(?: (?:in|during|before|after|since))? (?:the )?(?:year )?t§(\d+)(?: too| as well| again)?(?= )"
    )
    if m is None or (m["join"] == "and" and not m["not"] and not m["both"] and "both" not in m[0]):
        return None
    sides = re.findall(r"(?:\b(in|during|before|after|since) )?(?:both )?(?:the )?(?:year )?(t§\d+)", m[0])
    reading_of = []
    for way, mark in sides:
        one = reading.fork()
        one.text.left = f" {way or 'in'} {mark} "
        reading_of.append(one.times.conditions()[0])
    keys = [f"SELECT {group.key} AS {group.name} FROM {group.source} WHERE {condition.sql}" for condition in reading_of]
    words = f"{reading_of[0].words} {'but not' if m['not'] else 'and'} {reading_of[1].words}"
    return f"SELECT * FROM ({keys[0]} {'EXCEPT' if m['not'] else 'INTERSECT'} {keys[1]})", words


def _empty(reading: Reading, group: Group, counted: bool) -> MetadataQuestion | None:
    """Years, or months of the year, in which nothing that fulfils the filters came out."""
    if group not in (YEAR, MONTH, WEEKDAY):
        return None
    reading.text.drop(rf"\b(?:{POST_NOUN}|there|years?|months?|weekdays?|passed|went by|go by|at all|were|pass)\b")
    read_filters(reading)
    if group is not YEAR:
        named = calendar.month_name[1:] if group is MONTH else calendar.day_name
        all_of = ", ".join(f"({number}, '{name}')" for number, name in enumerate(named, start=1))
        empty = f"SELECT m.name AS {group.name} FROM (VALUES {all_of}) m(number, name) WHERE m.number NOT IN (SELECT {group.order} FROM posts p{reading.where()})"
        about = f"without a post {reading.about()}".strip()
        if counted:
            return MetadataQuestion(f"SELECT count(*) AS {group.name}s FROM ({empty})", "number", f"{group.name}s", about)
        return MetadataQuestion(f"{empty} ORDER BY m.number", "list", f"{group.name}s", about)
    if reading.conditions:
        return None
    sql = "SELECT y.year FROM (SELECT unnest(range(min(year), max(year) + 1)) AS year FROM posts) y WHERE y.year NOT IN (SELECT year FROM posts)"
    if counted:
        return MetadataQuestion(f"SELECT count(*) AS years FROM ({sql})", "number", "years", "without a post")
    return MetadataQuestion(f"{sql} ORDER BY 1", "list", "years", "without a post")


# -- posts ---------------------------------------------------------------------------------------------------------------


def _posts(reading: Reading) -> MetadataQuestion | None:
    """Posts listed, ranked, counted, measured, grouped or compared."""
    text = reading.text
    whole = text.left
    chart = text.take(CHART) is not None
    text.drop(CHART)
    share = text.take(_SHARE)
    if share:
        return _share(reading)
    read_comparisons(reading)
    cumulative = text.take(r"\b(?:cumulative(?:ly)?|running total(?: of)?|so far by|growth)\b")
    group = grouping(reading)
    having = _having(reading) if group is not None else ""
    few = (
        text.take(
            rf"\b(?:for|of|among|in) (?:each of )?(?:just |only )?the (?:top )?(\d+) (?:(?:most|top) )?(?:(?:used|common|popular|frequent|frequently used|linked)(?: to)? )?{group.nouns}(?= )"
        )
        if group is not None
        else None
    )
    if group is not None and (having or few):
        text.drop(rf"\b(?:(?:for|of|among|only|with) )*(?:the |those )?{group.nouns}\b")
    alternatives = _alternatives(reading)
    order = sorting(reading)
    each = _of_each(reading)
    counted = text.take(_HOW_MANY)
    best = None if counted and not text.has(r"\btop \d") else superlative(reading)
    asks_date = bool(text.take(r"\b(?:when|(?:on )?(?:what|which) (?:date|day)|what is the date|dates? of)\b"))
    averaged = re.search(r"\b(?:average|mean|median|typical)\b", whole)
    if (group or alternatives) and not counted and not averaged and best is None:
        measure, aggregate = _summed(reading)
    else:
        measure, aggregate = _measured(reading, counted is not None, best is not None)
    if alternatives and measure is None and re.search(r"\b(?:longer|shorter)\b", whole):
        measure, aggregate = WORDS, "avg"
    elif alternatives and measure is not None and re.search(r"\b(?:on average|average|longer|shorter)\b", whole):
        aggregate = "avg"
    columns = [*each, *(_columns(reading) if not (aggregate or group or counted) else [])]
    read_filters(reading)
    about_before = len(reading.conditions)
    while (found := topic(reading)) is not None:
        reading.conditions.append(found)
    yes = (
        re.match(r" (?:is|are|was|were|does|do|did|has|have|any) ", whole) is not None
        and not aggregate
        and best is None
    )
    speaks = rf"\b(?:{POST_NOUN}|ones?|everything|anything|something|publish(?:ed)?|wrote|writes?|written|come out|came out|posted|titles?|blog)\b"
    subject = measure is not None or text.has(speaks) or search(speaks, whole) or reading.conditions[:about_before]
    titles = text.has(r"\btitles?\b")
    text.drop(
        rf"\b(?:{POST_NOUN}|titles?)\b",
        r"\b(?:very|other|kind|order|yet|currently|already|again|there|about|respectively|each|number|together|time|often|along with|alongside|with their|dates?|their|lengths?|whose|those|year|that|receives?|gets?|attracts?)\b",
        r"\bno\b(?= ·)" if yes else r"(?!)",
    )
    marks = re.findall(POST, text.left)
    if len(marks) == 1 and yes:
        post = reading.posts[int(marks[0])]
        text.drop(POST)
        reading.conditions.append(Condition(f"p.slug = {post.slug}", f"that is {post.name}"))
    reads = best is not None and bool(
        set(text.unread()) & _READ_VERBS or search(r"\babout\W*$|\babout ·* ?$", whole.strip())
    )
    about = reading.about()
    conditions = reading.conditions
    if not (subject or group or chart):
        return None
    if group is not None:
        if best is not None and not counted and not measure:
            if best.measure is PUBLISHED or best.measure is WORDS or best.limit:
                query = PostQuery(conditions, best, group=group, best_of_each=True)
                return of_query(query, about, reading.notes)
        if averaged is not None and measure is None:
            return _average_group(PostQuery(conditions, group=group), averaged[0], about)
        if measure is TAGS and aggregate == "sum" and group.source == "posts p":
            # A tag used twice in a year is one tag of that year.
            topics = f"{group.source} JOIN topics t ON t.slug = p.slug"
            group, measure = replace(group, source=topics, counted="count(DISTINCT t.tag)", unit="tags"), None
        way = None if order is None or order.measure in (PUBLISHED, TITLE) else order.descending
        if few is not None:
            way = True
        query = PostQuery(
            conditions,
            group=group,
            measure=measure,
            aggregate=aggregate,  # type: ignore[arg-type]
            having=having,
            most_first=way,
            top_groups=int(few[1]) if few else 0,
            cumulative=bool(cumulative),
        )
        return of_query(query, about, reading.notes)
    if alternatives:
        query = PostQuery(conditions, measure=measure, aggregate=aggregate, alternatives=alternatives)  # type: ignore[arg-type]
        if text.take(r"\bdifference\b"):
            return _alternatives_difference(query, about)
        return of_query(query, about, reading.notes)
    if aggregate and best is None:
        return of_query(PostQuery(conditions, aggregate=aggregate, measure=measure), about, reading.notes)  # type: ignore[arg-type]
    if best is not None:
        if counted or measure or share:
            return None
        if least := text.take(rf"\b(?:(?:but|and|with|has|have) )*at least {NUMBER}(?= ·|\s*$| one)"):
            conditions.append(
                Condition(f"{best.measure.sql} >= {number(least[1])}", f"with at least {number(least[1])}")
            )
        if order is not None and order.measure is TITLE and best.measure is PUBLISHED and best.limit == 1:
            best, order = replace(best, measure=TITLE), None  # "first alphabetically"
        query = PostQuery(conditions, best, columns=columns, then_by=order)
        itself = Reference(query.slugs(), "that post") if best.limit == 1 else None
        found_question = of_query(query, about, reading.notes, post=itself)
        if asks_date and best.measure is PUBLISHED:
            found_question = replace(found_question, form="value")
        return _to_be_read(found_question, query) if reads else found_question
    if counted:
        return of_query(PostQuery(conditions, aggregate="count"), about, reading.notes)
    if yes and conditions:
        return of_query(PostQuery(conditions, order, aggregate="any"), about, reading.notes)
    if chart and not conditions:
        return None
    if conditions or titles or search(r"\b(?:all|every|list|everything|titles|each)\b", whole):
        if chart and not order and not columns:
            return of_query(PostQuery(conditions, group=YEAR), about, reading.notes)
        return of_query(PostQuery(conditions, order, columns=columns), about, reading.notes)
    if order is not None and order.measure is not PUBLISHED or columns:
        return of_query(PostQuery(conditions, order, columns=columns), about, reading.notes)
    return None


def _of_each(reading: Reading) -> list[str]:
    """ "number of footnotes per post", "how many tags does each post have": a number shown for every post."""
    text = reading.text
    if text.has(r"\b(?:average|mean|median|typical\w*|most|fewest|highest|lowest|total)\b"):
        return []
    of = rf"(?:per|for each|of each|in each|for every|in every|by) (?:single |individual )?(?P<kind>(?:[\w§-]+ ){{0,2}}?){POST_NOUN}"
    m = text.take(rf"(?<!how many )\b(?:the )?(?:number of |counts? of )?(?P<noun>{ANY_MEASURE})(?: counts?)? {of}\b") or text.take(
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
    while m := text.take(rf"\b(?:with|and|plus) (?:their|its) (?:total )?(?:number|count) of (?P<noun>{ANY_MEASURE})(?= |$)"):
        found.append(m["noun"])
    fact = rf"(?:titles?|names?|dates?|publication dates|urls?|(?:number of )?(?:{ANY_MEASURE})(?: counts?)?)"
    if m := text.take(
        rf"^ (?:(?:show|list|give|display|get|what are) )?(?:me )?(?:the )?(?P<facts>{fact}(?:(?: ,)?(?: and)? {fact})+) (?:for|of)(?= .*\b(?:{POST_NOUN}|ones)\b)"
    ):
        found += re.findall(rf"\b(?:number of )?({ANY_MEASURE})(?: counts?)?\b", m["facts"])
        text.left = f" list every{text.left.replace('·', '', 1)}"
    measures = [measure_called(re.sub(r"(?<!word) counts?$", "", noun)) for noun in found if not re.fullmatch("titles?", noun)]
    return [f"{measure.sql} AS {measure.name}" for measure in measures if measure]


def _columns(reading: Reading) -> list[str]:
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


def _summed(reading: Reading) -> tuple[Measure | None, str]:
    """The sum of a measure named, for groups: "equations per year"."""
    subject = search(rf"\b{POST_NOUN}\b", reading.left)
    if reading.text.has(r"\bper (?:post|article)\b"):
        return _measured(reading, False, False)
    m = search(rf"\b(?:total |number of |total number of )*(?P<noun>{ANY_MEASURE})\b(?: counts?)?", reading.left)
    if m is None or (subject and subject.start() < m.start() and not m[0].startswith(("total", "number"))):
        return _measured(reading, False, False)
    reading.text.take(re.escape(m[0]) + r"(?= )")
    return measure_called(m["noun"]), "sum"


def _average_group(query: PostQuery, how: str, about: str) -> MetadataQuestion:
    """ "how many posts a year on average": over the groups that have any."""
    group = query.group
    assert group is not None
    function = "median" if how == "median" else "avg"
    sql = f"SELECT round({function}(posts), 2) AS {'median' if function == 'median' else 'average'}_posts_per_{group.name}, count(*) AS {group.name}s FROM ({query.sql()})"
    return MetadataQuestion(sql, "number", f"posts per {group.name}", about)


def _to_be_read(found: MetadataQuestion, query: PostQuery) -> MetadataQuestion:
    shown = replace(query, columns=["p.slug"])
    return replace(found, sql=shown.sql(), then_read=True)


def _share(reading: Reading) -> MetadataQuestion | None:
    """What part of some posts fulfils the rest of the question."""
    text = reading.text
    verb = search(
        r" (?:are|is|were|was|have|has|had|contain\w*|use|uses|link|links|mention\w*|carry|fall|fell|came|come|appeared|include\w*|do not|does not|did not|did he|share|run|exceed|get|got) ",
        text.left,
    )
    if verb is None:
        return None
    base = reading.fork()
    base.text.left = text.left[: verb.start() + 1]
    text.left = text.left[verb.start() :]
    read_filters(base)
    base_topic = topic(base)
    base.conditions.extend([base_topic] if base_topic else [])
    base.text.drop(rf"\b(?:{POST_NOUN}|what|is|all)\b")
    read_filters(reading)
    if (found := topic(reading)) is not None:
        reading.conditions.append(found)
    text.drop(rf"\b(?:{POST_NOUN}|fall|fell|get|got|out|run)\b")
    text.left += " ".join(base.text.unread()) + " "
    if not reading.conditions:
        return None
    words = f"{reading.about()}" + (f" of those {base.about()}" if base.conditions else "")
    return of_query(PostQuery(reading.conditions, aggregate="share", base=base.conditions), words, reading.notes)


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
            rf"\b(?:(?:for|in|of|on|by|from) )?{_EACH} (?:of the |single |different |calendar |individual )?{group.nouns}(?: (?:of the blog|he published))?(?= )(?! (?:post|posts)\b)"
        ):
            return group
    return None


def _alternatives(reading: Reading) -> list[Condition]:
    """Two or more times or tags set against each other: "more in 2016 or in 2017"."""
    text = reading.text
    if not text.has(
        r"\b(?:more|fewer|most|fewest|less|compare|compared|comparison|versus|vs|or|difference|than|longer|shorter|busier|quieter)\b"
    ):
        return []
    difference = text.has(r"\bhow many (?:more|fewer)\b|\bdifference\b")
    listed = r"t§\d+(?: ?,? ?(?:and|or|to|with|vs|versus|against|than|compared (?:to|with)|,)(?: (?:than )?(?:in|during|on))? ?(?:the )?t§\d+)+"
    if text.has(
        r"\b(?:more|fewer|most|fewest|less|compare|compared|comparison|versus|vs|difference|longer|shorter|busier|quieter)\b"
    ) and not text.has(r"\bbetween t§"):
        m = text.take(rf"\b(?:(?:in|during|on|of|from) )?{listed}")
    else:
        m = None
    if m is not None:
        conditions = [
            replace(condition, words=condition.words.removeprefix("in ")) for condition in reading.times.listed(m)
        ]
    else:
        conditions = _tag_alternatives(reading)
    if conditions:
        text.take(r"\bhow many (?=more|fewer)", "")
        text.drop(
            r"\b(?:compare[ds]?|comparison(?: of)?|versus|vs|more|fewer|less|longer|shorter|most|fewest|than|difference(?: in| between)?|or|against|higher|lower|between|are there|busier|quieter|which year was|which year|productive|active)\b"
        )
        if difference:
            text.left += "difference "
    return conditions


def _tag_alternatives(reading: Reading) -> list[Condition]:
    text = reading.text
    if not text.has(r"\b(?:more|fewer|most|less|compare|comparison|versus|vs|bigger|commoner)\b"):
        return []
    if text.has(r"\bwhich (?:post|article|one)\b") and not text.has(r"\btag"):
        return []  # two posts by name, not two tags
    known = "|".join(re.escape(name) for name in sorted(reading.vocabulary.tag_names, key=len, reverse=True))
    tag = rf"(?:{known}|q§\d+)"
    prefix = r"(?:the )?(?:(?:posts |articles |are there )?(?:tagged|about|on|labelled|with the tag) )?(?:with |as )?"
    found = search(
        rf"(?<!\S){prefix}(?P<one>{tag})(?: (?:posts|articles|ones|tag))? (?:or|vs|versus|than|and|to|with|against)(?: (?:than|with|as))? {prefix}(?P<two>{tag})(?: (?:posts|articles|ones|tag))?(?!\S)",
        text.left,
    )
    if found is None or not text.has(rf"\b(?:{POST_NOUN}|ones|tagged|tags?)\b"):
        return []
    conditions = []
    for name in (found["one"], found["two"]):
        probe = reading.fork()
        probe.text.left = f" tagged {name} "
        read_filters(probe)
        conditions += [
            replace(condition, words=condition.words.removeprefix("tagged ")) for condition in probe.conditions
        ]
    text.left = text.left.replace(found[0], " · posts ", 1)
    text.drop(r"\b(?:common(?:ly)?|popular|often|frequent(?:ly)?|tags?|bigger|commoner|widely)\b")
    return conditions if len(conditions) == 2 else []


def _alternatives_difference(query: PostQuery, about: str) -> MetadataQuestion:
    name = query.measure.name if query.measure else "posts"
    sql = f"SELECT max({name}) - min({name}) AS difference, arg_max(which, {name}) AS more FROM ({query.sql()})"
    return MetadataQuestion(sql, "number", name, about)


def _measured(reading: Reading, counted: bool, ranked: bool) -> tuple[Measure | None, str]:
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
    return _measured(reading, counted, False)


_SHAPES: tuple[Callable[[Reading], MetadataQuestion | None], ...] = (
    gaps,
    span,
    links_to_host,
    several_posts,
    neighbours,
    one_post,
    sections,
    named_posts,
    _groups,
    _posts,
)
