"""`bounded install`: the right file of each client, everything else in it untouched, and undone without a trace."""

from __future__ import annotations

import base64
import json
import os
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.install.clients import CLIENTS, Launch, Machine
from agent.install.files import own_launch, planned
from agent.install.jsonc import NotJson, member, with_member, without_member
from warehouse.errors import SettingsError

LAUNCH = Launch("/opt/bounded/bin/bounded", ["mcp"], {"BOUNDED_SITE": "https://blog.example"})
CLIENT_NAMES = pytest.mark.parametrize("name", CLIENTS)


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A home folder of nobody else's."""
    for name in ("XDG_CONFIG_HOME", "CODEX_HOME", "APPDATA", "BOUNDED_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return Machine(tmp_path, "linux", {})


def install(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["install", *arguments], catch_exceptions=True)


def parsed(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)


@CLIENT_NAMES
def test_it_installs_twice_as_once_and_removes_what_it_added(user: Machine, name: str) -> None:
    path = CLIENTS[name].file(user)
    assert install("--client", name).exit_code == 0
    entry = parsed(path)[CLIENTS[name].servers]["bounded"]
    command = entry["command"] if isinstance(entry["command"], list) else [entry["command"], *entry["args"]]
    assert command[-1] == "mcp" and Path(command[0]).is_absolute() and os.access(command[0], os.X_OK)
    once = path.read_bytes()
    again = install("--client", name)
    assert again.exit_code == 0 and "nothing to change" in again.stdout
    assert path.read_bytes() == once and not list(path.parent.glob("*.bak"))
    assert install("--client", name, "--remove").exit_code == 0
    assert parsed(path) == {}


@CLIENT_NAMES
def test_everything_else_in_the_file_stays_as_it_was(user: Machine, name: str) -> None:
    path, servers = CLIENTS[name].file(user), CLIENTS[name].servers
    path.parent.mkdir(parents=True, exist_ok=True)
    before = (
        f'# mine\nmodel = "x"   # a comment\n\n[{servers}.other]\ncommand = "other" # why\nargs = []\n'
        if path.suffix == ".toml"
        else f'{{\n    "model": "x",\n    "{servers}": {{"other": {{"command": "other", "args": []}}}}\n}}\n'
    )
    path.write_text(before, encoding="utf-8")
    path.chmod(0o600)
    assert install("--client", name).exit_code == 0
    after = parsed(path)
    assert after[servers].keys() == {"other", "bounded"} and after["model"] == "x"
    assert after[servers]["other"]["command"] == "other"
    (backup,) = path.parent.glob(f"{path.name}.*.bak")
    assert backup.read_text(encoding="utf-8") == before
    assert path.stat().st_mode & 0o777 == backup.stat().st_mode & 0o777 == 0o600
    assert install("--client", name, "--remove").exit_code == 0
    left = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        assert left.strip() == before.strip(), "comments and spacing, too"
    assert tomllib.loads(left) if path.suffix == ".toml" else json.loads(left) == json.loads(before)


COMMENTED = """\
// Settings of mine.
{
\t"theme": "One Dark", // the dark one
\t/* servers */
\t"context_servers": {
\t\t"first": {"command": "a"}, // the first
\t\t// "second": {"command": "b"},
\t},
\t"trailing": [1, 2,],
}
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comments_trailing_commas_and_line_ends_survive(user: Machine, newline: str) -> None:
    path = CLIENTS["zed"].file(user)
    path.parent.mkdir(parents=True)
    before = COMMENTED.replace("\n", newline).encode()
    path.write_bytes(before)
    assert install("--client", "zed").exit_code == 0
    changed = path.read_bytes()
    assert set(before.split(newline.encode())) <= set(changed.split(newline.encode())), "every line of before"
    assert changed.count(b"\n") == changed.count(newline.encode())
    assert b'\t\t"bounded": {' in changed, "in the file's own indentation"
    assert install("--client", "zed", "--remove").exit_code == 0
    assert path.read_bytes() == before


def test_a_dry_run_shows_the_change_and_makes_none(user: Machine) -> None:
    path = CLIENTS["vscode"].file(user)
    path.parent.mkdir(parents=True)
    path.write_text('{"servers": {}}', encoding="utf-8")
    shown = install("--client", "vscode", "--dry-run")
    assert shown.exit_code == 0 and "+" in shown.stdout and '"bounded"' in shown.stdout
    assert path.read_text(encoding="utf-8") == '{"servers": {}}' and os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cursor", "{"),
        ("cursor", "[]"),
        ("cursor", '{"mcpServers": []}'),
        ("cursor", '{"mcpServers": null}'),
        ("cursor", '{"a": 1} {"b": 2}'),
        ("codex", "= ["),
        ("codex", "mcp_servers = 5"),
    ],
)
def test_a_file_that_is_not_understood_is_left_alone(user: Machine, name: str, text: str) -> None:
    path = CLIENTS[name].file(user)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    result = install("--client", name)
    assert isinstance(result.exception, SettingsError) and str(path) in str(result.exception)
    assert path.read_text(encoding="utf-8") == text and len(os.listdir(path.parent)) == 1


def test_one_bad_file_stops_all_changes(user: Machine) -> None:
    bad = CLIENTS["gemini"].file(user)
    bad.parent.mkdir(parents=True)
    bad.write_text("{", encoding="utf-8")
    assert install("--client", "cursor", "--client", "gemini").exit_code == 1
    assert not CLIENTS["cursor"].file(user).exists()


def test_a_link_to_a_file_kept_elsewhere_stays_a_link(user: Machine, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "cursor.json"
    kept.parent.mkdir()
    kept.write_text("{}", encoding="utf-8")
    path = CLIENTS["cursor"].file(user)
    path.parent.mkdir(parents=True)
    path.symlink_to(kept)
    assert install("--client", "cursor").exit_code == 0
    assert path.is_symlink() and "bounded" in parsed(kept)["mcpServers"]


def test_an_unknown_client_is_told_the_known_ones(user: Machine) -> None:
    result = install("--client", "emacs")
    assert isinstance(result.exception, SettingsError)
    assert all(name in str(result.exception) for name in CLIENTS)


def test_a_project_has_files_of_its_own(user: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    assert install("--client", "claude-code", "--client", "vscode", "--project").exit_code == 0
    assert "bounded" in parsed(project / ".mcp.json")["mcpServers"]
    assert "bounded" in parsed(project / ".vscode" / "mcp.json")["servers"]
    result = install("--client", "windsurf", "--project")
    assert isinstance(result.exception, SettingsError) and "--project" in str(result.exception)


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("darwin", {}, "Library/Application Support"),
        ("linux", {}, ".config"),
        ("linux", {"XDG_CONFIG_HOME": "/home/ada/cfg"}, "cfg"),
        ("win32", {}, "AppData/Roaming"),
    ],
)
def test_each_platform_has_its_places(platform: str, environment: dict[str, str], folder: str) -> None:
    machine = Machine(Path("/home/ada"), platform, environment)
    own = machine.home / folder
    assert CLIENTS["claude-desktop"].file(machine) == own / "Claude" / "claude_desktop_config.json"
    assert CLIENTS["vscode"].file(machine) == own / "Code" / "User" / "mcp.json"


def test_the_blog_in_use_goes_along_and_no_key_does(user: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDED_SITE", "https://blog.example")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    result = install("--client", "cursor")
    entry = parsed(CLIENTS["cursor"].file(user))["mcpServers"]["bounded"]
    assert entry["env"] == {"BOUNDED_SITE": "https://blog.example"}
    assert "sk-very-secret" not in result.stdout and "OPENAI_API_KEY is not copied" in result.stdout


def test_links_carry_the_entry(user: Machine) -> None:
    cursor, vscode = CLIENTS["cursor"].link, CLIENTS["vscode"].link
    assert cursor and vscode
    given_in = parse_qs(urlsplit(cursor(LAUNCH)).query)
    assert given_in["name"] == ["bounded"]
    assert json.loads(base64.b64decode(given_in["config"][0])) == LAUNCH.plain()
    told = json.loads(unquote(urlsplit(vscode(LAUNCH)).query))
    assert told == {"name": "bounded", "type": "stdio", **LAUNCH.plain()}


def test_the_command_written_down_is_the_one_that_runs() -> None:
    launch = own_launch({})
    assert Path(launch.command).is_absolute() and launch.args[-1] == "mcp" and launch.env == {}


def test_a_plan_changes_nothing(user: Machine) -> None:
    change = planned(CLIENTS["codex"], user, LAUNCH)
    assert change.is_one and "[mcp_servers.bounded]" in change.diff() and os.listdir(user.home) == []


# The editor of JSON with comments


KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
LAYOUTS = st.sampled_from([None, 2, 4, "\t"])


@settings(max_examples=50, deadline=None, database=None)
@given(
    whole=st.dictionaries(KEYS, JSON, max_size=4),
    path=st.lists(KEYS, min_size=1, max_size=3),
    value=JSON,
    indent=LAYOUTS,
)
def test_a_member_is_set_in_any_json_and_nothing_else_changes(
    whole: dict[str, Any], path: list[str], value: Any, indent: Any
) -> None:
    text = json.dumps(whole, indent=indent, ensure_ascii=False)
    expected = json.loads(text)
    holder = expected
    for key in path[:-1]:
        holder = holder.setdefault(key, {}) if isinstance(holder, dict) else None
    if not isinstance(holder, dict):
        with pytest.raises(NotJson):
            with_member(text, path, value)
        return
    holder[path[-1]] = value
    changed = with_member(text, path, value)
    assert json.loads(changed) == expected and member(changed, path) == value
    assert with_member(changed, path, value) == changed
    assert member(without_member(changed, path), path) is None


@pytest.mark.parametrize("text", ["", "  \n", "// only a comment\n", "\ufeff"])
def test_a_file_without_content_gets_some(text: str) -> None:
    changed = with_member(text, ("a", "b"), 1)
    assert member(changed, ("a", "b")) == 1 and changed.startswith(text.strip("\ufeff \n"))
