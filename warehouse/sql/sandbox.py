"""Untrusted SQL in a process of its own: started at the first query, kept warm, ended when a query does not end.

DuckDB's own limits do not hold every statement: its interrupt is not heard inside some functions and planners, and its
memory limit does not count all memory. A process can be ended whatever it does.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any

from warehouse.errors import QueryError, SnapshotError
from warehouse.records import Rows
from warehouse.sql.limits import MAX_SQL, Limits, broke_off, took_too_long

GRACE_SECONDS = 1.5
"""Beyond a query's own limit, in which its interrupt may be heard; then the child is ended."""
PATIENCE_SECONDS = 20.0
"""How long a query waits for those before it."""
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "TZ")


GIVEN_UP: ContextVar[threading.Event | None] = ContextVar("given_up", default=None)
"""Set it to an event before a query whose answer may come to be of no use: once that is set, the query is ended."""
_TICK = 0.1
"""Seconds between two looks at it."""


class Sandbox:
    """One child process for all snapshots and threads of this one; safe to share."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._child: _Child | None = None
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._disown)

    def run(self, path: Path, sql: str, limits: Limits) -> Rows:
        """The rows of one statement on the database at `path`; see `QueryConnection.run`.

        Raises QueryError when the statement is refused, wrong or passes a limit, also one that only the end of the
        child could enforce; SnapshotError when the database is damaged.
        """
        if len(sql) > MAX_SQL or "\0" in sql:  # so a request always fits a pipe: writing it cannot block
            raise QueryError(f"the query is longer than {MAX_SQL:,} characters or holds a NUL; send a shorter one")
        request = json.dumps({"path": str(path), "sql": sql, "limits": asdict(limits)}).encode() + b"\n"
        self._await_turn()
        try:
            outcome = self._exchange(request, limits)
        finally:
            self._turn.release()
        if "rows" in outcome:
            return Rows(**outcome["rows"])
        if "snapshot_error" in outcome:
            raise SnapshotError(outcome["snapshot_error"])
        if "bug" in outcome:
            raise RuntimeError(f"the process that runs queries failed:\n{outcome['bug']}")
        raise QueryError(outcome["query_error"])

    def _await_turn(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._turn.acquire(timeout=_TICK):
            _unless_given_up()
            if time.monotonic() > until:
                raise QueryError("other queries are still running; try again in a moment")

    @property
    def pid(self) -> int | None:
        """Of the child, None while there is none."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """Ends the child; the next query starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _disown(self) -> None:
        """In a fork: the child answers the process that started it, and two writers would get each other's rows."""
        self._turn = threading.Lock()
        if self._child is not None:
            self._child.disown()
            self._child = None

    def _exchange(self, request: bytes, limits: Limits) -> dict[str, Any]:
        for _ in range(2):
            if self._child is None:
                self._child = _Child()
            try:
                line = self._child.answer(request, limits.seconds + GRACE_SECONDS)
            except queue.Empty as error:
                self.close()
                raise took_too_long(limits.seconds) from error
            except BaseException:  # Ctrl-C too: a child left in the middle would answer the wrong question next
                self.close()
                raise
            if line:
                outcome: dict[str, Any] = json.loads(line)
                return outcome
            if self._child.ended_by_itself:
                self.close()  # for want of questions, just as this one came: it was not read
                continue
            self.close()
            raise broke_off()
        raise QueryError("the query could not be run; try again")


class _Child:
    """The process, and the thread that waits for its answers."""

    def __init__(self) -> None:
        # Nothing of this process's environment but what a Python needs to start: no key is there to be found.
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))
        try:
            self._process = subprocess.Popen(
                # -P: else a file duckdb.py in the folder that the user happens to be in would be run.
                [sys.executable, "-P", "-X", "utf8", "-m", "warehouse.sql.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C is for this process
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise QueryError(
                f"no process can be started to run the query ({error.strerror}); end other ones"
            ) from error
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def answer(self, request: bytes, seconds: float) -> bytes:
        """The line that answers the request, b"" when the process has ended; raises queue.Empty after `seconds`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
        except OSError:  # a broken pipe: it has ended
            return b""
        until = time.monotonic() + seconds
        while True:
            try:
                return self._answers.get(timeout=_TICK)
            except queue.Empty:
                _unless_given_up()
                if time.monotonic() > until:
                    raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended_by_itself(self) -> bool:
        return self._process.wait() == 0

    def disown(self) -> None:
        """Lets go of the pipes without ending the process."""
        self._process.returncode = 0  # not ours to wait for
        nothing = os.open(os.devnull, os.O_RDWR)  # in the pipes' place: closing them could wait for a lost thread
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):  # closed already
                    os.dup2(nothing, pipe.fileno())
        os.close(nothing)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not read yet is of no use
                    pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(b"")


def _unless_given_up() -> None:
    given_up = GIVEN_UP.get()
    if given_up is not None and given_up.is_set():
        raise QueryError("the query was given up: nobody waits for its rows")


SHARED = Sandbox()
"""The one of this process."""
