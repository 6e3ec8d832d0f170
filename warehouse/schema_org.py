"""What a page says of itself in schema.org terms: microdata in its elements, JSON-LD in its scripts."""

from __future__ import annotations

import json
from collections import deque
from html import unescape
from typing import Any

from warehouse.addresses import same_page
from warehouse.markup import Element, text_of

_ARTICLES = frozenset(
    ("Article", "BlogPosting", "NewsArticle", "TechArticle", "ScholarlyArticle", "OpinionNewsArticle", "Report")
    + ("ReportageNewsArticle", "AnalysisNewsArticle", "SocialMediaPosting", "LiveBlogPosting")
)
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")


def property_value(element: Element) -> str:
    """The value of a microdata property. https://html.spec.whatwg.org/multipage/microdata.html#values"""
    for attribute in ("content", "datetime"):
        if value := element.get(attribute):
            return " ".join(value.split())
    return text_of(element)


class JsonLd:
    """The article that a page's JSON-LD describes, if it describes one."""

    def __init__(self, root: Element, url: str) -> None:
        self.broken = False
        """Some block of it is not JSON."""
        self._nodes: list[dict[str, Any]] = []
        for script in root.iter("script"):
            if (script.get("type") or "").strip().lower() == "application/ld+json":
                self._read(script.text or "")
        self._by_id = {node["@id"]: node for node in self._nodes if isinstance(node.get("@id"), str) and len(node) > 1}
        articles = [node for node in self._nodes if self._types(node) & _ARTICLES and self._is_of(node, url)]
        self._article = articles[0] if len(articles) == 1 else {}

    def _read(self, text: str) -> None:
        text = text.strip().removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>")
        try:
            pending = deque([json.loads(text, strict=False)])
        except (ValueError, RecursionError):
            self.broken = True
            return
        while pending:
            node = pending.popleft()
            if isinstance(node, list):
                pending.extend(node)
            elif isinstance(node, dict):
                self._nodes.append(node)
                pending.extend(node[name] for name in _INSIDE if isinstance(node.get(name), (dict, list)))

    @staticmethod
    def _types(node: dict[str, Any]) -> set[str]:
        types = node.get("@type")
        named = types if isinstance(types, list) else [types]
        return {str(name).rpartition("/")[2] for name in named}

    @staticmethod
    def _is_of(node: dict[str, Any], url: str) -> bool:
        """Whether the addresses that an article gives itself, if any, are the page's: a listing names others."""
        page = node.get("mainEntityOfPage")
        given = [node.get("url"), page.get("@id") if isinstance(page, dict) else page]
        known = [address for address in given if isinstance(address, str) and address]
        return not known or any(same_page(address, url) for address in known)

    def __bool__(self) -> bool:
        return bool(self._article)

    def text(self, *names: str) -> str:
        """The first of these properties that is text or a number."""
        for name in names:
            value = self._article.get(name)
            if isinstance(value, list) and value:
                value = value[0]
            if isinstance(value, str) and value.strip():
                return " ".join(unescape(value).split())
        return ""

    def author(self) -> str:
        """The names of its authors, joined with commas."""
        authors = self._article.get("author") or self._article.get("creator")
        names = [self._name(author) for author in (authors if isinstance(authors, list) else [authors])]
        return ", ".join(dict.fromkeys(name for name in names if name))

    def _name(self, author: object) -> str:
        if isinstance(author, dict):
            author = author.get("name") or self._by_id.get(str(author.get("@id")), {}).get("name")
        return " ".join(unescape(author).split()) if isinstance(author, str) else ""

    def keywords(self) -> list[str]:
        """Its keywords, whether given as a list or as one text with commas."""
        value = self._article.get("keywords")
        names = value if isinstance(value, list) else str(value or "").split(",")
        return [" ".join(unescape(str(name)).split()) for name in names if isinstance(name, str) and name.strip()]
