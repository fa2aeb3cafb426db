"""Logging: one line an event to standard error, ids instead of people, edges instead of repeats."""

import logging
import os
import sys
from datetime import UTC, datetime
from typing import ClassVar, TextIO

_SYSLOG = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}
"""Severities of RFC 5424, 6.2.1."""


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


class _ToJournal(logging.StreamHandler[TextIO]):
    """Each line says how severe it is, as sd-daemon(3) has it; the journal takes that off and
    passes it on, to a log server too. Nobody else who is told the line is told so: it has the
    word."""

    def format(self, record: logging.LogRecord) -> str:
        """The event, and its traceback."""
        return _for_journal(super().format(record), record.levelno)


def setup(program: str, level: str = "INFO") -> None:
    """Write `time level program logger message` lines to standard error."""
    handler = (_ToJournal if _is_journal(sys.stderr) else logging.StreamHandler)(sys.stderr)
    handler.setFormatter(Line(f"%(asctime)s %(levelname)s {program} %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Access lines of HTTP libraries carry URLs: they add nothing and could carry ids.
    for noisy in ("httpx", "httpcore", "uvicorn.access", "asyncio", "qasync"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def complain(text: str) -> None:
    """Say on standard error why a program ends: to the journal an error, as in a log line."""
    told = _for_journal(text, logging.ERROR) if _is_journal(sys.stderr) else text
    print(told, file=sys.stderr)


def _for_journal(text: str, level: int) -> str:
    severity = f"<{_SYSLOG.get(level, 6)}>"
    return "\n".join(severity + line for line in text.split("\n"))


def _is_journal(stream: TextIO) -> bool:
    """Whether the journal reads it: systemd tells its services which file that is."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file at all
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


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
