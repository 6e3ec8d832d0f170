"""The three tools, as plain typed methods: their names, docstrings and hints are the contract every adapter derives."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import Field

from tools import limits
from tools.live import LiveBlog, Reading, changed_sections
from tools.naming import Target, closest, folded, named
from tools.paging import part_end
from tools.related import beside
from tools.render import render_schema
from tools.results import OutlineEntry, PostPage, Rows, SearchResults
from tools.sections import addressed_section, named_section, section_numbers
from warehouse.errors import QueryError
from warehouse.records import Section
from warehouse.snapshot import Snapshot, Snapshots

_ENTRY_CHARS = 50
"""What an entry of an outline takes beside its texts, as JSON."""
Entry = TypeVar("Entry")
CATALOGUE_NOTE = (
    "built-in catalogue: quotes are from summaries of the posts as of {as_of}; "
    "`bounded sync` gives the posts themselves"
)


class BlogTools:
    """The blog as three read-only tools over its current snapshot and its live site."""

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots
        self._live = LiveBlog(snapshots)

    def all(self) -> list[Callable[..., Any]]:
        """The tools, in the order they are offered."""
        return [self.search_posts, self.query_metadata, self.fetch_post]

    def search_posts(
        self,
        query: Annotated[
            str, Field(description='Keywords, a question or a formula; "a phrase", -word, tag:, year: narrow it.')
        ],
        limit: Annotated[
            int, Field(ge=1, le=limits.SEARCH_HITS_MAX, description="Hits to return.")
        ] = limits.SEARCH_HITS,
        tag: Annotated[str, Field(description='Only posts with this tag, e.g. "MCMC".')] = "",
        since: Annotated[str, Field(description="Only posts from this ISO date on.")] = "",
        until: Annotated[str, Field(description="Only posts up to this ISO date.")] = "",
    ) -> SearchResults:
        """Full-text search over the sections of the blog's posts, best first.

        Use it for what the posts say: concepts, methods, formulas, results, opinions. Each hit has a verbatim passage
        to quote and a URL that jumps to it. For counts, dates, tags and lists use query_metadata; for a whole post
        fetch_post.
        """
        snapshot = self.snapshots.current()
        first, last = _iso_date("since", since), _iso_date("until", until)
        near = snapshot.nearest(query)
        found = snapshot.index.search(query, limit=limit, tag=tag, since=first, until=last, near=near.sections)
        notes = [_catalogue_note(snapshot), found.note, near.note]
        if not found.hits:
            notes.append(self._nothing_found(snapshot, query, tag))
        elif found.total > len(found.hits):
            notes.append(
                f"{len(found.hits)} of {found.total} matching sections; raise limit or narrow the query for others"
            )
        return SearchResults(query, found.hits, found.total, "; ".join(filter(None, notes)))

    def query_metadata(
        self,
        sql: Annotated[str, Field(description="One DuckDB SELECT.")],
    ) -> Rows:
        """Runs one read-only DuckDB SELECT over facts about the posts.

        Use it for counts, dates, rankings, tags, links and lists; not for what a post says (search_posts). Tables:
        posts(slug, title, url, author, published DATE, year, description, word_count, n_sections, n_equations,
        n_inline_formulas, n_code_blocks, n_images, n_footnotes, source_kind, prev_slug older, next_slug newer);
        topics(slug, tag); sections(slug, position, level, heading, anchor, path, word_count, url, text); links(slug,
        href, target_slug, host, text); post_links(slug, target_slug) distinct; equations(slug, section, latex);
        code_blocks(slug, section, language, code); figures(slug, section, src, alt, caption); footnotes(slug, label,
        text); neighbours, years, post_connections, top_sections, reference_hosts (see DESCRIBE).
        Compare tags and titles with ILIKE. At most 100 rows come back: aggregate.
        """
        snapshot = self.snapshots.current()
        rows = snapshot.warehouse.query(sql, limits.SQL)
        notes = [rows.note, _catalogue_note(snapshot)]
        if not rows.rows:
            notes.insert(0, "no row matches; compare text with ILIKE '%...%' and check the values with SELECT DISTINCT")
        return Rows(rows.columns, rows.rows, rows.row_count, rows.truncated, "; ".join(filter(None, notes)))

    def fetch_post(
        self,
        post: Annotated[str, Field(description="Slug, title or part of it, or URL on this blog.")],
        section: Annotated[str, Field(description="Only this section: its anchor, number or heading.")] = "",
        start: Annotated[int, Field(ge=0, description="Character to begin at: next_start of the part before.")] = 0,
        max_chars: Annotated[
            int, Field(ge=limits.PAGE_CHARS_MIN, le=limits.PAGE_CHARS_MAX, description="Size of one part.")
        ] = limits.PAGE_CHARS,
    ) -> PostPage:
        """Reads a post from the live site as Markdown with its formulas, whole or one section, part by part.

        Use it when a URL or a post is named, a passage needs its context, or the newest text matters. The first part
        comes with the outline; continue with start=next_start. When the site is down the stored copy is given and
        `source` says so. The address / tells what is new on the blog; a .ipynb or .rst address gives a post's source.
        """
        snapshot = self.snapshots.current()
        target = named(post, snapshot, self.snapshots.site)
        reading = self._live.read(target, snapshot)
        sections, which = _asked_for(reading, section, target)
        markdown = "".join(part.markdown for part in sections)
        start = min(start, len(markdown))
        end = part_end(markdown, start, max_chars)
        more = end < len(markdown)
        notes = [reading.note, which]
        if reading.source == "catalogue":
            notes.append(_catalogue_note(snapshot))
        if more:
            notes.append(
                f"characters {start} to {end} of {len(markdown)}; continue with start={end} or ask for a section"
            )
        whole = len(sections) == len(reading.sections)
        headed = [part for part in reading.sections if part.heading] if whole and not start else []
        outline = [_outlined(part) for part in _that_fit(headed, lambda part: part.heading + part.anchor)]
        read_before, related = beside(reading.slug, snapshot) if whole and not start else ([], [])
        if len(outline) < len(headed):
            notes.append(f"outline of the first {len(outline)} of {len(headed)} sections")
        return PostPage(
            slug=reading.slug,
            url=reading.url,
            title=_short(reading.title),
            published=reading.published,
            outline=outline,
            markdown=markdown[start:end],
            start=start,
            next_start=end if more else None,
            total_chars=len(markdown),
            truncated=more,
            as_of=reading.as_of,
            source=reading.source,
            changed=_that_fit([_short(heading) for heading in changed_sections(snapshot, reading)], str),
            read_before=read_before,
            related=related,
            note="; ".join(filter(None, notes)),
        )

    def schema(self) -> str:
        """All that query_metadata can name: tables, columns, what they mean, how they count and what they hold."""
        return render_schema(self.snapshots.current().warehouse.schema())

    def status(self) -> dict[str, object]:
        """What the tools stand on: site, snapshot, its age and size."""
        snapshot = self.snapshots.current()
        manifest = snapshot.manifest
        return {
            "site": self.snapshots.site,
            "home": str(self.snapshots.home),
            "source": manifest.source,
            "snapshot": manifest.id,
            "as_of": manifest.created,
            "posts": manifest.posts,
            "public_site": manifest.public_site,
            "notes": manifest.notes,
        }

    def _nothing_found(self, snapshot: Snapshot, query: str, tag: str) -> str:
        tags = snapshot.warehouse.tags()
        if tag and tag.lower() not in (known.lower() for known in tags):
            near = difflib.get_close_matches(tag.lower(), [known.lower() for known in tags], n=5, cutoff=0.5)
            return f"no tag {tag!r}; closest tags: {', '.join(near) or 'none'}"
        titles = snapshot.warehouse.slugs()
        words = set(query.lower().split())
        near = [known for known in tags if words & set(known.lower().split())] or difflib.get_close_matches(query, tags)
        which = f"closest tags: {', '.join(near[:5])}" if near else "list the tags with query_metadata"
        return f"no section matches; {closest(query, titles)}; {which}"


def _catalogue_note(snapshot: Snapshot) -> str:
    return CATALOGUE_NOTE.format(as_of=snapshot.as_of) if snapshot.is_catalogue else ""


def _iso_date(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise QueryError(f"{name}={text!r} is not an ISO date such as 2024-06-30") from error


def _asked_for(reading: Reading, section: str, target: Target) -> tuple[tuple[Section, ...], str]:
    """The sections to give, and a note where that is not plain."""
    if section:
        chosen = named_section(reading.sections, section, reading.slug)
        numbers = section_numbers(reading.sections)
        same = [s for s in reading.sections if folded(s.heading) == folded(chosen[0].heading)]
        if len(same) > 1:
            which = ", ".join(numbers[s.position] for s in same)
            return (
                chosen,
                f"sections {which} are all called {chosen[0].heading!r}; this is {numbers[chosen[0].position]}",
            )
        return chosen, ""
    if addressed := addressed_section(reading.sections, target.fragment):
        return addressed, f"only the section the address names, {addressed[0].heading!r}; without the # the whole post"
    return reading.sections, ""


def _outlined(section: Section) -> OutlineEntry:
    return OutlineEntry(_short(section.heading), section.anchor, section.level, len(section.markdown))


def _short(text: str) -> str:
    return text if len(text) <= limits.HEADING_CHARS else text[: limits.HEADING_CHARS] + "…"


def _that_fit(entries: list[Entry], text: Callable[[Entry], str]) -> list[Entry]:
    """The first of them, as far as a result has room."""
    room, shown = limits.OUTLINE_CHARS, []
    for entry in entries:
        room -= len(text(entry)) + _ENTRY_CHARS
        if room < 0:
            break
        shown.append(entry)
    return shown
