"""What the graph costs per question beyond model and tools, beside a bare two-node LangGraph loop.

    python bench/graph.py

Both run the same turn (a tool call, its result, an answer) with a model and a tool that do nothing. Rounds of the two
alternate, so that a busy machine disturbs both; the medians and their ratio are printed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.tools import StructuredTool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from agent.budget import Stop
from agent.graph import build_graph

CALL = {"name": "nothing", "args": {"text": "x"}, "id": "call_1"}


def nothing(text: str) -> str:
    """Does nothing."""
    return text


TOOL = StructuredTool.from_function(nothing)


class Instant:
    """A model that calls the tool once and then answers."""

    def take(self, messages: Sequence[AnyMessage], *, system: str, tools: bool, stop: Stop | None) -> AIMessage:
        return AIMessage("", tool_calls=[CALL]) if isinstance(messages[-1], HumanMessage) else AIMessage("done")


def bare() -> Any:
    instant = Instant()
    graph = StateGraph(MessagesState)
    graph.add_node(
        "model", lambda state: {"messages": [instant.take(state["messages"], system="", tools=True, stop=None)]}
    )
    graph.add_node("tools", ToolNode([TOOL]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", lambda state: "tools" if state["messages"][-1].tool_calls else "__end__")
    graph.add_edge("tools", "model")
    return graph.compile()


def ours() -> Any:
    return build_graph(Instant(), [TOOL], system="")


def milliseconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    question = {"messages": [HumanMessage("?")]}
    one, other = bare(), ours()
    cases: dict[str, Callable[[], Any]] = {
        "bare loop": lambda: one.invoke(question),
        "our graph": lambda: other.invoke(question, context=Stop(60)),
        "our graph, built for the question": lambda: ours().invoke(question, context=Stop(60)),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(300):
        for name, work in cases.items():
            times[name].append(milliseconds(work))
    floor = statistics.median(times["bare loop"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:36} {median:6.2f} ms  {median / floor:5.2f} x")


if __name__ == "__main__":
    main()
