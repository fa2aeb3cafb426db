"""How rooms and beds are said: a number as the pieces of speech that make it up.

Each language has a small set of pieces ("bed_12", "room_3", "digit_0"): few enough to record, and
each of them a word that stands by itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LANGUAGES = ("zh_CN", "en")
"""Languages in which a place is said; all prompts are said in them."""

LETTERS = "ABCDEFGH"
COUNTED = 100
"""Beds below this are said as a number, from it on digit by digit (field.md 5.2)."""

_BED = re.compile(rf"(?P<extra>加|\+)?(?P<number>\d{{1,4}})(?P<letter>[{LETTERS}])?")
_ROOM = re.compile(rf"(?P<letter>[{LETTERS}])?(?P<number>\d{{1,5}})")
_WORD = re.compile(r"^(room|bed)\b\s*|(病房|病室|房间|房|室|号床|床)$", re.IGNORECASE)

_DIGITS_ZH = "零一二三四五六七八九"
_DIGITS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS_EN = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class _Bed:
    extra: bool
    number: str
    letter: str


@dataclass(frozen=True, slots=True)
class _Room:
    letter: str
    number: str


def number_zh(number: int) -> str:
    """0-99 in Chinese, as a bed is numbered (二, never 两)."""
    if number < 10:
        return _DIGITS_ZH[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _DIGITS_ZH[tens]) + "十" + (_DIGITS_ZH[ones] if ones > 0 else "")


def number_en(number: int) -> str:
    """0-99 in English."""
    if number < 10:
        return _DIGITS_EN[number]
    if number < 20:
        return _TEENS_EN[number - 10]
    tens, ones = divmod(number, 10)
    return _TENS_EN[tens] + (f"-{_DIGITS_EN[ones]}" if ones > 0 else "")


def _bed_zh(bed: _Bed) -> list[str]:
    extra = ["extra"] if bed.extra else []
    if bed.letter:
        return [*extra, *_digits(bed.number), f"bed_{bed.letter}"]
    if int(bed.number) < COUNTED:
        return [*extra, f"bed_{int(bed.number)}"]
    return [*extra, *_digits(bed.number[:-1]), f"bed_{bed.number[-1]}"]


def _bed_en(bed: _Bed) -> list[str]:
    extra = ["extra"] if bed.extra else []
    letter = [f"letter_{bed.letter}"] if bed.letter else []
    if int(bed.number) < COUNTED:
        return [*extra, f"bed_{int(bed.number)}", *letter]
    return [*extra, f"bed_{bed.number[0]}", *_digits(bed.number[1:]), *letter]


def _room_zh(room: _Room) -> list[str]:
    letter = [f"letter_{room.letter}"] if room.letter else []
    return [*letter, *_digits(room.number[:-1]), f"room_{room.number[-1]}"]


def _room_en(room: _Room) -> list[str]:
    if room.letter:
        return [f"room_{room.letter}", *_digits(room.number)]
    return [f"room_{room.number[0]}", *_digits(room.number[1:])]


def _digits(number: str) -> list[str]:
    return [f"digit_{digit}" for digit in number]


def _pieces_zh() -> dict[str, str]:
    return {
        "extra": "加",
        **{f"bed_{n}": f"{number_zh(n)}床" for n in range(COUNTED)},
        **{f"bed_{letter}": f"{letter}床" for letter in LETTERS},
        **{f"room_{n}": f"{number_zh(n)}房" for n in range(10)},
        **{f"digit_{n}": number_zh(n) for n in range(10)},
        **{f"letter_{letter}": letter for letter in LETTERS},
    }


def _pieces_en() -> dict[str, str]:
    return {
        "extra": "extra",
        **{f"bed_{n}": f"bed {number_en(n)}" for n in range(COUNTED)},
        **{f"room_{n}": f"room {number_en(n)}" for n in range(10)},
        **{f"room_{letter}": f"room {letter}" for letter in LETTERS},
        **{f"digit_{n}": number_en(n) for n in range(10)},
        **{f"letter_{letter}": letter for letter in LETTERS},
    }


PIECES: Mapping[str, Mapping[str, str]] = {"zh_CN": _pieces_zh(), "en": _pieces_en()}
"""Language to piece to what it says."""

_SAY_BED: Mapping[str, Callable[[_Bed], list[str]]] = {"zh_CN": _bed_zh, "en": _bed_en}
_SAY_ROOM: Mapping[str, Callable[[_Room], list[str]]] = {"zh_CN": _room_zh, "en": _room_en}

_SHOWN = {
    "zh_CN": {"bed": "{}床", "extra": "加{}床", "room": "{}房"},
    "en": {"bed": "bed {}", "extra": "extra bed {}", "room": "room {}"},
}


def pieces(slot: str, value: str, language: str) -> list[str] | None:
    """Pieces that say a slot's value, in order; None when there are no pieces for it.

    Beds are `12`, `12A`, `加12` or `+12`; rooms are `305`, `3-05` or `A305`; a word that the
    hospital wrote into it (`305室`) is taken off. An empty value has no pieces, and needs none.
    """
    plain = re.sub(r"[\s-]", "", _bare(value)).upper()
    if plain == "":
        return []
    if slot == "bed" and (bed := _BED.fullmatch(plain)) is not None:
        letter = bed["letter"] or ""
        return _SAY_BED[language](_Bed(bed["extra"] is not None, bed["number"], letter))
    if slot == "room" and (room := _ROOM.fullmatch(plain)) is not None:
        return _SAY_ROOM[language](_Room(room["letter"] or "", room["number"]))
    return None


def shown(slot: str, value: str, language: str) -> str:
    """A slot's value as text on a screen, with its word: 305房, bed 12; empty stays empty."""
    forms, plain = _SHOWN[language], _bare(value)
    if plain == "":
        return ""
    if slot == "bed" and plain[0] in ("加", "+"):
        return forms["extra"].format(plain[1:])
    return forms[slot].format(plain)


def _bare(value: str) -> str:
    return _WORD.sub("", value.strip()).strip()
