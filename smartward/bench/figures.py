"""Percentiles, the disk's own speed, and one line a figure with its limit."""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

_KEPT: ContextVar[list[dict[str, Any]] | None] = ContextVar("_KEPT", default=None)


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


@contextlib.contextmanager
def kept(file: Path | None) -> Iterator[None]:
    """Write all figures shown meanwhile into this file: a list of name, value, unit, and where
    there is a limit `limit`, `at_least` and `ok`. None: nowhere. Raises OSError before anything is
    measured where the file cannot be written."""
    if file is None:
        yield
        return
    rows: list[dict[str, Any]] = []
    with file.open("w", encoding="utf-8") as written:
        token = _KEPT.set(rows)
        try:
            yield
        finally:
            _KEPT.reset(token)
            json.dump(rows, written, indent=1)
            written.write("\n")


class Figures:
    """Prints figures beside their limits and remembers whether one was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def show(
        self, name: str, value: float, unit: str, limit: float | None = None, at_least: bool = False
    ) -> None:
        """One line. Without a limit it is information."""
        verdict = ""
        row: dict[str, Any] = {"name": name, "value": value, "unit": unit}
        if limit is not None:
            good = value >= limit if at_least else value <= limit
            row |= {"limit": limit, "at_least": at_least, "ok": good}
            verdict = f"{'at least' if at_least else 'at most'} {limit:g} {unit}: " + (
                "ok" if good else "MISSED"
            )
            if not good:
                self.missed.append(name)
        rows = _KEPT.get()
        if rows is not None:
            rows.append(row)
        print(f"{name:<52} {value:>10.2f} {unit:<6} {verdict}", flush=True)

    @property
    def exit_code(self) -> int:
        """0, or 1 when a limit was missed."""
        return 1 if self.missed else 0
