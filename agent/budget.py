"""What one question may cost, and the one way its work is told to stop."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one question; past each the answer is made of what has been found, and says so."""

    rounds: int = 6
    """Rounds of tool calls; then the model must answer with what it has."""
    tokens: int = 100_000
    """Tokens sent and received, estimated where the endpoint does not count; then no more tools are offered."""
    seconds: float = 150.0
    """Time until the caller gets an answer, finished or not (and at most a second or two more)."""


@dataclass
class Stop:
    """Whether a question's work must end: out of time, or cancelled from any thread."""

    seconds: float
    cancelled: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    def cancel(self) -> None:
        """Ends the work at its next step or token."""
        self.cancelled.set()

    @property
    def left(self) -> float:
        """Seconds until the deadline, 0 at the least."""
        return max(0.0, self._deadline - time.monotonic())

    @property
    def reason(self) -> str:
        """Why to stop, in words that follow "stopped"; "" while there is no reason."""
        if self.cancelled.is_set():
            return "when it was cancelled"
        return f"after {self.seconds:g} s" if self.left <= 0 else ""
