"""The three tools, as plain typed methods: their names, docstrings and hints are the contract every adapter derives."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from tools import limits
from tools.paging import part_end
from tools.results import OutlineEntry, PostPage, Rows, SearchResults, Source
from warehouse.errors import BlogError, QueryError, RefusedUrl, SiteDown, UnknownPost
from warehouse.records import Page, Post, Section
from warehouse.snapshot import Snapshot, Snapshots

if TYPE_CHECKING:
    from warehouse.site import Site

CATALOGUE_NOTE = (
    "built-in catalogue: quotes are from summaries of the posts as of {as_of}; "
    "`bounded sync` gives the posts themselves"
)


class BlogTools:
    """The blog as three read-only tools over its current snapshot and its live site."""

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots
        self._site: Site | None = None
        self._down_until = 0.0
        self._down_why = ""

    def all(self) -> list[Callable[..., Any]]:
        """The tools, in the order they are offered."""
        return [self.search_posts, self.query_metadata, self.fetch_post]

    def search_posts(
        self,
        query: Annotated[str, Field(description="Keywords, a question or a formula; quote nothing, escape nothing.")],
        limit: Annotated[
            int, Field(ge=1, le=limits.SEARCH_HITS_MAX, description="Hits to return.")
        ] = limits.SEARCH_HITS,
        tag: Annotated[str, Field(description='Only posts with this tag, e.g. "MCMC".')] = "",
        since: Annotated[str, Field(description="Only posts from this ISO date on.")] = "",
        until: Annotated[str, Field(description="Only posts up to this ISO date.")] = "",
    ) -> SearchResults:
        """Full-text search over the sections of the blog's posts, best first.

        Use it for what the posts say: concepts, methods, formulas, results, opinions. Each hit gives the post, the
        section, a verbatim passage to quote and a URL that jumps to it. For counts, dates, tags and lists of posts use
        query_metadata; to read a whole section or post use fetch_post. When nothing fits, search with other words.
        """
        snapshot = self.snapshots.current()
        first, last = _iso_date("since", since), _iso_date("until", until)
        found = snapshot.index.search(query, limit=limit, tag=tag, since=first, until=last)
        notes = [_catalogue_note(snapshot)]
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

        Use it for counts, dates, rankings, tags, links between posts and lists of titles or sections; not for what a
        post says (search_posts). Tables: posts(slug, title, url, author, published DATE, year, description, word_count,
        n_sections, n_equations, n_inline_formulas, n_code_blocks, n_images, n_footnotes, source_kind, prev_slug older,
        next_slug newer); topics(slug, tag); sections(slug, position, level, heading, anchor, path, word_count, url,
        text); links(slug, href, target_slug, host, text); post_links(slug, target_slug) distinct; equations(slug,
        section, latex); code_blocks(slug, section, language, code); figures(slug, section, src, alt, caption);
        footnotes(slug, label, text). Compare tags and titles with ILIKE. At most 100 rows come back: aggregate.
        """
        snapshot = self.snapshots.current()
        rows = snapshot.warehouse.query(
            sql,
            max_rows=limits.SQL_ROWS,
            max_chars=limits.SQL_CHARS,
            max_cell=limits.SQL_CELL,
            seconds=limits.SQL_SECONDS,
        )
        notes = [rows.note, _catalogue_note(snapshot)]
        if not rows.rows:
            notes.insert(0, "no row matches; compare text with ILIKE '%...%' and check the values with SELECT DISTINCT")
        return Rows(rows.columns, rows.rows, rows.row_count, rows.truncated, "; ".join(filter(None, notes)))

    def fetch_post(
        self,
        post: Annotated[str, Field(description="Slug, title, or URL of a post of this blog.")],
        section: Annotated[str, Field(description="Only this section: its anchor, number or heading.")] = "",
        start: Annotated[int, Field(ge=0, description="Character to begin at: next_start of the part before.")] = 0,
        max_chars: Annotated[
            int, Field(ge=limits.PAGE_CHARS_MIN, le=limits.PAGE_CHARS_MAX, description="Size of one part.")
        ] = limits.PAGE_CHARS,
    ) -> PostPage:
        """Reads a post from the live site as Markdown with its formulas, whole or one section, part by part.

        Use it when a URL or a particular post is named, when a passage found by search_posts needs its context, or when
        the newest text matters. The first part comes with the outline; continue with start=next_start. When the site
        cannot be reached the stored copy is given and `source` says so. Other hosts are refused.
        """
        snapshot = self.snapshots.current()
        found, source, as_of, why = self._read(snapshot, post)
        sections = found.sections if not section else _section(found, section)
        markdown = "".join(part.markdown for part in sections)
        start = min(start, len(markdown))
        end = part_end(markdown, start, max_chars)
        more = end < len(markdown)
        notes = [why]
        if source == "catalogue":
            notes.append(CATALOGUE_NOTE.format(as_of=snapshot.as_of))
        if more:
            notes.append(
                f"characters {start} to {end} of {len(markdown)}; continue with start={end} or ask for a section"
            )
        return PostPage(
            slug=found.slug,
            url=found.url,
            title=found.title,
            published=found.published.isoformat(),
            outline=[] if start or section else [_outlined(part) for part in found.sections if part.heading],
            markdown=markdown[start:end],
            start=start,
            next_start=end if more else None,
            total_chars=len(markdown),
            truncated=more,
            as_of=as_of,
            source=source,
            changed=_changed(snapshot, found) if source in ("live", "cache") else [],
            note="; ".join(filter(None, notes)),
        )

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

    def _read(self, snapshot: Snapshot, post: str) -> tuple[Post, Source, str, str]:
        """(post, source, as of, why not live)."""
        slug, path = self._located(snapshot, post)
        try:
            found, page = self._live(snapshot, path)
            return found, page.source, page.fetched_at.isoformat(timespec="seconds"), ""
        except RefusedUrl:
            raise
        except BlogError as error:
            if slug not in snapshot.warehouse.slugs():
                raise UnknownPost(
                    f"no stored post is called {post!r}, and the live site did not help: {error}"
                ) from error
            source: Source = "catalogue" if snapshot.is_catalogue else "snapshot"
            return snapshot.warehouse.post(slug), source, snapshot.manifest.created, f"stored copy: {error}"

    def _live(self, snapshot: Snapshot, path: str) -> tuple[Post, Page]:
        from warehouse.reading import read_post
        from warehouse.site import Site

        if time.monotonic() < self._down_until:
            raise SiteDown(self._down_why)
        self._site = self._site or Site(self.snapshots.site, self.snapshots.page_cache)
        manifest = snapshot.manifest
        try:
            page = self._site.page(path, manifest.public_site + path, revalidate=False)
        except SiteDown as error:
            self._down_until, self._down_why = time.monotonic() + limits.SITE_DOWN_SECONDS, str(error)
            raise
        return read_post(page, frozenset(manifest.hosts)), page

    def _located(self, snapshot: Snapshot, post: str) -> tuple[str, str]:
        """(slug, path on the site) of a post named by slug, URL or title.

        Raises RefusedUrl for another host, UnknownPost with the closest titles for an unknown name.
        """
        from warehouse.parse import slug_of

        titles = snapshot.warehouse.slugs()
        name = post.strip()
        if "/" in name or re.match(r"[\w-]+(\.[\w-]+)+$", name):
            path = self._own_path(snapshot, name)
            slug = slug_of(path)
            return slug, urlsplit(snapshot.warehouse.post(slug).url).path if slug in titles else path
        slug = next((s for s, title in titles.items() if name.casefold() in (s, title.casefold())), "")
        if not slug:
            partial = [s for s, title in titles.items() if name and name.casefold() in title.casefold()]
            if len(partial) != 1:
                raise UnknownPost(f"no post is called {post!r}; {_closest(name, titles, partial)}")
            slug = partial[0]
        return slug, urlsplit(snapshot.warehouse.post(slug).url).path

    def _own_path(self, snapshot: Snapshot, url: str) -> str:
        site = urlsplit(self.snapshots.site)
        text = url if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?!\d)", url) else "//" + url.lstrip("/")
        try:
            parts = urlsplit(text, scheme="https")
            port = parts.port
        except ValueError as error:
            raise RefusedUrl(f"{url!r} is not an address: {error}") from error
        usual = (None, 80, 443)
        public = set(snapshot.manifest.hosts) - ({site.hostname} if site.port not in usual else set())
        allowed = parts.netloc.lower() == site.netloc or (parts.hostname in public and port in usual)
        if parts.scheme not in ("http", "https") or parts.username is not None or not allowed:
            hosts = ", ".join(sorted(public | {site.netloc}))
            raise RefusedUrl(f"{url!r} is not an address of this blog; only {hosts} can be read")
        return parts.path or "/"

    def _nothing_found(self, snapshot: Snapshot, query: str, tag: str) -> str:
        tags = snapshot.warehouse.tags()
        if tag and tag.lower() not in (known.lower() for known in tags):
            near = difflib.get_close_matches(tag.lower(), [known.lower() for known in tags], n=5, cutoff=0.5)
            return f"no tag {tag!r}; closest tags: {', '.join(near) or 'none'}"
        titles = snapshot.warehouse.slugs()
        return f"no section matches; {_closest(query, titles, [])}, or list the tags with query_metadata"


def _catalogue_note(snapshot: Snapshot) -> str:
    return CATALOGUE_NOTE.format(as_of=snapshot.as_of) if snapshot.is_catalogue else ""


def _iso_date(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise QueryError(f"{name}={text!r} is not an ISO date such as 2024-06-30") from error


def _closest(name: str, titles: dict[str, str], candidates: list[str]) -> str:
    names = {title.lower(): slug for slug, title in titles.items()} | {slug: slug for slug in titles}
    near = candidates or [names[n] for n in difflib.get_close_matches(name.lower(), list(names), n=5, cutoff=0.3)]
    shown = "; ".join(f"{slug} ({titles[slug]})" for slug in dict.fromkeys(near[:5]))
    return f"closest: {shown}" if shown else "search_posts finds posts by what they say"


def _section(post: Post, name: str) -> tuple[Section, ...]:
    """The section of that anchor, heading or number, with its subsections."""
    wanted = name.strip().lstrip("#").casefold()
    numbers = _numbers(post.sections)
    for same in (
        lambda s: s.anchor.casefold() == wanted,
        lambda s: s.heading.casefold() == wanted,
        lambda s: numbers.get(s.position) == wanted.rstrip("."),
        lambda s: wanted in s.heading.casefold(),
    ):
        found = [s for s in post.sections if s.heading and wanted and same(s)]
        if found:
            first = found[0]
            end = next(
                (s.position for s in post.sections if s.position > first.position and s.level <= first.level), None
            )
            return post.sections[first.position : end]
    headings = ", ".join(repr(s.heading) for s in post.sections if s.heading)
    raise UnknownPost(f"{post.slug} has no section {name!r}; its sections are {headings or 'none'}")


def _numbers(sections: tuple[Section, ...]) -> dict[int, str]:
    """Section numbers as a reader counts them: "3.2" is the second subsection of the third section."""
    counters: list[tuple[int, int]] = []
    numbers = {}
    for section in sections:
        if not section.heading:
            continue
        while counters and counters[-1][0] > section.level:
            counters.pop()
        if counters and counters[-1][0] == section.level:
            counters[-1] = (section.level, counters[-1][1] + 1)
        else:
            counters.append((section.level, 1))
        numbers[section.position] = ".".join(str(count) for _, count in counters)
    return numbers


def _outlined(section: Section) -> OutlineEntry:
    return OutlineEntry(section.heading, section.anchor, section.level, len(section.markdown))


def _changed(snapshot: Snapshot, live: Post) -> list[str]:
    """Headings of live sections whose text the snapshot does not hold."""
    if snapshot.is_catalogue or live.slug not in snapshot.warehouse.slugs():
        return []
    stored = {section.markdown for section in snapshot.warehouse.post(live.slug).sections}
    return [section.heading or "(opening)" for section in live.sections if section.markdown not in stored]
