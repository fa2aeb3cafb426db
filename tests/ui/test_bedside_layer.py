"""The bedside's private layer: who may open it, for how long, and that nothing of it leaks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QGuiApplication

from smartward.i18n import Catalogue
from smartward.screen.acting import Proof
from smartward.screen.bedside_layer import Layer, is_wristband
from smartward.screen.bedside_pin import PinCheck
from smartward.screen.bedside_private import OTHER_WRISTBAND, UNKNOWN_CODE
from smartward.screen.who_acts import NotProved, Proved
from smartward.wire.envelope import ActionKind, Identify, Person
from smartward.wire.views import ProfileView
from tests.ui.bed_model import Bed
from tests.ui.bed_stage import application
from tests.ui.bed_ward import BED, NOW, PROFILES, STAY, WARD, bed_view, free_bed
from tests.ui.bedside_scenes import BEDSIDE, PIN, WRISTBAND, bedside, bedside_stay, patient_key

LI = Person(known="badge", id="his.p-1", name="李敏", family="李", session="s-1")


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def bed() -> Bed:
    return Bed(bedside())


class House:
    """A hub that knows one badge, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    def prove(self, ask: Identify, told: Callable[[Proof], None]) -> None:
        if self.away:
            told(NotProved("who.no_hub"))
        elif ask.badge == "LI-BADGE":
            told(Proved(person=LI, until=NOW + timedelta(minutes=2)))
        elif (ask.badge or "").startswith("ZY"):
            told(NotProved(OTHER_WRISTBAND))
        else:
            told(NotProved(UNKNOWN_CODE))


def enter(bed: Bed, pin: str) -> None:
    """Touch a PIN and wait until it was compared."""
    for digit in pin:
        bed.model.pin.press(int(digit))
    confirm(bed)


def confirm(bed: Bed) -> None:
    """Confirm the digits; it is compared beside the window, and told by its event loop."""
    loop = QEventLoop()
    late = QTimer(interval=5000, singleShot=True)
    late.timeout.connect(loop.quit)
    check = bed.model.findChild(PinCheck)
    check.checked.connect(loop.quit)
    bed.model.pin.confirm()
    late.start()
    loop.exec()
    assert late.isActive(), "the PIN was never compared"
    check.checked.disconnect(loop.quit)


def opened(bed: Bed) -> list[str]:
    return [str(a.data["how"]) for a in bed.outbox.all if a.kind == ActionKind.LAYER_OPENED]


# ------------------------------------------------------------------------------------ wristband


def test_this_patients_wristband_opens_and_is_told(bed: Bed) -> None:
    bed.model.badge_read(WRISTBAND)
    assert bed.state("page") == "care"
    assert bed.model.care.rows.rows[0].value == "37.4 °C"
    assert str(bed.model.care.name) == "张卫国"
    (action,) = bed.outbox.all
    assert (action.kind, action.subject) == (ActionKind.LAYER_OPENED, STAY)
    assert action.data == {"how": "wristband"}


def test_what_a_reader_adds_around_a_code_does_not_count() -> None:
    key = patient_key()
    assert is_wristband(key, STAY, f" {WRISTBAND}\r\n")
    assert not is_wristband(key, "his.enc-13", WRISTBAND), "worth nothing for another stay"
    assert not is_wristband(patient_key(wristband=None), STAY, "")
    assert not is_wristband(None, STAY, WRISTBAND)


def test_another_wristband_is_told_calmly_and_names_nobody(bed: Bed) -> None:
    bed.model.prover = House()
    bed.model.badge_read("ZY00009999")
    assert not bed.state("layer_open")
    said = str(bed.model.noticeText)
    assert said == "This wristband is not of this bed. Nothing was opened."
    (action,) = bed.outbox.all
    assert (action.kind, action.subject) == (ActionKind.WRISTBAND_OTHER, BED)
    assert "ZY00009999" not in repr(action)


def test_an_unknown_code_is_told_here_and_alarms_nobody(bed: Bed) -> None:
    bed.model.prover = House()
    bed.model.badge_read("4006381333931")
    assert str(bed.model.noticeText) == "This code is not known here. Nothing was opened."
    assert bed.kinds() == []
    bed.model.badge_read(WRISTBAND)
    assert str(bed.model.noticeText) == "", "the right wristband is read: nothing is refused"


@pytest.mark.parametrize("code", ["4006381333931", "ZY00009999"])
def test_a_right_badge_takes_the_refusal_away(bed: Bed, code: str) -> None:
    bed.model.prover = House()
    bed.model.badge_read(code)
    assert str(bed.model.noticeText) != ""
    bed.model.badge_read("LI-BADGE")
    assert str(bed.model.noticeText) in ("Signed in: 李敏", "已登录：李敏")
    bed.model.forgetStaff()
    assert str(bed.model.noticeText) == "", "who has gone is not named any more"


def test_a_wristband_that_nobody_can_judge_raises_no_alarm(bed: Bed) -> None:
    bed.model.prover = House(away=True)
    bed.model.show("care")
    bed.model.badge_read("ZY00009999")
    assert str(bed.model.noticeText) == "Not opened: this wristband cannot be checked now."
    assert bed.kinds() == []


def test_a_badge_is_a_badge(bed: Bed) -> None:
    bed.model.prover = House()
    bed.model.badge_read("LI-BADGE")
    assert str(bed.model.actorText) == "李敏"
    assert not bed.state("layer_open")
    assert bed.kinds() == []


# ------------------------------------------------------------------------------------------ PIN


def test_the_patients_pin_opens(bed: Bed) -> None:
    bed.model.show("care")
    assert bed.model.care.byPin
    bed.model.askPin()
    enter(bed, PIN)
    assert bed.state("page") == "care"
    assert opened(bed) == ["pin"]
    assert PIN not in repr(bed.outbox.all)


def test_digits_are_dots_and_a_few_are_no_pin(bed: Bed) -> None:
    bed.model.askPin()
    for digit in (2, 5, 8):
        bed.model.pin.press(digit)
    assert str(bed.model.pin.shown) == "●●●"
    assert not bed.model.pin.ready
    bed.model.pin.erase()
    assert str(bed.model.pin.shown) == "●●"
    bed.model.pin.confirm()
    assert str(bed.model.pin.shown) == "●●", "too few to be asked about"


def test_five_wrong_pins_wait_five_minutes(bed: Bed) -> None:
    bed.model.askPin()
    for _ in range(4):
        enter(bed, "1470")
        assert bed.state("page") == "pin"
        assert str(bed.model.pin.title) == "Not right. Please try again"
    enter(bed, "1470")
    assert bed.state("page") == "care"
    assert not bed.model.care.byPin
    assert "wait 5 min" in str(bed.model.care.refusal)
    bed.model.askPin()
    assert bed.state("page") == "care"
    bed.wait(299)
    assert not bed.model.care.byPin
    bed.wait(1)
    assert bed.model.care.byPin
    assert opened(bed) == []


def test_the_wristband_opens_while_the_pin_waits(bed: Bed) -> None:
    bed.model.askPin()
    for _ in range(5):
        enter(bed, "1470")
    bed.model.badge_read(WRISTBAND)
    assert bed.state("layer_open")


def test_a_pin_that_was_right_for_who_has_left_opens_nothing(bed: Bed) -> None:
    bed.model.askPin()
    for digit in PIN:
        bed.model.pin.press(int(digit))
    bed.model.pin.entered.connect(lambda: leave(bed))
    confirm(bed)
    assert not bed.state("layer_open")
    assert opened(bed) == []


def leave(bed: Bed) -> None:
    """The patient leaves, and another one comes."""
    bed.tell("encounter", "his.enc-77", bedside_stay(id="his.enc-77", family="曾"))
    bed.tell("bed", BED, bed_view(occupants=("his.enc-77",)))


def test_a_confused_patient_is_asked_for_no_pin(bed: Bed) -> None:
    note = ProfileView(encounter_id=STAY, profile=PROFILES["confusion"])
    bed.tell("profile", STAY, note)
    bed.model.show("care")
    assert not bed.model.care.byPin
    assert str(bed.model.care.question) == "Hold your wristband to the reader"


def test_without_wristband_and_pin_a_nurse_opens(bed: Bed) -> None:
    bed.tell("patient_key", STAY, patient_key(wristband=None, pin=None))
    bed.model.show("care")
    assert str(bed.model.care.question) == "Ask a nurse to open it"
    bed.model.prover = House()
    bed.model.openAsStaff()
    assert bed.model.pickerOpen
    bed.model.badge_read("LI-BADGE")
    assert opened(bed) == ["staff"]
    assert bed.outbox.all[-1].by == LI


def test_who_came_for_something_else_opens_nothing(bed: Bed) -> None:
    bed.model.prover = House()
    bed.model.show("care")
    bed.model.badge_read("LI-BADGE")
    assert opened(bed) == []
    bed.model.openAsStaff()
    assert opened(bed) == ["staff"], "proved already: at once"


# --------------------------------------------------------------------------------------- closing


def test_it_closes_a_minute_after_the_last_touch(bed: Bed) -> None:
    bed.model.badge_read(WRISTBAND)
    bed.wait(59)
    assert str(bed.model.care.closesText) == "Closes in 1 s"
    bed.model.touched()
    bed.wait(59)
    assert bed.model.care.is_open
    bed.wait(1)
    assert not bed.model.care.is_open
    assert bed.model.care.rows.rows == ()
    assert str(bed.model.care.name) == ""


@pytest.mark.parametrize("how", ["close", "back", "call", "rest"])
def test_every_way_out_closes_it(bed: Bed, how: str) -> None:
    bed.model.badge_read(WRISTBAND)
    if how == "close":
        bed.model.closeLayer()
    elif how == "back":
        bed.model.back()
    elif how == "call":
        bed.model.placeCall()
    else:
        bed.model.rest()
    assert not bed.state("layer_open")
    assert bed.model.care.rows.rows == ()


def test_it_closes_at_once_when_the_bed_changes(bed: Bed) -> None:
    bed.model.badge_read(WRISTBAND)
    bed.tell("bed", BED, free_bed())
    assert not bed.state("layer_open")
    assert bed.model.care.rows.rows == ()
    assert bed.state("page") == "home"


@pytest.mark.parametrize("scene", ["empty", "doubt", "too-old", "silent"])
def test_nobody_known_has_no_layer(scene: str) -> None:
    bed = Bed(BEDSIDE[scene])
    bed.model.badge_read(WRISTBAND)
    assert not bed.state("layer_open")
    assert opened(bed) == []


# ------------------------------------------------------------------------------------------ rules


@given(
    st.lists(
        st.one_of(
            st.just("open"),
            st.just("wrong"),
            st.just("touch"),
            st.floats(0.1, 400.0, allow_nan=False),
        ),
        max_size=40,
    )
)
def test_a_layer_is_never_open_longer_than_told(steps: list[str | float]) -> None:
    """Whatever happens in whatever order: a minute after the last reason to be open it is shut,
    and no more than five PINs are tried within five minutes."""
    now, shut_at, tried = 0.0, 0.0, []
    layer = Layer(lambda: now, 60.0, 5, 300.0)
    for step in steps:
        if isinstance(step, float):
            now += step
        elif step == "open":
            layer.open()
            shut_at, tried = now + 60.0, []
        elif step == "touch":
            shut_at = now + 60.0 if now < shut_at else shut_at
            layer.touched()
        elif not layer.locked_s:
            tried = [at for at in tried if now - at < 300.0] + [now]
            layer.wrong()
            assert len(tried) <= 5
        assert layer.is_open == (now < shut_at)
        assert (layer.left_s > 0) == layer.is_open


# ------------------------------------------------------------------------------------- staff words


@pytest.mark.parametrize("patients", ["ar", "es", "zh_HK", "en", "zh_CN"])
@pytest.mark.parametrize("wards", ["zh_CN", "en"])
def test_staff_read_the_wards_language_not_the_patients(wards: str, patients: str) -> None:
    bed = Bed(bedside(), language=wards)
    bed.model.setLanguage(patients)
    theirs = Catalogue(wards, ZoneInfo("Asia/Shanghai"))
    bed.model.show("staff")
    panel, labels, setup = bed.model.panel, bed.model.labels, bed.model.setup.labels
    assert panel.enterText == theirs.text("who.enter")
    assert panel.callText == theirs.text("bedside.panel.no_call")
    assert labels["panelClose"] == theirs.text("bedside.panel.close")
    assert bed.model.whoLabels["title"] == theirs.text("who.title")
    assert setup["silence"] == theirs.text("bedside.setup.silence")
    role = theirs.text("screen.staff_role.doctor")
    assert role in [row.roleText for row in bed.model.staff.rows]
    assert not bed.model.staffRightToLeft
    pin = bed.model.pin
    pin.begin("set")
    keys = [theirs.text(f"bedside.pin.{key}") for key in ("confirm", "erase")]
    assert [pin.confirmText, pin.eraseText] == keys, "a nurse sets it"
    pin.begin("open")
    own = Catalogue(patients, theirs.zone)
    keys = [own.text(f"bedside.pin.{key}") for key in ("confirm", "erase")]
    assert [pin.confirmText, pin.eraseText] == keys, "the patient opens with it"
    assert labels["call"] == Catalogue(patients, theirs.zone).text("bedside.call_button")
    bed.model.tell("who.wish_old")
    read = wards if patients in ("ar", "es", "zh_HK") else patients
    assert bed.model.noticeText == Catalogue(read, theirs.zone).text("who.wish_old")


def test_who_signed_in_stays_from_the_staff_page_to_the_settings_and_no_further(bed: Bed) -> None:
    bed.tell("ward", "ward", replace(WARD, staff_proof="required"))
    bed.model.prover = House()
    bed.model.show("staff")
    bed.model.badge_read("LI-BADGE")
    for page in ("setup", "staff", "setup"):
        bed.model.show(page)
        assert str(bed.model.actorText) == "李敏"
    bed.model.setup.setPin()
    assert (bed.state("page"), str(bed.model.actorText)) == ("pin", "李敏")
    bed.model.back()
    assert (bed.state("page"), str(bed.model.actorText)) == ("setup", "李敏")
    bed.model.show("home")
    assert str(bed.model.actorText) == ""
