"""What the rules may look at, by encounter, fed by every commit.

Work grows with what changed: a new vital sign touches one encounter's facts. Vital signs are read
from the store when an encounter is looked at: of two days of a ward there are too many to keep.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed
from smartward.clinical.bed_state import BedState
from smartward.clinical.care_event import CareEvent
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.lab_result import LabResult
from smartward.clinical.line import Line
from smartward.clinical.observation import VitalSign
from smartward.clinical.patient_answer import PatientAnswer
from smartward.clinical.plan import PlanItem
from smartward.clinical.rules import Facts
from smartward.clinical.score_result import ScoreResult
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.sqlite import Store, Stored

DEPENDENT: dict[str, type] = {
    "vital_sign": VitalSign,
    "infusion": Infusion,
    "plan_item": PlanItem,
    "lab_result": LabResult,
    "score_result": ScoreResult,
    "line": Line,
    "bed_state": BedState,
}
"""Kinds that the HIS tells of an encounter and that follow it from bed to bed."""

_OF_STAY: dict[str, type] = DEPENDENT | {
    "care_event": CareEvent,
    "patient_answer": PatientAnswer,
}
"""With those that only the ward itself tells."""

_SIGN = "vital_sign"
_KEPT = {kind: type for kind, type in _OF_STAY.items() if kind != _SIGN}

KINDS = ("bed", "encounter", "silence", *_KEPT)
"""Every kind that is kept here."""


@dataclass(slots=True)
class _OfEncounter:
    encounter: tuple[Encounter, int] | None = None
    dependent: dict[tuple[str, str], tuple[Any, int]] = field(default_factory=dict)


class WardFacts:
    """The documents of one ward that rules need, by encounter."""

    def __init__(self, store: Store, ward: str) -> None:
        self._store = store
        self._ward = ward
        self._encounters: dict[str, _OfEncounter] = {}
        self._beds: dict[str, Bed] = {}
        self._owner: dict[tuple[str, str], str] = {}
        self.silenced: set[str] = set()
        """Encounters of which nothing is shown or said: no rule looks at them."""

    def logical(self) -> tuple[list[str], list[str]]:
        """Ids of the beds, and of the patients in them, as the hospital system has them."""
        patients = (
            one.encounter[0].patient.id for one in self._encounters.values() if one.encounter
        )
        return sorted(self._beds), sorted(set(patients))

    def put(self, stored: Stored) -> str | None:
        """Take a document over; gives the encounter whose facts changed, if any."""
        if stored.kind == "bed":
            self._beds[stored.id] = decode(stored.body, Bed)
            return None
        if stored.kind == "encounter":
            encounter = decode(stored.body, Encounter)
            self._of(encounter.id).encounter = (encounter, stored.seq)
            return encounter.id
        if stored.kind == "silence":
            self.silenced.add(stored.id)
            return stored.id
        if stored.kind == _SIGN:
            return stored.encounter
        if stored.kind not in _KEPT:
            return None
        body: Any = decode(stored.body, _KEPT[stored.kind])
        key = (stored.kind, stored.id)
        owner = self._owner.get(key)
        if owner is not None and owner != body.encounter_id:
            self._of(owner).dependent.pop(key, None)
        self._owner[key] = body.encounter_id
        self._of(body.encounter_id).dependent[key] = (body, stored.seq)
        return str(body.encounter_id)

    def drop(self, kind: str, id: str) -> str | None:
        """Forget a deleted document; gives the encounter whose facts changed, if any. Of a vital
        sign the commit tells it (`Committed.bereft`)."""
        if kind == "bed":
            self._beds.pop(id, None)
            return None
        if kind == "silence":
            self.silenced.discard(id)
            return id
        if kind == "encounter":
            return id if self._encounters.pop(id, None) is not None else None
        owner = self._owner.pop((kind, id), None)
        if owner is not None and owner in self._encounters:
            self._encounters[owner].dependent.pop((kind, id), None)
        return owner

    def encounters(self) -> Iterable[str]:
        """All encounters that are known with their identity."""
        return [id for id, of in self._encounters.items() if of.encounter is not None]

    def patient_of(self, encounter_id: str) -> str | None:
        """The HIS's id of whose stay it is; None of one that is not known."""
        of = self._encounters.get(encounter_id)
        return of.encounter[0].patient.id if of is not None and of.encounter is not None else None

    def ids(self, encounter_id: str) -> list[tuple[str, str]]:
        """Kind and id of everything that the HIS told of an encounter. Raises StorageFault."""
        of = self._encounters.get(encounter_id)
        kept = [] if of is None else [key for key in of.dependent if key[0] in DEPENDENT]
        signs = self._store.peek(lambda tx: tx.sign_ids(self._ward, encounter_id))
        return [*kept, *((_SIGN, id) for id in signs)]

    def older_than(self, moment: datetime) -> list[tuple[str, str]]:
        """Kind and id of all that is kept here and was measured or sensed before `moment`; scores
        hold longer."""
        return [
            key
            for of in self._encounters.values()
            for key, (body, _) in of.dependent.items()
            if isinstance(body, LabResult | BedState) and body.taken_at < moment
        ]

    def of(self, encounter_id: str, alerts: Iterable[Alert] = ()) -> Facts | None:
        """The facts of one encounter with its open alerts; None when it is not on the ward."""
        of = self._encounters.get(encounter_id)
        if of is None or of.encounter is None:
            return None
        encounter, seq = of.encounter
        chosen: dict[str, list[Any]] = {kind: [] for kind in _KEPT}
        named = ("infusion", "plan_item")
        sequences = {("encounter", encounter.id): seq}
        for (kind, id), (body, body_seq) in of.dependent.items():
            chosen[kind].append(body)
            sequences[(kind, id)] = body_seq
        signs = self._store.peek(lambda tx: self._signs(tx, encounter_id, sequences))
        return Facts(
            encounter=encounter,
            bed=self._beds.get(encounter.bed_id) if encounter.bed_id is not None else None,
            vital_signs=tuple(signs),
            infusions=tuple(chosen["infusion"]),
            plan_items=tuple(chosen["plan_item"]),
            documents=tuple(one for kind in _KEPT if kind not in named for one in chosen[kind]),
            seq=sequences,
            alerts=tuple(alerts),
        )

    def _signs(
        self, tx: Reader, encounter_id: str, sequences: dict[tuple[str, str], int]
    ) -> list[VitalSign]:
        found = tx.signs_of(self._ward, encounter_id)
        sequences.update(((_SIGN, id), seq) for id, seq, _ in found)
        return [decode(body, VitalSign) for _, _, body in found]

    def _of(self, encounter_id: str) -> _OfEncounter:
        return self._encounters.setdefault(encounter_id, _OfEncounter())
