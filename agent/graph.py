"""The one graph every model runs in: model <-> tools, built from arguments."""

# No postponed annotations here: ToolNode reads the types an error handler takes from its signature.

from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolInvocationError
from langgraph.runtime import Runtime

from agent.budget import Stop
from agent.prompts import ANSWER_NOW
from warehouse.errors import BlogError


def build_graph(
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    *,
    system: str,
    max_rounds: int = 6,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A compiled graph over `messages`; anticipated tool errors go back to the model as failed results."""
    with_tools = model.bind_tools(list(tools))

    def call_model(state: MessagesState, runtime: Runtime[Stop]) -> dict[str, list[AnyMessage]]:
        if runtime.context and runtime.context.reason:
            return {"messages": [AIMessage("")]}
        if _rounds(state["messages"]) >= max_rounds:
            return {"messages": [model.invoke([SystemMessage(f"{system}\n{ANSWER_NOW}"), *state["messages"]])]}
        return {"messages": [with_tools.invoke([SystemMessage(system), *state["messages"]])]}

    def next_step(state: MessagesState) -> Literal["tools", "__end__"]:
        last = state["messages"][-1]
        wants_tools = isinstance(last, AIMessage) and bool(last.tool_calls)
        return "tools" if wants_tools and _rounds(state["messages"]) <= max_rounds else "__end__"

    graph = StateGraph(MessagesState, context_schema=Stop)
    graph.add_node("model", call_model)
    graph.add_node("tools", ToolNode(list(tools), handle_tool_errors=_as_failed_result))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", next_step)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=checkpointer)


def this_turn(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages since the last question, that question included."""
    last = max((index for index, message in enumerate(messages) if isinstance(message, HumanMessage)), default=0)
    return list(messages[last:])


def artifact_of(message: AnyMessage) -> dict[str, Any]:
    """The result a tool message carries, as a dict; {} for a failed call and for any other message."""
    return message.artifact if isinstance(message, ToolMessage) and isinstance(message.artifact, dict) else {}


def _rounds(messages: Sequence[AnyMessage]) -> int:
    return sum(isinstance(message, AIMessage) and bool(message.tool_calls) for message in this_turn(messages))


def _as_failed_result(error: BlogError | ToolInvocationError) -> str:
    # The annotation is what ToolNode filters by: anything else is a bug and propagates.
    return f"Error: {error}"
