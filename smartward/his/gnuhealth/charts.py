"""What happens to the patients: signs and plan items, derived from the mirrored rows, and told
where they differ from what was told before."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from smartward.clinical.observation import VitalSign
from smartward.his.gnuhealth import meals, plan, signs
from smartward.his.gnuhealth.mirror import Mirror, Turn
from smartward.his.gnuhealth.rows import (
    DoseRow,
    MealItemRow,
    MealRow,
    MedicationRow,
    Reject,
    RoundingRow,
    TimeRow,
    number_of,
    rejection,
)
from smartward.his.gnuhealth.rpc import Rpc
from smartward.his.gnuhealth.words import Words
from smartward.his.port import Clinical, Gone, Item, Kind, Rejection, Value
from smartward.his.version import version_of

KEEP = timedelta(hours=48)
"""How far back signs and doses are read."""
REFRESH = timedelta(minutes=12)
"""How often each stay is read whole, because a row can change without a new date."""
_REFRESHED_AT_ONCE = 3

Key: TypeAlias = tuple[Kind, str]


@dataclass(slots=True)
class Derived:
    """What was derived for one stay."""

    values: dict[Key, Value[Clinical]] = field(default_factory=dict)
    aside: list[Rejection] = field(default_factory=list)


class Charts:
    """The stays' charts."""

    def __init__(self, source: str, words: Words) -> None:
        self._source = source
        self._words = words
        self.roundings = Mirror(RoundingRow, "registration", "evaluation_start")
        self.medications = Mirror(MedicationRow, "registration")
        self.times = Mirror(TimeRow, "medication.registration")
        self.doses = Mirror(DoseRow, "medication.registration", "admin_time")
        self.meals = Mirror(MealRow, "registration", "order_date")
        self.dishes = Mirror(MealItemRow, "meal_order.registration", "meal_order.order_date")
        self._derived: dict[int, Derived] = {}
        self._told: dict[int, dict[Key, Value[Clinical]]] = {}
        self._whole_at: dict[int, datetime] = {}

    @property
    def mirrors(self) -> tuple[Mirror[Any], ...]:
        """Every model that is followed."""
        return (
            self.roundings, self.medications, self.times, self.doses, self.meals, self.dishes,
        )  # fmt: skip

    @property
    def aside(self) -> tuple[Rejection, ...]:
        """What cannot be used now."""
        return (
            *(one for mirror in self.mirrors for one in mirror.aside),
            *(one for derived in self._derived.values() for one in derived.aside),
        )

    def forget_told(self) -> None:
        """What was handed out was not taken over: all of it is handed out again."""
        self._told.clear()
        self._whole_at.clear()

    def turn(self, stays: Collection[int], now: datetime, overlap: timedelta) -> Turn:
        """Which stays are read whole this time: new ones, and a few in turn."""
        new = [one for one in stays if one not in self._whole_at]
        due = sorted(
            (one for one in stays if one not in new and now - self._whole_at[one] >= REFRESH),
            key=lambda one: (self._whole_at[one], one),
        )
        whole = frozenset([*new, *due[:_REFRESHED_AT_ONCE]])
        return Turn(frozenset(stays), whole, (now - KEEP).replace(microsecond=0), overlap)

    async def follow(self, rpc: Rpc, turn: Turn, now: datetime) -> list[Item[Clinical]]:
        """What is new, different or gone. Raises as the port says; then nothing was told."""
        for mirror in self.mirrors:
            await mirror.follow(rpc, turn)
        items: list[Item[Clinical]] = []
        self._derived = {stay: self._derive(stay, now) for stay in turn.stays}
        for stay, derived in self._derived.items():
            items += self._differences(stay, derived, turn, now)
        self._told = {stay: dict(one.values) for stay, one in self._derived.items()}
        known = {stay: at for stay, at in self._whole_at.items() if stay in turn.stays}
        self._whole_at = known | dict.fromkeys(turn.whole, now)
        return items

    def _differences(
        self, stay: int, derived: Derived, turn: Turn, now: datetime
    ) -> Iterable[Item[Clinical]]:
        before = self._told.get(stay, {})
        for key, value in derived.values.items():
            told = before.get(key)
            if told is None or told.version != value.version or stay in turn.whole:
                yield value
        for key, told in before.items():
            if key not in derived.values and not _aged(told.body, now):
                yield Gone(kind=key[0], id=key[1])

    def _derive(self, stay: int, now: datetime) -> Derived:
        derived = Derived()
        for row in _of(self.roundings.rows.values(), stay):
            found, aside = signs.signs(row, self._source)
            derived.aside += aside
            for sign in found:
                _put(derived, Kind.VITAL_SIGN, sign)
        orders = plan.Orders(
            sorted(_of(self.medications.rows.values(), stay), key=lambda one: one.id),
            _grouped(_of(self.times.rows.values(), stay), "medication"),
            _grouped(_of(self.doses.rows.values(), stay), "medication"),
        )
        items, aside = plan.plan(orders, self._source, now, self._words.zone)
        eaten, unknown = meals.meals(
            _of(self.meals.rows.values(), stay),
            _grouped(_of(self.dishes.rows.values(), stay), "meal_order"),
            self._words,
            self._source,
            (now - plan.PAST, now + plan.AHEAD),
        )
        items += eaten
        derived.aside += [*aside, *unknown]
        for item in items:
            _put(derived, Kind.PLAN_ITEM, item)
        return derived

    async def read(self, rpc: Rpc, kind: Kind, id: str, now: datetime) -> Item[Clinical]:
        """One document: from what was just read, else by a look of its own."""
        logical_id = id.removeprefix(f"{self._source}.")
        mirror = next(
            (one for one in self.mirrors if number_of(logical_id, one.model) is not None), None
        )
        number = None if mirror is None else number_of(logical_id, mirror.model)
        if mirror is None or number is None:
            return Gone(kind=kind, id=id)
        if any(one.trouble is not None for one in self.mirrors):
            key = next(one.trouble for one in self.mirrors if one.trouble is not None)
            return rejection(mirror.model, number, Reject(key))
        known = mirror.rows.get(number)
        row = known if known is not None else await mirror.one(rpc, number)
        if row is None or isinstance(row, Rejection):
            return row or Gone(kind=kind, id=id)
        stay: int | None = row.stay
        if stay is None:
            return Gone(kind=kind, id=id)
        if stay in self._derived:
            return self._derived[stay].values.get((kind, id)) or Gone(kind=kind, id=id)
        alone = Charts(self._source, self._words)
        await alone.follow(rpc, alone.turn([stay], now, timedelta()), now)
        return alone._derived[stay].values.get((kind, id)) or Gone(kind=kind, id=id)


def _of(rows: Iterable[Any], stay: int) -> list[Any]:
    return [one for one in rows if one.stay == stay]


def _grouped(rows: Iterable[Any], order: str) -> dict[int, list[Any]]:
    """By the order they belong to, in the order of their ids."""
    found: dict[int, list[Any]] = {}
    for one in sorted(rows, key=lambda one: int(one.id)):
        if (of := getattr(one, order)) is not None:
            found.setdefault(of, []).append(one)
    return found


def _put(derived: Derived, kind: Kind, body: Clinical) -> None:
    derived.values[(kind, body.id)] = Value(
        kind=kind, id=body.id, body=body, version=version_of(body)
    )


def _aged(body: Clinical, now: datetime) -> bool:
    """A sign that is merely too old to be read: it is not gone."""
    return isinstance(body, VitalSign) and body.taken_at < now - KEEP
