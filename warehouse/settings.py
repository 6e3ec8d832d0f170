"""Where things are kept and which blog is read: the `BOUNDED_*` environment, typed and checked."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.errors import SettingsError

DEFAULT_SITE = "https://bjlkeng.io"


def normal_site(site: str) -> str:
    """The site's address as `scheme://host[:port][/path]`, no trailing slash; a missing scheme is filled in.

    Raises ValueError, saying why, for anything that is not one http(s) host.
    """
    text = site.strip()
    if "://" not in text:
        text = ("http://" if _is_loopback(urlsplit("//" + text).hostname) else "https://") + text
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{site!r} is not an http or https address")
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{site!r} must be a host with an optional port and path, such as {DEFAULT_SITE}")
    if not re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", parts.hostname):
        raise ValueError(f"{site!r} does not name a host")
    parts.port  # noqa: B018  raises ValueError for a port out of range
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """`BOUNDED_HOME` and `BOUNDED_SITE`; anything given to the constructor wins over the environment."""

    model_config = SettingsConfigDict(env_prefix="BOUNDED_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Path(platformdirs.user_data_dir("bounded", appauthor=False))
    site: str | None = None
    """None: the site synced last, or the default blog when none was."""

    @field_validator("site")
    @classmethod
    def _one_host(cls, site: str | None) -> str | None:
        return None if site is None else normal_site(site)


def load_settings(home: Path | None = None, site: str | None = None) -> Settings:
    """The settings of this process; arguments left None come from the environment.

    Raises SettingsError naming the variable that cannot be used.
    """
    given = {name: value for name, value in (("home", home), ("site", site)) if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by the model itself
    except ValidationError as error:
        first = error.errors()[0]
        name = f"BOUNDED_{str(first['loc'][0]).upper()}"
        raise SettingsError(f"{name}: {str(first['msg']).removeprefix('Value error, ')}") from error
