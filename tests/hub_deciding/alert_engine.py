"""A ward's store with its deciding part and no hospital, for the tests of the alert engine."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.encounter import CareTeamMember, Encounter, EncounterStatus, Patient
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import Actor
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.rules import RULES, WARD_RULES, Mode, RuleSettings
from smartward.clinical.ward import DutyHours, Roster, Shift, StaffMember, StaffRole, Ward
from smartward.config import Settings
from smartward.hub.alert_keeping import closed_by_person
from smartward.hub.deciding import Decider
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import MORNING, ManualClock

W = "ward"
DRY = "infusion_near_end"
SCORE = "news2_medium"
LI = Actor(device_id="station", person_id="li", name="Li Min", family="Li", known="badge")
DAY, NIGHT = DutyHours(start=time(8), end=time(20)), DutyHours(start=time(20), end=time(8))
QUIET_S = 3


def hours(turn: DutyHours) -> tuple[DutyHours, ...]:
    return (turn,)


STAFF = (
    StaffMember(id="li", name="Li Min", role=StaffRole.NURSE, duty=hours(DAY)),
    StaffMember(id="qian", name="Qian Fang", role=StaffRole.NURSE, duty=hours(NIGHT)),
    StaffMember(id="sun", name="Sun Yulan", role=StaffRole.HEAD_NURSE, duty=hours(DAY)),
    StaffMember(id="wang", name="Wang Jian", role=StaffRole.DOCTOR, duty=hours(DAY)),
)


def member(id: str, role: str = "nurse") -> CareTeamMember:
    name = next((one.name for one in STAFF if one.id == id), id)
    return CareTeamMember(staff_id=id, name=name, role=role)


def stay(id: str = "e1", bed: str | None = "b1", **more: object) -> Encounter:
    made = Encounter(
        id=id,
        patient=Patient(id=f"p-{id}", name="Zhang", birth_date="1959-03-02"),
        status=EncounterStatus.IN_PROGRESS,
        bed_id=bed,
        admitted_at=MORNING,
        team=(member("li"), member("qian"), member("wang", "doctor")),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by their own names


def bed(id: str = "b1", *occupants: str) -> Bed:
    return Bed(
        id=id, number=id[1:], room_id="r1", room="1", order=1, status=BedStatus.OCCUPIED,
        occupants=occupants,
    )  # fmt: skip


def score(id: str, at: datetime, points: int, encounter: str = "e1", **less: None) -> VitalSign:
    """A set with this NEWS2 total, of 0, 5 or 7; a parameter given as None is missing."""
    values: dict[Parameter, float | str] = {
        Parameter.RESPIRATORY_RATE: 16 if points == 0 else 22,
        Parameter.OXYGEN_SATURATION: 97,
        Parameter.OXYGEN_SUPPLY: "air" if points == 0 else "oxygen",
        Parameter.SYSTOLIC: 120,
        Parameter.HEART_RATE: 70 if points == 0 else 92,
        Parameter.CONSCIOUSNESS: "A",
        Parameter.TEMPERATURE: 39.5 if points == 7 else 37.0,
    }
    given = {p: v for p, v in values.items() if p.value not in less}
    return VitalSign(
        id=id,
        encounter_id=encounter,
        taken_at=at,
        received_at=at,
        panel_id=id,
        measurements=tuple(
            Measurement(parameter=p, code=v)
            if isinstance(v, str)
            else Measurement(parameter=p, value=v)
            for p, v in given.items()
        ),
    )


def drip(at: datetime, left_ml: float | None, id: str = "bag", encounter: str = "e1") -> Infusion:
    return Infusion(
        id=id,
        encounter_id=encounter,
        status=InfusionStatus.RUNNING,
        total_ml=500.0,
        left_ml=left_ml,
        rate_ml_h=300.0,
        source=VolumeSource.MEASURED,
        measured_at=at,
    )


class Engine:
    """The deciding part with the rules that a test names on, and all others off."""

    def __init__(self, path: Path, *on: str, shadow: Iterable[str] = ()) -> None:
        self.path, self.on, self.shadow = path, on, tuple(shadow)
        self.clock = ManualClock()
        self.settings = Settings()
        self._open()

    def _open(self) -> None:
        self.store = SqliteStore.open(self.path, self.clock)
        modes = {rule.id: Mode.OFF for rule in (*RULES, *WARD_RULES)}
        modes |= dict.fromkeys(self.on, Mode.ON) | dict.fromkeys(self.shadow, Mode.SHADOW)
        self.rules = RuleSettings().with_modes(modes)
        self.decider = Decider(self.store, self.clock, self.settings, None, self.rules)

    async def start(self, *stays: Encounter) -> "Engine":
        """Furnish the ward with these stays, each in its bed, and decide."""
        shifts = (Shift(id="day", start=time(8), end=time(20)),)
        await self.put("ward", W, Ward(id=W, name="W", shifts=shifts))
        await self.put("roster", "roster", Roster(members=STAFF))
        for one in stays or (stay(),):
            await self.admit(one)
        await self.decider.start()
        await self.rest()
        return self

    async def stop(self) -> None:
        await self.decider.stop()
        self.store.close()

    async def restart(self, *on: str, shadow: Iterable[str] | None = None) -> None:
        """The process ends and another takes up its folder, with other rules on where named."""
        await self.stop()
        self.on = on or self.on
        self.shadow = self.shadow if shadow is None else tuple(shadow)
        self._open()
        await self.decider.start()
        await self.rest()

    async def admit(self, one: Encounter) -> None:
        await self.put("encounter", one.id, one, one.bed_id)
        if one.bed_id is not None:
            await self.put("bed", one.bed_id, bed(one.bed_id, one.id), one.bed_id)

    async def put(self, kind: str, id: str, body: object, place: str | None = None) -> None:
        await self.store.write(lambda tx: tx.put(W, kind, id, body, bed=place))

    async def tell(self, *facts: VitalSign | Infusion) -> None:
        """Facts of the stay's bed, and the engine come to rest over them."""
        for one in facts:
            kind = "vital_sign" if isinstance(one, VitalSign) else "infusion"
            await self.put(kind, one.id, one, "b1")
        await self.rest()

    async def write(self, change: Callable[[Tx], object]) -> None:
        await self.store.write(change)
        await self.rest()

    async def answer(self, alert: Alert, act: Callable[[Alert], Alert]) -> None:
        """A person's answer, as the hub's actions store it."""

        def change(tx: Tx) -> None:
            stored = tx.get(W, "alert", alert.id)
            assert stored is not None
            after = act(decode(stored.body, Alert))
            tx.put(W, "alert", alert.id, after, bed=stored.bed, room=stored.room)
            if after.state is lifecycle.AlertState.OFF:
                tx.delete(W, "alert", alert.id)
                closed_by_person(tx, W, after)

        await self.write(change)

    async def rest(self) -> None:
        """Let the engine run until nothing is due and nothing has changed for a few turns."""
        quiet, before = 0, -1
        for _ in range(2000):
            await self.store.finish()
            now = self.clock.now()
            head, due = await self.store.read(lambda tx: (tx.head(W), tx.deadlines_due(now)))  # noqa: B023
            still = head == before and not due and self.clock.waiting >= 2
            quiet = quiet + 1 if still else 0
            before = head
            if quiet >= QUIET_S:
                return
        raise AssertionError("the engine does not come to rest")

    async def pass_time(self, **span: float) -> None:
        self.clock.advance(timedelta(**span).total_seconds())
        await self.rest()

    async def at(self, moment: datetime) -> None:
        self.clock.advance((moment - self.clock.now()).total_seconds())
        await self.rest()

    async def alerts(self, rule: str | None = None) -> list[Alert]:
        stored = await self.store.read(lambda tx: tx.all(W, "alert"))
        found = [decode(one.body, Alert) for one in stored]
        return [one for one in found if rule in (None, one.rule)]

    async def one(self, rule: str = DRY) -> Alert:
        (found,) = await self.alerts(rule)
        return found

    async def log(self) -> list[LogRow]:
        return await self.store.read(lambda tx: tx.alert_log(W))

    async def told(self, rule: str = DRY) -> list[tuple[str, ...]]:
        return [one.staff_ids for one in (await self.one(rule)).told]

    async def bed_of(self, alert: Alert) -> str | None:
        stored = await self.store.read(lambda tx: tx.get(W, "alert", alert.id))
        return None if stored is None else stored.bed


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]  # parts of a date and time, as given
