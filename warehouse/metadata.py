"""What a page says of the post on it: read from microdata, then JSON-LD, then `meta`, then plain HTML.

Each fact comes from the first of these that states it, so a theme that fills only one of them is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from warehouse.addresses import parts_of, resolved, same_page, slug_of
from warehouse.dates import Moment, moment, printed_date
from warehouse.errors import ParseError
from warehouse.markup import Element, Elements, classes, text_of
from warehouse.schema_org import JsonLd, property_value

_BODIES = (
    "e-content entry-content post-content gh-content article-entry available-content post-body article-body "
    "article-content post__content article__content td-content"
).split()
_TITLES = ("entry-title", "post-title", "p-name", "article-title", "wp-block-post-title", "title")
_DATE_METAS = (
    "article:published_time og:article:published_time og:published_time dcterms.date dc.date dc.date.issued "
    "dcterms.created citation_publication_date parsely-pub-date date pubdate"
).split()
_DATED = frozenset({"published", "dt-published", "entry-date", "post-date", "article-date", "post__date", "pubdate"})
_UPDATED = frozenset({"updated", "dt-updated", "modified", "dt-modified"})
_DATE_LINES = (
    "published dt-published entry-date post-date article-date post__date pub-date date posted-on post-meta "
    "entry-meta article-meta dateline byline meta ablog__postcard"
).split()
_AUTHORS = ("byline-name", "p-author", "fn", "author-name", "author", "byline")
_ELSEWHERE = frozenset({"nav", "aside"})
_TAG_PATH = re.compile(r"/(?:tags?|topics?)/([^/]+?)(?:/|\.html)?$")
_HEADED = re.compile(r"h[1-3]$")


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str
    author: str
    published: date | None
    description: str
    tags: tuple[str, ...]
    prev_slug: str
    next_slug: str
    source_url: str
    """Address of the source the post was made from, where the page links it, or ""."""


def article_body(root: Element, elements: Elements, url: str) -> Element | None:
    """The element that holds the article's text.

    Raises ParseError when the page lists posts instead: several bodies, or a headline that leads elsewhere.
    """
    for bodies in _candidates(root, elements):
        if not bodies:
            continue
        own = [body for body in bodies if not _leads_elsewhere(body, url)]
        headed = [body for body in own if len(own) == 1 or next(body.iter("h1"), None) is not None]
        if len(headed) != 1:
            raise ParseError(f"it lists {len(bodies)}")
        return headed[0]
    return None


def _candidates(root: Element, elements: Elements) -> Iterator[list[Element]]:
    yield _outermost(elements.stating("articleBody"))
    for name in _BODIES:
        yield _outermost(elements.classed(name))
    yield _outermost([article for article in root.iter("article") if "comment" not in " ".join(classes(article))])
    yield _outermost([*root.iter("main"), *root.iterfind(".//*[@role='main']")])


def _outermost(found: list[Element]) -> list[Element]:
    return [one for one in found if not any(above in found or above.tag in _ELSEWHERE for above in one.iterancestors())]


def _leads_elsewhere(body: Element, url: str) -> bool:
    """Whether the headline over a body is a link to another page: then this is an excerpt of that one."""
    for around in (body, *body.iterancestors()):
        if around.tag == "article" or {"hentry", "h-entry"}.intersection(classes(around)):
            heading = next((part for part in around.iter() if _HEADED.match(str(part.tag))), None)
            link = next(heading.iter("a"), None) if heading is not None else None
            href = (link.get("href") or "") if link is not None else ""
            whole = link is not None and text_of(link) == text_of(heading)
            return bool(href) and whole and not href.startswith("#") and not same_page(href, url)
    return False


class PageHead:
    """Reads the facts of one page."""

    def __init__(self, root: Element, elements: Elements, body: Element | None, url: str) -> None:
        self._root, self._elements, self._body, self._url = root, elements, body, url
        self._json_ld = JsonLd(root, url)
        self._metas: dict[str, list[str]] = {}
        for meta in root.iter("meta"):
            name, content = meta.get("property") or meta.get("name"), meta.get("content")
            if name and content and content.strip():
                self._metas.setdefault(name.lower(), []).append(" ".join(content.split()))

    def read(self) -> Metadata:
        return Metadata(
            title=self._title(),
            author=self._author(),
            published=self._published(),
            description=self._description(),
            tags=self._tags(),
            prev_slug=self._neighbour("prev"),
            next_slug=self._neighbour("next"),
            source_url=self._source_url(),
        )

    def unclear(self) -> list[str]:
        """What is there but could not be understood."""
        return ["JSON-LD that is not JSON"] if self._json_ld.broken else []

    def _property(self, name: str) -> str:
        return next((value for found in self._elements.stating(name) if (value := property_value(found))), "")

    def _meta(self, *names: str) -> str:
        return next((self._metas[name][0] for name in names if name in self._metas), "")

    def _title(self) -> str:
        heads = [text_of(head) for head in self._root.iter("h1")]
        for stated in (self._property("headline"), self._json_ld.text("headline", "name")):
            if stated:
                return _whole(stated, heads)
        inside = [text_of(head) for article in self._root.iter("article") for head in article.iter("h1")]
        classed = [text_of(head) for head in self._elements.classed(*_TITLES) if _HEADED.match(str(head.tag))]
        plain = next((text for text in (*inside, *classed) if text), "")
        shared = self._without_site(self._meta("og:title", "twitter:title"))
        tab = self._without_site(text_of(next(self._root.iter("title"), None)))
        return plain or _whole(shared, heads) or next((head for head in heads if head), "") or tab

    def _without_site(self, title: str) -> str:
        site = self._meta("og:site_name")
        return re.sub(rf"\s+[-|–—·:•]\s+{re.escape(site)}$", "", title) if site else title

    def _author(self) -> str:
        for person in self._elements.stating("author"):
            named = [*self._elements.stating("name", within=person), person]
            if name := property_value(named[0]):
                return name
        stated = self._json_ld.author() or self._meta("author", "dc.creator", "dcterms.creator", "citation_author")
        article = self._meta("article:author")
        if stated or (article and "://" not in article):
            return stated or article
        links = [link for link in self._root.iter("a") if "author" in (link.get("rel") or "").split()]
        return next((text for found in (*links, *self._elements.classed(*_AUTHORS)) if (text := _byline(found))), "")

    def _published(self) -> date | None:
        """The local date as printed: an offset is dropped, never converted."""
        stated = [property_value(found) for found in self._elements.stating("datePublished")]
        stated += [self._json_ld.text("datePublished"), *(self._meta(name) for name in _DATE_METAS)]
        times = [time for time in self._root.iter("time") if not _elsewhere(time)]
        found = next((at for text in stated if text and (at := moment(text))), None)
        if found is not None:
            return self._as_printed(found, times)
        return self._plainly_dated(times)

    def _as_printed(self, stated: Moment, times: list[Element]) -> date:
        """The date that the page prints for the moment stated, where all that is stated is the moment in UTC."""
        for time in times if stated.is_utc else ():
            at = moment(time.get("datetime") or "")
            if at and at.instant == stated.instant:
                return printed_date(text_of(time)) or at.day
        return stated.day

    def _plainly_dated(self, times: list[Element]) -> date | None:
        times = [time for time in times if not _UPDATED.intersection(classes(time))]
        marked = [time for time in times if _DATED.intersection(classes(time)) or time.get("pubdate") is not None]
        headed = [time for time in times if any(above.tag == "header" for above in time.iterancestors())]
        for group in (marked, headed, times):
            days = [at.day for time in group if (at := moment(time.get("datetime") or text_of(time)))]
            if days:
                return days[0] if group is not times or len(set(days)) < 3 else None  # many dates date many things
        for line in self._elements.classed(*_DATE_LINES):
            if not _elsewhere(line) and (day := moment(line.get("title") or "") or moment(text_of(line)[:200])):
                return day.day
        return None

    def _description(self) -> str:
        return self._property("description") or self._json_ld.text("description") or self._meta("description")

    def _tags(self) -> tuple[str, ...]:
        """The fullest list first: themes hide some tags from the page, and microdata marks only the visible ones."""
        links = [link for link in self._root.iter("a") if "tag" in (link.get("rel") or "").split()]
        own = [link for link in links if "category" not in (link.get("rel") or "").split()]
        plain = [*self._elements.classed("p-category", "quarto-category")]
        metas = self._metas.get("article:tag", [])
        found = (
            (metas if len(metas) > 1 else [name for meta in metas for name in meta.split(",")])
            or self._json_ld.keywords()
            or self._keywords()
            or [text_of(tag) for tag in own or links or plain]
            or [text_of(link) for link in self._links_to_tags()]
        )
        return tuple(dict.fromkeys(name for tag in found if (name := tag.strip().lstrip("#").strip())))

    def _keywords(self) -> list[str]:
        found = []
        for element in self._elements.stating("keywords"):
            links = [text_of(link) for link in element.iter("a") if link is not element]
            found += links or property_value(element).split(",")
        return found

    def _links_to_tags(self) -> Iterator[Element]:
        """Links to tag pages around the article: not in its text, nor in a sidebar that names the whole blog's."""
        for link in self._root.iter("a"):
            if _TAG_PATH.search(parts_of(link.get("href") or "").path):
                above = list(link.iterancestors())
                if any(one.tag in ("article", "main") for one in above) and not _elsewhere(link):
                    prose = self._body is not None and self._body in above and self._body.tag not in ("article", "main")
                    if not prose:
                        yield link

    def _neighbour(self, rel: str) -> str:
        wanted = {rel, "previous"} if rel == "prev" else {rel}
        for name in ("link", "a"):
            for link in self._root.iter(name):
                if wanted.intersection((link.get("rel") or "").split()):
                    return slug_of(link.get("href") or "")
        return ""

    def _source_url(self) -> str:
        for link in self._root.iter("a"):
            if "sourcelink" in classes(link) or link.get("id") == "sourcelink":
                return resolved(self._url, link.get("href") or "")
        return ""


def _whole(title: str, heads: list[str]) -> str:
    """A title as the page's own heading has it, where the title is that heading cut short."""
    start = title.rstrip(" .…")
    return next((head for head in heads if start and head.startswith(start)), title)


def _byline(element: Element) -> str:
    return re.sub(r"^(?:posted |written )?by\s+", "", text_of(element), flags=re.I)[:100]


def _elsewhere(element: Element) -> bool:
    """Whether an element belongs to a sidebar, a comment or an entry of a list of other pages."""
    for above in element.iterancestors():
        if above.tag in _ELSEWHERE or any(name.startswith(("comment", "related")) for name in classes(above)):
            return True
        if above.tag in ("li", "tr", "dt") and _TAG_PATH.search(element.get("href") or "") is None:
            links = [link for link in above.iter("a") if element not in (link, *link.iterdescendants())]
            if links:
                return True
    return False
