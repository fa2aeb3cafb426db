"""Runs the alert rules over the facts that changed and keeps one open alert per subject and rule.

A rule that is on tells; one in shadow is run the same way, and only the log hears of it. Nothing is
raised about a silenced stay, and what was goes off. Comfort care silences nothing.
"""

import logging
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.alert_ladder import LadderSettings
from smartward.clinical.rules import (
    RULES,
    WARD_RULES,
    AnyRule,
    Look,
    Mode,
    Rule,
    RuleSettings,
    WardRule,
    mode_of,
)
from smartward.clock import Clock
from smartward.hub.alert_keeping import Place
from smartward.hub.alert_reconcile import Judged, Reconcile, new_alert_id
from smartward.hub.facts import WardFacts
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import Store, Stored, Tx
from smartward.hub.ward_look import WardLooking

log = logging.getLogger("smartward.alerting")

R = TypeVar("R", bound=AnyRule)

_AGAIN_AFTER = timedelta(seconds=60)
_NO_TIME = timedelta(0)

LOOK = "look"
"""Kind of the deadline at which a rule's answer may change with no new fact."""
WARD_LOOK = "ward_look"
"""The same of the rules about the ward."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    judged: Judged
    times: Mapping[str, datetime] = field(default_factory=dict)
    """When each rule's answer may change by time alone, by rule."""
    moved: bool = True
    """Whether those are others than before."""

    @property
    def next_look(self) -> datetime | None:
        """The first of them."""
        return min(self.times.values(), default=None)


class Alerting:
    """Turns findings into alert documents. All rules are pure; all state is in the store."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ward: str,
        facts: WardFacts,
        settings: RuleSettings,
        rules: tuple[Rule, ...] = RULES,
        ward_rules: tuple[WardRule, ...] = WARD_RULES,
        ladders: LadderSettings | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ward = ward
        self._facts = facts
        self._ladders = ladders or LadderSettings()
        self.new_id: Callable[[], str] = new_alert_id
        """Names the alerts that open; a rehearsal has names that are the same each time."""
        self._all: tuple[AnyRule, ...] = (*rules, *ward_rules)
        self._open: dict[Subject, dict[str, Alert]] = {}
        self._shadow: dict[Subject, dict[str, Alert]] = {}
        self.unsettled: set[Subject] = set()
        """Whose alerts others have changed: a person, or a part of the hub that tells of a device.
        What stands behind them on the same card may have to ask now."""
        self._ward_waits = True
        """Whether the store may hold a deadline of the rules about the ward."""
        self.looking = WardLooking(ward)
        """What rules may know of the ward."""
        self.behind = _NO_TIME
        """By how much the wall clock was set back since the start."""
        self._times: dict[str, Mapping[str, datetime]] = {}
        self._doubt_until: datetime | None = None
        self.failures: dict[str, int] = {}
        """Rule id to how often it could not judge a patient, since the start."""
        self.use(settings)

    def use(self, settings: RuleSettings) -> None:
        """Judge by these settings and modes from now on; who must be judged anew is not looked at
        here."""
        self._settings = settings
        self.modes: Mapping[str, Mode] = {r.id: mode_of(r, settings) for r in self._all}
        run = [rule for rule in self._all if self.modes[rule.id] is not Mode.OFF]
        self._rules = tuple(rule for rule in run if isinstance(rule, Rule))
        self._ward_rules = tuple(rule for rule in run if isinstance(rule, WardRule))

    def set_back(self, behind: timedelta) -> None:
        """The wall clock was set back by so much in all: what was told before is dated ahead for as
        long, and its alerts stand meanwhile."""
        self.behind = behind
        self._doubt_until = self._clock.now() + behind

    @property
    def others_matter(self) -> bool:
        """Whether a rule that is run looks at other patients beside its own."""
        return any(rule.needs.others for rule in self._rules)

    @property
    def ward_kinds(self) -> frozenset[str]:
        """Kinds of documents that the rules about the ward look at."""
        return frozenset(kind for rule in self._ward_rules for kind in rule.needs.kinds)

    # ------------------------------------------------------------------------- what is open

    def put(self, stored: Stored) -> None:
        """Take over an alert document that was committed."""
        alert = decode(stored.body, Alert)
        if self._open.get(alert.subject, {}).get(alert.id) != alert:
            self.unsettled.add(alert.subject)
        self._take(self._open, alert)

    def put_shadow(self, body: bytes) -> None:
        """Take over what a rule in shadow would say."""
        self._take(self._shadow, decode(body, Alert))

    def drop(self, id: str) -> None:
        """Forget a deleted alert document."""
        for subject, of_subject in self._open.items():
            if of_subject.pop(id, None) is not None:
                self.unsettled.add(subject)

    @staticmethod
    def _take(open_ones: dict[Subject, dict[str, Alert]], alert: Alert) -> None:
        if alert.state is AlertState.OFF:
            of_subject = open_ones.get(alert.subject, {})
            of_subject.pop(alert.id, None)
            if not of_subject:
                open_ones.pop(alert.subject, None)
        else:
            open_ones.setdefault(alert.subject, {})[alert.id] = alert

    def _known(self, subject: Subject) -> tuple[Alert, ...]:
        seen, unseen = self._open.get(subject, {}), self._shadow.get(subject, {})
        return (*seen.values(), *unseen.values())

    # ----------------------------------------------------------------------------- one patient

    async def look(self, encounter_ids: Collection[str], *, others: bool = False) -> None:
        """Evaluate the rules of these encounters now and write what changed, in one write.
        `others`: another patient's facts have changed, so only the rules that look at those."""
        if not encounter_ids:
            return
        now = self._clock.now()
        outcomes = {
            id: self._evaluate(id, now, others=others and id in self._times) for id in encounter_ids
        }
        outcomes = {id: one for id, one in outcomes.items() if self._has_work(id, one)}
        if not outcomes:
            return
        changed = await self._store.write(lambda tx: self._apply(tx, outcomes, now))
        self._settled(changed)

    def _has_work(self, encounter_id: str, outcome: _Outcome) -> bool:
        """Whether anything is to be opened, renewed or cleared because of a neighbour: mostly it is
        not."""
        only = outcome.judged.only
        subject = Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id)
        known = any(only is None or one.rule in only for one in self._known(subject))
        return only is None or known or outcome.moved or bool(outcome.judged.findings)

    def _evaluate(self, encounter_id: str, now: datetime, others: bool = False) -> _Outcome:
        subject = Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id)
        facts = self._facts.of(encounter_id, self._known(subject))
        if facts is None or encounter_id in self._facts.silenced:
            self._times.pop(encounter_id, None)
            return _Outcome(Judged())
        facts = replace(facts, ward=self.looking.ward)
        rules = [rule for rule in self._rules if rule.needs.others or not others]

        def run(at: datetime) -> _Outcome:
            return self._run(rules, lambda rule: rule.look(facts, self._settings, at), now)

        found = run(now)
        if self._doubt_until is not None and now < self._doubt_until:
            found = _standing(found, run(now + self.behind), self._doubt_until)
        if not others:
            self._times[encounter_id] = found.times
            return found
        asked = frozenset(rule.id for rule in rules)
        kept = {id: at for id, at in self._times[encounter_id].items() if id not in asked}
        times = {**kept, **found.times}
        moved = times != self._times[encounter_id]
        self._times[encounter_id] = times
        return _Outcome(replace(found.judged, only=asked), times, moved)

    def _apply(
        self, tx: Tx, outcomes: dict[str, _Outcome], now: datetime
    ) -> list[tuple[Alert, Mode]]:
        changed: list[tuple[Alert, Mode]] = []
        for encounter_id, outcome in outcomes.items():
            stored = tx.get(self._ward, "encounter", encounter_id)
            place = Place() if stored is None else Place(stored.bed, stored.room)
            # A silence may have begun since the facts were judged.
            silent = tx.get(self._ward, "silence", encounter_id) is not None
            over = stored is None or silent
            judged = Judged(over=True) if over else outcome.judged
            subject = Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id)
            changed += self._reconcile(tx).bring(subject, self._ids({subject}), judged, place)
            self._look_again(tx, LOOK, encounter_id, None if over else outcome.next_look, now)
        return changed

    # ------------------------------------------------------------------------------- the ward

    async def look_at_ward(self) -> None:
        """Evaluate the rules about the ward and its devices."""
        now = self._clock.now()
        mine = {rule.id for rule in self._all if isinstance(rule, WardRule)}
        found = (alert for of in (*self._open.values(), *self._shadow.values())
                 for alert in of.values())  # fmt: skip
        alerts = tuple(alert for alert in found if alert.rule in mine)
        look = self.looking.look(alerts)
        outcome = self._run(
            self._ward_rules, lambda rule: rule.look(look, self._settings, now), now
        )
        silent = not outcome.judged.findings and not alerts and outcome.next_look is None
        if silent and not self._ward_waits:
            return
        self._ward_waits = outcome.next_look is not None
        changed = await self._store.write(
            lambda tx: self._apply_ward(tx, outcome, {one.subject for one in alerts}, mine, now)
        )
        self._settled(changed)

    def _apply_ward(
        self, tx: Tx, outcome: _Outcome, known: set[Subject], mine: set[str], now: datetime
    ) -> list[tuple[Alert, Mode]]:
        changed: list[tuple[Alert, Mode]] = []
        for subject in known | {one.subject for one in outcome.judged.findings}:
            own = tuple(one for one in outcome.judged.findings if one.subject == subject)
            judged = replace(outcome.judged, findings=own, only=frozenset(mine))
            changed += self._reconcile(tx).bring(subject, self._ids({subject}), judged, Place())
        self._look_again(tx, WARD_LOOK, self._ward, outcome.next_look, now)
        return changed

    # -------------------------------------------------------------------------- what is due

    async def step(self, ids: Collection[str]) -> None:
        """Alerts whose deadline has come ask the next ones, or come back if they are still so."""
        if not ids:
            return
        subjects = {alert.subject for alert in self._everything() if alert.id in ids}
        stays = {one.id for one in subjects if one.kind is SubjectKind.ENCOUNTER}
        # Whether it is still so is for the rules to say, before anybody is asked.
        await self.look(stays)
        await self.settle(subjects)
        await self._store.write(lambda tx: self._forget_deadlines(tx, ids))

    async def settle(self, subjects: Collection[Subject] | None = None) -> None:
        """Bring these subjects' alerts to the time; None: all there are, for a clock that was set
        back, or a station that has gone away."""
        chosen = {one.subject for one in self._everything()} if subjects is None else set(subjects)
        self.unsettled -= chosen
        if not chosen:
            return
        ids = {subject: self._ids({subject}) for subject in chosen}
        changed = await self._store.write(
            lambda tx: [
                one
                for subject in chosen
                for one in self._reconcile(tx).settle(subject, ids[subject])
            ]
        )
        self._settled(changed)

    def _forget_deadlines(self, tx: Tx, ids: Collection[str]) -> None:
        """Deadlines of alerts that are not there, whoever took them away."""
        known = {alert.id for alert in self._everything()}
        for id in set(ids) - known:
            for kind in ("alert", "shadow_alert"):
                tx.deadline_clear(self._ward, kind, id)

    # ------------------------------------------------------------------------------ in common

    def _run(
        self,
        rules: Iterable[R],
        look: Callable[[R], Look],
        now: datetime,
    ) -> _Outcome:
        looks: dict[str, Look] = {}
        failed = set()
        for rule in rules:
            try:
                looks[rule.id] = look(rule)
            except Exception as error:  # noqa: BLE001 one rule must not stop the others
                failed.add(rule.id)
                looks[rule.id] = Look(next_look=now + _AGAIN_AFTER)
                self._tell_failed(rule, error)
        times = {id: one.next_look for id, one in looks.items() if one.next_look is not None}
        findings = tuple(finding for one in looks.values() for finding in one.findings)
        return _Outcome(Judged(findings=findings, failed=frozenset(failed)), times)

    def _tell_failed(self, rule: AnyRule, error: Exception) -> None:
        self.failures[rule.id] = self.failures.get(rule.id, 0) + 1
        if self.failures[rule.id] == 1:
            # The type and the place only: an error's text could hold a patient's data.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(
                "rule %s failed: %s at %s:%s",
                rule.id,
                type(error).__name__,
                where.filename.rsplit("/", 1)[-1],
                where.lineno,
            )

    def _reconcile(self, tx: Tx) -> Reconcile:
        return Reconcile(tx, self._ward, self.modes, self._ladders, self.behind, self.new_id)

    def _ids(self, subjects: Iterable[Subject]) -> tuple[tuple[str, Mode], ...]:
        """The open alerts of some subjects as they are known here; the store has the last word."""
        seen = ((id, Mode.ON) for one in subjects for id in self._open.get(one, {}))
        unseen = ((id, Mode.SHADOW) for one in subjects for id in self._shadow.get(one, {}))
        return (*seen, *unseen)

    def _settled(self, changed: Iterable[tuple[Alert, Mode]]) -> None:
        for alert, mode in changed:
            self._take(self._open if mode is Mode.ON else self._shadow, alert)

    def _everything(self) -> list[Alert]:
        both = (*self._open.values(), *self._shadow.values())
        return [alert for of_subject in both for alert in of_subject.values()]

    def _look_again(
        self, tx: Tx, kind: str, subject: str, at: datetime | None, now: datetime
    ) -> None:
        if at is None:
            tx.deadline_clear(self._ward, kind, subject)
        else:
            # A rule that asks for "now" again must not spin the hub.
            tx.deadline_set(self._ward, kind, subject, max(at, now + timedelta(seconds=1)))


def _standing(found: _Outcome, before: _Outcome, until: datetime) -> _Outcome:
    """What was found, and what stands as it is because it would be found had the clock not been set
    back: a clock step closes nothing."""
    now = {one.rule for one in found.judged.findings}
    held = {one.rule for one in before.judged.findings} - now
    judged = replace(found.judged, failed=found.judged.failed | held)
    return _Outcome(judged, {**found.times, "": until})
