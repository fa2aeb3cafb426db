"""Names: which one is shown, how it is put together, and what stands in for it in public."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Patient
from smartward.clinical.masking import masked_name
from smartward.his.fhir.elements import HumanName
from smartward.his.fhir.names import alias_of, best_name, family_of, full_name

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
HL7 = "http://hl7.org/fhir/StructureDefinition"


def names(*bodies: dict[str, Any]) -> list[HumanName]:
    return msgspec.json.decode(msgspec.json.encode(bodies), type=list[HumanName])


def shown(*bodies: dict[str, Any]) -> tuple[str, str]:
    """What is shown, and its family name."""
    found = best_name(names(*bodies), NOW, ZONE)
    return ("", "") if found is None else (full_name(found), family_of(found))


def part(kind: str, text: str) -> dict[str, str]:
    return {"url": f"{HL7}/humanname-{kind}", "valueString": text}


@pytest.mark.parametrize(
    "name, expected",
    [
        ({"family": "欧阳", "given": ["娜"]}, ("欧阳娜", "欧阳")),
        ({"family": "司马", "given": ["相", "如"]}, ("司马相如", "司马")),
        ({"text": "诸葛亮"}, ("诸葛亮", "")),
        ({"text": " 欧阳  娜 ", "family": "欧阳"}, ("欧阳 娜", "欧阳")),
        ({"family": "王"}, ("王", "王")),
        ({"given": ["明"]}, ("明", "")),
        ({"family": "Smith", "given": ["John", "Q."]}, ("John Q. Smith", "Smith")),
        ({"family": " van der  Berg ", "given": ["Ada"]}, ("Ada van der Berg", "van der Berg")),
        ({"family": "김", "given": ["민수"]}, ("김민수", "김")),
        ({"text": "阿布都·热合曼", "family": ""}, ("阿布都·热合曼", "")),
        # A part that has only extensions is null; a family name may be told in its parts alone.
        (
            {"family": "Li", "given": [None, "Na"], "_given": [{"extension": []}, None]},
            ("Na Li", "Li"),
        ),
        (
            {
                "given": ["Anna"],
                "_family": {"extension": [part("own-prefix", "von"), part("own-name", "Braun")]},
            },
            ("Anna von Braun", "von Braun"),
        ),
        (
            {
                "given": ["María"],
                "_family": {
                    "extension": [part("mothers-family", "Ruiz"), part("fathers-family", "García")]
                },
            },
            ("María García Ruiz", "García Ruiz"),
        ),
        (
            {
                "family": "Braun",
                "given": ["Anna"],
                "_family": {"extension": [part("own-name", "Other")]},
            },
            ("Anna Braun", "Braun"),
        ),
        ({"_family": {"extension": [{"url": "x", "valueCode": "masked"}]}}, ("", "")),
        ({"text": "  "}, ("", "")),
        ({"given": [None]}, ("", "")),
    ],
)  # fmt: skip
def test_a_name_is_put_together(name: dict[str, Any], expected: tuple[str, str]) -> None:
    assert shown(name) == expected


@pytest.mark.parametrize(
    "bodies, expected",
    [
        ([{"use": "usual", "text": "小周"}, {"use": "official", "text": "周明"}], "周明"),
        ([{"text": "无用"}, {"use": "usual", "text": "小周"}], "小周"),
        ([{"use": "old", "text": "周旧"}, {"use": "maiden", "text": "周娘"}], ""),
        ([{"use": "old", "text": "周旧"}, {"use": "nickname", "text": "阿明"}], "阿明"),
        # One whose period is over is not shown, however exact its end is told.
        (
            [
                {"use": "official", "text": "周旧", "period": {"end": "2026-11-20"}},
                {"use": "usual", "text": "周明"},
            ],
            "周明",
        ),
        ([{"use": "official", "text": "周旧", "period": {"end": "2020"}}], ""),
        ([{"use": "official", "text": "周明", "period": {"end": "2026-11"}}], "周明"),
        ([{"use": "official", "text": "周明", "period": {"start": "2026-11-22"}}], ""),
        ([{"use": "official", "text": "周明", "period": {"end": "soon"}}], "周明"),
        # Of two of one use the ideographic one before its spelling in letters.
        (
            [
                {"use": "official", "text": "Zhou Ming", "extension": [
                    {"url": f"{HL7}/iso21090-EN-representation", "valueCode": "SYL"}]},
                {"use": "official", "text": "周明", "extension": [
                    {"url": f"{HL7}/iso21090-EN-representation", "valueCode": "IDE"}]},
            ],
            "周明",
        ),
    ],
)  # fmt: skip
def test_which_of_several_names(bodies: list[dict[str, Any]], expected: str) -> None:
    assert shown(*bodies)[0] == expected


def test_an_alias_that_is_over_is_none() -> None:
    alias = {"use": "anonymous", "text": "无名氏", "period": {"end": "2026-11-20"}}
    assert alias_of(names(alias), NOW, ZONE) == ""
    assert alias_of(names(alias | {"period": {"end": "2026-11-21"}}), NOW, ZONE) == "无名氏"


han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=3)


@given(family=han, given_name=han)
def test_a_han_name_is_its_family_and_given_name_and_nothing_between(
    family: str, given_name: str
) -> None:
    told = {"family": family, "given": list(given_name)}
    assert shown(told) == (family + given_name, family)
    whole = Patient(id="p", name=family + given_name, family=family)
    assert masked_name(whole.name) != whole.name


parts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "use": st.sampled_from(["official", "usual", "old", "temp", "", "x"]),
            "text": parts,
            "family": parts,
            "given": st.lists(parts | st.none(), max_size=3),
            "period": st.fixed_dictionaries(
                {}, optional={"start": parts, "end": st.sampled_from(["2026", "2027-01", "x"])}
            ),
        },
    )
)
def test_any_name_is_one_line_without_blanks_at_its_ends_or_none(body: dict[str, Any]) -> None:
    text, family = shown(body)
    for one in (text, family):
        assert one == " ".join(one.split())
