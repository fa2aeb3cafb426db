"""Which rules are asked, and what they say: only those whose answer may have changed.

A rule names what it looks at (`Needs.kinds`) and when its answer may change by time alone. Nothing
else can change it, so that asking these alone gives what asking all of them would.
"""

import logging
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from smartward.clinical.rules import AnyRule, Finding, Look
from smartward.hub.alert_reconcile import Judged

log = logging.getLogger("smartward.alerting")

_AGAIN_AFTER = timedelta(seconds=60)

EVERYTHING = frozenset({"encounter", "bed", "silence"})
"""Kinds of documents whose change asks every rule about a patient."""
OTHERS = "others"
"""Something has changed at a neighbour, or at somebody of a similar name."""

_CLOCK = ""
"""In the place of a rule: when a clock that was set back has caught up."""
TURN = "turn of shifts"
"""The same: when the alerts of the shift are counted anew."""

R = TypeVar("R", bound=AnyRule)

Times = Mapping[str, datetime]
"""When each rule's answer may change by time alone, by rule."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, and when to ask again."""

    judged: Judged
    times: Times = field(default_factory=dict)

    @property
    def next_look(self) -> datetime | None:
        """The first of the times."""
        return min(self.times.values(), default=None)


class RuleAsking(Generic[R]):
    """The rules of one sort that are run."""

    def __init__(self) -> None:
        self.rules: tuple[R, ...] = ()
        self.failures: dict[str, int] = {}
        """Rule id to how often it could not judge, since the start."""

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of documents that any of them looks at."""
        return frozenset(kind for rule in self.rules for kind in rule.needs.kinds)

    def concerned(self, kinds: Collection[str], times: Times, now: datetime) -> tuple[R, ...]:
        """Those whose answer may have changed since `times`: by a change of these kinds of
        documents, or by time."""
        due = {id for id, at in times.items() if at <= now}
        if not due.isdisjoint((_CLOCK, TURN)) or not EVERYTHING.isdisjoint(kinds):
            return self.rules
        others = OTHERS in kinds
        return tuple(
            rule
            for rule in self.rules
            if rule.id in due
            or not rule.needs.kinds.isdisjoint(kinds)
            or (others and rule.needs.others)
        )

    def ask(self, rules: Iterable[R], look: Callable[[R], Look], now: datetime) -> Outcome:
        """What these rules say. One that fails is asked again in a minute."""
        findings: list[Finding] = []
        times: dict[str, datetime] = {}
        failed: set[str] = set()
        for rule in rules:
            try:
                said = look(rule)
            except Exception as error:  # noqa: BLE001 one rule must not stop the others
                failed.add(rule.id)
                said = Look(next_look=now + _AGAIN_AFTER)
                self._tell_failed(rule, error)
            findings += said.findings
            if said.next_look is not None:
                times[rule.id] = said.next_look
        return Outcome(Judged(findings=tuple(findings), failed=frozenset(failed)), times)

    def _tell_failed(self, rule: R, error: Exception) -> None:
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


def standing(found: Outcome, before: Outcome, until: datetime) -> Outcome:
    """What was found, and what stands as it is because it would be found had the clock not been set
    back: a clock step closes nothing."""
    now = {one.rule for one in found.judged.findings}
    held = {one.rule for one in before.judged.findings} - now
    judged = replace(found.judged, failed=found.judged.failed | held)
    return Outcome(judged, {**found.times, _CLOCK: until})


def merged(found: Outcome, asked: Iterable[AnyRule], before: Times) -> Outcome:
    """What the rules that were asked say, with the times of those that were not."""
    only = frozenset(rule.id for rule in asked)
    kept = {id: at for id, at in before.items() if id not in only}
    return Outcome(replace(found.judged, only=only), {**kept, **found.times})
