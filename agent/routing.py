"""What a question asks for, read off its words: small talk, a refusal, a page, metadata, or what the posts say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.lexicon import Vocabulary
from agent.metadata.followups import conversation
from agent.metadata.outcome import MetadataQuestion, NotUnderstood
from agent.scope import declines

Kind = Literal["talk", "decline", "fetch", "metadata", "unclear", "search", "new"]


@dataclass(frozen=True, slots=True)
class Plan:
    kind: Kind
    url: str = ""
    metadata: MetadataQuestion | None = None
    unclear: str = ""
    """What was not understood of a metadata question, to be said to the reader."""
    query: str = ""
    """What to search for; the question itself unless a follow-up needs its predecessor."""


_URL = re.compile(r"https?://[^\s<>\"')\]]+|\b(?:www\.)?[\w-]+\.(?:io|com|org|net|dev)/[^\s<>\"')\]]+", re.I)

_TALK = re.compile(
    r"^\W*(?:(?:hi|hello|hey|yo|greetings|good (?:morning|evening|afternoon|day)|howdy)\b[\w\s,!.]{0,25}"
    r"|(?:ok(?:ay)?[,. ]*)?(?:thanks?|thank you|thx|ty|cheers|great|nice|cool|perfect|awesome|got it|ok(?:ay)?|bye|goodbye|see you)\b[^?]{0,60}"
    r"|(?:who|what) are you\b.*|what can (?:you|i|this)\b.*(?:do|ask|help).*|how (?:do|can) (?:i use you|you help).*|help\W*|are you (?:a |an )?(?:ai|bot|human|real|gpt|llm|brian).*|how are you.*"
    r"|what(?:'s| is) your name.*|(?:what(?:'s| is)|calculate|compute)?\s*(?:the )?(?:square|cube) root of [\d.,\s]+\W*|(?:what(?:'s| is)|calculate|compute)\s+[\d.,]+ (?:plus|minus|times|divided by|over|percent of|% of) [\d.,\s]+\W*|(?:what(?:'s| is)|calculate|compute)\s+[\d\s.+*/x×^()-]+\W*)$",
    re.I,
)
_NEW = re.compile(
    r"\b(?:anything|something|any|what'?s|is there|are there)\b[^?]*\b(?:new|newer|newest|recent|latest|updates?|changed?)\b[^?]*\b(?:live|site|online|indexed|index|snapshot|synced?|since)\b"
    r"|\b(?:published|posted|written|new|changed|updated)\b[^?]*\bsince (?:you|your|the (?:index|snapshot|last sync)|it was (?:indexed|synced))\b",
    re.I,
)
_POST = r"(?:(?:blog )?post|article|notebook|entry|write-?up)"
_WHOLE_POST = re.compile(
    r"^\W*(?:(?:please|can you|could you|would you|kindly) )*(?:(?:summari[sz]e|sum up|recap|outline)(?: for me)?"
    r"|(?:(?:give me|i want|i need|i would like|show me) )?(?:an? |the )?(?:\w+ ){0,2}?(?:summary|overview|gist|synopsis|tl;?dr|key points?|main points?)(?: of| for| from)?:?)"
    rf" (?:the |his |your )?(?P<name>(?=.*\b{_POST}\b).+?|\"[^\"]+\")(?: for me| please)?\W*$"
    rf"|^\W*what(?:'?s| is| was| does| did)? (?:the |his )?(?P<about>.*?\b{_POST}\b(?: (?:on|about) .+?| called .+?)?) (?:all about|about|say|cover|discuss|talk about|deal with|teach|explain)\W*$",
    re.I,
)
_BY_RANK = re.compile(
    r"\b(?:first|last|latest|newest|recent|oldest|earliest|longest|shortest|next|previous|\d+(?:st|nd|rd|th)|this|that|these|those|each|every|all|\d+)\b",
    re.I,
)
"""What names no post but a rank, or several: the metadata tells which is meant."""
_ELLIPTIC = re.compile(
    r"^\W*(?:and|but|so|only|just|what about|how about|make (?:that|it)|which (?:of|one)|why\??$|plot|chart|the same|those|that one|it\b|they\b|tell me more|more\b|go on|continue|expand|elaborate)"
    r"|\b(?:of those|of these|of them|that one|this one|the former|the latter|it|that|they|there)\b",
    re.I,
)


_FOLLOW_UP = 12
"""Words up to which a question in a conversation may be one that leans on the question before."""


def plan(question: str, earlier: Sequence[str], vocabulary: Vocabulary) -> Plan:
    """What to do for a question; `earlier` are the questions asked before it, oldest first."""
    if _TALK.match(question):
        return Plan("talk")
    if _NEW.search(question):
        return Plan("new")
    # What a follow-up asks for shows only together with what was asked before.
    if declines(f"{earlier[-1]}\n{question}" if earlier and len(question.split()) <= _FOLLOW_UP else question):
        return Plan("decline")
    if url := _URL.search(question):
        rest = (question[: url.start()] + " " + question[url.end() :]).strip()
        return Plan("fetch", url=url[0].rstrip(".,;:!?"), query=rest)
    if post := _whole_post(question, vocabulary):
        return Plan("fetch", url=post)
    elliptic = bool(earlier) and (len(question.split()) <= _FOLLOW_UP and _ELLIPTIC.search(question) is not None)
    found = conversation(question, earlier, vocabulary)
    if isinstance(found, MetadataQuestion):
        return Plan("metadata", metadata=found)
    if isinstance(found, NotUnderstood):
        return Plan("unclear", unclear=found.reason)
    subject = _subject(question)
    return Plan("search", query=f"{_subject(earlier[-1])} {subject}" if elliptic else subject)


def _whole_post(question: str, vocabulary: Vocabulary) -> str:
    """The slug of the one post whose content is asked for as a whole: "summarize the HMC post"; "" for none."""
    asked = _WHOLE_POST.match(question)
    name = (asked["name"] or asked["about"] or "") if asked else ""
    if not name or (_BY_RANK.search(name) and not vocabulary.is_title(name.strip('"'))):
        return ""
    post = vocabulary.post(
        re.sub(rf"\b{_POST}\b(?: (?:on|about|called|titled|named))?", " ", name, flags=re.I).strip(' "')
    )
    return post.slug if post else ""


def _subject(question: str) -> str:
    """The question without how its answer is wanted: that is nothing the blog could say."""
    return _WANTED.sub(" ", question).strip(" ,:;.-") or question


_LENGTH = r"(?:one|two|three|a|an|a few|a couple of|at most \w+|no more than \w+|\d+) (?:single |short |brief )?(?:sentences?|words?|lines?|paragraphs?|bullet points?|bullets)"
_MANNER = rf"in (?:{_LENGTH}|(?:bullet points?|bullets|short|brief|a nutshell|(?:simple|plain|layman'?s|easy) (?:terms|words|english|language)))(?: or (?:less|fewer))?"
_WANTED = re.compile(
    rf"(?:,\s*)?\b(?:please )?(?:(?:answer|respond|reply|explain|summari[sz]e|describe|tell me)(?: (?:this|it))? )?{_MANNER}\b"
    r"|^\W*(?:please )?(?:give me|i (?:want|need)|provide) (?:a|the) (?:short|brief|quick|concise|simple|one[- ]line|detailed|long)(?:,? \w+)? (?:answer|explanation|summary|definition|overview)(?: of)?\b"
    r"|\b(?:eli5|tl;?dr)\b|\b(?:explain )?like i(?:'m| am) (?:five|5)\b"
    r"|^\W*(?:please )?(?:briefly|shortly|concisely)\b|\b(?:briefly|concisely|keep it (?:short|brief|simple))\W*$",
    re.I,
)
