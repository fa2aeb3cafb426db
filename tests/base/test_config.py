"""Settings: each is judged at the start, and what is wrong is named with its remedy."""

from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.config import SETTINGS, Settings, asset, load, pairs
from smartward.errors import Misconfigured
from smartward.i18n import LANGUAGES, Catalogue


def refusal(file: Path | None = None, **overrides: str) -> Misconfigured:
    """The error of these settings; it says what it is about in both languages."""
    with pytest.raises(Misconfigured) as caught:
        load(file, overrides)
    error = caught.value
    for language in LANGUAGES:
        words = Catalogue(language, ZoneInfo("UTC")).text(error.key, **error.values)
        for value in error.values.values():
            assert str(value) in words
    return error


def toml(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ward.toml"
    file.write_text(text, "utf-8")
    return file


def test_nothing_given_is_the_defaults() -> None:
    assert load() == Settings()


@pytest.mark.parametrize("kept", ["audit_keep_days", "history_keep_days"])
def test_what_proves_something_is_kept_for_half_a_year_at_least(kept: str) -> None:
    assert getattr(Settings(), kept) >= 183
    assert kept in refusal(**{kept: "182"}).values.values()
    assert getattr(load(None, {kept: "183"}), kept) == 183


def test_a_file_sets_every_kind_of_value(tmp_path: Path) -> None:
    file = toml(
        tmp_path,
        """
        host = "::1"
        port = 0
        his_poll_s = 2
        night_start = 21:30:00
        night_end = "05:45"
        call_station_may_close = true
        language = "en"
        zone = "Europe/Berlin"
        """,
    )
    assert load(file) == Settings(
        host="::1",
        port=0,
        his_poll_s=2.0,
        night_start=time(21, 30),
        night_end=time(5, 45),
        call_station_may_close=True,
        language="en",
        zone="Europe/Berlin",
    )
    assert load(file).tz == ZoneInfo("Europe/Berlin")


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", SETTINGS)
def test_each_default_can_be_said_on_the_command_line(name: str) -> None:
    default = SETTINGS[name].default
    found = getattr(load(None, {name: as_text(default)}), name)
    assert found == default
    assert type(found) is type(default)


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = toml(tmp_path, 'port = 1\nlanguage = "en"\n')
    settings = load(file, {"port": "2"})
    assert (settings.port, settings.language) == (2, "en")


NUMBERS = [name for name in SETTINGS if type(SETTINGS[name].default) in (int, float)]


@given(st.sampled_from(NUMBERS), st.integers(-(10**10), 10**10))
def test_a_number_is_taken_in_its_range_and_refused_outside(name: str, value: int) -> None:
    bounds = SETTINGS[name].metadata
    others = {}
    if name.startswith("call_escalate"):
        others = {f"call_escalate_{step}_s": str(10**9 - 4 + step) for step in (1, 2, 3)}
        value = value if abs(value) > 10**9 else 10**9 - 4 + int(name[14])
    if bounds["least"] <= value <= bounds["most"]:
        assert getattr(load(None, {**others, name: str(value)}), name) == value
    else:
        assert refusal(**{name: str(value)}).values["setting"] == name


@pytest.mark.parametrize(
    "name, value, key",
    [
        ("port", "8700.5", "config.no_whole_number"),
        ("port", "-1", "config.no_whole_number"),
        ("port", "65536", "config.no_whole_number"),
        ("port", "", "config.no_whole_number"),
        ("port", "true", "config.no_whole_number"),
        ("his_poll_s", "0", "config.no_number"),
        ("his_poll_s", "soon", "config.no_number"),
        ("his_poll_s", "nan", "config.no_number"),
        ("his_poll_s", "inf", "config.no_number"),
        ("call_station_may_close", "yes", "config.no_flag"),
        ("call_station_may_close", "1", "config.no_flag"),
        ("night_start", "25:00", "config.no_time"),
        ("night_start", "22:00+08:00", "config.no_time"),
        ("night_start", "22.30", "config.no_time"),  # ISO 8601 takes it for 22:00
        ("night_end", "6", "config.no_time"),
        ("language", "de", "config.no_choice"),
        ("ward", "house", "config.no_name"),
        ("ward", "", "config.no_name"),
        ("his_source", "a.b", "config.no_name"),
        ("his_source", "x" * 65, "config.no_name"),
        ("zone", "Nowhere/City", "config.no_zone"),
        ("zone", "Asia", "config.no_zone"),
        ("zone", "", "config.no_zone"),
        ("zone", "../../passwd", "config.no_zone"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, key: str) -> None:
    error = refusal(**{name: value})
    assert error.key == key
    assert error.values["setting"] == name
    assert error.values["value"] == value


@pytest.mark.parametrize(
    "line, key",
    [
        ("port = true", "config.no_whole_number"),
        ("port = 87.0", "config.no_whole_number"),
        ("port = [1]", "config.no_whole_number"),
        ("his_poll_s = true", "config.no_number"),
        ("his_poll_s = nan", "config.no_number"),
        ("host = 1", "config.no_text"),
        ("host = ['a']", "config.no_text"),
        ("night_start = 2026-11-21T22:00:00", "config.no_time"),
        ("call_station_may_close = 0", "config.no_flag"),
        ("[port]\nnumber = 1", "config.no_whole_number"),
    ],
)
def test_a_file_of_wrong_types_is_refused(tmp_path: Path, line: str, key: str) -> None:
    assert refusal(toml(tmp_path, line)).key == key


def test_an_unknown_setting_is_refused_by_name(tmp_path: Path) -> None:
    assert refusal(prot="1").values == {"setting": "prot"}
    assert refusal(toml(tmp_path, "[hub]\nport = 1\n")).values == {"setting": "hub"}


@pytest.mark.parametrize("content", [b"port = ", b"port: 1", b'host = "\xff"', None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ward.toml"
    if content is not None:
        file.write_bytes(content)
    error = refusal(file)
    assert error.key == "config.unreadable"
    assert error.values == {"file": str(file)}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).key == "config.unreadable"


@pytest.mark.parametrize(
    "first, second, third", [("180", "180", "300"), ("60", "300", "300"), ("400", "500", "5")]
)
def test_each_escalation_comes_after_the_one_before(first: str, second: str, third: str) -> None:
    error = refusal(call_escalate_1_s=first, call_escalate_2_s=second, call_escalate_3_s=third)
    assert error.key == "config.not_less"


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.text(max_size=20), max_size=4
    )
)
def test_pairs_of_a_command_line_come_back(given_pairs: dict[str, str]) -> None:
    assert pairs(f"{name}={value}" for name, value in given_pairs.items()) == given_pairs


def test_a_pair_without_equals_is_refused() -> None:
    with pytest.raises(Misconfigured) as caught:
        pairs(["port=1", "host"])
    assert caught.value.key == "config.no_pair"
    assert caught.value.values == {"setting": "host"}


def test_assets_of_a_clone_are_found() -> None:
    assert asset("ui").is_dir()
    assert asset("resources", "i18n", "en", "base.toml").is_file()


def test_assets_of_an_installed_wheel_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "smartward"
    (package / "resources" / "i18n").mkdir(parents=True)
    (tmp_path / "site-packages" / "resources").mkdir()  # somebody else's
    monkeypatch.setattr("smartward.config.__file__", str(package / "config.py"))
    assert asset("resources", "i18n") == package / "resources" / "i18n"
