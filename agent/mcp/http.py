"""Streamable HTTP: the server at /mcp, /health beside it, and the limits under which strangers may use them."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence

import uvicorn
from mcp.server.streamable_http import EventStore
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.mcp.gate import Gate, Ration
from agent.mcp.protocol import StrictServer
from agent.mcp.server import BlogServer
from warehouse.errors import BlogError, SettingsError
from warehouse.snapshot import Snapshots

MAX_BODY = 512 * 1024
"""Bytes of a request: fifty earlier turns of a conversation fit."""
MAX_CONNECTIONS = 512
"""Connections served at the same time; beyond them 503."""
KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays: longer than balancers keep theirs, else they use one that is being closed."""
SHUTDOWN_SECONDS = 20
"""How long running requests may go on after SIGTERM."""
MIN_TOKEN = 16
RATE, ASK_RATE = 300, 20
"""Requests and questions a minute of one client of a shared server."""

_SCHEMES, _PORTS = ("http", "https"), ("", ":*")


class HttpSettings(BaseSettings):
    """`BOUNDED_MCP_*`: who may use the HTTP server, and how much."""

    model_config = SettingsConfigDict(env_prefix="BOUNDED_MCP_", env_ignore_empty=True, extra="ignore", frozen=True)

    token: SecretStr | None = None
    """What clients must send as `Authorization: Bearer ...`; with one, the server counts as shared."""
    rate: int | None = Field(default=None, ge=1)
    """Requests a minute of one client; None: RATE on a shared server, no limit on one of this machine's user."""
    ask_rate: int | None = Field(default=None, ge=1)
    """The same for questions."""


def serve_http(snapshots: Snapshots, address: str, names: Sequence[str] = ()) -> None:
    """Serves until interrupted. `address` is HOST:PORT; `names` are more host names that requests may be sent to.

    Raises SettingsError for an address that cannot be used, or may not be without a token.
    """
    host, port = host_and_port(address)
    settings = _http_settings()
    if not is_loopback(host) and settings.token is None:
        raise SettingsError(
            f"{host} can be reached from other machines, so a token is needed: set BOUNDED_MCP_TOKEN to {MIN_TOKEN} or"
            " more random characters; clients send it as the header 'Authorization: Bearer TOKEN'"
        )
    if settings.token is not None and len(settings.token.get_secret_value()) < MIN_TOKEN:
        raise SettingsError(f"BOUNDED_MCP_TOKEN is shorter than {MIN_TOKEN} characters; take a random one")
    listening = _listening(host, port)
    logging.basicConfig(level=logging.WARNING)
    app, server = blog_app(snapshots, settings, allowed_names(host, names))
    shown = f"[{host}]" if ":" in host else host
    print(f"serving MCP at http://{shown}:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    run(app, server, listening)


def blog_app(snapshots: Snapshots, settings: HttpSettings, names: Sequence[str]) -> tuple[Starlette, BlogServer]:
    """The application over one blog, for requests sent to these host names, and the server within it."""
    shared = settings.token is not None
    questions = Ration(settings.ask_rate or (ASK_RATE if shared else None), "question")
    server = BlogServer(snapshots, shared=shared, admit=questions.admit)

    async def health(request: Request) -> Response:
        try:
            snapshots.current()
        except BlogError:
            return JSONResponse({"status": "failing", "see": "blog://status"}, 503)
        return JSONResponse({"status": "ok", "version": server.version})

    server.custom_route("/health", methods=["GET"])(health)
    token = settings.token.get_secret_value() if settings.token else ""
    requests = Ration(settings.rate or (RATE if shared else None), "request")
    return http_app(server, names, Middleware(Gate, token=token, ration=requests, max_body=MAX_BODY)), server


def http_app(
    server: StrictServer,
    names: Sequence[str],
    *gates: Middleware,
    stateless: bool = True,
    event_store: EventStore | None = None,
    retry_interval: int | None = None,
) -> Starlette:
    """Any server as an application that answers requests sent to these host names only, and browsers only on pages of
    the same names. Stateless, any number of replicas can stand behind one balancer."""
    app = server.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=stateless,
        event_store=event_store,
        retry_interval=retry_interval,
        max_request_body_size=MAX_BODY,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=[f"{name}{port}" for name in names for port in _PORTS],
            allowed_origins=[f"{scheme}://{name}{port}" for name in names for scheme in _SCHEMES for port in _PORTS],
        ),
    )
    for gate in gates:
        app.add_middleware(gate.cls, *gate.args, **gate.kwargs)
    return app


def run(app: Starlette, server: StrictServer, listening: socket.socket) -> None:
    """Serves on a bound socket until SIGINT or SIGTERM, then lets running requests end and exits with 0."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: sys.exit(0))  # what uvicorn hands the signal on to when it is done
    # By itself it would cut off every answer that is on its way as events.
    AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]  # untyped there
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    _Server(config, server).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Ends the streams of listening clients when it is told to stop: they would hold up its shutdown."""

    def __init__(self, config: uvicorn.Config, server: StrictServer) -> None:
        super().__init__(config)
        self._mcp = server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._mcp.end_streams()
        await super().shutdown(sockets)


def host_and_port(address: str) -> tuple[str, int]:
    """Of `HOST:PORT` or `[IPv6]:PORT`. Raises SettingsError for anything else."""
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise SettingsError(f"{address!r} is not HOST:PORT; try 127.0.0.1:8000")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed_names(host: str, names: Sequence[str]) -> list[str]:
    """The host names under which requests are answered: those of this machine for itself, the address bound to unless
    it stands for all, and those given."""
    everywhere = host in ("0.0.0.0", "::")
    own = [] if everywhere or is_loopback(host) else [f"[{host}]" if ":" in host else host]
    return list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", *own, *(name.lower() for name in names)]))


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Made by hand for its third argument: without it asyncio leaves Nagle's algorithm on, and answers wait 40 ms.
        listening = socket.socket(family, kind, socket.IPPROTO_TCP)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
        return listening
    except OSError as error:
        raise SettingsError(f"cannot listen on {host}:{port} ({error.strerror}); choose another address") from error


def _http_settings() -> HttpSettings:
    try:
        return HttpSettings()
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"BOUNDED_MCP_{str(first['loc'][0]).upper()}: {first['msg']}") from error
