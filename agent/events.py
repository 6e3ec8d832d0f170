"""What happens while an answer is made, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

from agent.graph import artifact_of


@dataclass(frozen=True, slots=True)
class Event:
    """Something a listener may show: a tool call, its outcome, or a piece of the text the model writes (unchecked)."""

    kind: Literal["call", "result", "token"]
    name: str = ""
    arguments: dict[str, Any] | None = None
    text: str = ""


def events_of(messages: Sequence[AnyMessage]) -> Iterator[Event]:
    """The tool calls and outcomes in new messages."""
    for message in messages:
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                yield Event("call", call["name"], call["args"])
        elif isinstance(message, ToolMessage):
            yield Event("result", message.name or "", text=_outcome(message))


def _outcome(message: ToolMessage) -> str:
    artifact = artifact_of(message)
    if not artifact:
        return str(message.content)
    if "hits" in artifact:
        hits = artifact["hits"]
        best = (
            f", best: {hits[0]['title']}" + (f" > {hits[0]['heading']}" if hits[0]["heading"] else "") if hits else ""
        )
        return f"{artifact['total']} sections match{best}"
    if "rows" in artifact:
        return f"{artifact['row_count']} rows"
    return f"{artifact['title']} ({artifact['source']}), {artifact['total_chars']:,} characters"
