"""Turns and rounds recorded at the bed, by a known person, and what is told of the last ones."""

from datetime import timedelta

import pytest

from smartward.clinical.care_event import CareKind, Position
from smartward.wire.envelope import ActionKind
from smartward.wire.views import CareView
from tests.ui.bed_model import Bed
from tests.ui.bed_ward import NOW, STAY
from tests.ui.bedside_scenes import bedside


@pytest.fixture
def bed() -> Bed:
    made = Bed(bedside())
    made.model.show("staff")
    made.model.show("turns")
    return made


def done(
    kind: CareKind, minutes: int, position: Position | None = None, of: str = STAY
) -> CareView:
    at = NOW - timedelta(minutes=minutes)
    return CareView(id=f"{kind}-{minutes}", encounter_id=of, kind=kind, at=at, position=position)


def tones(bed: Bed) -> dict[str, str]:
    return {row.key: row.tone for row in bed.model.turns.rows.rows}


def test_the_page_tells_the_last_turn_and_round_of_who_lies_here(bed: Bed) -> None:
    assert bed.model.turns.turned == "No turn is recorded yet."
    assert set(tones(bed)) == {*Position, "round"}
    for one in (
        done(CareKind.TURN, 140, Position.SUPINE),
        done(CareKind.TURN, 20, Position.LEFT),
        done(CareKind.TURN, 5, Position.PRONE, of="his.enc-99"),
        done(CareKind.ROUND, 35),
    ):
        bed.tell("care_event", one.id, one)
    bed.model.clock_moved()
    assert bed.model.turns.turned == "Last turn 09:45: Left side"
    assert bed.model.turns.visited == "Last round 09:30"
    assert [key for key, tone in tones(bed).items() if tone] == ["left"]


def test_a_touch_records_once_somebody_is_known(bed: Bed) -> None:
    bed.model.turns.touch("right")
    assert bed.kinds() == []
    assert bed.model.pickerOpen
    bed.model.chooseStaff("his.p-1")
    (turn,) = bed.outbox.all
    assert (turn.kind, turn.subject, turn.by.id) == (ActionKind.CARE_RECORD, STAY, "his.p-1")
    assert (turn.data, turn.seen.encounter_id) == ({"kind": "turn", "position": "right"}, STAY)
    bed.model.clock_moved()
    assert tones(bed)["right"] == "chosen"
    assert bed.model.turns.sending
    bed.model.turns.touch("round")
    assert bed.outbox.all[-1].data == {
        "kind": "round", "needs": "pain,potty,position,possessions",
    }  # fmt: skip
    with pytest.raises(ValueError, match="up"):
        bed.model.turns.touch("up")


def test_with_nobody_in_the_bed_there_is_nothing_to_record() -> None:
    bed = Bed(bedside())
    bed.gone("encounter", STAY)
    bed.model.clock_moved()
    bed.model.show("turns")
    assert bed.state("page") == "home"
    bed.model.turns.touch("left")
    assert bed.kinds() == []
