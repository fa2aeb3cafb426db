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


class Results:
    """A file of one line for each ward. Only wards in which nothing broke are in it."""

    def __init__(self, file: Path | None, run: dict[str, Any]) -> None:
        """`run`: all that a ward depends on beside its seed. Raises ValueError where the file is of
        another run, and OSError where it cannot be read."""
        self._file = file
        self._run = run
        self.found: dict[tuple[int, int], Found] = {}
        """By seed and calls."""
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
        found = Found(**told["found"], verdict=verdict)
        self.found[found.seed, found.calls] = found

    def add(self, found: Found) -> None:
        """One ward more."""
        self.found[found.seed, found.calls] = found
        if self._file is None:
            return
        with self._file.open("a") as file:
            file.write(json.dumps({"run": self._run, "found": dataclasses.asdict(found)}) + "\n")
