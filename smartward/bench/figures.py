"""Percentiles, the disk's own speed, and one line a figure with its limit."""

import os
import time
from collections.abc import Sequence
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie (nearest rank). Raises ValueError when empty."""
    if not values:
        raise ValueError("no values to take a percentile of")
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def fsync_ms(folder: Path, count: int = 200) -> list[float]:
    """Milliseconds of `count` single 4 KiB appends, each made durable with fdatasync."""
    block = os.urandom(4096)
    taken = []
    descriptor = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(count):
            start = time.perf_counter()
            os.write(descriptor, block)
            os.fdatasync(descriptor)
            taken.append((time.perf_counter() - start) * 1000)
    finally:
        os.close(descriptor)
    return taken


class Figures:
    """Prints figures beside their limits and remembers whether one was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def show(
        self, name: str, value: float, unit: str, limit: float | None = None, at_least: bool = False
    ) -> None:
        """One line. Without a limit it is information."""
        verdict = ""
        if limit is not None:
            good = value >= limit if at_least else value <= limit
            verdict = f"{'at least' if at_least else 'at most'} {limit:g} {unit}: " + (
                "ok" if good else "MISSED"
            )
            if not good:
                self.missed.append(name)
        print(f"{name:<52} {value:>10.2f} {unit:<6} {verdict}", flush=True)

    @property
    def exit_code(self) -> int:
        """0, or 1 when a limit was missed."""
        return 1 if self.missed else 0
