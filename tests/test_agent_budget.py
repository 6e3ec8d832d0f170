"""What a question may cost: each limit ends in an answer that says so, never in an error and never in silence."""

from __future__ import annotations

import threading
import time

import pytest
from scripted_model import calls, hangs, says, scripted

from agent.answer import UNFINISHED
from agent.ask import Assistant
from agent.budget import Budget
from agent.events import Event
from agent.settings import ModelSettings
from agent.threads import Threads
from tools.blog import BlogTools

WHY = "Why does the leapfrog acceptance rule need no Jacobian?"
SEARCH = calls(("search_posts", {"query": "leapfrog"}))


def hosted(blog: BlogTools, url: str, budget: Budget | None = None) -> Assistant:
    return Assistant(blog, ModelSettings(model="m", base_url=url, api_key="sk-test"), budget=budget)  # type: ignore[arg-type]  # coerced


def test_a_deadline_ends_a_model_that_does_not_answer(synced: BlogTools) -> None:
    with scripted(SEARCH, hangs()) as model:
        started = time.monotonic()
        answer = hosted(synced, model.url).ask("Why leapfrog?", seconds=1.0)
        assert time.monotonic() - started < 8
    assert "stopped after 1 s" in answer.note and answer.answer and not answer.refused
    assert answer.tools[0].arguments == {"query": "leapfrog"} and answer.citations


def test_a_cancelled_question_ends_with_what_was_found(synced: BlogTools) -> None:
    cancelled = threading.Event()

    def cancel_at_a_result(event: Event) -> None:
        if event.kind == "result":
            cancelled.set()

    with scripted(SEARCH, hangs()) as model:
        answer = hosted(synced, model.url).ask("Why leapfrog?", cancelled=cancelled, listener=cancel_at_a_result)
    assert "stopped when it was cancelled" in answer.note and "hamiltonian-walks" in answer.answer + str(answer)


def test_an_interrupt_of_the_listener_reaches_the_caller_and_leaves_the_thread_usable(synced: BlogTools) -> None:
    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with scripted(SEARCH, says("You are welcome.")) as model:
        assistant = hosted(synced, model.url)
        with pytest.raises(KeyboardInterrupt):
            assistant.ask("Why leapfrog?", thread="interrupted", listener=interrupt)
        assert assistant.ask("thanks", thread="interrupted").answer == "You are welcome."
    Threads(synced.snapshots.home).delete("interrupted")


def test_no_time_at_all_is_said(synced: BlogTools) -> None:
    answer = Assistant(synced, ModelSettings()).ask("Why leapfrog?", seconds=0.0)
    assert answer.answer.startswith(UNFINISHED) and "stopped after 0 s" in answer.note


def test_a_model_that_calls_tools_after_the_last_round_still_ends_in_an_answer(synced: BlogTools) -> None:
    with scripted(*[SEARCH] * 3) as model:
        answer = hosted(synced, model.url, Budget(rounds=2)).ask(WHY)
    assert len(model.requests) == 3 and answer.citations
    assert "stopped after 2 rounds of tool calls" in answer.note


def test_used_up_tokens_end_the_tool_calls(synced: BlogTools) -> None:
    with scripted(SEARCH, says("I am still thinking.")) as model:
        answer = hosted(synced, model.url, Budget(tokens=50)).ask(WHY)
    assert "tools" in model.requests[0] and "tools" not in model.requests[1]
    assert answer.citations and "stopped after 50 tokens" in answer.note
