"""Logging: one line an event to standard error, ids instead of people, edges instead of repeats."""

import logging
import sys
from datetime import UTC, datetime
from typing import ClassVar


class Line(logging.Formatter):
    """One event, one line: what came from outside cannot begin another. A traceback follows it."""

    _ENDS: ClassVar[dict[int, str]] = {
        ord(end): repr(end)[1:-1] for end in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    }

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """UTC with milliseconds, as everything that is stored; of the machine, not of a demo."""
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, without what would end it."""
        return super().formatMessage(record).translate(self._ENDS)


def setup(program: str, level: str = "INFO") -> None:
    """Write `time level program logger message` lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(f"%(asctime)s %(levelname)s {program} %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Access lines of HTTP libraries carry URLs: they add nothing and could carry ids.
    for noisy in ("httpx", "httpcore", "uvicorn.access", "asyncio", "qasync"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class Edge:
    """Logs a link's edge down once, and its edge up once with the length of the gap."""

    def __init__(self, logger: logging.Logger, name: str) -> None:
        self._log = logger
        self._name = name
        self._down_since: float | None = None

    def down(self, at: float, why: str) -> None:
        """The link is down at monotonic second `at`; only the first of a run is logged."""
        if self._down_since is None:
            self._down_since = at
            self._log.warning("%s is down: %s", self._name, why)

    def up(self, at: float) -> None:
        """The link is up at monotonic second `at`."""
        if self._down_since is not None:
            self._log.warning("%s is up again after %.1f s", self._name, at - self._down_since)
            self._down_since = None
