"""Alerts beside their documents: the log of what became of them, which is only ever added to; what
a rule in shadow would say now; and what a person closed, so that it is not said twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smartward.hub.store.model import Execute, instant

_COLUMNS = (
    "at", "ward", "alert", "subject", "bed", "rule", "version", "mode", "event", "alert_class",
    "priority", "step", "told", "why",
)  # fmt: skip
_LOG = ", ".join(_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """What happened to one alert. `subject` is KIND:ID; `told` are ids of staff, with commas, and
    `why` a word of the vocabulary: no name of a person is in either."""

    at: datetime
    ward: str
    alert: str
    subject: str
    bed: str | None
    rule: str
    version: str
    mode: str
    event: str
    alert_class: str
    priority: str
    step: int
    told: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a person closed: its token, and how bad it was."""

    token: str
    alert_class: str
    rank: int


class AlertReader:
    """Reads of one transaction that are about alerts beside their documents."""

    _execute: Execute

    def alert_log(
        self, ward: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[LogRow]:
        """What became of the ward's alerts in [since, until), in the order it happened."""
        first = "" if since is None else instant(since)
        end = "~" if until is None else instant(until)
        rows = self._execute(
            f"select {_LOG} from alert_log where ward = ? and at >= ? and at < ? order by n",
            (ward, first, end),
        )
        return [_row(row) for row in rows]

    def alert_log_span(self, ward: str) -> list[datetime]:
        """When the first and the last row of the ward's log was written; of an empty log none."""
        asked = "select min(at), max(at) from alert_log where ward = ?"
        found = self._execute(asked, (ward,)).fetchone()
        return [datetime.fromisoformat(at) for at in found if at is not None]

    def shadow_alerts(self, ward: str) -> list[bytes]:
        """What the rules in shadow would say now."""
        found = self._execute("select body from shadow_alert where ward = ? order by id", (ward,))
        return [row[0] for row in found]

    def shadow_alert(self, ward: str, id: str) -> bytes | None:
        """One of them; None where it is over."""
        where = "select body from shadow_alert where ward = ? and id = ?"
        row = self._execute(where, (ward, id)).fetchone()
        return None if row is None else bytes(row[0])

    def alert_guards(self, ward: str, subject: str, rule: str) -> list[Guard]:
        """What a person closed of this subject and rule."""
        rows = self._execute(
            "select token, alert_class, rank from alert_guard"
            " where ward = ? and subject = ? and rule = ?",
            (ward, subject, rule),
        )
        return [Guard(*row) for row in rows]

    def alert_guarded(self, ward: str, subject: str, token: str) -> list[str]:
        """The rules of which a person closed an alert of this subject with this token."""
        rows = self._execute(
            "select rule from alert_guard where ward = ? and subject = ? and token = ?",
            (ward, subject, token),
        )
        return [row[0] for row in rows]


class AlertWriter(AlertReader):
    """Writes of one transaction that are about alerts beside their documents."""

    def alert_log_put(self, row: LogRow) -> None:
        """Add what happened; nothing of it is ever changed."""
        values = (
            instant(row.at), row.ward, row.alert, row.subject, row.bed, row.rule, row.version,
            row.mode, row.event, row.alert_class, row.priority, row.step, row.told, row.why,
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        self._execute(f"insert into alert_log ({_LOG}) values ({marks})", values)

    def alert_log_sweep(self, ward: str, before: datetime) -> None:
        """Forget what happened before that time."""
        self._execute("delete from alert_log where ward = ? and at < ?", (ward, instant(before)))

    def shadow_alert_put(self, ward: str, id: str, body: bytes) -> None:
        """Keep what a rule in shadow would say."""
        self._execute("insert or replace into shadow_alert values (?, ?, ?)", (ward, id, body))

    def shadow_alert_delete(self, ward: str, id: str) -> None:
        """It would say it no more."""
        self._execute("delete from shadow_alert where ward = ? and id = ?", (ward, id))

    def alert_guard_put(self, ward: str, subject: str, rule: str, guard: Guard) -> None:
        """A person closed an alert with this token."""
        self._execute(
            "insert or replace into alert_guard values (?, ?, ?, ?, ?, ?)",
            (ward, subject, rule, guard.token, guard.alert_class, guard.rank),
        )

    def alert_guard_delete(self, ward: str, subject: str, rule: str, token: str) -> None:
        """What was closed so may be said again."""
        self._execute(
            "delete from alert_guard where ward = ? and subject = ? and rule = ? and token = ?",
            (ward, subject, rule, token),
        )

    def alert_guards_forget(self, ward: str, subject: str) -> None:
        """The subject is gone."""
        self._execute("delete from alert_guard where ward = ? and subject = ?", (ward, subject))


def _row(values: Sequence[Any]) -> LogRow:
    named = dict(zip(_COLUMNS, values, strict=True))
    return LogRow(**named | {"at": datetime.fromisoformat(named["at"])})
