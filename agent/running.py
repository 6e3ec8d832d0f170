"""Running the graph on a thread of its own, so that whoever waits gets away in time whatever a model or site does."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from langchain_core.messages import AIMessageChunk, AnyMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agent.budget import Budget, Stop
from agent.events import Event, events_of

_GRACE = 1.0
"""Seconds the work gets to end by itself once it was told to stop; then it is left behind."""
_TICK = 0.25
"""Seconds between two looks at whether to stop."""

Graph = CompiledStateGraph[Any, Any, Any, Any]


def run(
    build: Callable[[BaseCheckpointSaver[Any] | None], Graph],
    turns: list[AnyMessage],
    *,
    saver: AbstractContextManager[BaseCheckpointSaver[Any] | None],
    thread: str,
    budget: Budget,
    stop: Stop,
    listener: Callable[[Event], None],
) -> list[AnyMessage]:
    """The conversation's messages after the question, those there are when `stop` ends it early.

    The listener is called on the caller's thread; what the work raises is raised here.
    """
    happened: queue.SimpleQueue[Event | list[AnyMessage] | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            with saver as opened:
                for item in _stream(build(opened), turns, thread, budget, stop):
                    happened.put(item)
        except BaseException as error:  # not handled here but handed over, to be raised where the caller waits
            happened.put(error)
        happened.put(None)

    threading.Thread(target=work, name="bounded-question", daemon=True).start()
    messages = turns
    try:
        for item in _until_stopped(happened, stop):
            if isinstance(item, Event):
                listener(item)
            else:
                messages = item
    except BaseException:  # Ctrl-C or a failing listener: the work must not go on for nobody
        stop.cancel()
        raise
    return messages


def _until_stopped(
    happened: queue.SimpleQueue[Event | list[AnyMessage] | BaseException | None], stop: Stop
) -> Iterator[Event | list[AnyMessage]]:
    given_up = float("inf")
    while time.monotonic() < given_up:
        try:
            item = happened.get(timeout=_TICK if stop.reason else min(_TICK, stop.left + 0.01))
        except queue.Empty:
            if stop.reason and given_up == float("inf"):
                given_up = time.monotonic() + _GRACE
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def _stream(
    graph: Graph, turns: list[AnyMessage], thread: str, budget: Budget, stop: Stop
) -> Iterator[Event | list[AnyMessage]]:
    config: Any = {"recursion_limit": 2 * budget.rounds + 5}
    if thread:
        config["configurable"] = {"thread_id": thread}
    messages: list[AnyMessage] = []
    # One checkpoint for each question, not for each step: they hold the whole conversation.
    stream: Iterator[Any] = graph.stream(
        {"messages": turns},
        config,
        context=stop,
        stream_mode=["messages", "values"],
        durability="exit" if thread else None,
    )
    for mode, payload in stream:
        if mode == "values":
            new = payload["messages"][len(messages) :] if messages else payload["messages"][-1:]
            yield from events_of(new)
            messages = payload["messages"]
            yield messages
        elif isinstance(payload[0], AIMessageChunk) and isinstance(payload[0].content, str) and payload[0].content:
            yield Event("token", text=payload[0].content)
