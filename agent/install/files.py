"""Planning and making the change to a client's file: what it says now, what it shall say, a backup, one swap."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from agent.install.clients import NAME, Client, Launch, Machine
from agent.install.jsonc import NotJson, with_member, without_member
from warehouse.errors import SettingsError

CARRIED = ("BOUNDED_HOME", "BOUNDED_SITE", "BOUNDED_MODEL", "OPENAI_BASE_URL")
"""Variables that a client started from a desktop would not see, written into its entry; never a key."""


@dataclass(frozen=True)
class Change:
    """What a client's file says and shall say."""

    path: Path
    before: str | None
    """None where there is no file."""
    after: str

    @property
    def is_one(self) -> bool:
        return self.after != (self.before or "")

    def diff(self) -> str:
        """The change as a unified diff; "" for none."""
        before, after = (self.before or "").splitlines(keepends=True), self.after.splitlines(keepends=True)
        lines = difflib.unified_diff(before, after, str(self.path), str(self.path))
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def make(self) -> Path | None:
        """Writes the file, all or nothing, keeping its mode; the backup of what was there, None where nothing was.

        Raises SettingsError when it cannot be written.
        """
        try:
            return self._make()
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be written ({error.strerror}); nothing was changed") from error

    def _make(self) -> Path | None:
        target = self.path.resolve()  # a link to a file kept elsewhere stays a link
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = None
        if self.before is not None:
            backup = target.with_name(f"{target.name}.{time.strftime('%Y%m%d-%H%M%S')}.bak")
            shutil.copy2(target, backup)
        descriptor, fresh = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(self.after)
            if self.before is not None:
                shutil.copymode(target, fresh)
            os.replace(fresh, target)
        except OSError:
            Path(fresh).unlink(missing_ok=True)
            raise
        return backup


def planned(client: Client, machine: Machine, launch: Launch | None, *, project: Path | None = None) -> Change:
    """The change that adds the server, started so, to a client's file, or, for None, takes it out; everything else in
    the file stays as it is.

    `project` is the folder whose own file is meant instead of the user's. Raises SettingsError when the file cannot be
    read or understood.
    """
    if project is not None and not client.project:
        raise SettingsError(f"{client.title} has no configuration within a project; leave out --project")
    path = client.file(machine) if project is None else project / client.project
    before = _read(path)
    entry = None if launch is None else client.entry(launch)
    try:
        edit = _toml if path.suffix == ".toml" else _json
        return Change(path, before, edit(before or "", client.servers, entry))
    except (NotJson, TOMLKitError) as error:
        raise SettingsError(f"{path} is not understood ({error}); put it right by hand, nothing was changed") from error


def own_launch(environment: Mapping[str, str]) -> Launch:
    """How to start the very installation that runs now."""
    env = {name: environment[name] for name in CARRIED if environment.get(name)}
    prefix = Path(sys.prefix)
    if "archive-v0" in prefix.parts:
        # An environment that uvx made for one run and may throw away: let it be made again.
        return Launch("uvx", ["bounded-rationality", "mcp"], env)
    script = prefix / ("Scripts/bounded.exe" if os.name == "nt" else "bin/bounded")
    if script.exists():
        return Launch(str(script), ["mcp"], env)
    return Launch(sys.executable, ["-m", "agent", "mcp"], env)


def _json(text: str, servers: str, entry: dict[str, Any] | None) -> str:
    path = (servers, NAME)
    return without_member(text, path) if entry is None else with_member(text, path, entry)


def _toml(text: str, servers: str, entry: dict[str, Any] | None) -> str:
    document = tomlkit.parse(text)
    holder = document.get(servers)
    if holder is not None and not isinstance(holder, dict):
        raise NotJson(f"{servers} is not a table")
    if entry is None:
        if holder is None or NAME not in holder:
            return text
        del holder[NAME]
        if not holder:
            document.remove(servers)
    elif holder is not None and NAME in holder and holder[NAME].unwrap() == entry:
        return text
    else:
        if holder is None:
            holder = tomlkit.table(is_super_table=True)
            document.add(servers, holder)
        holder[NAME] = entry
    return tomlkit.dumps(document)


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}); nothing was changed") from error
