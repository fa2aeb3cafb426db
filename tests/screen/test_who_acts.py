"""Who acts on a screen: proof, sessions and their ends, wishes that wait, and what is forgotten."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from smartward.clinical.ward import Roster
from smartward.config import Settings
from smartward.errors import StorageFault
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.screen.who_acts import PIN_MOST, PIN_S, WISH_S, NotProved, PinEntry, Proved
from smartward.wire.envelope import Action, ActionKind, Identify, Person
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import document, roster, ward

LI = Person(known="badge", id="his.li", name="Li Min", family="Li", session="s-li")
WANG = Person(known="pin", id="his.wang", name="Wang Jianhua", family="Wang", session="s-wang")
REFUSED = NotProved("who.refused")


class Desk:
    """Answers proofs when it is told to."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.asked: list[Identify] = []
        self._told: list[Callable[[Proved | NotProved], None]] = []

    def prove(self, ask: Identify, told: Callable[[Proved | NotProved], None]) -> None:
        self.asked.append(ask)
        self._told.append(told)

    def say(self, proof: Person | NotProved, hours: float = 8) -> None:
        """Answer the oldest question that is open."""
        if isinstance(proof, Person):
            until = self._clock.now() + timedelta(hours=hours)
            self._told.pop(0)(Proved(proof, until))
        else:
            self._told.pop(0)(proof)


class Model(ScreenModel):
    """A role that takes codes which begin with W."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.wristbands: list[str] = []

    def handle_code(self, code: str) -> bool:
        if code.startswith("W"):
            self.wristbands.append(code)
            return True
        return False


@pytest.fixture
def model(app: QGuiApplication, services: Services) -> Model:
    services.settings = Settings(staff_idle_s=120)
    house = dataclasses.replace(ward(), staff_proof="required")
    services.replica.load(
        [document("ward", "ward", 1, house), document("roster", "roster", 1, roster())], 1
    )
    made = Model(services)
    made.start()
    return made


@pytest.fixture
def desk(model: Model, clock: ManualClock) -> Desk:
    made = Desk(clock)
    model.prover = made
    return made


def done(model: Model) -> list[tuple[str, str, str | None]]:
    """kind, subject and by whom, of everything that was done."""
    return [(a.kind, a.subject, a.by.session) for a in model.services.outbox.pending()]


def pass_time(model: Model, clock: ManualClock, seconds: float) -> None:
    """Let time pass as the screen's clock would: from one boundary to the next."""
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        step = (model.next_boundary() - clock.now()).total_seconds()
        clock.advance(min(step, end - clock.monotonic()))
        model.clock_moved()


def type_pin(model: Model, staff: str, pin: str) -> None:
    model.chooseStaff(staff)
    for digit in pin:
        model.typePin(digit)
    model.submitPin()


# ----------------------------------------------------------------------------------------- proof


def test_a_badge_is_the_answer_to_what_was_touched(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    assert model.pickerOpen
    assert done(model) == []
    model.badge_read("90417733")
    assert desk.asked == [Identify(badge="90417733")]
    assert model.identityBusy
    desk.say(LI)
    assert done(model) == [("call.accept", "c1", "s-li")]
    assert (model.pickerOpen, model.locked, model.identityBusy) == (False, False, False)
    assert model.actorText == "Li Min"
    model.act_as_staff("call.accept", "c2")
    assert done(model)[1:] == [("call.accept", "c2", "s-li")]


def test_a_badge_may_come_first(model: Model, desk: Desk) -> None:
    model.badge_read("90417733")
    desk.say(LI)
    model.act_as_staff("call.accept", "c1")
    assert done(model) == [("call.accept", "c1", "s-li")]


def test_a_touch_while_the_badge_is_checked_waits_for_it(model: Model, desk: Desk) -> None:
    model.badge_read("90417733")
    model.act_as_staff("call.accept", "c1")
    desk.say(LI)
    assert done(model) == [("call.accept", "c1", "s-li")]


def test_name_and_pin(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    model.chooseStaff("his.wang")
    assert model.pinFor == "PIN of Wang Jianhua"
    for digit in "40x 1":
        model.typePin(digit)
    assert (model.pinLength, model.pinReady) == (3, False)
    model.submitPin()
    assert desk.asked == [], "three digits are no PIN"
    model.typePin("7")
    model.erasePin()
    model.typePin("9")
    model.submitPin()
    assert desk.asked == [Identify(staff_id="his.wang", pin="4019")]
    assert model.pinLength == 0, "it is gone as soon as it is asked about"
    desk.say(WANG)
    assert done(model) == [("call.accept", "c1", "s-wang")]


def test_a_refusal_is_told_and_the_wish_goes_on_waiting(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    type_pin(model, "his.li", "4019")
    desk.say(REFUSED)
    assert model.identityRefused
    assert model.identityText == model.texts.text("who.refused")
    assert (model.pickerOpen, model.pinLength) == (True, 0)
    model.typePin("4")
    assert not model.identityRefused
    model.badge_read("90417733")
    desk.say(LI)
    assert done(model) == [("call.accept", "c1", "s-li")]


@pytest.mark.expects_log("is unknown here")
def test_a_refused_badge_with_no_picker_is_told_as_a_notice(model: Model, desk: Desk) -> None:
    model.badge_read("90417733")
    desk.say(NotProved("identity.of_a_newer_hub", {"n": 1}))
    assert model.noticeText == model.texts.text("who.refused")
    model.openPicker()
    assert not model.identityRefused


def test_the_words_of_a_refused_badge_go_when_the_right_one_comes(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    desk.say(REFUSED)
    assert model.noticeText == model.texts.text("who.refused")
    model.setLanguage("zh_CN")
    assert model.noticeText == model.texts.text("who.refused"), "not in the language of before"
    model.badge_read("90417733")
    desk.say(LI)
    assert model.noticeText == ""


def test_what_else_was_told_stays_when_somebody_proves_themselves(model: Model, desk: Desk) -> None:
    model.tell("screen.not_stored")
    model.badge_read("90417733")
    desk.say(LI)
    assert model.noticeText == model.texts.text("screen.not_stored")


def test_no_badge_wipes_what_a_patient_must_read(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    """A call that was not taken stays told, whoever tries a badge meanwhile, known or not."""
    model.tell("who.wish_old")
    model.tell_words(lambda texts: texts.text("screen.not_stored"), urgent=True)
    model.badge_read("1111")
    desk.say(REFUSED)
    assert model.noticeText == model.texts.text("screen.not_stored")
    model.badge_read("90417733")
    desk.say(LI)
    assert model.noticeText == model.texts.text("screen.not_stored")
    model.dismissNotice()
    assert model.noticeText == model.texts.text("screen.not_stored"), "meant for the one before"
    clock.advance(1)
    model.dismissNotice()
    assert model.noticeText == model.texts.text("who.wish_old"), "the next waits to be read"
    model.dismissNotice()
    assert model.noticeText == ""


def test_the_same_words_are_told_once_and_few_wait(model: Model) -> None:
    for _ in range(3):
        model.tell("screen.not_stored")
    model.dismissNotice()
    assert model.noticeText == ""
    for number in range(9):
        model.tell_words(lambda _, number=number: f"touch {number}")  # type: ignore[misc]  # mypy infers no lambda with a default
    seen = []
    while model.noticeText:
        seen.append(model.noticeText)
        model.dismissNotice()
    assert seen == ["touch 0", "touch 1", "touch 2", "touch 3"]


def test_without_a_hub_nobody_is_proved_and_it_says_so(model: Model) -> None:
    model.act_as_staff("call.accept", "c1")
    model.badge_read("90417733")
    assert model.identityText == model.texts.text("who.no_hub")
    assert (done(model), model.identityBusy) == ([], False)


def test_a_name_alone_proves_nothing(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    model.chooseStaff("his.li")
    model.submitPin()
    model.chooseStaff("")
    assert (done(model), desk.asked, model.actorText) == ([], [], "")
    assert model.pinFor == ""


def test_a_role_takes_its_own_codes_first(model: Model, desk: Desk) -> None:
    model.badge_read("W-123")
    assert (model.wristbands, desk.asked) == (["W-123"], [])


def test_one_proof_at_a_time(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    model.badge_read("1111")
    assert len(desk.asked) == 1


# ------------------------------------------------------------------ never passed to another person


def test_what_was_typed_is_never_the_next_ones(model: Model, desk: Desk) -> None:
    model.openPicker()
    model.chooseStaff("his.li")
    for digit in "401":
        model.typePin(digit)
    model.chooseStaff("his.wang")
    assert model.pinLength == 0
    for digit in "88":
        model.typePin(digit)
    model.backToNames()
    model.chooseStaff("his.li")
    assert model.pinLength == 0
    model.typePin("4")
    model.closePicker()
    model.openPicker()
    assert (model.pinFor, model.pinLength) == ("", 0)


def test_another_touch_takes_the_half_typed_pin_away(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    model.chooseStaff("his.li")
    model.typePin("4")
    model.act_as_staff("call.accept", "c2")
    assert (model.pinFor, model.pinLength) == ("", 0)
    model.badge_read("90417733")
    desk.say(LI)
    assert done(model) == [("call.accept", "c2", "s-li")], "the last touch is the wish"


def test_who_went_away_meanwhile_is_not_signed_in(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    type_pin(model, "his.li", "4019")
    model.closePicker()
    model.act_as_staff("call.accept", "c2")
    desk.say(LI)
    assert model.locked
    assert done(model) == [(ActionKind.SESSION_END, "s-li", "s-li")]
    assert model.pickerOpen, "the other touch still asks"


def test_a_pin_that_is_being_checked_answers_no_later_touch(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "of Li")
    type_pin(model, "his.li", "4019")
    model.act_as_staff("call.close", "of somebody else")
    desk.say(LI)
    assert [kind for kind, _, _ in done(model)] == [ActionKind.SESSION_END]


def test_digits_are_forgotten_when_nobody_goes_on(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    model.openPicker()
    model.chooseStaff("his.li")
    for digit in "4019":
        model.typePin(digit)
    pass_time(model, clock, PIN_S - 0.1)
    assert model.pinLength == 4
    pass_time(model, clock, 0.2)
    assert (model.pinLength, model.pinFor) == (0, "PIN of Li Min")


@given(st.text(max_size=20))
@settings(max_examples=50)
def test_digits_are_all_that_is_taken_and_never_told(text: str) -> None:
    entry = PinEntry()
    entry.begin("his.li")
    for character in text:
        entry.type(character, 1.0)
    kept = "".join(c for c in text if c in "0123456789")[:PIN_MOST]
    assert len(entry) == len(kept)
    assert repr(entry) == "PinEntry()"
    assert entry.take() == kept
    assert (len(entry), entry.due) == (0, None)


# ----------------------------------------------------------------------------------------- wishes


def test_a_wish_is_dropped_with_words_after_a_minute(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    model.act_as_staff("call.accept", "c1")
    pass_time(model, clock, WISH_S - 0.1)
    assert model.pickerOpen
    pass_time(model, clock, 0.2)
    assert not model.pickerOpen
    assert model.noticeText == model.texts.text("who.wish_old")
    model.badge_read("90417733")
    desk.say(LI)
    assert done(model) == []


def test_a_proof_that_comes_too_late_signs_in_and_does_nothing(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    model.act_as_staff("call.accept", "c1")
    clock.advance(WISH_S - 1)
    model.badge_read("90417733")
    pass_time(model, clock, 2)
    desk.say(LI)
    assert (done(model), model.actorText) == ([], "Li Min")
    assert model.noticeText == model.texts.text("who.wish_old")


def test_a_wish_is_done_once(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    model.badge_read("1111")
    desk.say(LI)
    model.badge_read("2222")
    desk.say(WANG)
    assert [kind for kind, *_ in done(model)].count("call.accept") == 1


def test_a_closed_question_drops_its_wish(model: Model, desk: Desk) -> None:
    model.act_as_staff("call.accept", "c1")
    model.closePicker()
    model.badge_read("1111")
    desk.say(LI)
    assert done(model) == []


def test_an_open_question_with_nobody_there_closes(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    model.openPicker()
    clock.advance(30)
    model.somebody_there()
    pass_time(model, clock, WISH_S - 1)
    assert model.pickerOpen
    pass_time(model, clock, 2)
    assert not model.pickerOpen
    assert model.noticeText == ""


# ----------------------------------------------------------------------------------------- ends


def test_it_locks_when_nobody_touches_it(model: Model, desk: Desk, clock: ManualClock) -> None:
    model.badge_read("1111")
    desk.say(LI)
    pass_time(model, clock, 100)
    model.somebody_there()
    pass_time(model, clock, 119.9)
    assert not model.locked
    pass_time(model, clock, 0.2)
    assert model.locked
    assert model.actorText == ""
    assert model.lockedText != ""
    (ended,) = model.services.outbox.pending()
    assert (ended.kind, ended.subject, ended.data) == ("session.end", "s-li", {"why": "idle"})
    assert ended.by == LI


def test_it_locks_at_its_second_and_not_at_the_next_minute(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    clock.advance(17.5)
    model.badge_read("1111")
    desk.say(LI)
    pass_time(model, clock, 119.0)
    assert timedelta(0) < model.next_boundary() - clock.now() <= timedelta(seconds=1.01)


def test_a_session_ends_when_the_hub_said(model: Model, desk: Desk, clock: ManualClock) -> None:
    model.services.link.skew = timedelta(hours=1)
    model.badge_read("1111")
    desk.say(LI, hours=1.5)
    for _ in range(30):
        clock.advance(60)
        model.somebody_there()
        model.clock_moved()
    assert model.locked, "half an hour by this device's clock"


def test_leaving_ends_the_session_at_once(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    desk.say(LI)
    model.forgetStaff()
    assert model.locked
    (ended,) = model.services.outbox.pending()
    assert ended.data == {"why": "left"}
    model.forgetStaff()
    assert len(model.services.outbox.pending()) == 1


def test_a_clock_that_is_set_back_makes_no_session_longer(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    model.badge_read("1111")
    desk.say(LI, hours=1)
    clock.step(-3 * 3600)
    for _ in range(60):
        clock.advance(60)
        model.somebody_there()
        model.clock_moved()
    assert model.locked


def test_who_leaves_the_roster_acts_here_no_longer(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    desk.say(LI)
    (_, wang) = roster().members
    model.services.replica.apply(9, [document("roster", "roster", 9, Roster(members=(wang,)))], [])
    assert model.locked
    model.badge_read("2222")
    desk.say(WANG)
    model.openPicker()
    assert model.actorText == "Wang Jianhua"


def test_a_roster_that_tells_of_nobody_sends_nobody_away(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    desk.say(LI)
    (_, wang) = roster().members
    apply = model.services.replica.apply
    apply(9, [document("roster", "roster", 9, Roster())], [])
    assert (model.locked, model.services.outbox.pending()) == (False, ())
    apply(10, [document("roster", "roster", 10, Roster(members=(wang,)))], [])
    assert model.locked, "now somebody is on it, and it is not Li"


def test_a_session_that_ends_with_the_shift_says_so(
    model: Model, desk: Desk, clock: ManualClock
) -> None:
    model.badge_read("1111")
    desk.say(LI, hours=1)
    for _ in range(61):
        clock.advance(60)
        model.somebody_there()
        model.clock_moved()
    (ended,) = model.services.outbox.pending()
    assert (ended.kind, ended.data) == ("session.end", {"why": "shift"})


def test_another_badge_takes_over(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    desk.say(LI)
    model.badge_read("2222")
    assert model.actorText == "Li Min", "until the other is proved"
    desk.say(WANG)
    (ended,) = model.services.outbox.pending()
    assert (ended.subject, ended.data) == ("s-li", {"why": "other"})
    model.act_as_staff("call.accept", "c1")
    assert done(model)[-1] == ("call.accept", "c1", "s-wang")


@pytest.mark.expects_log("the end of a session could not be stored")
def test_a_full_disk_keeps_nobody_signed_in(model: Model, desk: Desk) -> None:
    class Full:
        def put(self, action: Action) -> None:
            raise StorageFault("storage.full", "by test")

        def pending(self) -> tuple[Action, ...]:
            return ()

    model.badge_read("1111")
    desk.say(LI)
    model.services.outbox = Full()
    model.forgetStaff()
    assert (model.locked, model.noticeText) == (True, "")


# --------------------------------------------------------------------------------- the hub says no


def refused(model: Model, age_s: float = 0) -> Action:
    return Action(
        id="a1",
        kind="call.accept",
        subject="c1",
        made_at=model.clock.now() - timedelta(seconds=age_s),
        by=LI,
    )


def test_a_session_the_hub_has_ended_is_asked_for_again(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    desk.say(LI)
    assert model.proof_refused(refused(model))
    assert (model.locked, model.pickerOpen) == (True, True)
    assert done(model) == [], "the hub needs not be told of its own end"
    model.badge_read("1111")
    desk.say(LI)
    assert done(model) == [("call.accept", "c1", "s-li")]


def test_an_old_touch_is_not_done_by_whoever_comes_next(model: Model, desk: Desk) -> None:
    assert not model.proof_refused(refused(model, WISH_S + 1))
    assert not model.pickerOpen


# ------------------------------------------------------------------------------------ name or proof


def test_the_wards_document_tells_how_people_say_who_they_are(
    app: QGuiApplication, services: Services, clock: ManualClock
) -> None:
    services.replica.load([document("roster", "roster", 1, roster())], 1)
    model = Model(services)
    model.start()
    assert not model.proofRequired, "the screen's own setting, until the ward's document has come"
    model.chooseStaff("his.li")
    assert (model.actorText, model.locked, model.lockedText) == ("Li Min", False, "")
    strict = dataclasses.replace(ward(), staff_proof="required")
    services.replica.apply(2, [document("ward", "ward", 2, strict)])
    assert model.proofRequired
    assert (model.actorText, model.locked) == ("", True), "a touched name does not hold any more"


def test_states_for_the_control_socket(model: Model, desk: Desk) -> None:
    model.badge_read("1111")
    assert model.identity_state() == {
        "actor": "",
        "known": "none",
        "session": False,
        "locked": True,
        "asking_who": False,
        "identity": "",
        "identity_busy": True,
    }
    desk.say(LI)
    state = model.identity_state()
    assert (state["actor"], state["known"], state["locked"]) == ("Li Min", "badge", False)
