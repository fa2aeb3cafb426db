"""Who the patient is and how to reach them, as the HIS tells it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Encounter
from smartward.clinical.profile import Hand, Profile
from tests.his.hospital import flag, patient
from tests.his.test_mapping_encounter import HL7, LOCAL, made, order, status

SNOMED = "http://snomed.info/sct"
CONFIDENTIALITY = f"{HL7}/v3-Confidentiality"


def labelled(code: str, system: str = CONFIDENTIALITY) -> dict[str, Any]:
    return {"security": [{"system": system, "code": code}]}


OFFICIAL = {"use": "official", "text": "周明", "family": "周"}
USUAL = {"use": "usual", "text": "周小明", "family": "周"}
ANONYMOUS = {"use": "anonymous", "text": "甲先生"}
NICKNAME = {"use": "nickname", "text": "老周"}


@pytest.mark.parametrize(
    "names, name, alias",
    [
        ([OFFICIAL], "周明", ""),
        ([USUAL, OFFICIAL], "周明", ""),
        ([USUAL], "周小明", ""),
        ([OFFICIAL, NICKNAME], "周明", "老周"),
        ([OFFICIAL, NICKNAME, ANONYMOUS], "周明", "甲先生"),
        ([ANONYMOUS], "甲先生", "甲先生"),
        ([OFFICIAL, {**ANONYMOUS, "period": {"end": "2020-01-01T00:00:00Z"}}], "周明", ""),
        ([OFFICIAL, {"use": "anonymous", "text": "  "}], "周明", ""),
    ],
)
def test_name_and_alias(names: list[dict[str, Any]], name: str, alias: str) -> None:
    found = made(person=patient(name=names)).patient
    assert (found.name, found.alias) == (name, alias)


def test_a_hospital_may_take_the_usual_name_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartward.his.fhir.codes import Codebook
    from tests.his import test_mapping_encounter as module

    book = Codebook({**module.BOOK._data, "person": {"name_first": ["usual"]}})
    monkeypatch.setattr(module, "BOOK", book)
    assert made(person=patient(name=[OFFICIAL, USUAL])).patient.name == "周小明"


@pytest.mark.parametrize(
    "label, protected",
    [
        (labelled("R"), True),
        (labelled("V"), True),
        (labelled("N"), False),
        (labelled("R", "urn:other"), False),
        (
            {"security": [{"system": CONFIDENTIALITY, "code": "N"}, *labelled("V")["security"]]},
            True,
        ),
        ({}, False),
    ],
)
def test_whoever_is_protected_by_a_label(label: dict[str, Any], protected: bool) -> None:
    """Of the person, or of the stay."""
    assert made(person=patient(meta=label)).patient.protected is protected
    assert made(meta=label).patient.protected is protected


@pytest.mark.parametrize(
    "told, dead",
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026-11-21T02:00:00Z"}, True),
        ({"deceasedDateTime": "2026-11"}, True),
    ],
)
def test_a_death(told: dict[str, Any], dead: bool) -> None:
    assert made(person=patient(**told)).patient.deceased is dead


# ------------------------------------------------------------------------------ language


def speaks(*codes: str, preferred: int | None = 0, text: str = "") -> dict[str, Any]:
    coded = [
        {"coding": [{"system": "urn:ietf:bcp:47", "code": code}], "text": text} for code in codes
    ]
    return {
        "communication": [
            {"language": one} | ({"preferred": True} if n == preferred else {})
            for n, one in enumerate(coded)
        ]
    }


@pytest.mark.parametrize(
    "told, language",
    [
        (speaks("yue"), "yue"),
        (speaks("zh", "ar", preferred=1), "ar"),
        (speaks("es", preferred=None), "es"),
        (speaks("es", "en", preferred=None), None),
        (speaks("en-US"), "en-US"),
        (speaks("?"), None),
        (speaks("", text="粤语"), "yue"),
        (speaks("99", text="粤语"), "yue"),
        ({"communication": [{"preferred": True}]}, None),
        ({}, None),
    ],
)
def test_the_language_to_speak(told: dict[str, Any], language: str | None) -> None:
    assert made(person=patient(**told)).profile.language == language


# ------------------------------------------------------------------------------ flags


def condition(code: str, id: str = "c1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id,
        "code": {"coding": [{"system": SNOMED, "code": code}]},
        "subject": {"reference": "Patient/p1"},
    } | more


def observed(code: str, id: str = "o1", system: str = f"{LOCAL}/profile", **more: Any) -> Any:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-20T08:00:00Z",
    } | more


def valued(code: str) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": code}]}}


def told(*records: dict[str, Any]) -> Profile:
    found: Encounter = made(*records)
    return found.profile


def test_nothing_told_is_nothing_known() -> None:
    assert told() == Profile()


@pytest.mark.parametrize(
    "code, field",
    [
        ("hearing", "hearing_impaired"),
        ("sight", "sight_impaired"),
        ("speech", "speech_impaired"),
        ("confusion", "confused"),
        ("comfort-care", "comfort_care"),
    ],
)
def test_a_flag_says_so_until_it_is_cleared(code: str, field: str) -> None:
    assert told(flag("f", "profile", code)) == Profile(**{field: True})
    assert told(flag("f", "profile", code, "inactive")) == Profile(**{field: False})
    assert told(flag("f", "profile", code, "entered-in-error")) == Profile()
    over = {"period": {"end": "2026-11-01T00:00:00Z"}}
    assert told(flag("f", "profile", code, **over)) == Profile(**{field: False})
    both = (flag("f", "profile", code, "inactive"), flag("g", "profile", code))
    assert told(*both) == Profile(**{field: True})


@pytest.mark.parametrize(
    "snomed, field",
    [
        ("15188001", "hearing_impaired"),
        ("397540003", "sight_impaired"),
        ("29164008", "speech_impaired"),
        ("87486003", "speech_impaired"),
        ("8011004", "speech_impaired"),
        ("2776000", "confused"),
        ("130987000", "confused"),
        ("52448006", "confused"),
        ("103735009", "comfort_care"),
        ("133918004", "comfort_care"),
        ("182964004", "comfort_care"),
    ],
)
def test_a_condition_by_its_snomed_code(snomed: str, field: str) -> None:
    assert told(condition(snomed)) == Profile(**{field: True})


@pytest.mark.parametrize(
    "more, confused",
    [
        ({"clinicalStatus": status("condition-clinical", "active")}, True),
        ({"clinicalStatus": status("condition-clinical", "resolved")}, False),
        ({"verificationStatus": status("condition-ver-status", "refuted")}, False),
        ({"verificationStatus": status("condition-ver-status", "entered-in-error")}, None),
        ({"encounter": {"reference": "Encounter/e0"}}, None),
        (
            {
                "encounter": {"reference": "Encounter/e0"},
                "clinicalStatus": status("condition-clinical", "active"),
            },
            True,
        ),
        (
            {
                "encounter": {"reference": "Encounter/e0"},
                "clinicalStatus": status("condition-clinical", "resolved"),
            },
            None,
        ),
    ],
)
def test_when_a_condition_counts(more: dict[str, Any], confused: bool | None) -> None:
    assert told(condition("2776000", **more)).confused is confused


@pytest.mark.parametrize(
    "value, hearing",
    [
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        (valued("373066001"), True),
        (valued("373067005"), False),
        ({}, True),
        ({"valueBoolean": True, "status": "entered-in-error"}, None),
        ({"valueBoolean": True, "status": "preliminary"}, None),
    ],
)
def test_an_observation(value: dict[str, Any], hearing: bool | None) -> None:
    assert told(observed("hearing", **value)).hearing_impaired is hearing


def test_the_newest_observation_counts() -> None:
    before = observed("hearing", valueBoolean=True, effectiveDateTime="2026-11-19T08:00:00Z")
    after = observed("hearing", "o2", valueBoolean=False)
    assert told(after, before).hearing_impaired is False


def test_a_question_is_answered_by_its_value() -> None:
    assert told(observed("asked", **valued("87683000"))).hand is Hand.LEFT
    assert told(observed("asked", **valued("15188001"))).hearing_impaired is True
    assert told(observed("asked")) == Profile()


def test_an_order_for_comfort_care() -> None:
    comfort = order("s", "profile", "comfort-care")
    assert told(comfort).comfort_care is True
    assert told(comfort | {"status": "completed"}).comfort_care is None


def test_the_hand_where_it_is_told_once() -> None:
    assert told(flag("f", "profile", "hand-left")).hand is Hand.LEFT
    assert told(condition("46669005")).hand is Hand.RIGHT
    both = (flag("f", "profile", "hand-left"), flag("g", "profile", "hand-right"))
    assert told(*both).hand is None


@given(
    flags=st.lists(
        st.tuples(
            st.sampled_from(["hearing", "sight", "confusion", "unheard-of"]),
            st.sampled_from(["active", "inactive", "entered-in-error"]),
        ),
        max_size=6,
    )
)
def test_present_wins_and_silence_is_no_answer(flags: list[tuple[str, str]]) -> None:
    found = told(*(flag(f"f{n}", "profile", code, state) for n, (code, state) in enumerate(flags)))
    for code, value in (
        ("hearing", found.hearing_impaired),
        ("sight", found.sight_impaired),
        ("confusion", found.confused),
    ):
        states = {state for one, state in flags if one == code} - {"entered-in-error"}
        assert value is (None if not states else "active" in states)
    assert (found.speech_impaired, found.comfort_care, found.text_scale) == (None, None, None)


# ------------------------------------------------------------------------------ the care team


def test_who_takes_over_is_known_before_it_is_time() -> None:
    def member(id: str, role: str, kind: str = "Practitioner", **hours: str) -> dict[str, Any]:
        return {
            "role": [{"coding": [{"system": f"{LOCAL}/staff-role", "code": role}]}],
            "member": {"reference": f"{kind}/{id}", "display": id},
            "period": hours,
        }

    team = {
        "resourceType": "CareTeam",
        "id": "t",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "participant": [
            member("over", "nurse", end="2026-11-21T02:00:00Z"),
            member("now", "nurse", start="2026-11-21T02:00:00Z", end="2026-11-21T08:00:00Z"),
            member("next", "nurse", start="2026-11-21T08:00:00Z", end="2026-11-21T16:00:00Z"),
            member("now", "nurse", start="2026-11-21T16:00:00Z"),
            member("later", "nurse", start="2026-11-23T00:00:00Z"),
            member("officer", "privacy_officer"),
            member("vague", "carer", end="one day"),
        ],
    }
    found = made(team)
    assert [one.staff_id for one in found.team] == ["now", "vague"]
    assert found.team[0].end == found.upcoming[0].start
    assert [one.staff_id for one in found.upcoming] == ["next", "now"]
