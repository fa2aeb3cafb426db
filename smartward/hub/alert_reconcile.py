"""Brings the open alerts of one subject to what the rules find: opens, updates, clears, holds back.

All within one write, so that a person's answer and a new finding never pass each other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from uuid6 import uuid7

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertState, CloseReason, Finding, Subject
from smartward.clinical.alert_ladder import LadderSettings
from smartward.clinical.rules import Mode
from smartward.hub.alert_keeping import (
    FOR_EVER_QUIET,
    Kept,
    Place,
    end,
    find,
    held_back,
    keep,
    note,
    subject_key,
)
from smartward.hub.alert_steps import settle
from smartward.hub.store.tx import Tx

Known = Iterable[tuple[str, Mode]]
"""Ids of alerts that may be open, and whether anybody sees them."""
Changed = list[tuple[Alert, Mode]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the rules found of a subject. `failed`: rules that could not judge, whose alerts stand
    as they are; `only`: the rules that were asked at all, None for all; `over`: the subject is
    silenced or gone, and nothing is said of it."""

    findings: tuple[Finding, ...] = ()
    failed: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    over: bool = False


def new_alert_id() -> str:
    """An id of its own for an alert that opens."""
    return str(uuid7())


class Reconcile:
    """One write's work on the alerts of a ward."""

    def __init__(
        self,
        tx: Tx,
        ward: str,
        modes: Mapping[str, Mode],
        ladders: LadderSettings,
        behind: timedelta,
        new_id: Callable[[], str] = new_alert_id,
    ) -> None:
        self._tx, self._ward, self._modes = tx, ward, modes
        self._ladders, self._behind, self._new_id = ladders, behind, new_id

    def bring(self, subject: Subject, known: Known, judged: Judged, place: Place) -> Changed:
        """Open, update in place, or clear, so that the open alerts are exactly the findings."""
        wanted: dict[tuple[str, Mode], Finding] = {
            (one.rule, mode): one
            for one in judged.findings
            if (mode := self._modes.get(one.rule, Mode.OFF)) is not Mode.OFF
        }
        changed: Changed = []
        left: list[Kept] = []
        stirred = False
        for kept in self._current(known):
            after = self._bring_one(kept, wanted, judged, place)
            stirred = stirred or after is not kept
            if after.alert.state is AlertState.OFF:
                changed.append((after.alert, after.mode))
            else:
                left.append(after)
        fresh = [] if judged.over else self._open(subject, wanted, place)
        if not judged.over:
            self._let_go(subject, judged)
        else:
            self._tx.alert_guards_forget(self._ward, subject_key(subject))
        if stirred or fresh:
            new = frozenset(one.alert.id for one in fresh)
            left = self._settle((*left, *fresh), new)
        return changed + [(one.alert, one.mode) for one in left]

    def settle(self, subject: Subject, known: Known) -> Changed:
        """Bring a subject's alerts to the time alone."""
        del subject
        return [(one.alert, one.mode) for one in self._settle(tuple(self._current(known)))]

    def _settle(self, kept: tuple[Kept, ...], fresh: frozenset[str] = frozenset()) -> list[Kept]:
        found: list[Kept] = []
        for mode in (Mode.ON, Mode.SHADOW):
            own = [one for one in kept if one.mode is mode]
            if own:
                found += settle(self._tx, self._ward, own, self._ladders, self._behind, fresh)
        return found

    def _current(self, known: Known) -> Iterable[Kept]:
        """The open alerts as they are in this write: somebody may have just answered."""
        for id, mode in known:
            kept = find(self._tx, self._ward, id, mode)
            if kept is not None and kept.alert.state is not AlertState.OFF:
                yield kept

    def _bring_one(
        self, kept: Kept, wanted: dict[tuple[str, Mode], Finding], judged: Judged, place: Place
    ) -> Kept:
        """One open alert; what a finding is about is taken out of `wanted`."""
        alert, tx = kept.alert, self._tx
        if judged.over:
            return self._end(kept, CloseReason.SUBJECT_GONE)
        if judged.only is not None and alert.rule not in judged.only:
            return kept
        finding = wanted.pop((alert.rule, kept.mode), None)
        if finding is None and self._modes.get(alert.rule, Mode.OFF) is not kept.mode:
            return self._end(kept, CloseReason.RULE_OFF)
        if alert.rule in judged.failed:
            return kept
        if finding is None:
            after = lifecycle.clear(alert, tx.now)
            event = "closed" if after.state is AlertState.OFF else "latched"
        else:
            after = lifecycle.update(alert, finding, tx.now)
            event = _news(alert, after, finding)
        moved = kept.mode is Mode.ON and place != kept.place
        if after is alert and not moved:
            return kept
        there = replace(kept, alert=after, place=place)
        keep(tx, self._ward, there, "" if after is alert else event)
        return there

    def _end(self, kept: Kept, why: CloseReason) -> Kept:
        end(self._tx, self._ward, kept, why)
        return replace(kept, alert=lifecycle.end(kept.alert, self._tx.now, why))

    def _open(
        self, subject: Subject, wanted: dict[tuple[str, Mode], Finding], place: Place
    ) -> list[Kept]:
        """New alerts of what is found and was not closed by a person."""
        found = []
        for (rule, mode), finding in wanted.items():
            guards = self._tx.alert_guards(self._ward, subject_key(subject), rule)
            if held_back(guards, finding):
                continue
            alert = lifecycle.open_alert(finding, self._new_id(), self._tx.now)
            found.append(Kept(alert, mode, place))
            note(self._tx, self._ward, found[-1], "opened")
        return found

    def _let_go(self, subject: Subject, judged: Judged) -> None:
        """What was closed until it is no longer so, and is not: next time it is told again."""
        found = {one.rule for one in judged.findings} | judged.failed
        for rule in self._tx.alert_guarded(self._ward, subject_key(subject), FOR_EVER_QUIET):
            if rule not in found and (judged.only is None or rule in judged.only):
                self._tx.alert_guard_delete(self._ward, subject_key(subject), rule, FOR_EVER_QUIET)


def _news(before: Alert, after: Alert, finding: Finding) -> str:
    """What the log says of an update; nothing of what only renews its words."""
    if lifecycle.raised(before, finding):
        return "raised"
    if before.state is not after.state:
        return "returned"
    same = (before.priority, before.alert_class, before.title.key)
    return "" if same == (after.priority, after.alert_class, after.title.key) else "updated"
