"""A stay put together from what a HIS tells: absent needs evidence, silence is not assessed."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from smartward.clinical.encounter import (
    Assessment,
    ConditionMark,
    Encounter,
    EncounterStatus,
    News2Exclusion,
    NursingLevel,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.words import Wording
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.documents import derive
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_encounter import encounter
from smartward.his.fhir.reject import Ended, Reject
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.setting import Setting
from tests.his.hospital import flag, patient, stay

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
BOOK = load_mapping()
HL7 = "http://terminology.hl7.org/CodeSystem"
LOCAL = "http://hospital.example/fhir/CodeSystem"


def decoded(body: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(body), type=STRUCTS[body["resourceType"]])


def made(*resources: dict[str, Any], person: Any = None, **of_stay: Any) -> Encounter:
    chart = Chart("p1")
    chart.put(decoded(person or patient()))
    for one in resources:
        chart.put(decoded(one))
    beds = frozenset({"bed-1", "bed-2"})
    setting = Setting("his", BOOK, NOW, beds, beds | {"ward-3", "room-301"}, {})
    body = decoded(stay(**of_stay))
    assert isinstance(body, Stay)
    derived = derive("e1", chart, BOOK, "his", NOW, BOOK.zone)
    return encounter(body, chart, derived.plan, setting)


def slot(found: Encounter, which: PrecautionSlot) -> tuple[Assessment, str | None]:
    one = next(p for p in found.precautions if p.slot is which)
    words = one.wording.his or one.wording.key if one.wording is not None else None
    return one.state, words


def allergy(id: str, text: str, **more: Any) -> dict[str, Any]:
    body = {
        "resourceType": "AllergyIntolerance",
        "id": id,
        "patient": {"reference": "Patient/p1"},
        "code": {"text": text},
    }
    return body | more


def status(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{HL7}/{system}", "code": code}]}


def diet(id: str, text: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    kind: dict[str, Any] = {"text": text}
    if code is not None:
        kind["coding"] = [{"system": f"{LOCAL}/diet", "code": code}]
    return {
        "resourceType": "NutritionOrder",
        "id": id,
        "status": "active",
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-11-20T08:00:00Z",
        "oralDiet": {"type": [kind]},
    } | more


def order(id: str, dictionary: str, code: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": f"{LOCAL}/{dictionary}", "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "authoredOn": "2026-11-20T08:00:00Z",
    } | more


def score(id: str, loinc: str, total: int, at: str = "2026-11-20T08:00:00Z") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": at,
        "valueInteger": total,
    }


def test_silence_is_not_assessed() -> None:
    found = made()
    assert [one.slot for one in found.precautions] == list(PrecautionSlot)
    assert {one.state for one in found.precautions} == {Assessment.NOT_ASSESSED}
    assert found.nursing_level is None
    assert found.diet is None
    assert found.team == ()


NKA = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}
PRESENT, ABSENT, UNKNOWN = Assessment.PRESENT, Assessment.ABSENT, Assessment.NOT_ASSESSED


@pytest.mark.parametrize(
    "records, expected",
    [
        ([allergy("a", "青霉素过敏")], (PRESENT, "青霉素过敏")),
        ([allergy("a", "青霉素"), allergy("b", "磺胺")], (PRESENT, "青霉素、磺胺")),
        ([allergy("a", "-", code=NKA)], (ABSENT, None)),
        ([allergy("a", "-", code=NKA), allergy("b", "磺胺")], (PRESENT, "磺胺")),
        ([allergy("a", "x", verificationStatus=status("v", "entered-in-error"))], (UNKNOWN, None)),
        ([allergy("a", "x", verificationStatus=status("v", "refuted"))], (UNKNOWN, None)),
        ([allergy("a", "x", clinicalStatus=status("c", "resolved"))], (UNKNOWN, None)),
        ([allergy("a", "-", code=NKA, clinicalStatus=status("c", "resolved"))], (UNKNOWN, None)),
        ([allergy("a", "x", code=None)], (PRESENT, None)),
    ],
)
def test_allergy(records: list[dict[str, Any]], expected: tuple[Assessment, str | None]) -> None:
    assert slot(made(*records), PrecautionSlot.ALLERGY) == expected


@pytest.mark.parametrize(
    "flags, expected",
    [
        ([flag("f", "isolation", "contact")], (PRESENT, "contact")),
        ([flag("f", "isolation", "contact", "inactive")], (ABSENT, None)),
        ([flag("f", "isolation", "contact", "entered-in-error")], (UNKNOWN, None)),
        ([flag("f", "isolation", "who-knows")], (UNKNOWN, None)),
        (
            [flag("f", "isolation", "contact", period={"end": "2026-11-20T00:00:00Z"})],
            (ABSENT, None),
        ),
        (
            [flag("f", "isolation", "contact", encounter={"reference": "Encounter/before"})],
            (UNKNOWN, None),
        ),
    ],
)
def test_isolation(flags: list[dict[str, Any]], expected: tuple[Assessment, str | None]) -> None:
    assert slot(made(*flags), PrecautionSlot.ISOLATION) == expected


def test_two_isolations_want_the_protection_of_both() -> None:
    found = made(flag("f", "isolation", "contact"), flag("g", "isolation", "airborne"))
    protection = found.precautions[1].protection
    assert set(protection) == {
        "ppe.hand_hygiene",
        "ppe.gloves",
        "ppe.gown",
        "ppe.respirator",
    }
    assert len(protection) == len(set(protection))


@pytest.mark.parametrize(
    "orders, expected, words",
    [
        ([diet("d", "禁食禁水", "npo")], PRESENT, "diet.nil_by_mouth"),
        ([diet("d", "低盐低脂饮食", "low-salt")], ABSENT, "diet.low_salt_low_fat"),
        ([diet("d", "-", "soft"), diet("n", "-", "npo")], PRESENT, "diet.nil_by_mouth"),
        ([diet("d", "NPO p MN")], UNKNOWN, "NPO p MN"),
        ([diet("d", "-", "npo", status="completed")], UNKNOWN, None),
        ([diet("d", "禁食")], PRESENT, "diet.nil_by_mouth"),
    ],
)
def test_nil_by_mouth_and_diet(
    orders: list[dict[str, Any]], expected: Assessment, words: str | None
) -> None:
    found = made(*orders)
    assert slot(found, PrecautionSlot.NIL_BY_MOUTH)[0] is expected
    said = found.diet.wording if found.diet is not None else None
    assert (said.key or said.his if said is not None else None) == words


def test_the_newest_diet_counts() -> None:
    later = {"dateTime": "2026-11-20T18:00:00Z"}
    found = made(diet("a", "-", "soft", **later), diet("b", "-", "regular"))
    assert found.diet is not None
    assert found.diet.wording == Wording(key="diet.soft")
    assert found.diet.ordered_at == datetime(2026, 11, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "loinc, total, which, expected",
    [
        ("59460-6", 45, PrecautionSlot.FALL, PRESENT),
        ("59460-6", 44, PrecautionSlot.FALL, ABSENT),
        ("59460-6", 0, PrecautionSlot.FALL, ABSENT),
        ("38227-5", 18, PrecautionSlot.SKIN, PRESENT),
        ("38227-5", 19, PrecautionSlot.SKIN, ABSENT),
    ],
)
def test_risk_scores(loinc: str, total: int, which: PrecautionSlot, expected: Assessment) -> None:
    assert slot(made(score("s", loinc, total)), which)[0] is expected


def test_a_score_nobody_can_have_is_none() -> None:
    assert slot(made(score("s", "59460-6", 2**62)), PrecautionSlot.FALL)[0] is UNKNOWN
    assert slot(made(score("s", "59460-6", -1)), PrecautionSlot.FALL)[0] is UNKNOWN


@pytest.mark.parametrize("period, expected", [(4, 240), (0, None), (1e300, None), (-1, None)])
def test_the_ordered_interval(period: float, expected: int | None) -> None:
    repeat = {"frequency": 1, "period": period, "periodUnit": "h"}
    timing, at = {"repeat": repeat}, "2026-08-01T10:00:00+08:00"
    asked = order("e", "news2-order", "observations", occurrenceTiming=timing, authoredOn=at)
    found = made(asked)
    assert found.news2.interval_min == expected
    assert found.news2.interval_ordered_at == datetime(2026, 8, 1, 2, tzinfo=UTC)


def scored(id: str, total: float, at: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "59460-6"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": at,
        "valueQuantity": {"value": total},
        **more,
    }


@pytest.mark.parametrize(
    "older, newer, since",
    [
        ("2026-11-19T08:00:00Z", "2026-11-20", False),
        ("2026-11", "2026-11-20T00:00:00Z", True),
        # Of one day the one whose time is told: it is not overruled by "some time that day".
        ("2026-11-20", "2026-11-20T07:00:00Z", True),
    ],
)
def test_a_score_of_a_day_counts_and_has_no_time(older: str, newer: str, since: bool) -> None:
    found = made(scored("a", 10, older), scored("b", 60, newer))
    fall = next(p for p in found.precautions if p.slot is PrecautionSlot.FALL)
    assert fall.state is Assessment.PRESENT
    assert (fall.since is not None) is since


@pytest.mark.parametrize(
    "more",
    [
        {"valueQuantity": {"value": 0}, "dataAbsentReason": {"text": "not performed"}},
        {"valueQuantity": {"value": 10, "comparator": ">"}},
        {"valueQuantity": {"unit": "{score}"}},
    ],
)
def test_a_score_that_was_not_taken_proves_nothing(more: dict[str, Any]) -> None:
    found = made(scored("a", 10, "2026-11-20T08:00:00Z", **more))
    assert slot(found, PrecautionSlot.FALL)[0] is Assessment.NOT_ASSESSED


def test_the_newest_score_counts() -> None:
    old = score("a", "59460-6", 90, "2026-11-19T08:00:00Z")
    found = made(old, score("b", "59460-6", 10, "2026-11-20T08:00:00Z"))
    assert slot(found, PrecautionSlot.FALL)[0] is ABSENT


def test_levels_marks_and_orders() -> None:
    found = made(
        order("a", "nursing-level", "two"),
        order("b", "nursing-level", "one", authoredOn="2026-11-20T09:00:00Z"),
        order("c", "nursing-level", "special", status="revoked"),
        flag("f", "condition-mark", "serious"),
        flag("g", "condition-mark", "critical"),
        order(
            "d",
            "news2-order",
            "scale-2",
            requester={"reference": "Practitioner/d1", "display": "王建华"},
        ),
        order(
            "e",
            "news2-order",
            "observations",
            occurrenceTiming={"repeat": {"frequency": 2, "period": 1, "periodUnit": "h"}},
        ),
    )
    assert found.nursing_level is NursingLevel.ONE
    assert found.condition is ConditionMark.CRITICAL
    assert (found.news2.scale, found.news2.ordered_by) == (2, "王建华")
    assert found.news2.interval_min == 30
    assert found.news2.exclusion is None


def test_pregnancy_excludes_the_score() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]},
        "clinicalStatus": status("condition-clinical", "active"),
    }
    assert made(condition).news2.exclusion is News2Exclusion.PREGNANT
    over = {**condition, "clinicalStatus": status("condition-clinical", "resolved")}
    assert made(over).news2.exclusion is None
    assert made(order("o", "news2-order", "none")).news2.exclusion is News2Exclusion.BY_ORDER


@pytest.mark.parametrize(
    "names, shown, family",
    [
        ([{"text": "张建国", "family": "张"}], "张建国", "张"),
        ([{"family": "欧阳", "given": ["静", "怡"]}], "欧阳静怡", "欧阳"),
        ([{"family": "Whitfield", "given": ["Helen", "M"]}], "Helen M Whitfield", "Whitfield"),
        ([{"use": "maiden", "text": "旧名"}, {"text": "新名"}], "新名", ""),
        ([{"use": "nickname", "text": "小王"}, {"use": "official", "text": "王芳"}], "王芳", ""),
        (
            [
                {
                    "use": "official",
                    "text": "Wang Fang",
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation",
                            "valueCode": "ABC",
                        }
                    ],
                },
                {"use": "official", "text": "王芳"},
            ],
            "王芳",
            "",
        ),
        ([{"text": "Old", "period": {"end": "2020-01-01T00:00:00Z"}}, {"text": "New"}], "New", ""),
    ],
)
def test_names(names: list[dict[str, Any]], shown: str, family: str) -> None:
    found = made(person=patient(name=names)).patient
    assert (found.name, found.family) == (shown, family)


def test_a_patient_without_a_name_is_refused() -> None:
    with pytest.raises(Reject) as reason:
        made(person=patient(name=[{"use": "old", "text": "x"}, {"given": [" "]}]))
    assert (reason.value.key, reason.value.detail) == ("his.rejection.missing", "Patient.name")


@pytest.mark.parametrize(
    "birth, expected",
    [("1959", "1959"), ("1959-03", "1959-03"), ("1959-03-02", "1959-03-02"), ("2.3.59", None)],
)
def test_partial_birth_dates_stay_as_they_are(birth: str, expected: str | None) -> None:
    found = made(person=patient(birthDate=birth, gender="strange")).patient
    assert found.birth_date == expected
    assert found.sex is Sex.UNKNOWN


def test_the_record_number() -> None:
    mr = {"coding": [{"system": f"{HL7}/v2-0203", "code": "MR"}]}
    person = patient(
        identifier=[{"value": "national"}, {"type": mr, "value": "Z1"}, {"use": "usual"}]
    )
    assert made(person=person).patient.identifier == "Z1"
    assert made().patient.identifier is None


def place(bed: str, state: str = "active", start: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"location": {"reference": f"Location/{bed}"}, "status": state}
    return found | ({"period": {"start": start}} if start else {})


@pytest.mark.parametrize(
    "places, bed",
    [
        ([place("bed-1"), place("ward-3")], "his.bed-1"),
        ([place("bed-1", "completed"), place("bed-2")], "his.bed-2"),
        (
            [
                place("bed-1", start="2026-11-20T00:00:00Z"),
                place("bed-2", start="2026-11-19T00:00:00Z"),
            ],
            "his.bed-1",
        ),
        ([place("ward-3")], None),
        ([place("bed-1", "reserved"), place("room-301")], None),
        ([{"location": {"reference": "Location/bed-1"}}], "his.bed-1"),
    ],
)
def test_which_bed(places: list[dict[str, Any]], bed: str | None) -> None:
    assert made(location=places).bed_id == bed


@pytest.mark.parametrize("over", ["finished", "cancelled", "entered-in-error"])
def test_a_stay_that_is_over_or_elsewhere_is_gone(over: str) -> None:
    with pytest.raises(Ended):
        made(status=over)
    with pytest.raises(Ended):
        made(location=[place("icu-7")])
    with pytest.raises(Ended):
        made(location=[])


def test_a_planned_stay_reserves() -> None:
    found = made(status="planned", location=[place("bed-2", "planned")])
    assert (found.status, found.bed_id) == (EncounterStatus.PLANNED, "his.bed-2")
    with pytest.raises(Reject) as reason:
        made(status="later")
    assert reason.value.key == "his.rejection.status"


@pytest.mark.parametrize(
    "places, bed, also",
    [
        # Told of both at once, or without a time: nobody can tell in which.
        ([place("bed-1"), place("bed-2")], "his.bed-2", ("his.bed-1",)),
        (
            [place("bed-1", start="2026-11-20"), place("bed-2", start="2026-11-20")],
            "his.bed-2",
            ("his.bed-1",),
        ),
        ([place("bed-1", start="2026-11-20"), place("bed-2")], "his.bed-1", ("his.bed-2",)),
        # The one that began last; a day is after the month it lies in began.
        ([place("bed-1", start="2026-11"), place("bed-2", start="2026-11-20")], "his.bed-2", ()),
        ([place("bed-1"), place("bed-2", "planned")], "his.bed-1", ()),
        ([place("bed-1"), place("icu-7")], "his.bed-1", ()),
    ],
)
def test_two_beds_for_one_stay(
    places: list[dict[str, Any]], bed: str, also: tuple[str, ...]
) -> None:
    found = made(location=places)
    assert (found.bed_id, found.also_in) == (bed, also)


@pytest.mark.parametrize(
    "end, here",
    [("2026-11-20", False), ("2026-11-21", True), ("2026-11", True), ("2025", False), ("x", True)],
)
def test_a_place_that_ends_on_a_day_holds_until_the_day_is_over(end: str, here: bool) -> None:
    places = [place("bed-1") | {"period": {"end": end}}]
    if here:
        assert made(location=places).bed_id == "his.bed-1"
    else:
        with pytest.raises(Ended):
            made(location=places)


def test_an_unknown_status_is_no_end_but_with_one_it_is() -> None:
    with pytest.raises(Reject) as reason:
        made(status="unknown")
    assert reason.value.key == "his.rejection.status"
    with pytest.raises(Ended):
        made(status="unknown", period={"start": "2026-11-19", "end": "2026-11-20"})


def test_on_leave_the_bed_is_kept() -> None:
    found = made(status="onleave", location=[place("bed-2", "reserved")])
    assert (found.status, found.bed_id) == (EncounterStatus.ON_LEAVE, "his.bed-2")


def test_whoever_is_awaited_from_elsewhere_reserves() -> None:
    coming = place("bed-2", "planned", start="2026-11-21T06:00:00Z")
    found = made(location=[place("icu-7"), coming])
    assert (found.status, found.bed_id) == (EncounterStatus.PLANNED, "his.bed-2")
    assert found.admitted_at == datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_a_newborns_stay_names_its_mothers() -> None:
    assert made(partOf={"reference": "Encounter/e0"}).part_of == "his.e0"
    assert made().part_of is None


LEVEL = f"{LOCAL}/nursing-level"


def level_order(id: str, level: str, authored: str | None, **more: Any) -> dict[str, Any]:
    body = {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": LEVEL, "code": level}]},
        **more,
    }
    return body | ({"authoredOn": authored} if authored is not None else {})


@pytest.mark.parametrize(
    "older, newer",
    [
        ("2026-11-20T23:00:00+08:00", "2026-11-21"),
        ("2026-11", "2026-11-20"),
        (None, "2025"),
        ("soon", "2026-11-20T08:00:00Z"),
    ],
)
def test_the_newest_order_is_found_among_partial_dates(older: str | None, newer: str) -> None:
    told = [level_order("s1", "special", older), level_order("s2", "three", newer)]
    assert made(*told).nursing_level is NursingLevel.THREE


def test_of_two_levels_ordered_at_one_time_the_graver_counts() -> None:
    told = [level_order("s1", "one", "2026-11-20"), level_order("s2", "three", "2026-11-20")]
    assert made(*told).nursing_level is NursingLevel.ONE
    proposed = level_order("s3", "special", "2026-11-21", intent="proposal")
    assert made(*told, proposed).nursing_level is NursingLevel.ONE


def ended_flag(end: str) -> dict[str, Any]:
    return flag("f", "isolation", "contact", period={"start": "2026-11-01", "end": end})


def test_a_flag_until_a_day() -> None:
    assert slot(made(ended_flag("2026-11-20")), PrecautionSlot.ISOLATION)[0] is Assessment.ABSENT
    found = made(ended_flag("2026-11-21"))
    isolation = next(p for p in found.precautions if p.slot is PrecautionSlot.ISOLATION)
    # Since some time on the first: no exact time is made of it.
    assert (isolation.state, isolation.since) == (Assessment.PRESENT, None)


def test_marks_may_be_orders() -> None:
    isolation = level_order("s1", "x", "2026-11-20T08:00:00Z", code={"text": "接触隔离"})
    fasting = level_order("s2", "x", "2026-11-20", code={"text": "禁食"})
    grave = level_order("s3", "x", None, code={"text": "病危"})
    found = made(isolation, fasting, grave)
    assert slot(found, PrecautionSlot.ISOLATION) == (Assessment.PRESENT, "接触隔离")
    assert slot(found, PrecautionSlot.NIL_BY_MOUTH)[0] is Assessment.PRESENT
    assert found.diet is not None
    assert found.diet.wording == Wording(key="diet.nil_by_mouth")
    assert found.condition is ConditionMark.CRITICAL
    withdrawn = [one | {"status": "revoked"} for one in (isolation, fasting, grave)]
    nothing = made(*withdrawn)
    assert slot(nothing, PrecautionSlot.ISOLATION)[0] is Assessment.NOT_ASSESSED
    assert nothing.condition is None


def test_a_mark_nobody_explained_is_set_aside_and_named() -> None:
    chart = Chart("p1")
    mri = level_order("s2", "x", None, code={"coding": [{"system": "urn:radiology", "code": "7"}]})
    over = flag("f2", "isolation", "martian", status="inactive")
    known = flag("f3", "isolation", "contact")
    for body in (
        patient(),
        level_order("s1", "four", "2026-11-20"),
        mri,
        flag("f1", "isolation", "martian"),
        over,
        known,
    ):
        chart.put(decoded(body))
    aside = derive("e1", chart, BOOK, "his", NOW, BOOK.zone).aside
    assert sorted((one.resource_type, one.source_id, one.key) for one in aside) == [
        ("Flag", "f1", "his.rejection.code"),
        ("ServiceRequest", "s1", "his.rejection.code"),
    ]


EXT = "http://hospital.example/fhir/StructureDefinition"
EXTENDED = Codebook(
    {
        "extension": {
            "nursing_level": [f"{EXT}/level"],
            "isolation": [f"{EXT}/isolation"],
            "fall": [f"{EXT}/fall"],
            "diet": [f"{EXT}/diet"],
            "hearing": [f"{EXT}/hearing"],
        },
        "nursing_level": {"one": [f"{EXT}/level|1", "urn:h|I", "text:一级"]},
        "isolation": {"contact": ["urn:h|contact"], "none": ["urn:h|no"]},
        "fall": {"risk": [f"{EXT}/fall|true"], "none": [f"{EXT}/fall|false"]},
        "diet": {"soft": ["text:软食"]},
        "hearing": {"present": [f"{EXT}/hearing|true"]},
        "risk_limits": {"fall": 45, "skin": 18},
    }
)


def extended(monkeypatch: pytest.MonkeyPatch, *told: dict[str, Any], of_person: Any = ()) -> Any:
    monkeypatch.setitem(globals(), "BOOK", EXTENDED)
    return made(person=patient(extension=list(of_person)), extension=list(told))


@pytest.mark.parametrize(
    "value",
    [
        {"valueCode": "1"},
        {"valueString": " 一级 "},
        {"valueCoding": {"system": "urn:h", "code": "I"}},
        {"valueCodeableConcept": {"coding": [{"code": "?"}, {"system": "urn:h", "code": "I"}]}},
    ],
)
def test_a_local_extension_tells_the_level(
    monkeypatch: pytest.MonkeyPatch, value: dict[str, Any]
) -> None:
    one = {"url": f"{EXT}/level", **value}
    assert extended(monkeypatch, one).nursing_level is NursingLevel.ONE
    assert extended(monkeypatch, of_person=[one]).nursing_level is NursingLevel.ONE
    other = {"url": f"{EXT}/other", **value}
    assert extended(monkeypatch, other).nursing_level is None


def test_extensions_tell_marks_diet_and_what_is_not_so(monkeypatch: pytest.MonkeyPatch) -> None:
    contact = {"url": f"{EXT}/isolation", "valueCoding": {"system": "urn:h", "code": "contact"}}
    none = {"url": f"{EXT}/isolation", "valueCoding": {"system": "urn:h", "code": "no"}}
    risk, safe = ({"url": f"{EXT}/fall", "valueBoolean": so} for so in (True, False))
    soft = {"url": f"{EXT}/diet", "valueString": "软食"}
    deaf = {"url": f"{EXT}/hearing", "valueBoolean": True}
    found = extended(monkeypatch, contact, risk, soft, of_person=[deaf])
    assert slot(found, PrecautionSlot.ISOLATION)[0] is Assessment.PRESENT
    assert slot(found, PrecautionSlot.FALL)[0] is Assessment.PRESENT
    assert found.diet.wording == Wording(key="diet.soft")
    assert found.profile.hearing_impaired is True
    found = extended(monkeypatch, none, safe)
    assert slot(found, PrecautionSlot.ISOLATION)[0] is Assessment.ABSENT
    assert slot(found, PrecautionSlot.FALL)[0] is Assessment.ABSENT
    found = extended(monkeypatch, {"url": f"{EXT}/isolation", "valueCode": "?"}, {"url": "x"})
    assert slot(found, PrecautionSlot.ISOLATION)[0] is Assessment.NOT_ASSESSED


def member(id: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "role": [{"coding": [{"system": f"{LOCAL}/staff-role", "code": role}]}],
        "member": {"reference": f"Practitioner/{id}", "display": f"{role} {id}"},
        **more,
    }


def test_the_care_team_now() -> None:
    past = {"period": {"end": "2026-11-20T00:00:00Z"}}
    team = {
        "resourceType": "CareTeam",
        "id": "t",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "participant": [
            member("n1", "nurse", **past),
            member("n2", "nurse"),
            member("h", "head_nurse"),
            member("d", "doctor"),
            member("x", "dietitian"),
            {"role": [{"text": "护理员"}], "member": {"reference": "Patient/p1"}},
        ],
    }
    assert [(one.staff_id, one.role) for one in made(team).team] == [
        ("d", "doctor"),
        ("n2", "nurse"),
        ("h", "nurse"),
    ]
    attending = {
        "type": [{"coding": [{"system": f"{HL7}/v3-ParticipationType", "code": "ATND"}]}],
        "individual": {"reference": "Practitioner/d9", "display": "赵倩"},
    }
    alone = made(participant=[attending]).team
    assert [(one.staff_id, one.name, one.role) for one in alone] == [("d9", "赵倩", "doctor")]


def test_the_diagnosis_of_the_first_rank() -> None:
    conditions = [
        {
            "resourceType": "Condition",
            "id": id,
            "subject": {"reference": "Patient/p1"},
            "code": {"coding": [{"code": "x", "display": f"diagnosis {id}"}]},
        }
        for id in ("c1", "c2")
    ]
    ranked = [
        {"condition": {"reference": "Condition/c1"}, "rank": 2},
        {"condition": {"reference": "Condition/c2"}, "rank": 1},
    ]
    assert made(*conditions, diagnosis=ranked).diagnosis == "diagnosis c2"
    assert made(reasonCode=[{"text": "chest pain"}]).diagnosis == "chest pain"
    assert made().diagnosis is None
