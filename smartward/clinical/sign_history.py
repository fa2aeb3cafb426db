"""One patient's vital signs in the order of time, kept up sign by sign.

What rules ask again and again (the values of one parameter, the sets) is worked out of what is new
alone. The answers are those of working all of it out from the beginning.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.freshness import AHEAD
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import ObservationSet, begun_panels, sets, usable
from smartward.clinical.set_index import SetIndex


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a history. `id`: the document it came from."""

    at: datetime
    value: float
    id: str


class SignHistory:
    """All vital signs of one patient. What it hands out is to be read only."""

    def __init__(self, signs: Iterable[VitalSign] = ()) -> None:
        self._signs = {one.id: one for one in signs}
        self._order = sorted((one for one in self._signs.values() if not one.doubtful), key=_age)
        self._all: tuple[VitalSign, ...] | None = None
        self._points: dict[tuple[Parameter, bool], list[Point]] = {}
        """By parameter, and whether only signs by themselves count."""
        self._sets: dict[float, SetIndex] = {}

    def __len__(self) -> int:
        return len(self._signs)

    def put(self, sign: VitalSign) -> None:
        """Take a sign over, new or changed."""
        before = self._signs.get(sign.id)
        if before == sign:
            return
        if before is not None:
            self.drop(sign.id)
        self._signs[sign.id] = sign
        self._all = None
        if sign.doubtful:
            return
        newest = not self._order or _age(self._order[-1]) < _age(sign)
        insort(self._order, sign, key=_age)
        for key in _keys(sign):
            known = self._points.get(key)
            if known is not None and newest:
                _add(known, key[0], sign)
            else:
                self._points.pop(key, None)
        for index in self._sets.values():
            index.put(sign)

    def drop(self, id: str) -> None:
        """Forget a sign, if it is here."""
        sign = self._signs.pop(id, None)
        if sign is None:
            return
        self._all = None
        if sign.doubtful:
            return
        del self._order[bisect_left(self._order, _age(sign), key=_age)]
        for key in _keys(sign):
            self._points.pop(key, None)
        for index in self._sets.values():
            index.drop(sign)

    @property
    def all(self) -> tuple[VitalSign, ...]:
        """Every sign, the doubtful ones too."""
        if self._all is None:
            self._all = tuple(self._signs.values())
        return self._all

    def believed(self, now: datetime) -> tuple[list[VitalSign], datetime | None]:
        """Those that are not dated ahead, oldest first, and when the next of the others is due to
        be believed."""
        upto = self._upto(now)
        return self._order[:upto], self._ahead(upto)

    def points(
        self, parameter: Parameter, now: datetime, *, alone: bool = False
    ) -> tuple[list[Point], datetime | None]:
        """The believed values of one parameter, oldest first, each time once: of two taken at one
        time the one received later counts. `alone`: only those that are of no panel."""
        known = self._points.get((parameter, alone))
        if known is None:
            known = self._points[parameter, alone] = []
            for sign in self._order:
                if not alone or sign.panel_id is None:
                    _add(known, parameter, sign)
        upto = self._upto(now)
        if upto < len(self._order):
            known = [one for one in known if one.at <= now + AHEAD]
        return known, self._ahead(upto)

    def sets(
        self, window_min: float, now: datetime
    ) -> tuple[list[ObservationSet], datetime | None]:
        """The believed sets, oldest first."""
        upto = self._upto(now)
        if upto < len(self._order):
            return sets(self._order[:upto], window_min), self._ahead(upto)
        return self._index(window_min).sets, None

    def begun(
        self, window_min: float, now: datetime
    ) -> tuple[list[ObservationSet], datetime | None]:
        """The believed panels that are not complete, oldest first."""
        upto = self._upto(now)
        if upto < len(self._order):
            return begun_panels(self._order[:upto]), self._ahead(upto)
        return self._index(window_min).begun, None

    def _index(self, window_min: float) -> SetIndex:
        if window_min not in self._sets:
            self._sets[window_min] = SetIndex(self._order, timedelta(minutes=window_min))
        return self._sets[window_min]

    def _upto(self, now: datetime) -> int:
        """How many are not dated ahead."""
        if not self._order or self._order[-1].taken_at <= now + AHEAD:
            return len(self._order)
        return bisect_right(self._order, now + AHEAD, key=lambda one: one.taken_at)

    def _ahead(self, upto: int) -> datetime | None:
        return self._order[upto].taken_at - AHEAD if upto < len(self._order) else None


def _age(sign: VitalSign) -> tuple[datetime, datetime, str]:
    """Oldest first; of two taken at one time the one received later is the newer."""
    return (sign.taken_at, sign.received_at, sign.id)


def _keys(sign: VitalSign) -> set[tuple[Parameter, bool]]:
    """Where a sign's values are listed."""
    lists = (False,) if sign.panel_id is not None else (False, True)
    return {(one.parameter, alone) for one in sign.measurements for alone in lists}


def _add(known: list[Point], parameter: Parameter, sign: VitalSign) -> None:
    """A sign's values behind all that are known."""
    for one in sign.measurements:
        if one.parameter is parameter and one.value is not None and usable(one):
            if known and known[-1].at == sign.taken_at:
                known.pop()
            known.append(Point(sign.taken_at, one.value, sign.id))
