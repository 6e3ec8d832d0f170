"""What tells the world of the server (registry entry, bundle, project files) against the server itself."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest
import typer.main
from mcp import Client, StdioServerParameters
from mcp.types import Tool

from agent.cli import app
from agent.install.clients import CLIENTS, Launch
from agent.mcp.server import TITLES
from agent.settings import ModelSettings
from tools.blog import BlogTools
from warehouse.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a click group
VARIABLES = {f"BOUNDED_{name.upper()}" for name in Settings.model_fields} | {
    str(field.validation_alias) for field in ModelSettings.model_fields.values()
}


def content(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return loaded


def test_the_registry_entry_is_this_package() -> None:
    entry = content("server.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert f"mcp-name: {entry['name']}" in README, "by which the registry knows the package's owner"
    assert entry["version"] == PROJECT["version"] and len(entry["description"]) <= 100
    (package,) = entry["packages"]
    assert (package["identifier"], package["version"]) == (PROJECT["name"], PROJECT["version"])
    assert package["identifier"] in PROJECT["scripts"], "uvx runs the script of the package's name"
    assert [argument["value"] for argument in package["packageArguments"]] == ["mcp"] and "mcp" in COMMANDS
    assert {variable["name"] for variable in package["environmentVariables"]} == VARIABLES
    secret = {variable["name"] for variable in package["environmentVariables"] if variable["isSecret"]}
    assert secret == {"OPENAI_API_KEY"}


def test_the_bundle_offers_the_same_tools() -> None:
    manifest = content("manifest.json")
    assert manifest["version"] == PROJECT["version"] and manifest["name"] == PROJECT["name"]
    assert {tool["name"]: tool["description"] for tool in manifest["tools"]} == TITLES
    assert (ROOT / manifest["server"]["entry_point"]).is_file()
    started = manifest["server"]["mcp_config"]
    assert started["args"][-2:] == ["bounded", "mcp"] and started["env"].keys() <= VARIABLES
    for value in started["env"].values():
        assert value.removeprefix("${user_config.").removesuffix("}") in manifest["user_config"]
    assert manifest["user_config"]["api_key"]["sensitive"] is True
    assert manifest["compatibility"]["runtimes"]["python"] == PROJECT["requires-python"]


@pytest.mark.parametrize(("name", "client"), [(".mcp.json", "claude-code"), (".vscode/mcp.json", "vscode")])
def test_project_files_are_as_we_would_install_them(name: str, client: str) -> None:
    entry = content(name)[CLIENTS[client].servers]["bounded"]
    assert CLIENTS[client].project == name
    assert entry == CLIENTS[client].entry(Launch(entry["command"], ["mcp"]))
    assert entry["command"].endswith(".venv/bin/bounded"), "where the README's first command puts it"


def test_an_installed_entry_starts_the_server(catalogue: BlogTools, tmp_path: Path) -> None:
    """What `bounded install` writes, run by a real client in a folder and environment of its own."""
    from agent.install.files import own_launch

    launch = own_launch({"BOUNDED_HOME": str(catalogue.snapshots.home)})
    command = StdioServerParameters(command=launch.command, args=launch.args, env=launch.env, cwd=str(tmp_path))

    async def tools() -> list[Tool]:
        async with Client(command) as client:
            assert (await client.read_resource("blog://status")).contents
            assert not (await client.call_tool("search_posts", {"query": "leapfrog"})).is_error
            return (await client.list_tools()).tools

    assert {tool.name: tool.title for tool in anyio.run(tools)} == TITLES
