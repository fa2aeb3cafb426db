"""The judge of a chaos run finds what is wrong: each part of the promise, broken by hand."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from smartward.bench.chaos.judge import ClockSet, Judge, Outage, Verdict
from smartward.bench.chaos.kiosk import Enrolled
from smartward.bench.chaos.ledger import Entry
from smartward.clinical.device import ScreenRole
from smartward.screen.kept import FILE

BED = Enrolled("bedside-0", ScreenRole.BEDSIDE, "bed-0", "")
SECOND = Enrolled("bedside-2", ScreenRole.BEDSIDE, "bed-0", "")
OTHER = Enrolled("bedside-1", ScreenRole.BEDSIDE, "bed-1", "")
STATION = Enrolled("station-0", ScreenRole.STATION, None, "")
MACHINES = (BED, SECOND, OTHER, STATION)
BEGAN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Story:
    """One bed calls at second 1, presses again at 2, is drawn, and is closed at 4."""

    def __init__(self) -> None:
        self.ledgers: dict[str, list[Entry]] = {one.id: [] for one in MACHINES}
        self.history: list[tuple[str, float, str | None, dict[str, Any] | None]] = []
        self.answers = {"place": "applied", "again": "applied", "close": "applied"}
        self.clock = [ClockSet(BEGAN - timedelta(hours=1), 0.0)]
        self.outages: list[Outage] = []
        self.counted_before: dict[str, set[str]] = {}
        self.touch(BED, "place", "call.place", "call", 1.0)
        self.touch(BED, "again", "call.again", "call", 2.0)
        self.ledgers[STATION.id].append(Entry("drawn", "call", 1.5))
        self.touch(BED, "close", "call.close", "call", 4.0)
        self.version(1.0, "place")
        self.version(2.0, "again", presses=2)
        self.version(4.0, "close", presses=2, closed_at=at(4.0))

    def touch(
        self, device: Enrolled, action: str, kind: str, subject: str, when: float, **more: Any
    ) -> None:
        entry = Entry("touch", action, when, at(when), kind, subject, **more)
        self.ledgers[device.id] += [entry, Entry("durable", action, when)]

    def version(self, when: float, action: str | None, id: str = "call", **changes: Any) -> None:
        body = {
            "id": id,
            "bed_id": "bed-0",
            "device_id": "bedside-0",
            "placed_at": at(1.0),
            "presses": 1,
            "closed_at": None,
        }
        self.history.append((id, when, action, body | changes))

    def verdict(self, folder: Path) -> Verdict:
        for id, entries in self.ledgers.items():
            lines = [msgspec.json.encode(one) + b"\n" for one in entries]
            (folder / f"{id}.ledger").write_bytes(b"".join(lines))
        db = sqlite3.connect(folder / "hub.sqlite")
        with db:
            db.execute("create table history (kind, id, at, action, body)")
            db.execute("create table answer (action, answer)")
            db.executemany(
                "insert into history values ('nurse_call', ?, ?, ?, ?)",
                [
                    (id, at(when), action, None if body is None else json.dumps(body))
                    for id, when, action, body in self.history
                ],
            )
            answers = [(id, json.dumps({"outcome": one})) for id, one in self.answers.items()]
            db.executemany("insert into answer values (?, ?)", answers)
        db.close()
        judge = Judge(folder, MACHINES, self.outages, self.clock, 5.0, self.counted_before)
        return judge.judge(folder / "hub.sqlite")


def at(when: float) -> str:
    return (BEGAN + timedelta(seconds=when)).isoformat()


def test_what_is_right_is_found_right(tmp_path: Path) -> None:
    verdict = Story().verdict(tmp_path)
    assert not verdict.broken
    assert (verdict.calls, verdict.presses, verdict.reach_s) == (1, 2, [0.5])


def lost(story: Story) -> None:
    story.touch(BED, "more", "call.place", "later", 5.0)


def doubled(story: Story) -> None:
    story.history.insert(2, story.history[1])
    story.history[2] = ("call", 2.1, "again", {**(story.history[1][3] or {}), "presses": 3})


def at_another_bed(story: Story) -> None:
    story.version(1.0, "place", "second", bed_id="bed-1", closed_at=at(4.0))


def moved(story: Story) -> None:
    story.history[1] = ("call", 2.0, "again", {**(story.history[1][3] or {}), "bed_id": "bed-1"})


def another_first_time(story: Story) -> None:
    story.version(5.0, "again", presses=2, closed_at=at(4.0), placed_at=at(2.0))


def first_time_of_a_wrong_clock(story: Story) -> None:
    story.history[0] = ("call", 1.0, "place", {**(story.history[0][3] or {}), "placed_at": at(90)})


def closed_by_another_bed(story: Story) -> None:
    story.ledgers[BED.id] = [one for one in story.ledgers[BED.id] if one.action != "close"]
    story.touch(OTHER, "close", "call.close", "call", 4.0)


def closed_by_nobody(story: Story) -> None:
    story.history[2] = ("call", 4.0, None, story.history[2][3])


def closed_by_who_tried(story: Story) -> None:
    story.ledgers[BED.id] = [one for one in story.ledgers[BED.id] if one.action != "close"]
    story.touch(BED, "close", "call.close", "call", 4.0, foreign=True)


def closed_what_was_pressed_later(story: Story) -> None:
    story.ledgers[BED.id] = [one for one in story.ledgers[BED.id] if one.action != "again"]
    story.touch(BED, "again", "call.again", "call", 4.5)


def open_again(story: Story) -> None:
    story.version(5.0, "again", presses=2)


def made_by_nobody(story: Story) -> None:
    story.version(5.0, None, "ghost", closed_at=at(5.0))


def never_drawn(story: Story) -> None:
    story.ledgers[STATION.id].clear()


def drawn_late(story: Story) -> None:
    story.ledgers[STATION.id] = [Entry("drawn", "call", 9.0)]


@pytest.mark.parametrize(
    "spoil, name",
    [
        (lost, "lost"),
        (doubled, "doubled"),
        (at_another_bed, "wrong_bed"),
        (moved, "wrong_bed"),
        (another_first_time, "first_time"),
        (first_time_of_a_wrong_clock, "first_time"),
        (closed_by_another_bed, "closed_wrongly"),
        (closed_by_nobody, "closed_wrongly"),
        (closed_by_who_tried, "closed_wrongly"),
        (closed_what_was_pressed_later, "closed_wrongly"),
        (open_again, "closed_wrongly"),
        (open_again, "left_open"),
        (made_by_nobody, "made_up"),
        (never_drawn, "late"),
        (drawn_late, "late"),
    ],
)
def test_what_is_wrong_is_found(tmp_path: Path, spoil: Callable[[Story], None], name: str) -> None:
    story = Story()
    spoil(story)
    verdict = story.verdict(tmp_path)
    assert verdict.broken
    assert getattr(verdict, name), verdict


@pytest.mark.parametrize(
    "apart, second, wrong", [(0.2, True, False), (0.3, True, True), (0.05, False, True)]
)
def test_what_two_machines_do_at_once_has_no_order(
    tmp_path: Path, apart: float, second: bool, wrong: bool
) -> None:
    story = Story()
    story.ledgers[BED.id] = [one for one in story.ledgers[BED.id] if one.action != "again"]
    story.touch(SECOND if second else BED, "again", "call.again", "call", 4.0 + apart)
    assert bool(story.verdict(tmp_path).closed_wrongly) is wrong


@pytest.mark.parametrize("apart, lost", [(0.2, False), (0.3, True)])
def test_a_press_at_once_with_the_end_at_another_machine_may_have_been_answered_by_it(
    tmp_path: Path, apart: float, lost: bool
) -> None:
    story = Story()
    story.touch(SECOND, "more", "call.place", "later", 4.0 + apart)
    story.answers["more"] = "gone"
    assert bool(story.verdict(tmp_path).lost) is lost


def test_an_outage_makes_no_call_late(tmp_path: Path) -> None:
    story = Story()
    drawn_late(story)
    story.outages = [Outage("hub_killed", 0.0, 3.0), Outage("unplugged", 2.0, 4.5)]
    verdict = story.verdict(tmp_path)
    assert not verdict.broken
    assert verdict.reach_s == [pytest.approx(4.5)]


@pytest.mark.parametrize(
    "of, late", [({BED.id}, False), ({BED.id, OTHER.id}, False), ({OTHER.id}, True), (set(), True)]
)
def test_an_outage_of_other_beds_makes_this_bed_s_call_late(
    tmp_path: Path, of: set[str], late: bool
) -> None:
    story = Story()
    drawn_late(story)
    story.outages = [Outage("unplugged", 1.0, 8.5, frozenset(of))]
    verdict = story.verdict(tmp_path)
    assert bool(verdict.late) is late
    assert verdict.reach_s == [pytest.approx(8.0 if late else 0.5)]


def test_an_outage_of_others_hides_none_of_the_bed_s_own(tmp_path: Path) -> None:
    """They overlap: what the others' took from the time is the bed's own outage all the same."""
    story = Story()
    drawn_late(story)
    story.outages = [
        Outage("unplugged", 0.0, 6.0, frozenset({OTHER.id})),
        Outage("hub_killed", 2.0, 6.0),
        Outage("screens_killed", 5.0, 7.0, frozenset({BED.id})),
    ]
    assert story.verdict(tmp_path).reach_s == [pytest.approx(3.0)]


@pytest.mark.parametrize(
    "drawn_as, drawn_at, late",
    [("before", 1.5, False), ("before", 0.5, False), ("before", 7.0, True), ("never", 0, True)],
)
def test_a_press_may_have_been_drawn_in_a_history_that_is_no_more(
    tmp_path: Path, drawn_as: str, drawn_at: float, late: bool
) -> None:
    """It had joined another call; what the restored hub was told again came in another order."""
    story = Story()
    drawn_late(story)
    story.ledgers[STATION.id].insert(0, Entry("drawn", "before", drawn_at))
    story.counted_before = {"place": {drawn_as}}
    assert bool(story.verdict(tmp_path).late) is late


def test_a_second_machine_that_was_shown_the_ward_is_found(tmp_path: Path) -> None:
    twin = replace(BED, state="twin")
    for kept, found in ((0, []), (3, ["twin keeps 3 documents"])):
        folder = tmp_path / str(kept)
        (folder / "twin").mkdir(parents=True)
        db = sqlite3.connect(folder / "twin" / FILE)
        with db:
            db.execute("create table mirror (id)")
            db.executemany("insert into mirror values (?)", [(n,) for n in range(kept)])
        db.close()
        assert Judge(folder, (twin,), (), (), 5.0).verdict.seen_by_second == found


def test_a_press_told_after_the_call_was_ended_is_answered(tmp_path: Path) -> None:
    story = Story()
    story.touch(BED, "late", "call.again", "call", 3.0)
    story.answers["late"] = "gone"
    verdict = story.verdict(tmp_path)
    assert not verdict.broken
    assert verdict.answered_already == 1


def test_a_press_after_the_end_that_is_answered_as_gone_is_lost(tmp_path: Path) -> None:
    story = Story()
    story.touch(BED, "late", "call.again", "call", 4.5)
    story.answers["late"] = "gone"
    assert story.verdict(tmp_path).lost


def test_the_hubs_clock_may_be_an_hour_off(tmp_path: Path) -> None:
    story = Story()
    story.clock.append(ClockSet(BEGAN - timedelta(minutes=1), 3600.0))
    story.history = [
        (id, when + 3600, action, body and {**body, "placed_at": at(3601.0)})
        for id, when, action, body in story.history
    ]
    assert not story.verdict(tmp_path).broken
