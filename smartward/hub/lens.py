"""The lens of a place on the ward: which documents it may see now, and what of each.

Only who lies in a bed is shown there: nobody of a bed that disagrees with its encounters, nobody
who is silenced, and a call's reason is read only where its patient still lies. Calls themselves are
the bed's and stay, whoever lies in it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from smartward.clinical.bed import Bed
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.name_policy import NamePlace, NamePolicy
from smartward.clinical.nurse_call import CallReason, NurseCall
from smartward.hub.store.model import Committed, Scope, Stored, decode, encode
from smartward.hub.views import (
    DOCUMENTS,
    OF_PATIENT,
    WARD_WIDE,
    Terms,
    encounter_of,
    scope_for,
    view,
)
from smartward.wire.views import BODY, VIEW_VERSION

SHIFTS = frozenset({"bed", "masking", "silence"})
"""Kinds that change what some place may see of other documents."""

_KINDS = {role: frozenset(kinds) for role, kinds in BODY.items()}

_PLACES: dict[ScreenRole, tuple[NamePlace, ...]] = {
    ScreenRole.BEDHEAD: (NamePlace.BEDHEAD,),
    ScreenRole.BEDSIDE: (NamePlace.BEDSIDE, NamePlace.BEDSIDE_OPENED, NamePlace.VOICE),
    ScreenRole.DOOR: (NamePlace.DOOR,),
}
"""Whose rules a role's views follow: a change of another place's rule is nothing to it."""


@dataclass(frozen=True, slots=True)
class BedState:
    """What a lens must know of a bed."""

    id: str
    doubtful: bool
    occupants: tuple[str, ...]

    @classmethod
    def of(cls, stored: Stored) -> "BedState":
        """The state in a bed's document."""
        bed = decode(stored.body, Bed)
        return cls(bed.id, bed.conflict is not None, bed.occupants)


@dataclass(frozen=True, slots=True)
class Lens:
    """What one place sees of the ward now. When its fingerprint changes it needs a reset."""

    role: ScreenRole
    ward: str
    place: str | None
    terms: Terms
    beds: tuple[BedState, ...]

    @classmethod
    def of(
        cls,
        device: Device,
        beds: Iterable[Stored],
        terms: Terms,
        policy: NamePolicy | None = None,
        silenced: Iterable[str] = (),
    ) -> "Lens":
        """The lens of a device, given the bed documents of its place, and the ward's policy on
        names (None: by default) and silenced stays."""
        if device.role in WARD_WIDE_ROLES:
            return cls(device.role, device.ward, None, terms, ())
        states = sorted((BedState.of(stored) for stored in beds), key=lambda state: state.id)
        lens = cls(device.role, device.ward, device.place, terms, tuple(states))
        own = replace(terms, policy=lens._own(policy), silenced=lens._here(silenced))
        return replace(lens, terms=own)

    def after(self, committed: Committed) -> "Lens":
        """This lens after a write of kinds in SHIFTS. Beds elsewhere, rules of other places and
        silence around others make no difference."""
        if self.role in WARD_WIDE_ROLES:
            return self
        states = {state.id: state for state in self.beds}
        policy, silenced = self.terms.policy, set(self.terms.silenced)
        scope, place = self.scope
        for kind, id in committed.gone:
            if kind == "bed":
                states.pop(id, None)
            elif kind == "masking":
                policy = self._own(None)
            elif kind == "silence":
                silenced.discard(id)
        for stored in committed.changed:
            if stored.kind == "masking":
                policy = self._own(decode(stored.body, NamePolicy))
            elif stored.kind == "silence":
                silenced.add(stored.id)
            elif stored.kind == "bed":
                if (stored.room if scope == "room" else stored.bed) == place:
                    states[stored.id] = BedState.of(stored)
                else:
                    states.pop(stored.id, None)
        lens = replace(self, beds=tuple(states[id] for id in sorted(states)))
        terms = replace(self.terms, policy=policy, silenced=lens._here(silenced))
        return replace(lens, terms=terms)

    def _own(self, policy: NamePolicy | None) -> NamePolicy:
        """What of a policy holds for this place, whoever chose it and when."""
        policy = policy or NamePolicy()
        return NamePolicy(rules={place: policy.rule(place) for place in _PLACES[self.role]})

    def _here(self, silenced: Iterable[str]) -> frozenset[str]:
        """Who of the silenced lies here. Who comes later brings a changed bed, and a reset."""
        return frozenset(silenced) & {id for state in self.beds for id in state.occupants}

    @property
    def scope(self) -> tuple[Scope, str]:
        """Which column of a document, with which value, makes it belong to this place."""
        return scope_for(self.role, self.place)

    @property
    def fingerprint(self) -> str:
        """Differs whenever this place may see other things of the same documents."""
        terms: tuple[object, ...] = ()
        if self.role not in WARD_WIDE_ROLES:
            of = self.terms
            rules = sorted(of.policy.rules.items())
            terms = (of.today.isoformat(), of.language, rules, sorted(of.silenced))
        text = repr((VIEW_VERSION, self.role, self.ward, self.place, terms, self.beds))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds this place may see at all."""
        return _KINDS[self.role]

    def shares(self, kind: str) -> bool:
        """Whether every document of this kind in the ward belongs to this place."""
        return kind in self.kinds and (self.role in WARD_WIDE_ROLES or kind in WARD_WIDE)

    def concerns(self, kind: str, bed: str | None, room: str | None) -> bool:
        """Whether a document of this kind at this bed and room belongs to this place."""
        if kind not in self.kinds:
            return False
        if self.shares(kind):
            return True
        scope, place = self.scope
        return (room if scope == "room" else bed) == place

    def body(self, stored: Stored) -> bytes | None:
        """What this place may read of a document that concerns it; None: nothing of it."""
        if self.role is ScreenRole.STATION:
            return stored.body
        document: Any = decode(stored.body, DOCUMENTS[stored.kind])
        if stored.kind in OF_PATIENT and not self._lies(encounter_of(document), stored.bed):
            return None
        if isinstance(document, NurseCall) and document.encounter_id not in self._present():
            # That a wire is lost is nobody's reason: who lies there does not matter.
            kept = CallReason.LINE_LOST if document.reason is CallReason.LINE_LOST else None
            document = replace(document, reason=kept)
        seen = view(self.role, stored.kind, document, self.terms)
        return None if seen is None else encode(seen)

    def _lies(self, encounter_id: str, bed: str | None) -> bool:
        """Whether a stay is in one of the beds of this place, certainly, and not silenced."""
        if encounter_id in self.terms.silenced:
            return False
        certain = (state for state in self.beds if not state.doubtful and state.id == bed)
        return any(encounter_id in state.occupants for state in certain)

    def _present(self) -> set[str | None]:
        """Who lies here and may be told of; a call placed without anybody known belongs to whoever
        reads it."""
        certain = (state for state in self.beds if not state.doubtful)
        return {None, *(id for state in certain for id in state.occupants)} - self.terms.silenced
