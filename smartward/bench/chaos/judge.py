"""What became of every press: the ledgers of the beds against the hub's own history.

It reads the hub's file by itself, with nothing of the hub's code: one row of the history for each
version of each call, with the touch that brought it about.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from smartward.bench.chaos.kiosk import Enrolled
from smartward.bench.chaos.ledger import Entry, read
from smartward.screen.kept import FILE
from smartward.wire.envelope import ActionKind

PRESSES = (ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN)
TIME_S = 10.0
"""By how much a call's first time may differ from its press: a request is under way for so long at
most that the screen cannot tell, in seconds."""
TOGETHER_S = 0.25
"""Touches of two machines that are nearer than this, in seconds, have no order: neither knows the
hub's time better. Those of one machine always have theirs."""
_EDGE = timedelta(seconds=2)


@dataclass(frozen=True)
class Outage:
    """From when to when something was broken, in monotonic seconds."""

    name: str
    began: float
    ended: float
    of: frozenset[str] | None = None
    """For whose calls: devices by their folders. None: for all, as when it was the hub's."""


@dataclass(frozen=True)
class ClockSet:
    """From `since` (true time) on the hub's clock was ahead by `ahead_s`."""

    since: datetime
    ahead_s: float


@dataclass
class Verdict:
    """What was found. Each list names actions or calls."""

    calls: int = 0
    presses: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_bed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    first_time: list[str] = field(default_factory=list)
    closed_wrongly: list[str] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
    seen_by_second: list[str] = field(default_factory=list)
    """Second machines with a bed's identity that were shown anything of the ward."""
    not_taken: int = 0
    """Touches of which the person was told at once that the screen's disk did not take them."""
    taken_after_all: int = 0
    """Of those, the ones that reached the hub: the disk had them although it said no."""
    answered_already: int = 0
    """Presses the hub heard of only after somebody who came later had ended the call."""
    trespasses: int = 0
    """Attempts to close another bed's call; none may succeed."""
    reach_s: list[float] = field(default_factory=list)
    """Seconds from each call's press to a station's page, its own outages not counted."""
    worst_time_s: float = 0.0

    FAILURES = (
        "lost", "doubled", "wrong_bed", "late", "first_time", "closed_wrongly", "made_up",
        "left_open", "seen_by_second",
    )  # fmt: skip

    @property
    def broken(self) -> bool:
        """Whether any part of the promise did not hold."""
        return any(getattr(self, name) for name in self.FAILURES)

    def add(self, other: "Verdict") -> None:
        """Count another round in."""
        for name in self.FAILURES:
            getattr(self, name).extend(getattr(other, name))
        for name in (
            "calls", "presses", "not_taken", "taken_after_all", "answered_already", "trespasses",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reach_s += other.reach_s
        self.worst_time_s = max(self.worst_time_s, other.worst_time_s)


@dataclass(frozen=True)
class _Touch:
    device: Enrolled
    entry: Entry

    def after(self, other: "_Touch") -> bool:
        """Whether it was surely touched after the other."""
        apart = self.entry.at - other.entry.at
        return apart > (0.0 if self.device == other.device else TOGETHER_S)


class Judge:
    """Judges one round."""

    def __init__(
        self,
        folder: Path,
        devices: Iterable[Enrolled],
        outages: Sequence[Outage],
        clock: Sequence[ClockSet],
        late_s: float,
        counted_before: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        """`counted_before`: for actions of histories that were thrown away for a backup the calls
        that they changed there. A station may have drawn a press as one of those."""
        self._counted_before = counted_before or {}
        self._outages = sorted(outages, key=lambda one: one.began)
        self._clock = clock
        self._late_s = late_s
        self._touches: dict[str, _Touch] = {}
        self._durable: set[str] = set()
        self._not_taken: set[str] = set()
        self._drawn: dict[str, float] = {}
        self.verdict = Verdict()
        for device in devices:
            self._read(device, folder / f"{device.folder}.ledger")
            if device.state:
                self._look_at_second(folder / device.folder / FILE)
        self._calls: dict[str, dict[str, Any]] = {}
        self._counted: Counter[str] = Counter()
        self._asked: dict[str, list[_Touch]] = {}
        self._ends: dict[str, list[_Touch]] = {}

    def _look_at_second(self, cache: Path) -> None:
        db = sqlite3.connect(f"file:{cache}?mode=ro", uri=True)
        try:
            kept = db.execute("select count(*) from mirror").fetchone()[0]
        finally:
            db.close()
        if kept:
            self.verdict.seen_by_second.append(f"{cache.parent.name} keeps {kept} documents")

    def _read(self, device: Enrolled, path: Path) -> None:
        for entry in read(path):
            if entry.told == "touch":
                self._touches[entry.action] = _Touch(device, entry)
            elif entry.told == "durable":
                self._durable.add(entry.action)
            elif entry.told == "not_taken":
                self._not_taken.add(entry.action)
            else:
                at = min(entry.at, self._drawn.get(entry.action, entry.at))
                self._drawn[entry.action] = at

    def judge(self, file: Path) -> Verdict:
        """Go through the history of the hub whose file this is."""
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            for id, at, action, body in db.execute(
                "select id, at, action, body from history where kind = 'nurse_call' order by rowid"
            ):
                self._version(id, datetime.fromisoformat(at), action, body)
            answers = {
                action: json.loads(answer)["outcome"]
                for action, answer in db.execute("select action, answer from answer")
            }
        finally:
            db.close()
        self._every_press(answers)
        self._at_the_end()
        return self.verdict

    # ------------------------------------------------------------------------ version by version

    def _version(self, id: str, at: datetime, action: str | None, body: bytes | None) -> None:
        if body is None:
            if self._calls.pop(id, {"closed_at": None})["closed_at"] is None:
                self.verdict.lost.append(f"call {id} was deleted while it was open")
            return
        now, was = json.loads(body), self._calls.get(id)
        touch = None if action is None else self._touches.get(action)
        pressed = now["presses"] - (0 if was is None else was["presses"])
        if was is None:
            self._new(now, at, touch)
        else:
            self._same(now, was)
        if pressed:
            self._pressed(now, pressed, touch)
        if now["closed_at"] is not None and (was is None or was["closed_at"] is None):
            self._closed(now, touch)
        self._calls[id] = now

    def _new(self, call: dict[str, Any], at: datetime, touch: _Touch | None) -> None:
        self.verdict.calls += 1
        if touch is None or touch.entry.kind not in PRESSES:
            self.verdict.made_up.append(f"call {call['id']} was made by no press")
            return
        if (call["bed_id"], call["device_id"]) != (touch.device.place, touch.device.id):
            self.verdict.wrong_bed.append(f"call {call['id']} at {call['bed_id']}")
        off = self._off(datetime.fromisoformat(call["placed_at"]), at, touch)
        if off is None or off > TIME_S:
            self.verdict.first_time.append(f"call {call['id']} is off by {off} s")
        else:
            self.verdict.worst_time_s = max(self.verdict.worst_time_s, off)
        self._reached(call["id"], touch)

    def _same(self, now: dict[str, Any], was: dict[str, Any]) -> None:
        if now["bed_id"] != was["bed_id"]:
            self.verdict.wrong_bed.append(f"call {now['id']} went to {now['bed_id']}")
        if now["placed_at"] != was["placed_at"]:
            self.verdict.first_time.append(f"call {now['id']} has another first time")
        if was["closed_at"] is not None and now["closed_at"] is None:
            self.verdict.closed_wrongly.append(f"call {now['id']} is open again")

    def _pressed(self, call: dict[str, Any], by: int, touch: _Touch | None) -> None:
        if touch is None or touch.entry.kind not in PRESSES or by != 1:
            self.verdict.made_up.append(f"{by} presses of call {call['id']} are nobody's")
            return
        self._counted[touch.entry.action] += 1
        self._asked.setdefault(call["id"], []).append(touch)
        if touch.device.place != call["bed_id"]:
            self.verdict.wrong_bed.append(f"press {touch.entry.action} at {call['bed_id']}")

    def _closed(self, call: dict[str, Any], touch: _Touch | None) -> None:
        if (
            touch is None
            or touch.entry.foreign
            or touch.entry.kind != ActionKind.CALL_CLOSE
            or touch.device.place != call["bed_id"]
        ):
            self.verdict.closed_wrongly.append(f"call {call['id']} was closed by none who may")
            return
        self._ends.setdefault(call["bed_id"], []).append(touch)
        for press in self._asked.get(call["id"], ()):
            if press.after(touch):
                self.verdict.closed_wrongly.append(f"{press.entry.action} was pressed after it")

    def _off(self, placed: datetime, at: datetime, touch: _Touch) -> float | None:
        """By how many seconds a call's first time differs from its press, the hub's clock being as
        it was then; None where it was never so."""
        true = datetime.fromisoformat(touch.entry.wall)
        found = [
            abs((placed - ahead - true).total_seconds())
            for ahead in {timedelta(seconds=one.ahead_s) for one in self._clock}
            if self._was_ahead(at - ahead, ahead)
        ]
        return min(found, default=None)

    def _was_ahead(self, when: datetime, by: timedelta) -> bool:
        for n, one in enumerate(self._clock):
            until = self._clock[n + 1].since if n + 1 < len(self._clock) else None
            begun = timedelta(seconds=one.ahead_s) == by and one.since - _EDGE <= when
            if begun and (until is None or when <= until + _EDGE):
                return True
        return False

    def _reached(self, call: str, touch: _Touch) -> None:
        known = (call, *self._counted_before.get(touch.entry.action, ()))
        drawn = min((self._drawn[one] for one in known if one in self._drawn), default=None)
        if drawn is None:
            self.verdict.late.append(f"call {call} was never drawn")
            return
        pressed = touch.entry.at
        took = drawn - pressed - self._out(touch.device, pressed, drawn)
        self.verdict.reach_s.append(max(took, 0.0))
        if took > self._late_s:
            self.verdict.late.append(
                f"call {call} of {touch.device.folder}, pressed at {pressed:.3f}, took {took:.1f} s"
            )

    def _out(self, device: Enrolled, since: float, until: float) -> float:
        """For how many seconds between these two something was broken for this device's calls."""
        total, reached = 0.0, since
        for one in self._outages:
            if one.of is not None and device.folder not in one.of:
                continue
            began, ended = max(one.began, reached), min(one.ended, until)
            if ended > began:
                total, reached = total + ended - began, ended
        return total

    # ------------------------------------------------------------------------- press by press

    def _every_press(self, answers: dict[str, str]) -> None:
        told = self.verdict
        for action, touch in self._touches.items():
            if touch.entry.foreign:
                told.trespasses += 1
            if touch.entry.kind not in PRESSES:
                continue
            told.presses += 1
            count = self._counted[action]
            if count > 1:
                told.doubled.append(f"{action} counts {count} times")
            if action in self._not_taken:
                told.not_taken += 1
                told.taken_after_all += count
            if count or action not in self._durable:
                continue
            ends = self._ends.get(touch.device.place or "", [])
            if answers.get(action) == "gone" and any(not touch.after(end) for end in ends):
                told.answered_already += 1
            else:
                told.lost.append(f"{action} of {touch.device.id}: {answers.get(action)}")

    def _at_the_end(self) -> None:
        for id, call in self._calls.items():
            if call["closed_at"] is None:
                self.verdict.left_open.append(f"call {id}")
