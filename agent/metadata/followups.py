"""A question that leans on the metadata question before it: "only the Bayesian ones", "and the one before that?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.lexicon import Vocabulary
from agent.metadata.changing import TO_READ, Spoken, changed_query
from agent.metadata.marking import read
from agent.metadata.measures import YEAR, measure_called
from agent.metadata.outcome import MetadataQuestion, NotUnderstood, of_query
from agent.metadata.query import PostQuery
from agent.metadata.questions import understand

MAX_TURNS = 8
"""Earlier questions that are read again; a conversation further back is not leant on."""
_ELLIPTIC = re.compile(
    r"^\W*(?:and|but|so|only|drop|remove|leave out|take out|skip|ignore|filter|just|now|then|ok(?:ay)?|also|what about|how about|make (?:that|it|this)|which (?:of|one)|plot|chart|graph|sort|order|rank|group|limit|exclude|without|with|(?:the )?same|those|that one|it\b|they\b|them|show (?:that|it|them|those|me the|only)|list (?:them|those)|in|since|before|after|from|per|by|top|newest|oldest|longest|shortest|the (?:next|previous|one|first|last|longest|shortest|newest|oldest|second|third)|how many (?:of|are|is|were|have|in|since|before)|when was (?:it|that)|as a|instead|not|no,)\b"
    r"|\b(?:of those|of these|of them|that one|this one|the former|the latter|it|that|they|them|those|their|there|ones?|its)\b",
    re.I,
)


_ANAPHORIC = re.compile(
    r"\b(?:of (?:those|these|them)|their|the (?:first|second|third|fourth|last|next|previous|other|latter|former) one)\b|^\W*(?:and|but|so|only|just)\b",
    re.I,
)


_COUNTED = r"words|equations|images|figures|footnotes|sections|code blocks|formulas|links"


def leans(question: str) -> bool:
    """Whether a question looks as if it leaned on the one before."""
    bare = re.fullmatch(
        rf"\W*how (?:many|much) (?:{_COUNTED})(?: (?:in total|altogether|overall|in all))?\W*", question, re.I
    )
    return len(question.split()) <= 14 and (bare or _ELLIPTIC.search(question)) is not None


def conversation(
    question: str, earlier: Sequence[str], vocabulary: Vocabulary
) -> MetadataQuestion | NotUnderstood | None:
    """What a question asks of the metadata after the questions `earlier`, oldest first; None when nothing of it."""
    before: Spoken | None = None
    for asked in earlier[-MAX_TURNS:]:
        found = _asked(asked, before, vocabulary)
        before = Spoken(asked, found) if isinstance(found, MetadataQuestion) else None
    return _asked(question, before, vocabulary)


def _asked(question: str, before: Spoken | None, vocabulary: Vocabulary) -> MetadataQuestion | NotUnderstood | None:
    if before is not None and leans(question):
        refined = refine(before, question, vocabulary)
        if refined is not None:
            return refined
        if _ANAPHORIC.search(question):  # an answer that leaves out what "those" are would be wrong
            return None
    found = understand(question, vocabulary)
    if isinstance(found, MetadataQuestion) or before is None:
        return found
    return refine(before, question, vocabulary) or found


def refine(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """The question before, changed by the follow-up; None when its words do not say how."""
    if re.search(
        r"^\W*(?:as )?(?:a |an |the )?(?:bar |line )?(?:chart|plot|graph|histogram) (?:of|for|from) (?:that|it|this|them|those)\b|^\W*(?:(?:and|now|then|ok|please|can you|could you) )*(?:make|show|give|draw|put|turn|plot|chart|graph|as|in)\b.*\b(?:chart|plot|graph|histogram|table|it|that|them|those)\b",
        follow_up,
        re.I,
    ):
        charted = _charted(before.found)
        if charted is not None and not re.search(r"\b(?:by|per|only|since|before|in (?:19|20)\d\d)\b", follow_up, re.I):
            return charted
    return (
        _about_it(before, follow_up, vocabulary)
        or changed_query(before, follow_up, vocabulary)
        or _other_post(before, follow_up, vocabulary)
    )


def _charted(found: MetadataQuestion) -> MetadataQuestion | None:
    """What can be drawn of an answer: itself, or the posts of a list by year."""
    query = found.query
    if query is not None and query.form == "list":
        return of_query(PostQuery(query.conditions, group=YEAR), found.about)
    return found


def _about_it(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """A question about the post just spoken of."""
    post = before.found.post
    if post is None:
        return None
    text = follow_up.strip(" ?.!")
    text = re.sub(r"^(?:and|but|so|ok|okay|then|now)\b[, ]*", "", text, flags=re.I)
    text = re.sub(
        r"^(?:what about |how about )?(?:the )?(?:(?:next|following) (?:one|post)|(?:one|post) after)$",
        "the one after that",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"^(?:what about |how about )?(?:the )?(?:previous (?:one|post)|(?:one|post) before)$",
        "the one before that",
        text,
        flags=re.I,
    )
    if m := re.fullmatch(
        r"(?:(?:what|which)(?: (?:post|one|article))?\b.*?\b)(?P<way>next|after(?:wards)?|following|before(?:hand)?|previous(?:ly)?|prior|earlier)(?: (?:that|it|this|to (?:that|it)))?",
        text,
        re.I,
    ):
        later = m["way"].lower().startswith(("next", "after", "follow"))
        text = f"which post came right {'after' if later else 'before'} that"
    if measure := re.fullmatch(r"(?:how many |what about |how about |the number of )?(?P<noun>[a-z -]+)", text, re.I):
        if measure_called(measure["noun"].lower().strip()) is not None:
            text = f"how many {measure['noun']} does it have"
    if owned := re.fullmatch(r"its (?:number of )?(?P<noun>[a-z -]+)", text, re.I):
        noun = owned["noun"].lower().strip()
        if measure_called(noun) is not None and not re.search(r"tags|sections|headings|categories", noun):
            text = f"how many {noun} does it have"
    if not re.search(r"\b(?:it|its|that|this)\b", text, re.I):
        return None
    if TO_READ.search(text):
        sql = f"SELECT p.title, p.published, p.slug FROM posts p WHERE p.slug = {post.slug}"
        return MetadataQuestion(sql, "list", "posts", "", then_read=True, post=post)
    found = understand(text, vocabulary, post)
    return found if isinstance(found, MetadataQuestion) else None


def _other_post(before: Spoken, follow_up: str, vocabulary: Vocabulary) -> MetadataQuestion | None:
    """ "and the SHAP one?": the question before, of another post."""
    named = [post for post in read(before.question, vocabulary).posts if not post.meant]
    name = re.sub(
        r"^\W*(?:(?:and|or|what about|how about|also|for|of|in|on|the same for|now) )+",
        "",
        follow_up.strip(" ?.!"),
        flags=re.I,
    )
    if len(named) != 1 or len(name.split()) > 8 or vocabulary.post(name) is None:
        return None
    title = vocabulary.post(name)
    asked, swapped = re.subn(
        rf"(?:the |his )?{re.escape(named[0].name)}(?: (?:post|article|one|notebook))?",
        f'"{title.title if title else name}"',
        before.question.replace('"', ""),
        count=1,
        flags=re.I,
    )
    found = understand(asked, vocabulary) if swapped else None
    return found if isinstance(found, MetadataQuestion) else None
