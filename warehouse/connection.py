"""Connections that go only to checked addresses and end at a deadline: what requests and urllib3 leave open.

A name is resolved once for each connection, every answer is checked, and the connection goes to the address that was
checked; the deadline closes the socket under whatever waits on it.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.retry import Retry

if TYPE_CHECKING:
    from types import TracebackType

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

from warehouse.errors import RefusedUrl

DEADLINE = 20.0
"""Seconds for one page, redirects and retries included."""


class Exchange:
    """One call of `get`, redirects and retries included."""

    def __init__(self) -> None:
        self._until = time.monotonic() + DEADLINE
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def extend(self, seconds: float) -> None:
        """Waiting for one's turn is no fault of the site."""
        self._until += seconds

    def end(self) -> None:
        """The deadline is now."""
        self._until = time.monotonic()
        self._cut()

    def uses(self, connected: socket.socket | None) -> None:
        with self._lock:
            self._socket = connected

    def watch(self) -> threading.Timer:
        timer = threading.Timer(max(0.0, self._until - time.monotonic()), self._cut)
        timer.daemon = True
        timer.start()
        return timer

    def _cut(self) -> None:
        if not self.is_over:  # extended meanwhile
            self.watch()
            return
        with self._lock:
            if self._socket is not None:
                try:
                    self._socket.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return  # closed already


_current: ContextVar[Exchange | None] = ContextVar("_current", default=None)


@contextmanager
def exchanging() -> Iterator[Exchange]:
    exchange = Exchange()
    token, timer = _current.set(exchange), exchange.watch()
    try:
        yield exchange
    finally:
        timer.cancel()
        exchange.uses(None)
        _current.reset(token)


class PatientRetry(Retry):
    """Retries while the deadline is not over; a site that wants a long rest is not asked again."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        exchange = _current.get()
        wait = (self.get_retry_after(response) if response is not None else None) or 0.0
        if _pool is not None and ((exchange is not None and exchange.is_over) or wait > _LONGEST_WAIT):
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)


_LONGEST_WAIT = 5.0
"""Seconds of a Retry-After that are waited for."""
_ADDRESSES = 4
"""Addresses of a host that are tried at most."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in an IPv6 one


def is_own_network(host: str) -> bool:
    """Whether the user named an address of this machine or network outright."""
    try:
        return host == "localhost" or not _is_public(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address leads to the internet, also by the IPv4 address inside it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not _is_public(inner):
            return False
    return address.is_global and not address.is_multicast


def _checked_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, all of them fit to be asked.

    Raises RefusedUrl when one is not: a public name that leads to this machine or a private network.
    """
    found = [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        allowed = address.is_loopback if host == "localhost" else _is_public(address) or is_own_network(host)
        if not allowed:
            raise RefusedUrl(
                f"{host} resolves to {address}, which is not a public address; nothing was asked. "
                "If you mean that machine, give its address itself as the site"
            )
    return list(dict.fromkeys(found))


class _Timed(HTTPConnection):
    """Lets the deadline of the exchange close it, and opens nothing after that."""

    def _new_conn(self) -> socket.socket:
        self._stop_when_over()
        connected = super()._new_conn()
        if exchange := _current.get():
            exchange.uses(connected)  # a handshake may stall as well
        return connected

    def request(self, *arguments: Any, **named: Any) -> None:
        self._stop_when_over()
        if self.sock is None:
            self.connect()
        if exchange := _current.get():
            exchange.uses(self.sock)
        super().request(*arguments, **named)

    def _stop_when_over(self) -> None:
        """The deadline may have passed between two attempts, when there was nothing to close."""
        if (exchange := _current.get()) and exchange.is_over:
            raise NewConnectionError(self, "the time for this page is over")


class _Guarded(_Timed):
    """Connects to checked addresses only: the very ones its name was resolved to, so a second answer gains nothing."""

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        failure: OSError | None = None
        try:
            addresses = _checked_addresses(name, self.port)
        except (socket.gaierror, UnicodeError) as error:
            raise NewConnectionError(self, f"its name cannot be resolved ({error})") from error
        for address in addresses[:_ADDRESSES]:
            self._stop_when_over()
            try:
                connected = create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
                continue
            if exchange := _current.get():
                exchange.uses(connected)
            return connected
        raise NewConnectionError(self, str(failure)) from failure


class _TimedTls(_Timed, HTTPSConnection):
    """The same with TLS."""


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same with TLS; the certificate is checked against the name, whatever the address."""


class _TimedPool(HTTPConnectionPool):
    ConnectionCls = _Timed


class _TimedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTls


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


GUARDED_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _GuardedPool, "https": _GuardedTlsPool}
"""By scheme, for connections made to the site itself."""
TIMED_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _TimedPool, "https": _TimedTlsPool}
"""By scheme, for connections to the user's proxy: it may be anywhere, and resolves names itself."""
