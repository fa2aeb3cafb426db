"""Calls that come without a hub, as they are drawn: marked at the station, lit at the door, and to
the patient no more than was answered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.drill import DrillState
from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.priority import Priority
from smartward.screen.peer_records import Answered, KeptTouch, Record
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind
from tests.ui import bed_ward
from tests.ui.bed_checks import all_faults
from tests.ui.bed_scenes import SCENES
from tests.ui.bed_stage import Stage, application, speak, stage
from tests.ui.drill_scenes import under_way
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import bed_id

WAITED_S = 42


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def alone(scene: Scene) -> Scene:
    """The same with no hub to be heard."""
    return msgspec.structs.replace(scene, **bed_ward.OFFLINE)


def came(on: Stage, bed: str, **more: Any) -> Record:
    """A call of this bed came straight."""
    at = on.clock.now() - timedelta(seconds=WAITED_S)
    fields: dict[str, Any] = {
        "id": "direct-1",
        "sender": "bedside-1",
        "bed_id": bed,
        "call_class": CallClass.NORMAL,
        "first_at": at,
        "heard_at": on.clock.now(),
        "touches": (KeptTouch(id="t1", kind=ActionKind.CALL_PLACE, at=at),),
    }
    made = Record(**(fields | more))
    direct = on.model.services.direct
    direct.records[made.id] = made
    direct.changed()
    on.settle()
    return made


# ----------------------------------------------------------------------------------- the station


@pytest.fixture
def desk() -> Iterator[Stage]:
    scene = alone(sample.busy_ward().scene())
    size, now = (1920, 1080), sample.NOW
    with stage("station", scene, size=size, language="en", now=now) as on:
        yield on
        assert not on.warnings


def test_a_station_tells_of_a_direct_call_beside_a_drill_until_either_is_over() -> None:
    ward = under_way()
    with stage("station", ward.scene(), size=(1920, 1080), language="en", now=sample.NOW) as on:
        assert on.model.calls_beside_drill() == ()
        made = came(on, bed_id(7))
        assert on.model.calls_beside_drill() == ("direct-1",)
        direct = on.model.services.direct
        direct.records["direct-1"] = msgspec.structs.replace(made, closed_at=on.clock.now())
        direct.changed()
        assert on.model.calls_beside_drill() == ()
        direct.records["direct-1"] = made
        direct.changed()
        assert on.model.calls_beside_drill() == ("direct-1",)
        ended = replace(ward.get("drill", "drill"), state=DrillState.STOPPED)
        on.replica.apply(on.replica.seq + 1, [bed_ward.doc("drill", "drill", ended, 99)])
        assert on.model.calls_beside_drill() == ()


def row(on: Stage, call_id: str = "direct-1") -> Any:
    found = {each.key: each for each in on.model.queue.rows}  # type: ignore[attr-defined]  # the model of that role
    return found[f"call:{call_id}"]


def test_a_direct_call_stands_in_the_queue_marked_and_is_not_told_to_the_hub_as_shown(
    desk: Stage,
) -> None:
    came(desk, bed_id(7))
    told = row(desk)
    assert (told.number, told.mark, told.flashing, told.sounding) == ("7", "direct", True, True)
    assert told.sub.startswith("Direct, without the hub")
    assert told.time == "Waited 0:42"
    assert (told.accept, told.reinforce, told.handOver, told.done) == (True, False, False, False)
    assert "direct-1" not in desk.model.shown_call_ids()
    assert desk.model.direct_call_ids() == ("direct-1",)


def test_time_raises_it_though_nobody_decides(desk: Stage) -> None:
    came(desk, bed_id(7))
    assert row(desk).priority == Priority.MEDIUM.value
    desk.pass_time(181 - WAITED_S)
    assert row(desk).priority == Priority.HIGH.value


def test_who_says_i_go_is_told_to_the_bed_at_once(desk: Stage) -> None:
    came(desk, bed_id(7))
    desk.model.accept("call:direct-1")  # type: ignore[attr-defined]  # the model of that role
    desk.model.chooseStaff("n1")
    desk.settle()
    assert [a.kind for a in desk.actions] == [ActionKind.CALL_ACCEPT]
    told = row(desk)
    assert told.status == "Told to the bed: 李敏 is on the way"
    assert (told.accept, told.sounding, told.flashing) == (False, False, False)


def test_one_whose_bed_is_silent_says_so_and_can_be_put_away_by_who_went(desk: Stage) -> None:
    came(desk, bed_id(7), coming="何", coming_at=desk.clock.now())
    direct = desk.model.services.direct
    direct.unheard = frozenset({"direct-1"})
    put_away: list[tuple[str, str | None]] = []
    direct.drop = lambda id, by: put_away.append((id, by))
    direct.changed()
    told = row(desk)
    assert told.sub.startswith("Direct; nothing from its screen since 10:05")
    assert told.done
    desk.model.beginDone("call:direct-1")  # type: ignore[attr-defined]  # the model of that role
    desk.model.chooseStaff("n1")
    assert put_away == [("direct-1", "n1")]


def test_the_privacy_key_leaves_that_it_came_direct_and_not_the_reason(desk: Stage) -> None:
    at = desk.clock.now()
    pain = KeptTouch(id="t2", kind=ActionKind.CALL_REASON, at=at, reason=CallReason.PAIN)
    made = came(desk, bed_id(7))
    came(desk, bed_id(7), touches=(*made.touches, pain))
    assert row(desk).title == "Calls: pain"
    desk.model.hideNear()  # type: ignore[attr-defined]  # the model of that role
    hidden = row(desk)
    assert (hidden.title, hidden.sub) == ("Patient calls", "Direct, without the hub")


def test_a_press_more_of_a_call_the_hub_told_of_is_the_same_row(desk: Stage) -> None:
    known = next(iter(desk.model.ward_state.calls.values()))  # type: ignore[attr-defined]  # the model of that role
    again = KeptTouch(id="t9", kind=ActionKind.CALL_AGAIN, at=desk.clock.now())
    before = len(desk.model.queue.rows)  # type: ignore[attr-defined]  # the model of that role
    came(desk, known.bed_id, id=known.id, call_class=known.call_class, touches=(again,))
    assert len(desk.model.queue.rows) == before  # type: ignore[attr-defined]  # the model of that role
    assert row(desk, known.id).mark == "direct"


# ---------------------------------------------------------------------------------------- the door


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_door_lights_for_a_direct_call_and_its_time_goes_on(language: str) -> None:
    with stage("door", alone(SCENES["door"]["calm"]), language=language) as on:
        assert on.model.blind  # type: ignore[attr-defined]  # the model of that role
        came(on, bed_ward.BED)
        model: Any = on.model
        assert (model.lampPriority, model.lampFlashing, model.blind) == ("medium", True, False)
        assert model.lampText == model.texts.text(
            "peer.door.direct", what=model.texts.text("door.waiting")
        )
        on.pass_time(3)
        elapsed = [each.elapsed for each in model.beds.rows if each.call]
        assert elapsed == ["0:45"]
        assert not all_faults(on, (1280, 800))
        assert not on.warnings


def test_a_direct_call_stands_before_those_of_which_nothing_is_known_any_more() -> None:
    scene = alone(SCENES["door"]["called"])
    with stage("door", scene, language="en") as on:
        model: Any = on.model
        assert not model.lampFlashing
        came(on, "his.bed-13")
        assert model.lampTitle == "Bed 13 calls"
        assert model.lampFlashing
        flashing = {each.key: each.flashing for each in model.beds.rows if each.call}
        assert flashing == {bed_ward.BED: False, "his.bed-13": True}


def test_a_call_that_ends_elsewhere_is_not_closed_at_the_door() -> None:
    with stage("door", alone(SCENES["door"]["calm"]), language="en") as on:
        model: Any = on.model
        for call_class, closes in ((CallClass.BATHROOM, False), (CallClass.NORMAL, True)):
            came(on, bed_ward.BED, call_class=call_class)
            model.touchBed(bed_ward.BED)
            assert model.panel.canClose is closes


# -------------------------------------------------------------------------------------- the bedside

NOTHING = Answered()
KEPT = Answered(station=True, door=True)
SHOWN = replace(KEPT, shown=True)
COMING = replace(SHOWN, coming="李")


def called(on: Stage, answered: Answered) -> Any:
    """The page, with what the receivers have answered by now."""
    model: Any = on.model
    if not on.actions:
        model.placeCall()
    direct = model.services.direct
    direct.answered[on.actions[0].subject] = answered
    direct.changed()
    on.pass_time(6)
    return model.call


@pytest.fixture(scope="module")
def bed() -> Iterator[Stage]:
    with stage("bedside", alone(SCENES["bedside"]["home"]), language="en") as on:
        yield on
        assert not on.warnings


@pytest.mark.parametrize(
    "answered, title, receipts, points",
    [
        (NOTHING, "Stored, not sent yet", "late waiting waiting", True),
        (Answered(door=True), "The lamp at your door is lit", "late waiting waiting", True),
        (KEPT, "Your call is at the station", "done waiting waiting", True),
        (SHOWN, "The station has your call", "done done waiting", False),
        (COMING, "Nurse Li is coming", "done done done", False),
        (replace(COMING, present=True), "A nurse is with you", "done done done", False),
    ],
)
def test_a_patient_is_told_what_was_answered_and_no_more(
    bed: Stage, answered: Answered, title: str, receipts: str, points: bool
) -> None:
    page = called(bed, answered)
    assert page.title == title
    assert " ".join(row.status for row in page.receipts.rows) == receipts
    assert page.warning is points


@pytest.mark.parametrize("language", ["zh_CN", "en", "es", "ar"])
@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_every_direct_page_fits(bed: Stage, language: str, scale: float) -> None:
    speak(bed, language)
    bed.model.setTextScale(scale)
    for answered in (Answered(door=True), KEPT, SHOWN):
        called(bed, answered)
        assert not all_faults(bed, (1280, 800)), answered


def test_closed_at_the_door_it_is_over_at_the_bed(bed: Stage) -> None:
    speak(bed, "en")
    called(bed, SHOWN)
    assert bed.model.state()["page"] == "call"
    called(bed, replace(SHOWN, present=True, closed=True))
    assert bed.model.state()["call"] is None


class _Said:
    """What a speaker was asked to say."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def announce(self, prompt_key: str, *_: object) -> None:
        self.prompts.append(prompt_key)

    def tick(self) -> None: ...

    def can_say(self, lang: str) -> bool:
        return False

    def say(self, *_: object) -> None: ...


def test_who_does_not_see_the_screen_hears_each_answer_once() -> None:
    with stage("bedside", alone(SCENES["bedside"]["home"]), language="en") as on:
        said = _Said()
        model: Any = on.model
        model.set_speaker(said)
        for answered in (NOTHING, KEPT, SHOWN, SHOWN, COMING, COMING):
            called(on, answered)
        assert said.prompts == ["call_placed", "on_the_way"]
