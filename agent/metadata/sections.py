"""The sections of a post, or sections anywhere: listed, counted, the longest, the third."""

from __future__ import annotations

import re

from agent.metadata.filters import read_filters
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.reading import ONE_BY_RANK, POST_NOUN, Reading
from agent.metadata.text import NUMBER, ORDINAL, POST, QUOTED, literal, number, ordinal, search

HOW_MANY = r"\b(?:how (?:many|much)|(?:total )?number of|count(?: of)?)\b"
_SECTIONS = r"(?P<top>top[- ]?level |main |major |first-level |highest-level )?(?P<sub>sub)?(?:section|heading|header)s?(?: (?:titles?|names?|headings?))?"
_LONGEST_SECTION = r"\b(?:longest|biggest|largest|shortest|smallest) (?:[\w-]+ )?(?:sub)?(?:section|heading)\b"


def _beside(reading: Reading) -> str | None:
    """The section right before or after one whose heading is quoted, or all that lie under it."""
    if m := reading.text.take(
        rf"\b(?:(?:that )?(?:comes?|is|are|stands?|follows?|sits?) )*(?:right |directly |immediately |straight |just )*(?P<way>after|before|follow(?:s|ing)|preced(?:es|ing)) (?:the section )?{QUOTED}"
    ):
        step = 1 if m["way"].startswith(("after", "follow")) else -1
        return f"s.position IN (SELECT x.position {step:+d} FROM sections x WHERE x.slug = s.slug AND {_called(reading, m[2], 'x')})"
    if (
        m := reading.text.take(
            rf"\b(?:(?:that )?(?:are|is|lies?|stands?|there|come) )*(?:under|below|beneath|inside|within|in|of) (?:the section )?{QUOTED}"
        )
        or reading.text.take(
            r"\b(?:(?:are|is|lies?|stands?|come) )*(?:under|below|beneath) (?:the )?(?P<heading>(?:[\w'’&-]+ ){1,6}?)(?=(?:(?:in|of) )?(?:· )*$)"
        )
        or reading.text.take(
            r"\b(?:does|under|below|inside|within|in|of) (?:the )?(?P<heading>(?:[\w'’&-]+ ){1,6}?)section(?: have| has| contain)?(?= )"
        )
    ):
        called = f"lower(x.heading) = {literal(m['heading'].strip())}" if m.groupdict() else _called(reading, m[1], "x")
        under = f"list_contains(s.path, x.heading) AND x.position < s.position AND {called}"
        return f"EXISTS (SELECT 1 FROM sections x WHERE x.slug = s.slug AND {under})"
    return None


def _called(reading: Reading, quoted: str, table: str) -> str:
    return f"lower({table}.heading) = {literal(reading.text.quotes[int(quoted)].lower())}"


def sections(reading: Reading) -> MetadataQuestion | None:
    """The sections of a post, or sections anywhere: listed, counted, the longest, the third."""
    text = reading.text
    marks = list(dict.fromkeys(re.findall(POST, reading.left)))
    posts_noun = search(rf"\b{POST_NOUN} .*\b(?:sections?|headings?|headers?)\b", text.left)
    if (
        len(marks) > 1
        or text.has(ONE_BY_RANK)
        or (
            posts_noun
            and not marks
            and not text.has(_LONGEST_SECTION)
            and not text.has(r"\b(?:how many|number of) (?:[\w-]+ )?(?:sections|headings)")
        )
        or not text.has(rf"\b{_SECTIONS}\b|\b(?:outline|table of contents|toc|structured?|chapters?)\b")
    ):
        return None
    m = text.take(rf"\b{_SECTIONS}\b|\b(?:outline|table of contents|toc|structured?|chapters?)\b")
    post = reading.posts[int(marks[0])] if marks else None
    where = ["s.position > 0"]
    if post is not None:
        where.append(f"s.slug = {post.slug}")
        text.drop(POST)
    least = f"(SELECT min(x.level) FROM sections x WHERE x.slug = {post.slug if post else 's.slug'} AND x.position > 0)"
    if post is not None and (beside := _beside(reading)):
        where.append(beside)
    if m and m.groupdict().get("top"):
        where.append(f"s.level = {least}")
    if m and m.groupdict().get("sub"):
        where.append(f"s.level > {least}")
    if heading := text.take(
        rf"\b(?:that are |are )?(?:called|named|titled|headed|entitled|containing|contain|with|have|mention(?:ing)?) (?:the (?:words?|phrase) )?(?:{QUOTED}|(\w+(?: (?!in\b)\w+)?))(?: in (?:its|their|the) (?:headings?|titles?|names?))?(?= )|(?<= )(?:{QUOTED})(?= ·)"
    ):
        words = text.quotes[int(heading[1] or heading[3])] if heading[1] or heading[3] else heading[2]
        where.append(f"contains(lower(s.heading), {literal(words.lower())})")
    counted = text.take(HOW_MANY)
    long = text.take(
        r"\b(?:(?P<long>longest|biggest|largest)|(?P<short>shortest|smallest))\b(?: by (?:word count|words))?|\b(?:has |have |with )?(?:the )?(?P<most>most|fewest|least) (?P<noun>words|equations|code blocks?|code|figures?|images?)\b"
    )
    nth = text.take(rf"\b(?:{ORDINAL}|(last|final))\b")
    of_posts = post is None and text.has(rf"\b{POST_NOUN} .*\bwords\b")
    long_words = (
        None
        if of_posts
        else text.take(
            rf"\b(?:with |of |over )?(?P<how>more|longer|over|at least|fewer|less)(?: than)? {NUMBER} words(?: long)?\b"
        )
    )
    if long_words:
        operator = {"fewer": "<", "less": "<", "at least": ">="}.get(long_words["how"], ">")
        where.append(f"s.word_count {operator} {number(long_words[2])}")
    text.drop(
        r"\b(?:how is|of|in|under|into|divided|split|outline|there|numbers?|titles?|across|order|contents?|organi[sz]ed)\b"
    )
    if post is None:
        read_filters(reading)
    source = f"sections s JOIN posts p ON p.slug = s.slug WHERE {' AND '.join([*where, *(c.sql for c in reading.conditions)])}"
    about = "in that post" if post else reading.about()
    if long:
        noun = long.groupdict().get("noun")
        table = {"e": "equations", "c": "code_blocks", "f": "figures", "i": "figures"}.get((noun or "w")[0])
        value = (
            f"(SELECT count(*) FROM {table} e WHERE e.slug = s.slug AND e.section = s.position)"
            if table
            else "s.word_count"
        )
        down = "ASC" if long["short"] or long["most"] in ("fewest", "least") else "DESC"
        title = "" if post else ", p.title"
        return MetadataQuestion(
            f"SELECT s.heading{title}, {value} AS {table or 'words'} FROM {source} QUALIFY rank() OVER (ORDER BY {value} {down}) = 1",
            "top",
            table or "words",
            about,
            post=post,
        )
    if counted:
        return MetadataQuestion(f"SELECT count(*) AS sections FROM {source}", "number", "sections", about, post=post)
    if post is None and not reading.conditions and len(where) == 1:
        return None
    if nth:
        skip = 0 if nth[2] else ordinal(nth[1]) - 1
        return MetadataQuestion(
            f"SELECT s.heading FROM {source} ORDER BY s.position {'DESC' if nth[2] else ''} LIMIT 1 OFFSET {skip}",
            "value",
            "section",
            about,
            post=post,
        )
    columns = "s.heading, s.level, s.position" if post else "s.heading, p.title, p.published"
    return MetadataQuestion(
        f"SELECT {columns} FROM {source} ORDER BY p.published, s.position",
        "list",
        "sections",
        "" if post else about,
        post=post,
    )
