"""What a device may not see looks the same to it whether it exists or not: status and body, byte
for byte, of every action and every other request, for every role."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from uuid6 import uuid7

from smartward.clinical.call_mark import Actor
from smartward.clinical.call_point import CallPoint, CallPointKind
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.nurse_call import CallState
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import EnteredValue, ObservationEntry, signs_of
from smartward.hub.access import MAY
from smartward.hub.http_server import HttpServer
from smartward.hub.store.base import Tx
from smartward.wire.envelope import ActionKind, ActionRequest, Seen
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, as_json
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

ELSEWHERE = "ward-2"
PLACES: dict[ScreenRole, str | None] = {
    ScreenRole.BEDSIDE: "1",
    ScreenRole.BEDHEAD: "1",
    ScreenRole.DOOR: "R1",
    ScreenRole.STATION: None,
    ScreenRole.CORRIDOR: None,
    ScreenRole.GATEWAY: None,
    ScreenRole.STANDBY: None,
}
TELLING = {ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.GATEWAY}
ROLES = [
    pytest.param(role, marks=pytest.mark.expects_log("tells of call point"))
    if role in TELLING
    else role
    for role in ScreenRole
]
"""The hub's own log says which call point was told of in vain."""

KINDS = [value for name, value in vars(ActionKind).items() if name.isupper()]


@dataclass(frozen=True)
class Thing:
    """A kind of thing: the id of one that exists out of sight, and of one that never was."""

    there: str
    never: str


@dataclass(frozen=True)
class Asked:
    """One action twice: about something out of sight, and about nothing."""

    kind: str
    of: str
    there: dict[str, Any] = field(default_factory=dict)
    never: dict[str, Any] = field(default_factory=dict)


def things(ward: str, n: int) -> dict[str, Thing]:
    """What stands in `ward` at bed `n`, beside ids of the same form that stand nowhere."""
    return {
        "bed": Thing(docs.bed_id(n), docs.bed_id(8)),
        "room": Thing(docs.room_id(n), docs.room_id(8)),
        "encounter": Thing(docs.encounter_id(n), docs.encounter_id(8)),
        "nurse_call": Thing(f"call-{n}", "call-8"),
        "alert": Thing(f"alert-{n}", "alert-8"),
        "call_point": Thing(f"point-{n}", "point-8"),
        "plan_item": Thing(f"his.plan-{n}", "his.plan-8"),
        "observation_entry": Thing(f"entry-{n}", "entry-8"),
        "his_write": Thing(f"answer.write-{n}", "answer.write-8"),
    }


def entry(n: int) -> ObservationEntry:
    """What somebody entered of patient `n`."""
    by = Actor(device_id="dev-of-another")
    values = (EnteredValue(parameter=Parameter.HEART_RATE, text="80"),)
    return ObservationEntry(
        id=f"entry-{n}", encounter_id=docs.encounter_id(n), taken_at=MORNING,
        signs=signs_of(values, by, MORNING),
    )  # fmt: skip


def refused(n: int) -> HisWrite:
    """An answer of patient `n` that the hospital system would not have."""
    return HisWrite(
        id=f"answer.write-{n}", kind=WriteKind.ANSWER, trouble=Trouble.REFUSED,
        key="his.write.refused", since=MORNING, made_at=MORNING,
        encounter_id=docs.encounter_id(n), bed_id=docs.bed_id(n),
    )  # fmt: skip


def furnish(ward: str, n: int) -> Any:
    """A patient in bed `n` who called, silenced, with everything that may hang on a stay."""

    def write(tx: Tx) -> None:
        place = {"bed": docs.bed_id(n), "room": docs.room_id(n)}
        stay = docs.encounter_id(n)
        call = docs.call(n, n, of=n, state=CallState.REQUESTED, accepted_by=None, marks=())
        point = CallPoint(
            id=f"point-{n}",
            kind=CallPointKind.HANDSET,
            bed_id=docs.bed_id(n),
            room_id=docs.room_id(n),
            via="dev-of-another",
        )
        for kind, id, body in (
            ("bed", docs.bed_id(n), docs.bed(n, n)),
            ("encounter", stay, docs.encounter(n, n)),
            ("vital_sign", f"his.obs-{n}", docs.vital_sign(n, n)),
            ("alert", f"alert-{n}", docs.alert(n, n)),
            ("nurse_call", f"call-{n}", call),
            ("call_point", point.id, point),
            ("profile", stay, docs.profile(n)),
            ("patient_key", stay, docs.patient_key(n)),
            ("silence", stay, docs.silence(n, n)),
            ("plan_item", f"his.plan-{n}", docs.plan_item(n, n)),
            ("observation_entry", f"entry-{n}", entry(n)),
            ("his_write", f"answer.write-{n}", refused(n)),
        ):
            tx.put(ward, kind, id, body, **place)

    return write


DATA: dict[str, str | int | None] = {
    "class": "normal",
    "reason": "pain",
    "why": "asked",
    "how": "pin",
    "event": "press",
    "staff_id": "st-1",
    "place": "door",
    "rule": "none",
    "faults": "",
}
NEEDED: dict[str, dict[str, Any]] = {
    ActionKind.PROFILE_SET: {"hearing_impaired": 1},
    ActionKind.SILENCE_START: {"reason": "wish"},
    ActionKind.PATIENT_PIN: {"pin": "4827"},
    ActionKind.OBSERVATION_ENTER: {"heart_rate": "80"},
    ActionKind.OBSERVATION_CORRECT: {"heart_rate": "81", "why": "slip"},
    ActionKind.ADMINISTRATION_MARK: {"outcome": "done"},
    ActionKind.TASK_MARK: {"outcome": "done"},
    ActionKind.ANSWER_GIVE: {"question": "pain", "value": "3"},
    ActionKind.QUESTION_ASK: {"question": "pain"},
    ActionKind.QUESTION_LATER: {"question": "pain"},
    ActionKind.HIS_WRITE_RESOLVE: {"how": "retry"},
    ActionKind.CARE_RECORD: {"kind": "void", "ml": "200"},
    ActionKind.PEER_CALL: docs.word_of_nobody(),
}
"""Data of the actions that do not take DATA."""

NEW = frozenset({ActionKind.CALL_PLACE, ActionKind.SESSION_END})
"""Their subject is made at the screen, of random bits: none is of a bed or a patient. What they say
of a bed or a patient beside it is asked all the same."""


def every_way(kind: str, of: dict[str, Thing]) -> Iterator[Asked]:
    """An action about each thing: as its subject, in its data and as what was looked at."""
    data = NEEDED.get(kind, DATA)
    for name, thing in of.items():
        if kind not in NEW:
            yield Asked(
                kind, f"{name} as subject",
                {"subject": thing.there, "data": data}, {"subject": thing.never, "data": data},
            )  # fmt: skip
    bed, stay = of["bed"], of["encounter"]
    if kind == ActionKind.CALL_PLACE:
        there, never = ({**data, "bed_id": id} for id in (bed.there, bed.never))
        new = str(uuid7())
        yield Asked(kind, "bed", {"subject": new, "data": there}, {"subject": new, "data": never})
    if kind == ActionKind.ENTRUST_ASK:
        there, never = ({"to_device": id} for id in ("dev-elsewhere", "dev-never"))
        yield Asked(
            kind, "station", {"subject": "entrustment", "data": there},
            {"subject": "entrustment", "data": never},
        )  # fmt: skip
    subject = of["nurse_call"].never
    if kind == ActionKind.CALL_PLACE:
        subject, data = str(uuid7()), {**data, "bed_id": docs.bed_id(1)}
    there, never = (
        {"subject": subject, "data": data, "seen": Seen(encounter_id=id)}
        for id in (stay.there, stay.never)
    )
    yield Asked(kind, "stay looked at", there, never)


@pytest.fixture
async def client(ward: Ward) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as opened:
        yield opened
    await server.stop()


class Asker:
    """One device that asks, and what it is told."""

    def __init__(self, ward: Ward, client: httpx.AsyncClient, device: Device) -> None:
        self.ward = ward
        self.client = client
        self.device = device
        self.headers = {"Authorization": f"Bearer {ward.tokens[device.id]}"}

    async def act(self, kind: str, more: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body; its own action's id, which it knows, is left out."""
        subject = more.get("subject", "")
        rest = {name: value for name, value in more.items() if name != "subject"}
        action = self.ward.action(kind, subject, by=NURSE, **rest)
        body = as_json(ActionRequest(action=action, age_ms=0))
        response = await self.client.post("/actions", json=body, headers=self.headers)
        said = response.content.replace(action.id.encode(), b"ID")
        if kind in (ActionKind.DRILL_START, ActionKind.CALL_AGAIN):
            # It begins one on the device's own ward each time, or calls at its own bed, whatever it
            # names: another write.
            said = re.sub(rb'"seq":\d+', b'"seq":N', said)
            said = re.sub(rb'"call_id":"[^"]+"', b'"call_id":"ITS OWN"', said)
        return response.status_code, said

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        response = await self.client.post(path, json=body, headers=self.headers)
        return response.status_code, response.content


async def out_of_sight(ward: Ward, role: ScreenRole) -> dict[str, Thing]:
    """Something that a device of this role at bed 1 does not see: in the room beyond, or where the
    role sees the whole ward, in another ward."""
    if role in WARD_WIDE_ROLES:
        # Not bed 3 of this ward, which these roles may see.
        await ward.hub.store.write(furnish(ELSEWHERE, 7))
        return things(ELSEWHERE, 7)
    await ward.hub.store.write(furnish(WARD, 3))
    return things(WARD, 3)


@pytest.mark.parametrize("role", ROLES)
async def test_every_action_is_answered_alike(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole
) -> None:
    await ward.enrol(ScreenRole.STATION, device_id="dev-here")
    of = await out_of_sight(ward, role)
    asker = Asker(ward, client, await ward.enrol(role, PLACES[role]))
    different, asked = [], 0
    for kind in KINDS:
        for one in every_way(kind, of):
            there = await asker.act(kind, one.there)
            never = await asker.act(kind, one.never)
            asked += 1
            if there != never:
                different.append((kind, one.of, there, never))
            assert there[0] != 400, f"{kind}: asked in a way that says nothing: {there}"
            if role not in MAY[kind]:
                assert there[0] == 403
    assert asked > len(KINDS)
    assert different == []


@pytest.mark.parametrize("role", ROLES)
async def test_every_other_request_is_answered_alike(
    ward: Ward, client: httpx.AsyncClient, role: ScreenRole
) -> None:
    of = await out_of_sight(ward, role)
    asker = Asker(ward, client, await ward.enrol(role, PLACES[role]))
    for event in ("press", "reset", "presence", "beat", "lost", "restored"):
        answers = set()
        for id in (of["call_point"].there, of["call_point"].never):
            asked = {"id": str(uuid7()), "call_point": id, "event": event, "age_ms": 0}
            status, body = await asker.post("/inputs", asked)
            # What was asked for may be repeated, and no more.
            answers.add((status, body.replace(id.encode(), b"*")))
        assert len(answers) == 1
        assert answers.pop()[0] == 403
    people = {
        await asker.post("/staff/identify", {"staff_id": id, "pin": "4827"})
        for id in ("st-1", "st-77", of["encounter"].there)
    }
    assert len(people) == 1
    assert people.pop()[0] == 403
    for path in ("/documents", "/beds", "/feed", "/actions", "/encounters"):
        found = []
        for id in (of["bed"].there, of["bed"].never):
            answer = await client.get(f"{path}/{id}", headers=asker.headers)
            found.append((answer.status_code, answer.content))
        assert found[0] == found[1]
        assert found[0][0] == 404


@pytest.mark.parametrize("path", ["/feed", "/actions", "/inputs", "/staff/identify"])
async def test_a_wrong_token_is_refused_alike_for_known_and_unknown_devices(
    ward: Ward, client: httpx.AsyncClient, path: str
) -> None:
    known = await ward.enrol(ScreenRole.BEDSIDE, "1")
    answers = []
    for token in (f"{known.id}.wrong", f"{uuid7()}.wrong", "wrong", "."):
        headers = {"Authorization": f"Bearer {token}"}
        method = "GET" if path == "/feed" else "POST"
        answer = await client.request(method, path, headers=headers)
        answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
    assert all(one == answers[0] for one in answers)
    assert answers[0][0] == 401
