"""What counts as a deterioration, and how two rehearsals are held against each other."""

from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical.encounter import ConditionMark, NursingLevel
from smartward.clinical.nurse_call import CallClass, CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.ward import Ward
from smartward.hub.rehearsal.compare import Comparison, Frame, natural
from smartward.hub.rehearsal.deterioration import Deterioration, Sign, Witness
from smartward.hub.rehearsal.replay import Change, Replayed
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.model import encode
from tests.fakes.fake_clock import MORNING
from tests.hub_deciding.alert_engine import W, bed, stay

END = MORNING + timedelta(days=2)


def hours(count: float) -> datetime:
    return MORNING + timedelta(hours=count)


def change(at: datetime, kind: str, id: str, body: object) -> Change:
    return Change(at, kind, id, encode(body))


def call(at: datetime, where: str, call_class: CallClass) -> Change:
    made = NurseCall(
        id=f"c{at}", bed_id=where, device_id="d", call_class=call_class, priority=Priority.HIGH,
        state=CallState.REQUESTED, placed_at=at, received_at=at,
    )  # fmt: skip
    return change(at, "nurse_call", made.id, made)


def seen(*changes: Change) -> list[tuple[float, str, tuple[Sign, ...]]]:
    """Hours, stay and signs of each deterioration after two stays that lie in beds."""
    witness = Witness()
    there = [
        change(MORNING, kind, id, body)
        for kind, id, body in (
            ("bed", "b1", bed("b1", "e1")),
            ("bed", "b2", bed("b2", "e2", "e3")),
            ("encounter", "e1", stay()),
        )
    ]
    passed = list(witness.watch([*there, *changes]))
    assert passed == [*there, *changes], "it looks on and changes nothing"
    found = witness.deteriorations(Replayed(log=()), MORNING, END)
    return [((one.at - MORNING) / timedelta(hours=1), one.subject, one.signs) for one in found]


def test_what_happens_to_a_patient_within_a_day_is_one_deterioration() -> None:
    ill = replace(stay(), condition=ConditionMark.SERIOUS)
    worse = replace(ill, condition=ConditionMark.CRITICAL, nursing_level=NursingLevel.SPECIAL)
    died = Silence(encounter_id="e1", bed_id="b1", reason=SilenceReason.DECEASED, since=hours(30))
    found = seen(
        call(hours(1), "b1", CallClass.NORMAL),
        change(hours(2), "encounter", "e1", ill),
        call(hours(3), "b1", CallClass.EMERGENCY),
        change(hours(25), "encounter", "e1", worse),
        change(hours(30), "silence", "e1", died),
    )
    assert found == [
        (2, "encounter:e1", (Sign.CONDITION, Sign.HELP, Sign.DEATH)),
    ], "each within a day of the one before"


def test_a_better_mark_a_wish_and_a_call_for_one_of_two_are_none() -> None:
    ill = replace(stay(), condition=ConditionMark.CRITICAL, nursing_level=NursingLevel.ONE)
    wish = Silence(encounter_id="e1", bed_id="b1", reason=SilenceReason.WISH, since=hours(1))
    found = seen(
        change(hours(1), "silence", "e1", wish),
        call(hours(2), "b2", CallClass.EMERGENCY),
        change(hours(3), "encounter", "e9", replace(ill, id="e9")),
        change(hours(4), "encounter", "e9", replace(ill, id="e9", condition=None)),
    )
    assert found == []


def test_a_call_and_a_death_from_before_are_no_new_ones() -> None:
    """How everything stood at the beginning is told as changes of that moment."""
    old = replace(call(hours(-50), "b1", CallClass.EMERGENCY), at=MORNING)
    died = Silence(encounter_id="e1", bed_id="b1", reason=SilenceReason.DECEASED, since=hours(-30))
    gone = change(MORNING, "silence", "e1", died)
    assert seen(old, gone) == []
    assert seen(old, call(hours(5), "b1", CallClass.EMERGENCY)) == [
        (5, "encounter:e1", (Sign.HELP,))
    ]
    wish = replace(died, reason=SilenceReason.WISH)
    assert seen(
        change(MORNING, "silence", "e1", wish), change(hours(6), "silence", "e1", died)
    ) == [(6, "encounter:e1", (Sign.DEATH,))], "a wish that became a death is one when it did"


def test_special_nursing_that_is_new_is_one() -> None:
    one = replace(stay(), nursing_level=NursingLevel.ONE)
    special = replace(one, nursing_level=NursingLevel.SPECIAL)
    found = seen(
        change(hours(1), "encounter", "e1", one), change(hours(2), "encounter", "e1", special)
    )
    assert found == [(2, "encounter:e1", (Sign.SPECIAL_CARE,))]


def row(at: float, alert: str, event: str, rule: str = "news2_medium", **more: str) -> LogRow:
    told = {"subject": "encounter:e1", "alert_class": "U", "mode": "on"} | more
    return LogRow(
        at=hours(at), ward=W, alert=alert, bed="b1", rule=rule, version="1", event=event,
        priority="medium", step=0, **told,
    )  # fmt: skip


def compared(before: list[LogRow], after: list[LogRow], worse_at: float = 20) -> Comparison:
    frame = Frame(
        ward=Ward(id=W, name="W"),
        since=hours(0),
        until=END,
        numbers={"b1": "7"},
        worse=[Deterioration(hours(worse_at), "encounter:e1", "b1", (Sign.SCORE,))],
    )
    return frame.compare(Replayed(log=tuple(before)), Replayed(log=tuple(after)))


def test_the_same_alert_told_earlier_neither_goes_nor_comes() -> None:
    found = compared(
        [row(10, "a", "opened"), row(15, "a", "closed")],
        [row(8, "x", "opened"), row(12, "x", "closed")],
    )
    assert (found.vanished, found.appeared) == ((), ())
    (warned,) = found.deteriorations
    assert (warned.bed, warned.before_min, warned.after_min) == ("7", 600, 720)


def test_what_is_told_at_another_time_goes_and_comes() -> None:
    found = compared(
        [row(10, "a", "opened"), row(11, "a", "closed")],
        [row(12, "x", "opened"), row(12.5, "x", "closed")],
    )
    assert [(one.at, one.bed, one.minutes) for one in found.vanished] == [(hours(10), "7", 60)]
    assert [(one.at, one.bed, one.minutes) for one in found.appeared] == [(hours(12), "7", 30)]


def test_only_an_urgent_alert_of_the_state_within_a_day_warns() -> None:
    no_warning = [
        row(10, "drip", "opened", rule="infusion_near_end"),
        row(11, "due", "opened", rule="observations_overdue", alert_class="D"),
        row(12, "other", "opened", subject="encounter:e2"),
        row(13, "unseen", "opened", rule="spo2_drop", mode="shadow"),
        row(21, "late", "opened", rule="spo2_drop"),
    ]
    found = compared(no_warning, [row(1, "a", "opened")], worse_at=20)
    (warned,) = found.deteriorations
    assert (warned.before_min, warned.after_min) == (None, 19 * 60)
    assert (found.before.warned, found.before.alerts) == (0, 4)
    long_ago = compared([row(1, "a", "opened")], [], worse_at=26)
    assert long_ago.deteriorations[0].before_min is None


def test_beds_are_sorted_as_people_count() -> None:
    assert sorted(["10", "2", "A3", "+1", "A12", ""], key=natural) == [
        "", "+1", "A3", "A12", "2", "10",
    ]  # fmt: skip
