"""The child process: reads requests from standard input, runs each within the limits, writes each outcome.

One JSON document a line, both ways. What the engine cannot bound by itself is bounded here by the operating system
where it can: address space, processor time, file size. The parent (`sandbox.py`) ends a child that does not answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import traceback
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

from warehouse.errors import QueryError, SnapshotError
from warehouse.records import Rows
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
_ROWS = [field.name for field in fields(Rows)]


def serve(requests: BinaryIO, outcomes: BinaryIO) -> None:
    """Answers until the requests end or none comes for a while."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
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
                fresh = QueryConnection(Path(opened), watchdog)
                _bound_memory()
                connection = fresh  # only now: no query runs on one that is not bounded
            _bound_time(request["limits"]["seconds"])
            rows = connection.run(request["sql"], Limits(**request["limits"]))
            outcome = {"rows": {name: getattr(rows, name) for name in _ROWS}}  # asdict would copy every cell
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


def _receive(requests: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in requests:
        lines.put(line)
    os._exit(0)  # the parent is gone: whatever runs, nobody waits for it


def _bound_memory() -> None:
    """Lowers the address space the system gives this process, before queries grow it, and lets it write no file."""
    try:
        import resource
    except ImportError:
        return  # Windows: the engine's own memory limit must do
    _lower(resource.RLIMIT_FSIZE, 0)
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text(encoding="ascii").split()[0])
        most, before = pages * resource.getpagesize() + _EXTRA_BYTES, resource.getrlimit(resource.RLIMIT_AS)[0]
        if before == resource.RLIM_INFINITY or most < before:
            _lower(resource.RLIMIT_AS, most)


def _bound_time(seconds: float) -> None:
    """Lowers the processor time the system gives this process, to what one more query may take."""
    try:
        import resource
    except ImportError:
        return  # Windows: the parent's deadline must do
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + int(seconds) * 2 + _CPU_SECONDS)


def _lower(kind: int, soft: int) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):  # a system that does not know this limit keeps the others
        resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.flush()
    os._exit(0)  # the engine's own farewell would cost time
