"""Invented people. Any likeness to a person is chance."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A name as FHIR's HumanName wants it, and how it is said as one text."""

    text: str
    family: str
    given: tuple[str, ...]


_TWO_CHARACTER = ("欧阳", "司马", "上官", "诸葛", "尉迟", "令狐", "端木", "慕容")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_MEN = ("志平", "国华", "勇", "刚", "建业", "文斌", "军", "永强", "磊", "德明", "立新", "浩")
_WOMEN = ("秀兰", "桂芳", "冬梅", "静", "丽华", "敏", "玉珍", "洁", "春燕", "慧", "淑琴", "芳")
_LONGEST = (
    Name("欧阳晓芙蓉", "欧阳", ("晓芙蓉",)),
    Name("尉迟长风", "尉迟", ("长风",)),
    Name("司马相宜", "司马", ("相宜",)),
    Name(
        "Maximiliana Alexandrina Konstantinopoulou-Papadimitriou de la Fuente y Villanueva",
        "Konstantinopoulou-Papadimitriou de la Fuente y Villanueva",
        ("Maximiliana", "Alexandrina"),
    ),
    Name("阿依古丽·买买提明江", "", ("阿依古丽·买买提明江",)),
    Name("上官婉如", "上官", ("婉如",)),
    Name(
        "Christopher Bartholomew Featherstonehaugh-Cholmondeley",
        "Featherstonehaugh-Cholmondeley",
        ("Christopher", "Bartholomew"),
    ),
    Name("诸葛明远", "诸葛", ("明远",)),
)


def chinese(text: str) -> Name:
    """A Chinese name split into family and given name."""
    size = 2 if text[:2] in _TWO_CHARACTER and len(text) > 2 else 1
    return Name(text, text[:size], (text[size:],))


def latin(given: str, family: str) -> Name:
    """A name written given name first."""
    return Name(f"{given} {family}", family, tuple(given.split()))


def somebody(chance: random.Random, man: bool) -> Name:
    """Anybody."""
    family = chance.choice(_TWO_CHARACTER) if chance.random() < 0.03 else chance.choice(_SURNAMES)
    return chinese(family + chance.choice(_MEN if man else _WOMEN))


def longest(n: int) -> Name:
    """The n-th of the names that are hard to fit."""
    return _LONGEST[n % len(_LONGEST)]


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the ward's staff; `role` is a code of the hospital's dictionary."""

    id: str
    name: Name
    role: str
    shift: str | None = None
    """The shift a nurse works in."""
    hours: tuple[str, str] | None = None
    """On duty from, until (local); None: the shift's hours, or the roster does not say."""
    days: tuple[str, ...] = ()


STAFF = (
    Colleague("prac-sun", chinese("孙丽华"), "head_nurse"),
    Colleague("prac-li", chinese("李敏"), "nurse", "day"),
    Colleague("prac-qian", chinese("钱芳"), "nurse", "day"),
    Colleague("prac-he", chinese("何静"), "nurse", "day"),
    Colleague("prac-xu", chinese("许诺"), "nurse", "evening"),
    Colleague("prac-shen", chinese("沈佳怡"), "nurse", "evening"),
    Colleague("prac-liang", chinese("梁晨"), "nurse", "night"),
    Colleague("prac-fu", chinese("傅晓雨"), "nurse", "night"),
    Colleague("prac-wang", chinese("王建华"), "doctor"),
    Colleague("prac-zhao", chinese("赵倩"), "doctor"),
    Colleague("prac-ouyang", chinese("欧阳文博"), "doctor"),
    Colleague("prac-feng", chinese("冯秀英"), "carer", hours=("07:00:00", "19:00:00")),
    Colleague(
        "prac-tan",
        chinese("谭思远"),
        "privacy_officer",
        hours=("08:30:00", "17:30:00"),
        days=("mon", "tue", "wed", "thu", "fri"),
    ),
)
SHIFT_HOURS = {
    "night": ("00:00:00", "08:00:00"),
    "day": ("08:00:00", "16:00:00"),
    "evening": ("16:00:00", "00:00:00"),
}
BADGE_SYSTEM = "http://hospital.example/staff-badge"
"""The setting `his_badge_system` for this hospital."""


def badge(one: Colleague) -> str:
    """The code on somebody's badge, as a reader types it."""
    return f"4711{STAFF.index(one) + 1:06}"


def on_shift(shift: str) -> tuple[Colleague, ...]:
    """The nurses of a shift."""
    return tuple(one for one in STAFF if one.shift == shift)


DOCTORS = tuple(one for one in STAFF if one.role == "doctor")
CARER = next(one for one in STAFF if one.role == "carer")
