"""sync: site -> parse -> new snapshot -> swap, reading again only what changed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from warehouse.client import PARALLEL
from warehouse.errors import BlogError, EmbeddingError, ParseError, SiteError
from warehouse.publishing import SnapshotWriter
from warehouse.reading import page_hash, read_post
from warehouse.records import Post, StoredPage
from warehouse.site import Listing, Site
from warehouse.snapshot import Snapshot, Snapshots

_AHEAD = 4 * PARALLEL
"""Pages read before the first of them is stored: bounds memory on a large blog."""
_MOST_UNLISTED = 20
_PROBE = 10.0
"""Seconds in which an embeddings endpoint must answer for a snapshot to be made because of it alone."""

Progress = Callable[[int, int, str], None]
"""Called with (pages done, pages in all, the page's path)."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did."""

    site: str
    snapshot: str = ""
    """The snapshot that is current now."""
    posts: int = 0
    """Posts in it."""
    added: list[str] = field(default_factory=list)
    """Slugs stored for the first time."""
    changed: list[str] = field(default_factory=list)
    """Slugs whose page is not what it was."""
    gone: list[str] = field(default_factory=list)
    """Slugs that the site lists no more; they are not in the snapshot."""
    kept: dict[str, str] = field(default_factory=dict)
    """Slug of a post whose page failed, and why: its stored version stays."""
    failed: dict[str, str] = field(default_factory=dict)
    """Path of a page that could not be read or understood and was never stored, and why."""
    skipped: list[str] = field(default_factory=list)
    """Listed pages that are not posts."""
    unlisted: dict[str, str] = field(default_factory=dict)
    """Path of a post that the blog links but does not list, such as a draft, and its date and title; not stored."""
    unclear: dict[str, int] = field(default_factory=dict)
    """What could not be understood in the pages read, and in how many of them."""
    embedded: int = 0
    """Sections whose vector the embeddings endpoint was asked for."""
    without_vectors: str = ""
    """Why the snapshot has no vectors of the embeddings endpoint that is set."""


def sync(
    snapshots: Snapshots,
    progress: Progress = lambda done, of, path: None,
    *,
    full: bool = False,
    force: bool = False,
    waiting: Callable[[str], None] = lambda holder: None,
) -> SyncReport:
    """Brings the stored blog up to date and publishes a new snapshot if anything changed.

    Each page is asked for conditionally, and parsed only if its bytes are not those it had; with `full` every page is
    parsed again. A page that fails never ends the sync; a stored version of it stays. Raises SiteError when the site
    cannot be listed, when nothing it lists can be read, or, unless `force`, when more than a third of the stored posts
    would be lost; SnapshotError and SettingsError when nothing can be written.
    """
    with snapshots.writer(waiting) as writer:
        return _Sync(snapshots, writer, full).run(progress, force)


class _Sync:
    """One sync, which holds the right to write."""

    def __init__(self, snapshots: Snapshots, writer: SnapshotWriter, full: bool) -> None:
        self._snapshots, self._writer = snapshots, writer
        self._cache = snapshots.page_cache
        self._site = Site(snapshots.site, self._cache)
        self._before = _usable(snapshots)
        self._stored = {page.path: page for page in self._before.warehouse.pages()} if self._before else {}
        self._stored_slugs = {page.slug for page in self._stored.values()}
        self._full = full
        self._unchanged: list[str] = []
        self._seen: dict[str, str] = {}
        self._unclear: Counter[str] = Counter()
        self.report = SyncReport(snapshots.site)

    def run(self, progress: Progress, force: bool) -> SyncReport:
        listing = self._site.listing()
        with closing(self._read_all(listing)) as read:
            for done, (path, outcome) in enumerate(read, start=1):
                self._take(path, outcome)
                progress(done, len(listing.paths), path)
        report = self.report
        report.posts = len(self._seen)
        report.gone = sorted(self._stored_slugs - self._seen.keys())
        report.unclear = dict(self._unclear.most_common())
        self._refuse_great_loss(len(listing.paths), force)
        changed = self._full or report.added or report.changed or report.gone
        if self._before is None or changed or self._vectors_missing():
            self._publish(listing)
        else:
            report.snapshot = self._before.manifest.id
        report.unlisted = self._unlisted(listing)
        self._cache.forget_old()
        return report

    def _read_all(self, listing: Listing) -> Generator[tuple[str, Post | StoredPage | BlogError], None, None]:
        """Each listed path with its post, its stored page if that did not change, or the error in its way."""

        def read(path: str) -> Post | StoredPage | BlogError:
            try:
                page = self._site.page(path, listing.public_site + path)
                stored = None if self._full else self._stored.get(path)
                unchanged = stored is not None and stored.page_hash == page_hash(page)
                return stored if stored and unchanged else read_post(page, listing.hosts, self._site)
            except BlogError as error:
                return error

        with ThreadPoolExecutor(PARALLEL) as pool:
            remaining, running = iter(listing.paths), deque[tuple[str, Future[Post | StoredPage | BlogError]]]()
            try:
                while True:
                    running += ((path, pool.submit(read, path)) for path in islice(remaining, _AHEAD - len(running)))
                    if not running:
                        return
                    path, outcome = running.popleft()
                    yield path, outcome.result()
            except BaseException:  # Ctrl-C, or the reader of this gave up: nobody waits for a slow site then
                pool.shutdown(wait=False, cancel_futures=True)
                self._site.stop()
                raise

    def _take(self, path: str, outcome: Post | StoredPage | BlogError) -> None:
        report, stored = self.report, self._stored.get(path)
        if isinstance(outcome, BlogError) and stored is not None:
            report.kept[stored.slug] = str(outcome)
            outcome = stored
        if isinstance(outcome, ParseError):
            report.skipped.append(path)
        elif isinstance(outcome, BlogError):
            report.failed[path] = str(outcome)
        elif outcome.slug in self._seen:
            report.failed[path] = f"another post is called {outcome.slug!r}: {self._seen[outcome.slug]}"
        else:
            self._seen[outcome.slug] = path
            if isinstance(outcome, StoredPage):
                self._unchanged.append(outcome.slug)
            else:
                if outcome.slug not in self._stored_slugs:
                    report.added.append(outcome.slug)
                elif stored is None or outcome.page_hash != stored.page_hash:
                    report.changed.append(outcome.slug)
                self._unclear.update(set(outcome.unclear))
                self._writer.add(outcome)

    def _refuse_great_loss(self, listed: int, force: bool) -> None:
        if not self._seen:
            why = next(iter(self.report.failed.values()), "none of them is a post")
            raise SiteError(f"{self._snapshots.site} lists {listed} pages but none could be stored: {why}")
        lost = len(self.report.gone)
        if 3 * lost > len(self._stored) and not force:
            raise SiteError(
                f"the sync would lose {lost} of {len(self._stored)} posts, so nothing was published; look at the site,"
                " and if it is right, run `bounded sync --force`"
            )

    def _publish(self, listing: Listing) -> None:
        if self._before is not None and self._unchanged:
            self._writer.keep(self._before.folder, self._unchanged, listing.hosts)
        self._embed()
        manifest = self._writer.publish(
            public_site=listing.public_site, hosts=listing.hosts, notes=self.report.failed.values()
        )
        self.report.snapshot = manifest.id

    def _vectors_missing(self) -> bool:
        """Whether the stored posts could have vectors and have none, or another model's."""
        from warehouse.vectors import checked, stored_model

        embedder = self._snapshots.embedder
        if embedder is None or self._before is None or stored_model(self._before.folder) == embedder.name:
            return False
        try:
            return bool(checked(embedder, [self._before.manifest.site], _PROBE))
        except EmbeddingError as error:
            self.report.without_vectors = str(error)
            return False

    def _embed(self) -> None:
        if (embedder := self._snapshots.embedder) is None:
            return
        try:
            self.report.embedded = self._writer.embed(self._before.folder if self._before else None, embedder)
        except EmbeddingError as error:
            self.report.without_vectors = str(error)

    def _unlisted(self, listing: Listing) -> dict[str, str]:
        """What looks like a post but is in no listing, with its date and title once it turns out to be one."""
        linked = self._snapshots.current().warehouse.own_links(listing.hosts)
        found = {}
        for path in self._site.unlisted(listing, linked)[:_MOST_UNLISTED]:
            try:
                page = self._site.page(path, listing.public_site + path)
                post = read_post(page, listing.hosts, self._site)
            except BlogError:
                continue  # a broken link, or no post
            found[path] = f"{post.published.isoformat()} {post.title}"
        return found


def _usable(snapshots: Snapshots) -> Snapshot | None:
    try:
        snapshot = snapshots.published()
        if snapshot is not None:
            snapshot.warehouse.pages()
            snapshot.index.terms("")
        return snapshot
    except BlogError:
        return None  # a damaged snapshot is what a sync is for
