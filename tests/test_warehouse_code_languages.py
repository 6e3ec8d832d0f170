"""A listing without a language gets the one its source names, and nothing else about the post changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tiny_blog import NEW, PUBLIC, TinyBlog

from warehouse.code_languages import code_languages, lacks_language, with_languages
from warehouse.parse import parse_post
from warehouse.records import Page, Post

CODE = "for step in range(250):\n    p = p - grad(q)"
RST = """Leapfrog Steps
--------------

.. code-block:: Python
   :number-lines:

   for step in range(250):
       p = p - grad(q)

Prose.

.. code::

   a prompt
"""


@pytest.fixture
def walks() -> Post:
    html = TinyBlog().pages()[f"/posts/{NEW.slug}/"][1].encode()
    return parse_post(Page(f"{PUBLIC}/posts/{NEW.slug}/", html, datetime(2024, 1, 2, tzinfo=UTC)), frozenset())


@pytest.mark.parametrize(
    ("rst", "found"),
    [
        (RST, [("python", CODE), ("", "a prompt")]),
        ("- item\n\n  .. sourcecode:: c\n\n    int x;\n\n    int y;\n  prose", [("c", "int x;\n\nint y;")]),
        (".. code:: c\n\nno listing", [("c", "")]),
        ("A line about ``.. code:: c`` only.", []),
        (".. code:: make\n\n\tall:\n\t\tcc x.c", [("make", "all:\n        cc x.c")]),
    ],
)
def test_directives_are_read_as_docutils_reads_them(rst: str, found: list[tuple[str, str]]) -> None:
    assert code_languages(rst) == found


def test_a_listing_is_named_in_its_record_its_text_and_its_fence(walks: Post) -> None:
    assert walks.source_url == f"{walks.url}index.rst" and lacks_language(walks)
    named = with_languages(walks, RST)
    assert not lacks_language(named)
    assert [(block.language, block.code) for block in named.code_blocks] == [("python", CODE)]
    assert f"```python\n{CODE}\n```" in named.sections[2].markdown and f"```python\n{CODE}" in named.sections[2].text
    bare = named.markdown.replace("```python", "```")
    assert bare == walks.markdown and replace(named, code_blocks=(), sections=()) == replace(
        walks, code_blocks=(), sections=()
    )


@pytest.mark.parametrize("rst", ["", RST.replace("250", "251"), RST.replace("Python", "")])
def test_a_source_that_does_not_hold_the_listing_names_nothing(walks: Post, rst: str) -> None:
    assert with_languages(walks, rst) == walks
