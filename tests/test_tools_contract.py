"""What a model is told of the tools, pinned word for word, and the same whichever way it reaches them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import anyio
import pytest
from mcp import Client

from agent.answer import Answer, Citation, Table, ToolUse
from agent.mcp.server import build_server
from tools.blog import BlogTools
from tools.for_langgraph import langchain_tools
from tools.results import Hit, OutlineEntry, PostPage, Rows, SearchResults, Source

GOLDEN = Path(__file__).parent / "golden" / "tools.json"
UPDATE = "UPDATE_GOLDEN=1 pytest tests/test_tools_contract.py"
BLOG_TOOLS = ["search_posts", "query_metadata", "fetch_post"]

Contract = dict[str, dict[str, Any]]


def parameters(schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema says of the parameters, without the display titles that frameworks add."""
    bare = {
        name: {key: value for key, value in about.items() if key != "title"}
        for name, about in schema["properties"].items()
    }
    return {"properties": bare, "required": schema["required"]}


def through_langgraph(blog: BlogTools) -> Contract:
    seen: Contract = {}
    for tool in langchain_tools(blog):
        schema: Any = tool.tool_call_schema
        seen[tool.name] = {
            "description": tool.description,
            "parameters": parameters(schema if isinstance(schema, dict) else schema.model_json_schema()),
        }
    return seen


def through_mcp(blog: BlogTools) -> Contract:
    async def listed() -> Contract:
        async with Client(build_server(blog.snapshots)) as client:
            tools = (await client.list_tools()).tools
        return {t.name: {"description": t.description, "parameters": parameters(t.input_schema)} for t in tools}

    return anyio.run(listed)


@pytest.fixture(scope="module")
def golden(catalogue: BlogTools) -> Contract:
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps(through_mcp(catalogue), indent=2) + "\n", encoding="utf-8")
    if not GOLDEN.is_file():
        pytest.fail(f"{GOLDEN} is missing; write it with: {UPDATE}")
    pinned: Contract = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return pinned


def test_mcp_clients_see_the_pinned_tools(catalogue: BlogTools, golden: Contract) -> None:
    seen = through_mcp(catalogue)
    assert list(seen) == [*BLOG_TOOLS, "ask"]
    assert seen == golden, f"the contract changed; if that is meant: {UPDATE}"


def test_the_agent_sees_the_same_tools_as_mcp_clients(catalogue: BlogTools, golden: Contract) -> None:
    seen = through_langgraph(catalogue)
    assert list(seen) == BLOG_TOOLS
    assert seen == {name: golden[name] for name in BLOG_TOOLS}


def test_the_parameters_are_the_agreed_ones(golden: Contract) -> None:
    required = ...
    agreed = {
        "search_posts": {"query": required, "limit": 8, "tag": "", "since": "", "until": ""},
        "query_metadata": {"sql": required},
        "fetch_post": {"post": required, "section": "", "start": 0, "max_chars": 14_000},
        "ask": {"question": required, "thread": "", "history": []},
    }
    seen = {
        tool: {name: about.get("default", required) for name, about in told["parameters"]["properties"].items()}
        for tool, told in golden.items()
    }
    assert seen == agreed
    limit = golden["search_posts"]["parameters"]["properties"]["limit"]
    assert (limit["minimum"], limit["maximum"]) == (1, 25)


def test_no_parameter_is_nullable_and_every_one_is_described(golden: Contract) -> None:
    """Some clients refuse a whole request over one `anyOf` with null."""
    for tool, told in golden.items():
        for name, about in told["parameters"]["properties"].items():
            assert about["description"], (tool, name)
            assert about["type"] in ("string", "integer", "array"), (tool, name)
            assert "anyOf" not in about and "$ref" not in about, (tool, name)
        optional = {name for name, about in told["parameters"]["properties"].items() if "default" in about}
        assert optional.isdisjoint(told["parameters"]["required"]), tool


def named_tables(description: str) -> dict[str, list[str]]:
    """Tables and columns in the text a model is shown; words after a column's name explain it."""
    return {
        table: [column.split()[0] for column in columns.split(",")]
        for table, columns in re.findall(r"(\w+)\(([^)]+,[^)]+)\)", description.partition("Tables:")[2])
    }


def test_every_table_and_column_named_to_the_model_can_be_queried(catalogue: BlogTools, golden: Contract) -> None:
    tables = named_tables(golden["query_metadata"]["description"])
    assert {"posts", "topics", "sections", "links", "equations"} <= tables.keys()
    for table, columns in tables.items():
        rows = catalogue.query_metadata(f"SELECT {', '.join(columns)} FROM {table} LIMIT 1")
        assert rows.columns == columns


def test_the_row_limit_told_is_the_one_kept(catalogue: BlogTools, golden: Contract) -> None:
    told = re.search(r"At most (\d+) rows", golden["query_metadata"]["description"])
    assert told is not None
    rows = catalogue.query_metadata(f"SELECT * FROM range({int(told[1]) + 1})")
    assert rows.truncated and rows.row_count == int(told[1])


@pytest.mark.parametrize(
    ("result", "agreed"),
    [
        (SearchResults, "query hits total note"),
        (Hit, "slug title url published heading path anchor snippet score"),
        (Rows, "columns rows row_count truncated note"),
        (
            PostPage,
            "slug url title published outline markdown start next_start total_chars truncated as_of source changed"
            " read_before related note",
        ),
        (OutlineEntry, "heading anchor level chars"),
        (Answer, "answer refused citations tools table model as_of note"),
        (Citation, "slug title url heading anchor quote published"),
        (ToolUse, "name arguments"),
        (Table, "columns rows"),
    ],
)
def test_a_result_has_the_agreed_fields(result: type, agreed: str) -> None:
    assert [field.name for field in fields(result)] == agreed.split()


def test_a_page_comes_from_one_of_four_sources() -> None:
    assert set(get_args(Source)) == {"live", "cache", "snapshot", "catalogue"}
