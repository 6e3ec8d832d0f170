"""`ask` as a tool: what the agent does is told as progress, and a deadline ends it with what is known by then."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult
from pydantic import Field

from agent.answer import Answer
from agent.mcp import calls
from agent.mcp.calls import Calls, reply
from agent.mcp.resources import chart_link
from tools.blog import BlogTools

if TYPE_CHECKING:
    from agent.ask import Assistant
    from agent.events import Event

HEARTBEAT = 5.0
"""Seconds after which a waiting client hears that the agent still works."""
_WORDING = 7.0
"""Seconds kept from the deadline for putting into words what was found by then; half of it at most."""
_LINKS_SINCE = "2025-06-18"
"""The revision whose clients know links to resources in results; to earlier ones they would be an error."""
AT_ONCE = 4
"""Questions worked on at the same time; more wait, within their deadline."""


class Ask:
    """The agent behind one tool: made at its first question, then shared."""

    def __init__(self, blog: BlogTools, admit: Callable[[Any], None], *, shared: bool) -> None:
        """`admit` raises ToolError for a request (None on stdio) of a client that asked too often. A `shared` server
        keeps no conversations: its clients could read each other's."""
        self._blog, self._admit, self._shared = blog, admit, shared
        self._calls = Calls(hidden=str(blog.snapshots.home), threads=AT_ONCE)
        self._assistant: Assistant | None = None
        self._lock = threading.Lock()

    async def ask(
        self,
        ctx: Context[Any, Any],
        question: Annotated[str, Field(description="A question about the blog, in plain words.")],
        thread: Annotated[str, Field(description="Name of a stored conversation to continue.")] = "",
        history: Annotated[
            list[dict[str, str]],
            Field(description="Earlier turns instead of a thread: {role: user|assistant, content}."),
        ] = [],  # noqa: B006  never changed; the schema must show a plain default
    ) -> Annotated[CallToolResult, Answer]:
        """Answers a question about the blog in under 100 words, each sentence proved by a quote from a post.

        Use it for a finished answer; use the other tools to gather material yourself. `refused` is true when the blog
        does not say.
        """
        self._admit(ctx.request_context.request)
        if thread and self._shared:
            raise ToolError("this shared server stores no conversations; send the earlier turns as history instead")
        steps = Steps()
        work = functools.partial(self._answer, question, thread, history, steps)
        answer: Answer | None = None
        failure: ToolError | None = None
        async with anyio.create_task_group() as beside:
            beside.start_soon(steps.report, ctx)
            try:
                with anyio.move_on_after(calls.DEADLINE):
                    answer = await self._calls.in_thread(work, steps.given_up)
            except ToolError as error:
                failure = error  # raised below: out of a task group it would come as a group of errors
            finally:
                beside.cancel_scope.cancel()
        await steps.tell(ctx)
        if answer is None:
            raise failure or ToolError(f"no answer within {calls.DEADLINE:g} seconds; ask a narrower question")
        chart = chart_link(question, answer) if (ctx.protocol_version or "") >= _LINKS_SINCE else None
        return reply(answer, chart) if chart else reply(answer)

    def _answer(self, question: str, thread: str, history: list[dict[str, str]], steps: Steps) -> Answer:
        return self._made().ask(
            question,
            thread=thread,
            history=history,
            listener=steps.hear,
            seconds=max(calls.DEADLINE - _WORDING, calls.DEADLINE / 2),
            cancelled=steps.given_up,
        )

    def _made(self) -> Assistant:
        with self._lock:
            if self._assistant is None:
                from agent.ask import Assistant  # langgraph: over a second, spent only by those who ask

                self._assistant = Assistant(self._blog)
            return self._assistant


class Steps:
    """What the agent does: heard in the thread it works in, told to the client from the event loop."""

    def __init__(self) -> None:
        self.given_up = threading.Event()
        self._waiting: deque[str] = deque()
        self._told = 0
        self._last = time.monotonic()

    def hear(self, event: Event) -> None:
        """Takes a step down."""
        if event.kind == "call":
            self._waiting.append(f"{event.name}: {', '.join(map(str, (event.arguments or {}).values()))}"[:200])
        elif event.kind == "result":
            self._waiting.append(event.text[:200])

    async def report(self, ctx: Context[Any, Any]) -> None:
        """Tells steps as they come, and now and then that the work goes on, until cancelled."""
        while True:
            await self.tell(ctx)
            if time.monotonic() - self._last >= HEARTBEAT:
                self._waiting.append("still working")
            await anyio.sleep(0.1)

    async def tell(self, ctx: Context[Any, Any]) -> None:
        """Tells the steps not told yet; without effect where the client asked for no progress."""
        while self._waiting:
            self._told += 1
            self._last = time.monotonic()
            with anyio.CancelScope(shield=True):  # what is begun to be told is not lost when the answer comes
                await ctx.report_progress(self._told, None, self._waiting.popleft())
