"""Whatever arguments a client makes up, from the schemas or against them: an answer, or an error that names the remedy;
never a fault of the server, never a stall. For more: `FUZZ_EXAMPLES=2000 pytest tests/test_agent_mcp_fuzz.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client, MCPError
from mcp.types import CallToolResult, PromptReference, ResourceTemplateReference

from agent.mcp.server import build_server
from tools.blog import BlogTools

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
STALL = 20
TOOLS = ["search_posts", "query_metadata", "fetch_post", "ask"]
a_few = settings(
    max_examples=EXAMPLES,
    deadline=None,  # the machine may be busy; STALL is what counts
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What JSON in UTF-8 can carry: no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def allowed(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows, of the kinds our tools use."""
    kind = schema["type"]
    if kind == "string":
        return TEXT
    if kind == "integer":
        return st.integers(schema.get("minimum"), schema.get("maximum"))
    if kind == "array":
        return st.lists(allowed(schema["items"]), max_size=4)
    assert kind == "object"
    if "properties" not in schema:
        return st.dictionaries(TEXT, allowed(schema["additionalProperties"]), max_size=3)
    needed = set(schema["required"])
    every = {name: allowed(part) for name, part in schema["properties"].items()}
    optional = {name: values for name, values in every.items() if name not in needed}
    return st.fixed_dictionaries({name: every[name] for name in needed}, optional=optional)


class Asker:
    """One client of one server, used from the test's own thread."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal, self._client = portal, client
        tools = self._do(client.list_tools).tools
        self.schemas: dict[str, dict[str, Any]] = {tool.name: tool.input_schema for tool in tools}

    def _do(self, call: Any, *arguments: Any) -> Any:
        async def within() -> Any:
            with anyio.fail_after(STALL):
                return await call(*arguments)

        return self._portal.call(within)

    def call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        result: CallToolResult = self._do(self._client.call_tool, tool, arguments)
        return result

    def refused(self, method: str, *arguments: Any) -> MCPError | None:
        """The error a request comes back with, None for a result."""
        try:
            self._do(getattr(self._client, method), *arguments)
        except MCPError as error:
            return error
        return None


@pytest.fixture(scope="module")
def asker(synced: BlogTools) -> Iterator[Asker]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(build_server(synced.snapshots))) as client,
    ):
        yield Asker(portal, client)


def sound(result: CallToolResult) -> None:
    text = " ".join(getattr(part, "text", "") for part in result.content)
    assert text.strip() and "fault of this server" not in text
    assert (result.structured_content is None) is bool(result.is_error)


@pytest.mark.parametrize("tool", TOOLS)
@a_few
@given(draw=st.data())
def test_arguments_the_schema_allows(asker: Asker, tool: str, draw: st.DataObject) -> None:
    sound(asker.call(tool, draw.draw(allowed(asker.schemas[tool]))))


@pytest.mark.parametrize("tool", TOOLS)
@a_few
@given(draw=st.data())
def test_arguments_the_schema_forbids(asker: Asker, tool: str, draw: st.DataObject) -> None:
    names = st.sampled_from([*asker.schemas[tool]["properties"], "unheard_of"])
    sound(asker.call(tool, draw.draw(st.dictionaries(names, ANYTHING, max_size=4))))


@a_few
@given(rest=TEXT)
def test_any_address(asker: Asker, rest: str) -> None:
    for start in ("blog://posts/", "blog://posts/kelly-bets/sections/", "blog://tags/", "blog://", ""):
        error = asker.refused("read_resource", start + rest)
        assert error is None or error.error.code == -32602


@a_few
@given(
    name=st.sampled_from(["explain", "explain_equation", "compare", "reading_path", "derive", "implement", "x"]),
    draw=st.data(),
)
def test_any_prompt_with_any_arguments(asker: Asker, name: str, draw: st.DataObject) -> None:
    keys = st.sampled_from("topic level equation post first second minutes result language".split())
    error = asker.refused("get_prompt", name, draw.draw(st.dictionaries(keys, TEXT, max_size=9)))
    assert error is None or error.error.code == -32602


@a_few
@given(argument=st.sampled_from(["slug", "anchor", "tag", "topic", "equation", "level", "x"]), typed=TEXT, slug=TEXT)
def test_anything_typed_is_completed(asker: Asker, argument: str, typed: str, slug: str) -> None:
    template = ResourceTemplateReference(type="ref/resource", uri="blog://posts/{slug}/sections/{anchor}")
    for ref in (template, PromptReference(type="ref/prompt", name="explain")):
        assert asker.refused("complete", ref, {"name": argument, "value": typed}, {"slug": slug}) is None
