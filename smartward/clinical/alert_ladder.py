"""Whom an alert asks, and when the next ones: EL-1, EL-2 and EL-D of `../field.md` 4.

Pure: who is there is asked of the caller, the times are deadlines in the store. An emergency goes
from the responsible nurse to the ward, louder, and to the head nurse (times of calls); what is
urgent from the nurse to the senior nurse and the doctor (10 and 30 min, as the response to NEWS2);
what is due stands in the list, then asks its nurse, then the nurse in charge.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.alert_document import Alert, AlertState, Ladder, Told
from smartward.clinical.queue import queue_key

MOST_TOLD = 24
"""So many times of telling are kept in the document; the log keeps all."""


class Rung(StrEnum):
    """Who is asked at one step."""

    LIST = "list"
    """Nobody in particular: it stands in the list."""
    NURSE = "nurse"
    WARD = "ward"
    LOUDER = "louder"
    """The ward again, louder."""
    SENIOR = "senior"
    DOCTOR = "doctor"
    HEAD_NURSE = "head_nurse"
    """The ward, and the head nurse by name."""


RUNGS: dict[Ladder, tuple[Rung, ...]] = {
    Ladder.EL_1: (Rung.NURSE, Rung.WARD, Rung.LOUDER, Rung.HEAD_NURSE),
    Ladder.EL_2: (Rung.NURSE, Rung.SENIOR, Rung.DOCTOR),
    Ladder.EL_D: (Rung.LIST, Rung.NURSE, Rung.SENIOR),
    Ladder.NURSE: (Rung.NURSE,),
    Ladder.NONE: (Rung.LIST,),
}

LOUDER_FROM_STEP = RUNGS[Ladder.EL_1].index(Rung.LOUDER)
"""From this step of EL-1 on it sounds without long rests."""

_PERSONAL = frozenset({Rung.NURSE, Rung.SENIOR, Rung.DOCTOR})
"""Rungs that ask people by name: whoever was asked already is not asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSettings:
    """Seconds from the first asking to each step after it; for EL-D the grace, of which the nurse
    in charge is asked after two."""

    el_1_s: tuple[float, ...] = (60, 180, 300)
    el_2_s: tuple[float, ...] = (600, 1800)
    el_d_grace_s: float = 1800


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is there to be asked at a rung. `role` is a `routing.AddresseeRole`. `instead`: nobody of
    that rung is there, and these stand in; where all of them were asked already, the next rung is.
    """

    role: str
    staff_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    instead: bool = False


Window = tuple[datetime, datetime]
"""From and until when a station answered for the ward that went away while it did."""

WhoIsThere = Callable[[Rung], Asked | None]
"""Who can be asked at a rung now; None: nobody, so that the next is asked at once."""


def rung_of(alert: Alert) -> Rung:
    """Who is asked now."""
    rungs = RUNGS[alert.ladder]
    return rungs[min(max(alert.step, 0), len(rungs) - 1)]


def escalated(alert: Alert) -> bool:
    """Whether it asks others than those it asked first, because nobody answered."""
    return alert.state is AlertState.ON and alert.step > _first(alert)


def has_asked(alert: Alert) -> bool:
    """Whether it has come to the first rung at which people are asked."""
    return alert.step >= _first(alert)


def _first(alert: Alert) -> int:
    return 1 if alert.ladder is Ladder.EL_D else 0


def may_begin_anew(alert: Alert) -> bool:
    """Whether all its people were asked by name, and nothing of it grows louder any more."""
    rungs = RUNGS[alert.ladder]
    return alert.step + 1 >= len(rungs) and rungs[-1] in _PERSONAL


def step_at(alert: Alert, step: int, settings: LadderSettings) -> datetime:
    """When a step is due, counted from when it began to ask; EL-D from when it was due, as long as
    nobody has put it off: where it asks anew, its nurse at once if the grace is over."""
    began = alert.asks_since or alert.opened_at
    if alert.ladder is Ladder.EL_D:
        due = alert.due_at or alert.since
        grace = timedelta(seconds=settings.el_d_grace_s if alert.grace_s is None else alert.grace_s)
        if due is None or alert.returned_at is not None:
            base = began
        else:
            base = due if began <= alert.opened_at else max(due, began - grace)
        return base + step * grace
    after = settings.el_1_s if alert.ladder is Ladder.EL_1 else settings.el_2_s
    return began if step <= 0 else began + timedelta(seconds=after[step - 1])


def next_step(alert: Alert, settings: LadderSettings) -> datetime | None:
    """When it asks the next ones; None where nobody is left, or somebody has answered."""
    if alert.state is not AlertState.ON or alert.step + 1 >= len(RUNGS[alert.ladder]):
        return None
    return step_at(alert, alert.step + 1, settings)


def advance(
    alert: Alert,
    there: WhoIsThere,
    settings: LadderSettings,
    now: datetime,
    lost: Window | None = None,
) -> Alert:
    """Take every step that is due by `now`, with who was told; the same object when none is.

    A rung where nobody is goes on to the next at once, and so does one whose people were told while
    a station answered that is `lost` now. Who has left is replaced at their own rung: the nurse of
    the night by the nurse of the day. Whoever is asked in two capacities is told once.
    """
    if alert.state is not AlertState.ON:
        return alert
    rungs, step, telling = RUNGS[alert.ladder], alert.step, _Telling(alert, there, now)
    go_on = step < 0 or telling.unheard(lost) or not telling.still_there()
    while step + 1 < len(rungs) and (go_on or step_at(alert, step + 1, settings) <= now):
        step += 1
        go_on = not telling.tell(step, rungs[step])
    if go_on and step != alert.step:
        telling.tell(step, Rung.WARD)
    if step == alert.step and not telling.news:
        return alert
    told = (*alert.told, *telling.news)[-MOST_TOLD:]
    return replace(alert, step=step, told=told, updated_at=now)


class _Telling:
    """Who was told of an alert since it began to ask, and who is told now."""

    def __init__(self, alert: Alert, there: WhoIsThere, now: datetime) -> None:
        self._alert, self._there, self._now = alert, there, now
        began = alert.asks_since or alert.opened_at
        self._before = [one for one in alert.told if one.at >= began]
        self.news: list[Told] = []

    def unheard(self, lost: Window | None) -> bool:
        """Whether the last telling went by a station that is away."""
        return lost is not None and bool(self._before) and lost[0] <= self._before[-1].at < lost[1]

    def still_there(self) -> bool:
        """Whether somebody who was told at the present step is there still. Who has left is
        replaced at once by whoever there is."""
        rung, step = rung_of(self._alert), self._alert.step
        last = self._before[-1] if self._before else None
        if rung not in _PERSONAL or last is None or last.step != step:
            return True
        asked = self._there(rung)
        if asked is None:
            return False
        return bool({*asked.staff_ids} & {*last.staff_ids}) or self.tell(step, rung)

    def tell(self, step: int, rung: Rung) -> bool:
        """Ask at a rung; whether anybody is there."""
        if rung is Rung.LIST:
            return True
        asked = self._there(rung)
        if asked is None:
            return False
        known = {id for one in (*self._before, *self.news) for id in one.staff_ids}
        fresh = [place for place, id in enumerate(asked.staff_ids) if id not in known]
        ids, names = asked.staff_ids, asked.names
        if rung in _PERSONAL:
            ids = tuple(asked.staff_ids[place] for place in fresh)
            names = tuple(asked.names[place] for place in fresh if asked.names)
        if asked.instead and not ids:
            return False
        if ids or rung not in _PERSONAL:
            self.news.append(
                Told(at=self._now, step=step, role=asked.role, staff_ids=ids, names=names)
            )
        return True


def worst(alerts: Iterable[Alert]) -> Alert:
    """The headline of a card: an emergency nobody has answered, then by priority, what asks before
    what was answered, then as in the queue. Raises ValueError without any."""
    return min(alerts, key=card_key)


def card_key(alert: Alert) -> tuple[object, ...]:
    """Sort ascending within a card."""
    on = alert.state is AlertState.ON
    rank, harm, since = queue_key(alert.priority, alert.harm_at, alert.opened_at)
    return (not (on and alert.emergency), rank, not on, harm, since, alert.id)
