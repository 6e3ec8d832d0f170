"""The server over HTTP, as a process: real clients in both eras, who is let in, how much they may do, how it ends."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
import requests
from conftest import Served
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_process import McpProcess, mcp_over_http
from starlette.testclient import TestClient

from agent.mcp import gate
from agent.mcp.gate import Ration
from agent.mcp.http import MAX_BODY, SHUTDOWN_SECONDS, HttpSettings, allowed_names, blog_app, host_and_port, is_loopback
from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.errors import SettingsError
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

both_eras = pytest.mark.parametrize("era", ["auto", "legacy"])
TOKEN = "correct-horse-battery-staple"
RATE = 60
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
SPEAKS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def home(catalogue: BlogTools) -> Path:
    catalogue.snapshots.current()
    return catalogue.snapshots.home


@pytest.fixture(scope="module")
def local(home: Path) -> Iterator[McpProcess]:
    """A server for the user of this machine."""
    with mcp_over_http(home) as server:
        yield server


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[McpProcess]:
    """A server for other machines, too."""
    limits = {"BOUNDED_MCP_TOKEN": TOKEN, "BOUNDED_MCP_RATE": str(RATE), "BOUNDED_MCP_ASK_RATE": "2"}
    with mcp_over_http(home, "0.0.0.0", "--allow-host", "Blog.example", **limits) as server:
        yield server


def with_client(
    url: str, do: Callable[[Client], Coroutine[Any, Any, Any]], era: str = "auto", token: str = ""
) -> Any:  # whatever `do` returns
    async def run() -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(url, http_client=http)
            async with Client(transport, mode=era) as client:  # type: ignore[arg-type]  # one of its modes
                return await do(client)

    return anyio.run(run)


def post(server: McpProcess, body: Any = LIST, **headers: str) -> requests.Response:
    named = {**SPEAKS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.post(server.url, data=json.dumps(body), headers=named, timeout=30)


@both_eras
def test_everything_works_over_http(local: McpProcess, era: str) -> None:
    async def all_of_it(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["search_posts", "query_metadata", "fetch_post", "ask"]
        found = await client.call_tool("search_posts", {"query": "leapfrog"})
        assert found.structured_content and found.structured_content["hits"]
        told: list[str | None] = []

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            told.append(message)

        answer = await client.call_tool(
            "ask", {"question": "Why does leapfrog preserve volume?"}, progress_callback=hear
        )
        assert answer.structured_content and answer.structured_content["citations"] and told
        assert (await client.call_tool("query_metadata", {"sql": "DROP TABLE posts"})).is_error
        assert json.loads((await client.read_resource("blog://status")).contents[0].text)["ok"] is True  # type: ignore[union-attr]
        assert (await client.get_prompt("explain", {"topic": "leapfrog"})).messages

    with_client(local.url, all_of_it, era)


def test_one_request_without_a_session_is_enough(local: McpProcess) -> None:
    """Stateless: any replica behind a balancer can answer it."""
    reply = post(local)
    assert reply.status_code == 200 and "mcp-session-id" not in reply.headers
    assert "search_posts" in reply.text


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_to_hold_open_without_a_session(local: McpProcess, method: str) -> None:
    reply = requests.request(method, local.url, headers=SPEAKS, timeout=10)
    assert reply.status_code == 405 and reply.headers["Allow"] == "POST"


def test_health_is_open_to_all(local: McpProcess, shared: McpProcess) -> None:
    for server in (local, shared):
        reply = requests.get(f"{server.base}/health", timeout=10)
        assert reply.status_code == 200 and reply.json()["status"] == "ok"


def test_health_fails_while_there_is_nothing_to_answer_from(tmp_path: Path) -> None:
    never_synced = Snapshots(Settings(home=tmp_path, site="http://127.0.0.1:9"))
    app, _ = blog_app(never_synced, HttpSettings(), ["testserver"])
    with TestClient(app) as client:
        reply = client.get("/health")
        assert reply.status_code == 503 and reply.json()["status"] == "failing"
        assert client.post("/mcp", json=LIST, headers=SPEAKS).status_code == 200, "it serves all the same"


# Host and origin


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""])
@pytest.mark.parametrize("which", ["local", "shared"])
def test_a_request_for_another_host_is_refused(which: str, name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(which)
    assert post(server, Host=name, Authorization=f"Bearer {TOKEN}").status_code in (400, 421)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null"])
@pytest.mark.parametrize("which", ["local", "shared"])
def test_a_page_of_another_origin_is_refused(which: str, origin: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(which)
    assert post(server, Origin=origin, Authorization=f"Bearer {TOKEN}").status_code == 403


def test_named_hosts_and_pages_of_this_machine_are_served(local: McpProcess, shared: McpProcess) -> None:
    assert post(local, Origin="http://localhost:6274").status_code == 200
    assert post(shared, Host="blog.example", Authorization=f"Bearer {TOKEN}").status_code == 200
    named = {"Host": "blog.example:8443", "Origin": "https://blog.example:8443"}
    assert post(shared, Authorization=f"Bearer {TOKEN}", **named).status_code == 200


def test_every_bind_address_has_its_names() -> None:
    own = ["127.0.0.1", "localhost", "[::1]"]
    assert allowed_names("127.0.0.1", []) == allowed_names("0.0.0.0", []) == allowed_names("::", []) == own
    assert allowed_names("192.0.2.7", ["Blog.Example"]) == [*own, "192.0.2.7", "blog.example"]
    assert allowed_names("2001:db8::1", []) == [*own, "[2001:db8::1]"]


# Token


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"]
)
def test_without_the_token_nobody_comes_in(shared: McpProcess, given: str) -> None:
    reply = post(shared, **({"Authorization": given} if given else {}))
    assert reply.status_code == 401 and reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in reply.json()["error"]["message"]


@both_eras
def test_with_the_token_a_client_comes_in(shared: McpProcess, era: str) -> None:
    tools = with_client(shared.url, lambda client: client.list_tools(), era, TOKEN).tools
    assert len(tools) == 4


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "blog.example"])
def test_beyond_this_machine_a_token_is_needed(host: str) -> None:
    assert not is_loopback(host)
    from typer.testing import CliRunner

    from agent.cli import app

    shown = f"[{host}]" if ":" in host else host
    result = CliRunner().invoke(app, ["mcp", "--http", f"{shown}:0"])
    assert isinstance(result.exception, SettingsError) and "BOUNDED_MCP_TOKEN" in str(result.exception)


def test_a_token_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from agent.cli import app

    monkeypatch.setenv("BOUNDED_MCP_TOKEN", "secret")
    result = CliRunner().invoke(app, ["mcp", "--http", "0.0.0.0:0"])
    assert isinstance(result.exception, SettingsError) and "16" in str(result.exception)


@pytest.mark.parametrize("address", ["8000", "localhost", "localhost:http", ":8000", "localhost:70000", ""])
def test_an_address_is_host_and_port(address: str) -> None:
    with pytest.raises(SettingsError, match="HOST:PORT"):
        host_and_port(address)


def test_an_address_may_be_ipv6() -> None:
    assert host_and_port("[::1]:8000") == ("::1", 8000) and is_loopback("::1")


# Limits


def test_a_shared_server_rations_questions_and_keeps_no_conversations(shared: McpProcess) -> None:
    async def asking(client: Client) -> list[str]:
        told = []
        for more in ({"thread": "mine"}, {}, {}):
            result = await client.call_tool("ask", {"question": "Why does leapfrog preserve volume?", **more})
            told.append(result.content[0].text if result.is_error else "answered")  # type: ignore[union-attr]
        return told

    thread, answered, rationed = with_client(shared.url, asking, token=TOKEN)
    assert "as history instead" in thread
    assert answered == "answered"
    assert "2 questions a minute" in rationed and "try again in" in rationed


def test_a_client_that_asks_too_often_is_told_when_to_come_again(shared: McpProcess) -> None:
    told = {"Authorization": f"Bearer {TOKEN}", "X_Forwarded_For": "203.0.113.9"}
    replies = [post(shared, {}, **told) for _ in range(RATE + 1)]
    assert [reply.status_code for reply in replies] == [400] * RATE + [429]
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 60
    told["X_Forwarded_For"] = "203.0.113.10"
    assert post(shared, **told).status_code == 200, "another client, named by a proxy on this machine"


def test_a_ration_fills_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(gate.time, "monotonic", lambda: now[0])
    ration = Ration(2, "request")
    assert (ration.wait("a"), ration.wait("a")) == (0, 0)
    assert ration.wait("a") == pytest.approx(30)
    assert ration.wait("b") == 0
    now[0] += 30
    assert ration.wait("a") == 0 and ration.wait("a") > 0


def test_a_request_that_is_too_large_is_refused(local: McpProcess) -> None:
    body = {**LIST, "params": {"_meta": {"padding": "x" * MAX_BODY}}}
    assert post(local, body).status_code == 413
    pieces = (b" " * 65536 for _ in range(2 * MAX_BODY // 65536))
    refused = requests.post(local.url, data=pieces, headers=SPEAKS, timeout=30)
    assert refused.status_code == 413, "also when its length was not announced"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"jsonrpc": "2.0"}', b"\xff\xfe", b"[" * 100_000])
def test_garbage_is_answered_and_changes_nothing(local: McpProcess, body: bytes) -> None:
    reply = requests.post(local.url, data=body, headers=SPEAKS, timeout=30)
    assert 400 <= reply.status_code < 500
    assert post(local).status_code == 200


# Life and death


def test_told_to_end_it_lets_running_calls_end_and_not_wait_for_listeners(home: Path) -> None:
    server = McpProcess(home, "127.0.0.1")
    body = json.dumps(LIST).encode()
    head = ["POST /mcp HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in SPEAKS.items())]

    async def listening(client: Client) -> float:
        with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as slow:
            slow.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body[:10])
            async with client.listen(resources_list_changed=True) as events:  # the server has read what came before
                started = time.monotonic()
                server.process.terminate()
                async for _ in events:
                    pass
            slow.sendall(body[10:])
            reply = b""
            while piece := slow.recv(65536):
                reply += piece
            assert reply.startswith(b"HTTP/1.1 200") and b"search_posts" in reply
        return time.monotonic() - started

    assert with_client(server.url, listening) < SHUTDOWN_SECONDS / 2
    assert server.end() == (0, ""), "and it printed nothing"


@pytest.mark.slow
def test_two_replicas_on_one_home_behave_as_one(site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    options = ("--site", snapshots.site)
    with (
        mcp_over_http(snapshots.home, "127.0.0.1", *options) as one,
        mcp_over_http(snapshots.home, "127.0.0.1", *options) as two,
    ):
        replicas = (one, two)

        def statuses() -> list[Any]:
            return [
                json.loads(
                    with_client(server.url, lambda client: client.read_resource("blog://status")).contents[0].text
                )["snapshot"]
                for server in replicas
            ]

        before = snapshots.current().manifest.id
        assert statuses() == [before] * 2
        path = next(path for path in site.pages if "kelly-bets" in path)
        site.pages[path] = (site.pages[path][0], site.pages[path][1].replace("</p>", " New.</p>", 1))
        sync(snapshots)
        assert statuses() == [snapshots.current().manifest.id] * 2 != [before] * 2
        asked = {"question": "How many posts are there?", "thread": "shared"}
        with_client(one.url, lambda client: client.call_tool("ask", asked))
        asked["question"] = "And in 2019?"
        answer = with_client(two.url, lambda client: client.call_tool("ask", asked)).structured_content
    assert answer["table"]["rows"] == [[1]]
