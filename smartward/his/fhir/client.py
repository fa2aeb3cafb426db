"""The port over FHIR R4: a portable polling client for one ward of one server.

Polling is the truth. The census reads the ward's places and its open stays whole each time, and
what is known of each patient by `_lastUpdated`; `changes` does the same for what happens to them.
The only clock is the server's (`Date`); each search asks again from 120 s before the newest change
of its last completed walk. A stay nobody asked about before comes whole, and every stay comes whole
again each 12 minutes, a few at a time, because some servers change rows without a new date.

What is kept between two polls: the charts (all but vital signs), which panel a sign belongs to,
and fingerprints of what the overlap will bring again.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from smartward import __version__
from smartward.clinical.audit import AuditRecord
from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter
from smartward.clinical.his_write import WriteKind
from smartward.clock import Clock, SystemClock
from smartward.errors import BadData, Refused, Unreachable
from smartward.his.drafts import Draft, Known
from smartward.his.fhir import mapping_place, survey, writing
from smartward.his.fhir.capability import Statement
from smartward.his.fhir.census import StayFinder
from smartward.his.fhir.changes import Follower
from smartward.his.fhir.chart import places_of
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.exchange import CapabilityStatement
from smartward.his.fhir.loader import REFRESH, Loader
from smartward.his.fhir.lookup import Lookup
from smartward.his.fhir.mapping_encounter import bed_of, open_places
from smartward.his.fhir.mapping_staff import Staffing, staffing
from smartward.his.fhir.places import Places
from smartward.his.fhir.reject import REFERENCE, TYPE_BROKEN, TYPE_REFUSED
from smartward.his.fhir.setting import Setting
from smartward.his.fhir.state import WardState
from smartward.his.fhir.stay_items import StayItems
from smartward.his.fhir.sweep import Missing
from smartward.his.fhir.writing_offer import audit_way, taken
from smartward.his.http import FHIR_JSON, Access, Http
from smartward.his.port import (
    Census,
    Changes,
    Clinical,
    Gone,
    Item,
    Kind,
    Rejection,
    Report,
    Still,
    Value,
    Watermark,
    Written,
)
from smartward.his.reply import answers_others

_STATEMENT_EACH_S = 300.0
"""How often a server that has no statement to be read is asked for it again."""


class FhirHis:
    """`HisPort` over FHIR R4. `ward` is a Location's logical id, or its identifier `system|value`.

    `zone` is where times of day are meant; None takes the mapping's. `clock` only measures `check`
    and how long ago a missing statement was asked for.
    `badge_system` is the system of the Practitioner identifier that is the badge's code; empty: no
    badges are read.
    """

    def __init__(
        self,
        base_url: str,
        ward: str,
        source: str,
        mapping: Codebook,
        access: Access | None = None,
        zone: ZoneInfo | None = None,
        clock: Clock | None = None,
        badge_system: str = "",
    ) -> None:
        """Raises Misconfigured when the address or the mapping is wrong."""
        headers = {"Accept": FHIR_JSON, "User-Agent": f"SmartWard/{__version__}"}
        self.http = Http(base_url, headers, access)
        self._source = source
        self._clock: Clock = clock or SystemClock()
        self._book = mapping.for_ward(ward)
        self._zone = zone or self._book.zone
        self.loader = Loader(self.http)
        self.finder = StayFinder(self.loader)
        self._places = Places(self.loader, ward, source, self._book)
        self._state = WardState(self.loader, self._book, self.finder)
        self._follower = Follower(self._state, self.loader, self._book, source, self._zone)
        self._lookup = Lookup(self._state, self.loader, self._follower, source)
        self._stay_items = StayItems()
        self._unplaced: set[str] = set()
        """Stays that are open at a place that can be read by no way now."""
        self._rejected_stays: tuple[Rejection, ...] = ()
        self._untellable: set[WriteKind] = set()
        """Kinds of which it could not tell what became of one, since the last census."""
        self._badge_system = badge_system
        self._staffing = Staffing()
        self.capability: CapabilityStatement | None = None
        self._ask_capability_at = 0.0

    def poll_by(
        self, overlap: timedelta, patients: Callable[[], Collection[str]] | None = None
    ) -> None:
        """To be said before the first census. `overlap` is how long before the last change seen a
        search begins, at least as long as the server takes to show what was written. `patients`
        gives the logical ids of those on the ward, where the server lets nobody search a ward.
        """
        self.loader.overlap = overlap
        self.finder.patients = patients

    async def statement(self) -> CapabilityStatement | None:
        """The server's CapabilityStatement, read once; None where none is to be read at present:
        then what is tried decides, and it is asked for again some minutes later.

        Raises BadData when it is not FHIR R4, Unreachable when there is no server.
        """
        now = self._clock.monotonic()
        if self.capability is None and now >= self._ask_capability_at:
            self.capability = await self._read_statement()
            self.loader.statement = Statement.of(self.capability)
            self._ask_capability_at = now + _STATEMENT_EACH_S
        return self.capability

    async def _read_statement(self) -> CapabilityStatement | None:
        try:
            reply = await self.http.get("metadata")
        except Unreachable as away:
            if not answers_others(away):
                raise
            return None
        except (Refused, BadData):
            return None
        if reply.status != 200:
            return None
        try:
            found = msgspec.json.decode(reply.body, type=CapabilityStatement)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if found.fhir_version is not None and not found.fhir_version.startswith("4."):
            raise BadData("his.bad.not_r4", found.fhir_version, version=found.fhir_version[:20])
        return found

    async def census(self) -> Census:
        """See HisPort."""
        self._untellable.clear()
        await self.statement()
        await self._places.look()
        self._state.past.hear(self._now(), self.loader.overlap)
        ward = self._places.ward
        assert ward is not None
        rejected = await self._state.look(self._places)
        await self._meet_places(self._state.stays)
        await self._state.meet_staff(ward.id)
        setting = self._setting()
        self._staffing = staffing(
            self._state.roles.values(),
            self._state.people,
            self._book,
            setting.now,
            self._zone,
            self._badge_system,
        )
        encounters: list[Item[Encounter]] = [*rejected]
        # One whose place cannot be read is left out, so that it is asked for and stays in doubt.
        told = sorted(set(self._state.stays) - self._unplaced)
        encounters += [self._encounter(id, setting) for id in told]
        self._stay_items.keep(self._state.stays)
        self._rejected_stays = tuple(one for one in encounters if isinstance(one, Rejection))
        hidden = {id for one in self._rejected_stays if (id := self._bed_of(one, setting))}
        beds = mapping_place.held(self._places.items(), hidden)
        self.loader.aside.forget(setting.now - 2 * REFRESH)
        return Census(
            server_time=setting.now,
            ward=mapping_place.ward(ward, self._book, f"{self._source}.{ward.id}"),
            beds=beds,
            encounters=tuple(encounters),
            staff=self._staffing.members if self._state.knows_staff else None,
            badges=self._staffing.badges if self._knows_badges() else None,
            rejected=(*(one for one in beds if isinstance(one, Rejection)), *self._aside()),
        )

    def _bed_of(self, rejected: Rejection, setting: Setting) -> str | None:
        """The id of the bed of a stay that cannot be shown."""
        stay = self._state.stays.get(rejected.source_id)
        bed = bed_of(stay, setting) if stay is not None else None
        return setting.id(bed) if bed is not None else None

    def _knows_badges(self) -> bool:
        """Whether what was read of badges is all there is: else a missing one is none withdrawn."""
        return self._state.knows_staff and not self.loader.lacks("Practitioner")

    def _aside(self) -> tuple[Rejection, ...]:
        found = (
            *self.loader.aside.all(),
            *self._follower.aside(),
            *self._rejected_stays,
            *self._staffing.aside,
        )
        return tuple({(one.resource_type, one.source_id): one for one in found}.values())

    def _setting(self) -> Setting:
        now = self._now()
        return Setting(
            source=self._source,
            book=self._book,
            now=now,
            beds=self._places.beds,
            places=self._places.all,
            people=self._state.people,
            roles=self._state.held_by,
            zone=self._zone,
        )

    def _now(self) -> datetime:
        """The server's time. Raises BadData for a server that tells none."""
        if self.loader.now is None:
            raise BadData("his.bad.no_date", "the server's answers have no Date")
        return self.loader.now

    def _encounter(self, id: str, setting: Setting) -> Item[Encounter]:
        stay = self._state.stays[id]
        chart = self._state.chart_of(stay)
        if chart is None:
            return Rejection(
                source_id=id,
                resource_type="Encounter",
                key="his.rejection.reference",
                detail="subject",
            )
        found = self._stay_items.item(stay, chart, self._follower.derived(id, chart), setting)
        if isinstance(found, Gone) and id in self._unplaced:
            return Rejection(
                source_id=id, resource_type="Encounter", key=REFERENCE, detail="location"
            )
        return found

    async def _meet_places(self, stays: Iterable[str]) -> None:
        """Read the places that stays are open at and nobody has listed: such a stay is over here
        only when its place was itself read, and lies elsewhere."""
        setting = self._setting()
        for id in stays:
            named = open_places(self._state.stays[id], setting)
            self._unplaced.discard(id)
            if named and not named & self._places.all and not await self._places.meet(named):
                self._unplaced.add(id)
        self._unplaced &= set(self._state.stays)

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        """See HisPort."""
        prefix = f"{self._source}."
        wanted = [id.removeprefix(prefix) for id in encounter_ids if id.startswith(prefix)]
        self._state.past.hear(self._now(), self.loader.overlap)
        told = await self._follower.follow(wanted, since)
        return Changes(
            items=tuple(told.items),
            watermark=told.watermark,
            server_time=self._now(),
            complete=told.complete and not self.loader.broken,
            whole=tuple(f"{prefix}{id}" for id in told.whole),
            rejected=self._aside(),
        )

    async def read(self, kind: Kind, id: str) -> Item[Bed | Clinical]:
        """See HisPort."""
        logical = id.removeprefix(f"{self._source}.")
        match kind:
            case Kind.BED:
                if self._places.ward is None:
                    await self._places.look()
                return await self._places.read(logical)
            case Kind.ENCOUNTER:
                return await self._read_stay(logical, id)
        return await self._lookup.read(kind, logical)

    async def _read_stay(self, logical: str, id: str) -> Item[Bed | Clinical]:
        if self._places.ward is None:
            await self._places.look()
        try:
            item = await self._state.read_stay(logical)
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
            return _untold(logical, TYPE_REFUSED)
        except BadData:
            return _untold(logical, TYPE_BROKEN)
        except Unreachable as away:
            if not answers_others(away):
                raise
            return _untold(logical, TYPE_BROKEN)
        if isinstance(item, Missing):
            return Gone(kind=Kind.ENCOUNTER, id=id, unknown=item is Missing.NOT_FOUND)
        if isinstance(item, Rejection):
            return item
        await self._places.learn(places_of(item))
        await self._meet_places([logical])
        found = self._encounter(logical, self._setting())
        if not isinstance(found, Value):
            del self._state.stays[logical]
        return found

    async def check(self) -> Report:
        """See HisPort. Forgets what was handed out: the next `changes` brings everything."""
        statement = await self.statement()
        began = self._clock.monotonic()
        census = await self.census()
        looked = self._clock.monotonic()
        here = [one.id for one in census.encounters if isinstance(one, Value)]
        changes = await self.changes(here, None)
        loaded = self._clock.monotonic()
        for kind in survey.CHOSEN:
            await self.loader.prove(kind)
        software = statement.software if statement is not None else None
        version = software.version if software is not None else None
        return Report(
            server=f"{software.name if software else '?'} {version or ''}".strip(),
            protocol=f"FHIR {(statement.fhir_version if statement is not None else None) or '?'}",
            ward=census.ward.name,
            beds=sum(isinstance(one, Value) for one in census.beds),
            encounters=len(here),
            staff=len(census.staff or ()),
            documents=sum(isinstance(one, Value) for one in changes.items),
            requests=self.http.requests,
            census_s=looked - began,
            load_s=loaded - looked,
            rows=survey.rows(self.loader, changes.rejected, self._follower.signs.aside.unused),
            ways=survey.ways(self.loader, self._places, self.finder),
            missed=survey.missed(self._places, self.finder),
        )

    async def takes(self) -> frozenset[WriteKind]:
        """See HisPort."""
        if self.capability is None:
            # Whatever stood in the way of it may be gone: it is asked for again.
            self._ask_capability_at = 0.0
        return taken(await self.statement())

    async def write(self, draft: Draft, known: Known) -> Written:
        """See HisPort."""
        statement = await self.statement()
        return await writing.Writer(self.http, self._source).write(draft, known, statement)

    async def still(self, kind: WriteKind, source_id: str) -> Still:
        """See HisPort. The ward does not stop for a server that cannot tell this: after one answer
        that was not to be had it is not asked about such things again before the next census."""
        failing, now, what = self.loader.failing, self.loader.now, f"what became of {kind}"
        if kind in self._untellable or failing.let_be(what, now):
            return Still.UNTOLD
        try:
            still = await writing.Writer(self.http, self._source).still(kind, source_id)
        except Unreachable as away:
            if not answers_others(away):
                raise
            self._untellable.add(kind)
            if now is not None:
                failing.failed(what, now)
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
        except BadData:
            await self.http.hang_up()
        else:
            failing.well(what)
            return still
        return Still.UNTOLD

    def _patient(self, encounter_id: str | None) -> str | None:
        """Logical id of the patient of a stay, where that is known."""
        stay = (encounter_id or "").removeprefix(f"{self._source}.")
        if stay not in self._state.stays:
            return None
        chart = self._state.chart_of(self._state.stays[stay])
        return chart.patient_id if chart is not None else None

    async def write_audit(self, record: AuditRecord) -> Written:
        """See HisPort."""
        way = audit_way(await self.statement())
        if way is None:
            raise Refused("his.refused.request", "the server takes no AuditEvent", status=405)
        patient = self._patient(record.about.encounter)
        return await writing.write_audit(self.http, way, record, self._source, patient)

    async def close(self) -> None:
        """See HisPort."""
        await self.http.close()


def _untold(logical: str, key: str) -> Rejection:
    """A stay that is neither there nor gone: nobody can tell."""
    return Rejection(source_id=logical, resource_type="Encounter", key=key)
