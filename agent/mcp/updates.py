"""Noticing that a sync has published, and which resources it changed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator

import anyio
import anyio.to_thread
from mcp.server.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent

from agent.mcp.resources import POSTS, SCHEMA, STATUS, equations_uri, post_uri, section_uri, tag_uri
from warehouse.errors import BlogError
from warehouse.snapshot import Snapshot, Snapshots

EVERY = 1.0
"""Seconds between two looks at which snapshot is current: one small read each."""

logger = logging.getLogger(__name__)


async def watch(snapshots: Snapshots, publish: Callable[[Iterable[ServerEvent]], Awaitable[None]]) -> None:
    """Tells of every publication from now on, until cancelled."""
    seen = snapshots.identity()
    before = await anyio.to_thread.run_sync(_published, snapshots)
    while True:
        await anyio.sleep(EVERY)
        if (now := snapshots.identity()) == seen:
            continue
        after = await anyio.to_thread.run_sync(_published, snapshots)
        try:
            events = await anyio.to_thread.run_sync(lambda: list(changes(before, after)))  # noqa: B023  awaited here
        except Exception as error:  # whatever it is, serving goes on: clients then read again what they show
            logger.warning("a new snapshot cannot be compared with the last: %s", error)
            events = [ResourcesListChanged(), *(ResourceUpdated(uri=uri) for uri in (POSTS, SCHEMA, STATUS))]
        await publish(events)
        before, seen = after, now


def changes(before: Snapshot | None, after: Snapshot | None) -> Iterator[ServerEvent]:
    """What differs between two snapshots, the built-in catalogue (None) counting as wholly different from any."""
    yield ResourcesListChanged()
    for uri in (POSTS, SCHEMA, STATUS):
        yield ResourceUpdated(uri=uri)
    old, new = _pages(before), _pages(after)
    for snapshot, pages, others in ((before, old, new), (after, new, old)):
        if snapshot is None:
            continue
        changed = [slug for slug, page in pages.items() if others.get(slug) != page]
        for post in snapshot.warehouse.posts(changed):
            yield ResourceUpdated(uri=post_uri(post.slug))
            yield ResourceUpdated(uri=equations_uri(post.slug))
            for section in post.sections:
                if section.anchor:
                    yield ResourceUpdated(uri=section_uri(post.slug, section.anchor))
            for tag in post.tags:
                yield ResourceUpdated(uri=tag_uri(tag))


def _pages(snapshot: Snapshot | None) -> dict[str, str]:
    return {} if snapshot is None else {page.slug: page.page_hash for page in snapshot.warehouse.pages()}


def _published(snapshots: Snapshots) -> Snapshot | None:
    try:
        return snapshots.published()
    except BlogError:
        return None
