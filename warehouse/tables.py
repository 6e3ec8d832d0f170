"""Posts as rows of the snapshot's tables (`schema.sql`), in both directions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from warehouse.records import CodeBlock, Counts, Equation, Figure, Footnote, Link, Post, Section

Row = tuple[Any, ...]


class Cursor(Protocol):
    """What is asked of a database cursor here."""

    def execute(self, query: str, parameters: object) -> Self: ...
    def fetchall(self) -> list[Any]: ...


COLUMNS = {
    "posts": "slug, title, url, author, published, year, description, word_count, n_sections, n_equations,"
    " n_inline_formulas, n_code_blocks, n_images, n_footnotes, source_kind, content_hash, fetched_at",
    "pages": "slug, path, page_hash, prev_named, next_named",
    "tags": "slug, tag",
    "sections": "slug, position, level, heading, anchor, path, word_count, url, text",
    "section_markdown": "slug, position, markdown",
    "links": "slug, href, target_slug, host, text",
    "equations": "slug, section, latex",
    "code_blocks": "slug, section, language, code",
    "figures": "slug, section, src, alt, caption",
    "footnotes": "slug, label, text",
}
"""What is written for a post; `posts.prev_slug` and `next_slug` follow from all posts together."""


def rows_of(post: Post) -> dict[str, list[Row]]:
    """The rows of a post, by table, in the order of `COLUMNS`."""
    slug, c = post.slug, post.counts
    fetched = post.fetched_at.astimezone(UTC).replace(tzinfo=None) if post.fetched_at else None
    head = (slug, post.title, post.url, post.author, post.published, post.published.year, post.description)
    counts = (c.words, c.sections, c.equations, c.inline_formulas, c.code_blocks, c.images, c.footnotes)
    return {
        "posts": [(*head, *counts, post.source_kind, post.content_hash, fetched)],
        "pages": [(slug, urlsplit(post.url).path, post.page_hash, post.prev_slug, post.next_slug)],
        "tags": [(slug, tag) for tag in post.tags],
        "sections": [
            (slug, s.position, s.level, s.heading, s.anchor, list(s.path), s.words, post.url_of(s), s.text)
            for s in post.sections
        ],
        "section_markdown": [(slug, s.position, s.markdown) for s in post.sections],
        "links": [(slug, k.href, k.target_slug or None, k.host, k.text) for k in post.links],
        "equations": [(slug, e.section, e.latex) for e in post.equations],
        "code_blocks": [(slug, b.section, b.language, b.code) for b in post.code_blocks],
        "figures": [(slug, f.section, f.src, f.alt, f.caption) for f in post.figures],
        "footnotes": [(slug, f.label, f.text) for f in post.footnotes],
    }


def posts_from(cursor: Cursor, slugs: Sequence[str], *, passages_only: bool = False) -> Iterator[Post]:
    """The stored posts of those slugs, in that order; slugs that are not stored are passed over.

    With `passages_only` they have their tags and sections, and no links, equations, code, figures and footnotes.
    """
    parts: dict[str, dict[str, list[Row]]] = {}
    wanted = list(slugs)
    for table in _PASSAGES if passages_only else _READ:
        by_slug: dict[str, list[Row]] = defaultdict(list)
        for slug, *row in cursor.execute(_READ[table], [wanted]).fetchall():
            by_slug[slug].append(tuple(row))
        parts[table] = by_slug
    for slug in wanted:
        if slug in parts["posts"]:
            yield _post(slug, {table: parts[table].get(slug, []) if table in parts else [] for table in _READ})


_OF_THESE = "WHERE slug IN (SELECT unnest($1))"
_COUNTS = "word_count, n_sections, n_equations, n_inline_formulas, n_code_blocks, n_images, n_footnotes"  # as in Counts
_READ = {
    "posts": "SELECT slug, title, url, author, published, description, source_kind, prev_slug, next_slug,"
    f" content_hash, fetched_at, page_hash, {_COUNTS} FROM posts JOIN pages USING (slug) {_OF_THESE}",
    "tags": f"SELECT slug, tag FROM tags {_OF_THESE} ORDER BY rowid",
    "sections": "SELECT slug, position, level, heading, anchor, path, word_count, url, text, markdown"
    f" FROM sections JOIN section_markdown USING (slug, position) {_OF_THESE} ORDER BY position",
    "links": f"SELECT slug, href, coalesce(target_slug, ''), host, text FROM links {_OF_THESE} ORDER BY rowid",
    "equations": f"SELECT slug, section, latex FROM equations {_OF_THESE} ORDER BY rowid",
    "code_blocks": f"SELECT slug, section, language, code FROM code_blocks {_OF_THESE} ORDER BY rowid",
    "figures": f"SELECT slug, section, src, alt, caption FROM figures {_OF_THESE} ORDER BY rowid",
    "footnotes": f"SELECT slug, label, text FROM footnotes {_OF_THESE} ORDER BY rowid",
}
_PASSAGES = ("posts", "tags", "sections")


def _post(slug: str, parts: dict[str, list[Row]]) -> Post:
    ((title, url, author, published, description, kind, older, newer, digest, fetched, page, *counts),) = parts["posts"]
    return Post(
        slug=slug,
        title=title,
        url=url,
        author=author,
        published=published,
        description=description,
        source_kind=kind,
        tags=tuple(tag for (tag,) in parts["tags"]),
        prev_slug=older or "",
        next_slug=newer or "",
        sections=tuple(_section(*row) for row in parts["sections"]),
        counts=Counts(*counts),
        links=tuple(Link(*row) for row in parts["links"]),
        equations=tuple(Equation(*row) for row in parts["equations"]),
        code_blocks=tuple(CodeBlock(*row) for row in parts["code_blocks"]),
        figures=tuple(Figure(*row) for row in parts["figures"]),
        footnotes=tuple(Footnote(*row) for row in parts["footnotes"]),
        content_hash=digest,
        fetched_at=fetched and fetched.replace(tzinfo=UTC),
        page_hash=page,
    )


def _section(
    position: int,
    level: int,
    heading: str,
    anchor: str,
    path: list[str],
    words: int,
    url: str,
    text: str,
    markdown: str,
) -> Section:
    target = url.partition("#")[2]  # the anchor, or a fragment where no anchor leads to the section
    fragment = target if target.startswith(":~:") else ""
    return Section(position, level, heading, anchor, tuple(path), words, text, markdown, fragment)
