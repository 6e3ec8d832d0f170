"""The blog as resources: posts, sections, equations and tags by address, the schema of the metadata, the state."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.types import Annotations, Resource, ResourceLink

from agent.answer import Answer
from agent.charts import MAX_BARS, asks_for_chart, bar_svg, series_of
from agent.mcp.protocol import StrictServer
from agent.settings import ModelSettings
from tools.blog import BlogTools
from tools.sections import named_section
from warehouse.errors import BlogError, QueryError, UnknownPost
from warehouse.records import Post

LISTED_POSTS = 200
"""Newest posts that stand in resources/list by themselves; `blog://posts` and the templates reach all."""
POSTS, SCHEMA, STATUS = "blog://posts", "blog://schema", "blog://status"
SVG = "image/svg+xml"
_FOR_USERS = Annotations(audience=["user"], priority=0.5)
_FOR_BOTH = Annotations(audience=["user", "assistant"], priority=0.8)
_ASIDE = Annotations(audience=["assistant"], priority=0.3)


def post_uri(slug: str) -> str:
    return f"{POSTS}/{quote(slug, safe='')}"


def section_uri(slug: str, anchor: str) -> str:
    return f"{post_uri(slug)}/sections/{quote(anchor, safe='')}"


def equations_uri(slug: str) -> str:
    return f"{post_uri(slug)}/equations"


def tag_uri(tag: str) -> str:
    return f"blog://tags/{quote(tag, safe='')}"


def chart_uri(sql: str) -> str:
    return f"blog://charts/{quote(sql, safe='')}"


def chart_link(question: str, answer: Answer) -> ResourceLink | None:
    """Where a client may read the answer's table as an image; None when it is no series and no chart was asked for.

    The address holds the query, so that any replica can draw it, of the snapshot that is current then.
    """
    series = series_of(answer.table.columns, answer.table.rows, asked=asks_for_chart(question))
    queries = [use.arguments["sql"] for use in answer.tools if use.name == "query_metadata" and "sql" in use.arguments]
    if series is None or not queries:
        return None
    return ResourceLink(
        uri=chart_uri(queries[-1]),
        name="chart",
        title=f"Bar chart: {series.title}",
        mime_type=SVG,
        annotations=_FOR_USERS,
    )


class BlogResources:
    """What each address gives, from the snapshot that is current when it is read."""

    def __init__(self, blog: BlogTools, shown: Callable[[BlogError], str]) -> None:
        """`shown` gives the message of an error as clients may see it."""
        self._blog, self._shown = blog, shown

    def offer(self, server: StrictServer) -> None:
        """Registers the resources and templates."""
        markdown, facts = "text/markdown", "application/json"
        for uri, read, title, kind, notes in (
            (POSTS, self.posts, "All posts", facts, _FOR_BOTH),
            (SCHEMA, self.schema, "Tables and columns for query_metadata", "text/plain", _ASIDE),
            (STATUS, self.status, "Snapshot, model and problems", facts, _ASIDE),
            ("blog://posts/{slug}", self.post, "A post", markdown, _FOR_BOTH),
            ("blog://posts/{slug}/sections/{anchor}", self.section, "A section of a post", markdown, _FOR_BOTH),
            ("blog://posts/{slug}/equations", self.equations, "The display equations of a post", markdown, _FOR_BOTH),
            ("blog://tags/{tag}", self.tag, "The posts with a tag", facts, _FOR_BOTH),
            ("blog://charts/{sql}", self.chart, "A query's rows as a bar chart", SVG, _FOR_USERS),
        ):
            named = read.__name__
            server.resource(uri, name=named, title=title, description=read.__doc__, mime_type=kind, annotations=notes)(
                self._served(read)
            )

    def _served(self, read: Callable[..., str]) -> Callable[..., Any]:
        @functools.wraps(read)
        async def served(**named: str) -> str:
            try:
                return await anyio.to_thread.run_sync(functools.partial(read, **named), abandon_on_cancel=True)
            except UnknownPost as error:
                raise ResourceNotFoundError(self._shown(error)) from error
            except BlogError as error:
                raise ResourceError(self._shown(error)) from error

        return served

    def listed(self) -> list[Resource]:
        """The newest posts as resources of their own, so that a client can offer them by title; [] when there is no
        snapshot to read."""
        try:
            titles = self._blog.snapshots.current().warehouse.slugs()
        except BlogError:
            return []  # blog://status says why
        newest = list(titles.items())[: -LISTED_POSTS - 1 : -1]
        return [
            Resource(uri=post_uri(slug), name=slug, title=title, mime_type="text/markdown", annotations=_FOR_BOTH)
            for slug, title in newest
        ]

    def posts(self) -> str:
        """Every post, newest first: slug, title, date, words, tags and address."""
        facts = self._blog.snapshots.current().warehouse.facts(
            "SELECT p.slug, p.title, p.published, p.word_count, p.url, coalesce(string_agg(t.tag, ', '), '')"
            " FROM posts p LEFT JOIN topics t USING (slug) GROUP BY ALL ORDER BY p.published DESC, p.slug"
        )
        names = ("slug", "title", "published", "words", "url", "tags")
        return _json({"posts": [_entry(dict(zip(names, fact, strict=True))) for fact in facts]})

    def post(self, slug: str) -> str:
        """A post as Markdown with its formulas, as stored."""
        post = self._blog.snapshots.current().warehouse.post(slug)
        sections = [
            f"{'  ' * (section.level - 2)}- [{section.heading}]({section_uri(slug, section.anchor)})"
            for section in post.sections
            if section.heading and section.anchor
        ]
        return "\n".join([*self._head(post), *(["", "Sections:", *sections] if sections else []), "", post.markdown])

    def section(self, slug: str, anchor: str) -> str:
        """One section of a post with its subsections; `anchor` may also be its number or heading."""
        post = self._blog.snapshots.current().warehouse.post(slug)
        chosen = named_section(post.sections, anchor, slug)
        return "\n".join([*self._head(post), "", "".join(section.markdown for section in chosen)])

    def equations(self, slug: str) -> str:
        """The numbered display equations of a post in LaTeX, each under its section."""
        post = self._blog.snapshots.current().warehouse.post(slug)
        headings = {section.position: section.heading for section in post.sections}
        lines, under = self._head(post), None
        for number, equation in enumerate(post.equations, start=1):
            if equation.section != under:
                under = equation.section
                lines += ["", f"## {headings.get(under) or '(opening)'}"]
            lines += ["", f"({number})", f"$$\n{equation.latex.strip()}\n$$"]
        if not post.equations:
            lines += ["", "No display equation is stored of this post."]
        return "\n".join(lines) + "\n"

    def tag(self, tag: str) -> str:
        """The posts with a tag, newest first."""
        warehouse = self._blog.snapshots.current().warehouse
        known = next((name for name in warehouse.tags() if name.casefold() == tag.casefold()), None)
        if known is None:
            raise UnknownPost(f"there is no tag {tag!r}; the tags are {', '.join(warehouse.tags())}")
        facts = warehouse.facts(
            "SELECT t.tag, p.slug, p.title, p.published FROM posts p JOIN topics t USING (slug)"
            " ORDER BY p.published DESC, p.slug"
        )
        names = ("slug", "title", "published")
        of_tag = [_entry(dict(zip(names, fact, strict=True))) for written, *fact in facts if written == known]
        return _json({"tag": known, "posts": of_tag})

    def chart(self, sql: str) -> str:
        """The rows of a query as query_metadata takes it, drawn as bars: a label, then numbers, the last is drawn."""
        rows = self._blog.query_metadata(sql)
        series = series_of(rows.columns, rows.rows, asked=True)
        if series is None:
            raise QueryError(f"a chart needs 2 to {MAX_BARS} rows of a label and a number; these rows are none")
        return bar_svg(series)

    def schema(self) -> str:
        """The tables that query_metadata reads, every column explained."""
        return self._blog.schema()

    def status(self) -> str:
        """Which blog, snapshot and model answer, and what is wrong when something is."""
        facts: dict[str, Any] = {"ok": True, "problem": "", "version": version("bounded-rationality")}
        facts["model"] = ModelSettings().name
        try:
            snapshot = self._blog.snapshots.current()
            facts |= {name: value for name, value in self._blog.status().items() if name != "home"}
            snapshot.warehouse.slugs()
            snapshot.index.search("a", limit=1)
        except BlogError as error:
            facts |= {"ok": False, "problem": self._shown(error)}
        return _json(facts)

    def _head(self, post: Post) -> list[str]:
        snapshot = self._blog.snapshots.current()
        stored = "built-in catalogue, a summary" if snapshot.is_catalogue else "stored copy"
        facts = [post.url, post.published.isoformat(), ", ".join(_topics(post)), f"{stored} of {snapshot.as_of}"]
        return [f"# {post.title}", "", " · ".join(filter(None, facts))]


def _entry(post: dict[str, Any]) -> dict[str, Any]:
    return post | {"resource": post_uri(post["slug"])}


def _topics(post: Post) -> list[str]:
    return [tag for tag in post.tags if tag.lower() != "mathjax"]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
