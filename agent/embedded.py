"""The embedded model: a chat model with no weights, no key and no network, for the very graph a hosted model runs in.

It reads the question, emits tool calls, and answers by quoting. It knows only the messages it is sent and the blog's
vocabulary (titles, tags, word frequencies).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict

from agent.answer import DECLINED, NOT_COVERED, Evidence, evidence_of, without_marks
from agent.extract import Chosen, by_post, choose, gist
from agent.graph import artifact_of
from agent.lexicon import Lexicon, Vocabulary
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.wording import in_words
from agent.routing import Plan, plan
from agent.sentences import Sentence
from tools.limits import PAGE_CHARS_MAX
from warehouse.quotes import normal

_ABOUT_ME = (
    "I answer questions about this blog: what its posts say, with quotes; facts about the posts, such as dates,"
    " tags and counts; and any post you name or link."
)
_TALK_REPLIES = (
    (re.compile(r"thank|thx|cheers|great|nice|perfect|awesome|cool|got it", re.I), "You are welcome."),
    (re.compile(r"bye|see you", re.I), "Goodbye."),
    (re.compile(r"^\W*(?:hi|hello|hey|yo|greetings|good |howdy)", re.I), "Hello. " + _ABOUT_ME),
)


_POSTS_ASKED = re.compile(
    r"\b(?:posts|articles|entries)\b|\bwhich (?:post|article|entry)\b"
    r"|\bwhere (?:is|are|does|did|do|can|has|have)\b[^?]*"
    r"\b(?:explain|cover|introduc|discuss|treat|describ|mention|deriv|work|come up|find|read|talk)\w*",
    re.I,
)


class EmbeddedModel(BaseChatModel):
    """Routes by rules, searches, and answers extractively; `lexicon` is what it knows of the blog."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    lexicon: Lexicon

    @property
    def _llm_type(self) -> str:
        return "bounded-embedded"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model as it is: it knows the three tools by name."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self._next(messages)
        calls: list[Any] = [
            {
                "name": call["name"],
                "args": json.dumps(call["args"], ensure_ascii=False),
                "id": call["id"],
                "index": number,
                "type": "tool_call_chunk",
            }
            for number, call in enumerate(message.tool_calls)
        ]
        chunk = ChatGenerationChunk(message=AIMessageChunk(content=message.content, tool_call_chunks=calls))
        if run_manager:
            run_manager.on_llm_new_token(str(message.content), chunk=chunk)
        yield chunk

    def _next(self, messages: Sequence[BaseMessage]) -> AIMessage:
        last = max(index for index, message in enumerate(messages) if isinstance(message, HumanMessage))
        question = str(messages[last].text)
        earlier = [str(message.text) for message in messages[:last] if isinstance(message, HumanMessage)]
        results = [message for message in messages[last:] if isinstance(message, ToolMessage)]
        vocabulary = self.lexicon.vocabulary
        decided = plan(question, earlier, vocabulary)
        if decided.kind == "decline":
            return AIMessage(DECLINED)
        if decided.kind == "talk":
            reply = next((text for pattern, text in _TALK_REPLIES if pattern.search(question)), _ABOUT_ME)
            return AIMessage(reply)
        if decided.kind == "metadata" and decided.metadata is not None:
            return _metadata_turn(decided.metadata, results, vocabulary)
        if decided.kind == "unclear":
            return AIMessage(decided.unclear)
        if decided.kind == "new":
            return _newest_turn(results)
        if decided.kind == "fetch":
            return _fetch_turn(decided, results, vocabulary)
        return _search_turn(decided.query, results, vocabulary)


def _search_turn(query: str, results: Sequence[ToolMessage], vocabulary: Vocabulary) -> AIMessage:
    if not results:
        return _call("search_posts", query=query[:1000])
    if _POSTS_ASKED.search(query):
        return AIMessage(_quoted(by_post(query, _evidence(results), vocabulary), titled=True))
    return AIMessage(_quoted(choose(query, _evidence(results), vocabulary)))


def _fetch_turn(decided: Plan, results: Sequence[ToolMessage], vocabulary: Vocabulary) -> AIMessage:
    if not results:
        return _call("fetch_post", post=decided.url, max_chars=PAGE_CHARS_MAX)
    if results[-1].status == "error":
        return AIMessage(NOT_COVERED)
    evidence = _evidence(results)
    asked = re.sub(
        r"\b(?:summari[sz]e|summary|this|for me|read|fetch|what|does|it|say|about)\b",
        " ",
        decided.query,
        flags=re.I,
    )
    chosen = choose(asked, evidence, vocabulary) if vocabulary.terms(asked) else []
    return AIMessage(_quoted(chosen or gist(evidence, vocabulary)))


def _newest_turn(results: Sequence[ToolMessage]) -> AIMessage:
    if not results:
        return _call("query_metadata", sql="SELECT title, published, url FROM posts ORDER BY published DESC LIMIT 1")
    if len(results) == 1:
        return _call("fetch_post", post="/")
    rows = artifact_of(results[0]).get("rows") or [["", ""]]
    stored = f"The newest post stored here is {rows[0][0]} ({rows[0][1]})."
    if artifact_of(results[1]).get("source") != "live":
        return AIMessage(f"{stored} The live site could not be asked.")
    lines = [
        Chosen(Sentence(line, (line,)), passage)
        for passage in _evidence(results[1:])
        for line in passage.text.splitlines()
        if line
    ]
    return AIMessage(f"{stored} {_quoted(lines[:-1])}")


def _metadata_turn(asked: MetadataQuestion, results: Sequence[ToolMessage], vocabulary: Vocabulary) -> AIMessage:
    if not results:
        return _call("query_metadata", sql=asked.sql)
    if results[0].status == "error":
        return AIMessage(NOT_COVERED)
    rows = artifact_of(results[0]).get("rows") or []
    columns = artifact_of(results[0]).get("columns") or []
    if asked.then_read and rows:
        if len(results) == 1:
            return _call("fetch_post", post=str(rows[0][columns.index("slug")]), max_chars=PAGE_CHARS_MAX)
        return AIMessage(f"{rows[0][0]} ({rows[0][1]}).\n\n{_quoted(gist(_evidence(results[1:]), vocabulary))}")
    return AIMessage(in_words(asked, columns, rows))


def _quoted(chosen: Sequence[Chosen], *, titled: bool = False) -> str:
    """Quotes as sentences with marks, and the sources they prove: sentences that stand together share one.

    `titled`: each post in a paragraph of its own that begins with its title and year.
    """
    if not chosen:
        return NOT_COVERED
    runs: list[list[Chosen]] = []
    for one in chosen:
        together = [*runs[-1], one] if runs and runs[-1][0].passage is one.passage else []
        if together and all(each.sentence.is_quote for each in together) and _joined(together):
            runs[-1] = together
        else:
            runs.append([one])
    said = ""
    sources: dict[tuple[str, str], int] = {}
    for number, run in enumerate(runs):
        post = run[0].passage
        if titled and (not number or post.slug != runs[number - 1][0].passage.slug):
            said += f"\n\n{post.title} ({post.published[:4]}): "
        else:
            said += " "
        quotes = [_joined(run)] if len(run) > 1 else run[0].sentence.quotes
        numbers = [sources.setdefault((post.url, quote), len(sources) + 1) for quote in quotes]
        mark = f"[{', '.join(map(str, numbers))}]"
        said += " ".join(f"{without_marks(one.sentence.text)} {mark}" for one in run)  # a post's own notes are none
    lines = (f'[{number}] {url} "{quote}"' for (url, quote), number in sources.items())
    return f"{said.strip()}\n\nSources:\n" + "\n".join(lines)


def _joined(run: Sequence[Chosen]) -> str:
    """Sentences of the blog as one quote, if they stand together; "" otherwise."""
    quote = " ".join(one.sentence.text for one in run)
    return quote if normal(quote) in normal(run[0].passage.text) else ""


def _evidence(results: Sequence[ToolMessage]) -> list[Evidence]:
    return [passage for message in results for passage in evidence_of(artifact_of(message))]


def _call(name: str, **arguments: Any) -> AIMessage:
    return AIMessage(
        "", tool_calls=[{"name": name, "args": arguments, "id": f"call_{uuid.uuid4().hex[:12]}", "type": "tool_call"}]
    )
