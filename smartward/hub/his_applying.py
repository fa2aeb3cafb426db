"""Puts what the hospital information system told into the ward's documents, within one write.

A stay that is told comes or moves (`his_stays`), one that nobody tells any more is weighed
(`his_doubt`), and what belongs to a stay goes where it goes.
"""

import dataclasses
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeAlias

from smartward.clinical.bed import Bed, place_patients
from smartward.clinical.bed_state import BedState
from smartward.clinical.encounter import Encounter
from smartward.clinical.freshness import AHEAD
from smartward.clinical.his_write import WriteKind
from smartward.clinical.infusion import Infusion, heard
from smartward.clinical.lab_result import LabResult
from smartward.clinical.observation import VitalSign
from smartward.clinical.score_result import ScoreResult
from smartward.clinical.ward import Roster, Ward
from smartward.clock import Clock
from smartward.config import Settings
from smartward.his.collapse import collapsed
from smartward.his.port import Census, Changes, Clinical, Gone, Item, Rejection, Value
from smartward.hub import ward_entries
from smartward.hub.facts import DEPENDENT
from smartward.hub.his_doubt import Doubt, weigh
from smartward.hub.his_stays import end_stay, put_stay
from smartward.hub.removed_entries import told_again
from smartward.hub.store.base import Tx
from smartward.hub.store.model import Stored, decode
from smartward.log import Edge

log = logging.getLogger("smartward.his_sync")

_PASSING: TypeAlias = VitalSign | LabResult | BedState
"""What is of no more use once it is older than the time that vital signs are kept."""
_Taken: TypeAlias = VitalSign | LabResult | BedState | ScoreResult

Told: TypeAlias = Item[Bed | Clinical]
"""What the HIS says of one thing when it is asked for by its id."""

BadgeTaker: TypeAlias = Callable[[Tx, Collection[tuple[str, str]]], None]
"""Takes over pairs of a staff id and the code on that person's badge, all that there are."""


def item_id(item: Told, source: str) -> str:
    """The id of the document that is told, or would be."""
    return f"{source}.{item.source_id}" if isinstance(item, Rejection) else item.id


class Applying:
    """Applies to one ward. `lost` is kept over processes by whoever applies."""

    def __init__(self, clock: Clock, settings: Settings, badges: BadgeTaker | None) -> None:
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._badges = badges
        self._collapse = Edge(log, "the hospital system's list of the ward's stays")
        self.lost: frozenset[str] = frozenset()
        """Stays that were not found together with many others."""
        self._lost_beds: dict[str, datetime] = {}
        """Beds that were not found together with many others, and since when."""

    def census(
        self, tx: Tx, census: Census, missing: list[str], asked: list[Told], beds: list[Told]
    ) -> None:
        """Ward, roster, beds and encounters as one write. `missing`: ids of known stays that the
        census lacks; `asked` and `beds`: what was said of them when they were asked for."""
        ward = self._ward
        tx.put(ward, "ward", ward, self._own(census.ward))
        self._put_staff(tx, census)
        source = self._settings.his_source
        told = {item_id(item, source): item for item in (*census.encounters, *asked)}
        doubt = self._weigh(tx, missing, told)
        encounters = {
            item.id: item.body
            for item in told.values()
            if isinstance(item, Value) and isinstance(item.body, Encounter)
        }
        encounters |= {one.id: one for one in doubt.kept}
        kept = self._kept_beds(tx, (*census.beds, *beds))
        placement = place_patients(kept, tuple(encounters.values()))
        rooms = {bed.id: bed.room_id for bed in placement.placed}
        for bed in placement.placed:
            tx.put(ward, "bed", bed.id, bed, bed=bed.id, room=bed.room_id)
        self._drop_beds(tx, {bed.id for bed in placement.placed})
        for encounter in encounters.values():
            put_stay(tx, ward, encounter, rooms)
        for id in doubt.over:
            end_stay(tx, ward, id)

    def _weigh(self, tx: Tx, missing: list[str], told: dict[str, Told]) -> Doubt:
        """What becomes of the stays that are known and were not told as they are now."""
        ward = self._ward
        known = {one.id: decode(one.body, Encounter) for one in tx.all(ward, "encounter")}
        longest = timedelta(hours=self._settings.his_unconfirmed_h)
        doubt = weigh(known, missing, told, tx.now, longest, self.lost)
        self.lost = doubt.lost
        if collapsed(len(known), len(missing)):
            self._collapse.down(self._clock.monotonic(), f"{len(missing)} of {len(known)} stays")
        else:
            self._collapse.up(self._clock.monotonic())
        return doubt

    def _own(self, ward: Ward) -> Ward:
        """The ward as the HIS tells it, with what this hub's settings say of it."""
        return dataclasses.replace(
            ward,
            id=self._ward,
            zone=self._settings.zone,
            night_start=self._settings.night_start,
            night_end=self._settings.night_end,
            staff_proof=self._settings.staff_proof,
        )

    def own_settings(self, tx: Tx) -> None:
        """The settings hold from the start, whether the HIS answers or not."""
        stored = tx.get(self._ward, "ward", self._ward)
        if stored is not None:
            tx.put(self._ward, "ward", self._ward, self._own(decode(stored.body, Ward)))

    def _put_staff(self, tx: Tx, census: Census) -> None:
        """Who works here. A HIS that cannot be asked for it now empties no roster."""
        if census.staff is not None:
            tx.put(self._ward, "roster", "roster", Roster(members=census.staff))
        elif tx.get(self._ward, "roster", "roster") is None:
            tx.put(self._ward, "roster", "roster", Roster())
        if census.badges is not None and self._badges is not None:
            self._badges(tx, census.badges)

    def _kept_beds(self, tx: Tx, told: tuple[Told, ...]) -> tuple[Bed, ...]:
        """The beds that were told, and those known beds that nobody said to be no more."""
        beds = {i.id: i.body for i in told if isinstance(i, Value) and isinstance(i.body, Bed)}
        gone = self._gone_beds(tx, [item for item in told if isinstance(item, Gone)])
        for stored in tx.all(self._ward, "bed"):
            if stored.id not in beds and stored.id not in gone:
                beds[stored.id] = decode(stored.body, Bed)
        return tuple(beds.values())

    def _gone_beds(self, tx: Tx, told: list[Gone]) -> set[str]:
        """Those that are gone: many that are merely not found are not, for some hours."""
        unknown = {one.id for one in told if one.unknown}
        many = collapsed(len(tx.all(self._ward, "bed")), len(told))
        doubted = {id for id in unknown if many or id in self._lost_beds}
        self._lost_beds = {id: self._lost_beds.get(id, tx.now) for id in doubted}
        longest = timedelta(hours=self._settings.his_unconfirmed_h)
        waits = {id for id, since in self._lost_beds.items() if tx.now - since < longest}
        return {one.id for one in told} - waits

    def _drop_beds(self, tx: Tx, known: set[str]) -> None:
        for stored in tx.all(self._ward, "bed"):
            if stored.id not in known:
                tx.delete(self._ward, "bed", stored.id)

    def changes(self, tx: Tx, changes: Changes, absent: list[Told], now: datetime) -> None:
        """What happened to the ward's patients, as heard at `now`; `absent`: what was said of
        documents that a whole look at their stay lacked."""
        stays = {one.id: one for one in tx.all(self._ward, "encounter")}
        signs = {item.id for item in changes.items if isinstance(item, Value)}
        for item in (*changes.items, *absent):
            if isinstance(item, Value) and str(item.kind) in DEPENDENT:
                # What is of a DEPENDENT kind names its stay; the union of bodies does not say so.
                stay = stays.get(item.body.encounter_id)  # type: ignore[union-attr]  # as the line above says
                if stay is not None:
                    self._put_dependent(tx, str(item.kind), item.id, item.body, stay, now)
            elif isinstance(item, Gone) and str(item.kind) in DEPENDENT:
                self._drop(tx, item, signs)

    def _drop(self, tx: Tx, gone: Gone, told: Collection[str]) -> None:
        """It goes, unless it was entered at a ward and may have a copy: what was told from here is
        asked for by its id (`his_removed`), and of another ward's one that stands is enough."""
        if ward_entries.is_ours(gone.id):
            key = ward_entries.key_of(gone.id)
            row = tx.queue_get(self._ward, WriteKind.OBSERVATION, key)
            if row is not None or gone.id in told:
                return
        tx.delete(self._ward, str(gone.kind), gone.id)

    def _put_dependent(
        self, tx: Tx, kind: str, id: str, body: object, stay: Stored, now: datetime
    ) -> None:
        if isinstance(body, _PASSING | ScoreResult):
            if isinstance(body, _PASSING) and body.taken_at < now - timedelta(
                hours=self._settings.vital_sign_keep_h
            ):
                if ward_entries.beside(tx, self._ward, body) is not None:
                    # What is known may have another time, which was put right there.
                    tx.delete(self._ward, kind, id)
                return
            body = self._received(tx, kind, body, now)
        if isinstance(body, Infusion):
            stored = tx.get(self._ward, kind, id)
            known = None if stored is None else decode(stored.body, Infusion)
            body = heard(body, known, now)
        told_again(tx, self._ward, body)
        body = ward_entries.beside(tx, self._ward, body)
        if body is not None:
            tx.put(self._ward, kind, id, body, bed=stay.bed, room=stay.room)

    def _received(self, tx: Tx, kind: str, sign: _Taken, now: datetime) -> _Taken:
        """The same as before when only the time of hearing it again differs."""
        stored = tx.get(self._ward, kind, sign.id)
        if stored is not None:
            before = decode(stored.body, type(sign))
            same = dataclasses.replace(
                sign, received_at=before.received_at, doubtful=before.doubtful
            )
            if same == before:
                return before
        return dataclasses.replace(sign, received_at=now, doubtful=sign.taken_at > now + AHEAD)
