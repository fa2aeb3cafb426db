"""A token of one place, by everything it can read and ask, learns nothing of another's patient."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.encounter import EncounterStatus
from smartward.clinical.nurse_call import CallState
from smartward.hub.http_server import HttpServer
from smartward.hub.store.base import Tx
from smartward.wire.envelope import ActionKind, ActionRequest
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, SETTINGS, Ward, as_json
from tests.hub.mirror import EventParser, Mirror
from tests.hub.screens import TestScreen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

SECRET = "Verborgen"
"""In every text of the patients that the token's place must not know."""

FEED_SECONDS = SETTINGS.beat_s
PLACES = [(ScreenRole.BEDSIDE, "1"), (ScreenRole.BEDHEAD, "1"), (ScreenRole.DOOR, "R1")]
WARD_WIDE = [(ScreenRole.CORRIDOR, None), (ScreenRole.GATEWAY, None)]
TELLS = pytest.mark.expects_log("tells of call point")
"""The hub's own log says which call point was told of in vain."""

EVERYWHERE = [
    pytest.param(*one, marks=() if one[0] in (ScreenRole.BEDHEAD, ScreenRole.CORRIDOR) else TELLS)
    for one in (*PLACES, *WARD_WIDE)
]


def secrets_of(n: int, role: ScreenRole = ScreenRole.BEDSIDE) -> list[str]:
    """What tells of patient `n`: any text, and the ids of all that is theirs. Their call hangs in
    the corridor, as the call of a bed."""
    kinds = ("enc", "obs", "inf", "plan", "pat")
    call = [] if role is ScreenRole.CORRIDOR else [f'call-{n}"']
    return [f"{SECRET}{n}", *call, f'alert-{n}"', *(f'his.{k}-{n}"' for k in kinds)]


def put_call(tx: Tx, n: int, at_bed: int) -> None:
    made = docs.call(n, at_bed, of=n, mark="staff", state=CallState.REQUESTED)
    tx.put(WARD, "nurse_call", made.id, made, bed=docs.bed_id(at_bed),
           room=docs.room_id(at_bed))  # fmt: skip


NEEDED: dict[str, dict[str, Any]] = {
    ActionKind.MASKING_SET: {"place": "door", "rule": "full", "why": "asked"},
    ActionKind.PATIENT_PIN: {"pin": None},
    ActionKind.PROFILE_SET: {"hearing_impaired": 1},
    ActionKind.SILENCE_START: {"reason": "wish"},
    ActionKind.OBSERVATION_ENTER: {"heart_rate": "80"},
    ActionKind.CARE_RECORD: {"kind": "turn", "position": "left"},
    ActionKind.OBSERVATION_CORRECT: {"heart_rate": "81", "why": "slip"},
    ActionKind.ADMINISTRATION_MARK: {"outcome": "done"},
    ActionKind.TASK_MARK: {"outcome": "done"},
    ActionKind.ANSWER_GIVE: {"question": "pain", "value": "3"},
    ActionKind.QUESTION_ASK: {"question": "pain"},
    ActionKind.QUESTION_LATER: {"question": "pain"},
    ActionKind.HIS_WRITE_RESOLVE: {"how": "retry"},
    ActionKind.PLACE_CONFIRM: {"place": "elsewhere"},
    ActionKind.PEER_CALL: docs.word_of_nobody(),
}
"""Data of the actions that take no others."""


class Reader:
    """Everything a device was ever told, as one text."""

    def __init__(self, ward: Ward, device: Device, client: httpx.AsyncClient) -> None:
        self.ward = ward
        self.device = device
        self.client = client
        self.headers = {"Authorization": f"Bearer {ward.tokens[device.id]}"}
        self.told: list[str] = []
        self.currents = 0

    async def listen(self) -> None:
        parser = EventParser()
        async with self.client.stream("GET", "/feed", headers=self.headers) as response:
            async for data in response.aiter_raw():
                self.told.append(data.decode())
                self.currents += sum(e.name in ("current", "beat") for e in parser.feed(data))

    async def until_told_more(self) -> None:
        """Until a catching up, or a beat, that began after now has ended."""
        before = self.currents
        async with asyncio.timeout(20):
            while self.currents == before:
                self.ward.clock.advance(FEED_SECONDS)
                await self.ward.hub.store.read(lambda reader: None)

    async def try_everything(
        self, beds: list[str], calls: list[str], alerts: list[str], stays: list[str]
    ) -> None:
        """Every action there is, on every subject that somebody could know or guess."""
        for kind in vars(ActionKind).values():
            if not isinstance(kind, str) or "." not in kind or " " in kind:
                continue
            for subject in [*calls, *alerts, *stays, *beds, self.device.id]:
                for bed in beds if kind == ActionKind.CALL_PLACE else beds[:1]:
                    data: dict[str, Any] = {"bed_id": bed, "class": "normal", "reason": "pain",
                                            "staff_id": "st-1", "faults": "", "why": "asked",
                                            "how": "pin", "event": "press"}  # fmt: skip
                    data = NEEDED.get(kind, data)
                    action = self.ward.action(kind, subject, data=data, by=NURSE)
                    body = as_json(ActionRequest(action=action, age_ms=0))
                    response = await self.client.post("/actions", json=body, headers=self.headers)
                    self.told.append(response.text)
                    assert response.status_code in (200, 403), (kind, response.text)

    async def open_doors(self) -> None:
        for path in ("/health", "/metrics", "/openapi.json", "/", "/documents"):
            response = await self.client.get(path, headers=self.headers)
            self.told.append(response.text + json.dumps(dict(response.headers)))
        for path, body in (
            ("/inputs", {"id": "input-1", "call_point": "point-3", "event": "press"}),
            ("/staff/identify", {"badge": "4711"}),
            ("/staff/identify", {"staff_id": "st-2", "pin": "4827"}),
        ):
            response = await self.client.post(path, json=body, headers=self.headers)
            self.told.append(response.text)
            assert response.status_code == 403

    @property
    def text(self) -> str:
        return "".join(self.told)


@pytest.fixture
async def client(ward: Ward) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as opened:
        yield opened
    await server.stop()


@pytest.mark.parametrize("role, place", EVERYWHERE)
async def test_all_a_token_can_read_tells_nothing_of_another_s_patient(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole, place: str | None
) -> None:
    def strangers(tx: Tx) -> None:
        for n in (3, 4):
            docs.put_patient(tx, n, n, mark=f"{SECRET}{n}")
            put_call(tx, n, n)
        # Nobody knows where this one lies: the place of no screen.
        docs.put_patient(tx, 5, None, mark=f"{SECRET}5")

    await ward.hub.store.write(strangers)
    reader = Reader(ward, await ward.enrol(role, place), client)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(reader.listen())
        await reader.until_told_more()
        await reader.open_doors()
        beds = [docs.bed_id(n) for n in (2, 3, 4, 9)]
        calls = ["call-3", "call-4", "call-77"]
        stays = [docs.encounter_id(n) for n in (3, 5, 8)]
        await reader.try_everything(beds, calls, ["alert-3", "alert-5"], stays)

        def move(tx: Tx) -> None:
            """Strangers change places, far from this screen."""
            docs.put_bed(tx, 3, 4)
            docs.put_bed(tx, 4, 3)
            tx.move_encounter(WARD, docs.encounter_id(3), docs.bed_id(4), docs.room_id(4))
            tx.move_encounter(WARD, docs.encounter_id(4), docs.bed_id(3), docs.room_id(3))
            tx.delete(WARD, "vital_sign", "his.obs-3")

        await ward.hub.store.write(move)
        await reader.until_told_more()
        await reader.until_told_more()
        listening.cancel()
    nobody = (role, place) in WARD_WIDE
    for n in (1, 2, 3, 4, 5) if nobody else (3, 4, 5):
        assert [word for word in secrets_of(n, role) if word in reader.text] == []
    if not nobody:
        assert docs.encounter_id(1) in reader.text, "it reads its own patient"
    if role is not ScreenRole.DOOR:
        assert f'{docs.encounter_id(2)}"' not in reader.text


@pytest.mark.parametrize("role, place", PLACES)
async def test_who_left_is_not_told_to_a_screen_that_comes_later(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole, place: str
) -> None:
    """Patient 1 called for a reason, was moved, and patient 6 lies there now."""

    def before(tx: Tx) -> None:
        docs.put_patient(tx, 1, 1, mark=f"{SECRET}1")
        put_call(tx, 1, 1)

    def after(tx: Tx) -> None:
        docs.put_bed(tx, 1, 6)
        docs.put_bed(tx, 3, 3, 1)
        docs.put_patient(tx, 6, 1)
        tx.move_encounter(WARD, docs.encounter_id(1), docs.bed_id(3), docs.room_id(3))

    await ward.hub.store.write(before)
    await ward.hub.store.write(after)
    reader = Reader(ward, await ward.enrol(role, place), client)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(reader.listen())
        await reader.until_told_more()
        listening.cancel()
    left = [word for word in secrets_of(1) if word in reader.text and not word.startswith("call")]
    assert left == []
    assert '"pain"' not in reader.text, "the call is the bed's, its reason was the patient's"
    assert "call-1" in reader.text


@pytest.mark.parametrize("role, place", PLACES)
async def test_who_is_planned_for_a_bed_or_no_more_of_it_is_told_to_nobody_there(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole, place: str
) -> None:
    """The record has them at bed 1; the census does not have them among its occupants."""

    def strangers(tx: Tx) -> None:
        docs.put_patient(tx, 6, 1, mark=f"{SECRET}6")
        planned = docs.encounter(7, 1, mark=f"{SECRET}7")
        planned = dataclasses.replace(planned, status=EncounterStatus.PLANNED)
        docs.put_patient(tx, 7, 1, mark=f"{SECRET}7")
        tx.put(WARD, "encounter", planned.id, planned, bed=docs.bed_id(1), room=docs.room_id(1))

    reader = Reader(ward, await ward.enrol(role, place), client)
    await ward.hub.store.write(strangers)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(reader.listen())
        await reader.until_told_more()
        await ward.hub.store.write(
            lambda tx: tx.put(WARD, "infusion", "his.inf-6", docs.infusion(6, 6, f"{SECRET}6b"),
                              bed=docs.bed_id(1), room=docs.room_id(1))
        )  # fmt: skip
        await reader.until_told_more()
        await reader.until_told_more()
        listening.cancel()
    assert SECRET not in reader.text
    for id in (f"his.{kind}-{n}" for kind in ("enc", "obs", "inf", "plan") for n in (6, 7)):
        # That it is gone may be said of anything at this bed; what it is may not.
        assert f'"id":"{id}","seq"' not in reader.text
        assert f'"encounter_id":"{id}"' not in reader.text
    assert f'"id":"{docs.encounter_id(1)}","seq"' in reader.text


@pytest.mark.parametrize("role, place", PLACES)
async def test_a_bed_that_changes_hands_takes_and_brings_all_of_its_patients(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole, place: str
) -> None:
    """Only the bed's document is written: what depends on it follows."""
    await ward.hub.store.write(lambda tx: docs.put_patient(tx, 6, 1, mark="Neu"))
    screen = TestScreen(await ward.enrol(role, place))
    screen.connect(ward.hub.feed)

    def of_patients(mirror: Mirror) -> set[str]:
        return {id for kind, id in mirror.documents if kind != "bed"} & every

    every = {f"his.{kind}-{n}" for kind in ("enc", "obs", "inf", "plan") for n in (1, 6)}
    await screen.until(lambda mirror: mirror.current)
    of_one = of_patients(screen.mirror)
    assert "his.enc-1" in of_one
    assert all(id.endswith("-1") for id in of_one)
    for occupants, expected in (
        ((6,), {id.replace("-1", "-6") for id in of_one}),
        ((), set()),
        ((1,), of_one),
    ):
        await ward.hub.store.write(lambda tx, who=occupants: docs.put_bed(tx, 1, *who))
        await screen.until(lambda m, want=expected: m.current and of_patients(m) == want)
    await screen.hang_up()


@pytest.mark.parametrize("role, place", PLACES)
async def test_of_a_silenced_patient_a_screen_loses_everything_and_a_later_one_never_hears(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole, place: str
) -> None:
    """Their call stays: whoever is at the bed may need help. The silence ends, and all is back."""

    def before(tx: Tx) -> None:
        docs.put_patient(tx, 1, 1, mark=f"{SECRET}1")
        put_call(tx, 1, 1)
        for kind, body in (("profile", docs.profile(1)), ("patient_key", docs.patient_key(1))):
            tx.put(WARD, kind, docs.encounter_id(1), body, bed=docs.bed_id(1), room=docs.room_id(1))

    def of_them(mirror: Mirror) -> set[tuple[str, str]]:
        ids = {f"his.{kind}-1" for kind in ("enc", "obs", "inf", "plan")}
        return {key for key in mirror.documents if key[1] in ids and key[0] != "silence"}

    def silence(tx: Tx) -> None:
        tx.put(WARD, "silence", docs.encounter_id(1), docs.silence(1, 1),
               bed=docs.bed_id(1), room=docs.room_id(1))  # fmt: skip

    await ward.hub.store.write(before)
    here = TestScreen(await ward.enrol(role, place))
    here.connect(ward.hub.feed)
    await here.until(lambda mirror: mirror.current)
    all_of_them = of_them(here.mirror)
    assert ("encounter", docs.encounter_id(1)) in all_of_them
    await ward.hub.store.write(silence)
    await here.until(lambda mirror: mirror.current and not of_them(mirror))
    assert ("nurse_call", "call-1") in here.mirror.documents

    later = Reader(ward, await ward.enrol(role, place), client)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(later.listen())
        await later.until_told_more()
        listening.cancel()
    left = [w for w in secrets_of(1) if w in later.text and not w.startswith("call")]
    assert left == []
    assert '"pain"' not in later.text
    assert "call-1" in later.text

    await ward.hub.store.write(lambda tx: tx.delete(WARD, "silence", docs.encounter_id(1)))
    await here.until(lambda mirror: mirror.current and of_them(mirror) == all_of_them)
    await here.hang_up()
