"""An OpenAI-compatible embeddings server on loopback that knows a few synonyms and remembers what it was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from zlib import crc32

DIMENSIONS = 256
SYNONYMS = {"punter": "gambler", "wagers": "bets", "overmuch": "much", "ruined": "broke"}
Answer = Callable[[list[str]], Any]
"""What is answered to texts: a JSON document, or bytes as they are."""


def vector(text: str) -> list[float]:
    """A hashed bag of words, synonyms taken for the same."""
    counts = [0.0] * DIMENSIONS
    for word in re.findall(r"[a-z]+", text.lower()):
        counts[crc32(SYNONYMS.get(word, word).encode()) % DIMENSIONS] += 1.0
    return counts


def given(vectors: list[Any]) -> dict[str, Any]:
    """An answer as the protocol has it."""
    listed = [{"object": "embedding", "index": n, "embedding": vector} for n, vector in enumerate(vectors)]
    return {"object": "list", "model": "test-vectors", "data": listed, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


class EmbeddingsServer:
    """`asked` are the texts of each request; `answer` and `headers` can be changed while it runs."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.answer: Answer = lambda texts: given([vector(text) for text in texts])
        self.status = 200
        self.headers: dict[str, str] = {}
        self.released = Event()
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
                served.asked.append(texts)
                answer = served.answer(texts)
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(served.status)
                for name, value in {"Content-Type": "application/json", **served.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the client has enough

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def texts(self) -> list[str]:
        """All texts asked for so far."""
        return [text for texts in self.asked for text in texts]

    def hang(self, texts: list[str]) -> Any:
        """An answer that is not given until the test is over."""
        self.released.wait(30)
        return given([])

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving_vectors() -> Iterator[EmbeddingsServer]:
    server = EmbeddingsServer()
    try:
        yield server
    finally:
        server.stop()
