"""Links a question asks for: between posts, both ways, and to other sites."""

from __future__ import annotations

import re

from agent.metadata.measures import LINKS_IN, LINKS_OUT
from agent.metadata.periods import Condition
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import END, NUMBER, POST, QUOTED, fullmatch, literal, number, search

LINK = r"(?:link(?:s|ed|ing)?(?: (?:back|out|directly|over))?|cit(?:e|es|ed|ing)|refer(?:s|red|ring|ence|ences|enced|encing)?(?: back)?|point(?:s|ed|ing)?(?: back)?|mention(?:s|ed|ing)?(?= (?:(?:in|by|to) )?(?:both )?(?:the )?p§))"
_NEGATED = r"(?P<not>(?:do|does|did|is|are|was|were) not (?:ever )?|never |without |not )?"


def links(reading: Reading) -> Condition | None:
    text = reading.text
    if m := text.take(
        rf"\b(?:(?:that|which|does|do|is|are|was) )*{POST} (?:(?:is|get|gets|being|was|ever) )*(?:linked|cited|referenced|mentioned)(?: to)? (?:from|by|in)(?= ·| ,|  ?$| $)"
    ):
        post = reading.post(m)
        return Condition(
            f"p.slug IN (SELECT k.slug FROM post_links k WHERE k.target_slug = {post.slug})", "linking to that post"
        )
    if m := text.take(
        rf"\b{_NEGATED}(?:that |which )?(?:(?:are|is|were|was|get|gets|been) )*{LINK}(?: (?:to|at))? (?:by|from|in) {POST}(?= )|\b(?:that |which |(?:does|do|did) )?{POST} (?:(?:does|do|did|is|that|article|post) )?{LINK}(?: (?:to|at|out))*(?= )(?! {POST})"
    ):
        post = reading.posts[int(m[2] or m[3])]
        text.drop(r"\b(?:earlier|previous|past|own)\b")
        found = Condition(
            f"p.slug IN (SELECT k.target_slug FROM post_links k WHERE k.slug = {post.slug})",
            f"which {post.spoken} links to",
        )
        return found.negated() if m["not"] else found
    if m := text.take(
        rf"\b{_NEGATED}(?:that |which |with |have |has |contain |containing )?(?:a |any )?{LINK} (?:(?:to|at|back) )*(?:both )?(?:the )?{POST}(?P<and> (?:and|or) {POST})?(?= )"
    ):
        posts = [reading.posts[int(index)] for index in re.findall(POST, m[0])]
        joined = (" OR " if " or " in (m["and"] or "") else " AND ").join(
            f"p.slug IN (SELECT k.slug FROM post_links k WHERE k.target_slug = {post.slug})" for post in posts
        )
        found = Condition(f"({joined})", f"linking to {'both posts' if len(posts) > 1 else 'that post'}")
        return found.negated() if m["not"] else found
    if m := text.take(
        rf"\b(?:(?:are|is|were|was|have|has|had) )?(?:not|never) (?:ever |been |get |gets |being )*{LINK}(?: to)? (?:by|from|in) (?:any(?: of (?:the|his))?(?: other)?|(?:an)?other|a single(?: other)?) {POST_NOUN}(?= )|\b(?:that )?(?:nobody|nothing|no one|none) {LINK}(?: (?:to|back))*(?= )|\b(?:that )?no (?:other )?{POST_NOUN} (?:ever )?{LINK}(?: (?:to|back))*(?: (?:it|them))?(?= )|\bwith(?:out| no) (?:any )?(?:incoming|inbound) links?(?= )"
    ):
        return Condition(f"{LINKS_IN.sql} = 0", "that no other post links to")
    if text.take(
        rf"\b(?:(?:are|is|were|was|do|does|have|has) )?(?:not|never)(?: (?:get|gets|been|being|are|is|ever))* {LINK}(?: to)?(?: (?:at all|anywhere|by (?:anything|anyone|anybody)(?: else)?))?(?=(?: ·| ,|  ?$)| $)"
    ):
        return Condition(f"{LINKS_IN.sql} = 0", "that no other post links to")
    another = rf"(?:(?:(?:by|from|in|to) )?(?:(?:any )?(?:an)?other {POST_NOUN}|one|1|any(?:thing|one)?(?: else)?)(?: themselves| itself)?)"
    out, inward = rf"{LINK} {another}", rf"(?:(?:are|is|were|get|gets) )?{LINK}(?: to)?(?: (?:by|from|in) {another})?"
    if text.take(rf"\b(?:neither|not|never) (?:{out} (?:nor|or) {inward}|{inward} (?:nor|or) {out})(?= )"):
        return Condition(
            f"({LINKS_OUT.sql} = 0 AND {LINKS_IN.sql} = 0)", "that neither link to another nor are linked from one"
        )
    if m := text.take(
        rf"\b(?:do|does|did)? ?(?:not|never) {LINK} to (?:any(?: of (?:the|his))?(?: other)?|other) {POST_NOUN}(?: on (?:the|this|his) blog)?(?= )|\b{LINK} to no (?:other )?{POST_NOUN}(?= )|\bwith(?:out| no) (?:any )?(?:internal|outgoing internal) links?(?= )"
    ):
        return Condition(f"{LINKS_OUT.sql} = 0", "that link to no other post")
    if m := text.take(rf"\b{LINK} to (?:any |an? )?other {POST_NOUN}(?: on (?:the|this|his) blog)?(?= )(?!.*\bmost\b)"):
        return Condition(f"{LINKS_OUT.sql} > 0", "that link to another post")
    return _host(reading)


def link_counts(reading: Reading) -> Condition | None:
    """ "linked to by at least 3 posts"."""
    m = reading.text.take(
        rf"\b(?:(?:that|which) )?(?:(?:are|is|were|was|get|gets|been|have|has) )*{LINK}(?: to)? (?:by|from|in) (?P<how>at least|more than|exactly|only|fewer than|less than|at most|over)? ?{NUMBER} (?:or more )?(?:other )?{POST_NOUN}(?= )"
    )
    if m is None:
        return None
    asked = m["how"] or ("at least" if "or more" in m[0] else "exactly")
    operator = {"more than": ">", "over": ">", "fewer than": "<", "less than": "<", "at most": "<=", "at least": ">="}
    return Condition(
        f"{LINKS_IN.sql} {operator.get(asked, '=')} {number(m[2])}", f"that {asked} {number(m[2])} posts link to"
    )


def host_condition(reading: Reading, name: str) -> str | None:
    """A condition over `links k` for a host named loosely ("wikipedia", "arxiv.org"), None when no post links there."""
    name = name.strip().removeprefix("the ").removesuffix(" site")
    if fullmatch(QUOTED, name):
        name = reading.text.quotes[int(name[2:])].lower()
    squashed = name.replace(" ", "")
    if squashed in reading.vocabulary.hosts:
        return f"k.host = {literal(squashed)}"
    if not any(f".{squashed}." in f".{host}." for host in reading.vocabulary.hosts):
        return None
    return f"contains('.' || k.host || '.', {literal(f'.{squashed}.')})"


def spoken_host(name: str) -> str:
    """A host as it is said: without its ending, else it would be an address that no tool returned."""
    return name.strip().rpartition(".")[0] or name.strip()


def _host(reading: Reading) -> Condition | None:
    m = search(
        rf" {_NEGATED}(?:that |which |with |have |has |contain(?:s|ing)? )?(?:a |an |any |at least (?:one|1|a) )?{LINK}(?: out)? (?:to )?((?:(?!p§)[\w.'§-]+ ){{1,3}}?){END}",
        reading.left,
    )
    if m is None or search(r"how many (?:times )?$|number of $|most $", reading.left[: m.start() + 1]):
        return None
    condition = host_condition(reading, m[2])
    if condition is None:
        return None
    reading.text.left = reading.left.replace(m[0], " · ", 1)
    found = Condition(
        f"EXISTS (SELECT 1 FROM links k WHERE k.slug = p.slug AND {condition})", f"linking to {spoken_host(m[2])}"
    )
    return found.negated() if m["not"] else found
