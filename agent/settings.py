"""Which model answers: `BOUNDED_MODEL` and the endpoint's `OPENAI_*` variables, typed and checked."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

EMBEDDED = "embedded"
DEFAULT_HOSTED = "gpt-4.1-mini"


class ModelSettings(BaseSettings):
    """With neither key nor base URL the model is the embedded one, whatever else is set aside."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True)

    model: str | None = Field(default=None, validation_alias="BOUNDED_MODEL")
    api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    embeddings: str | None = Field(default=None, validation_alias="BOUNDED_EMBEDDINGS")
    """Name of an embedding model at the endpoint; None: the vectors that ship with the package."""

    @property
    def name(self) -> str:
        """`embedded`, or the name of a model at the endpoint."""
        if self.api_key is None and self.base_url is None:
            return EMBEDDED
        return self.model or DEFAULT_HOSTED
