"""The station's model: touches become the right actions, who acts is asked once, lists keep."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import msgspec
import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import ScreenRole
from smartward.clinical.encounter import Encounter, NursingLevel
from smartward.clinical.nurse_call import Actor, CallClass
from smartward.clinical.priority import Priority
from smartward.config import Settings
from smartward.screen import station_core, station_links_model
from smartward.screen.link import LinkState, Phase
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, Scene, show_scene
from smartward.screen.services import Services
from smartward.screen.station import StationModel
from smartward.wire.envelope import Action, ActionKind, Document, Gone
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_stage import application
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id, stay_id
from tests.ui.test_station_sound import Ears


class Hub(PictureOutbox):
    """The outbox of a station whose touches come back, or do not."""

    def answer(self) -> None:
        """Everything has come back."""
        self._actions.clear()


class Desk:
    """A station model with its replica, clock and outbox."""

    def __init__(self, scene: Scene, language: str = "zh_CN") -> None:
        self.clock = ManualClock(NOW)
        self.replica, self.link = Replica(ScreenRole.STATION), LinkState()
        self.outbox, self.ears = Hub(), Ears()
        show_scene(scene, self.replica, self.link, self.clock)
        services = Services(
            role=ScreenRole.STATION,
            settings=Settings(),
            clock=self.clock,
            replica=self.replica,
            link=self.link,
            outbox=self.outbox,
            language=language,
        )
        self.model = StationModel(services, self.ears)
        self.model.start()
        self._seq = 100_000

    @property
    def actions(self) -> list[Action]:
        return list(self.outbox.pending())

    def keys(self) -> list[str]:
        return [row.key for row in self.model._queue.rows]

    def row(self, key: str):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
        return next(row for row in self.model._queue.rows if row.key == key)

    def write(self, kind: str, body, gone: tuple[Gone, ...] = ()) -> None:  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
        self.write_as(kind, body.id, body, gone)

    def write_as(  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
        self, kind: str, document_id: str, body, gone: tuple[Gone, ...] = ()
    ) -> None:
        self._seq += 1
        raw = msgspec.Raw(msgspec.json.encode(body))
        self.replica.apply(self._seq, [Document(kind, document_id, self._seq, raw)], gone)

    def gone(self, kind: str, document_id: str) -> None:
        self._seq += 1
        self.replica.apply(self._seq, [], [Gone(kind, document_id)])

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.model.clock_moved()


BATH = "call:call-22-bathroom"


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def desk() -> Iterator[Desk]:
    return Desk(sample.busy_ward().scene())


# -------------------------------------------------------------------------------------- who acts


def test_the_first_touch_asks_who_and_then_acts(desk: Desk) -> None:
    desk.model.accept(BATH)
    assert desk.model.pickerOpen
    assert not desk.actions
    desk.model.chooseStaff("n2")
    (action,) = desk.actions
    assert not desk.model.pickerOpen
    assert (action.kind, action.subject) == (ActionKind.CALL_ACCEPT, "call-22-bathroom")
    assert (action.by.known, action.by.id, action.by.name) == ("name", "n2", "钱芳")
    assert action.seen.encounter_id == stay_id(22)
    assert action.seen.seq == desk.replica.doc("nurse_call", "call-22-bathroom").seq  # type: ignore[union-attr]  # it is there in this test
    assert desk.model.actorText == "钱芳"


def test_the_second_touch_does_not_ask(desk: Desk) -> None:
    desk.model.accept(BATH)
    desk.model.chooseStaff("n2")
    desk.model.accept("alert:alert-news2-31")
    assert not desk.model.pickerOpen
    assert [a.kind for a in desk.actions] == [ActionKind.CALL_ACCEPT, ActionKind.ALERT_ACKNOWLEDGE]
    assert {a.by.id for a in desk.actions} == {"n2"}


def test_the_next_shift_is_asked_again(desk: Desk) -> None:
    desk.model.openPicker()
    desk.model.chooseStaff("n2")
    desk.wait(timedelta(hours=5, minutes=54).total_seconds())
    assert desk.model.actorText != ""
    desk.wait(120)  # 16:01, the evening shift
    assert desk.model.actorText == ""
    desk.model.accept(BATH)
    assert desk.model.pickerOpen


def test_closing_the_question_does_nothing(desk: Desk) -> None:
    desk.model.accept(BATH)
    desk.model.closePicker()
    assert not desk.actions
    assert not desk.model.pickerOpen


def test_whoever_acts_can_change(desk: Desk) -> None:
    for staff in ("n1", "n2"):
        desk.model.openPicker()
        desk.model.chooseStaff(staff)
    assert desk.model.actorText == "钱芳"


# --------------------------------------------------------------------------------------- gestures


def as_lee(desk: Desk) -> StationModel:
    desk.model.openPicker()
    desk.model.chooseStaff("n1")
    return desk.model


def test_help_is_asked_for(desk: Desk) -> None:
    as_lee(desk).reinforce(BATH)
    (action,) = desk.actions
    assert (action.kind, action.subject) == (ActionKind.CALL_REINFORCE, "call-22-bathroom")


def test_a_call_is_handed_to_a_named_colleague(desk: Desk) -> None:
    model = as_lee(desk)
    model.beginHandOver("call:call-12-normal")
    assert model.question.open
    assert model.question.title == "12床转给谁？"
    offered = [row.key for row in model._ask._answers.rows]
    assert "n1" not in offered, "who goes already is not a colleague to hand over to"
    model.question.choose("n3")
    (action,) = desk.actions
    assert (action.kind, action.subject) == (ActionKind.CALL_HAND_OVER, "call-12-normal")
    assert action.data == {"staff_id": "n3"}
    assert not model.question.open


def test_a_hand_over_can_be_given_up(desk: Desk) -> None:
    model = as_lee(desk)
    model.beginHandOver("call:call-12-normal")
    model.question.cancel()
    model.question.choose("n3")
    assert not desk.actions


def test_mute_silences_every_sounding_call_and_leaves_the_light(desk: Desk) -> None:
    sample_call = sample.call(sample.full_ward(), 5, 3)
    desk.write("nurse_call", sample_call)
    as_lee(desk).mute()
    heard = {a.subject for a in desk.actions if a.kind == ActionKind.CALL_HEARD}
    assert heard == {"call-22-bathroom", sample_call.id}
    assert {a.by.id for a in desk.actions} == {"n1"}
    assert desk.ears.alarms[-1] is None
    assert desk.model.head.muted == "静音至 10:07，升级会再响"
    assert desk.row(BATH).flashing


def test_mute_ends_even_when_the_hub_never_hears_of_it(desk: Desk) -> None:
    as_lee(desk).mute()
    desk.wait(121)
    assert desk.ears.alarms[-1] is Priority.HIGH
    assert desk.model.head.muted == ""


def test_a_touch_on_its_way_is_told(desk: Desk) -> None:
    as_lee(desk).accept(BATH)
    assert desk.row(BATH).status == "已记下，正在发送"
    assert not desk.row(BATH).accept
    desk.outbox.answer()
    desk.model.relabel()
    assert desk.row(BATH).accept


def test_a_touch_without_a_hub_says_that_it_waits() -> None:
    desk = Desk(sample.offline(sample.busy_ward()))
    as_lee(desk).accept(BATH)
    assert desk.row(BATH).status == "已记下，等连上病区主机"


def test_keys_that_are_gone_do_nothing(desk: Desk) -> None:
    model = as_lee(desk)
    for gesture in (model.accept, model.reinforce, model.beginHandOver):
        gesture("call:gone")
    model.openSheet("his.bed-gone")
    assert not desk.actions
    assert not model.sheetOpen


# ------------------------------------------------------------------------------ documents and time


def test_a_new_call_comes_into_the_queue_and_is_said(desk: Desk) -> None:
    before = desk.keys()
    made = sample.call(sample.full_ward(), 5, 0, CallClass.EMERGENCY)
    desk.write("nurse_call", made)
    assert desk.keys() == [f"call:{made.id}", *before]
    assert desk.ears.said[-1][:2] == ("emergency_call", {"room": "302", "bed": "5"})
    assert made.id in desk.model.shown_call_ids()


def test_lists_never_reset_and_tell_only_what_changed(desk: Desk) -> None:
    resets: list[int] = []
    changed: list[tuple[int, list[int]]] = []
    queue, board = desk.model._queue, desk.model._board
    queue.modelReset.connect(lambda: resets.append(1))
    board.modelReset.connect(lambda: resets.append(1))

    def told(first: QModelIndex, _last: QModelIndex, roles: list[int]) -> None:
        changed.append((first.row(), list(roles)))

    queue.dataChanged.connect(told)
    desk.wait(1)
    names = {role: bytes(name.data()).decode() for role, name in queue.roleNames().items()}
    assert changed
    assert {names[role] for _, roles in changed for role in roles} == {"time"}
    assert not resets


def test_ages_count_by_the_second_only_while_something_is_open() -> None:
    desk = Desk(sample.full_ward().scene())
    assert desk.model.next_boundary() - NOW == timedelta(minutes=1)
    desk.write("nurse_call", sample.call(sample.full_ward(), 5, 0))
    assert desk.model.next_boundary() - NOW == timedelta(seconds=1)
    desk.wait(3)
    assert desk.row("call:call-5-normal").time == "已等 0:03"


def test_a_patient_who_goes_leaves_the_board_and_the_open_sheet(desk: Desk) -> None:
    desk.model.openSheet(bed_id(12))
    assert desk.model.sheet.occupied
    bed = replace(desk.model.ward_state.beds[bed_id(12)], occupants=())
    desk.write("bed", bed, (Gone("encounter", stay_id(12)),))
    assert not desk.model.sheet.occupied
    assert desk.model.sheet.name == ""
    assert not desk.model._sheet._precautions.rows
    cell = next(cell for cell in desk.model._board.rows if cell.key == bed_id(12))
    assert cell.name == ""
    assert cell.priority == "medium", "the call stays with the bed"


def test_the_language_changes_everything(desk: Desk) -> None:
    desk.model.setLanguage("en")
    assert desk.row(BATH).title == "Bathroom emergency"
    assert desk.model.head.counts.startswith("Urgent")
    assert desk.model.slotLetters == ["A", "I", "N", "F", "S", "L"]


def test_an_empty_queue_says_why_and_without_a_hub_promises_nothing() -> None:
    desk = Desk(sample.full_ward().scene())
    assert desk.model.head.empty
    assert "10:05" in desk.model.head.emptyWhy
    desk.link.phase, desk.link.lost_at = Phase.OFFLINE, NOW
    desk.link.changed()
    assert "有线" in desk.model.head.emptyWhy


def test_an_empty_replica_is_no_error() -> None:
    desk = Desk(Scene(documents=[]))
    assert desk.model.head.ward == "病区"
    assert desk.keys() == []


def test_shown_is_reported_once_the_mark_is_missing(desk: Desk) -> None:
    assert set(desk.model.shown_call_ids()) == {"call-22-bathroom", "call-12-normal"}


def test_mother_and_child_can_both_be_read(desk: Desk) -> None:
    state = desk.model.ward_state
    child = replace(state.encounters[stay_id(1)], id="his.enc-child")
    child = replace(child, patient=replace(child.patient, name="周小宝"))
    desk.write("encounter", child)
    desk.write("bed", replace(state.beds[bed_id(1)], occupants=(stay_id(1), child.id)))
    desk.model.openSheet(bed_id(1))
    assert len(desk.model._sheet._occupants.rows) == 2
    desk.model.chooseOccupant(child.id)
    assert desk.model.sheet.name == "周＊宝"
    assert desk.model.sheet.stay_id == child.id


def test_actor_of_an_accepted_call_is_named_as_known(desk: Desk) -> None:
    who = Actor(device_id="x", person_id="n3", name="何静", family="何", known="name")
    bodies = sample.full_ward()
    desk.write("nurse_call", sample.call(bodies, 5, 60, accepted_by=who))
    assert desk.row("call:call-5-normal").status == "何静 已在路上"


def test_what_was_seen_is_the_alerts_own_patient(desk: Desk) -> None:
    """Of two in one bed, the alert names its own; else the hub would refuse it."""
    state = desk.model.ward_state
    mother = replace(state.encounters[stay_id(31)], id="his.enc-mother")
    desk.write("encounter", mother)
    desk.write("bed", replace(state.beds[bed_id(31)], occupants=(mother.id, stay_id(31))))
    as_lee(desk).accept("alert:alert-news2-31")
    (action,) = desk.actions
    assert action.seen.encounter_id == stay_id(31)


# ------------------------------------------------------------------------------------------- cost


def counting(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[str]:
    """Each time that a module's function works, its name."""
    whole, again = getattr(module, name), list[str]()

    def work(*what: object, **how: object) -> object:
        again.append(name)
        return whole(*what, **how)

    monkeypatch.setattr(module, name, work)
    return again


def test_the_wards_screens_are_worked_out_for_who_looks_and_by_their_own_news_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = counting(monkeypatch, station_links_model, "screen_rows")
    (stay, *_) = desk.replica.all("encounter", Encounter)
    (device, screen) = next(iter(desk.replica.docs("screen").items()))
    links = desk.model.links
    gone = replace(screen.body, online=not screen.body.online)
    desk.write_as("screen", device, gone)
    assert not told
    links.look()
    assert len(told) == 1
    (row,) = (row for row in links.screens.rows if row.key == device)
    assert row.fault is not gone.online
    desk.write("encounter", replace(stay, nursing_level=NursingLevel.SPECIAL))
    assert len(told) == 1
    desk.write_as("screen", device, screen.body)
    assert len(told) == 2
    links.lookAway()
    desk.write_as("screen", device, gone)
    assert len(told) == 2


def test_a_hundred_screens_that_come_back_do_not_work_out_the_beds_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    beds = counting(monkeypatch, station_core, "quiet_cells")
    (device, screen) = next(iter(desk.replica.docs("screen").items()))
    shown = desk.model.head.screens
    desk.write_as("screen", device, replace(screen.body, online=not screen.body.online))
    assert desk.model.head.screens != shown
    assert not beds


def test_a_touch_of_ones_own_shows_and_no_document_is_gone_through_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full ward's page takes fifty times as long to work out as what a touch changes of it."""
    model = as_lee(desk)
    model.links.look()
    worked = [
        counting(monkeypatch, module, name)
        for module, name in (
            (station_core, "quiet_cells"),
            (station_links_model, "screen_rows"),
            (station_core, "WardState"),
        )
    ]
    model.accept(BATH)
    assert not desk.row(BATH).accept
    desk.outbox.answer()
    model.touches_moved()
    assert desk.row(BATH).accept
    assert worked == [[], [], []]
    desk.model.relabel()
    assert all(worked), "what a whole renewal works out"
