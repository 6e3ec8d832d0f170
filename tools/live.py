"""What the blog says now: the live page, else a fresh copy of it, else the stored one, and always which."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tools import limits
from tools.naming import SOURCES, Target, closest
from tools.results import Source
from warehouse.errors import BlogError, ParseError, RefusedUrl, SiteDown, UnknownPost
from warehouse.records import Page, Post, Section
from warehouse.snapshot import Snapshot, Snapshots

if TYPE_CHECKING:
    from warehouse.site import Site

_NEW_READ = 10
"""Posts new on the site that are read for their title."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Reading:
    """Something that was read, as sections of Markdown, and where it came from."""

    slug: str
    title: str
    url: str
    published: str
    """ISO date, "" for what has none."""
    sections: tuple[Section, ...]
    source: Source
    as_of: str
    note: str = ""


class LiveBlog:
    """Reads the site of some snapshots; a site found down is left alone for a while."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._opened: Site | None = None
        self._down_until = 0.0
        self._down_why = ""

    def read(self, target: Target, snapshot: Snapshot) -> Reading:
        """What the target names: a post, a source file of one, or, for the front page, what is new on the site.

        A post that cannot be read comes from the snapshot, with the reason as note. Raises RefusedUrl for what may
        not be read, UnknownPost for what neither the site nor the snapshot has.
        """
        if not target.slug:
            return self._front_page(snapshot)
        if target.path.endswith(SOURCES):
            return self._source(target, snapshot)
        try:
            page, post = self._post(target.path, snapshot)
            return _reading(post, page.source, page.fetched_at.isoformat(timespec="seconds"))
        except RefusedUrl:
            raise
        except BlogError as error:
            titles = snapshot.warehouse.slugs()
            if target.slug not in titles:
                raise UnknownPost(f"{error}; {closest(target.slug, titles)}") from error
            stored: Source = "catalogue" if snapshot.is_catalogue else "snapshot"
            post = snapshot.warehouse.post(target.slug)
            return _reading(post, stored, snapshot.manifest.created, f"stored copy: {error}")

    def _post(self, path: str, snapshot: Snapshot) -> tuple[Page, Post]:
        from warehouse.reading import read_post

        manifest = snapshot.manifest

        def read(site: Site) -> tuple[Page, Post]:
            page = site.page(path, manifest.public_site + path, revalidate=False)
            return page, read_post(page, frozenset(manifest.hosts), site)

        return self._ask(read)

    def _source(self, target: Target, snapshot: Snapshot) -> Reading:
        from warehouse.markdown import fenced
        from warehouse.notebook import notebook_markdown

        public = snapshot.manifest.public_site + target.path
        page = self._ask(lambda site: site.source(target.path, public, revalidate=False))
        text = page.content.decode("utf-8", "replace")
        try:
            markdown = notebook_markdown(text) if target.path.endswith(".ipynb") else fenced(text.strip(), "rst") + "\n"
        except ParseError as error:
            raise ParseError(f"{public} cannot be shown: {error}") from error
        whole = Section(0, 1, "", "", (), 0, "", markdown)
        name = target.path.rstrip("/").rpartition("/")[2]
        return Reading(
            target.slug, name, public, "", (whole,), page.source, page.fetched_at.isoformat(timespec="seconds")
        )

    def _front_page(self, snapshot: Snapshot) -> Reading:
        """What the site lists and the snapshot does not hold, and the other way round."""
        manifest = snapshot.manifest
        try:
            listing = self._ask(lambda site: site.listing())
        except BlogError as error:
            newest = list(snapshot.warehouse.slugs().items())[-1:]
            lines = [f"The live site could not be asked. The newest stored post: {_link(snapshot, *newest[0])}"]
            source: Source = "catalogue" if snapshot.is_catalogue else "snapshot"
            return _news(lines, manifest.public_site, source, manifest.created, str(error))
        titles = {page.path: page.slug for page in snapshot.warehouse.pages()}
        fresh = [path for path in listing.paths if path not in titles]
        gone = [slug for path, slug in titles.items() if path not in set(listing.paths)]
        stored = "the built-in catalogue" if snapshot.is_catalogue else "the snapshot"
        lines = [
            f"{len(listing.paths)} posts are listed on the live site; {stored} of {snapshot.as_of} holds {len(titles)}."
        ]
        found = [self._announced(path, snapshot) for path in fresh[:_NEW_READ]]
        posts = [line for line in found if line]
        if posts:
            lines += ["New on the site:", *posts]
        if len(fresh) > _NEW_READ:
            lines.append(f"{len(fresh) - _NEW_READ} more pages are new; `bounded sync` reads them all.")
        if gone:
            lines += ["Listed no more:", *(_link(snapshot, slug, snapshot.warehouse.slugs()[slug]) for slug in gone)]
        if not posts and not gone:
            lines.append("Nothing is new.")
        newest = list(snapshot.warehouse.slugs().items())[-1:]
        lines.append(f"The newest stored post: {_link(snapshot, *newest[0])}")
        return _news(lines, manifest.public_site, "live", time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), "")

    def _announced(self, path: str, snapshot: Snapshot) -> str:
        try:
            _, post = self._post(path, snapshot)
        except ParseError:
            return ""  # a page, but not a post
        except BlogError as error:
            return f"- {snapshot.manifest.public_site}{path} (could not be read: {error})"
        return f"- [{post.title}]({post.url}), {post.published.isoformat()}"

    def _ask(self, question: Callable[[Site], Value]) -> Value:
        from warehouse.site import Site

        if time.monotonic() < self._down_until:
            raise SiteDown(self._down_why)
        self._opened = self._opened or Site(self._snapshots.site, self._snapshots.page_cache)
        try:
            return question(self._opened)
        except SiteDown as error:
            self._down_until, self._down_why = time.monotonic() + limits.SITE_DOWN_SECONDS, str(error)
            raise


def changed_sections(snapshot: Snapshot, reading: Reading) -> list[str]:
    """Headings of what was read live and stands otherwise in the snapshot, or in only one of the two."""
    is_post = reading.published != ""  # a source file and the front page have no date, and nothing to compare with
    if snapshot.is_catalogue or reading.source not in ("live", "cache") or not is_post:
        return []
    for post in snapshot.warehouse.posts([reading.slug]):
        stored = {section.markdown for section in post.sections}
        headings = {section.heading for section in reading.sections}
        differing = [section.heading or "(opening)" for section in reading.sections if section.markdown not in stored]
        return differing + [section.heading for section in post.sections if section.heading not in headings | {""}]
    return []


def _reading(post: Post, source: Source, as_of: str, note: str = "") -> Reading:
    published = post.published.isoformat()
    return Reading(post.slug, post.title, post.url, published, post.sections, source, as_of, note)


def _news(lines: list[str], public_site: str, source: Source, as_of: str, note: str) -> Reading:
    markdown = "\n".join(lines) + "\n"
    whole = Section(0, 1, "", "", (), 0, "", markdown)
    return Reading("", "What is new", public_site + "/", "", (whole,), source, as_of, note)


def _link(snapshot: Snapshot, slug: str, title: str) -> str:
    post = snapshot.warehouse.post(slug)
    return f"- [{title}]({post.url}), {post.published.isoformat()}"
