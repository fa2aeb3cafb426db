"""What a reader types is told from what a person types, whatever the gaps are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.device.reader import ENTER, FEWEST, GAP_S, MOST, OTHER, Fate, Heard, Reader

CODES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=FEWEST, max_size=MOST)
FAST = st.floats(min_value=0, max_value=GAP_S * 0.95)
SLOW = st.floats(min_value=GAP_S * 1.05, max_value=5)


class Keyboard:
    """Types into a reader and notes what came through to the page."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.at = 100.0
        self.page: list[str] = []
        self.held: list[str] = []
        self.codes: list[str] = []

    def type(self, key: str, gap: float) -> Heard:
        self.at += gap
        heard = self.reader.key(key, self.at)
        if heard.let_go:
            self.page += self.held
            self.held = []
        if heard.fate is Fate.TYPED:
            self.page.append(key)
        elif heard.fate is Fate.HELD:
            self.held.append(key)
        else:
            self.held = []
        if heard.code is not None:
            self.codes.append(heard.code)
        return heard

    def rest(self) -> None:
        if self.reader.silent():
            self.page += self.held
            self.held = []


@given(CODES, FAST)
def test_a_fast_burst_with_enter_is_a_code_and_nothing_reaches_the_page(
    code: str, gap: float
) -> None:
    keyboard = Keyboard()
    for character in code:
        keyboard.type(character, gap)
    keyboard.type(ENTER, gap)
    assert keyboard.codes == [code]
    assert keyboard.page == []
    assert not keyboard.reader.holds


@given(st.text("0123456789abcXYZ", min_size=1, max_size=20), st.data())
def test_what_a_person_types_reaches_the_page_whole_and_is_no_code(
    text: str, data: st.DataObject
) -> None:
    keyboard = Keyboard()
    for character in text:
        keyboard.type(character, data.draw(SLOW))
    keyboard.type(ENTER, data.draw(SLOW))
    assert keyboard.codes == []
    assert keyboard.page == [*text, ENTER]


@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "a", " ", OTHER, ENTER]), st.one_of(FAST, SLOW)),
        max_size=60,
    )
)
def test_no_key_is_lost_or_doubled(keys: list[tuple[str, float]]) -> None:
    keyboard = Keyboard()
    for key, gap in keys:
        keyboard.type(key, gap)
    keyboard.rest()
    typed = [key for key, _ in keys]
    in_codes = sum(len(code) for code in keyboard.codes)
    ends = len(typed) - len(keyboard.page) - in_codes
    # Each code takes its Enter, and at most the second one that some readers send.
    assert len(keyboard.codes) <= ends
    assert [key for key in keyboard.page if key != ENTER] + [] == without(
        [key for key in typed if key != ENTER], keyboard.codes
    )


def without(typed: list[str], codes: list[str]) -> list[str]:
    """What was typed, less the codes in their order."""
    rest = list(typed)
    at = 0
    for code in codes:
        while rest[at : at + len(code)] != list(code):
            at += 1
        del rest[at : at + len(code)]
    return rest


def test_three_characters_are_no_code() -> None:
    keyboard = Keyboard()
    for character in ("1", "2", "3", ENTER):
        keyboard.type(character, 0.005)
    assert keyboard.codes == []
    assert keyboard.page == ["1", "2", "3", ENTER]


def test_a_single_key_goes_through_when_nothing_follows() -> None:
    keyboard = Keyboard()
    assert keyboard.type("7", 1).fate is Fate.HELD
    assert keyboard.page == []
    keyboard.rest()
    assert keyboard.page == ["7"]
    assert not keyboard.reader.silent()


def test_enter_alone_is_never_held() -> None:
    assert Reader().key(ENTER, 1.0) == Heard(Fate.TYPED)


def test_a_late_enter_ends_no_code() -> None:
    keyboard = Keyboard()
    for character in "12345678":
        keyboard.type(character, 0.005)
    keyboard.type(ENTER, 0.2)
    assert keyboard.codes == []
    assert keyboard.page == [*"12345678", ENTER]


def test_a_reader_that_ends_with_two_keys_presses_nothing_with_the_second() -> None:
    keyboard = Keyboard()
    for character in ("1", "2", "3", "4", ENTER, ENTER):
        keyboard.type(character, 0.005)
    assert keyboard.codes == ["1234"]
    assert keyboard.page == []
    keyboard.type(ENTER, 0.5)
    assert keyboard.page == [ENTER]


@pytest.mark.parametrize("key", [OTHER, " ", "é", "中", "\t"])
def test_a_key_of_no_code_ends_the_burst(key: str) -> None:
    keyboard = Keyboard()
    for character in ("1", "2", key, "3", "4", ENTER):
        keyboard.type(character, 0.005)
    assert keyboard.codes == []
    assert "".join(keyboard.page) == f"12{key}34{ENTER}"


def test_time_that_runs_back_makes_no_code() -> None:
    reader = Reader()
    for number, character in enumerate("12345"):
        reader.key(character, 100.0 - number)
    assert reader.key(ENTER, 94.0).code is None


def test_a_code_is_in_no_text_of_it() -> None:
    reader = Reader()
    for number, character in enumerate("90417733"):
        reader.key(character, 1 + number / 100)
    heard = reader.key(ENTER, 1.08)
    assert heard.code == "90417733"
    assert "90417733" not in repr(heard) + repr(reader)
