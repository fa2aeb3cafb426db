"""`smartward his check`, and that every text key of the hospital side has its words."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from smartward.config import Settings
from smartward.errors import Misconfigured, Refused
from smartward.his.check import check, parse, report_of, way
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
    assert f"  Observation: {say('his.rejection.range')}: 1" in lines
    assert say("his.check.nothing_lost") in lines
    assert lines[-1] == f"  {say('his.told.audit')}: {say('his.check.taken')}"
    assert "周明" not in text


@pytest.mark.anyio
async def test_the_report_of_a_ward_without_faults_says_so() -> None:
    async with Hospital.scene() as hospital:
        report = await hospital.his().check()
        text = await check(hospital.his())
    assert (report.beds, report.encounters, report.staff) == (41, 39, 13)
    assert report.documents > 3000
    assert "Nothing was set aside." in text


@pytest.mark.anyio
async def test_what_a_ward_will_miss_is_told() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        hospital.refuse().add("AllergyIntolerance")
        text = await check(hospital.his())
    missed = text.partition("What a ward will miss:")[2].partition("\n\n")[0].splitlines()
    (line,) = [line for line in missed if line.startswith("AllergyIntolerance")]
    assert "allergies: screens say that they are unknown" in line
    assert line.endswith("All of it: the server refuses it")


async def told(*arguments: str) -> str:
    return await report_of(parse([*arguments]))


@pytest.mark.anyio
async def test_the_places_that_may_be_the_ward_are_listed() -> None:
    async with Hospital() as hospital:
        text = await told(hospital.url, "--wards")
    lines = text.splitlines()
    assert lines[1].split() == [
        "ward-3",
        "心内科三病区",
        "4",
        "http://hospital.example/wards|CARD-3",
    ]
    assert not any(line.startswith(("room-", "bed-")) for line in lines)


@pytest.mark.anyio
async def test_places_that_nobody_calls_a_ward() -> None:
    """Only beds are called by their kind: what they are in may be a ward."""
    plain = {"resourceType": "Location", "status": "active"}
    bed = {"physicalType": {"coding": [{"code": "bd"}]}}

    def below(up: str) -> dict[str, object]:
        return {"partOf": {"reference": f"Location/{up}"}}

    async with Hospital() as hospital:
        hospital.put({**plain, "id": "house", "name": "House"})
        hospital.put({**plain, "id": "w1", "name": "With rooms", **below("house")})
        hospital.put({**plain, "id": "r1", "name": "Room", **below("w1")})
        hospital.put({**plain, "id": "b1", **bed, **below("r1")})
        hospital.put({**plain, "id": "w2", "name": "Without"}, {**plain, "id": "x"})
        hospital.put({**plain, "id": "b2", **bed, **below("w2")})
        text = await told(hospital.url, "--wards")
    names = [line.split()[0] for line in text.splitlines()[1:-2]]
    assert names == ["ward-3", "w1", "w2"]


@pytest.mark.anyio
async def test_a_wrong_path_is_not_blamed_on_the_ward() -> None:
    async with Hospital() as hospital:
        with pytest.raises(Misconfigured) as path:
            await told(f"{hospital.url}/r4", "--ward", "ward-3")
        with pytest.raises(Misconfigured) as ward:
            await told(hospital.url, "--ward", "ward-9")
        with pytest.raises(Misconfigured) as empty:
            await told(hospital.url)
        hospital.faults.set("garbage", True)
        with pytest.raises(Misconfigured) as portal:
            await told(hospital.url, "--ward", "ward-3")
        hospital.faults.set("garbage", False)
        hospital.faults.set("refuse", True)
        with pytest.raises(Refused) as refused:
            await told(hospital.url, "--ward", "ward-3")
    assert (path.value.key, portal.value.key) == ("his.no_server", "his.no_server")
    assert ward.value.key == "his.no_ward"
    assert empty.value.key == "his.no_ward_set"
    assert empty.value.values == {"url": hospital.url}
    assert refused.value.key == "his.refused.access"
    with pytest.raises(Misconfigured) as nothing:
        await told()
    assert nothing.value.key == "his.check.no_url"


@pytest.mark.anyio
async def test_the_check_uses_the_hubs_settings(tmp_path: Path) -> None:
    async with Hospital() as hospital:
        config = tmp_path / "ward.toml"
        config.write_text(f'his_url = "{hospital.url}"\nhis_ward = "ward-9"\nport = 8701\n')
        said = await told("--config", str(config), "--set", "his_ward=ward-3")
    lines = said.splitlines()
    assert lines[0] == f"{hospital.url}, access: none"
    assert lines[-1].startswith("Hints of changes: the server says that it gives them")


def test_what_is_unwise_is_told() -> None:
    say = Catalogue("en", ZoneInfo("UTC"))
    assert "Not encrypted" in way(Settings(his_url="http://his.example/r4"), say)
    for good in ("https://his.example/r4", "http://127.0.0.1:8080/fhir"):
        assert "Not encrypted" not in way(Settings(his_url=good), say)


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
        ({"diet": {"soft": "x"}}, "[diet] soft: write a list"),
        ({"diet": {"soft": ["x"]}}, "'x' is no code"),
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
