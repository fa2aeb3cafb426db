"""Alerts put together again from their log: from when until when each was open. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Life:
    """One alert of the log. `over`: when it ended, at the latest at the end of the time that is
    looked at; `fresh`: whether it opened within it; `asked`: who was, each time."""

    rule: str
    subject: str
    bed: str | None
    mode: str
    alert_class: str
    opened: datetime
    over: datetime
    fresh: bool
    latched: bool = False
    escalated: bool = False
    asked: list[str] = field(default_factory=list)

    def meets(self, other: "Life") -> bool:
        """Whether both were open at one time."""
        return self.opened <= other.over and other.opened <= self.over


def lives(rows: Iterable[Logged], since: datetime, until: datetime) -> list[Life]:
    """The alerts that were open at any time of [since, until), in the order they opened. `rows` are
    in the order they were written; with those from before `since` what was open then is known as
    well."""
    found: dict[str, Life] = {}
    for row in rows:
        if row.at >= until:
            continue
        life = found.get(row.alert)
        if life is None:
            # What opened before the first row is open since then at least.
            opens = row.event == "opened"
            life = found[row.alert] = Life(
                rule=row.rule,
                subject=row.subject,
                bed=row.bed,
                mode=row.mode,
                alert_class=row.alert_class,
                opened=row.at if opens else min(since, row.at),
                over=until,
                fresh=opens and row.at >= since,
            )
        _go_on(life, row, since)
    return [life for life in found.values() if life.over >= since]


def _go_on(life: Life, row: Logged, since: datetime) -> None:
    if row.event in ("closed", "done") or (life.latched and row.event == "acknowledged"):
        life.over = row.at
    life.latched = row.event == "latched"
    if row.at >= since:
        life.escalated = life.escalated or row.event == "escalated"
        life.asked += [one for one in row.told.split(",") if one]
