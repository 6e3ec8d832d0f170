"""What the tools return: the contract of search_posts, query_metadata and fetch_post."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from warehouse.records import Hit, Rows

__all__ = ["Hit", "OutlineEntry", "PostPage", "Rows", "SearchResults", "Source"]

Source = Literal["live", "cache", "snapshot", "catalogue"]


@dataclass(frozen=True)  # no slots: the MCP SDK reads defaults from the class
class SearchResults:
    query: str
    hits: list[Hit]
    """Sections, best first; of one post at most five before those of others, so scores may rise again after them."""
    total: int
    """Sections that match in all."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    heading: str
    anchor: str
    level: int
    chars: int
    """Length of the section's own Markdown."""


@dataclass(frozen=True)  # no slots: the MCP SDK reads defaults from the class
class PostPage:
    slug: str
    url: str
    title: str
    published: str
    """ISO date."""
    outline: list[OutlineEntry]
    """Empty on later parts and when one section was asked for."""
    markdown: str
    """Characters start to next_start of the post (or of the section asked for)."""
    start: int
    next_start: int | None
    """Where the next part begins, null when this is the last."""
    total_chars: int
    truncated: bool
    as_of: str
    """When this text was read, ISO."""
    source: Source
    changed: list[str] = field(default_factory=list)
    """Headings of sections whose live text differs from the snapshot."""
    read_before: list[str] = field(default_factory=list)
    """Slugs of older posts it builds on; with a whole post's first part."""
    related: list[str] = field(default_factory=list)
    """Slugs of other posts like it, best first."""
    note: str = ""
