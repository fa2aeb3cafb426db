"""The audit told to the hospital system: once each, late at worst, and nothing waits for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
from smartward.clinical.his_write import WriteKind
from smartward.clinical.rules import RuleSettings
from smartward.config import Settings
from smartward.errors import Refused, SmartWardError, Unreachable
from smartward.his.fhir.exchange import (
    CapabilityStatement,
    Interaction,
    RestResource,
    RestServer,
    SearchParam,
)
from smartward.his.fhir.writing import write_audit
from smartward.his.fhir.writing_offer import AuditWay, audit_way
from smartward.his.port import HisPort
from smartward.hub import audit
from smartward.hub.deciding import Decider
from smartward.hub.store.base import Tx
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.fakes.fake_his import FakeHis
from tests.his.hospital import Hospital, patient, stay
from tests.hub.test_audit import check_event

pytestmark = pytest.mark.anyio

W = "ward"
LI = Actor(device_id="d1", person_id="p1", name="李红", family="李", known="badge")


class House:
    """A store with its deciding part, and a HIS that may end and begin anew."""

    def __init__(self, path: Path, his: Callable[[ManualClock], HisPort]) -> None:
        self.path = path
        self.clock = ManualClock()
        self._his = his

    @asynccontextmanager
    async def running(self) -> AsyncIterator["House"]:
        """The hub runs, from start to end."""
        self.his = self._his(self.clock)
        self.store = SqliteStore.open(self.path, self.clock)
        self.decider = Decider(self.store, self.clock, Settings(), self.his, RuleSettings())
        await self.decider.start()
        try:
            yield self
        finally:
            await self.decider.stop()
            self.store.close()

    async def do(self, *subjects: str) -> None:
        """Somebody does something about these."""

        def write(tx: Tx) -> None:
            for subject in subjects:
                about = About(kind="bed", id=subject, encounter="his.e1")
                audit.record(tx, W, LI, "sheet.open", about)

        await self.store.write(write)

    async def until(self, met: Callable[[], bool | Awaitable[bool]], pass_s: float = 5) -> None:
        """Let time pass until it is so."""
        async with asyncio.timeout(20):
            while not met():
                self.clock.advance(pass_s)
                for _ in range(20):
                    await self.store.read(lambda reader: None)

    @property
    def state(self) -> tuple[str, int, int]:
        found = self.decider.write_back
        assert found is not None
        return found["state"], found["behind"], found["aside"]


@pytest.fixture
def taking(tmp_path: Path) -> tuple[House, FakeHis]:
    """A house whose HIS takes the audit of others."""
    clock = ManualClock()
    his = FakeHis(clock)
    his.taken = {WriteKind.AUDIT}
    return House(tmp_path / "hub.sqlite", lambda clock: his), his


def beds(his: FakeHis) -> list[str]:
    return [one.about.id for one in his.audit]


async def test_every_row_is_told_once_through_a_restart(taking: tuple[House, FakeHis]) -> None:
    house, his = taking
    async with house.running():
        await house.do("one", "two")
        await house.until(lambda: house.state == ("told", 0, 0) and len(his.audit) == 2)
        await house.do("three")
    sent = len(his.audit)
    async with house.running():
        await house.do("four")
        await house.until(lambda: beds(his)[-1:] == ["four"])
        await house.until(lambda: house.state == ("told", 0, 0))
    assert beds(his) == ["one", "two", "three", "four"]
    assert sent in (2, 3)


async def test_an_answer_that_was_lost_makes_no_second_row() -> None:
    """On a real server: the same row is sent again, and is there once."""
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        his = hospital.his()
        await his.census()
        assert WriteKind.AUDIT in await his.takes()
        record = AuditRecord(
            id="0190a0b0-0000-7000-8000-000000000001", at=MORNING, ward=W, kind="sheet.open",
            by=LI, about=About(kind="bed", id="his.bed-1", encounter="his.e1"), outcome="applied",
        )  # fmt: skip
        first, again = await his.write_audit(record), await his.write_audit(record)
        (row,) = hospital.world.store.all("AuditEvent")
    assert (first.created, again.created, row.version) == (True, False, 1)
    event = {name: value for name, value in row.resource.items() if name != "meta"}
    check_event(event)
    assert event["entity"][-1]["what"] == {"reference": "Patient/p1"}


async def test_through_a_restart_and_an_outage_a_real_server_has_each_once(
    tmp_path: Path,
) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        house = House(tmp_path / "hub.sqlite", lambda clock: hospital.his())
        async with house.running():
            await house.do("one", "two")
            await house.until(lambda: house.state == ("told", 0, 0))
        async with house.running():
            await house.do("three")
            await house.until(lambda: house.state == ("told", 0, 0))
        rows = hospital.world.store.all("AuditEvent")
    told = {row.resource["entity"][0]["what"]["identifier"]["value"]: row.version for row in rows}
    assert told == {"one": 1, "two": 1, "three": 1}


@pytest.mark.expects_log("the audit is down", "the audit is up again", "link to the hospital")
async def test_an_outage_is_waited_out_for_ever(taking: tuple[House, FakeHis]) -> None:
    house, his = taking
    his.fault = Unreachable("his.unreachable.away")
    async with house.running():
        await house.do("one", "two")
        await house.until(lambda: house.state[0] == "down")
        house.clock.advance(3600)
        await house.do("three")
        his.fault = None
        await house.until(lambda: house.state == ("told", 0, 0))
    assert beds(his) == ["one", "two", "three"]


@pytest.mark.expects_log("cannot take row 2")
@pytest.mark.parametrize("status", [400, 422])
async def test_a_row_that_cannot_be_taken_holds_up_none(
    taking: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    house, his = taking
    write = his.write_audit

    async def picky(record: AuditRecord) -> object:
        if record.about.id in ("two", "four"):
            raise Refused("his.refused.request", status=status)
        return await write(record)

    monkeypatch.setattr(his, "write_audit", picky)
    async with house.running():
        await house.do("one", "two", "three", "four")
        await house.until(lambda: house.state == ("told", 0, 2))
    assert beds(his) == ["one", "three"]
    async with house.running():
        assert house.state[2] in (0, 2)
        await house.until(lambda: house.state == ("told", 0, 2))


@pytest.mark.expects_log("the audit is down", "the audit is up again")
@pytest.mark.parametrize(
    "fault",
    [
        Refused("his.refused.access", status=403),
        Refused("his.write.gone", status=404),
        Unreachable("his.unreachable.busy", status=503, retry_after_s=200.0),
    ],
)
async def test_a_server_that_refuses_all_is_asked_again(
    taking: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch, fault: SmartWardError
) -> None:
    house, his = taking
    write, broken = his.write_audit, [True]

    async def guarded(record: AuditRecord) -> object:
        if broken[0]:
            raise fault
        return await write(record)

    monkeypatch.setattr(his, "write_audit", guarded)
    async with house.running():
        await house.do("one")
        await house.until(lambda: house.state == ("down", 1, 0))
        broken[0] = False
        await house.until(lambda: house.state == ("told", 0, 0))
    assert beds(his) == ["one"]


async def test_a_his_that_takes_none_is_left_alone(tmp_path: Path) -> None:
    his = FakeHis(ManualClock())
    house = House(tmp_path / "hub.sqlite", lambda clock: his)
    async with house.running():
        await house.do("one")
        await house.until(lambda: house.state[0] == "not_taken")
        assert his.audit == []
        # What it says may change.
        his.taken = {WriteKind.AUDIT}
        await house.until(lambda: house.state[0] == "told")
    assert beds(his) == ["one"]


# ---------------------------------------------------------------------- what a server offers


def offering(*codes: str, **more: bool) -> CapabilityStatement:
    resource = RestResource(
        type="AuditEvent",
        interaction=tuple(Interaction(code=code) for code in codes),
        search_param=(SearchParam(name="entity-name"),),
        **more,
    )
    return CapabilityStatement(
        resource_type="CapabilityStatement",
        rest=(RestServer(mode="server", resource=(resource,)),),
    )


@pytest.mark.parametrize(
    "statement, way",
    [
        (None, None),
        (CapabilityStatement(resource_type="CapabilityStatement"), None),
        (offering("read"), None),
        (offering("create"), AuditWay.PLAIN),
        (offering("create", conditional_create=True), AuditWay.CONDITIONAL),
        (offering("create", "update", conditional_create=True), AuditWay.CONDITIONAL),
        (offering("create", "update", update_create=True), AuditWay.OWN_ID),
        (offering("update"), None),
    ],
)
def test_how_a_server_takes_it(statement: CapabilityStatement | None, way: AuditWay | None) -> None:
    assert audit_way(statement) is way


@pytest.mark.parametrize("way", [AuditWay.PLAIN, AuditWay.OWN_ID])
async def test_a_server_gets_it_its_way(way: AuditWay) -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        record = AuditRecord(
            id="0190a0b0-0000-7000-8000-000000000002", at=MORNING, ward=W, kind="session.start",
            by=LI, about=About(kind="session", id="s"), outcome="applied",
        )  # fmt: skip
        written = await write_audit(his.http, way, record, "his", None)
        (row,) = hospital.world.store.all("AuditEvent")
    assert row.resource["id"] == written.source_id
    assert (written.source_id == record.id) is (way is AuditWay.OWN_ID)
    assert row.resource["entity"][0]["name"] == record.id
