"""What was found of each ward of a long run, on the disk as soon as it is known: a run that was
ended goes on with the wards that are missing."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from smartward.bench.chaos.judge import Verdict


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found of one ward."""

    seed: int
    calls: int
    """How many were to be made."""
    took_s: float
    met: dict[str, int]
    verdict: Verdict
    stuck: str = ""
    """Why it was not driven to its end; empty where it was."""
    not_befallen: dict[str, int] = dataclasses.field(default_factory=dict)
    """Faults that could not be done."""
    refused_starts: int = 0
    """How often a hub noticed at its start that a page of its file was broken."""

    @property
    def broken(self) -> bool:
        """Whether any part of the promise did not hold, or nobody can say."""
        return self.verdict.broken or self.stuck != ""


class Results:
    """A file of one line for each ward, also for those in which something broke: no later run of
    the file forgets it."""

    def __init__(self, file: Path | None, run: dict[str, Any]) -> None:
        """`run`: all that a ward depends on beside its seed. Raises ValueError where the file is of
        another run, and OSError where it cannot be read."""
        self._file = file
        self._run = run
        self.found: dict[tuple[int, int], Found] = {}
        """By seed and calls."""
        self.again: set[tuple[int, int]] = set()
        """Wards in which something broke and that were driven again."""
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return  # the last line of a run that was cut off: its ward is driven again
        if told["run"] != self._run:
            raise ValueError(f"{self._file} is of another run: name another file, or delete it")
        verdict = Verdict(**told["found"].pop("verdict"))
        self._know(Found(**told["found"], verdict=verdict))

    def _know(self, found: Found) -> None:
        ward = found.seed, found.calls
        before = self.found.get(ward)
        if before is not None and before.broken:
            self.again.add(ward)
        self.found[ward] = found

    def add(self, found: Found) -> None:
        """One ward more."""
        self._know(found)
        if self._file is None:
            return
        with self._file.open("a") as file:
            file.write(json.dumps({"run": self._run, "found": dataclasses.asdict(found)}) + "\n")
