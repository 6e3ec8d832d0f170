"""The language models: the only module that names a vendor."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from agent.settings import EMBEDDED, ModelSettings
from warehouse.errors import EmbeddingError, ModelError

_MOST_BYTES = 32_000_000
"""Of one answer with vectors: several times what the largest batch takes."""
_MESSAGE = 200
"""Characters of an endpoint's own words that are repeated."""

if TYPE_CHECKING:
    import httpx
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langchain_openai import OpenAIEmbeddings

    from agent.turn import ModelTurn
    from tools.blog import BlogTools
    from warehouse.vectors import Embedder


class Fault(Enum):
    """What an endpoint's error means for what can be tried next."""

    TOO_LONG = "the conversation is longer than the model's context"
    NO_TOOLS = "the model or its endpoint knows no tool calling"
    CUT = "the answer broke off"
    SILENT = "the stream ended before it began: some servers say so that the conversation is too long"
    OTHER = "anything else"


_TOO_LONG = re.compile(
    r"context[_ -]?(?:length|window|size)|maximum (?:context|input|prompt)"
    r"|(?:prompt|input|message|request)s? (?:is |are )?too (?:long|large)"
    r"|too many (?:input )?tokens|exceeds?\b.{0,60}\b(?:context|tokens)|requested tokens",
    re.I,
)
_NO_TOOLS = re.compile(
    r"(?:not|n't|no|un)\s*-?support\w*\b.{0,60}\b(?:tool|function)"
    r"|(?:tool|function)s?\b.{0,60}(?:not|n't|un)\s*-?support"
    r"|(?:tool|function)[ _]?(?:calling|calls?|use|choice)?\b.{0,40}\b"
    r"(?:not (?:available|enabled|allowed)|disabled|requires?)"
    r"|(?:unknown|unrecognized|unexpected|extra|invalid)\b.{0,40}\btools?\b",
    re.I,
)


def fault_of(error: Exception) -> Fault:
    """Reads an exception of the client; endpoints agree on no codes, so the words count too."""
    if isinstance(error, ValueError) and "No generation chunks" in str(error):
        return Fault.SILENT  # langchain's word for it
    if type(error).__module__.partition(".")[0] not in ("openai", "langchain_openai", "httpx", "httpcore"):
        return Fault.OTHER
    import openai

    if isinstance(error, openai.APIStatusError):
        if error.status_code in (401, 403, 404, 429):
            return Fault.OTHER
        if error.status_code == 413 or _TOO_LONG.search(str(error)):
            return Fault.TOO_LONG
        return Fault.NO_TOOLS if _NO_TOOLS.search(str(error)) else Fault.OTHER
    if isinstance(error, openai.APIConnectionError):
        return Fault.OTHER  # the client has tried it several times
    return Fault.TOO_LONG if _TOO_LONG.search(str(error)) else Fault.CUT


def build_turn(settings: ModelSettings, blog: BlogTools, tools: Sequence[BaseTool]) -> ModelTurn:
    """The configured model, ready for the graph."""
    from agent.lexicon import Lexicon
    from agent.routing import plan
    from agent.turn import EmbeddedTurn, HostedTurn

    lexicon = Lexicon(blog.snapshots)
    if settings.name == EMBEDDED:
        from agent.embedded import EmbeddedModel

        return EmbeddedTurn(EmbeddedModel(lexicon=lexicon))
    return HostedTurn(
        _hosted(settings), tools, lambda question, earlier: plan(question, earlier, lexicon.vocabulary).kind
    )


def _hosted(settings: ModelSettings) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    class Endpoint(ChatOpenAI):
        """Any compatible server: some (llama.cpp's) refuse a message without text, which OpenAI's own allows."""

        def _get_request_payload(self, *arguments: Any, **named: Any) -> dict[str, Any]:
            payload: dict[str, Any] = super()._get_request_payload(*arguments, **named)
            for message in payload.get("messages", ()):
                if message.get("content") is None:
                    message["content"] = ""
            return payload

    return Endpoint(
        model=settings.name,
        # Local servers want no key, but the client insists on one.
        api_key=settings.api_key or SecretStr("none"),
        base_url=settings.base_url,
        timeout=60,
        max_retries=3,  # of rate limits and server errors, each after a longer wait or the one it asks for
        stream_usage=settings.base_url is None,  # some compatible servers refuse the option
    )


def build_embedder(settings: ModelSettings) -> Embedder | None:
    """The embeddings of the endpoint; None when no model for them, or no endpoint, is set."""
    if settings.embeddings is None or (settings.api_key is None and settings.base_url is None):
        return None
    return EndpointEmbedder(settings, settings.embeddings)


class EndpointEmbedder:
    """Vectors from an OpenAI-compatible endpoint, which is untrusted: it may fail, stall or send without end."""

    def __init__(self, settings: ModelSettings, name: str) -> None:
        self.name = name
        self._settings = settings

    @cached_property
    def _client(self) -> OpenAIEmbeddings:
        import httpx
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        return OpenAIEmbeddings(
            model=self.name,
            api_key=self._settings.api_key or SecretStr("none"),
            base_url=self._settings.base_url,
            timeout=20,
            max_retries=2,
            check_embedding_ctx_length=False,  # it would fetch a tokenizer, and send numbers that others cannot read
            http_client=httpx.Client(event_hooks={"response": [_bounded]}, headers={"Accept-Encoding": "identity"}),
        )

    def embed(self, texts: Sequence[str], seconds: float) -> Sequence[Sequence[float]]:
        """A vector for each text; the client is loaded first, and that takes its own time.

        Raises EmbeddingError when the endpoint fails or takes longer than the seconds.
        """
        client, told = self._client, SimpleQueue[Any]()

        def ask() -> None:
            try:
                told.put(client.embed_documents(list(texts), chunk_size=len(texts)))
            except Exception as error:  # whatever an endpoint can make the client stumble over
                told.put(error)

        threading.Thread(target=ask, daemon=True).start()
        where = self._settings.base_url or "api.openai.com"
        try:
            given = told.get(timeout=seconds)
        except Empty:
            raise EmbeddingError(f"{where} gave no vectors within {seconds:.0f} s") from None
        if isinstance(given, Exception):
            why = (str(given).splitlines() or [type(given).__name__])[0][:_MESSAGE]
            raise EmbeddingError(f"{where} gave no vectors of {self.name}: {why}") from given
        return given  # type: ignore[no-any-return]  # what it holds is for the caller to check


def _bounded(response: httpx.Response) -> None:
    """Ends an answer that is longer than any batch of vectors."""
    import httpx

    class Limited(httpx.SyncByteStream):
        def __init__(self, stream: httpx.SyncByteStream) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            room = _MOST_BYTES
            for part in self._stream:
                room -= len(part)
                if room < 0:
                    raise httpx.ReadError("the answer has no end")
                yield part

        def close(self) -> None:
            self._stream.close()

    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise httpx.ReadError("the answer is compressed, though it was not to be")
    response.stream = Limited(response.stream)  # type: ignore[arg-type]  # of a client that is not asynchronous


@contextmanager
def model_errors(settings: ModelSettings) -> Iterator[None]:
    """Turns the client's exceptions into a ModelError that says what to do."""
    if settings.name == EMBEDDED:
        yield
        return
    import httpx
    import openai

    where = settings.base_url or "api.openai.com"
    try:
        yield
    except openai.AuthenticationError as error:
        raise ModelError(
            f"{where} refused the key; check OPENAI_API_KEY, or unset it to use the embedded model"
        ) from error
    except openai.NotFoundError as error:
        raise ModelError(
            f"{where} does not know the model {settings.name!r}; set BOUNDED_MODEL to one it serves"
        ) from error
    except openai.RateLimitError as error:
        raise ModelError(f"{where} is limiting requests; wait, or set BOUNDED_MODEL to another model") from error
    except openai.APITimeoutError as error:
        raise ModelError(f"{where} did not answer within 60 s; try again or use a smaller model") from error
    except openai.APIConnectionError as error:
        raise ModelError(f"{where} cannot be reached; check OPENAI_BASE_URL and the network") from error
    except openai.PermissionDeniedError as error:
        raise ModelError(f"the key may not use {settings.name!r} at {where}; set BOUNDED_MODEL to another") from error
    except (openai.OpenAIError, httpx.HTTPError) as error:
        raise ModelError(
            f"{where} failed: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        ) from error
