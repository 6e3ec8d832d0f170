"""The one graph every model runs in: model <-> tools, built from arguments."""

# No postponed annotations here: ToolNode reads the types an error handler takes from its signature.

from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolInvocationError
from langgraph.runtime import Runtime

from agent.budget import Budget, Stop
from agent.history import this_turn
from agent.turn import ModelTurn
from warehouse.errors import BlogError


def build_graph(
    turn: ModelTurn,
    tools: Sequence[BaseTool],
    *,
    system: str,
    budget: Budget | None = None,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A compiled graph over `messages`; anticipated tool errors go back to the model as failed results.

    Its context, a `Stop`, ends it at the next step or token with an empty last message.
    """
    limits = budget or Budget()

    def call_model(state: MessagesState, runtime: Runtime[Stop]) -> dict[str, list[AnyMessage]]:
        if runtime.context and runtime.context.reason:
            return {"messages": [AIMessage("")]}
        more = not spent(state["messages"], limits)
        return {"messages": [turn.take(state["messages"], system=system, tools=more, stop=runtime.context)]}

    def next_step(state: MessagesState) -> Literal["tools", "__end__"]:
        last = state["messages"][-1]
        wants_tools = isinstance(last, AIMessage) and bool(last.tool_calls)
        # A model that calls tools after the last round gets no further: its answer is unfinished.
        return "tools" if wants_tools and not spent(state["messages"][:-1], limits) else "__end__"

    graph = StateGraph(MessagesState, context_schema=Stop)
    graph.add_node("model", call_model)
    graph.add_node("tools", ToolNode(list(tools), handle_tool_errors=_as_failed_result))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", next_step)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=checkpointer)


def spent(messages: Sequence[AnyMessage], budget: Budget) -> str:
    """Which limit of the turn at hand is reached, in words that follow "stopped"; "" for none."""
    turn = this_turn(messages)
    rounds = sum(isinstance(message, AIMessage) and bool(message.tool_calls) for message in turn)
    if rounds >= budget.rounds:
        return f"after {budget.rounds} rounds of tool calls"
    return f"after {budget.tokens:,} tokens" if _tokens(turn) >= budget.tokens else ""


def artifact_of(message: AnyMessage) -> dict[str, Any]:
    """The result a tool message carries, as a dict; {} for a failed call and for any other message."""
    return message.artifact if isinstance(message, ToolMessage) and isinstance(message.artifact, dict) else {}


def _tokens(turn: Sequence[AnyMessage]) -> int:
    """Tokens of the turn so far, as the endpoint counted them, else four characters to one, sent again each round."""
    counted = [message.usage_metadata for message in turn if isinstance(message, AIMessage) and message.usage_metadata]
    if counted:
        return sum(usage["total_tokens"] for usage in counted)
    total = sent = 0
    for message in turn:
        total += sent if isinstance(message, AIMessage) else 0
        sent += len(str(message.content)) // 4
    return total + sent


def _as_failed_result(error: BlogError | ToolInvocationError) -> str:
    # The annotation is what ToolNode filters by: anything else is a bug and propagates.
    return f"Error: {error}"
