"""A set of observations by key pad at the bed: typed, asked about, scored, sent, kept and gone."""

from datetime import timedelta
from typing import Any

import pytest

from smartward.clinical.encounter import News2Exclusion
from smartward.clinical.observation import Measurement, VitalSign
from smartward.clinical.observation import Parameter as P
from smartward.screen.link import Phase
from smartward.screen.observation_pad import ObservationPad
from smartward.screen.observation_pad_draft import KEPT_S
from smartward.screen.observation_pad_texts import PadRow
from smartward.wire.envelope import Action, ActionKind, Answer
from tests.ui.bed_model import Bed
from tests.ui.bed_ward import BED, NOW, STAY, bed_view
from tests.ui.bedside_scenes import bedside, bedside_stay

SET = {
    "respiratory_rate": "18", "oxygen_saturation": "97", "oxygen_supply": "air",
    "systolic": "120", "diastolic": "80", "heart_rate": "72", "consciousness": "A",
    "temperature": "36.5",
}  # fmt: skip
KEYS = ("1", "8", "9", "7", "air", "1", "2", "0", "8", "0", "7", "2", "A", "3", "6", "5")
"""The same, key by key: no other is touched."""


def at_the_bed(**stay: Any) -> Bed:
    bed = Bed(bedside(stay=bedside_stay(**stay)))
    for page in ("staff", "turns", "observations"):
        bed.model.show(page)
    bed.model.chooseStaff("his.p-1")
    return bed


@pytest.fixture
def bed() -> Bed:
    return at_the_bed()


def pad(bed: Bed) -> ObservationPad:
    found = bed.model.pad
    assert isinstance(found, ObservationPad)
    return found


def type_in(bed: Bed, *keys: str) -> None:
    for key in keys:
        if key == "#":
            pad(bed).next()
        elif key.startswith("@"):
            pad(bed).select(key[1:])
        else:
            pad(bed).press(key)


def row(bed: Bed, parameter: P) -> PadRow:
    return next(one for one in pad(bed).rows.rows if one.key == parameter.value)


def refuse(bed: Bed, action: Action, key: str, **values: str) -> bool:
    bed.outbox.answered.add(action.id)
    answer = Answer(id=action.id, outcome="refused", key=key, values=dict(values))
    return bed.model.took_refusal(action, answer)


def told(bed: Bed, action: Action) -> None:
    """The hub has the set: its first sign comes back."""
    sign = VitalSign(
        id=f"ward.{action.id}.temperature.1",
        encounter_id=STAY,
        taken_at=bed.clock.now(),
        received_at=bed.clock.now(),
        measurements=(Measurement(parameter=P.TEMPERATURE, value=36.5),),
        panel_id=f"ward.{action.id}",
    )
    bed.tell("vital_sign", sign.id, sign)


def test_nothing_is_shown_of_what_was_measured_before_somebody_is_known() -> None:
    bed = Bed(bedside())
    for page in ("staff", "turns", "observations"):
        bed.model.show(page)
    assert bed.model.pickerOpen
    assert not pad(bed).open
    assert not pad(bed).rows.rows
    bed.model.chooseStaff("his.p-1")
    assert pad(bed).open
    assert "Bed 12" in pad(bed).who
    assert "ago" in row(bed, P.HEART_RATE).before


def test_a_whole_set_is_typed_without_a_key_between(bed: Bed) -> None:
    type_in(bed, *KEYS)
    assert (pad(bed).total, pad(bed).band) == ("0", "Low risk")
    assert "12 h" in pad(bed).due
    pad(bed).save()
    (sent,) = bed.outbox.all
    assert (sent.kind, sent.subject, sent.by.id) == (ActionKind.OBSERVATION_ENTER, STAY, "his.p-1")
    assert (sent.data, sent.seen.encounter_id) == (SET, STAY)
    assert "On its way" in pad(bed).status
    told(bed, sent)
    bed.model.clock_moved()
    assert "Saved 10:05 by 李敏" in pad(bed).status
    pad(bed).leave()
    assert (bed.state("page"), pad(bed).open) == ("turns", False)


def test_without_a_hub_it_is_kept_and_says_so(bed: Bed) -> None:
    bed.link.phase = Phase.OFFLINE
    type_in(bed, *KEYS)
    pad(bed).save()
    assert len(bed.outbox.all) == 1
    assert "kept on this screen" in pad(bed).status


# The vectors of the published table (RCP 2017): parts as they are typed, scale, total, single 3.
VECTORS = [
    ("1 6 9 8 air 1 2 0 # 7 0 A 3 7 0", 1, 0),
    ("2 2 9 4 air 1 0 5 # 1 1 2 A 3 8 5", 1, 7),
    ("2 0 9 5 oxygen # # 1 1 8 # 8 8 A 3 6 5", 1, 3),
    ("2 5 9 1 oxygen # # 9 0 # 1 3 1 V 3 9 1", 1, 19),
    ("1 8 9 7 air 1 1 8 # 8 0 C 3 6 8", 1, 3),
    ("8 # 9 6 air 2 2 0 # 4 0 A 3 5 0", 1, 12),
    ("2 0 9 7 oxygen # # 1 2 0 # 8 5 A 3 7 0", 2, 5),
    ("2 2 8 8 oxygen # # 1 2 5 # 9 5 A 3 6 5", 2, 5),
    ("2 2 8 8 oxygen # # 1 2 5 # 9 5 A 3 6 5", 1, 8),
    ("0 9 8 air 1 2 0 # 7 0 A 3 7 0", 1, 3),
]


@pytest.mark.parametrize("keys, scale, total", VECTORS)
def test_the_score_is_the_published_one(keys: str, scale: int, total: int) -> None:
    bed = at_the_bed(news2_scale=scale)
    type_in(bed, *keys.split())
    assert pad(bed).total == str(total)
    parts = [int(one.part) for one in pad(bed).rows.rows if one.part]
    assert sum(parts) == total
    assert len(parts) == 7
    assert ("scale 2" in row(bed, P.OXYGEN_SATURATION).name) is (scale == 2)


def test_what_is_missing_is_no_zero_and_is_named(bed: Bed) -> None:
    type_in(bed, *KEYS)
    pad(bed).select("oxygen_saturation")
    pad(bed).erase()
    pad(bed).erase()
    assert pad(bed).total == "– –"
    assert pad(bed).band == "Incomplete: SpO₂"
    pad(bed).save()
    assert "oxygen_saturation" not in bed.outbox.all[-1].data


def test_whom_news2_is_not_for_is_not_scored() -> None:
    bed = at_the_bed(news2_exclusion=News2Exclusion.PREGNANT)
    type_in(bed, *KEYS)
    assert pad(bed).total == "– –"
    assert "pregnancy" in pad(bed).band
    assert all(one.part == "" for one in pad(bed).rows.rows)


def test_an_order_does_not_silence_what_a_high_score_asks_for() -> None:
    bed = at_the_bed(news2_every_min=240)
    type_in(bed, *KEYS)
    assert pad(bed).due == "By order every 240 min."
    type_in(bed, "@consciousness", "V", "@respiratory_rate", "2", "6", "@systolic", "8", "0", "#")
    assert pad(bed).total == "9"
    assert "continuously" in pad(bed).due
    assert "240 min" not in pad(bed).due, "nobody can follow both"
    more = at_the_bed(news2_every_min=30)
    type_in(more, *KEYS, "@consciousness", "V", "#")
    assert pad(more).due.endswith("Tell the doctor. By order every 30 min.")


# ---------------------------------------------------------------------------- what is asked


def test_an_unusual_value_is_asked_about_once(bed: Bed) -> None:
    type_in(bed, "@temperature", "2", "0", "1")
    assert pad(bed).question == "Really 20.1 °C? Temperature"
    pad(bed).answer("correct")
    assert row(bed, P.TEMPERATURE).value == ""
    type_in(bed, "2", "0", "1")
    pad(bed).answer("yes")
    assert (pad(bed).question, pad(bed).current) == ("", "pain")
    pad(bed).save()
    assert bed.outbox.all[-1].data == {"temperature": "20.1", "confirmed": "temperature"}


def test_what_was_confirmed_is_asked_about_again_when_it_is_another(bed: Bed) -> None:
    type_in(bed, "@heart_rate", "2", "6", "0")
    pad(bed).answer("yes")
    type_in(bed, "@heart_rate", "2", "7", "0")
    assert "270" in pad(bed).question
    pad(bed).back()
    type_in(bed, "@consciousness")
    pad(bed).save()
    assert "270" in pad(bed).question
    pad(bed).answer("yes")
    assert bed.outbox.all[-1].data == {"heart_rate": "270", "confirmed": "heart_rate"}


def test_absent_breathing_is_taken_as_it_is(bed: Bed) -> None:
    type_in(bed, "0")
    assert (pad(bed).question, pad(bed).current) == ("", "oxygen_saturation")
    pad(bed).save()
    assert bed.outbox.all[-1].data == {"respiratory_rate": "0"}


def test_a_pressure_upside_down_is_asked_about(bed: Bed) -> None:
    type_in(bed, "@systolic", "8", "0", "1", "2", "0")
    assert "120 mmHg" in pad(bed).question


def test_what_cannot_be_is_not_sent_and_says_between_what(bed: Bed) -> None:
    type_in(bed, "@temperature", "9", "0", "0")
    pad(bed).answer("yes")
    pad(bed).save()
    assert bed.outbox.all == ()
    assert "15 to 47" in pad(bed).refusal
    assert row(bed, P.TEMPERATURE).value == "90.0"
    type_in(bed, "@diastolic", "8", "0")
    pad(bed).select("temperature")
    for _ in range(4):
        pad(bed).erase()
    pad(bed).save()
    assert "systolic" in pad(bed).refusal
    assert bed.outbox.all == ()


# ------------------------------------------------------------------------------- why not


def test_why_one_was_not_measured_goes_with_the_set(bed: Bed) -> None:
    type_in(bed, "1", "8")
    pad(bed).askMissed()
    pad(bed).answer("refused")
    assert row(bed, P.OXYGEN_SATURATION).value == "Refused"
    type_in(bed, "air")
    pad(bed).save()
    entered, missed = bed.outbox.all
    assert entered.data == {"respiratory_rate": "18", "oxygen_supply": "air"}
    assert missed.kind == ActionKind.CARE_RECORD
    assert missed.data == {
        "kind": "observations_missed", "missed": "refused", "about": "oxygen_saturation",
    }  # fmt: skip


def test_why_the_flow_was_not_read_is_nothing_where_it_is_air(bed: Bed) -> None:
    type_in(bed, "@oxygen_supply", "oxygen", "@oxygen_flow")
    pad(bed).askMissed()
    pad(bed).answer("unable")
    type_in(bed, "@oxygen_supply", "air")
    pad(bed).save()
    assert [one.data for one in bed.outbox.all] == [{"oxygen_supply": "air"}]


def test_why_nothing_was_measured_is_told_once(bed: Bed) -> None:
    pad(bed).askAllMissed()
    pad(bed).answer("asleep")
    pad(bed).save()
    (missed,) = bed.outbox.all
    assert missed.data == {"kind": "observations_missed", "missed": "asleep"}


# ------------------------------------------------------------------------------- what comes of it


def test_a_refusal_says_why_and_all_that_was_typed_is_there(bed: Bed) -> None:
    type_in(bed, *KEYS)
    pad(bed).save()
    (sent,) = bed.outbox.all
    assert refuse(bed, sent, "action.other_patient")
    assert pad(bed).refusal
    assert {one.key: one.value for one in pad(bed).rows.rows if one.value}["heart_rate"] == "72"
    pad(bed).save()
    assert bed.outbox.all[-1].data == SET
    assert refuse(bed, bed.outbox.all[-1], "observation.improbable", parameters="heart_rate")
    assert pad(bed).current == "heart_rate"
    assert not refuse(bed, sent, "action.other_patient")


def test_reasons_that_were_told_are_not_told_twice_after_a_refusal(bed: Bed) -> None:
    type_in(bed, "1", "8")
    pad(bed).askMissed()
    pad(bed).answer("away")
    pad(bed).save()
    refuse(bed, bed.outbox.all[0], "observation.time")
    pad(bed).save()
    kinds = [one.kind for one in bed.outbox.all]
    assert kinds.count(ActionKind.CARE_RECORD) == 1
    assert kinds.count(ActionKind.OBSERVATION_ENTER) == 2


def test_a_refused_reason_can_be_sent_again_and_is_not_sent_twice(bed: Bed) -> None:
    pad(bed).askAllMissed()
    pad(bed).answer("asleep")
    pad(bed).save()
    (first,) = bed.outbox.all
    assert refuse(bed, first, "care.time")
    assert row(bed, P.HEART_RATE).value == "Asleep"
    pad(bed).save()
    assert [one.data for one in bed.outbox.all] == [first.data, first.data]


def test_what_was_sent_already_is_not_saved_and_says_so(bed: Bed) -> None:
    type_in(bed, "8", "#")
    pad(bed).askMissed()
    pad(bed).answer("away")
    pad(bed).save()
    assert refuse(bed, bed.outbox.all[0], "observation.time")
    pad(bed).select("respiratory_rate")
    pad(bed).erase()
    pad(bed).save()
    assert len(bed.outbox.all) == 2
    assert pad(bed).open
    assert "already" in pad(bed).refusal


def test_a_refused_set_waits_until_the_next_one_is_saved(bed: Bed) -> None:
    type_in(bed, "1", "8")
    pad(bed).save()
    pad(bed).leave()
    bed.model.show("observations")
    type_in(bed, "2", "2")
    first = bed.outbox.all[0]
    assert not refuse(bed, first, "observation.time")
    assert row(bed, P.RESPIRATORY_RATE).value == "22"
    bed.wait(KEPT_S)
    pad(bed).save()
    pad(bed).leave()
    bed.model.show("observations")
    assert row(bed, P.RESPIRATORY_RATE).value == "18"


def test_a_refusal_after_a_long_outage_brings_it_back(bed: Bed) -> None:
    bed.link.phase = Phase.OFFLINE
    type_in(bed, "1", "8")
    pad(bed).save()
    pad(bed).leave()
    bed.wait(KEPT_S + 60)
    bed.model.show("home")
    bed.wait(KEPT_S)
    bed.link.phase = Phase.LIVE
    assert not refuse(bed, bed.outbox.all[0], "observation.time")
    bed.model.show("observations")
    bed.model.chooseStaff("his.p-1")
    assert row(bed, P.RESPIRATORY_RATE).value == "18"


# ------------------------------------------------------------------------------- called away


def test_a_call_in_between_takes_nothing_away(bed: Bed) -> None:
    type_in(bed, "1", "8", "9", "7")
    bed.model.placeCall()
    assert not pad(bed).open
    bed.wait(300)
    bed.model.show("observations")
    bed.model.chooseStaff("his.p-1")
    assert row(bed, P.OXYGEN_SATURATION).value == "97"


def come_back(bed: Bed, seconds: float) -> None:
    """So much later the page is opened again."""
    bed.wait(seconds)
    bed.model.show("home")
    bed.model.show("observations")
    bed.model.chooseStaff("his.p-1")


def test_what_was_typed_a_while_ago_was_taken_then(bed: Bed) -> None:
    begun = bed.clock.now()
    type_in(bed, "1", "8")
    pad(bed).askMissed()
    pad(bed).answer("asleep")
    come_back(bed, KEPT_S - 1)
    type_in(bed, "@oxygen_supply", "air")
    come_back(bed, 60)
    pad(bed).save()
    entered, missed = bed.outbox.all
    assert entered.data["taken_at"] == missed.data["at"] == begun.isoformat()
    assert refuse(bed, entered, "action.other_patient")
    pad(bed).save()
    assert bed.outbox.all[-1].data == entered.data


def test_a_set_of_the_last_few_minutes_is_of_now(bed: Bed) -> None:
    come_back(bed, KEPT_S)
    type_in(bed, "1", "8")
    come_back(bed, 300)
    pad(bed).save()
    assert bed.outbox.all[-1].data == {"respiratory_rate": "18"}


def test_somebody_else_never_sees_it(bed: Bed) -> None:
    type_in(bed, "1", "8")
    bed.model.show("home")
    bed.model.forgetStaff()
    bed.model.show("observations")
    bed.model.chooseStaff("his.p-3")
    assert row(bed, P.RESPIRATORY_RATE).value == ""
    bed.model.chooseStaff("his.p-1")
    assert not pad(bed).open or row(bed, P.RESPIRATORY_RATE).value == "18"


def test_after_the_stated_time_it_is_gone(bed: Bed) -> None:
    type_in(bed, "1", "8")
    bed.model.show("home")
    bed.wait(KEPT_S)
    bed.model.show("observations")
    bed.model.chooseStaff("his.p-1")
    assert row(bed, P.RESPIRATORY_RATE).value == ""


def test_with_another_patient_in_the_bed_it_is_gone(bed: Bed) -> None:
    type_in(bed, "1", "8")
    other = bedside_stay(id="his.enc-77")
    bed.tell("encounter", other.id, other)
    bed.tell("bed", BED, bed_view(occupants=(other.id,)))
    bed.model.clock_moved()
    assert (bed.state("page"), pad(bed).open) == ("home", False)
    bed.tell("bed", BED, bed_view(occupants=(STAY,)))
    bed.model.show("observations")
    bed.model.chooseStaff("his.p-1")
    assert row(bed, P.RESPIRATORY_RATE).value == ""


def test_leaving_asks_what_shall_become_of_it(bed: Bed) -> None:
    type_in(bed, "1", "8")
    bed.model.back()
    assert pad(bed).leaving
    pad(bed).answer("go_on")
    assert row(bed, P.RESPIRATORY_RATE).value == "18"
    bed.model.back()
    pad(bed).answer("keep")
    assert bed.state("page") == "turns"
    bed.model.show("observations")
    assert row(bed, P.RESPIRATORY_RATE).value == "18"
    bed.model.back()
    pad(bed).answer("drop")
    bed.model.show("observations")
    assert row(bed, P.RESPIRATORY_RATE).value == ""
    bed.model.back()
    assert bed.state("page") == "turns"


def test_the_value_before_is_the_newest_with_its_age(bed: Bed) -> None:
    for hours, value in ((30, 90.0), (3, 61.0)):
        at = NOW - timedelta(hours=hours)
        sign = VitalSign(
            id=f"p{hours}",
            encounter_id=STAY,
            taken_at=at,
            received_at=at,
            measurements=(Measurement(parameter=P.GLUCOSE, value=value / 10),),
        )
        bed.tell("vital_sign", sign.id, sign)
    assert row(bed, P.GLUCOSE).before == "6.1 · 3 h ago"
    pad(bed).select("glucose")
    assert pad(bed).before == "Before: 6.1 at 07:05"


def test_another_set_can_be_typed_while_one_waits_for_the_hub(bed: Bed) -> None:
    bed.link.phase = Phase.OFFLINE
    type_in(bed, "1", "8")
    pad(bed).save()
    pad(bed).leave()
    bed.model.show("observations")
    assert row(bed, P.RESPIRATORY_RATE).value == ""
    first = bed.outbox.all[0]
    pad(bed).leave()
    assert not refuse(bed, first, "observation.time")
    bed.model.show("observations")
    assert row(bed, P.RESPIRATORY_RATE).value == "18"


def test_what_waited_for_a_name_is_sent_once_and_is_no_draft_then() -> None:
    bed = at_the_bed()
    type_in(bed, "1", "8")
    bed.model.forgetStaff()
    assert not pad(bed).open
    bed.model.show("observations")
    bed.model.openPad()
    assert bed.model.pickerOpen
    bed.model.closePicker()
    assert bed.outbox.all == ()
    bed.model.openPad()
    bed.model.chooseStaff("his.p-1")
    assert row(bed, P.RESPIRATORY_RATE).value == "18"
    pad(bed).save()
    assert len(bed.outbox.all) == 1
    assert pad(bed).core.waiting(STAY) is None
