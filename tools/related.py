"""What to read before a post and beside it, from links, shared topics and what the posts say."""

from __future__ import annotations

from collections import defaultdict

from warehouse.snapshot import Snapshot

_MOST = 4
_SIMILAR = 12
"""Sections about the post's title that are looked at."""


def beside(slug: str, snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """Slugs of the older posts a stored post builds on, oldest first, and of those most like it, best first.

    Both are short, and empty for a post that is not stored. A post is like another that stands high in any of three
    orders (reciprocal rank fusion, Cormack et al., SIGIR 2009): by links in either direction, by rare topics in
    common, and by what is said about its title.
    """
    title = snapshot.warehouse.slugs().get(slug)
    if title is None:
        return [], []
    ties = snapshot.warehouse.ties(slug)
    similar = [hit.slug for hit in snapshot.index.search(title, limit=_SIMILAR).hits]
    scores: defaultdict[str, float] = defaultdict(float)
    for order in (
        [tie.slug for tie in sorted(ties, key=lambda tie: -tie.links) if tie.links],
        [tie.slug for tie in sorted(ties, key=lambda tie: -tie.shared) if tie.shared],
        [other for other in dict.fromkeys(similar) if other != slug],
    ):
        for rank, other in enumerate(order):
            scores[other] += 1 / (1 + rank)
    likest = sorted(scores, key=lambda other: -scores[other])
    cited = [tie.slug for tie in ties if tie.cited]
    closest = [other for other in likest if other in cited][:_MOST]
    before = [other for other in cited if other in closest]
    return before, [other for other in likest if other not in before][:_MOST]
