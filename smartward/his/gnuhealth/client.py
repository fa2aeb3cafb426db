"""The port over GNU Health's JSON-RPC: a polling client for one ward of one database.

Each census reads the ward's beds, its open stays with their patients, diets and allergies whole:
they are few. Signs and orders follow by the dates of their rows (`mirror`), with the ids of all
there are, as deletions leave no trace. The only clock is the server's. Transfers are followed by
the stay's bed, which GNU Health changes with each `gnuhealth.bed.transfer`.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from smartward.clinical.audit import AuditRecord
from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter
from smartward.clinical.his_write import WriteKind
from smartward.clinical.ward import StaffMember, StaffRole
from smartward.clock import Clock
from smartward.errors import BadData, Refused
from smartward.his.drafts import Draft, Known
from smartward.his.gnuhealth import places, rpc, stays, survey, writing
from smartward.his.gnuhealth.charts import Charts
from smartward.his.gnuhealth.mirror import one
from smartward.his.gnuhealth.rows import (
    TYPE_BROKEN,
    TYPE_REFUSED,
    BedRow,
    ConditionRow,
    DietRow,
    ProfessionalRow,
    R,
    Reject,
    StayRow,
    WardRow,
    columns,
    decoded,
    logical,
    number_of,
    rejection,
    under,
)
from smartward.his.gnuhealth.words import SPECIALTIES, Words
from smartward.his.http import Access
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
from smartward.his.version import version_of

_ACCESS = (401, 407)


class GnuHealthHis:
    """`HisPort` over Tryton's JSON-RPC. `base_url` names the database (`https://host/health`),
    `ward` the ward (`places.wanted`)."""

    def __init__(
        self,
        base_url: str,
        ward: str,
        source: str,
        words: Words,
        login: tuple[str, Callable[[], str]],
        clock: Clock,
        access: Access | None = None,
    ) -> None:
        """`login` is the user's name and what gives the password; `clock` only measures `check`.
        Raises Misconfigured when the address is none."""
        user, secret = login
        self._rpc = rpc.Rpc(base_url, user, secret, access)
        self._ward = ward
        self._source = source
        self._words = words
        self._clock = clock
        self.overlap = timedelta(seconds=120)
        self._charts = Charts(source, words)
        self._wards: dict[int, WardRow] = {}
        self._stays: dict[int, StayRow] = {}
        self._around = stays.Around()
        self._aside: dict[str, tuple[Rejection, ...]] = {}
        self._turn = 0
        self._looking = asyncio.Lock()
        self.counts: Counter[str] = Counter()
        self.unused: Counter[str] = Counter()
        """Rows that were read and are of nobody and nothing a ward shows, by model."""

    async def census(self) -> Census:
        """See HisPort."""
        async with self._looking:
            self._wards = await places.wards(self._rpc, self._ward)
            beds, broken = await places.beds(self._rpc, self._wards)
            encounters = await self._encounters()
            staff = await self._staff()
        reserved = {
            row.bed_id: row.hospitalization_date
            for row in sorted(self._stays.values(), key=lambda one: -one.id)
            if row.state == "confirmed" and row.bed_id is not None and row.hospitalization_date
        }
        items = (*places.bed_items(beds, self._wards, self._source, reserved), *broken)
        self._aside["beds"] = tuple(one for one in items if isinstance(one, Rejection))
        self._aside["stays"] = tuple(one for one in encounters if isinstance(one, Rejection))
        self.counts["ward"], self.counts["bed"] = len(self._wards), len(beds)
        ward_id = f"{self._source}.{logical(WardRow.MODEL, min(self._wards))}"
        return Census(
            server_time=self._now(),
            ward=self._words.ward(ward_id, places.ward_name(self._ward, self._wards)),
            beds=items,
            encounters=encounters,
            staff=staff,
            rejected=self._rejected(),
        )

    async def _encounters(self) -> tuple[Item[Encounter], ...]:
        found, broken = await self._rows(
            StayRow,
            [["state", "in", list(stays.OPEN)], [*under("bed", "ward"), "in", sorted(self._wards)]],
        )
        patients = sorted({one.patient_id for one in found.values() if one.patient_id is not None})
        diets = await self._lesser(DietRow, [["registration", "in", sorted(found)]])
        allergies = await self._lesser(
            ConditionRow, [["patient", "in", patients], ["is_allergy", "=", True]]
        )
        self._stays = found
        self._around = stays.Around(
            self._around.diets if diets is None else diets,
            self._around.allergies if allergies is None else allergies,
        )
        self.counts["stay"] = len(found)
        return (*(self._encounter(row) for row in found.values()), *broken)

    async def _rows(self, row: type[R], domain: rpc.Domain) -> tuple[dict[int, R], list[Rejection]]:
        return decoded(row, await self._rpc.rows(row.MODEL, domain, columns(row)))

    async def _lesser(self, row: type[R], domain: rpc.Domain) -> dict[int, R] | None:
        """Rows a ward can do without for a while; None: they cannot be read now, and why is set
        aside. What was known of them before stands."""
        model = row.MODEL
        try:
            found, aside = await self._rows(row, domain)
        except Refused as refused:
            if refused.values.get("status") in _ACCESS:
                raise
            self._aside[model] = (rejection(model, "all", Reject(TYPE_REFUSED)),)
            return None
        except BadData:
            self._aside[model] = (rejection(model, "all", Reject(TYPE_BROKEN)),)
            return None
        self._aside[model] = tuple(aside)
        self.counts[model] = len(found)
        return found

    def _encounter(self, row: StayRow) -> Item[Encounter]:
        try:
            body = stays.encounter(row, self._around, self._words, self._source)
        except Reject as reason:
            return rejection(StayRow.MODEL, row.id, reason)
        return Value(kind=Kind.ENCOUNTER, id=body.id, body=body, version=version_of(body))

    async def _staff(self) -> tuple[StaffMember, ...] | None:
        """Who works here: the professionals of the ward's institution whose specialty the hospital
        has explained (`[staff_role]`)."""
        houses = sorted({one.institution for one in self._wards.values() if one.institution})
        found = await self._lesser(ProfessionalRow, [["institution", "in", houses]])
        if found is None:
            return None
        members = [self._member(row) for row in found.values()]
        self.unused[ProfessionalRow.MODEL] = members.count(None)
        return tuple(one for one in members if one is not None)

    def _member(self, row: ProfessionalRow) -> StaffMember | None:
        part = row.specialty.specialty if row.specialty is not None else None
        role = part and self._words.word("staff_role", SPECIALTIES, part.code, part.name)
        name = stays.full_name(row.party) if row.party is not None else ""
        if not role or row.party is None or not name:
            return None
        return StaffMember(
            id=f"{self._source}.{logical(ProfessionalRow.MODEL, row.id)}",
            name=name,
            role=StaffRole(role),
            family=(row.party.lastname or "").strip(),
        )

    def _now(self) -> datetime:
        if self._rpc.date is None:
            raise BadData("his.bad.no_date", "the server's answers have no Date")
        return self._rpc.date

    def _rejected(self) -> tuple[Rejection, ...]:
        every = (*(one for some in self._aside.values() for one in some), *self._charts.aside)
        return tuple({(one.resource_type, one.source_id): one for one in every}.values())

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        """See HisPort."""
        wanted = [number_of(self._logical(id), StayRow.MODEL) for id in encounter_ids]
        if since is None or since.turn != self._turn:
            self._charts.forget_told()
        async with self._looking:
            if self._rpc.date is None:
                await self._rpc.model(WardRow.MODEL, "search", [], 0, 1, None)
            now = self._now()
            turn = self._charts.turn([one for one in wanted if one is not None], now, self.overlap)
            items = await self._charts.follow(self._rpc, turn, now)
        self._turn += 1
        marks = {one.name: one.mark for one in self._charts.mirrors if one.mark is not None}
        return Changes(
            items=tuple(items),
            watermark=Watermark(marks=marks, turn=self._turn),
            server_time=now,
            complete=all(one.trouble != TYPE_BROKEN for one in self._charts.mirrors),
            whole=tuple(self._id(StayRow, stay) for stay in sorted(turn.whole)),
            rejected=self._rejected(),
        )

    def _logical(self, id: str) -> str:
        return id.removeprefix(f"{self._source}.")

    def _id(self, row: Any, number: int) -> str:
        return f"{self._source}.{logical(row.MODEL, number)}"

    async def read(self, kind: Kind, id: str) -> Item[Bed | Clinical]:
        """See HisPort."""
        match kind:
            case Kind.BED:
                return await self._read_bed(id)
            case Kind.ENCOUNTER:
                return await self._read_stay(id)
        async with self._looking:
            return await self._charts.read(self._rpc, kind, id, self._now())

    async def _read_bed(self, id: str) -> Item[Bed | Clinical]:
        number = number_of(self._logical(id), BedRow.MODEL)
        row = await one(self._rpc, BedRow, number) if number is not None else None
        if row is None:
            return Gone(kind=Kind.BED, id=id)
        if isinstance(row, Rejection):
            return row
        if row.ward not in self._wards:
            return Gone(kind=Kind.BED, id=id)
        beds, _ = await places.beds(self._rpc, self._wards)
        items = places.bed_items(beds, self._wards, self._source, {})
        return next(
            (item for item in items if isinstance(item, Value) and item.id == id),
            rejection(BedRow.MODEL, row.id, Reject(TYPE_BROKEN)),
        )

    async def _read_stay(self, id: str) -> Item[Bed | Clinical]:
        number = number_of(self._logical(id), StayRow.MODEL)
        row = await one(self._rpc, StayRow, number) if number is not None else None
        if row is None:
            return Gone(kind=Kind.ENCOUNTER, id=id, unknown=True)
        if isinstance(row, Rejection):
            return row
        ward = row.bed.ward if row.bed is not None else None
        if row.state not in stays.OPEN or ward not in self._wards:
            return Gone(kind=Kind.ENCOUNTER, id=id)
        return self._encounter(row)

    async def check(self) -> Report:
        """See HisPort. Forgets what was handed out: the next `changes` brings everything."""
        began = self._clock.monotonic()
        census = await self.census()
        looked = self._clock.monotonic()
        here = [item.id for item in census.encounters if isinstance(item, Value)]
        changes = await self.changes(here, None)
        loaded = self._clock.monotonic()
        server = await rpc.version(self._rpc.http)
        read = {one.name: one.read for one in self._charts.mirrors}
        rows = await survey.rows(
            self._rpc, self.counts + Counter(read), self.unused, changes.rejected
        )
        return Report(
            server="GNU Health",
            protocol=f"JSON-RPC, Tryton {server}",
            ward=census.ward.name,
            beds=sum(isinstance(item, Value) for item in census.beds),
            encounters=len(here),
            staff=len(census.staff or ()),
            documents=sum(isinstance(item, Value) for item in changes.items),
            requests=self._rpc.http.requests,
            census_s=looked - began,
            load_s=loaded - looked,
            rows=rows,
            ways=survey.WAYS,
            missed=survey.MISSED,
        )

    async def takes(self) -> frozenset[WriteKind]:
        """See HisPort."""
        can = await writing.may_write(self._rpc)
        return frozenset({WriteKind.OBSERVATION}) if can else frozenset()

    async def write(self, draft: Draft, known: Known) -> Written:
        """See HisPort."""
        return await writing.write(self._rpc, self._source, draft, known)

    async def still(self, kind: WriteKind, source_id: str) -> Still:
        """See HisPort."""
        return await writing.still(self._rpc, source_id)

    async def write_audit(self, record: AuditRecord) -> Written:
        """See HisPort. GNU Health takes no audit of others."""
        raise Refused("his.write.not_offered", record.kind)

    async def close(self) -> None:
        """See HisPort."""
        await self._rpc.close()
