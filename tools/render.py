"""The results as compact text: what a model reads and what a terminal prints."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.results import PostPage, Rows, SearchResults

if TYPE_CHECKING:
    from warehouse.build import SyncReport
    from warehouse.records import Relation

_LISTED = 10
"""Names given of a kind of page in a sync's summary; --json gives all."""


def render(result: SearchResults | Rows | PostPage) -> str:
    """Any tool result as text; notes come last."""
    if isinstance(result, SearchResults):
        text = render_search(result)
    elif isinstance(result, Rows):
        text = markdown_table(result.columns, result.rows) if result.rows else "(no rows)"
    else:
        text = render_page(result)
    return f"{text}\n\nNote: {result.note}" if result.note else text


def render_search(result: SearchResults) -> str:
    if not result.hits:
        return f"No section matches {result.query!r}."
    blocks = []
    for number, hit in enumerate(result.hits, start=1):
        where = " > ".join([hit.title, *hit.path])
        blocks.append(
            f"{number}. {where} ({hit.published})\n   slug: {hit.slug}  url: {hit.url}\n{hit.snippet}".rstrip()
        )
    return "\n\n".join(blocks)


def render_page(page: PostPage) -> str:
    head = page.title + (f" ({page.published})" if page.published else "")
    head += f"\nslug: {page.slug}  url: {page.url}" if page.slug else f"\nurl: {page.url}"
    head += f"\nsource: {page.source}, as of {page.as_of}"
    if page.outline:
        head += "\nSections: " + "; ".join(f"{entry.heading} [{entry.chars}]" for entry in page.outline)
    if page.changed:
        head += "\nChanged since the snapshot: " + "; ".join(page.changed)
    for what, slugs in (("Read before it", page.read_before), ("Related", page.related)):
        if slugs:
            head += f"\n{what}: {', '.join(slugs)}"
    return f"{head}\n\n{page.markdown}"


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A GitHub-flavoured Markdown table; an empty cell is NULL."""

    def line(values: Sequence[object]) -> str:
        cells = ("" if value is None else str(value).replace("|", "\\|").replace("\n", " ") for value in values)
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(columns), "| " + " | ".join("---" for _ in columns) + " |", *(line(row) for row in rows)])


def render_schema(relations: Sequence[Relation]) -> str:
    """Tables and views as Markdown, a list of columns under each."""
    parts = []
    for relation in relations:
        lines = [f"## {relation.name}", relation.meaning, ""]
        for column in relation.columns:
            examples = f" For example {', '.join(column.examples)}." if column.examples else ""
            lines.append(f"- `{column.name}` {column.type}. {column.meaning}{examples}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def csv_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as CSV with a header (RFC 4180, but with plain newlines); an empty cell is NULL."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *rows])
    return text.getvalue()


def sync_summary(report: SyncReport) -> str:
    """What a sync did, a line for each kind of outcome that occurred."""
    kept = {f"kept as stored, {slug}": why for slug, why in report.kept.items()}
    failed = {f"failed, {path}": why for path, why in report.failed.items()}
    unlisted = {f"in no listing, so not stored, {path}": what for path, what in report.unlisted.items()}
    counts = ((report.added, "added"), (report.changed, "changed"), (report.gone, "gone"))
    news = ", ".join(f"{len(slugs)} {word}" for slugs, word in counts if slugs)
    lines = [f"{report.posts} posts of {report.site}: {news or 'nothing changed'} (snapshot {report.snapshot})"]
    if report.gone:
        lines.append(f"gone: {_some(report.gone)}")
    lines += [f"{what}: {why}" for what, why in {**kept, **failed, **unlisted}.items()]
    if report.skipped:
        lines.append(f"not posts: {_some(report.skipped)}")
    if report.embedded:
        lines.append(f"vectors made: {report.embedded}")
    if report.without_vectors:
        lines.append(f"no vectors of the endpoint: {report.without_vectors}")
    if report.unclear:
        lines.append("not understood: " + _some([f"{what} ({pages})" for what, pages in report.unclear.items()]))
    return "\n".join(lines)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
