"""`smartward his check`, and that every text key of the hospital side has its words."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from smartward.errors import Misconfigured
from smartward.his.check import check
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.mapping import load_mapping
from smartward.i18n import LANGUAGES, Catalogue
from tests.his.hospital import Hospital, heart_rate, patient, stay

HIS = Path(__file__).resolve().parents[2] / "smartward" / "his"


@pytest.mark.anyio
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_report(language: str) -> None:
    async with Hospital() as hospital:
        now = hospital.clock.now()
        hospital.put(patient(), stay(), heart_rate("a", now), heart_rate("b", now, 999))
        text = await check(hospital.his(), language)
    say = Catalogue(language, ZoneInfo("UTC")).text
    lines = text.splitlines()
    assert "SmartWard hospital simulator" in lines[0]
    assert "心内科三病区" in lines[0]
    observation = next(line for line in lines if line.startswith("Observation "))
    assert observation.split()[-3:] == ["2", "0", "1"]
    assert lines[-1] == f"  Observation: {say('his.rejection.range')}: 1"
    assert "周明" not in text


@pytest.mark.anyio
async def test_the_report_of_a_ward_without_faults_says_so() -> None:
    async with Hospital.scene() as hospital:
        report = await hospital.his().check()
        text = await check(hospital.his())
    assert (report.beds, report.encounters, report.staff) == (41, 39, 13)
    assert report.documents > 3000
    assert text.endswith("Nothing was set aside.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_hospital_side_has_its_words(language: str) -> None:
    keys = Catalogue(language, ZoneInfo("UTC")).keys
    wanted = set()
    for path in HIS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        wanted |= set(re.findall(r'"(his\.[a-z0-9_]+(?:\.[a-z0-9_]+)*)"', text))
    assert len(wanted) > 25
    assert wanted - set(keys) == set()
    book = load_mapping()
    words = {f"diet.{word}" for word in book.setting("diet")} | {"diet.nil_by_mouth"}
    words |= set(book.texts("ward", "notices"))
    for kind in book.setting("isolation"):
        words |= set(book.texts("protection", kind))
    assert words - set(keys) == set()


def test_notices_of_the_mapping_can_be_said() -> None:
    book = load_mapping()
    values = book.setting("ward")["notice_values"]
    for language in LANGUAGES:
        for key in book.texts("ward", "notices"):
            assert Catalogue(language, ZoneInfo("UTC")).text(key, **values)


@pytest.mark.parametrize(
    "data, what",
    [
        ({"colour": {}}, "unknown table colour"),
        ({"diet": {"soft": "x"}}, "diet.soft is not a list of codes"),
        ({"diet": {"soft": ["x"]}}, "'x' is neither"),
    ],
)
def test_a_wrong_mapping_says_where(data: dict[str, object], what: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Codebook(data)
    assert what in refused.value.detail


def test_a_mapping_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        Codebook.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[", encoding="utf-8")
    with pytest.raises(Misconfigured):
        Codebook.load(tmp_path / "bad.toml")


def test_a_ward_overrides_the_hospital() -> None:
    from smartward.his.fhir.resources import Concept

    base = {
        "systems": {"own": "http://own.example"},
        "diet": {"soft": ["own/d|1"], "liquid": ["own/d|2"]},
        "risk_limits": {"fall": 45},
        "wards": {"w9": {"diet": {"soft": ["own/d|7"]}, "risk_limits": {"fall": 25}}},
    }
    book, ninth = Codebook(base), Codebook(base).for_ward("w9")

    def concept(code: str) -> Concept:
        coded = {"coding": [{"system": "http://own.example/d", "code": code}]}
        return msgspec.convert(coded, Concept)

    assert (book.word("diet", concept("1")), ninth.word("diet", concept("7"))) == ("soft", "soft")
    assert ninth.word("diet", concept("1")) is None
    assert ninth.word("diet", concept("2")) == "liquid"
    assert (book.number("risk_limits", "fall"), ninth.number("risk_limits", "fall")) == (45, 25)
