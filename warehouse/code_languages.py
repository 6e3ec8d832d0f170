"""The languages of code blocks that a page does not name, from the reStructuredText its post was made from.

Line-numbered listings of old Nikola posts are tables without a class; their language stands only in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from warehouse.addresses import parts_of
from warehouse.markdown import fenced
from warehouse.records import Post, Section

_DIRECTIVE = re.compile(r"^([ ]*)\.\.[ ]+(?:code|code-block|sourcecode)::[ \t]*(\S*)[ \t]*$", re.M)
_OPTION = re.compile(r"^\s+:[\w-]+:.*$")


def lacks_language(post: Post) -> bool:
    """Whether reading the post's source could name a language that its page does not."""
    is_rst = parts_of(post.source_url).path.endswith(".rst")
    return is_rst and any(not block.language for block in post.code_blocks)


def code_languages(rst: str) -> list[tuple[str, str]]:
    """(language, lower case or "" for a bare directive, and code) of every code directive of a source, in order.

    https://docutils.sourceforge.io/docs/ref/rst/directives.html#code
    """
    rst = rst.expandtabs(8)
    return [(match[2].lower(), _content(rst[match.end() :], len(match[1]))) for match in _DIRECTIVE.finditer(rst)]


def _content(after: str, margin: int) -> str:
    """The indented lines after a directive at a margin, without its options and their own indentation."""
    lines: list[str] = []
    for line in after.split("\n")[1:]:
        if line.strip() and len(line) - len(line.lstrip(" ")) <= margin:
            break
        lines.append(line.rstrip())
    while lines and _OPTION.match(lines[0]):
        lines.pop(0)
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    return "\n".join(line[indent:] for line in lines).strip("\n")


def with_languages(post: Post, rst: str) -> Post:
    """The post with every code block and fence without a language given the one its source names for the same code."""
    known: dict[str, str] = {}
    for language, code in code_languages(rst):
        if language:
            known.setdefault(_bare(code), language)
    blocks = [replace(one, language=one.language or known.get(_bare(one.code), "")) for one in post.code_blocks]
    named: dict[int, list[tuple[str, str]]] = {}
    for before, block in zip(post.code_blocks, blocks, strict=True):
        if block.language != before.language:
            named.setdefault(block.section, []).append((fenced(block.code), fenced(block.code, block.language)))
    sections = tuple(_refenced(section, named.get(section.position, ())) for section in post.sections)
    return replace(post, code_blocks=tuple(blocks), sections=sections)


def _refenced(section: Section, fences: Iterable[tuple[str, str]]) -> Section:
    text, markdown = section.text, section.markdown
    for bare, named in fences:
        text, markdown = text.replace(bare, named, 1), markdown.replace(bare, named, 1)
    return replace(section, text=text, markdown=markdown)


def _bare(code: str) -> str:
    """Code without what a generator may change about it: spaces at line ends, tabs, blank lines around."""
    return "\n".join(line.rstrip() for line in code.expandtabs(8).strip("\n").split("\n"))
