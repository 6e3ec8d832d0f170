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

from agent.links import only_known_links
from warehouse.quotes import MIN_QUOTE, normal, plain
from warehouse.sentences import sentence_spans

NOT_COVERED = "The blog does not cover this."
DECLINED = "I only answer questions about the blog."
NOT_UNDERSTOOD = "I did not understand"
UNFINISHED = "The answer is not finished: the work stopped"
WHICH_POST = "More than one post fits"
NOT_STORED = "The built-in catalogue does not hold"
OLD_YEARS = 4
"""Years after which what a post says of tools and records is said to be old."""
_AGES = re.compile(
    r"\b(?:versions?|releases?|librar(?:y|ies)|packages?|frameworks?|APIs?|GPUs?|hardware|SOTA|latest|"
    r"state[- ]of[- ]the[- ]art|current(?:ly)?|nowadays|today|these days|up to date|still|install\w*|benchmark\w*)\b",
    re.I,
)
_SOURCES = re.compile(r"^\W*sources?\W*$", re.I | re.M)
_SOURCE_LINE = re.compile(r"^\W*\[(\d+)\]\W*?(\S*)\s+[\"“](.+)[\"”]\s*$", re.M)
_AFTER_FORMULA = re.compile(r"\$\$(?:\s*\[\d+(?:\s*,\s*\d+)*\])+(?=\s+[A-Z])")
_MARK = re.compile(r"\\\(.*?\\\)|\$\$.*?\$\$|`[^`\n]*`|\s*\[([1-9]\d*(?:\s*,\s*[1-9]\d*)*)\]", re.S)
"""A mark has a group; formulas and code are passed over, for what stands there in brackets is none."""


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
    published: str = ""
    """ISO date of the post."""


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
    published: str = ""


def evidence_of(artifact: dict[str, Any]) -> list[Evidence]:
    """The passages in a tool's result (as a dict): search hits, or the sections of a fetched page."""
    if "hits" in artifact:
        return [
            Evidence(*(hit[name] for name in ("slug", "title", "url", "heading", "anchor", "snippet", "published")))
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
        yield Evidence(page["slug"], page["title"], url, name, anchor, text, str(page.get("published", "")))


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
    refused = body.startswith((NOT_COVERED, DECLINED, NOT_UNDERSTOOD, WHICH_POST, NOT_STORED))
    known_urls = {passage.url.partition("#")[0] for passage in evidence}
    known_urls |= {cell for row in table.rows for cell in row if isinstance(cell, str) and cell.startswith("http")}
    body = only_known_links(body, known_urls, " ".join(passage.text for passage in evidence))
    cited: list[Citation] = []
    said = list(notes)
    if not refused and not tools and not sources:
        said.append("nothing of the blog was read for this answer")
    elif not refused:
        proven = {
            number: found for number, (url, quote) in sources.items() if (found := find_quote(quote, evidence, url))
        }
        told = _numbers_told(table, tools)
        body, dropped = _proven_sentences(body, Proof(proven, evidence, told), cited)
        if dropped:
            said.append(f"{dropped} sentence{'s' if dropped > 1 else ''} without a verified quote left out")
        if not body.strip():
            body, refused = NOT_COVERED, True
    if body.startswith(NOT_COVERED):
        body = _with_closest(NOT_COVERED, evidence)
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


def age_note(question: str, answer: Answer) -> str:
    """That what is cited is old, when the question is about things that age; "" otherwise."""
    dates = sorted(citation.published for citation in answer.citations if citation.published)
    if not dates or not (_AGES.search(question) or _AGES.search(" ".join(c.quote for c in answer.citations))):
        return ""
    years = int(answer.as_of[:4]) - int(dates[-1][:4])
    if years < OLD_YEARS:
        return ""
    return f"the newest post cited is from {dates[-1][:10]}: software, versions and the state of the art have moved on"


def needs_quoting(answer: Answer) -> bool:
    """Whether the model's answer failed for want of proof or time, not because the blog does not say."""
    return answer.answer.startswith(UNFINISHED) or (
        answer.refused and "without a verified quote left out" in answer.note
    )


def find_quote(quote: str, evidence: Sequence[Evidence], url: str = "") -> Citation | None:
    """Where the quote stands, word for word up to spacing and markup; None when it does not, or proves too little.

    Of several places the one at `url` is taken; whatever address a model gave, the citation names where it stands.
    """
    wanted = normal(quote)
    if len(wanted.replace(" ", "")) < MIN_QUOTE:
        return None
    for passage in sorted(evidence, key=lambda passage: passage.url != url):
        if _stands_in(wanted, normal(passage.text)):
            return Citation(
                passage.slug,
                passage.title,
                passage.url,
                passage.heading,
                passage.anchor,
                " ".join(quote.split()),
                passage.published,
            )
    return None


def _stands_in(wanted: str, text: str) -> bool:
    """Whether the words stand there whole: "25 steps" does not stand in "125 steps", nor "for 25" in "for 250"."""
    start = text.find(wanted)
    while start >= 0:
        before, after = text[max(0, start - 2) : start], text[start + len(wanted) :][:2]
        opens = not (before[-1:].isalnum() and wanted[0].isalnum())
        closes = not (after[:1].isalnum() and wanted[-1].isalnum())
        opens &= not (wanted[0].isdigit() and re.fullmatch(r"\d[.,]", before) is not None)
        closes &= not (wanted[-1].isdigit() and re.fullmatch(r"[.,]\d", after) is not None)
        if opens and closes:
            return True
        start = text.find(wanted, start + 1)
    return False


def _split(text: str) -> tuple[str, dict[int, tuple[str, str]]]:
    """(what is said, number -> (address, quote)); what stands after the sources is not said."""
    text = re.sub(r"[【［](\d+)[^】］]*[】］]", r"[\1]", text)
    heading = _SOURCES.search(text)
    if not heading:
        return text.strip(), {}
    sources = {int(number): (url, quote) for number, url, quote in _SOURCE_LINE.findall(text[heading.end() :])}
    return text[: heading.start()].strip(), sources


@dataclass(frozen=True, slots=True)
class Proof:
    """What the sentences of one answer may rest on."""

    proven: dict[int, Citation]
    """Mark to the citation whose quote was found."""
    evidence: Sequence[Evidence]
    told: set[str] | None
    """Numbers of the metadata rows, None without rows."""

    def backs(self, sentence: str, found: Sequence[Citation]) -> bool:
        """Whether the cited passages speak of what the sentence speaks of, and hold each of its numbers."""
        cited = {(citation.url, citation.slug) for citation in found}
        read = " ".join(
            f"{passage.title} {passage.heading} {passage.published} {passage.text}"
            for passage in self.evidence
            if (passage.url, passage.slug) in cited
        )
        said = re.sub(r"https?://\S+", "", plain(without_marks(re.sub(r"^\s*\d+[.)]\s", "", sentence))))
        prose = re.sub(r"\\\(.*?\\\)|\$\$.*?\$\$", " ", said, flags=re.S)
        held = set(_numbers(read)) | (self.told or set())
        if any(number not in held for number in _numbers(prose)):
            return False
        if any(number not in held and number not in _PLAIN_NUMBERS for number in _numbers(said)):
            return False
        words = _stems(prose)
        return not words or bool(words & _stems(read))


_PLAIN_NUMBERS = frozenset("0 1 2".split())
"""Numbers a formula may hold however it was rewritten."""


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", text.casefold())}


def _proven_sentences(body: str, proof: Proof, cited: list[Citation]) -> tuple[str, int]:
    """The body without unproven sentences, its marks renumbered, and how many were dropped; fills `cited`."""
    kept: list[str] = []
    dropped, position = 0, 0
    for start, end in _marked_spans(body):
        gap, position = body[position:start], end
        sentence = body[start:end]
        numbers = [int(n) for group in _MARK.findall(sentence) if group for n in group.split(",")]
        found = [proof.proven[n] for n in numbers if n in proof.proven]
        if not (proof.backs(sentence, found) if found else not numbers and _told_by(sentence, proof.told)):
            dropped += 1
            continue
        for citation in found:
            if citation not in cited:
                cited.append(citation)
        marks = "".join(f" [{cited.index(citation) + 1}]" for citation in dict.fromkeys(found))
        bare = without_marks(sentence) if numbers else sentence
        stop = re.search(r"[.!?:]?$", bare)
        cut = stop.start() if stop else len(bare)
        kept.append(gap + bare[:cut] + marks + bare[cut:])
    return "".join(kept), dropped


def without_marks(text: str) -> str:
    """The text without [1], [2, 3] and the like; intervals in formulas and indexes in code stay."""
    return _MARK.sub(lambda found: "" if found[1] else found[0], text)


def _parted(body: str) -> Iterable[tuple[int, int]]:
    """Sentences; a display equation with a mark behind it ends one, too."""
    for start, end in sentence_spans(body):
        for part in _AFTER_FORMULA.finditer(body, start, end):
            yield start, part.end()
            start = part.end()
        yield start, end


def _marked_spans(body: str) -> Iterable[tuple[int, int]]:
    """Sentences, a mark that follows a full stop counted to the sentence before it."""
    spans: list[tuple[int, int]] = []
    for start, end in _parted(body):
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
    year = f" ({citation.published[:4]})" if citation.published else ""
    return f'{number}. [{name}]({citation.url}){year}: "{citation.quote}"'
