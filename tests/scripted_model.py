"""An OpenAI-compatible chat server on loopback that says what a test wrote down and remembers what it was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import MappingProxyType
from typing import Any


def says(text: str) -> dict[str, Any]:
    """A turn that answers."""
    return {"role": "assistant", "content": text}


def calls(*wanted: tuple[str, dict[str, Any] | str]) -> dict[str, Any]:
    """A turn that calls tools; arguments given as a string are sent as they are, valid JSON or not."""
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
            }
            for number, (name, given) in enumerate(wanted)
        ],
    }


def fails(status: int, message: str = "no") -> dict[str, Any]:
    """A turn that is an HTTP error."""
    return {"status": status, "error": {"message": message, "type": "test", "code": None}}


def limits(after_ms: int = 10) -> dict[str, Any]:
    """A turn that is a rate limit, to be tried again soon."""
    return {**fails(429, "slow down"), "headers": {"retry-after-ms": str(after_ms)}}


def hangs() -> dict[str, Any]:
    """A turn that is not given until the test is over."""
    return {"hangs": True}


def cut(text: str) -> dict[str, Any]:
    """A turn whose stream breaks off in the middle of its text."""
    return {**says(text), "cut": True}


def silent() -> dict[str, Any]:
    """A turn whose stream ends before it says anything."""
    return {**says(""), "silent": True}


class ScriptedModel:
    """Gives its turns in order; `requests` holds the parsed bodies, `headers` what came with them."""

    def __init__(self, *turns: dict[str, Any]) -> None:
        self.turns = list(turns)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.over = Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.requests.append(body)
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        turn = self.turns.pop(0) if self.turns else fails(500, "the script is over")
        if "hangs" in turn:
            self.over.wait(30)
        elif "status" in turn:
            error = json.dumps({"error": turn["error"]})
            self._send(handler, turn["status"], "application/json", [error], turn.get("headers", {}))
        elif body.get("stream"):
            self._send(handler, 200, "text/event-stream", self._events(turn, body["model"]))
        else:
            choice = {"index": 0, "message": turn, "finish_reason": "tool_calls" if "tool_calls" in turn else "stop"}
            reply = {"id": "r", "object": "chat.completion", "created": 1, "model": body["model"], "choices": [choice]}
            self._send(handler, 200, "application/json", [json.dumps(reply)])

    def _events(self, turn: dict[str, Any], model: str) -> list[str]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        for index, call in enumerate(turn.get("tool_calls", [])):
            deltas.append({"tool_calls": [{**call, "index": index, "function": {**call["function"], "arguments": ""}}]})
            deltas.append({"tool_calls": [{"index": index, "function": {"arguments": call["function"]["arguments"]}}]})
        deltas += [{"content": piece} for piece in re.findall(r"\S*\s*", turn["content"] or "") if piece]
        end = "tool_calls" if "tool_calls" in turn else "stop"
        chunks = [
            *({"index": 0, "delta": d, "finish_reason": None} for d in deltas),
            {"index": 0, "delta": {}, "finish_reason": end},
        ]
        base = {"id": "r", "object": "chat.completion.chunk", "created": 1, "model": model}
        if "silent" in turn:
            return []
        if "cut" in turn:
            return [f"data: {json.dumps({**base, 'choices': [chunk]})}\n\n" for chunk in chunks[: len(chunks) // 2]]
        return [f"data: {json.dumps({**base, 'choices': [chunk]})}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]

    def _send(
        self,
        handler: BaseHTTPRequestHandler,
        status: int,
        kind: str,
        parts: list[str],
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for part in parts:
            handler.wfile.write(part.encode())
            handler.wfile.flush()


@contextmanager
def scripted(*turns: dict[str, Any]) -> Iterator[ScriptedModel]:
    """The server, its base URL in `.url`."""
    model = ScriptedModel(*turns)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
