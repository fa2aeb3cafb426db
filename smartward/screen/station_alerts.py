"""What the station says of an alert beside its own words: how it stands, whom it asked and when,
what else is on its card, and how old its inputs are."""

from datetime import datetime

from smartward.clinical.alert import Alert, AlertState, SnoozeReason, snoozed
from smartward.clinical.alert_ladder import escalated
from smartward.clinical.routing import AddresseeRole
from smartward.screen.station_queue import QueueItem
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

MOST_TOLD = 4
"""So many of those who were asked are named, the last ones."""


def mark(alert: Alert) -> str:
    """The shape by which it is told apart: escalated, latched, snoozed, returned, or plain
    (empty)."""
    if alert.state is AlertState.LATCHED:
        return "latched"
    if snoozed(alert):
        return "snoozed"
    if escalated(alert):
        return "escalated"
    return "returned" if alert.returned_at is not None else ""


def status(alert: Alert, words: Words, now: datetime) -> str:
    """How it stands, as a sentence; empty while it has just been told."""
    if alert.state is AlertState.LATCHED:
        return words.text("status.latched")
    if alert.snoozed_until is not None and snoozed(alert):
        why = alert.snooze_reason or SnoozeReason.TREATING
        return words.text(
            "alert.snoozed",
            until=words.moment(alert.snoozed_until, now),
            who=words.actor(alert.snoozed_by),
            why=words.text(f"snooze.reason.{why.value}"),
        )
    if alert.state is AlertState.ACKNOWLEDGED:
        return words.text("status.going", who=words.actor(alert.acknowledged_by))
    if escalated(alert) and alert.told:
        return words.text("alert.escalated", who=_told(alert, -1, words, now))
    if alert.returned_at is not None:
        return words.text("alert.returned", at=words.moment(alert.returned_at, now))
    return ""


def told(alert: Alert, words: Words, now: datetime) -> str:
    """Who was asked, and when, the last ones; empty where nobody was."""
    if not alert.told:
        return ""
    first = max(0, len(alert.told) - MOST_TOLD)
    said = (_told(alert, place, words, now) for place in range(first, len(alert.told)))
    return words.text("alert.told", who=" → ".join(said))


def _told(alert: Alert, place: int, words: Words, now: datetime) -> str:
    one = alert.told[place]
    who, at = words.listed(one.names), words.moment(one.at, now)
    match one.role:
        case AddresseeRole.DOCTOR if who:
            return words.text("alert.told_doctor", who=who, at=at)
        case AddresseeRole.SENIOR | AddresseeRole.HEAD_NURSE if who:
            return words.text("alert.told_senior", who=who, at=at)
        case _ if who:
            return words.text("alert.told_nurse", who=who, at=at)
    return words.text("alert.told_ward", at=at)


def parts(item: QueueItem, words: Words, now: datetime) -> str:
    """What else is on the card, by title; empty where nothing is."""
    if not item.parts:
        return ""
    titles = dict.fromkeys(words.told(one.title, now) for one in item.parts)
    return words.text("alert.also", what=words.listed(titles))


def inputs(state: WardState, alert: Alert, words: Words, now: datetime) -> str:
    """How old what it rests on is: the newest of its inputs."""
    taken = [at for cause in alert.cause if (at := _taken(state, cause.kind, cause.id)) is not None]
    if not taken:
        return ""
    return words.text("alert.inputs", span=words.minutes((now - max(taken)).total_seconds()))


def _taken(state: WardState, kind: str, id: str) -> datetime | None:
    body = state.dependent(kind, id)
    at = getattr(body, "taken_at", None) or getattr(body, "measured_at", None)
    return at if isinstance(at, datetime) else None
