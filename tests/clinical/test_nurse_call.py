"""A nurse call: no sequence of events loses it, quiets it for good or closes it from afar."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smartward.clinical import nurse_call as nc
from smartward.clinical.call_mark import RAISED_BY_PRESSES, asked_since_answer
from smartward.clinical.nurse_call import (
    Actor,
    CallClass,
    CallReason,
    CallRefused,
    CallSettings,
    CallState,
    ClosePlace,
    MarkKind,
    NurseCall,
)
from smartward.clinical.priority import Priority

T0 = datetime(2026, 8, 1, 2, 0, tzinfo=UTC)
SETTINGS = CallSettings()
LI = Actor(device_id="station-1", person_id="staff-li", name="李敏", family="李", known="name")
HE = Actor(device_id="station-2", person_id="staff-he", name="何平", family="何", known="name")
NOBODY = Actor(device_id="station-1")
SOMEBODY_ELSEWHERE = Actor(device_id="station-2")
CLASSES = list(CallClass)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def new(call_class: CallClass = CallClass.NORMAL, placed: float = 0, got: float = 0) -> NurseCall:
    return nc.place("call-1", "bed-12", "bedside-12", call_class, at(placed), at(got))


def kinds(call: NurseCall) -> list[MarkKind]:
    return [mark.kind for mark in call.marks]


@pytest.mark.parametrize(
    "call_class, priority",
    [
        (CallClass.NORMAL, Priority.MEDIUM),
        (CallClass.BATHROOM, Priority.HIGH),
        (CallClass.ASSIST, Priority.HIGH),
        (CallClass.EMERGENCY, Priority.HIGH),
    ],
)
def test_a_new_call_is_sent_and_sounds(call_class: CallClass, priority: Priority) -> None:
    call = nc.place(
        "c", "b", "d", call_class, at(0), at(2), encounter_id="e", estimated=True, actor=NOBODY
    )
    assert call.priority is priority
    assert (call.state, call.presses, call.encounter_id) == (CallState.REQUESTED, 1, "e")
    assert (call.placed_at, call.received_at, call.estimated) == (at(0), at(2), True)
    assert [(mark.kind, mark.at, mark.by) for mark in call.marks] == [
        (MarkKind.SENT, at(2), NOBODY)
    ]
    assert nc.sounding(call, at(2))
    assert nc.is_open(call)


def test_a_device_clock_ahead_does_not_put_off_escalation() -> None:
    call = new(placed=3600, got=1)
    assert call.placed_at == at(1)


def test_receipts_stand_once_with_their_first_time() -> None:
    call = nc.shown(new(), at(1), LI)
    assert nc.shown(call, at(9), HE) is call
    call = nc.not_needed(call, at(10), None)
    assert nc.not_needed(call, at(11), None) is call
    assert kinds(call) == [MarkKind.SENT, MarkKind.SHOWN, MarkKind.NOT_NEEDED]
    assert call.marks[1].at == at(1)


def test_not_needed_closes_and_silences_nothing() -> None:
    call = nc.not_needed(new(), at(5), None)
    assert call.state is CallState.REQUESTED
    assert nc.sounding(call, at(5))
    assert nc.advance(call, SETTINGS, at(60)).step == 1


def test_muting_stops_the_sound_for_two_minutes_and_never_the_light() -> None:
    call = nc.heard(new(), at(10), LI)
    assert not nc.sounding(call, at(10))
    assert nc.is_open(call)
    assert nc.muted_until(call) == at(130)
    assert nc.heard(call, at(20), HE) is call
    assert not nc.sounding(call, at(129.999))
    assert nc.sounding(call, at(130))
    again = nc.heard(call, at(131), LI)
    assert not nc.sounding(again, at(132))
    assert nc.muted_until(new()) is None


def test_a_press_again_counts_keeps_the_first_time_and_ends_a_mute() -> None:
    call = nc.press_again(new(), at(5))
    assert (call.presses, call.placed_at, call.last_press_at) == (2, at(0), at(5))
    assert kinds(call) == [MarkKind.SENT], "a call that sounds already needs no further mark"
    call = nc.press_again(nc.heard(call, at(10), LI), at(4))
    assert nc.sounding(call, at(11)), "a press that arrives late is still news"
    assert (call.presses, call.last_press_at) == (3, at(5))


def test_pressing_without_end_does_not_grow_the_document() -> None:
    call = nc.heard(new(), at(1), LI)
    for second in range(2, 500):
        call = nc.press_again(call, at(second))
    assert call.presses == 499
    assert kinds(call) == [MarkKind.SENT, MarkKind.HEARD, MarkKind.PRESSED, MarkKind.ESCALATED]
    assert len(call.press_times) == SETTINGS.high_presses


def test_escalation_at_exactly_60_180_and_300_seconds() -> None:
    call = new(got=2)
    seen = []
    for due in (60, 180, 300):
        assert nc.next_deadline(call, SETTINGS) == at(due)
        assert nc.advance(call, SETTINGS, at(due - 0.001)) is call
        call = nc.heard(call, at(due - 1), LI)
        call = nc.advance(call, SETTINGS, at(due))
        assert nc.sounding(call, at(due)), "an escalation ends a mute"
        seen.append((call.step, call.priority, call.marks[-1].kind, call.marks[-1].at))
    escalated = MarkKind.ESCALATED
    assert seen == [
        (1, Priority.MEDIUM, escalated, at(60)),
        (2, Priority.HIGH, escalated, at(180)),
        (3, Priority.HIGH, escalated, at(300)),
    ]
    assert nc.next_deadline(call, SETTINGS) is None
    assert nc.advance(call, SETTINGS, at(10**6)) is call
    assert call.call_class is CallClass.NORMAL


@given(st.lists(st.integers(-100, 700), max_size=8))
def test_escalation_does_not_depend_on_when_it_is_looked_at(moments: list[int]) -> None:
    call = new()
    for moment in moments:
        call = nc.advance(call, SETTINGS, at(moment))
    latest = max(moments, default=-100)
    assert nc.advance(new(), SETTINGS, at(latest)) == call
    assert [mark.at for mark in call.marks[1:]] == [at(s) for s in (60, 180, 300) if s <= latest]


def test_an_accepted_call_is_quiet_and_does_not_escalate() -> None:
    call = nc.accept(nc.shown(new(), at(1), LI), at(50), LI)
    assert (call.state, call.accepted_by) == (CallState.ACCEPTED, LI)
    assert not nc.sounding(call, at(51))
    assert nc.next_deadline(call, SETTINGS) == at(350)
    assert nc.advance(call, SETTINGS, at(349.9)) is call
    assert nc.heard(call, at(52), LI) is call, "there is nothing to mute"
    pressed = nc.press_again(call, at(60))
    assert pressed.presses == 2
    assert not nc.sounding(pressed, at(60)), "somebody is on the way"


def test_nobody_present_in_time_sounds_again_until_somebody_is() -> None:
    call = nc.accept(new(), at(50), LI)
    assert not nc.nobody_came(call)
    late = nc.advance(call, SETTINGS, at(350))
    assert (late.marks[-1].kind, late.marks[-1].at) == (MarkKind.RESOUNDED, at(350))
    assert nc.sounding(late, at(350))
    assert nc.nobody_came(late)
    assert nc.next_deadline(late, SETTINGS) == at(350 + 60)
    assert nc.advance(late, SETTINGS, at(350 + 179)).priority is Priority.MEDIUM
    assert nc.advance(late, SETTINGS, at(350 + 180)).priority is Priority.HIGH
    assert nc.advance(call, SETTINGS, at(5000)) == nc.advance(late, SETTINGS, at(5000))
    muted = nc.heard(late, at(360), LI)
    assert not nc.sounding(muted, at(400))
    assert nc.sounding(muted, at(480)), "a mute ends"
    taken = nc.accept(late, at(370), HE)
    assert taken.accepted_by == HE
    assert not nc.sounding(taken, at(371))
    assert nc.nobody_came(taken), "true until somebody is present"
    assert nc.next_deadline(taken, SETTINGS) == at(670)
    there = nc.arrive(taken, at(400), HE)
    assert there.state is CallState.IN_PROGRESS
    assert not nc.nobody_came(there)
    assert nc.next_deadline(there, SETTINGS) is None
    assert nc.advance(there, SETTINGS, at(10**6)) is there
    assert nc.arrive(there, at(401), HE) is there


def test_the_same_person_renews_a_broken_promise() -> None:
    late = nc.advance(nc.accept(new(), at(0), LI), SETTINGS, at(300))
    again = nc.accept(late, at(310), LI)
    assert not nc.sounding(again, at(311))
    assert nc.advance(again, SETTINGS, at(610)).marks[-1].at == at(610)


def test_a_second_person_is_told_who_goes() -> None:
    call = nc.accept(new(), at(5), LI)
    assert nc.accept(call, at(6), LI) is call
    with pytest.raises(CallRefused) as refused:
        nc.accept(call, at(6), HE)
    assert (refused.value.key, refused.value.values) == (
        "call.refused.on_the_way",
        {"name": "李敏"},
    )
    there = nc.arrive(call, at(9), LI)
    with pytest.raises(CallRefused) as refused:
        nc.accept(there, at(10), HE)
    assert refused.value.key == "call.refused.present"


def test_people_nobody_knows_are_told_apart_by_device() -> None:
    call = nc.accept(new(), at(5), NOBODY)
    assert nc.accept(call, at(6), NOBODY) is call
    with pytest.raises(CallRefused, match=r"call\.refused\.on_the_way_unnamed"):
        nc.accept(call, at(6), SOMEBODY_ELSEWHERE)
    with pytest.raises(CallRefused, match=r"call\.refused\.on_the_way_unnamed"):
        nc.accept(call, at(6), LI)


def test_handing_over_promises_nothing_until_somebody_accepts() -> None:
    call = nc.accept(new(), at(50), LI)
    asked = nc.hand_over(call, at(200), LI, HE)
    assert (asked.state, asked.accepted_by, asked.handed_to) == (CallState.REQUESTED, None, HE)
    assert nc.sounding(asked, at(200))
    assert nc.hand_over(asked, at(201), LI, HE) is asked
    assert nc.next_deadline(asked, SETTINGS) == at(200), "what fell due meanwhile falls due now"
    high = nc.advance(asked, SETTINGS, at(200))
    assert (high.step, high.priority) == (2, Priority.HIGH)
    assert [mark.at for mark in high.marks[-2:]] == [at(200), at(200)]
    assert nc.next_deadline(high, SETTINGS) == at(300)
    taken = nc.accept(asked, at(210), HE)
    assert (taken.accepted_by, taken.handed_to) == (HE, None)
    assert nc.next_deadline(taken, SETTINGS) == at(510)


def test_a_present_nurse_asks_for_support_instead_of_handing_over() -> None:
    there = nc.arrive(new(), at(30), LI)
    with pytest.raises(CallRefused, match=r"call\.refused\.present"):
        nc.hand_over(there, at(31), LI, HE)
    more = nc.reinforce(there, at(40), LI)
    assert nc.sounding(more, at(40))
    assert nc.reinforce(more, at(41), LI) is more
    helped = nc.accept(more, at(45), HE)
    assert (helped.state, helped.accepted_by) == (CallState.IN_PROGRESS, HE)
    assert not nc.sounding(helped, at(46))
    assert nc.next_deadline(helped, SETTINGS) is None
    assert not nc.sounding(nc.arrive(more, at(50), HE), at(50))


def test_a_helper_does_not_relieve_who_is_on_the_way() -> None:
    call = nc.reinforce(nc.accept(new(), at(10), LI), at(20), LI)
    helped = nc.accept(call, at(30), HE)
    assert helped.accepted_by == LI
    assert nc.next_deadline(helped, SETTINGS) == at(310)


def test_a_press_after_presence_sounds_again() -> None:
    """The nurse may have left without closing the call."""
    there = nc.arrive(nc.accept(new(), at(10), LI), at(20), LI)
    pressed = nc.press_again(there, at(3600))
    assert nc.sounding(pressed, at(3600))
    taken = nc.accept(pressed, at(3605), HE)
    assert (taken.state, taken.accepted_by) == (CallState.ACCEPTED, HE)
    assert nc.advance(taken, SETTINGS, at(3905)).marks[-1].kind is MarkKind.RESOUNDED
    back = nc.arrive(pressed, at(3610), LI)
    assert back.state is CallState.IN_PROGRESS
    assert not nc.sounding(back, at(3610))


def test_a_red_flag_raises_the_priority_at_once_and_stays() -> None:
    call = nc.give_reason(new(), CallReason.TOILET, at(3))
    assert (call.reason, call.priority, call.call_class) == (
        CallReason.TOILET,
        Priority.MEDIUM,
        CallClass.NORMAL,
    )
    assert nc.give_reason(call, CallReason.TOILET, at(4)) is call
    muted = nc.heard(call, at(5), LI)
    quiet = nc.give_reason(muted, CallReason.WATER, at(6))
    assert not nc.sounding(quiet, at(6))
    flagged = nc.give_reason(quiet, CallReason.BREATHLESS, at(7))
    assert flagged.priority is Priority.HIGH
    assert nc.sounding(flagged, at(7))
    assert flagged.step == 0, "the reason is not one of the timed escalations"
    assert nc.give_reason(flagged, CallReason.WATER, at(8)) is flagged
    again = nc.give_reason(nc.accept(new(), at(1), LI), CallReason.BREATHLESS, at(2))
    assert nc.sounding(again, at(2))
    assert nc.accept(again, at(3), HE).accepted_by == LI


@pytest.mark.parametrize("where", [ClosePlace.ROOM, ClosePlace.ORIGIN])
def test_closing_in_the_room_is_being_there(where: ClosePlace) -> None:
    call = nc.close(new(), at(90), LI, where)
    assert (call.state, call.closed_at, call.closed_by) == (CallState.COMPLETED, at(90), LI)
    assert kinds(call)[-1] is MarkKind.PRESENT
    assert not nc.sounding(call, at(90))
    assert nc.next_deadline(call, SETTINGS) is None
    assert nc.close(call, at(95), HE, where) is call
    attended = nc.arrive(new(), at(80), HE)
    assert kinds(nc.close(attended, at(90), LI, where)) == [MarkKind.SENT, MarkKind.PRESENT]


@pytest.mark.parametrize("call_class", [CallClass.BATHROOM, CallClass.ASSIST, CallClass.EMERGENCY])
@pytest.mark.parametrize("where", [ClosePlace.ROOM, ClosePlace.STATION])
def test_bathroom_assist_and_emergency_close_only_at_their_device(
    call_class: CallClass, where: ClosePlace
) -> None:
    call = nc.arrive(new(call_class), at(30), LI)
    with pytest.raises(CallRefused, match=rf"call\.refused\.close_{call_class}"):
        nc.close(call, at(40), LI, where, reason="talked", station_may_close=True)
    assert not nc.is_open(nc.close(call, at(40), LI, ClosePlace.ORIGIN))


def test_the_station_closes_a_normal_call_only_where_allowed_and_with_a_reason() -> None:
    with pytest.raises(CallRefused, match=r"call\.refused\.close_normal"):
        nc.close(new(), at(40), LI, ClosePlace.STATION, reason="talked")
    for reason in (None, "", "  "):
        with pytest.raises(CallRefused, match=r"call\.refused\.close_reason"):
            nc.close(new(), at(40), LI, ClosePlace.STATION, reason, station_may_close=True)
    closed = nc.close(new(), at(40), LI, ClosePlace.STATION, "talked", station_may_close=True)
    assert (closed.state, closed.close_reason) == (CallState.CANCELLED, "talked")
    assert MarkKind.PRESENT not in kinds(closed)
    attended = nc.arrive(new(), at(30), LI)
    closed = nc.close(attended, at(40), LI, ClosePlace.STATION, "talked", station_may_close=True)
    assert closed.state is CallState.COMPLETED


def test_a_closed_call_takes_nothing_more() -> None:
    closed = nc.close(new(), at(90), LI, ClosePlace.ROOM)
    for act in (
        lambda: nc.press_again(closed, at(91)),
        lambda: nc.give_reason(closed, CallReason.PAIN, at(91)),
        lambda: nc.accept(closed, at(91), LI),
        lambda: nc.hand_over(closed, at(91), LI, HE),
        lambda: nc.reinforce(closed, at(91), LI),
        lambda: nc.arrive(closed, at(91), LI),
    ):
        with pytest.raises(CallRefused, match=r"call\.refused\.closed"):
            act()
    assert nc.shown(closed, at(91), LI) is closed
    assert nc.heard(closed, at(91), LI) is closed
    assert nc.not_needed(closed, at(91), None) is closed
    assert nc.muted_until(nc.close(nc.heard(new(), at(1), LI), at(2), LI, ClosePlace.ROOM)) is None


PEOPLE = st.sampled_from([LI, HE, NOBODY, SOMEBODY_ELSEWHERE])


class CallMachine(RuleBasedStateMachine):
    """Anything in any order, with a clock that jumps."""

    @initialize(call_class=st.sampled_from(CLASSES), may=st.booleans(), late=st.integers(0, 900))
    def placed(self, call_class: CallClass, may: bool, late: int) -> None:
        self.settings = CallSettings(station_may_close=may)
        self.now = late
        self.call = new(call_class, got=late)
        self.first = self.call
        self.closed_from: ClosePlace | None = None

    def moved(self, act: object, *args: object, **more: object) -> None:
        before = self.call
        try:
            self.call = act(before, *args, **more)  # type: ignore[operator]  # fields by their own names
        except CallRefused:
            return
        fell = self.call.priority.rank > before.priority.rank
        assert not fell or act is nc.lower, "the priority falls only by a person"
        assert self.call.priority.rank <= nc.FLOOR[self.call.call_class].rank
        assert self.call.marks[: len(before.marks)] == before.marks, "no mark is ever lost"
        assert self.call.presses >= before.presses
        if nc.is_open(before) and not nc.is_open(self.call):
            assert act in (nc.close, nc.leave)

    @rule(seconds=st.integers(-50, 400))
    def time(self, seconds: int) -> None:
        self.now += seconds
        self.moved(nc.advance, self.settings, at(self.now))
        due = nc.next_deadline(self.call, self.settings)
        assert due is None or due > at(self.now)

    @rule(attended=st.booleans())
    def press(self, attended: bool) -> None:
        before = self.call
        self.moved(nc.press_again, at(self.now), self.settings, attended)
        if nc.is_open(self.call):
            assert self.call.presses == before.presses + 1
            assert not attended or self.call.priority is before.priority
            assert len(self.call.press_times) <= self.settings.high_presses
            quiet = self.call.state is CallState.ACCEPTED
            assert quiet or nc.sounding(self.call, at(self.now))

    @rule(reason=st.sampled_from(list(CallReason)))
    def reason(self, reason: CallReason) -> None:
        self.moved(nc.give_reason, reason, at(self.now))
        if reason is CallReason.BREATHLESS and nc.is_open(self.call):
            assert self.call.priority is Priority.HIGH

    @rule(by=PEOPLE)
    def mute(self, by: Actor) -> None:
        lit = nc.is_open(self.call)
        self.moved(nc.heard, at(self.now), by)
        assert nc.is_open(self.call) is lit
        assert not nc.sounding(self.call, at(self.now))

    @rule(by=PEOPLE)
    def receipts(self, by: Actor) -> None:
        sounded = nc.sounding(self.call, at(self.now))
        lit = nc.is_open(self.call)
        self.moved(nc.shown, at(self.now), by)
        self.moved(nc.not_needed, at(self.now), by)
        assert nc.sounding(self.call, at(self.now)) is sounded
        assert nc.is_open(self.call) is lit

    @rule(by=PEOPLE)
    def go(self, by: Actor) -> None:
        self.moved(nc.accept, at(self.now), by)

    @rule(by=PEOPLE, to=PEOPLE)
    def pass_on(self, by: Actor, to: Actor) -> None:
        self.moved(nc.hand_over, at(self.now), by, to)

    @rule(by=PEOPLE)
    def support(self, by: Actor) -> None:
        self.moved(nc.reinforce, at(self.now), by)

    @rule(by=PEOPLE)
    def there(self, by: Actor) -> None:
        self.moved(nc.arrive, at(self.now), by)
        if nc.is_open(self.call):
            assert self.call.state is CallState.IN_PROGRESS
            assert not nc.nobody_came(self.call)

    @rule(by=PEOPLE, why=st.sampled_from(["", "spoke with her"]))
    def less_urgent(self, by: Actor, why: str) -> None:
        sounded, lit = nc.sounding(self.call, at(self.now)), nc.is_open(self.call)
        self.moved(nc.lower, at(self.now), by, why)
        assert (nc.sounding(self.call, at(self.now)), nc.is_open(self.call)) == (sounded, lit)

    @rule(by=PEOPLE, closes=st.booleans())
    def gone(self, by: Actor, closes: bool) -> None:
        before = self.call
        self.moved(nc.leave, at(self.now), by, closes)
        if nc.is_open(before) and not nc.is_open(self.call):
            assert closes
            assert before.call_class is CallClass.NORMAL
            assert not asked_since_answer(before.marks)
            self.closed_from = ClosePlace.ROOM
        elif before.state is CallState.IN_PROGRESS:
            assert nc.sounding(self.call, at(self.now))
            assert nc.next_deadline(self.call, self.settings) == at(self.now + 60)

    @precondition(lambda self: len(self.call.marks) > 3)
    @rule(by=PEOPLE, where=st.sampled_from(list(ClosePlace)), reason=st.sampled_from([None, "x"]))
    def end(self, by: Actor, where: ClosePlace, reason: str | None) -> None:
        was_open = nc.is_open(self.call)
        self.moved(nc.close, at(self.now), by, where, reason, self.settings.station_may_close)
        if was_open and not nc.is_open(self.call):
            self.closed_from = where

    @invariant()
    def kept(self) -> None:
        call, first = self.call, self.first
        assert (call.id, call.bed_id, call.placed_at) == (first.id, first.bed_id, first.placed_at)
        assert (call.received_at, call.call_class) == (first.received_at, first.call_class)

    @invariant()
    def closed_only_where_allowed(self) -> None:
        if nc.is_open(self.call):
            return
        assert self.closed_from is not None
        if self.call.call_class is not CallClass.NORMAL:
            assert self.closed_from is ClosePlace.ORIGIN
        elif self.closed_from is ClosePlace.STATION:
            assert self.settings.station_may_close
            assert self.call.close_reason is not None

    @invariant()
    def an_open_call_is_never_forgotten(self) -> None:
        """It sounds, is muted for a while, has somebody on the way or somebody present."""
        call = self.call
        if not nc.is_open(call) or nc.sounding(call, at(self.now)):
            return
        assert (
            nc.muted_until(call) is not None
            or (call.state is CallState.ACCEPTED and nc.next_deadline(call, self.settings))
            or call.state is CallState.IN_PROGRESS
        )


TestAnySequence = CallMachine.TestCase


def test_a_press_after_presence_has_the_clock_of_a_new_call() -> None:
    there = nc.arrive(new(), at(20), LI)
    assert nc.next_deadline(there, SETTINGS) is None
    pressed = nc.press_again(there, at(600))
    steps = [nc.advance(pressed, SETTINGS, at(600 + s)) for s in (59, 60, 180, 300, 9000)]
    escalated = [sum(mark.kind is MarkKind.ESCALATED for mark in call.marks) for call in steps]
    assert escalated == [0, 1, 2, 3, 3]
    assert [call.priority for call in steps[:3]] == [
        Priority.MEDIUM,
        Priority.MEDIUM,
        Priority.HIGH,
    ]
    assert nc.next_deadline(steps[-1], SETTINGS) is None
    assert nc.next_deadline(nc.arrive(steps[1], at(700), LI), SETTINGS) is None


@pytest.mark.parametrize("pressed_at", [-700, 5, 19])
def test_a_press_from_before_the_call_or_the_presence_counts_and_no_more(pressed_at: int) -> None:
    """A box that was cut off tells late what somebody has answered long ago."""
    there = nc.arrive(new(), at(20), LI)
    assert nc.pressed_before(there, at(pressed_at))
    late = nc.press_again(there, at(pressed_at), SETTINGS, late=True)
    assert (late.presses, late.marks, late.state) == (2, there.marks, there.state)
    assert nc.advance(late, SETTINGS, at(9000)) is late
    assert not nc.pressed_before(there, at(25)), "a press after it is news"
    assert nc.pressed_before(new(), at(-1))


def test_a_clock_set_back_does_not_lengthen_a_mute() -> None:
    muted = nc.heard(new(), at(3600), LI)
    assert not nc.sounding(muted, at(3601))
    assert nc.sounding(muted, at(60))


# ---------------------------------------------------------------------- three presses


@pytest.mark.parametrize(
    "presses, high",
    [
        ([30, 60], True),
        ([30, 60.001], False),
        ([0, 0], True),
        ([59], False),
        ([100, 130, 159], True),
        ([100, 130, 161], False),
    ],
)
def test_three_presses_within_sixty_seconds_raise_a_call(presses: list[float], high: bool) -> None:
    call = new()
    for second in presses:
        call = nc.press_again(call, at(second), SETTINGS)
    assert (call.priority is Priority.HIGH) is high
    assert call.step == 0, "that is no timed escalation"
    raised = [mark for mark in call.marks if mark.why == RAISED_BY_PRESSES]
    assert [mark.at for mark in raised] == ([at(presses[-1])] if high else [])


def test_sixty_presses_in_five_minutes_are_one_call_raised_once() -> None:
    call = new()
    for n in range(1, 60):
        call = nc.press_again(call, at(5 * n), SETTINGS)
    assert (call.presses, call.placed_at, call.last_press_at) == (60, at(0), at(295))
    assert kinds(call) == [MarkKind.SENT, MarkKind.ESCALATED]


def test_presses_raise_a_call_that_somebody_only_promised_to_come_to() -> None:
    call = nc.accept(new(), at(1), LI)
    for second in (10, 20):
        call = nc.press_again(call, at(second), SETTINGS)
    assert call.priority is Priority.HIGH
    assert nc.sounding(call, at(21))


def test_presses_in_the_presence_of_somebody_raise_nothing() -> None:
    call = new()
    for second in (1, 2, 3):
        call = nc.press_again(call, at(second), SETTINGS, attended=True)
    assert call.priority is Priority.MEDIUM
    there = nc.arrive(nc.press_again(new(), at(1), SETTINGS), at(2), LI)
    pressed = nc.press_again(nc.press_again(there, at(3), SETTINGS), at(4), SETTINGS)
    assert pressed.priority is Priority.MEDIUM, "those before somebody came do not count"
    assert nc.press_again(pressed, at(5), SETTINGS).priority is Priority.HIGH


def test_a_ward_sets_how_many_presses_in_which_time() -> None:
    settings = CallSettings(high_presses=2, high_within_s=5)
    assert nc.press_again(new(), at(5), settings).priority is Priority.HIGH
    assert nc.press_again(new(), at(6), settings).priority is Priority.MEDIUM


def test_presses_that_raise_use_up_no_timed_escalation() -> None:
    there = nc.arrive(new(), at(10), LI)
    for second in (100, 101, 102):
        there = nc.press_again(there, at(second), SETTINGS)
    assert there.priority is Priority.HIGH
    assert nc.next_deadline(there, SETTINGS) == at(160)


# ---------------------------------------------------------------------- lowering


def test_a_person_lowers_a_raised_call_with_a_reason() -> None:
    call = nc.give_reason(new(), CallReason.BREATHLESS, at(5))
    for why in ("", "  "):
        with pytest.raises(CallRefused, match=r"call\.refused\.lower_why"):
            nc.lower(call, at(9), LI, why)
    lowered = nc.lower(call, at(9), LI, " saturation 97 % ")
    assert (lowered.priority, lowered.reason) == (Priority.MEDIUM, CallReason.BREATHLESS)
    last = lowered.marks[-1]
    assert (last.kind, last.by, last.why) == (MarkKind.LOWERED, LI, "saturation 97 %")
    assert nc.sounding(lowered, at(10)), "lowered is not silenced"
    assert nc.lower(lowered, at(11), HE, "x") is lowered
    assert nc.next_deadline(lowered, SETTINGS) == at(60)


def test_what_raises_a_call_raises_a_lowered_one_again() -> None:
    lowered = nc.lower(nc.give_reason(new(), CallReason.BREATHLESS, at(5)), at(9), LI, "x")
    assert nc.give_reason(lowered, CallReason.WATER, at(10)) is lowered
    again = nc.give_reason(lowered, CallReason.BREATHLESS, at(10))
    assert again.priority is Priority.HIGH
    assert nc.sounding(nc.give_reason(nc.heard(lowered, at(9), LI), CallReason.BREATHLESS, at(10)),
                       at(10))  # fmt: skip
    assert nc.advance(lowered, SETTINGS, at(180)).priority is Priority.HIGH
    pressed = lowered
    for second in (20, 21):
        pressed = nc.press_again(pressed, at(second), SETTINGS)
        assert pressed.priority is Priority.MEDIUM, "presses count anew"
    assert nc.press_again(pressed, at(22), SETTINGS).priority is Priority.HIGH


@pytest.mark.parametrize("call_class", [c for c in CLASSES if c is not CallClass.NORMAL])
def test_no_class_is_lowered_below_its_own_priority(call_class: CallClass) -> None:
    call = new(call_class)
    assert nc.lower(call, at(5), LI, "x") is call
    assert call.priority is Priority.HIGH


# ---------------------------------------------------------------------- leaving


def test_leaving_completes_a_normal_call() -> None:
    there = nc.arrive(new(), at(20), LI)
    left = nc.leave(there, at(80), LI)
    assert (left.state, left.closed_at, left.closed_by) == (CallState.COMPLETED, at(80), LI)
    assert nc.leave(left, at(90), LI) is left


@pytest.mark.parametrize("call_class", [c for c in CLASSES if c is not CallClass.NORMAL])
def test_leaving_any_other_call_makes_it_ask_again_like_a_new_one(call_class: CallClass) -> None:
    call = nc.advance(new(call_class), SETTINGS, at(300))
    left = nc.leave(nc.arrive(nc.accept(call, at(310), HE), at(320), LI), at(400), LI)
    assert (left.state, left.accepted_by) == (CallState.REQUESTED, None)
    assert nc.sounding(left, at(400))
    assert [nc.next_deadline(left, SETTINGS), nc.waiting_since(left)] == [at(460), at(400)]
    late = nc.advance(left, SETTINGS, at(400 + 300))
    assert [mark.at for mark in late.marks[-3:]] == [at(460), at(580), at(700)]
    assert nc.next_deadline(late, SETTINGS) is None
    taken = nc.accept(left, at(410), HE)
    assert nc.next_deadline(taken, SETTINGS) == at(710)
    assert not nc.sounding(taken, at(411))


def test_leaving_does_not_end_what_was_asked_meanwhile() -> None:
    there = nc.arrive(new(), at(20), LI)
    for asked in (
        nc.press_again(there, at(30), SETTINGS),
        nc.reinforce(there, at(30), LI),
        nc.give_reason(there, CallReason.BREATHLESS, at(30)),
    ):
        left = nc.leave(asked, at(40), LI)
        assert left.state is CallState.REQUESTED
        assert nc.sounding(left, at(40))
    assert nc.leave(there, at(40), LI, closes_normal=False).state is CallState.REQUESTED


def test_who_leaves_changes_nothing_for_a_call_nobody_was_present_at() -> None:
    for call in (new(), nc.accept(new(), at(5), LI)):
        assert nc.leave(call, at(9), LI) is call


# ---------------------------------------------------------------------- a lost line


def test_a_lost_line_is_a_call_until_somebody_presses_it() -> None:
    call = nc.place(
        "c", "b", "p", CallClass.NORMAL, at(0), at(1),
        call_point_id="p", reason=CallReason.LINE_LOST,
    )  # fmt: skip
    assert nc.sounding(call, at(1))
    assert call.press_times == (), "nobody has pressed"
    left = nc.leave(nc.arrive(call, at(5), LI), at(9), LI)
    assert left.state is CallState.REQUESTED, "a visit mends no wire"
    assert nc.sounding(left, at(9))
    pressed = nc.press_again(nc.accept(call, at(5), LI), at(9), SETTINGS)
    assert (pressed.reason, pressed.press_times) == (None, (at(9),))
    assert nc.sounding(pressed, at(9)), "who comes to mend a wire was not asked by the patient"
    coming = nc.accept(pressed, at(12), LI)
    assert not nc.sounding(nc.press_again(coming, at(15), SETTINGS), at(15))
