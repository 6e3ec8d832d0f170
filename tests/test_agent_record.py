"""What is kept of answers: conversations by name, and answers whose quotes can be checked again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.ask import Assistant
from agent.cli import app
from agent.settings import ModelSettings
from agent.threads import Threads
from agent.verify import verify
from tools.blog import BlogTools
from warehouse.errors import QueryError, UnknownThread
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots

LEAPFROG = "Why does the leapfrog acceptance rule need no Jacobian?"


@pytest.fixture
def assistant(synced: BlogTools) -> Assistant:
    return Assistant(synced, ModelSettings())


@pytest.fixture
def record(assistant: Assistant) -> dict[str, Any]:
    """An answer as `bounded ask --json` prints it."""
    found = assistant.record(LEAPFROG).as_json()
    assert found["citations"], "this question must be answered with a quote for the tests below to say anything"
    return found


@pytest.fixture
def home(synced: BlogTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(synced.snapshots.home, tmp_path / "copied", ignore=shutil.ignore_patterns("threads.sqlite*"))
    monkeypatch.setenv("BOUNDED_HOME", str(tmp_path / "copied"))
    return tmp_path / "copied"


# Verifying


def test_the_quotes_of_an_answer_hold(record: dict[str, Any], synced: BlogTools) -> None:
    checked = verify(json.dumps(record), synced.snapshots.current())
    assert checked.holds and checked.question == LEAPFROG and checked.note == ""
    assert [quote.quote for quote in checked.quotes] == [citation["quote"] for citation in record["citations"]]
    assert all(quote.in_evidence and quote.in_blog for quote in checked.quotes)


def test_a_changed_quote_does_not_hold(record: dict[str, Any], synced: BlogTools) -> None:
    record["citations"][0]["quote"] = "Nobody ever wrote these very words in any post."
    checked = verify(json.dumps(record), synced.snapshots.current())
    assert not checked.holds and not checked.quotes[0].in_evidence and not checked.quotes[0].in_blog


def test_a_quote_moved_to_another_post_does_not_hold(record: dict[str, Any], synced: BlogTools) -> None:
    record["citations"][0]["slug"] = "coin-flips"
    assert not verify(json.dumps(record), synced.snapshots.current()).holds


def test_forged_evidence_is_not_taken_for_the_blog(record: dict[str, Any], synced: BlogTools) -> None:
    record["citations"][0]["quote"] = record["evidence"][0]["text"] = "Nobody ever wrote these words in a post."
    record["citations"][0]["slug"] = record["evidence"][0]["slug"]
    (checked, *_) = verify(json.dumps(record), synced.snapshots.current()).quotes
    assert checked.in_evidence and not checked.in_blog


def test_another_snapshot_is_named(record: dict[str, Any], synced: BlogTools) -> None:
    record["snapshot"] = "20200101T000000-aaaaaa"
    checked = verify(json.dumps(record), synced.snapshots.current())
    assert (
        checked.holds
        and "20200101T000000-aaaaaa" in checked.note
        and synced.snapshots.current().manifest.id in checked.note
    )


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "not json", '{"question": 1}', "[" * 100_000])
def test_what_is_no_answer_is_explained(text: str, synced: BlogTools) -> None:
    with pytest.raises(QueryError, match="bounded ask --json"):
        verify(text, synced.snapshots.current())


def test_a_record_says_what_it_rests_on(record: dict[str, Any], synced: BlogTools) -> None:
    assert record["question"] == LEAPFROG and record["snapshot"] == synced.snapshots.current().manifest.id
    assert record["seconds"] > 0 and record["tokens"] == {}
    texts = [passage["text"] for passage in record["evidence"]]
    assert any(record["citations"][0]["quote"] in text for text in texts)


def test_the_command_checks_what_ask_printed(home: Path, record: dict[str, Any], tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(record), encoding="utf-8")
    record["citations"][0]["quote"] = "Nobody ever wrote these words in a post."
    bad.write_text(json.dumps(record), encoding="utf-8")
    held = CliRunner().invoke(app, ["verify", str(good)])
    assert held.exit_code == 0 and "all hold" in held.stdout
    failed = CliRunner().invoke(app, ["verify", "--json", "-"], input=bad.read_text(encoding="utf-8"))
    assert failed.exit_code == 1 and json.loads(failed.stdout)["holds"] is False


# Threads


def test_threads_are_listed_newest_first_and_forgotten_by_name(home: Path) -> None:
    assistant = Assistant(BlogTools(Snapshots(load_settings())), ModelSettings())
    threads = Threads(home)
    for name, question in (("old", "How many posts are there?"), ("new", "hello"), ("old", "And in 2017?")):
        assistant.ask(question, thread=name)
    assert [(t.name, t.questions, t.last_question) for t in threads.all()] == [
        ("old", 2, "And in 2017?"),
        ("new", 1, "hello"),
    ]
    threads.delete("old")
    threads.delete("new")
    assert threads.all() == []
    with pytest.raises(UnknownThread, match="'old'; there are none"):
        threads.delete("old")


def test_a_thread_grows_by_one_checkpoint_a_question(home: Path) -> None:
    assistant = Assistant(BlogTools(Snapshots(load_settings())), ModelSettings())
    for _ in range(3):
        assistant.ask(LEAPFROG, thread="grown")
    with Threads(home).saver() as saver:
        assert len(list(saver.list({"configurable": {"thread_id": "grown"}}))) == 3


def test_the_threads_command_lists_and_deletes(home: Path) -> None:
    run: Callable[..., Any] = CliRunner().invoke
    assert run(app, ["threads"]).exit_code == 0
    run(app, ["ask", "How many posts are there?", "--thread", "counting"])
    listed = run(app, ["threads"])
    assert "counting: 1 questions" in listed.stdout and "How many posts are there?" in listed.stdout
    assert [thread["name"] for thread in json.loads(run(app, ["threads", "--json"]).stdout)] == ["counting"]
    assert "counting" not in run(app, ["threads", "--delete", "counting"]).stdout


# Chat and graph


def test_a_chat_answers_each_line_and_remembers(home: Path) -> None:
    said = CliRunner().invoke(app, ["chat"], input="How many posts are there?\n\nAnd tagged MCMC?\n")
    assert said.exit_code == 0
    assert said.stdout.startswith("3 posts.\n") and "1 post tagged MCMC." in said.stdout


def test_an_error_ends_one_question_not_the_chat(home: Path) -> None:
    said = CliRunner().invoke(app, ["chat"], input="x" * 10_001 + "\nHow many posts are there?\n")
    assert said.exit_code == 0 and "longer than 10,000" in said.stderr and "3 posts" in said.stdout


def test_the_graph_is_drawn_and_named_for_langgraph_tools(home: Path) -> None:
    drawn = CliRunner().invoke(app, ["graph"]).stdout
    assert "__start__ --> model" in drawn and "tools --> model" in drawn
    named = json.loads((Path(__file__).parents[1] / "langgraph.json").read_text(encoding="utf-8"))
    file, _, variable = named["graphs"]["bounded"].partition(":")
    assert (Path(__file__).parents[1] / file).is_file()
    from agent import studio

    assert {"model", "tools"} <= set(getattr(studio, variable).get_graph().nodes)
