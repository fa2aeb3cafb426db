"""The prompts' texts, and how rooms and beds are said."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.device import spoken
from smartward.device.prompts import Prompts
from smartward.errors import BadData, Misconfigured

PROMPTS = Prompts()
NEEDED = {
    "call_placed", "call_placed_again", "on_the_way", "nobody_yet", "help_you_up", "bed_call",
    "bathroom_call", "assist_call", "emergency_call", "infusion_ending", "infusion_ended",
    "infusion_abnormal", "early_warning", "fasting_begins", "fasting_ends", "medicine_time",
    "rest", "sound_test", "line_lost", "bed_exit", "lab_result", "screen_lost", "bed_doubt",
    "data_old", "stay_in_bed",
}  # fmt: skip
PLACE = {"room": "305", "bed": "12"}


def said(key: str, language: str, **values: str) -> str:
    """What a prompt's pieces say, one after the other."""
    pieces = PROMPTS.pieces(key, language, {**PLACE, **values})
    assert pieces is not None
    return " ".join(piece.text for piece in pieces)


def test_every_prompt_of_this_release_is_there() -> None:
    """Neither missing nor one that nobody asked for."""
    assert set(PROMPTS.keys) == NEEDED


@pytest.mark.parametrize("language", spoken.LANGUAGES)
@pytest.mark.parametrize("key", sorted(NEEDED))
def test_prompts_are_short_and_private(key: str, language: str) -> None:
    """At most two sentences; no score, no number but of the place, nobody's name asked for."""
    assert PROMPTS.slots(key) <= {"room", "bed"}
    bare = PROMPTS.text(key, language, {"room": "", "bed": ""})
    assert len(re.findall(r"[.。!?！？]", bare)) <= 2
    assert not re.search(r"\d", bare)


@pytest.mark.parametrize(
    "bed, zh, en",
    [
        ("1", "一床", "bed one"),
        ("2", "二床", "bed two"),
        ("10", "十床", "bed ten"),
        ("12", "十二床", "bed twelve"),
        ("20", "二十床", "bed twenty"),
        ("07", "七床", "bed seven"),
        ("99", "九十九床", "bed ninety-nine"),
        ("103", "一 零 三床", "bed one zero three"),
        ("加12", "加 十二床", "extra bed twelve"),
        ("+1", "加 一床", "extra bed one"),
        ("12A", "一 二 A床", "bed twelve A"),
        ("12床", "十二床", "bed twelve"),
        ("Bed 12", "十二床", "bed twelve"),
    ],
)
def test_beds_are_said_as_nurses_say_them(bed: str, zh: str, en: str) -> None:
    """A number below 100, digit by digit from there on, with what the ward adds to it."""
    assert said("infusion_ending", "zh_CN", bed=bed) == f"{zh} 输液即将结束。"
    assert said("infusion_ending", "en", bed=bed) == f"Infusion nearly finished {en}"


@pytest.mark.parametrize(
    "room, zh, en",
    [
        ("305", "三 零 五房", "room three zero five"),
        ("3-05", "三 零 五房", "room three zero five"),
        ("305室", "三 零 五房", "room three zero five"),
        ("1203", "一 二 零 三房", "room one two zero three"),
        ("7", "七房", "room seven"),
        ("A310", "A 三 一 零房", "room A three one zero"),
    ],
)
def test_rooms_are_said_digit_by_digit(room: str, zh: str, en: str) -> None:
    """三零五, never 三百零五."""
    assert said("emergency_call", "zh_CN", room=room) == f"{zh} 紧急情况，请马上支援。"
    assert said("emergency_call", "en", room=room) == f"Emergency {en}"


@pytest.mark.parametrize(
    "values, zh, en",
    [
        (PLACE, "305房12床呼叫。", "Call from room 305, bed 12."),
        (
            {"room": "305室", "bed": "加12"},
            "305房加12床呼叫。",
            "Call from room 305, extra bed 12.",
        ),
        ({"room": "", "bed": "12A"}, "12A床呼叫。", "Call from bed 12A."),
    ],
)
def test_captions_write_what_is_said(values: dict[str, str], zh: str, en: str) -> None:
    """The text for those who do not hear; an empty room leaves no comma behind."""
    assert PROMPTS.text("bed_call", "zh_CN", values) == zh
    assert PROMPTS.text("bed_call", "en", values) == en


def test_a_caption_without_its_only_place_is_still_a_sentence() -> None:
    """No room known: the emergency is told all the same."""
    assert PROMPTS.text("emergency_call", "en", {"room": ""}) == "Emergency."
    assert said("emergency_call", "zh_CN", room="") == "紧急情况，请马上支援。"


@pytest.mark.parametrize("value", ["Garden", "12AA", "三", "123456", "12Z"])
def test_what_has_no_pieces_is_told_so(value: str) -> None:
    """The speech engine has to say it then."""
    assert PROMPTS.pieces("infusion_ending", "en", {"bed": value}) is None


def test_mistakes_are_named() -> None:
    """An unknown prompt or a forgotten value is an error of the caller, not a silence."""
    with pytest.raises(BadData, match=r"voice\.unknown_prompt: dinner"):
        PROMPTS.pieces("dinner", "en", {})
    with pytest.raises(BadData, match=r"voice\.missing_value: bed_call wants room"):
        PROMPTS.text("bed_call", "en", {"bed": "1"})


@pytest.mark.parametrize(
    "table, words",
    [
        ("not toml", "bad_table"),
        ('[x]\nen = "only English"', "languages"),
        ('[x]\nen = "{bed}"\nzh_CN = "没有"', "slots"),
        ('[x]\nen = "{patient}"\nzh_CN = "{patient}"', "slots"),
    ],
)
def test_a_faulty_table_is_refused(tmp_path: Path, table: str, words: str) -> None:
    """A language or slot that is missing, and a slot that would say a name."""
    file = tmp_path / "prompts.toml"
    file.write_text(table, encoding="utf-8")
    with pytest.raises(Misconfigured, match=words):
        Prompts(file)


@given(
    bed=st.integers(0, 9_999),
    room=st.integers(0, 99_999),
    language=st.sampled_from(["en", "zh_CN"]),
)
def test_every_number_has_pieces_that_exist(bed: int, room: int, language: str) -> None:
    """Whatever a ward numbers its rooms and beds, each piece is one of the recorded ones."""
    for slot, value in (("bed", str(bed)), ("room", str(room))):
        names = spoken.pieces(slot, value, language)
        assert names is not None
        assert set(names) <= set(spoken.PIECES[language])
        digits = "".join(re.findall(r"\d+", "".join(names)))
        assert int(digits) == int(value)
