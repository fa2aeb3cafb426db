"""Whatever happens on a small ward while the line to its hospital is bad: schedules of it.

A `Schedule` is a plain value, so that a failing one can be printed, cut down and run again. The
ward, its patients and what happens to them are written here, resource by resource; what must be
seen of them in the end (`expected`) is read from the server's own rows by other code than ours.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from hypothesis import strategies as st

from smartward.his.simulator.build import ref, when
from smartward.his.simulator.store import Row
from smartward.his.simulator.world import World
from tests.his.backup import Backup
from tests.his.hospital import flag, heart_rate, patient, stay
from tests.his.scripted import Fault

BEDS = 4
ELSEWHERE = "icu-1"
"""A place of another ward."""
MOST_STAYS = 5
AT_ONCE = 2
"""Stays asked about at once when they are new: fewer than there are, so that portions are seen."""
REQUESTS = 34
"""About how many requests a first turn of such a ward makes."""
_OPEN = ("planned", "arrived", "triaged", "in-progress", "onleave")


class Event(StrEnum):
    """What can happen on the ward."""

    ADMIT = "admit"
    DISCHARGE = "discharge"
    MOVE = "move"
    LEAVE = "leave"
    DELETE_STAY = "delete-stay"
    RENAME = "rename"
    PUT_RIGHT = "put-right"
    MEASURE = "measure"
    BULK = "bulk"
    LATE = "late"
    CORRECT = "correct"
    SILENTLY = "silently"
    VOID = "void"
    DELETE = "delete"
    ISOLATE = "isolate"
    PLAN = "plan"
    DONE = "done"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, at which of the present things (modulo how many there are), before or within.

    `during` 0: before the turn; n: while the n-th request of the turn is answered.
    """

    event: Event
    which: int = 0
    value: int = 80
    during: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the hub with what happens before and within it."""

    happenings: tuple[Happening, ...] = ()
    faults: tuple[tuple[int, Fault], ...] = ()
    pause_s: int = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """`ahead_s`: by how much the server's clock is ahead of the hub's."""

    steps: tuple[Step, ...]
    ahead_s: int = 0
    page: int | None = None

    @property
    def restores(self) -> bool:
        """Whether the server is restored from its backup somewhere in it."""
        every = (one.event for step in self.steps for one in step.happenings)
        return Event.RESTORE in every


_happenings = st.builds(
    Happening,
    st.sampled_from(Event),
    st.integers(0, 7),
    st.integers(40, 180),
    st.sampled_from((0, 0, 1, 2, 3, 5, 8, 13, 21)),
)
_faults = st.dictionaries(st.integers(1, REQUESTS), st.sampled_from(Fault), max_size=4)
steps = st.builds(
    Step,
    st.lists(_happenings, max_size=4).map(tuple),
    _faults.map(lambda found: tuple(sorted(found.items()))),
    st.sampled_from((1, 5, 31, 70, 200, 800)),
)
schedules = st.builds(
    Schedule,
    st.lists(steps, min_size=1, max_size=4).map(tuple),
    st.sampled_from((0, 0, 90, -90, 7200, -7200)),
    st.sampled_from((None, None, 3)),
)


@dataclass(slots=True)
class Ward:
    """The hospital's side: makes events happen in a world and remembers all it ever told."""

    world: World
    ever: dict[str, set[Any]] = field(default_factory=dict)
    """By document id: each heart rate, or each name with a bed, that was true at some time."""
    whose: dict[str, str] = field(default_factory=dict)
    """Whom each heart rate is about, by document id."""
    _serial: int = 0
    _backup: Backup | None = None

    def begin(self) -> None:
        """Three patients, as the hub finds them first."""
        for _ in range(3):
            self.happen(Happening(Event.ADMIT, self._serial))
        for n in range(3):
            self.happen(Happening(Event.MEASURE, n, 60 + n))
        self.happen(Happening(Event.ISOLATE, 1))
        self.happen(Happening(Event.PLAN, 0))
        self._backup = Backup.of(self.world.store)

    def happen(self, one: Happening) -> None:
        """Let it happen now; nothing when there is nobody and nothing to happen to."""
        getattr(self, "_" + one.event.replace("-", "_"))(one)
        self._remember()

    def _remember(self) -> None:
        for stay_id, seen in stays_of(self.world).items():
            self.ever.setdefault(stay_id, set()).add(seen)
        for row in self.world.store.all("Observation"):
            one = row.resource
            self.ever.setdefault(f"his.{one['id']}", set()).add(one["valueQuantity"]["value"])
            person = one["subject"]["reference"].removeprefix("Patient/")
            self.whose[f"his.{one['id']}"] = f"his.{person}"

    def _rows(self, kind: str) -> list[Row]:
        return sorted(self.world.store.all(kind), key=lambda row: str(row.resource["id"]))

    def _open(self) -> list[Row]:
        return [row for row in self._rows("Encounter") if row.resource["status"] == "in-progress"]

    def _stay(self, which: int) -> dict[str, Any] | None:
        found = self._open()
        return found[which % len(found)].resource if found else None

    def _next(self, prefix: str) -> str:
        self._serial += 1
        return f"{prefix}{self._serial}"

    def _admit(self, one: Happening) -> None:
        if len(self._open()) >= MOST_STAYS:
            return
        p, e = self._next("p"), self._next("e")
        bed = f"bed-{one.which % BEDS + 1}"
        name = [{"use": "official", "text": f"周{p}"}]
        self.world.put(patient(p, name=name))
        self.world.put(stay(e, p, bed))

    def _discharge(self, one: Happening) -> None:
        found = self._stay(one.which)
        if found is not None:
            over = {"start": found["period"]["start"], "end": when(self.world.now)}
            self.world.change("Encounter", found["id"], status="finished", period=over)

    def _move(self, one: Happening) -> None:
        self._to(one, f"bed-{one.value % BEDS + 1}")

    def _leave(self, one: Happening) -> None:
        self.world.put({"resourceType": "Location", "id": ELSEWHERE, "status": "active"})
        self._to(one, ELSEWHERE)

    def _to(self, one: Happening, bed: str) -> None:
        found = self._stay(one.which)
        if found is not None:
            place = [{"location": ref("Location", bed), "status": "active"}]
            self.world.change("Encounter", found["id"], location=place)

    def _delete_stay(self, one: Happening) -> None:
        found = self._stay(one.which)
        if found is not None:
            self.world.store.delete("Encounter", found["id"])

    def _rename(self, one: Happening) -> None:
        found = self._stay(one.which)
        if found is not None:
            id = found["subject"]["reference"].removeprefix("Patient/")
            self.world.change("Patient", id, name=[{"use": "official", "text": f"李{one.value}"}])

    def _put_right(self, one: Happening) -> None:
        """The stay was another person's all along; what was told of the first stays theirs."""
        found = self._stay(one.which)
        if found is not None:
            p = self._next("p")
            self.world.put(patient(p, name=[{"use": "official", "text": f"王{p}"}]))
            self.world.change("Encounter", found["id"], subject=ref("Patient", p))

    def _sign(self, one: Happening, at: datetime) -> dict[str, Any] | None:
        found = self._stay(one.which)
        if found is None:
            return None
        about = {"subject": found["subject"], "encounter": ref("Encounter", found["id"])}
        return heart_rate(self._next("o"), at, one.value, **about)

    def _measure(self, one: Happening) -> None:
        sign = self._sign(one, self.world.now)
        if sign is not None:
            self.world.put(sign)

    def _bulk(self, one: Happening) -> None:
        """Seven rows with one `lastUpdated`: an import."""
        for n in range(7):
            sign = self._sign(one, self.world.now - timedelta(minutes=n))
            if sign is not None:
                self.world.put(sign)

    def _late(self, one: Happening) -> None:
        """A transaction that took its time: the row's date is before others that were seen."""
        sign = self._sign(one, self.world.now)
        if sign is not None:
            self.world.store.put(sign, self.world.now - timedelta(seconds=40))

    def _seen(self, which: int) -> dict[str, Any] | None:
        found = self._rows("Observation")
        return found[which % len(found)].resource if found else None

    def _correct(self, one: Happening) -> None:
        found = self._seen(one.which)
        if found is not None:
            value = {**found["valueQuantity"], "value": one.value}
            self.world.change("Observation", found["id"], valueQuantity=value)

    def _silently(self, one: Happening) -> None:
        """The value changes; neither its version nor its date does."""
        found = self._seen(one.which)
        if found is not None:
            body = {**found, "valueQuantity": {**found["valueQuantity"], "value": one.value}}
            rows = self.world.store._rows["Observation"]
            row = rows[found["id"]]
            rows[found["id"]] = Row(body, row.version, row.updated, msgspec.json.encode(body))

    def _void(self, one: Happening) -> None:
        found = self._seen(one.which)
        if found is not None:
            self.world.change("Observation", found["id"], status="entered-in-error")

    def _delete(self, one: Happening) -> None:
        found = self._seen(one.which)
        if found is not None:
            self.world.store.delete("Observation", found["id"])

    def _isolate(self, one: Happening) -> None:
        found = self._stay(one.which)
        if found is None:
            return
        id = f"f-{found['id']}"
        row = self.world.store.get("Flag", id)
        on = row is None or row.resource["status"] != "active"
        about = {"subject": found["subject"], "encounter": ref("Encounter", found["id"])}
        status = "active" if on else "inactive"
        self.world.put(flag(id, "isolation", "contact", status, **about))

    def _plan(self, one: Happening) -> None:
        found = self._stay(one.which)
        if found is not None:
            self.world.put(
                {
                    "resourceType": "ServiceRequest",
                    "id": self._next("sr"),
                    "status": "active",
                    "intent": "order",
                    "code": {"text": "胸部CT"},
                    "subject": found["subject"],
                    "encounter": ref("Encounter", found["id"]),
                    "occurrenceDateTime": when(self.world.now + timedelta(hours=1)),
                }
            )

    def _done(self, one: Happening) -> None:
        found = self._rows("ServiceRequest")
        if found:
            id = found[one.which % len(found)].resource["id"]
            self.world.change("ServiceRequest", id, status="revoked")

    def _restore(self, one: Happening) -> None:
        """The server's rows are those of the beginning again; versions go on from there."""
        assert self._backup is not None
        self._backup.restore(self.world.store)


def _subject(world: World, stay_id: str) -> object:
    """Whose a stay is by the server's row."""
    row = world.store.get("Encounter", stay_id)
    return row.resource["subject"] if row is not None else None


def stays_of(world: World) -> dict[str, tuple[str, str]]:
    """Who lies where by the server's rows: encounter document id -> (name, bed document id)."""
    found = {}
    for row in world.store.all("Encounter"):
        one = row.resource
        bed = one["location"][0]["location"]["reference"].removeprefix("Location/")
        here = bed != ELSEWHERE and world.store.get("Location", bed) is not None
        if one["status"] not in _OPEN or not here:
            continue
        person = world.store.get(*one["subject"]["reference"].split("/"))
        if person is not None:
            found[f"his.{one['id']}"] = (person.resource["name"][0]["text"], f"his.{bed}")
    return found


@dataclass(frozen=True, slots=True)
class Expected:
    """What a ward must show in the end, read from the server's rows without our mapping."""

    stays: dict[str, tuple[str, str]]
    pulses: dict[str, tuple[str, float, str]]
    """Document id -> (encounter, value, instant)."""
    plans: set[str]
    isolated: set[str]
    beds: set[str]


def expected(world: World) -> Expected:
    """See `Expected`."""
    stays = stays_of(world)

    def mine(kind: str) -> list[tuple[str, dict[str, Any]]]:
        rows = [row.resource for row in world.store.all(kind)]
        about = [(one["encounter"]["reference"].removeprefix("Encounter/"), one) for one in rows]
        return [
            (f"his.{id}", one)
            for id, one in about
            if f"his.{id}" in stays and one["subject"] == _subject(world, id)
        ]

    return Expected(
        stays=stays,
        pulses={
            f"his.{one['id']}": (id, one["valueQuantity"]["value"], one["effectiveDateTime"])
            for id, one in mine("Observation")
            if one["status"] == "final"
        },
        plans={
            f"his.ServiceRequest.{one['id']}"
            for _, one in mine("ServiceRequest")
            if one["status"] == "active"
        },
        isolated={id for id, one in mine("Flag") if one["status"] == "active"},
        beds={
            f"his.{row.resource['id']}"
            for row in world.store.all("Location")
            if row.resource["id"].startswith("bed-")
        },
    )
