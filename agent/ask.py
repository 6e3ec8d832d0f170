"""Asking: one question through the graph to a verified answer, with what happens on the way told to a listener."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agent.answer import Answer, Evidence, Table, ToolUse, age_note, evidence_of, needs_quoting, settle, unfinished
from agent.budget import Budget, Stop
from agent.events import Event
from agent.graph import artifact_of, build_graph, spent
from agent.history import spoken, this_turn
from agent.models import build_turn, model_errors
from agent.prompts import PROMPT_VERSION, SYSTEM
from agent.running import run
from agent.settings import EMBEDDED, ModelSettings
from agent.threads import Threads
from tools.blog import CATALOGUE_NOTE, BlogTools
from tools.for_langgraph import langchain_tools
from warehouse.errors import QueryError
from warehouse.snapshot import Snapshot

MAX_QUESTION = 10_000
MAX_HISTORY = 50
_QUOTING = 5.0
"""Seconds for quoting passages in place of an answer that could not be proven or finished."""


class Assistant:
    """Answers questions about one blog with one model."""

    def __init__(self, blog: BlogTools, settings: ModelSettings | None = None, *, budget: Budget | None = None) -> None:
        self._blog = blog
        self._budget = budget or Budget()
        self._settings = settings or ModelSettings()
        self._tools = langchain_tools(blog)
        self._turn = build_turn(self._settings, blog, self._tools)

    def ask(
        self,
        question: str,
        *,
        thread: str = "",
        history: Sequence[dict[str, str]] = (),
        listener: Callable[[Event], None] = lambda event: None,
        seconds: float | None = None,
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """A verified answer; see `record`."""
        return self.record(
            question, thread=thread, history=history, listener=listener, seconds=seconds, cancelled=cancelled
        ).answer

    def record(
        self,
        question: str,
        *,
        thread: str = "",
        history: Sequence[dict[str, str]] = (),
        listener: Callable[[Event], None] = lambda event: None,
        seconds: float | None = None,
        cancelled: threading.Event | None = None,
    ) -> Record:
        """A verified answer with all it rests on.

        `thread` names a stored conversation to go on with; `history` gives earlier turns ({"role", "content"}) instead.
        `listener` hears of each tool call, its outcome and the text as it is written, on the calling thread. After
        `seconds` (default: the budget's), or once `cancelled` is set by another thread, the answer is made of what has
        been found by then and its note says that it was stopped.
        Raises QueryError for an empty or oversized question, ModelError when the model fails, SnapshotError when there
        is nothing to answer from.
        """
        turns: list[AnyMessage] = [*_turns(history), HumanMessage(_checked(question))]
        snapshot = self._blog.snapshots.current()
        started = time.perf_counter()
        stop = Stop(self._budget.seconds if seconds is None else seconds, cancelled or threading.Event())
        threads = Threads(self._blog.snapshots.home).saver() if thread else contextlib.nullcontext()
        with model_errors(self._settings):
            messages = run(
                self.graph, turns, saver=threads, thread=thread, budget=self._budget, stop=stop, listener=listener
            )
        evidence = [passage for message in messages for passage in evidence_of(artifact_of(message))]
        answer = self._settled(messages, evidence, snapshot, stop.reason)
        if self._is_hosted and needs_quoting(answer):
            answer, more = self._quoted(messages, answer, snapshot)
            evidence += more
        if aged := age_note(turns[-1].text, answer):
            answer = replace(answer, note="; ".join(filter(None, [answer.note, aged])))
        return Record(
            question=turns[-1].text,
            answer=answer,
            snapshot=snapshot.manifest.id,
            evidence=evidence,
            seconds=round(time.perf_counter() - started, 3),
            tokens=_tokens(this_turn(messages)),
        )

    def graph(self, checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The graph questions run through, for the snapshot that is current now."""
        system = _system(self._blog.snapshots.current())
        return build_graph(self._turn, self._tools, system=system, budget=self._budget, checkpointer=checkpointer)

    def _settled(
        self, messages: Sequence[AnyMessage], evidence: Sequence[Evidence], snapshot: Snapshot, stopped: str
    ) -> Answer:
        last = messages[-1]
        finished = isinstance(last, AIMessage) and not last.tool_calls
        text = str(last.text).strip() if finished else ""
        limit = spent(messages[:-1], self._budget) if len(messages) > 1 else ""
        why = "" if text and not stopped else stopped or limit or "because the model said nothing"
        uses = [
            ToolUse(call["name"], call["args"])
            for message in this_turn(messages)
            if isinstance(message, AIMessage)
            for call in message.tool_calls
        ]
        notes = [CATALOGUE_NOTE.format(as_of=snapshot.as_of)] if snapshot.is_catalogue else []
        table = Table()
        for result in this_turn(messages):
            if isinstance(result, ToolMessage) and result.status == "error":
                notes.append(f"{result.name}: {str(result.content).removeprefix('Error: ')}")
            elif isinstance(result, ToolMessage) and "columns" in (found := artifact_of(result)):
                table = Table(found["columns"], found["rows"])
        if text and limit:
            notes.append(f"stopped {limit}; answered from what had been found")
        if why:
            return unfinished(why, evidence, table, uses, model=self._settings.name, as_of=snapshot.as_of, notes=notes)
        return settle(text, evidence, table, uses, model=self._settings.name, as_of=snapshot.as_of, notes=notes)

    @property
    def _is_hosted(self) -> bool:
        return self._settings.name != EMBEDDED

    def _quoted(
        self, messages: Sequence[AnyMessage], instead_of: Answer, snapshot: Snapshot
    ) -> tuple[Answer, list[Evidence]]:
        """The embedded model's answer to the same question, for one that could not be proven or finished."""
        turn = build_turn(ModelSettings.model_construct(), self._blog, self._tools)
        stop = Stop(_QUOTING)
        turns = [*spoken(messages[: len(messages) - len(this_turn(messages))]), this_turn(messages)[0]]
        found = run(
            lambda saver: build_graph(turn, self._tools, system=""),
            turns,
            saver=contextlib.nullcontext(),
            thread="",
            budget=self._budget,
            stop=stop,
            listener=lambda event: None,
        )
        evidence = [passage for message in found for passage in evidence_of(artifact_of(message))]
        quoted = self._settled(found, evidence, snapshot, stop.reason)
        if not (quoted.citations or quoted.table.rows):
            return instead_of, []
        note = "; ".join(filter(None, [f"{self._settings.name} gave no answer that could be proven", instead_of.note]))
        tools = [*instead_of.tools, *(use for use in quoted.tools if use not in instead_of.tools)]
        return replace(quoted, tools=tools, note=f"{note}; passages were quoted instead"), evidence


@dataclass(frozen=True, slots=True)
class Record:
    """An answer with all it rests on, enough to check it again without any model."""

    question: str
    answer: Answer
    snapshot: str
    """Id of the snapshot the tools read."""
    evidence: list[Evidence]
    """Every passage the tools returned in the conversation."""
    seconds: float
    tokens: dict[str, int]
    """"input" and "output" of the question's model calls, where the model tells them."""

    def as_json(self) -> dict[str, Any]:
        """The answer's own fields, and beside them what it rests on."""
        rest = {
            "question": self.question,
            "snapshot": self.snapshot,
            "seconds": self.seconds,
            "tokens": self.tokens,
            "prompt": PROMPT_VERSION,
        }
        return {**asdict(self.answer), **rest, "evidence": [asdict(passage) for passage in self.evidence]}


def _tokens(messages: Sequence[AnyMessage]) -> dict[str, int]:
    used = [message.usage_metadata for message in messages if isinstance(message, AIMessage) and message.usage_metadata]
    if not used:
        return {}
    return {"input": sum(u["input_tokens"] for u in used), "output": sum(u["output_tokens"] for u in used)}


def _checked(question: str) -> str:
    text = question.strip()
    if not text:
        raise QueryError('the question is empty; ask something, e.g. "What is bits-back coding?"')
    if len(text) > MAX_QUESTION:
        raise QueryError(f"the question is longer than {MAX_QUESTION:,} characters; ask a shorter one")
    return text


def _turns(history: Sequence[dict[str, str]]) -> list[AnyMessage]:
    if len(history) > MAX_HISTORY:
        raise QueryError(f"history holds more than {MAX_HISTORY} turns; send the last ones")
    turns: list[AnyMessage] = []
    for turn in history:
        role, content = turn.get("role"), turn.get("content", "")
        if role not in ("user", "assistant"):
            raise QueryError(f"history turns have the role user or assistant, not {role!r}")
        turns.append(HumanMessage(content) if role == "user" else AIMessage(content))
    return turns


def _system(snapshot: Snapshot) -> str:
    manifest = snapshot.manifest
    return SYSTEM.format(
        public_site=manifest.public_site,
        today=datetime.now(UTC).date(),
        as_of=snapshot.as_of,
        age=_age(snapshot.as_of),
        posts=manifest.posts,
    )


def _age(as_of: str) -> str:
    days = (datetime.now(UTC).date() - date.fromisoformat(as_of[:10])).days
    return "today" if days <= 0 else f"{days} day{'s' if days > 1 else ''} ago"
