"""The blog's methods and `ask` as tools: cancellable, within a deadline, their errors readable, their text short."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import anyio
import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ContentBlock, TextContent

from agent.answer import Answer, render_answer
from tools.paging import part_end
from tools.render import render
from warehouse.errors import BlogError
from warehouse.sql.sandbox import GIVEN_UP

DEADLINE = 55.0
"""Seconds a call may take: hosts give up after 60."""
TEXT_CHARS = 4_000
"""Characters of a result given as text, too; what is longer stands whole only in the structured content."""
THREADS = 16
"""Calls that work at the same time; more wait."""


class Calls:
    """Makes tools of methods, with a pool of threads for all of them."""

    def __init__(self, hidden: str = "", threads: int = THREADS) -> None:
        """`hidden`: the home folder, which no client needs to know."""
        self._threads = anyio.CapacityLimiter(threads)
        self._slots = threading.BoundedSemaphore(threads)
        self._hidden = hidden

    def tool(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method as an async tool with its parameters and its result as the promised shape."""
        hints = inspect.signature(method, eval_str=True)

        @functools.wraps(method)
        async def call(*args: Any, **kwargs: Any) -> CallToolResult:
            return reply(await self.within_deadline(functools.partial(method, *args, **kwargs), method.__name__))

        return described(call, hints)

    async def within_deadline(self, work: Callable[[], Any], name: str) -> Any:
        """What the work returns, done in a thread; a cancelled call stops waiting for it at once.

        Raises ToolError for whatever the product expects to go wrong, and when the deadline passes.
        """
        with anyio.move_on_after(DEADLINE):
            return await self.in_thread(work)
        raise ToolError(f"{name} took longer than {DEADLINE:g} s and was given up; ask for less")

    async def in_thread(self, work: Callable[[], Any], given_up: threading.Event | None = None) -> Any:
        """What the work returns; `given_up` is set when nobody waits for it any more.

        Raises ToolError for whatever the product expects to go wrong.
        """
        given_up = given_up or threading.Event()

        def in_a_slot() -> Any:
            # A thread cannot be ended from outside. One that works on after its call was cancelled keeps its slot, so
            # that calling and cancelling, again and again, fills the machine no more than calling does.
            while not self._slots.acquire(timeout=0.1):
                if given_up.is_set():
                    return None
            GIVEN_UP.set(given_up)
            try:
                return work()
            finally:
                self._slots.release()

        try:
            return await anyio.to_thread.run_sync(in_a_slot, abandon_on_cancel=True, limiter=self._threads)
        except BlogError as error:
            raise ToolError(self.shown(error)) from error
        finally:
            given_up.set()

    def shown(self, error: BlogError) -> str:
        """The error's message, without the path of the home folder."""
        return str(error).replace(self._hidden, "BOUNDED_HOME") if self._hidden else str(error)


def described(call: Callable[..., Any], hints: inspect.Signature) -> Callable[..., Any]:
    """The call with a signature the SDK derives the schemas from: these parameters, and a result of the hinted type
    whose text is chosen apart."""
    returned = Annotated[CallToolResult, hints.return_annotation]
    call.__signature__ = hints.replace(return_annotation=returned)  # type: ignore[attr-defined]  # read by the SDK
    call.__annotations__ = {name: p.annotation for name, p in hints.parameters.items()} | {"return": returned}
    return call


def reply(result: Any, *beside: ContentBlock) -> CallToolResult:
    """The whole result as structured content, as text what fits into TEXT_CHARS, and what is offered beside it."""
    text = render_answer(result) if isinstance(result, Answer) else render(result)
    content: list[ContentBlock] = [TextContent(type="text", text=shortened(text)), *beside]
    return CallToolResult(content=content, structured_content=asdict(result))


def shortened(text: str) -> str:
    """The text, or its beginning up to a block's end and where the rest is, so that no client pays for it twice."""
    if len(text) <= TEXT_CHARS:
        return text
    end = part_end(text, 0, TEXT_CHARS)
    return (
        f"{text[:end].rstrip()}\n\n[Cut after {end:,} of {len(text):,} characters: the structured content has all."
        " Where only this text is seen, ask for less at a time: a section, max_chars=3000, or a lower limit.]"
    )
