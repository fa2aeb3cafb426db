"""What a rule is: a pure look at one patient's facts, with the time when to look again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from smartward.clinical.alert import Alert, Cause, Finding, Subject, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter
from smartward.clinical.freshness import AHEAD
from smartward.clinical.infusion import Infusion
from smartward.clinical.observation import VitalSign
from smartward.clinical.plan import PlanItem
from smartward.clinical.rules.settings import RuleSettings
from smartward.clinical.words import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Which document kinds a rule looks at, and how many hours back."""

    kinds: frozenset[str]
    hours_back: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All a rule may know of one patient. `seq`: the sequence each document had, by (kind, id).

    `alerts`: this patient's open alerts, for rules that hold on to what they said (hysteresis, a
    sensor lost meanwhile).
    """

    encounter: Encounter
    bed: Bed | None = None
    vital_signs: tuple[VitalSign, ...] = ()
    infusions: tuple[Infusion, ...] = ()
    plan_items: tuple[PlanItem, ...] = ()
    seq: dict[tuple[str, str], int]
    alerts: tuple[Alert, ...] = ()

    @property
    def subject(self) -> Subject:
        """The patient: alerts follow the encounter from bed to bed."""
        return Subject(kind=SubjectKind.ENCOUNTER, id=self.encounter.id)

    def cause(self, kind: str, ids: Iterable[str]) -> tuple[Cause, ...]:
        """Documents of one kind as causes. Raises KeyError for one that is not in `seq`."""
        return tuple(Cause(kind=kind, id=id, seq=self.seq[kind, id]) for id in ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is true now, and when the answer may change with no new fact (None: never)."""

    findings: tuple[Finding, ...] = ()
    next_look: datetime | None = None


class Rule(Protocol):
    """One alert rule."""

    @property
    def id(self) -> str:
        """Its name; there is one open alert per subject and rule."""

    @property
    def version(self) -> str:
        """Raised whenever its answer may differ for the same facts and settings."""

    @property
    def source(self) -> str:
        """Where its numbers come from."""

    @property
    def needs(self) -> Needs:
        """What it looks at."""

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Pure: the same facts, settings and time give the same answer."""


def believable(facts: Facts, now: datetime) -> tuple[list[VitalSign], datetime | None]:
    """The patient's vital signs that are not dated ahead, and when the next of those is due to be
    believed."""
    own = [sign for sign in facts.vital_signs if sign.encounter_id == facts.encounter.id]
    told = [sign for sign in own if not sign.doubtful]
    ahead = [sign.taken_at - AHEAD for sign in told if sign.taken_at > now + AHEAD]
    return [sign for sign in told if sign.taken_at <= now + AHEAD], min(ahead, default=None)


def soonest(*moments: datetime | None, after: datetime | None = None) -> datetime | None:
    """The first of several moments, of those after `after` where given; None when there is none."""
    known = [moment for moment in moments if moment is not None]
    return min((one for one in known if after is None or one > after), default=None)


def instant(moment: datetime) -> Value:
    """A time as a text value: shown in the ward's zone by the catalogue."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
