"""What the rules may look at, by encounter, fed by every commit.

Work grows with what changed: a new vital sign touches one encounter's facts. Vital signs are read
from the store when an encounter is first looked at and kept up from then on, of as many encounters
as `SIGNS_KEPT` allows; of the others they are read again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Any

from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed
from smartward.clinical.bed_state import BedState
from smartward.clinical.care_event import CareEvent
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.lab_result import LabResult
from smartward.clinical.line import Line
from smartward.clinical.observation import Measurement, VitalSign
from smartward.clinical.order import Order
from smartward.clinical.patient_answer import PatientAnswer
from smartward.clinical.plan import PlanItem
from smartward.clinical.rules import Facts, WardLook
from smartward.clinical.score_result import ScoreResult
from smartward.clinical.sign_history import SignHistory
from smartward.hub.store.base import Store, Stored
from smartward.hub.store.model import Committed, decode

DEPENDENT: dict[str, type] = {
    "vital_sign": VitalSign,
    "infusion": Infusion,
    "plan_item": PlanItem,
    "lab_result": LabResult,
    "score_result": ScoreResult,
    "line": Line,
    "bed_state": BedState,
    "order": Order,
}
"""Kinds that the HIS tells of an encounter and that follow it from bed to bed."""

_OF_STAY: dict[str, type] = DEPENDENT | {
    "care_event": CareEvent,
    "patient_answer": PatientAnswer,
}
"""With those that only the ward itself tells."""

_SIGN = "vital_sign"
_KEPT = {kind: type for kind, type in _OF_STAY.items() if kind != _SIGN}

NO_WARD = WardLook()

KINDS = ("bed", "encounter", "silence", *_KEPT)
"""Every kind that is kept here."""


SIGNS_KEPT = 200_000
"""Vital signs that are kept decoded, of the encounters looked at last: two days of 500 patients
whose full set is taken every hour."""


class _Sequences(Mapping[tuple[str, str], int]):
    """The sequence of each document of an encounter, by kind and id."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, int]] = {}

    def __getitem__(self, key: tuple[str, str]) -> int:
        return self.of[key[0]][key[1]]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((kind, id) for kind, of_kind in self.of.items() for id in of_kind)

    def __len__(self) -> int:
        return sum(map(len, self.of.values()))

    def set(self, kind: str, id: str, seq: int) -> None:
        self.of.setdefault(kind, {})[id] = seq

    def drop(self, kind: str, id: str) -> None:
        self.of.get(kind, {}).pop(id, None)


@dataclass(slots=True)
class _OfEncounter:
    encounter: Encounter | None = None
    dependent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By kind and id."""
    seq: _Sequences = field(default_factory=_Sequences)
    signs: SignHistory | None = None
    """None: not read since it was looked at last."""
    told: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """What of `dependent` was handed out, until it changes."""

    def put(self, kind: str, id: str, body: Any, seq: int) -> None:
        self.dependent.setdefault(kind, {})[id] = body
        self.seq.set(kind, id, seq)
        self.told.clear()

    def drop(self, kind: str, id: str) -> None:
        self.dependent.get(kind, {}).pop(id, None)
        self.seq.drop(kind, id)
        self.told.clear()

    def all(self, *kinds: str) -> tuple[Any, ...]:
        """The documents of some kinds, in the order of `_KEPT`."""
        name = kinds[0]
        if name not in self.told:
            bodies = (self.dependent.get(kind, {}).values() for kind in kinds)
            self.told[name] = tuple(body for of_kind in bodies for body in of_kind)
        return self.told[name]

    def forget_signs(self) -> None:
        self.signs = None
        self.seq.of.pop(_SIGN, None)


_NAMED = ("infusion", "plan_item")
_OTHERS = tuple(kind for kind in _KEPT if kind not in _NAMED)


class WardFacts:
    """The documents of one ward that rules need, by encounter."""

    def __init__(self, store: Store, ward: str) -> None:
        self._store = store
        self._ward = ward
        self._encounters: dict[str, _OfEncounter] = {}
        self._beds: dict[str, Bed] = {}
        self._owner: dict[tuple[str, str], str] = {}
        self._read: OrderedDict[str, None] = OrderedDict()
        """Encounters whose signs are kept, the one looked at last behind."""
        self.silenced: set[str] = set()
        """Encounters of which nothing is shown or said: no rule looks at them."""

    def logical(self) -> tuple[list[str], list[str]]:
        """Ids of the beds, and of the patients in them, as the hospital system has them."""
        patients = (one.encounter.patient.id for one in self._encounters.values() if one.encounter)
        return sorted(self._beds), sorted(set(patients))

    def put(self, stored: Stored) -> str | None:
        """Take a document over; gives the encounter whose facts changed, if any."""
        if stored.kind == "bed":
            self._beds[stored.id] = decode(stored.body, Bed)
            return None
        if stored.kind == "encounter":
            encounter = decode(stored.body, Encounter)
            of = self._of(encounter.id)
            of.encounter = encounter
            of.seq.set("encounter", encounter.id, stored.seq)
            return encounter.id
        if stored.kind == "silence":
            self.silenced.add(stored.id)
            return stored.id
        if stored.kind == _SIGN:
            self._put_sign(stored)
            return stored.encounter
        if stored.kind not in _KEPT:
            return None
        body: Any = decode(stored.body, _KEPT[stored.kind])
        key = (stored.kind, stored.id)
        owner = self._owner.get(key)
        if owner is not None and owner != body.encounter_id:
            self._of(owner).drop(*key)
        self._owner[key] = body.encounter_id
        self._of(body.encounter_id).put(*key, body, stored.seq)
        return str(body.encounter_id)

    def _put_sign(self, stored: Stored) -> None:
        of = self._encounters.get(stored.encounter or "")
        if of is None or of.signs is None:
            return
        # What was read from the store may be ahead of the writes that are told here.
        if of.seq.of.get(_SIGN, {}).get(stored.id, 0) < stored.seq:
            of.signs.put(_sign(stored.body))
            of.seq.set(_SIGN, stored.id, stored.seq)

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
            self._read.pop(id, None)
            return id if self._encounters.pop(id, None) is not None else None
        owner = self._owner.pop((kind, id), None)
        if owner is not None and owner in self._encounters:
            self._encounters[owner].drop(kind, id)
        return owner

    def bereave(self, committed: Committed) -> None:
        """Forget the vital signs that a write took from the encounters they belonged to."""
        gone = {id for kind, id in committed.gone if kind == _SIGN}
        signs = [one for one in committed.changed if one.kind == _SIGN]
        for encounter_id in committed.bereft:
            of = self._encounters.get(encounter_id)
            if of is None or of.signs is None:
                continue
            moved = {one.id for one in signs if one.encounter != encounter_id}
            known = of.seq.of.get(_SIGN, {})
            for id in (gone | moved) & known.keys():
                of.signs.drop(id)
                del known[id]

    def encounters(self) -> Iterable[str]:
        """All encounters that are known with their identity."""
        return [id for id, of in self._encounters.items() if of.encounter is not None]

    def patient_of(self, encounter_id: str) -> str | None:
        """The HIS's id of whose stay it is; None of one that is not known."""
        of = self._encounters.get(encounter_id)
        return of.encounter.patient.id if of is not None and of.encounter is not None else None

    def ids(self, encounter_id: str) -> list[tuple[str, str]]:
        """Kind and id of everything that the HIS told of an encounter. Raises StorageFault."""
        of = self._encounters.get(encounter_id)
        own = {} if of is None else of.dependent
        kept = [(kind, id) for kind in own if kind in DEPENDENT for id in own[kind]]
        signs = self._store.peek(lambda tx: tx.sign_ids(self._ward, encounter_id))
        return [*kept, *((_SIGN, id) for id in signs)]

    def older_than(self, moment: datetime) -> list[tuple[str, str]]:
        """Kind and id of all that is kept here and was measured or sensed before `moment`; scores
        hold longer."""
        return [
            (kind, id)
            for of in self._encounters.values()
            for kind in ("lab_result", "bed_state")
            for id, body in of.dependent.get(kind, {}).items()
            if body.taken_at < moment
        ]

    def of(
        self, encounter_id: str, alerts: Iterable[Alert] = (), ward: WardLook = NO_WARD
    ) -> Facts | None:
        """The facts of one encounter with its open alerts and its ward; None when it is not on the
        ward. They hold until the next write is told here. Raises StorageFault."""
        of = self._encounters.get(encounter_id)
        if of is None or of.encounter is None:
            return None
        signs = self._signs(encounter_id, of)
        bed_id = of.encounter.bed_id
        return Facts(
            encounter=of.encounter,
            bed=None if bed_id is None else self._beds.get(bed_id),
            vital_signs=signs.all,
            infusions=of.all("infusion"),
            plan_items=of.all("plan_item"),
            documents=of.all(*_OTHERS),
            seq=of.seq,
            alerts=tuple(alerts),
            ward=ward,
            history=signs,
        )

    def _signs(self, encounter_id: str, of: _OfEncounter) -> SignHistory:
        """The encounter's vital signs. Raises StorageFault."""
        if of.signs is not None:
            self._read.move_to_end(encounter_id)
            return of.signs
        found = self._store.peek(lambda tx: tx.signs_of(self._ward, encounter_id))
        signs = [_sign(body) for _, _, body in found]
        of.signs = SignHistory(signs)
        of.seq.of[_SIGN] = {sign.id: row[1] for sign, row in zip(signs, found, strict=True)}
        self._read[encounter_id] = None
        self._make_room()
        return of.signs

    def _make_room(self) -> None:
        """Let go of signs beyond what may be kept, of those looked at longest ago."""
        kept = [of.signs for id in self._read if (of := self._encounters.get(id)) and of.signs]
        held = sum(map(len, kept))
        while held > SIGNS_KEPT and len(self._read) > 1:
            oldest, _ = self._read.popitem(last=False)
            of = self._encounters.get(oldest)
            if of is not None and of.signs is not None:
                held -= len(of.signs)
                of.forget_signs()

    def _of(self, encounter_id: str) -> _OfEncounter:
        return self._encounters.setdefault(encounter_id, _OfEncounter())


def _sign(body: bytes) -> VitalSign:
    """A sign that shares with others what is the same in all of them: there are thousands."""
    made = decode(body, VitalSign)
    panel = None if made.panel_id is None else intern(made.panel_id)
    return replace(
        made,
        encounter_id=intern(made.encounter_id),
        panel_id=panel,
        measurements=_shared(made.measurements),
    )


@lru_cache(maxsize=8192)
def _shared(measurements: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    return measurements
