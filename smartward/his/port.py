"""What SmartWard asks of a hospital information system (HIS), whatever it speaks.

The hub polls through this port and never sees FHIR. Answers hold clinical dataclasses. Each thing
the HIS told is one `Item`: a value, a rejection (it is there and cannot be used, with the reason)
or gone. One bad thing never stops the others.

Ids: `<source>.<logical id>`, for example `his.enc-7`. A plan item's id also holds where it came
from (`his.ServiceRequest.sr-3`), because logical ids are unique within one resource type only;
an order that falls due several times makes one item for each time, named by its UTC minute
(`his.MedicationRequest.mr-1.20261121T0000`).

Errors of every method: `errors.Unreachable` (no answer, time-out, 5xx, 429; `values` may hold
`retry_after_s`), `errors.Refused` (401, 403, 412 and other 4xx), `errors.BadData` (not the
protocol at all: HTML, truncated JSON, a page that leads elsewhere).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from smartward.clinical.audit import AuditRecord
from smartward.clinical.bed import Bed
from smartward.clinical.bed_state import BedState
from smartward.clinical.encounter import Encounter
from smartward.clinical.his_write import WriteKind
from smartward.clinical.infusion import Infusion
from smartward.clinical.lab_result import LabResult
from smartward.clinical.line import Line
from smartward.clinical.observation import VitalSign
from smartward.clinical.order import Order
from smartward.clinical.plan import PlanItem
from smartward.clinical.score_result import ScoreResult
from smartward.clinical.ward import StaffMember, Ward
from smartward.his.drafts import Draft, Known

Body = TypeVar("Body", covariant=True)


class Kind(StrEnum):
    """The document kinds a HIS can tell about."""

    WARD = "ward"
    BED = "bed"
    ENCOUNTER = "encounter"
    VITAL_SIGN = "vital_sign"
    INFUSION = "infusion"
    PLAN_ITEM = "plan_item"
    LAB_RESULT = "lab_result"
    SCORE_RESULT = "score_result"
    BED_STATE = "bed_state"
    LINE = "line"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Generic[Body]):
    """One document as the HIS has it now. `version` differs whenever the body may differ."""

    kind: Kind
    id: str
    body: Body
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A thing of the HIS that cannot be used. `key` is a text key (`his.rejection.…`).

    `detail` names the element and what is wrong with it, never a person's name or value.
    """

    source_id: str
    """The HIS's logical id."""
    resource_type: str
    key: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A document that is no more: deleted, cancelled, entered in error, finished, moved away.

    `unknown`: the HIS merely does not find it, and says neither that it is over nor that it was
    deleted. For one document that is enough; for a whole ward at once it is not.
    """

    kind: Kind
    id: str
    unknown: bool = False


Item: TypeAlias = Value[Body] | Rejection | Gone
Clinical: TypeAlias = (
    Encounter | VitalSign | Infusion | PlanItem | LabResult | ScoreResult | BedState | Line | Order
)
"""What `changes` can bring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Who lies where, by one complete look at the ward.

    `beds` carry what the HIS says of each bed itself (number, room, status, reservation);
    `occupants` and `conflict` are left empty: `clinical.bed.place_patients` fills them from
    `encounters`. An encounter that is missing here is not yet gone: ask `read` first.
    `encounters` are complete documents. `rejected` is everything set aside at present.
    `staff` None: the HIS could not be asked yet who works here. `badges` are pairs of a staff id
    and the code on that person's badge, of those in `staff` only: secrets, never shown or logged.
    """

    server_time: datetime
    ward: Ward
    beds: tuple[Item[Bed], ...]
    encounters: tuple[Item[Encounter], ...]
    staff: tuple[StaffMember, ...] | None = ()
    badges: tuple[tuple[str, str], ...] | None = field(default=(), repr=False)
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Up to when changes were taken over, by the server's own clock, per resource type.

    Keep it as it is and hand it back; it moves only after a completed walk.
    """

    marks: dict[str, datetime] = field(default_factory=dict)
    turn: int = 0
    """Which `changes` handed it out: what was not taken over is noticed by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is new or different.

    `items` may hold a body that is already known (overlap, refresh): applying it again must change
    nothing. `complete`: every walk ended; when False the watermark of the failed types has not
    moved and they will be walked again. `whole`: encounter ids of which `items` now hold all vital
    signs, infusions and plan items the HIS has (of the last 48 h); a document of theirs that is
    not among the items should be asked for with `read`. `rejected` is everything set aside at
    present.
    """

    items: tuple[Item[Clinical], ...]
    watermark: Watermark
    server_time: datetime
    complete: bool
    whole: tuple[str, ...] = ()
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where it went. `created` is False when the HIS had it already (a retry) or updated it."""

    source_id: str
    version: str
    created: bool


class Still(StrEnum):
    """What became in the HIS of something that was written there."""

    THERE = "there"
    REMOVED = "removed"
    """It was deleted, or marked as entered in error."""
    NOT_FOUND = "not_found"
    """The HIS does not find it, and does not say that it was deleted."""
    UNTOLD = "untold"
    """The HIS cannot tell now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One resource type in the report. `offered`, `probed`, `used` and `missed` are text keys."""

    resource_type: str
    offered: str
    """What the server says of it."""
    used: str
    """What SmartWard will use."""
    found: int
    unused: int
    """Read, but of a kind SmartWard does not show."""
    rejected: dict[str, int]
    """Reason (text key) to how many."""
    probed: tuple[str, ...] = ()
    """What trying it has shown."""
    missed: tuple[str, ...] = ()
    """What a ward will miss, and why; empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What this HIS can do. `census_s` and `load_s` are real seconds."""

    server: str
    protocol: str
    """What it speaks, with its version."""
    ward: str
    beds: int
    encounters: int
    staff: int
    documents: int
    requests: int
    census_s: float
    load_s: float
    rows: tuple[ReportRow, ...]
    ways: tuple[str, ...] = ()
    """How the ward as a whole is asked for (places, census, patients, addresses), as text keys."""
    missed: tuple[str, ...] = ()
    """What a ward will miss of all that, and why, as text keys; empty: nothing."""


class HisPort(Protocol):
    """A hospital information system. One object polls one ward of one server."""

    async def census(self) -> Census:
        """Look at the whole ward once."""

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        """What changed for these encounters (ids of the last census) since the watermark.

        An encounter not asked about before, and every one when `since` is None, comes whole.
        """

    async def read(self, kind: Kind, id: str) -> Item[Bed | Clinical]:
        """Ask for one document by its id; `Gone` when it is not (or not on this ward) any more."""

    async def takes(self) -> frozenset[WriteKind]:
        """The kinds of things that the HIS says it takes. Raises BadData where it says nothing."""

    async def write(self, draft: Draft, known: Known) -> Written:
        """Bring it there to where the draft says. Sending the same draft twice writes once.

        Raises Refused with key `his.write.conflict` when somebody else changed there what was
        written, and with the server's words in `values["reason"]` when it will not have it.
        """

    async def still(self, kind: WriteKind, source_id: str) -> Still:
        """What became of something that `write` brought there, by its `Written.source_id`."""

    async def write_audit(self, record: AuditRecord) -> Written:
        """Tell the HIS what somebody did. Sending the same record twice writes once, where the HIS
        offers any way to that. Raises Refused where it takes none."""

    async def check(self) -> Report:
        """Try everything once and report."""

    async def close(self) -> None:
        """Let go of all connections."""
