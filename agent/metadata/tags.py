"""The tags a question asks for, joined by and, or, not, and the nearest ones to a tag that is none."""

from __future__ import annotations

import difflib
import re

from agent.metadata.periods import Condition
from agent.metadata.reading import Reading
from agent.metadata.text import END, NEUTRAL, QUOTED, finditer, fullmatch, literal, search


def tags(reading: Reading) -> Condition | None:
    known = reading.vocabulary.tag_names
    one = "|".join(re.escape(name) for name in sorted([*known, "mathjax"], key=len, reverse=True))
    join = r" ?(?:,? ?(?:and|or|but|nor|/|&|\+|,)) (?:(?:also|both|either) )?(?:(?:not|without|tagged) )*(?:the )?(?:tag )?"
    # "tagged A and tagged B or C" are two filters
    join = rf"(?! and tagged (?:{one}|q§\d+) or ){join}"
    several = rf"(?:{one}|q§\d+)(?:{join}(?:{one}|q§\d+)(?!\w))*"
    negation = r"(?P<not>(?:(?:is|are|was|were|do|does|has|have|did)? ?(?:not|never|but not|and not)|un) ?(?:been |be |have |has |carry |use )?|(?:without|lacking|except(?: for)?|excluding|outside|other than|leaving out|ignoring|minus|that lack)(?: (?:the|those|any))?(?: (?:ones|posts|articles))?(?: that are)? )?"
    for pattern in (
        rf"{negation}(?:that |which )?(?:(?:is|are|was|were|have been|has been|being|got) )?(?:also )?\b(?:tagged|labell?ed|categori[sz]ed|filed)(?P<neither>(?: (?:as|with|under|both|either|neither|only|the|tag|tags|in))*) (?P<tags>{several})(?: tags?)?(?!\S)",
        rf"{negation}\b(?:that |which )?(?:with|have|has|having|had|carry|carries|carrying|use|uses|using|under|in|bear(?:ing)?|share|sharing|got) (?:both |either |neither )?(?:of )?(?:the |a )?(?P<tags>{several}) (?:tags?|categor(?:y|ies))(?!\S)",
        rf"{negation}(?:\b(?:that |which )?(?:with|have|has|having|had|carry|carries|carrying|use|uses|using|under|in|bear(?:ing)?|for|of|share|sharing) )?(?:both |either )?(?:of )?(?:the |any of the )?(?:tags?|categor(?:y|ies)) (?P<tags>{several})(?!\S)",
        rf"{negation}(?:the )?(?P<tags>{several}) tags?(?!\S)",
        rf"(?<!\S)(?P<not>non[- ])?(?P<tags>{several})(?= (?:posts?|articles?|ones?|notebooks?|entries|pieces)(?!\S))",
        r"(?P<not>(?:not|without|un) ?)?(?:is |are |was |were |have been )?\b(?:tagged|labell?ed)(?: (?:as|with|under|the tag))* (?P<unknown>(?:(?!(?:and|or|in|by|but|since|after|before|per|each|both|only|anything|something|related|to|any|no|at|more|less|fewer)\b)[\w&'+.-]+ ){1,3}?)"
        + END,
    ):
        m = search(pattern, reading.left)
        if m is None or m.groupdict().get("tags") in NEUTRAL:  # "blog posts", where "blog" is a tag too
            continue
        if _mixed(m.groupdict().get("tags") or ""):
            continue
        reading.text.take(pattern)
        return _tag_condition(reading, m)
    return None


def _mixed(phrase: str) -> bool:
    """Whether both "and" and "or" join the tags: which binds the other is unclear."""
    return search(r" or ", phrase) is not None and search(r" and ", phrase) is not None


def _tag_condition(reading: Reading, match: re.Match[str]) -> Condition:
    groups = match.groupdict()
    outer = bool((groups.get("not") or "").strip()) or "neither" in (groups.get("neither") or "")
    phrase = groups.get("tags") or ""
    names = [groups["unknown"].strip()] if groups.get("unknown") else _tag_list(reading, phrase)
    either = bool(search(r" (?:or|nor|/) ", phrase))
    parts, words = [], []
    for name in names:
        bare = re.sub(r"^(?:not|without) ", "", name)
        tag = _tag(reading, bare)
        has = f"EXISTS (SELECT 1 FROM tags x WHERE x.slug = p.slug AND lower(x.tag) = {literal(tag.lower())})"
        parts.append(f"NOT {has}" if bare != name else has)
        # A tag called as a post is would read as that post, in an answer that names posts.
        called = "that tag" if reading.vocabulary.is_title(tag) else tag
        words.append(f"not {called}" if bare != name else called)
    joined = (" OR " if either else " AND ").join(parts)
    condition = Condition(
        f"({joined})" if len(parts) > 1 else joined, "tagged " + (" or " if either else " and ").join(words)
    )
    return condition.negated() if outer else condition


def _tag_list(reading: Reading, phrase: str) -> list[str]:
    """The tags of a list, "not" before those to leave out."""
    known = "|".join(
        re.escape(name) for name in sorted([*reading.vocabulary.tag_names, "mathjax"], key=len, reverse=True)
    )
    found = finditer(rf"(?<![\w-])((?:not|without) (?:tagged )?(?:the )?)?({known}|q§\d+)(?![\w-])", phrase)
    return [("not " if match[1] else "") + match[2] for match in found]


def _tag(reading: Reading, name: str) -> str:
    """The tag as written; an unknown one as asked, with the nearest in a note, or the one it misspells."""
    if quoted := fullmatch(QUOTED, name):
        name = reading.text.quotes[int(quoted[1])].lower()
    known = reading.vocabulary.tag_names
    if name in known:
        return known[name]
    if name == "mathjax":
        return name
    if close := difflib.get_close_matches(name, known, n=1, cutoff=0.84):
        return known[close[0]]
    near = [known[other] for other in known if name in other or other in name.split()] or [
        known[other] for other in difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    ]
    closest = f"; the closest are {', '.join(dict.fromkeys(near[:4]))}" if near else ""
    reading.notes.append(f"No tag is called {name}{closest}.")
    return name
