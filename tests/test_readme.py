"""README against the code: commands, options, tools, variables, tables; and its offline examples, run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import anyio
import pytest
import typer.main
from mcp import Client
from typer.testing import CliRunner

from agent.cli import app
from agent.install.clients import CLIENTS
from agent.mcp.http import ASK_RATE, RATE, HttpSettings
from agent.mcp.resources import POSTS, SCHEMA, STATUS
from agent.mcp.server import build_server
from agent.settings import DEFAULT_HOSTED, ModelSettings
from tools.blog import BlogTools
from warehouse.settings import DEFAULT_SITE, Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a click group


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.S | re.M)


def table_names(section: str) -> set[str]:
    """First-column names of the table under a heading."""
    text = README.split(f"## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", text, re.M))


def test_every_command_is_listed_and_none_else() -> None:
    listed = {name.split()[1] for name in table_names("Commands")}
    assert listed == set(COMMANDS)


def test_every_option_of_a_command_stands_in_its_row() -> None:
    common = {"--json", "--site", "--help"}
    for row in re.findall(r"^\| `bounded .*$", README, re.M):
        name = row.split("`")[1].split()[1]
        options = {option for parameter in COMMANDS[name].params for option in parameter.opts if option[:2] == "--"}
        assert set(re.findall(r"--[\w-]+", row)) == options - common, name
    assert all(f"`{option}`" in README for option in common - {"--help"})


def test_every_variable_is_listed_and_none_else() -> None:
    own = {f"BOUNDED_{name.upper()}" for name in Settings.model_fields}
    model = {str(field.validation_alias) for field in ModelSettings.model_fields.values()}
    assert table_names("Use a hosted model") == own | model
    assert f"`{DEFAULT_HOSTED}`" in README and f"`{DEFAULT_SITE}`" in README


def test_every_variable_of_the_http_server_is_listed_and_none_else() -> None:
    listed = table_names("Use it from an MCP client")
    assert listed == {f"BOUNDED_MCP_{name.upper()}" for name in HttpSettings.model_fields}
    assert f"| {RATE} with a token" in README and f"| {ASK_RATE} with a token" in README


def test_every_client_resource_and_prompt_is_listed(catalogue: BlogTools) -> None:
    section = README.split("## Use it from an MCP client\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`([^`\n]+)`", section))

    async def offered() -> set[str]:
        async with Client(build_server(catalogue.snapshots)) as client:
            prompts = (await client.list_prompts()).prompts
            templates = (await client.list_resource_templates()).resource_templates
        return {prompt.name for prompt in prompts} | {template.uri_template for template in templates}

    assert set(CLIENTS) | {POSTS, SCHEMA, STATUS} | anyio.run(offered) <= named


def test_every_tool_is_named(catalogue: BlogTools) -> None:
    section = README.split("## Use it from an MCP client\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", "".join(section.split("\n\n")[:2])))
    assert {method.__name__ for method in catalogue.all()} | {"ask"} <= named


def test_every_table_and_column_is_listed_in_order(catalogue: BlogTools) -> None:
    text = README.split("## Tables\n")[1].split("\n## ")[0]
    listed = {name: columns.split(", ") for name, columns in re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.M)}
    assert listed == catalogue.snapshots.current().warehouse.columns


def test_client_configurations_are_json_that_starts_the_server() -> None:
    entries = [next(iter(next(iter(json.loads(block).values())).values())) for block in fenced("json")]
    assert len(entries) == 2
    assert all(entry["args"] == ["mcp"] and entry["command"].endswith("/.venv/bin/bounded") for entry in entries)


def test_quick_start_is_two_commands() -> None:
    section = README.split("## Quick start\n")[1].split("\n## ")[0]
    first, second = re.findall(r"^```sh\n(.*?)^```", section, re.S | re.M)
    assert first.count("\n") == second.count("\n") == 1
    assert ".[test]" not in first and second.rstrip().endswith(".venv/bin/pytest")


EXAMPLES = [
    line.removeprefix(".venv/bin/bounded ")
    for line in fenced("sh")[3].splitlines()
    if line.startswith(".venv/bin/bounded")
]


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_offline_example_works(line: str) -> None:
    result = CliRunner().invoke(app, shlex.split(line))
    assert result.exit_code == 0, result.output
    assert len(EXAMPLES) == 4


def test_the_terminal_example_is_real_output() -> None:
    shown = fenced("text")[0]
    question = shlex.split(shown.splitlines()[0])[-1]
    result = CliRunner().invoke(app, ["ask", question])
    assert result.stderr + result.stdout == shown.split("\n", 1)[1]
