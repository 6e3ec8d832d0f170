"""One turn of a model: what it is sent, and what is made of what it gives back, whatever its endpoint can do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage, SystemMessage, ToolCall
from langchain_core.tools import BaseTool

from agent.answer import DECLINED
from agent.budget import Stop
from agent.history import labelled, shortened, this_turn, to_send, without_tool_messages
from agent.models import Fault, fault_of
from agent.prompts import ANSWER_NOW, EARLIER, NO_TOOLS
from agent.textcalls import repaired
from warehouse.errors import ModelError

_SHORTER = (24_000, 8_000, 2_400)
"""Characters of tool results sent, try after try, once the endpoint said that the conversation is too long."""


class ModelTurn(Protocol):
    """What the model node of the graph does."""

    def take(self, messages: Sequence[AnyMessage], *, system: str, tools: bool, stop: Stop | None) -> AIMessage:
        """The model's next message: tool calls, or a text. `tools` says whether calls are still possible."""


class EmbeddedTurn:
    """The embedded model reads the messages themselves and needs no prompt."""

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model

    def take(self, messages: Sequence[AnyMessage], *, system: str, tools: bool, stop: Stop | None) -> AIMessage:
        return self._model.invoke(list(messages))


class HostedTurn:
    """A model behind an endpoint of unknown abilities.

    `kind_of` tells what a question is ("talk", "decline" or anything else), given it and the questions before it: what
    is neither is looked up even when the model would answer from memory.
    """

    def __init__(
        self, model: BaseChatModel, tools: Sequence[BaseTool], kind_of: Callable[[str, list[str]], str]
    ) -> None:
        self._plain = model
        self._with_tools = model.bind_tools(list(tools))
        self._names = {tool.name for tool in tools}
        self._kind_of = kind_of
        self._knows_tools = True

    def take(self, messages: Sequence[AnyMessage], *, system: str, tools: bool, stop: Stop | None) -> AIMessage:
        read = len(this_turn(messages)) > 1
        if tools and not read and not self._knows_tools:
            return self._looked_up(messages, AIMessage(""))
        said = self._asked(messages, system, tools, stop)
        if tools and self._knows_tools:
            said = repaired(said, self._names)
        stopped = stop is not None and bool(stop.reason)
        if said.tool_calls or read or not tools or stopped or "Sources:" in said.text:
            return said
        return self._looked_up(messages, said)

    def _looked_up(self, messages: Sequence[AnyMessage], said: AIMessage) -> AIMessage:
        """A search for the question in place of an answer from memory; small talk and refusals stay what they are."""
        *earlier, question = [str(message.text) for message in messages if isinstance(message, HumanMessage)]
        kind = self._kind_of(question, earlier)
        if kind == "decline":
            return AIMessage(DECLINED)
        if said.text.startswith(DECLINED) or (kind == "talk" and said.text.strip()):
            return said
        query = f"{earlier[-1]} {question}" if earlier and len(question.split()) < 6 else question
        call = ToolCall(name="search_posts", args={"query": query[:400]}, id=f"call_{uuid.uuid4().hex[:12]}")
        return AIMessage("", tool_calls=[call], usage_metadata=said.usage_metadata)

    def _asked(self, messages: Sequence[AnyMessage], system: str, tools: bool, stop: Stop | None) -> AIMessage:
        digest, sent = to_send(messages)
        told = f"{system}\n{EARLIER}\n{digest}" if digest else system
        tries = iter(_SHORTER)
        cut_before = False
        while True:
            try:
                said = self._streamed(told, sent, tools, stop)
            except Exception as error:  # every client and server names these faults otherwise; unknown ones go on up
                fault = fault_of(error)
                if fault is Fault.NO_TOOLS and self._knows_tools:
                    self._knows_tools = False
                    if tools and len(this_turn(messages)) == 1:
                        return self._looked_up(messages, AIMessage(""))
                elif fault is Fault.TOO_LONG or (fault is Fault.SILENT and cut_before):
                    told, sent = system, shortened(messages, self._next_size(tries, error))
                elif fault in (Fault.CUT, Fault.SILENT) and not cut_before:
                    cut_before = True
                else:
                    raise
                continue
            if cut_before or said.response_metadata.get("finish_reason") or (stop is not None and stop.reason):
                return said
            cut_before = True  # the stream ended without saying so: once more, then take what comes

    def _next_size(self, tries: object, error: Exception) -> int:
        size = next(tries, None)  # type: ignore[call-overload]  # an iterator of ints
        if size is None:
            raise ModelError(
                "the question and what was found do not fit the model's context; ask a shorter question, or set"
                " BOUNDED_MODEL to a model with a longer context"
            ) from error
        return int(size)

    def _streamed(self, system: str, messages: Sequence[AnyMessage], tools: bool, stop: Stop | None) -> AIMessage:
        if not self._knows_tools:
            model, sent = self._plain, without_tool_messages(messages)
            system = f"{system}\n{NO_TOOLS}"
        elif tools:
            model, sent = self._with_tools, [labelled(message) for message in messages]  # type: ignore[assignment]  # both take messages
        else:
            model, sent = self._plain, [labelled(message) for message in messages]
            system = f"{system}\n{ANSWER_NOW}"
        whole: AIMessageChunk | None = None
        for chunk in model.stream([SystemMessage(system), *sent]):
            if isinstance(chunk, AIMessageChunk):
                whole = chunk if whole is None else whole + chunk
            if stop is not None and stop.reason:
                return AIMessage(whole.text if whole else "")
        if whole is None:
            return AIMessage("")
        return AIMessage(
            content=whole.content,
            tool_calls=whole.tool_calls,
            invalid_tool_calls=whole.invalid_tool_calls,
            usage_metadata=whole.usage_metadata,
            response_metadata=whole.response_metadata,
        )
