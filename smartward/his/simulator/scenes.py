"""The wards one can start with."""

from datetime import datetime, timedelta

from smartward.his.simulator import places, planted, staying, story
from smartward.his.simulator.people import Name, chinese, latin, longest, somebody
from smartward.his.simulator.places import WARD
from smartward.his.simulator.staying import Admission
from smartward.his.simulator.world import World, advance

__all__ = ["NAMES", "WARD", "build"]

NAMES = ("morning", "day", "empty", "sixty", "longest")
"""`morning` is told minute by minute; `day` is an ordinary one in which the ward lives."""

_PAST = timedelta(hours=48)
_FREE = ("14", "27", "33")

_MORNING = """
1  周明     m 1951-04-12 two   . ------
2  吴冬梅   f 1958-09-30 three . ---x--
3  郑国华   m 1949-01-08 two   . x-----
4  孙兰     f 1944-06-21 one   . --?---
5  马强     m 1970-11-02 three . ------
6  胡秀兰   f 1940-03-17 two   . ---xx-
7  郭勇     m 1963-07-25 two   . ------
8  何志平   m 1966-12-05 three . -x----
9  高峰     m 1955-05-19 two   . ------
10 林秀     f 1947-08-14 two   . ---x--
11 陈刚     m 1960-02-28 two   . ------
12 张建国   m 1959-03-02 one   serious  xx-x?-
13 刘桂英   f 1953-10-11 one   . ---x--
15 罗桂芳   f 1968-06-06 three . ------
16 宋杰     m 1972-01-23 two   . x-----
17 唐敏     f 1939-09-09 one   critical ---xxx
18 韩磊     m 1945-12-30 two   . ----x-
19 冯涛     m 1974-04-04 three . ------
20 曹桂英   f 1950-07-07 two   . ---x--
21 彭飞     m 1962-10-20 two   . ------
22 Yusuf|Al-Harbi m 1946 three . ---x--
23 肖丽     f 1969-03-03 two   . ------
24 上官文   m 1948-08-08 two   . ----x-
25 董洁     f 1956-11-11 one   . ---x--
26 潘杰     m 1971-05-15 three . ------
28 袁芳     f 1964-02-02 two   . ------
29 于丽     f 1952-12-12 two   . x--x--
30 蒋涛     m 1967-09-19 three . ------
31 蔡勇     m 1954-06-18 two   . x-----
32 余芳     f 1943-01-31 two   . ---x--
34 杜军     m 1973-08-27 three . ------
35 叶青     f 1965-04-09 one   . ------
36 Helen|Whitfield f 1961-10-05 two . ------
37 苏敏     f 1975-07-13 three . ------
38 魏华     m 1942-05-26 two   . ---x--
39 欧阳静怡 f 1957-03-29 two   . ??????
40 丁洁     f 1976-12-01 three . ------
加12 Maximiliano Andrés|Fernández de la Cuesta-Villanueva m 1968-02-14 three . ------
"""
_COURSES = {"31": "frail", "20": "fever", "17": "oxygen"}
_LANGUAGES = {"36": "en", "加12": "es", "22": "ar", "29": "yue"}
_ALIASES = {"30": "金先生"}
_PROTECTED = ("28",)
_PROFILES = {
    "6": ("sight",),
    "7": ("hand-left",),
    "17": ("comfort-care",),
    "24": ("speech",),
    "32": ("confusion",),
    "38": ("hearing", "sight"),
}
"""Who is hard to reach, and how."""


def build(scene: str, seed: int, beds: int, now: datetime, stories: str = "") -> World:
    """A ward with 48 h behind it, at `now`; from then on the `stories` of `planted` happen. Raises
    KeyError for a scene that is none of NAMES, ValueError for a story there is not."""
    if scene not in NAMES:
        raise KeyError(scene)
    world = World(seed, now - _PAST)
    rooms = places.layout(60 if scene == "sixty" else beds)
    places.furnish(world, rooms)
    places.hire(world)
    numbers = [number for room in rooms.values() for number in room]
    for place, number in enumerate(numbers):
        who = _who(world, scene, number, place)
        if who is not None:
            chance = world.chance("admitted", number)
            since = world.now - timedelta(
                days=chance.randrange(1, 9), minutes=chance.randrange(600)
            )
            staying.admit(world, places.bed_id(number), who, since)
    world.moves_from = now + timedelta(hours=12)
    if scene != "empty":
        story.ordinary(world)
    if scene == "longest":
        story.longest(world, now)
    elif scene == "day":
        story.living(world, now)
    elif scene != "empty":
        story.morning(world, now)
    planted.plant(world, now, stories)
    advance(world, now)
    return world


def _who(world: World, scene: str, number: str, place: int) -> Admission | None:
    if scene == "empty" or number in _FREE:
        return None
    table = {line.split()[0]: line for line in _MORNING.strip().splitlines()}
    if scene == "longest":
        return _long(number, place)
    if number in table:
        return _told(table[number], place)
    return _anybody(world, number, place)


def _told(line: str, place: int) -> Admission:
    number, rest = line.split(maxsplit=1)
    words, sex, born, level, mark, slots = rest.rsplit(maxsplit=5)
    given, bar, family = words.partition("|")
    return Admission(
        name=latin(given, family) if bar else chinese(words.strip()),
        man=sex == "m",
        born=born,
        level=level,
        mark=None if mark == "." else mark,
        slots=slots,
        nurse=(place // 2) % 3,
        doctor=place // 4,
        diagnosis=place,
        course=_COURSES.get(number, "stable"),
        language=_LANGUAGES.get(number),
        alias=_ALIASES.get(number, ""),
        protected=number in _PROTECTED,
        profile=_PROFILES.get(number, ()),
    )


def _anybody(world: World, number: str, place: int) -> Admission:
    chance = world.chance("who", number)
    man = chance.random() < 0.5
    return Admission(
        name=somebody(chance, man),
        man=man,
        born=f"{chance.randrange(1938, 1985)}-{chance.randrange(1, 13):02}-11",
        level=chance.choice(("one", "two", "two", "three")),
        slots="".join(chance.choice("----x") for _ in range(6)),
        nurse=place % 3,
        doctor=place // 4,
        diagnosis=place,
    )


def _long(number: str, place: int) -> Admission:
    name: Name = longest(place)
    return Admission(
        name=name,
        man=place % 2 == 0,
        born="1938-12-30",
        level="special" if place % 3 == 0 else "one",
        mark="critical" if place % 2 else "serious",
        slots="xxxxxx",
        nurse=place % 3,
        doctor=2,
        diagnosis=place,
        diet="semi-liquid",
        isolation="airborne",
        line="cvc",
        long_words=True,
    )
