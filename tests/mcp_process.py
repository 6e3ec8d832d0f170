"""`bounded mcp --http` as a process of its own, on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class McpProcess:
    """A running server: where it serves, what it logged, and how it ends."""

    def __init__(self, home: Path, host: str, *options: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agent", "mcp", "--http", f"{host}:0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            env={**os.environ, "BOUNDED_HOME": str(home), **environment},
        )
        assert self.process.stderr is not None
        first = self.process.stderr.readline()
        address = re.search(r"serving MCP at http://.+:(\d+)/mcp", first)
        assert address, first
        self.base = f"http://127.0.0.1:{address[1]}"
        self.url = f"{self.base}/mcp"
        self.log: list[str] = []
        self._reader = threading.Thread(target=self.log.extend, args=(self.process.stderr,), daemon=True)
        self._reader.start()

    def end(self) -> tuple[int, str]:
        """Exit code and standard output after SIGTERM."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        code = self.process.wait(timeout=30)
        self._reader.join(timeout=10)
        printed = self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()  # type: ignore[union-attr]  # asserted above
        return code, printed


@contextmanager
def mcp_over_http(home: Path, host: str = "127.0.0.1", *options: str, **environment: str) -> Iterator[McpProcess]:
    server = McpProcess(home, host, *options, **environment)
    try:
        yield server
    finally:
        server.end()
