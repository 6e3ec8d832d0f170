"""What the commands show: results and answers as JSON or Markdown on stdout, their progress on stderr."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.answer import Answer
    from agent.events import Event


def show(question: str, answer: Answer) -> None:
    """An answer, its series as bars and its table first where they say more."""
    from agent.answer import render_answer
    from agent.charts import asks_for_chart, bar_chart, series_of
    from tools.render import markdown_table

    table = answer.table
    if series := series_of(table.columns, table.rows, asked=asks_for_chart(question)):
        print(bar_chart(series, _width()) + "\n")
    if len(table.rows) > 1 or (table.rows and len(table.columns) > 2):
        print_markdown(markdown_table(table.columns, table.rows) + "\n")
    print_markdown(render_answer(answer))


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=(sys.stdout.encoding or "").lower() != "utf-8", indent=2))


def print_result(result: Any, as_json: bool) -> None:
    if as_json:
        print_json(asdict(result))
        return
    from tools.render import render

    print_markdown(render(result))


def _width() -> int:
    """Columns of the terminal; 80 where the output goes elsewhere."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80


def print_markdown(text: str) -> None:
    """Rendered on a terminal, as written elsewhere."""
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    # Markdown would take \( for an escaped bracket and _ for emphasis: a formula is shown as code.
    Console().print(Markdown(re.sub(r"\\\(.+?\\\)|\$\$[^\n]+?\$\$", lambda formula: f"`{formula[0]}`", text)))


def narrate(event: Event) -> None:
    """What the agent is doing, on stderr."""
    if event.kind == "call":
        arguments = ", ".join(f"{name}={value!r}" for name, value in (event.arguments or {}).items())
        print(f"> {event.name}({arguments})", file=sys.stderr)
    elif event.kind == "result":
        print(f"  {event.text}", file=sys.stderr)


@contextmanager
def progress(site: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, a line for every page elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        print(f"reading {site}", file=sys.stderr)
        yield lambda done, of, path: print(f"{done}/{of} {path}", file=sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Reading {site}", total=None)
        yield lambda done, of, path: bar.update(task, completed=done, total=of)
