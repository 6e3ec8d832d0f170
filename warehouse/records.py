"""The values handed between layers: frozen, typed, free of any library's types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page: where it was read, its public address, and its bytes."""

    url: str
    """Public address, the one shown to people."""
    content: bytes
    fetched_at: datetime
    charset: str = ""
    """As the server named it, "" when it did not."""
    source: Literal["live", "cache"] = "live"
    """"live": the site gave or confirmed it just now; "cache": it need not be asked again yet."""


@dataclass(frozen=True, slots=True)
class Section:
    """One headed part of a post; position 0 is what stands before the first heading."""

    position: int
    level: int
    """1 for position 0, else the HTML heading level, 1 to 6."""
    heading: str
    """Without number, pilcrow and footnote marks; "" at position 0."""
    anchor: str
    """The HTML id to jump to, or ""."""
    path: tuple[str, ...]
    """Headings from the outermost to this one."""
    words: int
    text: str
    """Plain text, formulas in their LaTeX delimiters, without the heading."""
    markdown: str
    """The same as Markdown, heading line included; a post is the concatenation of its sections."""
    fragment: str = ""
    """Text-fragment directive (WICG Scroll to Text Fragment) for a section that no anchor leads to, or ""."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A display equation: its LaTeX as on the page, delimiters excluded."""

    section: int
    latex: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    section: int
    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Figure:
    section: int
    src: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Footnote:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """An `<a href>` of the article; `target_slug` is filled when it leads to a post of the same blog."""

    href: str
    target_slug: str
    host: str
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What the article holds, by the counting rules documented in `schema.sql`."""

    words: int = 0
    sections: int = 0
    equations: int = 0
    inline_formulas: int = 0
    code_blocks: int = 0
    images: int = 0
    footnotes: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A parsed post."""

    slug: str
    title: str
    url: str
    author: str
    published: date
    """The local date printed on the page."""
    description: str
    source_kind: str
    """"rst", "ipynb", "html" or "catalogue"."""
    tags: tuple[str, ...]
    prev_slug: str
    """The next older post, "" for the oldest."""
    next_slug: str
    sections: tuple[Section, ...]
    counts: Counts
    links: tuple[Link, ...] = ()
    equations: tuple[Equation, ...] = ()
    code_blocks: tuple[CodeBlock, ...] = ()
    figures: tuple[Figure, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    content_hash: str = ""
    fetched_at: datetime | None = None
    page_hash: str = ""
    """SHA-256 of the page's bytes, by which the next sync knows it again."""
    source_url: str = ""
    """Address of the source the post was made from, where its page links it, or ""; not stored."""
    unclear: tuple[str, ...] = ()
    """What on the page could not be understood, in short phrases; not stored."""

    @property
    def markdown(self) -> str:
        """The whole article as Markdown, without its title."""
        return "".join(section.markdown for section in self.sections)

    def url_of(self, section: Section) -> str:
        """The address that jumps to a section: a text fragment where no anchor leads to it, else its anchor, else the
        post."""
        target = section.fragment or section.anchor
        return f"{self.url}#{target}" if target else self.url


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that answers a search, with the passage of it that does."""

    slug: str
    title: str
    url: str
    """Jumps to the section."""
    published: str
    """ISO date."""
    heading: str
    path: list[str]
    anchor: str
    snippet: str
    """Verbatim text of the section; passages left out are marked " … "."""
    score: float


@dataclass(frozen=True, slots=True)
class Near:
    """What was found by meaning, with the vectors of an embeddings endpoint."""

    sections: Sequence[tuple[int, float]] = ()
    """Numbers of sections in the index and how like the query each is (cosine), the likest first."""
    note: str = ""
    """Why the endpoint that is set was not asked."""


@dataclass(frozen=True)  # no slots: the MCP SDK reads defaults from the class
class Rows:
    """The result of a query; every value is a JSON scalar."""

    columns: list[str]
    rows: list[list[object]]
    row_count: int
    """Rows given, not rows that exist."""
    truncated: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a query can name."""

    name: str
    type: str
    meaning: str
    examples: list[str]
    """A few of its values, as text."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that a query can name."""

    name: str
    meaning: str
    columns: list[Column]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What a snapshot remembers of the page that a post was read from."""

    slug: str
    path: str
    page_hash: str
    prev_named: str
    """The neighbours as the page named them, "" where it did not."""
    next_named: str


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties a post to another."""

    slug: str
    cited: bool
    """The other post, the newer of the two, links to it."""
    links: int
    """1 for each direction in which they are linked."""
    shared: float
    """Topics both have, a rare one counting more: the sum of their inverse frequencies; 0 for none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself."""

    id: str
    site: str
    """Where it was fetched from."""
    public_site: str
    """The address people use."""
    hosts: list[str]
    """Every host that names this blog."""
    created: str
    """ISO 8601, UTC."""
    posts: int
    source: str
    """"site" or "catalogue"."""
    format: int
    notes: list[str] = field(default_factory=list)
