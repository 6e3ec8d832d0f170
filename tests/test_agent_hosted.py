"""A hosted model over real HTTP: what it is sent, and what comes of what it says."""

from __future__ import annotations

import pytest
from scripted_model import calls, fails, says, scripted

from agent.answer import NOT_COVERED, Answer
from agent.ask import Assistant
from agent.events import Event
from agent.settings import ModelSettings
from tools.blog import BlogTools
from warehouse.errors import ModelError

LEAPFROG = "The leapfrog integrator preserves volume, so the acceptance rule needs no Jacobian."
URL = "http://tiny.example/posts/hamiltonian-walks/#leapfrog"


def hosted(url: str) -> ModelSettings:
    return ModelSettings(model="test-model", base_url=url, api_key="sk-test")  # type: ignore[arg-type]  # coerced


def ask(blog: BlogTools, url: str, question: str = "Why leapfrog?", **more: object) -> Answer:
    return Assistant(blog, hosted(url)).ask(question, **more)  # type: ignore[arg-type]  # passed through


def test_a_cited_answer_goes_the_whole_way(synced: BlogTools) -> None:
    events: list[Event] = []
    with scripted(
        calls(("search_posts", {"query": "leapfrog"})),
        says(f'Leapfrog keeps volume, so no Jacobian is needed [1].\n\nSources:\n[1] {URL} "{LEAPFROG}"'),
    ) as model:
        answer = ask(synced, model.url, listener=events.append)
    first, second = model.requests
    assert model.headers[0]["authorization"] == "Bearer sk-test"
    assert first["model"] == "test-model" and first["stream"] is True
    assert [tool["function"]["name"] for tool in first["tools"]] == ["search_posts", "query_metadata", "fetch_post"]
    assert first["messages"][0]["role"] == "system" and "Sources:" in first["messages"][0]["content"]
    assert first["messages"][1] == {"role": "user", "content": "Why leapfrog?"}
    assert second["messages"][-1]["role"] == "tool" and LEAPFROG in second["messages"][-1]["content"]
    assert answer.answer == "Leapfrog keeps volume, so no Jacobian is needed [1]."
    assert [(c.slug, c.anchor, c.quote, c.url) for c in answer.citations] == [
        ("hamiltonian-walks", "leapfrog", LEAPFROG, URL)
    ]
    assert [(use.name, use.arguments) for use in answer.tools] == [("search_posts", {"query": "leapfrog"})]
    assert answer.model == "test-model" and not answer.refused
    assert [event.name for event in events if event.kind == "call"] == ["search_posts"]
    assert "".join(event.text for event in events if event.kind == "token").startswith("Leapfrog keeps volume")


def test_an_invented_quote_takes_its_sentence_with_it(synced: BlogTools) -> None:
    with scripted(
        calls(("search_posts", {"query": "leapfrog"})),
        says(
            f"Volume is preserved [1]. Leapfrog was invented in Oslo [2]. It is also fast.\n\nSources:\n"
            f'[1] {URL} "{LEAPFROG}"\n[2] {URL} "The leapfrog integrator was invented in Oslo by a skier."'
        ),
    ) as model:
        answer = ask(synced, model.url)
    assert answer.answer == "Volume is preserved [1]."
    assert len(answer.citations) == 1
    assert "2 sentences without a verified quote left out" in answer.note


def test_nothing_proven_is_a_refusal_with_the_closest_posts(synced: BlogTools) -> None:
    with scripted(
        calls(("search_posts", {"query": "leapfrog"})), says("Everyone knows that leapfrog is fast.")
    ) as model:
        answer = ask(synced, model.url)
    assert answer.refused and answer.answer.startswith(NOT_COVERED)
    assert "[Hamiltonian Walks](http://tiny.example/posts/hamiltonian-walks/)" in answer.answer


def test_an_address_no_tool_returned_never_appears(synced: BlogTools) -> None:
    with scripted(
        calls(("search_posts", {"query": "leapfrog"})),
        says(
            f'See [here](https://evil.example/x?k=1) or https://evil.example/y [1].\n\nSources:\n[1] {URL} "{LEAPFROG}"'
        ),
    ) as model:
        answer = ask(synced, model.url)
    assert "evil.example" not in answer.answer and answer.citations


def test_parallel_calls_and_a_query_table(synced: BlogTools) -> None:
    with scripted(
        calls(
            ("query_metadata", {"sql": "SELECT count(*) AS posts FROM posts"}),
            ("search_posts", {"query": "coins"}),
        ),
        says("The blog has 3 posts."),
    ) as model:
        answer = ask(synced, model.url, "How many posts?")
    assert [message["role"] for message in model.requests[1]["messages"][-2:]] == ["tool", "tool"]
    assert answer.answer == "The blog has 3 posts." and answer.table.rows == [[3]] and not answer.refused


def test_a_number_the_rows_do_not_hold_is_not_said(synced: BlogTools) -> None:
    with scripted(
        calls(("query_metadata", {"sql": "SELECT count(*) AS posts FROM posts"})), says("The blog has 300 posts.")
    ) as model:
        answer = ask(synced, model.url, "How many posts?")
    assert answer.refused and "300" not in answer.answer


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search_posts", {"query": "x", "limit": 0}, "greater than or equal to 1"),
        ("query_metadata", {"sql": "DROP TABLE posts"}, "read-only"),
        ("fetch_post", {"post": "https://evil.example/posts/x/"}, "not an address of this blog"),
        ("delete_everything", {}, "not a valid tool"),
    ],
)
def test_a_failed_call_goes_back_with_its_remedy(
    synced: BlogTools, tool: str, arguments: dict[str, object], told: str
) -> None:
    with scripted(calls((tool, arguments)), says(NOT_COVERED)) as model:
        answer = ask(synced, model.url)
    assert told in model.requests[1]["messages"][-1]["content"]
    assert answer.refused


def test_a_model_that_only_calls_tools_is_made_to_answer(synced: BlogTools) -> None:
    with scripted(*[calls(("search_posts", {"query": f"q{n}"})) for n in range(6)], says(NOT_COVERED)) as model:
        answer = ask(synced, model.url)
    assert len(model.requests) == 7 and "tools" not in model.requests[-1]
    assert answer.refused and len(answer.tools) == 6


def test_history_is_sent_and_a_thread_is_remembered(synced: BlogTools) -> None:
    earlier = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
    with scripted(says("Fine."), says("Fine again."), says("Still fine.")) as model:
        assistant = Assistant(synced, hosted(model.url))
        assistant.ask("and you?", history=earlier)
        assistant.ask("first", thread="t")
        assistant.ask("second", thread="t")
    assert [message["content"] for message in model.requests[0]["messages"][1:]] == ["hello", "hi", "and you?"]
    assert [message["content"] for message in model.requests[2]["messages"][1:]] == ["first", "Fine again.", "second"]


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "OPENAI_API_KEY"), (404, "BOUNDED_MODEL"), (400, "failed")],
)
def test_an_endpoint_that_refuses_is_explained(synced: BlogTools, status: int, remedy: str) -> None:
    with scripted(fails(status)) as model, pytest.raises(ModelError, match=remedy):
        ask(synced, model.url)


def test_a_passing_server_error_is_retried(synced: BlogTools) -> None:
    with scripted(fails(500), says(NOT_COVERED)) as model:
        answer = ask(synced, model.url)
    assert answer.refused and len(model.requests) == 2


def test_an_endpoint_that_is_down_is_explained(synced: BlogTools) -> None:
    with scripted() as model:
        gone = model.url
    with pytest.raises(ModelError, match="cannot be reached"):
        ask(synced, gone)
