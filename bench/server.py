"""What the MCP server costs beside a bare server of the same SDK, and how it bears load: `python bench/server.py WHAT`.

start [ROUNDS]    seconds from spawn to the answer of tools/list over stdio, ours and the bare one's in turn
call [ROUNDS]     milliseconds of a search_posts call and of a no-op tool's over stdio, in turn
load [SECONDS]    64 clients over HTTP, mixed tools, a sync publishing meanwhile, two replicas on one home

`start` and `call` use BOUNDED_HOME as it is (the catalogue, or what was synced). `load` makes a blog of its own.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

BARE = """
from mcp.server import MCPServer
server = MCPServer("bare")
@server.tool()
async def nothing() -> str:
    "Does nothing."
    return ""
server.run()
"""
OURS = [str(Path(sys.executable).with_name("bounded")), "mcp"]
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
CLIENTS = 64


class Stdio:
    """A server spoken to in lines of JSON."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._number = 0
        self.request("initialize", HELLO)
        self._send({"method": "notifications/initialized"})

    def _send(self, message: dict[str, Any]) -> None:
        print(json.dumps({"jsonrpc": "2.0", **message}), file=self._process.stdin, flush=True)

    def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        assert self._process.stdout
        while True:
            reply: dict[str, Any] = json.loads(self._process.stdout.readline())
            if reply.get("id") == self._number:
                return reply

    def call(self, tool: str, arguments: dict[str, Any]) -> float:
        """Seconds of one call."""
        started = time.perf_counter()
        reply = self.request("tools/call", {"name": tool, "arguments": arguments})
        spent = time.perf_counter() - started
        assert "result" in reply and not reply["result"].get("isError"), reply
        return spent

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def to_first_list(command: list[str]) -> float:
    """Seconds from spawn to the answer of tools/list."""
    started = time.perf_counter()
    server = Stdio(command)
    server.request("tools/list", {})
    spent = time.perf_counter() - started
    server.end()
    return spent


def report(name: str, bare: list[float], ours: list[float], unit: float, of: str, wanted: float) -> None:
    ratios = [own / plain for plain, own in zip(bare, ours, strict=True)]
    print(f"{name}, {len(bare)} pairs")
    print(f"  bare server  median {unit * median(bare):8.2f} {of}   fastest {unit * min(bare):8.2f}")
    print(f"  bounded      median {unit * median(ours):8.2f} {of}   fastest {unit * min(ours):8.2f}")
    print(
        f"  ratio        median {median(ours) / median(bare):8.2f}      of pairs {median(ratios):.2f}, wanted {wanted}"
    )


def start(rounds: str = "21") -> None:
    bare = [sys.executable, "-c", BARE]
    for command in (bare, OURS):
        to_first_list(command)  # byte code is written, files are in memory
    pairs = [(to_first_list(bare), to_first_list(OURS)) for _ in range(int(rounds))]
    report("spawn to tools/list", [plain for plain, _ in pairs], [own for _, own in pairs], 1000, "ms", 1.3)


def call(rounds: str = "500") -> None:
    queries = ["leapfrog integrator", "variational autoencoder loss", "bits back coding", "random walk", "LoRA rank"]
    bare, ours = Stdio([sys.executable, "-c", BARE]), Stdio(OURS)
    pairs = []
    for number in range(int(rounds) + 20):
        query = {"query": queries[number % len(queries)]}
        pairs.append((bare.call("nothing", {}), ours.call("search_posts", query)))
    del pairs[:20]
    report("a call, p50", [plain for plain, _ in pairs], [own for _, own in pairs], 1000, "ms", 3)
    bare.end()
    ours.end()


# Load


def page(number: int, edition: int) -> str:
    words = "leapfrog volume posterior gradient entropy variational sampler momentum energy latent".split()
    chosen = random.Random(number)
    text = "".join(
        f"<h2 id='part-{part}'>Part {part} of {chosen.choice(words)}</h2>"
        f"<p>Edition {edition}. {' '.join(chosen.choices(words, k=60)).capitalize()}.</p>"
        for part in range(6)
    )
    return (
        f"<html><head><title>Post {number}</title><meta name='author' content='A. Writer'>"
        f"<meta property='article:published_time' content='2020-01-{number % 28 + 1:02}T00:00:00Z'>"
        f"<meta property='article:tag' content='{words[number % 5]}'></head><body><article>"
        f"<h1>Post {number}</h1><div class='e-content'>{text}</div></article></body></html>"
    )


@contextmanager
def blog(posts: int = 30) -> Iterator[tuple[str, list[int]]]:
    """A blog on loopback, and the edition it shows (one number, to be raised)."""
    edition = [1]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = re.fullmatch(r"/posts/p(\d+)/", self.path)
            body = "<html><head><title>A blog</title></head><body>A blog</body></html>" if self.path == "/" else ""
            if self.path == "/sitemap.xml":
                urls = "".join(f"<url><loc>{base}/posts/p{number}/</loc></url>" for number in range(posts))
                body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
            elif found:
                body = page(int(found[1]), edition[0])
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/xml" if "xml" in self.path else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield base, edition
    finally:
        server.shutdown()
        server.server_close()


class Replica:
    """`bounded mcp --http` as a process."""

    def __init__(self, site: str) -> None:
        command = [*OURS, "--http", "127.0.0.1:0", "--site", site]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr
        self.url = self.process.stderr.readline().split()[-1]
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


REQUESTS: list[tuple[int, str, dict[str, Any]]] = [
    (8, "tools/call", {"name": "search_posts", "arguments": {"query": "leapfrog volume"}}),
    (4, "tools/call", {"name": "query_metadata", "arguments": {"sql": "SELECT count(*) FROM sections"}}),
    (3, "tools/call", {"name": "fetch_post", "arguments": {"post": "p7"}}),
    (1, "tools/call", {"name": "ask", "arguments": {"question": "What does the leapfrog sampler do with momentum?"}}),
    (2, "resources/read", {"uri": "blog://posts/p3"}),
    (1, "resources/read", {"uri": "blog://status"}),
    (1, "prompts/get", {"name": "explain", "arguments": {"topic": "entropy"}}),
    (1, "tools/list", {}),
]


def one_client(number: int, urls: list[str], until: float, spent: list[tuple[str, float]], failed: list[str]) -> None:
    """Asks one thing after another, each at another replica, until the time is over."""
    import requests

    choose, session = random.Random(number), requests.Session()
    headers = {"Accept": "application/json, text/event-stream", "X-Forwarded-For": f"198.51.100.{number}"}
    weights = [weight for weight, _, _ in REQUESTS]
    while time.monotonic() < until:
        _, method, params = choose.choices(REQUESTS, weights)[0]
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        name = str(params.get("name", method))
        started = time.perf_counter()
        try:
            reply = session.post(choose.choice(urls), json=body, headers=headers, timeout=60)
            text = reply.text
        except requests.RequestException as error:
            failed.append(f"{name}: {error}")
            continue
        spent.append((name, time.perf_counter() - started))
        if reply.status_code != 200 or '"result"' not in text or '"isError":true' in text:
            failed.append(f"{name}: {reply.status_code} {text[:300]}")


def load(seconds: str = "60") -> None:
    with tempfile.TemporaryDirectory() as home, blog() as (site, edition):
        os.environ["BOUNDED_HOME"] = home
        synced = [OURS[0], "sync", "--site", site]
        subprocess.run(synced, check=True, capture_output=True)
        replicas = [Replica(site), Replica(site)]
        urls = [replica.url for replica in replicas]
        spent: list[tuple[str, float]] = []
        failed: list[str] = []
        one_client(0, urls, time.monotonic() + 10, spent, failed)  # what is opened and imported once
        spent.clear()
        before = [replica.memory() for replica in replicas]
        until = time.monotonic() + float(seconds)
        clients = [
            threading.Thread(target=one_client, args=(number, urls, until, spent, failed)) for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        published, halfway = 0, []
        while time.monotonic() < until - 5:
            time.sleep(float(seconds) / 6)
            edition[0] += 1
            subprocess.run(synced, check=True, capture_output=True)
            published += 1
            halfway.append([round(replica.memory()) for replica in replicas])
        for client in clients:
            client.join()
        print(f"{CLIENTS} clients for {seconds} s, two replicas, {published} syncs published meanwhile")
        print(f"{len(spent)} requests, {len(failed)} failed, {len(spent) / float(seconds):.0f} a second")
        for name in sorted({name for name, _ in spent}):
            times = sorted(took for of, took in spent if of == name)
            p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
            print(f"  {name:16} {len(times):6}   p50 {1000 * p50:7.1f} ms   p99 {1000 * p99:7.1f} ms")
        times = sorted(took for _, took in spent)
        print(f"  {'all':16} {len(times):6}   p50 {1000 * times[len(times) // 2]:7.1f} ms", end="   ")
        print(f"p99 {1000 * times[int(len(times) * 0.99)]:7.1f} ms")
        print(f"resident MB before {[round(mb) for mb in before]}, after each sync {halfway}")
        for why in failed[:5]:
            print("failed:", why)
        for replica in replicas:
            replica.process.terminate()
            print("exit code", replica.process.wait())


if __name__ == "__main__":
    {"start": start, "call": call, "load": load}[sys.argv[1]](*sys.argv[2:])
