"""The child process: reads requests from standard input, runs each within the limits, writes each outcome.

One JSON document a line, both ways. What the engine cannot bound by itself is bounded here by the operating system
where it can: address space, processor time, file size. The parent (`sandbox.py`) ends a child that does not answer.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from warehouse.errors import QueryError, SnapshotError
from warehouse.sql.limits import Limits, out_of_memory
from warehouse.sql.query import QueryConnection, Watchdog

IDLE_SECONDS = 300.0
"""A child that is not asked anything ends; the next question starts another."""
_EXTRA_BYTES = 450_000_000
"""Address space a query may take beyond what the started child has."""
_MESSAGE = 4_000
"""Characters of an explanation, which may repeat the query."""
_CPU_SECONDS = 5
"""Processor time beyond a query's own limit after which the system ends the child, should nobody else."""


def serve(requests: BinaryIO, outcomes: BinaryIO) -> None:
    """Answers until the requests end or none comes for a while."""
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_receive, args=(requests, lines), daemon=True).start()
    watchdog = Watchdog()
    connection: QueryConnection | None = None
    opened = ""
    while True:
        try:
            request = json.loads(lines.get(timeout=IDLE_SECONDS))
        except queue.Empty:
            return
        outcome: dict[str, Any]
        try:
            if connection is None or request["path"] != opened:
                if connection is not None:
                    connection.close()
                connection, opened = None, request["path"]
                connection = QueryConnection(Path(opened), watchdog)
            _bound(request["limits"]["seconds"])
            outcome = {"rows": asdict(connection.run(request["sql"], Limits(**request["limits"])))}
        except QueryError as error:
            outcome = {"query_error": str(error)[:_MESSAGE]}
        except SnapshotError as error:
            connection, outcome = None, {"snapshot_error": str(error)}
        except MemoryError:
            outcome = {"query_error": str(out_of_memory())}
        except Exception:  # a bug: told to the parent, which raises it there
            outcome = {"bug": traceback.format_exc()}
        outcomes.write(json.dumps(outcome, ensure_ascii=True).encode() + b"\n")
        outcomes.flush()


def _receive(requests: BinaryIO, lines: queue.Queue[bytes]) -> None:
    for line in requests:
        lines.put(line)
    os._exit(0)  # the parent is gone: whatever runs, nobody waits for it


def _bound(seconds: float) -> None:
    """Lowers what the system gives this process, once for memory and files, for each query for time."""
    try:
        import resource
    except ImportError:
        return  # Windows: the parent's deadline and the engine's own memory limit must do
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    wanted = [(resource.RLIMIT_CPU, spent + int(seconds) * 2 + _CPU_SECONDS), (resource.RLIMIT_FSIZE, 0)]
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text(encoding="ascii").split()[0])
        most, before = pages * resource.getpagesize() + _EXTRA_BYTES, resource.getrlimit(resource.RLIMIT_AS)[0]
        if before == resource.RLIM_INFINITY or most < before:
            wanted.append((resource.RLIMIT_AS, most))
    for kind, soft in wanted:
        try:
            resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))
        except (ValueError, OSError):
            continue  # a system that does not know this limit keeps the others


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.flush()
    os._exit(0)  # the engine's own farewell would cost time
