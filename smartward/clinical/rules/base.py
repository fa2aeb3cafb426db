"""What a rule is: a pure look at the facts, with the time when to look again.

A rule's file holds everything about it: number in the catalogue, id, version, source, class,
problem, ladder, shipped mode, settings, texts in both languages, and `look`. The registry finds it.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo
from typing import Any, ClassVar, TypeVar

from smartward.clinical.alert import (
    Alert,
    AlertClass,
    Cause,
    Finding,
    Ladder,
    Problem,
    Subject,
    SubjectKind,
)
from smartward.clinical.alert_budget import AlertTally
from smartward.clinical.bed import Bed
from smartward.clinical.device import HisLink
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.neighbours import Neighbours
from smartward.clinical.observation import VitalSign
from smartward.clinical.plan import PlanItem
from smartward.clinical.presence import Presence
from smartward.clinical.priority import Priority
from smartward.clinical.rules.settings import Mode, RuleSettings, Settings
from smartward.clinical.sign_history import SignHistory
from smartward.clinical.words import Value, Wording
from smartward.clinical.words import instant as instant

PRIORITY_OF: Mapping[AlertClass, Priority] = {
    AlertClass.EMERGENCY: Priority.HIGH,
    AlertClass.URGENT: Priority.MEDIUM,
    AlertClass.DUE: Priority.LOW,
    AlertClass.INFORMATION: Priority.INFORMATION,
}
"""The priority of IEC 60601-1-8 that a class has."""

Texts = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Language to name to table of texts: `TEXTS["en"]["news2"]["title"]` is key `alert.news2.title`.
Beside what an alert says, every rule has `about.says`, `.data`, `.clear` and `.guard`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Which document kinds a rule looks at, and how many hours back. `others`: its answer may also
    change with patients of the same room, and with those whose names are like the patient's.

    Only a change of one of these kinds asks the rule again before the time it named itself; a
    change of the stay, or of its bed, asks every rule. `alert` are this patient's open alerts.
    """

    kinds: frozenset[str]
    hours_back: float
    others: bool = False


D = TypeVar("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class WardLook:
    """What a rule may know of the ward: of all its patients, and of its screens and links.

    `documents`: everything else by its own type (calls, call points, screens, open alerts). `seq`:
    the sequence each document had, by (kind, id). `night`: from and until, in the ward's `zone`.
    `present`: who is in a bed's room, by bed id.
    """

    ward: str = ""
    zone: tzinfo = UTC
    night: tuple[time, time] = (time(22), time(6))
    encounters: Mapping[str, Encounter] = field(default_factory=dict)
    beds: Mapping[str, Bed] = field(default_factory=dict)
    present: Mapping[str, Presence] = field(default_factory=dict)
    his: HisLink | None = None
    documents: tuple[object, ...] = ()
    seq: Mapping[tuple[str, str], int] = field(default_factory=dict)
    log: AlertTally | None = None
    """The alerts of the present shift; a rule that needs kind `alert` is asked when it changes."""
    neighbours: Neighbours | None = field(default=None, compare=False, repr=False)
    """The stays by room and by name, where whoever gives the ward keeps that up."""

    @property
    def near(self) -> Neighbours:
        """The stays by room and by name."""
        if self.neighbours is not None:
            return self.neighbours
        return Neighbours(self.encounters.values(), self.beds.values())

    @property
    def subject(self) -> Subject:
        """The ward itself."""
        return Subject(kind=SubjectKind.WARD, id=self.ward)

    def of(self, kind: type[D]) -> tuple[D, ...]:
        """All documents of one type."""
        return tuple(one for one in self.documents if isinstance(one, kind))

    def cause(self, kind: str, ids: Iterable[str]) -> tuple[Cause, ...]:
        """Documents of one kind as causes. Raises KeyError for one that is not in `seq`."""
        return tuple(Cause(kind=kind, id=id, seq=self.seq[kind, id]) for id in ids)

    def at_night(self, moment: datetime) -> bool:
        """Whether it is night on this ward."""
        start, end = self.night
        clock = moment.astimezone(self.zone).time()
        return start <= clock < end if start <= end else clock >= start or clock < end


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All a rule may know of one patient. `seq`: the sequence each document had, by (kind, id).

    `alerts`: this patient's open alerts, for rules that hold on to what they said (a sensor lost
    meanwhile). `documents`: everything of this patient that has no name of its own here.
    """

    encounter: Encounter
    bed: Bed | None = None
    vital_signs: tuple[VitalSign, ...] = ()
    infusions: tuple[Infusion, ...] = ()
    plan_items: tuple[PlanItem, ...] = ()
    documents: tuple[object, ...] = ()
    seq: Mapping[tuple[str, str], int]
    alerts: tuple[Alert, ...] = ()
    ward: WardLook = WardLook()
    history: SignHistory | None = field(default=None, compare=False, repr=False)
    """The vital signs in the order of time, where whoever gives the facts keeps that up."""
    worked_out: dict[Hashable, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What rules have worked out of these very facts, for the next rule that wants the same."""

    def once(self, key: Hashable, work_out: Callable[[], D]) -> D:
        """What `work_out` gives, worked out once for these facts; `key` tells of what else."""
        if key not in self.worked_out:
            self.worked_out[key] = work_out()
        found: D = self.worked_out[key]
        return found

    @property
    def signs(self) -> SignHistory:
        """The patient's own vital signs in the order of time."""
        if self.history is not None:
            return self.history
        own = (one for one in self.vital_signs if one.encounter_id == self.encounter.id)
        return self.once("signs", lambda: SignHistory(own))

    @property
    def subject(self) -> Subject:
        """The patient: alerts follow the encounter from bed to bed."""
        return Subject(kind=SubjectKind.ENCOUNTER, id=self.encounter.id)

    def of(self, kind: type[D]) -> tuple[D, ...]:
        """All this patient's documents of one type."""
        # Of vital signs there are thousands: what has a name of its own is not searched through.
        named: dict[type, tuple[object, ...]] = {
            VitalSign: self.vital_signs,
            Infusion: self.infusions,
            PlanItem: self.plan_items,
        }
        return tuple(one for one in named.get(kind, self.documents) if isinstance(one, kind))

    def cause(self, kind: str, ids: Iterable[str]) -> tuple[Cause, ...]:
        """Documents of one kind as causes. Raises KeyError for one that is not in `seq`."""
        return tuple(Cause(kind=kind, id=id, seq=self.seq[kind, id]) for id in ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is true now, and when the answer may change with no new fact (None: never)."""

    findings: tuple[Finding, ...] = ()
    next_look: datetime | None = None


class AnyRule:
    """What every rule tells of itself. `number` is its place in the catalogue of alerts."""

    number: ClassVar[int]
    id: ClassVar[str]
    """There is one open alert per subject and rule."""
    version: ClassVar[str] = "1"
    """Raised whenever its answer may differ for the same facts and settings."""
    source: ClassVar[str]
    """Where its numbers come from."""
    needs: ClassVar[Needs]
    alert_class: ClassVar[AlertClass]
    problem: ClassVar[Problem]
    ladder: ClassVar[Ladder]
    mode: ClassVar[Mode] = Mode.SHADOW
    """As shipped."""
    icon: ClassVar[str]
    settings: ClassVar[tuple[type[Settings], ...]] = ()

    def words(self, name: str, **values: Value) -> Wording:
        """One of its own texts."""
        return Wording(key=f"alert.{self.id}.{name}", values=values)

    def finding(
        self,
        subject: Subject,
        why: Wording,
        *,
        cause: tuple[Cause, ...] = (),
        since: datetime | None,
        **more: Any,
    ) -> Finding:
        """What it finds of a subject. `more`: fields of a Finding that differ from the rule's own,
        and `title` and `todo` where they are not its plain ones."""
        said: dict[str, Any] = {
            "title": self.words("title"),
            "todo": self.words("todo"),
            "priority": PRIORITY_OF[self.alert_class],
            "icon": self.icon,
            "alert_class": self.alert_class,
            "problem": self.problem,
            "ladder": self.ladder,
        }
        said |= more
        return Finding(
            subject=subject,
            rule=self.id,
            version=self.version,
            why=why,
            cause=cause,
            since=since,
            **said,
        )


class Rule(AnyRule):
    """A rule about one patient."""

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Pure: the same facts, settings and time give the same answer."""
        raise TypeError(f"rule {self.id} has no look()")


class WardRule(AnyRule):
    """A rule about the ward, or about its screens and call points."""

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Pure: the same facts, settings and time give the same answer."""
        raise TypeError(f"rule {self.id} has no look()")


def soonest(*moments: datetime | None, after: datetime | None = None) -> datetime | None:
    """The first of several moments, of those after `after` where given; None when there is none."""
    known = [moment for moment in moments if moment is not None]
    return min((one for one in known if after is None or one > after), default=None)


def texts(id: str, en: Mapping[str, Any], zh: Mapping[str, Any]) -> Texts:
    """A rule's texts in both languages; `about` as what it says, its data, its clear condition and
    its guard, in this order."""

    def own(given: Mapping[str, Any]) -> dict[str, Any]:
        told = zip(("says", "data", "clear", "guard"), given["about"], strict=True)
        return {**given, "about": dict(told)}

    return {"en": {id: own(en)}, "zh_CN": {id: own(zh)}}


def together(*tables: Texts) -> Texts:
    """The texts of several rules in one file as one table."""
    return {
        language: {id: words for table in tables for id, words in table[language].items()}
        for language in tables[0]
    }
