"""The language models: the only module that names a vendor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.settings import EMBEDDED, ModelSettings
from warehouse.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from tools.blog import BlogTools


def build_model(settings: ModelSettings, blog: BlogTools) -> BaseChatModel:
    """The configured chat model, ready to have tools bound."""
    if settings.name == EMBEDDED:
        from agent.embedded import EmbeddedModel
        from agent.lexicon import Lexicon

        return EmbeddedModel(lexicon=Lexicon(blog.snapshots))
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=settings.name,
        # Local servers want no key, but the client insists on one.
        api_key=settings.api_key or SecretStr("none"),
        base_url=settings.base_url,
        timeout=60,
        max_retries=2,
        stream_usage=False,  # some compatible servers refuse the option
    )


@contextmanager
def model_errors(settings: ModelSettings) -> Iterator[None]:
    """Turns the client's exceptions into a ModelError that says what to do."""
    if settings.name == EMBEDDED:
        yield
        return
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
    except openai.OpenAIError as error:
        raise ModelError(
            f"{where} failed: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        ) from error
