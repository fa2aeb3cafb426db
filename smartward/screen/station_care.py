"""Recording at a station what was done for a patient: which thing, then each of its values."""

from collections.abc import Callable
from datetime import timedelta

from smartward.clinical.care_event import (
    VALUES,
    Amount,
    CareKind,
    Choice,
    Choices,
    form_of,
    standing,
)
from smartward.clinical.encounter import Encounter
from smartward.clinical.lab_result import UNITS, LabResult
from smartward.clinical.order import Order, prn_question, wholly_judged
from smartward.clinical.words import instant
from smartward.screen.services import Data
from smartward.screen.station_amount import AmountQuestion
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

VOLUMES = (0, 50, 100, 150, 200, 250, 300, 350, 400, 500, 600, 700, 800, 1000, 1200, 1500)
"""mL offered to touch; what lies between is typed."""
SMALL = tuple(range(6))
"""A score from 0 to 5."""
_LAB_AGE = timedelta(hours=24)
_EVERY = "every"
_EXACT = "exact"
_WORDS = {
    "position": "position", "needs": "need", "step": "step", "restraint": "restraint",
    "deed": "deed", "missed": "missed_why", "measures": "measure", "despite": "despite",
}  # fmt: skip
"""Where the words of a value's codes are."""


class CareEntry:
    """Asks for one event, value after value; `send` is given the stay and what was told."""

    def __init__(self, desk: Desk, send: Callable[[str, Data], None]) -> None:
        self._desk = desk
        self._send = send

    def begin(self, stay: Encounter, who: tuple[str, str]) -> None:
        """Ask what was done. `who`: the patient's identifiers, and what to do with them."""
        words, state = self._desk.words, self._desk.ward_state
        kinds = [one for one in CareKind if _offered(one, state, stay.id, self._desk)]
        answers = [
            Answer(key=one.value, name=words.text(f"care.kind.{one.value}")) for one in kinds
        ]

        def deed(key: str) -> None:
            kind = CareKind(key)
            self._next(stay, who, kind, VALUES[kind].needed, {"kind": kind.value})

        self._ask(words.text("care.what"), who, answers, deed, stay)

    def _next(
        self,
        stay: Encounter,
        who: tuple[str, str],
        kind: CareKind,
        names: tuple[str, ...],
        told: Data,
    ) -> None:
        """Ask for the next value, or send what was told where none is left."""
        if not names:
            self._send(stay.id, told)
            return
        name, *rest = names
        form = form_of(kind, name)

        def exactly(number: int, sure: bool) -> None:
            asked = {"confirmed": name} if sure else {}
            self._next(stay, who, kind, tuple(rest), {**told, name: str(number), **asked})

        def deed(key: str) -> None:
            if isinstance(form, Amount) and (key == _EXACT or int(key) > form.ask):
                typed = "" if key == _EXACT else key
                whose = f"{self._what(title, stay)}\n{who[0]}"
                self._desk.ask_amount(
                    AmountQuestion(title=whose, hint=who[1], form=form, deed=exactly, typed=typed)
                )
                return
            value = _all_of(kind, name) if key == _EVERY else key
            left = (*rest, "despite") if self._stands_against(stay, kind, key) else tuple(rest)
            self._next(stay, who, kind, left, {**told, name: value})

        title = self._desk.words.text(f"care.kind.{kind.value}")
        if name == "despite":
            title = self._against(stay, str(told["about"])) or title
        self._ask(title, who, self._answers(stay, kind, name), deed, stay)

    def _stands_against(self, stay: Encounter, kind: CareKind, key: str) -> bool:
        """Whether a limit of the order that was chosen stands against one more dose."""
        return kind is CareKind.AS_NEEDED and self._against(stay, key) is not None

    def _against(self, stay: Encounter, id: str) -> str | None:
        """What stands against one more dose of an order, in words; None: nothing, or a reason was
        asked already."""
        state, now = self._desk.ward_state, self._desk.hub_now()
        order = next((one for one in state.orders(stay.id) if one.id == id), None)
        if order is None:
            return None
        given = standing(state.care_events(stay.id), CareKind.AS_NEEDED)
        asked = prn_question(order, [one.at for one in given if one.about == id], now)
        if asked is None:
            return None
        values = {} if asked.from_ is None else {"at": instant(asked.from_)}
        return f"{_order(order)} · {self._desk.words.catalogue.text(asked.key, **values)}"

    def _answers(self, stay: Encounter, kind: CareKind, name: str) -> list[Answer]:
        words = self._desk.words
        match form_of(kind, name):
            case Choice(codes) | Choices(codes) as form:
                every = [Answer(key=_EVERY, name=words.text("care.every"))]
                ones = [Answer(key=one.value, name=_word(name, one.value, words)) for one in codes]
                return [*every, *ones] if isinstance(form, Choices) else ones
            case Amount(low=low, high=high, unit=unit):
                offered = [n for n in (VOLUMES if unit == "mL" else SMALL) if low <= n <= high]
                some = [Answer(key=str(n), name=words.text("care.ml", n=n)) for n in offered]
                if unit != "mL":
                    return some
                exact = words.catalogue.text("observation_pad.amount.exact")
                return [Answer(key=_EXACT, name=exact), *some]
            case _ if kind is CareKind.AS_NEEDED:
                orders = self._desk.ward_state.orders(stay.id)
                return [_as_needed(one, words) for one in orders]
            case _:
                labs = _labs(self._desk.ward_state, stay.id, self._desk)
                return [_lab(one, words) for one in labs]

    def _what(self, title: str, stay: Encounter) -> str:
        """The bed with what is asked about it."""
        words = self._desk.words
        bed = self._desk.ward_state.bed_of_encounter(stay.id)
        place = "" if bed is None else words.text("bed", bed=bed.number)
        return " · ".join(part for part in (place, title) if part)

    def _ask(
        self,
        title: str,
        who: tuple[str, str],
        answers: list[Answer],
        deed: Callable[[str], None],
        stay: Encounter,
    ) -> None:
        bed = self._desk.ward_state.bed_of_encounter(stay.id)
        about = stay.id if bed is None else bed.id
        what = f"{self._what(title, stay)}\n{who[0]}"
        self._desk.ask_beside(
            Question(title=what, hint=who[1], answers=answers, deed=deed, about=about)
        )


def _offered(kind: CareKind, state: WardState, stay_id: str, desk: Desk) -> bool:
    if kind in (CareKind.REVIEWED, CareKind.LIMITS_ASKED):
        return False
    if kind is CareKind.AS_NEEDED:
        return bool(state.orders(stay_id))
    return kind is not CareKind.READ_BACK or bool(_labs(state, stay_id, desk))


def _labs(state: WardState, stay_id: str, desk: Desk) -> list[LabResult]:
    """Results of the last day, the newest first."""
    since = desk.hub_now() - _LAB_AGE
    return [one for one in reversed(state.lab_results(stay_id)) if one.taken_at >= since]


def _lab(one: LabResult, words: Words) -> Answer:
    at = words.catalogue.time(one.taken_at)
    return Answer(key=one.id, name=lab_text(one, words), detail=at)


def _order(one: Order) -> str:
    """A medicine as needed, with its dose."""
    return one.title.his or "" if one.title is not None else next(iter(one.names), one.id)


def _as_needed(one: Order, words: Words) -> Answer:
    """An order to choose; where its limits cannot all be judged here, it says so behind its name:
    a line of its own would leave a long name with its dose less room."""
    if wholly_judged(one):
        return Answer(key=one.id, name=_order(one))
    told = words.catalogue.text("care.limit_unjudged")
    return Answer(key=one.id, name=f"{_order(one)} · {told}")


def _all_of(kind: CareKind, name: str) -> str:
    form = form_of(kind, name)
    return ",".join(form.codes) if isinstance(form, Choices) else ""


def _word(name: str, code: str, words: Words) -> str:
    if name == "poss":
        return words.text(f"care.poss.{code.lower()}")
    return words.text(f"care.{_WORDS[name]}.{code}")


def lab_text(one: LabResult, words: Words) -> str:
    """What was measured, with its number and unit."""
    unit = UNITS[one.analyte] if UNITS[one.analyte] != "1" else ""
    name = words.text(f"care.analyte.{one.analyte.value}")
    return f"{name} {one.value:.4g} {unit}".strip()
