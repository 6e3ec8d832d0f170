"""Conversations kept in one SQLite file by LangGraph's checkpointer: opened, listed, deleted."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import Checkpoint
from langgraph.checkpoint.sqlite import SqliteSaver

from warehouse.errors import SettingsError, UnknownThread

_PATIENCE = 10.0
"""Seconds another process may keep the file locked."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A stored conversation."""

    name: str
    questions: int
    last_question: str
    updated: str
    """ISO 8601, UTC."""


class Threads:
    """The conversations of one home folder."""

    def __init__(self, home: Path) -> None:
        self._file = home / "threads.sqlite"

    @contextlib.contextmanager
    def saver(self) -> Iterator[SqliteSaver]:
        """The checkpointer over the file, made when it is not there. Raises SettingsError when it cannot be used."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(
                sqlite3.connect(self._file, check_same_thread=False, timeout=_PATIENCE)
            ) as connection:
                saver = SqliteSaver(connection)
                saver.setup()
                yield saver
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"threads cannot be kept in {self._file.parent} ({error}); set BOUNDED_HOME to a writable folder"
            ) from error

    def all(self) -> list[Thread]:
        """Every stored conversation, the one used last first."""
        if not self._file.exists():
            return []
        with self.saver() as saver:
            names = [name for (name,) in saver.conn.execute("SELECT DISTINCT thread_id FROM checkpoints")]
            found = ((name, saver.get({"configurable": {"thread_id": name}})) for name in names)
            threads = [_thread(name, checkpoint) for name, checkpoint in found if checkpoint]
        return sorted(threads, key=lambda thread: thread.updated, reverse=True)

    def delete(self, name: str) -> None:
        """Forgets a conversation. Raises UnknownThread when there is none of that name."""
        names = [thread.name for thread in self.all()]
        if name not in names:
            raise UnknownThread(f"no thread is called {name!r}; there are {', '.join(names) or 'none'}")
        with self.saver() as saver:
            saver.delete_thread(name)


def _thread(name: str, checkpoint: Checkpoint) -> Thread:
    messages = checkpoint["channel_values"].get("messages", [])
    questions = [str(message.text) for message in messages if isinstance(message, HumanMessage)]
    return Thread(name, len(questions), questions[-1] if questions else "", checkpoint["ts"])
