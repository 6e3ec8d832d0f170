"""Who may come in over HTTP, and how often: a bearer token, a ration for each client, and no dawdling."""

from __future__ import annotations

import hmac
import math
import time
from collections import OrderedDict, deque
from typing import Any

import anyio
from mcp.server.mcpserver.exceptions import ToolError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_SECONDS = 20.0
"""How long a client may take to send a request."""
MAX_CLIENTS = 10_000
"""Clients whose use is remembered; those longest unseen are forgotten first."""


class Ration:
    """So many uses a minute for each client, all of them at once if it likes; a token bucket."""

    def __init__(self, per_minute: int | None, of: str) -> None:
        """None: as many as it likes."""
        self._per_minute, self._of = per_minute, of
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Takes one use: 0 when there was one, else the seconds until there is."""
        if self._per_minute is None:
            return 0.0
        now, each = time.monotonic(), 60 / self._per_minute
        left, seen = self._left.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - seen) / each)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MAX_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * each

    def admit(self, request: Any) -> None:
        """Takes one use of a request's client. Raises ToolError, saying when to come again, when there is none."""
        if request is not None and (seconds := self.wait(client_of(request.scope))):
            raise ToolError(
                f"this server answers {self._per_minute} {self._of}s a minute for each client; try again in"
                f" {math.ceil(seconds)} s, or use the other tools meanwhile"
            )


class Gate:
    """Lets a POST through that shows the token, if one is asked for, and whose client has not used up its ration.

    /health is always open. A body that comes too slowly is given up.
    """

    def __init__(self, app: ASGIApp, token: str, ration: Ration, max_body: int) -> None:
        self._app, self._token, self._ration, self._max_body = app, token.encode(), ration, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/health":
            await self._app(scope, receive, send)
        elif scope["method"] != "POST":
            told = "without sessions there is nothing to GET or DELETE; send requests by POST"
            await _refusal(405, told, {"Allow": "POST"})(scope, receive, send)
        elif not self._is_known(scope):
            told = "send the server's token as 'Authorization: Bearer TOKEN'"
            await _refusal(401, told, {"WWW-Authenticate": 'Bearer realm="bounded"'})(scope, receive, send)
        elif seconds := self._ration.wait(client_of(scope)):
            wait = str(math.ceil(seconds))
            await _refusal(429, f"too many requests; try again in {wait} s", {"Retry-After": wait})(
                scope, receive, send
            )
        else:
            body = await self._body(receive)
            if body is None:
                await _refusal(408, "the request came too slowly", {"Connection": "close"})(scope, receive, send)
            elif len(body) > self._max_body:
                told = f"a request may have {self._max_body:,} bytes"
                await _refusal(413, told, {"Connection": "close"})(scope, receive, send)
            else:
                await self._app(scope, _again(body, receive), send)

    async def _body(self, receive: Receive) -> bytes | None:
        """The request's body, or no more of it than shows that it is too long; None when it does not come in time."""
        body = bytearray()
        with anyio.move_on_after(BODY_SECONDS):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body", False) or len(body) > self._max_body:
                    return bytes(body)
        return None

    def _is_known(self, scope: Scope) -> bool:
        if not self._token:
            return True
        kind, _, shown = Headers(scope=scope).get("authorization", "").partition(" ")
        # Compared in constant time: how long it takes must not tell how much of a guess was right.
        return hmac.compare_digest(shown.strip().encode(), self._token) and kind.lower() == "bearer"


def client_of(scope: Scope) -> str:
    """The address a request came from: the peer's, or, from a proxy on this machine, the one that proxy names."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _again(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives a body that was read already, then what follows it."""
    messages: deque[Message] = deque([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_again() -> Message:
        return messages.popleft() if messages else await receive()

    return receive_again


def _refusal(status: int, message: str, headers: dict[str, str]) -> JSONResponse:
    """An error that both a person and an MCP client can read."""
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": message}}
    return JSONResponse(body, status, headers)
