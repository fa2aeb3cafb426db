"""Logging: one line an event to standard error, ids instead of people, edges instead of repeats."""

import logging
import sys


def setup(program: str, level: str = "INFO") -> None:
    """Write `time level program logger message` lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter(
            f"%(asctime)s.%(msecs)03d %(levelname)s {program} %(name)s %(message)s",
            datefmt="%Y-%m-%dT%H:%M:%S",
        )
    )
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
