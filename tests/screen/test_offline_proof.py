"""Proofs that a screen keeps for the time without its hub: hashed, bounded, counted."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from smartward.screen.offline_proof import FILE, MOST, OfflineProofs, badge_key
from smartward.screen.who_acts import NotProved, Proved
from smartward.wire.envelope import Identified, Identify, Person
from tests.fakes.fake_clock import MORNING

T = TypeVar("T")
NOW = MORNING
BADGE = Identify(badge="04AB-90417733")
PIN = Identify(staff_id="his.li", pin="40197733")
LOCK_S = 300.0


def found(who: str = "his.li", hours: float = 12, how: str = "badge") -> Identified:
    return Identified(
        person=Person(known=how, id=who, name="Li Min", family="Li", session="s1"),  # type: ignore[arg-type]  # one of the words that it may be
        role="nurse",
        until=NOW + timedelta(hours=8),
        offline_until=NOW + timedelta(hours=hours),
    )


class Proofs:
    """The proofs of one screen, over restarts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._open("screen-1")

    def _open(self, credential: str) -> None:
        key = badge_key(credential)
        self.proofs = OfflineProofs(
            self.path, credential, key, tries=3, lock_s=LOCK_S, longest_h=12
        )

    def again(self, credential: str = "screen-1") -> None:
        self.proofs.close()
        self._open(credential)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(_awaited(work))

    def keep(self, ask: Identify, who: Identified) -> None:
        self.do(self.proofs.keep(ask, who, NOW))

    def check(self, ask: Identify, after_s: float = 0) -> Proved | NotProved | None:
        return self.do(self.proofs.check(ask, NOW + timedelta(seconds=after_s)))


async def _awaited(work: Coroutine[Any, Any, T]) -> T:
    return await work


@pytest.fixture
def proofs(tmp_path: Path):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    made = Proofs(tmp_path)
    yield made
    made.proofs.close()


def locked_until(answer: object) -> datetime:
    assert isinstance(answer, NotProved)
    assert answer.key == "identity.refused.locked"
    return datetime.fromisoformat(str(answer.values["until"]))


def test_whom_the_hub_has_believed_the_screen_believes_too(proofs: Proofs) -> None:
    proofs.keep(BADGE, found())
    proofs.keep(PIN, found(how="pin"))
    proofs.again()
    by_badge = proofs.check(Identify(badge=" 04ab-90417733"))
    assert isinstance(by_badge, Proved)
    assert by_badge.person == Person(
        known="badge", id="his.li", name="Li Min", family="Li", session="offline"
    )
    assert by_badge.until == NOW + timedelta(hours=12)
    by_pin = proofs.check(PIN)
    assert isinstance(by_pin, Proved)
    assert by_pin.person.known == "pin"


def test_who_never_proved_themselves_here_is_not_known(proofs: Proofs) -> None:
    assert proofs.check(PIN) is None
    assert proofs.check(BADGE) is None
    proofs.keep(PIN, found(how="pin"))
    assert proofs.check(BADGE) is None, "a PIN tells nothing of a badge"
    assert proofs.check(Identify(staff_id="his.wang", pin="40197733")) is None


def test_it_holds_only_for_its_time(proofs: Proofs) -> None:
    proofs.keep(BADGE, found(hours=12))
    assert isinstance(proofs.check(BADGE, 12 * 3600 - 1), Proved)
    assert proofs.check(BADGE, 12 * 3600) is None
    proofs.keep(PIN, found(hours=0))
    assert proofs.check(PIN) is None, "a hub that allows none"


def test_nothing_of_badge_or_pin_is_on_the_disk(proofs: Proofs) -> None:
    proofs.keep(BADGE, found())
    proofs.keep(PIN, found(how="pin"))
    proofs.proofs.close()
    files = sorted(proofs.path.parent.iterdir())
    assert proofs.path in files
    for file in files:
        assert file.stat().st_mode & 0o077 == 0, file.name
        content = file.read_bytes().lower()
        assert b"90417733" not in content
        assert b"40197733" not in content
    assert b"argon2id" in proofs.path.read_bytes()


def test_wrong_ones_lock_the_person_and_a_restart_does_not_help(proofs: Proofs) -> None:
    proofs.keep(PIN, found(how="pin"))
    wrong = Identify(staff_id="his.li", pin="1111")
    assert proofs.check(wrong) == NotProved("identity.refused.pin")
    assert proofs.check(wrong) == NotProved("identity.refused.pin")
    proofs.again()
    assert locked_until(proofs.check(wrong)) == NOW + timedelta(seconds=LOCK_S)
    assert locked_until(proofs.check(PIN, 10)) == NOW + timedelta(seconds=LOCK_S)
    assert isinstance(proofs.check(PIN, LOCK_S), Proved)


def test_a_right_one_begins_the_count_anew(proofs: Proofs) -> None:
    proofs.keep(PIN, found(how="pin"))
    wrong = Identify(staff_id="his.li", pin="1111")
    for _ in range(3):
        proofs.check(wrong)
        proofs.check(wrong)
        assert isinstance(proofs.check(PIN), Proved)


def test_unknown_badges_lock_the_reader_for_unknown_ones_only(proofs: Proofs) -> None:
    """Anybody in the corridor may hold a bank card before a reader: no nurse is kept out by it."""
    proofs.keep(BADGE, found())
    proofs.keep(PIN, found(how="pin"))
    for _ in range(2):
        assert proofs.check(Identify(badge="99999999")) == NotProved("identity.refused.badge")
    locked_until(proofs.check(Identify(badge="99999999")))
    locked_until(proofs.check(Identify(badge="88888888"), LOCK_S - 1))
    assert isinstance(proofs.check(PIN), Proved)
    assert isinstance(proofs.check(BADGE), Proved)
    assert proofs.check(Identify(badge="99999999")) == NotProved("identity.refused.badge")


def test_badges_cost_no_slow_hash(proofs: Proofs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pile of unknown badges at the reader must not hold up the one that is known."""
    from smartward.screen import offline_proof

    def slow(*_: str) -> str:
        raise AssertionError("the slow hash was asked for a badge")

    monkeypatch.setattr(offline_proof, "hash_pin", slow)
    monkeypatch.setattr(offline_proof, "pin_matches", slow)
    proofs.keep(BADGE, found())
    proofs.keep(Identify(badge="B2"), found("his.wang"))
    proofs.do(proofs.proofs.refused(Identify(badge="unknown")))
    assert isinstance(proofs.check(BADGE), Proved)
    proofs.do(proofs.proofs.refused(BADGE))
    assert proofs.check(BADGE) == NotProved("identity.refused.badge")
    other = proofs.check(Identify(badge="b2"))
    assert isinstance(other, Proved)
    assert other.person.id == "his.wang"


def test_another_badge_of_a_person_takes_the_place_of_the_first(proofs: Proofs) -> None:
    proofs.keep(BADGE, found())
    proofs.keep(Identify(badge="new"), found())
    assert isinstance(proofs.check(Identify(badge="new")), Proved)
    assert proofs.check(BADGE) == NotProved("identity.refused.badge")


def test_a_clock_that_was_set_back_locks_nobody_for_longer(proofs: Proofs) -> None:
    proofs.keep(PIN, found(how="pin"))
    for _ in range(3):
        proofs.check(Identify(staff_id="his.li", pin="1111"))
    assert isinstance(proofs.check(PIN, -3600), Proved)


def test_a_clock_that_was_set_back_makes_nobody_believed_for_longer(proofs: Proofs) -> None:
    proofs.keep(BADGE, found(hours=12))
    assert isinstance(proofs.check(BADGE, 11 * 3600), Proved)
    assert isinstance(proofs.check(BADGE, 3600), Proved), "set back: still in its time"
    assert proofs.check(PIN, 12 * 3600) is None
    proofs.again()
    assert proofs.check(BADGE, 3600) is None, "its time was over before"
    proofs.keep(BADGE, found(hours=12))
    assert isinstance(proofs.check(BADGE, 3600), Proved), "the hub's time is the truth"


def test_nobody_is_believed_for_longer_than_this_screen_is_set_to(proofs: Proofs) -> None:
    proofs.keep(BADGE, found(hours=1000))
    assert isinstance(proofs.check(BADGE, 12 * 3600 - 1), Proved)
    assert proofs.check(BADGE, 12 * 3600) is None


def test_what_the_hub_refuses_is_not_believed_without_it(proofs: Proofs) -> None:
    """A PIN was changed: with the first word of it that the hub speaks the old one is over."""
    proofs.keep(BADGE, found())
    proofs.keep(PIN, found(how="pin"))
    proofs.do(proofs.proofs.refused(Identify(staff_id="his.li", pin="1111")))
    assert isinstance(proofs.check(PIN), Proved), "a slip of a finger takes nothing away"
    proofs.do(proofs.proofs.refused(PIN))
    assert proofs.check(PIN) is None
    assert isinstance(proofs.check(BADGE), Proved), "of the badge nothing was said"


def test_a_new_pin_replaces_the_old_one(proofs: Proofs) -> None:
    proofs.keep(PIN, found(how="pin"))
    proofs.keep(Identify(staff_id="his.li", pin="5555"), found(how="pin"))
    assert proofs.check(PIN) == NotProved("identity.refused.pin")


def test_who_left_and_another_screens_people_are_forgotten(proofs: Proofs) -> None:
    proofs.keep(PIN, found(how="pin"))
    proofs.do(proofs.proofs.forget("his.li"))
    assert proofs.check(PIN) is None
    proofs.keep(PIN, found(how="pin"))
    proofs.again(credential="another screen")
    assert proofs.check(PIN) is None
    proofs.keep(PIN, found(how="pin"))
    proofs.do(proofs.proofs.forget())
    assert proofs.check(PIN) is None


def test_only_so_many_are_kept(proofs: Proofs, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartward.screen import offline_proof

    # The true hash is slow on purpose.
    monkeypatch.setattr(offline_proof, "hash_pin", lambda pin: f"h:{pin}")
    monkeypatch.setattr(offline_proof, "pin_matches", lambda kept, pin: kept == f"h:{pin}")
    for number in range(MOST + 3):
        ask = Identify(staff_id=f"p{number}", pin="4019")
        at = NOW + timedelta(seconds=number)
        proofs.do(proofs.proofs.keep(ask, found(f"p{number}", how="pin"), at))
    assert proofs.check(Identify(staff_id="p2", pin="4019")) is None
    assert isinstance(proofs.check(Identify(staff_id="p3", pin="4019")), Proved)


@pytest.mark.expects_log("cannot be used", "begun anew")
def test_a_broken_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 100)
    proofs = Proofs(tmp_path)
    assert proofs.check(PIN) is None
    proofs.keep(PIN, found(how="pin"))
    assert isinstance(proofs.check(PIN), Proved)
    proofs.proofs.close()


@pytest.mark.expects_log("cannot be used")
def test_without_a_disk_nobody_is_believed_offline(tmp_path: Path) -> None:
    proofs = Proofs(tmp_path / "no such folder")
    proofs.keep(PIN, found(how="pin"))
    assert proofs.check(PIN) is None
    proofs.proofs.close()
