"""The audit: what is told, each row in its chain, kept by the file itself, read out again."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.ward import Ward as WardDocument
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, StorageFault
from smartward.hub import audit, audit_cli
from smartward.hub.access import AUDITED, MAY, NEEDS_PERSON, Forbidden
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.sqlite import SqliteStore
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import Person
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.staff import LI, WANG, Desk, badge, desk_of, told
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

NOBODY = Actor(device_id="d1")


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, ward=WARD)


@pytest.fixture
async def desk(ward: Ward) -> Desk:
    return await desk_of(ward)


# ---------------------------------------------------------------------- what it tells


async def test_what_staff_do_is_told_with_who_where_why_and_what_came(desk: Desk) -> None:
    ward = desk.ward
    await ward.press(desk.bedside, "c", seen=seen(1))
    li = (await badge(ward, desk.station)).person
    ward.clock.advance(10)
    before = len(await told(ward))
    await ward.act(desk.station, K.CALL_ACCEPT, "c", by=li, age_ms=2000)
    await ward.act(desk.station, K.CALL_HEARD, "c", by=NURSE)
    await ward.act(desk.station, K.CALL_CLOSE, "c", by=li, data={"reason": "x" * 500})
    done, nobody, closed = (await told(ward))[before:]
    assert (done.kind, done.outcome, done.key) == ("call.accept", "applied", None)
    assert (done.by.person_id, done.by.name, done.by.known) == (LI, "李红", "badge")
    assert (done.by.device_id, done.ward) == (desk.station.id, WARD)
    assert (done.about.kind, done.about.id) == ("nurse_call", "c")
    assert (done.about.bed, done.about.encounter) == ("his.bed-1", "his.enc-1")
    assert (done.at - MORNING, done.at - (done.touched_at or MORNING)) == (
        timedelta(seconds=10), timedelta(seconds=2),
    )  # fmt: skip
    assert (nobody.kind, nobody.outcome, nobody.key) == (
        "call.heard", "refused", "identity.needed",
    )  # fmt: skip
    assert (nobody.by.person_id, nobody.by.known) == (LI, "name")
    assert (closed.outcome, closed.about.why) == ("refused", "x" * 200)


async def test_the_same_touch_sent_again_is_told_once(desk: Desk) -> None:
    ward = desk.ward
    li = (await badge(ward, desk.station)).person
    fields: dict[str, Any] = {"id": "a-1", "made_at": MORNING, "by": li}
    for _ in range(3):
        await ward.act(desk.station, K.SHEET_OPEN, "his.bed-1", **fields)
    assert [one.kind for one in await told(ward)].count("sheet.open") == 1


async def test_what_a_patient_does_and_a_screen_tells_is_not_in_it(desk: Desk) -> None:
    before = await told(desk.ward)
    await desk.ward.press(desk.bedside, "c")
    await desk.ward.act(desk.bedside, K.CALL_REASON, "c", data={"reason": "water"})
    await desk.ward.act(desk.station, K.CALL_SHOWN, "c")
    await desk.ward.act(desk.station, K.SCREEN_FAULTS, desk.station.id, data={"faults": ""})
    assert await told(desk.ward) == before


def test_what_needs_a_person_is_told_and_can_be_asked() -> None:
    assert NEEDS_PERSON <= AUDITED <= set(MAY)
    for kind in (K.CALL_PLACE, K.CALL_AGAIN, K.CALL_REASON, K.CALL_NOT_NEEDED, K.CALL_SHOWN):
        assert kind not in AUDITED, "a press waits for no proof and no audit"


async def test_a_sheet_a_name_and_an_opened_layer_are_told_with_who_and_why(desk: Desk) -> None:
    ward = desk.ward
    li = (await badge(ward, desk.station)).person
    before = len(await told(ward))
    why = {"why": "identity check"}
    for kind, subject, data in ((K.SHEET_OPEN, "his.bed-1", {}), (K.NAME_UNMASK, "his.enc-1", why)):
        answer = await ward.act(desk.station, kind, subject, by=li, data=data, seen=seen(1))
        assert answer.outcome == "applied"
    # What has happened at a screen is true however late it is told.
    layer = await ward.act(
        desk.bedside, K.LAYER_OPENED, "his.enc-1", data={"how": "wristband"}, age_ms=7_200_000
    )
    assert layer.outcome == "applied"
    rows = [
        (one.kind, one.by.person_id, one.about.bed, one.about.encounter, one.about.why)
        for one in (await told(ward))[before:]
    ]
    assert rows == [
        ("sheet.open", LI, "his.bed-1", "his.enc-1", None),
        ("name.unmask", LI, "his.bed-1", "his.enc-1", "identity check"),
        ("layer.opened", None, "his.bed-1", "his.enc-1", None),
    ]
    assert (await told(ward))[-1].about.detail == {"how": "wristband"}


async def test_what_is_told_is_of_what_the_screen_sees(desk: Desk) -> None:
    li = (await badge(desk.ward, desk.station)).person
    for device, kind, subject, data in (
        (desk.bedside, K.LAYER_OPENED, "his.enc-2", {"how": "pin"}),
        (desk.station, K.SHEET_OPEN, "his.bed-99", {}),
        (desk.station, K.NAME_UNMASK, "his.enc-99", {"why": "x"}),
    ):
        with pytest.raises(Forbidden):
            await desk.ward.act(device, kind, subject, by=li, data=data)
    for device, kind, data in (
        (desk.station, K.NAME_UNMASK, {}),
        (desk.station, K.NAME_UNMASK, {"why": ""}),
        (desk.bedside, K.LAYER_OPENED, {"how": "crowbar"}),
    ):
        with pytest.raises(BadData):
            await desk.ward.act(device, kind, "his.enc-1", by=li, data=data)


# ---------------------------------------------------------------------- kept


async def test_what_a_device_may_not_do_is_told_once_a_minute_with_a_count(desk: Desk) -> None:
    ward, li = desk.ward, (await badge(desk.ward, desk.station)).person
    await ward.press(desk.bedside, "c", seen=seen(1))
    before = len(await told(ward))

    async def tries(times: int, kind: str = K.CALL_ACCEPT) -> None:
        for _ in range(times):
            with pytest.raises(Forbidden):
                await ward.act(desk.bedside, kind, "c" * 500, by=li)

    async def rows() -> list[tuple[str, str, str | None, str]]:
        new = (await told(ward))[before:]
        return [(one.kind, one.outcome, one.key, one.about.detail["tries"]) for one in new]

    def row(tries: str, kind: str = "call.accept") -> tuple[str, str, str, str]:
        return (kind, "refused", "access.forbidden", tries)

    await tries(1)
    assert await rows() == [row("1")], "the first at once"
    record = (await told(ward))[-1]
    assert (record.by.device_id, record.by.person_id) == (desk.bedside.id, None)
    assert record.about.detail["claimed"] == f"{LI} (1)"
    assert record.about.detail["subject"] == "c" * 64
    await tries(40)
    await tries(1, "no.such.kind")
    assert await rows() == [row("1"), row("1", "unknown")]
    async with asyncio.timeout(10):
        while len(await rows()) < 3:
            ward.clock.advance(30)
    assert (await rows())[-1] == row("40")
    await tries(3)
    await ward.hub.out_of_scope.stop()
    assert (await rows())[-1] == row("3"), "a hub that ends tells what it counted"


async def test_whom_a_device_claims_is_told_with_a_count_and_blamed_for_nothing(
    desk: Desk,
) -> None:
    ward = desk.ward
    many = [f"guess-{n}" for n in range(20)]
    for who in (LI, LI, WANG, LI, None, *many):
        claimed = Person(known="badge", id=who, session="nonsense")
        with pytest.raises(Forbidden):
            await ward.act(desk.bedside, K.MASKING_SET, "masking", by=claimed)
    await ward.hub.out_of_scope.stop()
    first, rest = [one for one in await told(ward) if one.kind == K.MASKING_SET]
    assert {one.by for one in (first, rest)} == {Actor(device_id=desk.bedside.id)}
    assert first.about.detail["claimed"] == f"{LI} (1)"
    assert rest.about.detail["tries"] == "24"
    counts = dict(part.rsplit(" ", 1) for part in rest.about.detail["claimed"].split(", "))
    assert (counts[LI], counts[WANG], counts["others"]) == ("(2)", "(1)", "(14)")


async def fill(store: Store, *ages_d: float) -> None:
    """Rows of so many days ago, oldest first."""
    for age in ages_d:

        def write(tx: Tx, age: float = age) -> None:
            tx.now = MORNING - timedelta(days=age)
            audit.record(tx, WARD, NOBODY, "sheet.open", About(kind="bed", id=f"{age}"))

        await store.write(write)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Store:
    return SqliteStore.open(tmp_path / "hub.sqlite", clock)


def changed(store: Store, statement: str) -> None:
    """Do to the file what somebody with a tool would."""
    with store._db.conn:
        store._db.conn.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set at = at where seq = 2",
        "update audit set body = x'00'",
        "delete from audit where seq = 3",
        "delete from audit",
        "delete from audit where seq <= 2",
        "insert or replace into audit select * from audit where seq = 2",
        "insert into audit select seq + 7, at, body, before, hash from audit where seq = 2",
        "insert into audit select -1, at, body, before, hash from audit where seq = 2",
    ],
)
async def test_the_file_itself_refuses_to_forget(store: Store, statement: str) -> None:
    await fill(store, 182, 100, 0)
    with pytest.raises(sqlite3.IntegrityError, match=r"audit (is|goes)|only ever"):
        changed(store, statement)
    assert (await store.read(audit.verify)).rows == 3
    store.close()


async def test_nor_does_the_store_ask_it_to(store: Store) -> None:
    await fill(store, 182, 0)
    with pytest.raises(StorageFault):
        await store.write(lambda tx: tx.audit_drop(1))
    assert (await store.read(audit.verify)).rows == 2
    store.close()


async def test_what_is_old_enough_goes_from_the_beginning_and_the_chain_holds(
    store: Store,
) -> None:
    await fill(store, 400, 300, 195, 185, 10)
    keep = MORNING - timedelta(days=190)
    for _ in range(2):
        await store.write(lambda tx: audit.sweep(tx, WARD, keep))
    whole = await store.read(audit.verify)
    assert (whole.first, whole.last, whole.rows) == (4, 6, 3)
    rows = await store.read(lambda reader: list(audit.rows_of(reader)))
    assert [audit.told(row).about.id for row in rows] == ["185", "10", "audit"]
    assert audit.told(rows[-1]).kind == audit.SWEPT
    store.close()


async def test_a_clock_that_stood_in_the_past_for_a_while_loses_nothing_new(store: Store) -> None:
    """A row dated long ago behind a new one is not old: it stays until those before it go."""
    await fill(store, 300, 5, 300, 1)
    await store.write(lambda tx: audit.sweep(tx, WARD, MORNING - timedelta(days=190)))
    assert (await store.read(audit.verify)).first == 2
    store.close()


async def test_the_decider_sweeps_it_after_its_time(tmp_path: Path, clock: ManualClock) -> None:
    from smartward.clinical.rules import RuleSettings
    from smartward.hub.deciding import Decider

    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 250, 20)
    settings = Settings(ward=WARD, audit_keep_days=200)
    decider = Decider(store, clock, settings, None, RuleSettings())
    await decider.start()
    async with asyncio.timeout(10):
        while (await store.read(audit.verify)).first != 2:
            clock.advance(600)
            await store.read(lambda reader: None)
    await decider.stop()
    store.close()


async def test_a_clock_that_jumps_takes_hours_of_the_audit_and_not_all_of_it(
    store: Store, clock: ManualClock
) -> None:
    await fill(store, *range(240, 0, -1))
    keep, turn = timedelta(days=190), timedelta(hours=1)

    async def left(turns: int) -> int:
        for _ in range(turns):
            clock.advance(3600)
            await store.write(lambda tx: audit.retain(tx, WARD, keep, turn))
        whole = await store.read(audit.verify)
        rows = [audit.told(row) for row in await store.read(lambda r: list(audit.rows_of(r)))]
        return whole.rows - sum(row.kind == audit.SWEPT for row in rows)

    # 50 days are over at once; they go at twice the pace of time, until all that is over has gone.
    assert await left(24 * 5) in (230, 231, 232)
    assert await left(24 * 50) in (134, 135, 136)
    before = await left(1)
    clock.step(190 * 86400)
    assert before - await left(24) <= 3, "a day later somebody has seen it"
    clock.step(-190 * 86400)
    assert before - await left(24) <= 5
    await store.finish()
    store.close()


async def test_a_row_dated_years_ahead_holds_back_no_sweep(
    store: Store,
) -> None:
    await fill(store, -3650, -3649, *range(400, 0, -20), -3650)
    keep = MORNING - timedelta(days=190)
    await store.write(lambda tx: audit.sweep(tx, WARD, keep))
    rows = await store.read(lambda reader: list(audit.rows_of(reader)))
    ages = [audit.told(row).about.id for row in rows]
    assert ages == [*map(str, range(180, 0, -20)), "-3650", "audit"]
    store.close()


async def test_one_may_be_as_young_as_the_next_and_waits_for_it(store: Store) -> None:
    await fill(store, 300, -3650, 100)
    await store.write(lambda tx: audit.sweep(tx, WARD, MORNING - timedelta(days=190)))
    assert (await store.read(audit.verify)).first == 2
    store.close()


async def test_a_sweep_goes_on_though_the_first_row_is_dated_ahead(
    store: Store, clock: ManualClock
) -> None:
    await fill(store, -3650, *range(240, 0, -1))
    keep, turn = timedelta(days=190), timedelta(hours=12)
    clock.step(190 * 86400)  # and now somebody sets it wrongly again
    for _ in range(2):
        await store.write(lambda tx: audit.retain(tx, WARD, keep, turn))
    assert (await store.read(audit.verify)).rows > 230, "no more goes than time can have passed"
    clock.step(-190 * 86400)
    for _ in range(60):
        clock.advance(43200)
        await store.write(lambda tx: audit.retain(tx, WARD, keep, turn))
    whole = await store.read(audit.verify)
    assert whole.first > 50, "the rows behind it went"
    store.close()


async def test_the_file_lets_a_row_dated_ahead_go_only_with_an_old_one(store: Store) -> None:
    await fill(store, -3650, 100, 0)
    for statement in ("delete from audit where seq = 1", "delete from audit where seq <= 2"):
        with pytest.raises(sqlite3.IntegrityError, match="half a year"):
            changed(store, statement)
    await fill(store, 300, 0)
    changed(store, "delete from audit where seq = 1")
    with pytest.raises(sqlite3.IntegrityError, match="half a year"):
        changed(store, "delete from audit where seq = 2")
    store.close()


# ---------------------------------------------------------------------- whole or not


def without_guards(path: Path, *statements: str) -> None:
    """Somebody took the file's own guards away first."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            connection.execute(f"drop trigger {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement, key, seq",
    [
        ("update audit set body = replace(body, '100', '101') where seq = 2", "row_changed", 2),
        ("update audit set at = '2026-01-01T00:00:00.000Z' where seq = 4", "row_changed", 4),
        ("update audit set hash = zeroblob(32) where seq = 3", "row_changed", 3),
        ("delete from audit where seq = 3", "row_gone", 4),
        ("delete from audit where seq <= 2", "beginning_gone", 3),
        ("delete from audit where seq = 5", "end_gone", 4),
        ("delete from audit", "end_gone", 0),
    ],
)
async def test_what_was_changed_all_the_same_is_found(
    tmp_path: Path, clock: ManualClock, statement: str, key: str, seq: int
) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 200, 100, 50, 1, 0)
    assert (await store.read(audit.verify)).rows == 5
    without_guards(tmp_path / "hub.sqlite", statement)
    with pytest.raises(BadData) as error:
        await store.read(audit.verify)
    assert (error.value.key, error.value.values) == (f"audit.{key}", {"seq": seq})
    store.close()


async def test_an_empty_one_is_whole(store: Store) -> None:
    assert await store.read(audit.verify) == audit.Whole(0, 0, 0, "")
    store.close()


# ---------------------------------------------------------------------- read out


Shown = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    """What a command wrote, one JSON a line."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def run(folder: Path, *argv: str) -> int:
    return await asyncio.to_thread(audit_cli.main, ["--data-dir", str(folder), *argv])


CODING = {"system", "code", "display"}
R4 = {
    "": {"resourceType", "id", "type", "subtype", "action", "recorded", "outcome", "agent",
         "source", "entity", "period", "outcomeDesc", "purposeOfEvent", "extension"},
    "type": CODING, "subtype": CODING, "period": {"start", "end"},
    "purposeOfEvent": {"text"}, "extension": {"url", "valueString"},
    "agent": {"type", "who", "altId", "name", "requestor"}, "agent.type": {"coding"},
    "agent.type.coding": CODING,
    "agent.who": {"reference", "identifier"}, "agent.who.identifier": {"system", "value"},
    "source": {"site", "observer", "type"}, "source.type": CODING,
    "source.observer": {"identifier", "display"},
    "source.observer.identifier": {"system", "value"},
    "entity": {"what", "type", "role", "name", "detail"}, "entity.type": CODING,
    "entity.role": CODING, "entity.what": {"reference", "identifier"},
    "entity.what.identifier": {"system", "value"}, "entity.detail": {"type", "valueString"},
}  # fmt: skip
"""FHIR R4 AuditEvent, as far as it is used: http://hl7.org/fhir/R4/auditevent.html"""


def check_shape(value: Any, path: str = "") -> None:
    """No element that R4 does not have, none empty."""
    if isinstance(value, list):
        assert value, path
        for one in value:
            check_shape(one, path)
    elif isinstance(value, dict):
        assert value, path
        assert set(value) <= R4[path], (path, set(value) - R4[path])
        for name, inner in value.items():
            check_shape(inner, f"{path}.{name}".strip("."))
    else:
        assert isinstance(value, bool) or (isinstance(value, str) and value.strip()), path


def check_event(event: dict[str, Any]) -> None:
    """What R4 asks of every AuditEvent."""
    check_shape(event)
    assert event["resourceType"] == "AuditEvent"
    assert {"system", "code"} <= set(event["type"])
    assert event["action"] in set("CRUDE")
    assert event["outcome"] in {"0", "4", "8", "12"}
    recorded = datetime.fromisoformat(event["recorded"])
    assert recorded.tzinfo is not None
    assert [type(agent["requestor"]) for agent in event["agent"]] == [bool] * len(event["agent"])
    assert sum(agent["requestor"] for agent in event["agent"]) == 1
    assert event["source"]["observer"]


async def test_an_export_is_fhir_and_names_everything(
    desk: Desk, tmp_path: Path, shown: Shown
) -> None:
    ward = desk.ward
    await ward.press(desk.bedside, "c", seen=seen(1))
    li = (await badge(ward, desk.station)).person
    await ward.act(desk.station, K.CALL_ACCEPT, "c", by=li)
    await ward.act(desk.station, K.CALL_ACCEPT, "c", by=NURSE)
    why = {"why": "identity check"}
    await ward.act(desk.station, K.NAME_UNMASK, "his.enc-1", by=li, data=why)
    await ward.act(desk.bedside, K.LAYER_OPENED, "his.enc-1", data={"how": "pin"})
    assert await run(tmp_path / "d", "export") == 0
    events = shown()
    for event in events:
        check_event(event)
    kinds = [event["subtype"][-1]["code"] for event in events]
    assert kinds == [
        "credential.badge", "credential.pin", "device.enrol", "device.enrol", "session.start",
        "call.accept", "call.accept", "name.unmask", "layer.opened",
    ]  # fmt: skip
    accepted, refused, unmasked, opened = events[5:]
    (administrator, hub) = events[2]["agent"]
    assert administrator["who"]["identifier"]["value"] == administrator["name"]
    assert (administrator["requestor"], hub["requestor"]) == (True, False)
    assert accepted["agent"][0]["who"] == {"reference": f"Practitioner/{LI}"}
    assert (accepted["agent"][0]["name"], accepted["agent"][0]["altId"]) == ("李红", "badge")
    assert accepted["agent"][1]["who"]["identifier"]["value"] == desk.station.id
    assert [one["what"] for one in accepted["entity"]] == [
        {"identifier": {"system": "urn:smartward:nurse_call", "value": "c"}},
        {"reference": "Encounter/enc-1"},
        {"reference": "Location/bed-1"},
    ]
    assert (refused["outcome"], refused["outcomeDesc"]) == ("4", "identity.needed")
    assert unmasked["type"]["code"] == "110110"
    assert unmasked["purposeOfEvent"] == [{"text": "identity check"}]
    assert [agent["requestor"] for agent in opened["agent"]] == [True]
    text = json.dumps(events, ensure_ascii=False)
    assert "p1-" not in text, "nothing of a patient but the stay's id"
    # That it was read out is told as well.
    assert [one.kind for one in await told(ward)][-1] == "log.exported"


async def test_an_export_from_one_time_to_another(
    tmp_path: Path, clock: ManualClock, shown: Shown
) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 3, 2, 1, 0)
    store.close()
    since, until = ((MORNING - timedelta(days=age)).isoformat() for age in (2, 0))
    assert await run(tmp_path, "export", "--since", since, "--until", until) == 0
    entities = [event["entity"][0]["what"]["identifier"]["value"] for event in shown()]
    assert entities == ["2", "1"]


async def test_a_time_without_a_zone_is_the_ward_s(
    tmp_path: Path, clock: ManualClock, shown: Shown
) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 3, 2, 1, 0)
    ward = WardDocument(id="ward", name="3", zone="Pacific/Auckland")
    await store.write(lambda tx: tx.put("ward", "ward", "ward", ward))
    store.close()
    since, until = (
        (MORNING - timedelta(days=age)).astimezone(ZoneInfo(ward.zone)).replace(tzinfo=None)
        for age in (2, 0)
    )
    asked = ("export", "--since", since.isoformat(), "--until", until.isoformat())
    assert await run(tmp_path, *asked) == 0
    entities = [event["entity"][0]["what"]["identifier"]["value"] for event in shown()]
    assert entities == ["2", "1"]
    with pytest.raises(SystemExit) as ended:
        await run(tmp_path, "export", "--since", until.isoformat(), "--until", since.isoformat())
    assert ended.value.code == 2


async def test_verify_tells_the_newest_hash(
    tmp_path: Path, clock: ManualClock, shown: Shown
) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 1, 0)
    store.close()
    assert await run(tmp_path, "export") == 0
    chain = shown()[-1]["extension"][0]["valueString"]
    assert await run(tmp_path, "verify") == 0
    (found,) = shown()
    assert chain == f"{found['last']} {found['hash']}"
    without_guards(tmp_path / "hub.sqlite", "delete from audit where seq = 2")
    with pytest.raises(BadData):
        await run(tmp_path, "verify")


async def test_a_noted_hash_is_found_after_a_sweep(
    tmp_path: Path, clock: ManualClock, shown: Shown
) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 300, 2, 1)
    await run(tmp_path, "verify")
    old = shown()[0]["note"]
    await fill(store, 0)
    await run(tmp_path, "verify", "--since-hash", old)
    noted = shown()[0]["note"]
    await store.write(lambda tx: audit.sweep(tx, WARD, MORNING - timedelta(days=190)))
    assert await run(tmp_path, "verify", "--since-hash", noted) == 0
    store.close()


async def test_a_noted_hash_that_is_nowhere(
    tmp_path: Path, clock: ManualClock, shown: Shown
) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 2, 1, 0)
    store.close()
    assert await run(tmp_path, "verify") == 0
    noted = shown()[0]["note"]
    as_exported = noted.replace(":", " ").upper()
    assert await run(tmp_path, "verify", "--since-hash", as_exported) == 0
    kept = "select seq || ' ' || lower(hex(hash)) from audit where seq = 2"
    without_guards(
        tmp_path / "hub.sqlite",
        f"update meta set value = ({kept}) where key = 'audit_head'",
        "delete from audit where seq = 3",
    )
    for no_note in ("12", noted.partition(":")[2]):
        with pytest.raises(Misconfigured, match="no_hash"):
            await run(tmp_path, "verify", "--since-hash", no_note)
    # The chain alone is whole again, and says nothing.
    assert await run(tmp_path, "verify") == 0
    with pytest.raises(BadData) as error:
        await run(tmp_path, "verify", "--since-hash", noted)
    assert error.value.key == "audit.noted_gone"


async def test_a_note_of_the_last_row_that_a_sweep_took(store: Store) -> None:
    await fill(store, 300, 250)
    whole = await store.read(audit.verify)
    noted = audit.Noted(whole.last, whole.hash)
    await fill(store, 1)
    await store.write(lambda tx: audit.sweep(tx, WARD, MORNING - timedelta(days=190)))
    assert (await store.read(lambda reader: audit.verify(reader, noted))).first == 3
    store.close()


@pytest.mark.parametrize("last", ["0", "2", "5"])
async def test_a_sweep_that_was_made_up_stands_for_no_noted_row(
    tmp_path: Path, clock: ManualClock, last: str
) -> None:
    """Rows are taken from the end, and one is written that tells of a sweep of the noted hash."""
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await fill(store, 4, 3, 2, 1, 0)
    whole = await store.read(audit.verify)
    noted = audit.Noted(whole.last, whole.hash)
    kept = "select seq || ' ' || lower(hex(hash)) from audit where seq = 2"
    without_guards(
        tmp_path / "hub.sqlite",
        "delete from audit where seq > 2",
        f"update meta set value = ({kept}) where key = 'audit_head'",
    )
    about = About(kind="audit", id="audit", detail={"last": last, "hash": whole.hash})
    await store.write(lambda tx: audit.record(tx, WARD, NOBODY, audit.SWEPT, about))
    assert (await store.read(audit.verify)).rows == 3
    with pytest.raises(BadData) as error:
        await store.read(lambda reader: audit.verify(reader, noted))
    assert error.value.key == "audit.noted_gone"
    store.close()


async def test_a_folder_without_a_hub(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as error:
        await run(tmp_path, "verify")
    assert error.value.key == "audit.no_file"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "argv",
    [
        ("export", "--since", "yesterday"),
        ("export", "--until", ""),
        (),
    ],
)
async def test_a_command_that_is_none(tmp_path: Path, argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        await run(tmp_path, *argv)
    assert ended.value.code == 2


@pytest.mark.parametrize("command", ["export", "verify"])
def test_the_folder_is_named_before_the_command_or_after_it(command: str) -> None:
    for words in (["--data-dir", "d", command], [command, "--data-dir", "d"]):
        assert audit_cli._parser().parse_args(words).data_dir == Path("d")
    assert audit_cli._parser().parse_args([command]).data_dir is None
