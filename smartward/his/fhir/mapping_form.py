"""The form of `his_mapping.toml`: its tables, the words each may hold, and its settings.

What is wrong is found when the file is read, for every ward it names, and told with the file, the
key and what to write instead. A code that is wrong in the file would else be a code nobody
explained, on a ward, at night.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.bed import BedStatus
from smartward.clinical.bed_state import BedSensor
from smartward.clinical.contact import Relation
from smartward.clinical.encounter import ConditionMark, NursingLevel
from smartward.clinical.lab_result import Analyte
from smartward.clinical.line import LineKind
from smartward.clinical.observation import OxygenDevice, Parameter
from smartward.clinical.order import Route
from smartward.clinical.plan import PlanKind
from smartward.clinical.profile import Hand
from smartward.clinical.score_result import ScoreKind
from smartward.clinical.ward import StaffRole
from smartward.errors import Misconfigured
from smartward.i18n import Catalogue

PROFILE_FLAGS = ("hearing", "sight", "speech", "confusion", "comfort_care")
"""The tables of what makes a person hard to reach, each with the one word `present`."""
PROFILE = (*PROFILE_FLAGS, "hand", "profile_asked")
"""The tables of a profile whose codes are asked for among Observations."""

ABSENT = "none"
"""The word of a code that says: looked at, and it is not so."""
_TEAM = ("doctor", "nurse", "head_nurse", "carer")
_WORDS: dict[str, frozenset[str] | None] = {
    "vital_sign": frozenset({*Parameter, "panel", "blood_pressure", "oxygen_fraction"}),
    "oxygen": frozenset({"air", "oxygen"}),
    "oxygen_device": frozenset(OxygenDevice),
    "consciousness": frozenset("ACVPU"),
    "lab_result": frozenset(Analyte),
    "score": frozenset(ScoreKind),
    "bed_state": frozenset({*BedSensor, "left"}),
    "risk_score": frozenset({"fall", "skin"}),
    "infusion_metric": frozenset({"remaining", "delivered", "rate"}),
    "nursing_level": frozenset(NursingLevel),
    "condition_mark": frozenset(ConditionMark),
    "isolation": None,  # the ward's own words: each names its [protection]
    "fall": frozenset({"risk", ABSENT}),
    "skin": frozenset({"risk", ABSENT}),
    "line": frozenset({"line", ABSENT}),
    "line_kind": frozenset(LineKind),
    "nil_by_mouth": frozenset({"nil", ABSENT}),
    "diet": None,  # words of the catalogue
    "no_known_allergy": frozenset({"none"}),
    "staff_role": frozenset(StaffRole),
    "encounter_role": frozenset(_TEAM),
    "news2_order": frozenset({"scale_2", "none", "observations"}),
    "pregnancy": frozenset({"pregnant"}),
    "plan": frozenset(PlanKind),
    "fasting": frozenset({"fasting"}),
    "bed_status": frozenset(BedStatus),
    "protected": frozenset({"restricted"}),
    "contact": frozenset({*Relation, ABSENT}),
    "language": None,  # BCP 47 tags
    **{name: frozenset({"present"}) for name in PROFILE_FLAGS},
    "hand": frozenset(Hand),
    "profile_asked": frozenset({"asked"}),
    "yes_no": frozenset({"yes", "no"}),
    "time_critical": frozenset({"time_critical"}),
    "route": frozenset(Route),
    "analgesic": frozenset({"analgesic"}),
    "body_weight": frozenset({"body_weight"}),
}
TABLES = tuple(_WORDS)
"""The tables that map codes to words."""
EXTENSIBLE = (
    "nursing_level",
    "condition_mark",
    "isolation",
    "fall",
    "skin",
    "line",
    "nil_by_mouth",
    "diet",
    *PROFILE_FLAGS,
    "hand",
)
"""The tables whose codes may come as an extension of the Patient or the Encounter."""

DROP_FACTORS = (10, 15, 20, 60)
"""Drops per mL of the sets there are."""
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}$")
_USES = ("official", "usual", "nickname", "temp", "anonymous")


@cache
def _text_keys() -> frozenset[str]:
    return Catalogue("en", ZoneInfo("UTC")).own_keys


def wrong(file: str, table: str, what: str) -> Misconfigured:
    """The error for a file that does not have its form: where, and what to write."""
    where = f"{file} [{table}] {what}" if table else f"{file}: {what}"
    return Misconfigured("his.mapping.wrong", where, what=where)


def words_of(table: str) -> str:
    """The words a table may have, as a person reads them."""
    words = _WORDS[table]
    if words is not None:
        return ", ".join(f"`{word}`" for word in sorted(words))
    match table:
        case "diet":
            return ", ".join(f"`{key}`" for key in _known("diet."))
        case "language":
            return "language tags such as `zh`, `yue`, `en`"
    return "any; each names what to put on in `[protection]`, `none`: looked at, and it is not so"


def _known(prefix: str) -> list[str]:
    return sorted(key.removeprefix(prefix) for key in _text_keys() if key.startswith(prefix))


def check_word(table: str, word: str) -> str | None:
    """What to write instead of a word that means nothing in this table; None: it is well."""
    words = _WORDS[table]
    if words is not None:
        return None if word in words else f"{word}: write one of {', '.join(sorted(words))}"
    if table == "diet" and f"diet.{word}" not in _text_keys():
        return (
            f"{word}: write one of {', '.join(_known('diet.'))}, or leave its codes out, so that"
            " the hospital's own words are shown"
        )
    if table == "language" and not _TAG.match(word):
        return f"{word}: write a language tag such as zh, yue or en"
    return None


def check_settings(data: Mapping[str, Any], file: str, prefix: str = "") -> None:
    """Raises Misconfigured for the first setting that is not of its form."""
    for name, check in _SETTINGS.items():
        found = data.get(name)
        if found is None:
            continue
        if not isinstance(found, dict):
            raise wrong(file, prefix + name, "is no table: write it as [table] with keys below it")
        for key, value in found.items():
            for fault in check(str(key), value):
                raise wrong(file, prefix + name, f"{key}: {fault}")


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _system(_: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not value:
        yield "write the URI of the code system as text"


def _person(key: str, value: object) -> Iterator[str]:
    if key != "name_first":
        yield "is no setting: the one there is is name_first"
    elif not isinstance(value, list) or any(use not in _USES for use in value):
        yield f"write a list of {', '.join(_USES)}"


def _protection(_: str, value: object) -> Iterator[str]:
    known = sorted(key for key in _text_keys() if key.startswith("ppe."))
    if not isinstance(value, list) or any(one not in known for one in value):
        yield f"write a list of {', '.join(known)}"


def _limit(key: str, value: object) -> Iterator[str]:
    if key not in ("fall", "skin"):
        yield "is no score: write fall or skin"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield "write a number"


def _clock(text: object) -> bool:
    try:
        return isinstance(text, str) and time.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _times(_: str, value: object) -> Iterator[str]:
    if not isinstance(value, list) or not value or not all(_clock(one) for one in value):
        yield 'write times of day, as ["08:00", "16:00"]'


def _extension(key: str, value: object) -> Iterator[str]:
    if key not in EXTENSIBLE:
        yield f"write one of {', '.join(EXTENSIBLE)}"
    elif not _is_texts(value):
        yield "write a list of extension URLs"


def _ward(key: str, value: object) -> Iterator[str]:
    match key:
        case "zone":
            try:
                ZoneInfo(str(value))
            except (KeyError, ValueError, OSError):
                yield "write an IANA time zone such as Asia/Shanghai"
        case "level_colours":
            good = isinstance(value, dict) and all(
                level in tuple(NursingLevel) and _COLOUR.match(str(colour))
                for level, colour in value.items()
            )
            if not good:
                yield f'write {", ".join(NursingLevel)}, each with a colour as "#C2185B"'
        case "shifts":
            if not isinstance(value, list) or not all(_is_shift(one) for one in value):
                yield "write for each shift an id, a start and an end as 08:00"
        case "notices":
            known = sorted(key for key in _text_keys() if key.startswith("notice."))
            if not isinstance(value, list) or any(one not in known for one in value):
                yield f"write a list of {', '.join(known)}"
        case "drops_per_ml":
            yield from _factor(value)
        case "notice_values":
            if not isinstance(value, dict):
                yield "write the values as a table"
        case _:
            yield (
                "is no setting: write zone, level_colours, shifts, drops_per_ml, notices or"
                " notice_values"
            )


def _factor(value: object) -> Iterator[str]:
    if not isinstance(value, int) or value not in DROP_FACTORS:
        yield f"write one of {', '.join(map(str, DROP_FACTORS))}, as printed on the set"


def _is_shift(one: object) -> bool:
    if not isinstance(one, dict) or not one.get("id"):
        return False
    return _clock(one.get("start")) and _clock(one.get("end"))


_SETTINGS: dict[str, Callable[[str, object], Iterator[str]]] = {
    "systems": _system,
    "ward": _ward,
    "person": _person,
    "protection": _protection,
    "risk_limits": _limit,
    "standard_times": _times,
    "extension": _extension,
}
SETTINGS = ("wards", *_SETTINGS)
"""The tables that hold something else than codes."""
