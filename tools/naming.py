"""Which post is meant by what people type or paste: a slug, a title or part of one, or any spelling of its address."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from warehouse.addresses import slug_of
from warehouse.errors import RefusedUrl, UnknownPost
from warehouse.snapshot import Snapshot

_ADDRESS = re.compile(r"/|:\\\\|^[\w-]+(\.[\w-]+)+$")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?!\d)")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?|.*:.*|\d.*%.*", re.I | re.A)
_NEAR = 0.8
"""Similarity (difflib's ratio) from which a misspelt title is taken for the one it resembles."""
_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Target:
    """Something on the blog that was named."""

    path: str
    """On the site."""
    slug: str
    """Of the post, known or not; "" for the front page."""
    fragment: str
    """What stood behind the # of an address, decoded."""


def named(name: str, snapshot: Snapshot, site: str) -> Target:
    """What is meant by `name`, on the blog at `site`.

    Raises RefusedUrl for an address of another host, UnknownPost with the candidates for a name that fits none or
    several posts.
    """
    text = name.strip()
    if _ADDRESS.search(text):
        return _addressed(text, snapshot, site)
    titles = snapshot.warehouse.slugs()
    slug = _matched(text, titles)
    return Target(urlsplit(snapshot.warehouse.post(slug).url).path, slug, "")


def closest(name: str, titles: Mapping[str, str]) -> str:
    """A remedy for a name that fits no post: those spelt most like it."""
    spellings = {title.lower(): slug for slug, title in titles.items()} | {slug: slug for slug in titles}
    near = difflib.get_close_matches(name.lower(), list(spellings), n=5, cutoff=0.3)
    return _listed([spellings[spelling] for spelling in near], titles)


def folded(text: str) -> str:
    """A text as it is compared: without accents, case and punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold().replace("_", " ")))


def _addressed(text: str, snapshot: Snapshot, site: str) -> Target:
    own = urlsplit(site)
    if text == "/":
        return Target(own.path + "/", "", "")
    if "\\" in text or not text.isprintable():
        raise RefusedUrl(f"{text!r} is not an address: it holds a backslash or a control character")
    is_path = text.startswith("/") and not text.startswith("//")
    try:
        address = f"//{own.netloc}{text}" if is_path else text if _SCHEME.match(text) else "//" + text.lstrip("/")
        parts = urlsplit(address, scheme=own.scheme if is_path else "https")
        parts.port  # noqa: B018  raises ValueError for a port out of range
    except ValueError as error:
        raise RefusedUrl(f"{text!r} is not an address: {error}") from error
    public = {host for host in snapshot.manifest.hosts if host}
    if own.port not in _USUAL_PORTS:
        public.discard(own.hostname or "")
    if why := _objection(text, parts, public, own):
        hosts = ", ".join(sorted(public | {own.netloc}))
        raise RefusedUrl(f"{text!r} is not an address of this blog: {why}; only {hosts} can be read")
    path, fragment = parts.path or "/", unquote(parts.fragment)
    if path.removesuffix("index.html").rstrip("/") == own.path:
        return Target(own.path + "/", "", fragment)
    if path.endswith(SOURCES):
        folder, _, file = path.rpartition("/")
        return Target(path, slug_of(folder if file.startswith("index.") else path), fragment)
    slug = slug_of(path)
    if slug in snapshot.warehouse.slugs():
        return Target(urlsplit(snapshot.warehouse.post(slug).url).path, slug, fragment)
    if is_path and _folder(path) not in {_folder(page.path) for page in snapshot.warehouse.pages()}:
        raise RefusedUrl(f"{text!r} is not an address of this blog: it names no host, and no post stands there")
    return Target(path, slug, fragment)


def _folder(path: str) -> str:
    return path.removesuffix("index.html").rstrip("/").rpartition("/")[0]


_USUAL_PORTS = (None, 80, 443)


def _objection(text: str, parts: SplitResult, public: set[str], own: SplitResult) -> str:
    """Why an address is not on the blog, "" when it is; only what a parser took apart is compared."""
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme} is not http or https"
    if "@" in parts.netloc:
        return "it holds a user name"
    if not host:
        return "it names no host"
    if parts.netloc.lower() == own.netloc or (host in public and parts.port in _USUAL_PORTS):
        return ""
    if host in public or host == own.hostname:
        return f"port {parts.port or 'none'} is not the blog's"
    if _NUMERIC.fullmatch(host):
        return f"{host} is a numeric address"
    if not host.isascii() or "xn--" in host:
        return f"{host} is an international spelling of another host"
    return f"{host} is another host"


SOURCES = (".ipynb", ".rst")
"""Endings of what a post was written in, which can be read beside the posts themselves."""


def _matched(name: str, titles: Mapping[str, str]) -> str:
    wanted = folded(name)
    forms = {slug: {folded(slug), folded(title)} for slug, title in titles.items()}
    words = wanted.split()
    for fits in (
        lambda form: form == wanted,
        lambda form: wanted in form,
        lambda form: all(word in form.split() for word in words),
        lambda form: difflib.SequenceMatcher(None, wanted, form).ratio() >= _NEAR,
    ):
        found = [slug for slug, of_post in forms.items() if wanted and any(map(fits, of_post))]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownPost(f"{name!r} may be one of several posts; {_listed(found, titles)}")
    raise UnknownPost(f"no post is called {name!r}; {closest(name, titles)}")


def _listed(slugs: list[str], titles: Mapping[str, str]) -> str:
    chosen = list(dict.fromkeys(slugs))
    shown = "; ".join(f"{slug} ({titles[slug]})" for slug in chosen[:_CANDIDATES])
    more = f"; and {len(chosen) - _CANDIDATES} more" if len(chosen) > _CANDIDATES else ""
    return f"closest: {shown}{more}" if shown else "search_posts finds posts by what they say"
