"""sync: site -> parse -> new snapshot -> swap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from warehouse.errors import BlogError, ParseError, SiteError
from warehouse.parse import parse_post
from warehouse.records import Post
from warehouse.site import Listing, Site
from warehouse.snapshot import Snapshots

_PARALLEL = 4

Progress = Callable[[int, int, str], None]
"""Called with (pages done, pages in all, the page's path)."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did."""

    snapshot: str
    site: str
    posts: int
    kept: dict[str, str]
    """Slug of a post whose page failed, and why: its stored version stays."""
    failed: dict[str, str]
    """Path of a page that could not be read or understood and was never stored, and why."""
    skipped: list[str]
    """Listed pages that are not posts."""


def sync(snapshots: Snapshots, progress: Progress = lambda done, of, path: None) -> SyncReport:
    """Reads every post the site lists and publishes a new snapshot.

    A page that fails never aborts the sync; a stored version of it stays. Raises SiteError when the site cannot be
    listed, when it lists nothing readable, or when more than a third of the stored posts would be lost.
    """
    site = Site(snapshots.site)
    listing = site.listing()
    stored = _stored(snapshots)
    by_path = {urlsplit(post.url).path: post for post in stored.values()}
    posts: dict[str, Post] = {}
    kept: dict[str, str] = {}
    failed: dict[str, str] = {}
    skipped: list[str] = []
    for done, (path, outcome) in enumerate(_read_all(site, listing), start=1):
        progress(done, len(listing.paths), path)
        if isinstance(outcome, Post) and outcome.slug in posts:
            failed[path] = f"another post is called {outcome.slug!r}: {posts[outcome.slug].url}"
        elif isinstance(outcome, Post):
            posts[outcome.slug] = outcome
        elif (old := by_path.get(path)) is not None:
            posts[old.slug], kept[old.slug] = old, str(outcome)
        elif isinstance(outcome, ParseError):
            skipped.append(path)
        else:
            failed[path] = str(outcome)
    if not posts:
        why = next(iter(failed.values()), "no page has a title, a date and an article")
        raise SiteError(f"{snapshots.site} lists {len(listing.paths)} pages but none could be stored: {why}")
    if len(lost := stored.keys() - posts.keys()) > len(stored) / 3:
        raise SiteError(
            f"the sync would lose {len(lost)} of {len(stored)} posts, so nothing was published; look at the site, or"
            f" remove {snapshots.home / 'sites'} to start over"
        )
    ordered = sorted(posts.values(), key=lambda post: (post.published, post.slug))
    manifest = snapshots.publish(
        _with_neighbours(ordered),
        public_site=listing.public_site,
        hosts=sorted(listing.hosts),
        notes=list(failed.values()),
    )
    return SyncReport(manifest.id, snapshots.site, len(posts), kept, failed, skipped)


def _read_all(site: Site, listing: Listing) -> Iterator[tuple[str, Post | BlogError]]:
    """Each listed path with its post, or with the error that stands in its way, in the listing's order."""

    def read(path: str) -> Post | BlogError:
        try:
            return parse_post(site.page(path, listing.public_site + path), listing.hosts)
        except BlogError as error:
            return error

    with ThreadPoolExecutor(_PARALLEL) as pool:
        yield from zip(listing.paths, pool.map(read, listing.paths), strict=True)


def _stored(snapshots: Snapshots) -> dict[str, Post]:
    try:
        snapshot = snapshots.published()
        return {slug: snapshot.warehouse.post(slug) for slug in snapshot.warehouse.slugs()} if snapshot else {}
    except BlogError:
        return {}  # a damaged snapshot is what a sync is for


def _with_neighbours(posts: list[Post]) -> list[Post]:
    """Posts by date with the neighbours a page does not name filled in from that order."""
    slugs = ["", *(post.slug for post in posts), ""]
    return [
        replace(post, prev_slug=post.prev_slug or before, next_slug=post.next_slug or after)
        for before, post, after in zip(slugs, posts, slugs[2:], strict=False)
    ]
