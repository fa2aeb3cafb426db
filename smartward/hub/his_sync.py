"""Polls the hospital information system and turns what it tells into the ward's documents.

Census first: it decides who is on the ward. An encounter that is missing there is asked for by its
id before it is let go, so that a broken search never empties a ward; when much of the ward is
missing at once, what nobody can tell of stays and is marked to be checked (`his_doubt`). Nothing is
applied from a walk that failed.
"""

import dataclasses
import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from smartward.clinical.bed import Bed, place_patients
from smartward.clinical.device import HisLink
from smartward.clinical.encounter import Encounter
from smartward.clinical.freshness import AHEAD
from smartward.clinical.observation import VitalSign
from smartward.clinical.ward import Roster, Ward
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, Refused, SmartWardError, Unreachable
from smartward.his.collapse import collapsed
from smartward.his.port import (
    Census,
    Changes,
    Clinical,
    Gone,
    HisPort,
    Item,
    Kind,
    Rejection,
    Value,
    Watermark,
)
from smartward.hub import ward_entries
from smartward.hub.facts import DEPENDENT, WardFacts
from smartward.hub.his_doubt import Doubt, weigh
from smartward.hub.his_stays import end_stay, put_stay
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.sqlite import Store, Tx
from smartward.log import Edge

log = logging.getLogger("smartward.his_sync")

Told: TypeAlias = Item[Bed | Clinical]
"""What the HIS says of one thing when it is asked for by its id."""

BadgeTaker: TypeAlias = Callable[[Tx, Collection[tuple[str, str]]], None]
"""Takes over pairs of a staff id and the code on that person's badge, all that there are."""

_ASK_AT_ONCE = 200
"""Most documents asked for by id in one turn; the rest waits for the next."""
_FIRST_AT_ONCE = 20
"""Most stays whose whole past is asked for at once: what a first load needs for a moment does not
grow with the ward, its writes hold up no other for long, and the first beds are told early."""


class HisSync:
    """One poller of one ward. `his_as_of` is hub time of the last completed census."""

    def __init__(
        self,
        store: Store,
        his: HisPort,
        clock: Clock,
        settings: Settings,
        facts: WardFacts,
        badges: BadgeTaker | None = None,
    ) -> None:
        """`badges` is handed the badges that the HIS tells, within the census's write; None: the
        hub takes none from the HIS."""
        self._store = store
        self._his = his
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._facts = facts
        self._badges = badges
        self._edge = Edge(log, "the link to the hospital system")
        self._collapse = Edge(log, "the hospital system's list of the ward's stays")
        self._watermark: Watermark | None = None
        self._link: HisLink | None = None
        self.as_of: datetime | None = None
        self._broken = False
        self.rest_s = 0.0
        """Seconds the HIS asked to be let be when it last answered; 0: it did not."""
        self._aside: tuple[Rejection, ...] = ()
        self._lost: frozenset[str] = frozenset()
        """Stays that were not found together with many others."""
        self._lost_beds: dict[str, datetime] = {}
        """Beds that were not found together with many others, and since when."""
        self._followed: set[str] = set()
        """Stays that the adapter was asked about, one turn after another."""
        self.unread: set[str] = set()
        """Encounters known by name only: nothing of theirs was read completely yet. Rules wait,
        for a patient whose observations are still on their way has none overdue."""

    @property
    def up(self) -> bool:
        """Whether the last turn succeeded."""
        return self._link is not None and self._link.up and not self._broken

    async def load(self) -> None:
        """Take up where the last process stopped."""
        state = await self._store.read(lambda tx: tx.his_state_get("sync"))
        if state is not None:
            known = msgspec.json.decode(state, type=_SyncState)
            self.as_of = known.as_of
            self._watermark = known.watermark
            self._lost = frozenset(known.lost)
        await self._store.write(self._own_settings)
        if self._watermark is None:
            self.unread = set(self._facts.encounters())

    async def turn(self) -> bool:
        """One poll. Never raises for the HIS's faults, nor for a ward or path that is wrong there:
        gives whether it succeeded.

        What else goes wrong (our disk, a defect of ours) is raised, and `up` is False meanwhile.
        """
        try:
            await self._poll()
        except (Unreachable, Refused, BadData, Misconfigured) as error:
            asked = error.values.get("retry_after_s")
            self.rest_s = float(asked) if isinstance(asked, int | float) else 0.0
            await self._down(error)
            return False
        except Exception:
            self._broken = True
            raise
        self._broken = False
        self.rest_s = 0.0
        self._edge.up(self._clock.monotonic())
        return True

    async def _poll(self) -> None:
        census = await self._his.census()
        missing = self._missing(census)
        asked = await self._ask_for([(Kind.ENCOUNTER, id) for id in missing])
        beds = await self._ask_for(await self._missing_beds(census))
        as_of = self._clock.now()
        new = self._new(census)
        self.unread |= new
        self._followed -= new
        await self._store.write(lambda tx: self._apply_census(tx, census, missing, asked, beds))
        changes = await self._follow(self._on_ward(census))
        self.as_of = as_of
        if changes.complete:
            self.unread.clear()
        await self._up(census, changes)

    async def _follow(self, stays: list[str]) -> Changes:
        """What happens to these stays, new ones some at a time; gives what was told last."""
        new = [id for id in stays if id not in self._followed]
        known = [id for id in stays if id in self._followed]
        # Should one of them fail, the adapter starts anew, and so has everybody to come anew.
        self._followed = set()
        changes = await self._take_over([*known, *new[:_FIRST_AT_ONCE]])
        for count in range(_FIRST_AT_ONCE, len(new), _FIRST_AT_ONCE):
            changes = await self._take_over([*known, *new[: count + _FIRST_AT_ONCE]])
        self._followed = set(stays)
        return changes

    async def _take_over(self, stays: list[str]) -> Changes:
        changes = await self._his.changes(stays, self._watermark)
        absent = await self._ask_for(self._absent(changes))
        now = self._clock.now()
        await self._store.write(lambda tx: self._apply_changes(tx, changes, absent, now))
        self._watermark = changes.watermark
        if changes.complete:
            self.unread.difference_update(stays)
        return changes

    def _on_ward(self, census: Census) -> list[str]:
        return [item.id for item in census.encounters if isinstance(item, Value)]

    def _new(self, census: Census) -> set[str]:
        """Stays of which nothing was read yet: new ones, and those that were put right to be
        another person's."""
        told = (item.body for item in census.encounters if isinstance(item, Value))
        return {one.id for one in told if self._facts.patient_of(one.id) != one.patient.id}

    def _missing(self, census: Census) -> list[str]:
        told = {item.id for item in census.encounters if not isinstance(item, Rejection)}
        rejected = {self._id(item) for item in census.encounters if isinstance(item, Rejection)}
        known = set(self._facts.encounters())
        return sorted(known - told - rejected)

    async def _missing_beds(self, census: Census) -> list[tuple[Kind, str]]:
        """Beds that are known and not told: an answer without beds must not clear a ward."""
        told = {item.id for item in census.beds if not isinstance(item, Rejection)}
        told |= {self._id(item) for item in census.beds if isinstance(item, Rejection)}
        known = {s.id for s in await self._store.read(lambda tx: tx.all(self._ward, "bed"))}
        return [(Kind.BED, id) for id in sorted(known - told)]

    def _absent(self, changes: Changes) -> list[tuple[Kind, str]]:
        told = {(str(i.kind), i.id) for i in changes.items if not isinstance(i, Rejection)}
        return [
            (Kind(kind), id)
            for encounter_id in changes.whole
            for kind, id in self._facts.ids(encounter_id)
            if (kind, id) not in told and not ward_entries.is_ours(id)
        ]

    def _id(self, rejection: Rejection) -> str:
        return f"{self._settings.his_source}.{rejection.source_id}"

    def _item_id(self, item: Told) -> str:
        return self._id(item) if isinstance(item, Rejection) else item.id

    async def _ask_for(self, wanted: list[tuple[Kind, str]]) -> list[Told]:
        return [await self._his.read(kind, id) for kind, id in wanted[:_ASK_AT_ONCE]]

    def _apply_census(
        self, tx: Tx, census: Census, missing: list[str], asked: list[Told], beds: list[Told]
    ) -> None:
        """Ward, roster, beds and encounters as one write."""
        ward = self._ward
        tx.put(ward, "ward", ward, self._own(census.ward))
        self._put_staff(tx, census)
        told = {self._item_id(item): item for item in (*census.encounters, *asked)}
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
        doubt = weigh(known, missing, told, tx.now, longest, self._lost)
        self._lost = doubt.lost
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

    def _own_settings(self, tx: Tx) -> None:
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

    def _apply_changes(self, tx: Tx, changes: Changes, absent: list[Told], now: datetime) -> None:
        stays = {one.id: one for one in tx.all(self._ward, "encounter")}
        for item in (*changes.items, *absent):
            if isinstance(item, Value) and str(item.kind) in DEPENDENT:
                stay = stays.get(item.body.encounter_id)  # type: ignore[union-attr]
                if stay is not None:
                    self._put_dependent(tx, str(item.kind), item.id, item.body, stay, now)
            elif isinstance(item, Gone) and str(item.kind) in DEPENDENT:
                tx.delete(self._ward, str(item.kind), item.id)

    def _put_dependent(
        self, tx: Tx, kind: str, id: str, body: object, stay: Stored, now: datetime
    ) -> None:
        if isinstance(body, VitalSign):
            if body.taken_at < now - timedelta(hours=self._settings.vital_sign_keep_h):
                return
            body = self._received(tx, body, now)
        body = ward_entries.beside(tx, self._ward, body)
        if body is not None:
            tx.put(self._ward, kind, id, body, bed=stay.bed, room=stay.room)

    def _received(self, tx: Tx, sign: VitalSign, now: datetime) -> VitalSign:
        """The same sign as before when only the time of hearing it again differs."""
        stored = tx.get(self._ward, "vital_sign", sign.id)
        if stored is not None:
            before = decode(stored.body, VitalSign)
            same = dataclasses.replace(
                sign, received_at=before.received_at, doubtful=before.doubtful
            )
            if same == before:
                return before
        return dataclasses.replace(sign, received_at=now, doubtful=sign.taken_at > now + AHEAD)

    async def _up(self, census: Census, changes: Changes) -> None:
        aside = {(r.resource_type, r.source_id): r for r in (*census.rejected, *changes.rejected)}
        rejected = dict(Counter(one.key for one in aside.values()))
        up_before = self._link is not None and self._link.up
        since = self._link.since if self._link is not None and up_before else self._clock.now()
        state = msgspec.json.encode(_SyncState(self.as_of, self._watermark, sorted(self._lost)))
        link = HisLink(up=True, since=since, last_census_at=self.as_of, rejected=rejected)
        await self._tell(link, state, tuple(aside.values()))

    async def _down(self, error: SmartWardError) -> None:
        self._edge.down(self._clock.monotonic(), str(error))
        if self._link is None or self._link.up:
            rejected = self._link.rejected if self._link is not None else {}
            await self._tell(
                HisLink(
                    up=False, since=self._clock.now(), last_census_at=self.as_of, rejected=rejected
                ),
                None,
            )

    async def _tell(
        self, link: HisLink, state: bytes | None, aside: tuple[Rejection, ...] | None = None
    ) -> None:
        """Write the link's document on its edges and when a rejection is new; the state always.

        `aside`: everything set aside now; None where that is not known.
        """
        before = self._link
        edge = before is None or (before.up, before.rejected) != (link.up, link.rejected)

        def write(tx: Tx) -> None:
            if edge:
                tx.put(self._ward, "his_link", "his", link)
            if state is not None:
                tx.his_state_set("sync", state)
            if aside is not None and (edge or aside != self._aside):
                _set_aside(tx, aside)

        if edge or state is not None:
            await self._store.write(write)
        # Only what was written was told: an edge whose write failed is told by the next turn.
        self._link = link if edge else before
        self._aside = self._aside if aside is None else aside


def _set_aside(tx: Tx, aside: tuple[Rejection, ...]) -> None:
    """Keep each thing that cannot be used with its reason, and forget what can be used again."""
    now = {(one.resource_type, one.source_id) for one in aside}
    for before in tx.rejected_all():
        if (before.resource_type, before.source_id) not in now:
            tx.rejected_clear(before.resource_type, before.source_id)
    for one in aside:
        tx.rejected_put(one.resource_type, one.source_id, one.key, one.detail)


@dataclasses.dataclass(frozen=True, slots=True)
class _SyncState:
    """What is kept of the sync between two processes."""

    as_of: datetime | None
    watermark: Watermark | None
    lost: list[str] = dataclasses.field(default_factory=list)
