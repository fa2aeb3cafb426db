"""The hospital's mapping file: its form, a ward's own codes, and what is said of a fault in it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.config import asset
from smartward.errors import Misconfigured
from smartward.his.fhir.codes import TABLES, Codebook
from smartward.his.fhir.elements import Coding, Concept

LEVELS = {"one": ["urn:h|1"], "two": ["urn:h|2"], "three": ["urn:h|3"]}


def refused(data: dict[str, Any]) -> str:
    with pytest.raises(Misconfigured) as told:
        Codebook(data, file="ours.toml")
    return str(told.value.values["what"])


def coded(code: str, system: str = "urn:h") -> Concept:
    return Concept(coding=(Coding(system=system, code=code),))


@pytest.mark.parametrize(
    "data, where, remedy",
    [
        ({"staff_role": {"porter": ["x|1"]}}, "[staff_role] porter", "write one of carer, doctor"),
        ({"hand": {"both": ["x|1"]}}, "[hand] both", "write one of left, right"),
        ({"hearing": {"deaf": ["x|1"]}}, "[hearing] deaf", "write one of present"),
        ({"plan": {"xray": ["x|1"]}}, "[plan] xray", "scan"),
        ({"bed_status": {"dirty": ["x|1"]}}, "[bed_status] dirty", "housekeeping"),
        ({"vital_sign": {"pulse": ["x|1"]}}, "[vital_sign] pulse", "heart_rate"),
        ({"nursing_level": {"four": ["x|1"]}}, "[nursing_level] four", "special"),
        ({"diet": {"vegan": ["x|1"]}}, "[diet] vegan", "leave its codes out"),
        ({"language": {"普通话": ["x|1"]}}, "[language] 普通话", "such as zh"),
        ({"fall": {"risk": ["129839007"]}}, "[fall] risk", "write system|code"),
        ({"fall": {"risk": "x|1"}}, "[fall] risk", "write a list"),
        ({"fall": {"risk": [7]}}, "[fall] risk", "write system|code"),
        ({"fall": ["x|1"]}, "[fall]", "is no table"),
        (
            {"nursing_level": {"one": ["x|1"], "two": ["x|1"]}},
            "[nursing_level] 'x|1'",
            "keep one of the two",
        ),
        ({"nursing_levels": {}}, "unknown table nursing_levels", "did you mean nursing_level?"),
        ({"systems": {"loinc": 7}}, "[systems] loinc", "write the URI"),
        ({"protection": {"contact": ["ppe.hat"]}}, "[protection] contact", "ppe.gown"),
        ({"risk_limits": {"fall": "45"}}, "[risk_limits] fall", "write a number"),
        ({"standard_times": {"BID": ["8"]}}, "[standard_times] BID", "08:00"),
        ({"standard_times": {"BID": "08:00"}}, "[standard_times] BID", "08:00"),
        ({"person": {"name_first": ["old"]}}, "[person] name_first", "official"),
        ({"ward": {"zone": "Asia/Nowhere"}}, "[ward] zone", "Asia/Shanghai"),
        ({"ward": {"level_colours": {"one": "red"}}}, "[ward] level_colours", "#"),
        ({"ward": {"shifts": [{"id": "day"}]}}, "[ward] shifts", "a start and an end"),
        ({"ward": {"notices": ["notice.none"]}}, "[ward] notices", "notice.quiet"),
        ({"ward": {"drops_per_ml": 21}}, "[ward] drops_per_ml", "15, 20"),
        ({"ward": {"drops_per_ml": "20"}}, "[ward] drops_per_ml", "15, 20"),
        ({"ward": {"colour": "red"}}, "[ward] colour", "level_colours"),
        ({"extension": {"team": ["urn:x"]}}, "[extension] team", "nursing_level"),
        ({"extension": {"fall": "urn:x"}}, "[extension] fall", "list of extension URLs"),
        ({"wards": {"w1": ["x"]}}, "[wards]", "[wards.<id>.<table>]"),
    ],
)
def test_a_fault_is_told_with_file_key_and_remedy(
    data: dict[str, Any], where: str, remedy: str
) -> None:
    told = refused(data)
    assert told.startswith("ours.toml")
    assert where in told
    assert remedy in told


@pytest.mark.parametrize(
    "over, where",
    [
        ({"isolation": {"contact": ["c"]}}, "[wards.w2.isolation] contact"),
        ({"risk_limits": {"fall": "x"}}, "[wards.w2.risk_limits] fall"),
        ({"isolations": {}}, "unknown table isolations"),
    ],
)
def test_a_fault_in_what_is_said_for_any_ward_is_found_at_the_start(
    over: dict[str, Any], where: str
) -> None:
    assert where in refused({"wards": {"w1": {}, "w2": over}})


def test_a_file_that_is_none(tmp_path: Path) -> None:
    for text, said in ((None, "cannot be read"), ("a = = 1", "is no TOML")):
        file = tmp_path / "ours.toml"
        if text is not None:
            file.write_text(text, encoding="utf-8")
        with pytest.raises(Misconfigured) as told:
            Codebook.load(file)
        assert f"ours.toml: {said}" in str(told.value.values["what"])


def test_the_shipped_file_is_of_its_form() -> None:
    book = Codebook.load(asset("resources", "his_mapping.toml"))
    assert all(book.codes(name) for name in TABLES if name != "language")


def test_the_codes_of_a_ward_win_whatever_their_order() -> None:
    book = Codebook(
        {"nursing_level": LEVELS, "wards": {"w": {"nursing_level": {"one": ["urn:h|3"]}}}}
    )
    assert book.word("nursing_level", coded("3")) == "three"
    ours = book.for_ward("w")
    assert [ours.word("nursing_level", coded(n)) for n in "123"] == [None, "two", "one"]
    assert book.for_ward("other").word("nursing_level", coded("3")) == "three"
    assert ours.for_ward("other").word("nursing_level", coded("3")) == "three"


def test_of_several_codings_the_first_that_is_known_counts() -> None:
    book = Codebook({"nursing_level": LEVELS})
    foreign = Coding(system="urn:other", code="1")
    both = Concept(
        coding=(foreign, Coding(system="urn:h", code="2"), Coding(system="urn:h", code="1"))
    )
    assert book.word("nursing_level", both) == "two"
    assert book.word("nursing_level", Concept(coding=(foreign,))) is None
    assert book.word("nursing_level", None, coded("3")) == "three"


def test_a_code_with_a_bar_in_it_and_a_version_like_system() -> None:
    book = Codebook({"systems": {"h": "urn:h"}, "fall": {"risk": ["h/a/b|x|y"]}})
    assert book.word("fall", coded("x|y", "urn:h/a/b")) == "risk"


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1),
    left=st.text(" \u3000\t", max_size=2),
)
def test_a_text_is_found_whatever_blanks_stand_round_it(text: str, left: str) -> None:
    if not text.strip():
        return
    book = Codebook({"fall": {"risk": [f"text:{text}"]}})
    assert book.word("fall", Concept(text=left + text + left)) == "risk"


@pytest.mark.parametrize("text", ["I级护理", "Ｉ级护理", " i级护理 "])
def test_width_and_case_of_a_text_are_of_no_account(text: str) -> None:
    book = Codebook({"nursing_level": {"one": ["text:I级护理"]}})
    assert book.word("nursing_level", Concept(text=text)) == "one"
