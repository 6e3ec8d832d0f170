"""A conversation in the terminal: a prompt with history, one answer after the other, in one stored thread."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from warehouse.errors import BlogError

_LEAVING = frozenset({"exit", "quit", ":q"})
HELP = "Ask anything about the blog. An empty line or Ctrl-D ends the chat, Ctrl-C stops an answer."


def chat(answer: Callable[[str], None], history: Path) -> None:
    """Has each line of the user answered (and shown) until the user leaves.

    An anticipated error, or Ctrl-C while an answer is made, ends that question only.
    """
    for question in _questions(history):
        try:
            answer(question)
        except BlogError as error:
            print(f"bounded: {' '.join(str(error).split())}", file=sys.stderr)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


def _questions(history: Path) -> Iterator[str]:
    """The user's lines, edited on a terminal, read as they are from a pipe."""
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    history.parent.mkdir(parents=True, exist_ok=True)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    print(HELP, file=sys.stderr)
    while True:
        try:
            line = session.prompt("> ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if not line or line.lower() in _LEAVING:
            return
        yield line
