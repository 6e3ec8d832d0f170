"""Addresses in what a model wrote: only those a tool returned stay, in whatever shape they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_VERBATIM = re.compile(r"(\\\(.*?\\\)|\$\$.*?\$\$)", re.S)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:[ \t]*\S+.*$", re.M)
_TAG = re.compile(r"</?[a-z!][^<>]*>", re.I)
_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(((?:[^()]|\([^()]*\))*)\)")
_ADDRESS = re.compile(
    r"<?\b(?:[a-z][a-z0-9+.-]*:(?://|\\\\|&#)|www\.|(?:mailto|tel|javascript|vbscript|data|file|blob):(?=\S))[^\s<>\"'\])]*>?",
    re.I,
)
_DOMAIN = re.compile(
    r"(?<![\w@/.-])(?:[\w-]+\.)+(?:com|org|net|io|ai|dev|co|app|info|biz|xyz|ly|gg|edu|gov|eu|uk|de"
    r"|fr|nl|ru|cn|jp|ca|example|test|onion)\b(?:[:/?#][^\s<>\"'\])]*)?",
    re.I,
)


def only_known_links(text: str, known: Collection[str], read: str = "") -> str:
    """The text with links to unknown addresses reduced to their words, pictures, HTML and bare unknown addresses gone.

    `known` are the addresses that tools returned, without fragments; a bare domain may stay when it stands in `read`,
    what the tools returned. Formulas stay as they are.
    """

    def allowed(address: str) -> bool:
        return address.strip("<> ").rstrip(".,;:").partition("#")[0] in known

    def link(found: re.Match[str]) -> str:
        return found[0] if allowed(found[2]) and not found[0].startswith("!") else found[1]

    def bare(found: re.Match[str]) -> str:
        if allowed(found[0]):
            return found[0]
        return found[0][len(found[0].rstrip(".,;:")) :]

    def domain(found: re.Match[str]) -> str:
        return found[0] if found[0].casefold() in read.casefold() else ""

    def cleaned(prose: str) -> str:
        kept: list[str] = []
        prose = _DEFINITION.sub("", prose)
        prose = (
            _TAG.sub("", prose)
            if not _ADDRESS.search(prose)
            else _TAG.sub(lambda t: t[0] if allowed(t[0]) else "", prose)
        )
        position = 0
        for found in _LINK.finditer(prose):  # the addresses in allowed links are not looked at again
            kept += [
                _bare(prose[position : found.start()], bare, domain),
                shown if (shown := link(found)) == found[0] else _bare(shown, bare, domain),
            ]
            position = found.end()
        return "".join([*kept, _bare(prose[position:], bare, domain)])

    parts = _VERBATIM.split(_INVISIBLE.sub("", text))
    parts[::2] = [cleaned(part) for part in parts[::2]]
    return "".join(parts)


def _bare(prose: str, bare: Callable[[re.Match[str]], str], domain: Callable[[re.Match[str]], str]) -> str:
    kept, position = [], 0
    for found in _ADDRESS.finditer(prose):
        kept += [_DOMAIN.sub(domain, prose[position : found.start()]), bare(found)]
        position = found.end()
    return "".join([*kept, _DOMAIN.sub(domain, prose[position:])])
