"""What was done at the bed by a known person: turns, rounds, what was passed and drunk, checks.

Nothing that was recorded is ever changed: a correction marks it as entered in error with its
reason, and what is right is a new event that names the one it replaces.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from smartward.clinical.call_mark import Actor
from smartward.clinical.observation_entry import SignStatus


class CareKind(StrEnum):
    """What was done."""

    TURN = "turn"
    """Lies or sits otherwise now; `position`."""
    ROUND = "round"
    """Somebody looked in; `needs` of the four that were seen to."""
    VOID = "void"
    """Urine passed or emptied from a bag; `volume_ml` since the last time."""
    DRINK = "drink"
    """`volume_ml` drunk."""
    MEAL = "meal"
    """Something was eaten: a fast is over."""
    RESTRAINT = "restraint"
    """`step`, `restraint`."""
    TRANSFUSION = "transfusion"
    """`step`; `about`: the infusion (the unit)."""
    SEDATION = "sedation"
    """`poss`."""
    LINE_CARE = "line_care"
    """`deed`, `vip` where looked at; `about`: the line."""
    READ_BACK = "read_back"
    """A critical value was read back to the laboratory; `about`: the lab result."""
    OBSERVATIONS_MISSED = "observations_missed"
    """Observations could not be taken or not all; `missed`; `about`: the set's or one parameter's
    name, None: all of them."""
    PREVENTION = "prevention"
    """What keeps a patient at risk safe was put in place; `measures`."""
    AS_NEEDED = "as_needed"
    """A medicine was given as needed; `about`: the order; `despite`: why, where a limit of the
    order stood against it."""
    LIMITS_ASKED = "limits_asked"
    """A doctor was asked to fit the limits of alerts to this patient; `about`: the rules."""
    REVIEWED = "reviewed"
    """Somebody looked at what was asked and decided; `about`: the rule's id, `limits` that were
    asked for, or `turn` or `round` that was left out; `missed`: why."""


class Position(StrEnum):
    """How the patient lies or sits after a turn."""

    LEFT = "left"
    SUPINE = "supine"
    RIGHT = "right"
    PRONE = "prone"
    SITTING = "sitting"


class Need(StrEnum):
    """The four of a purposeful round (Meade 2006): pain, potty, position, possessions."""

    PAIN = "pain"
    POTTY = "potty"
    POSITION = "position"
    POSSESSIONS = "possessions"


class Step(StrEnum):
    """Where a watched measure stands."""

    START = "start"
    CHECK = "check"
    END = "end"


class Restraint(StrEnum):
    """Why somebody is restrained: it decides how often they are looked at."""

    VIOLENT = "violent"
    NON_VIOLENT = "non_violent"


class Poss(StrEnum):
    """Pasero Opioid-induced Sedation Scale: S asleep and easy to rouse, 1 awake and alert,
    2 slightly drowsy, 3 frequently drowsy, 4 somnolent."""

    ASLEEP = "S"
    ALERT = "1"
    DROWSY = "2"
    OFTEN_DROWSY = "3"
    SOMNOLENT = "4"


class LineDeed(StrEnum):
    """What was done about a line or its bag."""

    REVIEWED = "reviewed"
    """Still needed, and the site was looked at."""
    DRESSED = "dressed"
    FLUSHED = "flushed"
    BAG_CHANGED = "bag_changed"
    SET_CHANGED = "set_changed"
    REMOVED = "removed"


class Missed(StrEnum):
    """Why observations were not taken."""

    REFUSED = "refused"
    ASLEEP = "asleep"
    AWAY = "away"
    UNABLE = "unable"
    ORDERED = "ordered"
    """An order says not to."""


class Measure(StrEnum):
    """What keeps a patient at risk of falls or pressure injury safe."""

    BED_LOW = "bed_low"
    BED_EXIT_ON = "bed_exit_on"
    SIGN_ON = "sign_on"
    AIR_MATTRESS = "air_mattress"
    TURN_PLAN = "turn_plan"
    ISOLATION_SIGN = "isolation_sign"


class Despite(StrEnum):
    """Why a dose was given before its limit allowed it."""

    DOCTOR = "doctor"
    """A doctor has said so."""
    NEEDED = "needed"
    """It could not wait; the doctor is told."""
    NOT_TAKEN = "not_taken"
    """An earlier dose was not taken after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareEvent:
    """Document kind `care_event`: one thing done for one stay. Which of the values a kind has is
    said by VALUES; every other is None or empty. 0 mL is a value, never "missing"."""

    id: str
    encounter_id: str
    kind: CareKind
    at: datetime
    """When it was done."""
    by: Actor
    recorded_at: datetime
    """When the screen was touched."""
    position: Position | None = None
    needs: tuple[Need, ...] = ()
    volume_ml: int | None = None
    step: Step | None = None
    restraint: Restraint | None = None
    poss: Poss | None = None
    deed: LineDeed | None = None
    vip: int | None = None
    """Visual infusion phlebitis score, 0 to 5."""
    missed: Missed | None = None
    measures: tuple[Measure, ...] = ()
    despite: Despite | None = None
    about: str | None = None
    """Id or name of what it was done about."""
    replaces: str | None = None
    """Id of the event that was wrong, where this one is right instead."""
    status: SignStatus = SignStatus.FINAL
    wrong_by: Actor | None = None
    wrong_at: datetime | None = None
    why: str | None = None
    """Why it was wrong, in the person's words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of an enumeration's codes."""

    codes: type[StrEnum]


@dataclass(frozen=True, slots=True)
class Choices:
    """Some of an enumeration's codes, joined by commas; at least one."""

    codes: type[StrEnum]


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number of `unit` within its bounds; above `ask` a person is asked once."""

    unit: str
    low: int
    high: int
    ask: int


@dataclass(frozen=True, slots=True)
class Name:
    """An id of at most so many characters."""

    longest: int = 128


Form = Choice | Choices | Amount | Name

_ABOUT = Name()
_FORMS: Mapping[str, Form] = {
    "position": Choice(Position),
    "needs": Choices(Need),
    "step": Choice(Step),
    "restraint": Choice(Restraint),
    "poss": Choice(Poss),
    "deed": Choice(LineDeed),
    "vip": Amount("1", 0, 5, 5),
    "missed": Choice(Missed),
    "measures": Choices(Measure),
    "despite": Choice(Despite),
    "about": _ABOUT,
}

_URINE = Amount("mL", 0, 5000, 2000)
"""A drainage bag holds 2 L, a large one 4 L: more than a bag is asked about, more than any is a
slip of the finger. Bounds of entry, not of health; local choice."""
_DRUNK = Amount("mL", 1, 3000, 1000)
"""More than a litre at once is asked about. Bounds of entry; local choice."""


@dataclass(frozen=True, slots=True)
class Values:
    """Which values a kind of event must have, and which it may have."""

    needed: tuple[str, ...] = ()
    free: tuple[str, ...] = ()


VALUES: Mapping[CareKind, Values] = {
    CareKind.TURN: Values(("position",)),
    CareKind.ROUND: Values(("needs",)),
    CareKind.VOID: Values(("volume_ml",)),
    CareKind.DRINK: Values(("volume_ml",)),
    CareKind.MEAL: Values(),
    CareKind.RESTRAINT: Values(("step", "restraint")),
    CareKind.TRANSFUSION: Values(("step",), ("about",)),
    CareKind.SEDATION: Values(("poss",)),
    CareKind.LINE_CARE: Values(("deed",), ("vip", "about")),
    CareKind.READ_BACK: Values(("about",)),
    CareKind.OBSERVATIONS_MISSED: Values(("missed",), ("about",)),
    CareKind.PREVENTION: Values(("measures",)),
    CareKind.AS_NEEDED: Values(("about",), ("despite",)),
    CareKind.LIMITS_ASKED: Values(("about",)),
    CareKind.REVIEWED: Values(("about",), ("missed",)),
}
"""The values of each kind; a kind has no other."""


class CareRefused(Exception):
    """It cannot be recorded. `key` is a text key, `value` the name of the value it is about."""

    def __init__(self, key: str, value: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.value = value


def form_of(kind: CareKind, name: str) -> Form:
    """What a kind's value may be."""
    if name == "volume_ml":
        return _URINE if kind is CareKind.VOID else _DRUNK
    return _FORMS[name]


Told = Mapping[str, str | int | None]


def read_values(kind: CareKind, told: Told) -> dict[str, Any]:
    """The typed values of an event. Raises CareRefused for one that is missing, that cannot be, or
    that this kind does not have."""
    values = VALUES[kind]
    given = {name: raw for name, raw in told.items() if raw is not None}
    for name in given:
        if name not in (*values.needed, *values.free):
            raise CareRefused("care.impossible", name)
    for name in values.needed:
        if name not in given:
            raise CareRefused("care.missing", name)
    return {name: _read(form_of(kind, name), name, raw) for name, raw in given.items()}


def _read(form: Form, name: str, raw: str | int) -> Any:
    try:
        match form:
            case Choice(codes):
                return codes(str(raw))
            case Choices(codes):
                chosen = {codes(one) for one in str(raw).split(",")}
                return tuple(one for one in codes if one in chosen)
            case Amount(_, low, high, _):
                number = _digits(raw)
                if not low <= number <= high:
                    raise ValueError
                return number
            case Name(longest):
                text = str(raw)
                if not text.strip() or len(text) > longest:
                    raise ValueError
                return text
    except ValueError as error:
        raise CareRefused("care.impossible", name) from error


def _digits(raw: str | int) -> int:
    """Digits as they are typed. Raises ValueError for anything else."""
    text = str(raw).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len("5000")):
        raise ValueError
    return int(text)


def improbable(kind: CareKind, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The values a person should be asked about once before they are taken."""
    return tuple(
        name
        for name, value in values.items()
        if isinstance(form := form_of(kind, name), Amount) and value > form.ask
    )


def in_error(event: CareEvent, by: Actor, at: datetime, why: str) -> CareEvent:
    """The event marked as entered in error. Raises CareRefused where it is already."""
    if event.status is SignStatus.ENTERED_IN_ERROR:
        raise CareRefused("care.already_wrong")
    wrong = SignStatus.ENTERED_IN_ERROR
    return replace(event, status=wrong, wrong_by=by, wrong_at=at, why=why)


def standing(events: Iterable[CareEvent], *kinds: CareKind) -> list[CareEvent]:
    """Those that were not taken back, of these kinds (none given: of any), oldest first."""
    kept = (one for one in events if one.status is SignStatus.FINAL)
    chosen = (one for one in kept if not kinds or one.kind in kinds)
    return sorted(chosen, key=lambda one: (one.at, one.id))


def last(events: Iterable[CareEvent], *kinds: CareKind) -> CareEvent | None:
    """The latest of these kinds that stands; None where there is none."""
    return next(reversed(standing(events, *kinds)), None)
