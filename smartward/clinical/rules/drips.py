"""What the two infusion rules share: one alert for all drips of a patient that are concerned."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.alert import Finding
from smartward.clinical.freshness import AHEAD
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource, expected_end
from smartward.clinical.rules.base import Facts, Look, Rule, instant, soonest
from smartward.clinical.words import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when and until when (None: until it changes) a drip concerns a rule."""

    start: datetime
    end: datetime | None = None


SpanOf = Callable[[Infusion], Span | None]


def empty_at(infusion: Infusion) -> datetime | None:
    """When a running bag is or was empty: measured so, or by its rate; None when not known."""
    if infusion.left_ml is not None and infusion.left_ml <= 0:
        return infusion.measured_at
    return expected_end(infusion)


def look_at_drips(rule: Rule, facts: Facts, span_of: SpanOf, now: datetime) -> Look:
    """One finding for all drips whose span holds `now`, the one that ends first in front.

    A drip whose sensor is lost while its alert is open stays in it: nobody knows that the reason
    is gone.
    """
    held = {cause.id for alert in facts.alerts if alert.rule == rule.id for cause in alert.cause}
    concerned: list[tuple[datetime, Infusion]] = []
    turns: list[datetime | None] = []
    for infusion in facts.infusions:
        if infusion.encounter_id != facts.encounter.id:
            continue
        if infusion.status is not InfusionStatus.RUNNING:
            continue
        if infusion.source is VolumeSource.SENSOR_LOST:
            if infusion.id in held:
                concerned.append((infusion.measured_at, infusion))
            continue
        if infusion.measured_at > now + AHEAD:
            turns.append(infusion.measured_at - AHEAD)
            continue
        span = span_of(infusion)
        if span is None:
            continue
        turns.extend((span.start, span.end))
        if span.start <= now and (span.end is None or now < span.end):
            concerned.append((span.start, infusion))
    findings = (_finding(rule, facts, concerned),) if concerned else ()
    return Look(findings=findings, next_look=soonest(*turns, after=now))


def _finding(rule: Rule, facts: Facts, spans: list[tuple[datetime, Infusion]]) -> Finding:
    by_harm = sorted((infusion for _, infusion in spans), key=_harm)
    first = by_harm[0]
    return rule.finding(
        facts.subject,
        _why(rule, first),
        title=rule.words("title", n=len(by_harm)),
        todo=rule.words(f"todo.{_next(first)}"),
        since=min(since for since, _ in spans),
        harm_at=_empty(first),
        cause=facts.cause("infusion", [infusion.id for infusion in by_harm]),
        rings_for=frozenset({"infusion"}),
    )


def _empty(infusion: Infusion) -> datetime | None:
    return None if infusion.source is VolumeSource.SENSOR_LOST else empty_at(infusion)


def _harm(infusion: Infusion) -> tuple[bool, datetime, str]:
    """The first to be empty in front, those nobody knows of behind."""
    empty = _empty(infusion)
    return (empty is None, infusion.measured_at if empty is None else empty, infusion.id)


def _why(rule: Rule, infusion: Infusion) -> Wording:
    measured_at = instant(infusion.measured_at)
    empty = _empty(infusion)
    if infusion.source is VolumeSource.SENSOR_LOST:
        return rule.words("why.sensor_lost", at=measured_at)
    if empty is None:
        left = 0.0 if infusion.left_ml is None else infusion.left_ml
        return rule.words("why.volume", at=measured_at, ml=round(left))
    if infusion.source is VolumeSource.ESTIMATED:
        return rule.words("why.estimated", end=instant(empty))
    return rule.words("why.measured", at=measured_at, end=instant(empty))


def _next(infusion: Infusion) -> str:
    if infusion.next_ordered is None:
        return "look"
    return "next_ordered" if infusion.next_ordered else "no_next"
