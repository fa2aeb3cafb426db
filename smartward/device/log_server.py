"""Whether a device's log goes to the hospital's log server, where an image's device.toml names one.

The image's own program tries it (packaging/image.md, "The log server") and leaves why it does not
go there in a file: this program may not read the system's journal.
"""

import logging
import re
from pathlib import Path

from smartward.clock import Clock
from smartward.device.fault_keys import LOG_FAULT
from smartward.device.fault_watch import FaultWatch
from smartward.device.kernel import read

log = logging.getLogger("smartward.security")

_WHY = "run/smartward-log-server/why"
_WORD = re.compile(r"[a-z]{1,20}", re.ASCII)


class LogServerWatch(FaultWatch):
    """Reads that file; tells each other reason once."""

    def __init__(self, clock: Clock, root: Path = Path("/")) -> None:
        super().__init__(clock)
        self._file = root / _WHY
        self._word = ""
        """Why it does not go there."""

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong now."""
        return frozenset({LOG_FAULT} if self._word else ())

    def look(self) -> None:
        """Once."""
        told = read(self._file).strip()
        word = told if _WORD.fullmatch(told) else ""
        if word and word != self._word:
            log.error("SW-1106 severity=error event=log.server why=%s", word)
        self._word = word
