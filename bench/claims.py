"""Makes a post's claims for the catalogue (`warehouse/catalogue/summaries`) from a draft that somebody wrote.

    python bench/claims.py numbered SLUG            # the post's sentences by section, numbered, to write from
    python bench/claims.py prove SLUG DRAFT.md      # checks the draft, then writes its claims with their proofs

A draft has one claim a line, in the writer's words, with the numbers of the sentences that prove it in braces; those
of a section stand under its heading ("## Motivation"). Needs the synced blog (BOUNDED_HOME). What is wrong with a draft
is said line by line: a number that the proof does not have, a run of words taken over from the post, a heading that it
does not have.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.answer import Evidence, Proof, find_quote, without_marks
from warehouse.quotes import fingerprint, is_findable, quotable
from warehouse.records import Post
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots

SUMMARIES = Path(__file__).parent.parent / "warehouse" / "catalogue" / "summaries"
RUN = 10
LONGEST = 22
_FORMULA = re.compile(r"\\\(.*?\\\)|\$\$.*?\$\$", re.S)
_DRAFTED = re.compile(r"(.+) \{(\d+(?: \d+)*)\}")


def sentences(post: Post) -> list[tuple[int, str]]:
    """(position of the section, sentence) of all that can prove a claim; the first has the number 1."""
    return [
        (section.position, one.quote)
        for section in post.sections
        for one in quotable(section.text)
        if is_findable(one.quote)
    ]


def numbered(post: Post) -> Iterator[str]:
    """The sentences as a writer reads them."""
    shown = -1
    for number, (position, quote) in enumerate(sentences(post), start=1):
        if position != shown:
            shown = position
            yield f"\n## {post.sections[position].heading}" if position else f"# {post.title}"
        yield f"[{number}] {quote}"


def claims(post: Post, draft: str) -> Iterator[tuple[str, str]]:
    """(line of the summary, what is wrong with it) of each line of a draft."""
    proofs = sentences(post)
    position = 0
    taken = set(runs(" ".join(quote for _, quote in proofs)))
    for line in filter(None, map(str.strip, draft.splitlines())):
        if line.startswith("## "):
            later = (s.position for s in post.sections[position + 1 :] if s.heading == line.removeprefix("## "))
            at = next(later, None)
            position = position if at is None else at
            yield f"\n{line}", "" if at is not None else "no such heading after the one before"
        elif read := _DRAFTED.fullmatch(line):
            cited = [proofs[int(n) - 1] for n in read[2].split() if 0 < int(n) <= len(proofs)]
            marks = " ".join(fingerprint(quote) for _, quote in cited)
            yield f"{read[1]} {{{marks}}}", wrong(read[1], cited, position, post, taken)
        else:
            yield line, 'not of the form "Claim. {12 13}"'


def wrong(claim: str, cited: list[tuple[int, str]], position: int, post: Post, taken: set[tuple[str, ...]]) -> str:
    """What speaks against a claim; "" for nothing."""
    if not cited or any(at != position for at, _ in cited):
        return "its proof does not stand in the section"
    passage = Evidence(post.slug, "", "", "", "", " ".join(quote for _, quote in cited))
    found = [citation for _, quote in cited if (citation := find_quote(quote, [passage]))]
    if len(found) < len(cited):
        return "its proof cannot be quoted"
    if not Proof({}, [passage], None).backs(claim, found):
        return "the proof does not have its numbers, or no word of it"
    if copied := next((" ".join(run) for run in runs(claim) if run in taken), ""):
        return f"these words are the post's: {copied}"
    if without_marks(claim) != claim:
        return 'a mark in brackets would be read as a citation; say "reference 1"'
    long = len(re.findall(r"\w+", _FORMULA.sub(" formula ", claim))) > LONGEST
    return f"more than {LONGEST} words" if long else ""


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of words of a text, formulas left out."""
    words = re.findall(r"[^\W_]+", _FORMULA.sub(" ", text).lower())
    return zip(*(words[start:] for start in range(RUN)), strict=False)


def main(task: str, slug: str, draft: str = "") -> None:
    """See the module's text."""
    snapshot = Snapshots(load_settings()).published()
    if snapshot is None:
        raise SystemExit("sync the blog first: bounded sync")
    post = snapshot.warehouse.post(slug)
    if task == "numbered":
        print("\n".join(numbered(post)))
        return
    lines = list(claims(post, Path(draft).read_text(encoding="utf-8")))
    for line, fault in lines:
        if fault:
            print(f"{fault}: {line}", file=sys.stderr)
    if any(fault for _, fault in lines):
        raise SystemExit(1)
    (SUMMARIES / f"{slug}.md").write_text("\n".join(line for line, _ in lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
