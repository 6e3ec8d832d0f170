"""Changing one member of a JSON file that people keep by hand: comments, order and spacing of the rest stay.

Understands what the clients' own parsers do: `//` and `/* */` comments, trailing commas, a byte order mark. No
maintained library edits such text; those that parse it lose the comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


class NotJson(ValueError):
    """The text is not JSON with comments; the message says where."""


@dataclass
class _Value:
    start: int
    end: int
    members: list[_Member] | None = None
    """Of an object; None for any other value."""
    items: list[_Value] = field(default_factory=list)


@dataclass
class _Member:
    key: str
    start: int
    value: _Value


def member(text: str, path: Sequence[str]) -> Any:
    """The value at a path of keys, None when there is none. Raises NotJson."""
    found = _at(_document(text), path)
    return None if found is None else _plain(text, found)


def with_member(text: str, path: Sequence[str], value: Any) -> str:
    """The text with the value at a path of keys, whose objects are made where they are missing; the same text when it
    is there already. Raises NotJson, also where something else than an object is in the way."""
    root = _document(text)
    if root is None:
        lead = f"{text.rstrip()}\n" if text.strip("\ufeff \t\r\n") else ""
        return lead + json.dumps(_nested(path, value), indent=2, ensure_ascii=False) + "\n"
    existing = _at(root, path)
    if existing is not None:
        if _plain(text, existing) == value:
            return text
        written = _written(value, _indent_at(text, existing.start), _unit(text))
        return _in_lines_of(text, text[: existing.start] + written + text[existing.end :])
    holder, depth = root, 0
    while inner := _find(holder, path[depth]):
        holder, depth = inner.value, depth + 1
        if holder.members is None:
            raise NotJson(f"{'.'.join(path[:depth])} is not an object")
    added = value if depth == len(path) - 1 else _nested(path[depth + 1 :], value)
    return _in_lines_of(text, _inserted(text, holder, path[depth], added))


def without_member(text: str, path: Sequence[str]) -> str:
    """The text without the member at a path of keys, nor the object around it if that is left with nothing at all; the
    same text when there is none. Raises NotJson."""
    root = _document(text)
    if root is None or _at(root, path) is None:
        return text
    holder = _at(root, path[:-1])
    assert holder is not None and holder.members is not None
    names = [found.key for found in holder.members]
    shorter = _cut(text, holder, names.index(path[-1]))
    if len(path) > 1:
        left = _at(_document(shorter), path[:-1])
        if left is not None and not shorter[left.start + 1 : left.end - 1].strip():
            return without_member(shorter, path[:-1])
    return shorter


def _document(text: str) -> _Value | None:
    """The value that the text holds, None for nothing but space and comments."""
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    if start == len(text):
        return None
    value = _value(text, start)
    if (end := _skip(text, value.end)) != len(text):
        raise _wrong(text, end, "something follows its end")
    if value.members is None:
        raise NotJson("it is not an object")
    return value


def _value(text: str, at: int) -> _Value:
    opened = text[at : at + 1]
    if opened == "{":
        return _object(text, at)
    if opened == "[":
        return _array(text, at)
    scalar = _STRING.match(text, at) or _SCALAR.match(text, at)
    if scalar is None:
        raise _wrong(text, at, "a value was expected")
    return _Value(at, scalar.end())


def _object(text: str, at: int) -> _Value:
    members: list[_Member] = []
    position = _skip(text, at + 1)
    while text[position : position + 1] != "}":
        key = _STRING.match(text, position)
        if key is None:
            raise _wrong(text, position, "a name in quotes was expected")
        colon = _skip(text, key.end())
        if text[colon : colon + 1] != ":":
            raise _wrong(text, colon, "a colon was expected")
        value = _value(text, _skip(text, colon + 1))
        members.append(_Member(json.loads(key[0]), position, value))
        position = _after_comma(text, value.end, "}")
    return _Value(at, position + 1, members)


def _array(text: str, at: int) -> _Value:
    items: list[_Value] = []
    position = _skip(text, at + 1)
    while text[position : position + 1] != "]":
        items.append(_value(text, position))
        position = _after_comma(text, items[-1].end, "]")
    return _Value(at, position + 1, items=items)


def _after_comma(text: str, at: int, closing: str) -> int:
    """Where the next member, or what closes, begins."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != closing:
        raise _wrong(text, at, f"a comma or {closing} was expected")
    return at


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _plain(text: str, value: _Value) -> Any:
    if value.members is not None:
        return {found.key: _plain(text, found.value) for found in value.members}
    if text[value.start] == "[":
        return [_plain(text, item) for item in value.items]
    return json.loads(text[value.start : value.end])


def _find(value: _Value, key: str) -> _Member | None:
    # As parsers do, the last of several members with one name.
    return next((found for found in reversed(value.members or []) if found.key == key), None)


def _at(value: _Value | None, path: Sequence[str]) -> _Value | None:
    for key in path:
        found = _find(value, key) if value else None
        if found is None:
            return None
        value = found.value
    return value


def _inserted(text: str, holder: _Value, key: str, value: Any) -> str:
    """The text with a member put last into an object, behind the comments that stand there."""
    closing = holder.end - 1
    content = len(text[:closing].rstrip())
    around, unit = _indent_at(text, holder.start), _unit(text)
    own = _indent_at(text, holder.members[0].start) if holder.members else around + unit
    if holder.members and "\n" not in text[holder.start : holder.members[0].start]:
        own = around + unit
    line = f"\n{own}{json.dumps(key, ensure_ascii=False)}: {_written(value, own, unit)}"
    trailing = bool(holder.members) and "," in _without_comments(text[(holder.members or [])[-1].value.end : closing])
    if trailing:
        line += ","  # as the file does it
    tail = text[content:closing] if "\n" in text[content:closing] else f"\n{around}"
    changed = text[:content] + line + tail + text[closing:]
    if holder.members and not trailing:
        end = holder.members[-1].value.end
        changed = changed[:end] + "," + changed[end:]
    return changed


def _cut(text: str, holder: _Value, index: int) -> str:
    """The text without one member of an object, the line it stood on, and one comma."""
    members = holder.members or []
    start, end = members[index].start, members[index].value.end
    comma = _skip(text, end)
    has_comma = text[comma : comma + 1] == ","
    if has_comma:
        end = comma + 1
    line = len(text[:start].rstrip(" \t"))
    if line and text[line - 1] == "\n":
        start = line - 1  # the member begins its line: the line goes
        if start and text[start - 1] == "\r":
            start -= 1
    elif has_comma and index < len(members) - 1:
        end += len(text[end:]) - len(text[end:].lstrip(" "))
    shorter = text[:start] + text[end:]
    if not has_comma and index:
        before = members[index - 1].value.end
        previous = _skip(text, before)
        shorter = shorter[:previous] + shorter[previous + 1 :]
    return shorter


def _nested(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _written(value: Any, indent: str, unit: str) -> str:
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    return "\n".join([lines[0], *(indent + line for line in lines[1:])])


def _indent_at(text: str, at: int) -> str:
    """The white space that the line begins with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _unit(text: str) -> str:
    """One step of the file's own indentation."""
    step = re.search(r"^([ \t]+)\S", text, re.M)
    return step[1] if step else "  "


def _without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def _in_lines_of(text: str, changed: str) -> str:
    """The changed text with line ends as the text had them."""
    return re.sub(r"\r?\n", "\r\n", changed) if "\r\n" in text else changed


def _wrong(text: str, at: int, why: str) -> NotJson:
    return NotJson(f"line {text.count(chr(10), 0, at) + 1}: {why}")
