"""Runs the alert rules over the facts that changed and keeps one open alert per subject and rule.

A rule that is on tells; one in shadow is run the same way, and only the log hears of it. Nothing is
raised about a silenced stay, and what was goes off. Comfort care silences nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.alert_ladder import LadderSettings
from smartward.clinical.rules import (
    RULES,
    WARD_RULES,
    AnyRule,
    Mode,
    Rule,
    RuleSettings,
    WardRule,
    mode_of,
)
from smartward.clock import Clock
from smartward.hub.alert_keeping import FOR_EVER_QUIET, KIND, Place, subject_key
from smartward.hub.alert_reconcile import Judged, Reconcile, new_alert_id
from smartward.hub.facts import WardFacts
from smartward.hub.rule_asking import (
    EVERYTHING,
    TURN,
    Outcome,
    RuleAsking,
    Times,
    merged,
    standing,
)
from smartward.hub.store.base import Store, Stored, Tx
from smartward.hub.store.model import decode
from smartward.hub.ward_look import WardLooking

_NO_TIME = timedelta(0)
_A_PORTION = 16
"""So many encounters are judged and written at a time: a hub goes on serving its screens."""

LOOK = "look"
"""Kind of the deadline at which a rule's answer may change with no new fact."""
WARD_LOOK = "ward_look"
"""The same of the rules about the ward."""


@dataclass(frozen=True, slots=True)
class _InStore:
    """What the store has of an encounter beside its alerts."""

    look: datetime | None
    """When it is looked at again. Never later than it must be; earlier does no harm."""
    guarded: frozenset[str]
    """Rules of which a person closed an alert until it is no longer so."""


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
        self._subject_of: dict[str, Subject] = {}
        self.unsettled: set[Subject] = set()
        """Whose alerts others have changed: a person, or a part of the hub that tells of a device.
        What stands behind them on the same card may have to ask now."""
        self.looking = WardLooking(ward)
        """What rules may know of the ward."""
        self.behind = _NO_TIME
        """By how much the wall clock was set back since the start."""
        self._times: dict[str, Times] = {}
        self._in_store: dict[str, _InStore] = {}
        self._ward_times: Times | None = None
        self._ward_in_store: _InStore | None = None
        self._doubt_until: datetime | None = None
        self._asking, self._ward_asking = RuleAsking[Rule](), RuleAsking[WardRule]()
        self.use(settings)

    def use(self, settings: RuleSettings) -> None:
        """Judge by these settings and modes from now on; who must be judged anew is not looked at
        here."""
        self._settings = settings
        self.modes: Mapping[str, Mode] = {r.id: mode_of(r, settings) for r in self._all}
        run = [rule for rule in self._all if self.modes[rule.id] is not Mode.OFF]
        self._asking.rules = tuple(rule for rule in run if isinstance(rule, Rule))
        self._ward_asking.rules = tuple(rule for rule in run if isinstance(rule, WardRule))
        # What was said by other settings says nothing of when to ask again.
        self._times.clear()
        self._ward_times = None

    @property
    def failures(self) -> Mapping[str, int]:
        """Rule id to how often it could not judge, since the start."""
        return self._asking.failures | self._ward_asking.failures

    def set_back(self, behind: timedelta) -> None:
        """The wall clock was set back by so much in all: what was told before is dated ahead for as
        long, and its alerts stand meanwhile."""
        self.behind = behind
        self._doubt_until = self._clock.now() + behind

    @property
    def ward_kinds(self) -> frozenset[str]:
        """Kinds of documents that the rules about the ward look at."""
        return self._ward_asking.kinds

    # ------------------------------------------------------------------------- what is open

    def put(self, stored: Stored) -> Subject | None:
        """Take over an alert document that was committed; gives its subject where it is others who
        have changed it."""
        alert = decode(stored.body, Alert)
        self.looking.tally.count(alert, stored.bed)
        changed = self._open.get(alert.subject, {}).get(alert.id) != alert
        if changed:
            self.unsettled.add(alert.subject)
        self._take(self._open, alert)
        return alert.subject if changed else None

    def put_shadow(self, body: bytes) -> None:
        """Take over what a rule in shadow would say."""
        self._take(self._shadow, decode(body, Alert))

    def drop(self, id: str) -> Subject | None:
        """Forget a deleted alert document; gives its subject where it is others who have closed
        it."""
        subject = self._subject_of.get(id)
        if subject is None or self._open.get(subject, {}).pop(id, None) is None:
            return None
        del self._subject_of[id]
        self.unsettled.add(subject)
        # They may have asked not to hear of it again.
        self._in_store.pop(subject.id, None)
        return subject

    def _take(self, open_ones: dict[Subject, dict[str, Alert]], alert: Alert) -> None:
        if alert.state is AlertState.OFF:
            self._subject_of.pop(alert.id, None)
            of_subject = open_ones.get(alert.subject, {})
            of_subject.pop(alert.id, None)
            if not of_subject:
                open_ones.pop(alert.subject, None)
        else:
            self._subject_of[alert.id] = alert.subject
            open_ones.setdefault(alert.subject, {})[alert.id] = alert

    def _known(self, subject: Subject) -> tuple[Alert, ...]:
        seen, unseen = self._open.get(subject, {}), self._shadow.get(subject, {})
        return (*seen.values(), *unseen.values())

    # ----------------------------------------------------------------------------- one patient

    async def look(self, encounter_ids: Iterable[str]) -> None:
        """Ask all rules about these encounters now and write what changed."""
        await self.look_changed(dict.fromkeys(encounter_ids, EVERYTHING))

    async def look_changed(self, changed: Mapping[str, Collection[str]]) -> None:
        """The same, by encounter for what has changed since: the kinds of documents (as in
        `Needs`; none: nothing but the time). Rules that look at none of them, and whose time has
        not come, would say what they said."""
        ids = list(changed)
        for start in range(0, len(ids), _A_PORTION):
            now = self._clock.now()
            portion = ids[start : start + _A_PORTION]
            found = {id: self._evaluate(id, changed[id], now) for id in portion}
            work = {id: one for id, one in found.items() if not self._idle(id, one, now)}
            if work:
                apply = partial(self._apply, outcomes=work, now=now)
                done, in_store = await self._store.write(apply)
                self._in_store |= in_store
                self._settled(done)
            elif start + _A_PORTION < len(ids):
                await _let_others()
            # Only now: what could not be written is asked for again.
            self._times |= {id: one.times for id, one in found.items() if not one.judged.over}
            for id in portion:
                if self._facts.patient_of(id) is None:
                    self._in_store.pop(id, None)

    def _evaluate(self, encounter_id: str, kinds: Collection[str], now: datetime) -> Outcome:
        subject = Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id)
        facts = None
        if encounter_id not in self._facts.silenced:
            known = self._known(subject)
            facts = self._facts.of(encounter_id, known, self.looking.ward)
        if facts is None:
            self._times.pop(encounter_id, None)
            return Outcome(Judged(over=True))
        before, doubt = self._times.get(encounter_id), self._doubt_until
        if before is None or (doubt is not None and now < doubt):
            kinds, before = EVERYTHING, {}
        rules = self._asking.concerned(kinds, before, now)

        def ask(at: datetime) -> Outcome:
            return self._asking.ask(rules, lambda rule: rule.look(facts, self._settings, at), now)

        found = ask(now)
        if doubt is not None and now < doubt:
            found = standing(found, ask(now + self.behind), doubt)
        return found if rules is self._asking.rules else merged(found, rules, before)

    def _idle(self, encounter_id: str, outcome: Outcome, now: datetime) -> bool:
        """Whether the store would be left as it is: for most of what is measured it is."""
        in_store, judged = self._in_store.get(encounter_id), outcome.judged
        if in_store is None or in_store.look != _look_at(in_store, outcome.next_look, now):
            return False
        known = self._known(Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id))
        if judged.only is None or judged.over:
            # Where it lies may have changed too.
            return not known and not judged.findings and not in_store.guarded
        found = {one.rule: one for one in judged.findings}
        if in_store.guarded & judged.only - found.keys() - judged.failed:
            return False
        for alert in known:
            finding = found.pop(alert.rule, None)
            if finding is not None:
                after = lifecycle.update(alert, finding, now)
            elif alert.rule in judged.only and alert.rule not in judged.failed:
                after = lifecycle.clear(alert, now)
            else:
                continue
            if after is not alert:
                return False
        return not found

    def _apply(
        self, tx: Tx, outcomes: Mapping[str, Outcome], now: datetime
    ) -> tuple[list[tuple[Alert, Mode]], dict[str, _InStore]]:
        changed: list[tuple[Alert, Mode]] = []
        in_store = {}
        for encounter_id, outcome in outcomes.items():
            stored = tx.get(self._ward, "encounter", encounter_id)
            place = Place() if stored is None else Place(stored.bed, stored.room)
            # A silence may have begun since the facts were judged.
            silent = tx.get(self._ward, "silence", encounter_id) is not None
            over = stored is None or silent
            judged = Judged(over=True) if over else outcome.judged
            subject = Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id)
            changed += self._reconcile(tx).bring(subject, self._ids({subject}), judged, place)
            before = self._in_store.get(encounter_id)
            at = _look_at(before, None if over else outcome.next_look, now)
            self._look_again(tx, LOOK, encounter_id, before, at)
            guarded = tx.alert_guarded(self._ward, subject_key(subject), FOR_EVER_QUIET)
            in_store[encounter_id] = _InStore(at, frozenset(guarded))
        return changed, in_store

    # ------------------------------------------------------------------------------- the ward

    async def look_at_ward(self, kinds: Collection[str] = EVERYTHING) -> None:
        """Ask the rules about the ward and its devices, for what has changed as `look_changed`
        does; all of them without `kinds`."""
        now = self._clock.now()
        before = self._ward_times
        rules = self._ward_asking.rules
        if before is not None and kinds is not EVERYTHING:
            rules = self._ward_asking.concerned(kinds, before, now)
        asked = {rule.id for rule in rules}
        if before is None or kinds is EVERYTHING:
            asked |= {rule.id for rule in self._all if isinstance(rule, WardRule)}
        alerts = tuple(one for one in self._everything() if one.rule in asked)
        ward = self.looking.look(alerts, now) if rules else self.looking.ward
        said = self._ward_asking.ask(rules, lambda one: one.look(ward, self._settings, now), now)
        outcome = merged(said, rules, before or {})
        if KIND in self.ward_kinds and (turn := self.looking.tally_changes_at(now)) is not None:
            outcome = replace(outcome, times={**outcome.times, TURN: turn})
        outcome = replace(outcome, judged=replace(outcome.judged, only=frozenset(asked)))
        in_store = self._ward_in_store
        at = _look_at(in_store, outcome.next_look, now)
        if alerts or outcome.judged.findings or in_store is None or in_store.look != at:
            known = {one.subject for one in alerts}
            changed = await self._store.write(lambda tx: self._apply_ward(tx, outcome, known, at))
            self._settled(changed)
            self._ward_in_store = _InStore(at, frozenset())
        self._ward_times = outcome.times

    def _apply_ward(
        self, tx: Tx, outcome: Outcome, known: set[Subject], at: datetime | None
    ) -> list[tuple[Alert, Mode]]:
        changed: list[tuple[Alert, Mode]] = []
        found = known | {one.subject for one in outcome.judged.findings}
        for subject in sorted(found, key=subject_key):
            own = tuple(one for one in outcome.judged.findings if one.subject == subject)
            judged = replace(outcome.judged, findings=own)
            changed += self._reconcile(tx).bring(subject, self._ids({subject}), judged, Place())
        self._look_again(tx, WARD_LOOK, self._ward, self._ward_in_store, at)
        return changed

    # -------------------------------------------------------------------------- what is due

    async def step(self, ids: Collection[str]) -> None:
        """Alerts whose deadline has come ask the next ones, or come back if they are still so."""
        if not ids:
            return
        subjects = {self._subject_of[id] for id in ids if id in self._subject_of}
        stays = {one.id for one in subjects if one.kind is SubjectKind.ENCOUNTER}
        # Whether it is still so is for the rules to say, before anybody is asked.
        await self.look_changed(dict.fromkeys(sorted(stays), ()))
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
        for id in sorted(set(ids) - self._subject_of.keys()):
            for kind in ("alert", "shadow_alert"):
                tx.deadline_clear(self._ward, kind, id)

    # ------------------------------------------------------------------------------ in common

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
        self, tx: Tx, kind: str, subject: str, before: _InStore | None, at: datetime | None
    ) -> None:
        if before is not None and before.look == at:
            return
        if at is None:
            tx.deadline_clear(self._ward, kind, subject)
        else:
            tx.deadline_set(self._ward, kind, subject, at)


def _look_at(before: _InStore | None, at: datetime | None, now: datetime) -> datetime | None:
    """The deadline to be in the store where a rule may say something else `at` that time. One that
    is there and comes first stands: most are put off again before they come."""
    standing = None if before is None else before.look
    if standing is not None and now < standing and (at is None or standing <= at):
        return standing
    # A rule that asks for "now" again must not spin the hub.
    return None if at is None else max(at, now + timedelta(seconds=1))


async def _let_others() -> None:
    """One turn of the loop for everybody else."""
    loop = asyncio.get_running_loop()
    turn = loop.create_future()
    loop.call_soon(turn.set_result, None)
    await turn
