"""What the audit says of one thing somebody did: who, where, when, to what, why, and what came."""

from dataclasses import dataclass, field
from datetime import datetime

from smartward.clinical.call_mark import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an action was about. `detail` holds what else was chosen, by name; no patient's name,
    no PIN and no badge code is ever among it."""

    kind: str
    """A document kind, or `session`, `staff`, `device`, `audit`."""
    id: str
    bed: str | None = None
    encounter: str | None = None
    why: str | None = None
    """The reason as the person gave it."""
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One row of the audit (FHIR AuditEvent). `at`: when it was recorded; `touched_at`: when the
    screen was touched. `outcome` is `applied` or what was answered instead, `key` its text."""

    id: str
    at: datetime
    ward: str
    kind: str
    by: Actor
    about: About
    outcome: str
    key: str | None = None
    touched_at: datetime | None = None
