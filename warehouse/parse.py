"""A fetched page to a `Post`: pure. Here and in the modules called from here is all that is known of blogs' HTML."""

from __future__ import annotations

from warehouse.addresses import parts_of, slug_of
from warehouse.article import Article
from warehouse.errors import ParseError
from warehouse.formulas import dollars_are_math
from warehouse.markdown import without_marks
from warehouse.markup import Element, Elements, decoded, remove_permalinks, tree
from warehouse.metadata import PageHead, article_body
from warehouse.records import Counts, Page, Post
from warehouse.sections import cut
from warehouse.text_fragments import PageText

__all__ = ["canonical_url", "feed_urls", "parse_post", "slug_of"]


def parse_post(page: Page, hosts: frozenset[str]) -> Post:
    """The post on a page; `hosts` are the names under which the same blog is linked.

    Raises ParseError when the page has no title, no date or no article, lists posts instead of being one, or is too
    large or too deeply nested to be one.
    """
    try:
        return _post(tree(without_marks(decoded(page.content, page.charset).encode("utf-8", "replace"))), page, hosts)
    except ParseError as error:
        raise ParseError(f"{page.url} is not a post: {error}") from error


def _post(root: Element, page: Page, hosts: frozenset[str]) -> Post:
    remove_permalinks(root)
    elements, text = Elements(root), PageText(root)
    body = article_body(root, elements, page.url)
    head = PageHead(root, elements, body, page.url)
    facts = head.read()
    if body is None or not facts.title or facts.published is None:
        needed = (("article", body is not None), ("title", facts.title), ("date", facts.published))
        missing = [name for name, value in needed if not value]
        raise ParseError(f"it has no {' and no '.join(missing)}")
    kind = _source_kind(facts.source_url, elements)
    dollars = dollars_are_math(root)
    article = Article(body, elements, kind=kind, url=page.url, hosts=hosts, title=facts.title, dollars=dollars)
    parts = cut(article, text)
    unclear = [*head.unclear(), *([] if facts.author else ["no author"]), *article.unclear, *parts.unclear]
    return Post(
        slug=slug_of(page.url),
        title=facts.title,
        url=page.url,
        author=facts.author,
        published=facts.published,
        description=facts.description,
        source_kind=kind,
        tags=facts.tags,
        prev_slug=facts.prev_slug,
        next_slug=facts.next_slug,
        sections=parts.sections,
        counts=Counts(
            words=article.words,
            sections=len(parts.sections) - 1,
            equations=len(parts.equations),
            inline_formulas=article.inline_formulas,
            code_blocks=len(parts.code_blocks),
            images=article.images,
            footnotes=sum(definition.kind == "footnote" for definition in article.definitions),
        ),
        links=article.links,
        equations=parts.equations,
        code_blocks=parts.code_blocks,
        figures=parts.figures,
        footnotes=parts.footnotes,
        content_hash=article.content_hash,
        fetched_at=page.fetched_at,
        source_url=facts.source_url,
        unclear=tuple(dict.fromkeys(unclear)),
    )


def canonical_url(content: bytes) -> str:
    """The address a page gives as its own (`link rel=canonical`, else `og:url`), or ""."""
    root = _readable(content)
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return link.get("href") or ""
    return next((meta.get("content") or "" for meta in root.iter("meta") if meta.get("property") == "og:url"), "")


def feed_urls(content: bytes) -> list[str]:
    """The feeds a page announces (`link rel=alternate`), as written."""
    kinds = ("application/rss+xml", "application/atom+xml")
    links = [link for link in _readable(content).iter("link") if link.get("type") in kinds]
    return [link.get("href") or "" for link in links if link.get("href") and "alternate" in (link.get("rel") or "")]


def _readable(content: bytes) -> Element:
    """The elements of a page of any kind; none where they are too many or too deep."""
    try:
        return tree(decoded(content).encode("utf-8", "replace"))
    except ParseError:
        return tree(b"")


def _source_kind(source_url: str, elements: Elements) -> str:
    suffix = parts_of(source_url).path.rpartition(".")[2]
    if suffix in ("rst", "ipynb"):
        return suffix
    return "ipynb" if elements.classed("text_cell", "input_area", "jp-Notebook") else "html"
