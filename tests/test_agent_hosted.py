"""A hosted model over real HTTP: what it is sent, and what comes of what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from scripted_model import calls, cut, fails, limits, says, scripted, silent

from agent.answer import NOT_COVERED, Answer
from agent.ask import Assistant
from agent.events import Event
from agent.settings import ModelSettings
from tools.blog import BlogTools
from warehouse.errors import ModelError

LEAPFROG = "The leapfrog integrator preserves volume, so the acceptance rule needs no Jacobian."
URL = "http://tiny.example/posts/hamiltonian-walks/#leapfrog"


SEARCH = calls(("search_posts", {"query": "leapfrog"}))
CITED = f'Leapfrog keeps volume, so no Jacobian is needed [1].\n\nSources:\n[1] {URL} "{LEAPFROG}"'


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


def test_every_message_that_is_sent_has_a_text(synced: BlogTools) -> None:
    with scripted(calls(("search_posts", {"query": "leapfrog"})), says("Nothing.")) as model:
        ask(synced, model.url)
    sent = [message for request in model.requests for message in request["messages"]]
    assert any("tool_calls" in message for message in sent)
    assert all(isinstance(message["content"], str) for message in sent)


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


def test_nothing_proven_is_answered_by_quoting_and_says_so(synced: BlogTools) -> None:
    with scripted(SEARCH, says("Everyone knows that leapfrog is fast.")) as model:
        answer = ask(synced, model.url, "Why does the leapfrog acceptance rule need no Jacobian?")
    assert "Everyone knows" not in answer.answer and answer.citations and not answer.refused
    assert "test-model gave no answer that could be proven" in answer.note


def test_nothing_proven_about_what_no_post_covers_is_a_refusal_with_the_closest_posts(synced: BlogTools) -> None:
    with scripted(SEARCH, says("Quuxification was found in Oslo.")) as model:
        answer = ask(synced, model.url, "Define quuxification of zzyzx?")
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
        answer = ask(synced, model.url, "How many posts are there?")
    assert "300" not in answer.answer and answer.table.rows == [[3]]


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
        assistant.ask("how are you?", history=earlier)
        assistant.ask("hey", thread="t")
        assistant.ask("thanks", thread="t")
    assert [message["content"] for message in model.requests[0]["messages"][1:]] == ["hello", "hi", "how are you?"]
    assert [message["content"] for message in model.requests[2]["messages"][1:]] == ["hey", "Fine again.", "thanks"]


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "OPENAI_API_KEY"), (404, "BOUNDED_MODEL"), (400, "failed"), (403, "may not use")],
)
def test_an_endpoint_that_refuses_is_explained(synced: BlogTools, status: int, remedy: str) -> None:
    with scripted(fails(status)) as model, pytest.raises(ModelError, match=remedy):
        ask(synced, model.url)


def test_passing_server_errors_and_rate_limits_are_retried(synced: BlogTools) -> None:
    with scripted(fails(500), SEARCH, limits(), limits(), says(CITED)) as model:
        answer = ask(synced, model.url)
    assert answer.citations and len(model.requests) == 5


def test_a_rate_limit_that_stays_is_explained(synced: BlogTools) -> None:
    with scripted(*[limits()] * 4) as model, pytest.raises(ModelError, match="limiting requests"):
        ask(synced, model.url)


def test_a_stream_cut_in_the_middle_is_asked_for_again(synced: BlogTools) -> None:
    with scripted(SEARCH, cut(CITED), says(CITED)) as model:
        answer = ask(synced, model.url)
    assert len(model.requests) == 3 and [c.quote for c in answer.citations] == [LEAPFROG]


def test_a_stream_cut_twice_ends_in_quotes_not_in_silence(synced: BlogTools) -> None:
    with scripted(SEARCH, cut(CITED), cut(CITED)) as model:
        answer = ask(synced, model.url, "Why does the leapfrog acceptance rule need no Jacobian?")
    assert answer.citations and "could be proven" in answer.note


def test_a_conversation_too_long_for_the_model_is_shortened(synced: BlogTools) -> None:
    too_long = fails(400, "This model's maximum context length is 2048 tokens. However, you requested 4000 tokens")
    earlier = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
    with scripted(SEARCH, too_long, too_long, says(CITED)) as model:
        answer = ask(synced, model.url, history=earlier)
    whole, _, last = (sum(len(str(m["content"])) for m in request["messages"]) for request in model.requests[1:])
    assert answer.citations and last < whole
    assert "hello" not in str(model.requests[-1]["messages"])


def test_a_stream_without_a_word_is_asked_for_again_and_then_shorter(synced: BlogTools) -> None:
    with scripted(SEARCH, silent(), silent(), says(CITED)) as model:
        answer = ask(synced, model.url)
    assert answer.citations and len(model.requests) == 4


def test_a_model_that_never_says_a_word_is_explained(synced: BlogTools) -> None:
    with scripted(SEARCH, *[silent()] * 5) as model, pytest.raises(ModelError, match="longer context"):
        ask(synced, model.url)


def test_a_question_that_fits_no_context_is_explained(synced: BlogTools) -> None:
    too_long = fails(400, "context_length_exceeded")
    with scripted(SEARCH, *[too_long] * 4) as model, pytest.raises(ModelError, match="longer context"):
        ask(synced, model.url)


@pytest.mark.parametrize(
    "message",
    ["tiny does not support tools", "tool choice requires --enable-auto-tool-choice", "Unknown parameter: tools"],
)
def test_a_model_without_tools_answers_from_what_is_looked_up_for_it(synced: BlogTools, message: str) -> None:
    with scripted(fails(400, message), says(CITED), says(CITED)) as model:
        assistant = Assistant(synced, hosted(model.url))
        answer = assistant.ask("Why leapfrog?")
        again = assistant.ask("Why leapfrog?")
    assert answer.citations and again.citations
    assert answer.tools[0].name == "search_posts"
    second = model.requests[1]
    assert "tools" not in second and [m["role"] for m in second["messages"]] == ["system", "user"]
    assert LEAPFROG in second["messages"][1]["content"] and second["messages"][1]["content"].endswith("Why leapfrog?")
    assert len(model.requests) == 3, "once it is known, tools are not tried again"


def test_an_answer_from_memory_is_looked_up_first(synced: BlogTools) -> None:
    with scripted(says("Leapfrog was invented in Oslo."), says(CITED)) as model:
        answer = ask(synced, model.url)
    assert answer.citations and "Oslo" not in answer.answer and answer.tools[0].name == "search_posts"


@pytest.mark.parametrize(
    "turn",
    [
        says('<tool_call>{"name": "search_posts", "arguments": {"query": "leapfrog"}}</tool_call>'),
        says('I will search.\n```json\n{"tool": "search_posts", "parameters": {"query": "leapfrog"}}\n```'),
        calls(("search_posts", '{"query": "leapfrog"')),
        calls(("search_posts", '"{\\"query\\": \\"leapfrog\\"}"')),
    ],
    ids=["tags", "fence", "unfinished", "encoded twice"],
)
def test_a_call_written_badly_is_read_as_it_was_meant(synced: BlogTools, turn: dict[str, object]) -> None:
    with scripted(turn, says(CITED)) as model:
        answer = ask(synced, model.url)
    assert [(use.name, use.arguments) for use in answer.tools] == [("search_posts", {"query": "leapfrog"})]
    assert answer.citations


def test_arguments_that_cannot_be_read_go_back_as_a_failed_call(synced: BlogTools) -> None:
    with scripted(calls(("search_posts", "leapfrog please")), SEARCH, says(CITED)) as model:
        answer = ask(synced, model.url)
    assert "query" in model.requests[1]["messages"][-1]["content"] and answer.citations


def test_tool_results_are_named_as_material_that_cannot_end_itself(synced: BlogTools) -> None:
    with scripted(SEARCH, says(CITED)) as model:
        ask(synced, model.url)
    content = model.requests[1]["messages"][-1]["content"]
    assert content.startswith('<material tool="search_posts"') and content.endswith("</material>")
    assert content.count("</material>") == 1


def test_the_model_is_told_the_date_the_age_and_the_schema(synced: BlogTools) -> None:
    with scripted(SEARCH, says(CITED)) as model:
        ask(synced, model.url)
    system, tools = model.requests[0]["messages"][0]["content"], model.requests[0]["tools"]
    assert datetime.now(UTC).date().isoformat() in system and "(today)" in system
    assert any("posts(slug, title" in tool["function"]["description"] for tool in tools)


def test_a_long_thread_is_sent_as_a_digest_and_its_last_turns(synced: BlogTools) -> None:
    earlier = [
        {"role": role, "content": f"{role} turn {number}"} for number in range(20) for role in ("user", "assistant")
    ]
    with scripted(SEARCH, says(CITED)) as model:
        ask(synced, model.url, history=earlier)
    system, *sent = model.requests[0]["messages"]
    assert "asked: user turn 3 | answered: assistant turn 3" in system["content"]
    assert sent[0]["content"] == "user turn 12" and sent[-1]["content"] == "Why leapfrog?"


def test_an_endpoint_that_is_down_is_explained(synced: BlogTools) -> None:
    with scripted() as model:
        gone = model.url
    with pytest.raises(ModelError, match="cannot be reached"):
        ask(synced, gone)
