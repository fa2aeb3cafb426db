"""Names as the corridor may read them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.masking import STAR, masked_name


@pytest.mark.parametrize(
    "name, masked",
    [
        ("张三", "张＊"),
        ("张三丰", "张＊丰"),
        ("张建国民", "张＊＊民"),
        ("欧阳修", "欧阳＊"),
        ("欧阳娜娜", "欧阳＊娜"),
        ("歐陽震華", "歐陽＊華"),
        ("欧阳", "欧＊"),
        ("王", "王"),
        ("无名氏", "无＊氏"),
        ("司马相如", "司马＊如"),
        ("张  三", "张＊"),
        (" 张三丰 ", "张＊丰"),
        ("田中　太郎", "田＊＊郎"),
        ("买买提·艾力", "买＊＊·＊力"),
        ("张三3", "张＊3"),
        ("John Smith", "J＊ S＊h"),
        ("Anna-Maria von Trapp", "A＊-M＊ v＊ T＊p"),
        ("O'Brien", "O'B＊n"),
        ("Li", "L＊"),
        ("Li Bo", "L＊ B＊"),
        ("Q", "Q"),
        ("김철수", "김＊수"),
        ("김철", "김＊"),
        ("Александр Пушкин", "А＊ П＊н"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@given(st.text(alphabet="张王李三丰国民华丽欧阳娜 ", min_size=0, max_size=8))
def test_of_a_han_name_at_most_surname_and_last_character_show(name: str) -> None:
    characters = [character for character in name if not character.isspace()]
    masked = masked_name(name)
    assert len(masked) == len(characters)
    shown = [character for character in masked if character != STAR]
    compound = characters[:2] == ["欧", "阳"] and len(characters) > 2
    assert len(shown) <= (3 if compound else 2)
    if len(characters) == 2:
        assert masked == characters[0] + STAR


@given(st.text(max_size=30))
def test_any_text_is_masked_without_an_error(name: str) -> None:
    masked = masked_name(name)
    letters = [c for c in unicodedata.normalize("NFC", name) if c.isalpha()]
    if len(letters) == len(name) and len(letters) > 1:
        assert STAR in masked


def test_a_combined_character_counts_as_one() -> None:
    assert masked_name("Å") == unicodedata.normalize("NFC", "Å")
    assert masked_name("q\u0307x\u0307q\u0323") == f"q\u0307{STAR}q\u0323"
