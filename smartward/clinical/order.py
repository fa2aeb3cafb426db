"""What was ordered to be given or eaten, with what was given of it (FHIR MedicationRequest and
NutritionOrder): for checks that the plan of the day, which has times only, cannot make."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.words import Wording


class OrderKind(StrEnum):
    """What was ordered."""

    MEDICINE = "medicine"
    DIET = "diet"


class Route(StrEnum):
    """How a dose was given, as far as it tells how soon it works."""

    ORAL = "oral"
    INJECTED = "injected"
    """Into a vein, a muscle or under the skin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """What was given once. `amount` None: nobody told how much."""

    id: str
    at: datetime
    amount: float | None = None
    unit: str = ""
    route: Route | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many doses, or so much in all, in any `period_h` hours: one dose in 6 h is a least
    interval of 6 h, 4 g in 24 h a highest dose of a day."""

    period_h: float
    doses: int | None = None
    amount: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Document kind `order`: one order, as long as it stands or a dose of it is of the last day.

    `codes` are `system|code` of what is ordered, `names` its words; `dose` is how much one time is
    where the order tells one amount. `title` is for the station alone."""

    id: str
    encounter_id: str
    kind: OrderKind
    active: bool = True
    title: Wording | None = None
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    as_needed: bool = False
    analgesic: bool = False
    route: Route | None = None
    """How it is to be given, where the order tells one way."""
    dose: float | None = None
    dose_unit: str = ""
    limits: tuple[Limit, ...] = ()
    given: tuple[Dose, ...] = ()


class PrnTold(StrEnum):
    """Why a dose should not be given yet."""

    TOO_SOON = "too_soon"
    """The least interval has not passed."""
    TOO_MANY = "too_many"
    """So many doses were given within the period."""
    TOO_MUCH = "too_much"
    """With this dose it would be more than allowed within the period."""


@dataclass(frozen=True, slots=True)
class PrnWarning:
    """What stands against one more dose. `from_`: when nothing of it does any more; None: not
    even a single dose is allowed."""

    told: PrnTold
    limit: Limit
    last_at: datetime | None
    from_: datetime | None


_SAME_WITHIN = timedelta(minutes=5)
"""What the ward recorded and what the hospital system tells are one dose when they are so near."""


@dataclass(frozen=True, slots=True)
class PrnQuestion:
    """What a person is asked before a dose is taken: a text key, and from when nothing would stand
    against it."""

    key: str
    from_: datetime | None


KNOWN_BACK_H = 48.0
"""So far back doses are known for certain: older ones are neither read nor kept here."""


def wholly_judged(order: Order) -> bool:
    """Whether each limit can be judged wholly: its period is no longer than doses are known, and
    how much the order's and each given dose is can be compared with it."""
    return all(_judged(order, one) for one in order.limits)


def _judged(order: Order, limit: Limit) -> bool:
    if limit.period_h > KNOWN_BACK_H:
        return False
    if limit.amount is None:
        return True
    own = in_unit(order.dose, order.dose_unit, limit.unit)
    return own is not None and all(
        _amount(order, one, limit.unit) is not None for one in order.given
    )


_KEYS = {
    PrnTold.TOO_SOON: "care.too_soon",
    PrnTold.TOO_MANY: "care.too_many",
    PrnTold.TOO_MUCH: "care.too_much",
}


def prn_question(order: Order, recorded: Iterable[datetime], now: datetime) -> PrnQuestion | None:
    """What one more dose at `now` raises, by what was given by record and at the ward; None:
    nothing."""
    warning = prn_check(order, doses(order, recorded), now)
    if warning is None:
        return None
    key = "care.never" if warning.from_ is None else _KEYS[warning.told]
    return PrnQuestion(key, warning.from_)


def doses(order: Order, recorded: Iterable[datetime]) -> tuple[Dose, ...]:
    """All that was given, oldest first: what the hospital system tells, and what the ward recorded
    itself and nobody else tells."""
    own = [
        Dose(id=f"{order.id}.{at.isoformat()}", at=at, route=order.route)
        for at in sorted(set(recorded))
        if all(abs(one.at - at) > _SAME_WITHIN for one in order.given)
    ]
    return tuple(sorted((*order.given, *own), key=lambda one: (one.at, one.id)))


def prn_check(order: Order, given: Iterable[Dose], now: datetime) -> PrnWarning | None:
    """What stands against giving one more dose at `now`; None: nothing that is known.

    A dose of which nobody told how much counts as ordered. What cannot be compared with a limit's
    unit does not count towards it: the limit is judged by what is known. Doses after `now` do not
    count.
    """
    before = sorted((one for one in given if one.at <= now), key=lambda one: (one.at, one.id))
    found = (_against(order, limit, before, now) for limit in order.limits)
    warnings = [one for one in found if one is not None]
    return max(warnings, key=_until, default=None)


def _until(one: PrnWarning) -> tuple[bool, float]:
    return one.from_ is None, 0.0 if one.from_ is None else one.from_.timestamp()


def _against(order: Order, limit: Limit, before: list[Dose], now: datetime) -> PrnWarning | None:
    period = timedelta(hours=limit.period_h)
    within = [one for one in before if one.at > now - period]
    if limit.doses is None:
        return _too_much(order, limit, within)
    if len(within) < limit.doses:
        return None
    told = PrnTold.TOO_SOON if limit.doses == 1 else PrnTold.TOO_MANY
    # One more is possible once only `doses - 1` are left within the period.
    return PrnWarning(told, limit, within[-1].at, within[-limit.doses].at + period)


def _too_much(order: Order, limit: Limit, within: list[Dose]) -> PrnWarning | None:
    """Whether one more dose of the order, with those within the period, is more than the limit.
    Where nobody told how much a dose was, what is known of the others counts alone; how much one
    more is, when nobody tells it, is more than nothing."""
    if limit.amount is None:
        return None
    most, more = limit.amount, in_unit(order.dose, order.dose_unit, limit.unit)

    def possible(left: float) -> bool:
        return left < most - _ROUNDING if more is None else left + more <= most + _ROUNDING

    told = (_amount(order, one, limit.unit) for one in within)
    amounts = [0.0 if one is None else one for one in told]
    if possible(math.fsum(amounts)):
        return None
    last = within[-1].at if within else None
    for number, one in enumerate(within, start=1):
        if possible(math.fsum(amounts[number:])):
            from_ = one.at + timedelta(hours=limit.period_h)
            return PrnWarning(PrnTold.TOO_MUCH, limit, last, from_)
    return PrnWarning(PrnTold.TOO_MUCH, limit, last, None)


_ROUNDING = 1e-9
_MASS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001, "µg": 0.001, "μg": 0.001,
         "毫克": 1.0, "克": 1000.0, "微克": 0.001}  # fmt: skip
"""Milligrams of one unit."""

_WORD = 4
"""Letters: shorter names of units may end with an s of their own."""


def _one(unit: str) -> str:
    """The name of one of a unit: `tablets`, `tablet(s)` and `{Tablet}` are tablets."""
    name = unit.strip(" {}").casefold().removesuffix("(s)")
    return name.removesuffix("s") if len(name) >= _WORD else name


def _amount(order: Order, dose: Dose, unit: str) -> float | None:
    if dose.amount is None:
        return in_unit(order.dose, order.dose_unit, unit)
    return in_unit(dose.amount, dose.unit, unit)


def in_unit(amount: float | None, unit: str, wanted: str) -> float | None:
    """An amount in another unit: of the same name, in singular or plural, or both of mass. None:
    not to be compared."""
    if amount is None:
        return None
    if _one(unit) == _one(wanted):
        return amount
    mine, theirs = _MASS.get(unit), _MASS.get(wanted)
    return None if mine is None or theirs is None else amount * mine / theirs
