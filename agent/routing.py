"""What a question asks for, read off its words: small talk, a refusal, a page, metadata, or what the posts say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.lexicon import Vocabulary
from agent.metadata.followups import conversation
from agent.metadata.outcome import MetadataQuestion, NotUnderstood

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

# Requests for something other than reading the blog. Each family is general; none knows a particular attack. A verb
# counts only as a command, where a sentence begins: readers also ask how a model outputs tokens or acts as a prior.
_COMMAND = r"(?:^|[.!?:;]\s*|\bplease,? |\b(?:and|then|now|you (?:must|should|will)) )(?:please |just |now |also )*"
_DECLINED = re.compile(
    "|".join(
        (
            # taking over the assistant's role or rules
            r"\byou are now\b|\b(?:ignore|disregard|forget) (?:all |everything )*(?:the )?(?:above|previous|prior)\b|\b(?:ignore|disregard|forget|override) (?:all |any |the |your |my |of )*(?:previous |prior |above |earlier )?(?:instruction|rule|prompt|guideline)s?\b",
            r"\bfrom now on\b|(?-i:\b(?:SYSTEM|DEVELOPER|ADMIN)\s*:)|\b(?:system|developer|administrator) (?:prompt|message|override|note|notice|instruction)\b(?! (?:of|in|for) (?:his|the (?:bot|post|blog))\b| he\b)|\bis (?:now )?authori[sz]ed to\b|\bdo (?:what|whatever|as) (?:it|this|that|they) says?\b|\bjailbreak|\bdeveloper mode\b",
            r"\bwithout (?:any )?(?:rules|restrictions|filters)\b|\bfree of (?:every|all|any) rules?\b|\bunrestricted (?:ai|model|assistant)\b",
            r"\byour (?:system |hidden |initial |secret )*(?:prompt|instructions|guidelines)\b|\b(?:\w*api[ _-]?keys?|env(?:ironment)? variables?|passwords?|credentials)\b.{0,20}\b(?:you|your|this server|please)\b",
            _COMMAND
            + r"(?:reveal|print|show|repeat|leak|output|give|tell|dump)\b[^.?!]{0,40}\b(?:\w*api[ _-]?keys?|env(?:ironment)? variables?|passwords?|credentials|secrets)\b",
            # what was said to the assistant before, and how it is set up
            _COMMAND
            + r"(?:repeat|print|paste|copy|summari[sz]e|translate|show|output|quote|recite)\b[^.?!]{0,30}\b(?:(?:everything|all|the (?:hidden )?(?:text|words|messages?)|what (?:is|was|comes|came))\b[^.?!]{0,20}\b(?:above|before (?:this|my|the)\b|preced)|your (?:\w+ ){0,2}(?:messages?|rules|configuration|settings|context|memory))",
            r"\byou (?:were|are|have been) (?:configured|told|given|instructed|programmed|set up)\b|\byour (?:\w+ )?(?:configuration|settings) file\b",
            r"\b(?:never|don't|do not|without|stop) cit(?:e|ing)\b|"
            + _COMMAND
            + r"(?:make up|invent|fabricate|fake)\b[^.?!]{0,30}\b(?:quotes?|sources?|citations?|posts?|figures?|numbers?)\b",
            r"\bi have (?:the )?(?:permission|clearance|authori[sz]ation)\b|\bunpublished (?:posts?|drafts?)\b|"
            + _COMMAND
            + r"(?:show|list|give|print|open)\b[^.?!]{0,20}\bdrafts?\b",
            _COMMAND + r"(?:reply|respond|answer|say|output)\b[^.?!]{0,20}\b(?:only|exactly|verbatim)\b",
            # commands to a machine
            r"\b(?:drop|truncate|alter|create) (?:table|database|view|schema)\b|\b(?:insert into|delete from) \w+\b\s*(?:;|\(|values|where|$)|\bupdate \w+ set\b",
            r"\b(?:install|load) \w+\s*;|\bcopy\s*\(|\bcopy \w+ to '|\battach '|\bexport database\b|\bread_(?:csv|text|parquet|json)\b|\bpragma \w+",
            _COMMAND
            + r"(?:execute|run|eval)\b[^.?!]{0,30}\b(?:command|shell|script|code|sql|install)\b|\brm -rf\b|\bsudo \w|\b(?:curl|wget) -?\w",
            r"\b(?:value|contents?) of\b[^.?!]{0,20}\b(?:[A-Z]+_[A-Z_]+|\w*(?:api|access|secret)[ _]?key|\w+ variable)\b[^?]{0,20}\b(?:on|of|in) (?:this|the|your) (?:machine|server|computer|host|system)\b",
            r"\b(?:this|the|your) (?:server|machine|host|computer)'s (?:\w+ ){0,2}(?:directory|folder|files?|disk|memory|logs?|environment|password|ip)\b|\b(?:files?|folders?|directory|processes|logs?) (?:on|of|from) (?:this|your) (?:server|machine|host|computer|disk)\b|\b__\w+__\b|\bos\.(?:system|listdir|environ)\b",
            # changing the blog or what is stored of it
            _COMMAND
            + r"(?:delete|remove|erase|wipe|purge|edit|change|rewrite|rename|overwrite|modify) (?:(?:the|this|that|these|those|all|every|each|any|his|your|its|an?|some|everything|\d+)\b[^.?!:,]{0,40} )?(?:posts?|database|index|snapshots?|blog|site|table|files?|drafts?)\b",
            # doing something in the world
            _COMMAND
            + r"(?:(?:book|order|buy|reserve|purchase) (?:(?:me|us)\b|(?:a|an|some) )|(?:set|add|create)\b[^.?!]{0,20}\b(?:reminder|alarm|appointment|calendar|timer)|(?:subscribe|unsubscribe|register|sign up|log) (?:me|us|in|on)\b|open (?:my|the|a) (?:browser|terminal|mail|door|app)|(?:call|phone|message|text|invite|contact) (?:my|him|her|brian|the (?:author|police|api))\b|(?:post|leave|write|submit) (?:a |this )?(?:comment|review|reply)\b|(?:pay|transfer|wire|donate)\b[^.?!]{0,30}(?:\bto\b|[$€£]))",
            _COMMAND
            + r"(?:call|post to|query|hit|use)\b[^.?!]{0,30}\b(?:api|endpoint|webhook)\b[^.?!]{0,60}\b(?:send|upload|pass|submit)\b",
            r"\.\./|(?<!\w)/(?:etc|proc|root|home|var|usr)/|\bfile://|\bc:\\|~/\.\w+|\.env\b",
            r"<\s*(?:script|img|iframe|svg|object|embed)\b|\bonerror\s*=|\bjavascript:|document\.cookie",
            # speaking or acting for someone
            _COMMAND
            + r"(?:write|draft|compose|tweet|sign)\b[^.?!]{0,60}\b(?:as|for|in the name of|on behalf of|signed by|from) (?:if (?:you are|by) )?(?:brian|keng|the author|bjlkeng|him)\b",
            r"\bas (?:brian|keng|the author|bjlkeng)\b,? ?(?:personally |please |you |i )*(?:promise|guarantee|swear|confirm|announce|endorse|vow|pledge|declare|personally)\b|\b(?:promise|guarantee|swear|confirm|announce|endorse|pledge|declare|speak|talk|answer|reply|respond)\b[^.?!]{0,40}\bas (?:if you were )?(?:brian|keng|the author|bjlkeng)\b",
            _COMMAND
            + r"(?:write|draft|compose|tweet|reply|respond|answer|speak|talk|apologi[sz]e)\b[^.?!]{0,60}\b(?:in (?:brian|keng|the author|bjlkeng)(?:'s)? (?:\w+ )?(?:voice|name|style)|as (?:if (?:you are|you were) )?(?:brian|keng|the (?:author|writer|owner) of)\b|in the first person)",
            r"\b(?:let's|let us|we) role-?play\b|\byou (?:will )?play the (?:role|part)\b|\byou are (?:a|an|my) (?:\w+ )?(?:hacker|criminal|girlfriend|boyfriend|lawyer|doctor|therapist|pirate|assassin|spy)\b",
            r"\bpretend(?:ing)? (?:to be|you are|you're|that you)\b|\bimpersonate\b|"
            + _COMMAND
            + r"(?:act (?:as|like) (?:if )?(?:you|an?|the author|brian)\b|act as\b|role-?play\b)",
            _COMMAND
            + r"(?:send|forward|e-?mail|post|tweet|upload|exfiltrate|transmit)\b[^.?!]{0,60}\b(?:to|at|on)\s+(?:\S+@\S+|https?://|twitter|slack|facebook|my|everyone)",
            # harm
            r"\b(?:make|build|create|synthesi[sz]e|cook|construct)\b[^.?!]{0,30}\b(?:bombs?|explosives?|weapons?|meth|nerve agent|poison)\b",
            r"\b(?:make|build|create|write|code|develop|generate|give|need|want)\b[^.?!]{0,60}\b(?:malware|ransomware|spyware|keyloggers?|rootkits?|botnets?|trojans?|computer virus|phishing)\b",
            r"\b(?:steal|forge|counterfeit|launder|clone)\b[^.?!]{0,40}\b(?:money|cards?|identity|passwords?|accounts?|car|passports?|data from|cookies)\b|\b(?:break|breaking|sneak) in(?:to)? (?:his|her|their|my|someone|a (?:house|car|bank|network|computer)|the (?:house|bank|network|server))\b",
            r"\b(?:buy|sell|get|make|cook|grow|smuggle)\b[^.?!]{0,20}\b(?:cocaine|heroin|fentanyl|lsd|ecstasy|firearms?|guns?|fake (?:ids?|passports?))\b|\b(?:poison|stab|strangle|murder|stalk|blackmail|hurt) (?:my|someone|him|her|a person|people|somebody)\b",
            r"\b(?:exploit|payloads?|injections?|backdoor)\b[^.?!]{0,50}\b(?:against|attack|bypass|into)\b|"
            + _COMMAND
            + r"(?:write|create|code)\b[^.?!]{0,40}\b(?:deletes?|wipes?|encrypts?|destroys?)\b[^.?!]{0,30}\b(?:files?|disk|drive|folder|computer|database)\b",
            r"\b(?:hack|phish|ddos|doxx?)\b[^.?!]{0,40}\b(?:account|password|site|server|card|identity|him|her)\b|\bkill (?:myself|someone|him|her)\b",
        )
    ),
    re.I | re.M,
)
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
_ELLIPTIC = re.compile(
    r"^\W*(?:and|but|so|only|just|what about|how about|make (?:that|it)|which (?:of|one)|why\??$|plot|chart|the same|those|that one|it\b|they\b|tell me more|more\b|go on|continue|expand|elaborate)"
    r"|\b(?:of those|of these|of them|that one|this one|the former|the latter|it|that|they|there)\b",
    re.I,
)


def plan(question: str, earlier: Sequence[str], vocabulary: Vocabulary) -> Plan:
    """What to do for a question; `earlier` are the questions asked before it, oldest first."""
    if _DECLINED.search(question):
        return Plan("decline")
    if url := _URL.search(question):
        rest = (question[: url.start()] + " " + question[url.end() :]).strip()
        return Plan("fetch", url=url[0].rstrip(".,;:!?"), query=rest)
    if _TALK.match(question):
        return Plan("talk")
    if _NEW.search(question):
        return Plan("new")
    elliptic = bool(earlier) and (len(question.split()) <= 12 and _ELLIPTIC.search(question) is not None)
    found = conversation(question, earlier, vocabulary)
    if isinstance(found, MetadataQuestion):
        return Plan("metadata", metadata=found)
    if isinstance(found, NotUnderstood):
        return Plan("unclear", unclear=found.reason)
    subject = _subject(question)
    return Plan("search", query=f"{_subject(earlier[-1])} {subject}" if elliptic else subject)


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
