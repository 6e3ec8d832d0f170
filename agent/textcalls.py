"""Tool calls a model wrote as text or with broken arguments, read as the calls they were meant to be."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterator
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.utils.json import parse_partial_json

_NAME_KEYS = ("name", "tool", "function")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")
_MAX_TEXT = 20_000


def repaired(message: AIMessage, names: Collection[str]) -> AIMessage:
    """The message with every call it means in `tool_calls`; the message itself when there is nothing to repair.

    Arguments that no reading makes whole become a call without arguments: its failed result tells the model what is
    missing.
    """
    broken = [_call(str(call["name"] or ""), _arguments(call["args"])) for call in message.invalid_tool_calls]
    if broken:
        return AIMessage("", tool_calls=[*message.tool_calls, *broken], usage_metadata=message.usage_metadata)
    if message.tool_calls:
        return message
    written = list(_written(message.text[:_MAX_TEXT], names))
    return AIMessage("", tool_calls=written, usage_metadata=message.usage_metadata) if written else message


def _written(text: str, names: Collection[str]) -> Iterator[ToolCall]:
    """Calls in a text: JSON objects that name a tool, bare, fenced or in tags."""
    decoder = json.JSONDecoder()
    position = 0
    while (position := text.find("{", position)) >= 0:
        try:
            found, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
            continue
        if not isinstance(found, dict):
            continue
        if isinstance(found.get("function"), dict):
            found = found["function"]
        name = next((found[key] for key in _NAME_KEYS if isinstance(found.get(key), str)), "")
        given = next((found[key] for key in _ARGUMENT_KEYS if key in found), None)
        if name in names and given is not None:
            yield _call(name, given if isinstance(given, dict) else _arguments(given))


def _arguments(text: Any) -> dict[str, Any]:
    """Arguments out of broken JSON: unfinished, fenced, or encoded twice; {} where they cannot be read."""
    bare = re.sub(r"^\s*```\w*|```\s*$", "", str(text or "")).strip()
    for _ in range(2):
        try:
            found = parse_partial_json(bare)
        except (ValueError, RecursionError):
            return {}
        if isinstance(found, dict):
            return found
        bare = str(found)
    return {}


def _call(name: str, arguments: dict[str, Any]) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=f"call_{uuid.uuid4().hex[:12]}", type="tool_call")
