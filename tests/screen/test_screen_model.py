"""What every screen has: time, links in words, night, language, notices, and who acts."""

from datetime import time, timedelta

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.night_hours import NightHours, NightRule
from smartward.errors import StorageFault
from smartward.screen.link import Phase
from smartward.screen.replica import Changes
from smartward.screen.scene import PictureOutbox
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.wire.envelope import Action, Person
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import document, roster, ward


class Recorded(ScreenModel):
    """A role that keeps what the base tells it."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.refreshed: list[Changes] = []
        self.ticks = 0

    def refresh(self, changes: Changes) -> None:
        self.refreshed.append(changes)

    def tick(self, now: object) -> None:
        self.ticks += 1


class FullDisk:
    """An outbox whose disk is full."""

    def put(self, action: Action) -> None:
        raise StorageFault("storage.full", "no space")

    def pending(self) -> tuple[Action, ...]:
        return ()


@pytest.fixture
def model(app: QGuiApplication, services: Services) -> Recorded:
    services.replica.load(
        [document("ward", "ward", 1, ward()), document("roster", "roster", 1, roster())], 1
    )
    made = Recorded(services)
    made.start()
    return made


def counted(signal: object) -> list[int]:
    """One entry for each time a signal was emitted."""
    found: list[int] = []
    signal.connect(lambda *_: found.append(1))  # type: ignore[attr-defined]  # a Qt signal, bound
    return found


# ------------------------------------------------------------------------------------------ time


def test_time_is_the_wards_and_is_told_once_a_minute(model: Recorded, clock: ManualClock) -> None:
    assert (model.timeText, model.dateText) == ("08:30", "Saturday 21 November")
    told = counted(model.timeChanged)
    clock.advance(59)
    model.clock_moved()
    assert told == []
    clock.advance(1)
    model.clock_moved()
    assert (told, model.timeText) == ([1], "08:31")


def test_the_next_boundary_follows_what_is_shown(model: Recorded, clock: ManualClock) -> None:
    clock.advance(12.3)
    pace = []
    model.on_pace_changed(lambda: pace.append(model.next_boundary()))
    assert model.next_boundary() == clock.now().replace(second=0, microsecond=0) + timedelta(
        minutes=1
    )
    model.want_seconds(True)
    model.want_seconds(True)
    assert pace == [clock.now().replace(microsecond=0) + timedelta(seconds=1)]


def test_night_follows_the_ward_unless_told_otherwise(model: Recorded, clock: ManualClock) -> None:
    assert not model.night
    clock.step(14 * 3600)  # 22:30
    model.clock_moved()
    assert model.night
    model.set_appearance("day")
    assert (model.night, model.ward_night) == (False, True)
    with pytest.raises(ValueError, match="dusk"):
        model.set_appearance("dusk")


def test_its_own_night_is_drawn_and_the_wards_is_heard(
    model: Recorded, services: Services, clock: ManualClock
) -> None:
    """It is 08:30: by the hours of this screen night, by the ward's and another's day."""
    services.link.device_id = "d1"
    rules = [NightRule(device_id=id, start=time(8), end=time(9)) for id in ("d1", "d2")]

    def told(*rules: NightRule) -> None:
        nights = document("night_hours", "night_hours", 2, NightHours(rules=rules))
        services.replica.apply(2, [nights], [])

    told(rules[1])
    assert not model.night
    told(*rules)
    assert (model.night, model.ward_night) == (True, False)
    clock.step(14 * 3600)  # 22:30
    model.clock_moved()
    assert (model.night, model.ward_night) == (False, True)


def test_a_wards_zone_is_used_once_known(app: QGuiApplication, services: Services) -> None:
    model = Recorded(services)
    model.start()
    assert model.timeText == "08:30"
    services.replica.load([document("ward", "ward", 1, ward_in("Europe/Berlin"))], 1)
    assert model.timeText == "01:30"


def ward_in(zone: str) -> object:
    import dataclasses

    return dataclasses.replace(ward(), zone=zone)


def test_language_changes_everything_shown(model: Recorded) -> None:
    model.refreshed.clear()
    told = counted(model.languageChanged)
    model.setLanguage("zh_CN")
    assert (model.dateText, model.language) == ("11月21日 星期六", "zh_CN")
    assert [row.roleText for row in model.staff.rows] == ["护士", "医生"]
    assert [changes.reset for changes in model.refreshed] == [True]
    model.setLanguage("zh_CN")
    assert told == [1]


def test_text_scale_stays_in_its_bounds(model: Recorded) -> None:
    for asked, got in ((1.3, 1.3), (9.0, 1.6), (0.1, 1.0)):
        model.setTextScale(asked)
        assert model.textScale == got


# ----------------------------------------------------------------------------------------- links


def test_both_links_well_says_nothing(model: Recorded) -> None:
    assert (model.linkKind, model.linkText) == ("", "")
    assert model.asOfText == "Data as of 08:30"
    assert model.identityCurrent


def test_the_banner_names_the_link_and_since_when(model: Recorded, clock: ManualClock) -> None:
    link = model.services.link
    clock.advance(60)
    link.phase, link.lost_at = Phase.STALE, clock.now()
    link.changed()
    assert (model.linkKind, model.linkText) == (
        "hub",
        "No connection to the ward hub since 08:31. Showing 08:30.",
    )
    clock.advance(24 * 3600)
    model.clock_moved()
    assert "Saturday 21 November 08:31" in model.linkText
    link.lost_at = None
    link.phase = Phase.CONNECTING
    link.last_heard = None
    link.changed()
    assert model.linkText == "The ward hub has not been reached since this screen was started."


def test_late_hospital_data_say_so(model: Recorded, clock: ManualClock) -> None:
    clock.advance(model.settings.his_late_s)
    model.clock_moved()
    assert model.linkText == ""
    clock.advance(1)
    model.clock_moved()
    assert (model.linkKind, model.linkText) == ("his", "Hospital data as of 08:30")
    model.services.link.his_as_of = None
    model.services.link.changed()
    assert model.linkText == "No hospital data yet"


def test_a_hub_that_cannot_store_is_told_before_all_else_it_says(model: Recorded) -> None:
    link = model.services.link
    link.hub_stores, link.his_up, link.standby = False, False, "alone"
    link.changed()
    assert (model.linkKind, model.linkText) == (
        "hub",
        "The ward hub cannot store: new calls may not show. Use the wired call unit.",
    )
    link.hub_stores, link.his_up, link.standby = True, True, ""
    link.changed()
    assert model.linkText == ""


@pytest.mark.parametrize("told", ["alone", "handing_over"])
def test_while_the_standby_hub_stands_alone_calls_work_and_the_data_are_as_they_were(
    model: Recorded, clock: ManualClock, told: str
) -> None:
    link = model.services.link
    link.standby = "following"
    link.changed()
    assert model.linkText == "", "a standby that follows is nobody's concern"
    link.standby, link.his_up = told, False
    link.changed()
    away = "The ward hub is away; calls work."
    assert (model.linkKind, model.linkText) == ("standby", f"{away} Hospital data as of 08:30")
    link.his_as_of = None
    link.changed()
    assert model.linkText == f"{away} No hospital data yet"


@pytest.mark.parametrize(
    "age_s,shown", [(0, True), (14400, True), (14401, False), (-60, True), (-61, False)]
)
def test_a_name_needs_a_census_of_the_last_hours(
    model: Recorded, clock: ManualClock, age_s: int, shown: bool
) -> None:
    model.services.link.his_as_of = clock.now() - timedelta(seconds=age_s)
    model.services.link.changed()
    assert model.identityCurrent is shown


def test_losing_the_right_to_a_name_renews_the_page(model: Recorded) -> None:
    model.refreshed.clear()
    model.services.link.his_as_of = None
    model.services.link.changed()
    assert [changes.reset for changes in model.refreshed] == [True]


def test_census_age_is_by_the_hubs_clock(model: Recorded, clock: ManualClock) -> None:
    link = model.services.link
    link.skew = timedelta(hours=5)
    link.his_as_of = clock.now() + timedelta(hours=5)
    link.changed()
    assert model.identityCurrent
    assert model.his_age(clock.now()) == timedelta(0)


# --------------------------------------------------------------------------------- touches, staff


def sent(model: Recorded) -> list[Action]:
    return list(model.services.outbox.pending())


def test_a_touch_carries_what_was_seen(model: Recorded, clock: ManualClock) -> None:
    call_id = model.act("call.place", None, {"bed_id": "his.bed-1", "class": "normal"})
    (action,) = sent(model)
    assert action.subject == call_id
    assert action.made_at == clock.now()
    assert action.by == Person()
    assert model.pending("call.place") == (action,)
    assert model.pending("call.again") == ()


@pytest.mark.expects_log("a touch could not be stored")
def test_a_touch_that_cannot_be_stored_points_to_the_wired_button(model: Recorded) -> None:
    model.services.outbox = FullDisk()
    model.refreshed.clear()
    assert model.act("call.place", None) is None
    assert model.noticeText == "This touch could not be stored. Use the wired call button."
    assert model.refreshed == [], "nothing is shown of what is not stored"
    model.dismissNotice()
    assert model.noticeText == ""


def test_staff_are_asked_once_per_shift(model: Recorded, clock: ManualClock) -> None:
    model.act_as_staff("call.accept", "c1")
    assert model.pickerOpen
    assert sent(model) == []
    model.chooseStaff("his.li")
    assert not model.pickerOpen
    assert [a.by for a in sent(model)] == [
        Person(known="name", id="his.li", name="Li Min", family="Li")
    ]
    assert model.actorText == "Li Min"
    model.act_as_staff("call.accept", "c2")
    assert len(sent(model)) == 2
    clock.step(7.5 * 3600)  # 16:00, the late shift
    model.clock_moved()
    assert model.actorText == ""
    model.act_as_staff("call.accept", "c3")
    assert model.pickerOpen


def test_nobody_known_can_still_act_and_is_asked_again(model: Recorded) -> None:
    model.act_as_staff("call.accept", "c1")
    model.chooseStaff("")
    assert [a.by for a in sent(model)] == [Person()]
    model.act_as_staff("call.accept", "c2")
    assert model.pickerOpen


def test_a_closed_picker_does_nothing(model: Recorded) -> None:
    model.act_as_staff("call.accept", "c1")
    model.closePicker()
    model.openPicker()
    model.chooseStaff("his.li")
    assert sent(model) == []


def test_without_a_roster_nobody_is_asked(app: QGuiApplication, services: Services) -> None:
    model = Recorded(services)
    model.start()
    model.act_as_staff("call.accept", "c1")
    assert not model.pickerOpen
    assert len(sent(model)) == 1


def test_a_scenes_touches_stay_on_the_screen() -> None:
    outbox = PictureOutbox()
    made = Action(id="a", kind="call.place", subject="s", made_at=ManualClock().now())
    outbox.put(made)
    assert outbox.pending() == (made,)
