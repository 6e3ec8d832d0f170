"""A question with its quotes, posts and times marked by placeholders: written titles, loose names, "it"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from agent.lexicon import Vocabulary
from agent.metadata.post_names import SMALL, Title, split_words
from agent.metadata.reading import ONE_POST, SUPERLATIVE, Reading, Reference
from agent.metadata.speech import plain
from agent.metadata.text import Text, finditer, fullmatch, literal, search
from agent.metadata.times import Times

_NO_NAME = rf"(?:{SUPERLATIVE}|not|no|never|without|the|his|her|a|an|that|this|which|what|how|many|posts?|articles?|is|are|was|were|did|does|do|has|have|had|before|after|between|when|tags?|words?|sections?|long|each|every|per|than|share[sd]?|or|longer|shorter|references?|refers?|mentions?|link|links|linked|cite|cites|published|ago|years?|months?)"
_TOPIC_BEFORE = re.compile(
    r"(?:\b(?:tagged(?: with| as)?|about|on|covering|mention\w*|discuss\w*|word|phrase|tags?)|§)\s+(?:the\s+)?$", re.I
)
_COUNTED = r"(?:images?|figures?|pictures?|equations?|formulas?|footnotes?|code|blocks?|headings?|notebooks?|longer|shorter|older|newer|later|earlier|more|fewer|titles?|numbers?|averages?|means?|medians?|totals?|counts?|highest|lowest|greatest|maximum|minimum|ranks?|ranked)"
"""Words that count or compare: no part of a name that stands alone."""
_INVENTED = r"\b(?:algorithm|theorem|method|model|paper|book|equation|formula|criterion|distribution|data ?set|network|principle)s? (?:(?:first|originally|was|were) )*(?:published|invented|introduced|proposed|developed|discovered|derived|written|released|created|collected|founded|made)\b"
_LONGEST_NAME = 12
"""Words of a title that are looked for as a name."""
_MOST_WORDS = 60
"""Of one run of unread words: what is longer is no question about facts."""
"""What is told in a post, not when the post came out: a name alone does not mean the post then."""
_TAGS_BEFORE = re.compile(
    r"\btags?\b[^.?!]{0,40}?\b(?:with|alongside|besides?|than)\s+(?:the\s+)?$|"
    r"\b(?:tagged|labell?ed|filed|tags?)\b[^.?!]{0,60}?(?:\b(?:or|and|nor|not|both|either|neither)|,)\s+(?:the\s+)?$",
    re.I,
)


def read(
    question: str, vocabulary: Vocabulary, spoken_of: Reference | None = None, today: date | None = None
) -> Reading:
    """The question with quotes, posts and times marked; `spoken_of` is what "it" and "that post" mean."""
    text = Text(question.replace("§", " "))
    reading = Reading(text, vocabulary, Times(text, today or datetime.now(UTC).date()))
    text.take_quotes()
    _mark_quoted_titles(reading)
    _mark_whole_titles(reading)
    text.simplify()
    text.left, corrected = plain(text.left, lambda word: all(map(vocabulary.knows, vocabulary.terms(word))))
    if corrected:
        reading.notes.append(f"Read {', '.join(corrected)}.")
    _mark_hosts(reading)
    if spoken_of is not None:
        _mark_pronoun(reading, spoken_of)
    _mark_loose_names(reading)
    reading.times.mark()
    return reading


def _mark_hosts(reading: Reading) -> None:
    """ "Wikipedia links": links to that site."""
    hosts = {name for host in reading.vocabulary.hosts for name in host.split(".")[-3:-1]}
    reading.text.left = re.sub(
        r"\b([\w-]+) (links?)(?= )(?! (?:to|from|in|out))",
        lambda found: f"{found[2]} to {found[1]}" if found[1] in hosts else found[0],
        reading.text.left,
    )


def _mark_quoted_titles(reading: Reading) -> None:
    text = reading.text
    skipped: set[int] = set()
    for index, quoted in enumerate(text.quotes):
        joined = search(rf"q§{index - 1}\s+(?:or|and|nor|,)\s+q§{index}(?!\d)", text.left)
        around = search(rf"((?:\S+ +){{0,3}})q§{index} +((?:\S+ +){{0,7}})", text.left)
        words = " ".join(around.groups()).lower() if around else ""
        meant = reading.vocabulary.posts(quoted)
        exact = [title for title in meant if split_words(title.title) == split_words(quoted)]
        owner = search(rf"\b(?:of|in|does|do|did|for|from|is|was|to)\s+(?:the\s+)?q§{index}(?!\d)", text.left.lower())
        spoken_of = search(
            r"\bwords?\b|\btag|\btitles?\b|phrase|letter|heading|section|mention|\bname\b|headline|contain|includ|\bbegin|\bstart|\bend",
            words,
        )
        named_so = search(
            rf"\b(?:words?|phrase|letters?|tag(?:ged)?|sections?|headings?|titles?|contain\w*|includ\w*|mention\w*|called|named)(?: as| with| the)* +q§{index}(?!\d)|q§{index} +(?:tag|in|section|heading|as)\b",
            text.left.lower(),
        )
        in_common = search(
            rf"\b(?:shar\w+|have|has|having) (?:[\w-]+ ){{1,4}}?with +q§{index}(?!\d)", text.left.lower()
        )
        of_sections = search(
            rf"\b(?:sub)?(?:section|heading)s?\b.* (?:after|before|follow\w*|preced\w*|under|below|within|inside) +q§{index}(?!\d)",
            text.left.lower(),
        )
        its_own = owner is not None or named_so is None or in_common is not None
        if (spoken_of or of_sections or (joined and index - 1 in skipped)) and not (exact and its_own):
            skipped.add(index)
            continue
        if exact or meant:
            text.take(
                rf"(?:\b[Tt]he +)?q§{index}(?= )(?: +(?:post|article|notebook)\b)?",
                reading.named(_reference(quoted, exact or meant)),
            )


def _mark_whole_titles(reading: Reading) -> None:
    """Titles written out; a single word only as it is written, and none after "about", where it may be a topic."""
    written = [(title.title, title) for title in reading.vocabulary.titles]
    written += [
        (head, title) for title in reading.vocabulary.titles if (head := title.title.partition(":")[0]).count(" ")
    ]
    for words, title in sorted(written, key=lambda pair: -len(pair[0])):
        flags = re.I if " " in words else 0
        pattern = rf"(?<![\w§-])(?:(?:[Tt]he|[Hh]is) )?{re.escape(words)}(?![\w-])(?: (?:post|article|notebook|one)\b)?"
        if words.lower() not in reading.text.left.lower():
            continue
        for match in re.finditer(pattern, reading.text.left, flags):
            before, after = reading.text.left[: match.start()], reading.text.left[match.end() :]
            one = re.search(rf"\b{ONE_POST} (?:on|about) (?:the )?$", before, re.I) and not re.search(
                rf"\b(?:{SUPERLATIVE})\b[\w ]{{0,12}}$", before[: before.rstrip().rfind(" on")], re.I
            )
            tagged = re.search(r"\btags? (?:(?:are|were|is|used|found|put|there) )*on (?:the )?$", before, re.I)
            plural = re.match(
                r"\s+(?:posts|articles|ones|tag\b|among (?:its|their|the) tags|as (?:a|one of) )", after, re.I
            )
            listed = words.lower() in reading.vocabulary.tag_names and _TAGS_BEFORE.search(before)
            if (_TOPIC_BEFORE.search(before) and not one and not tagged) or plural or listed:
                continue
            mark = reading.named(Reference(literal(title.slug), title.title))
            before = (
                re.sub(rf"(?:\b(?:the|his) )?{ONE_POST} (?:on|about) (?:the )?$", "", before, flags=re.I)
                if one
                else before
            )
            reading.text.left = f"{before} {mark} {after}"
            break


def _mark_pronoun(reading: Reading, spoken_of: Reference) -> None:
    if match := reading.text.take(r"\bits (?P<owned>(?:\w+ ){1,3})(?=$)", ""):  # "what are its tags"
        reading.text.left = f"{reading.left.rstrip()} the {match['owned']}of {reading.named(spoken_of)} "
        return
    for pattern in (
        rf"\b(?:that|this|the same|said|the latter|the former) {ONE_POST}\b",
        r"(?<!\S)(?P<kept>to|of|in|by|before|after|does|is|was|than|about|for|has|did|and|from|link|cite) (?:it|that|this|its)\b(?! (?:links?|is|was|have|has|are)\b)",
        r"\bits?\b",
    ):
        if match := search(pattern, reading.left):
            kept = match.groupdict().get("kept") or ""
            reading.text.take(pattern, f"{kept} {reading.named(spoken_of)}".strip())
            return


def _mark_loose_names(reading: Reading) -> None:
    name = rf"((?:(?!{_NO_NAME} )[\w&'+/.-]+ ){{1,9}}?)"
    determiner = (
        r"(?:the|his|her|that|this|your|keng|a|about|on|does|in|is|was|of|did|to|and|or|from|by|for|than|vs|between)"
    )
    _mark(
        reading,
        rf"(?<= ){determiner} {name}(?:blog )?(?:post|article|notebook|piece|entry|write-?up)(?= )(?! (?:on|about) )",
    )
    _mark(reading, rf"(?<= )(?:the|his) {name}one(?= )(?! (?:on|about) )")
    if m := search(
        r"\blinks? (?:(?:point|go|lead|are there|there are)(?:s|ing)? )?from p§(\d+) to (?:his )?other posts\b",
        reading.left,
    ):
        reading.text.left = reading.left.replace(m[0], f"internal links p§{m[1]}", 1)
    for match in list(
        finditer(
            rf"(?:the )?{ONE_POST} (?:titled|called|named|entitled)(?: (?:exactly|simply|just))? (?=p§\d)",
            reading.left,
        )
    ):
        reading.text.left = reading.left.replace(match[0], "", 1)
    _mark_lists(reading)
    _mark_groups(reading)
    for match in list(
        finditer(
            rf"(?<!\S)(?:the |his |a )?{ONE_POST} (?:titled|called|named|entitled|on|about|explaining|describing|introducing|covering) (?:the )?((?:(?!(?:post|article) )[\w&'+/.-]+ ){{1,8}})",
            reading.left,
        )
    ):
        before = " ".join(reading.left[: match.start()].split()[-3:])
        bare = not match[0].startswith(("the ", "his "))
        if search(rf"\b(?:{SUPERLATIVE})\b", before) and bare or search(r"\b(?:any|no|which|what|each|every)$", before):
            continue
        _mark_longest(reading, match)


def _mark_lists(reading: Reading) -> None:
    """ "the HMC and SHAP posts": each a post, unless it is a tag of several."""
    one = rf"(?:(?!{_NO_NAME} |and )[\w&'+/.-]+ ){{1,4}}?"
    for match in list(
        finditer(
            rf"(?<= )(?:the|his) ((?:{one}(?:, ))*{one}(?:, )?and (?:the )?{one})(?:posts|articles)(?= )", reading.left
        )
    ):
        names = [name.strip() for name in re.split(r",| and (?:the )?", match[1]) if name.strip()]
        titles = [reading.vocabulary.post(name) for name in names if reading.vocabulary.posts_tagged(name) < 2]
        if len(titles) == len(names) and all(titles):
            marks = [
                reading.named(Reference(literal(title.slug), name))
                for title, name in zip(titles, names, strict=True)
                if title
            ]
            reading.text.left = reading.left.replace(match[0], " and ".join(marks), 1)


def _mark_groups(reading: Reading) -> None:
    """ "the two posts on lossless compression", "the two tagged LLM": as many posts as the name or the tag fits."""
    for match in list(
        finditer(
            r"(?:the|his) ([2-4]) (?:posts |articles |ones )?tagged ([\w&'-]+(?: [\w&'-]+)??)(?= |$)", reading.left
        )
    ):
        tag = reading.vocabulary.tag_names.get(match[2], match[2])
        if reading.vocabulary.posts_tagged(tag) == int(match[1]):
            reading.text.left = reading.left.replace(match[0], _tagged(reading, tag, int(match[1])), 1)
    for match in list(
        finditer(
            r"(?:the|his) (\d) (?:(?:posts|articles|ones) (?:on|about|titled|called|with|mentioning) ((?:[\w&'+/.-]+ ){1,5})|((?:[\w&'+/.-]+ ){1,4}?)(?:posts|articles)(?= ))",
            reading.left,
        )
    ):
        words = (match[2] or match[3]).split()
        tag = reading.vocabulary.tag_names.get(" ".join(words), "")
        if reading.vocabulary.posts_tagged(tag) == int(match[1]):
            reading.text.left = reading.left.replace(match[0].strip(), _tagged(reading, tag, int(match[1])), 1)
            continue
        for size in range(len(words), 0, -1):
            meant = reading.vocabulary.posts(" ".join(words[:size]))
            if len(meant) == int(match[1]):
                marks = [reading.named(Reference(literal(title.slug), title.title)) for title in meant]
                rest = " ".join(words[size:])
                reading.text.left = reading.left.replace(match[0].strip(), f"{' and '.join(marks)} {rest}".strip(), 1)
                break


def _tagged(reading: Reading, tag: str, count: int) -> str:
    """The marks of all the posts that have a tag, oldest first."""
    tagged = f"SELECT p.slug FROM posts p JOIN tags x ON x.slug = p.slug WHERE lower(x.tag) = {literal(tag.lower())}"
    places = (f"({tagged} ORDER BY p.published LIMIT 1 OFFSET {place})" for place in range(count))
    return " and ".join(reading.named(Reference(place, tag)) for place in places)


def _mark(reading: Reading, pattern: str) -> None:
    for match in list(finditer(pattern, reading.left)):
        meant = reading.vocabulary.posts(match[1])
        if meant and not re.match(rf"(?:{SUPERLATIVE})\b", match[1]):
            first = match[0].split()[0]
            kept = "" if first in ("the", "his", "her", "that", "this", "your", "keng", "a") else first
            mark = reading.named(_reference(match[1], meant))
            reading.text.left = reading.left.replace(match[0], f"{kept} {mark}".strip(), 1)


def _mark_longest(reading: Reading, match: re.Match[str]) -> None:
    """ "the post on X ...": as many words of X as still name a post."""
    words = match[1].split()
    for size in range(len(words), 0, -1):
        name = " ".join(words[:size])
        if any(fullmatch(_NO_NAME, word) for word in words[:size] if word not in SMALL or word == "or"):
            continue
        if words[size - 1] not in SMALL and (meant := reading.vocabulary.posts(name)):
            mark = reading.named(_reference(name, meant))
            rest = " ".join(words[size:])
            reading.text.left = reading.left.replace(match[0].strip(), f"{mark} {rest}".strip(), 1)
            return


def mark_bare_names(reading: Reading, unread: Sequence[str]) -> bool:
    """Whether a run of unread words was found to be a post's name ("when was SHAP published") and marked so."""
    if search(_INVENTED, reading.left):
        return False
    for run in _runs(reading.left, unread):
        words = run.split()[:_MOST_WORDS]
        spans = [words[start:end] for start in range(len(words)) for end in range(start + 1, start + _LONGEST_NAME + 1)]
        for span in sorted(spans, key=len, reverse=True):
            if any(fullmatch(rf"{_NO_NAME}|{_COUNTED}", word) for word in span) or {span[0], span[-1]} & SMALL:
                continue
            name = " ".join(span)
            if len(meant := reading.vocabulary.posts(name)) == 1:
                name = _extended(reading, name, meant[0])
                reading.text.left = reading.left.replace(f" {name} ", f" {reading.named(_reference(name, meant))} ", 1)
                return True
    return False


def _extended(reading: Reading, name: str, title: Title) -> str:
    """The name with what follows it, "primer on statistical inference", as far as it still names that post alone."""
    after = reading.left.partition(f" {name} ")[2].split()
    if not after or after[0] not in ("on", "of", "in", "to", "via", "with", "using", "for"):
        return name
    for size in range(min(6, len(after)), 1, -1):
        longer = f"{name} {' '.join(after[:size])}"
        if after[size - 1] not in SMALL and reading.vocabulary.posts(longer) == [title]:
            return longer
    return name


def _runs(text: str, unread: Sequence[str]) -> list[str]:
    """The longest stretches of unread words, small words between them allowed, longest first."""
    runs: list[str] = []
    current: list[str] = []
    for word in [*text.split(), "·"]:
        if word in unread or (current and word in SMALL - {"by", "from", "and", "or"}):
            current.append(word)
            continue
        while current and current[-1] in SMALL:
            current.pop()
        if current:
            runs.append(" ".join(current))
        current = []
    return sorted(runs, key=len, reverse=True)


def _reference(name: str, meant: Sequence[Title]) -> Reference:
    return Reference(literal(meant[0].slug), name.strip(), meant if len(meant) > 1 else ())
