"""From what a model wrote to what is shown: only sentences whose quotes really stand in what the tools returned.

A model ends its text with one line for each source (see `prompts.py`):

    Leapfrog preserves volume [1].

    Sources:
    [1] https://bjlkeng.io/posts/hamiltonian-monte-carlo/#hmc-algorithm "the exact words"

The quote is looked for, with spacing and markup normalised, in the evidence of this conversation. A citation that is
not found is dropped, and so is every sentence that has no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from warehouse.sentences import sentence_spans

NOT_COVERED = "The blog does not cover this."
DECLINED = "I only answer questions about the blog."
NOT_UNDERSTOOD = "I did not understand"
UNFINISHED = "The answer is not finished: the work stopped"
WHICH_POST = "More than one post fits"
MIN_QUOTE = 12
"""Characters of a quote, spacing aside, below which it proves nothing."""

_SOURCES = re.compile(r"^\W*sources?\W*$", re.I | re.M)
_SOURCE_LINE = re.compile(r"^\W*\[(\d+)\]\W*?(\S*)\s+[\"“](.+)[\"”]\s*$", re.M)
_MARK = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_URL = re.compile(r"https?://[^\s)\]>\"']+")


@dataclass(frozen=True, slots=True)
class Citation:
    slug: str
    title: str
    url: str
    """Jumps to the section."""
    heading: str
    anchor: str
    quote: str
    """Words that stand in the section."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True)  # no slots: the MCP SDK reads defaults from the class
class Answer:
    answer: str
    """Markdown; [n] refers to the n-th citation."""
    refused: bool
    citations: list[Citation]
    tools: list[ToolUse]
    table: Table
    """Rows of the last metadata query, empty when there was none."""
    model: str
    as_of: str
    """Date of the snapshot answered from."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage some tool returned."""

    slug: str
    title: str
    url: str
    heading: str
    anchor: str
    text: str


def evidence_of(artifact: dict[str, Any]) -> list[Evidence]:
    """The passages in a tool's result (as a dict): search hits, or the sections of a fetched page."""
    if "hits" in artifact:
        return [
            Evidence(*(hit[name] for name in ("slug", "title", "url", "heading", "anchor", "snippet")))
            for hit in artifact["hits"]
        ]
    if "markdown" in artifact:
        return list(_page_evidence(artifact))
    return []


def _page_evidence(page: dict[str, Any]) -> Iterable[Evidence]:
    """The sections of a page's Markdown; two of one heading are told apart by their order in the outline."""
    waiting = list(page["outline"])
    pieces = re.split(r"^#{1,6} (.+)$", page["markdown"], flags=re.M)
    for heading, text in [("", pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]:
        name = re.sub(r"\[\^[^\]]+\]", "", heading).strip()
        at = next((index for index, entry in enumerate(waiting) if entry["heading"] == name), None)
        anchor = "" if at is None else waiting[at]["anchor"]
        waiting = waiting if at is None else waiting[at + 1 :]
        url = f"{page['url']}#{anchor}" if anchor else page["url"]
        yield Evidence(page["slug"], page["title"], url, name, anchor, text)


def settle(
    text: str,
    evidence: Sequence[Evidence],
    table: Table,
    tools: Sequence[ToolUse],
    *,
    model: str,
    as_of: str,
    notes: Sequence[str] = (),
) -> Answer:
    """The answer that may be shown for a model's text: proven sentences, renumbered citations, or a refusal."""
    body, sources = _split(text)
    refused = body.startswith((NOT_COVERED, DECLINED, NOT_UNDERSTOOD, WHICH_POST))
    known_urls = {passage.url.partition("#")[0] for passage in evidence}
    known_urls |= {cell for row in table.rows for cell in row if isinstance(cell, str) and cell.startswith("http")}
    cited: list[Citation] = []
    said = list(notes)
    if not refused and not tools and not sources:
        said.append("nothing of the blog was read for this answer")
    elif not refused:
        proven = {number: found for number, quote in sources.items() if (found := find_quote(quote, evidence))}
        told = _numbers_told(table, tools)
        body, dropped = _proven_sentences(body, proven, told, cited)
        if dropped:
            said.append(f"{dropped} sentence{'s' if dropped > 1 else ''} without a verified quote left out")
        if not body.strip():
            body, refused = NOT_COVERED, True
    if body.startswith(NOT_COVERED):
        body = _with_closest(NOT_COVERED, evidence)
    body = _only_known_links(body, known_urls)
    return Answer(body.strip(), refused, cited, list(tools), table, model, as_of, "; ".join(said))


def unfinished(
    why: str,
    evidence: Sequence[Evidence],
    table: Table,
    tools: Sequence[ToolUse],
    *,
    model: str,
    as_of: str,
    notes: Sequence[str] = (),
) -> Answer:
    """What is said when the work ended before there was an answer: that it did, why, and where to read on."""
    text = _with_closest(f"{UNFINISHED} {why}.", evidence)
    return Answer(text, False, [], list(tools), table, model, as_of, "; ".join([f"stopped {why}", *notes]))


def needs_quoting(answer: Answer) -> bool:
    """Whether the model's answer failed for want of proof or time, not because the blog does not say."""
    return answer.answer.startswith(UNFINISHED) or (
        answer.refused and "without a verified quote left out" in answer.note
    )


def find_quote(quote: str, evidence: Sequence[Evidence]) -> Citation | None:
    """Where the quote stands, word for word up to spacing and markup; None when it does not, or proves too little."""
    wanted = normal(quote)
    if len(wanted.replace(" ", "")) < MIN_QUOTE:
        return None
    for passage in evidence:
        if wanted in normal(passage.text):
            return Citation(
                passage.slug, passage.title, passage.url, passage.heading, passage.anchor, " ".join(quote.split())
            )
    return None


def plain(markdown: str) -> str:
    """Markdown prose as a reader sees it: links as their words, no emphasis, single spaces; formulas untouched."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", re.sub(r"\[\^([^\]\s]+)\]", r"[\1]", markdown))
    parts = re.split(r"(\\\(.*?\\\)|\$\$.*?\$\$)", text, flags=re.S)
    parts[::2] = [re.sub(r"\*+(?=\S)(.+?)(?<=\S)\*+", r"\1", part) for part in parts[::2]]
    return " ".join("".join(parts).split())


def normal(text: str) -> str:
    """Text as compared: one kind of quote and dash, no emphasis, links as their words, single spaces."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    text = re.sub(r"\[\^?([^\]\s]+)\](?!\()", r"\1", text)
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "})
    text = re.sub(r"[*`]+|\$\$|\\\(|\\\)|\\\[|\\\]", " ", text)
    return " ".join(text.split()).casefold().replace(" ,", ",").replace(" .", ".")


def _split(text: str) -> tuple[str, dict[int, str]]:
    """(what is said, number -> quote)."""
    headings = list(_SOURCES.finditer(text))
    if not headings:
        return text.strip(), {}
    last = headings[-1]
    sources = {int(number): quote for number, _, quote in _SOURCE_LINE.findall(text[last.end() :])}
    return text[: last.start()].strip(), sources


def _proven_sentences(
    body: str, proven: dict[int, Citation], told: set[str] | None, cited: list[Citation]
) -> tuple[str, int]:
    """The body without unproven sentences, its marks renumbered, and how many were dropped; fills `cited`."""
    kept: list[str] = []
    dropped, position = 0, 0
    for start, end in _marked_spans(body):
        gap, position = body[position:start], end
        sentence = body[start:end]
        numbers = [int(n) for group in _MARK.findall(sentence) for n in group.split(",")]
        found = [proven[n] for n in numbers if n in proven]
        if not found and (numbers or not _told_by(sentence, told)):
            dropped += 1
            continue
        for citation in found:
            if citation not in cited:
                cited.append(citation)
        marks = "".join(f" [{cited.index(citation) + 1}]" for citation in dict.fromkeys(found))
        bare = _MARK.sub("", sentence) if numbers else sentence
        stop = re.search(r"[.!?:]?$", bare)
        cut = stop.start() if stop else len(bare)
        kept.append(gap + bare[:cut] + marks + bare[cut:])
    return "".join(kept), dropped


def _marked_spans(body: str) -> Iterable[tuple[int, int]]:
    """Sentences, a mark that follows a full stop counted to the sentence before it."""
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(body):
        lead = re.match(r"(?:\s*\[\d+(?:\s*,\s*\d+)*\])+", body[start:end])
        if lead and spans:
            spans[-1] = (spans[-1][0], start + lead.end())
            start += lead.end()
        if body[start:end].strip():
            spans.append((start, end))
    return spans


def _numbers_told(table: Table, tools: Sequence[ToolUse]) -> set[str] | None:
    """Every number in the metadata rows and in the SQL that gave them; None when no query gave rows."""
    if not table.rows:
        return None
    values = [
        *(value for row in table.rows for value in row),
        *(use.arguments.get("sql", "") for use in tools),
        len(table.rows),
    ]
    return set(_numbers(" ".join(map(str, values))))


def _numbers(text: str) -> list[str]:
    written = re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text))
    return [number.rstrip("0").rstrip(".") if "." in number else number for number in written]


def _told_by(sentence: str, told: set[str] | None) -> bool:
    """Whether a sentence without a quote says only what the metadata rows say: each of its numbers is among theirs."""
    return told is not None and all(number in told for number in _numbers(sentence))


def _only_known_links(body: str, known: set[str]) -> str:
    """The body with links of unknown addresses reduced to their words, and bare unknown addresses removed."""

    def allowed(url: str) -> bool:
        return url.rstrip(".,;").partition("#")[0] in known

    body = re.sub(r"!?\[([^\]]*)\]\(([^)\s]*)\)", lambda m: m[0] if allowed(m[2]) and m[0][0] != "!" else m[1], body)
    return _URL.sub(lambda match: match[0] if allowed(match[0]) else "", body)


def _with_closest(text: str, evidence: Sequence[Evidence]) -> str:
    posts = list(dict.fromkeys((passage.title, passage.url.partition("#")[0]) for passage in evidence))[:3]
    if not posts:
        return text
    return text + " The closest posts are " + ", ".join(f"[{title}]({url})" for title, url in posts) + "."


def render_answer(answer: Answer) -> str:
    """An answer with its numbered, linked sources, the SQL that ran and its notes, as Markdown."""
    parts = [answer.answer]
    if answer.citations:
        parts.append("Sources:\n" + "\n".join(_source(n, c) for n, c in enumerate(answer.citations, start=1)))
    if queries := [use.arguments.get("sql", "") for use in answer.tools if use.name == "query_metadata"]:
        parts.append("SQL:\n" + "\n".join(f"```sql\n{sql}\n```" for sql in queries))
    if answer.note:
        parts.append(f"Note: {answer.note}")
    return "\n\n".join(parts)


def _source(number: int, citation: Citation) -> str:
    name = f"{citation.title} > {citation.heading}" if citation.heading else citation.title
    return f'{number}. [{name}]({citation.url}): "{citation.quote}"'
