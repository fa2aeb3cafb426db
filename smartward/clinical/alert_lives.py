"""Alerts put together again from their log: from when until when each was open. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

SHADOW, ON = "shadow", "on"
"""Modes as the log has them."""


class Logged(Protocol):
    """One row of the log of alerts, as far as it is needed here. `told`: who was asked, ids of
    staff or a role, with commas; `subject` is KIND:ID."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def alert(self) -> str:
        """Which alert it is about."""

    @property
    def subject(self) -> str:
        """Whom or what the alert is about."""

    @property
    def bed(self) -> str | None:
        """Where they lay."""

    @property
    def rule(self) -> str:
        """Whose it is."""

    @property
    def mode(self) -> str:
        """Whether anybody saw it."""

    @property
    def event(self) -> str:
        """What happened."""

    @property
    def alert_class(self) -> str:
        """How bad it was then."""

    @property
    def told(self) -> str:
        """Who was asked just then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One alert of the log. `ended`: when, at the latest at the end of the time that is looked at;
    `fresh`: whether it opened within it; `asked`: who was, each time."""

    rule: str
    subject: str
    bed: str | None
    mode: str
    alert_class: str
    opened: datetime
    ended: datetime
    fresh: bool
    escalated: bool
    asked: tuple[str, ...]

    def meets(self, other: "Life") -> bool:
        """Whether both were open at one time."""
        return self.opened <= other.ended and other.opened <= self.ended


def lives(rows: Iterable[Logged], since: datetime, until: datetime) -> list[Life]:
    """The alerts that were open at any time of [since, until), in the order they opened. `rows` are
    in the order they were written; with those from before `since` what was open then is known as
    well."""
    own: dict[str, list[Logged]] = {}
    for row in rows:
        if row.at < until:
            own.setdefault(row.alert, []).append(row)
    found = (_life(told, since, until) for told in own.values())
    return [life for life in found if life.ended >= since]


def _life(told: Sequence[Logged], since: datetime, until: datetime) -> Life:
    """One alert, of which these rows tell."""
    first = told[0]
    # What opened before the first row is open since then at least.
    opens = first.event == "opened"
    within = [row for row in told if row.at >= since]
    return Life(
        rule=first.rule,
        subject=first.subject,
        bed=first.bed,
        mode=first.mode,
        alert_class=first.alert_class,
        opened=first.at if opens else min(since, first.at),
        ended=_end(told, until),
        fresh=opens and first.at >= since,
        escalated=any(row.event == "escalated" for row in within),
        asked=tuple(one for row in within for one in row.told.split(",") if one),
    )


def _end(told: Sequence[Logged], until: datetime) -> datetime:
    latched = False
    for row in told:
        # One that is latched is over when somebody takes note.
        if row.event in ("closed", "done") or (latched and row.event == "acknowledged"):
            return row.at
        latched = row.event == "latched"
    return until
