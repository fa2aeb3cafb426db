"""The catalogue renders its texts: plurals, numbers, times of the ward, and refusals in words."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward import i18n, prepared
from smartward.clinical.words import Wording
from smartward.config import asset
from smartward.errors import BadData, Misconfigured
from smartward.i18n import TABLE, Catalogue, placeholders, shipped

SHANGHAI = ZoneInfo("Asia/Shanghai")

TEXTS = {
    "calls.toml": """
        [call]
        title = "Bed {bed} calls"
        at = "since {at:time}, {at:date}"
        dose = "{ml:1} mL"
        whole = "{ml:0} mL"
        [call.open]
        one = "{n} call"
        other = "{n} calls"
        [call.level]
        one = "Level one"
        two = "Level two"
        other = "No level"
        [call.only]
        other = "{n} 个呼叫"
    """,
    "dates.toml": """
        [date]
        long = "{weekday} {day} {month}"
        [date.month]
        1 = "January"
        12 = "December"
        [date.weekday]
        4 = "Thursday"
        5 = "Friday"
    """,
}


def catalogue(folder: Path, texts: dict[str, str], zone: ZoneInfo = SHANGHAI) -> Catalogue:
    (folder / "en").mkdir()
    for name, text in texts.items():
        (folder / "en" / name).write_text(text, "utf-8")
    return Catalogue("en", zone, folder)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return catalogue(tmp_path_factory.mktemp("i18n"), TEXTS)


# ---------------------------------------------------------------------------------- rendering


def test_values_fill_their_places(texts: Catalogue) -> None:
    assert texts.text("call.title", bed="12") == "Bed 12 calls"


def test_a_value_is_shown_as_it_is(texts: Catalogue) -> None:
    """What the hospital wrote is data: nothing in it is a placeholder or an escape."""
    for name in ("{bed}", "{n:time}", r"\1", "\\g<0>", "欧阳＊国"):
        assert texts.text("call.title", bed=name) == f"Bed {name} calls"


@pytest.mark.parametrize(
    "n, words", [(0, "0 calls"), (1, "1 call"), (1.0, "1.0 call"), (2, "2 calls"), (-1, "-1 calls")]
)
def test_one_and_other(texts: Catalogue, n: float, words: str) -> None:
    assert texts.text("call.open", n=n) == words


def test_a_language_without_a_singular_needs_none(texts: Catalogue) -> None:
    assert texts.text("call.only", n=1) == "1 个呼叫"


def test_keys_named_one_and_other_beside_more_are_keys(texts: Catalogue) -> None:
    assert texts.text("call.level.one") == "Level one"
    assert texts.text("call.level.other") == "No level"


def test_times_are_the_wards(texts: Catalogue) -> None:
    late = datetime(2026, 12, 31, 16, 5, tzinfo=UTC)  # past midnight in Shanghai
    rendered = texts.text("call.at", at=late.isoformat())
    assert rendered == "since 00:05, Friday 1 January"
    assert texts.time(late) == "00:05"
    assert texts.date(late - timedelta(minutes=6)) == "Thursday 31 December"


@pytest.mark.parametrize("value", ["2026-12-31T16:05:00Z", "2027-01-01T00:05:00.000+08:00"])
def test_an_instant_is_one_however_it_is_written(texts: Catalogue, value: str) -> None:
    assert texts.text("call.at", at=value) == "since 00:05, Friday 1 January"


DATES = {
    "en": "Saturday 21 November",
    "zh_CN": "11月21日 星期六",
    "zh_HK": "11月21日 星期六",
    "es": "sábado, 21 de noviembre",
    "ar": "السبت 21 نوفمبر",
}


@pytest.mark.parametrize("language", TABLE.languages)
def test_each_language_writes_its_dates(language: str) -> None:
    written = Catalogue(language, SHANGHAI).date(datetime(2026, 11, 21, 2, tzinfo=UTC))
    assert re.sub("[\u200f\u2068\u2069]", "", written) == DATES[language]


@pytest.mark.parametrize("language", TABLE.languages)
def test_every_day_of_a_year_has_its_words(language: str) -> None:
    texts = Catalogue(language, SHANGHAI)
    first = datetime(2028, 1, 1, 4, tzinfo=UTC)
    days = {texts.date(first + timedelta(days=n)) for n in range(366)}
    assert len(days) == 366


@pytest.mark.parametrize(
    "value, one_place, none",
    [
        (36.65, "36.7", "37"),
        (36.64, "36.6", "37"),
        (2.5, "2.5", "3"),
        (0.04, "0.0", "0"),
        (-0.04, "0.0", "0"),
        (-1.25, "-1.3", "-1"),
        (1500, "1500.0", "1500"),
        (1e21, "1000000000000000000000.0", "1000000000000000000000"),
        ("7", "7.0", "7"),
    ],
)
def test_numbers_are_rounded_half_up(
    texts: Catalogue, value: float | str, one_place: str, none: str
) -> None:
    assert texts.text("call.dose", ml=value) == f"{one_place} mL"
    assert texts.text("call.whole", ml=value) == f"{none} mL"


@given(st.decimals(-10_000, 10_000, places=3))
def test_rounding_is_never_further_than_half_a_step(texts: Catalogue, value: Decimal) -> None:
    shown = Decimal(texts.text("call.dose", ml=str(value)).removesuffix(" mL"))
    assert abs(shown - value) <= Decimal("0.05")
    assert shown.as_tuple().exponent == -1


def test_the_hospitals_own_words_are_shown_as_they_came(texts: Catalogue) -> None:
    assert texts.words(Wording(his="{bed} 低盐")) == "{bed} 低盐"
    wording = Wording(key="call.title", values={"bed": "3"})
    assert texts.words(wording) == "Bed 3 calls"


def test_a_value_may_have_any_name(texts: Catalogue) -> None:
    """Values come from documents: none may be taken for an argument of ours."""
    wording = Wording(key="call.title", values={"bed": "3", "key": "x", "self": "y"})
    assert texts.words(wording) == "Bed 3 calls"


# ---------------------------------------------------------------------------------- refusals


def test_an_unknown_key_is_named(texts: Catalogue) -> None:
    for key in ("call.none", "call", "", "call.open.one"):
        with pytest.raises(BadData) as caught:
            texts.text(key)
        assert (caught.value.key, caught.value.values) == ("i18n.unknown_key", {"text": key})


def test_a_missing_value_is_named(texts: Catalogue) -> None:
    for values in ({}, {"bedd": "1"}):
        with pytest.raises(BadData) as caught:
            texts.text("call.title", **values)
        assert caught.value.key == "i18n.missing_value"
        assert caught.value.values == {"text": "call.title", "name": "bed"}


@pytest.mark.parametrize(
    "key, values",
    [
        ("call.at", {"at": "noon"}),
        ("call.at", {"at": "2026-11-21T10:05:00"}),
        ("call.at", {"at": 5}),
        ("call.dose", {"ml": "much"}),
        ("call.dose", {"ml": float("nan")}),
        ("call.dose", {"ml": float("inf")}),
    ],
)
def test_a_wrong_value_is_named(texts: Catalogue, key: str, values: dict[str, str | float]) -> None:
    with pytest.raises(BadData) as caught:
        texts.text(key, **values)
    assert caught.value.key == "i18n.wrong_value"
    assert caught.value.values["text"] == key
    assert str(next(iter(values.values()))) not in str(caught.value), "it may be a patient's"


def test_a_key_in_two_fragments_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData) as caught:
        catalogue(tmp_path, {"a.toml": 'bed.free = "x"', "b.toml": '[bed]\nfree = "y"'})
    assert caught.value.key == "i18n.duplicate"
    assert caught.value.values == {"text": "bed.free"}
    assert "b.toml" in caught.value.detail


@pytest.mark.parametrize(
    "line, key",
    [
        ("bed = 5", "i18n.bad_text"),
        ("bed = ['a']", "i18n.bad_text"),
        ('bed = "{n"', "i18n.bad_text"),
        ('bed = "n}"', "i18n.bad_text"),
        ('bed = "{ n }"', "i18n.bad_text"),
        ('bed = "{at:clock}"', "i18n.bad_text"),
        ('bed = "{at:.2f}"', "i18n.bad_text"),
        ('bed = { other = 5, one = "x" }', "i18n.bad_text"),
        ("bed = ", "i18n.unreadable"),
    ],
)
def test_a_fragment_that_is_not_well_formed_is_refused(tmp_path: Path, line: str, key: str) -> None:
    with pytest.raises(BadData) as caught:
        catalogue(tmp_path, {"a.toml": line})
    assert caught.value.key == key


def test_a_fragment_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.toml").write_bytes(b'bed = "\xff"')
    with pytest.raises(BadData) as caught:
        Catalogue("en", SHANGHAI, tmp_path)
    assert (caught.value.key, caught.value.values) == ("i18n.unreadable", {"file": "a.toml"})


def test_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(Misconfigured) as caught:
        Catalogue("de", SHANGHAI)
    assert caught.value.values["value"] == "de"


# ---------------------------------------------------------------------------------- the shipped


MOMENT = "2026-11-21T02:05:00.000Z"


def samples(key: str, texts: Catalogue) -> dict[str, str | float]:
    """A value for each placeholder of a shipped text, of the kind its form wants."""
    found = texts.sentence(key)
    assert found is not None
    sentences = found.values() if isinstance(found, dict) else [found]
    numbers = {name for text in sentences for name in re.findall(r"\{(\w+):\d\}", text)}
    names = set().union(*map(placeholders, sentences))
    return {name: 2.5 if name in numbers else MOMENT for name in names}


@pytest.mark.parametrize("language", TABLE.languages)
def test_every_shipped_text_renders(language: str) -> None:
    texts = Catalogue(language, SHANGHAI)
    keys = texts.keys
    assert keys
    for key, names in keys.items():
        for n in (0, 1, 2, 3, 11):
            values = samples(key, texts) | ({"n": n} if "n" in names else {})
            rendered = texts.text(key, **values)
            assert rendered
            assert "{" not in rendered


def test_placeholders_of_a_sentence() -> None:
    assert placeholders("{n} of {total} at {at:time}, {n:1}") == {"n", "total", "at"}
    assert placeholders("nothing") == set()


def test_the_shipped_languages_are_the_folders() -> None:
    folders = {each.name for each in asset("resources", "i18n").iterdir() if each.is_dir()}
    assert folders == set(TABLE.languages)


def test_one_thing_has_one_name_in_chinese() -> None:
    """The hub is 病区主机 to everybody who reads of it, never 中枢."""
    texts = "".join(
        each.read_text("utf-8") for each in asset("resources", "i18n", "zh_CN").glob("*.toml")
    )
    assert "病区主机" in texts
    assert "中枢" not in texts


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped texts, nothing of which is kept."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "call.toml").write_text('[call]\ntitle = "Bed {bed}"', "utf-8")
    monkeypatch.setattr(i18n, "asset", lambda *_: tmp_path)
    monkeypatch.setattr(prepared, "place", lambda _, name: tmp_path / name)
    return tmp_path


def unread(*_: object) -> dict[str, str]:
    raise AssertionError("they are kept")


def test_shipped_texts_are_read_once_of_a_version(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shipped.__wrapped__("en")
    monkeypatch.setattr(i18n, "_read", unread)
    assert shipped.__wrapped__("en") == first == {"call.title": "Bed {bed}"}


@pytest.mark.parametrize("name", ["call.toml", "new.toml"])
def test_shipped_texts_of_another_version_are_read(ours: Path, name: str) -> None:
    shipped.__wrapped__("en")
    (ours / "en" / name).write_text('[bed]\nnumber = "No. {bed}"', "utf-8")
    assert shipped.__wrapped__("en")["bed.number"] == "No. {bed}"


def test_shipped_texts_are_read_as_ever_where_nothing_can_be_kept(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours / "file").touch()
    monkeypatch.setattr(prepared, "place", lambda *_: ours / "file" / "below")
    assert shipped.__wrapped__("en") == {"call.title": "Bed {bed}"}
