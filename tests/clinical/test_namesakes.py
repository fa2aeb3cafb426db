"""Whose names can be taken for one another's, and the preview of a policy."""

import pytest

from smartward.clinical.encounter import Patient, Sex
from smartward.clinical.name_policy import DEFAULTS, NEVER, NamePlace, NamePolicy, NameRule
from smartward.clinical.name_preview import PEOPLE, preview, with_rule
from smartward.clinical.namesakes import namesakes


def ward(*names: str, **more: str) -> dict[str, Patient]:
    return {f"enc-{n}": Patient(id=f"pat-{n}", name=name, **more) for n, name in enumerate(names)}


@pytest.mark.parametrize(
    "names, alike",
    [
        (["林岚", "林岚", "周默"], {0, 1}),
        (["周定远", "周星远"], {0, 1}),  # both 周＊远
        (["周定远", "周定波"], set()),
        (["欧阳青禾", "欧阳知禾", "欧阳青木"], {0, 1}),
        (["林岚", "林 岚"], {0, 1}),
        (["陈颖", "陈莹"], {0, 1}),  # 陈＊: the same look, whatever they sound like
        (["张晓岚", "章晓岚"], set()),  # only the same sound
        (["Edith Marlowe", "edith MARLOWE"], {0, 1}),
        (["Edith Marlowe", "Ｅｄｉｔｈ Marlowe"], {0, 1}),
        (["Edith Marlowe", "Esther Monroe"], {0, 1}),  # both E＊ M＊e
        (["Edith Marlowe", "Edith Marlow"], set()),
        (["Åsa Lund", "A\u030asa Lund"], {0, 1}),
        (["", "", " "], set()),
        (["ليلى حداد", "ليان حميد"], {0, 1}),
        (["林岚"], set()),
    ],
)
def test_who_carries_the_mark(names: list[str], alike: set[int]) -> None:
    assert namesakes(ward(*names)) == {f"enc-{n}" for n in alike}


def test_what_looks_alike_depends_on_what_is_shown() -> None:
    names = ward("周定远", "周星远", "周默", "林岚")
    assert namesakes(names, NameRule.FULL) == set()
    assert namesakes(names, NameRule.NONE) == set()
    assert namesakes(names, NameRule.MASKED) == {"enc-0", "enc-1"}
    assert namesakes(names, NameRule.FAMILY, "zh_CN") == {"enc-0", "enc-1", "enc-2"}


def test_each_looks_as_they_are_shown() -> None:
    names = ward("周定远", "周星远", "周志远")

    def rule(patient: Patient) -> NameRule:
        return NameRule.FULL if patient.name == "周志远" else NameRule.MASKED

    assert namesakes(names, rule) == {"enc-0", "enc-1"}


def test_a_title_tells_two_of_one_family_apart() -> None:
    names = {
        "a": Patient(id="1", name="周定远", sex=Sex.MALE),
        "b": Patient(id="2", name="周默", sex=Sex.FEMALE),
    }
    assert namesakes(names, NameRule.FAMILY, "zh_CN") == set()
    assert namesakes(names, NameRule.FAMILY, "es") == {"a", "b"}


def test_two_stays_of_one_person_are_no_namesakes() -> None:
    same = Patient(id="1", name="林岚")
    assert namesakes({"a": same, "b": same}) == set()
    assert namesakes({"a": same, "b": same, "c": Patient(id="2", name="林岚")}) == {"a", "b", "c"}


def test_the_full_name_counts_behind_an_alias_too() -> None:
    """Two of one name are mixed up at the drug trolley, whatever the board calls them."""
    names = {
        "a": Patient(id="1", name="林岚", alias="小鹿"),
        "b": Patient(id="2", name="林岚"),
        "c": Patient(id="3", name="周默", alias="小鹿"),
        "d": Patient(id="4", name="沈青"),
    }
    assert namesakes(names) == {"a", "b", "c"}


# ---------------------------------------------------------------------- the preview


def test_a_preview_has_each_place_with_its_rule_and_choices() -> None:
    rows = preview(NamePolicy(), "zh_CN")
    assert [row.place for row in rows] == list(NamePlace)
    assert {row.place: row.rule for row in rows} == DEFAULTS
    for row in rows:
        assert row.rule in row.choices
        assert not set(row.choices) & NEVER.get(row.place, frozenset())
        assert len(row.examples) == len(PEOPLE) >= 8


def test_a_preview_shows_a_change_before_it_is_made() -> None:
    policy = NamePolicy()
    tried = with_rule(policy, NamePlace.DOOR, NameRule.INITIALS)
    before, after = (
        {row.place: [example.shown for example in row.examples] for row in preview(one, "en")}
        for one in (policy, tried)
    )
    assert {place for place in NamePlace if before[place] != after[place]} == {NamePlace.DOOR}
    assert policy == NamePolicy()


def test_a_preview_takes_names_of_the_officer_s_own() -> None:
    rows = preview(NamePolicy(), "zh_CN", ["沈青", "Edith Marlowe"])
    door = next(row for row in rows if row.place is NamePlace.DOOR)
    assert [example.shown for example in door.examples[-2:]] == ["沈＊", "E＊ M＊e"]


def test_the_invented_people_are_of_the_hard_kinds() -> None:
    names = [patient.name for patient in PEOPLE]
    assert {len(name) for name in names if "\u4e00" <= name[0] <= "\u9fff"} >= {2, 3, 4}
    assert any("·" in name for name in names)
    assert any("\u0600" <= name[0] <= "\u06ff" for name in names)
    assert any(patient.protected for patient in PEOPLE)
    assert any(patient.alias for patient in PEOPLE)
    assert {Sex.UNKNOWN, Sex.MALE, Sex.FEMALE} <= {patient.sex for patient in PEOPLE}
