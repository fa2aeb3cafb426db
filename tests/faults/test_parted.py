"""Hub and standby both live and do not reach each other, with screens at each of them: both are
touched, and when the network is mended each press is there once and what was pressed after an
end is a call. Real programs on hosts of their own, over TLS."""

import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from uuid6 import uuid7

from smartward.wire.envelope import Action, ActionKind, ActionRequest, Person
from tests.faults.hosts import Hosts
from tests.faults.protocol.screen_side import NURSE
from tests.faults.test_switched_off import CLOCK, PORT, WardOfHosts
from tests.hub import ward_docs as docs

AT_STANDBY = ("bedside", "corridor")
MENDED_WITHIN_S = 40.0

pytestmark = [pytest.mark.long, pytest.mark.expects_log()]


class PartedWard(WardOfHosts):
    """The same ward, with the room's door, and the screen of its other bed, which are touched on
    either side of the cut."""

    def start(self) -> None:
        super().start()
        at = {"door": docs.room_id(1), "bedside": docs.bed_id(2)}
        self._proof = {
            role: Path(self._enrol(role, place)).read_text() for role, place in at.items()
        }

    def part(self, *, one_way: bool) -> None:
        """Hub and standby: both ways, or what the hub says alone is lost. Nobody of the standby's
        side reaches the hub."""
        for screen in AT_STANDBY:
            self.hosts.partition("hub", screen)
        self.hosts.partition("hub", "standby", one_way=one_way)
        self.programs["standby"].wait("standby", "alone")
        for screen in AT_STANDBY:
            self.programs[screen].wait("link", "live")

    def mend(self) -> None:
        for name in (*AT_STANDBY, "standby"):
            self.hosts.heal("hub", name)
        self.programs["standby"].wait("standby", "following", within_s=MENDED_WITHIN_S)

    def touch(self, role: str, kind: str, call: str, at: str = "hub") -> str:
        """Somebody touches the door's screen, or that of the other bed, which listens there; gives
        what is answered."""
        action = Action(
            id=str(uuid7()),
            kind=kind,
            subject=call,
            made_at=CLOCK.now(),
            by=NURSE if role == "door" else Person(),
            data={"reason": "seen", "bed_id": docs.bed_id(2), "class": "normal"},
        )
        body = msgspec.json.encode(ActionRequest(action=action, age_ms=0))
        context = ssl.create_default_context(cafile=self._tls["ca"])
        url = f"https://{self.hosts.address[at]}:{PORT}/actions"
        head = {"Authorization": f"Bearer {self._proof[role]}"}

        def post() -> httpx.Response:
            with httpx.Client(verify=context, trust_env=False, timeout=20) as client:
                return client.post(url, content=body, headers=head)

        answer = self.hosts.inside("door", post)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["outcome"])

    def calls(self, at: str) -> dict[str, dict[str, object]]:
        found = self.programs[at].ask("documents", kind="nurse_call")["documents"]
        return dict(found)


def is_over(call: dict[str, object]) -> bool:
    return call["state"] == "completed"


def kinds(call: dict[str, object]) -> list[str]:
    """What was marked on a call."""
    marks = call["marks"]
    assert isinstance(marks, list)
    return [str(mark["kind"]) for mark in marks]


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[PartedWard]:
    with Hosts("hub", "standby", "bedside", "station", "corridor", "door") as hosts:
        made = PartedWard(tmp_path, hosts)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.mark.parametrize("one_way", [False, True], ids=["both ways", "one way"])
def test_what_was_touched_on_both_sides_of_a_cut_is_there_once_when_it_is_mended(
    ward: PartedWard, one_way: bool
) -> None:
    first, other = ward.press(), str(uuid7())
    assert ward.touch("bedside", ActionKind.CALL_PLACE, other) == "applied"
    ward.drawn("station", first, 20)
    for call in (first, other):
        ward.drawn("corridor", call, 20)
    ward.part(one_way=one_way)

    assert ward.touch("door", ActionKind.CALL_CLOSE, first) == "applied"
    ward.programs["station"].wait("open_calls", 1)
    assert ward.touch("door", ActionKind.CALL_CLOSE, other, at="standby") == "applied"
    assert ward.touch("bedside", ActionKind.CALL_AGAIN, other) == "applied"
    pressed_at = CLOCK.now()
    ward.programs["bedside"].touch("callButton")  # there it is open still: they ask again
    ward.programs["bedside"].wait("outbox_waiting", 0)
    assert [is_over(ward.calls("hub")[one]) for one in (first, other)] == [True, False]
    ward.programs["corridor"].wait("open_calls", 1)  # each side knows its own touches

    ward.mend()
    for screen in ("station", "corridor"):
        ward.programs[screen].wait("open_calls", 2, within_s=MENDED_WITHIN_S)
    calls = ward.calls("hub")
    over, later = calls.pop(first), calls.pop(other)
    (new,) = calls.values()
    assert [is_over(one) for one in (over, later, new)] == [True, False, False]
    assert [one["presses"] for one in (over, later, new)] == [1, 2, 1]
    assert all(kinds(one).count("sent") == 1 for one in (over, later, new))
    assert over["device_id"] == new["device_id"]
    placed = datetime.fromisoformat(str(new["placed_at"]))
    assert abs((placed - pressed_at).total_seconds()) < 2, "when it was pressed is kept"
