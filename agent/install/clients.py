"""The clients we can tell of the server: where each keeps its configuration, and how it writes a server down."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

NAME = "bounded"


@dataclass(frozen=True)
class Launch:
    """How a client starts the server."""

    command: str
    args: list[str]
    env: dict[str, str] = field(default_factory=dict)

    def plain(self, **more: Any) -> dict[str, Any]:
        """The entry most clients share; `env` only where there is something to say."""
        env = {"env": self.env} if self.env else {}
        return {**more, "command": self.command, "args": self.args, **env}


@dataclass(frozen=True)
class Machine:
    """What decides where a client keeps its files."""

    home: Path
    platform: str
    environment: Mapping[str, str]

    def config(self, mac: str, elsewhere: str) -> Path:
        """A file in the platform's folder for configurations, by its names on macOS and on Windows and Linux."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support" / mac
        if self.platform == "win32":
            return Path(self.environment.get("APPDATA") or self.home / "AppData" / "Roaming") / elsewhere
        return Path(self.environment.get("XDG_CONFIG_HOME") or self.home / ".config") / elsewhere


def this_machine() -> Machine:
    return Machine(Path.home(), sys.platform, os.environ)


@dataclass(frozen=True)
class Client:
    """One client: its file, where in it servers stand, and what an entry looks like."""

    title: str
    file: Callable[[Machine], Path]
    servers: str
    """The key that holds all servers by name."""
    entry: Callable[[Launch], dict[str, Any]]
    project: str = ""
    """Its file within a project, "" where it has none."""
    then: str = "restart it"
    """What makes it notice."""
    link: Callable[[Launch], str] | None = None
    """An address that, opened, offers to add the server."""


def _vscode_entry(launch: Launch) -> dict[str, Any]:
    return launch.plain(type="stdio")


def _codex_entry(launch: Launch) -> dict[str, Any]:
    # Its defaults, 10 s to start and 60 s a call, are short for a first start and for ask with a slow model.
    return launch.plain() | {"startup_timeout_sec": 40, "tool_timeout_sec": 120}


def _opencode_entry(launch: Launch) -> dict[str, Any]:
    env = {"environment": launch.env} if launch.env else {}
    return {"type": "local", "command": [launch.command, *launch.args], "enabled": True, **env}


def _cursor_link(launch: Launch) -> str:
    return "cursor://anysphere.cursor-deeplink/mcp/install?" + urlencode({"name": NAME, "config": _base64(launch)})


def _vscode_link(launch: Launch) -> str:
    return "vscode:mcp/install?" + quote(json.dumps({"name": NAME, **_vscode_entry(launch)}))


def _lmstudio_link(launch: Launch) -> str:
    return "https://lmstudio.ai/install-mcp?" + urlencode({"name": NAME, "config": _base64(launch)})


def _base64(launch: Launch) -> str:
    return base64.b64encode(json.dumps(launch.plain()).encode()).decode()


CLIENTS = {
    "claude-desktop": Client(
        "Claude Desktop",
        lambda machine: machine.config("Claude/claude_desktop_config.json", "Claude/claude_desktop_config.json"),
        "mcpServers",
        Launch.plain,
        then="quit it wholly and start it again",
    ),
    "claude-code": Client(
        "Claude Code",
        lambda machine: machine.home / ".claude.json",
        "mcpServers",
        lambda launch: launch.plain(type="stdio"),
        ".mcp.json",
        "start a new session; /mcp shows it",
    ),
    "cursor": Client(
        "Cursor",
        lambda machine: machine.home / ".cursor" / "mcp.json",
        "mcpServers",
        Launch.plain,
        ".cursor/mcp.json",
        "see Settings > MCP",
        _cursor_link,
    ),
    "vscode": Client(
        "VS Code",
        lambda machine: machine.config("Code/User/mcp.json", "Code/User/mcp.json"),
        "servers",
        _vscode_entry,
        ".vscode/mcp.json",
        "run 'MCP: List Servers'",
        _vscode_link,
    ),
    "windsurf": Client(
        "Windsurf",
        lambda machine: machine.home / ".codeium" / "windsurf" / "mcp_config.json",
        "mcpServers",
        Launch.plain,
    ),
    "zed": Client(
        "Zed",
        lambda machine: (
            machine.config("", "Zed/settings.json")
            if machine.platform == "win32"
            else machine.home / ".config" / "zed" / "settings.json"
        ),
        "context_servers",
        Launch.plain,
        ".zed/settings.json",
        "open the agent panel's settings",
    ),
    "codex": Client(
        "Codex",
        lambda machine: Path(machine.environment.get("CODEX_HOME") or machine.home / ".codex") / "config.toml",
        "mcp_servers",
        _codex_entry,
        ".codex/config.toml",
        "start a new session",
    ),
    "gemini": Client(
        "Gemini CLI",
        lambda machine: machine.home / ".gemini" / "settings.json",
        "mcpServers",
        Launch.plain,
        ".gemini/settings.json",
        "start a new session; /mcp shows it",
    ),
    "copilot-cli": Client(
        "Copilot CLI",
        lambda machine: machine.home / ".copilot" / "mcp-config.json",
        "mcpServers",
        lambda launch: launch.plain(type="local") | {"tools": ["*"]},
        then="start a new session",
    ),
    "opencode": Client(
        "opencode",
        lambda machine: (
            Path(machine.environment.get("XDG_CONFIG_HOME") or machine.home / ".config") / "opencode" / "opencode.json"
        ),
        "mcp",
        _opencode_entry,
        "opencode.json",
    ),
    "lm-studio": Client(
        "LM Studio",
        lambda machine: machine.home / ".lmstudio" / "mcp.json",
        "mcpServers",
        Launch.plain,
        link=_lmstudio_link,
    ),
}
