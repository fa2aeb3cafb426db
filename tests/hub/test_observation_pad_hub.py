"""A set typed on the key pad: the hub's documents, the engine's alert, the station's card."""

from pathlib import Path

import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.rules import RULES, WARD_RULES, Mode, RuleSettings
from smartward.hub.deciding import Decider
from smartward.hub.store.base import Stored
from smartward.screen.link import LinkState, Phase
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox
from smartward.screen.services import Services
from smartward.screen.station import StationModel
from smartward.wire.envelope import Action, ActionRequest, Answer, Document
from smartward.wire.views import BODY
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

HIGH = ("2", "2", "9", "4", "air", "1", "0", "5", "#", "1", "1", "2", "A", "3", "8", "5")


class Screen:
    """A station without a page: its touches go to the hub, and the hub's documents come back."""

    def __init__(self, ward: Ward, device: Device) -> None:
        self.ward, self.device = ward, device
        self.replica, self.link = Replica(ScreenRole.STATION), LinkState()
        self.outbox = Sent()
        self.link.phase, self.link.last_heard = Phase.LIVE, ward.clock.now()
        self.link.his_as_of, self.link.device_id = ward.clock.now(), device.id
        services = Services(
            role=ScreenRole.STATION,
            settings=SETTINGS,
            clock=ward.clock,
            replica=self.replica,
            link=self.link,
            outbox=self.outbox,
            language="en",
        )
        self.model = StationModel(services)
        self.model.start()

    async def hear(self) -> None:
        """Everything that the hub has of what a station sees."""
        found: list[Stored] = []
        for kind in BODY[ScreenRole.STATION]:
            found += await self.ward.hub.store.read(lambda tx, kind=kind: tx.all(WARD, kind))
        told = [Document(one.kind, one.id, one.seq, msgspec.Raw(one.body)) for one in found]
        self.replica.load(told, max(one.seq for one in found))

    async def send(self) -> list[Answer]:
        """Send what was touched; refusals come back as in the running program."""
        answers = []
        for action in self.outbox.pending():
            request = ActionRequest(action=action, age_ms=0, clock_skew_ms=0)
            answer = await self.ward.hub.actions.answer(self.device, request)
            self.outbox.gone.add(action.id)
            if answer.outcome != "applied":
                self.model.took_refusal(action, answer)
            answers.append(answer)
        return answers


class Sent(PictureOutbox):
    """Touches that the hub has not answered."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[str] = set()

    def pending(self) -> tuple[Action, ...]:
        return tuple(one for one in super().pending() if one.id not in self.gone)


@pytest.fixture
async def screen(ward: Ward, tmp_path: Path) -> Screen:
    station = Screen(ward, await ward.enrol(ScreenRole.STATION))
    await station.hear()
    station.model.chooseStaff("st-1")
    return station


def type_in(screen: Screen, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key == "#":
            screen.model.pad.next()
        else:
            screen.model.pad.press(key)


async def test_a_typed_set_becomes_documents_an_alert_and_its_card(screen: Screen) -> None:
    ward = screen.ward
    modes = {rule.id: Mode.OFF for rule in (*RULES, *WARD_RULES)} | {"news2": Mode.ON}
    rules = RuleSettings().with_modes(modes)
    decider = Decider(ward.hub.store, ward.clock, SETTINGS, None, rules)
    await decider.start()
    try:
        screen.model.observeBed(docs.bed_id(2))
        type_in(screen, HIGH)
        assert screen.model.pad.total == "7"
        screen.model.pad.save()
        assert "On its way" in screen.model.pad.status
        answers = await screen.send()
        assert {one.outcome for one in answers} == {"applied"}
        for _ in range(2000):
            await ward.hub.store.finish()
            alerts = await ward.hub.store.read(lambda tx: tx.all(WARD, "alert"))
            if any(b'"rule":"news2"' in one.body for one in alerts):
                break
    finally:
        await decider.stop()
    await screen.hear()
    screen.model.clock_moved()
    assert "Saved 08:30 by" in screen.model.pad.status
    titles = {row.number: row.title for row in screen.model.queue.rows if row.number == "2"}
    assert any("7" in title for title in titles.values()), titles
    screen.model.pad.leave()
    assert screen.model.sheet.score == "7"
    assert screen.model.pad.correctVerb == "Correct my last set (08:30)"


async def test_what_the_hub_does_not_take_is_on_the_page_again(screen: Screen) -> None:
    screen.model.observeBed(docs.bed_id(2))
    type_in(screen, HIGH)
    # Meanwhile the patient was laid elsewhere, and this screen has not heard of it.
    await screen.ward.hub.store.write(lambda tx: docs.put_bed(tx, 2, 3))
    screen.model.pad.save()
    outcomes = [one.outcome for one in await screen.send()]
    assert "refused" in outcomes
    assert screen.model.pad.refusal
    assert [one.value for one in screen.model.pad.rows.rows if one.value][:2] == ["22", "94"]


async def test_a_correction_leaves_the_right_value_and_keeps_the_wrong_one(screen: Screen) -> None:
    screen.model.observeBed(docs.bed_id(2))
    type_in(screen, HIGH)
    screen.model.pad.save()
    await screen.send()
    await screen.hear()
    screen.model.pad.leave()
    screen.model.correctObservations()
    screen.model.pad.select("heart_rate")
    type_in(screen, ("7", "2"))
    screen.model.pad.save()
    screen.model.pad.answer("typed")
    assert {one.outcome for one in await screen.send()} == {"applied"}
    await screen.hear()
    screen.model.clock_moved()
    (entry,) = screen.model.ward_state.entries.values()
    told = [(s.number, s.values[0].text, s.status) for s in entry.signs if s.name == "heart_rate"]
    assert told == [(1, "112", "entered-in-error"), (2, "72", "final")]
    assert screen.model.sheet.score == "5"
