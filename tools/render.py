"""The results as compact text: what a model reads and what a terminal prints."""

from __future__ import annotations

from collections.abc import Sequence

from tools.results import PostPage, Rows, SearchResults


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
    head = f"{page.title} ({page.published})\nslug: {page.slug}  url: {page.url}"
    head += f"\nsource: {page.source}, as of {page.as_of}"
    if page.outline:
        head += "\nSections: " + "; ".join(f"{entry.heading} [{entry.chars}]" for entry in page.outline)
    if page.changed:
        head += "\nChanged since the snapshot: " + "; ".join(page.changed)
    return f"{head}\n\n{page.markdown}"


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A GitHub-flavoured Markdown table; an empty cell is NULL."""

    def line(values: Sequence[object]) -> str:
        cells = ("" if value is None else str(value).replace("|", "\\|").replace("\n", " ") for value in values)
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(columns), "| " + " | ".join("---" for _ in columns) + " |", *(line(row) for row in rows)])
