"""Alerts that ask the next ones, or come back: deadlines in hub wall time, kept in the store.

Only the worst part of a card asks; the others wait behind it. Whom they ask is found when they ask:
by the roster, the care team, who is in the room, and which station answers for the ward.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertState, Ladder, SubjectKind
from smartward.clinical.alert_ladder import (
    Asked,
    LadderSettings,
    Rung,
    WhoIsThere,
    Window,
    advance,
    escalated,
    has_asked,
    next_step,
    rung_of,
    worst,
)
from smartward.clinical.encounter import Encounter
from smartward.clinical.entrustment import EntrustmentState, ReturnReason
from smartward.clinical.freshness import AHEAD
from smartward.clinical.presence import Presence
from smartward.clinical.routing import next_change, who_is_there
from smartward.clinical.rules import Mode
from smartward.clinical.ward import Roster, Ward
from smartward.config import Settings
from smartward.hub.alert_keeping import Kept, keep, step_kind
from smartward.hub.entrusting import entrustment
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

D = TypeVar("D")

_NO_TIME = timedelta(0)
_AWAY = (ReturnReason.LINK_LOST, ReturnReason.NO_SOUND)


def ladder_settings(settings: Settings) -> LadderSettings:
    """The part of the settings that ladders need."""
    return LadderSettings(
        el_1_s=(
            settings.alert_el1_ward_s,
            settings.alert_el1_louder_s,
            settings.alert_el1_head_s,
        ),
        el_2_s=(60 * settings.alert_el2_senior_min, 60 * settings.alert_el2_doctor_min),
        el_d_grace_s=60 * settings.alert_eld_grace_min,
    )


def settle(
    tx: Tx,
    ward: str,
    open_ones: Iterable[Kept],
    settings: LadderSettings,
    behind: timedelta = _NO_TIME,
    fresh: frozenset[str] = frozenset(),
) -> list[Kept]:
    """Bring all open alerts of one subject and mode to the time: what is due asks, what was put
    off for long enough comes back, and each has its next deadline. Gives them as they are then.
    `fresh`: ids of those that are not stored yet.

    `behind`: by how much the wall clock was set back; what was noted before lies that far ahead.
    """
    woken = [_wake(tx, ward, one, behind) for one in open_ones]
    cards: dict[tuple[str, str, str], list[Kept]] = {}
    for one in woken:
        cards.setdefault(one.alert.card, []).append(one)
    found = []
    for card in cards.values():
        head = worst(one.alert for one in card)
        for one in card:
            asked = _asking(tx, ward, one, settings, behind, one.alert is head)
            if asked is one and one.alert.id in fresh:
                keep(tx, ward, one)
            found.append(asked)
    return found


def _wake(tx: Tx, ward: str, kept: Kept, behind: timedelta) -> Kept:
    back = lifecycle.wake(kept.alert, tx.now + _ahead(kept.alert, tx.now, behind))
    if back is kept.alert:
        return kept
    came = replace(back, updated_at=tx.now, asks_since=tx.now, returned_at=tx.now)
    again = replace(kept, alert=came)
    keep(tx, ward, again, "returned")
    return again


def _asking(
    tx: Tx, ward: str, kept: Kept, settings: LadderSettings, behind: timedelta, head: bool
) -> Kept:
    """One alert of a card: its head asks, and has the deadline of its next step."""
    alert = kept.alert
    ahead = _ahead(alert, tx.now, behind)
    # Nobody can answer what nobody sees: of a rule in shadow it is only known whom it would have
    # asked first, and what would have come of that is not made up.
    silent = kept.mode is Mode.SHADOW and has_asked(alert)
    if head and alert.state is AlertState.ON and not silent:
        people = _People(tx, ward, kept)
        alert = _ask(alert, people, settings, tx.now, ahead)
        if alert is not kept.alert:
            event = _event(kept.alert, alert)
            kept = replace(kept, alert=alert)
            keep(tx, ward, kept, event)
        over = kept.mode is Mode.SHADOW and has_asked(alert)
        due = None if over else _next(alert, people, settings, tx.now)
    else:
        due = alert.snoozed_until if lifecycle.snoozed(alert) else None
    if due is None:
        tx.deadline_clear(ward, step_kind(kept.mode), alert.id)
    else:
        # What is due now was done above: a deadline in the past would be looked at for ever.
        soonest = tx.now + timedelta(seconds=1)
        tx.deadline_set(ward, step_kind(kept.mode), alert.id, max(due - ahead, soonest))
    return kept


def _event(before: Alert, after: Alert) -> str:
    """What the log says of a step; nothing of one at which nobody was told."""
    if after.step > before.step and escalated(after):
        return "escalated"
    return "told" if len(after.told) > len(before.told) else ""


def _ask(
    alert: Alert, people: "_People", settings: LadderSettings, now: datetime, ahead: timedelta
) -> Alert:
    """Every step that is due. One that waited behind a worse part begins when it asks first."""
    begun = alert
    if alert.step < 0 and alert.ladder is not Ladder.EL_D:
        begun = replace(alert, asks_since=now)
        ahead = _NO_TIME
    asked = advance(begun, people.there, settings, now + ahead, people.lost)
    if asked is begun:
        return alert
    told = tuple(
        replace(one, at=now) if one not in alert.told and ahead else one for one in asked.told
    )
    return replace(asked, told=told, updated_at=now)


def _next(
    alert: Alert, people: "_People", settings: LadderSettings, now: datetime
) -> datetime | None:
    """When it asks again: at its next step, or when those who were asked may have gone home."""
    step = next_step(alert, settings)
    personal = rung_of(alert) in (Rung.NURSE, Rung.SENIOR, Rung.DOCTOR)
    change = people.change() if personal else None
    return min((at for at in (step, change) if at is not None), default=None)


def _ahead(alert: Alert, now: datetime, behind: timedelta) -> timedelta:
    """How far ahead of `now` the times of an alert are: `behind`, where the clock was set back
    after it was last answered or began to ask."""
    noted = [at for at in (alert.acknowledged_at, alert.asks_since) if at is not None]
    return behind if any(at > now + AHEAD for at in noted) else _NO_TIME


class _People:
    """Who there is for one alert; read from the store once, and only when it asks."""

    def __init__(self, tx: Tx, ward: str, kept: Kept) -> None:
        self._tx, self._ward, self._kept = tx, ward, kept
        self._found: tuple[Encounter | None, Roster | None, Ward | None] | None = None
        self._there: WhoIsThere | None = None

    def there(self, rung: Rung) -> Asked | None:
        """Who can be asked at a rung now."""
        if self._there is None:
            here = self._present()
            self._there = who_is_there(*self._documents(), self._tx.now, here)
        return self._there(rung)

    def change(self) -> datetime | None:
        """When somebody next comes or goes."""
        return next_change(*self._documents(), self._tx.now)

    @property
    def lost(self) -> Window | None:
        """From and until when a station answered for the ward that went away while it did."""
        known = entrustment(self._tx, self._ward)
        if known is None or known.state is not EntrustmentState.RETURNED:
            return None
        if known.returned_why not in _AWAY or known.taken_at is None or known.returned_at is None:
            return None
        return known.taken_at, known.returned_at

    def _documents(self) -> tuple[Encounter | None, Roster | None, Ward | None]:
        if self._found is None:
            subject = self._kept.alert.subject
            stay = subject.id if subject.kind is SubjectKind.ENCOUNTER else None
            self._found = (
                None
                if stay is None
                else _typed(self._tx, self._ward, "encounter", stay, Encounter),
                _typed(self._tx, self._ward, "roster", "roster", Roster),
                _typed(self._tx, self._ward, "ward", self._ward, Ward),
            )
        return self._found

    def _present(self) -> tuple[str, ...]:
        bed = self._kept.place.bed
        found = None if bed is None else _typed(self._tx, self._ward, "presence", bed, Presence)
        people = () if found is None else found.people
        return tuple(one.by.person_id for one in people if one.by.person_id is not None)


def _typed(reader: Reader, ward: str, kind: str, id: str, cls: type[D]) -> D | None:
    stored = reader.get(ward, kind, id)
    return None if stored is None else decode(stored.body, cls)
