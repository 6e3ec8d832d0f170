"""`bounded install`: the changes to clients' files, shown or made, and what to do next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from agent.install.clients import CLIENTS, this_machine
from agent.install.files import own_launch, planned
from warehouse.errors import SettingsError


def install_into(names: Sequence[str], *, in_project: bool, dry_run: bool, remove: bool) -> None:
    """Plans every change before it makes the first. Raises SettingsError for an unknown client or a file that is not
    understood."""
    if unknown := [name for name in names if name not in CLIENTS]:
        raise SettingsError(f"no client is called {unknown[0]!r}; the clients are {', '.join(CLIENTS)}")
    launch, project = own_launch(os.environ), Path.cwd() if in_project else None
    changes = {
        name: planned(CLIENTS[name], this_machine(), None if remove else launch, project=project) for name in names
    }
    for name, change in changes.items():
        client = CLIENTS[name]
        if not change.is_one:
            print(f"{client.title}: nothing to change in {change.path}")
        elif dry_run:
            print(change.diff(), end="")
        else:
            backup = change.make()
            done = "taken out of" if remove else "added to"
            kept = f", as it was: {backup}" if backup else ""
            print(f"{client.title}: {done} {change.path}{kept}; now {client.then}")
        if client.link and not remove:
            print(f"or open {client.link(launch)}")
    if not remove and os.environ.get("OPENAI_API_KEY"):
        print("OPENAI_API_KEY is not copied: where answers shall use it, add it to the entry's environment yourself")
