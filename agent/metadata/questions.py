"""Questions about the posts as things (how many, which, when, the longest) to SQL, by composition.

A question is read once for names and times (`read`), then tried against a few ways of asking in turn. Each
takes away the words it understands: filters, order, grouping, measure. The first that leaves no word unread is what was
asked. Where none does, the question either is not about metadata (None, so that "How many layers did his PixelCNN
have?" goes to search) or is not understood, and the words that were not are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.answer import NOT_STORED, NOT_UNDERSTOOD, WHICH_POST
from agent.lexicon import Vocabulary
from agent.metadata.all_posts import READ_VERBS, all_posts
from agent.metadata.context import alone
from agent.metadata.gaps import gaps, span
from agent.metadata.groups import groups
from agent.metadata.kept import lost
from agent.metadata.marking import mark_bare_names, read
from agent.metadata.measures import ANY_MEASURE
from agent.metadata.neighbours import named_posts, neighbours
from agent.metadata.outcome import CAN_ANSWER, MetadataQuestion, NotUnderstood
from agent.metadata.posts import links_to_host, one_post, several_posts
from agent.metadata.reading import POST_NOUN, Reading, Reference
from agent.metadata.sections import sections
from agent.metadata.text import finditer, search


def understand(
    question: str, vocabulary: Vocabulary, spoken_of: Reference | None = None
) -> MetadataQuestion | NotUnderstood | None:
    """What a question asks of the metadata.

    None when it asks for something else; NotUnderstood when it does ask of the metadata, but with words that no rule
    knows or a name that fits several posts. `spoken_of` is the post that "it" means.
    """
    found = _with_context(question, vocabulary, spoken_of)
    if isinstance(found, MetadataQuestion) and vocabulary.only_summaries and search(_OF_WHOLE_PAGES, found.sql):
        # The catalogue's tables of these are empty: a count of 0 would be wrong.
        return NotUnderstood(f"{NOT_STORED} code, captions, tables and notes one by one; `bounded sync` gets them.")
    return found


_OF_WHOLE_PAGES = r"\b(?:FROM|JOIN) (?:code_blocks|figures|footnotes|equations|section_markdown)\b"


def _with_context(
    question: str, vocabulary: Vocabulary, spoken_of: Reference | None
) -> MetadataQuestion | NotUnderstood | None:
    found = _understood(question, vocabulary, spoken_of)
    if isinstance(found, MetadataQuestion):
        return found
    attempts = (_understood(asked, vocabulary, spoken_of) for asked in alone(question, vocabulary))
    return next((attempt for attempt in attempts if isinstance(attempt, MetadataQuestion)), found)


def _understood(
    question: str, vocabulary: Vocabulary, spoken_of: Reference | None
) -> MetadataQuestion | NotUnderstood | None:
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
        unread = [word for word in reading.text.unread() if found is None or not _only_has(word, base.left)]
        if found is not None and not unread and (words := lost(base.left, found.sql, base.times.times)):
            unread = words
            gone += words
        elif found is not None and not unread:
            return found, []
        if found is not None and found.then_read and set(unread) <= READ_VERBS:
            return found, []
        if found is not None and (fewest is None or len(unread) < len(fewest)):
            fewest = unread
    return None, fewest if fewest is not None else base.text.unread()


_LACKS = frozenset(
    "lack lacks miss misses lose loses lost omit omits skip skips avoid avoids drop drops need needs".split()
)


def _only_has(word: str, text: str) -> bool:
    """Whether an unread word can but say that something has what is counted: "crams in the most formulas"."""
    if not word.isalpha() or word in READ_VERBS or word in _LACKS:
        return False
    subject = rf"(?:{POST_NOUN}|years?|months?|weekdays?|tags?|that|[pt]§\d+)"
    amount = r"(?:most|fewest|least|highest|largest|greatest|lowest|more than|fewer than|less than|at least|at most|over|under|exactly|\d)"
    return search(rf" {subject} {word}(?: in| up| on| together)? (?:the |by far |far )*{amount} ", text) is not None


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


def _with_superlatives(base: Reading) -> Reading | None:
    """The reading with "the newest post", "his first post tagged X" taken for the posts they are; None without any."""
    reading = base.fork()
    first_and_last = rf"\b(?:the |his )?(first|oldest|earliest|longest|shortest|newest|latest|last) and (?:the |his )?(?:very )?(last|latest|newest|most recent|shortest|longest|oldest|first)(?: ones?)?((?: [\w§-]+){{0,3}}? {POST_NOUN}(?: (?:tagged|about|on|in|from|of)(?: [\w&'§-]+){{1,3}})?)"
    if m := search(first_and_last, reading.left):
        one = re.sub(r"\b(post|article)s\b", r"\1", m[3])
        reading.text.left = reading.left.replace(m[0], f"the {m[1]}{one} and the {m[2]}{one}", 1)
    if m := search(
        r"\b(?:the |his )?(first|\d+(?:nd|rd|th)) and (?:the |his )?(\d+(?:nd|rd|th)|last)((?: [\w§-]+){0,2}? )(post|article)s?(?= |$)",
        reading.left,
    ):
        reading.text.left = reading.left.replace(m[0], f"the {m[1]}{m[3]}{m[4]} and the {m[2]}{m[3]}{m[4]}", 1)
    changed = False
    rank = r"(?:very )?(?:\d+(?:nd|rd|th)[- ](?:(?:to|from)[- ](?:the )?)?)?(?:newest|latest|most recent|last|oldest|earliest|first|longest|shortest|wordiest|\d+(?:nd|rd|th))"
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
            found = all_posts(inner)
            if found is None or inner.text.unread() or found.query is None or found.query.order is None:
                continue
            mark = reading.named(Reference(found.query.slugs(), m[1]))
            reading.text.left = reading.left.replace(f" {m[0].strip()} ", f" {mark} ", 1)
            changed = True
    return reading if changed else None


_SHAPES: tuple[Callable[[Reading], MetadataQuestion | None], ...] = (
    gaps,
    span,
    links_to_host,
    several_posts,
    neighbours,
    one_post,
    sections,
    named_posts,
    groups,
    all_posts,
)
