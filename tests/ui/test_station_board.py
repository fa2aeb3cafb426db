"""The bed board's cells and the header's figures."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from smartward.clinical.bed import BedStatus
from smartward.clinical.device import HisLink
from smartward.clinical.encounter import Assessment, Encounter, EncounterStatus
from smartward.clinical.infusion import InfusionStatus, VolumeSource
from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.clinical.nurse_call import CallClass
from smartward.clinical.plan import PlanKind
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from smartward.device.fault_keys import LOG_FAULT
from smartward.i18n import Catalogue
from smartward.screen.station_board import BedCell, lit, quiet_cells
from smartward.screen.station_header import Links, census, his_late, his_text, screens_text
from smartward.screen.station_links import his_status, rejection_rows, screen_rows
from smartward.screen.station_queue import items
from smartward.screen.station_words import Words
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, ZONE, bed_id, stay_id
from tests.ui.test_station_queue import state_of


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(Catalogue("zh_CN", ZONE))


def board(bodies: sample.Bodies, words: Words) -> dict[str, BedCell]:
    state = state_of(bodies)
    found = lit(quiet_cells(state, words, NOW), items(state), words, NOW)
    return {cell.key: cell for cell in found}


def patient(bodies: sample.Bodies, number: int, **changes: object) -> None:
    stay: Encounter = bodies.get("encounter", stay_id(number))
    bodies.put("encounter", replace(stay, **changes))  # type: ignore[arg-type]  # fields by their own names


def named(bodies: sample.Bodies, number: int, name: str) -> None:
    stay: Encounter = bodies.get("encounter", stay_id(number))
    patient(bodies, number, patient=replace(stay.patient, name=name))


# --------------------------------------------------------------------------------------- names


def test_no_full_name_on_the_board(words: Words) -> None:
    bodies = sample.busy_ward()
    shown = board(bodies, words)
    for (kind, _), stay in bodies.of.items():
        if kind == "encounter":
            cell = shown[stay.bed_id]
            assert stay.patient.name not in f"{cell.name} {cell.spoken} {cell.foot}"
            assert "＊" in cell.name


def test_names_that_look_alike_are_marked_both(words: Words) -> None:
    bodies = sample.full_ward()
    named(bodies, 1, "张建国")
    named(bodies, 2, "张卫国")
    named(bodies, 3, "欧阳锋")
    shown = board(bodies, words)
    assert shown[bed_id(1)].name == shown[bed_id(2)].name
    assert (shown[bed_id(1)].mark, shown[bed_id(2)].mark) == ("同名", "同名")
    assert shown[bed_id(3)].mark == ""


def test_two_protected_people_who_look_alike_are_marked_under_every_rule(words: Words) -> None:
    """The others' names are full: these two are masked all the same, and then look alike."""
    bodies = sample.full_ward()
    for number, name in ((1, "张建国"), (2, "张卫国")):
        named(bodies, number, name)
        stay: Encounter = bodies.get("encounter", stay_id(number))
        patient(bodies, number, patient=replace(stay.patient, protected=True))
    named(bodies, 3, "张志国")
    bodies.put("masking", NamePolicy(rules={NamePlace.STATION_BOARD: NameRule.FULL}), "masking")
    shown = board(bodies, words)
    assert shown[bed_id(1)].name == shown[bed_id(2)].name
    assert (shown[bed_id(1)].mark, shown[bed_id(2)].mark) == ("同名", "同名")
    assert (shown[bed_id(3)].name, shown[bed_id(3)].mark) == ("张志国", "")


def test_mother_and_child_are_both_told(words: Words) -> None:
    bodies = sample.full_ward()
    bed = bodies.get("bed", bed_id(1))
    child = replace(bodies.get("encounter", stay_id(1)), id="his.enc-child")
    bodies.put("encounter", child)
    bodies.put("bed", replace(bed, occupants=(stay_id(1), child.id)))
    assert board(bodies, words)[bed_id(1)].name.endswith("+1")


# --------------------------------------------------------------------- grammar of a bed: places


def test_six_places_in_their_order(words: Words) -> None:
    bodies = sample.full_ward()
    stay = bodies.get("encounter", stay_id(12))
    states = [Assessment.PRESENT, Assessment.ABSENT, Assessment.NOT_ASSESSED] * 2
    changed = tuple(
        replace(p, state=state) for p, state in zip(stay.precautions, states, strict=True)
    )
    patient(bodies, 12, precautions=changed[::-1])
    assert board(bodies, words)[bed_id(12)].slots == "panpan"


def test_what_nobody_told_is_not_assessed(words: Words) -> None:
    bodies = sample.full_ward()
    patient(bodies, 12, precautions=())
    assert board(bodies, words)[bed_id(12)].slots == "nnnnnn"


def test_level_and_condition(words: Words) -> None:
    cell = board(sample.full_ward(), words)[bed_id(12)]
    assert (cell.level, cell.levelColor, cell.condition) == ("一级", "#C2185B", "病重")
    assert cell.nurse == "李"


def test_a_level_nobody_ordered_has_no_colour(words: Words) -> None:
    bodies = sample.full_ward()
    patient(bodies, 12, nursing_level=None)
    cell = board(bodies, words)[bed_id(12)]
    assert (cell.level, cell.levelColor) == ("", "")


@pytest.mark.parametrize(
    "status, why",
    [
        (BedStatus.UNOCCUPIED, "空床"),
        (BedStatus.HOUSEKEEPING, "待清洁"),
        (BedStatus.CLOSED, "停用"),
        (BedStatus.RESERVED, "预留"),
        (BedStatus.OCCUPIED, "病人信息未到"),
    ],
)
def test_an_empty_bed_says_why(status: BedStatus, why: str, words: Words) -> None:
    bodies = sample.empty_ward(3)
    bodies.put("bed", replace(bodies.get("bed", bed_id(1)), status=status))
    cell = board(bodies, words)[bed_id(1)]
    assert not cell.occupied
    assert cell.why == why


def test_a_reserved_bed_says_from_when(words: Words) -> None:
    assert board(sample.full_ward(), words)[bed_id(14)].why == "预留 14:00"


def test_a_disagreement_is_shown_and_hides_nothing(words: Words) -> None:
    bodies = sample.full_ward()
    bed = bodies.get("bed", bed_id(4))
    bodies.put("bed", replace(bed, conflict=Wording(key="bed.conflict.nobody")))
    cell = board(bodies, words)[bed_id(4)]
    assert cell.mark == "请核对"
    assert cell.foot == "床位信息不一致"
    assert cell.name


def test_a_stay_nobody_confirms_is_shown_and_marked(words: Words) -> None:
    bodies = sample.full_ward()
    patient(bodies, 4, unconfirmed_since=NOW - timedelta(minutes=20))
    cell = board(bodies, words)[bed_id(4)]
    assert (cell.mark, cell.foot) == ("请核对", "住院待核实")
    assert cell.name


def test_who_is_on_leave_keeps_the_bed_and_is_said_to_be_away(words: Words) -> None:
    bodies = sample.full_ward()
    patient(bodies, 4, status=EncounterStatus.ON_LEAVE)
    cell = board(bodies, words)[bed_id(4)]
    assert (cell.foot, cell.footIcon) == ("请假外出", "bed-empty")
    assert cell.occupied
    assert cell.name


def test_a_patient_without_a_bed_stands_at_the_end(words: Words) -> None:
    bodies = sample.full_ward()
    lost = replace(bodies.get("encounter", stay_id(1)), id="his.enc-lost", bed_id=None)
    bodies.put("encounter", lost)
    shown = list(board(bodies, words).values())
    assert shown[-1].key == "stay:his.enc-lost"
    assert shown[-1].foot == "未安排床位"


def test_a_planned_admission_is_not_a_patient_without_a_bed(words: Words) -> None:
    bodies = sample.full_ward()
    coming = replace(
        bodies.get("encounter", stay_id(1)), id="his.enc-x", status=EncounterStatus.PLANNED
    )
    bodies.put("encounter", coming)
    assert "stay:his.enc-x" not in board(bodies, words)


# ------------------------------------------------------------------- foot: the one thing now


def test_a_score_that_only_holds_on_is_told_with_what_it_was(words: Words) -> None:
    bodies = sample.full_ward()
    held = Wording(key="alert.news2.held", values={"before": 12, "n": 0})
    sample.alert(bodies, 24, "news2", Priority.HIGH, held, held, held, "i", 1)
    assert board(bodies, words)[bed_id(24)].foot == "评分 12→0"


def test_the_foot_says_the_most_important_thing(words: Words) -> None:
    """Call before alert before drip before surgery before what is due; each gives way in turn."""
    bodies = sample.full_ward()
    number, seen = 24, []
    seen.append(board(bodies, words)[bed_id(number)].foot)
    sample.drip(bodies, number, left_ml=45)
    seen.append(board(bodies, words)[bed_id(number)].foot)
    sample.plain_alert(bodies, number, "r", Priority.LOW, 1)
    seen.append(board(bodies, words)[bed_id(number)].foot)
    sample.call(bodies, number, 84)
    seen.append(board(bodies, words)[bed_id(number)].foot)
    assert seen == ["手术 14:05", "约 29 分", "t", "呼叫 1 分"]


@pytest.mark.parametrize(
    "kind, foot", [(PlanKind.MEAL, ""), (PlanKind.ROUND, ""), (PlanKind.TURNING, "翻身 10:35")]
)
def test_only_what_nurses_have_to_do_is_due(kind: PlanKind, foot: str, words: Words) -> None:
    bodies = sample.full_ward()
    bodies.put("plan_item", sample.plan_item(6, "x", kind, 0.5))
    assert board(bodies, words)[bed_id(6)].foot == foot


def test_a_foot_follows_what_is_planned_within_the_minute(words: Words) -> None:
    """What was worked out holds until the plan changes, the minute, or the language."""
    state = state_of(sample.full_ward())
    one, other = 6, 8
    scan = sample.plan_item(one, "scan", PlanKind.SCAN, 0.2)

    def feet(now: datetime = NOW, said: Words = words) -> list[str]:
        cells = {cell.key: cell.foot for cell in quiet_cells(state, said, now)}
        return [cells[bed_id(number)] for number in (one, other)]

    before = feet()
    state.put("plan_item", scan.id, 1, scan)
    planned = feet()
    assert (planned[0] != before[0], planned[1]) == (True, before[1])
    state.put("plan_item", scan.id, 2, replace(scan, encounter_id=stay_id(other)))
    assert feet() == [before[0], planned[0]], "it was another patient's"
    state.put("plan_item", scan.id, 3, replace(scan, due_at=scan.due_at + timedelta(minutes=3)))
    assert feet()[0] not in (before[0], planned[0])
    late = feet(NOW + timedelta(minutes=45))
    assert late != feet()
    assert feet(said=Words(Catalogue("en", ZONE)))[0] not in (before[0], planned[0], late[0])
    state.gone("plan_item", scan.id)
    assert feet() == before


def test_the_more_urgent_of_two_colours_the_bed(words: Words) -> None:
    bodies = sample.full_ward()
    sample.call(bodies, 6, 84)
    sample.call(bodies, 6, 10, CallClass.BATHROOM)
    cell = board(bodies, words)[bed_id(6)]
    assert (cell.priority, cell.flashing) == ("high", True)
    assert cell.foot == "卫生间 0:10"


@pytest.mark.parametrize(
    "status, source, foot",
    [
        (InfusionStatus.PAUSED, VolumeSource.MEASURED, "输液暂停"),
        (InfusionStatus.RUNNING, VolumeSource.SENSOR_LOST, "输液 —"),
    ],
)
def test_a_drip_of_which_no_end_is_known_tells_none(
    status: InfusionStatus, source: VolumeSource, foot: str, words: Words
) -> None:
    bodies = sample.full_ward()
    sample.drip(bodies, 6, status=status, source=source)
    assert board(bodies, words)[bed_id(6)].foot == foot


def test_a_rate_of_zero_is_no_end_and_no_error(words: Words) -> None:
    bodies = sample.full_ward()
    sample.drip(bodies, 6, rate_ml_h=0.0)
    assert board(bodies, words)[bed_id(6)].foot == "输液 —"


def test_a_call_from_an_empty_bed_lights_it(words: Words) -> None:
    bodies = sample.full_ward()
    sample.call(bodies, 33, 5)
    cell = board(bodies, words)[bed_id(33)]
    assert (cell.occupied, cell.priority, cell.flashing) == (False, "medium", True)


# -------------------------------------------------------------------------------------- header


def test_counts_equal_the_board(words: Words) -> None:
    bodies = sample.busy_ward()
    shown = [cell for cell in board(bodies, words).values() if cell.occupied]
    figures = {figure.key: figure.value for figure in census(state_of(bodies), words, NOW)}
    assert figures["in"] == f"{len(shown)}/40"
    for level, word in (("one", "一级"), ("two", "二级"), ("three", "三级")):
        assert figures[level] == str(sum(cell.level == word for cell in shown))
    assert figures["isolation"] == str(sum(cell.slots[1] == "p" for cell in shown))
    assert figures["surgery"] == "2"


def test_an_empty_ward_counts_zero_of_all(words: Words) -> None:
    (figure,) = census(state_of(sample.empty_ward(40)), words, NOW)
    assert figure.value == "0/40"


def links(**given: object) -> Links:
    base = Links(
        hub_up=True,
        his_up=True,
        his_as_of=NOW - timedelta(seconds=20),
        his_late_after=timedelta(seconds=60),
    )
    return replace(base, **given)  # type: ignore[arg-type]  # fields by their own names


def test_data_tell_from_when_they_are(words: Words) -> None:
    assert his_text(links(), words, NOW) == "数据截至 10:04"
    late = links(his_as_of=NOW - timedelta(minutes=42))
    assert his_late(late, NOW)
    assert his_text(late, words, NOW) == "数据停在 09:23 · 已过 42 分"
    assert his_text(links(his_as_of=None), words, NOW) == "没有医院系统数据"


def test_a_broken_link_is_late_at_once() -> None:
    assert his_late(links(his_up=False), NOW)
    assert not his_late(links(), NOW)


def test_screens_offline_are_counted_and_stand_first(words: Words) -> None:
    bodies = sample.busy_ward()
    faulty = bodies.get("screen", "dev-bedside-3")
    bodies.put("screen", replace(faulty, faults=("sound.some_fault",)), "dev-bedside-3")
    state = state_of(bodies)
    assert screens_text(state.screens.values(), words, NOW) == "1 屏离线 · 1 屏故障"
    shown = screen_rows(state, words, NOW)
    assert [row.key for row in shown[:2]] == ["dev-bedhead-8", "dev-bedside-3"]
    assert shown[0].status == "09:45 起离线"
    assert [row.fault for row in shown].count(True) == 2


def test_a_log_server_that_is_away_hides_no_other_fault_in_the_header(words: Words) -> None:
    bodies = sample.busy_ward()
    others = {"dev-bedside-3": ("sound.some_fault",), "dev-bedside-5": ()}
    for id, more in others.items():
        bodies.put("screen", replace(bodies.get("screen", id), faults=(LOG_FAULT, *more)), id)
    state = state_of(bodies)
    assert screens_text(state.screens.values(), words, NOW) == "1 屏离线 · 1 屏故障"
    rows = {row.key: row for row in screen_rows(state, words, NOW)}
    assert all(rows[id].fault and "日志服务器" in rows[id].status for id in others)


def test_without_the_hub_nothing_is_said_to_be_so_now(words: Words) -> None:
    bodies = sample.busy_ward()
    state = state_of(bodies)
    heard = NOW - timedelta(minutes=3)
    shown = {row.key: row.status for row in screen_rows(state, words, NOW, heard)}
    assert shown["dev-bedside-3"] == "10:02 时在线"
    assert shown["dev-bedhead-8"] == "09:45 起离线"
    up = HisLink(up=True, since=NOW - timedelta(hours=2), last_census_at=NOW, rejected={})
    assert his_status(up, words, NOW, heard) == "10:02 时正常"
    assert his_status(up, words, NOW) == "08:05 起正常"
    assert links(hub_up=False, heard_at=heard).as_of == heard
    assert links(heard_at=heard).as_of is None


def test_the_gravest_fault_of_a_screen_stands_first(words: Words) -> None:
    bodies = sample.busy_ward()
    faulty = bodies.get("screen", "dev-bedside-3")
    both = ("screen.fault.touch", "right_bed.second")
    bodies.put("screen", replace(faulty, faults=both), "dev-bedside-3")
    row = screen_rows(state_of(bodies), words, NOW)[1]
    assert row.status.startswith("另一台设备正在使用此屏的身份\n")


def test_rejections_are_counted_by_reason(words: Words) -> None:
    bodies = sample.empty_ward(2)
    sample.his_down(bodies)
    shown = rejection_rows(bodies.get("his_link", "his"), words)
    assert [row.count for row in shown] == ["3", "1"]
